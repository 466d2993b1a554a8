"""What stood in the room when the council decided: ballots with names, and statements, those made after the close among them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.models import User
from domain.conflicts import Conflict
from governance.models import AgendaItem, Decision, Dissent
from governance.models.council_items import CHOICES
from governance.queries.council_minutes import CONFLICTS

NOT_COUNTED = {
    "recused": "recused",
    "inactive": "not active at the close",
    "not_eligible": "not eligible at the close",
}


@dataclass(frozen=True, slots=True)
class Vote:
    """One ballot as the log keeps it. `not_counted`: why, in words; empty where it counted."""

    seat: str
    name: str
    choice: str
    reason: str
    by_delegate: bool
    not_counted: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What a member would have on record. `later`: made after the decision was recorded, so not in its entry."""

    author: int
    name: str
    kind: str
    text: str
    at: datetime
    later: bool


def item_of(decision: Decision) -> AgendaItem | None:
    """The item of the council that it ended."""
    return AgendaItem.objects.select_related("meeting__minutes").filter(decision=decision).first()


def votes_of(authority: Mapping[str, Any]) -> list[Vote]:
    """The ballots of an entry. One statement for the names."""
    rows = authority.get("ballots") or []
    people = User.objects.in_bulk({one["cast_by"] for one in rows if one.get("cast_by")})
    words = dict(CHOICES)
    return [
        Vote(
            one.get("seat", ""),
            people[one["cast_by"]].name if one.get("cast_by") in people else "",
            words.get(one["choice"], one["choice"]),
            one.get("reason", ""),
            bool(one.get("by_delegate")),
            "" if one.get("counted", True) else why_not_counted(one.get("not_counted", "")),
        )
        for one in rows
    ]


def why_not_counted(code: str) -> str:
    """Why a ballot was kept and not counted."""
    if code in set(Conflict):
        return CONFLICTS[Conflict(code)]
    return NOT_COUNTED.get(code, code.replace("_", " ") or "not eligible at the close")


def statements_on(decision: Decision) -> list[Statement]:
    """Every statement beside the decision, first to last: it stands there for ever, whenever it was made. One statement."""
    rows = Dissent.objects.filter(item__decision=decision).select_related("author").order_by("pk")
    return [
        Statement(one.author_id, one.author.name, one.kind, one.text, one.at, one.at > decision.recorded_at)
        for one in rows
    ]
