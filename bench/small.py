"""On SQLite, the default: a tenth of the scale, beside what Django and a hand-written statement do on the same file."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction

from bench.effort import Took, timed, undisturbed
from bench.kpi_world import STALE_IN, define
from bench.report import Row, cost, speed
from bench.request import pipeline, post
from core import clock
from core.bulk import insert_rows
from core.models import BusinessUnit, Outbox, User
from kpis.models import Arrival, Kpi, Measurement
from kpis.services.evaluate import evaluate_all, rebuild
from portfolio.models import Initiative, StageSpell

BATCH: Final = 1_000
ROUNDS: Final = 9
READINGS: Final = 100
BULK: Final = "/api/v1/measurements/bulk/"
LATEST: Final = """
    SELECT k.id, m.id, m.observed_on, m.value FROM kpis_kpi k JOIN kpis_measurement m ON m.id = (
        SELECT id FROM kpis_measurement WHERE kpi_id = k.id ORDER BY observed_on DESC, id DESC LIMIT 1
    )
"""
_FIELDS: Final = (
    "kpi",
    "kpi_version",
    "observed_on",
    "value",
    "recorded_at",
    "source",
    "source_key",
    "void",
    "note",
    "evidence",
)


def ingest(scale: float) -> list[Row]:
    """Requests of a thousand readings of a thousand KPIs, by token, beside bulk_create of as many rows."""
    fill(scale)
    at = clock.now()
    person, secret = pipeline(at)
    kpis = [
        (pk, version or 0)
        for pk, version in Kpi.objects.order_by("pk").values_list("pk", "current_id")[:BATCH]
    ]
    products: list[Took] = []
    floors: list[Took] = []
    for turn in range(ROUNDS):
        named = [(kpi, version, f"7.{turn}{n % 10}", f"{turn}-{n}") for n, (kpi, version) in enumerate(kpis)]
        timed(floors, lambda named=named: _create(named, person, at))  # type: ignore[misc]
        rows = [
            {"kpi": kpi, "observed_on": str(clock.day_of(at)), "value": f"7.{turn}{n % 10}", "source": "bench", "source_key": f"{turn}-{n}"}
            for n, (kpi, _) in enumerate(kpis)
        ]  # fmt: skip
        body = json.dumps({"rows": rows}).encode()
        answer = timed(products, lambda body=body: post(BULK, body, secret))  # type: ignore[misc]
        if answer["created"] != len(kpis):
            raise RuntimeError(f"{answer['created']} of {len(kpis)} rows were recorded")
    # What follows measures the world as it was filled.
    Arrival.objects.all().delete()
    Outbox.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kpis_measurement WHERE source IN ('bench', 'floor')")
    return [
        speed("bulk ingest, 1,000 rows a request, SQLite; floor: bulk_create", undisturbed(products), undisturbed(floors), 1.3)
    ]  # fmt: skip


def evaluate(scale: float) -> list[Row]:
    """All KPIs, one in a hundred changed, beside the bare statement that reads each KPI's latest value."""
    fill(scale)
    at = clock.now()
    today = clock.day_of(at)
    alls: list[Took] = []
    floors: list[Took] = []
    for _ in range(ROUNDS):
        timed(floors, _latest_values)
        every = timed(alls, lambda: evaluate_all(at=at, as_of=today + timedelta(days=STALE_IN)))
        count = Kpi.objects.count()
        if count >= 1_000 and not 0.8 <= every.changed / count * 100 <= 1.2:
            raise RuntimeError(f"{every.changed} KPIs changed, not one in a hundred")
        evaluate_all(at=at, as_of=today)
        Outbox.objects.all().delete()
    return [
        cost("evaluate all, 1 % changed, SQLite; floor: correlated SQL", undisturbed(alls), undisturbed(floors), 2)
    ]  # fmt: skip


def fill(scale: float) -> None:
    """Ten KPIs for each of a thousand initiatives (times scale), a hundred readings each over 300 days, all judged.

    The last reading is 0 to 99 days old and counts as stale after 110: on one day one KPI in a hundred becomes stale.
    """
    if Kpi.objects.exists():
        return
    at = clock.now()
    today = clock.day_of(at)
    with transaction.atomic():
        kpis = define(_initiatives(max(round(1_000 * scale), 10), at, today), at)
        insert_rows(Measurement, _FIELDS, _readings(kpis, at, today))
    rebuild(at=at)
    Outbox.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _initiatives(count: int, at: datetime, today: date) -> list[Initiative]:
    units = [BusinessUnit.objects.create(name=f"Unit {number}") for number in range(50)]
    for unit in units:
        BusinessUnit.objects.filter(pk=unit.pk).update(path=f"/{unit.pk}/")
    rows = Initiative.objects.bulk_create(
        Initiative(
            name=f"Initiative {n}",
            unit=units[n % 50],
            stage="pilot",
            entered_on=today,
            created_at=at,
            updated_at=at,
        )
        for n in range(count)
    )
    StageSpell.objects.bulk_create(
        StageSpell(initiative=row, stage="pilot", entered_on=today, recorded_at=at) for row in rows
    )
    return rows


def _readings(kpis: list[Kpi], at: datetime, today: date) -> Iterator[tuple[Any, ...]]:
    """Day by day, not KPI by KPI: as they came."""
    every = max(300 // READINGS, 1)
    for turn in range(1, READINGS + 1):
        for place, kpi in enumerate(kpis, start=1):
            version = kpi.current
            on = today - timedelta(days=place % 100 + every * (READINGS - turn))
            if version is None or version.baseline_on is None or version.target_on is None:
                raise RuntimeError("A KPI of the bench has no version.")
            way = (on - version.baseline_on) / (version.target_on - version.baseline_on)
            value = round(Decimal(10 - 5 * way + ((place * 7 + turn * 13) % 30 - 12) / 12), 3)
            recorded = at - timedelta(days=every * (READINGS - turn))
            yield kpi.pk, version.pk, on, value, recorded, "pipeline", f"{place}-{turn}", False, "", ""


def _create(named: list[tuple[int, int, str, str]], person: User, at: datetime) -> None:
    """What a program would write without a thought of speed: a model of each reading, and bulk_create."""
    made = [
        Measurement(
            kpi_id=kpi, kpi_version_id=version, observed_on=clock.day_of(at), value=Decimal(value), recorded_at=at,
            recorded_by=person, source="floor", source_key=key,
        )
        for kpi, version, value, key in named
    ]  # fmt: skip
    with transaction.atomic():
        Measurement.objects.bulk_create(made)


def _latest_values() -> int:
    with connection.cursor() as cursor:
        cursor.execute(LATEST)
        return len(cursor.fetchall())


SQLITE_BENCHES = {"ingest": ingest, "evaluate": evaluate}
