"""Strikes in the files of publishers. All events are invented.

ACLED and UCDP place a strike to 2 km, so that theirs lies 2.6 km south of the direct road and
closes it and nothing else.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

import openpyxl

from corpus.case import Case, accept, count_not, mission, read_from, refuse, report, stop
from corridors.inputs.feeds import acled, firms, hotline, sdit, ucdp

SOUTH = {"latitude": "32.9765", "longitude": "35.02"}
EXCHANGED = {"latitude": "35.02", "longitude": "32.9765"}
ACLED = SOUTH | {
    "event_id_cnty": "INV1",
    "event_date": "2026-11-21",
    "time_precision": "1",
    "event_type": "Explosions/Remote violence",
    "sub_event_type": "Air/drone strike",
    "location": "Invented town",
    "geo_precision": "1",
    "source": "Invented for tests",
    "timestamp": "1795392000",
}
UCDP = SOUTH | {
    "id": "1",
    "code_status": "Clear",
    "type_of_violence": "1",
    "number_of_sources": "2",
    "source_article": "Invented",
    "where_prec": "1",
    "event_clarity": "1",
    "date_prec": "1",
    "date_start": "2026-11-21 00:00:00.000",
    "date_end": "2026-11-21 00:00:00.000",
    "best": "1",
}
FIRMS = {
    "latitude": "33.0",
    "longitude": "35.02",
    "bright_ti4": "367",
    "scan": "0.4",
    "track": "0.3",
    "acq_date": "2026-11-22",
    "acq_time": "0112",
    "satellite": "N20",
    "instrument": "VIIRS",
    "confidence": "n",
    "version": "2.0NRT",
    "frp": "7.7",
    "daynight": "N",
}
UNOSAT = {
    "SiteID": "S1",
    "SensorDate": "2026-11-22",
    "Main_Damage_Site_Class": "1",
    "SensorDate_1": "2026-11-01",
    "Main_Damage_Site_Class_1": "6",
    "Municipality": "Invented",
    "latitude": "33.0",
    "longitude": "35.02",
}
CALL = {
    "call_id": "1",
    "received_at": "2026-11-23T04:00Z",
    "caller_role": "focal point",
    "lat": "33.0",
    "lon": "35.02",
    "code": "shelling",
    "confidence": "high",
}
OBSTACLE = {
    "objectid": "1",
    "obstype": "Roadblock",
    "obsdate": "2026-11-22",
    "locprecision": "Accurate (street level)",
    "latitude": "33.0",
    "longitude": "35.02",
}
DAMAGE = {"obj_type": "Primary road", "damage_gra": "Destroyed", "lat": "33.0", "lon": "35.02"}
COUNTS = {
    "event_type": "political_violence",
    "events": "12",
    "fatalities": "3",
    "location_code": "LBN",
    "location_name": "Lebanon",
    "admin1_code": "LB6",
    "admin1_name": "South",
    "admin2_code": "LB62",
    "admin2_name": "Tyre",
    "reference_period_start": "2026-10-01T00:00:00",
    "reference_period_end": "2026-10-31T00:00:00",
}


def feed(columns: Sequence[str], *rows: Mapping[str, str], names: bool = True) -> str:
    """A file of a feed; what a row does not say is blank."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([columns] if names else [])
    writer.writerows([row.get(name, "") for name in columns] for row in rows)
    return text.getvalue()


def of_acled(*, columns: Sequence[str] = acled.COLUMNS, **said: str) -> str:
    return feed(columns, ACLED | said)


def of_ucdp(**said: str) -> str:
    return feed(ucdp.COLUMNS, UCDP | said)


def of_firms(**said: str) -> str:
    return feed(firms.VIIRS_COLUMNS, FIRMS | said)


def of_unosat(**said: str) -> str:
    return feed(list(UNOSAT), UNOSAT | said)


def calls(**said: str) -> str:
    return feed(hotline.COLUMNS, CALL | said)


def as_workbook(text: str) -> bytes:
    workbook = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(text)):
        workbook.active.append(row)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def without(*names: str) -> list[str]:
    return [name for name in acled.COLUMNS if name not in names]


FIGURES = mission('[{ path = "strikes.csv", dates = "dd-mm-yyyy" }, "other.csv"]')
DELETED = mission('["strikes.csv", "deleted.csv", "other.csv"]')
ACKNOWLEDGED = '[[acknowledge]]\ncode = "quarantined-incidents"\nreason = "a test"\nby = "tests"'
VAGUE = "remark.too_imprecise"

