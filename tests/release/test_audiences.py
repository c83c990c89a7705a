"""What each audience is shown: less and less, nothing of a depot but its cell, and no name or id
that is withheld."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from release_town import make_town, say_all

import corridors as co
from corridors.cli import terminal
from corridors.errors import UsageError
from corridors.messages import Message
from corridors.release import TLP
from corridors.release.audiences import REVEALED, SHOWN, as_seen_by
from corridors.release.layers import LAYERS
from corridors.situation import Acknowledgement

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
    with pytest.raises(UsageError) as error:
        co.disclose(co.disclose(town, "parties"), "partners")
    levels = {"audience": "partners", "released_for": "parties"}
    assert error.value.args == (Message("usage.audience_too_narrow", **levels),)
    with pytest.raises(UsageError) as error:
        co.disclose(town, "everyone")
    assert error.value.args[0].code == "usage.unknown_audience"
    assert "everyone" in str(error.value)
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


# Chokepoints and smallest sets


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
    with pytest.raises(UsageError) as error:
        co.disclose(cut_town, "public", reveal=True)
    assert error.value.args == (Message("usage.public_reveal"),)
    with pytest.raises(UsageError) as error:
        co.disclose(co.disclose(cut_town, "partners"), "parties", reveal=True)
    assert error.value.args == (Message("usage.nothing_to_reveal", released_for="partners"),)


def test_chokepoints_within_a_depots_cell_stay_hidden_even_then():
    release = make_town(pairs=[(1, 2), (2, 5), (5, 6), (6, 9)])
    assert set(release.layers["chokepoints"]["segment_id"]) == {"1-2", "2-5", "5-6", "6-9"}
    told = co.disclose(release, "parties", reveal=True)
    cell = told.layers["sites"].query("role == 'depot'").geometry.iloc[0]
    assert len(told.layers["chokepoints"]) == 3
    assert not told.layers["chokepoints"].intersects(cell).any()
