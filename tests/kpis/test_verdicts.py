"""Both verdicts: what is in force, and what was promised."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.access import system
from kpis.models import Kpi, Measurement
from kpis.queries.verdicts import verdicts_of, verdicts_of_many
from kpis.services.evaluate import evaluate_due
from kpis.services.states import pause_kpi
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import (
    amend,
    claims_triage,
    promise,
    read,
    seal,
    slip,
)

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db


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