EVENTS = [
    accept("ACLED", strikes=of_acled()),
    accept("ACLED with a mark of the byte order", strikes="\ufeff" + of_acled()),
    accept("ACLED as a workbook", mission=read_from("strikes.xlsx"), strikes__xlsx=as_workbook(of_acled())),
    accept("ACLED with its columns in another order", strikes=of_acled(columns=acled.COLUMNS[::-1])),
    accept("ACLED with the month in letters", strikes=of_acled(event_date="21 November 2026")),
    refuse("ACLED with days in figures", "ambiguous-time", strikes=of_acled(event_date="21-11-2026")),
    accept("ACLED with days in figures whose order is said", strikes=of_acled(event_date="21-11-2026"), mission=FIGURES),
    refuse("ACLED with days in another order than is said", "bad-time", strikes=of_acled(event_date="11-21-2026"), mission=FIGURES),
    refuse("ACLED, exchanged", "latlon-exchanged", strikes=of_acled(**EXCHANGED)),
    refuse("ACLED at zero, zero", "null-island", strikes=of_acled(latitude="0", longitude="0")),
    refuse("ACLED without a place", "missing-place", strikes=of_acled(latitude="")),
    refuse("ACLED with a comma in a place", "decimal-comma", strikes=of_acled(latitude="32,9765")),
    refuse("ACLED without a time", "missing-time", strikes=of_acled(event_date="")),
    refuse("ACLED without an id", "missing-id", strikes=of_acled(event_id_cnty="")),
    refuse("ACLED with a precision that it does not have", "unknown-precision", strikes=of_acled(geo_precision="7")),
    refuse("ACLED with a blank precision", "unknown-precision", strikes=of_acled(geo_precision="")),
    count_not("ACLED of a region", VAGUE, strikes=of_acled(geo_precision="3")),
    count_not("ACLED near a town", VAGUE, strikes=of_acled(geo_precision="2")),
    accept("ACLED of some day in a month", strikes=of_acled(event_date="2026-10-20", time_precision="3")),
    report("ACLED with a sort of event that is not known", "note.acled_unknown", strikes=of_acled(sub_event_type="Air stirke")),
    count_not("ACLED of a demonstration", "note.excluded_by_kind", strikes=of_acled(event_type="Protests", sub_event_type="Peaceful protest")),
    refuse("ACLED without the columns that say how exact it is", "cut-feed", strikes=of_acled(columns=without("geo_precision", "time_precision"))),
    refuse("ACLED called plain", "cut-feed", strikes=of_acled(), mission=mission('[{ path = "strikes.csv", format = "plain" }, "other.csv"]')),
    refuse("ACLED called UCDP", "not-this-feed", strikes=of_acled(), mission=mission('[{ path = "strikes.csv", format = "ucdp" }, "other.csv"]')),
    refuse("one event of ACLED in two versions", "duplicate-id", strikes=feed(acled.COLUMNS, ACLED, ACLED | {"latitude": "33.4"})),
    count_not("ACLED deleted since", "incidents_retracted", strikes=of_acled(), mission=DELETED, deleted="event_id_cnty,deleted_timestamp\nINV1,1795400000\n"),
    accept("ACLED deleted after the moment planned for", strikes=of_acled(), mission=DELETED, deleted="event_id_cnty,deleted_timestamp\nINV1,1795900000\n"),
    refuse("ACLED deleted at a time that cannot be", "bad-number", strikes=of_acled(), mission=DELETED, deleted="event_id_cnty,deleted_timestamp\nINV1,soon\n"),
    stop("ACLED without a place, set aside by someone's word, and nothing else", "no-active-incident", strikes=of_acled(latitude=""), mission=mission('"strikes.csv"', tail=ACKNOWLEDGED)),
    count_not("ACLED without a place, set aside by someone's word", "note.excluded", strikes=of_acled(latitude=""), mission=mission(tail=ACKNOWLEDGED)),
    accept("UCDP", strikes=of_ucdp()),
    report("UCDP without a row of names", "note.no_header", strikes=feed(ucdp.COLUMNS, UCDP, names=False)),
    refuse("UCDP, exchanged", "latlon-exchanged", strikes=of_ucdp(**EXCHANGED)),
    count_not("UCDP near a place", VAGUE, strikes=of_ucdp(where_prec="2")),
    count_not("UCDP of a country", VAGUE, strikes=of_ucdp(where_prec="6")),
    refuse("UCDP with a precision that it does not have", "unknown-precision", strikes=of_ucdp(where_prec="9")),
    refuse("UCDP that ends before it begins", "ends-before-start", strikes=of_ucdp(date_end="2026-11-19 00:00:00.000")),
    refuse("UCDP with a date in figures", "bad-time", strikes=of_ucdp(date_start="21/11/2026")),
    refuse("UCDP with a column lost", "cut-feed", strikes=feed([name for name in ucdp.COLUMNS if name != "date_prec"], UCDP)),
    refuse("UCDP of the first day of Excel", "implausible-time", strikes=of_ucdp(date_start="1900-01-01 00:00:00.000", date_end="1900-01-01 00:00:00.000")),
]  # fmt: skip

