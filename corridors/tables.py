"""The contract of every table: columns, what they hold, units and coordinate system.

A table is a plain GeoDataFrame in EPSG:4326. Units stand in the names, times are timezone-aware
UTC. `build_table` makes a table that keeps its contract, `check_table` refuses one that does not;
every stage may rely on it, so none checks again.
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
from corridors.messages import Message

CRS = "EPSG:4326"

Codes = npt.NDArray[np.int8]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
"""What the columns of our own arrays hold."""

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
"""What stands where nothing is known. Text is never null: an unknown name is an empty text."""

PASSABLE, RESTRICTED, NOT_PASSABLE, UNKNOWN = "PASSABLE", "RESTRICTED", "NOT_PASSABLE", "UNKNOWN"
STATUSES = (PASSABLE, RESTRICTED, NOT_PASSABLE, UNKNOWN)
"""The words of the Logistics Cluster's LogIE for the state of a road."""
SEVERITY = (PASSABLE, RESTRICTED, UNKNOWN, NOT_PASSABLE)
"""The same from the least to the most restrictive."""

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
"""From least to most sure; `retracted` never closes anything."""
ZONE_KINDS = ("safe_zone", "no_go", "contaminated", "front_line", "restricted")
ROLES = ("depot", "destination", "waypoint", "observer_base")
ONEWAYS = ("both", "forward", "backward")
UNREPORTED = "unreported"
"""The cause of closures of roads without a report, where the rules take those as UNKNOWN."""
CLOSED_WAYS = ("", "forward", "backward", "both")
"""What is closed of a segment, by the sum of its closed directions: forward is one, backward two.
"""

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
"""What a report about a road is of: WFP's words for obstacles (SDI-T), and the state of a road or
bridge as such."""
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
"""Along or against the line of the report's geometry, or the side that traffic heads for."""
STRUCTURE_OF: Mapping[str, str] = MappingProxyType(
    {
        "bridge_status": "bridge",
        "bridge_damage": "bridge",
        "tunnel_damage": "tunnel",
        "culvert_damage": "culvert",
        "ford": "ford",
    }
)
"""The kinds of road reports that are about a structure."""
STRUCTURE_KINDS = ("bridge", "tunnel", "culvert", "ford")
AREA_EVENT_TYPES = ("civilian_targeting", "demonstration", "political_violence")

LINES, POINTS, AREAS = ("LineString",), ("Point",), ("Polygon", "MultiPolygon")
ANY_GEOMETRY = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, kind and meaning, the words it may hold (empty: any), its minimum.

    `not_before` names the column whose time its own may not precede.
    """

    name: str
    kind: Kind
    meaning: str
    choices: tuple[str, ...] = ()
    required: bool = False
    minimum: float = -np.inf
    not_before: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The contract of one table.

    `geometry` lists the shapes allowed; empty means a table without geometry.
    """

    name: str
    index: str
    columns: tuple[Column, ...]
    geometry: tuple[str, ...] = ()


