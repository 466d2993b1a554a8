"""Notices in a real browser: full and empty, both themes, wide and narrow."""

from typing import Any

import pytest

from core import clock
from core.models import Notice
from core.notices import Word, read, tell
from tests.cast import Cast, make_cast
from tests.e2e.browser import LOOKS, Theme, chromium, session_of, visit

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
TOLD = (
    Word(marker="a", title="Decide on the pilot: Motor claims triage: due in 7 days", body="AI-0042, P-0007", url="/portfolio/"),
    Word(marker="b", title="Read Median days to first decision: due today", body="K-0107, AI-0042 Motor claims triage, every 30 days", url="/kpis/"),
    Word(marker="c", title="Give evidence for C-0203: 7 days overdue 🎉", body="Weekly use reaches 75 % at site 1", url="/governance/"),
)  # fmt: skip


@pytest.fixture
def told(db: Any) -> Cast:
    cast, at = make_cast(), clock.now()
    tell(words=[(cast.alice.pk, word) for word in TOLD], at=at)
    read(by=cast.actor("alice"), at=at, pk=Notice.objects.get(marker="a").pk)
    return cast


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_notices_can_be_read_everywhere(
    live_server: Any, told: Cast, size: tuple[int, int], theme: Theme
) -> None:
    alice, bob = session_of(told.alice), session_of(told.bob)
    wrong: list[str] = []
    with chromium() as browser:
        for who, session in (("full", alice), ("empty", bob)):
            seen = visit(browser, live_server.url, session=session, size=size, theme=theme)
            wrong += seen.look(f"{live_server.url}/account/notices/", f"notices-{who}")
            wrong += seen.look(f"{live_server.url}/account/notices/settings/", f"notice-settings-{who}")
    assert wrong == []
