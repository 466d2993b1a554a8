"""Ten thousand initiatives, and the API's list of fifty of them."""

import io
import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.report import Row, median_seconds, speed
from bench.world import sql
from core import clock
from core.access import actor_for
from core.models import BusinessUnit, Role, RoleGrant, User
from core.tokens import create_token

INITIATIVES = 10_000


def fill(scale: float) -> User:
    """Ten thousand initiatives (times scale) in fifty units, with spells, flags and money. Returns a reader."""
    if User.objects.filter(email="reader@bench.example").exists():
        return User.objects.get(email="reader@bench.example")
    at = clock.now()
    reader = User.objects.create_user("reader@bench.example", None, name="Reader", created_at=at)
    RoleGrant.objects.create(user=reader, role=Role.EXECUTIVE, unit=None, granted_at=at)
    for number in range(50):
        unit = BusinessUnit.objects.create(name=f"Unit {number}")
        BusinessUnit.objects.filter(pk=unit.pk).update(path=f"/{unit.pk}/")
    count = max(int(INITIATIVES * scale), 100)
    sql(
        "CREATE TEMP TABLE u AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM core_businessunit",
        f"""
        INSERT INTO portfolio_initiative (name, unit_id, problem, outcome, value_hypothesis, impact, planned_value, facts,
            attributes, source, external_id, created_at, created_by_id, updated_at, version, stage, entered_on,
            entered_precision, kpi_status, kpi_reason, kpi_since, pilot_level, pilot_remedy, decision_on,
            pilot_planned_days, spent, approved, released, claimed, validated, risk_tier)
        SELECT 'Initiative ' || i, u.id, 'A problem of some length, told in a sentence or two.', 'An outcome.',
            'Fewer errors, at lower cost.', 'neither', (i % 900) * 1000, '{{"pii": "yes"}}', '{{}}', '', '', now(), {reader.pk},
            now(), 1, (ARRAY['idea','framing','development','pilot','scale_up','production'])[1 + i % 6],
            current_date - (i % 900), 'day',
            (ARRAY['achieved','on_track','at_risk','off_track','blind','no_kpi'])[1 + i % 6], '', current_date - 30,
            CASE WHEN i % 6 = 3 THEN (ARRAY['purgatory','drifting','watch','healthy'])[1 + i % 4] ELSE '' END,
            CASE WHEN i % 6 = 3 THEN 'stop' ELSE '' END,
            CASE WHEN i % 6 = 3 THEN current_date + (i % 200) - 60 END, CASE WHEN i % 6 = 3 THEN 120 END,
            i, i * 2, i, i, i, 1 + i % 3
        FROM generate_series(1, {count}) i JOIN u ON u.n = i % 50
        """,
        """
        INSERT INTO portfolio_stagespell (initiative_id, from_stage, stage, entered_on, precision, because, basis, recorded_at)
        SELECT id, '', stage, entered_on, 'day', '', '', now() FROM portfolio_initiative
        """,
        """
        INSERT INTO portfolio_stagespell (initiative_id, from_stage, stage, entered_on, left_on, precision, because, basis,
            recorded_at, closed_at)
        SELECT id, '', 'idea', entered_on - 90, entered_on, 'day', '', '', now(), now() FROM portfolio_initiative
        """,
        f"""
        INSERT INTO portfolio_flag (subject_type, subject_id, subject_label, initiative_id, unit_id, owner_id, rule, "group",
            severity, cause, sentence, numbers, clears_when, since, raised_at, updated_at, cleared_because)
        SELECT 'pilot', i.id, i.name, i.id, i.unit_id, {reader.pk}, r, 'time', 1 + i.id % 3, 'Old pilot',
            'The pilot is 400 days old (limit 365).', '{{"days": 400}}', 'Decide.', current_date - 30, now(), now(), ''
        FROM portfolio_initiative i, unnest(ARRAY['R02','R04','R08']) r WHERE i.pilot_level <> ''
        """,
        """
        INSERT INTO portfolio_expenditure (initiative_id, amount, currency, note, recorded_at, spent_on, category)
        SELECT id, 100, 'EUR', '', now(), current_date - m * 30, '' FROM portfolio_initiative, generate_series(0, 11) m
        """,
        """
        INSERT INTO portfolio_benefitentry (initiative_id, amount, currency, note, recorded_at, kind, month)
        SELECT id, 100, 'EUR', '', now(), k, date_trunc('month', current_date - m * 30)::date
        FROM portfolio_initiative, generate_series(0, 11) m, unnest(ARRAY['planned','claimed','validated']) k
        WHERE stage = 'production'
        """,
        "ANALYZE",
    )
    return reader


def _environ(path: str, **headers: str) -> dict[str, Any]:
    path, _, query = path.partition("?")
    return {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "localhost", "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
        "REMOTE_ADDR": "127.0.0.1", **headers,
    }  # fmt: skip


def call(app: Callable[..., Any], path: str, **headers: str) -> bytes:
    status: list[str] = []
    answer = app(_environ(path, **headers), lambda said, *_: status.append(said))
    body = b"".join(answer)
    getattr(answer, "close", lambda: None)()
    if not status[0].startswith("200"):
        raise RuntimeError(f"{path}: {status[0]} {body[:300]!r}")
    return body


def _dumps() -> Callable[[Any], bytes]:
    """orjson where it is installed, so that the floor is as low as it can be."""
    try:
        orjson = __import__("orjson")
    except ImportError:
        return lambda rows: json.dumps(rows, default=str).encode()
    return lambda rows: bytes(orjson.dumps(rows, default=str))


def _floor() -> Callable[..., Any]:
    """A raw WSGI application: one keyset query, rows straight to JSON. No sign-in, no permission, no framework."""
    given = settings.DATABASES["default"]
    link = psycopg.connect(
        host=str(given["HOST"]), port=str(given["PORT"] or 5432), user=str(given["USER"]),
        password=str(given["PASSWORD"]), dbname=str(given["NAME"]), autocommit=True,
    )  # fmt: skip
    dumps = _dumps()

    def app(_environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        with link.cursor() as cursor:
            cursor.execute("SELECT * FROM portfolio_initiative ORDER BY id DESC LIMIT 51", prepare=True)
            names = [column.name for column in cursor.description or ()]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()[:50]]
        start("200 OK", [("Content-Type", "application/json")])
        return [dumps({"results": rows, "next": None, "previous": None})]

    return app


def lists(scale: float) -> list[Row]:
    """The API's list of fifty initiatives by token, against the raw floor; and how many statements it takes."""
    reader = fill(scale)
    settings.ALLOWED_HOSTS = ["*"]
    app = import_module("config.wsgi").application
    at = clock.now()
    _, secret = create_token(
        user=reader, name="bench", scopes=["portfolio:read"], by=actor_for(reader, via="page"), at=at
    )
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    path = "/api/v1/initiatives/?page_size=50"
    floor_app = _floor()
    for _ in range(3):
        call(app, path, **bearer)
        call(floor_app, path)
    with CaptureQueriesContext(connection) as seen:
        call(app, path, **bearer)
    floor = median_seconds(lambda: [call(floor_app, path) for _ in range(20)], times=7) / 20
    product = median_seconds(lambda: [call(app, path, **bearer) for _ in range(20)], times=7) / 20
    statements = Row("statements for a list of 50", 0, 0, len(seen), "<= 6", len(seen) <= 6)
    return [speed("list of 50 initiatives, by token, against raw WSGI", product, floor, 0.3), statements]


BENCHES: dict[str, Callable[[float], list[Row]]] = {"list": lists}
