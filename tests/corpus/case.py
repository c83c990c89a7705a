"""The town of the corpus, and the outcome that a mission in it must have.

7---8---9      Streets run 2 km apart. A depot stands at node 1, a clinic at node 3.
|   |   |      The direct road 1-2-3 is 3.7 km long, the detour 1-4-5-6-3 8.2 km.
4---5---6      One strike, at node 2, closes the direct road; another, far off, closes nothing: it
|   |   |      is there so that a lost strike is not found because there are none at all.
1-->2-->3
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from town import GRID, spot
from town_mission import layer

REFUSE, STOP, REPORT, ACCEPT, COUNT_NOT = (
    "refuse",
    "stop",
    "repair and report",
    "accept",
    "count for nothing and report it",
)
"""Refused with these codes; stopped until acknowledged; planned right, with a remark or note of
these codes; planned right; planned without the report, with a remark or note of these codes."""

Content = str | bytes | Callable[[Path], object]
"""What a file holds, or what writes it."""


class Case(NamedTuple):
    """One mission: what is wrong or odd with it, its outcome, and its files."""

    name: str
    expected: str
    codes: tuple[str, ...]
    """Codes of problems; of remarks, notes and counts that are not 0."""
    files: Mapping[str, Content]

    def write(self, folder: Path) -> Path:
        """Write the mission into a folder, which is made."""
        folder.mkdir()
        for name, content in (TOWN | dict(self.files)).items():
            path = folder / name
            if callable(content):
                content(path)
            else:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder


def mission(
    incidents: str = '["strikes.csv", "other.csv"]',
    *,
    top: str = "",
    inputs: str = "",
    tail: str = "",
    roads: str = "roads.geojson",
) -> str:
    """A mission.toml; `incidents` is written as it is, or omitted where it is empty."""
    reports = f"incidents = {incidents}\n" if incidents else ""
    moment = "" if "as_of" in top else "as_of = 2026-11-23T06:00:00Z\n"
    files = f'roads = "{roads}"\nsites = "sites.csv"\n{reports}{inputs}'
    return f'title = "Corpus"\n{moment}{top}\n[inputs]\n{files}\n{tail}\n'


STRIKE = {
    "incident_id": "I-1",
    "kind": "air_strike",
    "occurred_at": "2026-11-22T03:00Z",
    "lat": "33.0",
    "lon": "35.02",
    "accuracy_m": "50",
    "verification": "verified",
    "source": "team",
}
OTHER = (
    "incident_id,kind,occurred_at,lat,lon,accuracy_m,verification,source\n"
    "F-1,fire,2026-11-22T06:00Z,33.41,35.51,50,verified,team\n"
)
SITES = "site_id,role,name,lat,lon\nD-1,depot,Depot,33.0,35.0\nC-3,destination,Clinic,33.0,35.04\n"
STREETS = [
    ({"id": f"{a}-{b}", "highway": "primary"}, "LineString", [list(spot(a)), list(spot(b))])
    for a, b in GRID
]
ROADS = layer(*STREETS)


def as_csv(*rows: Mapping[str, str], delimiter: str = ",", end: str = "\n") -> str:
    """Rows as text; the columns are those of the first."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def strike(**values: str | None) -> dict[str, str]:
    """The strike with other values; None takes a column away, and a new name adds one."""
    return {name: value for name, value in (STRIKE | values).items() if value is not None}


TOWN: Mapping[str, Content] = {
    "mission.toml": mission(),
    "roads.geojson": ROADS,
    "strikes.csv": as_csv(STRIKE),
    "other.csv": OTHER,
    "sites.csv": SITES,
}
"""A mission with nothing wrong; cases change its files or add some."""


def refuse(name: str, codes: str, /, **files: Content) -> Case:
    """A mission that must be refused with exactly these codes."""
    return Case(name, REFUSE, tuple(codes.split()), _named(files))


def stop(name: str, codes: str, /, **files: Content) -> Case:
    """A mission that must stop until someone acknowledges these codes."""
    return Case(name, STOP, tuple(codes.split()), _named(files))


def report(name: str, code: str, /, **files: Content) -> Case:
    """A mission whose corridor avoids the direct road, with a note on a repair or assumption."""
    return Case(name, REPORT, (code,), _named(files))


def accept(name: str, /, **files: Content) -> Case:
    """A mission whose corridor avoids the direct road."""
    return Case(name, ACCEPT, (), _named(files))


def count_not(name: str, code: str, /, **files: Content) -> Case:
    """A mission whose corridor takes the direct road, with a remark on the uncounted report."""
    return Case(name, COUNT_NOT, (code,), _named(files))


def _named(files: Mapping[str, Content]) -> dict[str, Content]:
    """Files by name: `strikes` is strikes.csv, `zones__geojson` is zones.geojson."""
    usual = {"mission": "mission.toml", "roads": "roads.geojson"}
    return {
        usual.get(key) or (key.replace("__", ".") if "__" in key else f"{key}.csv"): content
        for key, content in files.items()
    }


def read_from(name: str, **options: str) -> str:
    """A mission whose strikes stand in another file."""
    return mission(f'["{name}", "other.csv"]', **options)
