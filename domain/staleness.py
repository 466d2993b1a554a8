"""Is a model stale: does nobody look at it as agreed any more. Stale does not say that the model is wrong.

Each cause stands by itself, with the first day it is true. All of them grow with time and end only by a recorded
fact, so the answer is exact: a cause holds from its first day on, and `valid_until` is the day before the next one.

A limit belongs to the milder side: a review due on 11 November is overdue from the 12th, monitoring data 14 days old
against a limit of 14 is still data.

**What was never recorded** is not thereby in order. Nobody's model has no owner, and a serving one without a next
review date lacks it. Of a serving model the first review, validation, ethics audit, monitoring reading, heartbeat and fallback test
are counted from the day it began to serve, or else from the day it was put on record: so taking a day away clears
nothing. Of a model that does not serve they are listed as unknown. Without a tier no cadence of months is known.

**Orphans** serve no business goal. That is told apart: a model can be both stale and an orphan, or only one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from domain.ageing import months_after
from domain.staleness_around import approval, data_window, newer_version, overloaded, superseded, upstream
from domain.staleness_facts import (
    WATCHED,
    WATCHED_SERVING,
    Cause,
    CauseCode,
    ModelFacts,
    Owner,
    Status,
    after_days,
    after_months,
)
from domain.staleness_policy import DEFAULT, Policy

__all__ = [
    "DEFAULT",
    "Cause",
    "CauseCode",
    "ModelFacts",
    "Owner",
    "Policy",
    "Status",
    "Verdict",
    "judge_model",
]


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A cause that is not true yet: it will be on `on`, unless what `unless` says is recorded before."""

    code: CauseCode
    severity: int
    on: date
    unless: str
    last: date | None
    subject: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the record says of one model on one day.

    causes: what makes it stale. upcoming: what will, soonest first. unknown: facts nobody recorded that a cause
    would need. valid_until: the last day of this very answer; None = for ever on this record.
    """

    status: Status
    causes: tuple[Cause, ...]
    upcoming: tuple[Upcoming, ...]
    orphan: bool
    unknown: tuple[str, ...]
    valid_until: date | None


def judge_model(facts: ModelFacts, policy: Policy, as_of: date) -> Verdict:
    """Judge the facts of a model on `as_of`. A retired model is nobody's duty any more: no cause, no expiry."""
    orphan = facts.serves_goal is False
    if facts.retired:
        return Verdict(Status.RETIRED, (), (), orphan, (), None)
    every = tuple(_causes(facts, policy))
    causes = tuple(cause for cause in every if cause.since is None or cause.since <= as_of)
    upcoming = sorted(
        (
            Upcoming(cause.code, cause.severity, cause.since, cause.clears_when, cause.last, cause.subject)
            for cause in every
            if cause.since is not None and cause.since > as_of
        ),
        key=lambda one: (one.on, one.code, one.subject or ""),
    )
    return Verdict(
        status=Status.STALE if causes else Status.CURRENT,
        causes=causes,
        upcoming=tuple(upcoming),
        orphan=orphan,
        unknown=_unknown(facts, policy),
        valid_until=upcoming[0].on - timedelta(days=1) if upcoming else None,
    )


def _unknown(facts: ModelFacts, policy: Policy) -> tuple[str, ...]:
    watched = WATCHED + (WATCHED_SERVING if facts.serving else ())
    if facts.serving and facts.tier is not None and policy.ethics_months[facts.tier] is not None:
        watched = (*watched, "ethics_passed_on")
    return tuple(name for name in watched if getattr(facts, name) is None)


def _causes(facts: ModelFacts, policy: Policy) -> Iterator[Cause]:
    yield from _review(facts, policy)
    yield from _validation(facts, policy)
    if facts.serving:
        yield from _monitoring(facts, policy)
        yield from _heartbeat(facts, policy)
    yield from _owner(facts, policy)
    if facts.serving:
        yield from superseded(facts, policy)
    yield from _dossier(facts, policy)
    if facts.serving:
        yield from _fallback(facts, policy)
    yield from _attestation(facts, policy)
    yield from data_window(facts, policy)
    if facts.serving:
        yield from approval(facts, policy)
        yield from newer_version(facts, policy)
        yield from _ethics(facts, policy)
        yield from overloaded(facts, policy)
        yield from upstream(facts, policy)


def _review(facts: ModelFacts, policy: Policy) -> Iterator[Cause]:
    """Due on the earlier of the date a person set and the cadence: a date far out is no way around the cadence."""
    severity = policy.severity_of(facts.tier)
    if facts.serving and facts.next_review_on is None:
        yield Cause(
            CauseCode.REVIEW_DATE_MISSING,
            severity,
            "A model that serves has no next review date",
            facts.serving_since,
            "Set the next review date",
        )
    due: list[tuple[date, str]] = []
    if facts.next_review_on is not None:
        due.append((facts.next_review_on, "the date set for it has passed"))
    start = facts.last_review_on or facts.began
    if start is not None and facts.tier is not None:
        months = policy.review_months[facts.tier]
        last_day = months_after(start, months)
        due.append((last_day, f"tier {facts.tier} is reviewed every {months} months"))
    if due:
        day, why = min(due)
        yield Cause(
            CauseCode.REVIEW_OVERDUE,
            severity,
            f"Review overdue: {why}",
            day + timedelta(days=1),
            "Record a review by someone other than the owner, and set the next date",
            facts.last_review_on,
        )