ROADS = Table(
    "roads",
    "segment_id",
    (
        Column(
            "from_node",
            "int",
            "node where the line starts; an OSM node id, or negative where we made it",
        ),
        Column("to_node", "int", "node where the line ends"),
        Column("oneway", "text", "which way traffic may go along the line", ONEWAYS, required=True),
        Column("length_m", "number", "geodesic length on WGS 84", required=True, minimum=0.0),
        Column(
            "speed_kph",
            "number",
            "free speed: tagged, or by class and surface",
            required=True,
            minimum=0.001,
        ),
        Column("road_class", "text", "OSM highway value"),
        Column("name", "text", "name, or road number where there is none"),
        Column("name_ar", "text", "Arabic name"),
        Column("bridge", "bool", "the piece is a bridge"),
        Column("tunnel", "bool", "the piece is a tunnel"),
        Column("layer", "int", "level: above ground > 0, below < 0"),
        Column("max_weight_t", "number", "gross weight limit, null where unknown"),
        Column("max_height_m", "number", "clear height, null where unknown"),
        Column("surface", "text", "OSM surface value"),
    ),
    LINES,
)
ZONES = Table(
    "zones",
    "zone_id",
    (
        Column("kind", "text", "what the zone is", ZONE_KINDS, required=True),
        Column("name", "text", "name"),
        Column("name_ar", "text", "Arabic name"),
        Column("declared_by", "text", "who declared it"),
        Column("supervisor", "text", "who supervises it"),
        Column("valid_from", "time", "in force from; null: always"),
        Column(
            "valid_to",
            "time",
            "in force until; null: until further notice",
            not_before="valid_from",
        ),
        Column("source", "text", "where this is known from"),
    ),
    AREAS,
)
INCIDENTS = Table(
    "incidents",
    "incident_id",
    (
        Column("kind", "text", "what happened", INCIDENT_KINDS, required=True),
        Column("occurred_at", "time", "when it began, earliest", required=True),
        Column(
            "occurred_until",
            "time",
            "when it ended, latest",
            required=True,
            not_before="occurred_at",
        ),
        Column("reported_at", "time", "when it was reported; null: unknown"),
        Column(
            "accuracy_m",
            "number",
            "positional uncertainty, 0 where none was stated",
            required=True,
            minimum=0.0,
        ),
        Column("verification", "text", "how sure the report is", VERIFICATIONS, required=True),
        Column("structure", "text", "what was struck, as reported"),
        Column("source", "text", "who reported it"),
        Column(
            "version_of", "text", "the id of which this is an earlier version; empty: it is none"
        ),
        Column(
            "reports",
            "list",
            "the reports that tell of it, in the order of time; empty: this is one itself",
        ),
        Column(
            "source_count",
            "int",
            "independent sources that tell of it; 0: not counted, or heat alone",
        ),
    ),
    ANY_GEOMETRY,
)
"""Before fusing a row is what one source says, after it (`evidence.fuse_reports`) a happening with
its reports."""
REPORTS = Table(
    "reports",
    "report_id",
    (
        *INCIDENTS.columns[:-2],
        Column("incident_id", "text", "the incident that it tells of", required=True),
        Column("superseded", "bool", "another version of it counts"),
    ),
    ANY_GEOMETRY,
)
ROAD_REPORTS = Table(
    "road_reports",
    "report_id",
    (
        Column("status", "text", "LogIE word for the state of the road", STATUSES, required=True),
        Column("kind", "text", "what the report is of", ROAD_REPORT_KINDS, required=True),
        Column("reported_at", "time", "when it was reported; null: not said, and so of any age"),
        Column("valid_from", "time", "holds from; null: from when it was reported"),
        Column("valid_to", "time", "holds until; null: not said", not_before="valid_from"),
        Column("direction", "text", "which traffic it is about", DIRECTIONS, required=True),
        Column("lanes", "text", "the lanes meant, in words; empty: all of that direction"),
        Column("max_weight_t", "number", "gross weight limit, null where none was stated"),
        Column("max_height_m", "number", "clear height, null where none was stated"),
        Column(
            "accuracy_m",
            "number",
            "positional uncertainty, 0 where none was stated",
            required=True,
            minimum=0.0,
        ),
        Column("name", "text", "name of the road or structure"),
        Column("source", "text", "who reported it"),
        Column("verification", "text", "how sure the report is", VERIFICATIONS, required=True),
    ),
    ("Point", "LineString", "MultiLineString"),
)
AREA_COUNTS = Table(
    "area_counts",
    "area_count_id",
    (
        Column("pcode", "text", "place code of the area", required=True),
        Column("admin_level", "int", "0 country, 1 and 2 its divisions", required=True),
        Column("name", "text", "name of the area"),
        Column(
            "event_type",
            "text",
            "of what; the types overlap and are never summed",
            AREA_EVENT_TYPES,
            required=True,
        ),
        Column("events", "number", "how many, null where not stated"),
        Column("fatalities", "number", "how many, null where not stated"),
        Column("period_from", "time", "first instant counted", required=True),
        Column("period_to", "time", "last instant counted", required=True),
        Column("source", "text", "who counted"),
    ),
)
"""Counts for whole areas: they may shade a map, and never close a road."""
RETRACTIONS = Table(
    "retractions",
    "incident_id",
    (
        Column("retracted_at", "time", "when the source withdrew the report", required=True),
        Column("source", "text", "who withdrew it"),
    ),
)
SITES = Table(
    "sites",
    "site_id",
    (
        Column("role", "text", "what the site is for", ROLES, required=True),
        Column("name", "text", "name"),
        Column("name_ar", "text", "Arabic name"),
        Column("pcode", "text", "place code"),
        Column("people", "number", "people served, null where unknown", minimum=0.0),
        Column("need_t", "number", "need, tonnes", minimum=0.0),
        Column("stock_t", "number", "stock, tonnes", minimum=0.0),
    ),
    POINTS,
)
SEGMENTS = Table(
    "segments",
    "segment_id",
    (
        *ROADS.columns,
        Column(
            "exposure",
            "number",
            "nearby active incidents, weighted by nearness, recency and sureness",
            required=True,
        ),
        Column("status", "text", "LogIE word", STATUSES, required=True),
        Column("reason_code", "text", "the first cause why the status is not PASSABLE"),
        Column(
            "closed_direction",
            "text",
            "the traffic that may not use it, by the ledger; empty: none is kept out",
            ONEWAYS,
        ),
    ),
    LINES,
)
CLOSURES = Table(
    "closures",
    "",
    (
        Column("segment_id", "text", "the segment closed", required=True),
        Column(
            "cause_id", "text", "id of the incident or zone, or the vehicle limit", required=True
        ),
        Column(
            "cause_type",
            "text",
            "what closes it",
            ("incident", "zone", "road_report", "vehicle"),
            required=True,
        ),
        Column("rule", "text", "which rule closes it", required=True),
        Column(
            "direction",
            "text",
            "the traffic kept out, along or against the line of the segment",
            ONEWAYS,
            required=True,
        ),
        Column(
            "distance_m",
            "number",
            "from the cause to the nearest point of the segment; null for a vehicle limit",
        ),
        Column("active_from", "time", "closed since; null: always"),
        Column("active_until", "time", "closed until; null: until further notice"),
    ),
)
STEPS = Table(
    "steps",
    "",
    (
        Column("corridor_id", "text", "the corridor", required=True),
        Column("sequence", "int", "driving order, from 0", required=True),
        Column("segment_id", "text", "the segment driven", required=True),
        Column(
            "direction",
            "text",
            "along or against the line of the segment",
            ("forward", "backward"),
            required=True,
        ),
        Column(
            "start_m",
            "number",
            "where driving starts, metres along the line of the segment",
            required=True,
        ),
        Column(
            "end_m",
            "number",
            "where driving ends, metres along the line of the segment",
            required=True,
        ),
    ),
)
CORRIDORS = Table(
    "corridors",
    "corridor_id",
    (
        Column("depot_id", "text", "where it starts", required=True),
        Column("destination_id", "text", "the site or zone where it ends", required=True),
        Column("rank", "int", "1 is the primary, then the alternates", required=True),
        Column("status", "text", "the most restrictive status on it", STATUSES, required=True),
        Column("length_m", "number", "driven length", required=True),
        Column("duration_min", "number", "driving time at free speed, no stops", required=True),
        Column(
            "exposure",
            "number",
            "mean exposure of its segments, weighted by minutes",
            required=True,
        ),
        Column(
            "nearest_incident_m",
            "number",
            "to the nearest active incident; null where there is none",
        ),
        Column(
            "shared_with_primary",
            "number",
            "share of its length that the primary also uses",
            required=True,
        ),
        Column(
            "shared_exposure",
            "number",
            "share of its exposure to incidents that the primary is exposed to as well",
            required=True,
        ),
        Column(
            "unknown_share",
            "number",
            "share of its length on segments whose state is unknown or no longer known",
            required=True,
        ),
        Column("shared_incidents", "list", "those incidents, the ones that expose it most first"),
        Column(
            "chokepoints", "list", "segments every way from this depot to this destination must use"
        ),
    ),
    ("LineString", "Point"),
)
CUT_OFF = Table(
    "cut_off",
    "site_id",
    (
        Column("name", "text", "name of the site or zone"),
        Column("reason_code", "text", "why no corridor reaches it", required=True),
        Column("reason_values", "text", "the values of that reason, as JSON"),
        Column("blocking", "list", "causes (type:id) that close the ways to it"),
        Column(
            "smallest_set", "list", "the fewest causes (type:id) whose lifting would restore access"
        ),
        Column(
            "reachable_within_m",
            "number",
            "from the site to the nearest point that can be reached; null: none",
        ),
    ),
    ("Point", *AREAS),
)
STRUCTURES = Table(
    "structures",
    "structure_id",
    (
        Column("kind", "text", "what it is", STRUCTURE_KINDS, required=True),
        Column("name", "text", "name of the road on it, or as reported"),
        Column("name_ar", "text", "Arabic name of the road on it"),
        Column("segments", "list", "the segments that it is made of, or that lie in it"),
        Column(
            "status",
            "text",
            "LogIE word: the most restrictive of its segments",
            STATUSES,
            required=True,
        ),
        Column("reason_code", "text", "the first cause why the status is not PASSABLE"),
        Column(
            "max_weight_t",
            "number",
            "the lowest gross weight limit on it, tagged or reported; null where unknown",
        ),
        Column("reported_at", "time", "when it was last reported on; null: never, or not said"),
        Column("source", "text", "who reported on it last"),
    ),
    ("Point", "LineString", "MultiLineString"),
)
CONTRACTS = (
    *(ROADS, ZONES, INCIDENTS, REPORTS, ROAD_REPORTS, AREA_COUNTS, RETRACTIONS, SITES),
    *(SEGMENTS, CLOSURES, STRUCTURES, STEPS, CORRIDORS, CUT_OFF),
)


