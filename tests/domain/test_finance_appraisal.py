"""One case, everything that is said of it: the worked figures of the specification from lines."""

from decimal import Decimal

import pytest

from domain.errors import RuleError
from domain.finance.appraisal import Question, Stake, Turn, appraise
from domain.finance.case import BenefitLine, BenefitType, Case, CostCategory, CostLine, Evidence
from domain.finance.sensitivity import Spread
from domain.kpi_figures import TWO_PLACES, rounded

D = Decimal


def base(years: int = 4, rate: str = "0.10") -> Case:
    """Section 1 of the worked figures: 500,000 today; 120, 220, 260 and 260 thousand net."""
    nothing = (D(0),) * 5
    costs = [CostLine(one, nothing) for one in CostCategory if one is not CostCategory.BUILD]
    build = CostLine(CostCategory.BUILD, (D(500_000), *nothing[1:]))
    saved = BenefitLine(
        description="Fewer days to a decision", type=BenefitType.CASHABLE, evidence=Evidence.BEFORE_AFTER, owner="Ann",
        amounts=(D(0), D(120_000), D(220_000), D(260_000), D(260_000)),
    )  # fmt: skip
    return Case(years=years, rate=D(rate), currency="EUR", costs=(build, *costs), benefits=(saved,))


def cents(amount: Decimal | None) -> str:
    assert amount is not None
    return f"{rounded(amount, TWO_PLACES):f}"


def test_every_worked_figure_comes_from_the_lines_of_a_case() -> None:
    turns = (
        Turn(name="worst", haircut=D("0.4"), years_late=1, probability=D("0.25")),
        Turn(name="pilot", haircut=D(0), probability=D("0.50")),
        Turn(name="optimistic", haircut=D("-0.25"), probability=D("0.25")),
    )
    nothing = tuple(D(one) for one in (0, -40_000, -60_000, -80_000, -100_000))
    found = appraise(base(), Question(spread=Spread(running=D(30_000)), turns=turns, do_nothing=nothing))
    assert cents(found.measures.npv) == "163834.44"
    assert cents(found.mid_year_npv) == "196235.43"
    assert [(bar.factor, cents(bar.low), cents(bar.high), cents(bar.swing)) for bar in found.tornado] == [
        ("benefits", "31067.55", "296601.33", "265533.78"),
        ("delay", "-57953.69", "163834.44", "221788.13"),
        ("outlay", "63834.44", "263834.44", "200000.00"),
        ("rate", "103979.48", "233252.13", "129272.65"),
        ("running", "68738.47", "163834.44", "95095.96"),
    ]
    assert [cents(one.npv) for one in found.scenarios] == ["-234772.22", "163834.44", "329793.05"]
    assert cents(found.expected) == "105672.43"
    assert (cents(found.delayed.fixed_horizon), cents(found.delayed.sliding)) == ("221788.13", "14894.04")
    assert found.inaction is not None
    assert (cents(found.inaction.npv), cents(found.inaction.acting_is_worth)) == ("-214356.94", "378191.38")


def test_what_is_not_asked_is_not_answered() -> None:
    found = appraise(base(), Question(turns=(Turn(name="pilot", haircut=D(0)),)))
    assert (found.inaction, found.gate, found.expected) == (None, None, None)
    assert len(found.scenarios) == 1


@pytest.mark.parametrize(("given", "pointer"), [
    (Question(do_nothing=(D(0), D(0))), "/do_nothing"),
    (Question(stake=Stake(works=D("0.4"), if_stopped=(D(0),), if_carried_on=(D(0),) * 5)), "/if_stopped"),
    (Question(stake=Stake(works=D("0.4"), if_stopped=(D(0),) * 5, if_carried_on=())), "/if_carried_on"),
])  # fmt: skip
def test_flows_over_other_years_are_refused_at_their_place(given: Question, pointer: str) -> None:
    with pytest.raises(RuleError, match="Give 5 amounts") as refused:
        appraise(base(), given)
    assert refused.value.pointer == pointer
