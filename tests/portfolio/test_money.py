"""Money: dated rows in one currency, added and never edited."""

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from core.models import AuditEvent
from funding.services.tranches import approve as approve_tranche
from funding.services.tranches import release as release_tranche
from portfolio.models import BenefitEntry, Expenditure, FundingTranche, Initiative
from portfolio.services.initiatives import create_initiative
from portfolio.services.money import record_benefit, record_expenditure
from tests.cast import AT, TODAY, Cast, make_cast
from tests.portfolio.amounts import euro
from tests.portfolio.test_initiatives import refused


@pytest.fixture
def row(cast: Cast) -> Initiative:
    return create_initiative(
        name="Triage",
        unit=cast.claims,
        lead=cast.alice,
        sponsor=cast.edith,
        members=[cast.bob],
        by=cast.actor("max"),
        at=AT,
    )


def test_sums_stand_beside_the_initiative_and_nothing_is_not_zero(cast: Cast, row: Initiative) -> None:
    by = cast.actor("max")
    row.refresh_from_db()
    assert (row.spent, row.approved, row.released, row.claimed, row.validated) == (None,) * 5
    approve_tranche(
        because="Agreed.", initiative_id=row.pk, amount=euro(500), approved_on=TODAY, by=by, at=AT
    )
    record_expenditure(initiative_id=row.pk, amount=euro("0.10"), spent_on=TODAY, by=by, at=AT)
    record_expenditure(initiative_id=row.pk, amount=euro("0.20"), spent_on=TODAY, by=by, at=AT)
    row.refresh_from_db()
    assert (row.spent, row.approved, row.released) == (Decimal("0.30"), Decimal(500), None)


def test_a_correction_is_a_row_with_the_opposite_sign(cast: Cast, row: Initiative) -> None:
    by = cast.actor("max")
    record_expenditure(initiative_id=row.pk, amount=euro(100), spent_on=TODAY, by=by, at=AT)
    record_expenditure(
        initiative_id=row.pk, amount=euro(-100), spent_on=TODAY, note="Booked twice", by=by, at=AT
    )
    row.refresh_from_db()
    assert row.spent == 0
    assert Expenditure.objects.count() == 2
    with refused(400, "below_zero"):
        record_expenditure(initiative_id=row.pk, amount=euro("-0.01"), spent_on=TODAY, by=by, at=AT)


def test_tranches_are_numbered_and_released_in_order_once(cast: Cast, row: Initiative) -> None:
    by = cast.actor("max")
    first, second = (
        approve_tranche(
            because="Agreed.", initiative_id=row.pk, amount=euro(n), approved_on=TODAY, by=by, at=AT
        )
        for n in (100, 200)
    )
    assert (first.number, second.number) == (1, 2)
    with refused(409, "earlier_tranche_held"):
        release_tranche(because="Agreed.", pk=second.pk, released_on=TODAY, by=by, at=AT)
    with refused(400):
        release_tranche(because="Agreed.", pk=first.pk, released_on=TODAY - timedelta(days=1), by=by, at=AT)
    with refused(400, "in_the_future"):
        release_tranche(because="Agreed.", pk=first.pk, released_on=TODAY + timedelta(days=1), by=by, at=AT)
    with refused(412):
        release_tranche(because="Agreed.", pk=first.pk, released_on=TODAY, by=by, at=AT, expected_version=9)
    release_tranche(because="Agreed.", pk=first.pk, released_on=TODAY, by=by, at=AT)
    with refused(409, "already_released"):
        release_tranche(because="Agreed.", pk=first.pk, released_on=TODAY, by=by, at=AT)
    row.refresh_from_db()
    assert (row.approved, row.released) == (Decimal(300), Decimal(100))


@pytest.mark.parametrize("amount", ["0", "0.001", "1e16", "NaN", "Infinity", "-Infinity", "sNaN"])
def test_an_amount_that_cannot_be_kept_exactly_is_refused(cast: Cast, row: Initiative, amount: str) -> None:
    by = cast.actor("max")
    record: Any
    for record, facts in (
        (record_expenditure, {"spent_on": TODAY}),
        (approve_tranche, {"approved_on": TODAY, "because": "Agreed."}),
    ):
        with refused(400):
            record(initiative_id=row.pk, amount=Decimal(amount), by=by, at=AT, **facts)
    with refused(400):
        record_benefit(
            evidence="Ledger.",
            initiative_id=row.pk,
            kind="claimed",
            amount=Decimal(amount),
            month=TODAY,
            by=by,
            at=AT,
        )
    assert not Expenditure.objects.exists()


