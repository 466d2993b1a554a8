"""Of one KPI's improvement the cases in force claim 100 % at most, and what ended claims none of it."""

from decimal import Decimal

import pytest

from core.errors import Problem
from funding.services.cases import publish_case
from portfolio.models import CaseWorth, Initiative
from tests.cast import AT, Cast
from tests.funding.build import benefit, published, with_benefit, worked
from tests.funding.test_cases import pointed, save
from tests.kpis.build import claims_triage, make_initiative, make_kpi
from tests.portfolio.test_initiatives import refused


@pytest.fixture
def row(cast: Cast) -> Initiative:
    return claims_triage(cast)


def test_a_kpi_of_another_initiative_may_be_named_by_who_sees_it(cast: Cast, row: Initiative) -> None:
    other = make_initiative(cast.cards, "Card limits", lead=cast.charlie)
    kpi = make_kpi(other)
    with refused(400, "unknown_kpi"):
        save(row, with_benefit(worked(cast.alice.pk), kpi_id=kpi.pk), cast)
    case = save(row, with_benefit(worked(cast.alice.pk), kpi_id=kpi.pk), cast, who="max")
    with refused(400, "unknown_kpi"):
        publish_case(pk=case.pk, by=cast.actor("alice"), at=AT)
    publish_case(pk=case.pk, by=cast.actor("max"), at=AT)


def test_together_they_claim_the_whole_and_no_more(cast: Cast, row: Initiative) -> None:
    kpi = make_kpi(row)
    other = make_initiative(cast.cards, "Card limits", lead=cast.charlie)
    half = with_benefit(worked(cast.alice.pk), kpi_id=kpi.pk, attribution=Decimal("0.5"))
    published(row, half)
    published(other, half)
    third = make_initiative(cast.claims, "Letters", lead=cast.alice)
    case = save(third, with_benefit(half, attribution=Decimal("0.000001")), cast)
    with pytest.raises(Problem) as found:
        publish_case(pk=case.pk, by=cast.actor("alice"), at=AT)
    assert (found.value.status, found.value.code) == (409, "attribution_over_whole")
    assert pointed(found) == {"/benefits/0/attribution"}
    assert "Claims triage 50 %" in found.value.detail
    assert "Card limits" not in found.value.detail
    assert "initiatives you may not see 50 %" in found.value.detail
    with pytest.raises(Problem, match="Card limits 50 %"):
        publish_case(pk=case.pk, by=cast.actor("max"), at=AT)
    assert CaseWorth.objects.filter(initiative=third).count() == 0


def test_what_an_earlier_version_claimed_is_free_again(cast: Cast, row: Initiative) -> None:
    kpi = make_kpi(row)
    whole = with_benefit(worked(cast.alice.pk), kpi_id=kpi.pk)
    published(row, whole)
    published(row, whole, because="The same again")
    published(row, worked(cast.alice.pk), because="Another measure")
    published(make_initiative(cast.claims, "Letters", lead=cast.alice), whole)


@pytest.mark.parametrize("stage", ["stopped", "retired"])
def test_what_ended_claims_no_share_any_more(cast: Cast, row: Initiative, stage: str) -> None:
    whole = with_benefit(worked(cast.alice.pk), kpi_id=make_kpi(row).pk)
    other = make_initiative(cast.claims, "Letters", lead=cast.alice)
    published(other, whole)
    case = save(row, whole, cast)
    with refused(409, "attribution_over_whole"):
        publish_case(pk=case.pk, by=cast.actor("alice"), at=AT)
    Initiative.objects.filter(pk=other.pk).update(stage=stage)
    publish_case(pk=case.pk, by=cast.actor("alice"), at=AT)


def test_lines_of_one_case_are_added_up_too(cast: Cast, row: Initiative) -> None:
    kpi = make_kpi(row)
    line = benefit(0, 1, 1, 1, 1, owner=cast.alice.pk, kpi_id=kpi.pk, attribution=Decimal("0.6"))
    case = save(row, worked(None, benefits=(line, line)), cast)
    with pytest.raises(Problem) as found:
        publish_case(pk=case.pk, by=cast.actor("alice"), at=AT)
    assert pointed(found) == {"/benefits/0/attribution", "/benefits/1/attribution"}
