"""Telling people what was asked, decided, and is overdue: one notice for each person and event, said once."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from core.models import Role, RoleGrant
from core.notices import Word, tell
from core.wording import day, plural
from domain.stage_words import Body, Outcome
from governance.models import Condition, Decision, GateSubmission
from governance.queries.council import seats_on
from portfolio.models import Initiative


def tell_submitted(*, submission_id: int, at: datetime) -> int:
    """Whoever decides hears that a gate is asked for: managers of its unit, or chair and deputy of the council."""
    row = GateSubmission.objects.select_related("initiative__unit").filter(pk=submission_id).first()
    if row is None or row.state != GateSubmission.State.OPEN:
        return 0
    title = f"{row.gate} is asked for: {row.initiative.name}"
    body = f"{row.ask} To be decided by {day(row.due_on)}."
    people = _presiding(row) if row.body == Body.COUNCIL else _managers(row.initiative)
    near = {row.initiative.lead_id, row.initiative.sponsor_id, row.submitted_by_id}
    return _tell(people - near, f"submitted-{row.pk}", title, body, f"/governance/submissions/{row.ref}/", at)


def tell_decided(*, decision_id: int, people: Iterable[int], at: datetime) -> int:
    """Lead and sponsor hear of a decision, and owners and verifiers of the conditions it made."""
    row = Decision.objects.select_related("initiative").filter(pk=decision_id).first()
    if row is None:
        return 0
    conditions = list(row.conditions.all())
    words, body = f"{_came_to(row)}: {row.initiative.name}", row.because
    if not row.carried:
        body = f"The motion failed, and nothing changes. It said: {row.because}"
    elif conditions:
        body = f"{row.because} {plural(len(conditions), 'condition')}."
    url = f"/governance/decisions/{row.ref}/"
    told = _tell(set(people), f"decided-{row.pk}", words, body, url, at)
    for one in conditions:
        for person, what in ((one.owner_id, "You are to meet"), (one.verifier_id, "You are to verify")):
            told += _tell(
                {person}, f"condition-{one.pk}-given", f"{what} {one.ref} by {day(one.due_on)}: {row.initiative.name}",
                one.text, f"/governance/conditions/{one.ref}/", at,
            )  # fmt: skip
    return told


def _came_to(row: Decision) -> str:
    """What became of it, for a title: a motion that failed is never told as decided."""
    outcome = row.get_outcome_display().lower()
    if not row.carried:
        return f"Not carried, {outcome}"
    return "Not decided" if row.outcome == Outcome.NOT_DECIDED else f"Decided, {outcome}"


def tell_overdue(*, condition_id: int, people: Iterable[int], at: datetime) -> int:
    """Owner and sponsor hear that a condition is overdue (C4). Another due date that passes is told again."""
    row = Condition.objects.select_related("initiative").filter(pk=condition_id).first()
    if row is None or row.state != Condition.State.OPEN:
        return 0
    return _tell(
        set(people), f"condition-{row.pk}-overdue-{row.due_on}", f"{row.ref} is overdue: {row.initiative.name}",
        f"{row.text} It was due on {day(row.due_on)}.", f"/governance/conditions/{row.ref}/", at,
    )  # fmt: skip


def tell_suspended(*, payload: dict[str, Any], key: str, at: datetime) -> int:
    """Lead and sponsor hear that an approval is suspended, or holds again."""
    row = Initiative.objects.filter(pk=payload["initiative_id"]).first()
    if row is None:
        return 0
    words = "The approval is suspended" if payload["suspended"] else "The approval holds again"
    return _tell(
        set(payload["people"]), f"standing-{key}", f"{words}: {row.name}", payload["because"][:500],
        f"/portfolio/initiatives/{row.ref}/", at,
    )  # fmt: skip


def tell_evidence_changed(*, payload: dict[str, Any], key: str, at: datetime) -> int:
    """Lead, sponsor and whoever decided hear that an approval was taken on facts that are different now."""
    row = Decision.objects.select_related("initiative").filter(pk=payload["decision_id"]).first()
    if row is None:
        return 0
    return _tell(
        set(payload["people"]), f"evidence-{key}", f"The evidence changed after {row.ref}: {row.initiative.name}",
        "Facts it was taken on are different now. Look at the difference, then ask for the gate again or have it decided anew.",
        f"/governance/decisions/{row.ref}/", at,
    )  # fmt: skip


def _tell(
    people: set[int | None] | set[int], marker: str, title: str, body: str, url: str, at: datetime
) -> int:
    word = Word(marker=marker, title=title, body=body, url=url)
    return tell(words=[(person, word) for person in sorted(one for one in people if one is not None)], at=at)


def _managers(initiative: Initiative) -> set[int | None]:
    """Portfolio managers whose reach holds the initiative's unit."""
    path = initiative.unit.path
    above = [int(part) for part in path.strip("/").split("/") if part]
    grants = RoleGrant.objects.filter(Q(unit=None) | Q(unit__in=above), role=Role.PORTFOLIO_MANAGER)
    return set(grants.order_by().values_list("user_id", flat=True))


def _presiding(row: GateSubmission) -> set[int | None]:
    """Chair and deputy, as the seats stand on the day of the submission's deadline or before."""
    return {one.holder.pk for one in seats_on(row.submitted_at.date()) if one.seat.presides and one.holder}
