"""Retraining rules: set, ended, and asked of every reading that arrives. What triggers is on record, raised or logged."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from assurance.models import Monitor, MonitorBaseline, MonitorObservation, RetrainingRule, RetrainingTrigger
from assurance.queries.retraining import rule_of
from core import audit, outbox
from core.access import Actor
from core.bulk import insert_objects
from core.errors import conflict, field_error, from_rule, not_found, stale
from core.locks import hold
from core.notices import Word, tell
from core.roles import Action
from core.text import clean
from core.wording import day
from domain.errors import RuleError
from domain.monitoring import Kind, Method
from domain.retraining import Outcome, Rule, ask, check
from governance.models import AiModel
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model

RAISED: Final = "retraining.triggered"
TOLD: Final = (
    "direction", "amount", "unit", "equality", "reference", "minimum_sample", "cooldown_days", "window_days",
)  # fmt: skip


def set_rule(
    *, monitor_id: int, rule: Rule, by: Actor, at: datetime, reference: Decimal | None = None
) -> RetrainingRule:  # fmt: skip
    """Say when a performance monitor asks for retraining. `reference` None: its baseline's target.

    Raises Problem 400 by field, 403, 404, 409 for a retired model or monitor.
    """
    try:
        check(rule)
    except RuleError as error:
        raise from_rule(error) from error
    if reference is not None and (not reference.is_finite() or abs(reference) > Decimal("1e20")):
        raise field_error("reference", "Give a finite number.", code="not_a_number")
    with transaction.atomic():
        hold(LOCK)
        monitor = Monitor.objects.filter(pk=monitor_id).first()
        if monitor is None:
            raise not_found()
        model = held_model(monitor.model_id, by=by, right=Action.EDIT_MODEL, expected_version=None)
        if monitor.retired_at is not None:
            raise conflict("monitor_retired", "This is watched no more. Set up another monitor.")
        if monitor.kind != Kind.PERFORMANCE or monitor.method == Method.PSI:
            raise conflict("no_readings", "Retraining is asked of the readings of a performance monitor.")
        row = RetrainingRule(
            monitor=monitor, direction=rule.direction, amount=rule.amount, unit=rule.unit, equality=rule.equality,
            reference=reference, minimum_sample=rule.minimum_sample, cooldown_days=rule.cooldown_days,
            window_days=rule.window_days, recorded_by=by.user, recorded_at=at,
        )  # fmt: skip
        if reference is None and _target(monitor) is None:
            raise field_error(
                "reference",
                "Say what to compare with: the monitor's baseline has no target.",
                code="required",
            )
        row.save(force_insert=True)
        audit.record(
            by=by, at=at, action="retraining.rule_set", obj=row, unit_path=model.unit.path, after=audit.snapshot(row, TOLD)
        )  # fmt: skip
    return row


def end_rule(
    *, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> RetrainingRule:  # fmt: skip
    """A rule asks no more; what it triggered stays. Problem 400 without a reason, 403, 404, 409 when it has ended, 412."""
    because = clean("because", because, limit=300, required="Say why the rule ends.")
    with transaction.atomic():
        hold(LOCK)
        row = RetrainingRule.objects.select_related("monitor").filter(pk=pk).first()
        if row is None:
            raise not_found()
        model = held_model(row.monitor.model_id, by=by, right=Action.EDIT_MODEL, expected_version=None)
        if expected_version is not None and row.version != expected_version:
            raise stale()
        if row.ended_at is not None:
            raise conflict("rule_ended", "This rule has ended. Set another.")
        row.ended_at, row.version = at, row.version + 1
        row.save(update_fields=["ended_at", "version"])
        audit.record(
            by=by, at=at, action="retraining.rule_ended", obj=row, unit_path=model.unit.path, reason=because,
            after={"ended_at": at.isoformat()},
        )  # fmt: skip
    return row


def ask_rules(
    *, monitor: Monitor, model: AiModel, observations: Sequence[MonitorObservation], by: Actor, at: datetime
) -> list[RetrainingTrigger]:  # fmt: skip
    """Ask a monitor's rules of new readings in time order; what triggers is written. A few statements, however many readings.

    The caller holds the lock "models". Only the newest trigger raised is told, so that a history sent at once is no flood.
    """
    rules = list(RetrainingRule.objects.filter(monitor=monitor, ended_at=None))
    if not rules:
        return []
    target = _target(monitor)
    found: list[RetrainingTrigger] = []
    for row in rules:
        rule, last = rule_of(row), row.last_raised_on
        for seen in observations:
            reference = target if row.reference is None else row.reference
            said = ask(
                rule,
                reference=reference,
                value=seen.value,
                sample=seen.cases,
                on=seen.observed_on,
                last_raised_on=last,
            )
            if (
                said.triggered
                and reference is not None
                and seen.value is not None
                and said.change is not None
            ):
                found.append(_trigger(row, seen, reference, said.change, said.outcome, said.sentence, at))
            if said.outcome is Outcome.RAISED:
                last = seen.observed_on
        if last != row.last_raised_on:
            RetrainingRule.objects.filter(pk=row.pk).update(last_raised_on=last)
    insert_objects(found)
    raised = [one for one in found if one.outcome == Outcome.RAISED]
    if found:
        audit.record(
            by=by, at=at, action="retraining.triggered", obj=monitor, unit_path=model.unit.path,
            after={"raised": len(raised), "logged": len(found) - len(raised), "last": found[-1].pk},
        )  # fmt: skip
    if raised:
        newest = max(raised, key=lambda one: (one.on, one.pk))
        outbox.owe(kind=RAISED, payload={"trigger_id": newest.pk}, at=at)
    return found


def tell_triggered(*, trigger_id: int, at: datetime) -> int:
    """The model's owner hears that a rule asks for retraining. Safe to run twice."""
    row = RetrainingTrigger.objects.select_related("rule__monitor__model").filter(pk=trigger_id).first()
    if row is None or row.rule.monitor.model.owner_id is None:
        return 0
    model = row.rule.monitor.model
    word = Word(
        marker=f"retrain-{row.pk}",
        title=f"Retraining is asked for: {model.name}",
        body=f"{row.rule.monitor.name}, {day(row.on)}. {row.sentence} Retrain on the last {row.rule.window_days} days.",
        url=f"/governance/models/{model.ref}/monitoring/",
    )
    return tell(words=[(row.rule.monitor.model.owner_id, word)], at=at)


def _trigger(
    row: RetrainingRule, seen: MonitorObservation, reference: Decimal, change: Decimal, outcome: Outcome, sentence: str,
    at: datetime,
) -> RetrainingTrigger:  # fmt: skip
    return RetrainingTrigger(
        rule=row, observation=seen, outcome=outcome.value, on=seen.observed_on, reference=reference, value=seen.value,
        change=change.quantize(Decimal("1e-9")), sentence=sentence, recorded_at=at,
    )  # fmt: skip


def _target(monitor: Monitor) -> Decimal | None:
    data: dict[str, Any] | None = (
        MonitorBaseline.objects.filter(monitor=monitor)
        .order_by("-number")
        .values_list("data", flat=True)
        .first()
    )
    said = (data or {}).get("target")
    return None if said is None else Decimal(said)
