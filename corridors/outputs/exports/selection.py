"""The input of every format: the chosen layers, the marking, and values that files can hold."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.errors import UsageError
from corridors.locales import Locale, show_unseen
from corridors.locales.figures import format_duration, format_time
from corridors.messages import Message
from corridors.outputs.serialization import DECIMALS, to_jsonable
from corridors.release import TLP, Release
from corridors.release.labels import Labels
from corridors.release.layers import LAYERS

LARGEST_EXACT = 10**15
"""A spreadsheet keeps fifteen digits of a number; longer numbers are written as text."""


@dataclass(frozen=True, eq=False, slots=True)
class Export:
    """The content of an export and its language."""

    release: Release
    layers: Mapping[str, pd.DataFrame]
    """The chosen layers, in the order of their contracts."""
    locale: Locale
    hxl: bool = False
    """Whether tables for people have a row of HXL tags below their header."""

    @property
    def names(self) -> Labels:
        """The names of places and causes."""
        return Labels(self.release, self.locale)


def choose_layers(release: Release, chosen: Iterable[str] = ()) -> dict[str, pd.DataFrame]:
    """The chosen layers of a release in the order of their contracts; by default all.

    Raises
    ------
    UsageError
        There is no such layer, or this release does not hold it. Fix: use a layer that the message
        names.
    """
    wanted = list(chosen)
    if unknown := [name for name in wanted if name not in LAYERS]:
        raise UsageError(Message("usage.unknown_layer", layer=unknown[0], known=tuple(LAYERS)))
    if withheld := [name for name in wanted if name not in release.layers]:
        raise UsageError(
            Message(
                "usage.withheld_layer",
                layer=withheld[0],
                audience=release.audience,
                known=tuple(release.layers),
            )
        )
    return {
        name: release.layers[name]
        for name in LAYERS
        if name in release.layers and (not wanted or name in wanted)
    }


def list_marking(release: Release, locale: Locale) -> list[str]:
    """The lines that every file carries: audience, times, plan and caution."""
    own = f" ({release.level})" if release.level else ""
    until = locale.format("marking.valid_until", time=format_time(release.valid_until))
    labels = Labels(release, locale)
    lines = [
        f"{locale.name('audience', release.audience)}{own} {TLP[release.audience]}",
        labels.demonstration,
        labels.title,
        f"{locale.format('marking.as_of', time=format_time(release.as_of))}; {until}",
        locale.format("marking.hash", code=release.code),
        locale["marking.caution"],
        _name_producer(release),
    ]
    return [show_unseen(line) for line in [*lines, *labels.doubts] if line]


def list_facts(release: Release, locale: Locale) -> dict[str, str]:
    """The same facts for programs, each under a stable name."""
    labels = Labels(release, locale)
    facts = {
        "title": release.title,
        "audience": release.audience,
        "level": release.level,
        "tlp": TLP[release.audience],
        "as_of": str(to_jsonable(release.as_of)),
        "valid_until": str(to_jsonable(release.valid_until)),
        "plan_hash": release.plan_hash,
        "caution": locale["marking.caution"],
        "invented": labels.demonstration,
        "credits": "; ".join(release.credits),
        "producer": _name_producer(release),
        "accepted": " ".join(labels.doubts),
    }
    return {name: fact for name, fact in facts.items() if fact}


def _name_producer(release: Release) -> str:
    return ", ".join(filter(None, (release.producer.name, release.producer.contact)))


def flatten_index(layer: pd.DataFrame) -> pd.DataFrame:
    """The layer with its ids as the first column."""
    return layer.reset_index() if layer.index.name else layer


def list_columns(layer: pd.DataFrame, *, shown: bool = False) -> dict[str, list[Any]]:
    """The columns of a layer without its shape, ids first, as lists of plain values.

    Unknown values are None, times are ISO 8601 in UTC, and figures have the decimals of
    `serialization.DECIMALS`. With `shown`, invisible characters are spelled out.

    >>> list_columns(pd.DataFrame({"length_m": [1.26, np.nan]}))
    {'length_m': [1.3, None]}
    """
    table = flatten_index(layer)
    return {
        str(name): _list_values(str(name), table[name], shown=shown)
        for name in table.columns
        if name != "geometry"
    }


def _list_values(name: str, column: pd.Series, *, shown: bool) -> list[Any]:
    kind = column.dtype.kind
    if kind == "M":
        return write_times(column)
    if kind == "f":
        values = column.to_numpy()
        exact = np.round(values, DECIMALS[name]) if name in DECIMALS else values
        return [None if math.isnan(value) else value for value in exact.tolist()]
    if kind in "iub":
        return column.tolist()
    if column.dtype == object:
        return [show_unseen(list(entry)) if shown else list(entry) for entry in column]
    texts = column.to_numpy(dtype=object).tolist()
    if not shown:
        return texts
    visible = {text: show_unseen(text) for text in set(texts)}
    return [visible[text] for text in texts]


def write_times(column: pd.Series) -> list[str | None]:
    """Times as ISO 8601 in UTC, with milliseconds if there are any.

    >>> write_times(
    ...     pd.to_datetime(
    ...         pd.Series(["2026-11-23T06:00Z", None, "2026-11-23T23:59:59.999Z"]),
    ...         utc=True,
    ...         format="ISO8601",
    ...     )
    ... )
    ['2026-11-23T06:00:00Z', None, '2026-11-23T23:59:59.999Z']
    """
    moments = column.dt.tz_convert(None).to_numpy(dtype="datetime64[ms]")
    texts = np.datetime_as_string(moments, unit="ms")
    return [None if text == "NaT" else f"{text.removesuffix('.000')}Z" for text in texts.tolist()]


def is_placed(layer: pd.DataFrame) -> bool:
    """Whether a layer has shapes."""
    return isinstance(layer, gpd.GeoDataFrame)


def name_corridor(labels: Labels, corridor: pd.Series) -> str:
    """The name of a corridor: its depot, its destination and its rank."""
    destination, depot = labels.label(corridor["destination_id"]), corridor.get("depot_id", "")
    locale = labels.locale
    kind = locale["corridor.primary" if corridor["rank"] == 1 else "corridor.alternate"]
    which = kind if corridor["rank"] == 1 else f"{kind} {corridor['rank'] - 1}"
    route = (
        locale.format("exchange.from_to", depot=labels.label(depot), destination=destination)
        if depot
        else locale.format("exchange.to", destination=destination)
    )
    return f"{route} ({which})"


def describe_corridor(labels: Labels, corridor_id: str, corridor: pd.Series) -> str:
    """A corridor in one sentence: id, length, driving time and status, unless withheld."""
    locale = labels.locale
    minutes = corridor.get("duration_min", np.nan)
    parts = [corridor_id, f"{labels.km(corridor['length_m'])} km"]
    if not pd.isna(minutes):
        parts.append(locale.format("exchange.driving", time=format_duration(minutes)))
    return f"{'; '.join([*parts, locale.name('status', corridor['status'])])}."
