"""Values and tables as JSON has them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from corridors.outputs.serialization import list_records, render_json, to_jsonable

NEPAL = timezone(timedelta(hours=5, minutes=45))


@pytest.mark.parametrize("unknown", [None, pd.NaT, float("nan")])
def test_what_is_not_known_is_null(unknown):
    assert to_jsonable({"a": [unknown], "b": (unknown,)}) == {"a": [None], "b": [None]}


def test_times_are_iso_8601_in_utc_whatever_zone_they_came_in():
    for time in (datetime(2026, 11, 23, 11, 45, tzinfo=NEPAL), pd.Timestamp("2026-11-23T06:00Z")):
        assert to_jsonable(time) == "2026-11-23T06:00:00Z"
    assert to_jsonable(datetime(2026, 11, 23, tzinfo=UTC)) == "2026-11-23T00:00:00Z"


def test_rows_are_plain_values_without_shapes_and_with_the_decimals_of_their_unit():
    table = gpd.GeoDataFrame(
        {"length_m": [1234.5678, float("nan")], "name": ["عيادة", ""]},
        geometry=[shapely.Point(35, 33), shapely.Point(35, 34)],
        index=pd.Index(["a", "b"], name="segment_id"),
        crs="EPSG:4326",
    )
    assert list_records(table) == [
        {"segment_id": "a", "length_m": 1234.6, "name": "عيادة"},
        {"segment_id": "b", "length_m": None, "name": ""},
    ]


def test_a_document_keeps_letters_and_order_and_never_holds_nan():
    text = render_json({"b": "عيادة", "a": [1.5]})
    assert text.endswith("\n")
    assert "عيادة" in text
    assert list(json.loads(text)) == ["b", "a"]
    with pytest.raises(ValueError, match="JSON compliant"):
        render_json({"a": float("nan")})
