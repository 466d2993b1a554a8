"""Interventions and steps of a remediation from several windows at once: one of each."""

from datetime import timedelta

import pytest
from django.db import connection

from core.errors import Problem
from kpis.models import Intervention, Remediation, RemediationStep
from kpis.services.interventions import escalate_overdue
from kpis.services.remediation import open_remediation, take_step
from tests.cast import AT, Cast, make_cast
from tests.kpis.acting import give, raise_flag
from tests.kpis.build import claims_triage
from tests.races.test_kpi_races import side_by_side

pytestmark = [pytest.mark.race, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
AT_ONCE = 6


@pytest.fixture
def cast_here(transactional_db: None) -> Cast:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    return make_cast()


def test_a_flag_given_from_six_windows_is_given_once(cast_here: Cast) -> None:
    flag, refused = raise_flag(claims_triage(cast_here)), list[str]()

    def window() -> None:
        try:
            give(flag, cast_here)
        except Problem as problem:
            refused.append(problem.code)

    assert side_by_side(*[window] * AT_ONCE) == []
    assert Intervention.objects.count() == 1
    assert refused == ["taken_up"] * (AT_ONCE - 1)


def test_six_sweeps_side_by_side_escalate_it_once(cast_here: Cast) -> None:
    give(raise_flag(claims_triage(cast_here)), cast_here)
    counts = list[int]()
    assert side_by_side(*[lambda: counts.append(escalate_overdue(at=AT + timedelta(days=8)))] * AT_ONCE) == []
    escalate_overdue(at=AT + timedelta(days=8))
    assert sum(counts) == 1


def test_a_step_taken_from_six_windows_is_taken_once(cast_here: Cast) -> None:
    triage, refused = claims_triage(cast_here), list[str]()

    def window() -> None:
        try:
            row = open_remediation(
                initiative_id=triage.pk, because="None agreed.", by=cast_here.actor("alice"), at=AT
            )
        except Problem as problem:
            refused.append(problem.code)
            row = Remediation.objects.get()
        try:
            take_step(pk=row.pk, step="retrospective", finding="An hour.", by=cast_here.actor("alice"), at=AT)
        except Problem as problem:
            refused.append(problem.code)

    assert side_by_side(*[window] * AT_ONCE) == []
    assert (Remediation.objects.count(), RemediationStep.objects.count()) == (1, 1)
    assert sorted(refused) == ["remediation_open"] * (AT_ONCE - 1) + ["step_out_of_order"] * (AT_ONCE - 1)
