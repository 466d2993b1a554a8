"""What was changed in a promise is found, told for ever, and both verdicts stand beside each other."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from core import outbox
from core.access import system
from domain.amendments import Code
from kpis.models import Kpi, Measurement
from kpis.queries import discrepancies
from kpis.queries.verdicts import verdicts_of, verdicts_of_many
from kpis.services.evaluate import evaluate_due, rebuild
from kpis.services.goalposts import CAUSES, find_in_initiatives
from kpis.services.measure import withdraw_measurement
from kpis.services.states import pause_kpi, retire_kpi
from portfolio.models import Flag, Initiative, StageSpell
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import amend, claims_triage, make_kpi, promise, read, seal, series, slip, trajectory

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db


@pytest.fixture
def promised(cast: Cast, frozen: Any) -> Kpi:
    """Alice's KPI: sealed sixty days ago, then measured at 9, 8 and 7, where about 5.5 were promised."""
    kpi = promise(claims_triage(cast), by=cast.actor("alice"), at=AT - timedelta(days=61))
    seal(kpi, cast, at=AT - timedelta(days=60))
    series(kpi, [9, 8, 7], at=AT - timedelta(hours=1))
    return Kpi.objects.select_related("current", "initiative").get(pk=kpi.pk)


def open_rules(kpi: Kpi) -> set[str]:
    """The open flags about goalposts."""
    rules = Flag.objects.filter(subject_type="kpi", subject_id=kpi.pk, cleared_at=None).values_list(
        "rule", flat=True
    )
    return {rule.removeprefix("kpi_") for rule in rules} & {code.value for code in Code}


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


class TestBothVerdicts:
    def test_met_as_amended_missed_as_sealed(self, promised: Kpi, cast: Cast, api: Api, frozen: Any) -> None:
        amend(promised, cast, target=Decimal("7.5"))
        close = AT + timedelta(days=60)
        read(promised, 7, date(2026, 12, 28), at=close)
        evaluate_due(at=close)
        frozen(close)
        said = api("vera").get(f"/api/v1/kpis/{promised.ref}/verdicts/").json()
        assert said["words"] == "met as amended, missed as sealed"
        assert (
            said["as_sealed"]["version"],
            said["as_sealed"]["status"],
            said["as_sealed"]["attainment"],
        ) == (1, "missed", "60")
        assert (
            said["as_amended"]["version"],
            said["as_amended"]["status"],
            said["as_amended"]["attainment"],
        ) == (2, "achieved", "120")
        assert (said["amended"], said["differ"]) == (True, True)

    def test_the_amended_verdict_is_the_stored_answer(self, promised: Kpi, cast: Cast) -> None:
        amend(promised, cast, target=Decimal("7.5"))
        kpi = Kpi.objects.select_related("current").get(pk=promised.pk)
        found = verdicts_of(kpi, as_of=TODAY)
        assert found is not None
        assert (found.amended.status, found.amended.progress) == (kpi.status, kpi.progress)
        assert (found.sealed.status, found.sealed.progress) == ("off_track", Decimal("0.6"))

    def test_each_is_judged_by_the_readings_of_its_own_measure(self, promised: Kpi, cast: Cast) -> None:
        amend(promised, cast, formula="mean")
        read(promised, "5.2")
        kpi = Kpi.objects.select_related("current").get(pk=promised.pk)
        found = verdicts_of(kpi, as_of=TODAY)
        assert found is not None
        assert (found.sealed.progress, found.amended.progress) == (Decimal("0.6"), Decimal("0.96"))

    def test_a_past_day_and_what_was_known_by_then(self, promised: Kpi, cast: Cast, api: Api) -> None:
        amend(promised, cast, target=Decimal("7.5"))
        url = f"/api/v1/kpis/{promised.ref}/verdicts/"
        day = TODAY - timedelta(days=1)
        before = api("vera").get(f"{url}?as_of={day}").json()
        assert (before["amended"], before["as_amended"]["version"], before["words"]) == (
            False, 1, "off track as amended and as sealed",
        )  # fmt: skip
        old = (AT - timedelta(days=60, hours=1)).isoformat().replace("+00:00", "Z")
        unsealed = api("vera").get(f"{url}?as_of={day}&known_at={old}")
        assert (unsealed.status_code, unsealed.json()["code"]) == (409, "not_sealed")

    def test_without_a_promise_there_is_nothing_to_hold_it_against(self, cast: Cast, api: Api) -> None:
        kpi = promise(claims_triage(cast))
        answer = api("vera").get(f"/api/v1/kpis/{kpi.ref}/verdicts/")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_sealed")
        assert verdicts_of_many([kpi], as_of=TODAY) == {}

    def test_a_paused_kpi_is_paused_by_both(self, promised: Kpi, cast: Cast) -> None:
        amend(promised, cast, target=Decimal("7.5"))
        pause_kpi(pk=promised.pk, until=TODAY + timedelta(days=2), because="moving", by=system(), at=AT)
        found = verdicts_of(Kpi.objects.get(pk=promised.pk), as_of=TODAY)
        assert found is not None
        assert (found.sealed.status, found.amended.status) == ("paused", "paused")

    def test_many_cost_as_many_statements_as_one(
        self, promised: Kpi, cast: Cast, django_assert_num_queries: Any
    ) -> None:
        amend(promised, cast, target=Decimal("7.5"))
        kpis = [Kpi.objects.get(pk=promised.pk)]
        for n in range(3):
            kpi = seal(promise(claims_triage(cast, f"Number {n}"), f"KPI {n}"), cast)
            kpis.append(amend(kpi, cast, target=Decimal(6)))
        with django_assert_num_queries(10):  # edits, restatements and declarations among them
            assert len(verdicts_of_many(kpis, as_of=TODAY)) == 4

    def test_the_sealed_verdict_never_changes_through_an_amendment(self, promised: Kpi, cast: Cast) -> None:
        told = []
        for said in (
            {"target": Decimal(8)},
            {"baseline": Decimal(20)},
            {"amber": Decimal("0.2")},
            {"formula": "mean"},
        ):
            slip(promised, cast, **said)
            found = verdicts_of(Kpi.objects.get(pk=promised.pk), as_of=TODAY)
            assert found is not None
            told.append(
                (found.promised.number, found.sealed.status, found.sealed.progress, found.sealed.reading_id)
            )
        last = Measurement.objects.filter(kpi=promised).latest("pk")
        assert set(told) == {(1, "off_track", Decimal("0.600000"), last.pk)}
