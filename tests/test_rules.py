"""Rules: every number has a bound, in a file and in Python."""

from __future__ import annotations

import pytest

from corridors.errors import InputError
from corridors.rules import IncidentRules, RoadReportRules, Rules, ZoneRules


@pytest.mark.parametrize(
    ("part", "field"),
    [
        (
            {"incidents": IncidentRules(by_kind={"shellings": {"radius_m": 5000.0}})},
            "rules.incidents.by_kind.shellings",
        ),
        (
            {"incidents": IncidentRules(by_kind={"shelling": {"exposure_reach_ratio": 5.0}})},
            "rules.incidents.by_kind.shelling.exposure_reach_ratio",
        ),
        (
            {"incidents": IncidentRules(by_kind={"shelling": {"radius_m": "5000"}})},
            "rules.incidents.by_kind.shelling.radius_m",
        ),
        ({"incidents": IncidentRules(radius_m=True)}, "rules.incidents.radius_m"),
        ({"incidents": IncidentRules(radius_m=None)}, "rules.incidents.radius_m"),
        ({"road_reports": RoadReportRules(use_unknown="no")}, "rules.road_reports.use_unknown"),
        ({"zones": ZoneRules(close=None)}, "rules.zones.close"),
    ],
)
def test_rules_made_in_python_may_say_no_more_than_those_of_a_mission_file(part, field):
    with pytest.raises(InputError) as error:
        Rules(**part)
    assert [problem.field for problem in error.value.problems] == [field]
