"""Attestation rounds, tests of fallbacks, and the orderly end of a model."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Min

from assurance.models import Attestation, AttestationRound, FallbackTest, Retirement, RetirementStep
from assurance.services.life import LONG, SHORT, ahead, changed, chosen, held, held_row, past, person, tell
from core import audit, clock, outbox
from core.access import Actor, require, require_anywhere, require_in_unit, scope
from core.bulk import insert_objects
from core.errors import conflict, field_error, forbidden, not_found, stale
from core.locks import hold
from core.models import BusinessUnit
from core.roles import Action
from core.text import clean
from domain.model_life import STEP_CODES, lacking
from governance.models import AiModel
from governance.services.evaluate import LOCK
from governance.services.inventory import retire_model
from governance.services.model_facts import PushedFacts, ask_to_attest, push_down

REFUSED = outbox.announces("attestation.refused")


def open_round(
    *, question: str, due_on: date, by: Actor, at: datetime, unit: BusinessUnit | None = None, tiers: tuple[int, ...] = (),
    stages: tuple[str, ...] = (),
) -> AttestationRound:  # fmt: skip
    """Put a question to the owners of every model in use that the filters name, in one act.

    `unit`: that one and below; None is the whole organisation. `tiers` and `stages` empty: any. A model without an owner is
    asked too: whoever becomes its owner answers. Raises Problem 400 by field, `nobody` where no model is found, 403.
    """
    question = clean("question", question, limit=LONG, required="Say what they attest.")
    ahead("due_on", due_on, at)
    for stage in stages:
        chosen("stages", stage, [one for one in AiModel.Stage.values if one != AiModel.Stage.RETIRED])
    if not set(tiers) <= {1, 2, 3}:
        raise field_error("tiers", "A risk tier is 1, 2 or 3.", code="invalid_choice")
    if unit is None:
        require_anywhere(by, Action.PROMOTE_MODEL)
    else:
        require_in_unit(by, Action.PROMOTE_MODEL, unit.path)
    with transaction.atomic():
        hold(LOCK)
        rows = AiModel.objects.filter(scope(by, Action.PROMOTE_MODEL, AiModel)).exclude(
            stage=AiModel.Stage.RETIRED
        )
        rows = rows.filter(unit__path__startswith=unit.path) if unit is not None else rows
        rows = rows.filter(risk_tier__in=tiers) if tiers else rows
        rows = rows.filter(stage__in=stages) if stages else rows
        found = list(rows.order_by("pk").values_list("pk", "owner_id").distinct())
        if not found:
            raise field_error("unit", "No model in use is found by these. Take a filter off.", code="nobody")
        said: dict[str, Any] = {"tiers": list(tiers), "stages": list(stages)}
        row = AttestationRound.objects.create(
            question=question, unit=unit, due_on=due_on, filter=said, asked=len(found), opened_by=person(by), opened_at=at
        )  # fmt: skip
        insert_objects([Attestation(round=row, model_id=pk, owner_id=owner) for pk, owner in found])
        ask_to_attest(model_ids=[pk for pk, _ in found], due_on=due_on, at=at)
        audit.record(
            by=by, at=at, action="attestation.round_opened", obj=row, unit_path=unit.path if unit else "",
            after={"question": question, "due_on": due_on.isoformat(), "asked": len(found), **said},
        )  # fmt: skip
    return row


def answer_attestation(
    *, pk: int, attests: bool, by: Actor, at: datetime, note: str = "", expected_version: int | None = None
) -> Attestation:
    """The owner's answer about one model, once. Not to attest needs a note, and is told to who may act.

    Raises Problem 400, 403 `not_the_owner`, 404, 409 `answered`, `model_retired`, 412.
    """
    note = clean("note", note, limit=LONG, required="" if attests else "Say what does not hold.")
    with transaction.atomic():
        hold(LOCK)
        row: Attestation | None = Attestation.objects.select_related("round").filter(pk=pk).first()
        if row is None:
            raise not_found()
        model = held(row.model_id, by=by, right=Action.EDIT_MODEL)
        user = person(by)
        if user.pk != model.owner_id:
            raise forbidden("The model's owner attests, nobody for them.", code="not_the_owner")
        if expected_version is not None and row.version != expected_version:
            raise stale()
        if row.answer:
            raise conflict("answered", f"This round was answered: {row.get_answer_display().lower()}.")
        row.answer = (Attestation.Answer.ATTESTS if attests else Attestation.Answer.NOT).value
        row.note, row.answered_by, row.answered_at, row.version = note, user, at, row.version + 1
        row.save(update_fields=["answer", "note", "answered_by", "answered_at", "version"])
        said = {"round": row.round_id, "answer": row.answer}
        tell(model, "model.attested", by=by, at=at, after=said, reason=note)
        waiting = Attestation.objects.filter(model=model, answer="")
        facts: PushedFacts = {"attestation_due_on": waiting.aggregate(on=Min("round__due_on"))["on"]}
        if attests:
            facts["attested_on"] = clock.day_of(at)
        push_down(model_id=model.pk, by=by, at=at, **facts)
        if not attests:
            outbox.owe(kind=REFUSED, payload={"attestation_id": row.pk}, at=at)
    return row


def answer_without_round(*, model_id: int, attests: bool, by: Actor, at: datetime, note: str = "") -> AiModel:
    """The owner's answer where a due day was taken over from elsewhere, and no round of it is on record here.

    The answer stands in the log of the model. Raises Problem 400, 403 `not_the_owner`, 404, 409 `nothing_asked`,
    `round_open`, `model_retired`.
    """
    note = clean("note", note, limit=LONG, required="" if attests else "Say what does not hold.")
    with transaction.atomic():
        model = held(model_id, by=by, right=Action.EDIT_MODEL)
        if person(by).pk != model.owner_id:
            raise forbidden("The model's owner attests, nobody for them.", code="not_the_owner")
        if Attestation.objects.filter(model=model, answer="").exists():
            raise conflict("round_open", "A round of attestation is open. Answer that one.")
        if model.attestation_due_on is None:
            raise conflict("nothing_asked", "Nobody asks for an attestation of this model.")
        answer = (Attestation.Answer.ATTESTS if attests else Attestation.Answer.NOT).value
        tell(model, "model.attested", by=by, at=at, after={"round": None, "answer": answer}, reason=note)
        if not attests:
            return model
        return push_down(
            model_id=model.pk, by=by, at=at, attestation_due_on=None, attested_on=clock.day_of(at)
        )


def record_fallback_test(
    *, model_id: int, tested_on: date, result: str, evidence: str, by: Actor, at: datetime
) -> FallbackTest:
    """Record a test of the fallback. Only one that worked counts as tested. Raises Problem 400 by field, 403, 404, 409."""
    chosen("result", result, FallbackTest.Result.values)
    evidence = clean("evidence", evidence, limit=LONG, required="Say what was tried, and what it showed.")
    past("tested_on", tested_on, at)
    with transaction.atomic():
        model = held(model_id, by=by, right=Action.EDIT_MODEL)
        row = FallbackTest.objects.create(
            model=model, tested_on=tested_on, result=result, evidence=evidence, recorded_by=person(by), recorded_at=at
        )  # fmt: skip
        said = {"test": row.pk, "tested_on": tested_on.isoformat(), "result": result}
        tell(model, "model.fallback_tested", by=by, at=at, after=said, reason=evidence)
        worked = FallbackTest.objects.filter(model=model, result=FallbackTest.Result.WORKED)
        last = worked.order_by("-tested_on").values_list("tested_on", flat=True).first()
        if last is not None:
            push_down(model_id=model.pk, by=by, at=at, fallback_tested_on=last)
    return row


def begin_retirement(*, model_id: int, because: str, by: Actor, at: datetime) -> Retirement:
    """Begin the orderly end of a model. Raises Problem 400, 403, 404, 409 `retirement_open` and for a retired model."""
    because = clean("because", because, limit=300, required="Say why it ends.")
    with transaction.atomic():
        model = held(model_id, by=by, right=Action.EDIT_MODEL)
        if Retirement.objects.filter(model=model, state=Retirement.State.OPEN).exists():
            raise conflict("retirement_open", "Its retirement has begun.")
        row = Retirement.objects.create(model=model, because=because, recorded_by=person(by), recorded_at=at)
        said = {"retirement": row.pk}
        tell(model, "model.retirement_begun", by=by, at=at, after=said, reason=because)
        _push_steps(row, by=by, at=at)
    return row


def do_step(
    *, pk: int, code: str, done_on: date, evidence: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Retirement:  # fmt: skip
    """Say that a step of a retirement is done, with evidence. The last one retires the model.

    Raises Problem 400 by field, 403, 404, 409 `retirement_ended`, `step_done`, 412.
    """
    chosen("code", code, STEP_CODES)
    evidence = clean("evidence", evidence, limit=LONG, required="Say what shows that it is done.")
    past("done_on", done_on, at)
    with transaction.atomic():
        row, model = _open(pk, by, expected_version)
        done = set(row.steps.values_list("code", flat=True))
        if code in done:
            raise conflict("step_done", "This step is done.")
        RetirementStep.objects.create(
            retirement=row, code=code, done_on=done_on, evidence=evidence, recorded_by=person(by), recorded_at=at
        )  # fmt: skip
        changed(row, {})
        said = {"retirement": row.pk, "step": code, "done_on": done_on.isoformat()}
        tell(model, "model.retirement_step", by=by, at=at, after=said, reason=evidence)
        _push_steps(row, by=by, at=at)
        if not lacking({*done, code}):
            changed(row, _ended(Retirement.State.DONE, "Every step is done.", by, at))
            retire_model(pk=model.pk, because=row.because, by=by, at=at, orderly=True)
    return row


def cancel_retirement(
    *, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Retirement:
    """Call a retirement off: the model goes on. What was done of it stays on record. Raises Problem as `do_step`."""
    because = clean("because", because, limit=SHORT, required="Say why it goes on.")
    with transaction.atomic():
        row, model = _open(pk, by, expected_version)
        changed(row, _ended(Retirement.State.CANCELLED, because, by, at))
        tell(
            model,
            "model.retirement_cancelled",
            by=by,
            at=at,
            after={"retirement": row.pk},
            reason=because,
        )
        push_down(model_id=model.pk, by=by, at=at, retirement_steps={})
    return row


def _open(pk: int, by: Actor, expected_version: int | None) -> tuple[Retirement, AiModel]:
    hold(LOCK)
    row = Retirement.objects.select_related("model").filter(pk=pk).first()
    if row is None:
        raise not_found()
    require(by, Action.EDIT_MODEL, row.model)
    if row.state != Retirement.State.OPEN:
        raise conflict("retirement_ended", f"This retirement is {row.get_state_display().lower()}.")
    return held_row(Retirement, pk, by=by, right=Action.EDIT_MODEL, expected_version=expected_version)


def _ended(state: Retirement.State, because: str, by: Actor, at: datetime) -> Mapping[str, Any]:
    return {"state": state.value, "ended_by": person(by), "ended_at": at, "ended_because": because}


def _push_steps(row: Retirement, *, by: Actor, at: datetime) -> None:
    steps = {code: on.isoformat() for code, on in row.steps.values_list("code", "done_on")}
    begun = {"begun": clock.day_of(row.recorded_at).isoformat()}
    push_down(model_id=row.model_id, by=by, at=at, retirement_steps={**begun, **steps})
