"""The contracts of tables: what is built and what is checked keeps them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
import shapely
from town import FAR, make_situation, spot
from town_plans import plan

from corridors.errors import InputError
from corridors.tables import CONTRACTS, check_table, find_positions


def test_positions_are_wide_enough_for_products_of_them_in_small_tables_too():
    index = pd.Index([f"i{number}" for number in range(300)])
    ids = pd.Series(["i299", "i0"])
    for each in (ids, ids.astype(pd.CategoricalDtype(index))):
        positions = find_positions(each, index)
        assert positions.dtype == np.int64
        assert (positions * 300).tolist() == [89_700, 0]


def test_every_table_of_a_plan_keeps_its_contract():
    made = plan(incidents=[("s", *spot(5))])
    for contract in CONTRACTS:
        if hasattr(made, contract.name):
            check_table(contract, getattr(made, contract.name))


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        (
            "incidents",
            "geometry",
            shapely.Point(np.nan, np.nan),
        ),  # what geopandas makes of a row without a place
        ("incidents", "geometry", shapely.Point(33.0, 135.0)),
        ("incidents", "accuracy_m", -900.0),  # closes less than the radius
        (
            "incidents",
            "occurred_until",
            pd.Timestamp("2026-10-01T00:00Z"),
        ),  # before it began, and so expired
        ("zones", "valid_to", pd.Timestamp("2026-11-01T00:00Z")),
        ("sites", "geometry", shapely.Point(35.0, np.inf)),
        ("sites", "need_t", -1.0),
    ],
)
def test_a_table_made_in_python_with_a_place_a_number_or_a_time_that_cannot_be_is_refused(
    table, column, value
):
    situation = make_situation(
        incidents=[("s", *spot(5)), FAR],
        zones=[("z", "no_go", shapely.Point(35.0, 33.1).buffer(0.01))],
    )
    situation.zones["valid_from"] = pd.Series(
        pd.Timestamp("2026-11-10T00:00Z"), index=["z"]
    ).astype("datetime64[us, UTC]")
    broken = getattr(situation, table).copy()
    broken.loc[broken.index[-1], column] = value
    with pytest.raises(InputError) as error:
        dataclasses.replace(situation, **{table: broken})
    assert [(problem.code, problem.field) for problem in error.value.problems] == [
        ("broken-table", column)
    ]


@pytest.mark.parametrize(
    ("ids", "what"),
    [
        (lambda names: pd.RangeIndex(len(names)), "has type int64, not str"),
        (
            lambda names: pd.CategoricalIndex(names, categories=names[::-1], ordered=True),
            "has type category, not str",
        ),
        (lambda names: pd.Index([None, *names[1:]], dtype="str"), "lacks a value"),
    ],
    ids=["numbers", "categories", "missing"],
)
def test_ids_that_are_not_text_are_refused_because_they_sort_differently(ids, what):
    situation = make_situation()
    with pytest.raises(InputError, match=f"roads: the index segment_id {what}"):
        dataclasses.replace(situation, roads=situation.roads.set_axis(ids(situation.roads.index)))


@pytest.mark.parametrize(
    ("table", "column", "value", "least"),
    [
        ("incidents", "accuracy_m", -900.0, "0"),
        ("roads", "length_m", -100.0, "0"),
        ("roads", "speed_kph", -50.0, "0.001"),
        ("roads", "speed_kph", 0.0, "0.001"),
        ("roads", "length_m", np.inf, "0"),
    ],
)
def test_numbers_that_would_shrink_a_reach_or_turn_back_time_are_refused(
    table, column, value, least
):
    situation = make_situation()
    wrong = getattr(situation, table).assign(**{column: value})
    with pytest.raises(InputError, match=f"{table}: {column} is less than {least}"):
        dataclasses.replace(situation, **{table: wrong})
