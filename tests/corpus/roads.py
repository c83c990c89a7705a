"""Roads that are damaged, odd, or written in another way.

Where there is no strike, a tag takes its place.
"""

from __future__ import annotations

import bz2
import gzip
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import networkx as nx
import osmium
import osmnx
from town import GRID, spot
from town_mission import layer

from corpus.case import ROADS, STREETS, Case, Content, accept, count_not, mission, refuse


def osm(
    *,
    head: str = "",
    nodes: Mapping[int, Mapping[str, str]] | None = None,
    places: Mapping[int, str] | None = None,
    turned: bool = False,
    **tags: str,
) -> str:
    """The town as OpenStreetMap XML; `tags` are further tags of its street from 2 to 3."""
    text = ['<?xml version="1.0" encoding="UTF-8"?>']
    text.append(f'<osm version="0.6">{head}')
    for node in range(1, 10):
        lon, lat = spot(node)
        where = (places or {}).get(node, f'lat="{lat}" lon="{lon}"')
        text.append(f'<node id="{node}" {where}>{_tags((nodes or {}).get(node, {}))}</node>')
    for number, (a, b) in enumerate(GRID, 1):
        here = (a, b) == (2, 3)
        said = {"highway": "primary"} | (
            {key.replace("__", ":"): value for key, value in tags.items()} if here else {}
        )
        first, last = (b, a) if turned and here else (a, b)
        text.append(
            f'<way id="{number}"{" visible=" + quoteattr(said.pop("visible")) if "visible" in said else ""}><nd ref="{first}"/><nd ref="{last}"/>{_tags(said)}</way>'
        )
    return "\n".join([*text, "</osm>"])


