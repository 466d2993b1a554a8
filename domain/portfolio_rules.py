"""What a portfolio as a whole shows: units that pilot and never launch, conversion, spend past its decision date.

Pure functions on plain rows. Percentiles are by nearest rank; what has no date or no amount is counted beside the
figure, never as zero. Shares are exact Decimals of 6 places, half even.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from domain.ageing import days_in_stage, median, percentile
from domain.errors import RuleError
from domain.purgatory_remedy import Level
from domain.stage_words import Stage

MIN_PILOTS: Final = 5
"""So many active pilots without anything in production speak for a unit; policy may say otherwise."""

_PLACES: Final = Decimal("0.000001")


def share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """part / whole to 6 places; None of a whole of 0, which has no share."""
    if not whole:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(_PLACES, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class PilotingUnit:
    """A top-level unit with many active pilots and nothing in production, its subtree included."""

    unit: str
    pilots: int
    limit: int

    @property
    def sentence(self) -> str:
        return (
            f"{self.unit} has {self.pilots} active pilots and nothing in production (threshold {self.limit})"
        )


def units_without_production(
    parents: Mapping[str, str | None],
    current: Iterable[tuple[str | None, Stage]],
    minimum: int = MIN_PILOTS,
) -> tuple[PilotingUnit, ...]:
    """The top-level units with at least `minimum` active pilots in their subtree and nothing in production there.

    parents: {unit: its parent or None at the top}. current: (unit, stage) of every current spell; an initiative
    without a unit belongs to no unit. Most pilots first, then by name. Raises RuleError `unknown_unit`,
    `units_in_a_circle` or `out_of_range`.
    """
    if minimum < 1:
        raise RuleError("out_of_range", "The rule needs at least one pilot.")
    pilots: Counter[str] = Counter()
    launched: set[str] = set()
    for unit, stage in current:
        if unit is None or stage not in (Stage.PILOT, Stage.PRODUCTION):
            continue
        top = top_unit(parents, unit)
        if stage is Stage.PILOT:
            pilots[top] += 1
        else:
            launched.add(top)
    found = [
        PilotingUnit(unit, count, minimum)
        for unit, count in pilots.items()
        if count >= minimum and unit not in launched
    ]
    return tuple(sorted(found, key=lambda one: (-one.pilots, one.unit)))


def top_unit(parents: Mapping[str, str | None], unit: str) -> str:
    """The top-level unit above (or equal to) `unit`."""
    seen = {unit}
    while True:
        if unit not in parents:
            raise RuleError("unknown_unit", f"{unit} is not among the business units.")
        parent = parents[unit]
        if parent is None:
            return unit
        if parent in seen:
            raise RuleError("units_in_a_circle", f"The units above {parent} lead back to it.")
        seen.add(parent)
        unit = parent


@dataclass(frozen=True, slots=True)
class LevelShare:
    """The pilots of one level. Shares are None where there is nothing to share; `unpriced` have no spend recorded."""

    level: Level
    pilots: int
    pilot_share: Decimal | None
    spend: Decimal
    spend_share: Decimal | None
    unpriced: int


def shares_by_level(rows: Iterable[tuple[Level, Decimal | None]]) -> tuple[LevelShare, ...]:
    """Pilots by level, by count and by spend, from rows (level, spend or None). Every level is listed."""
    pilots: Counter[Level] = Counter()
    unpriced: Counter[Level] = Counter()
    spend: defaultdict[Level, Decimal] = defaultdict(Decimal)
    for level, amount in rows:
        pilots[level] += 1
        if amount is None:
            unpriced[level] += 1
        else:
            spend[level] += amount
    total = sum(spend.values(), Decimal(0))
    return tuple(
        LevelShare(
            level=level,
            pilots=pilots[level],
            pilot_share=share(pilots[level], pilots.total()),
            spend=spend[level],
            spend_share=share(spend[level], total),
            unpriced=unpriced[level],
        )
        for level in Level
    )


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and 90th percentile in days of what has a date, and how many have none."""

    count: int
    median: int | None
    p90: int | None
    undated: int


def _spread(days: Sequence[int], undated: int) -> Spread:
    return Spread(len(days), median(days), percentile(days, 90), undated)


def days_in_pilot(entered: Iterable[date | None], as_of: date) -> Spread:
    """How long the active pilots have been pilots, from the entry dates of their current spells."""
    ages = [days_in_stage(day, as_of) for day in entered]
    return _spread([age for age in ages if age is not None], ages.count(None))


