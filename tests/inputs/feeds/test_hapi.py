"""HDX HAPI: counts for areas shade a map and close nothing."""

from __future__ import annotations

import pytest
from feeds_mission import plan, write_csv, write_mission
from pandas.testing import assert_frame_equal

import corridors as co
from corridors.errors import InputError
from corridors.tables import AREA_COUNTS, check_table

COLUMNS = [
    *(
        "event_type",
        "events",
        "fatalities",
        "resource_hdx_id",
        "location_ref",
        "location_code",
        "location_name",
    ),
    *("admin1_ref", "admin1_code", "admin1_name", "admin2_ref", "admin2_code", "admin2_name"),
    *("reference_period_start", "reference_period_end"),
]
TAGS = {name: f"#x_{name}" for name in COLUMNS}


def area(**said):
    return {
        "event_type": "political_violence",
        "events": "12",
        "fatalities": "3",
        "location_code": "LBN",
        "location_name": "Lebanon",
        "admin1_code": "LB6",
        "admin1_name": "South",
        "admin2_code": "LB62",
        "admin2_name": "Tyre",
        "reference_period_start": "2026-10-01T00:00:00",
        "reference_period_end": "2026-10-31T00:00:00",
    } | said


def as_text(folder, *areas):
    return write_csv(folder, COLUMNS, areas).read_text(encoding="utf-8")


def mission(folder, *areas, inputs=""):
    strike = "id,kind,date,lat,lon\nfar,fire,2026-11-22T00:00Z,33.4,35.5\n"
    reports = (
        {"strikes.csv": strike, "hapi.csv": as_text(folder.parent, *areas)}
        if not inputs
        else {"strikes.csv": strike}
    )
    folder.mkdir()
    if inputs:
        (folder / "hapi.csv").write_text(as_text(folder.parent, *areas), encoding="utf-8")
    return write_mission(
        folder, lon=35.0, lat=33.0, as_of="2026-11-23T06:00:00Z", reports=reports, inputs=inputs
    )


def test_counts_are_kept_by_area_month_and_type_and_never_summed(tmp_path):
    folder = mission(
        tmp_path / "m",
        area(),
        area(event_type="civilian_targeting", events="5"),
        area(admin2_code="", admin2_name=""),
    )
    situation = co.read_situation(folder)
    counts = situation.area_counts
    check_table(AREA_COUNTS, counts)
    assert counts[["pcode", "admin_level", "event_type", "events"]].to_numpy().tolist() == [
        ["LB6", 1, "political_violence", 12.0],
        ["LB62", 2, "civilian_targeting", 5.0],
        ["LB62", 2, "political_violence", 12.0],
    ]
    assert situation.incidents.index.tolist() == ["far"]


def test_they_close_nothing_and_the_plan_says_so(tmp_path):
    with_counts = plan(mission(tmp_path / "a", area(events="900")))
    without = plan(mission(tmp_path / "b"))
    for name in ("closures", "segments", "corridors"):
        assert_frame_equal(getattr(with_counts, name), getattr(without, name))
    assert any(
        "close no road" in remark and "never summed" in remark
        for remark in co.render_remarks(with_counts)
    )


def test_the_input_of_area_counts_takes_nothing_else(tmp_path):
    folder = mission(tmp_path / "m", area(), inputs='area_counts = "hapi.csv"')
    assert len(co.read_situation(folder).area_counts) == 1
    (folder / "hapi.csv").write_text(
        "id,kind,date,lat,lon\nx,fire,2026-11-22T00:00Z,33.4,35.5\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match="other-table"):
        co.read_situation(folder)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"event_type": "riots"}, "unknown-code-word"),
        ({"reference_period_end": "2026-09-30"}, "ends-before-start"),
        ({"events": "-1"}, "negative-number"),
        ({"location_code": "", "admin1_code": "", "admin2_code": ""}, "missing-place"),
    ],
)
def test_a_row_that_is_not_certain_is_refused(tmp_path, said, code):
    with pytest.raises(InputError, match=code):
        co.read_reports(write_csv(tmp_path, COLUMNS, [area(**said)]))


def test_a_row_of_hxl_tags_is_no_area(tmp_path):
    (reading,) = co.read_reports(write_csv(tmp_path, COLUMNS, [TAGS, area()]))
    assert dict(reading.source.rows) == {"read": 1, "kept": 1, "duplicate": 0, "quarantined": 0}
