"""The pages of the practice around KPIs in a real browser: both themes, wide and narrow, full and empty."""

from datetime import timedelta
from typing import Any

import pytest

from core import clock
from domain.experiment_looks import Look
from kpis.models import DataNeed, Workshop
from kpis.services.comparisons import record_comparison
from tests.cast import Cast, make_cast
from tests.e2e.browser import LOOKS, Theme, chromium, session_of, visit
from tests.governance.stored import sound_model
from tests.kpis.build import claims_triage, make_initiative, make_kpi

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(db: Any) -> dict[str, Any]:
    """An initiative with everything, one with nothing, and who looks at them."""
    cast: Cast = make_cast()
    now, today = clock.now(), clock.today()
    full, empty = claims_triage(cast), make_initiative(cast.claims, "Not measured yet", lead=cast.alice)
    full.outcome = "Simple claims are decided the same week."
    full.save()
    kpi = make_kpi(full, at=now)
    bare = make_kpi(full, "Handlers who use it weekly", kind="user", primary=False, at=now)
    make_kpi(
        full,
        "Ranking AUC",
        kind="model_metric",
        primary=False,
        serves=kpi,
        serves_because="Order decides.",
        at=now,
    )
    make_kpi(full, "Recall of injuries", kind="model_metric", primary=False, at=now)
    sound_model(cast, "Motor triage ranker", unit=cast.claims, owner=cast.mona, goal=False).initiatives.add(
        full
    )
    days = [today - timedelta(days=back) for back in (20, 10, 1)]
    looks = [
        Look(day, (130 * (n + 1), 3_000 * (n + 1), 155 * (n + 1), 3_000 * (n + 1)))
        for n, day in enumerate(days)
    ]
    head = {
        "name": "Triage by model against triage by rules",
        "arm_1": "Rules of today",
        "arm_2": "Ranker 2.1",
    }
    plan = {"started_on": days[0], "ended_on": today + timedelta(days=30), "planned_sample": 20_000}
    run = record_comparison(
        kpi_id=kpi.pk, facts={**head, "design": "champion_challenger", **plan}, looks=looks, by=cast.actor("max"), at=now  # type: ignore[typeddict-item]
    ).comparison  # fmt: skip
    pairs = record_comparison(
        kpi_id=kpi.pk, facts={**head, "name": "On the same claims", "design": "simple_baseline", "paired": True},  # type: ignore[typeddict-item]
        looks=[Look(days[0], (780, 20, 38, None))], by=cast.actor("max"), at=now,
    ).comparison  # fmt: skip
    need = DataNeed.objects.create(
        initiative=full, name="Claim events", system="Claims system", available="partly", recorded_at=now
    )
    need.kpis.add(kpi)
    DataNeed.objects.create(initiative=full, name="Weather at the place of the accident", recorded_at=now)
    workshop = Workshop.objects.create(
        initiative=full, held_on=days[0], recorded_at=now, notes="Agreed by all but one.",
        attendees=[{"name": "Ann Weber", "role": "product", "user": None}, {"name": "Ben", "role": "engineering", "user": None}],
    )  # fmt: skip
    workshop.kpis.add(kpi, bare)
    of, nothing = f"/kpis/initiative/{full.ref}", f"/kpis/initiative/{empty.ref}"
    return {
        "session": session_of(cast.max),
        "pages": [
            f"/kpis/{kpi.ref}/comparisons/", f"/kpis/{bare.ref}/comparisons/", f"/kpis/comparisons/{run.pk}/",
            f"/kpis/comparisons/{pairs.pk}/", f"/kpis/{kpi.ref}/comparisons/new/", f"/kpis/comparisons/{run.pk}/looks/new/",
            f"/kpis/comparisons/{pairs.pk}/looks/new/", f"/governance/initiative/{full.ref}/traceability/",
            f"/governance/initiative/{empty.ref}/traceability/", f"{of}/data/", f"{nothing}/data/", f"{of}/data/new/",
            f"/kpis/data-needs/{need.pk}/edit/", f"{of}/workshops/", f"{nothing}/workshops/", f"{of}/workshops/new/",
            "/kpis/templates/", f"/kpis/templates/?initiative={full.ref}",
        ],
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_every_page_is_accessible_quiet_and_fits(
    size: tuple[int, int], theme: Theme, live_server: Any, world: dict[str, Any]
) -> None:
    with chromium() as browser:
        seen = visit(browser, live_server.url, size, theme, world["session"])
        wrong = [
            fault
            for place, url in enumerate(world["pages"])
            for fault in seen.look(f"{live_server.url}{url}", f"practice-{place:02}")
        ]
    assert wrong == []