def _validation(facts: ModelFacts, policy: Policy) -> Iterator[Cause]:
    """Due by the cadence, or at once where a material change was accepted that nobody has validated."""
    due: list[tuple[date, str]] = []
    start = facts.last_validation_on or facts.began
    if start is not None and facts.tier is not None:
        months = policy.validation_months[facts.tier]
        why = f"tier {facts.tier} is validated every {months} months"
        due.append((after_months(start, months), why))
    if facts.validation_needed_since is not None:
        why = "a material change was accepted, and not validated since"
        due.append((facts.validation_needed_since, why))
    if due:
        day, why = min(due)
        yield Cause(
            CauseCode.VALIDATION_OVERDUE,
            policy.severity_of(facts.tier),
            f"Validation overdue: {why}",
            day,
            "Record a validation by the validator",
            facts.last_validation_on,
        )


def _monitoring(facts: ModelFacts, policy: Policy) -> Iterator[Cause]:
    """Counted from the latest data, or from the first day of service where that is later."""
    days = [day for day in (facts.last_monitoring_on, facts.serving_since) if day is not None]
    days = days or [day for day in (facts.began,) if day is not None]
    if facts.monitoring_cadence_days is None or not days:
        return
    limit = facts.monitoring_cadence_days * policy.monitoring_cadences
    yield Cause(
        CauseCode.NO_MONITORING_DATA,
        policy.severity_of(facts.tier),
        f"No monitoring data for more than {limit} days: "
        f"{policy.monitoring_cadences} times its cadence of {facts.monitoring_cadence_days}",
        after_days(max(days), limit),
        "Monitoring data arrives",
        facts.last_monitoring_on,
    )


def _heartbeat(facts: ModelFacts, policy: Policy) -> Iterator[Cause]:
    """Counted from the last one; never heard of, from the first day of service."""
    start = facts.last_heartbeat_on or facts.began
    if start is None:
        return
    yield Cause(
        CauseCode.NO_HEARTBEAT,
        policy.severity_of(facts.tier),
        f"No deployment heartbeat for more than {policy.heartbeat_days} days",
        after_days(start, policy.heartbeat_days),
        "A deployment reports, or the model is retired",
        facts.last_heartbeat_on,
    )


def _owner(facts: ModelFacts, policy: Policy) -> Iterator[Cause]:
    severity = policy.severity_of(facts.tier)
    name_one = "Name an owner who is an active person"
    if facts.owner is Owner.MISSING:
        sentence = "Nobody owns the model"
        yield Cause(CauseCode.OWNER_MISSING, severity, sentence, facts.owner_since, name_one)
    elif facts.owner is Owner.DEACTIVATED:
        sentence = "The owner's account is deactivated"
        yield Cause(CauseCode.OWNER_DEACTIVATED, severity, sentence, facts.owner_since, name_one)
    elif facts.owner_last_sign_in_on is not None:
        yield Cause(
            CauseCode.OWNER_ABSENT,
            severity,
            f"The owner has not signed in for more than {policy.sign_in_days} days",
            after_days(facts.owner_last_sign_in_on, policy.sign_in_days),
            "The owner signs in, or another owner is named",
            facts.owner_last_sign_in_on,
        )


def _dossier(facts: ModelFacts, policy: Policy) -> Iterator[Cause]:
    for section, written_on in sorted(facts.dossier_sections.items()):
        months = policy.section_months(section, facts.tier)
        if months is None:
            continue
        yield Cause(
            CauseCode.DOSSIER_SECTION_OLD,
            policy.severity_of(facts.tier),
            f"The dossier section {section} is older than the {months} months of tier {facts.tier}",
            after_months(written_on, months),
            f"Write a new version of the section {section}",
            written_on,
            section,
        )


def _fallback(facts: ModelFacts, policy: Policy) -> Iterator[Cause]:
    """Counted from the last test; never tested, from the first day of service."""
    start = facts.last_fallback_test_on or facts.began
    if facts.tier is None or start is None:
        return
    months = policy.fallback_months[facts.tier]
    yield Cause(
        CauseCode.FALLBACK_UNTESTED,
        policy.severity_of(facts.tier),
        f"Fallback untested for more than the {months} months of tier {facts.tier}",
        after_months(start, months),
        "Test the fallback and record the result",
        facts.last_fallback_test_on,
    )


def _attestation(facts: ModelFacts, policy: Policy) -> Iterator[Cause]:
    if facts.attestation_due_on is None:
        return
    yield Cause(
        CauseCode.ATTESTATION_MISSED,
        policy.severity_of(facts.tier),
        "Attestation missed: the owner has not answered the round",
        after_days(facts.attestation_due_on, 0),
        "The owner attests",
    )


def _ethics(facts: ModelFacts, policy: Policy) -> Iterator[Cause]:
    """An audit of what serves: due by the cadence or the earlier day set for it, and at once where the last did not pass."""
    due: list[tuple[date, str]] = []
    start = facts.ethics_passed_on or facts.began
    months = None if facts.tier is None else policy.ethics_months[facts.tier]
    if start is not None and months is not None:
        due.append((after_months(start, months), f"tier {facts.tier} is audited every {months} months"))
    if facts.ethics_due_on is not None:
        due.append((after_days(facts.ethics_due_on, 0), "the day set for it has passed"))
    if facts.ethics_refused_on is not None:
        due.append((facts.ethics_refused_on, "the last ethics review did not pass"))
    if due:
        day, why = min(due)
        yield Cause(
            CauseCode.ETHICS_AUDIT_OVERDUE,
            policy.severity_of(facts.tier),
            f"Ethics audit overdue: {why}",
            day,
            "Record an ethics review that passes, by somebody apart from the model",
            facts.ethics_passed_on,
        )
