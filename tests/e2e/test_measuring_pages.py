"""Declaring, checking in and loading readings in a real browser: both themes, wide and narrow, with and without script."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core import clock
from kpis.models import Measurement
from kpis.services.override import declare_status
from tests.cast import Cast, make_cast
from tests.e2e.browser import LOOKS, WIDE, Theme, chromium, session_of, visit
from tests.kpis.build import claims_triage, make_initiative, make_kpi, read, trajectory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(db: Any) -> dict[str, Any]:
    """Alice's work with a KPI that was restated and declared better, and two that are due."""
    cast: Cast = make_cast()
    now, today = clock.now(), clock.today()
    success = trajectory(baseline_on=today - timedelta(days=300), target_on=today + timedelta(days=200))
    work, other = claims_triage(cast), make_initiative(cast.claims, "Letters", lead=cast.alice)
    told = make_kpi(work, success=success, at=now)
    wrong = read(told, "5.5", today - timedelta(days=50), at=now).measurement
    read(told, "7.9", today - timedelta(days=50), supersedes=wrong.pk, note="Two teams were missing.", at=now)
    read(told, "7.8", today - timedelta(days=20), at=now)
    earlier = declare_status(kpi_id=told.pk, declared_as="off_track", because="The vendor leaves.", by=cast.actor("alice"), at=now)  # fmt: skip
    row = declare_status(
        kpi_id=told.pk, declared_as="on_track", because="Half of the feed was missing.", by=cast.actor("max"), at=now,
        until=today + timedelta(days=20),
    )  # fmt: skip
    late = make_kpi(other, "Days to a letter", success=success, at=now)
    read(late, "8", today - timedelta(days=60), at=now)
    return {
        "max": session_of(cast.max), "alice": session_of(cast.alice), "kpi": told.ref, "late": late.ref, "today": today,
        "override": row.pk, "earlier": earlier.pk, "initiative": work.ref,
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_every_page_is_accessible_quiet_and_fits(size: tuple[int, int], theme: Theme, live_server: Any, world: dict[str, Any]) -> None:  # fmt: skip
    pages = [
        ("max", f"/kpis/{world['kpi']}/"), ("max", f"/kpis/{world['kpi']}/declare/"), ("max", "/kpis/"),
        ("max", f"/kpis/declarations/{world['override']}/end/"), ("max", f"/kpis/initiative/{world['initiative']}/"),
        ("alice", "/kpis/check-in/"), ("max", "/kpis/check-in/"), ("alice", "/portfolio/home/"), ("alice", "/exchange/readings/"),
    ]  # fmt: skip
    with chromium() as browser:
        seen = {who: visit(browser, live_server.url, size, theme, world[who]) for who in ("max", "alice")}
        for who, url in pages:
            assert seen[who].look(f"{live_server.url}{url}", f"measuring-{who}") == []
        page = seen["alice"].page
        page.fill(
            "#id_text",
            f"{world['late']}\t{world['today']}\t7\n{world['late']}\tsoon\t7\nK-9999\t2026-11-20\t1",
        )
        page.click("text=Look at it")
        page.wait_for_selector("text=2 rows are refused")
        assert (seen["alice"].axe(), seen["alice"].faults, seen["alice"].too_wide()) == ([], [], False)


def test_a_table_is_looked_at_mended_and_recorded_without_script(
    live_server: Any, world: dict[str, Any]
) -> None:
    with chromium() as browser:
        seen = visit(browser, live_server.url, WIDE, "light", world["alice"])
        quiet = browser.new_context(java_script_enabled=False, storage_state=seen.context.storage_state())
        page = quiet.new_page()
        page.goto(f"{live_server.url}/exchange/readings/")
        table = f"kpi;day;value\n{world['late']};{world['today']};7,5\n"
        page.set_input_files("#id_file", {"name": "n.csv", "mimeType": "text/csv", "buffer": table.encode()})
        page.click("text=Look at it")
        assert "1 row is refused" in page.inner_text("main")
        page.select_option("#id_decimal", "comma")
        page.get_by_role("button", name="Look again").click()
        page.click("text=Record 1 reading")
        assert "1 reading on record" in page.inner_text("main")
    reading = Measurement.objects.get(source="table")
    assert (reading.value, reading.evidence) == (Decimal("7.5"), "n.csv, row 1")
