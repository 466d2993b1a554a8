"""Why a pilot stands where it stands: what would move it to another level, and where each fact can be changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.purgatory import Facts, Level
from domain.purgatory_remedy import level_of
from domain.purgatory_rules import BY_CODE


@dataclass(frozen=True, slots=True)
class Flip:
    """Clearing one finding alone would give another level."""

    rule: str
    cause: str
    level: Level


def flips(facts: Facts, rules: Mapping[str, int]) -> list[Flip]:
    """Which single finding, cleared by itself, moves the level."""
    now = level_of(facts, rules)
    out = []
    for code in rules:
        then = level_of(facts, {other: severity for other, severity in rules.items() if other != code})
        if then is not now:
            out.append(Flip(code, BY_CODE[code].cause, then))
    return out


# Rule -> (words, URL name, anchor). `pilot-edit` takes the pilot's ref, the others the initiative's.
WHERE: Mapping[str, tuple[str, str, str]] = {
    "R00": ("Record the facts", "pilot-edit", "h-decision"),
    "R01": ("Set a decision date", "pilot-edit", "h-decision"),
    "R02": ("The decision date", "pilot-edit", "h-decision"),
    "R03": ("Extensions", "pilot-extend", ""),
    "R05": ("Extensions", "pilot-extend", ""),
    "R06": ("Deferrals", "pilot-edit", "h-decision"),
    "R07": ("Success criteria", "pilot-edit", "h-success"),
    "R08": ("The primary KPI", "initiative-kpis", ""),
    "R09": ("Record a reading", "initiative-kpis", ""),
    "R10": ("Record a reading", "initiative-kpis", ""),
    "R11": ("Name a sponsor", "initiative-edit", "id_sponsor"),
    "R12": ("Name a production owner", "pilot-edit", "h-plan"),
    "R13": ("Complete the transition plan", "pilot-edit", "h-plan"),
    "R14": ("Scope and its approval", "pilot-edit", "h-use"),
    "R15": ("Versions of the KPIs", "initiative-kpis", ""),
    "R16": ("Money", "initiative-money", ""),
    "R17": ("Conditions", "pilot-edit", "h-decision"),
    "R18": ("The next gate", "pilot-edit", "h-success"),
    "R19": ("Users outside the charter", "pilot-edit", "h-use"),
    "R20": ("Weekly use", "pilot-edit", "h-use"),
    "time_box_passed": ("Record the first release", "pilot-fast-lane", "h-log"),
    "feedback_waits": ("Answer it", "pilot-use", "h-feedback"),
}
"""R04, the pilot's age, is changed by no record: only a decision at the gate ends it."""


def severe(rules: Mapping[str, int], least: int = 2) -> Sequence[str]:
    """The findings that make the level, worst first."""
    found = [code for code, severity in rules.items() if severity >= least]
    return sorted(found, key=lambda code: (-rules[code], code))
