"""The model inventory at twenty thousand models and two hundred thousand versions: its pages, its lists, the gate, the sweep."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from assurance.models import ModelVersion
from assurance.services.data_checks import hear_silence
from bench import pages
from bench.dashboard import signed_in
from bench.effort import Took, timed, undisturbed
from bench.floors import link
from bench.lists import Case, against_floor
from bench.report import Row, cost, median_seconds
from bench.request import application
from bench.world import another, like, sql
from core import clock
from core.access import actor_for
from core.models import BusinessUnit, Role, RoleGrant, User
from core.tokens import create_token
from governance.models import AiModel
from governance.services.evaluate import evaluate_all, evaluate_due

A_TENTH: Final = 0.1
EACH, OF_ONE, OWNERS = 10, 1_000, 2_000
ROUNDS: Final = 5
NOTHING, A_PERCENT = 0.01, 0.05
LISTS: Final = (
    Case("models", "models/", "SELECT * FROM governance_aimodel ORDER BY id DESC LIMIT 51"),
    Case("versions", "model-versions/", "SELECT * FROM assurance_modelversion ORDER BY id DESC LIMIT 51"),
    Case(
        "versions of a model of a thousand",
        "model-versions/?model={kpi}",
        "SELECT * FROM assurance_modelversion WHERE model_id = {kpi} ORDER BY id DESC LIMIT 51",
    ),
)


def _fill_owners() -> None:
    at, day = clock.now(), timedelta(days=1)
    today = clock.day_of(at)
    for number in range(OWNERS):
        owner = User.objects.create_user(
            f"owner{number}@bench.example", None, name=f"Owner {number}", created_at=at
        )
        RoleGrant.objects.create(user=owner, role=Role.MODEL_OWNER, unit=None, granted_at=at)
        User.objects.filter(pk=owner.pk).update(last_active_on=today - (number % 60) * day)


def _fill_models() -> None:
    """Two for each initiative, each with an owner, of which a third is stale by its dates and the rest becomes so day by day."""
    at, day = clock.now(), timedelta(days=1)
    today = clock.day_of(at)
    model = AiModel.objects.create(
        name="x", unit=BusinessUnit.objects.order_by("pk")[0], created_at=at, updated_at=at, developer="Own team",
        purpose="Sorts what comes in by how urgent it is.", technique="nlp", stage="production",
        in_production_since=today - 400 * day, monitoring_cadence_days=60, last_monitored_on=today, last_heartbeat_on=today,
        last_review_on=today - 100 * day, last_validated_on=today - 20 * day, ethics_passed_on=today - 20 * day, fallback_plan="Clerks sort by hand.",
        fallback_tested_on=today - 20 * day, dossier_sections={"performance": today.isoformat()},
    )  # fmt: skip
    like(
        model,
        f"""
        'name', 'Model ' || n || ' of initiative ' || i.id, 'unit_id', i.unit_id, 'risk_tier', 1 + i.id % 3,
        'owner_id', (SELECT min(id) FROM core_user WHERE email LIKE 'owner%') + (i.id * 2 + n) % {OWNERS},
        'next_review_on', current_date + ((i.id * 7 + n) % 300 - 100)::int
        """,
        "(SELECT i.id, i.unit_id, n FROM portfolio_initiative i, generate_series(1, 2) n ORDER BY i.id, n) AS i",
    )
    sql(
        """
        INSERT INTO governance_aimodel_initiatives (aimodel_id, initiative_id)
        SELECT m.id, 1 + m.id % (SELECT count(*) FROM portfolio_initiative) FROM governance_aimodel m
        """
    )


def _fill_versions() -> None:
    """Ten versions of each model, the last but one its champion; a thousand of the newest model."""
    at = clock.now()
    first = AiModel.objects.order_by("pk")[0]
    version = ModelVersion.objects.create(
        model=first, number="0", metrics={"auc": "0.91", "recall": "0.83"}, source="mlflow", source_run="a3f1",
        commit="9f2c1d4", recorded_by=User.objects.order_by("pk")[0], recorded_at=at, updated_at=at,
    )  # fmt: skip
    newest = AiModel.objects.order_by("-pk")[0].pk
    like(
        version,
        f"""
        'model_id', m.id, 'number', n::text, 'role', CASE WHEN n = {EACH - 1} THEN 'champion' ELSE 'registered' END,
        'external_id', 'registry:' || m.id || ':' || n
        """,
        f"(SELECT m.id, n FROM governance_aimodel m, generate_series(1, CASE WHEN m.id = {newest} THEN {OF_ONE} ELSE {EACH} END)"
        " n ORDER BY n, m.id) AS m",
    )
    sql(f"UPDATE governance_aimodel SET champion = '{EACH - 1}'")


def _fill(scale: float) -> None:
    """All of it, judged once, so that what is stored is what is true."""
    reader = pages.fill(scale)
    if AiModel.objects.exists():
        return
    User.objects.filter(pk=reader.pk).update(last_active_on=clock.today())
    _fill_owners()
    _fill_models()
    _fill_versions()
    sql("ANALYZE")
    evaluate_all(at=clock.now())
    sql("VACUUM ANALYZE", "CHECKPOINT")  # a page is measured beside nothing else that works


def inventory(scale: float) -> list[Row]:
    """Pages against a tenth of a second, lists beside their floors, and what the sweep costs beside judging every model."""
    with another("inventory", lambda: _fill(scale)):
        return [*_pages(scale), *_lists(scale), *_sweep()]


def _pages(scale: float) -> list[Row]:
    reader, app = pages.fill(scale), application()
    newest = AiModel.objects.order_by("-pk")[0]
    unit = BusinessUnit.objects.order_by("pk")[0].pk
    executive, owner = signed_in(reader), signed_in(newest.owner or reader)
    out = []
    for name, path, cookie in (
        ("inventory, the stale first", "/governance/models/", executive),
        ("inventory, narrowed to a unit and a cause", f"/governance/models/?unit={unit}&cause=review_overdue", executive),
        ("inventory, searched", "/governance/models/?q=initiative+77", executive),
        ("a model", f"/governance/models/{newest.ref}/", executive),
        ("versions of a model of a thousand", f"/governance/models/{newest.ref}/versions/", executive),
        ("models of an owner of a hundred", "/governance/models/mine/", owner),
        ("calendar of reviews", "/governance/models/calendar/", executive),
    ):  # fmt: skip
        ask = _asked(app, path, cookie)
        ask()
        with CaptureQueriesContext(connection) as seen:
            ask()
        name = f"page: {name}, {len(seen)} statements, against 100 ms"
        out.append(cost(name, median_seconds(ask, times=9), A_TENTH, 1.0))
    return out


def _asked(app: Callable[..., Any], path: str, cookie: dict[str, str]) -> Callable[[], bytes]:
    return lambda: pages.call(app, path, **cookie)


def _lists(scale: float) -> list[Row]:
    reader, newest = pages.fill(scale), AiModel.objects.order_by("-pk")[0].pk
    _, secret = create_token(
        user=reader,
        name="bench",
        scopes=["governance:read"],
        by=actor_for(reader, via="page"),
        at=clock.now(),
    )
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    with link() as by:
        by.autocommit = True
        by.execute("SET jit = off")
        cases = [Case(one.noun, one.path.format(kpi=newest), one.floor.format(kpi=newest)) for one in LISTS]
        return [row for case in cases for row in against_floor(case, by, bearer)]


def _sweep() -> list[Row]:
    """Nothing expired, one model in a hundred, and all of them: each judged again, answers as they are."""
    at = clock.now()
    ids = list(AiModel.objects.order_by("pk").values_list("pk", flat=True))
    few = ids[:: max(len(ids) // max(len(ids) // 100, 1), 1)]
    nothing: list[Took] = []
    some: list[Took] = []
    every: list[Took] = []
    for _ in range(ROUNDS):
        timed(nothing, lambda: (evaluate_due(at=at), hear_silence(at=at)))
        with transaction.atomic():
            AiModel.objects.filter(pk__in=few).update(due=True)
        timed(some, lambda: evaluate_due(at=at))
    for _ in range(2):
        timed(every, lambda: evaluate_all(at=at))
    whole = undisturbed(every)
    return [
        cost(f"sweep of {len(ids)} models, nothing expired; floor: all judged", undisturbed(nothing), whole, NOTHING),
        cost(f"sweep, {len(few)} of them due; floor: all judged", undisturbed(some), whole, A_PERCENT),
    ]  # fmt: skip


BENCHES: dict[str, Callable[[float], list[Row]]] = {"inventory": inventory}
