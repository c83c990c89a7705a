"""Zones that close the direct road in place of the strike, and sites."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import shapely
from town_mission import layer

from corpus.case import SITES, Case, Content, accept, count_not, mission, refuse, report

ZONED = mission('"other.csv"', inputs='zones = "zones.geojson"')
RING = [[35.018, 32.998], [35.022, 32.998], [35.022, 33.002], [35.018, 33.002], [35.018, 32.998]]
AWAY = [[35.3, 33.3], [35.31, 33.3], [35.31, 33.31], [35.3, 33.3]]


def zone(
    *rings: list[list[float]], kind: str = "Polygon", coordinates: object = None, **said: str
) -> str:
    """One zone of these rings, or of this geometry."""
    return layer(
        (
            {"zone_id": "Z-1", "kind": "no_go"} | said,
            kind,
            list(rings) or [RING] if coordinates is None else coordinates,
        )
    )


def zoned(
    make, name: str, told: str = "", *, text: Content | None = None, **files: Content
) -> Case:  # type: ignore[no-untyped-def]
    """A case whose zones stand in zones.geojson."""
    return make(
        name,
        *([told] if told else []),
        **({"mission": ZONED} | files),
        **({} if text is None else {"zones__geojson": text}),
    )


def package(path: Path) -> None:
    area = gpd.GeoSeries([shapely.Polygon(RING)], crs="EPSG:4326").to_crs("EPSG:22770")
    gpd.GeoDataFrame({"zone_id": ["Z-1"], "kind": ["no_go"]}, geometry=area).to_file(
        path, driver="GPKG", engine="pyogrio"
    )


def as_wkt(shape: str, kind: str = "no_go") -> str:
    return f'zone_id,kind,wkt\nZ-1,{kind},"{shape}"\n'


WKT = "POLYGON ((" + ", ".join(f"{x} {y}" for x, y in RING) + "))"
IN_TEXT = mission('"other.csv"', inputs='zones = "zones.csv"')
IN_PACKAGE = mission('"other.csv"', inputs='zones = "zones.gpkg"')
TWO = mission('"other.csv"', inputs='zones = ["zones.geojson", "more.geojson"]')

ZONES = [
    zoned(accept, "a zone", text=zone()),
    zoned(accept, "a zone drawn the other way round", text=zone(RING[::-1])),
    zoned(report, "a zone whose ring is not closed", "note.rings_closed", text=zone(RING[:-1])),
    zoned(accept, "a zone of two parts", text=zone(kind="MultiPolygon", coordinates=[[RING], [AWAY]])),
    zoned(accept, "a zone with a hole beside the road", text=zone(RING, [[35.0185, 33.0015], [35.019, 33.0015], [35.019, 33.0018], [35.0185, 33.0015]])),
    zoned(refuse, "a zone that crosses itself", "invalid-polygon", text=zone([RING[0], RING[2], RING[1], RING[3], RING[0]])),
    zoned(refuse, "a second part drawn as a hole", "invalid-polygon", text=zone(AWAY, RING)),
    zoned(refuse, "a zone with itself as its hole", "invalid-polygon", text=zone(RING, RING)),
    zoned(refuse, "parts that lie in one another", "invalid-polygon", text=zone(kind="MultiPolygon", coordinates=[[RING], [[[x + 0.0005, y] for x, y in RING]]])),
    zoned(refuse, "a zone without area", "invalid-polygon", text=zone([RING[0], RING[2], RING[0], RING[0]])),
    zoned(refuse, "a zone of two corners", "bad-geometry", text=zone([RING[0], RING[1]])),
    zoned(refuse, "a line as a zone", "wrong-shape", text=zone(kind="LineString", coordinates=RING)),
    zoned(refuse, "a point as a zone", "wrong-shape", text=zone(kind="Point", coordinates=[35.02, 33.0])),
    zoned(refuse, "a zone without a shape", "missing-place", text=zone().replace(json.dumps({"type": "Polygon", "coordinates": [RING]}), "null")),
    zoned(refuse, "a zone in metres", "bad-coordinates", text=zone([[x * 20000, y * 100000] for x, y in RING])),
    zoned(refuse, "a zone, latitude first", "latlon-exchanged", text=zone([[y, x] for x, y in RING])),
    zoned(refuse, "a zone round half the globe", "bad-coordinates", text=zone([[-179.0, 32.0], [179.0, 32.0], [179.0, 34.0], [-179.0, 34.0], [-179.0, 32.0]])),
    zoned(count_not, "a zone far away", "remark.far_zones", text=zone([[x, y - 10] for x, y in RING])),
    zoned(refuse, "a kind of zone that is not known", "unknown-kind", text=zone(kind_="x").replace('"no_go"', '"nogo!"')),
    zoned(refuse, "a blank kind of zone", "unknown-kind", text=zone().replace('"no_go"', '""')),
    zoned(accept, "a kind of zone in another word", text=zone().replace('"no_go"', '"Minefield"')),
    zoned(refuse, "no column of kinds of zones", "missing-column", text=zone().replace('"kind"', '"status"')),
    zoned(count_not, "a zone that was in force", "remark.idle_zone", text=zone(valid_to="2026-11-20")),
    zoned(count_not, "a zone that will be in force", "remark.idle_zone", text=zone(valid_from="2026-11-24T00:00Z")),
    zoned(accept, "a zone in force until today", text=zone(valid_from="2026-11-01", valid_to="2026-11-23")),
    zoned(refuse, "a zone that ends before it begins", "ends-before-start", text=zone(valid_from="2026-11-23T00:00Z", valid_to="2026-11-20T00:00Z")),
    zoned(refuse, "a zone whose end has two readings", "ambiguous-time", text=zone(valid_to="01/12/2026")),
    zoned(refuse, "a zone whose end has no offset", "naive-time", text=zone(valid_to="2026-11-23T23:59")),
    zoned(refuse, "the end of a zone in a column misspelt", "near-column", text=zone(valid_form="2026-11-24T00:00Z")),
    zoned(refuse, "a zone with the id of a site", "duplicate-id", text=zone(zone_id="C-3")),
    zoned(refuse, "one id for two zones in two files", "duplicate-id", text=zone(), mission=TWO, more__geojson=zone([[x + 0.1, y] for x, y in RING])),
    zoned(report, "a zone twice", "note.rows_repeated_elsewhere", text=zone(), mission=TWO, more__geojson=zone()),
    zoned(count_not, "no zones in the file", "note.no_rows", text=layer()),
    zoned(accept, "a zone as well-known text", mission=IN_TEXT, zones=as_wkt(WKT)),
    zoned(refuse, "well-known text whose ring is not closed", "bad-geometry", mission=IN_TEXT, zones=as_wkt(WKT.rpartition(",")[0] + "))")),
    zoned(accept, "a zone in the metres of Lebanon", mission=IN_PACKAGE, zones__gpkg=package),
    zoned(accept, "a restricted zone that the rules close", text=zone().replace('"no_go"', '"restricted"'), mission=mission('"other.csv"', inputs='zones = "zones.geojson"', tail='[rules.zones]\nclose = ["restricted"]')),
]  # fmt: skip

HEADER, DEPOT, CLINIC = SITES.splitlines()


def sites(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


PLACES = [
    refuse("sites, latitude and longitude exchanged", "latlon-exchanged", sites=sites("D-1,depot,Depot,35.0,33.0", "C-3,destination,Clinic,35.04,33.0")),
    refuse("one site exchanged", "latlon-exchanged", sites=sites(DEPOT, "C-3,destination,Clinic,35.04,33.0")),
    refuse("a site far from the roads", "site-far-from-roads", sites=sites(DEPOT, "C-3,destination,Clinic,33.0,35.4")),
    refuse("a site in the sea of Guinea", "null-island", sites=sites(DEPOT, "C-3,destination,Clinic,0,0")),
    refuse("a site that is not a number", "bad-latitude bad-longitude", sites=sites(DEPOT, "C-3,destination,Clinic,nan,nan")),
    refuse("a site in metres", "bad-latitude bad-longitude", sites=sites(DEPOT, "C-3,destination,Clinic,3653099,688716")),
    refuse("no depot", "no-depot", sites=sites(CLINIC)),
    refuse("no destination", "no-destination", sites=sites(DEPOT)),
    refuse("no sites", "no-depot no-destination", sites=sites()),
    refuse("a role misspelt", "unknown-role", sites=sites(DEPOT.replace("depot", "depoh"), CLINIC)),
    refuse("a blank role", "unknown-role", sites=sites(DEPOT, CLINIC.replace("destination", ""))),
    refuse("one id for two sites", "duplicate-id", sites=sites(DEPOT, CLINIC, CLINIC.replace("35.04", "35.02"))),
    report("a site twice", "note.rows_repeated", sites=sites(DEPOT, CLINIC, CLINIC)),
    refuse("a site's id with a mark that is not seen", "unseen-character", sites=sites(DEPOT, CLINIC.replace("C-3", "C-3\u200d"))),
    accept("a name that turns the line about", sites=sites(DEPOT, CLINIC.replace("Clinic", "\u202ecinilC"))),
    accept("a name that is a formula", sites=sites(DEPOT, CLINIC.replace("Clinic", "=1+1"))),
    accept("a name in Arabic with its joiners", sites=sites(DEPOT, CLINIC.replace("Clinic", "مستشفى می\u200cروم"))),
    refuse("thousands marks among people", "decimal-comma", sites=sites(DEPOT + ",", CLINIC + ',"1,200"', header=HEADER + ",people")),
    refuse("negative people", "negative-number", sites=sites(DEPOT + ",", CLINIC + ",-5", header=HEADER + ",people")),
    refuse("tonnes with their unit", "bad-number", sites=sites(DEPOT + ",", CLINIC + ",12 t", header=HEADER + ",need_t")),
    refuse("a destination in a file of depots", "other-role", mission=mission(inputs='depots = "depots.csv"'), depots=sites(CLINIC.replace("C-3", "C-4"))),
    report("a destination that lies on the strike's doorstep", "remark.in_reach", sites=sites(DEPOT, CLINIC, "C-4,destination,Mill,33.0,35.0105")),
]  # fmt: skip

CASES = [*ZONES, *PLACES]
