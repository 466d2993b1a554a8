"""Reviews of models: held by somebody who neither owns nor developed them, and saying when the next one is due."""

from datetime import date, datetime

from django.db import transaction

from core import audit, clock
from core.access import Actor
from core.errors import field_error
from core.locks import hold
from core.roles import Action
from core.text import clean
from core.wording import day
from domain.ageing import months_after
from domain.staleness import Policy
from governance.models import AiModel, ModelReview
from governance.queries.policy import policy_on
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model
from governance.services.judge import judge_one
from governance.services.near import apart


def record_review(
    *, model_id: int, reviewed_on: date, outcome: str, by: Actor, at: datetime, findings: str = "",
    next_review_on: date | None = None, expected_version: int | None = None,
) -> ModelReview:  # fmt: skip
    """Record a review the actor held. The next one falls due by the tier's cadence, unless an earlier day is given.

    A review recorded late leaves the dates of a newer one. Raises Problem 403 `four_eyes` for the model's owner and
    developers, 400 by field, 404, 409 for a retired model, 412.
    """
    today = clock.day_of(at)
    findings = clean("findings", findings, limit=20_000)
    if reviewed_on > today:
        raise field_error(
            "reviewed_on", "A review lies in the past. Write today or an earlier day.", code="in_the_future"
        )
    if outcome not in ModelReview.Outcome.values:
        raise field_error(
            "outcome", f"Choose one of: {', '.join(ModelReview.Outcome.values)}.", code="invalid_choice"
        )
    with transaction.atomic():
        hold(LOCK)
        model = held_model(model_id, by=by, right=Action.REVIEW_MODEL, expected_version=expected_version)
        reviewer = apart(model, by)
        due = _next(model, reviewed_on, next_review_on, policy_on(today)[0])
        row = ModelReview.objects.create(
            model=model, reviewed_on=reviewed_on, reviewer=reviewer, outcome=outcome, findings=findings,
            next_review_on=due, recorded_at=at,
        )  # fmt: skip
        before = audit.snapshot(model, ("last_review_on", "next_review_on"))
        if model.last_review_on is None or reviewed_on >= model.last_review_on:
            model.last_review_on, model.next_review_on = reviewed_on, due
        model.updated_at, model.version = at, model.version + 1
        model.save(update_fields=["last_review_on", "next_review_on", "updated_at", "version"])
        audit.record(
            by=by, at=at, action="model.reviewed", obj=model, unit_path=model.unit.path, before=before,
            after={**audit.snapshot(model, tuple(before)), "outcome": outcome, "review": row.pk}, reason=findings[:500],
        )  # fmt: skip
        judge_one(model=model, by=by, at=at, as_of=today)
    return row


def _next(model: AiModel, reviewed_on: date, asked: date | None, policy: Policy) -> date:
    """The day given, at most the tier's cadence away; else the cadence."""
    latest = None
    if model.risk_tier is not None:
        months = policy.review_months[model.risk_tier]
        latest = months_after(reviewed_on, months)
    if asked is None:
        if latest is None:
            raise field_error(
                "next_review_on", "Say when the next review is due: without a risk tier no cadence is known.",
                code="required",
            )  # fmt: skip
        return latest
    if asked <= reviewed_on:
        raise field_error("next_review_on", "The next review lies after this one.", code="too_early")
    if latest is not None and asked > latest:
        raise field_error(
            "next_review_on",
            f"Tier {model.risk_tier} is reviewed by {day(latest)} at the latest.",
            code="too_late",
        )
    return asked
