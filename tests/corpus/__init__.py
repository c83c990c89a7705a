"""Bad and odd missions, each with the outcome that it must have.

    case.py        a case; the town whose one strike closes the direct road
    places.py      strikes: where
    times.py       strikes: when, what, how sure and how exact
    texts.py       strikes: the file as text
    workbooks.py   strikes: the file as a workbook, GeoJSON, GeoPackage or KML
    feeds.py       strikes: the file of a publisher
    zones.py       zones and sites
    roads.py       roads
    missions.py    mission.toml, and the files on the disk

Each file is written by a plain function when a test needs it; none is stored.
"""

from corpus import feeds, missions, places, roads, texts, times, workbooks, zones
from corpus.case import Case

CASES: tuple[Case, ...] = tuple(
    case
    for module in (places, times, texts, workbooks, feeds, zones, roads, missions)
    for case in module.CASES
)
