"""What each audience is shown: less and less, nothing of a depot but its cell, and no name or id
that is withheld."""

from __future__ import annotations

import dataclasses
import json
import random
import re
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from town import AS_OF, GRID, make_situation, spot

import corridors as co
from corridors.cli import terminal
from corridors.errors import InputError, UsageError
from corridors.locales import read_locale
from corridors.outputs.disclosures import log_reveal
from corridors.outputs.documents.annex import build_annex
from corridors.outputs.documents.blocks import Paragraph
from corridors.outputs.maps import render_map
from corridors.outputs.summary import render_summary
from corridors.release import TLP, Release, name_file
from corridors.release.audiences import REVEALED, SHOWN, as_seen_by
from corridors.release.grid import cut_outside, find_cells
from corridors.release.labels import Labels
from corridors.release.layers import LAYERS
from corridors.rules import Rules
from corridors.situation import Acknowledgement, Producer, Source
from corridors.tables import SITES, build_table

GEOD = Geod(ellps="WGS84")
DEPOT = "Zuhal granary"
CELL_M = 1000.0
SMALL = Rules.from_tables(
    {"disclosure": {"grid_m": CELL_M, "length_step_m": 1000.0, "duration_step_min": 1.0}}
)
"""A grid that fits the town, whose streets are two kilometres long."""


IDS = ("DEP-SECRET", "CLINIC-9", "POST-1")


def make_town(
    depot=(35.0031, 33.0),
    clinic=(35.04, 33.04),
    *,
    name=DEPOT,
    called="Clinic",
    ids=IDS,
    rules=SMALL,
    **changes,
):
    sites = build_table(
        SITES,
        {
            "site_id": list(ids),
            "role": ["depot", "destination", "observer_base"],
            "name": [name, called, "Hill post"],
            "name_ar": ["مخزن زحل", "عيادة", ""],
            "people": [np.nan, 4200.0, np.nan],
            "need_t": [np.nan, 12.0, np.nan],
            "stock_t": [80.0, np.nan, np.nan],
            "geometry": [shapely.Point(depot), shapely.Point(clinic), shapely.Point(spot(5))],
        },
    )
    said = {
        "incidents": (
            ("INC-77", *spot(4), {"source": "a caller named Salim", "structure": "mill"}),
            ("far", 35.5, 33.4),
        ),
        "zones": (
            ("Z-1", "safe_zone", shapely.box(35.03, 33.03, 35.05, 33.05)),
            ("Z-2", "front_line", shapely.box(35.2, 33.1, 35.3, 33.2)),
        ),
        "name": {"1-2": f"{name} road", "2-3": "Mill road"},
    } | changes
    situation = make_situation(**said)
    sources = (
        Source(
            "roads",
            "roads.pbf",
            "pbf",
            "ab" * 32,
            {"read": 12, "kept": 12},
            attribution="© OpenStreetMap contributors, ODbL 1.0",
        ),
        Source(
            "incidents",
            "calls of Salim.csv",
            "csv",
            "cd" * 32,
            {"read": 2, "kept": 2},
            AS_OF,
            notes=("row 3 repaired",),
        ),
        Source(
            "sites",
            "depots.csv",
            "csv",
            "ef" * 32,
            {"read": 3, "kept": 3},
            attribution=f"Register of {name}",
        ),
    )
    situation = dataclasses.replace(
        situation,
        sites=sites,
        sources=sources,
        title=f"Supply from {name}",
        acknowledgements=(
            Acknowledgement("no-incident-in-area", "calm, says Salim", "Duty officer Rima"),
        ),
        producer=Producer("Logistics cell", f"ring {name}", {"parties": "Limited"}),
    )
    return co.build_release(co.plan_corridors(situation, rules=rules))


@pytest.fixture(scope="module")
def town():
    return make_town()


def say_all(release):
    """Everything a release says, as one text: facts, columns, values, shapes."""
    parts = [
        str(
            [
                getattr(release, field.name)
                for field in dataclasses.fields(release)
                if field.name != "layers"
            ]
        )
    ]
    for name, layer in release.layers.items():
        plain = pd.DataFrame(layer.drop(columns="geometry", errors="ignore"))
        if "geometry" in layer:
            plain["geometry"] = shapely.to_wkt(layer.geometry.to_numpy(), rounding_precision=-1)
        parts.append(f"{name}\n{plain.to_csv()}")
    return "\n".join(parts)


# Lists of what is shown


