"""Places on the portfolio's pages that rooms above fill, so that the portfolio need not know them.

A room registers where its own views are read: `COLUMNS.append(...)`, `@on_overview`, `@in_money`, `@at_the_gate`,
`@before_gates`, `@when_due`, `@beside_flags`, `@at_intake`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.access import Actor
from core.tables import Column
from portfolio.models import Flag, Initiative
from portfolio.queries.intake import Idea


@dataclass(frozen=True, slots=True)
class Panel:
    """A section of the overview: a template and what it needs."""

    template: str
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Worth:
    """What the Money section of the overview says beside the sums: a template, and a link in the section's head."""

    panel: Panel
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Due:
    """Something a person owes by a day. `on` None has no date."""

    on: date | None
    words: str
    meta: str
    url: str


@dataclass(frozen=True, slots=True)
class Lack:
    """A must-meet that is not answered yes: no or unknown, the fact that answered, and where it is filled in."""

    code: str
    words: str
    answer: str
    fact: str
    url: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """The gate ahead of one initiative: how many must-meets it has, those that are open, and its form.

    `asked_with`: the submission that asks for it already, so that nothing is left to fill in.
    """

    gate: str
    total: int
    lacks: tuple[Lack, ...]
    url: str
    asked_with: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside one flag: in words, as a CSV takes it, and as a template."""

    words: str
    panel: Panel


Overview = Callable[[Initiative, Actor, date], Panel | None]
MoneySource = Callable[[Initiative, Actor, date], Worth | None]
DueSource = Callable[[Actor, Sequence[Initiative], date], list[Due]]
IntakeSource = Callable[[Idea, Actor], Panel | None]
AheadSource = Callable[[Sequence[Initiative], date], Mapping[int, Ahead]]
FlagSource = Callable[[Sequence[Flag], Actor, date], Mapping[int, Beside]]
# (place, column): columns of the initiative list, put in before the portfolio's column at that place.
COLUMNS: list[tuple[int, Column]] = []
_gate: list[Overview] = []
_overview: list[Overview] = []
_money: list[MoneySource] = []
_ahead: list[AheadSource] = []
_due: list[DueSource] = []
_flags: list[FlagSource] = []
_intake: list[IntakeSource] = []


def on_overview(source: Overview) -> Overview:
    """Register a section of every initiative's overview; None leaves it out for one."""
    _overview.append(source)
    return source


def in_money(source: MoneySource) -> MoneySource:
    """Register rows of the Money section of every initiative's overview; None leaves them out for one."""
    _money.append(source)
    return source


def at_the_gate(source: Overview) -> Overview:
    """Register the section about the gate ahead of every initiative; None leaves it out for one."""
    _gate.append(source)
    return source


def before_gates(source: AheadSource) -> AheadSource:
    """Register what the gates ahead of some initiatives still ask for, by the ids of the initiatives."""
    _ahead.append(source)
    return source


def when_due(source: DueSource) -> DueSource:
    """Register what the initiatives a person works on owe. One call for all of them: keep it to a few queries."""
    _due.append(source)
    return source


def beside_flags(source: FlagSource) -> FlagSource:
    """Register what a room says beside flags, by their ids. One call for all flags of a page."""
    _flags.append(source)
    return source


def at_intake(source: IntakeSource) -> IntakeSource:
    """Register what a room says of an idea while it is typed; None where it has nothing to say."""
    _intake.append(source)
    return source


def intake_panels(idea: Idea, actor: Actor) -> list[Panel]:
    return [panel for source in _intake if (panel := source(idea, actor)) is not None]


def put_beside(flags: Sequence[Flag], actor: Actor, today: date) -> None:
    """Put on each flag, as `beside`, what the rooms above say of it."""
    found = [source(flags, actor, today) for source in _flags] if flags else []
    for flag in flags:
        flag.beside = [said[flag.pk] for said in found if flag.pk in said]  # type: ignore[attr-defined]


def panels(initiative: Initiative, actor: Actor, today: date) -> list[Panel]:
    return [panel for source in _overview if (panel := source(initiative, actor, today)) is not None]


def worths(initiative: Initiative, actor: Actor, today: date) -> list[Worth]:
    return [one for source in _money if (one := source(initiative, actor, today)) is not None]


def gate_panels(initiative: Initiative, actor: Actor, today: date) -> list[Panel]:
    """What is said of the gate ahead."""
    return [panel for source in _gate if (panel := source(initiative, actor, today)) is not None]


def gates_ahead(initiatives: Sequence[Initiative], today: date) -> dict[int, Ahead]:
    """What each of them needs for its gate; one that no gate leads on from is left out."""
    return {pk: ahead for source in _ahead for pk, ahead in source(initiatives, today).items()}


def due(actor: Actor, initiatives: Sequence[Initiative], today: date) -> list[Due]:
    """What is owed, the oldest first, what has no date last."""
    found = [one for source in _due for one in source(actor, initiatives, today)]
    return sorted(found, key=lambda one: (one.on is None, one.on or date.max, one.words))
