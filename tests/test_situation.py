"""The situation: its area, and what belongs to it."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
import shapely
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from town import FAR, make_incidents, make_situation, spot
from town_plans import plan

from corridors.errors import AcknowledgementNeeded, InputError
from corridors.messages import Message
from corridors.situation import find_area, is_in_area


def test_a_site_and_a_zone_of_one_id_are_refused_also_where_no_file_was_read():
    camp = ("A", "safe_zone", shapely.Point(*spot(9)).buffer(0.004))
    with pytest.raises(
        InputError, match=r"a site and a zone have the same id \(value 'A'\) \[duplicate-id\]"
    ):
        plan(zones=[camp], sites={"A": ("depot", *spot(1)), "B": ("depot", *spot(2))})


@examples(20, 200)
@given(
    st.integers(-180, 179),
    st.lists(st.integers(0, 160), min_size=2, max_size=6),
    st.lists(st.integers(0, 359), min_size=1, max_size=20),
)
def test_what_lies_far_from_all_roads_is_the_same_wherever_the_antimeridian_is(turn, roads, spots):
    """Roads on at most 160 of 360 degrees, here and turned round the globe: half a degree aside, no
    edge of the area meets a spot."""

    def is_near(turn):
        lon = [((at + turn + 180.0) % 360.0) - 180.0 for at in roads]
        lines = gpd.GeoDataFrame(
            geometry=[shapely.LineString([(x, 10.0), (x, 11.0)]) for x in lon], crs=4326
        )
        points = [shapely.Point((at + 0.05 + turn + 180.0) % 360.0 - 180.0, 10.0) for at in spots]
        return is_in_area(gpd.GeoDataFrame(geometry=points, crs=4326), find_area(lines)).tolist()

    pad = max(0.5, (max(roads) - min(roads)) / 10)
    nearest = [
        min(
            abs(at + 0.05 + by - edge) for by in (-360, 0, 360) for edge in (min(roads), max(roads))
        )
        for at in spots
    ]
    by_hand = [
        min(roads) <= at + 0.05 <= max(roads) or away <= pad
        for at, away in zip(spots, nearest, strict=True)
    ]
    assert is_near(turn) == is_near(0) == by_hand


def turn_town(situation, east):
    """The town so many degrees farther east, on either side of the antimeridian."""

    def move(table):
        lines = shapely.transform(
            table.geometry.array, lambda lonlat: np.add(lonlat, (east + 180, 0)) % 360 - (180, 0)
        )
        return table.set_geometry(gpd.GeoSeries(lines, index=table.index, crs=table.crs))

    return dataclasses.replace(situation, roads=move(situation.roads), sites=move(situation.sites))


@pytest.mark.parametrize(
    "west", [179.9, 179.97]
)  # the town ends 0.04 degrees farther east: before the antimeridian, or beyond it
def test_an_incident_near_the_roads_across_the_antimeridian_is_near_them_and_one_far_round_the_globe_is_not(
    west,
):
    situation = turn_town(make_situation(), west - 35.0)
    near = dataclasses.replace(
        situation, incidents=make_incidents(("near", -179.9, 33.1))
    )  # 9 to 19 km away
    assert not [remark for remark in plan(near).remarks if remark.code == "remark.far_incidents"]
    far = dataclasses.replace(
        situation, incidents=make_incidents(("far", 35.0, 33.0))
    )  # of the same latitude
    with pytest.raises(AcknowledgementNeeded) as error:
        plan(far)
    assert [problem.code for problem in error.value.problems] == ["no-incident-in-area"]
    both = dataclasses.replace(
        situation, incidents=make_incidents(("far", 35.0, 33.0), ("near", -179.9, 33.1))
    )
    assert [remark for remark in plan(both).remarks if remark.code == "remark.far_incidents"] == [
        Message("remark.far_incidents", names=("far",))
    ]


def test_a_site_on_the_border_of_an_area_that_was_struck_is_within_its_reach():
    situation = make_situation(incidents=[("s", 0, 0), FAR])
    area = shapely.Polygon([spot(9), (35.05, 33.05), (35.03, 33.05)])
    incidents = situation.incidents.set_geometry([shapely.Point(FAR[1:]), area], crs=4326)
    assert incidents.index.tolist() == ["far", "s"]
    made = plan(dataclasses.replace(situation, incidents=incidents))
    (told,) = (remark for remark in made.remarks if remark.code == "remark.in_reach")
    assert told == Message("remark.in_reach", site="clinic", incident="s", distance_m=0.0)
