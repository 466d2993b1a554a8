"""Interventions: what somebody is to do about a flag, by when, and how it ended. What is overdue goes to the council.

A flag clears only when its fact changes, whatever is said here.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Final, TypedDict

from django.db import transaction
from django.db.models import QuerySet

from core import audit, clock, outbox
from core.access import Actor, actor_for, allows, require, system, token_lets
from core.errors import Problem, conflict, field_error, forbidden, from_rule, not_found, stale
from core.models import User
from core.roles import Action
from core.text import clean
from core.wording import day as in_words
from domain.errors import RuleError
from domain.kpi_warnings import Intervention as Undertaken
from domain.kpi_warnings import latest_due
from kpis.models import Intervention
from kpis.services import limits
from kpis.services.watch import mark_due
from portfolio.models import Flag, Initiative
from portfolio.services import flags
from portfolio.services.initiatives import require_active
from portfolio.services.locks import claim_initiatives, lock_initiative

ACTION: Final = 500
BECAUSE: Final = 300
CLOSURE: Final = 500
CHUNK: Final = 500  # initiatives a transaction
CHANGED: Final = ("assigned_to", "due_on")
ESCALATED: Final = outbox.announces("intervention.escalated")


class Change(TypedDict, total=False):
    """What may be changed of an open intervention."""

    assigned_to: User
    due_on: date


def assign_intervention(
    *, flag_id: int, assigned_to: User, action: str, due_on: date, by: Actor, at: datetime
) -> Intervention:
    """Have a person act on an open flag by a day, 30 days ahead at most. A flag has one open intervention.

    Raises Problem 404, 403, 400 at the field that is wrong, 409 `flag_cleared`, `taken_up`, `no_initiative`.
    """
    action = clean("action", action, limit=ACTION, required="Say what is to be done.")
    limits.require_day("due_on", due_on)
    with transaction.atomic():
        flag, initiative = _held_flag(flag_id, by)
        require(by, Action.EDIT_INITIATIVE, initiative)
        if flag.cleared_at is not None:
            raise conflict(
                "flag_cleared", "This flag has cleared: its fact changed. There is nothing to act on."
            )
        open_one = (
            Intervention.objects.filter(flag=flag, closed_at=None).select_related("assigned_to").first()
        )
        if open_one is not None:
            until = in_words(open_one.due_on)
            raise conflict(
                "taken_up", f"{open_one.assigned_to.name} acts on it already, by {until}. Change that one."
            )
        _require_person(assigned_to, initiative)
        _require_due(due_on, opened_on=clock.day_of(at), today=clock.day_of(at))
        row = Intervention.objects.create(
            flag=flag, initiative=initiative, assigned_to=assigned_to, assigned_by=by.user, action=action, due_on=due_on,
            recorded_at=at,
        )  # fmt: skip
        audit.record(
            by=by, at=at, action="intervention.assigned", obj=row, initiative_id=initiative.pk,
            unit_path=initiative.unit.path,
            after={**audit.snapshot(row, CHANGED), "action": action, "flag": flag.pk},
        )  # fmt: skip
        mark_due([initiative.pk])
    return row


def change_intervention(
    *, pk: int, expected_version: int | None, change: Change, because: str, by: Actor, at: datetime
) -> Intervention:
    """Give it to somebody else, or another day within the 30 days since it was opened. Nothing changed writes nothing.

    Raises Problem 404, 403, 412 for an old version, 400 at the field that is wrong, 409 `closed`.
    """
    because = clean("because", because, limit=BECAUSE)
    with transaction.atomic():
        row = _held(pk)
        require(by, Action.EDIT_INITIATIVE, row)
        _require_open(row)
        if expected_version is not None and row.version != expected_version:
            raise stale()
        before = audit.snapshot(row, CHANGED)
        person, due_on = change.get("assigned_to"), change.get("due_on")
        if person is not None and person.pk != row.assigned_to_id:
            _require_person(person, row.initiative)
            row.assigned_to = person
        if due_on is not None and due_on != row.due_on:
            limits.require_day("due_on", due_on)
            _require_due(due_on, opened_on=clock.day_of(row.recorded_at), today=clock.day_of(at))
            row.due_on = due_on
        was, now = audit.difference(before, audit.snapshot(row, CHANGED))
        if not now:
            return row
        if not because:
            raise field_error("because", "Say why it changes: the old word stays on record.", code="required")
        row.version += 1
        row.save(update_fields=[*CHANGED, "version"])
        audit.record(
            by=by, at=at, action="intervention.changed", obj=row, initiative_id=row.initiative_id, reason=because,
            unit_path=row.initiative.unit.path, before=was, after=now,
        )  # fmt: skip
        mark_due([row.initiative_id])
    return row


def close_intervention(*, pk: int, note: str, by: Actor, at: datetime) -> Intervention:
    """End it with a note of what was done: by the person it was given to, or whoever may change the initiative.

    The flag stands until its fact changes. Raises Problem 404, 403 `not_yours`, 400 without a note, 409 `closed`.
    """
    note = clean("note", note, limit=CLOSURE, required="Say what was done.")
    with transaction.atomic():
        row = _held(pk)
        require(by, Action.VIEW, row)
        require_closing(row, by)
        _require_open(row)
        _close(row, note, by=by, at=at)
        mark_due([row.initiative_id])
    return row


def require_closing(row: Intervention, by: Actor) -> None:
    """Refuse, 403, whoever is not the person it was given to and may not change the initiative either."""
    if not token_lets(by, Action.EDIT_INITIATIVE):
        raise Problem(403, "token_scope", "This token lacks the scope portfolio:write.")
    mine = by.user is not None and by.user.pk == row.assigned_to_id
    if not mine and not allows(by, Action.EDIT_INITIATIVE, row):
        raise forbidden(
            f"It was given to {row.assigned_to.name}. They close it, or whoever runs the initiative.",
            code="not_yours",
        )


def escalate_overdue(*, at: datetime, by: Actor | None = None) -> int:
    """Put what is overdue before the council, flag and all; returns how many. Twice changes nothing.

    Where the flag has cleared meanwhile there is nothing left to act on: the intervention is closed instead. Whether
    the person still has an account does not matter. One statement where nothing is overdue.
    """
    actor, done = by or system(), 0
    late = Intervention.objects.filter(closed_at=None, escalated_on=None, due_on__lt=clock.day_of(at))
    while late.exists():
        with transaction.atomic():
            held = claim_initiatives(
                late.order_by().values("initiative"), limit=CHUNK, only=("pk", "unit_id")
            )
            if not held:  # somebody else is at them
                return done
            done += _escalated(late, held, by=actor, at=at)
    return done


def _escalated(late: QuerySet[Intervention], held: Collection[int], *, by: Actor, at: datetime) -> int:
    rows = list(
        late.filter(initiative__in=held)
        .select_related("flag__unit", "initiative__unit", "assigned_to").order_by("pk")
    )  # fmt: skip
    for row in rows:
        if row.flag.cleared_at is not None:
            _close(row, "The flag cleared: its fact changed.", by=by, at=at)
    put = [row for row in rows if row.closed_at is None]
    Intervention.objects.filter(pk__in=[row.pk for row in put]).update(escalated_on=clock.day_of(at))
    flags.escalate([row.flag for row in put], by=by, at=at)
    audit.record_many(
        audit.event(
            by=by, at=at, action="intervention.escalated", obj=row, initiative_id=row.initiative_id,
            unit_path=row.initiative.unit.path,
            after={**audit.snapshot(row, CHANGED), "action": row.action, "flag": row.flag_id},
        )
        for row in put
    )  # fmt: skip
    if put:
        outbox.owe(kind=ESCALATED, payload={"intervention_ids": [row.pk for row in put]}, at=at)
    return len(put)


def _close(row: Intervention, note: str, *, by: Actor, at: datetime) -> None:
    row.closed_at, row.closed_by, row.closure = at, by.user, note
    row.version += 1
    row.save(update_fields=["closed_at", "closed_by", "closure", "version"])
    audit.record(
        by=by, at=at, action="intervention.closed", obj=row, initiative_id=row.initiative_id,
        unit_path=row.initiative.unit.path, after={"closure": note, "assigned_to": row.assigned_to_id},
    )  # fmt: skip


def _held_flag(flag_id: int, by: Actor) -> tuple[Flag, Initiative]:
    """The flag, and its initiative, which is held."""
    found = Flag.objects.filter(pk=flag_id).first()
    if found is None or (found.initiative_id is None and not allows(by, Action.VIEW, found)):
        raise not_found()
    if found.initiative_id is None:
        raise conflict("no_initiative", "This flag is about no initiative, so nobody can be given it.")
    initiative = lock_initiative(found.initiative_id)
    return Flag.objects.get(pk=flag_id), initiative


def _held(pk: int) -> Intervention:
    """The intervention, its initiative held."""
    initiative_id = Intervention.objects.filter(pk=pk).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    lock_initiative(initiative_id)
    return Intervention.objects.select_related("assigned_to", "initiative__unit", "flag").get(pk=pk)


def _require_open(row: Intervention) -> None:
    if row.closed_at is not None:
        raise conflict("closed", f"It was closed on {in_words(clock.day_of(row.closed_at))}: {row.closure}")


def _require_person(person: User, initiative: Initiative) -> None:
    """Somebody active who may see what they are to act on."""
    require_active("assigned_to", person)
    if not allows(actor_for(person, via="page"), Action.VIEW, initiative):
        said = f"{person.name} may not see this initiative. Choose somebody who may, or have them given a role first."
        raise field_error("assigned_to", said, code="may_not_see")


def _require_due(due_on: date, *, opened_on: date, today: date) -> None:
    """From today on, and not so far out that it would be a hiding place."""
    try:
        Undertaken(opened_on=today, due_on=due_on)
    except RuleError as refused:
        raise from_rule(refused) from refused
    latest = latest_due(opened_on)
    if due_on > latest:
        said = f"Give a day up to {in_words(latest)}: further out it would be forgotten."
        raise field_error("due_on", said, code="too_late")
