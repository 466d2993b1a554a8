"""Counting against a plain recount in Python, for any portfolio; and the tallies of the parts are the tally of the whole."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import BusinessUnit
from domain.ageing import MONTHS, median, older_than
from domain.stages import ORDER, Stage
from portfolio.models import BenefitEntry, Expenditure, Flag, Initiative, StageSpell
from portfolio.queries.counting import count, everything, of_units
from portfolio.queries.listings import LEVELS, ROLLUP
from portfolio.queries.tally import Tally, Worst, from_json, together
from tests.cast import AT, TODAY, unit

pytestmark = pytest.mark.django_db
DAYS = st.none() | st.integers(-400, 1_200).map(lambda n: TODAY - timedelta(days=n))
STAGES = [stage.value for stage in Stage]
ENDED = {"stopped", "retired"}


@dataclass
class Facts:
    """One initiative with everything that is counted of it."""

    row: Initiative
    spells: list[StageSpell]
    spend: list[Expenditure]
    planned: list[BenefitEntry]
    flags: list[Flag]


def drawn(draw: Any, number: int, units: Sequence[BusinessUnit]) -> Facts:
    """Anything an initiative may be, not only what the services would let it be."""
    cents = st.integers(1, 10**9).map(lambda n: Decimal(n) / 100)
    row = Initiative.objects.create(
        name=f"I{number}", unit=draw(st.sampled_from(units)), created_at=AT, updated_at=AT,
        stage=draw(st.sampled_from(STAGES)), entered_on=draw(DAYS), kpi_status=draw(st.sampled_from(ROLLUP)),
        pilot_level=draw(st.sampled_from(["", *LEVELS])), decision_on=draw(DAYS),
        pilot_planned_days=draw(st.none() | st.integers(0, 400)), planned_value=draw(st.none() | cents),
        **{name: draw(st.none() | cents) for name in ("spent", "approved", "released", "claimed", "validated")},
    )  # fmt: skip
    old = StageSpell.objects.create(
        initiative=row,
        stage=draw(st.sampled_from(STAGES)),
        entered_on=draw(DAYS),
        recorded_at=AT,
        closed_at=AT,
    )
    left = draw(st.none() | st.integers(-30, 500).map(lambda n: TODAY - timedelta(days=n)))
    begun = (
        None
        if left is None
        else draw(st.none() | st.integers(0, 300).map(lambda n: left - timedelta(days=n)))
    )
    spells = [
        StageSpell.objects.create(
            initiative=row, from_stage=draw(st.sampled_from(["", *STAGES])), stage=draw(st.sampled_from(STAGES)),
            entered_on=begun, left_on=left, recorded_at=AT, closed_at=AT,
            restates=old if draw(st.booleans()) else None,
        )
    ]  # fmt: skip
    spells += [old] if spells[0].restates is None else []
    money = {"initiative": row, "currency": "EUR", "recorded_at": AT}
    spend = [
        Expenditure.objects.create(
            amount=draw(cents), spent_on=TODAY - timedelta(days=draw(st.integers(0, 400))), **money
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    planned = [
        BenefitEntry.objects.create(
            amount=draw(cents),
            kind="planned",
            month=TODAY + timedelta(days=draw(st.integers(-90, 90))),
            **money,
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    flags = [
        Flag.objects.create(
            subject_type="pilot", subject_id=row.pk, subject_label=row.name, rule=rule, severity=draw(st.integers(1, 3)),
            initiative=row, unit=draw(st.sampled_from([row.unit, *units, None])), cause="c", sentence="s",
            since=TODAY - timedelta(days=draw(st.integers(0, 3))), raised_at=AT, updated_at=AT,
            cleared_at=AT if draw(st.integers(0, 3)) == 0 else None,
        )
        for rule in draw(st.lists(st.sampled_from(["R01", "R02", "R03"]), unique=True))
    ]  # fmt: skip
    return Facts(row, spells, spend, planned, flags)


def plainly(portfolio: Iterable[Facts]) -> str:
    """The same figures, read off one record after another."""
    tally, by_age = Tally(), defaultdict[tuple[str, str], int](int)
    late: list[tuple[Decimal, int]] = []
    for one in portfolio:
        row, live = one.row, one.row.stage not in ENDED
        tally.add("now", row.stage, 1)
        tally.add("undated", row.stage, row.entered_on is None)
        for months in MONTHS:
            by_age[f"older_{months}", row.stage] += older_than(row.entered_on, TODAY, months) is True
        for name in ("spent", "approved", "released", "claimed", "validated"):
            tally.add_sum(name, getattr(row, name))
        if live:
            tally.add("active", "", 1)
            tally.add("active", "undated", row.entered_on is None)
            tally.add("status", row.kpi_status, 1)
            expects = row.stage not in {"idea", "framing", "unknown"}
            tally.add("without", "spend", expects and row.spent is None)
        if live and row.pilot_level:
            _pilot(one, tally)
            if row.decision_on and row.decision_on < TODAY:
                amounts = [s.amount for s in one.spend if s.spent_on > row.decision_on]
                late += [(sum(amounts, Decimal(0)), row.pk)] if amounts else []
        for spell in one.spells:
            _spell(spell, tally)
        for entry in one.planned:
            tally.add_sum("planned", entry.amount if entry.month <= TODAY else None)
    for (kind, stage), n in by_age.items():
        tally.add(kind, stage, n)
    tally.add("late", "", len(late))
    if late:
        tally.add_sum("late", sum((amount for amount, _ in late), Decimal(0)))
    tally.late = sorted(late, key=lambda row: (-row[0], row[1]))[:3]
    _flags([flag for one in portfolio for flag in one.flags if flag.cleared_at is None], tally)
    return tally.to_json()


def _pilot(one: Facts, tally: Tally) -> None:
    row = one.row
    tally.add("level", row.pilot_level, 1)
    said_none = any(flag.rule == "R01" and flag.cleared_at is None for flag in one.flags)
    soon = row.decision_on is not None and (row.decision_on - TODAY).days <= 21
    if soon or said_none or row.pilot_level == "purgatory":
        tally.add("due", "", 1)
        tally.add("due", "overdue", row.decision_on is not None and row.decision_on < TODAY)
        tally.add("due", "undated", row.decision_on is None)
    tally.add("without", "date", row.decision_on is None)
    tally.add("pilots", "planned", bool(row.pilot_planned_days))
    if row.entered_on is not None:
        days = (TODAY - row.entered_on).days
        tally.add("pilots", "dated", 1)
        tally.add("pilots", "year", days / 30.44 > 12)
        if row.pilot_planned_days:
            tally.add("pilots", "placed", 1)
            tally.add("pilots", "over", days / row.pilot_planned_days > 1)
            tally.add("pilots", "twice", days / row.pilot_planned_days > 2)


def _spell(spell: StageSpell, tally: Tally) -> None:
    def this_year(day: date | None) -> bool:
        return day is not None and TODAY.replace(year=TODAY.year - 1) < day <= TODAY

    line = [stage.value for stage in ORDER]
    if this_year(spell.entered_on):
        tally.add("entered", spell.stage, 1)
        was, now = spell.from_stage, spell.stage
        onward = was in line and now in line and now not in ENDED and line.index(now) > line.index(was)
        tally.add("forward", was, onward)
    if this_year(spell.left_on):
        tally.add("left", spell.stage, 1)
        if spell.entered_on is not None and spell.left_on is not None:
            tally.lengths.setdefault(spell.stage, []).append((spell.left_on - spell.entered_on).days)


def _flags(flags: list[Flag], tally: Tally) -> None:
    tally.add("flags", "", len(flags))
    worst: dict[int | None, Flag] = {}
    for flag in sorted(flags, key=lambda flag: (-flag.severity, flag.since, flag.pk)):
        worst.setdefault(flag.initiative_id, flag)
    rows = []
    for pk, flag in worst.items():
        assert flag.initiative is not None
        stake = (flag.initiative.planned_value or 0) * Decimal(flag.severity)
        rows.append(
            Worst(stake.quantize(Decimal("0.01")), flag.severity, flag.since.isoformat(), flag.pk, pk, "")
        )
    tally.worst = sorted(rows, key=lambda w: (-w.stake, -w.severity, w.initiative, w.since, w.flag))[:7]


def exact(figures: str) -> dict[str, Any]:
    """Amounts as numbers: SQLite does not keep the zeros behind the point."""
    out: dict[str, Any] = json.loads(figures)
    out["sums"] = {name: Decimal(amount) for name, amount in out["sums"].items()}
    for name in ("late", "worst"):
        out[name] = [[Decimal(row[0]), *row[1:]] for row in out[name]]
    return out


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_portfolio_counts_as_it_reads_and_its_units_add_up_to_it(data: st.DataObject, db: Any) -> None:
    with transaction.atomic():
        units = [unit(f"u{n}") for n in range(3)]
        portfolio = [drawn(data.draw, n, units) for n in range(data.draw(st.integers(0, 9)))]
        whole = count(everything(), TODAY)
        told = together(whole.values())
        assert exact(told.to_json()) == exact(plainly(portfolio))
        # The same out of parts that were stored and read again, a unit at a time.
        ids = [0, *(row.pk for row in units)]
        parts = [count(of_units([pk]), TODAY).get(pk, Tally()) for pk in ids]
        stored = [from_json(part.to_json()) for part in parts]
        assert exact(together(stored).to_json()) == exact(told.to_json())
        transaction.set_rollback(True)


@given(
    st.lists(
        st.builds(
            Worst,
            stake=st.integers(0, 3).map(Decimal), severity=st.integers(1, 3), since=st.sampled_from(["2026-01-01", "2026-02-01"]),
            flag=st.integers(1, 10**6), initiative=st.integers(1, 30), about=st.just(""),
        ),
        max_size=60, unique_by=lambda row: row.flag,
    ),
    st.integers(2, 5),
)  # fmt: skip
def test_the_seven_worst_of_every_part_hold_the_seven_worst_of_all(rows: list[Worst], ways: int) -> None:
    # The money at stake is the initiative's: severity times its value.
    rows = [row._replace(stake=Decimal(row.initiative or 0) % 5 * row.severity) for row in rows]
    parts = [together([Tally(worst=rows[n::ways])]) for n in range(ways)]
    assert together(parts).worst == together([Tally(worst=rows)]).worst


@given(st.lists(st.integers(0, 900)), st.lists(st.integers(0, 900)))
def test_the_median_of_two_parts_is_that_of_all_their_stays(one: list[int], two: list[int]) -> None:
    both = together([Tally(lengths={"pilot": one}), Tally(lengths={"pilot": two})])
    assert both.median("pilot") == median(one + two)
    assert both.median("idea") is None


def test_adding_up_leaves_the_parts_as_they_were() -> None:
    part = Tally(counts={"now:idea": 1}, lengths={"idea": [3]})
    together([part, part])
    assert part == Tally(counts={"now:idea": 1}, lengths={"idea": [3]})
