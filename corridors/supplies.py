"""Whether the stocks of depots cover the needs of the destinations that they reach.

Nothing is allocated. Each destination is assigned to the depot of its quickest primary corridor; a
depot's stock is compared with the sum of the needs assigned to it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from corridors.plan import Plan

MET, SHORT, CUT_OFF, NOT_STATED = "met", "short", "cut_off", "not_stated"
SUPPLY_WORDS = (MET, SHORT, CUT_OFF, NOT_STATED)
"""States of a need: covered; not covered; not reached; need or stock not stated."""
DECIMALS = 6
"""Decimals of tonnes: a gram.

Sums are rounded, since 0.1 t and 0.2 t are a little more than 0.3 t in binary.
"""


def assess_supply(plan: Plan) -> pd.DataFrame:
    """The state of supply of each site, on the index of the plan's sites.

    Returns
    -------
    DataFrame
        supply: one of `SUPPLY_WORDS` for destinations, empty for other sites.
        drawn_from: the depot to which a destination is assigned; empty for none.
        drawn_t: for depots, the sum of the needs assigned to it; null where one is not stated.
        reached: for depots, the number of destinations that a primary corridor reaches.
        farthest_min: for depots, the longest of these corridors in minutes; null for none.

    Examples
    --------
    >>> import corridors as co
    >>> plan = co.plan_corridors(co.read_situation(co.demo_folder()))
    >>> co.assess_supply(plan).loc["DST-MARJAYOUN", "supply"]
    'cut_off'
    """
    sites, primary = plan.sites, plan.corridors[plan.corridors["rank"] == 1]
    quickest = primary.sort_values(["duration_min", "depot_id"], kind="stable").drop_duplicates(
        "destination_id"
    )
    drawn_from = pd.Series(
        quickest["depot_id"].to_numpy(), index=quickest["destination_id"].to_numpy()
    ).reindex(sites.index)
    need_t = sites["need_t"].where(drawn_from.notna())
    drawn_t = (
        need_t.groupby(drawn_from)
        .agg(lambda needs: needs.sum(skipna=False))
        .reindex(sites.index)
        .round(DECIMALS)
    )
    stated_t, stock_t = (
        need_t.groupby(drawn_from).sum().reindex(sites.index).round(DECIMALS),
        sites["stock_t"].round(DECIMALS),
    )
    # the stated needs alone may exceed the stock
    covered = (stock_t >= drawn_t).where((stock_t.notna() & drawn_t.notna()) | (stock_t < stated_t))
    state = drawn_from.map(covered)
    supply = np.select(
        [
            sites["role"] != "destination",
            sites.index.isin(plan.cut_off.index),
            state.eq(other=True),
            state.eq(other=False),
        ],
        ["", CUT_OFF, MET, SHORT],
        NOT_STATED,
    )
    by_depot = primary.groupby("depot_id")
    is_depot = sites["role"] == "depot"
    return pd.DataFrame(
        {
            "supply": pd.Series(supply, index=sites.index, dtype="str"),
            "drawn_from": drawn_from.fillna("").astype("str"),
            "drawn_t": drawn_t.astype("float64"),
            "reached": by_depot["destination_id"]
            .nunique()
            .reindex(sites.index)
            .fillna(0)
            .astype("int64")
            .where(is_depot, 0),
            "farthest_min": by_depot["duration_min"].max().reindex(sites.index).astype("float64"),
        }
    )
