"""Who runs an initiative does not approve, release or validate its money; who claimed a value does not validate it."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from core.models import AuditEvent, Role, RoleGrant, User
from core.tokens import create_token
from funding.services.tranches import approve as approve_tranche
from funding.services.tranches import release as release_tranche
from portfolio.models import BenefitEntry, FundingTranche, Initiative
from portfolio.services.initiatives import create_initiative, edit_initiative
from portfolio.services.members import remove_member
from portfolio.services.money import record_benefit, record_expenditure
from tests.cast import AT, TODAY, Cast
from tests.portfolio.amounts import euro
from tests.portfolio.test_initiatives import refused

RUNNING = ["alice", "edith", "bob"]  # lead, sponsor, member


@pytest.fixture
def row(cast: Cast) -> Initiative:
    return create_initiative(
        name="Triage", unit=cast.claims, lead=cast.alice, sponsor=cast.edith, members=[cast.bob],
        by=cast.actor("max"), at=AT,
    )  # fmt: skip


def managing(cast: Cast, name: str) -> Any:
    """That person with the portfolio manager's rights besides."""
    RoleGrant.objects.get_or_create(
        user=cast.people[name], role=Role.PORTFOLIO_MANAGER, defaults={"granted_at": AT}
    )
    return cast.actor(name)


def approve(row: Initiative, by: Any) -> FundingTranche:
    return approve_tranche(
        because="Agreed.", initiative_id=row.pk, amount=euro(500), approved_on=TODAY, by=by, at=AT
    )


def value(row: Initiative, kind: str, by: Any, amount: int = 70) -> BenefitEntry:
    return record_benefit(
        evidence="Ledger.", initiative_id=row.pk, kind=kind, amount=euro(amount), month=TODAY, by=by, at=AT
    )


@pytest.mark.parametrize("who", ["alice", "ursula", "bob", "edith", "dana", "adam"])
def test_only_who_decides_over_the_portfolio_approves_money(cast: Cast, row: Initiative, who: str) -> None:
    tranche = approve(row, cast.actor("max"))
    by = cast.actor(who)
    with refused(404 if who == "ursula" else 403):
        approve(row, by)
    with refused(404 if who == "ursula" else 403):
        release_tranche(because="Agreed.", pk=tranche.pk, released_on=TODAY, by=by, at=AT)
    with refused(404 if who == "ursula" else 403):
        value(row, "validated", by)
    assert FundingTranche.objects.filter(released_on=None).count() == 1


@pytest.mark.parametrize("who", RUNNING)
def test_who_runs_it_neither_approves_nor_releases_even_with_the_right(
    cast: Cast, row: Initiative, who: str
) -> None:
    tranche, by = approve(row, cast.actor("max")), managing(cast, who)
    with refused(403, "four_eyes"):
        approve(row, by)
    with refused(403, "four_eyes"):
        release_tranche(because="Agreed.", pk=tranche.pk, released_on=TODAY, by=by, at=AT)
    with refused(403, "four_eyes"):
        value(row, "validated", by)
    row.refresh_from_db()
    assert (row.approved, row.released, row.validated) == (Decimal(500), None, None)


@pytest.mark.parametrize("who", RUNNING)
def test_handing_it_over_first_changes_nothing(cast: Cast, row: Initiative, who: str) -> None:
    """Who leads it, gives it away, and then approves: still their own work."""
    by, max_ = managing(cast, who), cast.actor("max")
    if who == "bob":
        remove_member(initiative_id=row.pk, user_id=cast.bob.pk, by=max_, at=AT)
    else:
        edit_initiative(pk=row.pk, by=by, at=AT, **{{"alice": "lead", "edith": "sponsor"}[who]: cast.charlie})  # type: ignore[arg-type]
    tranche = approve(row, max_)
    for act in (
        lambda: approve(row, by),
        lambda: release_tranche(because="Agreed.", pk=tranche.pk, released_on=TODAY, by=by, at=AT),
        lambda: value(row, "validated", by),
    ):
        with refused(403, "four_eyes"):
            act()


def test_another_portfolio_manager_approves_releases_and_validates(cast: Cast, row: Initiative) -> None:
    tranche = approve(row, cast.actor("max"))
    assert (tranche.recorded_by, tranche.approved_for) == (cast.max, cast.alice)
    released = release_tranche(
        because="Agreed.", pk=tranche.pk, released_on=TODAY, by=managing(cast, "vera"), at=AT
    )
    assert released.released_by == cast.vera
    value(row, "claimed", cast.actor("alice"))
    assert value(row, "validated", cast.actor("max")).claimed_by == cast.alice


