"""The pages of interventions and remediations in a real browser: wide and light, narrow and dark, full and empty."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from core import clock
from kpis.models import Kpi, Remediation
from kpis.services.interventions import close_intervention, escalate_overdue
from kpis.services.remediation import open_remediation, take_step
from portfolio.models import Initiative
from tests.cast import Cast, make_cast
from tests.e2e.browser import LOOKS, Theme, chromium, session_of, visit
from tests.kpis.acting import give, raise_flag
from tests.kpis.build import claims_triage, make_initiative, make_kpi, series

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
STEPS: list[tuple[str, dict[str, Any]]] = [
    ("retrospective", {}),
    ("post_hoc_kpi", {}),
    ("validation", {}),
    ("realignment", {"realignment": "retrain"}),
]


def remedied(cast: Cast, initiative: Initiative, kpi: Kpi, steps: int, at: datetime) -> Remediation:
    """A remediation with so many steps taken."""
    by = cast.actor("max")
    row = open_remediation(initiative_id=initiative.pk, because="Nobody agreed on one.", by=by, at=at)
    for step, said in STEPS[:steps]:
        more: dict[str, Any] = {**said, "kpi": kpi} if step == "post_hoc_kpi" else said
        take_step(pk=row.pk, step=step, finding="Handlers save an hour a day.", by=by, at=at, **more)
    return row


@pytest.fixture
def world(db: Any) -> dict[str, Any]:
    """An initiative with everything, others at each step, and who looks at them."""
    cast: Cast = make_cast()
    now, today = clock.now(), clock.today()
    full = claims_triage(cast)
    before = now - timedelta(days=20)
    rows = {
        name: give(raise_flag(full, name, at=before), cast, due_on=today - timedelta(days=9), by="max", at=before)
        for name in ("T01", "T02")
    }  # fmt: skip
    close_intervention(pk=rows["T02"].pk, note="They use the old list.", by=cast.actor("bob"), at=before)
    escalate_overdue(at=now)
    fresh = give(raise_flag(full, "T03", at=now), cast, to=cast.max, due_on=today, by="max", at=now)
    untaken = raise_flag(full, "T04", at=now)
    kpi = make_kpi(full, at=now)
    series(kpi, [9, 8, 7], today, every=5, at=now)
    remedied(cast, full, kpi, 4, now)
    tabs = [full]
    for steps in (1, 2):
        other = make_initiative(cast.claims, f"At step {steps + 1}", lead=cast.alice)
        remedied(cast, other, make_kpi(other, at=now), steps, now)
        tabs.append(other)
    tabs.append(make_initiative(cast.claims, "Not begun", lead=cast.alice))
    return {
        "session": session_of(cast.max),
        "nobody": session_of(cast.charlie),
        "pages": [
            "/kpis/council/", "/kpis/interventions/?open=", f"/kpis/interventions/{rows['T01'].pk}/",
            f"/kpis/interventions/{fresh.pk}/edit/",
            f"/kpis/interventions/{fresh.pk}/close/", f"/kpis/flags/{untaken.pk}/act/",
            f"/portfolio/initiatives/{full.ref}/flags/",
            *(f"/kpis/initiative/{one.ref}/remediation/" for one in tabs),
        ],
        "empty": ["/kpis/council/", "/kpis/interventions/"],
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_every_page_is_accessible_quiet_and_fits(
    size: tuple[int, int], theme: Theme, live_server: Any, world: dict[str, Any]
) -> None:
    wrong: list[str] = []
    with chromium() as browser:
        for who, urls in (("session", world["pages"]), ("nobody", world["empty"])):
            seen = visit(browser, live_server.url, size, theme, world[who])
            for place, url in enumerate(urls):
                wrong += seen.look(f"{live_server.url}{url}", f"action-{who}-{place:02}")
    assert wrong == []
