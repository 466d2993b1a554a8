"""A case that is still being written: every figure that can be told already, and what the others wait for, place by place."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final, TypeVar

from domain.errors import RuleError
from domain.finance.appraisal import Appraisal, Question, Stake, Turn, appraise
from domain.finance.case import BenefitLine, BenefitType, Case, CostLine, Evidence, faults
from domain.finance.flows import LARGEST
from domain.finance.present_value import HIGHEST_RATE, LOWEST_RATE, require_rate
from domain.finance.sensitivity import Scenario, Spread, expected_npv
from domain.kpi_figures import EXACT

Amounts = tuple[Decimal | None, ...]
Answer = TypeVar("Answer")
_SOMETHING: Final = "-"  # in the place of a text that no figure depends on


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """A benefit as far as it is written; `type` or `evidence` None: nobody said. See BenefitLine."""

    description: str = ""
    type: BenefitType | None = None
    evidence: Evidence | None = None
    owner: str = ""
    kpi: str = ""
    attribution: Decimal = Decimal(1)
    amounts: Amounts = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A case as far as it is written, with what is asked of it. See Case, Question and Stake.

    The stakes are asked of as soon as one of `works`, `if_stopped` and `if_carried_on` is given.
    """

    years: int | None = None
    rate: Decimal | None = None
    currency: str = ""
    costs: tuple[CostLine, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    finance_rate: Decimal | None = None
    reinvest_rate: Decimal | None = None
    spread: Spread = field(default_factory=Spread)
    turns: tuple[Turn, ...] = ()
    do_nothing: Amounts = ()
    works: Decimal | None = None
    if_stopped: Amounts = ()
    if_carried_on: Amounts = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFar:
    """`appraisal` None: no figure can be told yet. `missing`: what has to be written or mended, in the order of places.

    `case`: what the figures are of; a text that no figure depends on may stand for one that is missing.
    """

    case: Case | None
    appraisal: Appraisal | None
    missing: tuple[RuleError, ...]


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the rule of a case is asked of."""

    years: int
    rate: Decimal
    currency: str
    costs: tuple[CostLine, ...]
    benefits: tuple[BenefitLine, ...]


def so_far(written: Written) -> SoFar:
    """Never raises: what cannot be told is missing."""
    missing = [*_unsaid(written)]
    frame = _frame(written)
    missing += [] if frame is None else faults(frame)
    if frame is None or any(one.code not in _NO_FIGURE for one in missing):
        return SoFar(case=None, appraisal=None, missing=tuple(missing))
    case = Case(
        years=frame.years, rate=frame.rate, currency=frame.currency, costs=frame.costs,
        benefits=tuple(
            replace(one, description=one.description.strip() or _SOMETHING, owner=one.owner.strip() or _SOMETHING)
            for one in frame.benefits
        ),
    )  # fmt: skip
    question, refused = _question(written, case)
    found = _kept(refused, lambda: appraise(case, question))
    return SoFar(case=case, appraisal=found, missing=(*missing, *refused))


_NO_FIGURE: Final = frozenset({"description_missing", "owner_missing"})


def _unsaid(written: Written) -> Iterator[RuleError]:
    if written.years is None:
        yield RuleError("years_missing", "Say over how many years.", "/years")
    if written.rate is None:
        yield RuleError("rate_missing", "Give the rate per year: 0.10 is 10 %.", "/rate")
    for place, one in enumerate(written.benefits):
        if one.type is None:
            yield RuleError("type_missing", "Say what kind of benefit it is.", f"/benefits/{place}/type")
        if one.evidence is None:
            yield RuleError("evidence_missing", "Say how it is known.", f"/benefits/{place}/evidence")


def _frame(written: Written) -> _Frame | None:
    """What can be asked of the rule; a rate that is not said is no fault of the amounts."""
    if written.years is None:
        return None
    benefits = tuple(
        BenefitLine(
            description=one.description, type=one.type or BenefitType.CASHABLE, evidence=one.evidence or Evidence.ASSUMED,
            owner=one.owner, kpi=one.kpi, attribution=one.attribution, amounts=one.amounts,
        )
        for one in written.benefits
    )  # fmt: skip
    return _Frame(written.years, written.rate or Decimal(0), written.currency, written.costs, benefits)


def _question(written: Written, case: Case) -> tuple[Question, list[RuleError]]:
    """What can be asked of the case, and what is in the way of asking the rest."""
    refused: list[RuleError] = []
    stake = _kept(refused, lambda: stake_of(written, case.years))
    nothing = _kept(refused, lambda: whole(written.do_nothing, case.years, "/do_nothing")) or ()
    question = Question(
        finance_rate=_kept(refused, lambda: _rate(written.finance_rate, "/finance_rate")),
        reinvest_rate=_kept(refused, lambda: _rate(written.reinvest_rate, "/reinvest_rate")),
        spread=_kept(refused, lambda: _spread(written.spread, case.rate)) or Spread(rate=Decimal(0)),
        turns=written.turns,
        do_nothing=nothing,
        stake=stake,
    )
    weighed = _kept(refused, lambda: _weighed(written.turns))
    if not weighed:
        question = replace(question, turns=tuple(replace(one, probability=None) for one in written.turns))
    return question, refused


def _kept(refused: list[RuleError], ask: Callable[[], Answer]) -> Answer | None:
    try:
        return ask()
    except RuleError as error:
        if all((one.code, one.pointer) != (error.code, error.pointer) for one in refused):
            refused.append(error)
        return None


def _rate(rate: Decimal | None, pointer: str) -> Decimal | None:
    return None if rate is None else require_rate(rate, pointer)


def _spread(spread: Spread, rate: Decimal) -> Spread:
    """Shares from 0 to 1, and a rate that stays in its range."""
    for name in ("benefits", "outlay"):
        share: Decimal = getattr(spread, name)
        if not 0 <= share <= 1:
            raise RuleError("not_a_share", "Give a share from 0 to 1.", f"/spread_{name}")
    low, high = EXACT.subtract(rate, spread.rate), EXACT.add(rate, spread.rate)
    if spread.rate < 0 or low < LOWEST_RATE or high > HIGHEST_RATE:
        raise RuleError(
            "rate_out_of_range", "Give points of the rate that leave it between -0.99 and 10.", "/spread_rate"
        )
    return spread


def _weighed(turns: tuple[Turn, ...]) -> bool:
    """Whether the scenarios can be weighed. All have a probability, or none; RuleError else, and where they miss 1."""
    unsaid = [place for place, one in enumerate(turns) if one.probability is None]
    if len(unsaid) == len(turns):
        return False
    if unsaid:
        raise RuleError(
            "probability_missing", "Give every scenario a probability, or none.", f"/scenarios/{unsaid[0]}/probability"
        )  # fmt: skip
    expected_npv([Scenario(one.name, one.probability or Decimal(0), Decimal(0)) for one in turns])
    return True


def stake_of(written: Written, years: int) -> Stake | None:
    """What the gate decides about; None where nothing is said of stages. RuleError where only a part is."""
    works = written.works
    if works is None and not written.if_stopped and not written.if_carried_on:
        return None
    if works is None:
        raise RuleError("stage_missing", "Give the probability that the first stage works.", "/works")
    if not 0 <= works <= 1:
        raise RuleError("not_a_probability", "Give a probability from 0 to 1.", "/works")
    if not written.if_stopped:
        said = "Give the flows when the first stage fails and the money stops there."
        raise RuleError("stage_missing", said, "/if_stopped")
    if not written.if_carried_on:
        said = "Give the flows when the first stage fails and the money goes on regardless."
        raise RuleError("stage_missing", said, "/if_carried_on")
    return Stake(
        works=works,
        if_stopped=whole(written.if_stopped, years, "/if_stopped"),
        if_carried_on=whole(written.if_carried_on, years, "/if_carried_on"),
    )


def whole(amounts: Amounts, years: int, pointer: str) -> tuple[Decimal, ...]:
    """Annual flows without a blank, over the same years as the case."""
    if amounts and len(amounts) != years + 1:
        raise RuleError("years_differ", f"Give {years + 1} amounts: today and {years} years.", pointer)
    out = []
    for year, one in enumerate(amounts):
        if one is None:
            raise RuleError("amount_blank", "Give an amount, 0 where there is none.", f"{pointer}/{year}")
        if not one.is_finite() or abs(one) >= LARGEST:
            said = "Give an amount below 1,000,000,000,000,000."
            raise RuleError("amount_out_of_range", said, f"{pointer}/{year}")
        out.append(one)
    return tuple(out)
