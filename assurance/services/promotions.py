"""Giving a version its role: asked for with evidence, answered by somebody else, carried out in the same transaction.

Two who approve at once come one after the other under the lock "models"; the second finds another champion than the one
its evidence speaks of, and is refused.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction

from assurance.models import ModelVersion, VersionPromotion
from assurance.services.newer_versions import push_newer
from assurance.services.unapproved import ask_again
from assurance.services.versions import person_of
from core import audit, clock
from core.access import Actor, require, scope
from core.errors import Problem, conflict, field_error, forbidden, from_rule, not_found
from core.locks import hold
from core.refusals import refusal
from core.roles import Action
from core.text import clean
from domain.errors import RuleError
from domain.evidence_file import safe_name, type_of
from domain.model_roles import VersionRole, require_role
from governance.models import AiModel
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model
from governance.services.model_facts import push_down
from governance.services.near import developed
from kpis.models import Comparison

EVIDENCE, BECAUSE = 20_000, 500
APPROVE, DECLINE = "approve", "decline"
Role = ModelVersion.Role
State = VersionPromotion.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why the version should have the role: in words, and where there is one, by a comparison or a file."""

    text: str
    comparison: Comparison | None = None
    filename: str = ""
    content: bytes | None = None


def propose_promotion(
    *, version_id: int, to_role: str, evidence: Evidence, by: Actor, at: datetime, champion_becomes: str = Role.RETIRED
) -> VersionPromotion:  # fmt: skip
    """Ask that a version be given a role. Nothing changes until somebody else approves.

    Raises Problem 400, 403, 404, 409 `open_promotion`, `same_role`, `gone`, `retired`, `model_retired`.
    """
    with transaction.atomic():
        hold(LOCK)
        version = _version(version_id)
        model = held_model(version.model_id, by=by, right=Action.EDIT_MODEL, expected_version=None)
        champion = champion_of(model.pk)
        displaced = champion_becomes if to_role == Role.CHAMPION and champion is not None else ""
        _require(version, to_role, displaced=displaced)
        return _ask(
            version, model, to_role, evidence, by, at, champion_then=champion, champion_becomes=displaced
        )


def propose_rollback(
    *, model_id: int, because: str, by: Actor, at: datetime, champion_becomes: str = Role.RETIRED
) -> VersionPromotion:  # fmt: skip
    """Ask to go back to the version before the champion, as one act. Answered as a promotion is.

    Raises Problem 400, 403, 404, 409 `no_champion`, `no_previous`, `open_promotion`.
    """
    with transaction.atomic():
        hold(LOCK)
        model = held_model(model_id, by=by, right=Action.EDIT_MODEL, expected_version=None)
        champion, version = previous_of(champion_of(model.pk), champion_becomes)
        return _ask(
            version, model, Role.CHAMPION, Evidence(text=because), by, at, champion_then=champion,
            champion_becomes=champion_becomes, going_back=True,
        )  # fmt: skip


def answer_promotion(*, pk: int, answer: str, by: Actor, at: datetime, because: str = "") -> VersionPromotion:
    """Approve or decline, by a person with the right who neither asked for it, nor owns or developed the model.

    Raises Problem 400, 403 `four_eyes` (on record), 404, 409 `answered`, `champion_changed`, `gone`.
    """
    because = clean("because", because, limit=BECAUSE)
    if answer not in {APPROVE, DECLINE}:
        raise field_error("answer", "Answer approve or decline.", code="invalid_choice")
    if answer == DECLINE and not because:
        raise field_error("because", "Say why it is declined.", code="required")
    with transaction.atomic():
        hold(LOCK)
        row = _held(pk, by, Action.PROMOTE_MODEL)
        model = row.version.model
        _require_another(row, model, by, at)
        if row.state != State.ASKED:
            raise conflict("answered", f"This was {row.get_state_display().lower()} already.")
        if answer == APPROVE:
            _require_still(row, model)
        _answer(row, State.APPROVED if answer == APPROVE else State.DECLINED, because, by, at)
        if answer == APPROVE:
            _give(row, model, by, at)
            ask_again(model_id=model.pk, by=by, at=at)
    return row


