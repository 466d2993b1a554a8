"""The memo from the record, kept and shown again: what it tells, who may know it, and that a kept one stands."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.errors import Problem
from core.models import AuditEvent
from domain.memo_document import canonical, digest
from funding.models import CaseCitation, Memo
from funding.queries.memo import memo_document
from funding.services.cases import save_draft
from funding.services.memos import keep_memo
from funding.services.tranches import give_back, hold, hold_everything, release
from kpis.models import Kpi
from portfolio.models import Initiative
from portfolio.services.money import record_expenditure
from tests.cast import AT, TODAY, Cast
from tests.funding.build import benefit, costs, worked
from tests.funding.moving import tranche
from tests.funding.telling import compared, told
from tests.kpis.build import claims_triage, make_initiative, make_kpi, promise, read, series

Api = Callable[[str], APIClient]
SignIn = Callable[[str], Client]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def sentences(document: dict[str, Any], key: str) -> str:
    (section,) = [one for one in document["sections"] if one["key"] == key]
    return " ".join("".join(part["text"] for part in said) for said in section["sentences"])


def the_memo(initiative: Initiative, cast: Cast, who: str = "max") -> dict[str, Any]:
    return memo_document(initiative, by=cast.actor(who), at=AT)


class TestWhatItTells:
    def test_the_worked_case_over_four_years_and_over_three(self, cast: Cast) -> None:
        found = the_memo(told(cast), cast)
        assert found["figures"]["as_written"]["npv"] == "163834.44"
        # 109,090.91 + 181,818.18 + 195,341.85 - 500,000.
        assert found["figures"]["as_written"]["npv_three_years"] == "-13749.06"
        assert found["figures"]["conservative"]["npv"] == "31067.55"
        assert found["recommendation"]["advice"] == "release"
        assert found["recommendation"]["tranche"] == 1

    def test_a_case_that_loses_money_after_its_haircut_is_held(self, cast: Cast) -> None:
        found = the_memo(told(cast, mild=False), cast)
        assert found["figures"]["conservative"]["npv"] == "-234772.22"
        assert found["recommendation"]["advice"] == "hold"
        assert "a haircut of 40\u00a0% off the benefits, 1\u00a0year late:" in sentences(found, "projection")

    def test_money_pilot_and_readings_are_those_on_record(self, cast: Cast) -> None:
        found = the_memo(told(cast), cast)
        assert "So far €500,000 is approved, nothing of it released." in sentences(found, "ask")
        assert "Spent on it so far: €10,000." in sentences(found, "results")
        assert (
            "Days to decision stood at 5.1 days on 24 Nov 2026, from a baseline of 10 days: on track."
            in sentences(found, "results")
        )
        assert "began on 25 Sep 2026" in sentences(found, "results")

    def test_a_comparison_is_told_with_its_uplift_and_interval(self, cast: Cast) -> None:
        initiative = told(cast)
        assert "No comparison with today's process is on record." in sentences(
            the_memo(initiative, cast), "results"
        )
        compared(Kpi.objects.get(initiative=initiative), cast.actor("alice"))
        assert "95 % interval" in sentences(the_memo(initiative, cast), "results")
        assert "The challenger Model does better." in sentences(the_memo(initiative, cast), "results")

    def test_an_initiative_with_nothing_on_record_is_told_so(self, cast: Cast) -> None:
        found = the_memo(claims_triage(cast), cast)
        assert found["figures"] is None
        assert found["stands_on"] == []
        assert found["recommendation"]["missing"] == [
            "a published business case", "a primary KPI", "a tranche that waits to be released",
        ]  # fmt: skip

    def test_a_reading_that_went_off_track_holds_the_tranche(self, cast: Cast) -> None:
        initiative = told(cast)
        kpi = Kpi.objects.get(initiative=initiative)
        read(kpi, Decimal("9.5"), TODAY, at=AT + timedelta(minutes=1))
        found = memo_document(initiative, by=cast.actor("max"), at=AT + timedelta(minutes=2))
        assert found["recommendation"]["advice"] == "hold"

    def test_a_hold_on_record_is_told_until_the_next_decision_on_it(self, cast: Cast) -> None:
        initiative, by = told(cast), cast.actor("max")
        first = initiative.fundingtranches.order_by("number")[0]
        hold(pk=first.pk, held_on=TODAY, because="The audit is open.", by=by, at=AT)
        found = the_memo(initiative, cast)
        assert found["recommendation"]["advice"] == "hold"
        assert "Tranche 1 was held on record: The audit is open." in sentences(found, "recommendation")
        (rollout,) = [one["table"] for one in found["sections"] if one["key"] == "rollout"]
        assert [row[4]["text"] for row in rollout["rows"]] == ["Held", "Waits"]
        release(pk=first.pk, released_on=TODAY, because="The audit is closed.", by=by, at=AT)
        assert the_memo(initiative, cast)["recommendation"]["advice"] == "release"

    def test_a_hold_of_all_holds_what_waits_and_nothing_that_was_released(self, cast: Cast) -> None:
        initiative, by = told(cast), cast.actor("max")
        first = initiative.fundingtranches.order_by("number")[0]
        release(pk=first.pk, released_on=TODAY, because="It works.", by=by, at=AT)
        hold_everything(initiative_id=initiative.pk, held_on=TODAY, because="Budget freeze.", by=by, at=AT)
        found = the_memo(initiative, cast)
        assert found["recommendation"]["tranche"] == 2
        assert "Tranche 2 was held on record: Budget freeze." in sentences(found, "recommendation")

    def test_the_kpi_a_tranche_waits_for_is_what_the_memo_stands_on(self, cast: Cast) -> None:
        initiative = told(cast)
        for row in initiative.fundingtranches.filter(released_on=None).order_by("number"):
            give_back(pk=row.pk, returned_on=TODAY, because="Another way.", by=cast.actor("max"), at=AT)
        by = cast.actor("alice")
        kpi = promise(initiative, "Reopened claims", by=by, at=AT - timedelta(days=200))
        series(kpi, [9, 8, 7])
        Kpi.objects.filter(pk=kpi.pk).update(primary=False)
        tranche(cast, kpi)
        found = the_memo(initiative, cast)
        assert [one["ref"] for one in found["stands_on"]].count(kpi.ref) == 1
        assert found["stands_on"][-1]["source"] == f"kpi:{kpi.pk}"
        assert f"kpi:{kpi.pk}" in {one["source"] for one in found["recommendation"]["numbers"]}

    def test_a_draft_is_not_what_a_memo_stands_on(self, cast: Cast) -> None:
        initiative = told(cast)
        save_draft(
            initiative_id=initiative.pk, draft=worked(cast.alice.pk, years=3, costs=costs(1, years=3),
            benefits=(benefit(0, 9, 9, 9, owner=cast.alice.pk),), do_nothing=()), by=cast.actor("alice"), at=AT,
        )  # fmt: skip
        found = the_memo(initiative, cast)
        assert (found["stands_on"][0]["version"], found["figures"]["as_written"]["npv"]) == (1, "163834.44")

    def test_it_is_read_in_as_many_statements_for_ten_kpis_as_for_one(self, cast: Cast) -> None:
        initiative = told(cast)
        compared(Kpi.objects.get(initiative=initiative), cast.actor("alice"))
        by = cast.actor("max")
        with CaptureQueriesContext(connection) as few:
            memo_document(initiative, by=by, at=AT)
        for number in range(9):
            kpi = make_kpi(initiative, f"Measure {number}")
            read(kpi, 6)
            compared(kpi, cast.actor("alice"))
        with CaptureQueriesContext(connection) as many:
            memo_document(initiative, by=by, at=AT)
        assert len(many) == len(few) <= 30


class TestKeeping:
    def test_what_was_kept_is_shown_again_word_for_word(self, cast: Cast, signed_in: SignIn) -> None:
        initiative = told(cast)
        row = keep_memo(initiative_id=initiative.pk, by=cast.actor("alice"), at=AT)
        record_expenditure(
            initiative_id=initiative.pk, amount=Decimal(5_000), spent_on=TODAY, by=cast.actor("alice"), at=AT
        )
        page = signed_in("max").get(f"/funding/memos/{row.ref}/").content.decode()
        assert "€10,000" in page
        assert "€15,000" not in page
        assert "The text is the one that was kept" in page
        assert (
            "€15,000" in signed_in("max").get(f"/funding/initiative/{initiative.ref}/memo/").content.decode()
        )

    def test_it_cites_the_case_it_stands_on_and_is_in_the_log(self, cast: Cast) -> None:
        initiative = told(cast)
        row = keep_memo(initiative_id=initiative.pk, by=cast.actor("alice"), at=AT)
        cited = CaseCitation.objects.get()
        assert (cited.case_id, cited.cited_by, cited.ref) == (row.case_id, "memo", row.ref)
        assert row.seal == digest(row.document) == digest(canonical(json.loads(row.document)))
        event = AuditEvent.objects.get(action="memo.kept")
        assert event.after["seal"] == row.seal

    def test_memos_are_numbered_in_order(self, cast: Cast) -> None:
        initiative = told(cast)
        numbers = [
            keep_memo(initiative_id=initiative.pk, by=cast.actor("alice"), at=AT).number for _ in range(2)
        ]
        assert numbers == [1, 2]

    def test_without_a_published_case_there_is_nothing_to_cite(self, cast: Cast) -> None:
        with pytest.raises(Problem, match="Publish one first") as refused:
            keep_memo(initiative_id=claims_triage(cast).pk, by=cast.actor("alice"), at=AT)
        assert refused.value.code == "no_case"
        assert not Memo.objects.exists()

    def test_a_record_that_changed_since_it_was_read_is_read_again(self, cast: Cast) -> None:
        initiative = told(cast)
        with pytest.raises(Problem, match="has changed since") as refused:
            keep_memo(initiative_id=initiative.pk, seen="0" * 64, by=cast.actor("alice"), at=AT)
        assert (refused.value.status, refused.value.code) == (409, "record_changed")
        assert not CaseCitation.objects.exists()

    def test_who_only_looks_keeps_nothing(self, cast: Cast) -> None:
        with pytest.raises(Problem) as refused:
            keep_memo(initiative_id=told(cast).pk, by=cast.actor("vera"), at=AT)
        assert refused.value.status == 403

    def test_a_stranger_does_not_know_it(self, cast: Cast) -> None:
        with pytest.raises(Problem) as refused:
            keep_memo(initiative_id=told(cast).pk, by=cast.actor("charlie"), at=AT)
        assert refused.value.status == 404


class TestBelowTheApplication:
    def test_a_kept_memo_is_not_changed(self, cast: Cast) -> None:
        initiative = told(cast)
        row = keep_memo(initiative_id=initiative.pk, by=cast.actor("alice"), at=AT)
        other = make_initiative(cast.claims, "Another")
        said: dict[str, Any] = {
            "initiative": other, "number": 9, "on": TODAY - timedelta(days=1), "advice": "stop", "document": "{}",
            "seal": "0" * 64, "fingerprint": "0" * 64, "kept_at": AT + timedelta(days=1), "kept_by": cast.max,
        }  # fmt: skip
        for name, value in said.items():
            with pytest.raises(IntegrityError, match="neither changed nor deleted"), transaction.atomic():
                Memo.objects.filter(pk=row.pk).update(**{name: value})

    def test_a_kept_memo_is_not_deleted(self, cast: Cast) -> None:
        row = keep_memo(initiative_id=told(cast).pk, by=cast.actor("alice"), at=AT)
        with pytest.raises(IntegrityError, match="neither changed nor deleted"), transaction.atomic():
            Memo.objects.filter(pk=row.pk).delete()
        assert Memo.objects.count() == 1

    def test_who_kept_it_may_leave(self, cast: Cast) -> None:
        row = keep_memo(initiative_id=told(cast).pk, by=cast.actor("alice"), at=AT)
        Memo.objects.filter(pk=row.pk).update(kept_by=None)
        assert Memo.objects.get().kept_by is None


class TestPages:
    def test_each_figure_leads_to_its_rows(self, cast: Cast, signed_in: SignIn) -> None:
        initiative = told(cast)
        kpi = Kpi.objects.get(initiative=initiative)
        page = signed_in("alice").get(f"/funding/initiative/{initiative.ref}/memo/").content.decode()
        assert f'href="/kpis/{kpi.ref}/"' in page
        assert f'href="/portfolio/initiatives/{initiative.ref}/money/"' in page
        assert "€163,834.44" in page
        assert "Keep this memo" in page

    def test_the_memo_that_was_read_is_kept(self, cast: Cast, signed_in: SignIn) -> None:
        initiative, client = told(cast), signed_in("alice")
        seen = client.get(f"/funding/initiative/{initiative.ref}/memo/").context["fingerprint"]
        answer = client.post(f"/funding/initiative/{initiative.ref}/memo/keep/", {"fingerprint": seen})
        assert answer.status_code == 302
        assert answer["Location"] == f"/funding/memos/{Memo.objects.get().ref}/"

    def test_a_changed_record_is_a_page_that_says_so(self, cast: Cast, signed_in: SignIn) -> None:
        initiative = told(cast)
        answer = signed_in("alice").post(
            f"/funding/initiative/{initiative.ref}/memo/keep/", {"fingerprint": "1"}
        )
        assert answer.status_code == 409
        assert "Read it again" in answer.content.decode()

    @pytest.mark.parametrize("page", ["memo/", "memo.pdf"])
    def test_another_day_is_refused_with_what_to_do(self, cast: Cast, signed_in: SignIn, page: str) -> None:
        answer = signed_in("max").get(f"/funding/initiative/{told(cast).ref}/{page}?as_of=2026-10-01")
        assert answer.status_code == 400
        assert "Open one that was kept" in answer.content.decode()

    def test_a_stranger_sees_neither_the_memo_nor_a_kept_one(self, cast: Cast, signed_in: SignIn) -> None:
        initiative = told(cast)
        row = keep_memo(initiative_id=initiative.pk, by=cast.actor("alice"), at=AT)
        for url in (f"initiative/{initiative.ref}/memo/", f"initiative/{initiative.ref}/memo.pdf", f"memos/{row.ref}/", f"memos/{row.ref}/memo.pdf"):  # fmt: skip
            assert signed_in("charlie").get(f"/funding/{url}").status_code == 404

    def test_a_memo_that_was_tampered_with_says_so(self, cast: Cast, signed_in: SignIn) -> None:
        row = keep_memo(initiative_id=told(cast).pk, by=cast.actor("alice"), at=AT)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL session_replication_role = replica")
            else:
                cursor.execute("DROP TRIGGER funding_memo_no_update")
            cursor.execute(
                "UPDATE funding_memo SET document = %s WHERE id = %s",
                [row.document.replace("163", "963"), row.pk],
            )
        page = signed_in("max").get(f"/funding/memos/{row.ref}/").content.decode()
        assert "The text differs from its hash" in page


class TestApi:
    def test_the_memo_with_its_figures_and_the_fingerprint_to_keep_it_by(self, cast: Cast, api: Api) -> None:
        initiative, client = told(cast), api("alice")
        body = client.get(f"/api/v1/initiatives/{initiative.ref}/memo/").json()
        assert body["document"]["figures"]["as_written"]["npv"] == "163834.44"
        sent = {"initiative": initiative.pk, "fingerprint": body["fingerprint"]}
        kept = client.post("/api/v1/memos/", sent, format="json")
        assert kept.status_code == 201, kept.json()
        assert kept.json()["document"]["figures"] == body["document"]["figures"]
        listed = client.get("/api/v1/memos/", {"initiative": initiative.ref, "advice": "release"}).json()[
            "results"
        ]
        assert [one["ref"] for one in listed] == [kept.json()["ref"]]
        assert client.get(f"/api/v1/memos/{kept.json()['ref']}/").json()["seal"] == kept.json()["seal"]

    def test_refusals_are_problem_documents(self, cast: Cast, api: Api) -> None:
        initiative, client = told(cast), api("alice")
        past = client.get(f"/api/v1/initiatives/{initiative.pk}/memo/?as_of=2026-10-01")
        assert (past.status_code, past.json()["code"]) == (400, "not_replayable")
        old = client.post("/api/v1/memos/", {"initiative": initiative.pk, "fingerprint": "1"}, format="json")
        assert (old.status_code, old.json()["code"]) == (409, "record_changed")
        none = client.post("/api/v1/memos/", {}, format="json")
        assert none.json()["errors"][0]["pointer"] == "/initiative"
        assert api("charlie").get(f"/api/v1/initiatives/{initiative.pk}/memo/").status_code == 404
        assert (
            api("charlie").post("/api/v1/memos/", {"initiative": initiative.pk}, format="json").status_code
            == 400
        )
