"""Which published statuses a reading that reaches back has turned.

A status is published for a day by the reading that speaks on it, and for the day of closing by the outcome. What holds
in between follows from these, and what was only missing (no data, stale) asks for a reading: filling it restates
nothing. So a newer reading never restates, however late it arrives, unless the outcome was published before it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import takewhile

from domain.kpi_answer import answer
from domain.kpi_codes import Status
from domain.kpi_definition import Definition, Plan
from domain.kpi_fold import NOTHING_YET, Fold, absorb
from domain.kpi_rows import Reading, hear, history


@dataclass(frozen=True, slots=True)
class Turn:
    """From the published day `on` the record said `was` and says `now`, each with the value it stands on (None = none).

    Days that follow with the same two words are the same turn.
    """

    on: date
    was: Status
    now: Status
    was_value: Decimal | None
    now_value: Decimal | None


def reaches_back_to(reading: Reading, replaced_on: date | None) -> date:
    """The first day on which `reading` can change anything. replaced_on: the day of the row it supersedes, if any."""
    return reading.observed_on if replaced_on is None else min(reading.observed_on, replaced_on)


def turned(
    definition: Definition,
    before: Sequence[Reading],
    arrived: Sequence[Reading],
    *,
    last: date,
    first: date = date.min,
    spoke: Callable[[date], bool] = lambda _: True,
) -> tuple[Turn, ...]:
    """What was published for days from `first` to `last` and is otherwise since `arrived` joined the rows `before`.

    spoke: whether the KPI was judged on a day, so that nothing is restated that a pause had kept silent. Days are those
    on which `definition` is in force; all rows are known. Oldest first; empty for a broken definition.
    """
    plan = definition.plan
    if plan is None or not arrived:
        return ()
    days = {row.id: row.observed_on for row in (*before, *arrived)}
    touched = [day for row in arrived for day in (row.observed_on, days.get(row.supersedes or 0)) if day]
    start, settled = max(min(touched), first), max(touched)
    was, now = _Walk(definition, plan, before, last), _Walk(definition, plan, [*before, *arrived], last)
    found: list[Turn] = []
    running: tuple[Status, Status] | None = None
    for day in _published_days(plan, was.days, start, last):
        said, says = was.on(day), now.on(day)
        if said is not says and spoke(day):
            if running != (said, says):
                found.append(Turn(day, said, says, was.held.value, now.held.value))
            running = (said, says)
        else:
            running = None
        if day >= settled and _alike(was.held, now.held):
            break  # nothing that follows can differ
    return tuple(found)


def _alike(one: Fold, other: Fold) -> bool:
    """Whether the same rows that follow make the same of both: all that decides, not how many rows came before."""
    return (one.day, one.value, one.now) == (other.day, other.value, other.now)


def _published_days(plan: Plan, spoken: Sequence[date], start: date, last: date) -> list[date]:
    """The days of readings that count, and the day after the settling window, within [start, last]."""
    close = plan.close
    days = [day for day in spoken if day >= start]
    if close is None or close >= date.max.toordinal():
        return days
    closed = date.fromordinal(close + 1)
    counted = list(takewhile(lambda day: day < closed, days))
    return [*counted, closed] if start <= closed <= last else counted


class _Walk:
    """The rows that speak by `last`, folded as far as the day last asked about."""

    def __init__(self, definition: Definition, plan: Plan, readings: Sequence[Reading], last: date) -> None:
        self._rows = history(readings)
        heard = hear(self._rows, start=plan.start, today=last.toordinal())
        self._places = heard.now
        self.days = [date.fromordinal(self._rows.days[place]) for place in heard.now]
        self.held: Fold = NOTHING_YET
        self._definition, self._plan, self._next = definition, plan, 0

    def on(self, day: date) -> Status:
        """The status on `day`, which is never before the day last asked about."""
        place = self._next
        while place < len(self.days) and self.days[place] <= day:
            place += 1
        if place > self._next:
            due = self._places[self._next : place]
            self.held = absorb(self._definition, self._plan, self.held, self._rows, due)
            self._next = place
        return answer(self._definition, self.held, as_of=day).status
