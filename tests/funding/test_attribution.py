"""Of one KPI's improvement the cases in force claim 100 % at most, and what ended claims none of it."""

from decimal import Decimal

import pytest

from core.errors import Problem
from domain.stages import Stage
from funding.queries.cases import lines_of
from funding.queries.gaps import gaps_of, ready
from funding.services.cases import publish_case
from portfolio.models import CaseWorth, Initiative
from portfolio.services.stages import move_stage
from tests.cast import AT, TODAY, Cast
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


def test_what_is_reopened_claims_nothing_until_its_case_is_published_again(
    cast: Cast, row: Initiative
) -> None:
    whole = with_benefit(worked(cast.alice.pk), kpi_id=make_kpi(row).pk)
    other = make_initiative(cast.claims, "Letters", lead=cast.alice)
    published(other, whole)
    move(other, Stage.STOPPED, cast)
    published(row, whole)  # the share was free, and is taken now
    move(other, Stage.FRAMING, cast)
    assert not CaseWorth.objects.filter(initiative=other, lapsed_on=None).exists()
    case = save(other, whole, cast)
    with refused(409, "attribution_over_whole"):
        publish_case(pk=case.pk, because="Again", by=cast.actor("alice"), at=AT)
    save(other, with_benefit(whole, attribution=Decimal(0)), cast)
    publish_case(pk=case.pk, because="Without a share", by=cast.actor("alice"), at=AT)
    assert CaseWorth.objects.filter(initiative=other, lapsed_on=None).exists()
    assert CaseWorth.objects.get(initiative=other).lapsed_on is None


def test_a_draft_says_what_others_claim_before_it_is_published(cast: Cast, row: Initiative) -> None:
    whole = with_benefit(worked(cast.alice.pk), kpi_id=make_kpi(row).pk, attribution=Decimal("0.6"))
    published(row, whole)
    other = make_initiative(cast.claims, "Letters", lead=cast.alice)
    case = save(other, whole, cast)
    (gap,) = [one for one in gaps_of(lines_of(case)) if one.stops]
    assert gap.place == "benefit-1-attribution"
    assert "60 % of K-" in gap.words
    assert "60 % in other cases in force would be 120 %. 40 % is left." in gap.words
    case = save(other, with_benefit(whole, attribution=Decimal("0.4")), cast)
    assert ready(case, gaps_of(lines_of(case)))
    move(row, Stage.STOPPED, cast)
    case = save(other, with_benefit(whole, attribution=Decimal(1)), cast)
    assert ready(case, gaps_of(lines_of(case)))


def move(initiative: Initiative, to: Stage, cast: Cast) -> None:
    initiative.refresh_from_db()
    move_stage(initiative=initiative, to=to, on=TODAY, by=cast.actor("max"), at=AT, because="Decided.")
