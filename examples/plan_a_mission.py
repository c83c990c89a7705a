"""Plan the embedded mission and write its files: `python plan_a_mission.py OUT`.

A mission folder goes in; a plan comes out, with the two tables that matter most.
"""

import sys

import corridors as co

folder = co.demo_folder()
situation = co.read_situation(folder)
plan = co.plan_corridors(situation, rules=co.read_rules(folder))

print(f"{situation.title}, as of {situation.as_of:%Y-%m-%d %H:%M} UTC")
for corridor in plan.corridors[plan.corridors["rank"] == 1].itertuples():
    figures = f"{corridor.length_m / 1000:.1f} km, {corridor.duration_min:.1f} min"
    print(f"  {corridor.depot_id} to {corridor.destination_id}: {figures}")
for site, row in plan.cut_off.iterrows():
    print(f"  CUT OFF {site}: {row['reason']}")

for path in co.write_plan(plan, sys.argv[1]):
    print(path)