def days_from_won_to_gate(rows: Iterable[tuple[date | None, date | None]]) -> Spread:
    """Days from criteria met to the gate, from rows (met on, gate on); `undated` are those that lack one of them."""
    pairs = list(rows)
    days = [(gate - met).days for met, gate in pairs if met is not None and gate is not None]
    return _spread(days, len(pairs) - len(days))


@dataclass(frozen=True, slots=True)
class Cohort:
    """The pilot spells entered in one quarter. `quarter` like 2026-Q1, None for spells without an entry date."""

    quarter: str | None
    pilots: int
    scaled: int
    stopped: int
    conversion: Decimal | None
    stop_rate: Decimal | None


def quarter_of(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


def cohorts(spells: Iterable[tuple[date | None, Stage | None]]) -> tuple[Cohort, ...]:
    """Conversion and stop rate by quarter of entry, from pilot spells (entered on, stage it left for or None).

    A pilot has scaled when it left for scale_up or production. One that went back to an earlier stage did neither.
    In time order, the undated ones last.
    """
    by_quarter: defaultdict[str | None, list[Stage | None]] = defaultdict(list)
    for entered_on, left_for in spells:
        by_quarter[None if entered_on is None else quarter_of(entered_on)].append(left_for)
    ordered = sorted(by_quarter.items(), key=lambda item: (item[0] is None, item[0] or ""))
    return tuple(_cohort(quarter, left) for quarter, left in ordered)


def _cohort(quarter: str | None, left_for: Sequence[Stage | None]) -> Cohort:
    scaled = sum(stage in (Stage.SCALE_UP, Stage.PRODUCTION) for stage in left_for)
    stopped = left_for.count(Stage.STOPPED)
    return Cohort(
        quarter=quarter,
        pilots=len(left_for),
        scaled=scaled,
        stopped=stopped,
        conversion=share(scaled, len(left_for)),
        stop_rate=share(stopped, len(left_for)),
    )


@dataclass(frozen=True, slots=True)
class OnTime:
    """Decisions against their dates. `share` is in_time / (in_time + late + overdue): what was due and how it went."""

    in_time: int
    late: int
    overdue: int
    not_yet_due: int
    without_date: int
    share: Decimal | None


def decisions_by_their_date(rows: Iterable[tuple[date | None, date | None]], as_of: date) -> OnTime:
    """How many decisions were made by their date, from rows (due on, decided on). Deciding on the day is in time.

    A decision dated after `as_of` has not been made yet on that day.
    """
    counts: Counter[str] = Counter()
    for due, decided in rows:
        if due is None:
            counts["without_date"] += 1
        elif decided is not None and decided <= as_of:
            counts["in_time" if decided <= due else "late"] += 1
        else:
            counts["overdue" if due < as_of else "not_yet_due"] += 1
    due_by_now = counts["in_time"] + counts["late"] + counts["overdue"]
    return OnTime(
        in_time=counts["in_time"],
        late=counts["late"],
        overdue=counts["overdue"],
        not_yet_due=counts["not_yet_due"],
        without_date=counts["without_date"],
        share=share(counts["in_time"], due_by_now),
    )


@dataclass(frozen=True, slots=True)
class Extensions:
    """Extensions over pilots; `mean` is per pilot whose count is known."""

    pilots: int
    extensions: int
    mean: Decimal | None
    unknown: int


def extensions_per_pilot(counts: Iterable[int | None]) -> Extensions:
    """Extensions per pilot from one count each; None where nobody recorded it."""
    rows = list(counts)
    known = [count for count in rows if count is not None]
    return Extensions(len(known), sum(known), share(sum(known), len(known)), len(rows) - len(known))


@dataclass(frozen=True, slots=True)
class SpendPastDate:
    """What was spent on pilots whose decision date has passed; `unpriced` of them have no spend recorded."""

    pilots: int
    spend: Decimal
    unpriced: int


def spend_past_decision_date(
    rows: Iterable[tuple[date | None, Decimal | None]], as_of: date
) -> SpendPastDate:
    """Sum the spend of active pilots, rows (decision date, spend in one currency), whose date lies before `as_of`."""
    late = [spend for due, spend in rows if due is not None and due < as_of]
    known = [spend for spend in late if spend is not None]
    return SpendPastDate(len(late), sum(known, Decimal(0)), len(late) - len(known))
