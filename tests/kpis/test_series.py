"""What is measured otherwise is another series: which readings then speak."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.access import system
from kpis.models import Kpi, Measurement, StatusChange
from kpis.queries import answer_as_of, discrepancies
from kpis.services.bulk import record_many
from kpis.services.evaluate import evaluate_all, evaluate_due, rebuild
from kpis.services.measure import withdraw_measurement
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import (
    amend,
    make_initiative,
    promise,
    read,
    slip,
    version_of,
)
from tests.kpis.test_amend import fresh

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db


class TestSeries:
    """Readings speak only under versions that measure what they measured."""

    def test_a_moved_target_is_judged_by_the_readings_there_are(self, measured: Kpi, cast: Cast) -> None:
        kpi = amend(measured, cast, target=Decimal("6.5"))
        assert (version_of(kpi).series, kpi.last_value, kpi.status) == (1, Decimal(7), "on_track")

    @pytest.mark.parametrize("name", ["formula", "population", "window", "unit_of_measure", "data_source"])
    def test_another_measure_begins_without_readings(self, measured: Kpi, cast: Cast, name: str) -> None:
        kpi = amend(measured, cast, **dict[str, Any]({name: "otherwise"}))
        assert (version_of(kpi).series, kpi.last_value) == (2, None)
        assert (kpi.status, kpi.reason) == ("no_data", "first_measurement_overdue")

    @pytest.mark.parametrize("name", ["name", "definition", "serves_because"])
    def test_other_words_do_not(self, measured: Kpi, cast: Cast, name: str) -> None:
        assert version_of(amend(measured, cast, **dict[str, Any]({name: "otherwise"}))).series == 1

    def test_going_back_to_the_old_formula_is_a_third_measure(self, measured: Kpi, cast: Cast) -> None:
        amend(measured, cast, formula="mean")
        kpi = amend(measured, cast, formula=measured.formula)
        assert (version_of(kpi).series, kpi.last_value) == (3, None)

    def test_new_readings_speak_and_old_ones_do_not_however_it_is_folded(
        self, measured: Kpi, cast: Cast
    ) -> None:
        amend(measured, cast, formula="mean")
        read(measured, "6.1")
        record_many(
            rows=[{"kpi": measured.pk, "observed_on": str(TODAY - timedelta(days=3)), "value": "6.4"}],
            atomic=True, by=system(), at=AT,
        )  # fmt: skip
        folds: tuple[Callable[[], object], ...] = (
            lambda: evaluate_due(at=AT),
            lambda: rebuild(at=AT),
            lambda: evaluate_all(at=AT),
        )
        for fold in folds:
            fold()
            kpi = fresh(measured)
            assert (kpi.last_value, kpi.status) == (Decimal("6.1"), "at_risk")
            assert list(discrepancies(as_of=TODAY)) == []

    def test_a_correction_of_an_old_reading_stays_with_the_old_measure(
        self, measured: Kpi, cast: Cast
    ) -> None:
        old = Measurement.objects.filter(kpi=measured).order_by("-observed_on")[0]
        amend(measured, cast, formula="mean")
        corrected = read(measured, "4.9", old.observed_on, supersedes=old.pk, note="Typo.").measurement
        assert corrected.kpi_version_id == old.kpi_version_id
        assert fresh(measured).status == "no_data"
        withdraw_measurement(pk=corrected.pk, because="Twice.", by=system(), at=AT)
        assert fresh(measured).status == "no_data"
        assert list(discrepancies(as_of=TODAY)) == []

    def test_a_past_day_hears_the_readings_of_its_own_measure(self, measured: Kpi, cast: Cast) -> None:
        later = AT + timedelta(days=5)
        slip(measured, cast, at=later, formula="mean")
        read(measured, "6.1", TODAY + timedelta(days=5), at=later)
        kpi = fresh(measured)
        before, after = answer_as_of(kpi, as_of=TODAY), answer_as_of(kpi, as_of=TODAY + timedelta(days=5))
        assert before is not None
        assert after is not None
        assert (before.seen.value, after.seen.value) == (Decimal(7), Decimal("6.1"))

    def test_the_ledger_names_the_version_that_spoke(self, measured: Kpi, cast: Cast) -> None:
        amend(measured, cast, target=Decimal("6.5"))
        last = StatusChange.objects.filter(kpi=measured).latest("pk")
        assert (last.was, last.now, last.kpi_version.number) == ("off_track", "on_track", 2)

    def test_a_kpi_with_one_measure_costs_no_more_statements(
        self, measured: Kpi, cast: Cast, django_assert_max_num_queries: Any
    ) -> None:
        """What a reading costs where the measure changed is at most one statement more than where it did not."""
        other = promise(make_initiative(cast.claims, "Another"), "Another")
        read(other, 9, TODAY - timedelta(days=30))
        amend(measured, cast, formula="mean")
        read(measured, 9, TODAY - timedelta(days=30))
        told = []
        for kpi in (other, measured):
            with django_assert_max_num_queries(60) as counted:
                read(kpi, 8)
            told.append([q["sql"] for q in counted.captured_queries])
        assert len(told[1]) - len(told[0]) <= 1
        assert not any(
            "kpis_kpiversion" in sql and "kpis_measurement" in sql and "JOIN" in sql for sql in told[0]
        )