def made_node(name: str) -> int:
    """A node id that no file has: negative, and always the same for the same name.

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

    Missing columns are filled with what stands for "unknown", the order and types are the
    contract's, other columns are left out, and rows are sorted by the index so that the order of a
    file never matters.

    Parameters
    ----------
    contract
        One of the tables of this module.
    data
        Columns by name; the index may be a column of that name or the index of a frame. None makes
        an empty table.

    Returns
    -------
    GeoDataFrame in EPSG:4326; a plain DataFrame where the contract has no geometry.

    Raises
    ------
    InputError
        A column holds what its contract does not allow (code `broken-table`). Mend the column that
        the message names.

    Examples
    --------
    >>> build_table(CLOSURES).columns.tolist()
    ['segment_id', 'cause_id', 'cause_type', 'rule', 'direction', 'distance_m', 'active_from', 'active_until']
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
        shapes = (
            frame["geometry"].array if "geometry" in frame else []
        )  # as they stand: to align equal ids is slow
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

    Every column of the contract is given, and "geometry" as an array in EPSG:4326 where it has one.

    >>> sorted(assemble_table(RETRACTIONS, dict(build_table(RETRACTIONS).items())))
    ['retracted_at']
    """
    names = [column.name for column in contract.columns] + ["geometry"] * bool(contract.geometry)
    table = pd.DataFrame({name: columns[name] for name in names}, index=index, copy=False)
    return gpd.GeoDataFrame(table, geometry="geometry") if contract.geometry else table


