"""Files of OpenStreetMap (.osm.pbf .osm .osm.gz .osm.bz2), read in one stream by osmium."""

from __future__ import annotations

import bz2
import gzip
import re
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import IO

import numpy as np
import osmium
from osmium.filter import EmptyTagFilter, IdFilter, KeyFilter, TagFilter
from osmium.osm import NODE, RELATION, WAY, Node, Relation, Way

from corridors.errors import InputError, Problem
from corridors.inputs.roads.tags import NODE_KEYS, RESTRICTIONS, ROAD_KEYS
from corridors.inputs.roads.ways import ParsedRoads, Ways
from corridors.rules import RoadRules

_GET_AGAIN = "get the file again, whole; if it was exported from a service, ask for a smaller area"
UNPLACED = 2_147_483_647
"""How osmium writes the coordinate of a node without a place; coordinates are whole 1e-7 degrees.
"""
_USUAL_KEYS = tuple(
    "highway name surface oneway service maxspeed source ref lanes foot bicycle width lit layer bridge access tracktype sidewalk"  # noqa: SIM905
    " junction name:en name:ar motor_vehicle smoothness footway crossing created_by segregated network".split()
)
"""What most roads say, the commonest first."""
_FEW = 8
"""Tags of which all may well be usual ones."""
_REF = attrgetter("ref")
_WKB, _WKB_HEAD = osmium.geom.WKBFactory(), 9
_CHUNK = 1 << 20
_OVERLAP = 1 << 12
_ROOT = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>)?\s*(?:<!--.*?-->\s*)*<osm[\s>]", re.DOTALL
)
_REMARK = re.compile(rb"<remark>\s*(.{0,300}?)\s*</remark>", re.DOTALL)
_DELETED = re.compile(rb"<(node|way|relation)\s[^>]*?action=['\"]delete['\"][^>]*>")
_ID = re.compile(rb"\sid=['\"](-?\d+)['\"]")
_BASE = re.compile(rb"osm_base=['\"]([0-9T:Z+-]+)['\"]")


def read_osm(path: Path, rules: RoadRules) -> ParsedRoads:
    """The pieces of road in an OpenStreetMap file.

    Ways are counted as read where they are, were or will be a road, or a ferry. Objects that an
    editor marked as deleted are left out. Nodes may stand after the ways that use them.

    Raises
    ------
    InputError
        `broken-file`: cut short, damaged, not OpenStreetMap, with entities, or with the remark of a
        service that gave up (fix: get it again); `duplicate-id`: a way is there twice (fix: merge
        with osmium).
    """
    deleted, base = (set(), None) if path.name.lower().endswith(".pbf") else _check_xml(path)
    try:
        header = osmium.FileProcessor(_open(path)).header
        if header.has_multiple_object_versions:
            raise InputError(
                Problem(
                    "broken-file",
                    "the file holds changes or a history, not a map",
                    "give an extract of one moment",
                    path.name,
                )
            )
        declared = base or _moment(header.get("osmosis_replication_timestamp"))
        ways = Ways(rules.speed_kph)
        newest = _collect(path, ways, deleted, dated=declared is not None)
        _place_the_rest(path, ways)
        found = ways.cut()
    except osmium.InvalidLocationError as error:
        raise InputError(
            Problem("bad-coordinates", str(error), "correct the coordinate in the file", path.name)
        ) from error
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(
            Problem(
                "broken-file",
                f"the file cannot be read: {error}".replace(str(path), path.name),
                _GET_AGAIN,
                path.name,
            )
        ) from error
    return found._replace(newest=declared or newest)


def _open(path: Path) -> osmium.io.File:
    """The file in the format of its ending, in small or capital letters."""
    name = path.name.lower()
    return osmium.io.File(str(path), name[name.rindex("osm") :])


def _collect(
    path: Path, ways: Ways, deleted: set[tuple[str, int]], *, dated: bool
) -> datetime | None:
    """Add every road, every node that may stop a truck and every turn restriction to `ways`; the
    newest date of a road unless `dated`.
    """
    newest = datetime(1970, 1, 1, tzinfo=UTC)
    road_keys = set(ROAD_KEYS) - {"route"}
    for thing in _find_things(path):
        if isinstance(thing, Way):
            tags = _read_tags(thing.tags)
            if road_keys.isdisjoint(tags) and tags.get("route") != "ferry":
                continue
            if not dated:
                newest = max(newest, thing.timestamp)
            way_id = thing.id
            gone = thing.deleted or (bool(deleted) and ("w", way_id) in deleted)
            if ways.add(way_id, tags, deleted=gone):
                nodes = thing.nodes
                size = len(nodes)
                ways.place(
                    map(_REF, map(nodes.__getitem__, range(size))), _find_places(thing, size)
                )
        elif isinstance(thing, Node) and not thing.deleted and ("n", thing.id) not in deleted:
            ways.add_node(thing.id, dict(thing.tags))
        elif isinstance(thing, Relation) and not thing.deleted and ("r", thing.id) not in deleted:
            ways.add_restriction(
                thing.id,
                (
                    member.ref
                    for member in thing.members
                    if member.type == "w" and member.role == "from"
                ),
            )
    return newest if newest.year > 1970 else None


