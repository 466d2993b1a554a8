"""Versions of a case side by side, on the page as in the API."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from django.test import Client

from funding.queries.cases import lines_of
from funding.queries.compare import compare
from funding.services.draft import draft_from
from portfolio.models import Initiative
from tests.cast import Cast
from tests.funding.writing import costs, following, published, worked
from tests.kpis.build import claims_triage, make_kpi

SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    """Every test here happens at the moment of the cast."""


@pytest.fixture
def triage(cast: Cast) -> Initiative:
    return claims_triage(cast)


def page(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, answer.content[:500]
    return str(answer.content.decode()).replace("\u00a0", " ")


def case_of(initiative: Initiative, rest: str = "") -> str:
    return f"/funding/initiative/{initiative.ref}/case/{rest}"


def test_two_versions_stand_side_by_side_figures_first(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    first = published(triage, cast)
    published(triage, cast, following(first, costs=costs(450_000)), "The vendor's offer came in.")
    text = page(signed_in("edith"), case_of(triage, "compare/"))
    assert "+€50,000" in text
    assert "<del>€500,000</del>" in text
    assert "<ins>€450,000</ins>" in text
    assert text.index("The figures") < text.index("The lines")
    assert "Less paid to outside assessors" not in text  # it is the same in both


def test_the_comparison_of_what_is_decided_says_no_cost_of_delay(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    first = published(triage, cast)
    published(triage, cast, following(first, costs=costs(450_000)), "The vendor's offer came in.")
    assert "Cost of delay" in page(signed_in("edith"), case_of(triage, "compare/"))
    Initiative.objects.filter(pk=triage.pk).update(stage="production")
    text = page(signed_in("edith"), case_of(triage, "compare/"))
    assert "Cost of delay" not in text
    assert "+€50,000" in text
    assert "nothing waits" in page(signed_in("alice"), case_of(triage, "edit/"))


def test_page_and_api_tell_the_same_difference(cast: Cast, triage: Initiative, signed_in: SignIn) -> None:
    first = published(triage, cast, worked(cast, make_kpi(triage)))
    two = replace(draft_from(lines_of(first)).benefits[0], owner_id=cast.edith.pk, attribution=Decimal("0.5"))
    second = published(
        triage, cast, following(first, rate=Decimal("0.12"), benefits=(two,), scenarios=()), "Less is sure."
    )
    text = page(signed_in("edith"), case_of(triage, "compare/"))
    said = compare(lines_of(first), lines_of(second))
    for one in said.figures:
        assert f">{one.label}<" in text
    for change in said.fields:
        assert f">{change.label}<" in text
    assert {one.change for one in said.lines} == {"changed", "removed"}
    for words in (
        "<ins>12 %</ins>",
        "<del>Bob</del>",
        "<ins>Edith</ins>",
        "<del>60 %</del>",
        "Scenario: conservative",
    ):
        assert words in text
    assert f"; {said.unchanged + 3} are the same in both" in text  # and the three flows beside the case
