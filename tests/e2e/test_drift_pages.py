"""The series and the drift of a KPI in a real browser: drawn by script, on paper and without script by an own picture."""

from datetime import timedelta
from typing import Any

import pytest

from core import clock
from domain.ageing import months_after
from kpis.services.bulk import record_many
from kpis.services.evaluate import fold_arrivals
from tests.cast import Cast, make_cast
from tests.e2e.browser import LOOKS, Theme, chromium, session_of, visit
from tests.kpis.build import claims_triage, make_kpi, slip, trajectory
from tests.kpis.drifting import STEADY, WORSE

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(db: Any) -> dict[str, Any]:
    """A KPI whose level moved, whose formula then changed, and who may answer."""
    cast: Cast = make_cast()
    now, today = clock.now(), clock.today()
    initiative = claims_triage(cast)
    begun = months_after(today, -14)
    success = trajectory(baseline_on=begun, target_on=today + timedelta(days=200))
    kpi = make_kpi(initiative, success=success, formula="Median", at=now - timedelta(days=430))
    rows = [
        {"kpi": kpi.pk, "observed_on": months_after(today, place - 12).isoformat(), "value": str(value)}
        for place, value in enumerate((*STEADY, *WORSE))
    ]
    by = cast.actor("max")
    record_many(rows=rows, atomic=True, by=by, at=now)
    fold_arrivals(as_of=today, by=by, at=now)
    slip(kpi, cast, formula="Mean", at=now)
    return {
        "session": session_of(cast.alice),
        "kpi": f"/kpis/{kpi.ref}/",
        "forms": [
            f"/kpis/{kpi.ref}/drift/reference/", f"/kpis/{kpi.ref}/drift/review/", f"/kpis/initiative/{initiative.ref}/world/new/",
        ],
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_the_series_is_drawn_and_paper_has_a_picture_of_its_own(
    size: tuple[int, int], theme: Theme, live_server: Any, world: dict[str, Any]
) -> None:
    with chromium() as browser:
        seen = visit(browser, live_server.url, size, theme, world["session"])
        page = seen.page
        page.goto(f"{live_server.url}{world['kpi']}")
        page.wait_for_selector(".chart[data-drawn]")
        assert page.is_hidden(".unscripted")
        assert "Broken" in page.inner_text("section:has(> header > #drift)")
        assert (seen.axe(), seen.faults, seen.too_wide()) == ([], [], False)
        page.emulate_media(media="print")
        assert page.is_visible(".unscripted")
        assert page.is_hidden(".chart")
        page.emulate_media(media="screen")
        for url in world["forms"]:
            assert seen.look(f"{live_server.url}{url}") == []
        quiet = browser.new_context(java_script_enabled=False, storage_state=seen.context.storage_state())
        plain = quiet.new_page()
        plain.goto(f"{live_server.url}{world['kpi']}")
        assert plain.is_visible(".unscripted")
        assert plain.is_hidden(".chart")
