"""plan.gpkg reads back as it was planned."""

from __future__ import annotations

import getpass
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from town_mission import CUT_OFF, MISSION, SITES, STRIKES, write_town
from written_plan import make_plan

import corridors as co
from corridors.outputs import geopackage

LAYERS = [
    *(
        "corridors",
        "steps",
        "chokepoints",
        "segments",
        "closures",
        "closure_areas",
        "structures",
        "road_reports",
        "incidents",
        "reports",
    ),
    *("zones", "sites", "cut_off"),
]


def read(out, layer):
    return gpd.read_file(out / "plan.gpkg", layer=layer)


def test_the_geopackage_has_exactly_the_layers_of_the_contract(out):
    found = {
        name: shape
        for name, shape in pyogrio.list_layers(out / "plan.gpkg")
        if name != geopackage.STYLES
    }  # styles are no layer
    assert sorted(found) == sorted(LAYERS)
    for name, shape in found.items():
        assert (
            pyogrio.read_info(out / "plan.gpkg", layer=name)["crs"] or "EPSG:4326"
        ) == "EPSG:4326"
        assert (shape is None) == (name == "closures")


def test_corridors_and_segments_read_back_as_they_were_planned(out, plan):
    for layer, index, table in (
        ("corridors", "corridor_id", plan.corridors),
        ("segments", "segment_id", plan.segments),
    ):
        back = read(out, layer).set_index(index)
        assert back.index.tolist() == table.index.tolist()
        assert shapely.equals_exact(back.geometry.to_numpy(), table.geometry.to_numpy()).all()
        for column in table.columns.drop("geometry"):
            if column in ("chokepoints", "shared_incidents"):
                assert back[column].fillna("").tolist() == [
                    ";".join(entry) for entry in table[column]
                ]
            elif table[column].dtype.kind == "f":
                np.testing.assert_array_equal(back[column].astype(float), table[column])
            else:
                assert back[column].fillna("").tolist() == table[column].tolist()


def test_steps_and_closures_read_back_as_they_were_planned(out, plan):
    steps, closures = read(out, "steps"), read(out, "closures")
    pd.testing.assert_frame_equal(
        pd.DataFrame(steps.drop(columns="geometry")), plan.steps, check_dtype=False
    )
    assert shapely.equals_exact(
        steps.geometry.to_numpy(), plan.segments.geometry.loc[plan.steps["segment_id"]].to_numpy()
    ).all()
    assert (
        closures[["segment_id", "cause_id", "rule"]].to_numpy().tolist()
        == plan.closures[["segment_id", "cause_id", "rule"]].to_numpy().tolist()
    )
    np.testing.assert_array_equal(closures["distance_m"], plan.closures["distance_m"])


def test_times_read_back_as_the_same_instants_in_utc(out, plan):
    back = read(out, "incidents").set_index("incident_id")
    assert str(back["occurred_at"].dtype).endswith("UTC]")
    assert (
        back.at["hit", "occurred_at"]
        == pd.Timestamp("2026-11-22T06:00Z")
        == plan.situation.incidents.at["hit", "occurred_at"]
    )
    assert pd.isna(back.at["hit", "reported_at"])
    assert (back.at["hit", "incident_status"], back.at["hit", "effective_radius_m"]) == (
        "active",
        1050.0,
    )


def test_sites_say_where_they_meet_the_roads_and_why_they_are_cut_off(out):
    sites = read(out, "sites").set_index("site_id")
    assert sites["cut_off"].to_dict() == {"clinic": False, "depot": False, "mill": True}
    assert "hit" in sites.at["mill", "reason"]
    assert sites["snap_m"].max() < 0.01
    assert read(out, "zones")["kind"].tolist() == ["no_go"]


def test_empty_layers_are_written_too(tmp_path):
    plan = make_plan(zones=(), incidents=(("old", 35.5, 33.4),))
    co.write_plan(plan, tmp_path / "out")
    assert len(read(tmp_path / "out", "zones")) == 0
    assert len(read(tmp_path / "out", "closures")) == 0
    assert pyogrio.read_info(tmp_path / "out" / "plan.gpkg", layer="zones")["crs"] == "EPSG:4326"


def test_the_geopackage_is_a_sound_database_without_a_date_of_its_own(out):
    with closing(sqlite3.connect(out / "plan.gpkg")) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        changed = {row[0] for row in file.execute("SELECT last_change FROM gpkg_contents")}
    assert changed == {"2026-11-23T06:00:00Z"}
    assert sorted(path.name for path in out.iterdir()) == ["map.html", "plan.gpkg", "plan.json"]


def test_the_geopackage_is_the_same_with_and_without_pyarrow(tmp_path, monkeypatch):
    """A report of a day without an hour ends a microsecond before the next: no writer may round
    that up."""
    days = "I-2,shelling,2026-11-20,33.02,35.03,,reported,x\n"
    folder = write_town(
        tmp_path / "town", strikes=STRIKES + days, mission='timezone = "UTC"\n' + MISSION
    )
    plan = co.plan_corridors(co.read_situation(folder))
    written = []
    for name, found in (("with", True), ("without", None)):
        monkeypatch.setattr(geopackage, "find_spec", lambda _, found=found: found)
        co.write_plan(plan, tmp_path / name)
        written.append((tmp_path / name / "plan.gpkg").read_bytes())
    assert written[0] == written[1]
    ends = read(tmp_path / "with", "incidents").set_index("incident_id")["occurred_until"]
    assert ends["I-2"] == pd.Timestamp("2026-11-20T23:59:59.999Z")


def test_no_path_user_or_host_is_in_any_output(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home-of-somebody"))
    folder = write_town(tmp_path / "town-of-somebody", sites=SITES + CUT_OFF)
    situation = co.read_situation(folder)
    co.write_plan(
        co.plan_corridors(situation, rules=co.read_rules(folder)), tmp_path / "out-of-somebody"
    )
    private = [
        b"of-somebody",
        str(tmp_path).encode(),
        str(Path.cwd()).encode(),
        str(Path(co.__file__).parent).encode(),
        sys.prefix.encode(),
    ]
    private += [
        name.encode() for name in (socket.gethostname(), getpass.getuser()) if len(name) > 5
    ]
    for path in (tmp_path / "out-of-somebody").iterdir():
        data = path.read_bytes()
        assert not [word for word in private if word in data], path.name
