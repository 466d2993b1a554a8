"""What no gate asks for, decided by the council: a condition set aside or given a new date, a stopped initiative taken up again
or its stop confirmed."""

from datetime import datetime

from core.access import Actor
from core.errors import conflict, not_found
from domain.authority import Authority
from domain.motions import Motion
from domain.stage_words import OF_A_STOP, Body, Outcome, Stage
from governance.models import Condition, Decision
from governance.services.after_stop import judge_stopped
from governance.services.condition_changes import redate, require_body_of, require_new_date, waive
from governance.services.conditions import BECAUSE
from governance.services.conflicts import require_unconflicted, write_conflicts
from governance.services.decide import write_beside
from governance.services.reopen import reopen, require_reopenable
from portfolio.models import Initiative


def require_beside(initiative: Initiative, motion: Motion, *, at: datetime) -> Condition | None:
    """Refuse a motion that could not be recorded if it were carried; the condition it is about, None for
    what is decided of a stop.

    Raises Problem 404 for no such condition of this initiative; 409 `closed`, `wrong_body`, `waits_for_confirmation`,
    `not_stopped`; 400 `same_day`.
    """
    if motion.outcome is Outcome.CONFIRM_STOP and initiative.stage != Stage.STOPPED.value:
        words = f"{initiative.ref} is in {initiative.get_stage_display().lower()}, so there is no stop to confirm."
        raise conflict("not_stopped", words)
    if motion.outcome in OF_A_STOP:
        if motion.stage is not None:
            authority = Authority(body=Body.COUNCIL, item=0)
            require_reopenable(initiative, motion.stage, authority, at, "/motion/stage")
        return None
    row = (
        Condition.objects.select_related("decision")
        .filter(pk=motion.condition or 0, initiative=initiative)
        .first()
    )
    if row is None:
        raise not_found("This initiative has no such condition.")
    require_body_of(row, Body.COUNCIL)
    if row.state != Condition.State.OPEN:
        raise conflict("closed", f"{row.ref} is {row.get_state_display().lower()} since {row.closed_on}.")
    if motion.outcome is Outcome.REDATE and motion.due_on is not None:
        require_new_date(row, motion.due_on, at, "motion/due_on")
    return row


def record_beside(
    *, initiative: Initiative, motion: Motion, authority: Authority, by: Actor, at: datetime, carried: bool = True
) -> Decision:  # fmt: skip
    """Write the council's decision and let it take effect; not carried, or undecided, it is written and nothing changes.

    The caller holds the initiative. Raises Problem as `waive`, `redate` and `reopen` do.
    """
    if motion.outcome is Outcome.REOPEN and carried and motion.stage is not None:
        return reopen(
            initiative_id=initiative.pk, stage=motion.stage, because=motion.because, authority=authority, by=by, at=at
        )  # fmt: skip
    if motion.outcome is Outcome.CONFIRM_STOP:
        return _confirm_stop(initiative, motion, authority, by, at, carried=carried)
    row = write_beside(initiative, motion, authority, Stage(initiative.stage), by, at, carried=carried)
    if not carried or motion.condition is None:
        return row
    because = f"{row.ref}: {motion.because}"[:BECAUSE]
    if motion.outcome is Outcome.WAIVE:
        waive(pk=motion.condition, because=because, body=Body.COUNCIL, decision=row, by=by, at=at)
    elif motion.outcome is Outcome.REDATE and motion.due_on is not None:
        redate(
            pk=motion.condition, due_on=motion.due_on, because=because, body=Body.COUNCIL, decision=row, by=by, at=at
        )  # fmt: skip
    return row


def _confirm_stop(
    initiative: Initiative, motion: Motion, authority: Authority, by: Actor, at: datetime, *, carried: bool
) -> Decision:
    """The stop stands. What went on until now is answered by it, and calls no more; what goes on after it does.

    Raises Problem 403 `four_eyes` for whoever is in conflict, 409 `not_stopped` where it was taken up again meanwhile.
    """
    require_beside(initiative, motion, at=at)
    found = write_conflicts(initiative, None, at=at)
    person, asked = by.user.pk if by.user else None, {"outcome": motion.outcome.value}
    require_unconflicted(person, by.label, found, initiative, by=by, at=at, asked=asked)
    row = write_beside(initiative, motion, authority, Stage.STOPPED, by, at, carried=carried)
    if carried:
        judge_stopped(at=at, by=by, only=initiative.pk)
    return row
