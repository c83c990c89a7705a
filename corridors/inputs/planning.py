"""Plans made of a mission folder, or of a situation."""

from __future__ import annotations

from pathlib import Path

from corridors import plan as spine
from corridors.errors import UsageError
from corridors.inputs.folder import read_situation
from corridors.inputs.mission import read_rules
from corridors.messages import Message
from corridors.plan import Plan, Prepared
from corridors.rules import Rules
from corridors.situation import Situation


def plan_corridors(
    situation: Situation | str | Path, *, rules: Rules | None = None, engine: str = "auto"
) -> Plan:
    """Plan every corridor of a situation, or of a mission folder.

    As `corridors.plan.plan_corridors`, which says what is returned and raised; a path stands for
    the situation and the rules that the folder holds.

    Examples
    --------
    >>> import corridors as co
    >>> plan = co.plan_corridors(co.demo_folder())
    >>> len(plan.cut_off)
    1
    """
    facts, by_rules = _read(situation, rules)
    return spine.plan_corridors(facts, rules=by_rules, engine=engine)


def prepare(situation: Situation | str | Path, *, rules: Rules | None = None) -> Prepared:
    """Prepare what no report changes, of a situation or a mission folder.

    As `corridors.plan.prepare`, which says what is returned and raised.

    Examples
    --------
    >>> import corridors as co
    >>> len(co.prepare(co.demo_folder()).plan().cut_off)
    1
    """
    facts, by_rules = _read(situation, rules)
    return spine.prepare(facts, rules=by_rules)


def _read(situation: Situation | str | Path, rules: Rules | None) -> tuple[Situation, Rules | None]:
    if isinstance(situation, str | Path):
        return read_situation(situation), rules or read_rules(situation)
    if isinstance(situation, Situation):
        return situation, rules
    raise UsageError(Message("usage.not_a_situation", given=type(situation).__name__))
