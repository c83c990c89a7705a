"""Roads from the internet: osmnx queries Overpass, only in this module.

The same code reads its answer and an OpenStreetMap file, so that no tag is lost.
"""

from __future__ import annotations

import hashlib
import json
import math
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlparse

import lazy_loader
import requests
import shapely

from corridors.errors import DownloadError, InputError, Problem
from corridors.inputs.roads.segmentation import build_roads
from corridors.inputs.roads.ways import OSM_ATTRIBUTION, ParsedRoads, Ways
from corridors.messages import Message
from corridors.rules import RoadRules
from corridors.situation import ReadResult, Source

osmnx = lazy_loader.load("osmnx")  # it takes long to import, and few runs download

TIMEOUT_S = 180
"""The longest wait for one answer: the default limit of Overpass itself."""

_NO_PLACE = (math.nan, math.nan)
_LATER = Message("hint.download_later")


def download_roads(
    area: str, *, rules: RoadRules | None = None, overpass_url: str | None = None
) -> ReadResult:
    """The roads of an area that a truck may use, from OpenStreetMap as it is now.

    Queries Overpass (and Nominatim where `area` is a name): these services learn which area is of
    interest. Nothing is cached, and the settings of osmnx are restored.

    Parameters
    ----------
    area
        The name of a place, or "west,south,east,north" in degrees. Roads continue for up to 500 m
        beyond it.
    rules
        Speeds, highway classes to download, and the maximum length of a segment.
    overpass_url
        Another Overpass service than the default of osmnx, such as "http://localhost:12345/api".

    Returns
    -------
    ReadResult
        As of `read_roads`; the SHA-256 is of the objects received, in order of their ids.

    Raises
    ------
    DownloadError
        `no-network`. Fix: connect, or read a file. `unknown-place`. Fix: give a box.
        `download-failed`. Fix: try later, or a smaller area.
    InputError
        `bad-area`. Fix: write west,south,east,north in degrees. `no-roads`.

    Examples
    --------
    >>> download_roads("35.2,33.1,35.1,33.3")
    Traceback (most recent call last):
    corridors.errors.InputError: field area: is not a box of west,south,east,north ...
    """
    rules = rules or RoadRules()
    answers = _query(area, _parse_box(area), rules, overpass_url)
    try:
        elements = {
            (element["type"], element["id"]): element
            for answer in answers
            for element in answer["elements"]
        }
        ordered = [elements[key] for key in sorted(elements)]
        found = _find_in_elements(ordered, rules)
    except (KeyError, TypeError, ValueError) as error:
        raise _refuse("problem.answer_without_map", text=repr(error)) from error
    roads = build_roads(found.segments, rules, found.rows, found.vertices)
    dates = [moment for answer in answers if (moment := _parse_moment(answer))]
    source = Source(
        role="roads",
        name=f"OpenStreetMap, {area}",
        format="overpass",
        sha256=hashlib.sha256(json.dumps(ordered, sort_keys=True).encode()).hexdigest(),
        rows=found.rows,
        newest=min(dates, default=None),
        attribution=OSM_ATTRIBUTION,
        completeness=roads.completeness,
        notes=(*found.notes, *roads.notes),
    )
    return ReadResult(roads.table, source)


def _refuse(problem: str, value: str = "", **facts: Any) -> DownloadError:
    message = Message(problem, **facts)
    return DownloadError(Problem("download-failed", message, _LATER, value=value))


def _parse_box(area: str) -> shapely.Polygon | None:
    """The box that `area` states, or None where it is a name."""
    try:
        west, south, east, north = map(float, area.split(","))
    except ValueError:
        return None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        message, hint = Message("problem.not_a_box"), Message("hint.write_box")
        raise InputError(Problem("bad-area", message, hint, field="area", value=area))
    return shapely.box(west, south, east, north)


