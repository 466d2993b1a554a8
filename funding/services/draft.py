"""What somebody writes of a case, before it is a record: everything that may still be blank is.

Amounts are yearly, today's first; None where nobody has said yet. Rates and shares as decimals: 0.10 is 10 %.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from funding.models import BusinessCase, CaseBenefit, CaseCost, CaseScenario
from funding.translate import Lines, amounts_of

Amounts = tuple[Decimal | None, ...]
NOTHING: Final = Decimal(0)
WHOLE: Final = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostDraft:
    """What a category costs in each year. `currency`: empty, or that of the case; no other is taken."""

    category: str
    amounts: Amounts = ()
    note: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitDraft:
    """One thing that comes of it. `key` None: a benefit no version of this initiative's case has had yet.

    `type` and `evidence` empty: nobody has said. No amounts: it is not about money.
    """

    key: int | None = None
    description: str = ""
    type: str = ""
    evidence: str = ""
    owner_id: int | None = None
    kpi_id: int | None = None
    attribution: Decimal = WHOLE
    attribution_method: str = ""
    baseline: str = ""
    amounts: Amounts = ()
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioDraft:
    """A way it may go; below 0 the haircut adds to the benefits."""

    name: str
    haircut: Decimal
    years_late: int = 0
    outlay_factor: Decimal = WHOLE
    probability: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDraft:
    """The whole of a draft; see BusinessCase for what the fields mean. `currency` empty: the organisation's."""

    starts_on: date
    years: int
    rate: Decimal
    currency: str = ""
    prices: str = BusinessCase.Prices.NOMINAL.value
    mid_year: bool = False
    finance_rate: Decimal | None = None
    reinvest_rate: Decimal | None = None
    spread_benefits: Decimal = Decimal("0.20")
    spread_outlay: Decimal = Decimal("0.20")
    spread_years_late: int = 1
    spread_rate: Decimal = Decimal("0.04")
    spread_running: Decimal = NOTHING
    do_nothing: Amounts = ()
    delay_means: str = ""
    works: Decimal | None = None
    if_stopped: Amounts = ()
    if_carried_on: Amounts = ()
    people: Decimal | None = None
    costs: tuple[CostDraft, ...] = ()
    benefits: tuple[BenefitDraft, ...] = ()
    scenarios: tuple[ScenarioDraft, ...] = ()


PLAIN: Final = (
    "starts_on", "years", "rate", "currency", "prices", "mid_year", "finance_rate", "reinvest_rate", "spread_benefits",
    "spread_outlay", "spread_years_late", "spread_rate", "spread_running", "delay_means", "works", "people",
)  # fmt: skip
"""Fields of a case that are no amounts and no lines."""
YEARLY: Final = ("do_nothing", "if_stopped", "if_carried_on")


def draft_from(lines: Lines) -> CaseDraft:
    """A version as a draft, to begin the next with. Benefits keep their keys."""
    row = lines.case
    said: dict[str, Any] = {name: getattr(row, name) for name in PLAIN}
    said |= {name: amounts_of(getattr(row, name)) for name in YEARLY}
    return CaseDraft(
        **said,
        costs=tuple(
            CostDraft(category=one.category, amounts=amounts_of(one.amounts), note=one.note)
            for one in lines.costs
        ),
        benefits=tuple(_benefit(one) for one in lines.benefits),
        scenarios=tuple(
            ScenarioDraft(
                name=one.name, haircut=one.haircut, years_late=one.years_late, outlay_factor=one.outlay_factor,
                probability=one.probability,
            )
            for one in lines.scenarios
        ),
    )  # fmt: skip


def _benefit(row: CaseBenefit) -> BenefitDraft:
    names = (
        "key",
        "description",
        "type",
        "evidence",
        "owner_id",
        "kpi_id",
        "attribution",
        "attribution_method",
        "baseline",
    )
    said: dict[str, Any] = {name: getattr(row, name) for name in names}
    return BenefitDraft(**said, amounts=amounts_of(row.amounts))


def stored(amounts: Amounts) -> list[str | None]:
    """Yearly amounts as a line keeps them: two decimals, null where nobody said."""
    return [None if one is None else f"{one:.2f}" for one in amounts]


def rows_of(
    draft: CaseDraft, case: BusinessCase
) -> tuple[list[CaseCost], list[CaseBenefit], list[CaseScenario]]:
    """The lines of a draft as records of `case`, not yet saved. Every benefit has its key by now."""
    costs = [
        CaseCost(case=case, category=one.category, amounts=stored(one.amounts), note=one.note)
        for one in draft.costs
    ]
    benefits = [
        CaseBenefit(
            case=case, key=one.key or 0, description=one.description, type=one.type, evidence=one.evidence,
            owner_id=one.owner_id, kpi_id=one.kpi_id, attribution=one.attribution,
            attribution_method=one.attribution_method, baseline=one.baseline, amounts=stored(one.amounts),
        )
        for one in draft.benefits
    ]  # fmt: skip
    scenarios = [
        CaseScenario(
            case=case, name=one.name, haircut=one.haircut, years_late=one.years_late,
            outlay_factor=one.outlay_factor, probability=one.probability,
        )
        for one in draft.scenarios
    ]  # fmt: skip
    return costs, sorted(benefits, key=lambda one: one.key), scenarios


def numbered(draft: CaseDraft, known: set[int]) -> CaseDraft:
    """The draft with a key for each benefit: what is new takes the next that no version has had (`known`)."""
    following = max([*known, *(one.key for one in draft.benefits if one.key is not None), 0])
    out = []
    for one in draft.benefits:
        if one.key is None:
            following += 1
        out.append(replace(one, key=following) if one.key is None else one)
    return replace(draft, benefits=tuple(out))
