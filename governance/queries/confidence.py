"""The independent views of a submission, and who is offered to give one."""

from collections.abc import Sequence

from core.access import Actor, allows
from core.roles import Action
from governance.models import GateSubmission, IndependentConfidence
from governance.queries.conflicts import conflicted


def views_of(row: GateSubmission) -> list[IndependentConfidence]:
    """The latest first: that one counts, the others were said before it. One statement."""
    return views_of_all([row]).get(row.pk, [])


def views_of_all(rows: Sequence[GateSubmission]) -> dict[int, list[IndependentConfidence]]:
    """The same by submission, of all these at once. One statement."""
    found = IndependentConfidence.objects.filter(submission__in=rows).select_related("given_by")
    out: dict[int, list[IndependentConfidence]] = {}
    for view in found.order_by("-pk"):
        out.setdefault(view.submission_id, []).append(view)
    return out


def may_assure(row: GateSubmission, actor: Actor) -> bool:
    """Whether the form is offered: who decides or assures, and is not in conflict. The service asks again."""
    if row.state != GateSubmission.State.OPEN or actor.user is None or actor.scopes is not None:
        return False
    right = allows(actor, Action.ASSURE_GATE, row.initiative)
    return right and actor.user.pk not in conflicted(row.initiative, row)
