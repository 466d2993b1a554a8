"""What no gate asks for, decided by the council: a condition set aside or given a new date, a stopped initiative taken up again."""

from datetime import datetime

from core.access import Actor
from core.errors import conflict, not_found
from domain.authority import Authority
from domain.motions import Motion
from domain.stage_words import Body, Outcome, Stage
from governance.models import Condition, Decision
from governance.services.condition_changes import redate, require_body_of, require_new_date, waive
from governance.services.conditions import BECAUSE
from governance.services.decide import write_beside
from governance.services.reopen import reopen, require_reopenable
from portfolio.models import Initiative


def require_beside(initiative: Initiative, motion: Motion, *, at: datetime) -> Condition | None:
    """Refuse a motion that could not be recorded if it were carried; the condition it is about, None for a reopening.

    Raises Problem 404 for no such condition of this initiative; 409 `closed`, `wrong_body`, `waits_for_confirmation`,
    `not_stopped`; 400 `same_day`.
    """
    if motion.outcome is Outcome.REOPEN:
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
