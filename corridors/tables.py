"""The contract of every table: columns, types, units and coordinate system.

A table is a plain GeoDataFrame in EPSG:4326. Units are in the column names, times are
timezone-aware UTC. `build_table` makes a table that keeps its contract, `check_table` refuses one
that does not; every stage relies on it, so no stage checks again. `describe_column` describes a
column in each language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from corridors.errors import InputError, Problem
from corridors.locales import Locale
from corridors.messages import Message

CRS = "EPSG:4326"

Codes = npt.NDArray[np.int8]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
"""The types of arrays."""

Kind = Literal["text", "number", "int", "bool", "time", "list"]
DTYPES: dict[Kind, str] = {
    "text": "str",
    "number": "float64",
    "int": "int64",
    "bool": "bool",
    "time": "datetime64[us, UTC]",
    "list": "object",
}
EMPTY: dict[Kind, object] = {
    "text": "",
    "number": np.nan,
    "int": 0,
    "bool": False,
    "time": pd.NaT,
    "list": (),
}
"""The value for "unknown". Text is never null: an unknown name is an empty text."""

PASSABLE, RESTRICTED, NOT_PASSABLE, UNKNOWN = "PASSABLE", "RESTRICTED", "NOT_PASSABLE", "UNKNOWN"
STATUSES = (PASSABLE, RESTRICTED, NOT_PASSABLE, UNKNOWN)
"""The words of the Logistics Cluster's LogIE for the state of a road."""
SEVERITY = (PASSABLE, RESTRICTED, UNKNOWN, NOT_PASSABLE)
"""`STATUSES` from the least to the most restrictive."""

INCIDENT_KINDS = (
    "air_strike",
    "shelling",
    "ground_clash",
    "explosive_hazard",
    "fire",
    "obstruction",
    "other",
)
VERIFICATIONS = ("retracted", "reported", "corroborated", "verified")
"""From the least to the most certain; `retracted` never closes a road."""
ZONE_KINDS = ("safe_zone", "no_go", "contaminated", "front_line", "restricted")
ROLES = ("depot", "destination", "waypoint", "observer_base")
ONEWAYS = ("both", "forward", "backward")
UNREPORTED = "unreported"
"""The cause that closes roads without a report, if the rules treat them as UNKNOWN."""
CLOSED_WAYS = ("", "forward", "backward", "both")
"""The closed directions of a segment by their sum: forward is one, backward is two."""

ROAD_REPORT_KINDS = (
    "road_status",
    "bridge_status",
    "flood",
    "explosive_hazard",
    "roadblock",
    "road_damage",
    "railway_damage",
    "bridge_damage",
    "culvert_damage",
    "tunnel_damage",
    "ferry",
    "ford",
    "checkpoint_official",
    "checkpoint_unofficial",
    "traffic_restriction",
    "landslide",
    "wreckage",
    "trees",
    "unknown",
)
"""Subjects of road reports: WFP's words for obstacles (SDI-T), and the status of a road."""
DIRECTIONS = (
    "both",
    "forward",
    "backward",
    "northbound",
    "northeastbound",
    "eastbound",
    "southeastbound",
    "southbound",
    "southwestbound",
    "westbound",
    "northwestbound",
)
"""Along or against the line of the report's geometry, or the compass direction of traffic."""
STRUCTURE_OF: Mapping[str, str] = MappingProxyType(
    {
        "bridge_status": "bridge",
        "bridge_damage": "bridge",
        "tunnel_damage": "tunnel",
        "culvert_damage": "culvert",
        "ford": "ford",
    }
)
"""The structure that a kind of road report is about."""
STRUCTURE_KINDS = ("bridge", "tunnel", "culvert", "ford")
AREA_EVENT_TYPES = ("civilian_targeting", "demonstration", "political_violence")

LINES, POINTS, AREAS = ("LineString",), ("Point",), ("Polygon", "MultiPolygon")
ANY_GEOMETRY = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, kind, allowed words (empty: any) and minimum.

    `not_before` names the column whose time is a lower limit. The catalogues of `locales` hold
    the meaning, see `describe_column`.
    """

    name: str
    kind: Kind
    choices: tuple[str, ...] = ()
    required: bool = False
    minimum: float = -np.inf
    not_before: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The contract of one table.

    `geometry` lists the allowed shapes; empty means a table without geometry.
    """

    name: str
    index: str
    columns: tuple[Column, ...]
    geometry: tuple[str, ...] = ()