def test_levels_are_called_alike_on_the_command_line_and_in_the_library():
    assert terminal.AUDIENCES == co.AUDIENCES == tuple(TLP)


def test_every_column_shown_is_one_of_its_contract_and_of_every_level_before():
    for before, after in zip(("partners", "parties"), ("parties", "public"), strict=True):
        for layer, columns in SHOWN[after].items():
            assert set(columns) <= set(SHOWN[before][layer])
    for levels in (SHOWN, REVEALED):
        for layers in levels.values():
            for layer, columns in layers.items():
                assert set(columns) <= {column.name for column in LAYERS[layer].columns}


def test_a_level_holds_exactly_the_layers_and_columns_of_its_list(town):
    for audience, layers in SHOWN.items():
        told = co.disclose(town, audience)
        assert set(told.layers) == set(layers)
        for name, layer in told.layers.items():
            assert set(layer.columns) - {"geometry"} == set(layers[name]), (audience, name)


def test_a_column_that_nobody_listed_passes_to_nobody(town):
    sites = town.layers["sites"].assign(driver="Hamza", plate="B 1234")
    told = co.disclose(
        dataclasses.replace(town, layers={**town.layers, "sites": sites, "drivers": sites}),
        "partners",
    )
    assert "Hamza" not in say_all(told)
    assert "plate" not in say_all(told)


@pytest.mark.parametrize("audience", ["parties", "public"])
def test_nothing_that_is_withheld_is_in_what_parties_and_the_public_see(town, audience):
    said = say_all(co.disclose(town, audience)).casefold()
    secrets = (
        *(
            "zuhal",
            "زحل",
            "dep-secret",
            "clinic-9",
            "post-1",
            "hill post",
            "inc-77",
            "salim",
            "duty officer",
            "mill;",
            "repaired",
        ),
        *(
            "roads.pbf",
            "depots.csv",
            "abab",
            "efef",
            "4200",
            "35.0031",
            "granary",
            "80.0",
            town.plan_hash[:10],
        ),
    )
    assert [secret for secret in secrets if secret in said] == []
    assert "mill road" in said  # other names stay


def test_partners_see_places_and_figures_but_no_reports_stocks_or_free_text(town):
    told = co.disclose(town, "partners")
    said = say_all(told)
    assert (
        told.layers["sites"].loc["DEP-SECRET"].geometry
        == town.layers["sites"].loc["DEP-SECRET"].geometry
    )
    assert (
        told.layers["corridors"]["length_m"].tolist()
        == town.layers["corridors"]["length_m"].tolist()
    )
    for secret in ("INC-77", "Salim", "Rima", "repaired", "4200", "80.0"):
        assert secret not in said
    assert told.acknowledgements == (Acknowledgement("no-incident-in-area", "", ""),)
    assert told.plan_hash == town.plan_hash


def test_who_must_be_credited_is_named_at_every_level(town):
    for audience in co.AUDIENCES:
        assert "© OpenStreetMap contributors, ODbL 1.0" in co.disclose(town, audience).credits


def test_releasing_level_by_level_gives_the_same_as_at_once(town):
    at_once, step = co.disclose(town, "public"), town
    for audience in co.AUDIENCES:
        step = co.disclose(step, audience)
    assert say_all(step) == say_all(at_once)


def test_nobody_sees_more_than_the_release_holds(town):
    with pytest.raises(UsageError, match="released for parties cannot be told to partners"):
        co.disclose(co.disclose(town, "parties"), "partners")
    with pytest.raises(UsageError, match="no audience 'everyone'"):
        co.disclose(town, "everyone")
    assert as_seen_by(town).audience == "internal"


def test_each_level_is_contained_in_the_one_before(town):
    told = {audience: co.disclose(town, audience) for audience in co.AUDIENCES}
    partners, parties, public = (
        told[name].layers["corridors"] for name in ("partners", "parties", "public")
    )
    wide = partners.query("rank == 1").geometry.union_all().buffer(1e-6)
    assert parties.geometry.within(wide).all()
    assert public.geometry.within(parties.geometry.union_all().buffer(1e-6)).all()
    sites, cells = told["partners"].layers["sites"], told["parties"].layers["sites"]
    assert (
        cells.query("role == 'depot'").geometry.iloc[0].contains(sites.loc["DEP-SECRET"].geometry)
    )
    assert (
        told["public"]
        .layers["sites"]
        .geometry.iloc[0]
        .contains(cells.query("role == 'destination'").geometry.iloc[0])
    )
    assert len(told["public"].layers["segments"]) == len(told["internal"].layers["segments"])


