"""What a decision does, in the transaction that writes it: the stage, the conditions, the pilot, the standing of approvals."""

from datetime import datetime

from core import audit, clock
from core.access import Actor
from core.errors import field_error
from core.models import User
from domain.charter import NEW_CHARTER
from domain.motions import Motion
from domain.stage_words import DEFERRALS, Outcome, Stage
from governance.models import Condition, Decision
from governance.services.standing import approval_changed, settle_standing
from pilots.services.decided import deferred, extended, pivoted
from pilots.services.opening import ensure_pilot
from portfolio.models import Initiative
from portfolio.services.stages import move_stage


def take_effect(
    row: Decision,
    initiative: Initiative,
    motion: Motion,
    to: Stage,
    *,
    by: Actor,
    at: datetime,
    carried: bool,
) -> None:
    """Move the stage, write the conditions, tell the pilot, and settle how its approvals stand. The caller holds the initiative."""
    if motion.outcome in DEFERRALS and carried:
        deferred(initiative=initiative, until=motion.until, by=by, at=at)
    if not carried:
        return
    write_conditions(row, initiative, motion, by=by, at=at)
    if motion.outcome is Outcome.EXTEND:
        extended(
            initiative=initiative, days=motion.days or 0, reason_code=motion.reason_code, note=motion.because,
            evidence=motion.evidence, decision_changes=motion.decision_changes, by=by, at=at,
        )  # fmt: skip
    elif motion.outcome is Outcome.PIVOT:
        pivoted(
            initiative=initiative, charter=motion.charter, days=motion.days, decide_by=motion.until, by=by, at=at,
            anew={name: said for name in NEW_CHARTER if (said := getattr(motion, name))},
        )  # fmt: skip
    if to.value != initiative.stage:
        move_stage(
            initiative=initiative, to=to, on=clock.day_of(at), by=by, at=at, because=f"{row.ref}: {motion.because}"[:300]
        )  # fmt: skip
        if (
            to is Stage.PILOT
        ):  # it begins with the decision: with the charter decided on, and hearing of its conditions
            ensure_pilot(initiative=initiative, by=by, at=at)
    approval_changed(initiative)
    settle_standing(initiative, by=by, at=at)


def write_conditions(
    row: Decision, initiative: Initiative, motion: Motion, *, by: Actor, at: datetime
) -> None:
    """The conditions of an approval, each with an owner and another person who verifies, both here (C1)."""
    people = {one for each in motion.conditions for one in (each.owner, each.verifier)}
    here = set(
        User.objects.filter(pk__in=people, is_active=True, is_service=False).values_list("pk", flat=True)
    )
    for place, one in enumerate(motion.conditions):
        for name, person in (("owner", one.owner), ("verifier", one.verifier)):
            if person not in here:
                raise field_error(
                    f"motion/conditions/{place}/{name}", "Name a person who is here.", code="not_active"
                )
        made = Condition.objects.create(
            decision=row, initiative=initiative, number=place + 1, text=one.text, kind=one.kind, blocking=one.blocking,
            owner_id=one.owner, verifier_id=one.verifier, verification=one.verification, first_due_on=one.due_on,
            due_on=one.due_on,
        )  # fmt: skip
        audit.record(
            by=by, at=at, action="condition.set", obj=made, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            after={
                "condition": made.ref, "text": made.text, "kind": made.kind, "owner": made.owner_id, "due_on": made.due_on,
                "decision": row.ref,
            },
        )  # fmt: skip
