"""What is watched of a model in a real browser: full and empty, with its charts, and the data behind it; without script too."""

from datetime import timedelta
from typing import Any

import pytest

from assurance.services.data_checks import add_check
from assurance.services.data_sources import create_source
from assurance.services.monitors import create_monitor
from assurance.services.observations import record_observations
from core import clock
from tests.assurance.watching import QUARTERS, SIGNIFICANT, STABLE
from tests.cast import Cast, make_cast
from tests.e2e.browser import LOOKS, Theme, chromium, session_of, visit
from tests.governance.stored import sound_model

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(db: Any) -> dict[str, Any]:
    """A model that drifts, one that nobody watches, and a data source; mona owns all."""
    cast: Cast = make_cast()
    now, today, by = clock.now(), clock.today(), cast.actor("mona")
    model, bare = sound_model(cast), sound_model(cast, "Unwatched")
    row = create_monitor(
        model_id=model.pk, by=by, at=now, name="Age of the claim", kind="input_drift", subject="claim_age", method="psi",
        cadence_days=7, baseline={"data": QUARTERS, "source": "Training data, spring"},
    )  # fmt: skip
    rows = [
        {"observed_on": today - timedelta(days=7 * back), "counts": STABLE if back else SIGNIFICANT}
        for back in range(9)
    ]
    record_observations(monitor_id=row.pk, rows=rows, by=by, at=now)
    source = create_source(
        name="Claims ledger", unit=cast.claims, owner=cast.mona, personal="yes", ai_models=[model], by=cast.actor("max"), at=now
    )  # fmt: skip
    add_check(source_id=source.pk, name="Rows arrive", interval_days=7, by=by, at=now)
    own = f"/governance/models/{model.ref}/monitoring/"
    return {
        "session": session_of(cast.mona),
        "full": own,
        "pages": [
            own, f"{own}?act=monitor", f"{own}?act=rule&row={row.pk}", f"{own}{row.pk}/upload/",
            f"/governance/models/{bare.ref}/monitoring/", "/governance/data-sources/",
            f"/governance/data-sources/{source.ref}/", f"/governance/data-sources/{source.ref}/edit/",
        ],
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_every_page_of_what_is_watched_can_be_read_in_every_width_and_theme(
    size: tuple[int, int], theme: Theme, live_server: Any, world: dict[str, Any]
) -> None:
    with chromium() as browser:
        seen = visit(browser, live_server.url, size, theme, world["session"])
        for place, url in enumerate(world["pages"]):
            assert seen.look(f"{live_server.url}{url}", f"watched-{place}") == []


def test_an_alert_is_acknowledged_in_place_and_without_script(
    live_server: Any, world: dict[str, Any]
) -> None:
    with chromium() as browser:
        seen = visit(browser, live_server.url, session=world["session"])
        quiet = browser.new_context(java_script_enabled=False, storage_state=seen.context.storage_state())
        page = quiet.new_page()
        page.goto(f"{live_server.url}{world['full']}")
        page.click("table >> text=Acknowledge")
        page.fill("textarea[name=note]", "The feed is being mended.")
        page.click("button:has-text('Acknowledge')")
        assert "The feed is being mended." in page.inner_text("main")
        assert "Significant drift" in page.inner_text("main")