# The cell of a depot


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


def tell_ends(release):
    """Where each corridor leads, by the names and places of the sites that its ids stand for."""
    sites, corridors = release.layers["sites"], release.layers["corridors"]
    ends = [sites.loc[[row.depot_id, row.destination_id]] for row in corridors.itertuples()]
    return [[(told["name"], told["geometry"].wkt) for _, told in both.iterrows()] for both in ends]


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
@settings(max_examples=120)
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
@settings(max_examples=120)
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


# Chokepoints and smallest sets


@pytest.fixture(scope="module")
def cut_town():
    """The mill is cut off by two strikes; one street is the only way to the clinic."""
    strikes = (("INC-77", 35.0, 33.021), ("INC-78", 35.02, 33.021, {"source": "x"}))
    return make_town(
        pairs=[*GRID[:3], (1, 4), (2, 5), (5, 6), (6, 9)], incidents=strikes, clinic=spot(9)
    )


def test_partners_and_parties_see_chokepoints_and_smallest_sets_only_when_they_are_revealed(
    cut_town,
):
    for audience in ("partners", "parties", "public"):
        plain = co.disclose(cut_town, audience)
        assert "chokepoints" not in plain.layers
        assert "smallest_set" not in plain.layers.get("cut_off", pd.DataFrame())
        assert "INC-7" not in say_all(plain)
    partners = co.disclose(cut_town, "partners", reveal=True)
    assert (
        partners.layers["cut_off"]["smallest_set"].tolist()
        == cut_town.layers["cut_off"]["smallest_set"].tolist()
        != []
    )
    parties = co.disclose(cut_town, "parties", reveal=True)
    assert parties.layers["cut_off"]["smallest_set"].tolist() == [("incident",)] * len(
        parties.layers["cut_off"]
    )
    assert "INC-7" not in say_all(parties)
    with pytest.raises(UsageError, match="never told to the public"):
        co.disclose(cut_town, "public", reveal=True)
    with pytest.raises(UsageError, match="nothing to reveal"):
        co.disclose(co.disclose(cut_town, "partners"), "parties", reveal=True)


@pytest.mark.parametrize("audience", co.AUDIENCES)
def test_the_text_for_a_terminal_lists_for_each_level_what_it_sees(cut_town, audience):
    text = " ".join(
        re.sub(
            r"\x1b\[[\d;]*m",
            "",
            render_summary(co.disclose(cut_town, audience, reveal=audience != "public")),
        ).split()
    )
    told = (
        "INC-77 of 2026-11-22" in text,
        "Fewest closures" in text,
        "Every way there is closed by" in text,
        "CUT OFF: Clinic" in text,
    )
    least = {
        "internal": (True,) * 4,
        "partners": (False, True, True, True),
        "parties": (False, True, True, True),
        "public": (False,) * 3 + (True,),
    }
    assert told == least[audience]
    assert ("Incidents read: 2" in text) == (audience in ("internal", "partners"))


def test_chokepoints_within_a_depots_cell_stay_hidden_even_then():
    release = make_town(pairs=[(1, 2), (2, 5), (5, 6), (6, 9)])
    assert set(release.layers["chokepoints"]["segment_id"]) == {"1-2", "2-5", "5-6", "6-9"}
    told = co.disclose(release, "parties", reveal=True)
    cell = told.layers["sites"].query("role == 'depot'").geometry.iloc[0]
    assert len(told.layers["chokepoints"]) == 3
    assert not told.layers["chokepoints"].intersects(cell).any()


def test_what_is_revealed_is_kept_with_its_reason_in_a_record_that_only_grows(cut_town, tmp_path):
    told = co.disclose(cut_town, "parties", reveal=True)
    for minute in (1, 2):
        at = datetime(2026, 11, 24, 9, minute, tzinfo=UTC)
        log = log_reveal(
            told,
            tmp_path / "plan",
            reason="their lifting is negotiated",
            at=at,
            plan_hash=cut_town.plan_hash,
        )
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert log.name == "plan.disclosures.jsonl"
    assert [line["at"] for line in lines] == ["2026-11-24T09:01:00Z", "2026-11-24T09:02:00Z"]
    assert lines[0]["reason"] == "their lifting is negotiated"
    assert (lines[0]["audience"], lines[0]["plan_hash"], lines[0]["release_hash"]) == (
        "parties",
        cut_town.plan_hash,
        told.plan_hash,
    )
    assert "negotiated" not in say_all(told)


# Marking and names