def _query(
    area: str, box: shapely.Polygon | None, rules: RoadRules, overpass_url: str | None
) -> list[dict[str, Any]]:
    """The answers of Overpass to one query, which osmnx may have split."""
    answers: list[dict[str, Any]] = []

    def keep(response: requests.Response, *_: Any, **__: Any) -> None:
        try:
            _check_answer(response)
        except DownloadError:
            response.close()
            raise
        if response.request.method == "POST":  # Overpass gets POST, Nominatim GET
            answers.append(response.json())

    classes = "|".join(sorted(rules.speed_kph))
    try:
        with _settings(keep, overpass_url):
            shape = box if box is not None else osmnx.geocode_to_gdf(area).geometry.iloc[0]
            osmnx.graph_from_polygon(
                shape, custom_filter=f'["highway"~"^({classes})$"]', simplify=False, retain_all=True
            )
    # osmnx has no public names for its errors; this one means that it has the answers and made no
    # graph, as wanted
    except osmnx._errors.CacheOnlyInterruptError:  # noqa: SLF001
        return answers
    except (osmnx._errors.InsufficientResponseError, TypeError) as error:  # noqa: SLF001
        message = Message("problem.place_not_found", text=str(error))
        hint = Message("hint.check_place_name")
        problem = Problem("unknown-place", message, hint, field="area", value=area)
        raise DownloadError(problem) from error
    except requests.exceptions.Timeout as error:
        message = Message("problem.no_answer_in_time", limit_s=TIMEOUT_S)
        raise DownloadError(Problem("no-network", message, _LATER)) from error
    except (requests.exceptions.RequestException, OSError) as error:
        message = Message("problem.no_network", text=str(error))
        hint = Message("hint.connect_or_read_file")
        raise DownloadError(Problem("no-network", message, hint)) from error
    return answers


def _check_answer(response: requests.Response) -> None:
    """Refuse a useless answer at once, before osmnx waits and retries."""
    host, status = urlparse(response.url).hostname, response.status_code
    if status in (429, 504):
        raise _refuse("problem.service_busy", host=host, status=status)
    if not response.ok:
        raise _refuse("problem.query_refused", host=host, status=status, text=response.reason)
    try:
        answer = response.json()
    except requests.exceptions.JSONDecodeError as error:
        raise _refuse("problem.answer_not_json", response.text[:80], host=host) from error
    if isinstance(answer, dict) and "remark" in answer:
        raise _refuse("problem.query_failed", str(answer["remark"])[:200], host=host)
    is_map = isinstance(answer, dict) and isinstance(answer.get("elements"), list)
    if response.request.method == "POST" and not is_map:
        raise _refuse("problem.answer_not_map", response.text[:80], host=host)


@contextmanager
def _settings(on_answer: Any, overpass_url: str | None) -> Iterator[None]:
    """Set osmnx to query once, store no file and make no graph; afterwards restore its settings."""
    wanted = {
        "use_cache": False,
        "cache_only_mode": True,
        "log_file": False,
        "overpass_rate_limit": False,
        "doh_url_template": None,
        "requests_timeout": TIMEOUT_S,
        "requests_kwargs": {**osmnx.settings.requests_kwargs, "hooks": {"response": on_answer}},
        **({"overpass_url": overpass_url} if overpass_url else {}),
    }
    before = {name: getattr(osmnx.settings, name) for name in wanted}
    resolve = socket.getaddrinfo
    try:
        for name, value in wanted.items():
            setattr(osmnx.settings, name, value)
        yield
    finally:
        socket.getaddrinfo = resolve  # osmnx replaces it
        for name, value in before.items():
            setattr(osmnx.settings, name, value)


def _find_in_elements(elements: list[dict[str, Any]], rules: RoadRules) -> ParsedRoads:
    """The road segments in the elements of an answer; see `Ways`."""
    ways = Ways(rules.speed_kph)
    places = {}
    for element in elements:
        if element["type"] == "node":
            places[element["id"]] = tuple(
                round(element[name] * 1e7) / 1e7 for name in ("lon", "lat")
            )
            ways.add_node(element["id"], element.get("tags", {}))
    for element in elements:
        if element["type"] == "way" and ways.add(element["id"], element.get("tags", {})):
            lonlat = [value for ref in element["nodes"] for value in places.get(ref, _NO_PLACE)]
            ways.place(element["nodes"], lonlat)
    return ways.cut()


def _parse_moment(answer: dict[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(answer["osm3s"]["timestamp_osm_base"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        return None
