"""Dated acts, played in the order of time: so ids, ledgers and the audit log stand in the order of the days."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from core.access import Actor, actor_for
from core.clock import day_of
from core.models import BusinessUnit, User
from portfolio.models import Initiative, StrategicObjective

Do = Callable[[datetime], object]


class Script:
    """What happens on which day, up to now. An act on a day that has not come is refused: nobody knows it yet."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.today = day_of(now)
        self.zone = ZoneInfo(settings.ORG_TIME_ZONE)
        self._acts: list[tuple[datetime, int, Do]] = []

    def on(self, day: date, do: Do, *, hour: int = 10) -> None:
        """Do it on that day at that hour; acts of one hour in the order they were written."""
        if day > self.today:
            raise ValueError(f"The demo cannot act on {day}: today is {self.today}.")
        at = min(datetime.combine(day, time(hour), self.zone), self.now)
        self._acts.append((at, len(self._acts), do))

    def back(self, days: int) -> date:
        """The day that many days ago."""
        return self.today - timedelta(days=days)

    def day(self, at: datetime) -> date:
        """The organisation's day of a moment."""
        return day_of(at)

    def play(self) -> None:
        for at, _, do in sorted(self._acts, key=lambda act: act[:2]):
            do(at)


@dataclass
class World:
    """Everything made so far, by the name the demo knows it by."""

    script: Script
    seed: int
    people: dict[str, User] = field(default_factory=dict)
    units: dict[str, BusinessUnit] = field(default_factory=dict)
    objectives: list[StrategicObjective] = field(default_factory=list)
    initiatives: dict[str, Initiative] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    def who(self, name: str) -> Actor:
        """That person with the rights they hold, acting through this command."""
        if name not in self.actors:
            self.actors[name] = actor_for(self.people[name], via="command")
        return self.actors[name]

    def chance(self, name: str) -> random.Random:
        """Chance of its own for every record, so that one more record changes no other."""
        return random.Random(f"{self.seed} {name}")  # noqa: S311  a story, not a secret

    def top(self, unit: str) -> str:
        """The name of the top-level unit that one belongs to."""
        row = self.units[unit]
        return row.parent.name if row.parent else row.name