def test_the_name_of_a_file_says_what_it_is_for_whom_of_when_and_of_which_plan(town):
    told = co.disclose(town, "parties")
    assert (
        name_file(told, "Map: Tyre/..", "html")
        == f"map-tyre-_parties_20261123T0600Z_{told.plan_hash[:10]}.html"
    )
    assert told.level == "Limited"
    assert town.valid_until == datetime(2026, 11, 24, 6, tzinfo=UTC)


def test_parties_see_a_title_only_where_one_is_given_for_them(town):
    assert co.disclose(town, "parties").title == ""
    assert co.disclose(town, "parties", title="Northern road").title == "Northern road"


def test_the_hash_for_parties_is_of_what_they_see(town):
    told, other = (
        co.disclose(town, "parties"),
        co.disclose(make_town(incidents=(("INC-1", *spot(6)), ("far", 35.5, 33.4))), "parties"),
    )
    assert told.plan_hash != town.plan_hash
    assert told.plan_hash != other.plan_hash
    assert told.plan_hash == co.disclose(make_town(), "parties").plan_hash


# Written and read back


@pytest.mark.parametrize("audience", co.AUDIENCES)
def test_a_plan_read_back_is_what_was_written(town, tmp_path, audience):
    told = co.disclose(town, audience)
    co.write_plan(told, tmp_path / "plan")
    back = co.read_plan(tmp_path / "plan")
    for name, layer in told.layers.items():
        again = back.layers[name]
        assert again.index.tolist() == layer.index.tolist()
        pd.testing.assert_frame_equal(
            pd.DataFrame(again), pd.DataFrame(layer), check_exact=True, check_index_type=False
        )
    assert set(back.layers) == set(told.layers)
    for field in dataclasses.fields(Release):
        if field.name not in ("layers", "sources", "rules"):
            assert getattr(back, field.name) == getattr(told, field.name), field.name
    assert co.render_json(co.describe_plan(back)) == co.render_json(co.describe_plan(told))
    co.write_plan(back, tmp_path / "again")
    for first, second in zip(
        sorted((tmp_path / "plan").iterdir()), sorted((tmp_path / "again").iterdir()), strict=True
    ):
        assert (first.name, first.read_bytes()) == (second.name, second.read_bytes())


def test_lists_are_read_back_whatever_they_hold(tmp_path):
    strikes = (("a;b\\", *spot(4), {"source": "x"}), ("c;", *spot(4), {"source": "y"}))
    release = make_town(incidents=strikes)
    co.write_plan(release, tmp_path / "plan")
    reports = co.read_plan(tmp_path / "plan").layers["incidents"]["reports"].tolist()
    assert reports == release.layers["incidents"]["reports"].tolist() == [("a;b\\", "c;")]


def test_a_folder_without_a_plan_a_mission_and_a_mixed_folder_are_refused(town, tmp_path):
    (tmp_path / "mission").mkdir()
    (tmp_path / "mission" / "mission.toml").touch()
    for folder, said in (
        (tmp_path / "absent", "holds no plan"),
        (tmp_path / "mission", "is a mission, not a plan"),
    ):
        with pytest.raises(InputError, match=said):
            co.read_plan(folder)
    co.write_plan(town, tmp_path / "one")
    co.write_plan(make_town(incidents=(("far", 35.5, 33.4),)), tmp_path / "two")
    (tmp_path / "one" / "plan.gpkg").write_bytes((tmp_path / "two" / "plan.gpkg").read_bytes())
    with pytest.raises(InputError, match="of another plan than the rest"):
        co.read_plan(tmp_path / "one")
    (tmp_path / "two" / "plan.gpkg").write_bytes(b"no database")
    with pytest.raises(InputError, match="cannot be read"):
        co.read_plan(tmp_path / "two")
    document = json.loads((tmp_path / "one" / "plan.json").read_text("utf-8")) | {
        "schema_version": 2
    }
    (tmp_path / "one" / "plan.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match="schema_version is 2"):
        co.read_plan(tmp_path / "one")


def test_a_report_of_two_places_is_an_area_about_each():
    places = [spot(2), (35.3, 33.3)]
    release = co.build_release(
        co.plan_corridors(
            make_situation(incidents=[("both", 0, 0, {"geometry": shapely.MultiPoint(places)})])
        )
    )
    areas = release.layers["closure_areas"]
    assert areas["incidents"].tolist() == [1, 1]
    assert [areas.covers(shapely.Point(place)).sum() for place in places] == [1, 1]