@pytest.mark.parametrize("claims", ["before", "twice"])
def test_who_claimed_a_value_does_not_validate_it(cast: Cast, row: Initiative, claims: str) -> None:
    max_ = cast.actor("max")
    value(row, "claimed", max_)
    if claims == "twice":  # somebody else claims after them: it is still theirs too
        value(row, "claimed", cast.actor("alice"))
    with refused(403, "four_eyes"):
        value(row, "validated", max_)
    value(row, "validated", managing(cast, "vera"))
    approve(row, max_)  # money is another matter than the value they claimed


def test_the_lead_records_what_was_spent_planned_and_claimed(cast: Cast, row: Initiative) -> None:
    by = cast.actor("alice")
    record_expenditure(initiative_id=row.pk, amount=euro(1), spent_on=TODAY, by=by, at=AT)
    value(row, "planned", by)
    value(row, "claimed", by)
    row.refresh_from_db()
    assert (row.spent, row.claimed) == (Decimal(1), Decimal(70))


@pytest.mark.parametrize("act", ["approve", "release", "validate"])
def test_the_attempt_is_on_record_by_page_and_api(
    cast: Cast, row: Initiative, act: str, signed_in: Any, api: Any, frozen: Any
) -> None:
    tranche = approve(row, cast.actor("max"))
    managing(cast, "alice")
    base, api_base = f"/portfolio/initiatives/{row.ref}/money", "/api/v1"
    money = {"initiative": row.ref, "amount": "12.00"}
    page, form, address, body = {
        "approve": (
            f"{base}/tranche/new/", {"amount": "12", "approved_on": "2026-11-01", "because": "Agreed."},
            f"{api_base}/tranches/", {**money, "approved_on": "2026-11-01", "because": "Agreed."},
        ),
        "release": (
            f"/portfolio/initiatives/{row.ref}/tranches/{tranche.pk}/release/", {"released_on": "2026-11-24", "because": "Agreed."},
            f"{api_base}/tranches/{tranche.pk}/release/", {"released_on": "2026-11-24", "because": "Agreed."},
        ),
        "validate": (
            f"{base}/benefit/new/", {"kind": "validated", "amount": "12", "month": "2026-11-01", "evidence": "Ledger."},
            f"{api_base}/benefits/", {**money, "kind": "validated", "month": "2026-11-01", "evidence": "Ledger."},
        ),
    }[act]  # fmt: skip
    assert signed_in("alice").post(page, form).status_code == 403
    answer = api("alice").post(address, body, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (403, "four_eyes")
    events = AuditEvent.objects.filter(action="benefit.refused" if act == "validate" else "tranche.refused")
    assert [(e.actor_id, e.via, e.after["act"]) for e in events] == [
        (cast.alice.pk, v, act) for v in ("page", "api")
    ]
    assert {e.initiative_id for e in events} == {row.pk}
    assert not BenefitEntry.objects.exists()
    assert FundingTranche.objects.filter(released_on=None).count() == FundingTranche.objects.count() == 1
    story = signed_in("max").get(f"/portfolio/initiatives/{row.ref}/history/").content.decode()
    assert "and was refused" in story


def test_a_button_is_offered_only_where_the_act_would_be_accepted(
    cast: Cast, row: Initiative, signed_in: Any, frozen: Any
) -> None:
    approve(row, cast.actor("max"))
    managing(cast, "edith")

    def offers(name: str, path: str = "") -> str:
        return str(signed_in(name).get(f"/portfolio/initiatives/{row.ref}/money/{path}").content.decode())

    lead, manager, sponsor = offers("alice"), offers("max"), offers("edith")
    for page, spends, approves in ((lead, True, False), (manager, True, True), (sponsor, True, False)):
        assert ("Record money spent" in page) == spends
        assert ("Approve a tranche" in page) == approves
        assert ("Release<span" in page) == approves
    assert "does not judge its money" in sponsor
    assert "does not judge its money" not in lead + manager
    assert 'value="validated"' not in offers("alice", "benefit/new/")
    assert 'value="validated"' in offers("max", "benefit/new/")
    value(row, "claimed", cast.actor("max"))
    assert 'value="validated"' not in offers("max", "benefit/new/")
    assert "Approve a tranche" in offers("max")
    assert "does not validate it" in offers("max")
    for path in ("money/tranche/new/", f"tranches/{FundingTranche.objects.get().pk}/release/"):
        url = f"/portfolio/initiatives/{row.ref}/{path}"
        assert signed_in("max").get(url).status_code == 200
        assert [signed_in(who).get(url).status_code for who in ("edith", "alice", "vera")] == [403, 403, 403]


def test_the_page_names_the_hands(cast: Cast, row: Initiative, signed_in: Any, frozen: Any) -> None:
    tranche = approve(row, cast.actor("max"))
    release_tranche(because="Agreed.", pk=tranche.pk, released_on=TODAY, by=managing(cast, "vera"), at=AT)
    value(row, "claimed", cast.actor("alice"))
    value(row, "validated", cast.actor("max"), 30)
    page = signed_in("dana").get(f"/portfolio/initiatives/{row.ref}/money/").content.decode()
    for name in ("Max", "Vera", "Alice"):
        assert f'<span class="sub">{name}</span>' in page


def test_a_token_needs_the_scope_to_approve(cast: Cast, row: Initiative, frozen: Any) -> None:
    def client(*scopes: str) -> APIClient:
        _, secret = create_token(user=cast.max, name="t", scopes=scopes, by=cast.actor("max"), at=AT)
        return APIClient(headers={"Authorization": f"Bearer {secret}"})

    body = {"initiative": row.ref, "amount": "12.00", "approved_on": "2026-11-01", "because": "Agreed."}
    refusal = client("portfolio:write").post("/api/v1/tranches/", body)
    assert (refusal.status_code, refusal.json()["code"]) == (403, "token_scope")
    assert "portfolio:approve" in refusal.json()["detail"]
    assert client("portfolio:approve").post("/api/v1/tranches/", body).status_code == 201
    value_body = {
        "initiative": row.ref,
        "amount": "1.00",
        "kind": "validated",
        "month": "2026-11-01",
        "evidence": "Ledger.",
    }
    assert client("portfolio:write").post("/api/v1/benefits/", value_body).status_code == 403
    assert (
        client("portfolio:write", "portfolio:approve").post("/api/v1/benefits/", value_body).status_code
        == 201
    )


def test_what_is_shown_of_a_tranche_and_a_value_names_the_hands(
    cast: Cast, row: Initiative, api: Any
) -> None:
    tranche = approve(row, cast.actor("max"))
    value(row, "claimed", cast.actor("alice"))
    entry = value(row, "validated", cast.actor("max"))
    shown = api("max").get(f"/api/v1/tranches/{tranche.pk}/?expand=approved_for,recorded_by").json()
    assert (shown["approved_for"]["name"], shown["recorded_by"]["name"], shown["released_by"]) == (
        "Alice",
        "Max",
        None,
    )
    assert api("max").get(f"/api/v1/benefits/{entry.pk}/").json()["claimed_by"] == cast.alice.pk


@pytest.mark.parametrize("column", ["recorded_by", "released_by"])
def test_the_database_refuses_a_tranche_by_who_led(cast: Cast, row: Initiative, column: str) -> None:
    tranche = approve(row, cast.actor("max"))
    with pytest.raises(IntegrityError), transaction.atomic():
        FundingTranche.objects.filter(pk=tranche.pk).update(**{column: cast.alice})
    FundingTranche.objects.filter(pk=tranche.pk).update(**{column: cast.vera})


def test_the_database_refuses_a_value_validated_by_who_claimed_it(cast: Cast, row: Initiative) -> None:
    facts: dict[str, Any] = {
        "initiative": row, "kind": "validated", "month": TODAY, "amount": euro(1), "currency": "EUR", "recorded_at": AT,
    }  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        BenefitEntry.objects.create(**facts, recorded_by=cast.max, claimed_by=cast.max)
    BenefitEntry.objects.create(**facts, recorded_by=cast.max, claimed_by=cast.alice)


def test_without_the_service_asking_the_database_still_refuses(
    cast: Cast, row: Initiative, monkeypatch: pytest.MonkeyPatch
) -> None:
    tranche = approve(row, cast.actor("max"))
    value(row, "claimed", cast.actor("max"))
    by = managing(cast, "alice")
    monkeypatch.setattr("portfolio.services.money_rows.too_near", lambda *_args, **_more: None)
    for act in (
        lambda: approve(row, by),
        lambda: release_tranche(because="Agreed.", pk=tranche.pk, released_on=TODAY, by=by, at=AT),
        lambda: value(row, "validated", cast.actor("max")),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_an_import_of_the_lead_counts_as_leading_it(cast: Cast) -> None:
    """An import writes the lead without naming them in the log; the log names them when they are replaced."""
    row = Initiative.objects.create(name="x", unit=cast.claims, lead=cast.alice, created_at=AT, updated_at=AT)
    edit_initiative(pk=row.pk, by=cast.actor("max"), at=AT, lead=cast.vera)
    with refused(403, "four_eyes"):
        approve(row, managing(cast, "alice"))
    assert User.objects.get(pk=cast.alice.pk).is_active
