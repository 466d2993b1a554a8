"""The one writer of the decision log. Whoever decides, and through whichever door, ends here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from core import audit, clock, outbox
from core.access import Actor, require
from core.errors import conflict, field_error, from_rule, not_found, stale
from core.locks import hold
from core.models import User
from core.roles import Action
from core.wording import plural
from domain.authority import Authority
from domain.conflicts import Conflict
from domain.decision_log import canonical, chained
from domain.decision_rights import require_body, require_ready
from domain.errors import RuleError
from domain.gates import Gate
from domain.motions import Motion, motion_to_json
from domain.stage_words import Body, Outcome, Stage
from governance.models import Decision, GateSubmission
from governance.queries.definition import gate_of, gates_of, gates_on
from governance.queries.must_meets import tier_of
from governance.queries.must_meets.scale import open_conditions
from governance.services.conflicts import require_unconflicted, write_conflicts
from governance.services.effects import take_effect
from governance.services.piloted import require_piloted
from governance.services.prohibited import require_permitted
from governance.services.sound import sound
from governance.services.submit import close_submission, require_open
from pilots.models import Pilot
from pilots.queries.pricing import given
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiative

DECIDED: Final = outbox.announces("gate.decided")
LOCK: Final = "decision-log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """What the checks read, collected while the initiative is held. `conflicts`: who may not decide."""

    initiative: Initiative
    gate: Gate
    definition: int
    tier: int | None
    submission: GateSubmission | None
    conflicts: Mapping[int, Conflict]


def record_decision(
    *, initiative_id: int, motion: Motion, authority: Authority, by: Actor, at: datetime,
    submission_id: int | None = None, carried: bool = True, after: int | None = None,
) -> Decision:  # fmt: skip
    """Write a decision and let it take effect, all in one transaction.

    `after`: the id of the last decision on this initiative that whoever decides has seen, 0 for none: what was recorded
    since, their own form sent twice among it, is refused with 412 `stale_version`. None: not asked.

    `submission_id`: the submission it answers; one that is open is answered by any decision. Left undecided, it stays open.
    `carried` False: the motion failed, so it is written and nothing moves. Raises Problem 404, 403 (`four_eyes` for who is in
    conflict, on record), 400 for a motion or authority that is not whole, 409: `not_open`, `another_gate`, `wrong_body`,
    `submission_missing`, `conditions_open`, `no_gate`, `prohibited_use` for what lets a prohibited use go on.
    """
    motion = sound(motion)
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        if authority.body is not Body.COUNCIL:
            require(by, Action.DECIDE_GATE, initiative)
        _require_seen(initiative, after)
        case = _deciding(initiative, submission_id, at)
        to = _require_may(case, motion, authority, by, at, carried=carried)
        row = _entry(case, motion, authority, to, by, at, carried=carried)
        if case.submission is not None and motion.outcome is not Outcome.NOT_DECIDED:
            close_submission(case.submission, GateSubmission.State.DECIDED, f"Decided by {row.ref}.", at)
        take_effect(row, initiative, motion, to, by=by, at=at, carried=carried)
        outbox.owe(kind=DECIDED, payload=_notice(row, initiative), at=at)
    return row


def _require_seen(initiative: Initiative, after: int | None) -> None:
    """Nobody decides over a decision they have not seen."""
    last = Decision.objects.filter(initiative=initiative).order_by("-pk").only("pk").first()
    if after is not None and last is not None and last.pk != after:
        raise stale(f"{last.ref} was recorded since this form was opened. Read it, then decide.")


def _deciding(initiative: Initiative, submission_id: int | None, at: datetime) -> Deciding:
    """Everything asked of the record. Raises Problem 404, 409 `no_gate`, `not_open`, `another_gate`."""
    rows = GateSubmission.objects.filter(initiative=initiative)
    if submission_id is None:
        submission = rows.filter(state=GateSubmission.State.OPEN).first()
    else:
        submission = rows.filter(pk=submission_id).first()
        if submission is None:
            raise not_found()
        require_open(submission)
    gate, definition = gate_of(initiative.stage, clock.day_of(at))
    if gate is None:
        raise conflict("no_gate", f"From {initiative.get_stage_display().lower()} no gate leads on.")
    if submission is not None:
        if submission.gate != gate.code:
            words = f"{submission.ref} asks for {submission.gate}, and {gate.code} is next. Withdraw it and ask again."
            raise conflict("another_gate", words)
        definition = submission.definition
        gate = next(one for one in gates_of(definition) if one.code == gate.code)
    return Deciding(
        initiative=initiative, gate=gate, definition=definition, tier=tier_of(initiative), submission=submission,
        conflicts=write_conflicts(initiative, submission, at=at),
    )  # fmt: skip


def _require_may(
    case: Deciding, motion: Motion, authority: Authority, by: Actor, at: datetime, *, carried: bool
) -> Stage:
    """The rules, in order: who decides, nobody in conflict, the gate is ready. Returns the stage after it."""
    initiative = case.initiative
    asked = {"outcome": motion.outcome.value, "gate": case.gate.code, "body": authority.body.value}
    if motion.outcome is not Outcome.NOT_DECIDED and by.user is not None:
        require_unconflicted(
            by.user.pk, by.user.name, dict(case.conflicts), initiative, by=by, at=at, asked=asked
        )
    if carried:
        require_permitted(initiative.pk, motion.outcome, case.gate)
    pilot = Pilot.objects.filter(initiative=initiative, ended_on=None).first()
    waiting = [one.ref for one in open_conditions(initiative.pk)]
    try:
        to = motion.leads_to(case.gate, carried=carried)
        require_body(
            authority, motion.outcome, case.gate, tier=case.tier, extensions=given(pilot) if pilot else 0
        )
        require_ready(
            motion.outcome,
            submitted=case.submission is not None,
            open_conditions=waiting if carried else (),
        )
    except RuleError as error:
        if error.code in {"wrong_body", "submission_missing", "conditions_open", "councils_word"}:
            raise conflict(error.code, error.message) from error
        raise from_rule(error) from error
    if carried:
        require_piloted(motion, pilot, voted=authority.body is Body.COUNCIL)
    if authority.specialist is not None:
        _require_specialist(authority.specialist, case, by, at, asked)
    return to


def _require_specialist(person: int, case: Deciding, by: Actor, at: datetime, asked: dict[str, Any]) -> None:
    """Another person who is here, and not in conflict either."""
    row = User.objects.filter(pk=person, is_active=True, is_service=False).first()
    if row is None:
        raise field_error("specialist", "Name a person who is here.", code="not_active")
    if by.user is not None and row.pk == by.user.pk:
        raise field_error("specialist", "The specialist is another person than who decides.", code="same_person")  # fmt: skip
    require_unconflicted(
        row.pk, row.name, dict(case.conflicts), case.initiative, by=by, at=at, asked={**asked, "specialist": row.pk}
    )  # fmt: skip


def _entry(
    case: Deciding, motion: Motion, authority: Authority, to: Stage, by: Actor, at: datetime, *, carried: bool
) -> Decision:
    """The entry, chained to the one before, and its event. What leaves the submission open is not its answer."""
    today, pack = clock.day_of(at), case.submission
    answered = None if motion.outcome is Outcome.NOT_DECIDED else pack
    said = {
        "form": 1, "initiative": case.initiative.ref, "gate": case.gate.code, "definition": case.definition,
        "tier": case.tier, "from": case.gate.from_stage.value, "to": to.value, "carried": carried,
        "decided_on": today.isoformat(), "recorded_at": at.isoformat(), "by": by.user.pk if by.user else None,
        "by_name": by.label, "via": by.via, "motion": motion_to_json(motion), "authority": _authority(authority),
        "submission": None if pack is None else {
            "ref": pack.ref, "gate": pack.gate, "number": pack.number, "seal": pack.seal,
        },
    }  # fmt: skip
    return write_entry(
        case.initiative, motion, authority.body, to, said, by, at,
        gate=case.gate.code, submission=answered, pack_seal=pack.seal if pack else authority.evidence, carried=carried,
    )  # fmt: skip


def write_beside(
    initiative: Initiative, motion: Motion, authority: Authority, to: Stage, by: Actor, at: datetime, *, carried: bool = True
) -> Decision:  # fmt: skip
    """The entry of a decision that no gate asks for, and who hears of it. The caller holds the initiative and does the rest."""
    today = clock.day_of(at)
    said = {
        "form": 1, "initiative": initiative.ref, "gate": "", "definition": gates_on(today)[1], "tier": tier_of(initiative),
        "from": initiative.stage, "to": to.value, "carried": carried, "decided_on": today.isoformat(),
        "recorded_at": at.isoformat(), "by": by.user.pk if by.user else None, "by_name": by.label, "via": by.via,
        "motion": motion_to_json(motion), "submission": None, "authority": _authority(authority),
    }  # fmt: skip
    row = write_entry(
        initiative, motion, authority.body, to, said, by, at, pack_seal=authority.evidence, carried=carried
    )
    outbox.owe(kind=DECIDED, payload=_notice(row, initiative), at=at)
    return row


def write_entry(
    initiative: Initiative, motion: Motion, body: Body, to: Stage, said: Mapping[str, Any], by: Actor, at: datetime,
    *, gate: str = "", submission: GateSubmission | None = None, pack_seal: str = "", carried: bool = True,
) -> Decision:  # fmt: skip
    """Append one entry. The lock of the log is held from here to the end of the transaction, so that the chain has no fork."""
    hold(LOCK)
    last = Decision.objects.order_by("-pk").values_list("hash", flat=True).first() or ""
    text = canonical(said)
    plain = motion_to_json(motion)
    row = Decision.objects.create(
        initiative=initiative, submission=submission, gate=gate, outcome=motion.outcome.value, carried=carried,
        from_stage=initiative.stage, to_stage=to.value, body=body.value, decided_on=clock.day_of(at), decided_by=by.user,
        recorded_at=at, because=motion.because, reason_code=motion.reason_code, lessons=motion.lessons, motion=plain, ceiling=plain["ceiling"],
        lapses_on=motion.lapses_on, until=motion.until, pack_seal=pack_seal, document=text, prev_hash=last,
        hash=chained(last, text),
    )  # fmt: skip
    audit.record(
        by=by, at=at, action="decision.recorded" if carried else "decision.not_carried", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
        reason=motion.because,
        after={
            "decision": row.ref, "outcome": row.outcome, "gate": gate, "body": body.value, "carried": carried,
            "stage": to.value, "conditions": plural(len(motion.conditions), "condition"), "hash": row.hash,
        },
    )  # fmt: skip
    return row


def _authority(authority: Authority) -> dict[str, Any]:
    return {
        "body": authority.body.value, "specialist": authority.specialist, "item": authority.item,
        "numbers": dict(authority.numbers), "ballots": [dict(one) for one in authority.ballots],
        "dissents": [dict(one) for one in authority.dissents],
        **({"evidence": authority.evidence} if authority.evidence else {}),
    }  # fmt: skip


def _notice(row: Decision, initiative: Initiative) -> dict[str, Any]:
    """Lead and sponsor are told of every decision."""
    told = sorted({one for one in (initiative.lead_id, initiative.sponsor_id) if one is not None})
    return {"decision_id": row.pk, "initiative_id": initiative.pk, "people": told}
