"""What the benches of pages and lists share: ten thousand initiatives, and a call to the application."""

import io
from collections.abc import Callable
from typing import Any

from bench.world import sql
from core import clock
from core.models import BusinessUnit, Role, RoleGrant, User

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
        INSERT INTO portfolio_expenditure (initiative_id, amount, currency, note, recorded_at, spent_on, category, source_key)
        SELECT id, 100, 'EUR', '', now(), current_date - m * 30, '', '' FROM portfolio_initiative, generate_series(0, 11) m
        """,
        """
        INSERT INTO portfolio_benefitentry (initiative_id, amount, currency, note, recorded_at, kind, month, evidence, source_key)
        SELECT id, 100, 'EUR', '', now(), k, date_trunc('month', current_date - m * 30)::date, '', ''
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
