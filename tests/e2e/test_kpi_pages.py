"""The pages of KPIs in a real browser: both themes, wide and narrow, full and empty, with the preview while typing."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core import clock
from kpis.services.states import pause_kpi
from tests.cast import Cast, make_cast
from tests.e2e.browser import LOOKS, NARROW, WIDE, Theme, chromium, session_of, visit
from tests.kpis.build import claims_triage, make_initiative, make_kpi, read, series

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(db: Any) -> dict[str, Any]:
    """An initiative with a KPI of each kind, one without, and who looks at them."""
    cast: Cast = make_cast()
    now, today = clock.now(), clock.today()
    full, empty = claims_triage(cast), make_initiative(cast.claims, "Not measured yet", lead=cast.alice)
    plan = {
        "shape": "trajectory", "direction": "lower", "baseline": 10, "baseline_on": today - timedelta(days=200),
        "target": 5, "target_on": today + timedelta(days=100), "cadence_days": 30,
    }  # fmt: skip
    success = {k: _exact(v) for k, v in plan.items()}
    days = make_kpi(full, success=success, owner=cast.bob, at=now)
    series(days, [9, 8.6, 8.1, 7.9], last=today - timedelta(days=5))
    first = read(days, 7.7, today - timedelta(days=2), at=now).measurement
    read(days, 7.9, today - timedelta(days=2), supersedes=first.pk, note="Two teams were missing.", at=now)
    band = {
        "shape": "band",
        "baseline_on": today - timedelta(days=200),
        "upper": _exact(5),
        "lower": _exact(1),
        "cadence_days": 30,
    }
    guard = make_kpi(full, "Reopened", kind="guard", primary=False, success=band, at=now)
    series(guard, [3, 3.2, 4.9], last=today - timedelta(days=90))
    make_kpi(full, "Unsaid", kind="user", primary=False, success={"shape": "trajectory"}, at=now)
    make_kpi(
        full, "AUC", kind="model_metric", primary=False, serves=days, serves_because="Order decides.", at=now
    )
    paused = make_kpi(full, "Resting", primary=False, at=now)
    pause_kpi(pk=paused.pk, until=today + timedelta(days=60), because="Moves.", by=cast.actor("max"), at=now)
    day = (today - timedelta(days=1)).isoformat()
    return {
        "session": session_of(cast.max),
        "kpi": days.ref,
        "today": today,
        "pages": [
            "/kpis/", "/kpis/?q=nothing-like-it", f"/kpis/initiative/{full.ref}/", f"/kpis/initiative/{empty.ref}/",
            f"/kpis/initiative/{full.ref}/new/", f"/kpis/initiative/{full.ref}/check-in/", f"/kpis/initiative/{empty.ref}/check-in/",
            f"/kpis/{days.ref}/", f"/kpis/{guard.ref}/", f"/kpis/{paused.ref}/", f"/kpis/{days.ref}/edit/", f"/kpis/{days.ref}/state/",
            f"/kpis/{days.ref}/readings/new/", f"/kpis/readings/{first.pk + 1}/correct/", f"/kpis/readings/{first.pk + 1}/withdraw/",
            f"/kpis/{days.ref}/?as_of={day}", f"/kpis/{days.ref}/?as_of={day}&known_at=that_day", f"/portfolio/initiatives/{full.ref}/", "/portfolio/initiatives/",
        ],
        "new": f"/kpis/initiative/{empty.ref}/new/",
    }  # fmt: skip


def _exact(value: Any) -> Any:

    return Decimal(value) if isinstance(value, int) and value != 30 else value


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_every_page_is_accessible_quiet_and_fits(
    size: tuple[int, int], theme: Theme, live_server: Any, world: dict[str, Any]
) -> None:
    with chromium() as browser:
        seen = visit(browser, live_server.url, size, theme, world["session"])
        for url in world["pages"]:
            answer = seen.page.goto(f"{live_server.url}{url}")
            assert answer is not None
            wanted = 404 if "known_at" in url else 200  # recorded only today
            assert answer.status == wanted, url
            faults = [f for f in seen.faults if wanted == 200 or "404" not in f]
            assert (seen.axe(), faults, seen.too_wide()) == ([], [], False), url
            seen.faults.clear()


def test_the_status_is_shown_while_a_kpi_is_typed(live_server: Any, world: dict[str, Any]) -> None:
    today: date = world["today"]
    with chromium() as browser:
        seen = visit(browser, live_server.url, WIDE, "light", world["session"])
        page, out = seen.page, "[data-preview-out]"
        page.goto(f"{live_server.url}{world['new']}")
        assert page.is_hidden("#id_upper")
        page.fill("#id_baseline", "10")
        page.locator(out, has_text="It has no target.").wait_for()
        page.fill("#id_target", "20")
        page.fill("#id_baseline_on", (today - timedelta(days=100)).isoformat())
        page.fill("#id_target_on", (today + timedelta(days=100)).isoformat())
        page.fill("#id_try_value", "11")
        page.fill("#id_try_on", today.isoformat())
        page.locator(out, has_text="40 points behind plan").wait_for()
        assert "Off track" in page.inner_text(out)
        page.check("input[name=shape][value=band]")
        assert page.is_hidden("#id_target")
        page.fill("#id_upper", "12")
        page.locator(out, has_text="On track").wait_for()
        page.fill("#id_upper", "not a number")
        page.wait_for_timeout(600)
        assert "On track" in page.inner_text(out)
        assert seen.faults == []


def test_the_status_is_shown_while_a_reading_is_typed_and_without_script_by_a_button(
    live_server: Any, world: dict[str, Any]
) -> None:
    with chromium() as browser:
        seen = visit(browser, live_server.url, NARROW, "dark", world["session"])
        page, out = seen.page, "[data-preview-out]"
        url = f"{live_server.url}/kpis/{world['kpi']}/readings/new/"
        page.goto(url)
        page.fill("#id_value", "4.9")
        page.locator(out, has_text="Achieved").wait_for()
        assert seen.faults == []
        quiet = browser.new_context(java_script_enabled=False, storage_state=seen.context.storage_state())
        plain = quiet.new_page()
        plain.goto(url)
        plain.fill("#id_value", "4.9")
        plain.click("button[name=preview]")
        assert "meets the target of 5 days" in plain.inner_text(out)
        assert plain.input_value("#id_value") == "4.9"
        plain.click("text=Record it")
        assert "On record: 4.9 days" in plain.inner_text("main")
