"""The signs of maps: each word of the tables has a colour that can be seen on paper."""

from __future__ import annotations

import pytest

from corridors.outputs import symbology
from corridors.tables import STATUSES, ZONES


def list_words(contract, name):
    return next(column.choices for column in contract.columns if column.name == name)


def measure_luminance(colour):
    """The relative luminance of "#rrggbb", by WCAG 2.2."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    ]
    return sum(
        weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )


def measure_contrast(one, other):
    low, high = sorted(map(measure_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_every_kind_of_zone_and_every_status_has_a_colour():
    assert symbology.ZONES.keys() == set(list_words(ZONES, "kind"))
    assert symbology.STATUSES.keys() == set(STATUSES)


@pytest.mark.parametrize("name", ["PRIMARY", "ALTERNATE", "CLOSED", "LIMITED", "ALARM", "INK"])
def test_what_a_reader_must_see_stands_out_from_paper(name):
    assert measure_contrast(getattr(symbology, name), symbology.PAPER) >= 3


@pytest.mark.parametrize("kind", symbology.ZONES)
def test_every_zone_stands_out_from_paper(kind):
    assert measure_contrast(symbology.ZONES[kind], symbology.PAPER) >= 3


def test_the_primary_and_a_closed_road_differ_in_grey():
    assert measure_contrast(symbology.PRIMARY, symbology.CLOSED) >= 1.8