def _read_tags(tags: osmium.osm.TagList) -> dict[str, str]:
    """The tags of a way: to ask for the usual keys takes a tenth of the time of walking through the
    list, which is left for the others.
    """
    lacking, found, ask = len(tags), {}, tags.get
    for key in _USUAL_KEYS if lacking <= _FEW else ():
        value = ask(key)
        if value is not None:
            found[key] = value
            lacking -= 1
            if not lacking:
                return found
    return dict(tags)


def _find_things(path: Path) -> osmium.FileProcessor:
    """The roads with the places of their nodes, the nodes and the relations that matter, all sorted
    out before Python sees them.
    """
    places = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
    places.ignore_errors()
    return (
        osmium.FileProcessor(_open(path), NODE | WAY | RELATION)
        .with_filter(_only(WAY, KeyFilter(*ROAD_KEYS)))
        .with_filter(
            places
        )  # lets everything pass; after the filter of ways, it has fewer nodes to look for
        .with_filter(EmptyTagFilter())
        .with_filter(_only(NODE, KeyFilter(*NODE_KEYS)))
        .with_filter(_only(RELATION, TagFilter(*(("type", kind) for kind in RESTRICTIONS))))
    )


def _only(kind: osmium.osm.osm_entity_bits, chosen: KeyFilter | TagFilter) -> KeyFilter | TagFilter:
    """The filter, which lets every object of another kind pass."""
    chosen.enable_for(kind)
    return chosen


def _find_places(way: Way, size: int) -> Iterable[float]:
    """Longitude and latitude of each node of a way in turn, null for nodes without a place."""
    if size > 1:
        try:
            return array(
                "d",
                bytes.fromhex(_WKB.create_linestring(way, osmium.geom.use_nodes.ALL))[_WKB_HEAD:],
            )
        except osmium.InvalidLocationError:
            pass  # a node has no place, or one off the earth
    spots = [node.location for node in way.nodes]
    return [
        value
        for spot in spots
        for value in ((np.nan, np.nan) if spot.x == UNPLACED else (spot.x / 1e7, spot.y / 1e7))
    ]


def _place_the_rest(path: Path, ways: Ways) -> None:
    """Find the nodes that had no place when their way was read: those written after it, and new
    ones (negative ids).
    """
    refs, unplaced = np.array(ways.refs, dtype=np.int64), np.isnan(np.array(ways.lonlat[::2]))
    missing = np.unique(refs[unplaced])
    if not len(missing):
        return
    nodes = osmium.FileProcessor(_open(path), NODE)
    if missing[0] > 0:
        nodes = nodes.with_filter(IdFilter(missing.tolist()))
    wanted = set(missing.tolist())
    places = {
        node.id: (node.location.x / 1e7, node.location.y / 1e7)
        for node in nodes
        if isinstance(node, Node)
        and node.id in wanted
        and not node.deleted
        and node.location.x != UNPLACED
    }
    at = np.flatnonzero(np.isin(refs, np.fromiter(places, np.int64, len(places))) & unplaced)
    for position, ref in zip(at.tolist(), refs[at].tolist(), strict=True):
        ways.lonlat[2 * position], ways.lonlat[2 * position + 1] = places[ref]


def _check_xml(path: Path) -> tuple[set[tuple[str, int]], datetime | None]:
    """Refuse XML that is no whole map; give what an editor marked as deleted, and the date that a
    service wrote into it.
    """
    deleted: set[tuple[str, int]] = set()
    base = None
    try:
        for number, text in enumerate(_chunks(path)):
            if number == 0:
                _check_root(text, path.name)
                found = _BASE.search(text)
                base = _moment(found[1].decode()) if found else None
            if remark := _REMARK.search(text):
                said = remark[1].decode("utf-8", "replace")
                raise InputError(
                    Problem(
                        "broken-file",
                        "the service that made the file gave up on the way",
                        _GET_AGAIN,
                        path.name,
                        value=said,
                    )
                )
            deleted |= {
                (mark[1][:1].decode(), int(found[1]))
                for mark in _DELETED.finditer(text)
                if (found := _ID.search(mark[0]))
            }
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            Problem("broken-file", f"the file cannot be unpacked: {error}", _GET_AGAIN, path.name)
        ) from error
    return deleted, base


def _check_root(text: bytes, file: str) -> None:
    start = text[:4096].lower()
    if b"<html" in start or b"<!doctype html" in start:
        raise InputError(
            Problem("broken-file", "the file is a web page, not a map", _GET_AGAIN, file)
        )
    if b"<!doctype" in start or b"<!entity" in start:
        raise InputError(
            Problem(
                "broken-file", "the file declares entities, which no map needs", _GET_AGAIN, file
            )
        )
    if not _ROOT.match(text):
        raise InputError(
            Problem(
                "broken-file", "the file does not begin as an OpenStreetMap file", _GET_AGAIN, file
            )
        )


def _chunks(path: Path) -> Iterator[bytes]:
    """The unpacked bytes in chunks that overlap, so that nothing searched for is cut in two."""
    opener: Callable[..., IO[bytes]] = {".gz": gzip.open, ".bz2": bz2.open}.get(
        path.suffix.lower(), open
    )  # type: ignore[assignment]
    with opener(path, "rb") as stream:
        tail = b""
        while chunk := stream.read(_CHUNK):
            yield tail + chunk
            tail = chunk[-_OVERLAP:]
        if not tail:
            raise EOFError("it is empty")


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except ValueError:
        return None
