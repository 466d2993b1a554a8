"""What is asked about a model and decided by another: the risk tier, changes, exceptions."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from assurance.models import ChangeRequest, ModelException, ModelVersion, RiskAssessment
from assurance.queries.policies import tier_policy_on
from assurance.services.life import (
    LONG,
    SHORT,
    active,
    ahead,
    apart,
    changed,
    chosen,
    held,
    held_row,
    person,
    tell,
)
from assurance.services.validations import push_findings
from core import clock, outbox
from core.access import Actor, system
from core.errors import conflict, field_error, forbidden, from_rule
from core.locks import hold
from core.models import User
from core.roles import Action
from core.text import clean
from domain.errors import RuleError
from domain.risk_tier import tier_of
from governance.models import AiModel
from governance.queries.facts import with_people
from governance.services.evaluate import LOCK
from governance.services.judge import subject_of
from governance.services.model_facts import push_down
from portfolio.services.flags import Finding, sync_flags

LONGEST_EXCEPTION: Final = timedelta(days=366)
ASKED: Final = outbox.announces("model.asked")
EXPIRED_RULE: Final = "exception_expired:{}"
Assessed = RiskAssessment.State


@dataclass(frozen=True, slots=True)
class Expired:
    """How many exceptions a pass ended."""

    changed: int


def assess_risk(
    *, model_id: int, materiality: str, complexity: str, by: Actor, at: datetime, reasoning: str = "",
    override: int | None = None,
) -> RiskAssessment:  # fmt: skip
    """Grade a model; the tier of the matrix stands at once. An override is asked for with its reason, and waits for another.

    Raises Problem 400 by field, 403, 404, 409 `override_waits` while another one does, and for a retired model.
    """
    reasoning = clean("reasoning", reasoning, limit=LONG)
    policy, number = tier_policy_on(clock.day_of(at))
    try:
        computed = tier_of(materiality, complexity, policy)
    except RuleError as error:
        raise from_rule(error) from error
    if override == computed:
        override = None
    if override is not None and override not in {1, 2, 3}:
        raise field_error("override", "A risk tier is 1 (the highest), 2 or 3.", code="invalid_choice")
    if override is not None and not reasoning:
        raise field_error("reasoning", f"Say why tier {override} and not {computed}.", code="required")
    with transaction.atomic():
        model = held(model_id, by=by, right=Action.EDIT_MODEL)
        user = person(by)
        if RiskAssessment.objects.filter(model=model, state=Assessed.PROPOSED).exists():
            raise conflict("override_waits", "An override waits for its answer. Answer it first.")
        row = RiskAssessment.objects.create(
            model=model, materiality=materiality, complexity=complexity, computed=computed, policy_number=number,
            reasoning=reasoning, override=override, state=Assessed.IN_FORCE if override is None else Assessed.PROPOSED,
            recorded_by=user, recorded_at=at,
        )  # fmt: skip
        said = {"assessment": row.pk, "materiality": materiality, "complexity": complexity, "tier": computed}
        asked = {} if override is None else {"override": override}
        tell(model, "model.risk_assessed", by=by, at=at, after={**said, **asked}, reason=reasoning)
        if override is not None:
            outbox.owe(kind=ASKED, payload={"kind": "override", "pk": row.pk}, at=at)
        push_down(model_id=model.pk, by=by, at=at, risk_tier=computed)
    return row


def answer_override(
    *, pk: int, approve: bool, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> RiskAssessment:
    """Approve or refuse an override of the tier: never who asked for it, nor who owns or developed the model.

    Raises Problem 400, 403 `four_eyes`, 404, 409 `decided`, 412.
    """
    because = clean("because", because, limit=LONG, required="Say why.")
    with transaction.atomic():
        row, model = held_row(
            RiskAssessment, pk, by=by, right=Action.PROMOTE_MODEL, expected_version=expected_version
        )
        user = apart(model, by, authors=[row.recorded_by_id])
        if row.state != Assessed.PROPOSED:
            raise conflict("decided", f"{row.get_state_display()} already.")
        state = Assessed.APPROVED if approve else Assessed.REFUSED
        changed(row, {"state": state.value, "decided_by": user, "decided_at": at, "because": because})
        said = {"assessment": row.pk, "override": row.override, "state": state.value}
        tell(model, "model.override_answered", by=by, at=at, after=said, reason=because)
        push_down(model_id=model.pk, by=by, at=at, risk_tier=row.tier)
    return row


def ask_change(
    *, model_id: int, title: str, description: str, materiality: str, by: Actor, at: datetime,
    model_version: ModelVersion | None = None,
) -> ChangeRequest:  # fmt: skip
    """Ask for a change to a model. Raises Problem 400 by field, 403, 404, 409 for a retired model."""
    title = clean("title", title, limit=200, required="Name the change.")
    description = clean("description", description, limit=LONG, required="Say what changes, and why.")
    chosen("materiality", materiality, ChangeRequest.Materiality.values)
    with transaction.atomic():
        model = held(model_id, by=by, right=Action.EDIT_MODEL)
        if model_version is not None and model_version.model_id != model.pk:
            raise field_error("model_version", "That is a version of another model.", code="invalid_choice")
        row = ChangeRequest.objects.create(
            model=model, title=title, description=description, materiality=materiality, model_version=model_version,
            recorded_by=person(by), recorded_at=at,
        )  # fmt: skip
        said = {"change": row.pk, "title": title, "materiality": materiality}
        tell(model, "model.change_asked", by=by, at=at, after=said)
        outbox.owe(kind=ASKED, payload={"kind": "change", "pk": row.pk}, at=at)
    return row


def review_change(
    *, pk: int, accept: bool, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> ChangeRequest:
    """Accept or reject a change: never its author. A material one that is accepted makes a validation due at once.

    Raises Problem 400, 403 `four_eyes`, 404, 409 `decided`, 412.
    """
    because = clean("because", because, limit=LONG, required="Say why.")
    state = ChangeRequest.State.ACCEPTED if accept else ChangeRequest.State.REJECTED
    with transaction.atomic():
        row, model = held_row(
            ChangeRequest, pk, by=by, right=Action.REVIEW_MODEL, expected_version=expected_version
        )
        user = apart(model, by, authors=[row.recorded_by_id])
        _decide_change(row, model, state, user, because, by, at)
        push_findings(model, by=by, at=at)
    return row


def withdraw_change(
    *, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> ChangeRequest:
    """Take a change request back before it is reviewed: its author does. Raises Problem 400, 403, 404, 409 `decided`, 412."""
    because = clean("because", because, limit=LONG, required="Say why.")
    with transaction.atomic():
        row, model = held_row(
            ChangeRequest, pk, by=by, right=Action.EDIT_MODEL, expected_version=expected_version
        )
        user = person(by)
        if user.pk != row.recorded_by_id:
            raise forbidden("Who asked for a change takes it back.", code="not_the_author")
        _decide_change(row, model, ChangeRequest.State.WITHDRAWN, user, because, by, at)
    return row


def _decide_change(
    row: ChangeRequest, model: AiModel, state: ChangeRequest.State, user: User, because: str, by: Actor, at: datetime
) -> None:  # fmt: skip
    if row.state != ChangeRequest.State.OPEN:
        raise conflict("decided", f"This change request is {row.get_state_display().lower()}.")
    changed(row, {"state": state.value, "decided_by": user, "decided_at": at, "because": because})
    said = {"change": row.pk, "materiality": row.materiality, "state": state.value}
    tell(model, "model.change_decided", by=by, at=at, after=said, reason=because)


def ask_exception(
    *, model_id: int, rule: str, reason: str, compensating_control: str, owner: User | None, expires_on: date, by: Actor,
    at: datetime,
) -> ModelException:  # fmt: skip
    """Ask for leave not to follow a rule until a day, at most a year ahead. Raises Problem 400 by field, 403, 404, 409."""
    rule = clean("rule", rule, limit=200, required="Say which rule is not followed.")
    reason = clean("reason", reason, limit=LONG, required="Say why it cannot be followed.")
    control = clean(
        "compensating_control", compensating_control, limit=LONG, required="Say what is done instead."
    )
    ahead("expires_on", expires_on, at)
    latest = clock.day_of(at) + LONGEST_EXCEPTION
    if expires_on > latest:
        raise field_error(
            "expires_on", f"An exception lasts a year at most: until {latest}.", code="out_of_range"
        )
    with transaction.atomic():
        model = held(model_id, by=by, right=Action.EDIT_MODEL)
        row = ModelException.objects.create(
            model=model, rule=rule, reason=reason, compensating_control=control, owner=active("owner", owner),
            expires_on=expires_on, recorded_by=person(by), recorded_at=at,
        )  # fmt: skip
        said = {"exception": row.pk, "rule": rule, "owner": row.owner_id, "expires_on": expires_on}
        tell(model, "model.exception_asked", by=by, at=at, after=said, reason=reason)
        outbox.owe(kind=ASKED, payload={"kind": "exception", "pk": row.pk}, at=at)
    return row


def answer_exception(
    *, pk: int, approve: bool, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> ModelException:
    """Approve or refuse an exception: never who asked for it, who answers for it, or who owns or developed the model.

    Raises Problem 400, 403 `four_eyes`, 404, 409 `decided`, `expired` where its day has come, 412.
    """
    because = clean("because", because, limit=SHORT, required="Say why.")
    with transaction.atomic():
        row, model = held_row(
            ModelException, pk, by=by, right=Action.PROMOTE_MODEL, expected_version=expected_version
        )
        user = apart(model, by, authors=[row.recorded_by_id, row.owner_id])
        if row.state != ModelException.State.PROPOSED:
            raise conflict("decided", f"This exception is {row.get_state_display().lower()}.")
        if approve and row.expires_on < clock.day_of(at):
            raise conflict("expired", f"It would have ended on {row.expires_on}. Ask for another.")
        state = ModelException.State.APPROVED if approve else ModelException.State.REFUSED
        changed(row, {"state": state.value, "decided_by": user, "decided_at": at, "because": because})
        said = {"exception": row.pk, "rule": row.rule, "state": state.value}
        tell(model, "model.exception_answered", by=by, at=at, after=said, reason=because)
    return row


def end_exception(
    *, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> ModelException:
    """End an exception because the rule is followed again; the flag of one that expired clears with it. Raises Problem 400, 403, 404, 409 `not_running`, 412."""
    because = clean("because", because, limit=SHORT, required="Say why it is needed no more.")
    with transaction.atomic():
        row, model = held_row(
            ModelException, pk, by=by, right=Action.EDIT_MODEL, expected_version=expected_version
        )
        if row.state in {ModelException.State.REFUSED, ModelException.State.ENDED}:
            raise conflict("not_running", f"This exception is {row.get_state_display().lower()}.")
        _end(row, model, ModelException.State.ENDED, because, by, at)
        sync_flags(subject=subject_of(model), findings=(), by=by, at=at, rules=_rules(row), because=because)
    return row


def expire_due(*, at: datetime, by: Actor | None = None, limit: int = 500) -> Expired:
    """End exceptions whose day has passed, and flag each until the rule is followed again. Safe to run twice or late."""
    actor, today = by or system(), clock.day_of(at)
    with transaction.atomic():
        hold(LOCK)
        due = ModelException.objects.filter(state=ModelException.State.APPROVED, expires_on__lt=today)
        rows = list(due.exclude(model__stage=AiModel.Stage.RETIRED).order_by("expires_on", "pk")[:limit])
        models = {
            row.pk: row for row in with_people(AiModel.objects.filter(pk__in={r.model_id for r in rows}))
        }
        for row in rows:
            model = models[row.model_id]
            _end(row, model, ModelException.State.EXPIRED, "Its day has passed.", actor, at)
            sync_flags(
                subject=subject_of(model), findings=[_overstayed(row)], by=actor, at=at, rules=_rules(row)
            )
    return Expired(len(rows))


def _overstayed(row: ModelException) -> Finding:
    return Finding(
        rule=EXPIRED_RULE.format(row.pk), severity=2, cause="Exception expired", group="exception",
        sentence=f"An exception from {row.rule} has expired, and nobody said that the rule is followed again.",
        since=row.expires_on + timedelta(days=1), clears_when="Say that the rule is followed again.",
    )  # fmt: skip


def _rules(row: ModelException) -> frozenset[str]:
    return frozenset({EXPIRED_RULE.format(row.pk)})


def _end(
    row: ModelException, model: AiModel, state: ModelException.State, because: str, by: Actor, at: datetime
) -> None:
    changed(row, {"state": state.value, "ended_at": at, "ended_because": because})
    said = {"exception": row.pk, "rule": row.rule, "state": state.value}
    tell(model, "model.exception_ended", by=by, at=at, after=said, reason=because)
