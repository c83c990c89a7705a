"""OpenStreetMap files (.osm.pbf .osm .osm.gz .osm.bz2), read in one stream by osmium."""

from __future__ import annotations

import bz2
import gzip
import re
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import osmium
from osmium.filter import EmptyTagFilter, IdFilter, KeyFilter, TagFilter
from osmium.osm import NODE, RELATION, WAY, Node, Relation, Way

from corridors.errors import InputError, Problem
from corridors.inputs.roads.tags import NODE_KEYS, RESTRICTIONS, ROAD_KEYS, split_names
from corridors.inputs.roads.ways import ParsedRoads, Ways
from corridors.messages import Message
from corridors.rules import RoadRules

_GET_AGAIN = Message("hint.get_osm_file_again")
UNPLACED = 2_147_483_647
"""The value of osmium for the coordinate of a node without a place, in whole 1e-7 degrees."""
_USUAL_KEYS = split_names(
    "highway,name,surface,oneway,service,maxspeed,source,ref,lanes,foot,bicycle,width,lit,layer,"
    "bridge,access,tracktype,sidewalk,junction,name:en,name:ar,motor_vehicle,smoothness,footway,"
    "crossing,created_by,segregated,network"
)
"""The keys of most roads, the commonest first."""
_FEW = 8
"""Up to this many tags, all may well have usual keys."""
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
    """The road segments in an OpenStreetMap file.

    Ways are counted as read where they are, were or will be a road, or a ferry. Objects that an
    editor marked as deleted are excluded. Nodes may come after the ways that use them.

    Raises
    ------
    InputError
        `broken-file`: truncated, damaged, not OpenStreetMap, with entities, or with the remark of a
        service that failed. Fix: get it again. `duplicate-id`: a way occurs twice. Fix: merge the
        files with osmium. `bad-coordinates`. Fix: correct the coordinate.
    """
    deleted, base = (set(), None) if path.name.lower().endswith(".pbf") else _check_xml(path)
    try:
        header = osmium.FileProcessor(_open(path)).header
        if header.has_multiple_object_versions:
            raise _refuse(
                path.name, "problem.osm_file_is_history", hint=Message("hint.give_osm_extract")
            )
        declared = base or _parse_moment(header.get("osmosis_replication_timestamp"))
        ways = Ways(rules.speed_kph)
        newest = _collect(path, ways, deleted, dated=declared is not None)
        _place_the_rest(path, ways)
        found = ways.cut()
    except osmium.InvalidLocationError as error:
        message = Message("problem.osm_coordinate_invalid", text=str(error))
        hint = Message("hint.correct_osm_coordinate")
        raise InputError(Problem("bad-coordinates", message, hint, path.name)) from error
    except (RuntimeError, ValueError, OSError) as error:
        text = str(error).replace(str(path), path.name)
        raise _refuse(path.name, "problem.road_file_unreadable", text=text) from error
    return found._replace(newest=declared or newest)


def _refuse(
    file: str, problem: str, *, hint: Message = _GET_AGAIN, value: str = "", **facts: str
) -> InputError:
    message = Message(problem, **facts)
    return InputError(Problem("broken-file", message, hint, file, value=value))


def _open(path: Path) -> osmium.io.File:
    """The file in the format of its ending, in small or capital letters."""
    name = path.name.lower()
    return osmium.io.File(str(path), name[name.rindex("osm") :])