def add_columns(table: Any, columns: Mapping[str, Any]) -> Any:
    """A table with more columns, or others instead; the table given is left as it is.

    >>> add_columns(pd.DataFrame({"a": [1]}), {"b": [2]}).columns.tolist()
    ['a', 'b']
    """
    made = table.copy(deep=False)
    for name, values in columns.items():
        made[name] = values
    return made


def take_words(words: Sequence[str] | npt.NDArray[np.object_], codes: npt.NDArray[Any]) -> Any:
    """A column of text of which few different words are known, by the position of each.

    >>> take_words(("no", "yes"), np.array([1, 1, 0])).tolist()
    ['yes', 'yes', 'no']
    """
    return pd.array(list(words), dtype="str").take(codes)


def list_tuples(values: Sequence[tuple[str, ...]]) -> npt.NDArray[np.object_]:
    """A column of lists."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def read_times(column: pd.Series) -> npt.NDArray[np.datetime64]:
    """The times of a column as an array without a time zone, in UTC."""
    return np.asarray(column.array.tz_convert(None), dtype="datetime64[us]")


def make_times(times: npt.NDArray[np.datetime64]) -> Any:
    """A column of times of an array in UTC."""
    return pd.DatetimeIndex(times).tz_localize("UTC").array


@cache
def _make_empty(contract: Table) -> gpd.GeoDataFrame:
    """The table without rows, made once: most situations lack a table, and checks take time."""
    return build_table(contract, {})


def find_positions(ids: pd.Series, index: pd.Index) -> np.ndarray:
    """The row of each id in the table of that index: at once where the ids are categories of it.

    Rows are int64, so that products of them do not overflow: codes of categories may be int8.

    >>> find_positions(pd.Series(["b", "a"]), pd.Index(["a", "b"])).tolist()
    [1, 0]
    """
    if isinstance(ids.dtype, pd.CategoricalDtype) and ids.cat.categories.equals(index):
        return ids.cat.codes.to_numpy(dtype=np.int64)
    return index.get_indexer(ids).astype(np.int64, copy=False)


def check_table(contract: Table, table: pd.DataFrame) -> None:
    """Pass in silence, or raise with everything that breaks `contract`.

    Raises
    ------
    InputError
        Code `broken-table`, one problem a column: missing, of another type, null where a value is
        required, a word that is not in the list, a number less than the least, an end before its
        beginning, a shape that is not allowed or has no place on Earth, a coordinate system that is
        not EPSG:4326, an index with repeated ids or of another type than text. The message names
        the column and up to three of the rows; mend those.

    Examples
    --------
    >>> check_table(CLOSURES, build_table(CLOSURES))
    """
    problems = [_broken(contract, "", "index_repeated", table.index[table.index.duplicated()])] * (
        bool(contract.index) and not table.index.is_unique
    )
    if (
        contract.index and len(table) and str(table.index.dtype) != DTYPES["text"]
    ):  # numbers stand in another order than as text
        facts = {"type": str(table.index.dtype), "expected": DTYPES["text"]}
        problems.append(_broken(contract, "", "index_type", **facts))
    elif contract.index and table.index.hasnans:
        problems.append(_broken(contract, "", "index_null"))
    plain = pd.DataFrame(
        table, copy=False
    )  # asking a GeoDataFrame for a column costs as much as checking it
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
        other = bool(column.choices) and not allowed.issuperset(
            values.unique()
        )  # few different values, however many rows
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
    if contract.geometry == LINES:  # roads are many, and their readers look at each place
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
            told = values.astype("str")
            return told.fillna("") if told.hasnans else told
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
    """A problem of a table: the message "problem.table_" and `what`, with up to three rows."""
    field = {"column": column} if what.startswith("column_") else {}
    field |= {"index": contract.index} if what.startswith("index_") else {}
    message = Message(f"problem.table_{what}", table=contract.name, **field, **facts)
    if rows is not None and len(rows):
        examples = tuple(map(str, rows[:3]))
        message = Message("problem.for_example", what=message, rows=examples)
    return Problem("broken-table", message, Message("hint.see_tables"), field=column)
