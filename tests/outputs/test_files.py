"""The files of a plan: what they hold, that they say nothing of the machine, and that no accident
leaves half of them."""

from __future__ import annotations

import hashlib
import json
import math

import pytest
from town import spot
from town_mission import MISSION, write_town
from written_plan import make_plan

import corridors as co
from corridors.outputs.files import describe_plan
from corridors.outputs.serialization import render_json

# plan.json


def test_plan_json_holds_what_the_contract_says(document, plan):
    assert list(document) == [
        "schema_version",
        "title",
        "audience",
        "tlp",
        "as_of",
        "valid_until",
        "plan_hash",
        "producer",
        "acknowledgements",
        "inputs",
        "rules",
        "counts",
        "withheld",
        "revealed",
        "invented",
        "corridors",
        "cut_off",
        "snaps",
        "remarks",
        "software",
    ]
    assert (document["schema_version"], document["title"], document["as_of"]) == (
        2,
        "Town",
        "2026-11-23T06:00:00Z",
    )
    assert len(document["plan_hash"]) == 64
    assert int(document["plan_hash"], 16) >= 0
    assert co.Rules.from_tables(document["rules"]) == co.Rules()
    assert document["rules"]["incidents"]["radius_m"] == 1000
    assert {"corridors", "geopandas", "networkx", "python", "shapely"} <= document[
        "software"
    ].keys()
    assert document == json.loads(render_json(describe_plan(plan)))


def test_every_column_of_the_contract_is_in_plan_json(document):
    columns = {column.name for column in co.tables.CORRIDORS.columns}
    assert document["corridors"][0].keys() == {"corridor_id", *columns}
    assert document["cut_off"][0].keys() == {
        "site_id",
        "blocked_by",
        "reason",
        *(column.name for column in co.tables.CUT_OFF.columns),
    }


def test_figures_in_plan_json_are_those_of_the_plan_to_a_tenth_of_a_metre(document, plan):
    assert [row["corridor_id"] for row in document["corridors"]] == plan.corridors.index.tolist()
    for row, (_, corridor) in zip(document["corridors"], plan.corridors.iterrows(), strict=True):
        assert row["length_m"] == pytest.approx(corridor["length_m"], abs=0.05)
        assert row["duration_min"] == pytest.approx(corridor["duration_min"], abs=0.005)
        assert row["nearest_incident_m"] == pytest.approx(corridor["nearest_incident_m"], abs=0.05)
        assert tuple(row["chokepoints"]) == corridor["chokepoints"]
    assert [row["site_id"] for row in document["cut_off"]] == ["mill"]
    assert document["cut_off"][0]["blocking"] == ["incident:hit"]


def test_counts_in_plan_json_add_up(document, plan):
    counts = document["counts"]
    parts = (
        "active",
        "expired",
        "future",
        "too_imprecise",
        "retracted",
        "unverified",
        "duplicate",
        "quarantined",
    )
    assert counts["incidents_read"] == sum(counts[f"incidents_{part}"] for part in parts) == 1
    assert counts["segments"] == len(plan.segments)
    assert counts["closed"] == plan.closures["segment_id"].nunique()


def test_what_is_not_known_is_null_and_never_nan():
    quiet = make_plan(incidents=(("late", 35.5, 33.4, {"occurred_at": "2026-11-10T00:00Z"}),))
    far = {"depot": ("depot", *spot(1)), "clinic": ("destination", *spot(9))}
    # an island without a depot: nothing is reachable from there on but by road 1-2
    island = make_plan(
        sites=far | {"mill": ("destination", *spot(3))}, pairs=[(1, 2), (8, 9), (3, 6)]
    )
    for plan in (quiet, island):
        text = render_json(describe_plan(plan))
        assert not {"NaN", "Infinity"} & set(text.replace(",", " ").split())
        json.loads(text)
    assert json.loads(text)["cut_off"][0]["smallest_set"] == []
    with pytest.raises(ValueError, match="JSON"):
        render_json({"x": math.nan})


def test_inputs_are_named_and_hashed_with_the_time_of_their_newest_record(tmp_path):
    folder = write_town(
        tmp_path / "town", mission=MISSION + "[rules.incidents.by_kind.shelling]\nradius_m = 1500\n"
    )
    plan = co.plan_corridors(co.read_situation(folder), rules=co.read_rules(folder))
    told = {
        entry["name"]: entry for entry in json.loads(render_json(describe_plan(plan)))["inputs"]
    }
    assert set(told) == {"roads.geojson", "zones.geojson", "strikes.csv", "sites.csv"}
    for name, entry in told.items():
        assert entry["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert entry["rows"]["read"] == sum(
            count for what, count in entry["rows"].items() if what != "read"
        )
    assert told["strikes.csv"]["newest"] == "2026-11-22T03:00:00Z"
    rules = describe_plan(plan)["rules"]
    assert rules["incidents"]["by_kind"] == {"shelling": {"radius_m": 1500.0}}
    assert rules["vehicle"]["height_m"] == 4.0
