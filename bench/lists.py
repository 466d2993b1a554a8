"""Lists of fifty through the API, each beside a raw WSGI application that reads the same records and nothing else."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import pages
from bench.report import Row, median_seconds, speed
from bench.world import sql
from core import clock
from core.access import actor_for
from core.models import User
from core.tokens import create_token
from governance.models import AiModel
from kpis.models import Kpi
from pilots.models import Pilot

SCOPES = ("portfolio:read", "kpis:read", "pilots:read", "governance:read")
CALLS, TURNS = 10, 9
READINGS = 500
GOAL = 0.4
FINDINGS = """
    SELECT subject_id, rule, "group", severity, cause, sentence, numbers, clears_when, since FROM portfolio_flag
    WHERE subject_type = 'pilot' AND subject_id = ANY(%s) AND cleared_at IS NULL ORDER BY severity DESC, since, rule
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A list: its address, the statement that reads its records raw, and one for what is nested in them."""

    noun: str
    path: str
    floor: str
    nested: str = ""


CASES = (
    Case("initiatives", "initiatives/", "SELECT * FROM portfolio_initiative ORDER BY id DESC LIMIT 51"),
    Case(
        "kpis",
        "kpis/",
        "SELECT v.*, k.* FROM kpis_kpi k LEFT JOIN kpis_kpiversion v ON v.id = k.current_id ORDER BY k.id DESC LIMIT 51",
    ),
    Case(
        "pilots",
        "pilots/",
        "SELECT p.*, s.entered_on, s.precision FROM pilots_pilot p JOIN portfolio_stagespell s ON s.id = p.spell_id "
        "ORDER BY p.id DESC LIMIT 51",
        FINDINGS,
    ),
    Case("models", "models/", "SELECT * FROM governance_aimodel ORDER BY id DESC LIMIT 51"),
    Case("flags", "flags/", "SELECT * FROM portfolio_flag ORDER BY severity DESC, since, id LIMIT 51"),
    Case(
        "readings of a KPI",
        "measurements/?kpi={kpi}",
        "SELECT * FROM kpis_measurement WHERE kpi_id = {kpi} ORDER BY id DESC LIMIT 51",
    ),
)


def _fill_kpis() -> None:
    """Ten KPIs for each initiative with stored answers, as a pass leaves them."""
    sql(
        """
        INSERT INTO kpis_kpi (initiative_id, name, kind, definition, formula, population, unit_of_measure, "primary", weight,
            serves_because, state, state_because, source, external_id, created_at, updated_at, version, status, reason,
            status_since, progress, expected, shortfall, forecast, last_value, last_observed_on, last_measurement_id,
            judged_on, valid_until, last_known, pending, flags)
        SELECT i.id, 'KPI number ' || n || ' of the initiative', 'operational',
            'Median of days from first notice to first decision, per fortnight, over motor claims of the pilot teams.',
            '', '', 'days', n = 1, 1, '', 'active', '', '', '', now(), now(), 1,
            (ARRAY['on_track','at_risk','off_track','stale','achieved'])[1 + (i.id + n) % 5], '', current_date - 40,
            0.4 + n / 100.0, 0.5, 0.1 - n / 100.0, 6.25, 7.5 + n / 8.0, current_date - 20, i.id * 10 + n, current_date,
            current_date + 90, CASE WHEN (i.id + n) % 5 = 3 THEN 'on_track' ELSE '' END, '', '[]'
        FROM portfolio_initiative i, generate_series(1, 10) n ORDER BY i.id, n
        """,
        """
        INSERT INTO kpis_kpiversion (kpi_id, number, effective_on, because, recorded_at, shape, direction, baseline,
            baseline_on, baseline_source, target, target_on, curve, cadence_days, stale_after_days, settle_days, amber, red,
            hysteresis, confirm_worse, warn_fraction, required_compliance)
        SELECT id, 1, current_date - 400, '', now(), 'trajectory', 'lower', 10, current_date - 330, '', 5,
            current_date + 300, '[]', 30, 110, 14, 0.10, 0.25, 0.02, 1, 0.10, 0.90
        FROM kpis_kpi
        """,
        "UPDATE kpis_kpi k SET current_id = v.id FROM kpis_kpiversion v WHERE v.kpi_id = k.id",
    )


def _fill_readings() -> None:
    """More readings of the newest KPI than a page holds."""
    sql(
        f"""
        INSERT INTO kpis_measurement (kpi_id, kpi_version_id, observed_on, value, recorded_at, source, source_key, void,
            note, evidence)
        SELECT k.id, k.current_id, current_date - n, 7 + n / 1000.0, now(), 'pipeline', 'list-' || n, false, '', ''
        FROM (SELECT * FROM kpis_kpi ORDER BY id DESC LIMIT 1) k, generate_series(1, {READINGS}) n
        """
    )


def _fill_pilots() -> None:
    """A pilot for each initiative in the pilot stage, with its number, so that the flags of pages.fill are its findings."""
    sql(
        """
        INSERT INTO pilots_pilot (id, initiative_id, spell_id, scope_units, scope_sites, scope_users, scope_systems,
            hypotheses, sample, stop_threshold, charter_version, planned_days, planned_end_on, decision_on,
            no_decision_date, no_production_owner, transition_integration, transition_support, no_transition_plan,
            no_open_condition, created_at, updated_at, version, level, level_rank, level_since, rules, findings, unknown,
            remedy, remedy_detail, policy_number, judged_on, valid_until, due)
        SELECT i.id, i.id, s.id, 'Claims', 'Two sites', 'Forty clerks', 'Claims desk', 'It halves the days to a decision.',
            '400 claims', 'More than 2 % wrong', 1, 120, i.entered_on + 120, i.decision_on, false, false, '', '', false,
            false, now(), now(), 1, i.pilot_level, 0, current_date - 30, '{"R02": 2, "R04": 2, "R08": 1}', 3,
            '["sponsor", "scope_change"]', 'stop', '{}', 1, current_date, current_date + 1, false
        FROM portfolio_initiative i JOIN portfolio_stagespell s ON s.initiative_id = i.id AND s.closed_at IS NULL
        WHERE i.pilot_level <> ''
        """
    )


def _fill_models() -> None:
    """Two models for each initiative, stale ones with their causes."""
    sql(
        """
        INSERT INTO governance_aimodel (name, purpose, unit_id, developer, vendor, technique, risk_tier, stage,
            retired_because, next_review_on, monitoring_cadence_days, fallback_plan, dossier_sections,
            decommission_criteria, facts, source, external_id, created_at, updated_at, version, status, status_rank, orphan,
            stale_since, causes, cause_codes, unknown, policy_number, judged_on, valid_until, due)
        SELECT 'Model ' || n || ' of initiative ' || i.id, 'Sorts what comes in by how urgent it is.', i.unit_id, 'Own team',
            '', 'nlp', 1 + i.id % 3, 'production', '', current_date + 30, 30, 'Clerks sort by hand.',
            '{"performance": "2026-01-15"}', '', '{}', '', '', now(), now(), 1, 'stale', 0, false, current_date - 10,
            '[{"code": "no_heartbeat", "severity": 2, "sentence": "No sign of life for 12 days.", "since": "2026-11-01",
               "clears_when": "A sign of life.", "last": null, "subject": null}]',
            '{"no_heartbeat": 2}', '["attestation"]', 1, current_date, current_date + 1, false
        FROM portfolio_initiative i, generate_series(1, 2) n ORDER BY i.id, n
        """,
        """
        INSERT INTO governance_aimodel_initiatives (aimodel_id, initiative_id)
        SELECT m.id, 1 + m.id % (SELECT count(*) FROM portfolio_initiative) FROM governance_aimodel m
        """,
    )


@contextmanager
def _world(scale: float) -> Iterator[User]:
    """What the lists need, as far as no other bench has made it; what was made here is taken away again."""
    reader = pages.fill(scale)
    made = []
    if not Kpi.objects.exists():
        made.append("kpis_kpi")
        _fill_kpis()
    if not Pilot.objects.exists():
        made.append("pilots_pilot")
        _fill_pilots()
    if not AiModel.objects.exists():
        made.append("governance_aimodel")
        _fill_models()
    _fill_readings()
    sql("VACUUM ANALYZE")
    try:
        yield reader
    finally:
        sql(*(f"TRUNCATE {table} CASCADE" for table in made))


def _dumps() -> Callable[[Any], bytes]:
    """orjson where it is installed, so that the floor is as low as it can be."""
    try:
        orjson = import_module("orjson")
    except ImportError:
        return lambda rows: json.dumps(rows, default=str).encode()
    return lambda rows: bytes(orjson.dumps(rows, default=str))


def _floor(case: Case) -> Callable[..., Any]:
    """A raw WSGI application: keyset rows straight to JSON. No sign-in, no permission, no framework."""
    given = settings.DATABASES["default"]
    link = psycopg.connect(
        host=str(given["HOST"]), port=str(given["PORT"] or 5432), user=str(given["USER"]),
        password=str(given["PASSWORD"]), dbname=str(given["NAME"]), autocommit=True, options="-c jit=off",
    )  # fmt: skip
    dumps = _dumps()

    def read(statement: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        with link.cursor() as cursor:
            cursor.execute(statement.encode(), params or None, prepare=True)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()[:50]]

    def app(_environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        rows = read(case.floor)
        if case.nested:
            of = {row["id"]: row.setdefault("nested", []) for row in rows}
            for one in read(case.nested, [list(of)]):
                of[one["subject_id"]].append(one)
        start("200 OK", [("Content-Type", "application/json")])
        return [dumps({"results": rows, "next": None, "previous": None})]

    return app


def lists(scale: float) -> list[Row]:
    """Each list of fifty by token, beside its floor, turn about; and how many statements it takes."""
    with _world(scale) as reader:
        settings.ALLOWED_HOSTS = ["*"]
        app = import_module("config.wsgi").application
        _, secret = create_token(
            user=reader, name="bench", scopes=SCOPES, by=actor_for(reader, via="page"), at=clock.now()
        )
        bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
        kpi = Kpi.objects.order_by("-pk").values_list("pk", flat=True)[0]
        return [row for case in CASES for row in _beside(app, _of(case, kpi), bearer)]


def _of(case: Case, kpi: int) -> Case:
    return Case(case.noun, case.path.format(kpi=kpi), case.floor.format(kpi=kpi), case.nested)


def _beside(app: Callable[..., Any], case: Case, bearer: Mapping[str, str]) -> Iterator[Row]:
    path = f"/api/v1/{case.path}{'&' if '?' in case.path else '?'}page_size=50"
    floor_app = _floor(case)
    for _ in range(5):
        body = pages.call(app, path, **bearer)
        pages.call(floor_app, path)
    if len(json.loads(body)["results"]) != 50:
        raise RuntimeError(f"{path} does not fill its page")
    floors, products = [], []
    for _ in range(TURNS):  # turn about, so that what else the machine does falls on both
        floors.append(_seconds(lambda: pages.call(floor_app, path)))
        products.append(_seconds(lambda: pages.call(app, path, **bearer)))
    with CaptureQueriesContext(connection) as seen:
        pages.call(app, path, **bearer)
    yield speed(f"list of 50 {case.noun}, {len(seen)} statements", min(products), min(floors), GOAL)
    if len(seen) > 6:
        yield Row(f"statements for {case.noun}", 0, 0, len(seen), "<= 6", False)


def _seconds(call: Callable[[], object]) -> float:
    return median_seconds(lambda: [call() for _ in range(CALLS)], times=1) / CALLS


BENCHES: dict[str, Callable[[float], list[Row]]] = {"list": lists}
