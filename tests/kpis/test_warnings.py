"""Early warnings of KPI neglect, from the store through the sweep: raised with an owner and a day, cleared by the fact."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core import outbox
from core.access import system
from core.errors import Problem
from kpis.models import Kpi, KpiVersion
from kpis.services.accept import accept_change
from kpis.services.evaluate import sweep
from kpis.services.measure import withdraw_measurement
from kpis.services.override import declare_status
from kpis.services.sealing import sign_off
from portfolio.models import Flag
from portfolio.services.initiatives import edit_initiative
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import (
    amend,
    ask,
    claims_triage,
    make_kpi,
    promise,
    read,
    seal,
    series,
    slip,
)
from tests.kpis.watched import day, live, metric, moment, seal_all, staged, swept, warnings, worked_on

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


class TestNoConsensus:
    """R20: a sign-off for each required role; the warning lists who is missing."""

    def test_it_lists_the_missing_roles_since_they_were_asked(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast), by=cast.actor("alice"), at=moment(10))
        asked = ask(kpi, cast, at=moment(6))
        sign_off(pk=asked["product"].pk, verdict="approved", by=cast.actor("alice"), at=moment(5))
        assert swept(kpi.initiative) == ["no_consensus"]
        flag = warnings(kpi.initiative)["no_consensus"]
        assert flag.sentence == "3 of 4 roles have not signed off: data science, engineering and executive."
        assert flag.numbers["engineering"] == kpi.ref
        assert (flag.severity, flag.group, flag.since) == (2, "consensus", day(6))
        assert flag.due_on == day(6) + timedelta(days=14)

    def test_the_fourth_word_clears_it(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast), by=cast.actor("alice"), at=moment(10))
        asked = ask(kpi, cast, at=moment(6))
        assert swept(kpi.initiative) == ["no_consensus"]
        for role, name in (("product", "alice"), ("data_science", "bob"), ("engineering", "max")):
            sign_off(pk=asked[role].pk, verdict="approved", by=cast.actor(name), at=AT)
        assert swept(kpi.initiative) == ["no_consensus"]
        sign_off(pk=asked["executive"].pk, verdict="approved", by=cast.actor("edith"), at=AT)
        assert swept(kpi.initiative) == []

    def test_a_dissent_is_named_and_weighs_more(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast), by=cast.actor("alice"), at=moment(10))
        asked = ask(kpi, cast, at=moment(6))
        sign_off(
            pk=asked["executive"].pk, verdict="dissented", note="Too easy.", by=cast.actor("edith"), at=AT
        )
        swept(kpi.initiative)
        flag = warnings(kpi.initiative)["no_consensus"]
        assert flag.severity == 3
        assert "dissent: executive (Edith, 24 Nov 2026)" in flag.sentence

    def test_a_word_for_one_kpi_is_no_word_for_another(self, cast: Cast) -> None:
        initiative = claims_triage(cast)
        seal(
            promise(initiative, "Days to decision", by=cast.actor("alice"), at=moment(10)), cast, at=moment(9)
        )
        assert swept(initiative) == []
        other = promise(initiative, "Days to payment", by=cast.actor("alice"), at=moment(8))
        ask(other, cast, at=moment(3))
        assert swept(initiative) == ["no_consensus"]
        flag = warnings(initiative)["no_consensus"]
        assert (flag.since, flag.numbers["product"]) == (day(3), other.ref)

    def test_a_draft_is_no_neglect_until_it_is_built_against(self, cast: Cast) -> None:
        framed = staged(cast.claims, "Framed", 40, 30, lead=cast.alice)
        built = staged(cast.claims, "Built", 40, 30, 12, lead=cast.alice)
        for one in (framed, built):
            make_kpi(one, at=moment(20))
        assert (swept(framed), swept(built)) == ([], ["no_consensus"])
        flag = warnings(built)["no_consensus"]
        assert flag.sentence.startswith("4 of 4 roles have not signed off")
        assert flag.since == day(12)

    def test_the_sponsor_answers_for_it_else_the_lead(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast), by=cast.actor("alice"), at=moment(10))
        ask(kpi, cast, at=moment(6))
        swept(kpi.initiative)
        assert warnings(kpi.initiative)["no_consensus"].owner == cast.alice
        row = kpi.initiative
        row.refresh_from_db()
        edit_initiative(pk=row.pk, sponsor=cast.edith, by=cast.actor("max"), at=AT)
        outbox.drain()
        swept(row)
        assert warnings(row)["no_consensus"].owner == cast.edith


class TestChangedAfterApproval:
    """R21: an edit after the gate is raised once, with old and new; R27: an approved change is not."""

    @pytest.fixture
    def approved(self, cast: Cast) -> Kpi:
        initiative = worked_on(staged(cast.claims, "Claims triage", 200, 180, 50, lead=cast.alice), cast)
        kpi = promise(initiative, by=cast.actor("alice"), at=moment(100))
        seal(kpi, cast, at=moment(90))
        series(kpi, [9, 8, 7], at=moment(1))
        return Kpi.objects.select_related("initiative").get(pk=kpi.pk)

    def test_it_is_raised_once_with_old_and_new(self, approved: Kpi, cast: Cast) -> None:
        assert swept(approved.initiative) == []
        slip(approved, cast, target=Decimal(8))
        assert swept(approved.initiative) == ["changed_after_approval"]
        assert swept(approved.initiative, AT + timedelta(days=1)) == ["changed_after_approval"]
        [flag] = Flag.objects.filter(rule="warning_changed_after_approval")
        assert (flag.subject_type, flag.subject_id, flag.owner) == ("kpi", approved.pk, cast.alice)
        assert flag.numbers == {"v2 target": "5 -> 8"}
        assert (flag.group, flag.since) == ("goalposts", TODAY)

    def test_two_changes_of_one_kpi_are_one_flag_with_both(self, approved: Kpi, cast: Cast) -> None:
        slip(approved, cast, target=Decimal(8), at=moment(2))
        slip(approved, cast, target=Decimal(9), at=AT)
        swept(approved.initiative)
        flag = warnings(approved.initiative)["changed_after_approval"]
        assert flag.numbers == {"v2 target": "5 -> 8", "v3 target": "8 -> 9"}
        assert flag.sentence.count(f"{approved.ref}:") == 2
        assert flag.since == day(2)

    def test_accepting_it_clears_the_warning_and_leaves_it_on_record(self, approved: Kpi, cast: Cast) -> None:
        slip(approved, cast, target=Decimal(8), at=moment(2))
        assert swept(approved.initiative) == ["changed_after_approval"]
        pk = KpiVersion.objects.get(kpi=approved, number=2).pk
        said: dict[str, Any] = {"pk": pk, "reason_code": "market", "because": "The market halved.", "at": AT}
        for name in ("alice", "vera"):
            with pytest.raises(Problem) as refused:
                accept_change(by=cast.actor(name), **said)
            assert refused.value.status == 403
        with pytest.raises(Problem):
            accept_change(by=cast.actor("max"), **{**said, "reason_code": ""})
        accept_change(by=cast.actor("max"), **said)
        assert swept(approved.initiative) == []
        assert Flag.objects.filter(rule="kpi_changed_without_approval", cleared_at=None).exists()
        with pytest.raises(Problem) as again:
            accept_change(by=cast.actor("max"), **said)
        assert again.value.code == "nothing_to_accept"

    def test_who_changed_it_does_not_accept_it(self, approved: Kpi, cast: Cast) -> None:
        slip(approved, cast, by="max", target=Decimal(8), at=moment(2))
        pk = KpiVersion.objects.get(kpi=approved, number=2).pk
        with pytest.raises(Problem) as refused:
            accept_change(pk=pk, reason_code="market", because="So.", by=cast.actor("max"), at=AT)
        assert refused.value.code == "four_eyes"

    def test_an_approved_change_is_not_raised(self, approved: Kpi, cast: Cast) -> None:
        amend(approved, cast, target=Decimal(6))
        assert swept(approved.initiative) == []

    def test_a_change_before_the_gate_is_not_raised(self, cast: Cast) -> None:
        initiative = worked_on(staged(cast.claims, "Claims triage", 200, 180, lead=cast.alice), cast)
        kpi = promise(initiative, by=cast.actor("alice"), at=moment(100))
        seal(kpi, cast, at=moment(90))
        slip(kpi, cast, target=Decimal(8))
        assert swept(initiative) == []


class TestOnlyModelMetrics:
    """R22: measured is the model alone; one business reading clears it."""

    def test_one_business_reading_clears_it(self, cast: Cast) -> None:
        initiative = claims_triage(cast)
        business, model = make_kpi(initiative), metric(initiative)
        assert swept(initiative) == []
        read(model, "0.7", day(4))
        assert swept(initiative) == ["only_model_metrics"]
        flag = warnings(initiative)["only_model_metrics"]
        assert (flag.since, flag.owner, flag.severity) == (day(4), cast.alice, 2)
        read(model, "0.72", day(1))
        assert swept(initiative) == ["only_model_metrics"]
        read(business, 8, day(1))
        assert swept(initiative) == []
        assert Flag.objects.get(rule="warning_only_model_metrics").cleared_because

    def test_a_reading_taken_back_clears_nothing(self, cast: Cast) -> None:
        initiative = claims_triage(cast)
        business, model = make_kpi(initiative), metric(initiative)
        read(model, "0.7", day(4))
        only = read(business, 8, day(1))
        assert swept(initiative) == []
        withdraw_measurement(pk=only.measurement.pk, because="Wrong unit.", by=system(), at=AT)
        assert swept(initiative) == ["only_model_metrics"]

    def test_a_reading_dated_ahead_speaks_on_its_day(self, cast: Cast) -> None:
        initiative = claims_triage(cast)
        business, model = make_kpi(initiative), metric(initiative)
        read(model, "0.7", day(4))
        read(business, 8, day(-3))
        assert swept(initiative) == ["only_model_metrics"]
        assert swept(initiative, moment(-2)) == ["only_model_metrics"]
        assert swept(initiative, moment(-3)) == []

    def test_a_guard_is_a_business_kpi(self, cast: Cast) -> None:
        initiative = claims_triage(cast)
        model, guard = metric(initiative), make_kpi(initiative, "Complaints", kind="guard", primary=False)
        read(model, "0.7", day(4))
        read(guard, 8, day(4))
        assert swept(initiative) == []


class TestBusinessOwnerSilent:
    """R23: sixty days after the launch without an act of the business owner, told by a stopped clock."""

    @pytest.mark.parametrize(
        ("days", "said"), [(59, []), (60, []), (61, ["business_owner_silent"])], ids=["N-1", "N", "N+1"]
    )
    def test_at_the_limit(self, cast: Cast, days: int, said: list[str]) -> None:
        initiative = live(cast, 10)
        assert swept(initiative) == []
        assert swept(initiative, AT + timedelta(days=days - 10)) == said

    def test_the_clock_starts_again_with_each_act(self, cast: Cast) -> None:
        initiative = live(cast, 30)
        kpi = make_kpi(initiative, owner=cast.bob, at=moment(400))
        seal_all(kpi)
        read(kpi, 8, day(0), by=cast.actor("bob"))
        assert swept(initiative, AT + timedelta(days=60)) == []
        assert swept(initiative, AT + timedelta(days=61)) == ["business_owner_silent"]
        flag = warnings(initiative)["business_owner_silent"]
        assert flag.sentence == (
            "The business owner has done nothing on record since 24 Nov 2026 (limit 60 days)."
        )
        assert flag.owner == cast.edith

    def test_an_act_of_somebody_else_is_not_theirs(self, cast: Cast) -> None:
        initiative = live(cast, 70)
        kpi = make_kpi(initiative, owner=cast.bob, at=moment(400))
        seal_all(kpi)
        read(kpi, 8, day(1), by=cast.actor("max"))
        assert swept(initiative) == ["business_owner_silent"]

    def test_any_act_on_record_is_heard_by_the_next_sweep(self, cast: Cast) -> None:
        initiative = live(cast, 70)
        assert swept(initiative) == ["business_owner_silent"]
        edit_initiative(pk=initiative.pk, outcome="Decided within a day.", by=cast.actor("max"), at=AT)
        assert swept(initiative, AT + timedelta(minutes=1)) == ["business_owner_silent"]
        kpi = make_kpi(initiative, owner=cast.bob)
        seal_all(kpi)
        sweep(at=AT + timedelta(minutes=2))
        read(kpi, 8, day(0), by=cast.actor("bob"), at=AT + timedelta(minutes=3))
        assert swept(initiative, AT + timedelta(minutes=4)) == []

    def test_the_owner_of_a_model_metric_is_no_business_owner(self, cast: Cast) -> None:
        initiative = live(cast, 70)
        model = metric(initiative, owner=cast.bob, at=moment(400))
        read(model, "0.7", day(1), by=cast.actor("bob"))
        assert "business_owner_silent" in swept(initiative)

    def test_a_launch_without_a_day_is_unknown(self, cast: Cast) -> None:
        initiative = live(cast, 70)
        type(initiative).objects.filter(pk=initiative.pk).update(entered_on=None)
        assert swept(initiative) == []


class TestDivergence:
    """R13: every model metric is good while a business KPI is bad."""

    @pytest.fixture
    def diverging(self, cast: Cast) -> Kpi:
        initiative = claims_triage(cast)
        business, model = make_kpi(initiative, at=moment(300)), metric(initiative, at=moment(300))
        read(model, "0.79", day(3))
        read(business, "9.9", day(2))
        return Kpi.objects.select_related("initiative").get(pk=business.pk)

    def test_it_fires_and_clears_when_the_kpi_turns_green(self, diverging: Kpi, cast: Cast) -> None:
        assert swept(diverging.initiative) == ["divergence"]
        flag = warnings(diverging.initiative)["divergence"]
        assert flag.sentence.startswith("The model metric is good, and Days to decision is off track")
        assert (flag.severity, flag.since, flag.due_on) == (3, day(2), day(2) + timedelta(days=7))
        assert flag.owner == cast.alice
        read(diverging, "5.2", day(1))
        assert swept(diverging.initiative) == []

    def test_it_holds_since_both_held_however_good_the_model_became_meanwhile(self, cast: Cast) -> None:
        initiative = claims_triage(cast)
        business, model = make_kpi(initiative, at=moment(300)), metric(initiative, at=moment(300))
        read(model, "0.79", day(30), at=moment(30))
        read(business, "9.9", day(20), at=moment(20))
        read(model, "0.82", day(2), at=moment(2))
        model.refresh_from_db()
        assert (model.status, model.status_since) == ("achieved", day(2))
        swept(initiative)
        flag = warnings(initiative)["divergence"]
        assert (flag.since, flag.escalated_on) == (day(20), TODAY)

    def test_one_bad_metric_is_enough_not_to_fire(self, diverging: Kpi) -> None:
        read(metric(diverging.initiative, "Precision"), "0.6", day(1))
        assert swept(diverging.initiative) == []

    def test_a_status_declared_worse_counts(self, cast: Cast) -> None:
        initiative = claims_triage(cast)
        business, model = make_kpi(initiative, at=moment(300)), metric(initiative, at=moment(300))
        read(model, "0.79", day(3))
        read(business, "5.2", day(2))
        assert swept(initiative) == []
        declare_status(
            kpi_id=business.pk,
            declared_as="off_track",
            because="The ledger is wrong.",
            by=cast.actor("alice"),
            at=AT,
        )
        assert swept(initiative) == ["divergence"]
