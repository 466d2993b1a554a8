"""Who has a stake in the demo's initiatives, who bridges business and data science, and what was agreed at a kickoff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from domain.stakeholders import Function, GroupRole
from exchange.demo.people import CHIEF
from exchange.demo.play import World
from exchange.demo.table import Row
from portfolio.models import Stakeholder, WorkingAction, WorkingMeeting
from portfolio.services.stakeholders import add_stakeholder, sign_off
from portfolio.services.working_groups import add_to_group, make_group
from portfolio.services.working_meetings import Said, Task, close_action, record_meeting

BUSINESS, IT, DATA, COMPLIANCE = Function.BUSINESS, Function.IT, Function.DATA, Function.COMPLIANCE
GROUP: Final = "Core team"


@dataclass(frozen=True, slots=True)
class Holder:
    """On the register so many days ago; `signs` so many days ago (None: not yet). A name without an account has `basis`."""

    name: str
    function: Function
    interest: str
    concern: str = ""
    signs: int | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Kickoff:
    """The meeting an initiative began with: what each role brought, what was decided, who does what in how many days from
    today. `done`: what came of those that were due before today, told on their day."""

    days: int
    agenda: str
    said: tuple[Said, ...]
    decisions: tuple[str, ...]
    actions: tuple[tuple[str, str, int], ...]
    done: str = ""


HOLDERS: Final[dict[str, tuple[Holder, ...]]] = {
    "Motor claims triage": (
        Holder("Sofia Marchetti", BUSINESS, "Straight-through claims without more complaints.", signs=230),
        Holder("Maarten de Wit", IT, "One interface to the claims ledger.", "The ledger is replaced next year.", 226,
               "Signed kickoff minutes"),
        Holder("Tessa Quill", DATA, "Labels that adjusters agree on.", signs=229),
        Holder("Grace Mbeki", COMPLIANCE, "No claim is refused without a person.", "Appeals must be counted.", 221),
    ),
    "Sanctions alert triage": (
        Holder("Marcus Oyelaran", BUSINESS, "Alerts cleared within a day.", signs=190),
        Holder("Lin Zhao", DATA, "Ranking that can be explained to an analyst.", signs=189),
        Holder("Paul Achterberg", COMPLIANCE, "No hit is cleared unread.", "What happens when the list provider changes its format?"),
        Holder(CHIEF, Function.OTHER, "The regulator's letter of the spring is answered."),
    ),
    "Chat deflection": (
        Holder("Nadia Rahimi", BUSINESS, "Customers get an answer the first time.", signs=350),
        Holder("Yusuf Demir", IT, "The contact centre platform stays the only one.", signs=352),
        Holder("Femke Visser", DATA, "Transcripts without personal data.", signs=340, basis="Her mail after the workshop"),
    ),
}  # fmt: skip
GROUPS: Final[dict[str, tuple[tuple[GroupRole, str], ...]]] = {
    "Motor claims triage": (
        (GroupRole.LEAD, "Leila Haddad"), (GroupRole.TRANSLATOR, "Ada Brink"), (GroupRole.DATA_SCIENCE, "Tessa Quill"),
        (GroupRole.BUSINESS, "Sofia Marchetti"),
    ),
    "Sanctions alert triage": ((GroupRole.LEAD, "Ibrahim Sesay"), (GroupRole.DATA_SCIENCE, "Lin Zhao")),
}  # fmt: skip
KICKOFFS: Final[dict[str, Kickoff]] = {
    "Motor claims triage": Kickoff(
        234, "What a straight-through claim is; what stays with a person; what we stop at.",
        (
            Said(GroupRole.BUSINESS, "Half of the small claims wait for nothing but a queue.", "Sofia Marchetti"),
            Said(GroupRole.DATA_SCIENCE, "Two years of labels, and adjusters disagree on one in nine.", "Tessa Quill"),
            Said(GroupRole.COMPLIANCE, "A refusal is a person's. It is counted how often they follow.", "Grace Mbeki"),
        ),
        ("Injury claims stay with a person.", "Complaints are the guard."),
        (("Have adjusters label 400 claims twice", "Leila Haddad", -200),),
        "They agreed on 361 of 400. The rest is labelled by two from now on.",
    ),
    "Sanctions alert triage": Kickoff(
        192, "Which alerts are ranked, who reads them, and what the regulator is told.",
        (
            Said(GroupRole.BUSINESS, "26 analysts, 70 alerts a day each, and the real ones at the bottom.", "Marcus Oyelaran"),
            Said(GroupRole.COMPLIANCE, "Ranking is not clearing. Nothing is closed unread.", "Paul Achterberg"),
        ),
        ("Every alert is read by an analyst.",),
        (
            ("Answer the regulator's letter with the pilot's plan", CHIEF, 9),
            ("Agree the list provider's notice of a changed format", "Ibrahim Sesay", 20),
        ),
    ),
}  # fmt: skip


def write(world: World, rows: Sequence[Row]) -> None:
    """Add the acts to the script."""
    leads, script = {row.name: row.lead for row in rows}, world.script
    for name, holders in HOLDERS.items():
        known = max(holder.signs or 0 for holder in holders) + 2
        script.on(script.back(known), partial(_register, world, name, leads[name]), hour=9)
        for holder in holders:
            if holder.signs is not None:
                script.on(
                    script.back(holder.signs), partial(_signed, world, name, leads[name], holder), hour=16
                )
    for name, members in GROUPS.items():
        began = script.back(KICKOFFS[name].days + 1)
        script.on(began, partial(_group, world, name, leads[name], members), hour=9)
    for name, kickoff in KICKOFFS.items():
        held = script.back(kickoff.days)
        script.on(held, partial(_kickoff, world, name, leads[name], kickoff, held), hour=17)
        for text, who, days in kickoff.actions:
            if days < 0:
                script.on(script.back(-days), partial(_done, world, name, who, text, kickoff.done), hour=12)


def _register(world: World, name: str, lead: str, at: datetime) -> None:
    for holder in HOLDERS[name]:
        user = world.people.get(holder.name)
        add_stakeholder(
            initiative_id=world.initiatives[name].pk, user=user, name="" if user else holder.name, by=world.who(lead), at=at,
            function=holder.function.value, interest=holder.interest, concern=holder.concern,
        )  # fmt: skip


def _signed(world: World, name: str, lead: str, holder: Holder, at: datetime) -> None:
    """A person with an account signs for themselves; of another it is recorded."""
    own = holder.name in world.people
    on_it = Stakeholder.objects.filter(initiative=world.initiatives[name])
    row = on_it.get(user=world.people[holder.name]) if own else on_it.get(name=holder.name)
    sign_off(pk=row.pk, basis=holder.basis, by=world.who(holder.name if own else lead), at=at)


def _group(
    world: World, name: str, lead: str, members: Sequence[tuple[GroupRole, str]], at: datetime
) -> None:
    by = world.who(lead)
    group = make_group(initiative_id=world.initiatives[name].pk, name=GROUP, by=by, at=at)
    for role, who in members:
        user = world.people.get(who)
        add_to_group(pk=group.pk, role=role.value, user=user, name="" if user else who, by=by, at=at)


def _kickoff(world: World, name: str, lead: str, kickoff: Kickoff, held: date, at: datetime) -> None:
    today = world.script.today
    record_meeting(
        initiative_id=world.initiatives[name].pk, kind=WorkingMeeting.Kind.KICKOFF, held_on=held, by=world.who(lead), at=at,
        agenda=kickoff.agenda, said=kickoff.said, decisions=kickoff.decisions,
        actions=[Task(text, world.people[who], today + timedelta(days=days)) for text, who, days in kickoff.actions],
    )  # fmt: skip


def _done(world: World, name: str, who: str, text: str, outcome: str, at: datetime) -> None:
    row = WorkingAction.objects.get(meeting__initiative=world.initiatives[name], text=text)
    close_action(meeting_id=row.meeting_id, pk=row.pk, outcome=outcome, by=world.who(who), at=at)
