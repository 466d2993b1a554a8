"""Which published statuses a reading that reaches back has turned.

A status is published for a day by the reading that speaks on it, and for the day of closing by the outcome. What holds
in between follows from these, and what was only missing (no data, stale) asks for a reading: filling it restates
nothing. So a newer reading never restates, however late it arrives, unless the outcome was published before it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from domain.kpi_answer import answer
from domain.kpi_codes import Status
from domain.kpi_definition import Definition, Plan
from domain.kpi_fold import NOTHING_YET, Fold, absorb
from domain.kpi_rows import History, hear


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


def reaches_back_to(observed_on: date, replaced_on: date | None) -> date:
    """The first day that a reading can change anything on. replaced_on: the day of the row it supersedes, if any."""
    return observed_on if replaced_on is None else min(observed_on, replaced_on)


def turned(
    definition: Definition,
    rows: History,
    arrived: AbstractSet[int],
    *,
    last: date,
    first: date = date.min,
    spoke: Callable[[date], bool] = lambda _: True,
) -> tuple[Turn, ...]:
    """What was published for days from `first` to `last` and is otherwise since the rows `arrived` (ids) joined the others.

    spoke: whether the KPI was judged on a day, so that nothing is restated that a pause had kept silent. Days are those
    on which `definition` is in force; all rows are known. Oldest first; empty for a broken definition.
    """
    plan = definition.plan
    days = _touched(rows, arrived)
    if plan is None or not days:
        return ()
    start, settled = max(days[0], first.toordinal()), days[-1]
    was = _Walk(definition, plan, rows.without(arrived), last)
    now = _Walk(definition, plan, rows, last)
    found: list[Turn] = []
    running: tuple[Status, Status] | None = None
    for ordinal in was.published(start, last.toordinal()):
        day = date.fromordinal(ordinal)
        said, says = was.on(day), now.on(day)
        if said is not says and spoke(day):
            if running != (said, says):
                found.append(Turn(day, said, says, was.held.value, now.held.value))
            running = (said, says)
        else:
            running = None
        if ordinal >= settled and _alike(was.held, now.held):
            break  # nothing that follows can differ
    return tuple(found)


def turned_at_the_end(
    definition: Definition,
    was: Fold,
    now: Fold,
    *,
    last: date,
    spoke: Callable[[date], bool] = lambda _: True,
) -> tuple[Turn, ...]:
    """The same for one more reading of the last day that one was of: the folds without and with it tell, and no row is read.

    was, now: the folds of all rows known, `now.day` being `was.day`; nothing waits. The day lies in the time of `definition`.
    """
    plan = definition.plan
    if plan is None:
        return ()
    days = [was.day] if plan.close is None or was.day <= plan.close else []
    if plan.close is not None and was.day <= plan.close + 1 <= last.toordinal():
        days.append(plan.close + 1)
    # A reading after the settling window says nothing of these days.
    was, now = replace(was, late_day=0), replace(now, late_day=0)
    found: list[Turn] = []
    for day in map(date.fromordinal, days):
        said, says = answer(definition, was, as_of=day).status, answer(definition, now, as_of=day).status
        if said is not says and spoke(day):
            found.append(Turn(day, said, says, was.value, now.value))
    return tuple(found)


def _touched(rows: History, arrived: AbstractSet[int]) -> list[int]:
    """The days (ordinals) of the rows that arrived, and of those that they replace, in order."""
    replaced = {old for new, old in rows.supersedes.items() if new in arrived}
    return sorted(
        rows.days[place]
        for place in range(len(rows.ids))
        if rows.ids[place] in arrived or rows.ids[place] in replaced
    )


def _alike(one: Fold, other: Fold) -> bool:
    """Whether the same rows that follow make the same of both: all that decides, not how many rows came before."""
    return (one.day, one.value, one.now) == (other.day, other.value, other.now)


class _Walk:
    """The rows that speak by `last`, folded as far as the day last asked about."""

    def __init__(self, definition: Definition, plan: Plan, rows: History, last: date) -> None:
        self.held: Fold = NOTHING_YET
        self._places = hear(rows, start=plan.start, today=last.toordinal()).now
        self._rows, self._definition, self._plan, self._next = rows, definition, plan, 0

    def published(self, start: int, last: int) -> list[int]:
        """The days (ordinals) of readings that count, and the day after the settling window, within [start, last]."""
        day_at, close = self._rows.days.__getitem__, self._plan.close
        places = self._places[bisect_left(self._places, start, key=day_at) :]
        if close is None or close >= date.max.toordinal():
            return [day_at(place) for place in places]
        counted = [day_at(place) for place in places[: bisect_right(places, close, key=day_at)]]
        return [*counted, close + 1] if start <= close + 1 <= last else counted

    def on(self, day: date) -> Status:
        """The status on `day`, which is never before the day last asked about."""
        known = bisect_right(self._places, day.toordinal(), key=self._rows.days.__getitem__)
        if known > self._next:
            due = self._places[self._next : known]
            self.held = absorb(self._definition, self._plan, self.held, self._rows, due)
            self._next = known
        return answer(self._definition, self.held, as_of=day).status
