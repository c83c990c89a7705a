"""Minutes against exposure: what more driving time would buy, as separate figures.

The two figures are never combined into one score.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from corridors.network.graph import Network
from corridors.network.links import CLOSED, price_links
from corridors.routing.engines import start_engine
from corridors.routing.routes import find_touched
from corridors.routing.sharing import measure_shared
from corridors.routing.trees import grow_tree
from corridors.tables import Floats, Ints

MAX_TRADEOFFS = 50
"""The most routes; beyond, neighbouring routes differ by less than a planner can use."""
MAX_PRICE = 1e7
"""The cost of the most expensive arc, in the units of one search: rounding is then below what a
driver can notice."""
MIN_WORTH = 1e-3
"""The exposure that one more minute must save, as a share of that of a minute of the quickest
route."""

Figures = tuple[float, float]
"""The minutes and the exposure of a route."""


def find_tradeoffs(
    network: Network, depot_id: str, destination_id: str, *, engine: str = "auto"
) -> pd.DataFrame:
    """The routes between two places that are best at some price of exposure.

    Each is quicker than all that are less exposed. A search with the price at which two known
    routes are equal finds one between them, until there is none (the weighted-sum method of Aneja
    and Nair, 1979). So the result is the convex front of minutes against exposure. A route that is
    best at no fixed price is not on it. A route is left out if it saves less than a thousandth of
    the exposure of the quickest for as much time again.

    Parameters
    ----------
    network
        Its segments have the exposure; closed arcs stay closed.
    depot_id, destination_id
        Terminals of the network.
    engine
        One of `routing.ENGINES`.

    Returns
    -------
    DataFrame, quickest first, with columns duration_min, exposure_min (exposure times minutes,
    summed along the route: 30 is half an hour where one verified incident has just happened),
    exposure (their quotient, as in `CORRIDORS`), length_m, shared_with_quickest (share of its
    length) and arcs (rows of `Network.arcs`, in driving order). Empty where there is no route.

    Examples
    --------
    >>> import corridors as co
    >>> plan = co.plan_corridors(co.read_situation(co.demo_folder()))
    >>> routes = find_tradeoffs(plan.network, "DEP-BEIRUT", "DST-TYRE")
    >>> bool(routes["duration_min"].is_monotonic_increasing)
    True
    >>> bool(routes["exposure_min"].is_monotonic_decreasing)
    True
    """
    roads, minutes = network.topology, network.minutes
    exposed = np.append(network.segments["exposure"].to_numpy(), 0.0)[roads.segment] * minutes
    searcher = start_engine(network, engine)
    start, end = roads.position[depot_id], roads.links.find_end(roads.position[destination_id])

    def search(per_minute: float, per_exposure: float, cost: float = np.inf) -> Ints | None:
        """The best route at a price, where a route of this cost exists.

        No better one has an arc that costs more, so the cost of arcs is limited: expensive arcs
        elsewhere then do not coarsen the units.
        """
        price = np.minimum(per_minute * minutes + per_exposure * exposed, 2.0 * cost)
        ticks = _to_ticks(network, price)
        tree = grow_tree(price_links(roads.links, ticks), searcher.repriced(ticks), start)
        return roads.links.expand(tree.path(end)) if tree.distance[end] < CLOSED else None

    def measure(arcs: Ints) -> Figures:
        return float(minutes[arcs].sum()), float(exposed[arcs].sum())

    found: dict[Figures, Ints] = {}
    quickest = search(1.0, 0.0) if find_touched(network)[start] else None
    if quickest is not None:
        quick, risky = measure(quickest)
        found[quick, risky] = quickest
        if risky:
            worth = MIN_WORTH * min(1.0, risky / quick)
            quietest = search(worth, 1.0, worth * quick + risky)
            if quietest is not None:
                found[measure(quietest)] = quietest
    _fill_front(found, search, measure)
    front = [figures for figures in sorted(found) if not _is_dominated(figures, found)]
    columns = {
        "duration_min": [minutes for minutes, _ in front],
        "exposure_min": [exposure for _, exposure in front],
        "exposure": [exposure / minutes if minutes else 0.0 for minutes, exposure in front],
        "length_m": [roads.length_m[found[figures]].sum() for figures in front],
        "shared_with_quickest": [
            measure_shared(network, found[figures], found[front[0]]) for figures in front
        ],
        "arcs": [found[figures] for figures in front],
    }
    return pd.DataFrame(columns)


def _fill_front(
    found: dict[Figures, Ints],
    search: Callable[[float, float, float], Ints | None],
    measure: Callable[[Ints], Figures],
) -> None:
    """Add the routes between the two in `found`, if there are two."""
    waiting = [tuple(sorted(found))] if len(found) == 2 else []
    while waiting and len(found) < MAX_TRADEOFFS:
        (quick, risky), (slow, quiet) = waiting.pop(0)
        if quiet >= risky:
            continue  # the two take the same time, but for rounding
        cost = (risky - quiet) * quick + (slow - quick) * risky
        arcs = search(risky - quiet, slow - quick, cost)
        if arcs is None:
            continue
        figures = measure(arcs)
        price = (risky - quiet) * figures[0] + (slow - quick) * figures[1]
        if figures not in found and price < cost * (1 - 1e-6):
            found[figures] = arcs
            waiting += [((quick, risky), figures), (figures, (slow, quiet))]


def _is_dominated(figures: Figures, found: dict[Figures, Ints]) -> bool:
    """Whether another route is at least as good in both figures."""
    return any(
        other[0] <= figures[0] and other[1] <= figures[1] and other != figures for other in found
    )


def _to_ticks(network: Network, price: Floats) -> Ints:
    """Prices as whole numbers, as fine as `CLOSED` allows for their sum."""
    usable = network.usable
    total, highest = price[usable].sum(), price[usable].max(initial=0.0)
    scale = min(MAX_PRICE / highest, (CLOSED // 4 - usable.sum()) / total) if total else 1.0
    least = np.where(network.topology.segment < 0, 0, 1)
    return np.where(usable, np.maximum(np.rint(price * scale), least), CLOSED).astype(np.int64)