def withdraw_promotion(*, pk: int, because: str, by: Actor, at: datetime) -> VersionPromotion:
    """Take back what was asked for. Raises Problem 400, 403, 404, 409 `answered`."""
    because = clean("because", because, limit=BECAUSE, required="Say why it is withdrawn.")
    with transaction.atomic():
        hold(LOCK)
        row = _held(pk, by, Action.EDIT_MODEL)
        if row.state != State.ASKED:
            raise conflict("answered", f"This was {row.get_state_display().lower()} already.")
        _answer(row, State.WITHDRAWN, because, by, at)
    return row


def may_answer(row: VersionPromotion, by: Actor) -> str:
    """Why this person may not answer although they hold the right, or empty."""
    model = row.version.model
    if by.user is None or by.user.is_service:
        return "A role is given by a person."
    if by.user.pk == row.asked_by_id:
        return "Nobody answers what they asked for themselves."
    if by.user.pk in {model.owner_id, row.owner_id}:  # handing it over first changes nothing
        return "Nobody gives a role to a version of a model they own."
    if developed(model, by.user):
        return "Nobody gives a role to a version they developed."
    return ""


def _version(pk: int) -> ModelVersion:
    row = ModelVersion.objects.select_related("model__unit").filter(pk=pk).first()
    if row is None:
        raise not_found()
    return row


def previous_of(champion: ModelVersion | None, champion_becomes: str) -> tuple[ModelVersion, ModelVersion]:
    """The champion, and the version before it if that may serve again. Problem 400, 409 `no_champion`, `no_previous`, `gone`."""
    if champion is None:
        raise conflict("no_champion", "No version is champion, so there is nothing to go back from.")
    if champion.previous_id is None:
        raise conflict("no_previous", f"No version is on record before version {champion.number}.")
    version = _version(champion.previous_id)
    _require(version, Role.CHAMPION, going_back=True, displaced=champion_becomes)
    return champion, version


def champion_of(model_id: int) -> ModelVersion | None:
    return ModelVersion.objects.filter(model=model_id, role=Role.CHAMPION).first()


def _held(pk: int, by: Actor, right: Action) -> VersionPromotion:
    rows = VersionPromotion.objects.defer("content").select_related(
        "version__model__unit", "version__model__owner"
    )
    row = rows.filter(pk=pk).first()
    if row is None:
        raise not_found()
    require(by, right, row.version.model)
    if row.version.model.stage == AiModel.Stage.RETIRED:
        raise conflict("model_retired", f"{row.version.model.ref} is retired. Its record stays as it was.")
    return row


def _require(version: ModelVersion, to_role: str, *, displaced: str = "", going_back: bool = False) -> None:
    """The rule, its refusals of a wrong state as 409."""
    if to_role not in Role.values or (displaced and displaced not in Role.values):
        raise field_error("to_role", f"Choose one of: {', '.join(Role.values)}.", code="invalid_choice")
    try:
        require_role(
            VersionRole(version.role), VersionRole(to_role), gone=version.gone_at is not None, going_back=going_back,
            displaced=VersionRole(displaced) if displaced else None,
        )  # fmt: skip
    except RuleError as error:
        if error.code in {"same_role", "gone", "retired"}:
            raise conflict(error.code, error.message) from error
        raise from_rule(error) from error


def _ask(
    version: ModelVersion, model: AiModel, to_role: str, evidence: Evidence, by: Actor, at: datetime, **more: Any
) -> VersionPromotion:  # fmt: skip
    text = clean("evidence", evidence.text, limit=EVIDENCE, required="Say what shows that it should be so.")
    row = VersionPromotion(
        version=version, from_role=version.role, to_role=to_role, evidence=text, asked_by=person_of(by), asked_at=at,
        comparison=_seen(evidence.comparison, by), owner_id=model.owner_id, **more,
    )  # fmt: skip
    if evidence.content is not None:
        _put_file(row, evidence)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise conflict(
            "open_promotion", f"A role for version {version.number} waits for an answer already."
        ) from error
    asked = {"model": model.ref, "version": version.number, "to_role": to_role, "going_back": row.going_back, "sha256": row.sha256}  # fmt: skip
    audit.record(
        by=by,
        at=at,
        action="promotion.asked",
        obj=row,
        unit_path=model.unit.path,
        after=asked,
        reason=text[:500],
    )
    return row


