"""Plan the embedded mission and write its files: `python plan_a_mission.py OUT`.

A mission folder goes in; a plan comes out, with the two tables that matter most.
"""

import sys

import corridors as co

plan = co.plan_corridors(co.demo_folder())  # or the path of your own mission folder

print(f"{plan.situation.title}, as of {plan.situation.as_of:%Y-%m-%d %H:%M} UTC")
for corridor in plan.corridors[plan.corridors["rank"] == 1].itertuples():
    figures = f"{corridor.length_m / 1000:.1f} km, {corridor.duration_min:.1f} min"
    print(f"  {corridor.depot_id} to {corridor.destination_id}: {figures}")
for site, row in plan.cut_off.iterrows():
    print(f"  CUT OFF {site}: lift {' and '.join(row['smallest_set'])} to restore access")

for path in co.write_plan(plan, sys.argv[1]):
    print(path)
