"""What gates are worth: the worked figures to the cent, and what may be added."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from core.access import actor_for
from domain.kpi_figures import SIX_PLACES, TWO_PLACES, rounded
from funding.queries.gate_value import GateValues, gate_values
from portfolio.dashboard.selection import select
from portfolio.models import Initiative
from tests.cast import TODAY, Cast
from tests.funding.portfolios import initiative, published, weighed, worth

SignedIn = Callable[[str], Client]
# The pilot of 80k, 420k after the gate, benefits from year 2; the flows of money.md, section 4.
STOPPED = ["-80000.00", "0.00", "0.00", "0.00", "0.00", "0.00"]
CARRIED_ON = ["-80000.00", "-420000.00", "20000.00", "20000.00", "20000.00", "20000.00"]
WORKS = Decimal("362653.57")


def staged(cast: Cast, name: str = "Voice bot", works: str = "0.40", **facts: Any) -> Initiative:
    row = initiative(cast, name)
    years = facts.get("years", 5)
    worth(row, npv=WORKS, value=WORKS, case_number=1, years=years)
    usual = {"works": Decimal(works), "if_stopped": STOPPED, "if_carried_on": CARRIED_ON, "years": 5}
    published(row, **{**usual, **facts})
    return row


def found(cast: Cast, name: str = "max") -> GateValues:
    return gate_values(select(cast.actor(name), {}, TODAY))


def cents(amount: Decimal) -> str:
    return f"{rounded(amount, TWO_PLACES):f}"


def test_the_worked_case_comes_out_to_the_cent(cast: Cast) -> None:
    staged(cast)
    (one,) = found(cast).cases
    assert (cents(one.gate.gated), cents(one.gate.ungated), cents(one.gate.worth)) == (
        "97061.43", "-97449.13", "194510.56",
    )  # fmt: skip
    evens = one.gate.break_even_gated, one.gate.break_even_ungated
    assert [f"{rounded(even or Decimal(0), SIX_PLACES) * 100:.2f}" for even in evens] == ["18.07", "52.71"]


def test_cases_of_one_horizon_are_added_and_others_stand_beside(cast: Cast) -> None:
    staged(cast, "Voice bot")
    staged(cast, "Letter reading")
    staged(cast, "Motor triage", years=4, if_stopped=STOPPED[:5], if_carried_on=CARRIED_ON[:5])
    staged(cast, "Real prices", prices="real")
    sums = [(one.convention.words, one.cases) for one in found(cast).sums]
    assert sums == [
        ("5 years, nominal prices", 2),
        ("4 years, nominal prices", 1),
        ("5 years, real prices", 1),
    ]
    assert cents(found(cast).sums[0].worth) == "389021.12"


def test_cases_that_do_not_say_it_are_counted_and_are_not_0(cast: Cast) -> None:
    staged(cast)
    weighed(cast, "Motor triage", 300)
    assert (len(found(cast).cases), found(cast).silent) == (1, 1)


def test_only_the_version_in_force_counts(cast: Cast) -> None:
    row = staged(cast)
    Initiative.objects.get(pk=row.pk).worth.delete()
    worth(row, npv=WORKS, case_number=2)
    published(row, number=2)
    assert (found(cast).cases, found(cast).silent) == ((), 1)


def test_flows_over_other_years_than_the_case_are_told_and_not_read(cast: Cast) -> None:
    staged(cast, if_stopped=STOPPED[:3])
    assert (found(cast).cases, found(cast).unread) == ((), 1)


@pytest.mark.parametrize("stage", ["stopped", "retired"])
def test_what_has_ended_has_no_gate_before_it(cast: Cast, stage: str) -> None:
    row = staged(cast)
    Initiative.objects.filter(pk=row.pk).update(stage=stage)
    assert found(cast).cases == ()


def test_only_what_the_reader_may_see_counts(cast: Cast) -> None:
    staged(cast)
    assert len(found(cast, "vera").cases) == 1
    assert gate_values(select(actor_for(cast.ursula, via="page"), {}, TODAY)).cases == ()


def test_the_page_shows_the_sum_and_every_case(cast: Cast, signed_in: SignedIn) -> None:
    staged(cast)
    text = signed_in("edith").get("/funding/").content.decode()
    assert "Being able to stop is worth <strong>€195k</strong> on 1 case (5 years, nominal prices)" in text
    assert "18.07" in text


def test_the_page_says_that_nobody_said_it(cast: Cast, signed_in: SignedIn) -> None:
    weighed(cast, "Motor triage", 300)
    text = signed_in("edith").get("/funding/").content.decode()
    assert "nobody can say what the gates are worth" in text
