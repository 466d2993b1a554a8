"""A reading taken back leaves a void row, says why, and is as if it had never been."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from core.access import system
from core.errors import Problem
from kpis.models import Measurement
from kpis.services.measure import withdraw_measurement
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, make_kpi, read
from tests.kpis.test_measure import URL

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db


def test_a_withdrawal_leaves_a_void_row_and_the_kpi_as_if_it_had_never_been(cast: Cast, api: Api) -> None:
    kpi = make_kpi(claims_triage(cast))
    read(kpi, 5.4, TODAY - timedelta(days=30))
    kpi.refresh_from_db()
    before = (kpi.status, kpi.last_value, kpi.progress, kpi.valid_until)
    wrong = read(kpi, 9.9).measurement
    answer = api("bob").post(f"{URL}{wrong.pk}/withdrawal/", {"because": "Read from the wrong report."})
    assert answer.status_code == 201
    assert answer.json()["void"] is True
    assert answer.json()["value"] is None
    kpi.refresh_from_db()
    assert (kpi.status, kpi.last_value, kpi.progress, kpi.valid_until) == before
    assert Measurement.objects.get(pk=wrong.pk).value == Decimal("9.9")


def test_withdrawing_twice_changes_nothing(cast: Cast, api: Api) -> None:
    wrong = read(make_kpi(claims_triage(cast)), 9.9).measurement
    first = api("alice").post(f"{URL}{wrong.pk}/withdrawal/", {"because": "wrong"})
    again = api("alice").post(f"{URL}{wrong.pk}/withdrawal/", {"because": "wrong"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


@pytest.mark.parametrize(("who", "status"), [("charlie", 404), ("dana", 403), ("vera", 403)])
def test_a_withdrawal_is_for_those_who_measure(cast: Cast, api: Api, who: str, status: int) -> None:
    wrong = read(make_kpi(claims_triage(cast)), 9.9).measurement
    assert api(who).post(f"{URL}{wrong.pk}/withdrawal/", {"because": "no"}).status_code == status
    assert Measurement.objects.count() == 1


def test_a_withdrawal_says_why(cast: Cast, api: Api) -> None:
    wrong = read(make_kpi(claims_triage(cast)), 9.9).measurement
    for said in ({}, {"because": " "}, {"because": "x" * 501}, {"reason": "other key"}):
        assert api("alice").post(f"{URL}{wrong.pk}/withdrawal/", said).status_code == 400


def test_a_withdrawn_reading_is_not_corrected_but_recorded_anew(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    wrong = read(kpi, 9.9).measurement
    void = withdraw_measurement(pk=wrong.pk, because="wrong", by=system(), at=AT).measurement
    for pk in (wrong.pk, void.pk):
        with pytest.raises(Problem) as refused:
            read(kpi, 5, supersedes=pk, note="typo")
        assert refused.value.status == 409