def _tags(said: Mapping[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in said.items())


def struck(
    make: Callable[..., Case], name: str, told: str = "", *, roads: Content, file: str = "roads.osm"
) -> Case:
    """A case whose roads stand in another file, with the strike."""
    return make(
        name,
        *([told] if told else []),
        mission=mission(roads=file),
        **{file.replace(".", "__", 1): roads},
    )


def tagged(
    make: Callable[..., Case],
    name: str,
    told: str = "",
    *,
    head: str = "",
    nodes: Mapping[int, Mapping[str, str]] | None = None,
    turned: bool = False,
    **tags: str,
) -> Case:
    """A case whose direct road is closed by tags of its second street, or of its nodes, and not by
    a strike."""
    return make(
        name,
        *([told] if told else []),
        mission=mission('"other.csv"', roads="roads.osm"),
        roads__osm=osm(head=head, nodes=nodes, turned=turned, **tags),
    )


def as_pbf(path: Path) -> None:
    """The town as PBF."""
    text = path.with_name("town.osm")
    text.write_text(osm(), encoding="utf-8")
    with osmium.SimpleWriter(str(path)) as writer:
        for thing in osmium.FileProcessor(str(text)):
            writer.add(thing)
    text.unlink()


def cut_pbf(path: Path) -> None:
    as_pbf(path)
    path.write_bytes(path.read_bytes()[:-40])


def pbf_as_xml(path: Path) -> None:
    other = path.with_name("town.osm.pbf")
    as_pbf(other)
    other.rename(path)


def graph(**node: object) -> nx.MultiDiGraph:
    """The town as osmnx has it; `node` is said of node 5 instead."""
    town = nx.MultiDiGraph(crs="EPSG:4326")
    for name in range(1, 10):
        lon, lat = spot(name)
        town.add_node(name, x=lon, y=lat)
    for number, (a, b) in enumerate(GRID, 1):
        for one, other in ((a, b), (b, a)):
            town.add_edge(
                one,
                other,
                osmid=number,
                highway="primary",
                length=2000.0,
                oneway=False,
                reversed=False,
            )
    if node:
        town.nodes[5].clear()
        town.nodes[5].update(node)
    return town


def as_graphml(**node: object) -> Callable[[Path], None]:
    return lambda path: osmnx.save_graphml(graph(**node), path)


def exchanged_graphml(path: Path) -> None:
    town = graph()
    for _, told in town.nodes(data=True):
        told["x"], told["y"] = told["y"], told["x"]
    osmnx.save_graphml(town, path)


def table() -> gpd.GeoDataFrame:
    return gpd.read_file(ROADS)


def as_package(path: Path) -> None:
    table().drop(columns="id").to_crs("EPSG:32636").to_file(path, driver="GPKG", engine="pyogrio")


def two_layers(path: Path) -> None:
    for name in ("north", "south"):
        table().drop(columns="id").to_file(path, layer=name, driver="GPKG", engine="pyogrio")


def shapefile_without(ending: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        table().to_file(path, engine="pyogrio")
        path.with_suffix(ending).unlink()

    return write


def lines(*height: float, **said: object) -> str:
    """The streets as GeoJSON; `said` is of the street from node 2 to node 3."""
    made = []
    for told, kind, places in STREETS:
        mine = told | (said if told["id"] == "2-3" else {})
        made.append((mine, kind, [[*place, *height] for place in places]))
    return layer(*made)


def closed_in(make: Callable[..., Case], name: str, told: str = "", *, roads: Content) -> Case:
    """A case whose direct road is closed by a column of lines."""
    return make(name, *([told] if told else []), mission=mission('"other.csv"'), roads=roads)


TOWN_OSM = osm()
DOCTYPE = TOWN_OSM.replace(
    "<osm ",
    '<!DOCTYPE osm [<!ENTITY north "33.4"> <!ENTITY x SYSTEM "file:///etc/hostname">]><osm ',
    1,
)

MAPS = [
    struck(accept, "OpenStreetMap", roads=TOWN_OSM),
    struck(accept, "OpenStreetMap packed", roads=gzip.compress(TOWN_OSM.encode(), mtime=0), file="roads.osm.gz"),
    struck(accept, "OpenStreetMap packed the other way", roads=bz2.compress(TOWN_OSM.encode()), file="roads.osm.bz2"),
    struck(accept, "OpenStreetMap as PBF", roads=as_pbf, file="roads.osm.pbf"),
    struck(refuse, "PBF cut short", "broken-file", roads=cut_pbf, file="roads.osm.pbf"),
    struck(refuse, "PBF named as XML", "broken-file", roads=pbf_as_xml),
    struck(refuse, "OpenStreetMap cut short", "broken-file", roads=TOWN_OSM[:-200]),
    struck(refuse, "OpenStreetMap packed and cut short", "broken-file", roads=gzip.compress(TOWN_OSM.encode(), mtime=0)[:-30], file="roads.osm.gz"),
    struck(refuse, "OpenStreetMap with a document type", "broken-file", roads=DOCTYPE),
    struck(refuse, "OpenStreetMap with an entity for a latitude", "broken-file", roads=DOCTYPE.replace('lat="33.0"', 'lat="&north;"', 1)),
    struck(refuse, "OpenStreetMap that a service gave up on", "broken-file", roads=osm(head="<remark>runtime error: Query timed out</remark>")),
    struck(refuse, "a web page as a map", "broken-file", roads="<html><body>Too many requests</body></html>"),
    struck(refuse, "an empty map", "no-roads", roads='<osm version="0.6"></osm>'),
    struck(refuse, "an empty file as a map", "broken-file", roads=""),
    struck(refuse, "a map with latitude and longitude exchanged", "latlon-exchanged", roads=osm(places={node: f'lat="{spot(node)[0]}" lon="{spot(node)[1]}"' for node in range(1, 10)})),
    struck(accept, "a map with a node that has no place", roads=osm(places={9: ""})),
    struck(refuse, "a map with a node off the Earth", "bad-coordinates", roads=osm(places={9: 'lat="330.4" lon="35.04"'})),
    struck(accept, "GraphML", roads=as_graphml(), file="roads.graphml"),
    struck(refuse, "GraphML cut short", "broken-file", roads=lambda path: (as_graphml()(path), path.write_bytes(path.read_bytes()[:-300])), file="roads.graphml"),
    struck(refuse, "GraphML with a node without a place", "bad-node", roads=as_graphml(street_count=4), file="roads.graphml"),
    struck(refuse, "GraphML with a node at NaN", "bad-node", roads=as_graphml(x=float("nan"), y=33.02), file="roads.graphml"),
    struck(refuse, "GraphML with latitude and longitude exchanged", "latlon-exchanged", roads=exchanged_graphml, file="roads.graphml"),
    struck(accept, "roads as a GeoPackage in metres", roads=as_package, file="roads.gpkg"),
    struck(refuse, "roads in two layers", "many-layers", roads=two_layers, file="roads.gpkg"),
    struck(refuse, "a shapefile without its coordinate system", "unknown-crs", roads=shapefile_without(".prj"), file="roads.shp"),
    struck(refuse, "a shapefile without its table", "missing-file", roads=shapefile_without(".dbf"), file="roads.shp"),
    struck(accept, "roads as Parquet", roads=lambda path: table().to_parquet(path), file="roads.parquet"),
    struck(refuse, "text named as Parquet", "broken-file", roads="PAR1", file="roads.parquet"),
    struck(refuse, "a map of an ending that is not known", "unknown-format", roads=TOWN_OSM, file="roads.xml"),
]  # fmt: skip

TAGS = [
    tagged(accept, "a bridge for three and a half tonnes", bridge="yes", maxweight="3.5"),
    tagged(accept, "a bridge whose limit has a unit", bridge="yes", maxweight="7.5 t"),
    tagged(accept, "a bridge whose limit is in kilogrammes", bridge="yes", maxweight="3500 kg"),
    tagged(accept, "a bridge whose limit is in short tons", bridge="yes", maxweight="5 st"),
    tagged(accept, "a bridge whose limit has a decimal comma", bridge="yes", maxweight="3,5"),
    tagged(accept, "a bridge of several limits", bridge="yes", maxweight="7.5;30"),
    tagged(count_not, "a bridge whose limit says nothing", "note.values_unknown", bridge="yes", maxweight="lots"),
    tagged(accept, "a low bridge", maxheight="2.1"),
    tagged(accept, "a low bridge in feet", maxheight="12'6\""),
    tagged(count_not, "a low bridge in words", "note.values_unknown", maxheight="low"),
    tagged(accept, "a collapsed bridge", bridge="collapsed"),
    tagged(accept, "a private road", access="no"),
    tagged(accept, "a road forbidden to trucks", hgv="no"),
    tagged(accept, "a road under construction", highway="construction", construction="primary"),
    tagged(accept, "a foot path", highway="footway"),
    tagged(accept, "a deleted road", visible="false"),
    tagged(accept, "a street one way against us", oneway="-1"),
    tagged(accept, "a street one way and drawn against us", oneway="yes", turned=True),
    tagged(accept, "a street whose direction changes with the hour", oneway="reversible"),
    tagged(accept, "a block on the road", nodes={2: {"barrier": "block"}}),
    tagged(accept, "a gate that is locked", nodes={2: {"barrier": "gate", "access": "no"}}),
    tagged(accept, "a ferry", route="ferry", highway=""),
    tagged(accept, "a road that is an area", area="yes"),
    tagged(accept, "an abandoned road", abandoned="yes"),
]  # fmt: skip

LINES = [
    accept("roads as lines", roads=lines()),
    accept("roads as lines with heights", roads=lines(120.0)),
    refuse("roads, latitude first", "latlon-exchanged", roads=layer(*((told, kind, [place[::-1] for place in places]) for told, kind, places in STREETS))),
    refuse("roads in metres", "bad-coordinates", roads=layer(*((told, kind, [[x * 20000, y * 100000] for x, y in places]) for told, kind, places in STREETS))),
    refuse("roads without lines", "no-lines", roads=layer(({"id": "x"}, "Point", [35.0, 33.0]))),
    refuse("roads without features", "no-roads", roads=layer()),
    refuse("roads cut short", "broken-file", roads=ROADS[:-30]),
    refuse("roads with a line of one point", "bad-geometry", roads=ROADS.replace(json.dumps([list(spot(2)), list(spot(3))]), "[[35.02, 33.0]]")),
    closed_in(refuse, "a road said to be closed", "status-not-read", roads=lines(status="closed")),
    closed_in(accept, "a limit on a line", roads=lines(maxweight="3.5")),
    closed_in(accept, "a limit on a line in our own words", roads=lines(max_weight_t=3.5)),
    closed_in(refuse, "a limit on a line that is no number", "bad-number", roads=lines(max_weight_t="five")),
    closed_in(refuse, "a negative limit on a line", "bad-number", roads=lines(max_weight_t=-5)),
    closed_in(accept, "a limit of nothing on a line", roads=lines(max_weight_t=0)),
    closed_in(accept, "a line that trucks may not use", roads=lines(highway="footway")),
    closed_in(accept, "a line one way against us", roads=lines(oneway="-1")),
    closed_in(refuse, "a line with a direction that is none", "bad-oneway", roads=lines(oneway="sideways")),
    closed_in(refuse, "a line with a negative speed", "bad-number", roads=lines(speed_kph=-50)),
    closed_in(count_not, "a limit on a line in a column misspelt", "note.columns_unread", roads=lines(max_wieght_t=3.5)),
    closed_in(count_not, "a class in a column misspelt", "note.columns_unread", roads=lines(road_clas="footway")),
    closed_in(count_not, "a limit on a line in a column that is not known", "note.columns_unread", roads=lines(last=3.5)),
]  # fmt: skip

CASES = [*MAPS, *TAGS, *LINES]
