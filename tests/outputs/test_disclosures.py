"""The record of what was revealed to wider audiences."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from release_town import make_cut_town, say_all

import corridors as co
from corridors.outputs.disclosures import log_reveal


def test_what_is_revealed_is_kept_with_its_reason_in_a_record_that_only_grows(tmp_path):
    cut_town = make_cut_town()
    told = co.disclose(cut_town, "parties", reveal=True)
    for minute in (1, 2):
        at = datetime(2026, 11, 24, 9, minute, tzinfo=UTC)
        log = log_reveal(
            told,
            tmp_path / "plan",
            reason="their lifting is negotiated",
            at=at,
            plan_hash=cut_town.plan_hash,
        )
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert log.name == "plan.disclosures.jsonl"
    assert [line["at"] for line in lines] == ["2026-11-24T09:01:00Z", "2026-11-24T09:02:00Z"]
    assert lines[0]["reason"] == "their lifting is negotiated"
    assert (lines[0]["audience"], lines[0]["plan_hash"], lines[0]["release_hash"]) == (
        "parties",
        cut_town.plan_hash,
        told.plan_hash,
    )
    assert "negotiated" not in say_all(told)
