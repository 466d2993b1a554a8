"""Benefits as they come in: planned, claimed, validated and rejected apart, each claim answered once, and nothing added up."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from domain.finance.realisation import Period, course
from funding.queries.realisation import by_initiative, of_initiative, realised
from portfolio.models import BenefitEntry, Initiative
from portfolio.services.money import record_benefit, record_expenditure
from tests.cast import AT, TODAY, Cast
from tests.funding.moving import managing
from tests.kpis.build import claims_triage
from tests.portfolio.test_initiatives import refused

# Section 5 of the reference, in thousands: (first month of the quarter, planned, realised, spent) in the quarter.
QUARTERS = [
    (date(2025, 10, 1), 0, 0, 80), (date(2026, 1, 1), 20, 5, 100), (date(2026, 4, 1), 40, 25, 110), (date(2026, 7, 1), 60, 45, 90),
    (date(2026, 10, 1), 80, 43, 60),
]  # fmt: skip
TABLE = [
    (None, "0.000"), ("25.0", "0.028"), ("50.0", "0.103"), ("62.5", "0.197"), ("59.0", "0.268"),
]  # fmt: skip


def value(row: Initiative, kind: str, amount: Any, month: date, by: Any, **more: Any) -> BenefitEntry:
    facts = {"evidence": "Ledger of November.", **more}
    return record_benefit(
        initiative_id=row.pk, kind=kind, amount=Decimal(amount), month=month, by=by, at=AT, **facts
    )


@pytest.fixture
def table(cast: Cast) -> Initiative:
    """The worked table, recorded through the services: the lead plans and claims, another validates."""
    row = claims_triage(cast)
    alice, max_ = cast.actor("alice"), cast.actor("max")
    for month, planned, got, spent in QUARTERS:
        if planned:
            value(row, "planned", planned, month, alice)
            claim = value(row, "claimed", got + 1, month, alice)
            value(row, "validated", got, month, max_, answers_id=claim.pk)
        record_expenditure(initiative_id=row.pk, amount=Decimal(spent), spent_on=month, by=alice, at=AT)
    value(row, "planned", 100, date(2027, 1, 1), alice)  # 300 at completion
    return row


def test_the_worked_table_by_the_rules() -> None:
    told = course(
        [
            Period(label=str(n), planned=Decimal(p), validated=Decimal(r), spent=Decimal(s))
            for n, (_, p, r, s) in enumerate(QUARTERS)
        ],
        at_completion=Decimal(300),
    )
    for one, (rate, per_spent) in zip(told, TABLE, strict=True):
        assert (one.by_finance.rate is None) == (rate is None)
        if one.by_finance.rate is not None and rate is not None:
            assert one.by_finance.rate == Decimal(rate) / 100
        assert one.by_finance.per_spent is not None
        assert f"{one.by_finance.per_spent:.3f}" == per_spent
    assert told[-1].by_finance.forecast == 177


def test_the_worked_table_through_services_page_and_api(
    cast: Cast, table: Initiative, frozen: Any, api: Any, signed_in: Any
) -> None:
    found = realised(of_initiative(table), today=TODAY)
    assert [one.label for one in found.periods] == ["Q4 2025", "Q1 2026", "Q2 2026", "Q3 2026", "Q4 2026"]
    assert found.now is not None
    now = found.now
    assert [now.planned, now.validated, now.claimed, found.at_completion] == [200, 118, 122, 300]
    told = api("dana").get(f"/api/v1/initiatives/{table.ref}/realisation/").json()
    assert told["at_completion"] == "300.00"
    for one, (rate, per_spent) in zip(told["periods"], TABLE, strict=True):
        said = one["by_finance"]
        assert said["rate"] == (None if rate is None else f"{Decimal(rate) / 100:.6f}")
        assert f"{Decimal(said['per_spent']):.3f}" == per_spent
    assert told["periods"][-1]["by_finance"]["forecast"] == "177.00"
    assert told["periods"][0]["in_period"] == {
        "planned": None, "claimed": None, "validated": None, "rejected": None, "spent": "80.00",
    }  # fmt: skip
    page = signed_in("dana").get(f"/portfolio/initiatives/{table.ref}/money/realisation/").content.decode()
    for words in ("n/a", "25.0\u00a0%", "62.5\u00a0%", "59.0\u00a0%", "0.197", "0.268", "€177"):
        assert words in page


def test_months_are_asked_for_and_another_length_is_refused(
    cast: Cast, table: Initiative, frozen: Any, api: Any, signed_in: Any
) -> None:
    path = f"/api/v1/initiatives/{table.ref}/realisation/"
    assert len(api("dana").get(f"{path}?by=month").json()["periods"]) == 14
    assert api("dana").get(f"{path}?by=week").status_code == 400
    assert api("dana").get(f"{path}?since=2020").status_code == 400
    assert api("mona").get(path).status_code == 404
    page = f"/portfolio/initiatives/{table.ref}/money/realisation/"
    assert signed_in("dana").get(f"{page}?by=week").status_code == 400
    assert signed_in("dana").get(f"{page}?by=month").status_code == 200


def test_as_of_a_day_nothing_had_been_recorded_by_says_nothing(
    cast: Cast, table: Initiative, frozen: Any, api: Any
) -> None:
    told = api("dana").get(f"/api/v1/initiatives/{table.ref}/realisation/?as_of=2026-06-30").json()
    assert (told["periods"], told["at_completion"]) == ([], None)


def test_the_portfolio_sees_who_plans_and_who_delivers(
    cast: Cast, table: Initiative, frozen: Any, signed_in: Any
) -> None:
    claim = value(table, "claimed", 84_000, date(2026, 11, 1), cast.actor("alice"))
    value(
        table,
        "rejected",
        84_000,
        date(2026, 11, 1),
        cast.actor("max"),
        answers_id=claim.pk,
        evidence="No baseline.",
    )
    page = signed_in("dana").get("/funding/realisation/").content.decode()
    for words in (table.name, "€84k", "59.0\u00a0%"):
        assert words in page
    link = f'href="/portfolio/initiatives/{table.ref}/money/realisation/">'
    assert page.count(link) == 7, "its name and each of its figures"
    mine = signed_in("mona").get("/funding/realisation/").content.decode()
    assert table.name not in mine
    assert signed_in("dana").get("/funding/realisation/?stage=idea").status_code == 200
    assert signed_in("dana").get("/funding/realisation/?nonsense=1").status_code == 400


def test_a_rejected_claim_is_seen_on_the_dashboard(
    cast: Cast, table: Initiative, frozen: Any, signed_in: Any
) -> None:
    claim = value(table, "claimed", 84_000, date(2026, 11, 1), cast.actor("alice"))
    value(
        table,
        "rejected",
        84_000,
        date(2026, 11, 1),
        cast.actor("max"),
        answers_id=claim.pk,
        evidence="No baseline.",
    )
    page = signed_in("dana").get("/portfolio/").content.decode()
    assert "Finance rejected €84k of what is claimed." in page
    rows = signed_in("dana").get("/portfolio/ledger/benefits/?kind=rejected").content.decode()
    assert table.name in rows


def test_a_list_of_any_length_takes_the_same_statements(cast: Cast, table: Initiative) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as told:
            by_initiative(Initiative.objects.all(), today=TODAY)
            realised(Q(), today=TODAY)
        return len(told)

    before = statements()
    for n in range(4):
        row = claims_triage(cast, f"Another {n}")
        value(row, "planned", 10, TODAY, cast.actor("alice"))
    assert statements() == before == 5


def test_a_claim_is_answered_once_and_by_another(cast: Cast, frozen: Any) -> None:
    row = claims_triage(cast)
    alice, max_ = cast.actor("alice"), cast.actor("max")
    claim = value(row, "claimed", 100, TODAY, alice)
    with refused(403, "four_eyes"):
        value(row, "rejected", 100, TODAY, managing(cast, "alice"), answers_id=claim.pk)
    said = value(row, "validated", 60, TODAY, max_, answers_id=claim.pk)
    assert (said.claimed_by, said.answers) == (cast.alice, claim)
    for kind in ("validated", "rejected"):
        with refused(409, "answered_already"):
            value(row, kind, 40, TODAY, max_, answers_id=claim.pk)
    row.refresh_from_db()
    assert (row.claimed, row.validated) == (Decimal(100), Decimal(60))


def test_what_finance_answers_is_that_claim_and_not_more(cast: Cast, frozen: Any) -> None:
    row, other = claims_triage(cast), claims_triage(cast, "Another")
    alice, max_ = cast.actor("alice"), cast.actor("max")
    claim = value(row, "claimed", 100, TODAY, alice)
    planned = value(row, "planned", 100, TODAY, alice)
    for facts, pointer in (
        ({"amount": 101}, "/amount"),
        ({"amount": -5}, "/amount"),
        ({"month": date(2026, 10, 1)}, "/month"),
        ({"answers_id": planned.pk}, "/answers"),
        ({"answers_id": None}, "/answers"),
        ({"evidence": " "}, "/evidence"),
    ):
        said: dict[str, Any] = {"amount": 100, "month": TODAY, "answers_id": claim.pk, **facts}
        with refused(400) as caught:
            value(row, "rejected", by=max_, **said)
        assert [item.pointer for item in caught.value.items] == [pointer]
    with refused(400):
        value(other, "validated", 100, TODAY, max_, answers_id=claim.pk)
    with refused(400):
        value(row, "claimed", 100, TODAY, alice, answers_id=claim.pk)
    for kind in ("claimed", "validated"):
        with refused(400):
            value(row, kind, 1, TODAY, max_, evidence="")
    assert value(row, "planned", 1, TODAY, alice, evidence="").evidence == ""


def test_the_database_answers_a_claim_once_and_rejects_nothing_without_a_reason(cast: Cast) -> None:
    row = claims_triage(cast)
    claim = value(row, "claimed", 100, TODAY, cast.actor("alice"))
    facts: dict[str, Any] = {
        "initiative": row,
        "month": TODAY,
        "amount": 1,
        "currency": "EUR",
        "recorded_at": AT,
    }
    for bad in (
        {"kind": "rejected", "evidence": "No."},
        {"kind": "rejected", "answers": claim},
        {"kind": "claimed", "answers": claim, "evidence": "x"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            BenefitEntry.objects.create(**facts, **bad)
    BenefitEntry.objects.create(**facts, kind="validated", answers=claim, evidence="Seen.")
    with pytest.raises(IntegrityError), transaction.atomic():
        BenefitEntry.objects.create(**facts, kind="rejected", answers=claim, evidence="No.")


def test_finance_answers_by_page_and_by_api(cast: Cast, frozen: Any, signed_in: Any, api: Any) -> None:
    row = claims_triage(cast)
    claims = [value(row, "claimed", 100, TODAY, cast.actor("alice")) for _ in range(2)]
    base = f"/portfolio/initiatives/{row.ref}/money"
    assert f"?answers={claims[0].pk}" in signed_in("max").get(f"{base}/realisation/").content.decode()
    assert f"?answers={claims[0].pk}" not in signed_in("alice").get(f"{base}/realisation/").content.decode()
    form = signed_in("max").get(f"{base}/benefit/new/?answers={claims[0].pk}").content.decode()
    assert f'<option value="{claims[0].pk}" selected' in form
    sent = {
        "kind": "rejected", "answers": claims[0].pk, "amount": "100", "month": "2026-11-01", "evidence": "No baseline.",
    }  # fmt: skip
    assert signed_in("max").post(f"{base}/benefit/new/", sent).status_code == 302
    body = {
        "initiative": row.ref, "kind": "validated", "answers": claims[1].pk, "amount": "90.00", "month": "2026-11-01",
        "evidence": "https://ledger.example/11",
    }  # fmt: skip
    made = api("max").post("/api/v1/benefits/", body)
    assert (made.status_code, made.json()["answers"]) == (201, claims[1].pk)
    again = api("max").post("/api/v1/benefits/", body)
    assert (again.status_code, again.json()["code"]) == (409, "answered_already")
    bare = api("max").post("/api/v1/benefits/", {**body, "answers": None, "evidence": ""})
    assert bare.json()["errors"][0]["pointer"] == "/evidence"
    page = signed_in("dana").get(f"{base}/realisation/").content.decode()
    assert "No baseline." in page
    assert "Rejected" in page