def _collect(
    path: Path, ways: Ways, deleted: set[tuple[str, int]], *, dated: bool
) -> datetime | None:
    """Add every road, turn restriction and node that may stop a truck to `ways`.

    The result is the newest date of a road, None where the file is `dated`.
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
                refs = map(_REF, map(nodes.__getitem__, range(size)))
                ways.place(refs, _find_places(thing, size))
        elif isinstance(thing, Node) and not thing.deleted and ("n", thing.id) not in deleted:
            ways.add_node(thing.id, dict(thing.tags))
        elif isinstance(thing, Relation) and not thing.deleted and ("r", thing.id) not in deleted:
            members = (member for member in thing.members if member.type == "w")
            ways.add_restriction(
                thing.id, (member.ref for member in members if member.role == "from")
            )
    return newest if newest.year > 1970 else None


def _read_tags(tags: osmium.osm.TagList) -> dict[str, str]:
    """The tags of a way.

    A lookup of the usual keys takes a tenth of the time of a loop over all tags, which is kept for
    the rest.
    """
    missing, found, get = len(tags), {}, tags.get
    for key in _USUAL_KEYS if missing <= _FEW else ():
        value = get(key)
        if value is not None:
            found[key] = value
            missing -= 1
            if not missing:
                return found
    return dict(tags)


def _find_things(path: Path) -> osmium.FileProcessor:
    """The roads with the places of their nodes, and the nodes and relations that matter.

    osmium filters them all, before Python handles any. The places come after the filter of ways,
    so that fewer nodes are looked up; they let every object pass.
    """
    places = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
    places.ignore_errors()
    return (
        osmium.FileProcessor(_open(path), NODE | WAY | RELATION)
        .with_filter(_only(WAY, KeyFilter(*ROAD_KEYS)))
        .with_filter(places)
        .with_filter(EmptyTagFilter())
        .with_filter(_only(NODE, KeyFilter(*NODE_KEYS)))
        .with_filter(_only(RELATION, TagFilter(*(("type", kind) for kind in RESTRICTIONS))))
    )


def _only(kind: osmium.osm.osm_entity_bits, chosen: KeyFilter | TagFilter) -> KeyFilter | TagFilter:
    """The filter, limited to one kind of object."""
    chosen.enable_for(kind)
    return chosen


def _find_places(way: Way, size: int) -> Iterable[float]:
    """Longitude and latitude of each node of a way in turn, null for nodes without a place."""
    if size > 1:
        try:
            line = _WKB.create_linestring(way, osmium.geom.use_nodes.ALL)
            return array("d", bytes.fromhex(line)[_WKB_HEAD:])
        except osmium.InvalidLocationError:
            pass  # a node has no place, or one that is not on Earth
    spots = [node.location for node in way.nodes]
    return [
        value
        for spot in spots
        for value in ((np.nan, np.nan) if spot.x == UNPLACED else (spot.x / 1e7, spot.y / 1e7))
    ]


def _place_the_rest(path: Path, ways: Ways) -> None:
    """Find the nodes that had no place when their way was read.

    They come after the way in the file, or are new (negative ids).
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
    """Refuse XML that is no whole map.

    The result holds the objects that an editor marked as deleted, and the date that a service wrote
    into the file.
    """
    deleted: set[tuple[str, int]] = set()
    base = None
    try:
        for number, chunk in enumerate(_read_chunks(path)):
            if number == 0:
                _check_root(chunk, path.name)
                found = _BASE.search(chunk)
                base = _parse_moment(found[1].decode()) if found else None
            if remark := _REMARK.search(chunk):
                text = remark[1].decode("utf-8", "replace")
                raise _refuse(path.name, "problem.osm_service_failed", value=text)
            deleted |= {
                (mark[1][:1].decode(), int(found[1]))
                for mark in _DELETED.finditer(chunk)
                if (found := _ID.search(mark[0]))
            }
    except (OSError, EOFError, zlib.error) as error:
        raise _refuse(path.name, "problem.osm_file_not_unpacked", text=str(error)) from error
    return deleted, base


def _check_root(text: bytes, file: str) -> None:
    start = text[:4096].lower()
    if b"<html" in start or b"<!doctype html" in start:
        raise _refuse(file, "problem.osm_file_is_web_page")
    if b"<!doctype" in start or b"<!entity" in start:
        raise _refuse(file, "problem.osm_file_has_entities")
    if not _ROOT.match(text):
        raise _refuse(file, "problem.not_an_osm_file")


def _read_chunks(path: Path) -> Iterator[bytes]:
    """The unpacked bytes in chunks that overlap, so that no text to be found is cut in two."""
    openers: Mapping[str, Any] = {".gz": gzip.open, ".bz2": bz2.open}
    with openers.get(path.suffix.lower(), open)(path, "rb") as stream:
        tail = b""
        while chunk := stream.read(_CHUNK):
            yield tail + chunk
            tail = chunk[-_OVERLAP:]
    if not tail:
        raise _refuse(path.name, "problem.osm_file_empty")


def _parse_moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except ValueError:
        return None
