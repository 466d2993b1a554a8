"""Pages about models in a real browser: full and empty, every tab, every list around the inventory; as owner and as validator."""

from typing import Any

import pytest

from tests.assurance import living
from tests.assurance.versioned import champion, model_of, promoter, version
from tests.cast import Cast, make_cast
from tests.e2e.browser import LOOKS, Theme, chromium, session_of, visit
from tests.governance.stored import sound_model

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
TABS = ("", "versions/", "dossier/", "dossier/limits/write/", "classification/", "life/", "lineage/")
AROUND = (
    "models/", "models/mine/", "models/calendar/", "incidents/", "attestations/", "obligations/", "data-sources/",
    "registries/", "clusters/",
)  # fmt: skip


@pytest.fixture
def world(db: Any) -> dict[str, Any]:
    """A model to which all has happened, and one of which nothing is known."""
    cast: Cast = make_cast()
    promoter(cast)
    full, bare = model_of(cast), sound_model(cast, "Nothing said")
    champion(cast, full, "1.0")
    version(cast, full, "1.1")
    living.found(cast, living.validated(cast, full))
    living.change(cast, full)
    living.exception(cast, full)
    living.incident(cast, full)
    living.a_round(cast)
    return {
        "owner": session_of(cast.mona),
        "validator": session_of(cast.actor("rita").user or cast.mona),
        "pages": [
            *(f"/governance/models/{model.ref}/{tab}" for model in (full, bare) for tab in TABS),
            f"/governance/models/{full.ref}/versions/?act=register",
            f"/governance/models/{full.ref}/classification/eu_ai_act/",
        ],
    }


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_every_page_of_a_model_can_be_read_in_every_width_and_theme(
    size: tuple[int, int], theme: Theme, live_server: Any, world: dict[str, Any]
) -> None:
    with chromium() as browser:
        seen = visit(browser, live_server.url, size, theme, world["owner"])
        for place, url in enumerate(world["pages"]):
            assert seen.look(f"{live_server.url}{url}", f"model-{place}") == []


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_the_pages_around_the_inventory_lead_to_each_other(
    size: tuple[int, int], theme: Theme, live_server: Any, world: dict[str, Any]
) -> None:
    with chromium() as browser:
        seen = visit(browser, live_server.url, size, theme, world["validator"])
        for place, address in enumerate(AROUND):
            assert seen.look(f"{live_server.url}/governance/{address}", f"around-{place}") == []
            tabs = seen.page.get_by_role("navigation", name="Models", exact=True)
            assert tabs.get_by_role("link").count() == len(AROUND)
            assert tabs.locator("[aria-current=page]").get_attribute("href") == f"/governance/{address}"
