"""The record of what was revealed to others than the house: a line of JSON each, only ever added
to.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from corridors.errors import OutputError
from corridors.outputs.serialization import to_jsonable
from corridors.release import Release


def log_reveal(
    release: Release, plan_folder: str | Path, *, reason: str, at: datetime, plan_hash: str = ""
) -> Path:
    """Add a line to `PLAN.disclosures.jsonl` beside the plan's folder, and give back its path:
    when, to whom, of which plan, why.

    Parameters
    ----------
    release
        What is going to be written, with `revealed`; written before it is, so that nothing is
        revealed that is not kept.
    plan_folder
        The folder of the plan.
    reason
        Why. It stands here only, in none of the files for others.
    at
        When: the one place where the clock counts. A record of an act is no part of a plan.
    plan_hash
        That of the plan itself, where the release has one of its own.

    Raises
    ------
    OutputError
        The line could not be kept. Reveal nothing then.
    """
    place = Path(plan_folder).absolute()
    log = place.with_name(f"{place.name}.disclosures.jsonl")
    told = {
        "at": to_jsonable(at),
        "audience": release.audience,
        "plan_hash": plan_hash or release.plan_hash,
        "release_hash": release.plan_hash,
        "reason": reason,
        "revealed": {
            name: len(release.layers[name])
            for name in ("chokepoints", "cut_off")
            if name in release.layers
        },
    }
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(told, ensure_ascii=False) + "\n")
    except OSError as error:
        raise OutputError(
            f"{log} could not be written, so nothing was revealed: {error}"
        ) from error
    return log
