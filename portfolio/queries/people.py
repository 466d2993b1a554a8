"""The people around an initiative, as its page and the API show them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch

from core.listing import Filter, Listing
from domain.stakeholders import FUNCTION_WORDS, Function, GroupRole, Matrix, Stake, bridged, matrix
from portfolio.models import GroupMember, Initiative, Stakeholder, WorkingAction, WorkingGroup, WorkingMeeting
from portfolio.queries.listings import DAY, PERSON

_OF_INITIATIVE = {
    "initiative": Filter("initiative", "ref", prefix="AI"),
    "unit": Filter("initiative__unit__path", "subtree"),
}
STAKEHOLDERS = Listing(
    filters={
        **_OF_INITIATIVE,
        "user": Filter("user", "id", ops=PERSON),
        "function": Filter("function", "choice", choices=tuple(Function)),
        "signed_on": Filter("signed_on", "date", ops=DAY),
        "on_register": Filter("ended_on", "null", ops=("",)),
    },
    orders={"function": "function", "signed_on": "signed_on", "recorded_at": "recorded_at"},
    default="id",
    search=("name", "user__name", "interest", "concern"),
    nullable=frozenset({"signed_on"}),
)
GROUPS = Listing(
    filters={
        **_OF_INITIATIVE,
        "member": Filter("members__user", "id", many=True),
        "open": Filter("ended_on", "null", ops=("",)),
    },
    orders={"name": "name", "recorded_at": "recorded_at"},
    default="id",
    search=("name", "purpose"),
)
MEETINGS = Listing(
    filters={
        **_OF_INITIATIVE,
        "group": Filter("group", "id", ops=PERSON),
        "kind": Filter("kind", "choice", choices=tuple(WorkingMeeting.Kind.values)),
        "held_on": Filter("held_on", "date", ops=DAY),
        "owner": Filter("actions__owner", "id", many=True),
    },
    orders={"held_on": "held_on", "recorded_at": "recorded_at"},
    default="-held_on",
    search=("agenda",),
)
MEMBERS = Prefetch("members", GroupMember.objects.select_related("user"))
ACTIONS = Prefetch("actions", WorkingAction.objects.select_related("owner"))


@dataclass(frozen=True, slots=True)
class FunctionLine:
    """One function of the matrix with who speaks for it."""

    words: str
    people: tuple[Stakeholder, ...]
    signed: int
    concerned: int
    missing: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A group that works, with who is in it now. `bridged`: somebody translates between business and data science."""

    row: WorkingGroup
    members: tuple[GroupMember, ...]
    bridged: bool


def register_of(initiative: Initiative) -> list[Stakeholder]:
    """Who is on the register now. One query."""
    return list(initiative.stakeholders.filter(ended_on=None).select_related("user"))


def matrix_of(rows: Sequence[Stakeholder]) -> Matrix:
    return matrix(
        [Stake(row.pk, Function(row.function), bool(row.concern), row.signed_on is not None) for row in rows]
    )


def lines_of(rows: Sequence[Stakeholder], found: Matrix) -> list[FunctionLine]:
    """The matrix with its people in place of their ids."""
    known = {row.pk: row for row in rows}
    return [
        FunctionLine(
            FUNCTION_WORDS[line.function], tuple(known[ref] for ref in line.refs), line.signed, line.concerned,
            line.missing,
        )
        for line in found.lines
    ]  # fmt: skip


def groups_of(initiative: Initiative) -> list[Group]:
    """Groups that have not ended. Two queries."""
    found = []
    for row in initiative.working_groups.filter(ended_on=None).prefetch_related(MEMBERS):
        members = tuple(one for one in row.members.all() if one.until_on is None)
        found.append(Group(row, members, bridged(GroupRole(one.role) for one in members)))
    return found


def meetings_of(initiative: Initiative) -> list[WorkingMeeting]:
    """The latest first, with their actions. Two queries."""
    return list(initiative.working_meetings.select_related("group", "recorded_by").prefetch_related(ACTIONS))
