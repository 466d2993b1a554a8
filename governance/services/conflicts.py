"""Writing down who may not decide, before anybody decides: the database refuses them from then on."""

from datetime import datetime
from typing import Any

from core.access import Actor
from core.errors import Problem
from core.refusals import refusal
from domain.conflicts import Conflict
from governance.models import GateConflict, GateSubmission
from governance.queries.conflicts import conflicted
from governance.queries.council import lent
from portfolio.models import Initiative

WORDS = {
    Conflict.SPONSOR: "sponsors the initiative",
    Conflict.LEAD: "leads the initiative",
    Conflict.OWNER: "owns a KPI, a model or the production of the initiative",
    Conflict.SUBMITTER: "submitted the gate",
    Conflict.EDITOR: "works on the initiative or wrote what is asked for",
    Conflict.FORMER: "once led, sponsored or worked on the initiative",
    Conflict.CONDITION: "owns or verifies a condition at stake",
    Conflict.MANAGER: "is the line manager of somebody who does",
    Conflict.DELEGATE: "stands in for somebody who may not decide",
}


def write_conflicts(
    initiative: Initiative, submission: GateSubmission | None, *, at: datetime
) -> dict[int, Conflict]:
    """Find who may not decide and keep it; rows are added and never taken away. The caller holds the initiative."""
    delegates: dict[int, list[int]] = {}
    for row in lent(at):
        delegates.setdefault(row.holder_id, []).append(row.delegate_id)
    found = conflicted(initiative, submission, delegates=delegates)
    of = submission.pk if submission else None
    GateConflict.objects.bulk_create(
        [
            GateConflict(
                initiative=initiative, submission_id=of, user_id=person, because=why.value, found_at=at
            )
            for person, why in sorted(found.items())
        ],
        ignore_conflicts=True,
    )
    return found


def require_unconflicted(
    person: int | None, name: str, found: dict[int, Conflict], initiative: Initiative, *,
    by: Actor, at: datetime, asked: dict[str, Any], action: str = "decision.refused",
) -> None:  # fmt: skip
    """Nobody decides on their own work: 403 `four_eyes`, and the attempt goes on record as `action`."""
    if person is not None and person in found:
        raise four_eyes(
            f"{name} may not decide this: {name} {WORDS[found[person]]}. Somebody else has to.",
            initiative, by=by, at=at, asked=asked, action=action,
        )  # fmt: skip


def four_eyes(
    words: str, initiative: Initiative, *, by: Actor, at: datetime, asked: dict[str, Any], action: str
) -> Problem:
    """The refusal with its event."""
    return refusal(
        words, by=by, at=at, action=action, obj=initiative, initiative_id=initiative.pk,
        unit_path=initiative.unit.path, after=asked,
    )  # fmt: skip
