"""A feed is recognised by its columns."""

from __future__ import annotations

import pytest
from incident_files import GOOD, HEADER, refused


@pytest.mark.parametrize(
    "column",
    [
        "geo_precision",
        "sub_event_type",
        "where_prec",
        "bright_ti4",
        "acq_date",
        "Main_Damage_Site_Class",
        "Where Prec",
    ],
)
def test_what_is_left_of_a_feed_is_refused_rather_than_taken_for_exact(tmp_path, column):
    assert refused(tmp_path, GOOD + ",1", header=f"{HEADER},{column}") == [
        ("cut-feed", None, column, "")
    ]
    assert (
        refused(tmp_path, GOOD + ",1", header=f"{HEADER},{column}", format="plain")[0][0]
        == "cut-feed"
    )
