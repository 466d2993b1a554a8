"""What is promised to suppliers stays below the ceiling; what was spent is a fact, and is shown where it lies over it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.models import AuditEvent
from domain.stages import Stage
from funding.services.tranches import release
from portfolio.models import Commitment, Flag, Initiative
from portfolio.queries.room import room_of
from portfolio.services.commitments import cancel_commitment, record_commitment
from portfolio.services.money import record_expenditure
from portfolio.services.spend import bring_spend_to
from tests.cast import AT, TODAY, Cast
from tests.funding.moving import tranche
from tests.kpis.build import claims_triage
from tests.portfolio.test_initiatives import refused


@pytest.fixture
def row(cast: Cast) -> Initiative:
    """100 released to Alice's initiative."""
    found = claims_triage(cast)
    release(pk=tranche(cast, None, found).pk, released_on=TODAY, because="Go.", by=cast.actor("max"), at=AT)
    return found


def commit(row: Initiative, amount: Any, by: Any, **more: Any) -> Commitment:
    facts = {"supplier": "Acme", "committed_on": TODAY, **more}
    return record_commitment(initiative_id=row.pk, amount=Decimal(amount), by=by, at=AT, **facts)


def spend(row: Initiative, amount: Any, by: Any, **more: Any) -> None:
    record_expenditure(initiative_id=row.pk, amount=Decimal(amount), spent_on=TODAY, by=by, at=AT, **more)


def left(row: Initiative) -> Decimal:
    row.refresh_from_db()
    return room_of(row).left


def test_a_commitment_over_the_ceiling_is_refused_with_what_is_left(cast: Cast, row: Initiative) -> None:
    by = cast.actor("alice")
    spend(row, 30, by)
    commit(row, 50, by)
    with refused(409, "over_ceiling") as caught:
        commit(row, "20.01", by)
    assert "20.00 is left" in caught.value.detail
    assert [item.pointer for item in caught.value.items] == ["/amount"]
    commit(row, 20, by)
    assert left(row) == 0


def test_nothing_released_leaves_nothing_to_commit(cast: Cast) -> None:
    bare = claims_triage(cast, "Bare")
    tranche(cast, None, bare)
    with refused(409, "over_ceiling"):
        commit(bare, 1, cast.actor("alice"))


def test_the_ceiling_of_the_tranche_counts_where_it_says_one(cast: Cast, row: Initiative) -> None:
    second = tranche(cast, None, row, ceiling=Decimal(120))
    release(pk=second.pk, released_on=TODAY, because="Go.", by=cast.actor("max"), at=AT)
    with refused(409, "over_ceiling"):
        commit(row, 121, cast.actor("alice"))
    commit(row, 120, cast.actor("alice"))


def test_what_is_paid_or_cancelled_counts_once(cast: Cast, row: Initiative) -> None:
    by = cast.actor("alice")
    order = commit(row, 80, by)
    spend(row, 30, by, commitment_id=order.pk)
    assert left(row) == 20  # 30 spent and 50 owed
    cancel_commitment(pk=order.pk, cancelled_on=TODAY, because="Delivered in part.", by=by, at=AT)
    assert left(row) == 70
    with refused(409, "cancelled"):
        cancel_commitment(pk=order.pk, cancelled_on=TODAY, because="Again.", by=by, at=AT)
    assert AuditEvent.objects.filter(action="commitment.cancelled").count() == 1


def test_money_spent_over_the_ceiling_is_recorded_and_shown_as_over(
    cast: Cast, row: Initiative, frozen: Any, signed_in: Any
) -> None:
    spend(row, 130, cast.actor("alice"))
    assert left(row) == -30
    page = signed_in("dana").get(f"/portfolio/initiatives/{row.ref}/money/").content.decode()
    assert "Over the ceiling" in page
    assert '<dd class="num t-bad">−€30<span class="sub t-bad">over the ceiling</span>' in page


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"supplier": " "}, "/supplier"),
        ({"amount": 0}, "/amount"),
        ({"amount": -1}, "/amount"),
        ({"committed_on": TODAY + timedelta(days=1)}, "/committed_on"),
        ({"until": date(2026, 1, 1)}, "/until"),
    ],
)
def test_what_is_wrong_is_named(cast: Cast, row: Initiative, facts: dict[str, Any], pointer: str) -> None:
    said: dict[str, Any] = {"amount": 1, **facts}
    with refused(400) as caught:
        commit(row, by=cast.actor("alice"), **said)
    assert [item.pointer for item in caught.value.items] == [pointer]
    assert not Commitment.objects.exists()


