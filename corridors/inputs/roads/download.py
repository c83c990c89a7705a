"""Roads from the network: Overpass is asked through osmnx, and only here.

Its answer is read by the same code as an OpenStreetMap file, so nothing that a tag says is lost on
the way.
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
from corridors.rules import RoadRules
from corridors.situation import ReadResult, Source

osmnx = lazy_loader.load("osmnx")  # it takes long to import, and few runs download

TIMEOUT_S = 180
"""How long the service may take for one answer: what Overpass itself allows by default."""

_LATER = "try again later, ask for a smaller area, or read a file instead"


def download_roads(
    area: str, *, rules: RoadRules | None = None, overpass_url: str | None = None
) -> ReadResult:
    """The roads of an area that a truck may use, from OpenStreetMap as it is now.

    Asks Overpass (and Nominatim where `area` is a name), which tells those services which area is
    of interest. Nothing is cached, and the settings of osmnx are left as they were.

    Parameters
    ----------
    area
        The name of a place, or "west,south,east,north" in degrees. The roads go on for up to 500 m
        beyond it.
    rules
        Speeds, which highway classes are asked for, and how long a piece may be.
    overpass_url
        Another Overpass service than osmnx's own, for example "http://localhost:12345/api".

    Returns
    -------
    Reading
        As `read_roads` gives it; the SHA-256 is of the objects received, in order of their ids.

    Raises
    ------
    DownloadError
        `no-network` (fix: connect, or read a file), `unknown-place` (fix: give a box),
        `download-failed` (fix: later, or a smaller area).
    InputError
        `bad-area` (fix: west,south,east,north in degrees), `no-roads`.

    Examples
    --------
    >>> download_roads("35.2,33.1,35.1,33.3")
    Traceback (most recent call last):
    corridors.errors.InputError: field area: is not a box of west,south,east,north in degrees ... [bad-area]. ...
    """
    rules = rules or RoadRules()
    box = _read_box(area)
    answers = _ask(area, box, rules, overpass_url)
    try:
        elements = {
            (element["type"], element["id"]): element
            for answer in answers
            for element in answer["elements"]
        }
        ordered = [elements[key] for key in sorted(elements)]
        found = _find_in_elements(ordered, rules)
    except (KeyError, TypeError, ValueError) as error:
        raise DownloadError(
            Problem("download-failed", f"the answer is not a map: {error!r}", _LATER)
        ) from error
    roads = build_roads(found.pieces, rules, found.rows, found.corners)
    dates = [moment for answer in answers if (moment := _moment(answer))]
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


def _read_box(area: str) -> shapely.Polygon | None:
    """The box that `area` says, or None where it is a name."""
    parts = area.split(",")
    try:
        west, south, east, north = map(float, parts)
    except ValueError:
        return None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        hint = "write west,south,east,north, for example 35.1,33.0,35.6,33.6"
        raise InputError(
            Problem(
                "bad-area",
                "is not a box of west,south,east,north in degrees",
                hint,
                field="area",
                value=area,
            )
        )
    return shapely.box(west, south, east, north)


def _ask(
    area: str, box: shapely.Polygon | None, rules: RoadRules, overpass_url: str | None
) -> list[dict[str, Any]]:
    """The answers of Overpass to one question, which it may have been asked in parts."""
    answers: list[dict[str, Any]] = []

    def keep(response: requests.Response, *_: Any, **__: Any) -> None:
        try:
            _check_answer(response)
        except DownloadError:
            response.close()
            raise
        if response.request.method == "POST":  # Overpass is asked by POST, Nominatim by GET
            answers.append(response.json())

    classes = "|".join(sorted(rules.speed_kph))
    try:
        with _settings(keep, overpass_url):
            shape = box if box is not None else osmnx.geocode_to_gdf(area).geometry.iloc[0]
            osmnx.graph_from_polygon(
                shape, custom_filter=f'["highway"~"^({classes})$"]', simplify=False, retain_all=True
            )
    except osmnx._errors.CacheOnlyInterruptError:  # noqa: SLF001 - how osmnx says that the answers are there and no graph was wanted
        return answers
    except (osmnx._errors.InsufficientResponseError, TypeError) as error:  # noqa: SLF001 - osmnx publishes its errors nowhere else
        hint = "check the spelling, or give a box west,south,east,north"
        raise DownloadError(
            Problem(
                "unknown-place",
                f"no area of that name was found: {error}",
                hint,
                field="area",
                value=area,
            )
        ) from error
    except requests.exceptions.Timeout as error:
        raise DownloadError(
            Problem(
                "no-network", f"no network: the service did not answer in {TIMEOUT_S} s", _LATER
            )
        ) from error
    except (requests.exceptions.RequestException, OSError) as error:
        hint = "connect to a network, or read a file of roads instead"
        raise DownloadError(
            Problem("no-network", f"no network: the service cannot be reached ({error})", hint)
        ) from error
    return answers


def _check_answer(response: requests.Response) -> None:
    """Refuse an answer that is no answer, before anyone waits and asks again."""
    host = urlparse(response.url).hostname
    if response.status_code in (429, 504):
        raise DownloadError(
            Problem(
                "download-failed", f"{host} is too busy (status {response.status_code})", _LATER
            )
        )
    if not response.ok:
        raise DownloadError(
            Problem(
                "download-failed",
                f"{host} refused the question (status {response.status_code} {response.reason})",
                _LATER,
            )
        )
    try:
        answer = response.json()
    except requests.exceptions.JSONDecodeError as error:
        raise DownloadError(
            Problem(
                "download-failed",
                f"{host} did not answer in JSON",
                _LATER,
                value=response.text[:80],
            )
        ) from error
    if isinstance(answer, dict) and "remark" in answer:
        raise DownloadError(
            Problem(
                "download-failed",
                f"{host} gave up on the way",
                _LATER,
                value=str(answer["remark"])[:200],
            )
        )
    if response.request.method == "POST" and not (
        isinstance(answer, dict) and isinstance(answer.get("elements"), list)
    ):
        raise DownloadError(
            Problem(
                "download-failed",
                f"{host} did not answer with a map",
                _LATER,
                value=response.text[:80],
            )
        )


@contextmanager
def _settings(on_answer: Any, overpass_url: str | None) -> Iterator[None]:
    """Set osmnx to ask once, keep no file and make no graph; afterwards put everything back."""
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
        socket.getaddrinfo = resolve  # osmnx puts its own in place
        for name, value in before.items():
            setattr(osmnx.settings, name, value)


def _find_in_elements(elements: list[dict[str, Any]], rules: RoadRules) -> ParsedRoads:
    """The pieces of road in the elements of an answer; see `Ways`."""
    ways = Ways(rules.speed_kph)
    places = {}
    for element in elements:
        if element["type"] == "node":
            places[element["id"]] = (
                round(element["lon"] * 1e7) / 1e7,
                round(element["lat"] * 1e7) / 1e7,
            )
            ways.add_node(element["id"], element.get("tags", {}))
    for element in elements:
        if element["type"] == "way" and ways.add(element["id"], element.get("tags", {})):
            ways.place(
                element["nodes"],
                [
                    value
                    for ref in element["nodes"]
                    for value in places.get(ref, (math.nan, math.nan))
                ],
            )
    return ways.cut()


def _moment(answer: dict[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(answer["osm3s"]["timestamp_osm_base"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        return None