ROADS = Table(
    "roads",
    "segment_id",
    (
        Column("from_node", "int"),
        Column("to_node", "int"),
        Column("oneway", "text", ONEWAYS, required=True),
        Column("length_m", "number", required=True, minimum=0.0),
        Column("speed_kph", "number", required=True, minimum=0.001),
        Column("road_class", "text"),
        Column("name", "text"),
        Column("name_ar", "text"),
        Column("bridge", "bool"),
        Column("tunnel", "bool"),
        Column("layer", "int"),
        Column("max_weight_t", "number"),
        Column("max_height_m", "number"),
        Column("surface", "text"),
    ),
    LINES,
)
ZONES = Table(
    "zones",
    "zone_id",
    (
        Column("kind", "text", ZONE_KINDS, required=True),
        Column("name", "text"),
        Column("name_ar", "text"),
        Column("declared_by", "text"),
        Column("supervisor", "text"),
        Column("valid_from", "time"),
        Column("valid_to", "time", not_before="valid_from"),
        Column("source", "text"),
    ),
    AREAS,
)
INCIDENTS = Table(
    "incidents",
    "incident_id",
    (
        Column("kind", "text", INCIDENT_KINDS, required=True),
        Column("occurred_at", "time", required=True),
        Column("occurred_until", "time", required=True, not_before="occurred_at"),
        Column("reported_at", "time"),
        Column("accuracy_m", "number", required=True, minimum=0.0),
        Column("verification", "text", VERIFICATIONS, required=True),
        Column("structure", "text"),
        Column("source", "text"),
        Column("version_of", "text"),
        Column("reports", "list"),
        Column("source_count", "int"),
    ),
    ANY_GEOMETRY,
)
"""A row is a report of a source; after `evidence.fuse_reports`, it is an incident with reports."""
REPORTS = Table(
    "reports",
    "report_id",
    (
        *INCIDENTS.columns[:-2],
        Column("incident_id", "text", required=True),
        Column("superseded", "bool"),
    ),
    ANY_GEOMETRY,
)
ROAD_REPORTS = Table(
    "road_reports",
    "report_id",
    (
        Column("status", "text", STATUSES, required=True),
        Column("kind", "text", ROAD_REPORT_KINDS, required=True),
        Column("reported_at", "time"),
        Column("valid_from", "time"),
        Column("valid_to", "time", not_before="valid_from"),
        Column("direction", "text", DIRECTIONS, required=True),
        Column("lanes", "text"),
        Column("max_weight_t", "number"),
        Column("max_height_m", "number"),
        Column("accuracy_m", "number", required=True, minimum=0.0),
        Column("name", "text"),
        Column("source", "text"),
        Column("verification", "text", VERIFICATIONS, required=True),
    ),
    ("Point", "LineString", "MultiLineString"),
)
AREA_COUNTS = Table(
    "area_counts",
    "area_count_id",
    (
        Column("pcode", "text", required=True),
        Column("admin_level", "int", required=True),
        Column("name", "text"),
        Column("event_type", "text", AREA_EVENT_TYPES, required=True),
        Column("events", "number"),
        Column("fatalities", "number"),
        Column("period_from", "time", required=True),
        Column("period_to", "time", required=True),
        Column("source", "text"),
    ),
)
"""Counts for whole areas: they can shade a map, and they never close a road."""
RETRACTIONS = Table(
    "retractions",
    "incident_id",
    (
        Column("retracted_at", "time", required=True),
        Column("source", "text"),
    ),
)
SITES = Table(
    "sites",
    "site_id",
    (
        Column("role", "text", ROLES, required=True),
        Column("name", "text"),
        Column("name_ar", "text"),
        Column("pcode", "text"),
        Column("people", "number", minimum=0.0),
        Column("need_t", "number", minimum=0.0),
        Column("stock_t", "number", minimum=0.0),
    ),
    POINTS,
)
SEGMENTS = Table(
    "segments",
    "segment_id",
    (
        *ROADS.columns,
        Column("exposure", "number", required=True),
        Column("status", "text", STATUSES, required=True),
        Column("reason_code", "text"),
        Column("closed_direction", "text", ONEWAYS),
    ),
    LINES,
)
CLOSURES = Table(
    "closures",
    "",
    (
        Column("segment_id", "text", required=True),
        Column("cause_id", "text", required=True),
        Column("cause_type", "text", ("incident", "zone", "road_report", "vehicle"), required=True),
        Column("rule", "text", required=True),
        Column("direction", "text", ONEWAYS, required=True),
        Column("distance_m", "number"),
        Column("active_from", "time"),
        Column("active_until", "time"),
    ),
)
STEPS = Table(
    "steps",
    "",
    (
        Column("corridor_id", "text", required=True),
        Column("sequence", "int", required=True),
        Column("segment_id", "text", required=True),
        Column("direction", "text", ("forward", "backward"), required=True),
        Column("start_m", "number", required=True),
        Column("end_m", "number", required=True),
    ),
)
CORRIDORS = Table(
    "corridors",
    "corridor_id",
    (
        Column("depot_id", "text", required=True),
        Column("destination_id", "text", required=True),
        Column("rank", "int", required=True),
        Column("status", "text", STATUSES, required=True),
        Column("length_m", "number", required=True),
        Column("duration_min", "number", required=True),
        Column("exposure", "number", required=True),
        Column("nearest_incident_m", "number"),
        Column("shared_with_primary", "number", required=True),
        Column("shared_exposure", "number", required=True),
        Column("unknown_share", "number", required=True),
        Column("shared_incidents", "list"),
        Column("chokepoints", "list"),
    ),
    ("LineString", "Point"),
)
CUT_OFF = Table(
    "cut_off",
    "site_id",
    (
        Column("name", "text"),
        Column("reason_code", "text", required=True),
        Column("reason_values", "text"),
        Column("blocking", "list"),
        Column("smallest_set", "list"),
        Column("reachable_within_m", "number"),
    ),
    ("Point", *AREAS),
)
STRUCTURES = Table(
    "structures",
    "structure_id",
    (
        Column("kind", "text", STRUCTURE_KINDS, required=True),
        Column("name", "text"),
        Column("name_ar", "text"),
        Column("segments", "list"),
        Column("status", "text", STATUSES, required=True),
        Column("reason_code", "text"),
        Column("max_weight_t", "number"),
        Column("reported_at", "time"),
        Column("source", "text"),
    ),
    ("Point", "LineString", "MultiLineString"),
)
CONTRACTS = (
    *(ROADS, ZONES, INCIDENTS, REPORTS, ROAD_REPORTS, AREA_COUNTS, RETRACTIONS, SITES),
    *(SEGMENTS, CLOSURES, STRUCTURES, STEPS, CORRIDORS, CUT_OFF),
)
_EXTENDED = MappingProxyType({SEGMENTS.name: ROADS.name, REPORTS.name: INCIDENTS.name})
"""By table, the table whose columns it extends."""


