"""Ethics reviews of models: which need one before launch, how long one that passed is in date, and in which words it is told.

The cadence of the tier says both whether a review is needed and how often it is repeated; a tier without one needs none.
An unknown tier may be the highest, so it needs one. The reviewer may set an earlier day for the next, never a later one
than the cadence. A review that did not pass counts from its day until one passes, whatever passed before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from domain.ageing import months_after

BEFORE_LAUNCH, AUDIT = "before_launch", "periodic_audit"
KINDS: Final = ((BEFORE_LAUNCH, "Before launch"), (AUDIT, "Periodic audit"))
PASSED, CONDITIONS, REFUSED = "passed", "passed_with_conditions", "not_passed"
OUTCOMES: Final = ((PASSED, "Passed"), (CONDITIONS, "Passed with conditions"), (REFUSED, "Not passed"))

Cadence = Mapping[int, int | None]
"""Tier -> months between audits; None: the tier needs no ethics review."""


class Standing(StrEnum):
    """How the ethics review of a model stands on a day."""

    NOT_NEEDED = "not_needed"
    NEVER = "never"
    REFUSED = "refused"
    OVERDUE = "overdue"
    IN_DATE = "in_date"


@dataclass(frozen=True, slots=True)
class EthicsFacts:
    """What is on record. `passed_on`: the last review that passed. `due_on`: the day its reviewer set for the next.
    `refused_on`: the day of the last review, where it did not pass."""

    tier: int | None
    passed_on: date | None = None
    due_on: date | None = None
    refused_on: date | None = None


@dataclass(frozen=True, slots=True)
class EthicsAnswer:
    """`tier`: as recorded. `needed`: whether the tier needs a review at all. `until`: the last day the review that passed is in date; None where
    it never ends, or none passed. `cadence`: what the policy says of the tier, in words."""

    standing: Standing
    tier: int | None
    needed: bool
    passed_on: date | None
    until: date | None
    cadence: str

    @property
    def stands_in_the_way(self) -> bool:
        """Whether the model may not be launched: refused for any tier; never held or out of date where one is needed."""
        late = self.standing in {Standing.NEVER, Standing.OVERDUE}
        return self.standing is Standing.REFUSED or (self.needed and late)

    @property
    def lacking(self) -> str:
        """What keeps it out of production, in a sentence; empty where nothing does. Without a tier and never reviewed nobody knows."""
        if not self.stands_in_the_way or self.is_unknown:
            return ""
        if self.standing is Standing.REFUSED:
            return "Its last ethics review did not pass."
        if self.standing is Standing.OVERDUE:
            return f"Its ethics review was in date until {self.until}: {self.cadence}."
        return f"No ethics review of it has passed: {self.cadence}."

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows if it needs one: never reviewed, and without a risk tier on record."""
        return self.standing is Standing.NEVER and self.tier is None


def is_needed(tier: int | None, months: Cadence) -> bool:
    return tier is None or months[tier] is not None


def in_date_until(facts: EthicsFacts, months: Cadence) -> date | None:
    """The last day of the review that passed: the day set for the next, or the cadence where that is earlier."""
    if facts.passed_on is None:
        return None
    every = _shortest(months) if facts.tier is None else months[facts.tier]
    ends = [] if every is None else [months_after(facts.passed_on, every)]
    if facts.due_on is not None:
        ends.append(facts.due_on)
    return min(ends, default=None)


def _shortest(months: Cadence) -> int | None:
    """An unknown tier may be the one that is looked at most often."""
    return min((every for every in months.values() if every is not None), default=None)


def judge_ethics(facts: EthicsFacts, months: Cadence, on: date) -> EthicsAnswer:
    """How the ethics review stands on a day. A day at the limit is still in date."""
    until = in_date_until(facts, months)
    needed = is_needed(facts.tier, months)
    if facts.refused_on is not None:
        standing = Standing.REFUSED
    elif facts.passed_on is None:
        standing = Standing.NEVER if needed else Standing.NOT_NEEDED
    elif until is not None and on > until:
        standing = Standing.OVERDUE
    else:
        standing = Standing.IN_DATE
    return EthicsAnswer(
        standing, facts.tier, needed, facts.passed_on, until, cadence_words(facts.tier, months)
    )


def cadence_words(tier: int | None, months: Cadence) -> str:
    """What the policy asks of a tier."""
    if tier is None:
        return "no risk tier is on record, so a review is needed before launch"
    every = months[tier]
    if every is None:
        return f"tier {tier} needs no ethics review"
    return f"tier {tier} is reviewed before launch, and audited every {every} months"