def test_another_currency_is_one_clear_refusal(cast: Cast, row: Initiative, api: Any) -> None:
    with refused(400) as caught:
        record_expenditure(
            initiative_id=row.pk, amount=euro(1), currency="USD", spent_on=TODAY, by=cast.actor("max"), at=AT
        )
    assert "EUR" in caught.value.detail
    answer = api("max").post(
        "/api/v1/expenditures/",
        {"initiative": row.ref, "amount": "1.00", "currency": "USD", "spent_on": "2026-11-01"},
    )
    assert answer.status_code == 400
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/currency"]


def test_what_happened_lies_in_the_past_and_what_is_planned_anywhere(cast: Cast, row: Initiative) -> None:
    by, ahead = cast.actor("max"), TODAY + timedelta(days=40)
    with refused(400, "in_the_future"):
        record_expenditure(initiative_id=row.pk, amount=euro(1), spent_on=ahead, by=by, at=AT)
    with refused(400, "in_the_future"):
        record_benefit(
            evidence="Ledger.",
            initiative_id=row.pk,
            kind="claimed",
            amount=euro(1),
            month=ahead,
            by=by,
            at=AT,
        )
    entry = record_benefit(
        evidence="Ledger.", initiative_id=row.pk, kind="planned", amount=euro(1), month=ahead, by=by, at=AT
    )
    assert entry.month == ahead.replace(day=1)


@pytest.mark.parametrize("who", ["alice", "edith", "bob"])
def test_who_runs_an_initiative_does_not_validate_its_value(cast: Cast, row: Initiative, who: str) -> None:
    cast.people[who].grants.create(role="portfolio_manager", granted_at=AT)
    with refused(403, "four_eyes"):
        record_benefit(
            evidence="Ledger.",
            initiative_id=row.pk,
            kind="validated",
            amount=euro(1),
            month=TODAY,
            by=cast.actor(who),
            at=AT,
        )
    record_benefit(
        evidence="Ledger.",
        initiative_id=row.pk,
        kind="claimed",
        amount=euro(1),
        month=TODAY,
        by=cast.actor(who),
        at=AT,
    )
    record_benefit(
        evidence="Ledger.",
        initiative_id=row.pk,
        kind="validated",
        amount=euro(1),
        month=TODAY,
        by=cast.actor("max"),
        at=AT,
    )
    assert BenefitEntry.objects.count() == 2


@pytest.mark.parametrize("who", ["bob", "edith", "dana", "vera", "mona"])
def test_only_who_may_records_money(cast: Cast, row: Initiative, who: str) -> None:
    with refused(404 if who == "mona" else 403):
        record_expenditure(initiative_id=row.pk, amount=euro(1), spent_on=TODAY, by=cast.actor(who), at=AT)
    assert not AuditEvent.objects.filter(action="money.spent").exists()


def test_a_row_says_who_recorded_it_and_the_log_says_it_too(cast: Cast, row: Initiative) -> None:
    entry = record_expenditure(
        initiative_id=row.pk,
        amount=euro("12.34"),
        spent_on=TODAY,
        category="cloud",
        by=cast.actor("alice"),
        at=AT,
    )
    assert (entry.recorded_by, entry.recorded_at, entry.currency) == (cast.alice, AT, "EUR")
    event = AuditEvent.objects.get(action="money.spent")
    assert event.after == {
        "spent_on": "2026-11-24",
        "category": "cloud",
        "amount": "12.34",
        "currency": "EUR",
    }
    with refused(400, "invalid_choice"):
        record_expenditure(
            initiative_id=row.pk,
            amount=euro(1),
            spent_on=TODAY,
            category="lunch",
            by=cast.actor("max"),
            at=AT,
        )


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_money_recorded_side_by_side_adds_up_and_tranches_keep_their_numbers() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    cast = make_cast()
    by = cast.actor("max")
    row = create_initiative(name="x", unit=cast.claims, by=by, at=AT)
    start = threading.Barrier(6)

    def spend() -> None:
        start.wait(10)
        for _ in range(5):
            record_expenditure(initiative_id=row.pk, amount=euro("1.01"), spent_on=TODAY, by=by, at=AT)
            approve_tranche(
                because="Agreed.", initiative_id=row.pk, amount=euro(2), approved_on=TODAY, by=by, at=AT
            )
        connection.close()

    workers = [threading.Thread(target=spend) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    row.refresh_from_db()
    assert (row.spent, row.approved) == (Decimal("30.30"), Decimal(60))
    assert sorted(FundingTranche.objects.values_list("number", flat=True)) == list(range(1, 31))
