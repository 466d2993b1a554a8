"""A business case says every cost, keeps benefits of different evidence apart, and learns from those before it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.finance.case import BenefitLine, BenefitType, Case, CostCategory, CostLine, Evidence
from domain.finance.optimism import Outcome, ledger
from domain.finance.sensitivity import with_haircut
from domain.kpi_figures import TWO_PLACES, rounded


def money(*amounts: int) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, amounts))


def costs(**said: tuple[Decimal | None, ...]) -> tuple[CostLine, ...]:
    return tuple(CostLine(one, said.get(one.value, money(0, 0, 0, 0, 0))) for one in CostCategory)


GAIN = BenefitLine(
    description="Fewer handling hours", type=BenefitType.CASHABLE, evidence=Evidence.CONTROLLED, owner="Claims operations",
    kpi="K-0001", amounts=money(0, 120_000, 220_000, 260_000, 260_000),
)  # fmt: skip
CASE = Case(
    years=4,
    rate=Decimal("0.10"),
    currency="EUR",
    costs=costs(build=money(500_000, 0, 0, 0, 0)),
    benefits=(GAIN,),
)


def test_it_is_worth_what_its_lines_come_to() -> None:
    assert rounded(CASE.npv(), TWO_PLACES) == Decimal("163834.44")
    dearer = replace(
        CASE, costs=costs(build=money(500_000, 0, 0, 0, 0), cloud=money(0, 30_000, 30_000, 30_000, 30_000))
    )
    assert rounded(dearer.npv(), TWO_PLACES) == Decimal("68738.47")


def test_a_dis_benefit_takes_away() -> None:
    lost = replace(
        GAIN, description="Calls take longer", type=BenefitType.DIS_BENEFIT, amounts=money(0, 30_000, 30_000, 30_000, 30_000)
    )  # fmt: skip
    assert rounded(replace(CASE, benefits=(GAIN, lost)).npv(), TWO_PLACES) == Decimal("68738.47")


LOST = replace(
    GAIN, description="Calls take longer", type=BenefitType.DIS_BENEFIT, amounts=money(7_000, 30_000, 30_000, 30_000, 30_000)
)  # fmt: skip


def test_what_is_lost_today_is_a_part_of_the_outlay() -> None:
    found = replace(CASE, benefits=(GAIN, LOST)).streams()
    assert found.outlay == 507_000
    assert (found.benefits, found.lost) == (money(120_000, 220_000, 260_000, 260_000), money(*[30_000] * 4))
    assert found.net_benefits() == money(90_000, 190_000, 230_000, 230_000)


YEARLY = st.lists(st.integers(0, 10**6), min_size=4, max_size=4).map(lambda later: money(0, *later))
SHARE = st.integers(0, 100).map(lambda percent: Decimal(percent) / 100)


@given(
    gains=st.lists(YEARLY, max_size=3),
    losses=st.lists(st.tuples(st.integers(0, 10**6), YEARLY), max_size=2),
    haircut=SHARE,
    rate=st.integers(-30, 100).map(lambda percent: Decimal(percent) / 100),
)
def test_a_haircut_is_the_case_with_its_gains_cut_by_hand(
    gains: list[tuple[Decimal, ...]],
    losses: list[tuple[int, tuple[Decimal, ...]]],
    haircut: Decimal,
    rate: Decimal,
) -> None:
    lost = [replace(LOST, amounts=(Decimal(today), *later[1:])) for today, later in losses]
    whole = replace(CASE, rate=rate, benefits=(*(replace(GAIN, amounts=one) for one in gains), *lost))
    cut = [replace(GAIN, amounts=tuple(amount * (1 - haircut) for amount in one)) for one in gains]
    by_hand = replace(whole, benefits=(*cut, *lost))
    assert abs(whole.streams().npv(rate) - whole.npv()) < Decimal("1e-15")
    assert abs(with_haircut(whole.streams(), haircut).npv(rate) - by_hand.npv()) < Decimal("1e-15")


def test_what_has_no_money_never_enters_the_worth() -> None:
    nice = replace(GAIN, description="Happier staff", evidence=Evidence.ASSUMED, amounts=())
    both = replace(CASE, benefits=(GAIN, nice))
    assert both.npv() == CASE.npv()
    assert both.without_money() == (nice,)


def test_evidence_of_different_kinds_stands_side_by_side() -> None:
    guessed = replace(GAIN, evidence=Evidence.ASSUMED, amounts=money(0, 11_000, 0, 0, 0))
    found = replace(CASE, benefits=(GAIN, guessed)).worth_by_evidence()
    assert [rounded(found[one], TWO_PLACES) for one in Evidence] == [
        Decimal("663834.44"), Decimal("0.00"), Decimal("0.00"), Decimal("10000.00"),
    ]  # fmt: skip


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"costs": costs()[1:]}, "/costs", "0 where they cost nothing: build"),
    ({"costs": (*costs(), costs()[0])}, "/costs/9/category", "stands once"),
    ({"costs": costs(cloud=(Decimal(0), None, Decimal(0), Decimal(0), Decimal(0)))}, "/costs/3/amounts/1", "0 where there is none"),
    ({"costs": costs(build=money(1, 2))}, "/costs/0/amounts", "5 amounts"),
    ({"costs": costs(build=money(-1, 0, 0, 0, 0))}, "/costs/0/amounts/0", "from 0 up"),
    ({"costs": costs(build=(Decimal("1e30"), *money(0, 0, 0, 0)))}, "/costs/0/amounts/0", "below"),
    ({"costs": costs(build=(Decimal("NaN"), *money(0, 0, 0, 0)))}, "/costs/0/amounts/0", "from 0 up"),
    ({"currency": "€"}, "/currency", "three letters"),
    ({"years": 0}, "/years", "from 1 to 10"),
    ({"rate": Decimal(11)}, "/rate", "from -0.99 to 10"),
    ({"benefits": (replace(GAIN, owner=" "),)}, "/benefits/0/owner", "in the line"),
    ({"benefits": (replace(GAIN, description=""),)}, "/benefits/0/description", "what comes of it"),
    ({"benefits": (replace(GAIN, attribution=Decimal("1.1")),)}, "/benefits/0/attribution", "0 to 1"),
    ({"benefits": (replace(GAIN, amounts=money(1)),)}, "/benefits/0/amounts", "5 amounts"),
    ({"benefits": (LOST, replace(GAIN, amounts=money(1, 0, 0, 0, 0)))}, "/benefits/1/amounts/0", "flow 0 is the outlay"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "pointer", "remedy"), REFUSED)
def test_what_is_blank_or_wrong_is_refused_at_its_place(
    said: dict[str, Any], pointer: str, remedy: str
) -> None:
    with pytest.raises(RuleError) as refused:
        replace(CASE, **said)
    assert refused.value.pointer == pointer
    assert remedy in refused.value.message


def test_cases_like_this_realised_so_much_of_plan() -> None:
    rows = [Outcome(("Claims", "chat"), Decimal(100), Decimal(41)) for _ in range(5)]
    found = ledger(
        [*rows, Outcome(("Claims",), Decimal(100), Decimal(95)), Outcome(("Claims",), Decimal(0), Decimal(9))]
    )
    assert (found["chat"].cases, found["chat"].realised_share, found["chat"].haircut) == (
        5,
        Decimal("0.41"),
        Decimal("0.59"),
    )
    assert (found["Claims"].cases, found["Claims"].realised_share) == (6, Decimal("0.5"))


def test_few_cases_offer_no_haircut_and_better_ones_none_below_nothing() -> None:
    few = ledger([Outcome(("x",), Decimal(10), Decimal(1))] * 4)["x"]
    assert (few.cases, few.haircut) == (4, None)
    assert ledger([Outcome(("x",), Decimal(10), Decimal(15))] * 5)["x"].haircut == 0
    assert ledger([Outcome(("x",), Decimal(10), Decimal(-5))] * 5)["x"].haircut == 1


@given(
    st.lists(st.tuples(st.integers(1, 1000), st.integers(-100, 1500)), min_size=5, max_size=12), st.randoms()
)
def test_the_order_of_cases_means_nothing(pairs: list[tuple[int, int]], chance: Any) -> None:
    rows = [Outcome(("x",), Decimal(forecast), Decimal(realised)) for forecast, realised in pairs]
    mixed = list(rows)
    chance.shuffle(mixed)
    assert ledger(rows) == ledger(mixed)
