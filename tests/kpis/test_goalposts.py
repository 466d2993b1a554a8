"""What was changed in a promise is found, told for ever, and both verdicts stand beside each other."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from core import outbox
from core.access import system
from core.errors import Problem
from domain.amendments import Code
from kpis.models import Kpi, KpiVersion
from kpis.queries import discrepancies
from kpis.services.amend import approve_change, propose_change
from kpis.services.define import edit_kpi
from kpis.services.evaluate import evaluate_due, rebuild
from kpis.services.goalposts import CAUSES, find_in_initiatives
from kpis.services.measure import withdraw_measurement
from kpis.services.states import pause_kpi, retire_kpi
from portfolio.models import Flag, Initiative, StageSpell
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import (
    amend,
    change,
    claims_triage,
    make_kpi,
    promise,
    read,
    seal,
    slip,
    trajectory,
)

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db


def open_rules(kpi: Kpi) -> set[str]:
    """The open flags about goalposts."""
    rules = Flag.objects.filter(subject_type="kpi", subject_id=kpi.pk, cleared_at=None).values_list(
        "rule", flat=True
    )
    return {rule.removeprefix("kpi_") for rule in rules} & {code.value for code in Code}


def begin(kpi: Kpi, days_ago: int) -> None:
    """Development of its initiative began so many days ago."""
    StageSpell.objects.create(
        initiative=kpi.initiative, from_stage="framing", stage="development",
        entered_on=TODAY - timedelta(days=days_ago), recorded_at=AT,
    )  # fmt: skip


class TestFindings:
    def test_a_silent_change_is_flagged_for_ever(self, promised: Kpi, cast: Cast, api: Api) -> None:
        slip(promised, cast, target=Decimal(8))
        found = {"changed_without_approval", "changed_after_first_measurement", "target_lowered"}
        assert open_rules(promised) == found
        said = api("vera").get(f"/api/v1/kpis/{promised.ref}/amendments/").json()
        assert {one["code"] for one in said["findings"]} == found
        assert (said["post_hoc"], said["amendments"], said["silent_changes"], said["kept"]) == (
            True,
            0,
            1,
            [],
        )
        target = next(one for one in said["findings"] if one["code"] == "target_lowered")
        assert [(c["field"], c["old"], c["new"]) for c in target["changes"]] == [("target", "5", "8")]
        # A later approval of the opposite, a retirement, a sweep and a rebuild take nothing away.
        amend(promised, cast, target=Decimal(5))
        rebuild(at=AT)
        evaluate_due(at=AT + timedelta(days=400))
        retire_kpi(pk=promised.pk, because="Gone.", by=system(), at=AT)
        assert found <= open_rules(promised)

    def test_an_approved_amendment_is_no_reproach_but_its_effect_is_told(
        self, promised: Kpi, cast: Cast, api: Api
    ) -> None:
        amend(promised, cast, target=Decimal(8), reason_code="market")
        said = api("vera").get(f"/api/v1/kpis/{promised.ref}/amendments/").json()
        assert (said["amendments"], said["silent_changes"]) == (1, 0)
        assert open_rules(promised) == {"changed_after_first_measurement", "target_lowered"}
        grave = Flag.objects.get(rule="kpi_target_lowered")
        assert (grave.severity, grave.clears_when) == (2, "Nothing: it stays on record.")

    @pytest.mark.parametrize(
        ("said", "code"),
        [
            ({"direction": "higher", "target": Decimal(20)}, "direction_flipped"),
            ({"population": "Simple claims"}, "population_changed"),
            ({"population": "Simple claims", "population_size": 40}, "population_narrowed"),
            ({"population_size": 40}, "population_narrowed"),
            ({"population_size": 40}, "changed_without_approval"),
            ({"window": "quarter"}, "window_chosen_late"),
            ({"amber": Decimal("0.2")}, "decision_rule_relaxed"),
            ({"target_on": date(2027, 3, 31)}, "target_date_moved"),
            ({"baseline": Decimal(12)}, "baseline_changed"),
        ],
    )
    def test_each_way_of_moving_a_goal_is_found(
        self, cast: Cast, said: dict[str, Any], code: str, frozen: Any
    ) -> None:
        kpi = promise(
            claims_triage(cast), population="All claims", population_size=100, by=cast.actor("alice")
        )
        seal(kpi, cast)
        read(kpi, 9, at=AT - timedelta(hours=1))
        slip(kpi, cast, **said)
        assert code in open_rules(kpi)
        flag = Flag.objects.get(rule=f"kpi_{code}")
        assert flag.cause == CAUSES[Code(code)]
        assert flag.initiative == kpi.initiative

    def test_a_change_in_the_week_before_a_planned_gate_is_found(self, promised: Kpi, cast: Cast) -> None:
        Initiative.objects.filter(pk=promised.initiative_id).update(decision_on=TODAY + timedelta(days=7))
        slip(promised, cast, target=Decimal(6))
        assert "changed_before_gate" in open_rules(promised)

    def test_a_day_more_is_no_week(self, promised: Kpi, cast: Cast) -> None:
        Initiative.objects.filter(pk=promised.initiative_id).update(decision_on=TODAY + timedelta(days=8))
        slip(promised, cast, target=Decimal(6))
        assert "changed_before_gate" not in open_rules(promised)

    def test_what_was_found_before_a_gate_stays_when_the_gate_is_planned_anew(
        self, promised: Kpi, cast: Cast, api: Api
    ) -> None:
        Initiative.objects.filter(pk=promised.initiative_id).update(decision_on=TODAY + timedelta(days=3))
        slip(promised, cast, target=Decimal(6))
        Initiative.objects.filter(pk=promised.initiative_id).update(decision_on=TODAY + timedelta(days=90))
        find_in_initiatives(initiative_ids=[promised.initiative_id], by=system(), at=AT)
        assert "changed_before_gate" in open_rules(promised)
        said = api("vera").get(f"/api/v1/kpis/{promised.ref}/amendments/").json()
        assert "changed_before_gate" not in {one["code"] for one in said["findings"]}
        assert [one["rule"] for one in said["kept"]] == ["kpi_changed_before_gate"]

    def test_a_baseline_from_after_the_go_live_is_found_when_that_is_recorded(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast))
        assert open_rules(kpi) == set()
        live = date(2025, 12, 1)
        StageSpell.objects.create(
            initiative=kpi.initiative,
            from_stage="scale_up",
            stage="production",
            entered_on=live,
            recorded_at=AT,
        )
        Initiative.objects.filter(pk=kpi.initiative_id).update(stage="production")
        outbox.owe(kind="initiative.changed", payload={"initiative_ids": [kpi.initiative_id]}, at=AT)
        for _ in range(2):
            outbox.drain()
        assert open_rules(kpi) == {"baseline_after_go_live"}
        assert Flag.objects.filter(rule="kpi_baseline_after_go_live").count() == 1

    def test_a_kpi_given_up_for_one_that_passed_is_found(self, promised: Kpi, cast: Cast) -> None:
        other = make_kpi(
            promised.initiative, "Easy", success=trajectory(target=Decimal("9.9")), primary=False
        )
        read(other, 5)
        slip(other, cast, primary=True)
        retire_kpi(pk=promised.pk, because="It measured the wrong thing.", by=system(), at=AT)
        assert "kpi_swapped" in open_rules(promised)

    def test_an_edit_once_development_has_begun_is_a_version_that_nobody_approved(
        self, cast: Cast, api: Api
    ) -> None:
        kpi = promise(claims_triage(cast), by=cast.actor("alice"), at=AT - timedelta(days=9))
        begin(kpi, 1)
        url = f"/api/v1/kpis/{kpi.ref}/"
        edited = api("alice").patch(
            url, {"success": {"target": "8"}, "owner": cast.bob.pk}, headers={"If-Match": str(kpi.version)}
        )
        assert edited.status_code == 200, edited.json()
        assert (edited.json()["success"]["number"], edited.json()["success"]["target"]) == (2, "8")
        first, second = KpiVersion.objects.filter(kpi=kpi).order_by("number")
        assert (first.target, second.target, second.recorded_by) == (Decimal(5), Decimal(8), cast.alice)
        assert second.because.startswith("Edited after development began on ")
        now = Kpi.objects.get(pk=kpi.pk)
        assert (now.owner, now.current_id) == (cast.bob, second.pk)
        assert "goalposts_moved" in now.flags
        assert open_rules(kpi) == {"changed_without_approval", "target_lowered"}

    def test_an_edit_the_week_before_a_gate_is_found_though_nobody_sealed_or_measured(
        self, cast: Cast
    ) -> None:
        kpi = promise(claims_triage(cast), by=cast.actor("alice"))
        begin(kpi, 40)
        Initiative.objects.filter(pk=kpi.initiative_id).update(decision_on=TODAY + timedelta(days=7))
        said: Any = {"target_on": date(2027, 3, 31)}
        edit_kpi(pk=kpi.pk, expected_version=None, by=cast.actor("alice"), at=AT, success=said)
        assert {"changed_before_gate", "target_date_moved"} <= open_rules(kpi)

    @pytest.mark.parametrize("days", [0, -3])
    def test_until_the_day_after_development_began_an_edit_leaves_one_version(
        self, cast: Cast, days: int
    ) -> None:
        kpi = promise(claims_triage(cast), by=cast.actor("alice"))
        begin(kpi, days)
        said: Any = {"target": Decimal(8)}
        edit_kpi(pk=kpi.pk, expected_version=None, by=cast.actor("alice"), at=AT, success=said)
        assert KpiVersion.objects.get(kpi=kpi).target == Decimal(8)

    def test_who_surrounds_it_is_no_definition_and_makes_no_version(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast), by=cast.actor("alice"))
        begin(kpi, 40)
        edit_kpi(pk=kpi.pk, expected_version=None, by=cast.actor("alice"), at=AT, facts={"owner": cast.bob})
        assert KpiVersion.objects.filter(kpi=kpi).count() == 1

    def test_in_development_a_change_may_be_proposed_and_an_edit_waits_for_its_answer(
        self, cast: Cast
    ) -> None:
        kpi = promise(claims_triage(cast), by=cast.actor("alice"))
        begin(kpi, 40)
        proposed = propose_change(pk=kpi.pk, change=change(target=Decimal(6)), by=cast.actor("alice"), at=AT)
        said: Any = {"target": Decimal(8)}
        with pytest.raises(Problem) as refused:
            edit_kpi(pk=kpi.pk, expected_version=None, by=cast.actor("alice"), at=AT, success=said)
        assert (refused.value.status, refused.value.code) == (409, "change_waits")
        approve_change(pk=proposed.pk, by=cast.actor("max"), at=AT)
        assert open_rules(kpi) == {"target_lowered"}

    def test_the_form_says_what_an_edit_will_make(
        self, cast: Cast, signed_in: Callable[[str], Client]
    ) -> None:
        kpi = promise(claims_triage(cast), by=cast.actor("alice"))
        begin(kpi, 40)
        text = signed_in("alice").get(f"/kpis/{kpi.ref}/edit/").content.decode()
        assert "makes a new version that nobody approved" in text
        assert signed_in("alice").get(f"/kpis/{kpi.ref}/amend/").status_code == 200

    def test_a_draft_is_edited_without_a_trace_in_the_flags(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast))
        assert open_rules(kpi) == set()

    def test_the_first_reading_counts_also_when_it_was_taken_back(self, cast: Cast, frozen: Any) -> None:
        kpi = promise(claims_triage(cast), by=cast.actor("alice"))
        reading = read(kpi, 9).measurement
        withdraw_measurement(pk=reading.pk, because="Twice.", by=system(), at=AT)
        slip(kpi, cast, target=Decimal(8), at=AT + timedelta(hours=1))
        assert "changed_after_first_measurement" in open_rules(kpi)

    def test_several_changes_of_one_sort_are_one_flag_that_counts_them(
        self, promised: Kpi, cast: Cast
    ) -> None:
        for target in (6, 7, 8):
            slip(promised, cast, target=Decimal(target))
        flag = Flag.objects.get(rule="kpi_target_lowered", cleared_at=None)
        assert flag.sentence.endswith("3 such changes are on record.")

    def test_what_is_known_by_then_is_told_of_a_past_day(self, promised: Kpi, cast: Cast, api: Api) -> None:
        slip(promised, cast, target=Decimal(8))
        day = TODAY - timedelta(days=1)
        url = f"/api/v1/kpis/{promised.ref}/amendments/"
        assert api("vera").get(f"{url}?as_of={day}").json()["findings"] == []
        assert api("vera").get(f"{url}?as_of=2027-01-01").status_code == 400
        assert api("vera").get(f"{url}?colour=red").status_code == 400
        assert api("charlie").get(url).status_code == 404


class TestMoved:
    """`goalposts_moved` among the KPI's flags."""

    def test_it_is_there_for_ever_once_the_verdict_stands_on_something_else(
        self, promised: Kpi, cast: Cast
    ) -> None:
        assert "goalposts_moved" not in promised.flags
        amend(promised, cast, name="Other words")
        assert "goalposts_moved" not in Kpi.objects.get(pk=promised.pk).flags
        amend(promised, cast, target=Decimal(8))
        amend(promised, cast, target=Decimal(5))
        read(promised, 6, TODAY, source_key="later")
        pause_kpi(pk=promised.pk, until=TODAY + timedelta(days=2), because="moving", by=system(), at=AT)
        for later in (0, 3, 300):
            evaluate_due(at=AT + timedelta(days=later))
            assert "goalposts_moved" in Kpi.objects.get(pk=promised.pk).flags
            assert list(discrepancies(as_of=TODAY + timedelta(days=later))) == []
