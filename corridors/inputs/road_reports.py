"""Road reports in our own columns: status, limits, direction and dates of a road or bridge."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import Any

from corridors.inputs.columns import (
    CellError,
    Columns,
    blank_word,
    parse_amount,
    parse_id,
    parse_text,
    parse_time,
    parse_word,
)
from corridors.inputs.feeds.feed import FeedFile, worst_of
from corridors.inputs.geometries import read_places_and_spread
from corridors.inputs.incidents import build_report_table, read_accuracy
from corridors.inputs.records import REPORTED_UNTIL
from corridors.inputs.vocabulary import DIRECTION_WORDS, ROAD_KINDS, ROAD_STATUSES, SURENESS
from corridors.messages import Message
from corridors.situation import ReadResult
from corridors.tables import ROAD_REPORTS, STATUSES

COLUMNS = MappingProxyType(
    {
        "report_id": ("report_id", "id"),
        "status": ("status", "road_status", "access", "passability"),
        "kind": ("kind", "type", "obstacle", "obstacle_type"),
        "reported_at": (
            "reported_at",
            "reported",
            "report_date",
            "date",
            "date_reported",
            "last_update",
            "updated",
        ),
        "valid_from": ("valid_from", "from", "start", "start_date"),
        "valid_to": ("valid_to", "valid_until", "until", "to", "end", "end_date"),
        "direction": ("direction", "heading", "bound"),
        "lanes": ("lanes", "lane"),
        "max_weight_t": ("max_weight_t", "max_weight", "weight_limit_t", "maxloadmt", "gvm_t"),
        "max_height_m": ("max_height_m", "max_height", "height_limit_m"),
        "accuracy_m": (
            "accuracy_m",
            "accuracy",
            "uncertainty_m",
            "precision",
            "location_precision",
            "locprecision",
        ),
        "name": ("name", "road", "road_name", "structure"),
        "source": ("source", "reported_by"),
        "verification": ("verification",),
    }
)
"""The columns read, each with the headers accepted."""


def read_plain_road_reports(file: FeedFile) -> ReadResult:
    """The road reports of an opened file in our own columns.

    Columns, problems and source are those of `corridors.inputs.reports.read_road_reports`.
    """
    strict = ("report_id", "reported_at", "valid_from", "valid_to")
    critical = (
        "valid_from",
        "valid_to",
        "direction",
        "max_weight_t",
        "max_height_m",
        "accuracy_m",
        "verification",
    )
    columns = Columns(
        file.rows, COLUMNS, required=("status", "reported_at"), strict=strict, critical=critical
    )
    parse = partial(parse_time, file.zone)
    shapes, spread_m = read_places_and_spread(columns, ROAD_REPORTS)
    blank = CellError("missing-time", Message("problem.blank"), Message("hint.write_when_reported"))
    reported = columns.read("reported_at", parse, blank)
    starts = [span and span[0] for span in columns.read("valid_from", parse, None)]
    ends = [span and span[1] for span in columns.read("valid_to", parse, None)]
    columns.check_order("valid_to", starts, ends)
    values: dict[str, Any] = {
        "report_id": columns.read("report_id", parse_id, ""),
        "status": columns.read(
            "status", partial(parse_word, ROAD_STATUSES, "status"), blank_word("status", STATUSES)
        ),
        "kind": columns.read("kind", partial(parse_word, ROAD_KINDS, "kind"), "road_status"),
        "reported_at": [span and span[0] for span in reported],
        REPORTED_UNTIL: [span[1] if span and span[0] < span[1] else None for span in reported],
        "valid_from": starts,
        "valid_to": ends,
        "direction": columns.read(
            "direction", partial(parse_word, DIRECTION_WORDS, "direction"), "both"
        ),
        "max_weight_t": columns.read_numbers("max_weight_t", _parse_limit, None),
        "max_height_m": columns.read_numbers("max_height_m", _parse_limit, None),
        "accuracy_m": worst_of(read_accuracy(columns, file), spread_m),
        "verification": columns.read(
            "verification", partial(parse_word, SURENESS, "verification"), "reported"
        ),
        "geometry": shapes,
    } | {name: columns.read(name, parse_text, "") for name in ("lanes", "name", "source")}
    if file.rows.numbers:
        _note_assumptions(columns, dated=file.zone is not None)
    return build_report_table(file, columns, ROAD_REPORTS, values, ("reported_at",))


def _parse_limit(text: str) -> float:
    """A limit of weight or height; a limit of 0, which no vehicle keeps, means an unknown one."""
    if (value := parse_amount(text)) == 0:
        message, hint = Message("problem.limit_of_zero"), Message("hint.leave_limit_blank")
        raise CellError("bad-number", message, hint)
    return value


def _note_assumptions(columns: Columns, *, dated: bool) -> None:
    """Note what is assumed where the file does not state it."""
    for name, unit in (("max_weight_t", "tonnes"), ("max_height_m", "metres")):
        if columns.found.get(name, name) in ("max_weight", "max_height"):
            columns.notes.append(Message(f"note.read_as_{unit}", column=columns.found[name]))
    if not dated:
        columns.note_bare_dates("reported_at", "valid_from", "valid_to")