def _seen(comparison: Comparison | None, by: Actor) -> Comparison | None:
    if comparison is None:
        return None
    seen = Comparison.objects.filter(scope(by, Action.VIEW, Comparison), pk=comparison.pk).exists()
    if not seen:
        raise field_error("comparison", "There is no such comparison, or you may not see it.", code="does_not_exist")  # fmt: skip
    return comparison


def _put_file(row: VersionPromotion, evidence: Evidence) -> None:
    content = evidence.content or b""
    try:
        kind, ending = type_of(content, evidence.filename)
    except RuleError as error:
        raise from_rule(error) from error
    row.filename, row.content_type, row.size = safe_name(evidence.filename, ending), kind, len(content)
    row.sha256, row.content = sha256(content).hexdigest(), content


def _require_another(row: VersionPromotion, model: AiModel, by: Actor, at: datetime) -> None:
    why = may_answer(row, by)
    if why:
        asked = {"version": row.version.number, "to_role": row.to_role}
        raise _on_record(why, row, model, by, at, asked)


def _on_record(
    why: str, row: VersionPromotion, model: AiModel, by: Actor, at: datetime, asked: dict[str, Any]
) -> Problem:
    if by.user is None:
        return forbidden(why, code="four_eyes")
    return refusal(
        why, by=by, at=at, action="promotion.refused", obj=row, unit_path=model.unit.path, after=asked
    )


def _require_still(row: VersionPromotion, model: AiModel) -> None:
    """What was asked for can still be given, and its evidence still speaks of the champion there is."""
    champion = champion_of(model.pk)
    then = row.champion_then_id
    if row.to_role == Role.CHAMPION and (champion.pk if champion else None) != then:
        raise conflict(
            "champion_changed", "Another version became champion since this was asked for. Withdraw it and ask anew."
        )  # fmt: skip
    _require(row.version, row.to_role, displaced=row.champion_becomes, going_back=row.going_back)


def _answer(row: VersionPromotion, state: str, because: str, by: Actor, at: datetime) -> None:
    model, person = row.version.model, person_of(by)
    row.state, row.answered_by, row.answered_at, row.because = state, person, at, because
    row.owner_id, row.developer = model.owner_id or row.owner_id, model.developer.strip().casefold()
    row.answered_name = person.name.strip().casefold()[:200]
    row.save(
        update_fields=["state", "answered_by", "answered_at", "because", "owner", "developer", "answered_name"]
    )  # fmt: skip
    audit.record(
        by=by, at=at, action=f"promotion.{state}", obj=row, unit_path=model.unit.path, reason=because,
        after={"model": model.ref, "version": row.version.number, "to_role": row.to_role},
    )  # fmt: skip


def _give(row: VersionPromotion, model: AiModel, by: Actor, at: datetime) -> None:
    version = row.version
    if row.to_role == Role.CHAMPION:
        make_champion(
            version, champion_of(model.pk), row.champion_becomes, going_back=row.going_back, model=model, by=by, at=at
        )  # fmt: skip
        return
    was_champion = version.role == Role.CHAMPION
    _set_role(version, row.to_role, by, at, model)
    if was_champion:
        push_down(model_id=model.pk, by=by, at=at, champion="")
    push_newer(model_id=model.pk, by=by, at=at)


def make_champion(
    version: ModelVersion, old: ModelVersion | None, old_becomes: str, *, going_back: bool, model: AiModel, by: Actor, at: datetime
) -> None:  # fmt: skip
    """Write the roles: the displaced champion first, because there is one at a time."""
    if old is not None:
        _set_role(old, old_becomes, by, at, model)
        if not going_back:  # going back, the version keeps the one before it
            version.previous = old
    _set_role(version, Role.CHAMPION, by, at, model)
    push_down(model_id=model.pk, by=by, at=at, champion=version.number)
    push_newer(model_id=model.pk, by=by, at=at)


def _set_role(version: ModelVersion, role: str, by: Actor, at: datetime, model: AiModel) -> None:
    was = version.role
    version.role, version.role_since = role, clock.day_of(at)
    version.updated_at, version.version = at, version.version + 1
    version.save(update_fields=["role", "role_since", "previous", "updated_at", "version"])
    audit.record(
        by=by, at=at, action="version.role", obj=version, unit_path=model.unit.path, before={"role": was},
        after={"model": model.ref, "number": version.number, "role": role, "previous": version.previous_id},
    )  # fmt: skip
