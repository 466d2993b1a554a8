"""The pages of cases in a real browser: wide and light, narrow and dark; full, empty, half written, refused."""

from typing import Any

import pytest

from core import clock
from funding.services.cases import cite_case
from portfolio.models import Expenditure
from tests.cast import Cast, make_cast
from tests.e2e.browser import LOOKS, Theme, chromium, session_of, visit
from tests.funding.writing import costs, draft, following, half_written, published, worked
from tests.kpis.build import claims_triage, make_initiative, make_kpi

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(db: Any) -> dict[str, Any]:
    """An initiative with two versions and a draft, one with half a draft, one that loses, one with nothing."""
    cast: Cast = make_cast()
    full = claims_triage(cast, "Motor claims triage")
    kpi = make_kpi(full)
    first = published(full, cast, worked(cast, kpi))
    cite_case(case_id=first.pk, cited_by="gate", ref="G4 submission 7", by=cast.actor("max"), at=clock.now())
    because = "The vendor's offer came in, and the pilot showed less than hoped."
    published(full, cast, following(first, costs=costs(540_000)), because)
    Expenditure.objects.create(
        initiative=full, amount=90_000, currency="EUR", spent_on=clock.today(), recorded_at=clock.now()
    )
    written = make_initiative(cast.claims, "Loss-photo estimating", lead=cast.alice)
    draft(written, cast, half_written())
    whole = make_initiative(cast.claims, "Fraud ring detection", lead=cast.alice)
    draft(whole, cast)
    loses = make_initiative(cast.claims, "Policy wording comparison", lead=cast.alice)
    published(loses, cast, worked(cast, costs=costs(900_000), scenarios=(), do_nothing=(), delay_means=""))
    empty = make_initiative(cast.claims, "Not costed yet", lead=cast.alice)

    def of(row: Any, rest: str = "") -> str:
        return f"/funding/initiative/{row.ref}/case/{rest}"

    return {
        "session": session_of(cast.max),
        "edit": of(whole, "edit/"),
        "first": of(empty, "edit/"),
        "pages": [
            of(full), of(full, "?version=1"), of(written), of(whole), of(loses), of(empty), of(full, "edit/"), of(written, "edit/"),
            of(empty, "edit/"), of(whole, "publish/"), of(written, "publish/"), of(whole, "discard/"), of(full, "versions/"),
            of(full, "compare/"), of(empty, "compare/"), "/funding/cases/", f"/portfolio/initiatives/{full.ref}/",
            f"/portfolio/initiatives/{empty.ref}/", "/funding/cases/?npv__lte=-99999999",
        ],
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_every_page_is_accessible_quiet_and_fits(
    size: tuple[int, int], theme: Theme, live_server: Any, world: dict[str, Any]
) -> None:
    wrong: list[str] = []
    with chromium() as browser:
        seen = visit(browser, live_server.url, size, theme, world["session"])
        for place, url in enumerate(world["pages"]):
            wrong += seen.look(f"{live_server.url}{url}", f"case-{place:02}")
            if place == 0:
                seen.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
                seen.picture("case-00-open")
                wrong += seen.axe()
    assert wrong == []


def test_the_figures_follow_while_typing_and_the_draft_keeps_itself(
    live_server: Any, world: dict[str, Any]
) -> None:
    with chromium() as browser:
        seen = visit(browser, live_server.url, session=world["session"])
        page = seen.page
        page.goto(f"{live_server.url}{world['edit']}")
        page.fill("#id_cost-build-0", "400,000")
        page.wait_for_selector("#live >> text=€263,834.44")
        page.press("#id_cost-build-0", "Tab")
        page.wait_for_selector("#saved >> text=Draft kept")
        page.fill("#id_cost-build-0", "5.000")
        page.wait_for_selector("#live >> text=cannot be read")
        page.press("#id_cost-build-0", "Tab")
        page.wait_for_selector("#saved >> text=Not kept yet")
        page.fill("#id_cost-build-0", "450 000")
        page.click('.savebar button:has-text("Save the draft")')
        page.wait_for_selector("text=is kept as a draft")
        assert page.input_value("#id_cost-build-0") == "450,000"
        assert seen.faults == []


def test_a_row_of_a_spreadsheet_is_pasted_into_the_years(live_server: Any, world: dict[str, Any]) -> None:
    with chromium() as browser:
        page = visit(browser, live_server.url, session=world["session"]).page
        page.goto(f"{live_server.url}{world['first']}")
        page.evaluate(
            """() => { const data = new DataTransfer(); data.setData("text/plain", "1,000\\t2 000\\t3000\\n");
            const cell = document.getElementById("id_cost-cloud-1"); cell.focus();
            cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); }"""
        )
        found = [page.input_value(f"#id_cost-cloud-{year}") for year in range(5)]
        assert found == ["", "1,000", "2 000", "3000", ""]


def test_without_script_a_case_is_written_saved_and_refused(live_server: Any, world: dict[str, Any]) -> None:
    with chromium() as browser:
        context = browser.new_context(java_script_enabled=False, viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "sessionid", "value": world["session"], "url": live_server.url}])
        page = context.new_page()
        page.goto(f"{live_server.url}{world['first']}")
        page.fill("#id_cost-build-0", "80 000")
        page.fill("#id_benefit-1-description", "Fewer hours for each claim")
        page.click("text=Add a benefit")
        page.fill("#id_benefit-2-description", "Less rework")
        page.click('.savebar button:has-text("Save the draft")')
        page.wait_for_selector("text=is kept as a draft")
        assert page.input_value("#id_cost-build-0") == "80,000"
        assert page.input_value("#id_benefit-2-description") == "Less rework"
        page.fill("#id_cost-build-1", "1,5")
        page.click('.savebar button:has-text("Save the draft")')
        page.wait_for_selector("[data-error-summary]")
        assert page.input_value("#id_cost-build-1") == "1,5"
