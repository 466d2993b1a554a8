"""The KPI algebra written out a second time, slowly and with fractions, so that the product has something to disagree with.

No stored state, no shortcuts: every row, every reading, every time.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil

from domain.kpi import Definition, Reading, definition_error

ORDER = ["achieved", "on_track", "at_risk", "off_track"]


@dataclass
class Plain:
    """An answer in plain types."""

    status: str
    reason: str | None = None
    progress: Fraction | None = None
    expected: Fraction | None = None
    shortfall: Fraction | None = None
    last_known: str | None = None
    pending: str | None = None
    flags: tuple[str, ...] = ()
    forecast: Fraction | None = None
    reading_id: int | None = None


def six(number: Fraction) -> Fraction:
    return Fraction(round(number * 10**6), 10**6)


def plain_assess(
    definition: Definition, readings: list[Reading], *, as_of: date, known_at: datetime | None = None
) -> Plain:
    if definition.state.value != "active":
        return Plain(definition.state.value)
    defect = definition_error(definition)
    if defect is not None:
        return Plain("invalid", defect)
    assert definition.baseline_on is not None
    if as_of < definition.baseline_on:
        return Plain("not_started")
    flags: set[str] = set()
    close = None
    if definition.target_on is not None:
        close = definition.target_on.toordinal() + definition.settle_days
    rows = usable(definition, readings, as_of, known_at, flags)
    if any(close is not None and row.observed_on.toordinal() > close for row in rows):
        flags.add("late_value_after_close")
        rows = [row for row in rows if row.observed_on.toordinal() <= (close or 0)]
    if definition.shape.value == "trajectory" and definition.baseline is None:
        return no_baseline(definition, rows, flags)
    closed = close is not None and as_of.toordinal() > close
    if not rows:
        return unread(definition, as_of, closed, flags)
    return read(definition, rows, as_of, closed, flags)


def usable(
    definition: Definition, readings: list[Reading], as_of: date, known_at: datetime | None, flags: set[str]
) -> list[Reading]:
    seen = [r for r in readings if known_at is None or r.recorded_at is None or r.recorded_at <= known_at]
    gone = [r.supersedes for r in seen]
    by_day: dict[date, list[Reading]] = {}
    for row in seen:
        if row.id in gone or row.void:
            continue
        if row.value is None or not row.value.is_finite():
            flags.add("rejected_value")
        elif row.observed_on > as_of:
            flags.add("future_dated")
        elif definition.baseline_on is not None and row.observed_on < definition.baseline_on:
            flags.add("before_baseline")
        else:
            by_day.setdefault(row.observed_on, []).append(row)
    long_ago = datetime(1, 1, 1, tzinfo=UTC)
    rows = []
    for day in sorted(by_day):
        if len(by_day[day]) > 1:
            flags.add("same_day_conflict")
        rows.append(max(by_day[day], key=lambda r: (r.recorded_at or long_ago, r.id)))
    return rows


def no_baseline(definition: Definition, rows: list[Reading], flags: set[str]) -> Plain:
    assert definition.target is not None
    if rows:
        value = rows[-1].value
        assert value is not None
        if (
            value >= definition.target
            if definition.direction.value == "higher"
            else value <= definition.target
        ):
            flags.add("target_value_met_but_unattributable")
    return Plain(
        "no_baseline",
        "progress_cannot_be_computed",
        flags=tuple(sorted(flags)),
        reading_id=rows[-1].id if rows else None,
    )


def stale_after(definition: Definition) -> int:
    if definition.stale_after_days is not None:
        return definition.stale_after_days
    return ceil(Fraction(3, 2) * definition.cadence_days)


def unread(definition: Definition, as_of: date, closed: bool, flags: set[str]) -> Plain:
    found = tuple(sorted(flags))
    if closed:
        return Plain("unverified", "no_evidence", flags=found)
    assert definition.baseline_on is not None
    if (as_of - definition.baseline_on).days > stale_after(definition):
        return Plain("no_data", "first_measurement_overdue", flags=found)
    return Plain("no_data", "awaiting_first_measurement", flags=found)


def read(definition: Definition, rows: list[Reading], as_of: date, closed: bool, flags: set[str]) -> Plain:
    status, pending = walk(definition, rows)
    last = rows[-1]
    found = Plain(status, pending=pending, reading_id=last.id)
    if definition.shape.value == "band":
        found.progress = compliance(definition, rows)
    else:
        found.progress, found.expected = progress(definition, last), expected(definition, last.observed_on)
        found.shortfall = found.expected - found.progress
        if found.progress < 0:
            flags.add("worse_than_baseline")
        if found.progress > 1:
            flags.add("exceeded")
        if (
            found.expected >= Fraction("0.2")
            and len(rows) >= 3
            and last.observed_on != definition.baseline_on
        ):
            found.forecast = Fraction(round(found.progress / found.expected * 10**4), 10**4)
    contradicted = definition.baseline is not None and last.value != definition.baseline
    if contradicted and last.observed_on == definition.baseline_on:
        flags.add("baseline_mismatch")
    found.flags = tuple(sorted(flags))
    if closed:
        assert definition.target_on is not None
        found.pending, found.reason = None, "closed"
        if (definition.target_on - last.observed_on).days > stale_after(definition):
            found.status, found.reason = "unverified", "no_measurement_near_target_date"
            found.last_known = status
        elif definition.shape.value == "band":
            met = found.progress >= Fraction(definition.required_compliance)
            found.status = "achieved" if met else "missed"
        else:
            found.status = "achieved" if found.progress >= 1 else "missed"
    elif (as_of - last.observed_on).days > stale_after(definition):
        found.status, found.reason, found.last_known, found.pending = (
            "stale",
            "measurement_too_old",
            status,
            None,
        )
    return found


def progress(definition: Definition, row: Reading) -> Fraction:
    assert row.value is not None
    assert definition.baseline is not None
    assert definition.target is not None
    whole = Fraction(definition.target) - Fraction(definition.baseline)
    return six((Fraction(row.value) - Fraction(definition.baseline)) / whole)


def expected(definition: Definition, day: date) -> Fraction:
    assert definition.baseline_on is not None
    assert definition.target_on is not None
    share = Fraction(
        (day - definition.baseline_on).days, (definition.target_on - definition.baseline_on).days
    )
    share = min(max(share, Fraction(0)), Fraction(1))
    points = [
        (Fraction(0), Fraction(0)),
        *((Fraction(x), Fraction(y)) for x, y in definition.curve),
        (Fraction(1),) * 2,
    ]
    for (x0, y0), (x1, y1) in pairwise(points):
        if share <= x1:
            return six(y0 + (y1 - y0) * (share - x0) / (x1 - x0))
    raise AssertionError("a share is at most 1")


def raw(definition: Definition, row: Reading, margin: Decimal) -> str:
    if definition.shape.value == "band":
        return raw_band(definition, row)
    done = progress(definition, row)
    if done >= 1:
        return "achieved"
    behind = expected(definition, row.observed_on) - done
    if behind <= Fraction(definition.amber) - Fraction(margin):
        return "on_track"
    return "at_risk" if behind <= Fraction(definition.red) - Fraction(margin) else "off_track"


def raw_band(definition: Definition, row: Reading) -> str:
    assert row.value is not None
    value, lower, upper = Fraction(row.value), definition.lower, definition.upper
    if (lower is not None and value < Fraction(lower)) or (upper is not None and value > Fraction(upper)):
        return "off_track"
    warn = Fraction(0)
    if definition.warn_margin is not None:
        warn = Fraction(definition.warn_margin)
    elif lower is not None and upper is not None:
        warn = Fraction(definition.warn_fraction) * (Fraction(upper) - Fraction(lower))
    if lower is not None and lower == upper:
        warn = Fraction(0)
    near_floor = lower is not None and value - Fraction(lower) < warn
    near_cap = upper is not None and Fraction(upper) - value < warn
    return "at_risk" if near_floor or near_cap else "on_track"


def walk(definition: Definition, rows: list[Reading]) -> tuple[str, str | None]:
    state, run, pending = raw(definition, rows[0], Decimal(0)), 0, None
    for row in rows[1:]:
        said = raw(definition, row, Decimal(0))
        if ORDER.index(said) > ORDER.index(state):
            run += 1
            pending = said
            if run >= definition.confirm_worse:
                state, run, pending = said, 0, None
            continue
        run, pending = 0, None
        if ORDER.index(said) < ORDER.index(state):
            again = raw(definition, row, definition.hysteresis)
            if ORDER.index(again) < ORDER.index(state):
                state = again
    return state, pending


def compliance(definition: Definition, rows: list[Reading]) -> Fraction:
    assert definition.baseline_on is not None
    met: dict[int, bool] = {}
    for row in rows:
        period = max(
            1, ceil(Fraction((row.observed_on - definition.baseline_on).days, definition.cadence_days))
        )
        met[period] = raw_band(definition, row) != "off_track"
    return six(Fraction(sum(met.values()), max(met)))
