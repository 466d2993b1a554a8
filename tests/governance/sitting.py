"""A council for the tests: five seats and an authority above them, an item on its agenda, and ballots cast."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.access import Actor
from core.errors import Problem
from core.models import Role, RoleGrant, User
from domain.council import Choice
from governance.models import AgendaItem, Ballot, CouncilSeat, GateSubmission, Meeting, SeatTerm
from governance.services.council_agenda import put_on_agenda
from governance.services.council_meetings import plan_meeting
from governance.services.council_open import open_item
from governance.services.council_vote import cast_vote
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import idea, submitted

SEATS = (("cora", "Chair", 1, False), ("dirk", "Deputy", 2, False), ("sami", "Security", None, True),
         ("finn", "Finance", None, False), ("rosa", "Retail", None, False))  # fmt: skip
MEMBERS = tuple(name for name, *_ in SEATS)
LATER = AT + timedelta(minutes=10)
WORDS = {"y": Choice.APPROVE, "c": Choice.WITH_CONDITIONS, "n": Choice.REJECT, "a": Choice.ABSTAIN}


def person(cast: Cast, name: str, *roles: str) -> User:
    """Somebody of that name with these roles in the whole organisation."""
    if name not in cast.people:
        cast.people[name] = User.objects.create_user(
            f"{name}@calder.example",
            "a long enough password",
            name=name.capitalize(),
            created_at=AT,
            last_active_on=TODAY,
        )
    for role in roles:
        RoleGrant.objects.get_or_create(
            user=cast.people[name], role=role, unit=None, defaults={"granted_at": AT}
        )
    return cast.people[name]


def council(cast: Cast, *, authority: bool = True) -> dict[str, CouncilSeat]:
    """Chair, deputy, security (may veto), finance and retail, by name of who holds each; Olga decides above them."""
    seats = {}
    for place, (name, words, presides, veto) in enumerate(SEATS, 1):
        role = Role.COUNCIL_CHAIR if presides == 1 else Role.COUNCIL_MEMBER
        seats[name] = seat(cast, name, words, role, presides=presides, may_veto=veto, position=place)
    if authority:
        seats["olga"] = seat(cast, "olga", "Council sponsor", Role.EXECUTIVE, kind="authority", position=1)
    return seats


def seat(cast: Cast, name: str, words: str, role: str, **more: Any) -> CouncilSeat:
    row = CouncilSeat.objects.create(name=words, **more)
    SeatTerm.objects.create(
        seat=row, holder=person(cast, name, role), from_on=TODAY - timedelta(days=90),
        until_on=TODAY + timedelta(days=600), seated_at=AT,
    )  # fmt: skip
    return row


def asked(cast: Cast, **more: Any) -> tuple[Initiative, GateSubmission]:
    """A pilot of Alice's that asks for G4, which the council decides. Nobody of the council is near it."""
    row = idea(cast, **{"stage": "pilot", "tier": 2, **more})
    return row, submitted(row, cast)


def meeting(cast: Cast, **more: Any) -> Meeting:
    return plan_meeting(**{"begins_at": AT, "by": cast.actor("cora"), "at": AT, **more})


def planned(
    cast: Cast, initiative: Initiative, where: Meeting | None = None, outcome: str = "go", **more: Any
) -> AgendaItem:
    return put_on_agenda(
        meeting_id=(where or meeting(cast)).pk, initiative_id=initiative.pk,
        motion={"outcome": outcome, "because": "The evidence says so.", **more}, by=cast.actor("cora"), at=AT,
    )  # fmt: skip


def opened(cast: Cast, initiative: Initiative, at: datetime = AT, **more: Any) -> AgendaItem:
    return open_item(item_id=planned(cast, initiative, **more).pk, by=cast.actor("cora"), at=at)


def voting(cast: Cast, **more: Any) -> AgendaItem:
    """A council, a pilot that asks for G4, and its item open."""
    if not CouncilSeat.objects.exists():
        council(cast)
    initiative, _ = asked(cast)
    return opened(cast, initiative, **more)


def vote(
    cast: Cast,
    item: AgendaItem,
    name: str,
    said: str = "y",
    *,
    by: Actor | None = None,
    at: datetime = LATER,
    **more: Any,
) -> Ballot | None:
    if said == "c":  # conditions are named: by default the one of `asking.condition`
        more.setdefault("reason", "Failover is tested")
    return cast_vote(
        item_id=item.pk, choice=WORDS.get(said) or Choice(said), by=by or cast.actor(name), at=at, **more
    )


def votes(cast: Cast, item: AgendaItem, said: str, names: Iterable[str] = MEMBERS) -> None:
    """One letter for each member in their order; a dot is nobody."""
    for name, one in zip(names, said, strict=False):
        if one != ".":
            vote(cast, item, name, one)


def refused(work: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(Problem) as caught:
        work()
    problem = caught.value
    return problem.status, problem.items[0].code if problem.items else problem.code


def act(cast: Cast, service: Callable[..., Any], who: str, at: Any = LATER, **more: Any) -> Any:
    return service(by=cast.actor(who), at=at, **more)
