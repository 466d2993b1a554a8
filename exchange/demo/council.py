"""The council of the demo: its seats, a meeting that was held and minuted, and the next one with what is put before it."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, Final

from core.access import Actor, system
from core.grants import grant_role
from core.models import Role
from domain.council import Choice
from domain.working_days import USUAL, working_days_after
from exchange.demo.people import CHAIR, MANAGER
from exchange.demo.play import World
from governance.models import AgendaItem, Meeting
from governance.services.council_agenda import put_on_agenda
from governance.services.council_close import close_item
from governance.services.council_meetings import end_meeting, plan_meeting
from governance.services.council_minutes import draft_minutes
from governance.services.council_open import open_item
from governance.services.council_seats import make_seat, seat_person
from governance.services.council_statements import add_action, state
from governance.services.council_vote import cast_vote

HELD, NEXT = 27, 6
"""The last meeting at least so many days ago, the next one in so many working days."""

# Seat, who presides, whether it may veto, and who holds it; None is vacant.
SEATS: Final[tuple[tuple[str, int | None, bool, str | None], ...]] = (
    ("Chair", 1, False, CHAIR),
    ("Deputy, risk", 2, False, "Paul Achterberg"),
    ("Data protection and law", None, True, "Grace Mbeki"),
    ("Strategy", None, False, "Kees Bakker"),
    ("Conduct", None, False, "Ruth Adeyemi"),
    ("Group finance", None, False, None),
)
JOINED: Final = ("Kees Bakker", "Ruth Adeyemi")
"""Sit on the council beside their own role."""

REJECTED: Final = "Broker e-mail drafting"
VOTES: Final[tuple[tuple[str, Choice, str], ...]] = (
    (CHAIR, Choice.REJECT, "Usage rose in both teams that changed their templates."),
    ("Paul Achterberg", Choice.REJECT, ""),
    ("Grace Mbeki", Choice.ABSTAIN, ""),
    ("Kees Bakker", Choice.APPROVE, "Ten months without a decision is an answer."),
)
STOP: Final[dict[str, Any]] = {
    "outcome": "stop", "because": "Ten months of pilot, and brokers' replies take as long as before.",
    "reason_code": "no_value", "lessons": "Measure reply time before the first draft is written.",
}  # fmt: skip
COMING: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    (
        "Collections voice agent",
        {"outcome": "hold", "because": "Nobody sponsors it since Felix Brun left. Hold it until somebody does."},
    ),
    (
        "Branch footfall forecasting",
        {
            "outcome": "stop", "because": "A year of pilot, and rotas are made without it.", "reason_code": "no_value",
            "lessons": "Ask the branch managers first whether they may change a rota.",
        },
    ),
)  # fmt: skip


def write(world: World) -> None:
    """Seats, the meeting that was held, and the next one."""
    script = world.script
    held = script.back(HELD)
    while not USUAL.works(held):
        held -= timedelta(days=1)
    script.on(script.back(200), partial(_seat, world), hour=9)
    script.on(held - timedelta(days=14), partial(_plan, world, held), hour=9)
    script.on(held, partial(_open, world), hour=14)
    script.on(held, partial(_hold, world), hour=15)
    script.on(script.back(HELD - 5), partial(_draft, world), hour=16)
    script.on(script.back(3), partial(_call, world), hour=9)


def there(world: World, name: str) -> Actor:
    """That person at a page of the product: nobody votes by a command."""
    return replace(world.who(name), via="page")


def _at(world: World, day: date) -> datetime:
    return datetime.combine(day, time(14), world.script.zone)


def _seat(world: World, at: datetime) -> None:
    by = world.who(MANAGER)
    for name in JOINED:
        grant_role(user=world.people[name], role=Role.COUNCIL_MEMBER, unit=None, by=system("command"), at=at)
        world.actors.pop(name, None)
    for place, (name, presides, veto, holder) in enumerate(SEATS, 1):
        seat = make_seat(name=name, presides=presides, may_veto=veto, position=place, by=by, at=at)
        if holder is not None:
            seat_person(seat_id=seat.pk, holder=world.people[holder], by=by, at=at)
    sponsor = make_seat(name="Sponsor of the council", kind="authority", position=1, by=by, at=at)
    seat_person(seat_id=sponsor.pk, holder=world.people["Astrid Vale"], by=by, at=at)


def _plan(world: World, day: date, at: datetime) -> None:
    by = world.who(CHAIR)
    row = plan_meeting(begins_at=_at(world, day), place="Room 4 and online", by=by, at=at)
    put_on_agenda(
        meeting_id=row.pk,
        initiative_id=world.initiatives[REJECTED].pk,
        motion=STOP,
        because="purgatory",
        by=by,
        at=at,
    )


def _open(world: World, at: datetime) -> None:
    open_item(item_id=_rejected(world).pk, by=there(world, CHAIR), at=at)


def _hold(world: World, at: datetime) -> None:
    """Voted on and rejected: the pilot goes on, and one member says on record why it should not."""
    row = _rejected(world)
    for name, choice, reason in VOTES:
        cast_vote(item_id=row.pk, choice=choice, reason=reason, by=there(world, name), at=at)
    state(
        item_id=row.pk, kind="dissenting", by=there(world, "Kees Bakker"), at=at,
        text="The same was said in spring. I would have stopped it and kept the templates.",
    )  # fmt: skip
    close_item(item_id=row.pk, by=there(world, CHAIR), at=at)
    add_action(
        meeting_id=row.meeting_id, item_id=row.pk, text="Report reply time of both teams, week by week",
        owner=world.people["Hugh Pemberton"], due_on=world.script.today + timedelta(days=5), by=world.who(CHAIR), at=at,
    )  # fmt: skip
    end_meeting(meeting_id=row.meeting_id, by=world.who(CHAIR), at=at)


def _rejected(world: World) -> AgendaItem:
    return AgendaItem.objects.get(initiative=world.initiatives[REJECTED])


def _draft(world: World, at: datetime) -> None:
    draft_minutes(meeting_id=Meeting.objects.get(number=1).pk, by=world.who(CHAIR), at=at)


def _call(world: World, at: datetime) -> None:
    by, today = world.who(CHAIR), world.script.today
    row = plan_meeting(
        begins_at=_at(world, working_days_after(today, NEXT)), place="Room 4 and online", by=by, at=at
    )
    for name, said in COMING:
        motion = (
            {**said, "until": (today + timedelta(days=40)).isoformat()} if said["outcome"] == "hold" else said
        )
        put_on_agenda(
            meeting_id=row.pk,
            initiative_id=world.initiatives[name].pk,
            motion=motion,
            because="purgatory",
            by=by,
            at=at,
        )