def describe_column(table: str, column: str, locale: Locale) -> str:
    """The meaning of a column of a table or layer, in the language of `locale`.

    The catalogue holds it in section "column.TABLE". If that lacks it, the section of the table
    that `table` extends is used, then section "column".

    Raises
    ------
    KeyError
        No section describes the column. Fix: add it to `tables.toml` in every language.

    Examples
    --------
    >>> from corridors.locales import read_locale
    >>> describe_column("segments", "surface", read_locale("en"))
    'OSM surface value'
    """
    own, extended, common = (
        f"column.{part}{column}" for part in (f"{table}.", f"{_EXTENDED.get(table, '')}.", "")
    )
    return locale[next((key for key in (own, extended) if key in locale), common)]


def made_node(name: str) -> int:
    """A node id for a node that is in no file: negative, and the same for the same name.

    >>> made_node("7:1-2/1") == made_node("7:1-2/1") < 0
    True
    """
    return -1 - (
        int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1
    )


def build_table(
    contract: Table, data: pd.DataFrame | Mapping[str, Any] | None = None
) -> gpd.GeoDataFrame:
    """A table that keeps `contract`, made from columns.

    Missing columns are filled with `EMPTY`, columns have the order and types of the contract,
    other columns are left out, and rows are sorted by the index, so the order of a file never
    matters.

    Parameters
    ----------
    contract
        One of the tables of this module.
    data
        Columns by name; the index is a column of its name or the index of a frame. None makes an
        empty table.

    Returns
    -------
    GeoDataFrame in EPSG:4326; a plain DataFrame if the contract has no geometry.

    Raises
    ------
    InputError
        A column holds a value that its contract does not allow (code `broken-table`). Fix:
        correct the column that the message names.

    Examples
    --------
    >>> build_table(RETRACTIONS).columns.tolist()
    ['retracted_at', 'source']
    """
    if data is None:
        return _make_empty(contract).copy()
    frame = pd.DataFrame(data)
    if contract.index and contract.index in frame:
        frame = frame.set_index(contract.index)
    if contract.index:
        frame = frame.set_axis(pd.Index(frame.index.astype("str"), name=contract.index))
    made = {}
    for column in contract.columns:
        if column.name in frame:
            made[column.name] = _cast(contract, column, frame[column.name])
        else:
            made[column.name] = pd.Series(
                [EMPTY[column.kind]] * len(frame), index=frame.index, dtype=DTYPES[column.kind]
            )
    if contract.geometry:
        # The array, not the column: aligning equal ids is slow.
        shapes = frame["geometry"].array if "geometry" in frame else []
        made["geometry"] = gpd.GeoSeries(shapes, index=frame.index, crs=CRS)
    table = pd.DataFrame(made, index=frame.index)
    if contract.geometry:
        table = gpd.GeoDataFrame(table, geometry="geometry")
    if contract.index and not table.index.is_monotonic_increasing:
        table = table.sort_index(kind="stable")
    check_table(contract, table)
    return table


