"""Early warnings are kept up: the day to act, what is asked again and what is not, and no more statements than needed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.access import system
from core.models import Policy
from kpis.models import Intervention, Watch
from kpis.queries.warnings import records
from kpis.services import watch
from kpis.services.define import edit_kpi
from kpis.services.evaluate import ask_all, evaluate_due, sweep
from kpis.services.watch import ensure_watches, judge_due, mark_due
from portfolio.models import Flag
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import (
    claims_triage,
    make_kpi,
    read,
    slip,
)
from tests.kpis.watched import day, live, metric, moment, seal_all, swept, warnings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


class TestDaysToAct:
    """Every warning has a last day to act; past it, it is before the council."""

    def test_it_escalates_the_day_after_by_the_sweep_alone(self, cast: Cast) -> None:
        initiative = live(cast, 61)
        assert swept(initiative) == ["business_owner_silent"]
        due = warnings(initiative)["business_owner_silent"].due_on
        assert due == TODAY + timedelta(days=14)
        sweep(at=AT + timedelta(days=14))
        assert warnings(initiative)["business_owner_silent"].escalated_on is None
        sweep(at=AT + timedelta(days=15))
        assert warnings(initiative)["business_owner_silent"].escalated_on == TODAY + timedelta(days=15)

    def test_what_is_undertaken_sets_the_day_and_no_longer_than_the_policy(self, cast: Cast) -> None:
        initiative = live(cast, 61)
        swept(initiative)
        flag = warnings(initiative)["business_owner_silent"]
        Intervention.objects.create(
            flag=flag, initiative=initiative, assigned_to=cast.bob, action="Call Edith.",
            due_on=TODAY + timedelta(days=90), recorded_at=AT,
        )  # fmt: skip
        mark_due([initiative.pk])
        sweep(at=AT)
        assert warnings(initiative)["business_owner_silent"].due_on == TODAY + timedelta(days=30)

    def test_other_thresholds_are_other_data(self, cast: Cast) -> None:
        initiative = live(cast, 20)
        assert swept(initiative) == []
        Policy.objects.create(
            kind="kpi_warnings", number=1, effective_on=TODAY + timedelta(days=1), data={"owner_silent_days": 10},
            recorded_at=AT,
        )  # fmt: skip
        assert swept(initiative) == []
        assert swept(initiative, AT + timedelta(days=1)) == ["business_owner_silent"]


class TestKeepingUp:
    def test_asking_twice_writes_nothing(self, cast: Cast) -> None:
        initiative = live(cast, 100)
        kpi = make_kpi(initiative, at=moment(400))
        read(metric(initiative), "0.7", day(4))
        sweep(at=AT)
        before = stored()
        sweep(at=AT + timedelta(minutes=1))
        assert ask_all(at=AT + timedelta(minutes=2)).changed == 0
        assert stored() == before
        assert warnings(kpi.initiative)

    def test_a_mark_is_one_statement_and_only_for_those_who_can_be_warned_about(self, cast: Cast) -> None:
        bare = claims_triage(cast, "Bare")
        kpi = make_kpi(claims_triage(cast, "Measured"))
        Watch.objects.all().delete()
        with CaptureQueriesContext(
            connection,
        ) as seen:
            mark_due([bare.pk, kpi.initiative_id, 10**9])
        assert len(seen) == 1
        assert list(Watch.objects.values_list("initiative_id", "due")) == [(kpi.initiative_id, True)]

    def test_a_reading_marks_nothing_where_it_can_change_nothing(self, cast: Cast) -> None:
        initiative = claims_triage(cast)
        kpi = make_kpi(initiative)
        read(kpi, 8, day(4))
        sweep(at=AT)
        read(kpi, "7.9", day(3))
        assert not Watch.objects.get(initiative=initiative).due

    def test_an_idle_sweep_does_not_look_at_initiatives(self, cast: Cast) -> None:
        for place in range(3):
            make_kpi(claims_triage(cast, f"No. {place}"))
        sweep(at=AT)
        with CaptureQueriesContext(connection) as seen:
            judge_due(at=AT + timedelta(minutes=1))
        assert len([q for q in seen if "kpis_kpi" in q["sql"] and "kpis_watch" not in q["sql"]]) == 0
        assert len(seen) <= 8

    def test_the_number_of_statements_does_not_grow(self, cast: Cast) -> None:
        counts = []
        judge_due(at=AT)
        for many in (2, 6):
            for place in range(many):
                row = live(cast, 100, f"{many} {place}")
                read(metric(row, at=moment(400)), "0.79", day(4))
                kpi = make_kpi(row, at=moment(400))
                read(kpi, "9.9", day(120), at=moment(30))
                slip(kpi, cast, target=Decimal(6), at=moment(2))
            mark_due(Watch.objects.values_list("initiative_id", flat=True))
            with CaptureQueriesContext(connection) as seen:
                judge_due(at=AT)
            counts.append(len(seen))
        assert counts[0] == counts[1]

    def test_what_was_brought_past_the_services_is_watched_from_the_next_day(self, cast: Cast) -> None:
        sweep(at=AT)
        initiative = live(cast, 200)
        Watch.objects.all().delete()
        assert swept(initiative, AT + timedelta(minutes=1)) == []
        assert swept(initiative, AT + timedelta(days=1)) == ["business_owner_silent", "value_not_shown"]

    def test_one_that_cannot_be_judged_keeps_no_other_waiting(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bad, good = live(cast, 100, "Bad"), live(cast, 100, "Good")
        real = records

        def broken(ids: Any, **more: Any) -> Any:
            if bad.pk in ids:
                raise ValueError("broken")
            return real(ids, **more)

        monkeypatch.setattr(watch, "records", broken)
        ensure_watches()
        judge_due(at=AT)
        assert (warnings(bad), len(warnings(good))) == ({}, 2)
        monkeypatch.undo()
        judge_due(at=AT)
        assert len(warnings(bad)) == 2

    def test_the_command_asks_too(self, cast: Cast) -> None:
        initiative = live(cast, 100)
        evaluate_due(at=AT)
        assert warnings(initiative) == {}
        ask_all(at=AT)
        assert sorted(warnings(initiative)) == ["business_owner_silent", "value_not_shown"]

    def test_who_owns_a_kpi_may_change_who_is_silent(self, cast: Cast) -> None:
        initiative = live(cast, 70)
        kpi = make_kpi(initiative, owner=cast.bob, at=moment(400))
        seal_all(kpi)
        read(kpi, 8, day(1), by=cast.actor("max"))
        assert swept(initiative) == ["business_owner_silent"]
        edit_kpi(pk=kpi.pk, expected_version=None, facts={"owner": cast.max}, by=system(), at=AT)
        assert swept(initiative) == []

    def test_what_is_over_is_not_warned_of(self, cast: Cast) -> None:
        initiative = live(cast, 100)
        assert swept(initiative)
        type(initiative).objects.filter(pk=initiative.pk).update(stage="retired")
        mark_due([initiative.pk])
        assert swept(initiative) == []


def stored() -> list[Any]:
    flags = Flag.objects.order_by("pk").values_list(
        "pk", "rule", "sentence", "since", "due_on", "updated_at", "cleared_at"
    )
    return [*flags, *Watch.objects.order_by("pk").values_list("pk", "due", "valid_until", "heard_to")]
