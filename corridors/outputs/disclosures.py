"""The record of what was revealed to audiences wider than internal: one JSON line for each act."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from corridors.errors import OutputError
from corridors.messages import Message
from corridors.outputs.serialization import to_jsonable
from corridors.release import Release


def log_reveal(
    release: Release, plan_folder: str | Path, *, reason: str, at: datetime, plan_hash: str = ""
) -> Path:
    """Append a line to `PLAN.disclosures.jsonl` next to the plan's folder; return its path.

    The line holds when something was revealed, to whom, of which plan and why.

    Parameters
    ----------
    release
        The release that will be written, with `revealed`. Call this before writing it, so that
        nothing is revealed without a record.
    plan_folder
        The folder of the plan.
    reason
        Why. It stands only here, in none of the files for others.
    at
        When: the one place where the clock counts. A record of an act is no part of a plan.
    plan_hash
        The hash of the plan itself, where the release has one of its own.

    Raises
    ------
    OutputError
        The line cannot be written. Fix: reveal nothing, or name a folder that can be written to.
    """
    place = Path(plan_folder).absolute()
    log = place.with_name(f"{place.name}.disclosures.jsonl")
    revealed = {
        name: len(release.layers[name])
        for name in ("chokepoints", "cut_off")
        if name in release.layers
    }
    line = {
        "at": to_jsonable(at),
        "audience": release.audience,
        "plan_hash": plan_hash or release.plan_hash,
        "release_hash": release.plan_hash,
        "reason": reason,
        "revealed": revealed,
    }
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    except OSError as error:
        message = Message("output.disclosure_not_logged", path=str(log), error=str(error))
        raise OutputError(message) from error
    return log
