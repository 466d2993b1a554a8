"""Everything that is said of one case, each figure from the same lines: what pages, the API and the memo print."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from domain.errors import RuleError
from domain.finance.case import Case, Evidence
from domain.finance.flows import annual
from domain.finance.gating import Gate, gate
from domain.finance.measures import Measures, measures
from domain.finance.present_value import ONE, mid_year, npv
from domain.finance.sensitivity import (
    Bar,
    Flips,
    Scenario,
    Spread,
    expected_npv,
    flips,
    tornado,
    with_haircut,
)
from domain.finance.streams import Streams
from domain.finance.waiting import DelayedAYear, Inaction, cost_of_delay, delayed_a_year, inaction
from domain.kpi_figures import EXACT


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A way it may go: the haircut on every benefit (below 0: more than written), years late, the outlay times a factor."""

    name: str
    haircut: Decimal
    years_late: int = 0
    outlay: Decimal = Decimal(1)
    probability: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """The first stage of phased money: how probable it works (0 to 1), and the annual flows where it does not, today's
    first: `if_stopped` at the gate, `if_carried_on` regardless."""

    works: Decimal
    if_stopped: tuple[Decimal, ...]
    if_carried_on: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a case beside its NPV. Empty or None: not asked, so not answered."""

    finance_rate: Decimal | None = None
    reinvest_rate: Decimal | None = None
    spread: Spread = field(default_factory=Spread)
    turns: tuple[Turn, ...] = ()
    do_nothing: tuple[Decimal, ...] = ()
    stake: Stake | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal:
    """`mid_year_npv`: by the other convention, said beside the first. `scenarios`: the NPV of each turn. `expected`: None
    where a probability is missing. `worth_by_evidence`: never to be added up. `inaction`, `gate`: None where not asked.
    """

    measures: Measures
    mid_year_npv: Decimal
    streams: Streams
    tornado: tuple[Bar, ...]
    flips: Flips
    delay_a_month: Decimal
    delayed: DelayedAYear
    inaction: Inaction | None
    scenarios: tuple[Scenario, ...]
    expected: Decimal | None
    gate: Gate | None
    worth_by_evidence: dict[Evidence, Decimal]


def appraise(case: Case, question: Question) -> Appraisal:
    """RuleError where the case or the question cannot be answered: it says where and what to mend."""
    streams, flows = case.streams(), case.flows()
    scenarios = tuple(turned(streams, turn, case.rate) for turn in question.turns)
    weighed = bool(scenarios) and all(turn.probability is not None for turn in question.turns)
    return Appraisal(
        measures=measures(
            flows, case.rate, finance_rate=question.finance_rate, reinvest_rate=question.reinvest_rate
        ),
        mid_year_npv=npv(mid_year(flows), case.rate),
        streams=streams,
        tornado=tornado(streams, case.rate, question.spread),
        flips=flips(streams, case.rate),
        delay_a_month=cost_of_delay(streams),
        delayed=delayed_a_year(streams, case.rate),
        inaction=inaction(_as_long(question.do_nothing, case, "/do_nothing"), streams, case.rate)
        if question.do_nothing
        else None,
        scenarios=scenarios,
        expected=expected_npv(scenarios) if weighed else None,
        gate=_gate(case, question.stake),
        worth_by_evidence=case.worth_by_evidence(),
    )


def as_it_goes(case: Streams, turn: Turn) -> Streams:
    """The case when it goes that way."""
    better = turn.haircut < 0
    other = (
        case.scaled(benefits=EXACT.subtract(ONE, turn.haircut))
        if better
        else with_haircut(case, turn.haircut)
    )
    return other.late(turn.years_late).scaled(outlay=turn.outlay)


def turned(case: Streams, turn: Turn, rate: Decimal) -> Scenario:
    """What the case is worth when it goes that way."""
    return Scenario(turn.name, turn.probability or Decimal(0), as_it_goes(case, turn).npv(rate))


def _gate(case: Case, stake: Stake | None) -> Gate | None:
    if stake is None:
        return None
    stopped = npv(annual(_as_long(stake.if_stopped, case, "/if_stopped")), case.rate)
    carried_on = npv(annual(_as_long(stake.if_carried_on, case, "/if_carried_on")), case.rate)
    return gate(works=stake.works, if_it_works=case.npv(), if_stopped=stopped, if_carried_on=carried_on)


def _as_long(amounts: Sequence[Decimal], case: Case, pointer: str) -> Sequence[Decimal]:
    """Annual flows over the same years as the case."""
    if len(amounts) != case.years + 1:
        raise RuleError(
            "years_differ", f"Give {case.years + 1} amounts: today and {case.years} years.", pointer
        )
    return amounts
