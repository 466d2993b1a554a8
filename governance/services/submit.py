"""Asking for a gate: refused with the list of what is missing, else frozen with its seal. One is open at a time."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Max

from core import audit, clock, outbox
from core.access import Actor, require
from core.errors import Item, Problem, conflict, from_rule, not_found, stale
from core.locks import hold
from core.roles import Action
from core.text import clean
from core.wording import plural
from domain.decision_log import canonical, seal_of
from domain.errors import RuleError
from domain.gate_form import Field, lacking, proposed_motion, said
from domain.gates import Gate, deciding_body
from domain.motions import Motion
from domain.self_report import contradictions
from domain.stage_words import Outcome
from funding.models import BusinessCase
from funding.queries.cases import in_force_at
from funding.services.cases import cite_case
from governance.models import AgendaItem, GateDraft, GateSubmission
from governance.queries.council import LOCK
from governance.queries.deadlines import due_by
from governance.queries.definition import gate_of
from governance.queries.known import known_of
from governance.queries.must_meets import Answer, answers_at, tier_of, unmet
from governance.queries.pack import pack_of
from governance.services.conflicts import write_conflicts
from governance.services.council_held import end_without_result
from governance.services.gate_draft import log_session, require_gate
from governance.services.prohibited import require_permitted
from pilots.services.decided import gate_requested
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiative

SUBMITTED: Final = outbox.announces("gate.submitted")
WITHDRAWN: Final = outbox.announces("gate.withdrawn")
BECAUSE: Final = 500
OPEN: Final = GateSubmission.State.OPEN


def submit_gate(
    *, initiative_id: int, by: Actor, at: datetime, expected_version: int | None = None
) -> GateSubmission:
    """Ask for the gate ahead with what the draft and the record say. One that is open is superseded by it, and taken off the agenda.

    `expected_version`: of the draft that was read. Raises Problem 404, 403, 409 `no_gate`, `prohibited_use`, `draft_missing`,
    `voting_open` while the council votes on the one that is open, 412, and 409 `gate_incomplete` whose items name everything
    missing and where it is filled in.
    """
    today = clock.day_of(at)
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.SUBMIT_GATE, initiative)
        gate = require_gate(initiative, at)
        require_permitted(initiative.pk, Outcome.GO, gate)
        draft = _draft(initiative, gate, expected_version)
        tier = tier_of(initiative)
        answers = answers_at(initiative, gate, today=today, tier=tier)
        _require_whole(gate, answers, lacking(draft.answers, gate))
        motion = _motion(draft, gate, today)
        log_session(draft, initiative)
        case = in_force_at(initiative.pk)
        row = _frozen(initiative, gate, draft, answers, motion, case, tier, by, at)
        write_conflicts(initiative, row, at=at)
        if case is not None:
            cite_case(case_id=case.pk, cited_by="gate", ref=row.ref, by=by, at=at)
        gate_requested(initiative=initiative, by=by, at=at)
    return row


def withdraw_submission(
    *, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> GateSubmission:
    """Take an open submission back; an item of it that nobody has opened is taken off the agenda with the same reason.

    Raises Problem 404, 403, 400, 412, 409 `not_open`, `voting_open` while the council votes on it.
    """
    because = clean("because", because, limit=BECAUSE, required="Say why it is withdrawn.")
    with transaction.atomic():
        row, initiative = held_submission(pk)
        require(by, Action.SUBMIT_GATE, initiative)
        if expected_version is not None and row.version != expected_version:
            raise stale()
        require_open(row)
        _take_off(row, because, by, at)
        close_submission(row, GateSubmission.State.WITHDRAWN, because, at)
        audit.record(
            by=by, at=at, action="gate.withdrawn", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            reason=because, after={"submission": row.ref, "gate": row.gate},
        )  # fmt: skip
        outbox.owe(kind=WITHDRAWN, payload={"submission_id": row.pk, "initiative_id": initiative.pk}, at=at)
    return row


def _take_off(row: GateSubmission, because: str, by: Actor, at: datetime) -> None:
    """Refuse while it is voted on: what is asked for is not taken back before its answer. The caller holds the initiative."""
    hold(LOCK)
    states = (AgendaItem.State.PLANNED, AgendaItem.State.OPEN, AgendaItem.State.CONFIRMING)
    for item in AgendaItem.objects.filter(submission=row, state__in=states).select_related(
        "initiative__unit"
    ):
        if item.state != AgendaItem.State.PLANNED:
            words = f"The council votes on it: {item.ref}. Wait for its result, or ask the chair to close the item."
            raise conflict("voting_open", words)
        end_without_result(item, because, by, at)


def held_submission(pk: int) -> tuple[GateSubmission, Initiative]:
    """The submission under its initiative's lock. Raises Problem 404."""
    initiative_id = GateSubmission.objects.filter(pk=pk).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    initiative = lock_initiative(initiative_id)
    return GateSubmission.objects.get(pk=pk), initiative


