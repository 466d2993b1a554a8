"""A version as the tables of its page: what it costs and brings by year, by how sure it is, and as it may go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.wording import money, money_exact, number, percent, plural
from domain.finance.appraisal import Appraisal
from domain.finance.case import BenefitType, CostCategory, Evidence
from domain.finance.worth import MEASURED
from domain.kpi_figures import EXACT
from funding.models import CaseBenefit
from funding.models.cases import EVIDENCE
from funding.translate import Lines, amounts_of
from funding.views.figures import name_of

BLANK = "blank"
CATEGORY_WORDS = {one.value: one.value.replace("_", " ").capitalize() for one in CostCategory}
EVIDENCE_WORDS = dict(EVIDENCE)
SHORT_EVIDENCE = {
    Evidence.CONTROLLED: "Measured, control group",
    Evidence.BEFORE_AFTER: "Measured, before and after",
    Evidence.ESTIMATED: "Estimated",
    Evidence.ASSUMED: "Assumed",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the yearly table. A cell is None where nobody said."""

    name: str
    cells: tuple[str | None, ...]
    note: str = ""
    benefit: CaseBenefit | None = None


@dataclass(frozen=True, slots=True)
class Yearly:
    """Costs, benefits and what is left, year by year."""

    heads: tuple[str, ...]
    costs: tuple[Row, ...]
    costs_total: Row
    benefits: tuple[Row, ...]
    benefits_total: Row
    net: Row
    zero: str


Sums = list[Decimal | None]


def yearly(lines: Lines) -> Yearly:
    """The table of a version, also of a draft that is not complete: a total with a blank in it cannot be counted."""
    years, currency = lines.case.years, lines.case.currency
    said = {row.category: row for row in lines.costs}
    costs, cost_rows = [], []
    for category in CostCategory:
        row = said.get(category.value)
        amounts = _as_long(amounts_of(row.amounts) if row else (), years)
        costs.append(amounts)
        cost_rows.append(
            Row(CATEGORY_WORDS[category.value], _written(amounts, currency), row.note if row else "")
        )
    gains, benefit_rows = [], []
    for benefit in lines.benefits:
        if benefit.amounts:
            amounts = _as_long(amounts_of(benefit.amounts), years)
            lost = benefit.type == BenefitType.DIS_BENEFIT.value
            amounts = tuple(None if one is None else (one.copy_negate() if lost else one) for one in amounts)
            gains.append(amounts)
            benefit_rows.append(Row(benefit.description, _written(amounts, currency), benefit=benefit))
    out, income = _added(costs, years), _added(gains, years)
    net = [None if a is None or b is None else EXACT.subtract(b, a) for a, b in zip(out, income, strict=True)]
    return Yearly(
        tuple(name_of(year) for year in range(years + 1)),
        tuple(cost_rows), Row("All costs", _written(out, currency)),
        tuple(benefit_rows), Row("All benefits", _written(income, currency)),
        Row("Net flow", _written(net, currency)),
        money_exact(0, currency),
    )  # fmt: skip


def _as_long(amounts: Sequence[Decimal | None], years: int) -> tuple[Decimal | None, ...]:
    return (*amounts, *([None] * (years + 1)))[: years + 1]


def _written(amounts: Iterable[Decimal | None], currency: str) -> tuple[str | None, ...]:
    return tuple(None if one is None else money_exact(one, currency) for one in amounts)


def _added(rows: Sequence[Sequence[Decimal | None]], years: int) -> Sums:
    sums: Sums = [Decimal(0)] * (years + 1)
    for row in rows:
        sums = [
            None if total is None or one is None else EXACT.add(total, one)
            for total, one in zip(sums, row, strict=True)
        ]
    return sums


@dataclass(frozen=True, slots=True)
class Graded:
    """The benefits of one evidence: what they are worth today, and which they are. Never added to another."""

    name: str
    worth: str
    none: bool
    measured: bool
    lines: tuple[str, ...]


def by_evidence(lines: Lines, found: Appraisal) -> list[Graded]:
    out = []
    for evidence, worth in found.worth_by_evidence.items():
        named = tuple(
            row.description for row in lines.benefits if row.amounts and row.evidence == evidence.value
        )
        out.append(
            Graded(
                SHORT_EVIDENCE[evidence],
                money(worth, lines.case.currency) if named else "none",
                not named,
                evidence in MEASURED,
                named,
            )
        )
    return out


def without_money(lines: Lines) -> list[CaseBenefit]:
    return [row for row in lines.benefits if not row.amounts]


@dataclass(frozen=True, slots=True)
class Way:
    """A scenario in words."""

    name: str
    haircut: str
    late: str
    outlay: str
    probability: str
    npv: str
    loses: bool


def ways(lines: Lines, found: Appraisal) -> list[Way]:
    """Every scenario with its haircut said, as its NPV came out."""
    out = []
    for row, scenario in zip(lines.scenarios, found.scenarios, strict=True):
        out.append(
            Way(
                row.get_name_display(),
                haircut_words(row.haircut),
                plural(row.years_late, "year") if row.years_late else "on time",
                "as planned" if row.outlay_factor == 1 else f"times {number(row.outlay_factor)}",
                percent(row.probability) if row.probability is not None else "not said",
                money_exact(scenario.npv, lines.case.currency),
                scenario.npv < 0,
            )
        )
    return out


def haircut_words(haircut: Decimal) -> str:
    if haircut < 0:
        return f"{percent(haircut.copy_negate())} more"
    return "none" if haircut == 0 else f"{percent(haircut)} off"
