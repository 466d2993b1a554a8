"""What the record says of a meeting: the document its minutes are."""

from typing import Any

from django.db.models import Min

from core.access import Actor, everywhere
from core.roles import Action
from domain.conflicts import Conflict
from governance.models import AgendaItem, Decision, Meeting
from portfolio.models import Initiative

CONFLICTS = {
    Conflict.SPONSOR: "sponsor",
    Conflict.LEAD: "lead",
    Conflict.OWNER: "owner of a part of it",
    Conflict.SUBMITTER: "submitted it",
    Conflict.EDITOR: "works on it",
    Conflict.FORMER: "ran it once",
    Conflict.CONDITION: "owner or verifier of a condition",
    Conflict.MANAGER: "line manager of somebody who runs it",
    Conflict.DELEGATE: "votes for somebody who runs it",
}


def minutes_of(meeting: Meeting) -> dict[str, Any]:
    """Plain data, in the order of the agenda. A constant number of statements for an item."""
    items = meeting.items.exclude(state=AgendaItem.State.WITHDRAWN).select_related(
        "initiative", "presenter", "presider", "decision", "escalated_to"
    )
    began = meeting.items.aggregate(first=Min("opened_at"))["first"]
    return {
        "form": 2,
        "meeting": {
            "ref": meeting.ref, "number": meeting.number, "kind": meeting.kind, "place": meeting.place,
            "begins_at": meeting.begins_at.isoformat(), "ends_at": meeting.ends_at.isoformat(),
            "began_at": began.isoformat() if began else None,
            "ended_at": meeting.ended_at.isoformat() if meeting.ended_at else None, "state": meeting.state,
        },
        "items": [_item(row) for row in items.prefetch_related(
            "roster__holder", "recusals__user", "ballots__cast_by", "dissents__author", "decision__conditions__owner",
            "decision__conditions__verifier")],
        "actions": [
            {"ref": row.ref, "text": row.text, "owner": row.owner.name, "due_on": row.due_on.isoformat()}
            for row in meeting.actions.select_related("owner").order_by("pk")
        ],
    }  # fmt: skip


def because_of(kind: str, because: str) -> str:
    """Why somebody is recused, in words: a computed one by its tie."""
    return CONFLICTS[Conflict(because)] if kind == "computed" and because in set(Conflict) else because


def _item(row: AgendaItem) -> dict[str, Any]:
    names = {seat.seat_id: seat.name for seat in row.roster.all()}
    return {
        "ref": row.ref, "initiative": row.initiative.ref, "name": row.initiative.name, "gate": row.gate,
        "motion": row.motion, "presented_by": row.presenter.name if row.presenter else None,
        "opened_at": row.opened_at.isoformat() if row.opened_at else None,
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
        "recusals": [
            {"name": one.user.name, "kind": one.kind, "because": because_of(one.kind, one.because),
             "lifted": one.lifted_because or None}
            for one in row.recusals.all()
        ],
        "numbers": row.numbers, "result": row.result, "why": row.why,
        "presided": row.presider.name if row.presider else None,
        "escalated_to": row.escalated_to.name if row.escalated_to else None,
        "decision": row.decision.ref if row.decision else None,
        "recorded": _recorded(row.decision), "conditions": _conditions(row.decision), **_attendance(row),
        "ballots": [
            {"seat": names.get(one.seat_id, ""), "name": one.cast_by.name, "choice": one.choice, "reason": one.reason,
             "by_delegate": one.delegation_id is not None, "counted": one.counted, "not_counted": one.not_counted}
            for one in row.ballots.all()
        ] if row.state == AgendaItem.State.CLOSED else [],
        "statements": [
            {"name": one.author.name, "kind": one.kind, "text": one.text, "at": one.at.isoformat()}
            for one in row.dissents.all()
        ] if row.state == AgendaItem.State.CLOSED else [],
    }  # fmt: skip


def _recorded(decision: Decision | None) -> dict[str, Any] | None:
    """What the log says became of it, which is not always the motion as it was put."""
    if decision is None:
        return None
    return {"outcome": decision.outcome, "carried": decision.carried, "because": decision.because}


def _conditions(decision: Decision | None) -> list[dict[str, Any]]:
    """Those that the decision set, as they were set."""
    rows = decision.conditions.all() if decision is not None else ()
    return [
        {
            "ref": one.ref, "text": one.text, "kind": one.kind, "blocking": one.blocking, "owner": one.owner.name,
            "verifier": one.verifier.name, "verification": one.verification, "due_on": one.first_due_on.isoformat(),
        }
        for one in sorted(rows, key=lambda one: one.number)
    ]  # fmt: skip


def _attendance(row: AgendaItem) -> dict[str, list[str]]:
    """Who was there for the item, told by who cast a ballot; the others by name, those recused and vacant seats left out."""
    if row.state != AgendaItem.State.CLOSED:
        return {"present": [], "absent": []}
    cast, present, absent = {one.seat_id: one for one in row.ballots.all()}, [], []
    away = {one.user_id for one in row.recusals.all() if one.lifted_at is None}
    for seat in row.roster.all():
        ballot = cast.get(seat.seat_id)
        if seat.holder is None or seat.holder_id in away:
            continue
        if ballot is None:
            absent.append(seat.holder.name)
        elif ballot.delegation_id is not None:
            present.append(f"{ballot.cast_by.name} for {seat.holder.name}")
        else:
            present.append(seat.holder.name)
    return {"present": present, "absent": absent}


def shown_to(document: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """The document with the items the reader may know of; actions only for who reads the whole organisation."""
    if everywhere(actor, Action.VIEW):
        return document
    refs = [int(one["initiative"].rpartition("-")[2]) for one in document["items"]]
    seen = {row.ref for row in Initiative.objects.visible_to(actor).filter(pk__in=refs)}
    return {
        **document,
        "items": [one for one in document["items"] if one["initiative"] in seen],
        "actions": [],
    }
