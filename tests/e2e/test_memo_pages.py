"""The memo in a real browser: wide and light, narrow and dark, full, kept and with nothing on record."""

from typing import Any

import pytest

from core import clock
from funding.services.memos import keep_memo
from kpis.models import Kpi
from tests.cast import Cast, make_cast
from tests.e2e.browser import LOOKS, Theme, chromium, session_of, visit
from tests.funding.telling import compared, told
from tests.kpis.build import claims_triage

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(db: Any) -> dict[str, Any]:
    """A whole record, one kept memo of it, and an initiative of which nothing is on record."""
    cast: Cast = make_cast()
    now = clock.now()
    full = told(cast, at=now)
    compared(Kpi.objects.get(initiative=full), cast.actor("alice"), now)
    kept = keep_memo(initiative_id=full.pk, by=cast.actor("alice"), at=now)
    bare = claims_triage(cast, "Nothing said yet <b>&amp; שלום")
    return {
        "session": session_of(cast.alice),
        "pages": [
            f"/funding/initiative/{full.ref}/memo/", f"/funding/memos/{kept.ref}/", f"/funding/initiative/{bare.ref}/memo/",
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
            for fault in seen.look(f"{live_server.url}{url}", f"memo-{place:02}")
        ]
    assert wrong == []
