"""Going back to the version before at once: one person acts with a reason, a second one confirms it by a day, else it is flagged.

A model that does harm cannot wait for two people. What one of them did alone is told until the other has looked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from assurance.models import ModelVersion, Rollback
from assurance.queries.gate import gate_policy_on
from assurance.services.life import apart
from assurance.services.promotions import champion_of, make_champion, previous_of
from assurance.services.unapproved import ask_again
from assurance.services.versions import person_of
from core import audit, clock
from core.access import Actor, require, system
from core.errors import conflict, forbidden, not_found
from core.locks import hold
from core.refusals import refusal
from core.roles import Action
from core.text import clean
from core.wording import day
from governance.models import AiModel
from governance.queries.facts import with_people
from governance.queries.policy import policy_on
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model
from governance.services.judge import subject_of
from governance.services.near import developed
from portfolio.services.flags import Finding, sync_flags

BECAUSE: Final = 2_000
NOTE: Final = 500
RULE: Final = "rollback_unconfirmed"
RULES: Final = frozenset({RULE})
CHUNK: Final = 100


@dataclass(frozen=True, slots=True)
class Heard:
    """What a pass of the sweep did."""

    changed: int


def go_back_now(
    *, model_id: int, because: str, by: Actor, at: datetime, champion_becomes: str = ModelVersion.Role.RETIRED
) -> Rollback:  # fmt: skip
    """Make the version before the champion serve again, at once and alone. By a person with the right to promote who did not
    develop the model.

    Raises Problem 400, 403, 404, 409 `no_champion`, `no_previous`, `gone`, `model_retired`.
    """
    because = clean("because", because, limit=BECAUSE, required="Say what is wrong with the champion.")
    with transaction.atomic():
        hold(LOCK)
        model = held_model(model_id, by=by, right=Action.PROMOTE_MODEL, expected_version=None)
        _require_no_developer(model, by, at)
        champion, version = previous_of(champion_of(model.pk), champion_becomes)
        make_champion(version, champion, champion_becomes, going_back=True, model=model, by=by, at=at)
        row = Rollback.objects.create(
            model=model, version=version, left=champion, left_becomes=champion_becomes, because=because, done_by=person_of(by),
            done_at=at, confirm_by=clock.day_of(at) + timedelta(days=gate_policy_on(clock.day_of(at)).confirm_days),
        )  # fmt: skip
        _record(row, "rollback.done", by, at, because)
        ask_again(model_id=model.pk, by=by, at=at)
    return row


def confirm_rollback(*, pk: int, note: str, by: Actor, at: datetime) -> Rollback:
    """Say, as a second person, that going back was looked at, and what was found. Its flag clears.

    By somebody with the right to promote who neither did it, nor owns or developed the model. Raises Problem 400, 403
    `four_eyes`, 404, 409 `confirmed`.
    """
    note = clean("note", note, limit=NOTE, required="Say what you looked at, and what you found.")
    with transaction.atomic():
        hold(LOCK)
        row = Rollback.objects.select_related("model__unit", "version", "left").filter(pk=pk).first()
        if row is None:
            raise not_found()
        require(by, Action.PROMOTE_MODEL, row.model)
        user = apart(row.model, by, authors=(row.done_by_id,))
        if row.confirmed_at is not None:
            raise conflict("confirmed", f"It was confirmed on {day(clock.day_of(row.confirmed_at))}.")
        row.confirmed_by, row.confirmed_at, row.note = user, at, note
        row.save(update_fields=["confirmed_by", "confirmed_at", "note"])
        _record(row, "rollback.confirmed", by, at, note)
        _flag(row.model_id, by, at)
    return row


def hear_unconfirmed(*, at: datetime, by: Actor | None = None) -> Heard:
    """Flag what nobody confirmed by its day. Safe to run twice, late, side by side."""
    today, actor = clock.day_of(at), by or system()
    due = Rollback.objects.filter(confirmed_at=None, late_on=None, confirm_by__lt=today)
    with transaction.atomic():
        hold(LOCK)
        rows = list(due.order_by("confirm_by", "pk")[:CHUNK])
        Rollback.objects.filter(pk__in=[row.pk for row in rows]).update(late_on=today)
        for model_id in sorted({row.model_id for row in rows}):
            _flag(model_id, actor, at)
    return Heard(len(rows))


def _flag(model_id: int, by: Actor, at: datetime) -> None:
    model = with_people(AiModel.objects.filter(pk=model_id)).get()
    late = Rollback.objects.filter(model=model_id, confirmed_at=None, late_on__isnull=False)
    rows = list(late.select_related("version", "left", "done_by").order_by("pk"))
    findings = []
    if rows and model.stage != AiModel.Stage.RETIRED:
        told = " ".join(
            f"{row.done_by.name} went back from version {row.left.number} to {row.version.number} on {day(clock.day_of(row.done_at))}."
            for row in rows
        )
        findings.append(Finding(
            rule=RULE, severity=policy_on(clock.day_of(at))[0].severity_of(model.risk_tier), cause="Rollback nobody confirmed",
            group="deployment", sentence=f"{told} No second person has confirmed it.",
            since=min(row.confirm_by for row in rows) + timedelta(days=1),
            clears_when="Somebody else with the right to promote confirms it.", numbers={"rollbacks": [row.pk for row in rows]},
        ))  # fmt: skip
    sync_flags(subject=subject_of(model), findings=findings, by=by, at=at, rules=RULES, because="Somebody else confirmed it.")  # fmt: skip


def _require_no_developer(model: AiModel, by: Actor, at: datetime) -> None:
    if by.user is None or by.user.is_service:
        raise forbidden("Going back at once is a person's act.", code="not_a_person")
    if developed(model, by.user):
        raise refusal(
            "Nobody goes back at once in a model they developed. Ask to go back, and somebody else answers.", by=by, at=at,
            action="rollback.refused", obj=model, unit_path=model.unit.path,
        )  # fmt: skip


def _record(row: Rollback, action: str, by: Actor, at: datetime, reason: str) -> None:
    told: dict[str, Any] = {
        "model": row.model.ref, "from": row.left.number, "to": row.version.number, "left_becomes": row.left_becomes,
        "confirm_by": row.confirm_by.isoformat(),
    }  # fmt: skip
    audit.record(
        by=by, at=at, action=action, obj=row, unit_path=row.model.unit.path, after=told, reason=reason[:500]
    )
