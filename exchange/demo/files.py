"""The files of the demo's running pilots: weeks of use, findings, likeness, training, change, feedback, and first waves."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from core.access import Actor
from domain.likeness import ITEMS
from exchange.demo.people import MANAGER
from exchange.demo.play import World
from exchange.demo.table import SPONSOR, Row
from pilots.models import Feedback, LogEntry, Pilot, TrainingGroup
from pilots.services.log import Roadmap, check_likeness, close_finding, log_finding, put_on_roadmap
from pilots.services.rollout import WavePlan, plan_wave
from pilots.services.use import (
    Use,
    answer_feedback,
    give_feedback,
    plan_change,
    plan_training,
    record_training,
    record_week,
)

WEEKS: Final = 6
FINDINGS: Final = (
    (
        "ingestion",
        2,
        "Scanned pages come in upside down and are read as empty.",
        "Turn pages before they are read",
    ),
    ("edge_case", 2, "Cases with two languages get an answer in the wrong one.", "Tell the language first"),
    ("drift", 1, "After the price change of the quarter its answers were off for two weeks.", ""),
    (
        "integration",
        3,
        "At month end the case system answers too slowly, and the tool gives up.",
        "Queue what waits, and retry",
    ),
)
SAID: Final = (
    "It saves me the first reading, but I check every second answer.", "At noon it is slow.",
    "Please show where in the letter an answer comes from.",
)  # fmt: skip
Do = Callable[[Actor, Pilot, datetime], Any]


def write(world: World, row: Row, entered: date, told: dict[str, Any]) -> None:
    """Add the acts of one running pilot's file to the script, each on a day it could have been done."""
    script, chance = world.script, world.chance(f"{row.name}: file")
    days = (script.today - entered).days
    if days < 28:
        return

    def on(back: int, do: Do) -> None:
        script.on(max(script.back(back), entered), partial(_done, world, row, do), hour=16)

    invited, active = told.get("invited", 60), told.get("active")
    if active is not None:
        for week in range(min(WEEKS, days // 7), 0, -1):
            count = min(round(active * (0.7 + 0.3 * (1 - (week - 1) / WEEKS))), invited)
            uses = count * chance.randint(18, 26)
            said = Use(
                eligible=invited * 2, invited=invited, active=count, uses=uses, overridden=round(uses * chance.uniform(0.05, 0.2)),
                bypassed=round(uses * chance.uniform(0.1, 0.5)),
            )  # fmt: skip
            on(7 * week - 4, partial(_week, said))
    for kind, severity, text, todo in chance.sample(FINDINGS, chance.randint(1, 3)):
        on(chance.randint(8, days), partial(_finding, world, row, kind, severity, text, todo))
    sides = [one.code for one in ITEMS][: chance.randint(2, 5)]
    for item in sides:
        answer = chance.choices(("like", "partly", "unlike"), weights=(5, 3, 1))[0]
        on(20, partial(_check, item, answer))
    on(days, partial(_training, invited))
    on(10, partial(_trained, round(invited * chance.uniform(0.4, 1))))
    for kind, text in (
        ("role", "Handlers check answers where they wrote them."), ("message", "Team leads explain it on their own cases."),
        ("incentive", "The count of cases closed alone is measured no more."),
    ):  # fmt: skip
        on(days - 7, partial(_change, kind, text))
    on(18, partial(_feedback, world, chance.choice(SAID)))
    if chance.random() < 0.6:
        on(16, _answered)
    if told.get("plan"):
        on(6, partial(_waves, world, row))


def _done(world: World, row: Row, do: Do, at: datetime) -> None:
    do(world.who(row.lead), Pilot.objects.get(initiative=world.initiatives[row.name], ended_on=None), at)


def _week(said: Use, by: Actor, pilot: Pilot, at: datetime) -> None:
    record_week(pilot_id=pilot.pk, week=at.date(), use=said, by=by, at=at)


def _finding(
    world: World, row: Row, kind: str, severity: int, text: str, todo: str, by: Actor, pilot: Pilot, at: datetime
) -> None:  # fmt: skip
    day = world.script.day(at)
    found: LogEntry = log_finding(
        pilot_id=pilot.pk, kind=kind, severity=severity, text=text, seen_on=day, by=by, at=at
    )
    if not todo:
        close_finding(
            pk=found.pk, because="It learnt the new prices; a check for it runs every week.", by=by, at=at
        )
    elif severity < 3:
        owner = world.people[row.lead]
        item = Roadmap(todo=todo, owner=owner, due_on=world.script.today + timedelta(days=45))
        put_on_roadmap(pk=found.pk, item=item, by=by, at=at)


def _check(item: str, answer: str, by: Actor, pilot: Pilot, at: datetime) -> None:
    check_likeness(pilot_id=pilot.pk, item=item, answer=answer, by=by, at=at)


def _training(people: int, by: Actor, pilot: Pilot, at: datetime) -> None:
    plan_training(pilot_id=pilot.pk, audience="Everybody invited", people=people, by=by, at=at)


def _trained(trained: int, by: Actor, pilot: Pilot, at: datetime) -> None:
    group = TrainingGroup.objects.get(pilot=pilot)
    record_training(
        pk=group.pk, trained=trained, evidence="Attendance lists of the learning portal", by=by, at=at
    )


def _change(kind: str, text: str, by: Actor, pilot: Pilot, at: datetime) -> None:
    plan_change(pilot_id=pilot.pk, kind=kind, text=text, by=by, at=at)


def _feedback(world: World, text: str, _by: Actor, pilot: Pilot, at: datetime) -> None:
    give_feedback(pilot_id=pilot.pk, text=text, by=world.who(MANAGER), at=at, anonymous=True)


def _answered(by: Actor, pilot: Pilot, at: datetime) -> None:
    said = Feedback.objects.get(pilot=pilot)
    answer_feedback(
        pk=said.pk, answer="Thank you. It is on the list, and you hear of it in two weeks.", by=by, at=at
    )


def _waves(world: World, row: Row, by: Actor, pilot: Pilot, at: datetime) -> None:
    unit = world.units[row.unit]
    champion = world.people[SPONSOR[world.top(row.unit)]]
    criteria = ("Half of the invited use it every week", "No finding of severity 3 is open")
    for number, (name, users) in enumerate((("First teams", 80), ("All teams of the unit", 240)), start=1):
        plan = WavePlan(
            name=name, criteria=criteria, unit=unit, users=users, champion=champion if number == 1 else None,
            tailoring="as_is" if number == 1 else "", planned_on=world.script.today + timedelta(days=60 * number),
        )  # fmt: skip
        plan_wave(pilot_id=pilot.pk, plan=plan, by=by, at=at)
