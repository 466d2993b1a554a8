"""The page of a case: what it says of a version, of a draft that is not whole, and of none."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.models import User
from domain.finance.case import CostCategory
from funding.services.cases import cite_case
from funding.services.draft import CaseDraft, CostDraft
from portfolio.models import CaseWorth, Expenditure, Initiative
from tests.cast import AT, TODAY, Cast
from tests.funding.writing import amounts, costs, draft, half_written, published, worked
from tests.kpis.build import claims_triage, make_initiative, make_kpi

SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    """Every test here happens at the moment of the cast."""


@pytest.fixture
def triage(cast: Cast) -> Initiative:
    return claims_triage(cast)


def page(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, answer.content[:500]
    return str(answer.content.decode()).replace("\u00a0", " ")


def case_of(initiative: Initiative, rest: str = "") -> str:
    return f"/funding/initiative/{initiative.ref}/case/{rest}"


def test_a_case_is_told_in_one_sentence_that_an_executive_can_take(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    published(triage, cast, worked(cast, make_kpi(triage)))
    text = page(signed_in("edith"), case_of(triage))
    assert "Worth <strong>€163,834.44</strong> today, at 10 % a year over 4 years" in text
    assert "pays back after <strong>2.6 years</strong>" in text
    assert "<strong>benefits may fall 24.7 %</strong> before it is worth nothing" in text
    assert "<strong>69 %</strong> of its value is measured; the rest is estimated or assumed" in text


def test_every_figure_opens_the_rows_it_is_made_of(cast: Cast, triage: Initiative, signed_in: SignIn) -> None:
    published(triage, cast)
    text = page(signed_in("edith"), case_of(triage))
    for code in ("npv", "payback", "discounted", "irr", "mirr", "index", "roi"):
        assert f'<details id="figure-{code}">' in text
    for words in ("€109,090.91", "€181,818.18", "€195,341.85", "€177,583.50"):
        assert words in text  # what each year is worth today
    assert "€196,235.43: all flows but today&#x27;s lie half a year earlier" in text
    assert "The NPV function of a spreadsheet" in text
    assert "€148,940.40: it takes the first flow for a year away" in text
    assert "22.64 %" in text
    assert "18.08 %" in text
    assert "€971,920" in text  # what comes in, worth at the end at the rate of the MIRR
    assert "0.7974 %" in text  # a month, compounding


def test_the_gate_shows_the_three_ends_it_weighs_and_their_years(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    published(triage, cast)
    text = page(signed_in("edith"), case_of(triage))
    for code, worth in (("works", "€163,834.44"), ("stopped", "−€80,000"), ("carried", "−€416,602.69")):
        part = text.partition(f'<details id="figure-gate-{code}">')[2].partition("</details>")[0]
        assert worth in part
        assert "Year 4" in part


def test_the_conventions_stand_under_the_figures(cast: Cast, triage: Initiative, signed_in: SignIn) -> None:
    published(triage, cast)
    text = page(signed_in("edith"), case_of(triage))
    for words in (
        "Annual flows at year end, flow 0 today and not discounted",
        "EUR, prices of each year, before tax",
        "4 years at 10 % a year",
        "Incremental: against doing nothing",
    ):
        assert words in text


def test_a_benefit_names_who_answers_its_kpi_its_share_and_how_sure_it_is(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    kpi = make_kpi(triage)
    published(triage, cast, worked(cast, kpi))
    text = page(signed_in("edith"), case_of(triage))
    assert "Bob answers for it" in text
    assert f'<a href="/kpis/{kpi.ref}/">{kpi.ref} Days to decision</a>, 60 % of its improvement' in text
    assert "measured before and after" in text


def test_evidence_stands_side_by_side_and_what_has_no_price_apart(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    published(triage, cast)
    text = page(signed_in("edith"), case_of(triage))
    assert "Side by side, never added" in text
    assert "Customers wait with less worry" in text
    assert "They are in no sum on this page" in text


def test_the_three_figures_of_waiting_keep_their_names(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    published(triage, cast)
    text = page(signed_in("edith"), case_of(triage))
    assert "€21,666.67 a month" in text  # 260,000 / 12
    assert '<span class="chip">meant here</span></dt><dd><strong>€221,788.13</strong>' in text
    assert "€18,482.34 a month" in text
    assert "€14,894.04" in text
    assert "<strong>−€214,356.94</strong> is what doing nothing is worth" in text
    assert "€378,191.38 against it" in text


def test_what_would_flip_it_and_the_tornado_are_there_with_their_numbers(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    published(triage, cast)
    text = page(signed_in("edith"), case_of(triage))
    for words in ("€265,533.78", "€221,788.13", "€200,000", "€129,272.65", "€95,095.96"):
        assert words in text
    assert "€663,834.44" in text
    assert 'data-spec="spec-tornado"' in text


def test_the_gate_is_worth_what_it_is_worth_only_where_somebody_said(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    published(triage, cast)
    assert "What the gate is worth" in page(signed_in("edith"), case_of(triage))
    other = claims_triage(cast, "Another")
    published(other, cast, worked(cast, works=None, if_stopped=(), if_carried_on=()))
    assert "What the gate is worth" not in page(signed_in("edith"), case_of(other))


def test_an_extension_without_spend_on_record_has_no_price(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    published(triage, cast)
    text = page(signed_in("edith"), case_of(triage))
    assert "No spend recorded in the last 90 days" in text
    assert "cannot be counted" in text
    Expenditure.objects.create(
        initiative=triage, amount=Decimal(90_000), currency="EUR", spent_on=TODAY, recorded_at=AT
    )
    text = page(signed_in("edith"), case_of(triage))
    assert "€90,000 spent in the last 90 days" in text
    assert "€51,370" in text  # 30 days of 260,000 a year, and 30,000 spent


def test_no_case_says_what_one_takes_and_offers_it_to_whoever_may_write_it(
    triage: Initiative, signed_in: SignIn
) -> None:
    assert "Write the case" in page(signed_in("alice"), case_of(triage))
    text = page(signed_in("bob"), case_of(triage))
    assert "No case yet." in text
    assert "Write the case" not in text


def test_a_draft_names_all_that_is_missing_and_leads_there(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    draft(triage, cast, half_written())
    text = page(signed_in("alice"), case_of(triage))
    assert "Cannot be told yet." in text
    assert "Costs of build: year 2, year 3 and year 4 blank." in text
    assert "Costs of cloud: nobody said. 0 is an answer." in text
    assert text.index("Costs of cloud") < text.index("Fewer hours: say what kind")
    assert f'href="{case_of(triage, "edit/")}#id_benefit-1-owner"' in text
    assert "cannot be counted" in text
    reader = page(signed_in("bob"), case_of(triage))
    assert "Costs of cloud: nobody said" in reader
    assert "edit/" not in reader


def test_an_earlier_version_says_that_it_is_one(cast: Cast, triage: Initiative, signed_in: SignIn) -> None:
    published(triage, cast)
    published(triage, cast, worked(cast, years=4, costs=costs(450_000)), "The vendor's offer came in.")
    text = page(signed_in("edith"), case_of(triage, "?version=1"))
    assert "This is an earlier version" in text
    assert "€163,834.44" in text
    assert "€213,834.44" in page(signed_in("edith"), case_of(triage))
    page(signed_in("edith"), case_of(triage, "?version=3"), 404)
    page(signed_in("edith"), case_of(triage, "?version=x"), 400)


def test_the_page_costs_the_same_with_many_versions(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    published(triage, cast)
    client = signed_in("edith")
    counts = []
    for build in (450_000, 400_000):
        page(client, case_of(triage))
        with CaptureQueriesContext(connection) as seen:
            page(client, case_of(triage))
            page(client, case_of(triage, "versions/"))
        counts.append(len(seen))
        published(triage, cast, worked(cast, costs=costs(build)), "Another offer.")
    assert counts[0] == counts[1]


def test_the_overview_shows_what_the_case_says_and_where_it_is(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    url = f"/portfolio/initiatives/{triage.ref}/"
    assert "no case yet" in page(signed_in("edith"), url)
    published(triage, cast)
    text = page(signed_in("edith"), url)
    assert f'<a href="{case_of(triage)}">Case, version 1</a>' in text
    assert "<dt>NPV, 10 %</dt>" in text
    assert "benefits may fall 24.7 %" in text
    assert "EUR, before tax, 4 years" in text
    assert "Against doing nothing" in text


def _of(cast: Cast, today: int, *net: int) -> CaseDraft:
    """A case of three years that costs so much today, and then brings or loses so much."""
    first, *_ = worked(cast).benefits
    flows = replace(first, amounts=amounts(0, *(max(one, 0) for one in net)))
    nothing = amounts(0, 0, 0, 0)
    lines = tuple(
        CostDraft(
            category=one.value,
            amounts=amounts(today, 0, 0, 0)
            if one is CostCategory.BUILD
            else amounts(0, *(max(-n, 0) for n in net))
            if one is CostCategory.SUPPORT
            else nothing,
        )
        for one in CostCategory
    )
    return worked(
        cast, years=3, costs=lines, benefits=(flows,), do_nothing=(), works=None, if_stopped=(), if_carried_on=(),
        scenarios=(), spread_running=Decimal(10),
    )  # fmt: skip


def test_what_comes_back_and_is_lost_again_is_said_wherever_its_years_are(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    published(triage, cast, _of(cast, 100, 60, 60, -50))
    worth = CaseWorth.objects.get(initiative=triage)
    assert (worth.payback_years, worth.payback_note) == (Decimal("1.666667"), "recovered_later_lost")
    client, words = signed_in("edith"), "1.7 years, later lost"
    assert f'{case_of(triage)}#figure-payback">{words}</a>' in page(client, "/funding/cases/")
    assert f'{case_of(triage)}#figure-payback">{words}</a>' in page(
        client, f"/portfolio/initiatives/{triage.ref}/"
    )
    csv = b"".join(client.get("/funding/cases/?format=csv")).decode()
    assert words in csv.replace("\u00a0", " ")
    assert "1.666667" not in csv


def test_without_an_outlay_nothing_has_to_come_back(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    published(triage, cast, _of(cast, 0, 60, 60, 60))
    words = "there is no outlay to come back"
    for url in ("/funding/cases/", f"/portfolio/initiatives/{triage.ref}/", "/funding/cases/?format=csv"):
        answer = signed_in("edith").get(url)
        assert words in answer.getvalue().decode().replace("\u00a0", " "), url


@pytest.mark.parametrize("stage", ["production", "retired", "stopped"])
def test_what_is_decided_costs_nothing_by_waiting(
    cast: Cast, triage: Initiative, signed_in: SignIn, stage: str
) -> None:
    published(triage, cast)
    client, overview = signed_in("edith"), f"/portfolio/initiatives/{triage.ref}/"
    urls = (case_of(triage), overview, "/funding/cases/")
    assert all("€22k" in page(client, url) for url in urls)
    Initiative.objects.filter(pk=triage.pk).update(stage=stage)
    for url in urls:
        text = page(client, url)
        assert "€22k" not in text, url
        assert "€21,666.67" not in text, url
        assert "Each month without a decision" not in text
        assert "What an extension costs" not in text
    assert "Cost of delay" not in page(client, overview)
    assert "nothing waits" in page(client, case_of(triage))
    assert "is what doing nothing is worth" in page(client, case_of(triage))
    csv = b"".join(client.get("/funding/cases/?format=csv")).decode()
    assert "decided" in csv
    assert "21666.67" not in csv


def test_the_versions_say_why_and_what_froze_them(cast: Cast, triage: Initiative, signed_in: SignIn) -> None:
    row = published(triage, cast)
    cite_case(case_id=row.pk, cited_by="gate", ref="G4-0007", by=cast.actor("dana"), at=AT)
    text = page(signed_in("edith"), case_of(triage, "versions/"))
    assert "Frozen: gate G4-0007" in text
    assert "cited by gate" in page(signed_in("edith"), case_of(triage))


def test_the_list_has_the_cases_the_reader_may_see(cast: Cast, triage: Initiative, signed_in: SignIn) -> None:
    published(triage, cast)
    hidden = make_initiative(cast.cards, "Fraud alerts", lead=cast.charlie)
    published(hidden, cast)
    text = page(signed_in("alice"), "/funding/cases/")
    assert "Claims triage" in text
    assert "Fraud alerts" not in text
    assert "Fraud alerts" in page(signed_in("edith"), "/funding/cases/")
    assert "Nothing matches" in page(signed_in("edith"), "/funding/cases/?npv__lte=0")
    csv = b"".join(signed_in("edith").get("/funding/cases/?format=csv")).decode()
    assert "163834.44" in csv


def test_all_that_stops_a_draft_is_named_at_once_and_what_a_reader_will_ask_apart(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    User.objects.filter(pk=cast.edith.pk).update(is_active=False)
    told = worked(cast)
    first, second, _ = told.benefits
    draft(triage, cast, replace(told, benefits=(replace(first, type="", evidence=""), second)))
    text = page(signed_in("alice"), case_of(triage))
    for words in (
        "Fewer hours for each claim: say what kind of benefit it is.",
        "Fewer hours for each claim: say how it is known.",
        "Less paid to outside assessors: Edith has left. Name somebody who is here.",
        "It may be published without, but a reader will ask",
        "Less paid to outside assessors: no KPI shows it",
    ):
        assert words in text


def test_a_rule_refused_as_a_whole_leads_to_its_field(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    told = worked(cast)
    odd = (*told.scenarios[:2], replace(told.scenarios[2], probability=None))
    draft(triage, cast, replace(told, if_carried_on=(), scenarios=odd))
    text = page(signed_in("alice"), case_of(triage))
    assert "when the first stage fails and the money goes on regardless" in text
    assert "#id_if_carried_on-0" in text
    assert "Give every scenario a probability, or none." in text
    assert "#id_scenario-optimistic-probability" in text
    assert "€163,834.44" in text  # what can be told already is told


def test_the_history_tells_a_case_in_sentences_and_not_as_a_document(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    row = published(triage, cast)
    cite_case(case_id=row.pk, cited_by="gate", ref="G4-0007", by=cast.actor("dana"), at=AT)
    text = page(signed_in("edith"), f"/portfolio/initiatives/{triage.ref}/history/")
    for words in (
        "began version 1 of the business case",
        "published the business case, worth €163,834.44",
        "cited the business case in gate G4-0007",
    ):
        assert words in text
    assert "training_and_change" not in text