def require_open(row: GateSubmission) -> None:
    """Raises Problem 409 `not_open`."""
    if row.state != OPEN:
        raise conflict("not_open", f"{row.ref} is {row.get_state_display().lower()}. Its record stays as it is.")  # fmt: skip


def close_submission(row: GateSubmission, state: str, because: str, at: datetime) -> None:
    """Close one that is open; the caller holds its initiative."""
    row.state, row.closed_at, row.closed_because, row.version = state, at, because[:BECAUSE], row.version + 1
    row.save(update_fields=["state", "closed_at", "closed_because", "version"])


def _draft(initiative: Initiative, gate: Gate, expected_version: int | None) -> GateDraft:
    draft = GateDraft.objects.filter(initiative=initiative, gate=gate.code).first()
    if draft is None:
        raise conflict("draft_missing", f"Nothing is written for {gate.code} yet. Fill in its form first.")
    if expected_version is not None and draft.version != expected_version:
        raise stale()
    return draft


def _require_whole(gate: Gate, answers: Sequence[Answer], blank: Sequence[Field]) -> None:
    missing = unmet(tuple(answers))
    if not missing and not blank:
        return
    items = [item for one in missing for item in _missing(one)] + [Item(f"/answers/{one.code}", "required", f"{one.label}: nothing written.") for one in blank]  # fmt: skip
    words = plural(len(items), "thing is", "things are")
    raise Problem(409, "gate_incomplete", f"{gate.code} cannot be asked for yet: {words} missing.", tuple(items))  # fmt: skip


def _missing(one: Answer) -> list[Item]:
    """One line for a must-meet, or one for each part of it that is filled in at its own place."""
    at, told = f"/must_meets/{one.criterion.code}", one.told
    if not told.gaps:
        return [Item(at, told.answer, f"{one.criterion.text}: {told.fact}. Fill it in at {told.url}")]
    name = one.criterion.text.partition(":")[0].partition(" (")[0]
    return [
        Item(f"{at}/{gap.code}", told.answer, f"{name}: {gap.words}. Fill it in at {gap.url}")
        for gap in told.gaps
    ]


def _motion(draft: GateDraft, gate: Gate, today: date) -> Motion:
    try:
        return proposed_motion(draft.answers, gate, today)
    except RuleError as error:
        raise from_rule(error) from error


def _frozen(
    initiative: Initiative, gate: Gate, draft: GateDraft, answers: Sequence[Answer], motion: Motion,
    case: BusinessCase | None, tier: int | None, by: Actor, at: datetime,
) -> GateSubmission:  # fmt: skip
    """The submission written, an open one superseded by it, and the event."""
    today = clock.day_of(at)
    _, definition = gate_of(initiative.stage, today)
    text = canonical(
        pack_of(
            initiative, gate, definition=definition, tier=tier, answers=answers, said=draft.answers, motion=motion,
            against=contradictions(said(draft.answers), known_of(initiative, today)), case=case, today=today,
        )
    )  # fmt: skip
    earlier = GateSubmission.objects.filter(initiative=initiative, state=OPEN).first()
    if earlier is not None:
        _take_off(earlier, "The gate was asked for again.", by, at)
        close_submission(earlier, GateSubmission.State.SUPERSEDED, "Asked again.", at)
    last = (
        GateSubmission.objects.filter(initiative=initiative, gate=gate.code).aggregate(n=Max("number"))["n"]
        or 0
    )
    row = GateSubmission.objects.create(
        initiative=initiative, gate=gate.code, number=last + 1, definition=definition, from_stage=gate.from_stage.value,
        to_stage=gate.to_stage.value, tier=tier, body=deciding_body(gate, tier).value, ask=draft.answers["ask"],
        confidence=draft.answers["confidence"], case=case, document=text, seal=seal_of(text), submitted_at=at,
        submitted_by=by.user, due_on=due_by(today, gate, tier), supersedes=earlier,
    )  # fmt: skip
    after = {
        "submission": row.ref,
        "gate": row.gate,
        "number": row.number,
        "seal": row.seal,
        "due_on": row.due_on,
    }
    if earlier is not None:
        after["supersedes"] = earlier.ref
    audit.record(
        by=by, at=at, action="gate.submitted", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
        after=after,
    )  # fmt: skip
    outbox.owe(kind=SUBMITTED, payload={"submission_id": row.pk, "initiative_id": initiative.pk}, at=at)
    return row
