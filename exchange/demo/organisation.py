"""The demo's units, people with their roles, objectives, and those who left."""

from datetime import date, datetime, timedelta
from functools import partial

from django.contrib.auth.hashers import make_password

from core.access import system
from core.grants import grant_role
from core.models import Role, User
from core.people import add_user, deactivate_user
from core.proposals import propose_role
from core.units import create_unit
from domain.reminders import Mails
from exchange.demo.model_table import MODELS
from exchange.demo.people import ADMIN, CHIEF, LEFT, MANAGER, PASSWORD, PEOPLE, Person, email
from exchange.demo.play import World
from exchange.demo.table import OBJECTIVES, ROWS, SPONSOR, UNITS
from governance.services.evaluate import evaluate_owned_by
from pilots.services.evaluate import evaluate_held_by
from portfolio.services.departures import release_sponsorships
from portfolio.services.objectives import create_objective

NEXT_MEMBER = "Tomás Herrera"
OWNERS = ("Claims", "Financial Crime", "Customer Service", "Finance & Actuarial", "People & Workplace")


def write(world: World, began: date) -> None:
    """Add what happens with the organisation to the script; the register was set up on the day it `began`."""
    script = world.script
    script.on(began, partial(_found, world), hour=8)
    script.on(script.back(2), partial(_propose, world), hour=11)
    for name, days in LEFT.items():
        script.on(script.back(days), partial(_leave, world, name), hour=18)


def _found(world: World, at: datetime) -> None:
    by = system("command")
    for name, code, below in UNITS:
        world.units[name] = create_unit(name=name, code=code, by=by, at=at)
        for child, child_code in below:
            world.units[child] = create_unit(
                name=child, code=child_code, parent=world.units[name], by=by, at=at
            )
    for person in PEOPLE:
        world.people[person.name] = _join(world, person, at)
    for place, (title, description) in enumerate(OBJECTIVES):
        owner = world.people[SPONSOR[OWNERS[place]]]
        world.objectives.append(
            create_objective(name=title, description=description, owner=owner, by=world.who(MANAGER), at=at)
        )
    _open_accounts(world)


def _join(world: World, person: Person, at: datetime) -> User:
    by = system("command")
    row = add_user(email=email(person.name), name=person.name, title=person.title, by=by, at=at)
    for name in _reach(person):
        grant_role(user=row, role=person.role, unit=world.units[name] if name else None, by=by, at=at)
    return row


def _reach(person: Person) -> list[str]:
    """The units a person's role is granted in: their own, and those in which they lead or own something besides."""
    if not person.unit:
        return [""]
    home = next(_family(unit) for unit in UNITS if person.unit in _family(unit))
    stands = {row.name: row.unit for row in ROWS}
    led = [row.unit for row in ROWS if row.lead == person.name]
    owned = [stands.get(row.initiative, row.unit) for row in MODELS if row.owner == person.name]
    return list(dict.fromkeys([person.unit, *(unit for unit in [*led, *owned] if unit not in home)]))


def _family(unit: tuple[str, str, tuple[tuple[str, str], ...]]) -> list[str]:
    return [unit[0], *(name for name, _ in unit[2])]


def _open_accounts(world: World) -> None:
    """Give everybody the demo's password and the day they last signed in, which only signing in writes."""
    secret = make_password(PASSWORD)  # once: hashing is slow on purpose, and the password is no secret
    for person in PEOPLE:
        row = world.people[person.name]
        row.password = secret
        row.last_active_on = world.script.today - timedelta(days=person.seen)
        # Else the first minute of a demo prints a mail for everything that is due.
        row.mails = Mails.DAILY.value
        row.manager = _reports_to(world, person)
    fields = ["password", "last_active_on", "mails", "manager"]
    User.objects.bulk_update(world.people.values(), fields)


def _reports_to(world: World, person: Person) -> User | None:
    """People of a unit report to its director, directors to the chief executive; the others' managers are not on record."""
    if person.title.startswith("Director"):
        return world.people[CHIEF]
    directors = {one.unit: one.name for one in PEOPLE if one.title.startswith("Director")}
    name = directors.get(person.unit)
    return world.people[name] if name else None


def _propose(world: World, at: datetime) -> None:
    """A seat on the council waits for the second administrator's consent."""
    propose_role(
        user=world.people[NEXT_MEMBER], role=Role.COUNCIL_MEMBER, unit=None, by=world.who(ADMIN), at=at,
        because="Takes the seat that has been vacant since September",
    )  # fmt: skip


def _leave(world: World, name: str, at: datetime) -> None:
    """What a worker does within a second of the news is done here at once, so that it happened on that day."""
    row = deactivate_user(pk=world.people[name].pk, by=world.who(ADMIN), at=at)
    world.people[name] = row
    release_sponsorships(user_id=row.pk, by=system(), at=at)
    evaluate_held_by(user_id=row.pk, at=at)
    evaluate_owned_by(user_id=row.pk, at=at)
