"""What interventions and remediations put on the portfolio's pages: who acts on a flag, what is due, the gate's answer."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.urls import reverse

from core import vocabulary
from core.access import Actor, may, scope
from core.roles import Action
from core.wording import day
from kpis.models import Intervention
from kpis.queries.interventions import last_by_flag, state_of
from portfolio.models import Flag, Initiative
from portfolio.queries.history import tells
from portfolio.views.slots import Beside, Due, Panel, beside_flags, when_due

tells("comparison.looked", "recorded counts of a comparison up to {looked_on}", alone=True)
tells("intervention.assigned", "asked {assigned_to} to act by {due_on}: {action}")
tells("intervention.changed", "changed who acts, or by when")
tells("intervention.closed", "closed the action given to {assigned_to}: {closure}")
tells("intervention.escalated", "put the overdue action of {assigned_to} before the council: {action}")
tells("remediation.opened", "began to set KPIs right after the fact: {because}")
tells("remediation.step_taken", "took the step {step}: {finding}")
tells("remediation.closed", "ended the remediation; for the model: {realignment}")
tells("kpi.labelled_post_hoc", "labelled {name} post-hoc, for ever")


@beside_flags
def acting(flags: Sequence[Flag], actor: Actor, today: date) -> Mapping[int, Beside]:
    """Who acts on each flag and by when, or that nobody does, with the way to have somebody. Two statements."""
    found = last_by_flag(flag.pk for flag in flags)
    mine = _may_give(flags, actor)
    out = {}
    for flag in flags:
        row = found.get(flag.pk)
        state = state_of(row, today) if row else ""
        context = {
            "row": row,
            "state": state,
            "may_give": flag.initiative_id in mine and state in {"", "closed"},
        }
        out[flag.pk] = Beside(_words(row, state), Panel("kpis/actions/_acting.html", context))
    return out


def _may_give(flags: Sequence[Flag], actor: Actor) -> set[int]:
    """The initiatives of open flags on which the reader may have somebody act."""
    ids = {flag.initiative_id for flag in flags if flag.cleared_at is None and flag.initiative_id is not None}
    if not ids or not may(actor, Action.EDIT_INITIATIVE):
        return set()
    rows = Initiative.objects.filter(scope(actor, Action.EDIT_INITIATIVE, Initiative), pk__in=ids)
    return set(rows.order_by().values_list("pk", flat=True))


def _words(row: Intervention | None, state: str) -> str:
    if row is None:
        return "nobody"
    if state == "closed":
        return f"closed: {row.closure}"
    return f"{row.assigned_to.name} by {day(row.due_on)}, {vocabulary.word('intervention', state).lower()}"


@when_due
def undertaken(actor: Actor, initiatives: Sequence[Initiative], today: date) -> list[Due]:  # noqa: ARG001  also on others' initiatives
    """What the person was given to do, wherever that is. One statement."""
    if actor.user is None:
        return []
    rows = Intervention.objects.filter(assigned_to=actor.user.pk, closed_at=None)
    return [
        Due(
            row.due_on,
            row.action,
            f"{row.initiative.ref} · {row.initiative.name} · {row.flag.cause}"
            + (" · before the council" if row.escalated_on else ""),
            reverse("intervention-detail", args=[row.pk]),
        )
        for row in rows.select_related("initiative", "flag").order_by("due_on", "pk")
    ]
