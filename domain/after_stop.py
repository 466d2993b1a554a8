"""What is spent on, read from or served for an initiative after it was stopped: somebody goes on with it, or a row is wrong."""

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from domain.money_words import money_exact
from domain.phrases import listed

RULE: Final = "after_stop"
CAUSE: Final = "Goes on after its stop"
SEVERITY: Final = 3
CLEARS: Final = "The rows are corrected and what runs is ended, or the council takes it up again or confirms that the stop stands."
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent after the stop, corrections taken off: the sum, and the first and the last day."""

    amount: Decimal
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class Read:
    """A KPI with a reading of a day after the stop: how it is called, and the last such day."""

    label: str
    last_on: date


@dataclass(frozen=True, slots=True)
class Runs:
    """What serves for it and for nothing that lives: how it is called, since when, and when it was last heard; None: never."""

    label: str
    since: date
    heard_on: date | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """Until when it was nobody's question: the day of the stop, or of the council's word that the stop stands."""

    stopped: date
    confirmed: date | None = None

    @property
    def last(self) -> date:
        """The last day that says nothing."""
        return self.stopped if self.confirmed is None else max(self.stopped, self.confirmed)

    @property
    def words(self) -> str:
        if self.confirmed is None or self.confirmed < self.stopped:
            return f"after it was stopped on {_day(self.stopped)}"
        return f"after it was stopped on {_day(self.stopped)} and the stop was confirmed on {_day(self.confirmed)}"


@dataclass(frozen=True, slots=True)
class GoesOn:
    """The finding: its sentence with the numbers, and the first day known."""

    sentence: str
    since: date
    numbers: dict[str, Any]


def stopped_by(entered_on: date | None, precision: str) -> date | None:
    """The last day on which the stop may have been; None where nobody recorded it, so that nothing is known to be after it."""
    if entered_on is None or precision == "unknown":
        return None
    months = _MONTHS.get(precision)
    if months is None:
        return entered_on
    last = (entered_on.month - 1) // months * months + months
    return entered_on.replace(month=last, day=monthrange(entered_on.year, last)[1])


def spent_unseen(
    seen: Iterable[tuple[date, Decimal]], new: Iterable[tuple[date, Decimal]]
) -> tuple[tuple[date, Decimal], ...]:
    """What is spent by rows (day, amount) that were `new` when the stop had been confirmed: by day, less what was taken back of them.

    A correction does not say what it corrects. One of exactly a new row of its day is of that. Else one of exactly what had been
    `seen` is of that, and takes nothing off. Any other takes off what is new of its day, unless it is more than that ever was.
    """
    rows = sorted(new)
    known = Counter(amount for _, amount in seen if amount > 0)
    fresh = Counter(row for row in rows if row[1] > 0)
    left: dict[date, Decimal] = defaultdict(Decimal)
    for on, amount in rows:
        left[on] += max(amount, Decimal(0))
    for on, amount in rows:
        if amount >= 0:
            continue
        if fresh[(on, -amount)]:
            fresh[(on, -amount)] -= 1
        elif known[-amount]:
            known[-amount] -= 1
            continue
        if -amount <= left[on]:
            left[on] += amount
    return tuple((on, amount) for on, amount in left.items() if amount > 0)


def still_runs(rows: tuple[Runs, ...], ended: Ended, today: date) -> tuple[Runs, ...]:
    """What runs on a later day than its end; on the day itself somebody may still take it down."""
    return rows if today > ended.last else ()


def goes_on(
    ended: Ended, spent: Spent | None, read: tuple[Read, ...], currency: str, runs: tuple[Runs, ...] = ()
) -> GoesOn | None:
    """None where nothing after the stop is on record, or its corrections bring it to nothing. `runs`: see `still_runs`."""
    parts, days = [], []
    if spent is not None and spent.amount > 0:
        parts.append(f"{money_exact(spent.amount, currency)} is spent, last on {_day(spent.last_on)}")
        days.append(spent.first_on)
    if read:
        named = listed([f"{one.label} on {_day(one.last_on)}" for one in read])
        parts.append(f"{'read' if parts else 'Read'} were {named}")
        days += [one.last_on for one in read]
    if runs:
        named = listed([f"{one.label} ({_heard(one)})" for one in runs])
        parts.append(f"{'in' if parts else 'In'} production still runs {named}")
        days += [max(one.since, ended.last + timedelta(days=1)) for one in runs]
    if not parts:
        return None
    amount = spent.amount if spent is not None and spent.amount > 0 else Decimal(0)
    return GoesOn(
        f"{', and '.join(parts)}, {ended.words}.", min(days),
        {"spent": f"{amount:.2f}", "kpis": len(read), "runs": len(runs)},
    )  # fmt: skip


def _heard(one: Runs) -> str:
    return (
        "never heard of, and not ended" if one.heard_on is None else f"last heard of on {_day(one.heard_on)}"
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
