"""Which segments, and which of their directions, each report may mean.

First by position: segments within `accuracy_m + match_m` of the report, and for a line those that
run along it. Then by the kind of the report (bridges for a bridge, with all their segments), and by
its name. Where nothing is so near, a road or structure of that name is searched farther away. A
report that may mean several is about all of them, but means none for certain; so does one that
names another road than the one there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.evidence.structures import find_way
from corridors.geodesy import LineIndex
from corridors.geodesy.measures import EARTH_M, GEOD, measure_length_m
from corridors.rules import RoadReportRules
from corridors.tables import STRUCTURE_OF, Flags, Floats, Ints

HEADINGS: Mapping[str, float] = {
    "northbound": 0.0,
    "northeastbound": 45.0,
    "eastbound": 90.0,
    "southeastbound": 135.0,
    "southbound": 180.0,
    "southwestbound": 225.0,
    "westbound": 270.0,
    "northwestbound": 315.0,
}
MARKED = ("bridge", "tunnel")
"""The structures that roads mark."""
SAMPLE_M = 10.0
"""The distance between the points of a segment that are compared with a reported line."""
NOTES = ["by_name", "several", "no_structure", "no_line", "other_name"]
_GENERIC = frozenset(
    ["bridge", "jisr", "road", "street", "highway", "tunnel", "the", "جسر", "طريق", "شارع", "نفق"]
)
_ARTICLE = re.compile(r"\b(?:ال|(?:al|el|ar|as|at|ad|ash|an)[-'\u2019 ])(?=\w{2})")
_SAME_LETTERS = str.maketrans("ٱىة", "ايه", "ـء")


class Matches(NamedTuple):
    """The segments that reports may mean.

    `pairs`: report and segment (positions), distance_m, forward and backward (which of its
    directions that may be driven), sure_forward and sure_backward (it means this one for certain).
    `notes` (one row a report, in order): by_name (found by its name, farther away), several (roads
    or structures it may mean, where more than one), no_structure (no bridge or tunnel is marked
    there), no_line (forward or backward, of a point), other_name (a point's road bears another
    name).
    """

    pairs: pd.DataFrame
    notes: pd.DataFrame


def normalise_name(name: str) -> frozenset[str]:
    """The words that distinguish a name, without case, accents, articles, or words such as bridge.

    Arabic letters are in one form.

    >>> (
    ...     normalise_name("Al-Qasmiyeh Bridge") == normalise_name("qasmiyeh"),
    ...     normalise_name("جسر القاسميّة") == normalise_name("قاسميه"),
    ... )
    (True, True)
    """
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", name.casefold())
        if not unicodedata.combining(letter)
    )
    plain = _ARTICLE.sub("", unicodedata.normalize("NFKC", plain).translate(_SAME_LETTERS))
    return frozenset(re.findall(r"\w+", plain)) - _GENERIC


def match_reports(
    roads: gpd.GeoDataFrame,
    reports: gpd.GeoDataFrame,
    structures: pd.DataFrame,
    *,
    rules: RoadReportRules,
    index: LineIndex | None = None,
) -> Matches:
    """The segments that each report may mean, and in which directions.

    Parameters
    ----------
    roads, reports
        Tables of the contracts `ROADS` and `ROAD_REPORTS`.
    structures
        What `structures.find_structures` returns for these roads.
    rules
        `match_m`, `name_reach_m` and `across_deg`.
    index
        `LineIndex(roads.geometry.array)`, where it exists already.
    """
    if reports.empty:
        return Matches(_build_pairs([]), pd.DataFrame(columns=NOTES))
    return _Search(roads, structures, rules, index or LineIndex(roads.geometry.array)).find(reports)


class _Search:
    """The segments by place, by name and by structure."""

    def __init__(
        self,
        roads: gpd.GeoDataFrame,
        structures: pd.DataFrame,
        rules: RoadReportRules,
        index: LineIndex,
    ) -> None:
        self.rules, self.index, self.lines = rules, index, roads.geometry.to_numpy()
        self.ids, self.length_m = roads.index.to_numpy(), roads["length_m"].to_numpy()
        self.names = roads["name"].to_numpy(), roads["name_ar"].to_numpy()
        self.may_forward, self.may_backward = (
            (roads["oneway"] != "backward").to_numpy(),
            (roads["oneway"] != "forward").to_numpy(),
        )
        self.structure = {
            kind: dict(zip(part["segment"].tolist(), part["structure_id"].tolist(), strict=True))
            for kind, part in structures.groupby("kind")
        }
        self.members = {
            name: part["segment"].to_numpy() for name, part in structures.groupby("structure_id")
        }
        self.known: dict[str, frozenset[str]] = {}

    def find(self, reports: gpd.GeoDataFrame) -> Matches:
        shapes = reports.geometry.to_numpy()
        near = self.index.measure(shapes, reports["accuracy_m"].to_numpy() + self.rules.match_m)
        first = np.searchsorted(near.place, np.arange(len(reports) + 1))
        pairs, notes = [], []
        columns = (reports[name].tolist() for name in ("kind", "name", "direction", "accuracy_m"))
        for at, report in enumerate(zip(*columns, strict=True)):
            here = slice(first[at], first[at + 1])
            found, note = self._match(shapes[at], report, near.line[here], near.distance_m[here])
            pairs.append((np.full(len(found[0]), at), *found))
            notes.append(note)
        return Matches(_build_pairs(pairs), pd.DataFrame(notes, columns=NOTES, index=reports.index))

    def _match(
        self, shape: shapely.Geometry, report: tuple[Any, ...], here: Ints, here_m: Floats
    ) -> tuple[tuple[np.ndarray, ...], tuple[Any, ...]]:
        """The rows of `pairs` of one report without its position, and its row of notes.

        `report` is its kind, name, direction and accuracy_m, `here` the segments near it (sorted),
        `here_m` their distances.
        """
        kind, name, direction, accuracy_m = report
        structure = STRUCTURE_OF.get(kind, "")
        along, turns = self._run_along(shape, here, accuracy_m + self.rules.match_m)
        segment, turns = here[along], turns[along]
        is_line, turn_of = bool(turns.any()), dict(zip(segment.tolist(), turns, strict=True))
        marked, by_name = self._narrow(segment, structure, name), False
        lacks_structure = structure in MARKED and not len(self._of_kind(segment, structure))
        if (not len(segment) or lacks_structure) and normalise_name(name):
            around = self.index.measure(
                np.array([shape], dtype=object), accuracy_m + self.rules.name_reach_m
            ).line
            around = self._of_kind(around, structure) if structure in MARKED else around
            if len(named := self._of_name(around, name)):
                marked, by_name = named, True
        segment = self._whole(marked, structure)
        forward, backward, sure, no_line = self._directions(segment, direction, turn_of)
        forward, backward = (
            forward & self.may_forward[segment],
            backward & self.may_backward[segment],
        )
        kept = forward | backward
        segment, forward, backward = segment[kept], forward[kept], backward[kept]
        things = self._things(segment, structure)
        # A line of uncertain position runs along the neighbours of its road too.
        is_exact = is_line and accuracy_m <= self.rules.match_m
        several = len(things) if len(things) > 1 and not is_exact else 0
        is_other = not is_line and not structure and self._bear_other_names(segment, name)
        certain = sure[kept] & (several == 0) & (not is_other)
        distance_m = self._distances(shape, segment, here, here_m)
        no_structure = (
            structure in MARKED
            and bool(len(segment))
            and not len(self._of_kind(segment, structure))
        )
        note = (by_name and bool(len(segment)), several, no_structure, no_line, is_other)
        return (
            (segment, distance_m, forward, backward, forward & certain, backward & certain),
            note,
        )

    def _distances(
        self, shape: shapely.Geometry, segment: Ints, here: Ints, known_m: Floats
    ) -> Floats:
        """The distance of each segment from a report, known already for those `here` (sorted)."""
        at = np.searchsorted(here, segment).clip(max=max(len(here) - 1, 0))
        is_known = here[at] == segment if len(here) else np.zeros(len(segment), dtype=bool)
        metres = np.zeros(len(segment))
        metres[is_known] = known_m[at[is_known]] if len(here) else 0.0
        if not is_known.all():
            metres[~is_known] = (
                LineIndex(self.lines[segment[~is_known]]).measure([shape], EARTH_M).distance_m
            )
        return metres

    def _narrow(self, segment: Ints, structure: str, name: str) -> Ints:
        """Segments of the kind of structure, if any is; of those the ones of the name, if any."""
        if structure in MARKED and len(marked := self._of_kind(segment, structure)):
            segment = marked
        named = self._of_name(segment, name)
        return named if len(named) else segment

    def _of_kind(self, segment: Ints, structure: str) -> Ints:
        known = self.structure.get(structure, {})
        return segment[np.array([at in known for at in segment.tolist()], dtype=bool)]

    def _of_name(self, segment: Ints, name: str) -> Ints:
        """Segments whose name has all words of the given one, or the reverse."""
        wanted = normalise_name(name)
        return segment[
            np.array([self._is_called(at, wanted) for at in segment.tolist()], dtype=bool)
        ]

    def _is_called(self, segment: int, wanted: frozenset[str]) -> bool:
        return any(
            words and wanted and (words <= wanted or wanted <= words)
            for words in self._words(segment)
        )

    def _bear_other_names(self, segment: Ints, name: str) -> bool:
        """Whether some of the segments have names, and none has the given one."""
        named = any(any(self._words(at)) for at in segment.tolist())
        return named and bool(normalise_name(name)) and not len(self._of_name(segment, name))

    def _words(self, segment: int) -> list[frozenset[str]]:
        """The words of its name, and of its Arabic name."""
        both = [names[segment] for names in self.names]
        for name in both:
            if name not in self.known:
                self.known[name] = normalise_name(name)
        return [self.known[name] for name in both]

    def _whole(self, segment: Ints, structure: str) -> Ints:
        """The segments, with all other segments of their structures: a bridge is one structure."""
        known = self.structure.get(structure, {})
        whole = [self.members[known[at]] for at in segment.tolist() if at in known]
        return np.unique(np.concatenate([segment, *whole])).astype(np.int64)

    def _things(self, segment: Ints, structure: str) -> set[str]:
        """The structures, or the roads by name or else by OSM way, of segments."""
        known = self.structure.get(structure, {})
        return {
            known.get(at) or self.names[0][at] or f"way {find_way(self.ids[at])}"
            for at in segment.tolist()
        }

    def _directions(
        self, segment: Ints, direction: str, turns: Mapping[int, int]
    ) -> tuple[Flags, Flags, Flags, bool]:
        """Whether a report means each direction of segments.

        Forward and backward, whether that is certain, and whether a direction lacked its line.
        """
        every = np.ones(len(segment), dtype=bool)
        if direction == "both":
            return every, every, every, False
        if direction in HEADINGS:
            heading, is_loop = self._headings(segment)
            off = np.abs((heading - HEADINGS[direction] + 180.0) % 360.0 - 180.0)
            across = (np.abs(off - 90.0) <= self.rules.across_deg) | is_loop
            return (off < 90.0) | across, (off > 90.0) | across, ~across, False
        turn = np.array([turns.get(at, 0) for at in segment.tolist()], dtype=np.int64) * (
            1 if direction == "forward" else -1
        )
        return turn >= 0, turn <= 0, turn != 0, bool(len(segment)) and not turn.any()

    def _headings(self, segment: Ints) -> tuple[Floats, Flags]:
        """The bearing from first to last point of each segment, and whether these coincide."""
        ends = [
            shapely.get_coordinates(shapely.get_point(self.lines[segment], end)).reshape(-1, 2)
            for end in (0, -1)
        ]
        bearing, _, metres = GEOD.inv(*ends[0].T, *ends[1].T)
        return np.asarray(bearing), np.asarray(metres) < 1.0

    def _run_along(
        self, shape: shapely.Geometry, segment: Ints, radius_m: float
    ) -> tuple[Flags, Ints]:
        """Which segments run along a reported line, and whether in its direction (1) or not (-1).

        A segment runs along the line where its part within `radius_m` covers at least two thirds of
        its own length on the line (so the angle is at most 48 degrees), and at least half of the
        shorter of the two, or twice the radius. A segment that only crosses or meets the line does
        not. Where none does, and for a point, all are taken, without a direction (0).
        """
        every, unknown = np.ones(len(segment), dtype=bool), np.zeros(len(segment), dtype=np.int64)
        if shape.geom_type == "Point":
            return every, unknown
        parts, length_m, turn = shapely.get_parts(shape), self.length_m[segment], unknown.copy()
        lengths_m = measure_length_m(parts)
        count = np.clip(np.ceil(length_m / SAMPLE_M), 4, 400).astype(np.int64)
        owner = np.repeat(np.arange(len(segment)), count + 1)
        step = np.arange(len(owner)) - np.repeat(np.cumsum(count + 1) - count - 1, count + 1)
        spots = shapely.line_interpolate_point(
            self.index.lines[segment][owner], step / count[owner], normalized=True
        )
        near = LineIndex(parts).within(spots, radius_m)
        found = pd.DataFrame(
            {
                "owner": owner[near.place],
                "part": near.line,
                "step": step[near.place],
                "along_m": near.along_m,
            }
        )
        for (number, part), here in found.groupby(["owner", "part"]):
            covered_m = np.ptp(here["along_m"])
            driven_m = np.ptp(here["step"]) * length_m[number] / count[number]
            minimum_m = min(length_m[number] / 2, lengths_m[part] / 2, 2 * radius_m)
            if covered_m > 0 and covered_m >= max(minimum_m, driven_m * 2 / 3) - 1e-6:
                turn[number] = 1 if here["along_m"].iloc[-1] > here["along_m"].iloc[0] else -1
        return (turn != 0, turn) if turn.any() else (every, unknown)


def _build_pairs(pairs: Sequence[tuple[np.ndarray, ...]]) -> pd.DataFrame:
    names = (
        "report",
        "segment",
        "distance_m",
        "forward",
        "backward",
        "sure_forward",
        "sure_backward",
    )
    kinds = ("int64", "int64", "float64", "bool", "bool", "bool", "bool")
    columns = zip(*pairs, strict=True) if pairs else [[np.zeros(0)]] * len(names)
    return pd.DataFrame(
        {
            name: np.concatenate(list(column)).astype(kind)
            for name, kind, column in zip(names, kinds, columns, strict=True)
        }
    )
