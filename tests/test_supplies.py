"""What a plan says of supply: stocks against needs, by decimal arithmetic and by hand, on the town."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from town import make_situation, spot

import corridors as co
from corridors.locales import read_locale
from corridors.outputs.maps.panel import build_panel


def assess(amounts, *, pairs="nearest", incidents=(("far", 35.5, 33.4),), **sites):
    """The supply of a town with these sites; `amounts`: needs and stocks as texts."""
    situation = make_situation(sites=sites, incidents=incidents)
    table = situation.sites.copy()
    for site, amount in amounts.items():
        table.loc[site, "stock_t" if table.at[site, "role"] == "depot" else "need_t"] = float(
            amount
        )
    plan = co.plan_corridors(
        replace(situation, sites=table),
        rules=co.Rules.from_tables({"routing": {"pairs": pairs, "alternates": 0}}),
    )
    return plan, co.assess_supply(plan)


def test_a_stock_that_is_just_the_sum_of_the_needs_covers_them():
    places = {
        "depot": ("depot", *spot(1)),
        "clinic": ("destination", *spot(9)),
        "mill": ("destination", *spot(3)),
    }
    plan, told = assess(
        {"depot": "0.3", "clinic": "0.1", "mill": "0.2"}, **places
    )  # in binary 0.1 + 0.2 is more than 0.3
    assert told["supply"].to_dict() == {"depot": "", "clinic": "met", "mill": "met"}
    assert told.at["depot", "drawn_t"] == 0.3
    assert [
        depot["short"] for depot in build_panel(co.build_release(plan), read_locale("en"))["depots"]
    ] == [False]
    plan, told = assess({"depot": "0.299", "clinic": "0.1", "mill": "0.2"}, **places)
    assert told["supply"].to_dict() == {"depot": "", "clinic": "short", "mill": "short"}
    assert [
        depot["short"] for depot in build_panel(co.build_release(plan), read_locale("en"))["depots"]
    ] == [True]


def test_needs_that_are_too_much_already_are_short_whatever_another_needs_that_does_not_say():
    places = {
        "depot": ("depot", *spot(1)),
        "clinic": ("destination", *spot(9)),
        "mill": ("destination", *spot(3)),
    }
    plan, told = assess({"depot": "5", "clinic": "5.1"}, **places)
    assert told["supply"].to_dict() == {"depot": "", "clinic": "short", "mill": "short"}
    assert pd.isna(told.at["depot", "drawn_t"])
    assert [
        depot["short"] for depot in build_panel(co.build_release(plan), read_locale("en"))["depots"]
    ] == [True]
    assert assess({"depot": "5", "clinic": "5"}, **places)[1]["supply"].to_dict() == {
        "depot": "",
        "clinic": "not_stated",
        "mill": "not_stated",
    }


@pytest.mark.parametrize("seed", range(12))
def test_stocks_are_held_against_the_needs_that_draw_on_them_as_decimal_arithmetic_has_it(seed):
    chance = random.Random(seed)
    nodes = chance.sample(range(1, 10), 7)
    places = {
        f"S-{node}": ("depot" if at < 2 else "destination", *spot(node))
        for at, node in enumerate(nodes)
    }
    struck = chance.choice(nodes)
    amounts = {
        site: f"{chance.randint(0, 40) / 10:.1f}" for site in places if chance.random() < 0.85
    }
    plan, told = assess(
        amounts,
        pairs=chance.choice(["nearest", "all"]),
        incidents=(("I-1", *spot(struck)),),
        **places,
    )
    quickest = {}
    for row in plan.corridors[plan.corridors["rank"] == 1].itertuples():
        quickest[row.destination_id] = min(
            quickest.get(row.destination_id, (float("inf"), "")), (row.duration_min, row.depot_id)
        )
    for site, (role, *_) in places.items():
        if role == "depot":
            drawing = [other for other, (_, depot) in quickest.items() if depot == site]
            stated = [Decimal(amounts[other]) for other in drawing if other in amounts]
            if drawing and len(stated) == len(drawing):
                assert told.at[site, "drawn_t"] == pytest.approx(float(sum(stated)))
            else:
                assert pd.isna(told.at[site, "drawn_t"])
            continue
        if site not in quickest:
            assert told.loc[site, ["supply", "drawn_from"]].tolist() == ["cut_off", ""]
            continue
        depot = quickest[site][1]
        needs = [amounts.get(other) for other, (_, of) in quickest.items() if of == depot]
        if depot in amounts and sum(Decimal(need) for need in needs if need is not None) > Decimal(
            amounts[depot]
        ):
            expected = "short"  # whatever those need that do not say
        elif depot not in amounts or None in needs:
            expected = "not_stated"
        else:
            expected = "met"
        assert told.loc[site, ["supply", "drawn_from"]].tolist() == [expected, depot]
