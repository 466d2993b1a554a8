"""Readings coming in through the API: a thousand at a time, and one at a time."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import kpi_world
from bench.effort import Took, timed, undisturbed
from bench.floors import copy_in, insert_one, link
from bench.report import Row, beside, growth, speed
from bench.request import pipeline, post
from bench.world import sql
from core import clock
from core.access import system
from core.models import User
from kpis.models import Arrival, Kpi
from kpis.services.define import create_kpi
from kpis.services.evaluate import rebuild
from portfolio.models import Initiative

BATCH = 1_000
ROUNDS = 9
SINGLES = 40
FEW, MANY = 10, 10_000


def ingest(scale: float) -> list[Row]:
    """Requests of a thousand readings of a thousand KPIs, by token, beside raw binary COPY of as many rows."""
    with kpi_world.of(scale, 100):
        at = clock.now()
        person, secret = pipeline(at)
        kpis = list(Kpi.objects.order_by("?").values_list("pk", "current_id")[: BATCH * 20])
        products: list[Took] = []
        floors: list[Took] = []
        with link() as by:
            for turn in range(ROUNDS):
                chosen = [kpis[(turn * BATCH + n) % len(kpis)] for n in range(BATCH)]
                rows = [floor_row(kpi, version, person, at) for kpi, version in chosen]
                timed(floors, lambda rows=rows: copy_in(by, rows), link=by)  # type: ignore[misc]
                body = json.dumps({"rows": [row(kpi) for kpi, _ in chosen]}).encode()
                answer = timed(products, lambda body=body: post(BULK, body, secret))  # type: ignore[misc]
                if answer["created"] != BATCH or Arrival.objects.count() != BATCH * (turn + 1):
                    raise RuntimeError(f"{answer['created']} of {BATCH} rows were recorded")
        _forget()
        return [
            speed(
                "bulk ingest, 1,000 rows a request; floor: binary COPY",
                undisturbed(products),
                undisturbed(floors),
                0.35,
            )
        ]


def reading(scale: float) -> list[Row]:
    """One reading of a KPI with ten thousand earlier ones beside one with ten, and beside three bare inserts.

    Each comes by token, is judged in its request and shows on the dashboard with the next one. A new day each, and once
    more on the same day: the reading that takes the place of another.
    """
    with kpi_world.of(scale, 10):
        at = clock.now()
        few, many, other = _with_earlier(FEW, at), _with_earlier(MANY, at), Kpi.objects.order_by("pk")[0]
        person, secret = pipeline(at)
        taken: dict[str, list[Took]] = {
            "few": [],
            "many": [],
            "few again": [],
            "many again": [],
            "floor": [],
        }
        with link() as by:
            for turn in range(SINGLES):
                for name, kpi in (("few", few), ("many", many)):
                    _one(taken[name], kpi, at, turn, secret)
                    _one(taken[f"{name} again"], kpi, at, turn, secret)
                timed(taken["floor"], _bare(by, other, person, at), link=by)
        statements = [_statements(kpi, at, secret) for kpi in (few, many)]
        _forget()
        _take_back(few, many)
        times = {name: undisturbed(found) for name, found in taken.items()}
        equal = statements[0] == statements[1]
        return [
            growth(
                "one reading, 10,000 earlier ones; floor: 10 earlier ones", times["few"], times["many"], 1.15
            ),
            growth("one more of the same day; likewise", times["few again"], times["many again"], 1.15),
            Row(f"statements: {statements[1]} with 10,000", 0, 0, statements[0], "equal", equal),
            beside(
                f"{1 / times['many'].seconds:.0f} readings a second one by one; floor: {1 / times['floor'].seconds:.0f} bare",
                times["many"],
                times["floor"],
            ),
        ]


BULK = "/api/v1/measurements/bulk/"
ONE = "/api/v1/measurements/"


def value() -> str:
    return f"{7 + (uuid.uuid4().int % 1000) / 1000:.3f}"


def row(kpi: int, on: str = "") -> dict[str, Any]:
    """A reading as a pipeline sends it."""
    return {
        "kpi": kpi,
        "observed_on": on or str(clock.today()),
        "value": value(),
        "source": "bench",
        "source_key": uuid.uuid4().hex,
    }


def floor_row(kpi: int, version: int, person: User, at: datetime) -> tuple[Any, ...]:
    """The same as a row of the table."""
    return (
        kpi, version, clock.today(), Decimal(value()), at, person.pk, "bench", uuid.uuid4().hex, False, "", "",
    )  # fmt: skip


def _one(taken: list[Took], kpi: Kpi, at: datetime, turn: int, secret: str) -> None:
    on = clock.day_of(at) - timedelta(days=SINGLES + 3 - turn)
    body = json.dumps(row(kpi.pk, str(on))).encode()
    timed(taken, lambda: post(ONE, body, secret))


def _bare(by: psycopg.Connection[Any], kpi: Kpi, person: User, at: datetime) -> Callable[[], None]:
    assert kpi.current_id is not None
    return lambda: insert_one(
        by, kpi.pk, kpi.current_id or 0, person.pk, clock.today(), Decimal(value()), at, uuid.uuid4().hex
    )


def _statements(kpi: Kpi, at: datetime, secret: str) -> int:
    """Those of a reading that turns the same answer into the same other one, whatever was read before."""
    said = [
        json.dumps({**row(kpi.pk, str(clock.day_of(at) - timedelta(days=days))), "value": given}).encode()
        for days, given in ((2, "7.1"), (1, "7.9"))
    ]
    post(ONE, said[0], secret)
    with CaptureQueriesContext(connection) as seen:
        post(ONE, said[1], secret)
    return len(seen)


def _with_earlier(count: int, at: datetime) -> Kpi:
    """A KPI that has been read daily, so many times, until two months ago."""
    day = clock.day_of(at)
    kpi = create_kpi(
        initiative_id=Initiative.objects.order_by("pk")[0].pk,
        facts={"name": f"Read {count} times"},
        success={
            "shape": "trajectory", "direction": "lower", "baseline": Decimal(10), "baseline_on": day - timedelta(days=MANY + 100),
            "target": Decimal(5), "target_on": day + timedelta(days=300), "cadence_days": 30, "stale_after_days": 110,
        },
        by=system(), at=at,
    )  # fmt: skip
    sql(
        f"""
        INSERT INTO kpis_measurement (kpi_id, kpi_version_id, observed_on, value, recorded_at, source, source_key, void,
            note, evidence)
        SELECT {kpi.pk}, {kpi.current_id}, current_date - 60 - n, 7 + n % 10 * 0.1, now(), 'bench', n::text, false, '', ''
        FROM generate_series(1, {count}) n ORDER BY n DESC
        """
    )
    rebuild(at=at, kpi_ids=[kpi.pk])
    return kpi


def _forget() -> None:
    """Leave the world as it was found, without asking every row that might refer to one of these."""
    sql(
        "SET session_replication_role = replica",
        "DELETE FROM kpis_measurement WHERE source = 'bench'",
        "DELETE FROM kpis_arrival",
        "DELETE FROM core_outbox",
        "SET session_replication_role = origin",
    )


def _take_back(*kpis: Kpi) -> None:
    ids = ", ".join(str(kpi.pk) for kpi in kpis)
    tables = ("outlook", "statuschange", "kpifold", "kpiversion")
    sql(
        "SET session_replication_role = replica",
        *(f"DELETE FROM kpis_{table} WHERE kpi_id IN ({ids})" for table in tables),
        f"DELETE FROM kpis_kpi WHERE id IN ({ids})",
        "SET session_replication_role = origin",
    )


BENCHES = {"ingest": ingest, "reading": reading}
