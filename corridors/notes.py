"""The notes of readers on their files: every sentence there is, written from facts and read back
into them.

A note is kept as its sentence in English, in `Source.notes` and in the files of a plan. What it
says is found again by the same template that wrote it, so that it can be told in another language,
also of a plan that was written long ago.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

NOTES: Mapping[str, str] = MappingProxyType(
    {
        # the text of a file, its rows and columns
        "byte_order_mark": "the text is {encoding}, by its byte order mark",
        "windows_1256": "the text is not UTF-8: it was read as Windows-1256, in which every word is Arabic or the same",
        "windows_1252": "the text is not UTF-8: it was read as Windows-1252 (Latin-1), Western European",
        "rows_empty": "{n} empty rows were passed over (first: row {row})",
        "no_header": "the file has no row of column names; its columns were told by their number and what they hold",
        "tags_as_names": "row {row} holds HXL tags, which serve as the names of the columns",
        "tags_passed_over": "row {row} holds HXL tags and was passed over",
        "layers_unread": "other layers were not read: {names}",
        "kml_times_unread": "times of KML elements were not read: they may be a month or a year only; write them in ExtendedData",
        "ids_beside_unread": "the ids beside the properties were not read: programs number them anew; give each feature a property",
        "rings_closed": "{n} rings do not end where they begin, and were closed by us with a straight line: is a corner lost?",
        "columns_unread": "columns not read: {names}",
        "column_unnamed": "a column without a name was not read",
        "decimal_commas": "decimal commas were read in column {column}",
        "read_as_tonnes": "{column} was read as tonnes",
        "read_as_metres": "{column} was read as metres",
        # ids, and what became of rows
        "ids_made": "{n} rows have no {column}: one was made from what each says",
        "rows_repeated": "{n} rows repeat another in everything and count once",
        "rows_repeated_elsewhere": "{n} rows repeat one of an earlier file in everything and count once",
        "excluded_by_kind": "set aside by what they are: {counts}",
        "excluded": "set aside: {problem}",
        "no_rows": "the file holds no {table}",
        "withdrawn": "{n} of the incidents are on the list of those withdrawn; {all} incidents are retracted at this moment",
        # times, places, and what is taken for granted
        "bare_dates": "{n} dates have no time, and the mission no time zone: each was taken as that day wherever on Earth (UTC+14 to UTC-12)",
        "midnights": "every {column} is midnight, and counts as that instant: write days without an hour to count them whole",
        "places_rounded": "{n} places are given in whole degrees or tenths (first: row {row}); if they were rounded, they may be"
        " kilometres off: say accuracy_m",
        "places_coarse": "{n} places are written in degrees and minutes or on the military grid: each is as uncertain as half of its last unit",
        "no_kind": 'no column says the kind: all are "other"',
        "no_accuracy": "{n} of {all} rows do not say accuracy_m: the place is taken as exact (0 m)",
        "no_verification": '{n} of {all} rows do not say verification: taken as "reported"',
        # feeds
        "acled_internal": "ACLED's rows may not be passed on: plan.gpkg and the map repeat where and when they lie, and are for internal use",
        "acled_unknown": "a sub_event_type that is not known counts by its event_type: {names}",
        "ems_undated": "the layer does not say when its image was taken: its reports have no date; say declared_at in the mission",
        "firms_is_heat": "a hotspot of FIRMS is heat in a pixel and no strike: it may be a field that burns",
        "hapi_is_counts": "counts for whole areas close no road; they may shade a map, and their event types overlap and are never summed",
        "sdit_undated": "{n} of {all} reports have no date; say declared_at in the mission",
        "ucdp_is_deaths": "UCDP GED holds only events with at least one death: most strikes on roads are not in it",
        "unosat_not_validated": "UNOSAT's analysis is not validated in the field, and does not say what did the damage",
        "unosat_first_image": "{n} structures are damaged in their first image: since when is not known, taken as up to {days} days before",
        # roads
        "road_ids_made": "the file has no ids of its own: they were made from way, nodes and line",
        "junctions_missing": "ends of lines that lie on another line and do not join it (a junction may be missing there): {n}",
        "lines_swallowed": "lines so short that join_ends_m makes their two ends one junction, so that roads lead on whatever closes them: {n}",
        "no_length": "pieces without length, dropped, their two ends made one node: {n}",
        "limits_shared": "roads drawn twice with different limits, of which the lower hold for both: {n}",
        "oneway_holds": "roads drawn twice, one-way and both ways, of which the one-way holds: {n}",
        "nodes_lacking": "roads that lack nodes in this file (it was cut out of a larger one), cut where a node is missing: {n}",
        "barriers": "nodes where barrier={kind} cuts the roads, since a truck cannot pass: {n}",
        "node_limits": "nodes that state a weight or height limit, which holds for the pieces that touch them: {n}",
        "turns_unread": "turn restrictions not read: {n}; every turn between roads that meet counts as allowed",
        "values_unknown": "values of {tag} not understood, which count as unknown: {n} (for example {names})",
        "tags_unread_on_ways": "{what} not read: {ways:way} (for example {tag})",
        "tags_unread_on_nodes": "{what} not read: {nodes:node} (for example {tag})",
        "tags_unread": "{what} not read: {ways:way} and {nodes:node} (for example {tag})",
    }
)
"""By code, the sentence with {braces} where its facts go;

`{ways:way}` is a number with its noun: 1 way, 2 ways.
"""

_NUMBERS = frozenset({"n", "all", "row", "days", "ways", "nodes"})
_BRACES = re.compile(r"\{(\w+)(?::(\w+))?\}")


class Note(NamedTuple):
    """What a note says: which of `NOTES` it is, and its facts as they stand in it."""

    code: str
    facts: Mapping[str, str]


def write_note(code: str, **facts: object) -> str:
    """A note in English.

    >>> write_note("rows_empty", n=2, row=7)
    '2 empty rows were passed over (first: row 7)'
    """

    def fill(found: re.Match[str]) -> str:
        name, noun = found.groups()
        return str(facts[name]) + (f" {noun}{'' if facts[name] == 1 else 's'}" if noun else "")

    return _BRACES.sub(fill, NOTES[code])


def read_note(note: str) -> Note | None:
    """What a note says; None where it is none of `NOTES`, as what a library had to say about a
    file.

    >>> read_note("2 empty rows were passed over (first: row 7)")
    Note(code='rows_empty', facts={'n': '2', 'row': '7'})
    """
    return next(
        (
            Note(code, found.groupdict())
            for code, pattern in _list_patterns()
            if (found := pattern.fullmatch(note))
        ),
        None,
    )


@cache
def _list_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (code, re.compile(_write_pattern(template), re.DOTALL)) for code, template in NOTES.items()
    )


def _write_pattern(template: str) -> str:
    parts, last = [], 0
    for found in _BRACES.finditer(template):
        name, noun = found.groups()
        parts += [
            re.escape(template[last : found.start()]),
            f"(?P<{name}>{r'[0-9.e+]+' if name in _NUMBERS else '.+'})",
        ]
        parts += [f" {noun}s?"] if noun else []
        last = found.end()
    return "".join([*parts, re.escape(template[last:])])
