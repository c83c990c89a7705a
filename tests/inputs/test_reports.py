"""Files of reports: the feed that reads them, and the table that they become part of."""

from __future__ import annotations

import pytest
from feeds_mission import obstacle, write_csv, write_mission
from incident_files import GOOD, read

import corridors as co
from corridors.errors import InputError
from corridors.inputs.feeds.sdit import OBSTACLE_COLUMNS


def test_road_reports_among_the_incidents_of_a_mission_go_where_they_belong(tmp_path):
    strike = "id,kind,date,lat,lon\nfar,fire,2026-11-22T00:00Z,33.4,35.5\n"
    wfp = write_csv(tmp_path, OBSTACLE_COLUMNS, [obstacle()]).read_text(encoding="utf-8")
    folder = write_mission(
        tmp_path / "m",
        lon=35.0,
        lat=33.0,
        as_of="2026-11-23T06:00:00Z",
        reports={"strikes.csv": strike, "obstacles.csv": wfp},
    )
    situation = co.read_situation(folder)
    assert situation.incidents.index.tolist() == ["far"]
    assert situation.road_reports.index.tolist() == ["sdit-obstacles-7"]


def test_an_unknown_format_names_the_known_ones(tmp_path):
    with pytest.raises(InputError) as error:
        read(tmp_path, GOOD, format="excel")
    (problem,) = error.value.problems
    assert (problem.code, problem.value) == ("unknown-format", "excel")
    assert problem.hint.values["words"][:2] == ("plain", "acled")
