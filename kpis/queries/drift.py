"""The three kinds of a KPI's drift on a day, computed from the facts. The same for its page, the API, flags and lists."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from domain.kpi import Direction, Shape, State
from domain.kpi_drift import (
    DefinitionDrift,
    Policy,
    Relevance,
    RelevanceDrift,
    RelevanceReason,
    RelevanceReview,
    ReviewStatus,
    Toward,
    ValueDrift,
    ValueReason,
    ValueStatus,
    definition_drift,
    relevance_drift,
    relevance_review,
    usable,
    usual_reference_end,
    value_drift,
)
from domain.kpi_rows import Reading
from kpis.models import KpiVersion
from kpis.queries.drift_facts import Facts, facts_of
from kpis.queries.drift_policy import policy_on
from kpis.translate import definition_of

NO_OUTCOME: Final = (
    "Nobody has said which outcome it stands for: it is part of no other KPI and serves none, so nothing can be held "
    "against it."
)


_CLEARS: Final = {
    ValueReason.TOO_FEW_REFERENCE_READINGS: "More readings.",
    ValueReason.TOO_FEW_READINGS_SINCE: "More readings.",
    ValueReason.READINGS_TOO_OLD: "A new reading.",
    ValueReason.REFERENCE_WITHOUT_SPREAD: "A reference whose readings differ.",
}


@dataclass(frozen=True, slots=True)
class Drift:
    """What is found of one KPI on a day. `relevance` None: nobody named the outcome it stands for.

    `outcome_id`: the KPI it stands for; `inverse`: it should fall when that one rises. `answered`: the latest review was
    made when these pairs were known, so that a lost relevance asks for no other. `stated`: the reference was stated by
    a person. `policy`: the version of the thresholds; 0 are the product's.
    """

    facts: Facts
    as_of: date
    definition: DefinitionDrift
    value: ValueDrift
    relevance: RelevanceDrift | None
    review: RelevanceReview
    inverse: bool
    answered: bool
    stated: bool
    policy: int

    @property
    def outcome_id(self) -> int | None:
        return self.facts.outcome_id

    @property
    def toward(self) -> Toward | None:
        """Which way the level moved: for the worse as soon as one chart says so."""
        found = {hit.toward for hit in self.value.hits}
        if Toward.WORSE in found:
            return Toward.WORSE
        return Toward.BETTER if found == {Toward.BETTER} else None

    @property
    def value_since(self) -> date | None:
        """The day of the first reading at which a chart signalled."""
        return min((hit.observed_on for hit in self.value.hits), default=None)

    @property
    def value_clears(self) -> str:
        """What would clear what is found of the level; empty where nothing is to be cleared."""
        reason = self.value.reason
        if reason is not None:
            return _CLEARS[reason]
        return f"{self.value.hits[0].clears_when}." if self.value.hits else ""

    @property
    def relevance_clears(self) -> str:
        """The same of its relevance."""
        found = self.relevance
        if found is None:
            return "Name the KPI it is a part of, or the one it serves."
        if found.reason in {RelevanceReason.TOO_FEW_PAIRS, RelevanceReason.PAIRS_TOO_OLD}:
            return "Readings of both, month by month."
        return f"{found.clears_when}." if found.clears_when else ""

    @property
    def alarming(self) -> bool:
        """Whether the level moved and not for the better alone: a KPI is meant to get better."""
        return self.value.status is ValueStatus.DRIFT and self.toward is not Toward.BETTER

    @property
    def lost(self) -> bool:
        """Whether the relevance is lost and nobody has looked since."""
        found = self.relevance
        return found is not None and found.relevance is Relevance.LOST and not self.answered

    @property
    def lost_since(self) -> date | None:
        """The first day of the pairs that do not move together."""
        found = self.relevance
        return None if found is None or found.recent is None else found.recent.first_on

    @property
    def asked(self) -> bool:
        """Whether a change of the world asks for a review."""
        causes = [one for one in self.review.causes if one.code != "relevance_lost"]
        return self.review.status is not ReviewStatus.NOT_DUE and bool(causes)

    @property
    def valid_until(self) -> date | None:
        """The last day on which the same facts say the same."""
        ends = [self.definition.valid_until, self.value.valid_until, self.review.valid_until]
        if self.relevance is not None:
            ends.append(self.relevance.valid_until)
        if self.facts.state == State.PAUSED:
            ends.append(self.facts.paused_until)
        return min((end for end in ends if end is not None and end >= self.as_of), default=None)


def drift_of(kpi_id: int, *, as_of: date, known_at: datetime | None = None) -> Drift | None:
    """The drift of one KPI, None where it was not defined by then. Eleven statements, two more with an outcome."""
    return drifts_of([kpi_id], as_of=as_of, known_at=known_at).get(kpi_id)


def drifts_of(kpi_ids: Collection[int], *, as_of: date, known_at: datetime | None = None) -> dict[int, Drift]:
    """The same of many, by id; those not defined by then are left out. As many statements as for one."""
    policy, number = policy_on(as_of)
    own, outcomes = facts_of(kpi_ids, as_of=as_of, known_at=known_at)
    return {pk: judged(one, outcomes, as_of, policy, number) for pk, one in own.items()}


def judged(facts: Facts, outcomes: Mapping[int, Facts], as_of: date, policy: Policy, number: int) -> Drift:
    """Definition first, then the level of what is measured now, then relevance with the days of the breaks."""
    series = _series(facts, as_of)
    definition = definition_drift(facts.measured_as(), series, as_of=as_of)
    value, stated = _value(facts, definition.segments[-1].readings, as_of, policy)
    outcome = outcomes.get(facts.outcome_id or 0)
    inverse = outcome is not None and _opposed(facts.version, outcome.version)
    relevance = _relevance(facts, outcome, series, as_of, policy, inverse=inverse) if outcome else None
    answered = _answered(facts, relevance)
    review = relevance_review(
        facts.changes,
        as_of=as_of,
        last_review_on=facts.review.reviewed_on if facts.review else None,
        relevance=None if answered else relevance,
        policy=policy,
    )
    return Drift(facts, as_of, definition, value, relevance, review, inverse, answered, stated, number)


def better(version: KpiVersion) -> Direction | None:
    """Which way is better; None for a band with two edges."""
    if version.shape == Shape.TRAJECTORY:
        return Direction(version.direction)
    if version.lower is not None and version.upper is None:
        return Direction.HIGHER
    return Direction.LOWER if version.upper is not None and version.lower is None else None


def _series(facts: Facts, as_of: date) -> list[Reading]:
    """The readings that may speak of drift: also those before the baseline, which belong to the same measure."""
    rows = facts.spoken()
    start = min((one.observed_on for one in rows), default=as_of)
    return usable(rows, start=min(start, as_of), as_of=as_of)


def _value(facts: Facts, segment: Sequence[Reading], as_of: date, policy: Policy) -> tuple[ValueDrift, bool]:
    """Whether the level moved, and whether somebody stated the reference."""
    # A version that is the first to state its formula broke nothing that is known; its measure is another all the same.
    series = {one.pk: one.series for one in facts.versions}
    readings = [one for one in segment if series.get(facts.taken_under[one.id]) == facts.version.series]
    stated = facts.reference
    if stated is not None and segment and stated.ends_on <= segment[0].observed_on:
        stated = None  # it was of another measure
    if stated is not None and stated.begins_on is not None:
        begins = stated.begins_on
        readings = [one for one in readings if one.observed_on >= begins]
    ends_on = stated.ends_on if stated else usual_reference_end(readings, policy=policy)
    definition = definition_of(facts.version)
    plan = definition.plan
    found = value_drift(
        readings,
        reference_ends_on=ends_on or as_of + timedelta(days=1),
        as_of=as_of,
        better=better(facts.version),
        stale_after_days=plan.stale_after if plan is not None else definition.stale_after_days,
        unit=facts.version.unit_of_measure,
        policy=policy,
    )
    return found, stated is not None


def _relevance(
    facts: Facts, outcome: Facts, series: Sequence[Reading], as_of: date, policy: Policy, *, inverse: bool
) -> RelevanceDrift:
    other = _series(outcome, as_of)
    return relevance_drift(
        series,
        other,
        as_of=as_of,
        inverse=inverse,
        kpi_breaks=_breaks(facts, series, as_of),
        outcome_breaks=_breaks(outcome, other, as_of),
        policy=policy,
    )


def _breaks(facts: Facts, series: Sequence[Reading], as_of: date) -> list[date]:
    """The days no change is taken across: those of the breaks, and those on which it is not known."""
    found = definition_drift(facts.measured_as(), series, as_of=as_of)
    return [*found.break_days, *(one.on for one in found.undetermined)]


def _opposed(one: KpiVersion, other: KpiVersion) -> bool:
    """Whether the one gets better by falling and the other by rising."""
    mine, theirs = better(one), better(other)
    return mine is not None and theirs is not None and mine is not theirs


def _answered(facts: Facts, relevance: RelevanceDrift | None) -> bool:
    """Whether the latest review saw what is found: it speaks until half of the newest window is new to it."""
    review = facts.review
    if review is None or relevance is None or relevance.recent is None:
        return False
    window = relevance.recent
    return review.reviewed_on >= window.first_on + (window.last_on - window.first_on) / 2