def test_a_stopped_initiative_commits_nothing_and_a_foreign_order_is_not_paid(
    cast: Cast, row: Initiative
) -> None:
    other = claims_triage(cast, "Another")
    order = commit(row, 10, cast.actor("alice"))
    with refused(400):
        spend(other, 5, cast.actor("alice"), commitment_id=order.pk)
    Initiative.objects.filter(pk=row.pk).update(stage=Stage.STOPPED)
    with refused(409, "stopped"):
        commit(row, 1, cast.actor("alice"))
    with refused(403):
        commit(row, 1, cast.actor("bob"))


def test_by_page_and_api(cast: Cast, row: Initiative, frozen: Any, signed_in: Any, api: Any) -> None:
    base = f"/portfolio/initiatives/{row.ref}"
    form = {"amount": "60", "supplier": "Acme", "committed_on": "2026-11-01", "until": ""}
    assert signed_in("alice").post(f"{base}/money/commitment/new/", form).status_code == 302
    over = signed_in("alice").post(f"{base}/money/commitment/new/", form)
    assert over.status_code == 409
    assert "40.00 is left" in over.content.decode()
    body = {"initiative": row.ref, "amount": "60.00", "supplier": "Acme", "committed_on": "2026-11-01"}
    no = api("alice").post("/api/v1/commitments/", body)
    assert (no.status_code, no.json()["code"], no.json()["errors"][0]["pointer"]) == (
        409,
        "over_ceiling",
        "/amount",
    )
    made = api("alice").post("/api/v1/commitments/", {**body, "amount": "40.00"})
    assert made.status_code == 201
    paid = api("alice").post(
        "/api/v1/expenditures/",
        {"initiative": row.ref, "amount": "40.00", "spent_on": "2026-11-02", "commitment": made.json()["id"]},
    )
    assert (paid.status_code, paid.json()["commitment"]) == (201, made.json()["id"])
    gone = api("alice").post(
        f"/api/v1/commitments/{made.json()['id']}/cancel/", {"cancelled_on": "2026-11-24", "because": "Paid."}
    )
    assert (gone.status_code, gone.json()["cancelled_on"]) == (200, "2026-11-24")
    page = signed_in("dana").get(f"{base}/money/").content.decode()
    for words in ("Acme", "of the order at Acme", "cancelled 24 Nov: Paid."):
        assert words in page
    first = Commitment.objects.earliest("pk")
    cancel = {"cancelled_on": "2026-11-24", "because": "Over."}
    assert signed_in("alice").post(f"{base}/commitments/{first.pk}/cancel/", cancel).status_code == 302


def flags(row: Initiative) -> list[Flag]:
    return list(Flag.objects.filter(initiative=row, rule="over_ceiling").order_by("pk"))


def test_spend_over_the_ceiling_is_flagged_to_who_leads_with_its_numbers(cast: Cast, row: Initiative) -> None:
    spend(row, 100, cast.actor("alice"))
    assert flags(row) == []  # the boundary is within
    spend(row, 10, cast.actor("alice"))
    (flag,) = flags(row)
    assert (flag.severity, flag.owner, flag.cause) == (1, cast.alice, "Spend over the ceiling")
    assert flag.numbers == {"spent": "110.00", "ceiling": "100.00", "over": "10.00"}
    assert "€110 is spent of a ceiling of €100: €10 more than was let go." in flag.sentence
    spend(row, 16, cast.actor("alice"))
    (flag,) = flags(row)
    assert (flag.severity, flag.numbers["over"], flag.cleared_at) == (3, "26.00", None)
    assert AuditEvent.objects.filter(action="flag.raised", object_id=flag.pk).count() == 1


def test_the_flag_clears_with_a_correction_and_with_the_next_tranche(cast: Cast, row: Initiative) -> None:
    spend(row, 130, cast.actor("alice"))
    spend(row, -30, cast.actor("alice"))
    assert [one.cleared_at for one in flags(row)] == [AT]
    spend(row, 50, cast.actor("alice"))
    second = tranche(cast, None, row)
    assert flags(row)[-1].cleared_at is None  # approved is not released
    release(pk=second.pk, released_on=TODAY, because="Go.", by=cast.actor("max"), at=AT)
    assert [bool(one.cleared_at) for one in flags(row)] == [True, True]
    assert flags(row)[-1].cleared_because == "Spend is within the ceiling."


def test_an_import_of_spend_is_judged_too_and_twice_changes_nothing(cast: Cast, row: Initiative) -> None:
    for _ in range(2):
        bring_spend_to(totals={row.pk: Decimal(200)}, on=TODAY, note="", by=cast.actor("max"), at=AT)
    assert [one.severity for one in flags(row)] == [3]


def test_where_nothing_was_released_there_is_no_ceiling_to_be_over(cast: Cast) -> None:
    bare = claims_triage(cast, "Bare")
    tranche(cast, None, bare)
    spend(bare, 50, cast.actor("alice"))
    assert flags(bare) == []
