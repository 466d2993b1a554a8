"""The review of a KPI's relevance that a change of the world calls for: of user behaviour, market or product.

The numbers may still look well after such a change, or need a year to show it; so the change itself asks for a look.
A lost correlation (`domain.kpi_relevance_drift`) asks for one too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.ageing import days_after
from domain.figure_words import counted
from domain.kpi_drift_policy import DEFAULT, Policy
from domain.kpi_relevance_drift import Relevance, RelevanceDrift
from domain.kpi_words import day


class World(StrEnum):
    """What changed around the KPI."""

    BEHAVIOUR = "behaviour"
    MARKET = "market"
    PRODUCT = "product"


class ReviewStatus(StrEnum):
    NOT_DUE = "not_due"
    DUE = "due"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class WorldChange:
    """A recorded change, true from `on`; `what` says it in a few words."""

    id: int
    kind: World
    on: date
    what: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a review is due. change_id: the recorded change; None for a lost correlation, which has no one day."""

    code: str
    change_id: int | None
    since: date | None
    sentence: str


@dataclass(frozen=True, slots=True)
class RelevanceReview:
    """Whether the KPI's relevance must be looked at. due_by: the last day in time; None where no day is known.

    valid_until: the last day of this answer if nothing new is recorded; None = for ever.
    """

    status: ReviewStatus
    causes: tuple[Cause, ...]
    due_by: date | None
    clears_when: str | None
    valid_until: date | None


def relevance_review(
    changes: Iterable[WorldChange],
    *,
    as_of: date,
    last_review_on: date | None = None,
    relevance: RelevanceDrift | None = None,
    policy: Policy = DEFAULT,
) -> RelevanceReview:
    """Is a review of relevance due as of a day.

    A change calls for one from its day on, unless a review took place on that day or later; the review is overdue when
    `review_days` have passed since the earliest such change. A lost correlation makes it due, without a last
    day, and goes on doing so while newer pairs are missing.
    """
    open_ones = sorted(
        (one for one in changes if last_review_on is None or one.on > last_review_on),
        key=lambda one: (one.on, one.id),
    )
    begun = [one for one in open_ones if one.on <= as_of]
    coming = [one.on for one in open_ones if one.on > as_of]
    causes = [_changed(one) for one in begun]
    if relevance is not None and Relevance.LOST in (relevance.relevance, relevance.last_known):
        sentence = "The KPI no longer moved with its outcome when that was last known"
        causes.append(Cause("relevance_lost", None, None, sentence))
    due_by = days_after(begun[0].on, policy.review_days) if begun else None
    ends = [on - timedelta(days=1) for on in coming[:1]]
    if due_by is not None and as_of <= due_by:
        ends.append(due_by)
    overdue = due_by is not None and as_of > due_by
    return RelevanceReview(
        status=ReviewStatus.OVERDUE if overdue else ReviewStatus.DUE if causes else ReviewStatus.NOT_DUE,
        causes=tuple(causes),
        due_by=due_by,
        clears_when=f"Record a review of relevance{_within(due_by, policy)}" if causes else None,
        valid_until=min(ends, default=None),
    )


def _changed(one: WorldChange) -> Cause:
    named = {World.BEHAVIOUR: "User behaviour", World.MARKET: "The market", World.PRODUCT: "The product"}[
        one.kind
    ]
    return Cause(
        f"{one.kind}_changed",
        one.id,
        one.on,
        f"{named} changed on {day(one.on)}, and nobody has reviewed the KPI since: {one.what}",
    )


def _within(due_by: date | None, policy: Policy) -> str:
    return (
        "" if due_by is None else f" by {day(due_by)}, {counted(policy.review_days, 'day')} after the change"
    )
