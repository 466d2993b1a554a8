"""A model's answer on another day: the same rules asked of the facts as recorded now, with the clock of that day."""

from datetime import date
from typing import Any

from domain.staleness import Cause, Status, Upcoming, Verdict, judge_model
from governance.models import AiModel
from governance.queries.facts import facts_of
from governance.queries.policy import policy_on


def verdict_on(model: AiModel, day: date) -> Verdict:
    """What the rules say of the model on `day`: causes, what comes next, what nobody recorded. One statement."""
    return judge_model(facts_of(model, day), policy_on(day)[0], day)


def as_of(model: AiModel, day: date) -> tuple[Upcoming, ...]:
    """Set the model's answer to that of `day`, unsaved, and return what comes next."""
    policy, number = policy_on(day)
    verdict = judge_model(facts_of(model, day), policy, day)
    known = [cause.since for cause in verdict.causes if cause.since is not None]
    model.status, model.orphan = verdict.status.value, verdict.orphan
    model.stale_since = (min(known) if known else day) if verdict.status is Status.STALE else None
    model.causes = [cause_json(cause) for cause in verdict.causes]
    model.unknown, model.valid_until = list(verdict.unknown), verdict.valid_until
    model.policy_number, model.judged_on = number, day
    return verdict.upcoming


def cause_json(cause: Cause) -> dict[str, Any]:
    """A cause as stored and as the API shows it."""
    return {
        "code": cause.code.value,
        "severity": cause.severity,
        "sentence": f"{cause.sentence}.",
        "since": cause.since.isoformat() if cause.since else None,
        "clears_when": f"{cause.clears_when}.",
        "last": cause.last.isoformat() if cause.last else None,
        "subject": cause.subject,
    }