OBSERVED = [
    report("FIRMS", "note.firms_is_heat", strikes=of_firms()),
    accept("FIRMS whose time lost its zero", strikes=of_firms(acq_time="112")),
    refuse("FIRMS, exchanged", "latlon-exchanged", strikes=of_firms(latitude="35.02", longitude="33.0")),
    refuse("FIRMS at an hour that is none", "bad-time", strikes=of_firms(acq_time="2500")),
    refuse("FIRMS without a time", "missing-time", strikes=of_firms(acq_time="")),
    refuse("FIRMS with a pixel of no size", "unknown-precision", strikes=of_firms(scan="")),
    refuse("FIRMS with a negative pixel", "unknown-precision", strikes=of_firms(scan="-0.4")),
    refuse("FIRMS with a confidence that is not known", "unknown-code-word", strikes=of_firms(confidence="sure")),
    count_not("FIRMS that is not sure", "note.excluded_by_kind", strikes=of_firms(confidence="l")),
    accept("UNOSAT", strikes=of_unosat()),
    accept("UNOSAT with its images in another order", strikes=of_unosat(SensorDate="2026-11-01", Main_Damage_Site_Class="6", SensorDate_1="2026-11-22", Main_Damage_Site_Class_1="1")),
    refuse("UNOSAT, exchanged", "latlon-exchanged", strikes=of_unosat(latitude="35.02", longitude="33.0")),
    refuse("UNOSAT with a class that is not known", "unknown-code-word", strikes=of_unosat(Main_Damage_Site_Class="99")),
    refuse("UNOSAT with an image without a date", "missing-time", strikes=of_unosat(SensorDate="")),
    count_not("UNOSAT without damage", "note.excluded_by_kind", strikes=of_unosat(Main_Damage_Site_Class="6")),
    accept("a call", strikes=calls()),
    refuse("a call about nothing known", "unknown-code-word", strikes=calls(code="trouble")),
    refuse("a call without a time", "missing-time", strikes=calls(received_at="")),
    refuse("a call at a local time", "naive-time", strikes=calls(received_at="2026-11-23 04:00")),
    refuse("a call from nowhere", "missing-place", strikes=calls(lat="", lon="")),
    refuse("a call from a place code that nobody carries", "unresolved-place", strikes=calls(lat="", lon="", pcode="LB999")),
    refuse("a call from a kilometre of an unknown corridor", "unresolved-place", strikes=calls(lat="", lon="", place="D-1>C-3#1 km 2")),
    refuse("a call, exchanged", "latlon-exchanged", strikes=calls(lat="35.02", lon="33.0")),
    accept("a call with its place in words besides", strikes=calls(place="D-1>C-3#1 km 2")),
    refuse("a call about what comes after it", "ends-before-start", strikes=calls(occurred_at="2026-11-23T05:00Z")),
    accept("a call that a road is closed", strikes=calls(code="not passable")),
]  # fmt: skip


def roadblocks(name: str, **said: str) -> dict[str, str]:
    return {
        "mission": mission('"other.csv"', inputs=f'road_reports = "{name}"'),
        name.partition(".")[0]: feed(sdit.OBSTACLE_COLUMNS, OBSTACLE | said),
    }


ROADS = [
    accept("an obstacle of WFP", **roadblocks("blocks.csv")),
    refuse("an obstacle of WFP, exchanged", "latlon-exchanged", **roadblocks("blocks.csv", latitude="35.02", longitude="33.0")),
    refuse("an obstacle of WFP at zero, zero", "missing-place", **roadblocks("blocks.csv", latitude="0.0", longitude="0.0")),
    refuse("an obstacle of WFP of a sort that is not known", "unknown-code-word", **roadblocks("blocks.csv", obstype="Dragon")),
    report("an obstacle of WFP without a date", "note.sdit_undated", **roadblocks("blocks.csv", obsdate="")),
    refuse("a limit of nothing", "bad-number", mission=mission('"other.csv"', inputs='road_reports = "bridges.csv"'), bridges="id,status,date,max_weight_t,lat,lon\nA,restricted,2026-11-22T00:00Z,0,33,35.02\n"),
    refuse("a limit in kilogrammes", "bad-number", mission=mission('"other.csv"', inputs='road_reports = "bridges.csv"'), bridges="id,status,date,max_weight_t,lat,lon\nA,restricted,2026-11-22T00:00Z,5000 kg,33,35.02\n"),
    refuse("a negative limit", "negative-number", mission=mission('"other.csv"', inputs='road_reports = "bridges.csv"'), bridges="id,status,date,max_weight_t,lat,lon\nA,restricted,2026-11-22T00:00Z,-5,33,35.02\n"),
    refuse("a state of a road misspelt", "unknown-status", mission=mission('"other.csv"', inputs='road_reports = "bridges.csv"'), bridges="id,status,date,lat,lon\nA,clsoed,2026-11-22T00:00Z,33,35.02\n"),
    refuse("a limit in a column misspelt", "near-column", mission=mission('"other.csv"', inputs='road_reports = "bridges.csv"'), bridges="id,status,date,max_wieght_t,lat,lon\nA,restricted,2026-11-22T00:00Z,5,33,35.02\n"),
    count_not("counts for areas among the incidents", "note.hapi_is_counts", strikes=feed(list(COUNTS), COUNTS)),
    refuse("counts for areas with a month that is none", "bad-time", strikes=feed(list(COUNTS), COUNTS | {"reference_period_start": "October"})),
    refuse("incidents where counts for areas are wanted", "other-table", mission=mission(inputs='area_counts = "counts.csv"'), counts=feed(acled.COLUMNS, ACLED | {"event_id_cnty": "INV2"})),
]  # fmt: skip

CASES: list[Case] = [*EVENTS, *OBSERVED, *ROADS]
