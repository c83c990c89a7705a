"""Plans of the town, and what every plan must keep."""

from __future__ import annotations

import json
from itertools import combinations, pairwise

import pandas as pd
import pytest
from town import make_situation, spot

from corridors.access import explain_segments
from corridors.messages import Message
from corridors.outputs.files import describe_plan
from corridors.outputs.serialization import render_json
from corridors.plan import plan_corridors
from corridors.rules import Rules


def rules(**tables):
    return Rules.from_tables(tables)


def plan(situation=None, given_rules=None, **what):
    return plan_corridors(situation or make_situation(**what), rules=given_rules)


def explain(made, segment):
    """Why a segment is not PASSABLE, as a message."""
    return explain_segments(made.access, made.situation, made.incidents, made.rules, [segment])[
        segment
    ]


def explain_cut_off(made, site):
    """Why a destination is cut off, as a message."""
    row = made.cut_off.loc[site]
    values = json.loads(row["reason_values"])
    return Message.from_dict({"code": row["reason_code"], "values": values})


def driven(made, corridor):
    steps = made.steps[made.steps["corridor_id"] == corridor]
    return steps["segment_id"].tolist()


def assert_drivable(made):
    """Every corridor is contiguous, drives no one-way backwards, uses no closed segment, and starts
    and ends at its sites."""
    segments = made.segments
    for corridor, steps in made.steps.groupby("corridor_id"):
        assert steps["sequence"].tolist() == list(range(len(steps)))
        assert (segments.loc[steps["segment_id"], "status"] != "NOT_PASSABLE").all()
        oneway = segments.loc[steps["segment_id"], "oneway"].to_numpy()
        assert all(
            way in ("both", direction)
            for way, direction in zip(oneway, steps["direction"], strict=True)
        )
        ends = []
        for step in steps.itertuples():
            road = segments.loc[step.segment_id]
            forward = step.direction == "forward"
            assert (step.start_m <= step.end_m) is forward or step.start_m == step.end_m
            tail, head = (
                (road["from_node"], road["to_node"])
                if forward
                else (road["to_node"], road["from_node"])
            )
            whole_start = step.start_m == (0 if forward else road["length_m"])
            whole_end = step.end_m == (road["length_m"] if forward else 0)
            ends.append((tail if whole_start else None, head if whole_end else None))
        for (_, head), (tail, _) in pairwise(ends):
            assert head == tail
            assert head is not None
        line = made.corridors.geometry[corridor]
        length = (steps["end_m"] - steps["start_m"]).abs().sum()
        assert made.corridors.at[corridor, "length_m"] == pytest.approx(length, abs=1e-6)
        if line.geom_type == "LineString":
            depot = made.corridors.at[corridor, "depot_id"]
            assert line.coords[0] == pytest.approx(
                tuple(made.prepared.snaps.loc[depot, ["lon", "lat"]]), abs=1e-7
            )


def assert_alternates_differ(plan):
    """Of the length the dearer of two corridors drives, at most `max_shared` is driven by the
    cheaper one too."""
    steps = plan.steps.assign(
        low=plan.steps[["start_m", "end_m"]].min(axis=1),
        high=plan.steps[["start_m", "end_m"]].max(axis=1),
    )
    for _, pair in plan.corridors.groupby(["depot_id", "destination_id"]):
        for better, later in combinations(pair.sort_values("rank").index, 2):
            other, own = steps[steps["corridor_id"] == better], steps[steps["corridor_id"] == later]
            both = own.merge(other, on="segment_id", suffixes=("", "_other"))
            shared = (
                (both[["high", "high_other"]].min(axis=1) - both[["low", "low_other"]].max(axis=1))
                .clip(lower=0)
                .sum()
            )
            assert shared <= plan.rules.routing.max_shared * (own["high"] - own["low"]).sum() + 1e-6


TABLES = (
    *("corridors", "segments", "closures", "steps", "cut_off", "incidents", "reports"),
    *("road_reports", "structures", "sites", "zones"),
)


def assert_same(made, fresh):
    """Table by table and byte by byte."""
    assert made.plan_hash == fresh.plan_hash
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(made, name), getattr(fresh, name), check_exact=True)
    for name in ("nearby_reports", "nearby_incidents"):
        tables = (getattr(one.exposure, name) for one in (made, fresh))
        pd.testing.assert_frame_equal(*tables, check_exact=True)
    assert made.summary == fresh.summary
    assert made.remarks == fresh.remarks
    assert render_json(describe_plan(made)) == render_json(describe_plan(fresh))
    assert [route.arcs.tolist() for route in made.routes] == [
        route.arcs.tolist() for route in fresh.routes
    ]


QUIET = {"depot": ("depot", *spot(1)), "clinic": ("destination", *spot(9))}
