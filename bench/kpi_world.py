"""A hundred thousand KPIs (times scale), ten or a hundred readings each, all judged: made in the database, set by set."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from bench import pages
from bench.world import another, sql
from core import clock
from core.bulk import insert_objects, update_rows
from kpis.models import Kpi, KpiVersion
from kpis.services.evaluate import rebuild
from portfolio.models import Initiative

# Days from today on which one KPI in a hundred becomes stale, and on which as many have a planned reading arrive.
STALE_IN: Final = 12
ARRIVES_IN: Final = 5
TEXT: Final = (
    "Median of days from first notice to first decision, per fortnight, over motor claims of the pilot teams."
)
_ON_PLAN: Final = "(k.id - 1) / 10 % 90 = 7 AND (k.id - 1) % 10 > 0"


def of(scale: float, readings: int = 10) -> AbstractContextManager[None]:
    """The world of `fill`, made by the first bench that asks for it."""
    return another(f"{round(scale * 100_000)}x{readings}", lambda: fill(scale, readings))


def _readings(count: int, every: int) -> str:
    return f"""
        INSERT INTO kpis_measurement (kpi_id, kpi_version_id, observed_on, value, recorded_at, source, source_key, void,
            note, evidence)
        SELECT k.id, k.current_id, day, round((10 - 5.0 * (day - v.baseline_on) / (v.target_on - v.baseline_on)
            + CASE WHEN {_ON_PLAN} THEN 0 ELSE ((k.id * 7 + r * 13) % 30 - 12) / 12.0 END)::numeric, 3),
            now() - make_interval(days => {every} * ({count} - r)), 'pipeline', k.id || '-' || r, false, '', ''
        FROM kpis_kpi k JOIN kpis_kpiversion v ON v.id = k.current_id, generate_series(1, {count} + 1) r, LATERAL (
            SELECT CASE WHEN r = {count} + 1 THEN current_date + {ARRIVES_IN}
                ELSE current_date - (k.id % 100)::int - {every} * ({count} - r) END AS day
        ) d
        WHERE r <= {count} OR {_ON_PLAN} ORDER BY r, k.id
    """


def define(initiatives: Sequence[Initiative], at: datetime) -> list[Kpi]:
    """Ten KPIs for each of them with a version each, from 10 down to 5 over two years, one of the ten primary."""
    today = clock.day_of(at)
    kpis, versions = [], []
    for row in initiatives:
        for number in range(1, 11):
            said: dict[str, Any] = {
                "name": f"KPI number {number} of the initiative", "kind": Kpi.Kind.OPERATIONAL, "definition": TEXT,
                "unit_of_measure": "days", "primary": number == 1,
            }  # fmt: skip
            kpis.append(Kpi(initiative=row, created_at=at, updated_at=at, **said))
            place = len(kpis)
            versions.append(
                KpiVersion(
                    kpi=kpis[-1], number=1, effective_on=today - timedelta(days=400), recorded_at=at, in_force_at=at,
                    shape="trajectory", direction="lower", baseline=Decimal(10),
                    baseline_on=today - timedelta(days=330 + place % 100), target=Decimal(5),
                    target_on=today + timedelta(days=300 + place % 365), cadence_days=30, stale_after_days=110, **said,
                )
            )  # fmt: skip
    insert_objects(kpis)
    for kpi, version in zip(kpis, versions, strict=True):
        version.kpi = kpi
    insert_objects(versions)
    for kpi, version in zip(kpis, versions, strict=True):
        kpi.current = version
    update_rows(Kpi, ["current"], [(kpi.pk, kpi.current_id) for kpi in kpis])
    return kpis


def fill(scale: float, readings: int = 10) -> None:
    """Ten KPIs for each of ten thousand initiatives (times scale), so many readings each over 300 days, judged as of today.

    The last reading is 0 to 99 days old and counts as stale after 110, so that on one day in twelve one in a hundred
    becomes stale. In one initiative of ninety the nine secondary KPIs are on plan and have next month's planned reading,
    dated five days ahead: one KPI in a hundred. The readings lie as they came: day by day, not KPI by KPI.
    """
    if Kpi.objects.exists():
        return
    sql("SET statement_timeout = 0")
    pages.fill(scale)
    define(list(Initiative.objects.order_by("pk")), clock.now())
    sql("VACUUM FULL kpis_kpi")
    with _without_indexes("kpis_measurement"):
        sql(_readings(readings, max(300 // readings, 1)))
    sql("ANALYZE")
    rebuild(at=clock.now())
    # As after some months, not as after a first fill: rows lie compact, and the planner knows them.
    sql(
        "VACUUM FULL kpis_kpi",
        "VACUUM FULL kpis_outlook",
        "VACUUM FULL kpis_kpifold",
        "VACUUM ANALYZE",
        "CHECKPOINT",
    )


@contextmanager
def _without_indexes(table: str) -> Iterator[None]:
    """Ten million rows go in a tenth of the time when the indexes are built afterwards, and no key is looked up."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE "
            "i.indrelid = %s::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
            [table],
        )
        indexes = cursor.fetchall()
    sql(*(f"DROP INDEX {name}" for name, _ in indexes), "SET session_replication_role = replica")
    yield
    sql("SET session_replication_role = origin", *(definition for _, definition in indexes))