def assemble_table(
    contract: Table, columns: Mapping[str, Any], index: pd.Index | None = None
) -> gpd.GeoDataFrame:
    """A table of columns that keep `contract` already: nothing is checked, converted or sorted.

    `columns` has every column of the contract, and "geometry" as an array in EPSG:4326 if the
    contract has shapes.

    >>> sorted(assemble_table(RETRACTIONS, dict(build_table(RETRACTIONS).items())))
    ['retracted_at', 'source']
    """
    names = [column.name for column in contract.columns] + ["geometry"] * bool(contract.geometry)
    table = pd.DataFrame({name: columns[name] for name in names}, index=index, copy=False)
    return gpd.GeoDataFrame(table, geometry="geometry") if contract.geometry else table


def add_columns(table: Any, columns: Mapping[str, Any]) -> Any:
    """A copy of `table` with columns added or replaced; `table` does not change.

    >>> add_columns(pd.DataFrame({"a": [1]}), {"b": [2]}).columns.tolist()
    ['a', 'b']
    """
    made = table.copy(deep=False)
    for name, values in columns.items():
        made[name] = values
    return made


def take_words(words: Sequence[str] | npt.NDArray[np.object_], codes: npt.NDArray[Any]) -> Any:
    """A column of text from a short list of words and the position of each row's word in it.

    >>> take_words(("no", "yes"), np.array([1, 1, 0])).tolist()
    ['yes', 'yes', 'no']
    """
    return pd.array(list(words), dtype="str").take(codes)


