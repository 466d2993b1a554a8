"""Triage of ten thousand initiatives: everything the page of money is drawn from, beside reading and sorting the same rows."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Final

from django.db import connection

from bench.effort import Took, timed, undisturbed
from bench.report import Row, beside, cost
from bench.world import another
from core import clock
from core.access import system
from core.models import BusinessUnit
from core.wording import money
from domain.triage_words import Words
from funding.queries.portfolio import Picture, picture
from funding.queries.triage_list import triage_lines
from portfolio.models import CaseWorth, Initiative

INITIATIVES: Final = 10_000
ROUNDS: Final = 7
SHOWN: Final = 50
FLOOR: Final = """
    SELECT i.id, i.name, u.name, i.stage, i.kpi_status, i.kpi_reason, i.pilot_level, i.decision_on, i.approved, i.released,
        i.spent, w.case_ref, w.value, w.haircut, w.years, w.cost, w.a_year, w.breaks_even, w.delay_a_month,
        w.measured_share, w.people
    FROM portfolio_initiative i JOIN core_businessunit u ON u.id = i.unit_id
    LEFT JOIN portfolio_caseworth w ON w.initiative_id = i.id WHERE i.stage NOT IN ('stopped', 'retired')
"""
_STATUSES: Final = ("on_track", "on_track", "achieved", "at_risk", "off_track", "blind", "no_kpi")


def fill(scale: float) -> None:
    """Initiatives in fifty units, nine of ten with a case."""
    if CaseWorth.objects.exists():
        return
    at, luck = clock.now(), Random(11)
    today = clock.day_of(at)
    units = [BusinessUnit.objects.create(name=f"Money unit {number}") for number in range(50)]
    for unit in units:
        BusinessUnit.objects.filter(pk=unit.pk).update(path=f"/{unit.pk}/")
    rows = Initiative.objects.bulk_create(
        Initiative(
            name=f"Initiative {number}", unit=units[number % 50], stage="pilot", entered_on=today,
            kpi_status=luck.choice(_STATUSES), pilot_level="healthy", decision_on=today + timedelta(days=30),
            approved=Decimal(luck.randrange(50_000, 500_000)), spent=Decimal(luck.randrange(0, 50_000)),
            created_at=at, updated_at=at,
        )
        for number in range(max(round(INITIATIVES * scale), 20))
    )  # fmt: skip
    CaseWorth.objects.bulk_create(
        CaseWorth(
            initiative=row, case_number=1, case_ref="BC-0001", npv=Decimal(luck.randrange(-100_000, 900_000)),
            value=Decimal(luck.randrange(-100_000, 900_000)), haircut=Decimal("0.3"), rate=Decimal("0.1"), years=4,
            outlay=Decimal(100_000), cost=Decimal(luck.randrange(50_000, 500_000)), a_year=Decimal(100_000),
            delay_a_month=Decimal(8_000), measured_share=Decimal("0.4"), people=Decimal(2), published_at=at,
        )
        for number, row in enumerate(rows) if number % 10
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def triage(scale: float) -> list[Row]:
    """All calls, the order and the frontier; and with the words of a page of fifty. Floor: the bare rows, sorted by value."""
    postgresql = connection.vendor == "postgresql"
    with another("money", lambda: fill(scale)) if postgresql else nullcontext():
        fill(scale)
        actor, today = system("command"), clock.today()
        calls: list[Took] = []
        pages: list[Took] = []
        floors: list[Took] = []
        for _ in range(ROUNDS):
            timed(floors, _rows)
            seen = timed(calls, lambda: picture(actor, {}, today))
            timed(pages, lambda seen=seen: _words(seen))  # type: ignore[misc]
    name = "triage of 10,000 initiatives"
    return [
        cost(f"{name}; floor: the rows read and sorted", undisturbed(calls), undisturbed(floors), 8),
        beside("the same, beside the words of a page of fifty", undisturbed(pages), undisturbed(calls)),
    ]


def _rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute(FLOOR)
        return len(sorted(cursor.fetchall(), key=lambda row: (row[12] is None, row[12])))


def _words(seen: Picture) -> int:
    words = Words(seen.triage, lambda amount: money(amount))
    lines = triage_lines(seen, {})[:SHOWN]
    return sum(len(words.reason(line.call)) + len(words.flips(line.call)) for line in lines)


BENCHES: dict[str, Callable[[float], list[Row]]] = {"triage": triage}
SQLITE_BENCHES: dict[str, Callable[[float], list[Row]]] = {"triage": triage}
