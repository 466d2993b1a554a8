"""Pilot purgatory: is a pilot stuck, why, what would clear it, what next, and until when is the answer good.

Purgatory is a conjunction, stuck and a missing cause, not mere age. `judge` is a pure function of recorded facts,
thresholds and a day; nothing here reads a clock.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from domain.purgatory_facts import UNKNOWN, Facts, Unknown
from domain.purgatory_policy import DEFAULT, Policy
from domain.purgatory_remedy import Level, Remedy, RemedyCode, level_of, remedy_for
from domain.purgatory_rules import BY_CODE, Group, days_ahead, severities
from domain.purgatory_words import Number, explain

__all__ = [
    "DEFAULT",
    "UNKNOWN",
    "Facts",
    "Hit",
    "Level",
    "Policy",
    "Remedy",
    "RemedyCode",
    "Unknown",
    "Verdict",
    "judge",
]


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fired. `numbers` holds what the sentence says, the limit it passed among them.

    `since` is the first day the rule fired, where a day and the facts tell it; else whoever stores the hit knows.
    """

    rule: str
    severity: int
    cause: str
    group: Group
    sentence: str
    clears_when: str
    numbers: dict[str, Number]
    since: date | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of one pilot.

    rules: {code: severity 1 to 3} in the order of the codes. unknown: the facts nobody recorded.
    valid_until: the last day on which the same record gives the same level, rules and remedy; None = without a day,
    or for ever. The numbers inside the sentences are those of the day asked about.
    """

    level: Level
    rules: dict[str, int]
    hits: tuple[Hit, ...]
    unknown: tuple[str, ...]
    remedy: Remedy
    valid_until: date | None


Answer = tuple[Level, dict[str, int], Remedy]
_LAST: Final = date.max


def judge(facts: Facts, policy: Policy = DEFAULT, as_of: date | None = None) -> Verdict:
    """Judge the facts of a pilot as they stand on `as_of`.

    `valid_until` lets only what counts days move (see `Facts.after`). A fact that expires by itself, such as the
    primary KPI's status or a condition's due date, has an expiry of its own, and whoever stores the verdict takes
    the earliest of them.
    """
    level, rules, remedy = _answer(facts, policy)
    return Verdict(
        level=level,
        rules=rules,
        hits=tuple(_hit(code, severity, facts, policy, as_of) for code, severity in rules.items()),
        unknown=facts.unknown(),
        remedy=remedy,
        valid_until=None if as_of is None else _valid_until(facts, policy, as_of, (level, rules, remedy)),
    )


def _answer(facts: Facts, policy: Policy) -> Answer:
    rules = severities(facts, policy)
    level = level_of(facts, rules)
    return level, rules, remedy_for(facts, rules, level, policy)


def _hit(code: str, severity: int, facts: Facts, policy: Policy, as_of: date | None) -> Hit:
    rule = BY_CODE[code]
    words = explain(code, facts, policy, severity)
    return Hit(
        rule=code,
        severity=severity,
        cause=rule.cause,
        group=rule.group,
        sentence=words.sentence,
        clears_when=words.clears_when,
        numbers=dict(words.numbers),
        since=None if as_of is None or words.began is None else _day_before(as_of, words.began),
    )


def _day_before(as_of: date, days: int) -> date | None:
    return as_of - timedelta(days=days) if days < as_of.toordinal() else None


def _valid_until(facts: Facts, policy: Policy, as_of: date, now: Answer) -> date | None:
    """The day before the first threshold whose crossing changes the answer; between thresholds nothing can."""
    for days in days_ahead(facts, policy):
        if as_of.toordinal() + days > _LAST.toordinal():
            return None
        if _answer(facts.after(days), policy) != now:
            return as_of + timedelta(days=days - 1)
    return None
