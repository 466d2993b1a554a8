"""Changing a definition in use: proposed and approved by another, or without; effective dates; what then speaks."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.access import system
from core.errors import Problem
from core.models import AuditEvent, Outbox
from kpis.models import Kpi, KpiVersion
from kpis.queries import answer_as_of, end_of
from kpis.services.amend import (
    Changed,
    approve_change,
    change_without_approval,
    come_into_force,
    decline_change,
    propose_change,
)
from kpis.services.define import edit_kpi
from kpis.services.evaluate import evaluate_all, evaluate_due
from kpis.services.states import retire_kpi
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import (
    amend,
    change,
    claims_triage,
    make_initiative,
    make_kpi,
    promise,
    read,
    seal,
    slip,
    trajectory,
    version_of,
)
from tests.kpis.test_sealing import refused

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db


def fresh(kpi: Kpi) -> Kpi:
    return Kpi.objects.select_related("current").get(pk=kpi.pk)


def propose(kpi: Kpi, cast: Cast, who: str = "alice", **said: Any) -> KpiVersion:
    return propose_change(pk=kpi.pk, change=change(**said), by=cast.actor(who), at=AT)


class TestProposing:
    def test_a_proposal_changes_nothing_until_somebody_else_approves_it(
        self, measured: Kpi, cast: Cast, api: Api
    ) -> None:
        before = fresh(measured)
        said = {"success": {"target": "6.5"}, "because": "The market moved.", "reason_code": "market"}
        answer = api("alice").post(f"/api/v1/kpis/{measured.ref}/changes/", said)
        assert (answer.status_code, answer.json()["state"], answer.json()["target"]) == (
            201,
            "proposed",
            "6.5",
        )
        kpi = fresh(measured)
        assert (kpi.current_id, kpi.status, kpi.version) == (before.current_id, before.status, before.version)
        approved = api("max").post(f"/api/v1/kpi-versions/{answer.json()['id']}/approval/")
        assert approved.status_code == 200
        assert (approved.json()["success"]["number"], approved.json()["success"]["target"]) == (2, "6.5")
        kpi = fresh(measured)
        version = version_of(kpi)
        assert (version.number, version.approved_by, version.effective_on, version.in_force_at) == (
            2, cast.max, TODAY, version.approved_at,
        )  # fmt: skip
        assert (kpi.status, kpi.progress) == ("on_track", Decimal("0.857143"))
        assert before.status == "off_track"
        assert [e.action for e in AuditEvent.objects.filter(action__startswith="kpi.change").order_by("pk")] == [
            "kpi.change_proposed", "kpi.change_approved",
        ]  # fmt: skip
        event = AuditEvent.objects.get(action="kpi.change_approved")
        assert (event.actor_id, event.reason) == (cast.max.pk, "The market moved.")
        assert (event.before, event.after) == (
            {"definition": 1, "target": "5"}, {"definition": 2, "target": "6.5"},
        )  # fmt: skip

    def test_the_author_does_not_approve_it(self, measured: Kpi, cast: Cast) -> None:
        version = propose(measured, cast, "max", target=Decimal(6))
        assert refused(lambda: approve_change(pk=version.pk, by=cast.actor("max"), at=AT)) == (
            403,
            "four_eyes",
        )
        assert fresh(measured).current_id == measured.current_id

    @pytest.mark.parametrize(
        ("who", "status"),
        [
            ("alice", 403),
            ("bob", 403),
            ("edith", 403),
            ("dana", 403),
            ("adam", 403),
            ("vera", 403),
            ("charlie", 404),
        ],
    )
    def test_only_who_holds_the_right_answers(self, measured: Kpi, cast: Cast, who: str, status: int) -> None:
        version = propose(measured, cast, "max", target=Decimal(6))
        for work in (
            lambda: approve_change(pk=version.pk, by=cast.actor(who), at=AT),
            lambda: decline_change(pk=version.pk, because="No.", by=cast.actor(who), at=AT),
        ):
            assert refused(work)[0] == status
        assert not KpiVersion.objects.filter(number=2).exclude(in_force_at=None, declined_at=None).exists()

    def test_it_is_declined_with_a_reason_and_stays_on_record(
        self, measured: Kpi, cast: Cast, api: Api
    ) -> None:
        version = propose(measured, cast, target=Decimal(6))
        url = f"/api/v1/kpi-versions/{version.pk}/refusal/"
        assert api("max").post(url, {"because": " "}).status_code == 400
        said = api("max").post(url, {"because": "Nothing has changed."}).json()
        assert (said["state"], said["declined_because"]) == ("declined", "Nothing has changed.")
        again = api("max").post(url, {"because": "Again."})
        assert (again.status_code, again.json()["code"]) == (409, "already_answered")
        assert propose(measured, cast, target=Decimal("6.5")).number == 3

    def test_its_author_takes_it_back(self, measured: Kpi, cast: Cast) -> None:
        version = propose(measured, cast, target=Decimal(6))
        decline_change(pk=version.pk, because="Too early.", by=cast.actor("alice"), at=AT)
        assert AuditEvent.objects.get(action="kpi.change_withdrawn").reason == "Too early."

    def test_at_most_one_is_proposed(self, measured: Kpi, cast: Cast) -> None:
        propose(measured, cast, target=Decimal(6))
        assert refused(lambda: propose(measured, cast, target=Decimal(7))) == (409, "change_waits")
        assert refused(lambda: slip(measured, cast, target=Decimal(7))) == (409, "change_waits")

    def test_a_draft_is_edited_and_not_proposed(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast))
        assert refused(lambda: propose(kpi, cast, target=Decimal(6))) == (409, "still_a_draft")
        assert refused(lambda: slip(kpi, cast, target=Decimal(6))) == (409, "still_a_draft")

    def test_a_sealed_definition_is_changed_like_one_with_readings(self, cast: Cast) -> None:
        kpi = seal(promise(claims_triage(cast)), cast)
        assert refused(
            lambda: edit_kpi(
                pk=kpi.pk, expected_version=None, success={"target": Decimal(6)}, by=system(), at=AT
            )
        ) == (409, "definition_settled")
        amended = amend(kpi, cast, target=Decimal(6))
        assert (version_of(amended).number, amended.promised_id) == (2, kpi.current_id)

    @pytest.mark.parametrize(
        ("said", "expected"),
        [
            ({"reason_code": ""}, (400, "required")),
            ({"reason_code": "not_reached"}, (400, "invalid_choice")),
            ({"because": " "}, (400, "required")),
            ({"target": Decimal(5)}, (409, "nothing_changed")),
            ({"target": Decimal(11)}, (400, "target_on_wrong_side_of_baseline")),
            ({"name": " "}, (400, "required")),
            ({"owner": None}, (400, "field_not_writable")),
            ({"effective_on": TODAY - timedelta(days=1)}, (400, "in_the_past")),
            ({"effective_on": date(2300, 1, 1)}, (400, "out_of_range")),
        ],
    )
    def test_what_cannot_be_proposed_is_refused_and_nothing_is_written(
        self, measured: Kpi, cast: Cast, said: dict[str, Any], expected: tuple[int, str]
    ) -> None:
        assert refused(lambda: propose(measured, cast, **{"target": Decimal(6), **said})) == expected
        assert KpiVersion.objects.count() == 1

    def test_a_stale_version_is_refused(self, measured: Kpi, cast: Cast) -> None:
        assert refused(
            lambda: propose_change(
                pk=measured.pk,
                change=change(target=Decimal(6)),
                by=cast.actor("alice"),
                at=AT,
                expected_version=99,
            )
        ) == (412, "stale_version")

    def test_a_name_taken_meanwhile_is_refused_at_the_approval(self, measured: Kpi, cast: Cast) -> None:
        version = propose(measured, cast, name="Days to answer")
        make_kpi(measured.initiative, "Days to answer")
        assert refused(lambda: approve_change(pk=version.pk, by=cast.actor("max"), at=AT)) == (400, "taken")

    def test_a_retired_kpi_is_changed_no_more(self, measured: Kpi, cast: Cast) -> None:
        version = propose(measured, cast, target=Decimal(6))
        retire_kpi(pk=measured.pk, because="Gone.", by=system(), at=AT)
        assert refused(lambda: approve_change(pk=version.pk, by=cast.actor("max"), at=AT)) == (
            409,
            "kpi_retired",
        )

    def test_the_kpi_repeats_what_is_in_force(self, measured: Kpi, cast: Cast) -> None:
        kpi = amend(
            measured, cast, name="Median days", window="quarter", primary=False, weight=Decimal("0.5")
        )
        assert (kpi.name, kpi.window, kpi.primary, kpi.weight) == (
            "Median days",
            "quarter",
            False,
            Decimal("0.5"),
        )
        first = KpiVersion.objects.get(kpi=kpi, number=1)
        assert (first.name, first.window, first.primary) == ("Days to decision", "month", True)

    def test_what_surrounds_the_definition_is_edited_still(self, measured: Kpi, cast: Cast) -> None:
        kpi = edit_kpi(
            pk=measured.pk, expected_version=None, facts={"owner": cast.mona, "parent_weight": Decimal(2)}, by=system(), at=AT
        )  # fmt: skip
        assert (kpi.owner, kpi.parent_weight) == (cast.mona, Decimal(2))
        assert KpiVersion.objects.count() == 1


class TestSilentChanges:
    def test_it_is_in_force_at_once_and_says_that_nobody_approved_it(
        self, measured: Kpi, cast: Cast, api: Api
    ) -> None:
        said = {"success": {"target": "8"}, "because": "We will not make it."}
        answer = api("alice").post(f"/api/v1/kpis/{measured.ref}/unapproved-changes/", said)
        assert (answer.status_code, answer.json()["status"]) == (200, "achieved")
        assert "goalposts_moved" in answer.json()["flags"]
        version = version_of(fresh(measured))
        assert (version.number, version.approved_by, version.reason_code, version.moved) == (
            2,
            None,
            "",
            True,
        )
        event = AuditEvent.objects.get(action="kpi.changed_without_approval")
        assert (event.actor_id, event.reason) == (cast.alice.pk, "We will not make it.")

    @pytest.mark.parametrize(("who", "status"), [("bob", 403), ("edith", 403), ("charlie", 404)])
    def test_only_who_may_define_does_it(self, measured: Kpi, cast: Cast, who: str, status: int) -> None:
        assert refused(lambda: slip(measured, cast, by=who, target=Decimal(6)))[0] == status

    def test_it_says_why(self, measured: Kpi, cast: Cast) -> None:
        assert refused(lambda: slip(measured, cast, because="", target=Decimal(6))) == (400, "required")


class TestEffectiveDates:
    def test_a_change_for_a_later_day_waits_for_it(self, measured: Kpi, cast: Cast) -> None:
        day = TODAY + timedelta(days=10)
        version = propose(measured, cast, target=Decimal("6.5"), effective_on=day)
        approve_change(pk=version.pk, by=cast.actor("max"), at=AT)
        assert fresh(measured).current_id == measured.current_id
        assert refused(lambda: propose(measured, cast, target=Decimal(7))) == (409, "change_waits")
        evaluate_due(at=AT + timedelta(days=9))
        assert fresh(measured).current_id == measured.current_id
        evaluate_due(at=AT + timedelta(days=10))
        kpi = fresh(measured)
        assert (kpi.current_id, kpi.status) == (version.pk, "on_track")
        assert version_of(kpi).effective_on == day
        assert come_into_force(as_of=day, by=system(), at=AT) == 0

    def test_evaluating_everything_brings_it_in_too(self, measured: Kpi, cast: Cast) -> None:
        version = propose(measured, cast, target=Decimal(6), effective_on=TODAY + timedelta(days=1))
        approve_change(pk=version.pk, by=cast.actor("max"), at=AT)
        evaluate_all(at=AT + timedelta(days=2))
        kpi = fresh(measured)
        assert (kpi.current_id, version_of(kpi).effective_on) == (version.pk, TODAY + timedelta(days=1))

    def test_one_that_contradicts_the_others_by_then_keeps_no_other_waiting(
        self, measured: Kpi, cast: Cast
    ) -> None:
        other = promise(make_initiative(cast.claims, "Another", lead=cast.alice), by=cast.actor("alice"))
        read(other, 9)
        day = TODAY + timedelta(days=1)
        for kpi, said in ((measured, {"name": "Taken"}), (other, {"target": Decimal(6)})):
            version = propose(kpi, cast, effective_on=day, **said)
            approve_change(pk=version.pk, by=cast.actor("max"), at=AT)
        make_kpi(measured.initiative, "Taken")
        evaluate_due(at=AT + timedelta(days=1))
        assert (version_of(fresh(measured)).number, version_of(fresh(other)).number) == (1, 2)

    def test_a_past_day_is_judged_by_the_version_of_that_day(self, measured: Kpi, cast: Cast) -> None:
        later = AT + timedelta(days=5)
        version = propose_change(
            pk=measured.pk, change=change(target=Decimal(6)), by=cast.actor("alice"), at=AT
        )
        approve_change(pk=version.pk, by=cast.actor("max"), at=later)
        kpi = fresh(measured)
        before = answer_as_of(kpi, as_of=TODAY)
        after = answer_as_of(kpi, as_of=TODAY + timedelta(days=5))
        known = answer_as_of(kpi, as_of=TODAY + timedelta(days=5), known_at=end_of(TODAY + timedelta(days=4)))
        assert before is not None
        assert after is not None
        assert known is not None
        assert [one.version.number for one in (before, after, known)] == [1, 2, 1]
        assert ("goalposts_moved" in before.flags, "goalposts_moved" in after.flags) == (False, True)


class TestWhatPilotsHear:
    def test_a_changed_goal_is_news_where_a_pilot_runs(self, measured: Kpi, cast: Cast) -> None:
        measured.initiative.pilot_level = "healthy"
        measured.initiative.save(update_fields=["pilot_level"])
        Outbox.objects.all().delete()
        amend(measured, cast, target_on=date(2027, 1, 31))
        assert Outbox.objects.filter(kind="initiative.facts_changed", done_at=None).count() == 1


def test_a_change_of_one_kpi_leaves_another_alone(cast: Cast) -> None:
    initiative = claims_triage(cast)
    one, two = promise(initiative, "One"), promise(initiative, "Two")
    for kpi in (one, two):
        read(kpi, 9)
    before = fresh(two)
    change_without_approval(
        pk=one.pk, change=Changed({}, {"target": Decimal(8)}, "Wrong."), by=cast.actor("alice"), at=AT
    )
    after = fresh(two)
    assert (before.version, before.status, before.flags) == (after.version, after.status, after.flags)


def test_two_proposals_that_would_close_a_circle_are_not_both_approved(cast: Cast) -> None:
    initiative = claims_triage(cast)
    one, two = promise(initiative, "One"), promise(initiative, "Two")
    for kpi in (one, two):
        read(kpi, 9)
    versions = [propose(one, cast, parent=two), propose(two, cast, parent=one)]
    approve_change(pk=versions[0].pk, by=cast.actor("max"), at=AT)
    with pytest.raises(Problem) as problem:
        approve_change(pk=versions[1].pk, by=cast.actor("max"), at=AT)
    assert (problem.value.status, problem.value.code) == (400, "kpi_loop")


def test_a_band_becomes_a_trajectory(cast: Cast) -> None:
    band = {
        "shape": "band",
        "upper": Decimal(8),
        "baseline_on": date(2026, 1, 1),
        "target": None,
        "target_on": None,
        "baseline": None,
    }
    kpi = make_kpi(claims_triage(cast), success=band)
    read(kpi, 9)
    kpi = amend(kpi, cast, **trajectory(upper=None))
    assert (version_of(kpi).shape, version_of(kpi).moved) == ("trajectory", True)
