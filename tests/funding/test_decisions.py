"""Money moves by a recorded decision, which asks the KPI it waits for and then stands."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.models import AuditEvent
from domain.stages import Stage
from funding.services.tranches import give_back, hold, hold_everything, release
from kpis.services.override import declare_status
from portfolio.models import CaseWorth, FundingDecision, FundingTranche, Initiative
from portfolio.services.stages import Move, move_stages
from portfolio.services.totals import refresh_totals
from tests.cast import AT, TODAY, Cast
from tests.funding.moving import managing, tranche, waiting_kpi
from tests.kpis.build import claims_triage, promise, read, series
from tests.portfolio.test_initiatives import refused


def let_go(row: FundingTranche, by: Any, **more: Any) -> FundingTranche:
    return release(pk=row.pk, released_on=TODAY, because="The pilot works.", by=by, at=AT, **more)


def sums(row: Initiative) -> tuple[Any, ...]:
    row.refresh_from_db()
    return row.approved, row.released


def test_a_release_is_a_decision_with_who_when_why_and_what_it_stood_on(cast: Cast, frozen: Any) -> None:
    kpi = waiting_kpi(cast)
    CaseWorth.objects.create(
        initiative=kpi.initiative, case_number=2, case_ref="BC-0001", npv="163834.44", value="1", rate="0.1", years=4,
        outlay=1, cost=1, a_year=1, delay_a_month=1, published_at=AT,
    )  # fmt: skip
    row = let_go(tranche(cast, kpi), cast.actor("max"))
    said = FundingDecision.objects.get(act="release")
    assert (said.decided_by, said.decided_for, said.decided_on, said.because, said.amount) == (
        cast.max, cast.alice, TODAY, "The pilot works.", Decimal(100),
    )  # fmt: skip
    assert said.facts["kpi"] | {"sentence": ""} == {
        "ref": kpi.ref, "name": kpi.name, "status": kpi.status, "reason": "", "as_of": "2026-11-24", "sentence": "",
    }  # fmt: skip
    assert said.facts["case"] == {"ref": "BC-0001", "number": 2, "npv": "163834.44"}
    assert (row.released_on, row.release_id, row.released_by) == (TODAY, said.pk, cast.max)
    assert sums(kpi.initiative) == (Decimal(100), Decimal(100))


def test_a_red_kpi_holds_the_money_and_says_what_clears_it(cast: Cast, frozen: Any) -> None:
    kpi = waiting_kpi(cast, "red")
    row = tranche(cast, kpi)
    with refused(409, "kpi_off_track") as caught:
        let_go(row, cast.actor("max"), because_unknown="We need it.")
    for words in (kpi.ref, kpi.name, "What clears it:"):
        assert words in caught.value.detail
    assert FundingDecision.objects.filter(act="release").count() == 0
    read(kpi, 5)
    let_go(row, cast.actor("max"))


def test_unknown_is_not_green_but_may_be_answered_for(cast: Cast, frozen: Any) -> None:
    row = tranche(cast, waiting_kpi(cast, "blind"))
    with refused(409, "kpi_unknown") as caught:
        let_go(row, cast.actor("max"))
    assert [item.pointer for item in caught.value.items] == ["/because_unknown"]
    let_go(row, cast.actor("max"), because_unknown="The feed is repaired on Monday.")
    assert FundingDecision.objects.get(act="release").because_unknown == "The feed is repaired on Monday."


def test_a_reason_for_the_unknown_is_not_kept_where_the_kpi_is_known(cast: Cast, frozen: Any) -> None:
    let_go(tranche(cast, waiting_kpi(cast)), cast.actor("max"), because_unknown="Just in case.")
    assert FundingDecision.objects.get(act="release").because_unknown == ""


def test_a_status_declared_worse_counts_as_it_does_in_the_roll_up(cast: Cast, frozen: Any) -> None:
    kpi = waiting_kpi(cast)
    row = tranche(cast, kpi)
    declare_status(
        kpi_id=kpi.pk,
        declared_as="off_track",
        because="The readings are wrong.",
        until=None,
        by=cast.actor("alice"),
        at=AT,
    )
    with refused(409, "kpi_off_track") as caught:
        let_go(row, cast.actor("max"))
    assert "The readings are wrong." in caught.value.detail


def test_a_stale_reading_is_no_leave_to_spend(cast: Cast, frozen: Any) -> None:
    kpi = promise(claims_triage(cast), by=cast.actor("alice"), at=AT - timedelta(days=200))
    series(kpi, [10, 9, 8], last=TODAY - timedelta(days=95))
    with refused(409, "kpi_unknown") as caught:
        let_go(tranche(cast, kpi), cast.actor("max"))
    assert "it is stale" in caught.value.detail


def test_who_runs_it_decides_nothing_whatever_the_kpi_says(cast: Cast, frozen: Any) -> None:
    row = tranche(cast, waiting_kpi(cast, "red"))
    by = managing(cast, "alice")
    for act in (
        lambda: let_go(row, by),
        lambda: hold(pk=row.pk, held_on=TODAY, because="No.", by=by, at=AT),
        lambda: give_back(pk=row.pk, returned_on=TODAY, because="No.", by=by, at=AT),
        lambda: hold_everything(initiative_id=row.initiative_id, held_on=TODAY, because="No.", by=by, at=AT),
    ):
        with refused(403, "four_eyes"):
            act()
    with refused(403):
        let_go(row, cast.actor("bob"))


@pytest.mark.parametrize("because", ["", "  "])
def test_no_decision_without_a_reason(cast: Cast, frozen: Any, because: str) -> None:
    row, by = tranche(cast, None), cast.actor("max")
    for act in (
        lambda: release(pk=row.pk, released_on=TODAY, because=because, by=by, at=AT),
        lambda: hold(pk=row.pk, held_on=TODAY, because=because, by=by, at=AT),
        lambda: give_back(pk=row.pk, returned_on=TODAY, because=because, by=by, at=AT),
        lambda: tranche(cast, None, row.initiative, because=because),
    ):
        with refused(400) as caught:
            act()
        assert [item.pointer for item in caught.value.items] == ["/because"]
    assert FundingDecision.objects.count() == 1


def test_a_tranche_waits_for_a_kpi_of_its_own_initiative_that_is_measured(cast: Cast, frozen: Any) -> None:
    kpi, other = waiting_kpi(cast), claims_triage(cast, "Another")
    with refused(400):
        tranche(cast, kpi, other)
    kpi.state = "retired"
    kpi.save(update_fields=["state"])
    with refused(409, "kpi_retired"):
        tranche(cast, kpi)
    assert not FundingTranche.objects.exists()


@pytest.mark.parametrize("facts", [{"gate": "G9"}, {"ceiling": Decimal(-1)}, {"ceiling": Decimal("0.001")}])
def test_what_a_tranche_waits_for_is_checked(cast: Cast, facts: dict[str, Any]) -> None:
    with refused(400):
        tranche(cast, None, **facts)


def test_returned_money_is_not_budget_and_is_not_released(cast: Cast, frozen: Any) -> None:
    row, by = tranche(cast, None), cast.actor("max")
    give_back(pk=row.pk, returned_on=TODAY, because="The vendor left.", by=by, at=AT)
    assert sums(row.initiative) == (Decimal(0), None)
    with refused(409, "tranche_returned"):
        let_go(row, by)
    with refused(409, "tranche_returned"):
        give_back(pk=row.pk, returned_on=TODAY, because="Again.", by=by, at=AT)
    second = tranche(cast, None, row.initiative)
    let_go(second, by)  # a returned one is in nobody's way
    with refused(409, "already_released"):
        give_back(pk=second.pk, returned_on=TODAY, because="No.", by=by, at=AT)


def test_a_hold_stands_in_the_record_and_a_release_ends_it(cast: Cast, frozen: Any) -> None:
    row, by = tranche(cast, None), cast.actor("max")
    hold(pk=row.pk, held_on=TODAY, because="The audit is open.", by=by, at=AT)
    hold_everything(initiative_id=row.initiative_id, held_on=TODAY, because="Budget freeze.", by=by, at=AT)
    let_go(row, by)
    assert list(FundingDecision.objects.order_by("pk").values_list("act", "tranche")) == [
        ("approve", row.pk), ("hold", row.pk), ("hold", None), ("release", row.pk),
    ]  # fmt: skip
    with refused(409, "nothing_to_hold"):
        hold_everything(initiative_id=row.initiative_id, held_on=TODAY, because="Late.", by=by, at=AT)


def stop(rows: list[Initiative], by: Any) -> None:
    with transaction.atomic():
        move_stages([Move(row, Stage.STOPPED, TODAY, "It does not work.") for row in rows], by=by, at=AT)


def test_stopping_returns_what_was_not_released(cast: Cast, frozen: Any) -> None:
    row, by = claims_triage(cast), cast.actor("max")
    first, second = tranche(cast, None, row), tranche(cast, None, row)
    let_go(first, by)
    stop([Initiative.objects.get(pk=row.pk)], by)
    said = FundingDecision.objects.get(act="return")
    assert (said.tranche_id, said.amount, said.because, said.decided_by) == (
        second.pk, Decimal(100), "Stopped. It does not work.", cast.max,
    )  # fmt: skip
    second.refresh_from_db()
    assert second.returned_on == TODAY
    assert sums(row) == (Decimal(100), Decimal(100))
    assert AuditEvent.objects.filter(action="tranche.returned").count() == 1
    with refused(409, "stopped"):
        tranche(cast, None, row)


def test_stopping_many_takes_as_many_statements_as_stopping_two(cast: Cast, frozen: Any) -> None:
    def stopped(count: int) -> int:
        rows = [claims_triage(cast, f"{count} {n}") for n in range(count)]
        for row in rows:
            tranche(cast, None, row)
            tranche(cast, None, row)
        fresh = list(Initiative.objects.filter(pk__in=[row.pk for row in rows]))
        with CaptureQueriesContext(connection) as told:
            stop(fresh, cast.actor("max"))
        return len(told)

    assert stopped(2) == stopped(5)


@pytest.mark.parametrize(
    "change",
    [
        "because = 'Another'", "amount = 1", "decided_on = '2020-01-01'", "act = 'hold'", "facts = '{\"a\": 1}'",
        "because_unknown = 'x'", "tranche_id = NULL", "decided_by_id = decided_for_id + 0",
    ],
)  # fmt: skip
def test_the_database_changes_no_decision(cast: Cast, frozen: Any, change: str) -> None:
    let_go(tranche(cast, None), cast.actor("max"))
    for statement in (
        f"UPDATE portfolio_fundingdecision SET {change}",
        "DELETE FROM portfolio_fundingdecision",
    ):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_who_decided_may_be_forgotten_with_the_person(cast: Cast, frozen: Any) -> None:
    let_go(tranche(cast, None), cast.actor("max"))
    FundingDecision.objects.update(decided_by=None, decided_for=None)


def test_the_database_releases_nothing_without_a_decision(cast: Cast) -> None:
    row = tranche(cast, None)
    rows = FundingTranche.objects.filter(pk=row.pk)
    for change in ({"released_on": TODAY}, {"release": FundingDecision.objects.get()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    let_go(row, cast.actor("max"))
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(returned_on=TODAY)


def test_the_database_takes_no_decision_of_who_leads(cast: Cast) -> None:
    row = tranche(cast, None)
    with pytest.raises(IntegrityError), transaction.atomic():
        FundingDecision.objects.create(
            initiative=row.initiative, tranche=row, act="release", amount=1, decided_on=TODAY, recorded_at=AT, because="Mine.",
            decided_by=cast.alice, decided_for=cast.alice,
        )  # fmt: skip


def test_approved_leaves_out_what_was_returned_when_the_sums_are_asked_again(cast: Cast, frozen: Any) -> None:
    row = tranche(cast, None)
    tranche(cast, None, row.initiative)
    give_back(pk=row.pk, returned_on=TODAY, because="No.", by=cast.actor("max"), at=AT)
    refresh_totals([row.initiative_id])
    assert sums(row.initiative) == (Decimal(100), None)


def test_by_api_a_red_kpi_is_409_with_its_sentence_and_a_green_one_releases(
    cast: Cast, frozen: Any, api: Any
) -> None:
    kpi = waiting_kpi(cast, "red")
    body = {
        "initiative": kpi.initiative.ref, "amount": "100.00", "approved_on": "2026-11-01", "because": "Agreed.",
        "kpi": kpi.ref, "gate": "G3", "condition": "Two months on track.", "ceiling": "90.00",
    }  # fmt: skip
    made = api("max").post("/api/v1/tranches/", body)
    assert made.status_code == 201, made.json()
    assert (made.json()["kpi"], made.json()["gate"], made.json()["ceiling"]) == (kpi.pk, "G3", "90.00")
    path = f"/api/v1/tranches/{made.json()['id']}/release/"
    no = api("max").post(path, {"released_on": "2026-11-24", "because": "Go."})
    assert (no.status_code, no.json()["code"]) == (409, "kpi_off_track")
    assert kpi.ref in no.json()["detail"]
    read(kpi, 5)
    yes = api("max").post(path, {"released_on": "2026-11-24", "because": "Go."})
    assert (yes.status_code, yes.json()["released_on"]) == (200, "2026-11-24")
    told = api("max").get(f"/api/v1/funding-decisions/?initiative={kpi.initiative.ref}&act=release").json()
    assert [one["id"] for one in told["results"]] == [yes.json()["release"]]
    assert api("max").get(f"/api/v1/tranches/?kpi={kpi.ref}").json()["results"][0]["id"] == made.json()["id"]


def test_decisions_are_replayed_and_tranches_say_where_to_ask(cast: Cast, frozen: Any, api: Any) -> None:
    row = tranche(cast, None)
    let_go(row, cast.actor("max"))
    before = api("max").get("/api/v1/funding-decisions/?as_of=2026-11-10").json()["results"]
    assert [one["act"] for one in before] == ["approve"]
    no = api("max").get("/api/v1/tranches/?as_of=2026-11-10")
    assert no.status_code == 400
    assert "funding-decisions" in str(no.json())


def test_the_page_of_a_release_says_what_it_waits_for(cast: Cast, frozen: Any, signed_in: Any) -> None:
    kpi = waiting_kpi(cast, "red")
    row = tranche(cast, kpi)
    path = f"/portfolio/initiatives/{kpi.initiative.ref}/tranches/{row.pk}/release/"
    page = signed_in("max").get(path).content.decode()
    assert kpi.name in page
    assert "What clears it" in page
    answer = signed_in("max").post(path, {"released_on": "2026-11-24", "because": "Go."})
    assert answer.status_code == 409
    assert "off track" in answer.content.decode()


def test_money_is_approved_with_what_it_waits_for_by_page(cast: Cast, frozen: Any, signed_in: Any) -> None:
    kpi = waiting_kpi(cast)
    path = f"/portfolio/initiatives/{kpi.initiative.ref}/money/tranche/new/"
    form = {
        "amount": "100",
        "approved_on": "2026-11-01",
        "because": "Agreed.",
        "kpi": kpi.pk,
        "gate": "G4",
        "ceiling": "",
    }
    assert signed_in("max").post(path, form).status_code == 302
    row = FundingTranche.objects.get()
    assert (row.gate, row.ceiling, row.awaits.kpi_id) == ("G4", None, kpi.pk)
    base = f"/portfolio/initiatives/{kpi.initiative.ref}/tranches/{row.pk}"
    assert (
        signed_in("max").post(f"{base}/hold/", {"held_on": "2026-11-24", "because": "Wait."}).status_code
        == 302
    )
    assert (
        signed_in("max").post(f"{base}/return/", {"returned_on": "2026-11-24", "because": "No."}).status_code
        == 302
    )
    assert (
        signed_in("max")
        .post(
            f"/portfolio/initiatives/{kpi.initiative.ref}/money/hold/",
            {"held_on": "2026-11-24", "because": "No."},
        )
        .status_code
        == 409
    )
