"""Names, times and figures as the map page shows them, in one language."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from corridors.locales import Locale
from corridors.locales.figures import format_time
from corridors.release import Release
from corridors.release.labels import Labels

LEFT_TO_RIGHT = "\u200e"


@dataclass(frozen=True, eq=False, slots=True)
class PageText:
    """The names and figures of a release in one language."""

    labels: Labels

    @property
    def locale(self) -> Locale:
        """The language."""
        return self.labels.locale

    @property
    def release(self) -> Release:
        """The release."""
        return self.labels.release

    def has(self, layer: str, column: str) -> bool:
        """Whether the release has a column; a withheld column must not look like an empty one."""
        return layer in self.release.layers and column in self.release.layers[layer]

    def list_names(self, place_id: str) -> list[str]:
        """The name of a place in this language, and its name in the other script or nothing."""
        name, name_ar, _ = self.labels.place(place_id)
        sites = self.labels.sites
        if not name_ar and name == place_id and place_id in sites.index:
            return [f"{self.locale.name('role', sites.at[place_id, 'role'])} {place_id}", ""]
        main = self.labels.label(place_id)
        other = name if main == name_ar else name_ar
        return [main, other if other != main else ""]

    def format_time(self, moment: datetime | pd.Timestamp | None) -> str:
        """A time in UTC, marked so that Arabic text does not change the order of its parts."""
        text = format_time(moment)
        return f"{LEFT_TO_RIGHT}{text}" if text and self.locale.direction == "rtl" else text

    def format_count(self, key: str, n: int, **values: str) -> str:
        """A text with a number of things; the number 1 has a text of its own."""
        key = f"map.{key}_one" if n == 1 else f"map.{key}"
        return self.locale.format(key, n=self.locale.part(f"{n:,}"), **values)

    def format_number(self, value: float) -> str:
        """A figure with the separators of the language; empty for an unknown value."""
        return self.locale.part(write_number(value))

    def format_tonnes(self, value: float) -> str:
        """Tonnes; empty for an unknown value."""
        number = self.format_number(value)
        return self.locale.format("map.t", n=number) if number else ""

    def explain_cut_off(self, site_id: str) -> str:
        """Why a place is cut off; only that it is so where the reason is withheld."""
        known = self.has("cut_off", "reason_code") or self.has("cut_off", "blocked_by")
        if known and site_id in self.labels.cut_off.index:
            return self.labels.cut_off_reason(site_id)
        return self.locale["map.no_corridor_leads"]


def write_number(value: float) -> str:
    """A figure with separators of thousands and at most one decimal; empty for an unknown value.

    >>> write_number(12000.0), write_number(1.25)
    ('12,000', '1.2')
    """
    if math.isnan(value):
        return ""
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"
