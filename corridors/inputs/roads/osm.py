"""Files of OpenStreetMap (.osm.pbf .osm .osm.gz .osm.bz2), read in one stream by osmium."""

from __future__ import annotations

import bz2
import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import numpy as np
import osmium
from osmium.filter import IdFilter, KeyFilter
from osmium.osm import NODE, WAY, Node, Way

from corridors.errors import InputError, Problem
from corridors.inputs.roads.tags import NODE_KEYS, ROAD_KEYS
from corridors.inputs.roads.ways import UNPLACED, Found, Ways
from corridors.rules import RoadRules

_GET_AGAIN = "get the file again, whole; if it was exported from a service, ask for a smaller area"
_CHUNK = 1 << 20
_OVERLAP = 1 << 12
_ROOT = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>)?\s*(?:<!--.*?-->\s*)*<osm[\s>]", re.DOTALL)
_REMARK = re.compile(rb"<remark>\s*(.{0,300}?)\s*</remark>", re.DOTALL)
_DELETED = re.compile(rb"<(node|way)\s[^>]*?action=['\"]delete['\"][^>]*>")
_ID = re.compile(rb"\sid=['\"](-?\d+)['\"]")
_BASE = re.compile(rb"osm_base=['\"]([0-9T:Z+-]+)['\"]")


def read_osm(path: Path, rules: RoadRules) -> Found:
    """The pieces of road in an OpenStreetMap file.

    Ways are counted as read where they are, were or will be a road, or a ferry. Objects that an editor marked as deleted
    are left out. Nodes may stand after the ways that use them.

    Raises
    ------
    InputError
        `broken-file`: cut short, damaged, not OpenStreetMap, with entities, or with the remark of a service that gave up
        (mend: get it again); `duplicate-id`: a way is there twice (mend: merge with osmium).
    """
    deleted, base = (set(), None) if path.name.lower().endswith(".pbf") else _check_xml(path)
    try:
        header = osmium.FileProcessor(_open(path)).header
        if header.has_multiple_object_versions:
            raise InputError(
                Problem("broken-file", "the file holds changes or a history, not a map", "give an extract of one moment", path.name)
            )
        declared = base or _moment(header.get("osmosis_replication_timestamp"))
        ways = Ways(rules.speed_kph)
        newest = _collect(path, ways, deleted)
        _place_the_rest(path, ways)
        found = ways.cut()
    except osmium.InvalidLocationError as error:
        raise InputError(Problem("bad-coordinates", str(error), "correct the coordinate in the file", path.name)) from error
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(
            Problem("broken-file", f"the file cannot be read: {error}".replace(str(path), path.name), _GET_AGAIN, path.name)
        ) from error
    return found._replace(newest=declared or newest)


def _open(path: Path) -> osmium.io.File:
    """The file in the format of its ending, in small or capital letters."""
    name = path.name.lower()
    return osmium.io.File(str(path), name[name.rindex("osm") :])


def _collect(path: Path, ways: Ways, deleted: set[tuple[str, int]]) -> datetime | None:
    """Add every road and every node that may stop a truck to `ways`; the newest date of any of them."""
    newest = datetime(1970, 1, 1, tzinfo=UTC)
    road_keys = set(ROAD_KEYS) - {"route"}
    for thing in osmium.FileProcessor(_open(path), NODE | WAY).with_locations().with_filter(KeyFilter(*ROAD_KEYS, *NODE_KEYS)):
        tags = dict(thing.tags)
        if isinstance(thing, Node):
            if not thing.deleted and ("n", thing.id) not in deleted:
                ways.add_node(thing.id, tags)
        elif isinstance(thing, Way) and (not road_keys.isdisjoint(tags) or tags.get("route") == "ferry"):
            newest = max(newest, thing.timestamp)
            if ways.add(thing.id, tags, deleted=thing.deleted or ("w", thing.id) in deleted):
                ways.place((node.ref, node.x, node.y) for node in thing.nodes)
    return newest if newest.year > 1970 else None


def _place_the_rest(path: Path, ways: Ways) -> None:
    """Find the nodes that had no place when their way was read: those written after it, and new ones (negative ids)."""
    refs, x = np.array(ways.refs, dtype=np.int64), np.array(ways.x, dtype=np.int64)
    missing = np.unique(refs[x == UNPLACED])
    if not len(missing):
        return
    nodes = osmium.FileProcessor(_open(path), NODE)
    if missing[0] > 0:
        nodes = nodes.with_filter(IdFilter(missing.tolist()))
    wanted = set(missing.tolist())
    places = {
        node.id: (node.location.x, node.location.y) for node in nodes if isinstance(node, Node) and node.id in wanted and not node.deleted
    }
    at = np.flatnonzero(np.isin(refs, np.fromiter(places, np.int64, len(places))) & (x == UNPLACED))
    for position, ref in zip(at.tolist(), refs[at].tolist(), strict=True):
        ways.x[position], ways.y[position] = places[ref]


def _check_xml(path: Path) -> tuple[set[tuple[str, int]], datetime | None]:
    """Refuse XML that is no whole map; give what an editor marked as deleted, and the date that a service wrote into it."""
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
                    Problem("broken-file", "the service that made the file gave up on the way", _GET_AGAIN, path.name, value=said)
                )
            deleted |= {(mark[1][:1].decode(), int(found[1])) for mark in _DELETED.finditer(text) if (found := _ID.search(mark[0]))}
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(Problem("broken-file", f"the file cannot be unpacked: {error}", _GET_AGAIN, path.name)) from error
    return deleted, base


def _check_root(text: bytes, file: str) -> None:
    start = text[:4096].lower()
    if b"<html" in start or b"<!doctype html" in start:
        raise InputError(Problem("broken-file", "the file is a web page, not a map", _GET_AGAIN, file))
    if b"<!doctype" in start or b"<!entity" in start:
        raise InputError(Problem("broken-file", "the file declares entities, which no map needs", _GET_AGAIN, file))
    if not _ROOT.match(text):
        raise InputError(Problem("broken-file", "the file does not begin as an OpenStreetMap file", _GET_AGAIN, file))


def _chunks(path: Path) -> Iterator[bytes]:
    """The unpacked bytes in chunks that overlap, so that nothing searched for is cut in two."""
    opener: Callable[..., IO[bytes]] = {".gz": gzip.open, ".bz2": bz2.open}.get(path.suffix.lower(), open)  # type: ignore[assignment]
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
