"""Bad and odd missions, each with what must come of it.

    case.py        what a case is; the town whose one strike closes the direct road, and the files
    that tests put into it places.py      strikes: where times.py       strikes: when, what, how
    surely and how exactly texts.py       strikes: the file as text workbooks.py   strikes: the file
    as a workbook, as GeoJSON, as GeoPackage, as KML feeds.py       strikes: the file of a publisher
    zones.py       zones and sites roads.py       roads missions.py    mission.toml, and what the
    files are on the disk

Every file is written by a plain function when a test wants it; none is kept.
"""

from corpus import feeds, missions, places, roads, texts, times, workbooks, zones
from corpus.case import Case

CASES: tuple[Case, ...] = tuple(
    case
    for module in (places, times, texts, workbooks, feeds, zones, roads, missions)
    for case in module.CASES
)