def list_tuples(values: Sequence[tuple[str, ...]]) -> npt.NDArray[np.object_]:
    """A column of lists, from tuples."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def read_times(column: pd.Series) -> npt.NDArray[np.datetime64]:
    """The times of a column as an array without a time zone, in UTC."""
    return np.asarray(column.array.tz_convert(None), dtype="datetime64[us]")


def make_times(times: npt.NDArray[np.datetime64]) -> Any:
    """A column of times, from an array in UTC."""
    return pd.DatetimeIndex(times).tz_localize("UTC").array


@cache
def _make_empty(contract: Table) -> gpd.GeoDataFrame:
    """The table without rows, made once: many situations lack a table, and a check takes time."""
    return build_table(contract, {})


def find_positions(ids: pd.Series, index: pd.Index) -> np.ndarray:
    """The row of each id in the table with that index; fast if the ids are categories of it.

    Rows are int64, so that products of them do not overflow: codes of categories may be int8.

    >>> find_positions(pd.Series(["b", "a"]), pd.Index(["a", "b"])).tolist()
    [1, 0]
    """
    if isinstance(ids.dtype, pd.CategoricalDtype) and ids.cat.categories.equals(index):
        return ids.cat.codes.to_numpy(dtype=np.int64)
    return index.get_indexer(ids).astype(np.int64, copy=False)


def check_table(  # noqa: C901 - one check after the other, on a column in the cache
    contract: Table, table: pd.DataFrame
) -> None:
    """Raise an error that lists everything that breaks `contract`, if anything does.

    Raises
    ------
    InputError
        Code `broken-table`, one problem for each column: missing, wrong type, null where a value
        is required, a word that is not in the list, a number below the minimum, an end before its
        start, a shape that is not allowed or not on Earth, a coordinate system other than
        EPSG:4326, an index with repeated ids or of a type other than text. Fix: correct the column
        in the rows that the message names (three at most).

    Examples
    --------
    >>> check_table(CLOSURES, build_table(CLOSURES))
    """
    problems = [_broken(contract, "", "index_repeated", table.index[table.index.duplicated()])] * (
        bool(contract.index) and not table.index.is_unique
    )
    # Numbers and text sort differently.
    if contract.index and len(table) and str(table.index.dtype) != DTYPES["text"]:
        facts = {"type": str(table.index.dtype), "expected": DTYPES["text"]}
        problems.append(_broken(contract, "", "index_type", **facts))
    elif contract.index and table.index.hasnans:
        problems.append(_broken(contract, "", "index_null"))
    # To read a column of a GeoDataFrame takes as long as to check it.
    plain = pd.DataFrame(table, copy=False)
    types = dict(zip(plain.columns, plain.dtypes, strict=True))
    for column in contract.columns:
        if column.name not in types:
            problems.append(_broken(contract, column.name, "column_missing"))
            continue
        if str(types[column.name]) != DTYPES[column.kind]:
            facts = {"type": str(types[column.name]), "expected": DTYPES[column.kind]}
            problems.append(_broken(contract, column.name, "column_type", **facts))
            continue
        if plain.empty:
            continue
        values = plain[column.name]
        allowed = {*column.choices, *(() if column.required else ("",))}
        # Unique values are few, however many rows there are.
        other = bool(column.choices) and not allowed.issuperset(values.unique())
        lacks = column.required and (other or not column.choices)
        if (
            lacks
            and (bad := values.isna() | (values == "" if column.kind == "text" else False)).any()
        ):
            rows = table.index[bad]
            problems.append(_broken(contract, column.name, "column_lacks_value", rows))
        if (
            column.minimum > -np.inf
            and (bad := (values.to_numpy() < column.minimum) | (values.to_numpy() == np.inf)).any()
        ):
            problems.append(
                _broken(
                    contract,
                    column.name,
                    "column_too_small",
                    table.index[bad],
                    minimum=column.minimum,
                )
            )
        if (
            column.not_before in plain
            and plain[column.not_before].dtype == values.dtype
            and (bad := values < plain[column.not_before]).any()
        ):
            facts = {"start": column.not_before}
            rows = table.index[bad]
            problems.append(_broken(contract, column.name, "column_too_early", rows, **facts))
        if other:
            bad = ~values.isin(list(allowed))
            problems.append(
                _broken(
                    contract,
                    column.name,
                    "column_other_words",
                    table.index[bad],
                    choices=column.choices,
                )
            )
    if contract.geometry:
        problems += _shape_problems(contract, table)
    if problems:
        raise InputError(problems)


def _shape_problems(contract: Table, table: pd.DataFrame) -> list[Problem]:
    if (
        not isinstance(table, gpd.GeoDataFrame)
        or table.crs is None
        or (table.crs.srs != CRS and not table.crs.equals(CRS))
    ):
        return [_broken(contract, "geometry", "geometry_crs", crs=CRS)]
    shapes = table.geometry.array
    bad = ~np.isin(
        shapely.get_type_id(shapes),
        [shapely.GeometryType[name.upper()] for name in contract.geometry],
    ) | shapely.is_empty(shapes)
    if bad.any():
        rows = table.index[bad]
        return [_broken(contract, "geometry", "geometry_kind", rows, kinds=contract.geometry)]
    if contract.geometry == LINES:  # roads are many, and `inputs` checks their coordinates
        return []
    places, owner = shapely.get_coordinates(shapes, return_index=True)
    nowhere = np.unique(owner[~(np.isfinite(places).all(axis=1) & (np.abs(places[:, 1]) <= 90.0))])
    return [_broken(contract, "geometry", "geometry_nowhere", table.index[nowhere])] * bool(
        len(nowhere)
    )


def _cast(contract: Table, column: Column, values: pd.Series) -> pd.Series:
    try:
        if str(values.dtype) == DTYPES[column.kind] and (
            column.kind != "text" or not values.hasnans
        ):
            return values
        if column.kind == "text":
            text = values.astype("str")
            return text.fillna("") if text.hasnans else text
        if column.kind == "time":
            return pd.to_datetime(values, utc=True, format="ISO8601").astype(DTYPES["time"])
        if column.kind in ("bool", "int"):
            return values.where(values.notna(), EMPTY[column.kind]).astype(DTYPES[column.kind])
        return values.astype(DTYPES[column.kind])
    except (TypeError, ValueError) as error:
        facts = {"kind": column.kind, "text": str(error)}
        raise InputError(_broken(contract, column.name, "column_unreadable", **facts)) from error


def _broken(
    contract: Table, column: str, what: str, rows: pd.Index | None = None, **facts: Any
) -> Problem:
    """A problem of a table: message "problem.table_WHAT", with up to three rows."""
    field = {"column": column} if what.startswith("column_") else {}
    field |= {"index": contract.index} if what.startswith("index_") else {}
    message = Message(f"problem.table_{what}", table=contract.name, **field, **facts)
    if rows is not None and len(rows):
        examples = tuple(map(str, rows[:3]))
        message = Message("problem.for_example", what=message, rows=examples)
    return Problem("broken-table", message, Message("hint.see_tables"), field=column)
