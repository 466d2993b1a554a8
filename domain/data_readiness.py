"""How ready a data source is, asked by a checklist; and how silence of a check that should have run is heard.

An item nobody answered counts as a gap: it is unknown, and unknown is not ready. The score is the share of items answered
yes, partly counting half; items that do not apply are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final


class Answer(StrEnum):
    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


CHECKLIST: Final[Mapping[str, str]] = {
    "owner_named": "Somebody answers for it",
    "access_agreed": "Access for this use is agreed",
    "lineage_known": "Where it comes from is written down",
    "quality_measured": "Its quality is measured, not guessed",
    "completeness": "Gaps and missing values are known",
    "history_long_enough": "It reaches back far enough",
    "representative": "It covers the people and cases it will be used for",
    "labels_trustworthy": "Labels and outcomes can be trusted",
    "updates_agreed": "How often it is renewed is agreed",
    "retention_agreed": "How long it is kept is agreed",
}
"""Item -> words. Ours: what an audit of data readiness asks."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """score: 0 to 1, None where no item applies. gaps: items answered partly, no or not at all, in order."""

    score: Decimal | None
    gaps: tuple[str, ...]
    unknown: tuple[str, ...]


def readiness(answers: Mapping[str, str]) -> Readiness:
    """The score and gaps of a checklist; an item without an answer is unknown."""
    told = {code: Answer(answers.get(code) or Answer.UNKNOWN) for code in CHECKLIST}
    asked = {code: said for code, said in told.items() if said is not Answer.NOT_APPLICABLE}
    gaps = tuple(code for code, said in asked.items() if said is not Answer.YES)
    unknown = tuple(code for code, said in asked.items() if said is Answer.UNKNOWN)
    if not asked:
        return Readiness(None, (), ())
    worth = {Answer.YES: Decimal(1), Answer.PARTLY: Decimal("0.5")}
    total = sum((worth.get(said, Decimal(0)) for said in asked.values()), Decimal(0))
    return Readiness(total / len(asked), gaps, unknown)


def lacks_assessment(personal: str, assessed_on: date | None) -> bool:
    """Whether it holds personal data (`personal` is "yes") and no privacy assessment is on record."""
    return personal == "yes" and assessed_on is None


def expected_by(last_on: date, interval_days: int) -> date:
    """The last day on which the next result is not late."""
    return last_on + timedelta(days=interval_days)


def is_silent(due_on: date, today: date) -> bool:
    """Whether the day by which a result was expected has passed."""
    return today > due_on


def data_due(
    cadence_days: int, *, since: date, last: date | None = None, baseline: date | None = None
) -> date:  # fmt: skip
    """The last day on which data that is expected every `cadence_days` is not late: twice that after the last there was.

    Without any, after the monitor was set up (`since`) or its baseline was fixed, whichever is later.
    """
    begun = max(since, baseline) if baseline else since
    return (last or begun) + timedelta(days=2 * cadence_days)
