"""Lists of fifty through the API, each beside a raw WSGI application that reads the same records and nothing else."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import psycopg
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import pages
from bench.effort import Took, timed, undisturbed
from bench.floors import link
from bench.report import Row, speed
from bench.request import application
from bench.world import another, like, sql
from core import clock
from core.access import actor_for
from core.models import BusinessUnit
from core.tokens import create_token
from governance.models import AiModel
from kpis.models import Kpi, KpiVersion, Measurement
from pilots.models import Pilot
from portfolio.models import Initiative, StageSpell

SCOPES = ("portfolio:read", "kpis:read", "pilots:read", "governance:read")
CALLS, TURNS = 10, 9
READINGS = 500
GOAL, MOST_STATEMENTS = 0.4, 6
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


def _fill_kpis(at: datetime) -> None:
    """Ten KPIs for each initiative with stored answers, as a pass leaves them."""
    day = timedelta(days=1)
    today = clock.day_of(at)
    first = Initiative.objects.order_by("pk")[0]
    kpi = Kpi.objects.create(
        initiative=first, name="x", kind="operational", created_at=at, updated_at=at, unit_of_measure="days",
        definition="Median of days from first notice to first decision, per fortnight, over claims of the pilot teams.",
        status_since=today - 40 * day, judged_on=today, valid_until=today + 90 * day, last_observed_on=today - 20 * day,
    )  # fmt: skip
    like(
        kpi,
        """
        'initiative_id', i.id, 'name', 'KPI number ' || n || ' of the initiative', 'primary', n = 1, 'status',
        (ARRAY['on_track','at_risk','off_track','stale','achieved'])[1 + (i.id + n) % 5], 'progress', 0.4 + n / 100.0,
        'expected', 0.5, 'shortfall', 0.1 - n / 100.0, 'forecast', 6.25, 'last_value', 7.5 + n / 8.0, 'last_known',
        CASE WHEN (i.id + n) % 5 = 3 THEN 'on_track' ELSE '' END, 'last_measurement_id', i.id * 10 + n
        """,
        "(SELECT i.id, n FROM portfolio_initiative i, generate_series(1, 10) n ORDER BY i.id, n) AS i",
    )
    version = KpiVersion.objects.create(
        kpi=Kpi.objects.order_by("pk")[0], number=0, effective_on=today - 400 * day, recorded_at=at, in_force_at=at, shape="trajectory",
        direction="lower", baseline=Decimal(10), baseline_on=today - 330 * day, target=Decimal(5),
        target_on=today + 300 * day, stale_after_days=110,
    )  # fmt: skip
    like(version, "'kpi_id', k.id, 'number', 1", "(SELECT id FROM kpis_kpi ORDER BY id) AS k")
    sql("UPDATE kpis_kpi k SET current_id = v.id FROM kpis_kpiversion v WHERE v.kpi_id = k.id")


def _fill_readings(at: datetime) -> None:
    """More readings of the newest KPI than a page holds."""
    kpi = Kpi.objects.order_by("-pk")[0]
    reading = Measurement.objects.create(
        kpi=kpi, kpi_version=KpiVersion.objects.get(kpi=kpi), observed_on=clock.day_of(at), value=Decimal(7), recorded_at=at,
        source="pipeline", source_key="list",
    )  # fmt: skip
    like(
        reading,
        "'observed_on', current_date - n, 'value', 7 + n / 1000.0, 'source_key', 'list-' || n",
        f"generate_series(1, {READINGS}) n",
    )


def _fill_pilots(at: datetime) -> None:
    """A pilot for each initiative in the pilot stage, with its number, so that the flags of pages.fill are its findings."""
    day = timedelta(days=1)
    today = clock.day_of(at)
    spell = StageSpell.objects.exclude(closed_at=None).order_by("pk")[0]  # one that no other pilot has
    pilot = Pilot.objects.create(
        pk=10**9, initiative_id=spell.initiative_id, spell=spell, created_at=at, updated_at=at, ended_on=today, due=False,
        scope_units="Claims", scope_sites="Two sites", scope_users="Forty clerks", scope_systems="Claims desk",
        hypotheses="It halves the days to a decision.", sample="400 claims", stop_threshold="More than 2 % wrong",
        charter_version=1, planned_days=120, level_since=today - 30 * day, rules={"R02": 2, "R04": 2, "R08": 1},
        findings=3, unknown=["sponsor", "scope_change"], remedy="stop", policy_number=1, judged_on=today,
        valid_until=today + day,
    )  # fmt: skip
    like(
        pilot,
        """
        'id', i.id, 'initiative_id', i.id, 'spell_id', s.id, 'ended_on', NULL, 'level', i.pilot_level,
        'planned_end_on', i.entered_on + 120, 'decision_on', i.decision_on
        """,
        "portfolio_initiative i JOIN portfolio_stagespell s ON s.initiative_id = i.id AND s.closed_at IS NULL "
        "AND i.pilot_level <> ''",
    )


def _fill_models(at: datetime) -> None:
    """Two models for each initiative, stale, with their cause."""
    day = timedelta(days=1)
    today = clock.day_of(at)
    cause = {
        "code": "no_heartbeat", "severity": 2, "sentence": "No sign of life for 12 days.", "since": "2026-11-01",
        "clears_when": "A sign of life.", "last": None, "subject": None,
    }  # fmt: skip
    model = AiModel.objects.create(
        name="x", unit=BusinessUnit.objects.order_by("pk")[0], created_at=at, updated_at=at, developer="Own team",
        purpose="Sorts what comes in by how urgent it is.", technique="nlp", stage="production", due=False,
        next_review_on=today + 30 * day, monitoring_cadence_days=30, fallback_plan="Clerks sort by hand.",
        dossier_sections={"performance": "2026-01-15"}, status="stale", status_rank=0, stale_since=today - 10 * day,
        causes=[cause], cause_codes={"no_heartbeat": 2}, unknown=["attestation"], policy_number=1, judged_on=today,
        valid_until=today + day,
    )  # fmt: skip
    like(
        model,
        "'name', 'Model ' || n || ' of initiative ' || i.id, 'unit_id', i.unit_id, 'risk_tier', 1 + i.id % 3",
        "(SELECT i.id, i.unit_id, n FROM portfolio_initiative i, generate_series(1, 2) n ORDER BY i.id, n) AS i",
    )
    sql(
        """
        INSERT INTO governance_aimodel_initiatives (aimodel_id, initiative_id)
        SELECT m.id, 1 + m.id % (SELECT count(*) FROM portfolio_initiative) FROM governance_aimodel m
        """
    )


def _fill(scale: float) -> None:
    """Initiatives as for the pages, and what the other lists hold."""
    at = clock.now()
    pages.fill(scale)
    _fill_kpis(at)
    _fill_readings(at)
    _fill_pilots(at)
    _fill_models(at)
    sql("VACUUM ANALYZE")


def _dumps() -> Callable[[Any], bytes]:
    """orjson where it is installed, so that the floor is as low as it can be."""
    try:
        orjson = import_module("orjson")
    except ImportError:
        return lambda rows: json.dumps(rows, default=str).encode()
    return lambda rows: bytes(orjson.dumps(rows, default=str))


def _floor(case: Case, by: psycopg.Connection[Any]) -> Callable[..., Any]:
    """A raw WSGI application: keyset rows straight to JSON. No sign-in, no permission, no framework."""
    dumps = _dumps()

    def read(statement: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        with by.cursor() as cursor:
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
    with another("lists", lambda: _fill(scale)), link() as by:
        by.autocommit = True
        by.execute("SET jit = off")
        reader = pages.fill(scale)
        _, secret = create_token(
            user=reader, name="bench", scopes=SCOPES, by=actor_for(reader, via="page"), at=clock.now()
        )
        bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
        kpi = Kpi.objects.order_by("-pk").values_list("pk", flat=True)[0]
        return [row for case in CASES for row in against_floor(_of(case, kpi), by, bearer)]


def _of(case: Case, kpi: int) -> Case:
    return Case(case.noun, case.path.format(kpi=kpi), case.floor.format(kpi=kpi), case.nested)


def against_floor(case: Case, by: psycopg.Connection[Any], bearer: Mapping[str, str]) -> Iterator[Row]:
    path = f"/api/v1/{case.path}{'&' if '?' in case.path else '?'}page_size=50"
    app, floor = application(), _floor(case, by)
    for _ in range(5):
        body = pages.call(app, path, **bearer)
        pages.call(floor, path)
    if len(json.loads(body)["results"]) != 50:
        raise RuntimeError(f"{path} does not fill its page")
    floors: list[Took] = []
    products: list[Took] = []
    for _ in range(TURNS):  # turn about, so that what else the machine does falls on both
        timed(floors, lambda: [pages.call(floor, path) for _ in range(CALLS)], link=by)
        timed(products, lambda: [pages.call(app, path, **bearer) for _ in range(CALLS)])
    with CaptureQueriesContext(connection) as seen:
        pages.call(app, path, **bearer)
    name = f"list of 50 {case.noun}, {len(seen)} statements"
    yield speed(name, _each(undisturbed(products)), _each(undisturbed(floors)), GOAL)
    if len(seen) > MOST_STATEMENTS:
        yield Row(f"statements for {case.noun}", 0, 0, len(seen), f"<= {MOST_STATEMENTS}", False)


def _each(took: Took) -> Took:
    return Took(took.seconds / CALLS, None if took.cpu is None else took.cpu / CALLS)


BENCHES: dict[str, Callable[[float], list[Row]]] = {"list": lists}
