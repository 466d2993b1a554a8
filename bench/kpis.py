"""KPIs at a hundred thousand, ten readings each: readings in bulk, evaluating all, evaluating what is due."""

import gc
import io
import json
import statistics
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from bench import pages
from bench.report import Row, cost, speed
from bench.world import sql
from core import clock
from core.access import actor_for
from core.models import Outbox, Role, RoleGrant, User
from core.tokens import create_token
from kpis.models import Arrival, Kpi
from kpis.services.evaluate import evaluate_all, evaluate_due, rebuild

ROWS = 1_000
ROUNDS = 9
# Days from today on which one KPI in a hundred becomes stale, and on which as many have a planned reading arrive.
STALE_IN, ARRIVES_IN = 12, 5
TEXT = (
    "Median of days from first notice to first decision, per fortnight, over motor claims of the pilot teams."
)
LATERAL = """
    SELECT k.id, m.id, m.observed_on, m.value FROM kpis_kpi k CROSS JOIN LATERAL (
        SELECT id, observed_on, value FROM kpis_measurement WHERE kpi_id = k.id ORDER BY observed_on DESC, id DESC LIMIT 1
    ) m
"""


def fill(scale: float) -> None:
    """Ten KPIs for each of ten thousand initiatives (times scale), ten monthly readings each, all judged as of today.

    The last reading is 0 to 99 days old and counts as stale after 110, so that on one day in twelve one in a hundred
    becomes stale. In one initiative of ninety the nine secondary KPIs are on plan and have next month's planned reading,
    dated five days ahead: one KPI in a hundred.
    """
    if Kpi.objects.exists():
        return
    pages.fill(scale)
    on_plan = "(k.id - 1) / 10 % 90 = 7 AND (k.id - 1) % 10 > 0"
    sql(
        f"""
        INSERT INTO kpis_kpi (initiative_id, name, kind, definition, formula, population, unit_of_measure, "primary", weight,
            serves_because, state, state_because, source, external_id, created_at, updated_at, version, status, reason,
            last_known, pending, flags)
        SELECT i.id, 'KPI number ' || n || ' of the initiative', 'operational', '{TEXT}', '', '', 'days', n = 1, 1, '',
            'active', '', '', '', now(), now(), 1, 'not_started', '', '', '', '[]'
        FROM portfolio_initiative i, generate_series(1, 10) n ORDER BY i.id, n
        """,
        """
        INSERT INTO kpis_kpiversion (kpi_id, number, effective_on, because, recorded_at, shape, direction, baseline,
            baseline_on, baseline_source, target, target_on, curve, cadence_days, stale_after_days, settle_days, amber, red,
            hysteresis, confirm_worse, warn_fraction, required_compliance)
        SELECT id, 1, current_date - 400, '', now(), 'trajectory', 'lower', 10, current_date - 330 - (id % 100)::int, '', 5,
            current_date + 300 + (id % 365)::int, '[]', 30, 110, 14, 0.10, 0.25, 0.02, 1, 0.10, 0.90
        FROM kpis_kpi
        """,
        "UPDATE kpis_kpi k SET current_id = v.id FROM kpis_kpiversion v WHERE v.kpi_id = k.id",
        f"""
        INSERT INTO kpis_measurement (kpi_id, kpi_version_id, observed_on, value, recorded_at, source, source_key, void,
            note, evidence)
        SELECT k.id, k.current_id, day, round((10 - 5.0 * (day - v.baseline_on) / (v.target_on - v.baseline_on)
            + CASE WHEN {on_plan} THEN 0 ELSE ((k.id * 7 + r * 13) % 30 - 12) / 12.0 END)::numeric, 3),
            now() - make_interval(days => 30 * (10 - r)), 'pipeline', k.id || '-' || r, false, '', ''
        FROM kpis_kpi k JOIN kpis_kpiversion v ON v.id = k.current_id, generate_series(1, 11) r, LATERAL (
            SELECT CASE WHEN r = 11 THEN current_date + {ARRIVES_IN}
                ELSE current_date - (k.id % 100)::int - 30 * (10 - r) END AS day
        ) d
        WHERE r < 11 OR {on_plan} ORDER BY r, k.id
        """,
        "ANALYZE",
    )
    rebuild(at=clock.now())
    # As after some months, not as after a first fill: rows lie compact, and the planner knows them.
    sql("VACUUM FULL kpis_kpi", "VACUUM FULL kpis_outlook", "VACUUM ANALYZE")


def evaluate(scale: float) -> list[Row]:
    """All KPIs, one in a hundred changed, beside the bare statement that reads each KPI's latest value; and the sweep.

    *All*: one in a hundred becomes stale: its answer, the ledger, the roll-up of its initiative and the audit events
    are written, and the sentences of its flag are owed to a worker. *Due*: one in a hundred has come to the end of its
    stretch of days because a planned reading arrives; it is looked up and written, and its status stays. (Were the same
    answers to change in both, the sweep would write what the whole pass writes, and nothing would be compared.)
    """
    fill(scale)
    at = clock.now()
    today = clock.day_of(at)
    alls: list[float] = []
    dues: list[float] = []
    floors: list[float] = []
    for _ in range(ROUNDS):
        due = _timed(dues, lambda: evaluate_due(at=at, as_of=today + timedelta(days=ARRIVES_IN)))
        _timed(floors, _latest_values)
        every = _timed(alls, lambda: evaluate_all(at=at, as_of=today + timedelta(days=STALE_IN)))
        _require_a_hundredth(due.changed, every.changed)
        evaluate_all(at=at, as_of=today)
        Outbox.objects.all().delete()
    whole, sweep, floor = (_undisturbed(taken) for taken in (alls, dues, floors))
    return [
        cost("evaluate all, 1 % changed; floor: bare LATERAL", whole, floor, 1.0),
        cost("evaluate what is due, 1 %; floor: evaluate all", sweep, whole, 0.1),
    ]


