"""The ledger of optimism: which case has finished, what is compared, and what it says for the next one."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Q
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.models import User
from funding.queries.optimism import Class, Told, optimism, reference_haircut
from portfolio.models import Initiative
from tests.cast import TODAY, Cast
from tests.funding.portfolios import finished, initiative, published, validated

SignedIn = Callable[[str], Client]


def told(cast: Cast) -> list[Told]:
    return list(optimism(Q(), TODAY).cases)


def test_forecast_and_realised_are_of_the_same_whole_years(cast: Cast) -> None:
    row = finished(
        cast, "Motor triage", 100, 40
    )  # two years have passed of three: 999 of the third are not compared
    validated(row, date(2026, 10, 1), 1)
    validated(row, date(2026, 11, 1), 500)  # after the second year
    validated(row, date(2024, 10, 1), 500)  # before it began
    (one,) = told(cast)
    assert (one.window, one.forecast, one.realised) == (2, Decimal(100), Decimal(41))


def test_the_first_published_case_counts_and_no_later_one(cast: Cast) -> None:
    row = finished(cast, "Motor triage", 100, 40)
    published(row, ("cashable", (0, 50, 0, 0)), number=2, starts_on=date(2024, 11, 1))
    assert [one.forecast for one in told(cast)] == [Decimal(100)]


def test_dis_benefits_are_taken_off_the_forecast(cast: Cast) -> None:
    finished(cast, "Motor triage", 100, 40, None, ("dis_benefit", (0, 30, 0, 0)))
    assert told(cast)[0].forecast == 70


@pytest.mark.parametrize(
    ("stage", "begun", "years", "counts"),
    [
        ("production", date(2025, 11, 24), 3, True),
        ("production", date(2025, 11, 25), 3, False),  # a year is not over yet
        ("stopped", date(2024, 1, 1), 5, True),
        ("retired", date(2024, 1, 1), 5, True),
        ("pilot", date(2024, 1, 1), 2, True),  # its horizon is over, wherever it stands
        ("pilot", date(2024, 1, 1), 5, False),
    ],
)
def test_a_case_has_finished_when(cast: Cast, stage: str, begun: date, years: int, counts: bool) -> None:
    row = initiative(cast, "Motor triage", stage=stage)
    published(row, starts_on=begun, years=years)
    assert bool(told(cast)) is counts


def test_a_case_in_another_currency_is_not_compared(cast: Cast) -> None:
    row = initiative(cast, "Motor triage", stage="production")
    published(row, starts_on=date(2024, 1, 1), currency="USD")
    assert told(cast) == []


def test_nothing_validated_is_unknown_and_not_0(cast: Cast) -> None:
    finished(cast, "Motor triage", 100, None)
    ledger = optimism(Q(), TODAY)
    assert (ledger.left_out, dict(ledger.records)) == (1, {})


def test_what_finance_validated_as_0_is_0(cast: Cast) -> None:
    finished(cast, "Motor triage", 100, 0)
    assert optimism(Q(), TODAY).records[Class("all", "All cases")].realised_share == 0


def test_shares_are_told_by_unit_with_those_above_it_by_type_and_by_role_of_the_sponsor(cast: Cast) -> None:
    User.objects.filter(pk=cast.edith.pk).update(title="Head of Claims")
    finished(cast, "Motor triage", 100, 40, sponsor=cast.edith)
    finished(cast, "Card limits", 100, 80, cast.cards, sponsor=cast.max)
    ledger = optimism(Q(), TODAY)
    shares = {
        (kind, one.name): record.realised_share
        for kind in ("unit", "type", "role")
        for one, record in ledger.of_kind(kind)
    }
    assert shares == {
        ("unit", "Claims"): Decimal("0.4"), ("unit", "Cards"): Decimal("0.8"), ("unit", "Retail Banking"): Decimal("0.8"),
        ("type", "Cashable"): Decimal("0.6"), ("role", "Head of Claims"): Decimal("0.4"), ("role", "Portfolio manager"): Decimal("0.8"),
    }  # fmt: skip


def test_the_type_is_the_one_that_promised_most(cast: Cast) -> None:
    finished(cast, "Motor triage", 100, 40, None, ("revenue", (0, 150, 0, 0)))
    assert [one.name for one in told(cast)[0].classes if one.kind == "type"] == ["Revenue"]


def claims(cast: Cast, count: int) -> Initiative:
    """So many finished cases in claims, each realised 41 of 100; and the one that is planned next."""
    for number in range(count):
        finished(cast, f"Finished {number}", 100, 41)
    return initiative(cast, "Next", stage="framing", sponsor=cast.edith)


def test_a_haircut_is_offered_from_five_cases_like_it(cast: Cast) -> None:
    reference = reference_haircut(claims(cast, 5), today=TODAY)
    assert (reference.sentence, reference.haircut) == (
        "Cases like this realised 41\u00a0% of plan (5 cases in Claims).", Decimal("0.59"),
    )  # fmt: skip


def test_fewer_than_five_offer_none_and_say_so(cast: Cast) -> None:
    reference = reference_haircut(claims(cast, 4), today=TODAY)
    assert reference.haircut is None
    assert reference.sentence == "4 cases like this have finished (in Claims). No haircut is offered below 5."


def test_no_finished_case_offers_none_and_says_so(cast: Cast) -> None:
    assert reference_haircut(claims(cast, 0), today=TODAY).sentence.startswith(
        "No case like this has finished yet"
    )


def test_those_with_nothing_validated_are_said_and_not_counted(cast: Cast) -> None:
    row = claims(cast, 5)
    finished(cast, "Nothing came", 100, None)
    finished(cast, "Elsewhere", 100, None, cast.cards)
    reference = reference_haircut(row, today=TODAY)
    assert reference.left_out == 1
    assert reference.sentence.endswith(
        "(5 cases in Claims). 1 more finished with nothing validated and is not counted."
    )


def test_where_none_is_validated_it_is_not_said_that_none_has_finished(cast: Cast) -> None:
    finished(cast, "Nothing came", 100, None)
    finished(cast, "Nor here", 100, None)
    assert reference_haircut(initiative(cast, "Next"), today=TODAY).sentence == (
        "No case like this has finished yet with a benefit that finance validated, so no haircut is offered. "
        "2 finished with nothing validated and are not counted."
    )


def test_the_next_wider_class_is_taken_where_the_unit_has_too_few(cast: Cast) -> None:
    for number in range(4):
        finished(cast, f"Cards {number}", 100, 50, cast.cards)
    finished(cast, "Retail", 100, 50, cast.retail)
    row = initiative(cast, "Next", cast.cards, stage="idea")
    assert reference_haircut(row, today=TODAY).sentence.endswith("(5 cases in Retail Banking).")


def test_by_type_where_no_unit_has_enough(cast: Cast) -> None:
    for number in range(5):
        finished(cast, f"Claims {number}", 100, 50)
    row = initiative(cast, "Next", cast.cards, stage="idea")
    assert "mostly of the type Cashable" in reference_haircut(row, today=TODAY, type="cashable").sentence


def test_its_own_case_is_no_reference_for_it(cast: Cast) -> None:
    rows = [finished(cast, f"Claims {number}", 100, 50) for number in range(5)]
    assert reference_haircut(rows[0], today=TODAY).haircut is None


def test_better_than_planned_is_no_reason_to_plan_more(cast: Cast) -> None:
    for number in range(5):
        finished(cast, f"Finished {number}", 100, 150)
    assert reference_haircut(initiative(cast, "Next"), today=TODAY).haircut == 0


def test_the_words_beside_the_form_offer_the_haircut(cast: Cast) -> None:
    reference = reference_haircut(claims(cast, 5), today=TODAY)
    said = render_to_string("funding/_reference_class.html", {"reference": reference})
    assert "A haircut of 59\u00a0% is offered." in said


def test_the_statements_stay_as_many_however_many_cases(cast: Cast) -> None:
    claims(cast, 2)
    with CaptureQueriesContext(connection) as few:
        optimism(Q(), TODAY)
    for number in range(8):
        finished(cast, f"More {number}", 100, 41, sponsor=cast.edith)
    with CaptureQueriesContext(connection) as many:
        assert len(told(cast)) == 10
    assert (len(few), len(many)) == (4, 5)  # one more where a sponsor has no job title


def test_the_page_shows_each_class_and_what_is_too_few(cast: Cast, signed_in: SignedIn) -> None:
    claims(cast, 5)
    finished(cast, "Card limits", 100, None, cast.cards)
    text = signed_in("edith").get("/funding/optimism/").content.decode()
    assert "5 finished cases realised <strong>41\u00a0% of what they forecast</strong>" in text
    assert "1 finished case with nothing validated on record is left out" in text
    assert "The cut of cases like it is offered beside the form of a new case." in text


def test_the_ledger_shows_what_the_reader_may_see(cast: Cast, signed_in: SignedIn) -> None:
    finished(cast, "Motor triage", 100, 40)
    assert "Motor triage" in signed_in("vera").get("/funding/optimism/").content.decode()
    text = signed_in("ursula").get("/funding/optimism/").content.decode()
    assert "Motor triage" not in text
    assert "No case has finished yet" in text


def test_the_cases_leave_as_a_file(cast: Cast, signed_in: SignedIn) -> None:
    row = finished(cast, "Motor triage", 100, 40)
    body = b"".join(signed_in("max").get("/funding/optimism/", {"format": "csv"}))
    lines = body.decode("utf-8-sig").splitlines()
    assert lines[0] == "Initiative,Case,Years,Forecast,Validated"
    assert lines[1].startswith(f"{row.ref} Motor triage,BC-")
    assert lines[1].endswith(",2,100.00,40.00")


@pytest.mark.parametrize("query", ["as_of=2026-01-01", "colour=red", "format=pdf", "unit=x"])
def test_a_wrong_parameter_is_refused(cast: Cast, signed_in: SignedIn, query: str) -> None:
    assert signed_in("max").get(f"/funding/optimism/?{query}").status_code == 400
