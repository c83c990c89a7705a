"""Minutes against exposure: what more driving time would buy, as separate figures and never one
score.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from corridors.network.graph import Network
from corridors.network.links import CLOSED, price_links
from corridors.routing.engines import start_engine
from corridors.routing.routes import find_touched
from corridors.routing.sharing import measure_shared
from corridors.routing.trees import grow_tree
from corridors.tables import Floats, Ints

MOST_TRADEOFFS = 50
"""Searches before the rest is left out: neighbouring ways then differ by less than anyone plans by.
"""
FINEST = 1e7
"""The dearest arc, in the units of one search: fine enough that rounding decides nothing a driver
would notice."""

LEAST_WORTH = 1e-3
"""What a minute more must save, of the exposure of a minute of the quickest way, for the quietest
way to be worth it."""


def find_tradeoffs(
    network: Network, depot_id: str, destination_id: str, *, engine: str = "auto"
) -> pd.DataFrame:
    """The ways between two places that are best at some price of exposure: each is quicker than all
    that are less exposed.

    Found by searching with the price at which two known ways are worth the same, until no way lies
    between (the weighted-sum method of Aneja and Nair, 1979). That gives every way on the convex
    front of minutes against exposure; a way that no fixed price of exposure would choose is not
    among them, nor one that saves less than a thousandth of the exposure of the quickest for as
    much time again.

    Parameters
    ----------
    network
        Its segments carry the exposure; closed arcs stay closed.
    depot_id, destination_id
        Terminals of the network.
    engine
        One of `routing.ENGINES`.

    Returns
    -------
    DataFrame, quickest first: duration_min, exposure_min (exposure times minutes,
    summed along the way: 30 is half an hour where one verified incident happened just now),
    exposure (their quotient, as in `CORRIDORS`), length_m, shared_with_quickest (share of its
    length), arcs (rows of `Network.arcs`, in driving order). Empty where there is no way.

    Examples
    --------
    >>> import corridors as co
    >>> plan = co.plan_corridors(co.read_situation(co.demo_folder()))
    >>> ways = find_tradeoffs(plan.network, "DEP-BEIRUT", "DST-TYRE")
    >>> bool(
    ...     ways["duration_min"].is_monotonic_increasing
    ...     and ways["exposure_min"].is_monotonic_decreasing
    ... )
    True
    """
    roads = network.topology
    minutes = network.minutes
    exposed = np.append(network.segments["exposure"].to_numpy(), 0.0)[roads.segment] * minutes
    searches = start_engine(network, engine)
    start, end = roads.position[depot_id], roads.links.find_end(roads.position[destination_id])

    def search(per_minute: float, per_exposure: float, known: float = np.inf) -> Ints | None:
        """The best way at a price, where some way is `known` to cost so much: no better one drives
        an arc that costs more.
        """
        price = np.minimum(
            per_minute * minutes + per_exposure * exposed, 2.0 * known
        )  # so that dear arcs elsewhere coarsen nothing
        ticks = _scaled(network, price)
        tree = grow_tree(price_links(roads.links, ticks), searches.repriced(ticks), start)
        return roads.links.expand(tree.path(end)) if tree.distance[end] < CLOSED else None

    quickest = search(1.0, 0.0) if find_touched(network)[start] else None
    if quickest is None:
        return pd.DataFrame(
            columns=[
                "duration_min",
                "exposure_min",
                "exposure",
                "length_m",
                "shared_with_quickest",
                "arcs",
            ]
        )
    quick, risky = _figures(minutes, exposed, quickest)
    found = {(quick, risky): quickest}
    if risky:
        per_minute = LEAST_WORTH * min(1.0, risky / quick)
        quietest = search(per_minute, 1.0, per_minute * quick + risky)
        if quietest is not None:
            found[_figures(minutes, exposed, quietest)] = quietest
    waiting = [tuple(sorted(found))] if len(found) == 2 else []
    while waiting and len(found) < MOST_TRADEOFFS:
        (quick, risky), (slow, quiet) = waiting.pop(0)
        if quiet >= risky:
            continue  # but for rounding, these two take the same time
        known = (risky - quiet) * quick + (slow - quick) * risky
        way = search(risky - quiet, slow - quick, known)
        figures = _figures(minutes, exposed, way) if way is not None else (quick, risky)
        price = (risky - quiet) * figures[0] + (slow - quick) * figures[1]
        if way is not None and figures not in found and price < known * (1 - 1e-6):
            found[figures] = way
            waiting += [((quick, risky), figures), (figures, (slow, quiet))]
    best = [
        figures
        for figures in sorted(found)
        if not any(
            other[0] <= figures[0] and other[1] <= figures[1] and other != figures
            for other in found
        )
    ]
    return pd.DataFrame(
        {
            "duration_min": [figures[0] for figures in best],
            "exposure_min": [figures[1] for figures in best],
            "exposure": [figures[1] / figures[0] if figures[0] else 0.0 for figures in best],
            "length_m": [roads.length_m[found[figures]].sum() for figures in best],
            "shared_with_quickest": [
                measure_shared(network, found[figures], found[best[0]]) for figures in best
            ],
            "arcs": [found[figures] for figures in best],
        }
    )


def _scaled(network: Network, price: Floats) -> Ints:
    """Prices as whole numbers, as fine as fits below `CLOSED` in all."""
    usable = network.usable
    total, dearest = price[usable].sum(), price[usable].max(initial=0.0)
    scale = min(FINEST / dearest, (CLOSED // 4 - usable.sum()) / total) if total else 1.0
    least = np.where(network.topology.segment < 0, 0, 1)
    return np.where(usable, np.maximum(np.rint(price * scale), least), CLOSED).astype(np.int64)


def _figures(minutes: Floats, exposed: Floats, way: Ints) -> tuple[float, float]:
    return float(minutes[way].sum()), float(exposed[way].sum())
