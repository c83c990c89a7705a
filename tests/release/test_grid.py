"""The cells that are shown instead of depots, and the parts of corridors outside them."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pandas as pd
import pytest
import shapely
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from release_town import GEOD, make_town, say_all, tell_ends

import corridors as co
from corridors.locales import read_locale
from corridors.outputs.documents.annex import build_annex
from corridors.outputs.documents.blocks import Paragraph
from corridors.outputs.maps import render_map
from corridors.release.grid import cut_outside, find_cells
from corridors.release.labels import Labels
from corridors.rules import Rules


def test_parties_see_a_corridor_from_where_it_leaves_the_cell_and_figures_of_that_part_only(town):
    told = co.disclose(town, "parties")
    (corridor,) = told.layers["corridors"].itertuples()
    cell = told.layers["sites"].query("role == 'depot'").geometry.iloc[0]
    assert (corridor.Index, corridor.depot_id, corridor.destination_id) == ("C-1", "D-1", "S-1")
    assert cell.intersection(corridor.geometry).length < 1e-6
    assert cell.boundary.distance(shapely.Point(corridor.geometry.coords[0])) < 1e-6
    shown_m = GEOD.geometry_length(corridor.geometry)
    assert shown_m <= corridor.length_m < shown_m + 1000
    assert corridor.duration_min - 1 < shown_m / 50_000 * 60 <= corridor.duration_min


def test_a_corridor_that_never_leaves_the_cell_is_counted_and_not_shown():
    told = co.disclose(
        make_town(rules=Rules.from_tables({"disclosure": {"grid_m": 100_000}})), "parties"
    )  # it holds the whole town
    assert told.layers["corridors"].empty
    assert told.withheld == {"corridors": 1}


def test_a_depot_called_by_the_word_for_its_role_does_not_hide_the_role():
    sites = co.disclose(make_town(name="Depot"), "parties").layers["sites"]
    assert sorted(sites["role"]) == ["depot", "destination"]


def test_sites_whose_ids_are_called_as_the_new_ones_are_still_where_the_corridors_lead():
    assert tell_ends(co.disclose(make_town(ids=("D-1", "S-1", "C-1")), "parties")) == tell_ends(
        co.disclose(make_town(), "parties")
    )


def test_a_destination_keeps_its_name_where_its_id_is_a_word_of_it():
    told = co.disclose(
        make_town(called="Tyre hospital", ids=("DEP-SECRET", "Tyre", "POST-1")), "parties"
    ).layers["sites"]
    assert told["name"].tolist() == ["", "Tyre hospital"]
    assert told.index.tolist() == ["D-1", "S-1"]


def test_every_output_rounds_a_length_in_steps_up_and_never_down(tmp_path):
    told = co.disclose(make_town(), "parties")
    told.layers["corridors"].loc["C-1", "length_m"] = (
        2250.0  # of steps of 2.25 km: 2.2 km would be less than it is
    )
    (path,) = co.write_exports(told, tmp_path, formats=["gpx"])
    assert "; 2.25 km;" in path.read_text("utf-8")
    assert '"2.25 km"' in render_map(told)
    assert "Length: 2.25 km." in [
        text
        for block in build_annex(told).blocks
        if isinstance(block, Paragraph)
        for text in block.texts
    ]
    assert Labels(told, read_locale("en")).km(2250.0) == "2.25"  # what the printed map says
    assert [
        Labels(make_town(), read_locale("en")).km(metres) for metres in (12_340.0, 12_000.0)
    ] == ["12.3", "12.0"]


@pytest.mark.parametrize("name", ["parties", "public"])
def test_the_place_of_a_depot_in_its_cell_changes_nothing_that_is_shown(name):
    # the only street of the cell runs west to east; the depot stands anywhere beside it
    told = [
        co.disclose(make_town((35.0 + along, 33.0 + aside)), name)
        for along, aside in ((0.0005, 0.0), (0.0015, 0.0003), (0.0031, 0.0))
    ]
    assert say_all(told[0]) == say_all(told[1]) == say_all(told[2])


def test_depots_of_one_cell_are_one():
    release = make_town()
    sites = release.layers["sites"]
    twin = (
        sites.loc[["DEP-SECRET"]]
        .rename({"DEP-SECRET": "DEP-OTHER"})
        .set_geometry([shapely.Point(35.0012, 33.0004)], crs=4326)
    )
    told = co.disclose(
        dataclasses.replace(release, layers={**release.layers, "sites": pd.concat([sites, twin])}),
        "parties",
    )
    assert told.layers["sites"].query("role == 'depot'").index.tolist() == ["D-1"]


@given(st.floats(-180, 180), st.floats(-90, 90), st.sampled_from([1000.0, 10_000.0, 100_000.0]))
@examples(60, 600)
def test_a_cell_holds_its_place_is_no_smaller_than_it_says_and_is_the_cell_of_all_its_places(
    lon, lat, grid_m
):
    (cell,) = find_cells([shapely.Point(lon, lat)], grid_m)
    west, south, east, north = cell.bounds
    assert west - 1e-9 <= lon <= east + 1e-9
    assert south - 1e-9 <= lat <= north + 1e-9
    middle = (south + north) / 2
    if abs(middle) < 85:  # nearer to a pole a row has few cells, and they are wider
        height = GEOD.inv(west, south, west, north)[2]
        width = min(GEOD.inv(west, edge, (west + east) / 2, edge)[2] * 2 for edge in (south, north))
        assert height > grid_m * 0.999
        assert width > grid_m * 0.99
    random.seed(round(lon * 1000))
    inside = [
        shapely.Point(random.uniform(west, east), random.uniform(south, north)) for _ in range(3)
    ]
    for other in (
        find_cells([place for place in inside if cell.contains(place)], grid_m) if cell.area else ()
    ):
        assert other.bounds == pytest.approx(cell.bounds, abs=1e-9)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=8, unique=True)
)
@examples(60, 600)
def test_what_is_left_of_a_line_is_what_follows_its_last_place_in_the_cell(places):
    line = shapely.LineString(np.array(places) / 10)
    cell = shapely.box(0.95, 0.95, 2.05, 2.05)
    part = cut_outside(line, cell, None)
    steps = shapely.segmentize(line, 1e-3)
    inside = [at for at, place in enumerate(steps.coords) if cell.covers(shapely.Point(place))]
    after = (
        shapely.LineString(steps.coords[inside[-1] :])
        if inside and inside[-1] < len(steps.coords) - 1
        else None
        if inside
        else line
    )
    if after is None:
        assert part is None or part.line.length < 2e-3
    else:
        assert part is not None
        assert part.line.length == pytest.approx(after.length, abs=2e-3)
        assert part.line.coords[-1] == pytest.approx(line.coords[-1], abs=1e-6)
        assert part.end_m - part.start_m == pytest.approx(
            GEOD.geometry_length(part.line), rel=1e-3, abs=1
        )


def test_a_line_over_the_antimeridian_is_cut_as_any_other():
    here, there = (
        shapely.LineString([(179.95, 0.01), (-179.95, 0.01)]),
        shapely.LineString([(-0.05, 0.01), (0.05, 0.01)]),
    )
    cells = [shapely.box(west, 0.0, west + 0.07, 0.05) for west in (179.94, -0.06)]
    parts = [cut_outside(line, cell, None) for line, cell in zip((here, there), cells, strict=True)]
    assert [len(part.line.coords) for part in parts] == [2, 2]
    assert parts[0].line.coords[0][0] == pytest.approx(-179.99)
    assert parts[0].end_m - parts[0].start_m == pytest.approx(
        parts[1].end_m - parts[1].start_m, abs=0.01
    )