def ingest(scale: float) -> list[Row]:
    """Requests of a thousand readings of a thousand KPIs, by token, beside raw binary COPY of as many rows."""
    fill(scale)
    at = clock.now()
    person = User.objects.create_user(
        f"{uuid.uuid4().hex}@bench.example", None, name="Pipeline", created_at=at
    )
    RoleGrant.objects.create(user=person, role=Role.PORTFOLIO_MANAGER, unit=None, granted_at=at)
    _, secret = create_token(
        user=person, name="bench", scopes=["kpis:write"], by=actor_for(person, via="command"), at=at
    )
    settings.ALLOWED_HOSTS = ["*"]
    app = import_module("config.wsgi").application
    kpis = list(Kpi.objects.order_by("?").values_list("pk", "current_id")[: ROWS * 20])
    products: list[float] = []
    floors: list[float] = []
    with _link() as link:
        for turn in range(ROUNDS):
            chosen = [kpis[(turn * ROWS + n) % len(kpis)] for n in range(ROWS)]
            rows = [_floor_row(kpi, version, person, at) for kpi, version in chosen]
            _timed(floors, lambda rows=rows: _copy(link, rows))  # type: ignore[misc]
            body = json.dumps({"rows": [_row(kpi) for kpi, _ in chosen]}).encode()
            answer = _timed(products, lambda body=body: _post(app, body, secret))  # type: ignore[misc]
            if answer["created"] != ROWS:
                raise RuntimeError(f"{answer['created']} of {ROWS} rows were recorded")
    Arrival.objects.all().delete()
    Outbox.objects.all().delete()
    product, floor = _undisturbed(products), _undisturbed(floors)
    return [speed("bulk ingest, 1,000 rows a request; floor: binary COPY", product, floor, 0.15)]


def _timed(taken: list[float], work: Callable[[], Any]) -> Any:
    gc.collect()
    start = time.perf_counter()
    out = work()
    taken.append(time.perf_counter() - start)
    return out


def _undisturbed(taken: Sequence[float]) -> float:
    """The median of the quicker half, floor and product alike: the machine may have other work, and the first turn is cold."""
    return statistics.median(sorted(taken)[: (len(taken) + 1) // 2])


def _require_a_hundredth(*changed: int) -> None:
    """A bench that changes nothing would be quick."""
    count = Kpi.objects.count()
    if not all(0.8 <= found / count * 100 <= 1.2 for found in changed):
        raise RuntimeError(f"changed {changed} of {count} KPIs, not one in a hundred")


def _latest_values() -> int:
    with connection.cursor() as cursor:
        cursor.execute(LATERAL)
        return len(cursor.fetchall())


def _value() -> str:
    return f"{7 + (uuid.uuid4().int % 1000) / 1000:.3f}"


def _row(kpi: int) -> dict[str, Any]:
    key = uuid.uuid4().hex
    return {
        "kpi": kpi,
        "observed_on": str(clock.today()),
        "value": _value(),
        "source": "pipeline",
        "source_key": key,
    }


def _floor_row(kpi: int, version: int, person: User, at: Any) -> tuple[Any, ...]:
    on: date = clock.today()
    key = uuid.uuid4().hex
    return (kpi, version, on, Decimal(_value()), at, person.pk, "pipeline", key, False, "", "")


def _link() -> psycopg.Connection[Any]:
    given = settings.DATABASES["default"]
    return psycopg.connect(
        host=str(given["HOST"]), port=str(given["PORT"] or 5432), user=str(given["USER"]),
        password=str(given["PASSWORD"]), dbname=str(given["NAME"]),
    )  # fmt: skip


def _copy(link: psycopg.Connection[Any], rows: Sequence[tuple[Any, ...]]) -> None:
    names = "kpi_id, kpi_version_id, observed_on, value, recorded_at, recorded_by_id, source, source_key, void, note, evidence"
    types = (
        "int8",
        "int8",
        "date",
        "numeric",
        "timestamptz",
        "int8",
        "varchar",
        "varchar",
        "bool",
        "varchar",
        "varchar",
    )
    with (
        link.cursor() as cursor,
        cursor.copy(f"COPY kpis_measurement ({names}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
    link.commit()


def _post(app: Callable[..., Any], body: bytes, secret: str) -> dict[str, Any]:
    status: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/measurements/bulk/", "QUERY_STRING": "", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(), "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": True,
        "wsgi.run_once": False, "REMOTE_ADDR": "127.0.0.1", "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)), "HTTP_AUTHORIZATION": f"Bearer {secret}",
    }  # fmt: skip
    answer = app(environ, lambda line, _headers, *_: status.append(line))
    content = b"".join(answer)
    getattr(answer, "close", lambda: None)()
    if not status[0].startswith("200"):
        raise RuntimeError(f"{status[0]}: {content[:300]!r}")
    found: dict[str, Any] = json.loads(content)
    return found


BENCHES = {"evaluate": evaluate, "ingest": ingest}
