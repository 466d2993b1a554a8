"""The money of the demo portfolio: decisions, spend and benefits that add up, and cases of several shapes."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from domain.finance.internal_rate import IrrNote
from domain.finance.release import GREEN_ENOUGH, RED
from domain.stages import Stage
from exchange.demo.table import ROWS
from funding.models import BusinessCase
from funding.queries.awaited import awaited_by
from funding.queries.cases import in_force, lines_of
from funding.queries.document import seal_holds
from funding.queries.shares import taken_shares
from funding.translate import appraisal_of
from kpis.models import Kpi
from portfolio.models import (
    BenefitEntry,
    CaseWorth,
    Commitment,
    Expenditure,
    FundingDecision,
    FundingTranche,
    Initiative,
)
from portfolio.queries.room import room_of
from tests.cast import TODAY
from tests.exchange.standing import sow, taken_back

# The mark lets the module fixture find the test database; each test then runs in a transaction inside its own.
pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The demo as of AT. Its rows stand for the module."""
    with taken_back(django_db_blocker):
        sow()
        yield


def test_money_waits_is_held_is_returned_and_is_rejected_somewhere(demo: None) -> None:
    decided = FundingDecision.objects.order_by().values_list("act", flat=True).distinct()
    assert set(decided) == set(FundingDecision.Act.values)
    waiting = FundingTranche.objects.filter(released_on=None, returned_on=None)
    statuses = {awaited.status for awaited in awaited_by([row.pk for row in waiting], today=TODAY).values()}
    assert statuses & RED, "one is held by a red KPI"
    assert statuses - RED - GREEN_ENOUGH, "one waits for a KPI nobody can see"
    stopped = FundingTranche.objects.filter(initiative__stage="stopped", released_on=None)
    assert stopped.exists()
    assert not stopped.filter(returned_on=None).exists()
    rejected = BenefitEntry.objects.get(kind="rejected")
    assert (rejected.initiative.name, rejected.amount) == ("Chat deflection", Decimal(84_000))
    assert not BenefitEntry.objects.exclude(kind="planned").filter(evidence="").exists()
    assert Commitment.objects.exists()
    for row in Initiative.objects.filter(pk__in=Commitment.objects.values("initiative")):
        assert room_of(row).left >= 0


def test_money_adds_up_to_what_the_initiatives_show(demo: None) -> None:
    told = {row.name: row for row in ROWS}
    for row in Initiative.objects.all():
        spent = Expenditure.objects.filter(initiative=row).aggregate(n=Sum("amount"))["n"]
        table = told[row.name].spent
        assert row.spent == spent == (None if table is None else table * 1000)
        validated = BenefitEntry.objects.filter(initiative=row, kind="validated").aggregate(n=Sum("amount"))[
            "n"
        ]
        assert (row.validated or 0) == (validated or 0) == told[row.name].validated * 1000
        released = FundingTranche.objects.filter(initiative=row, released_on__isnull=False)
        assert row.released == released.aggregate(n=Sum("amount"))["n"]


def test_two_thirds_of_what_is_past_framing_have_a_case(demo: None) -> None:
    past = Initiative.objects.exclude(stage__in=[Stage.IDEA.value, Stage.FRAMING.value]).count()
    cased = BusinessCase.objects.values("initiative").distinct().count()
    assert past * 0.6 < cased < past * 0.8
    published = BusinessCase.objects.filter(state="published")
    assert all(seal_holds(lines_of(case)) for case in published)
    assert not published.filter(number__gt=1, because="").exists()
    assert BusinessCase.objects.filter(state="draft").count() == 2


def test_cases_are_of_several_shapes_and_two_share_a_kpi(demo: None) -> None:
    worths = CaseWorth.objects.all()
    triage = worths.get(initiative__name="Motor claims triage")
    assert (triage.npv, triage.value, triage.years) == (Decimal("163834.44"), Decimal("-234772.22"), 4)
    assert sum(one.value > 0 for one in worths) > 10
    assert sum(one.npv < 0 for one in worths) >= 3
    found = in_force(worths.values_list("initiative", flat=True))
    assert IrrNote.BORROWING in {appraisal_of(lines_of(case)).measures.irr.note for case in found}
    kpi = Kpi.objects.get(initiative=triage.initiative_id, primary=True)
    assert sum(one.share for one in taken_shares([kpi.pk])[kpi.pk]) == 1
