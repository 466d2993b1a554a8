"""Two versions side by side: the figures first, then the lines that made them move."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from core.wording import money_exact, number, percent, plural
from domain.finance.case import Case, CostCategory
from domain.finance.worth import measured_share
from domain.kpi_figures import EXACT
from funding.models import BusinessCase, CaseBenefit, CaseScenario
from funding.translate import Lines, amounts_of, so_far_of
from funding.views.appraised import careful_npv
from funding.views.figures import break_even_words, irr_words, name_of, payback_words, rate_words
from funding.views.tables import CATEGORY_WORDS, haircut_words

NOT_TOLD = "cannot be told"
NOT_SAID = "not said"


@dataclass(frozen=True, slots=True)
class Moved:
    """One thing in both versions, in words; None: it is not there. `by`: how far, where it is money."""

    name: str
    was: str | None
    now: str | None
    by: str = ""
    worse: bool = False

    @property
    def same(self) -> bool:
        return self.was == self.now


@dataclass(frozen=True, slots=True)
class LineMoved:
    """One line of the case: `how` is added, taken away or changed; `parts` are what differs in it."""

    name: str
    how: str
    parts: tuple[Moved, ...]


@dataclass(frozen=True, slots=True)
class SideBySide:
    figures: tuple[Moved, ...]
    lines: tuple[LineMoved, ...]
    unchanged: int


def side_by_side(was: Lines, now: Lines) -> SideBySide:
    """What differs between two versions. Pure: it reads the lines alone."""
    lines = [*_frame(was, now), *_costs(was, now), *_benefits(was, now), *_scenarios(was, now)]
    moved = tuple(one for one in lines if one.how != "same")
    return SideBySide(tuple(_figures(was, now)), moved, len(lines) - len(moved))


def _figures(was: Lines, now: Lines) -> Iterator[Moved]:
    before, after = _answers(was), _answers(now)
    for name, (text, amount) in after.items():
        text_before, amount_before = before[name]
        gap = None if amount is None or amount_before is None else EXACT.subtract(amount, amount_before)
        by = "" if not gap else f"{'+' if gap > 0 else ''}{money_exact(gap, now.case.currency)}"
        yield Moved(name, text_before, text, by, worse=gap is not None and gap < 0 and name == "NPV")


def _answers(lines: Lines) -> dict[str, tuple[str, Decimal | None]]:
    """Each figure in words, and as an amount where it is one."""
    currency = lines.case.currency
    so_far = so_far_of(lines)
    case, found = so_far.case, so_far.appraisal
    if case is None or found is None:
        return dict.fromkeys(NAMES, (NOT_TOLD, None))

    def money(amount: Decimal | None) -> tuple[str, Decimal | None]:
        return (NOT_SAID, None) if amount is None else (money_exact(amount, currency), amount)

    share, m = measured_share(case), found.measures
    told = (
        money(m.npv),
        money(careful_npv(lines, found)),
        (payback_words(m.payback_years, m.payback_note), None),
        (break_even_words(found.flips.benefits), None),
        (irr_words(m.irr)[0], None),
        ("none has a price" if share is None else percent(share), None),
        money(found.streams.outlay),
        money(found.delay_a_month),
        money(_all_costs(case)),
    )
    return dict(zip(NAMES, told, strict=True))


NAMES = (
    "NPV", "NPV with the haircut", "Payback", "Break-even", "Internal rate of return", "Measured", "Outlay today",
    "Cost of delay a month", "All costs, not discounted",
)  # fmt: skip


def _all_costs(case: Case) -> Decimal:
    total = Decimal(0)
    for line in case.costs:
        for amount in line.amounts:
            total = EXACT.add(total, amount or Decimal(0))
    return total


def _line(name: str, before: dict[str, str] | None, after: dict[str, str] | None) -> LineMoved:
    """One line from what is said of it in both versions; None where it is not there."""
    if before is None and after is not None:
        return LineMoved(name, "added", tuple(Moved(k, None, v) for k, v in after.items() if v))
    if after is None and before is not None:
        return LineMoved(name, "taken away", tuple(Moved(k, v, None) for k, v in before.items() if v))
    was, now = before or {}, after or {}
    names = dict.fromkeys((*was, *now))
    parts = (Moved(k, was.get(k) or NOT_SAID, now.get(k) or NOT_SAID) for k in names)
    moved = tuple(one for one in parts if not one.same)
    return LineMoved(name, "changed" if moved else "same", moved)


def _frame(was: Lines, now: Lines) -> Iterator[LineMoved]:
    yield _line("Horizon, rate and conventions", _framed(was.case), _framed(now.case))
    for code, name in (("do_nothing", "Doing nothing"), ("if_stopped", "Stopped at the gate"), ("if_carried_on", "Carried on regardless")):  # fmt: skip
        yield _line(
            name, _years(was.case, getattr(was.case, code)), _years(now.case, getattr(now.case, code))
        )


def _framed(row: BusinessCase) -> dict[str, str]:
    def rate(value: Decimal | None) -> str:
        return "" if value is None else rate_words(value)

    return {
        "Day of flow 0": row.starts_on.isoformat(),
        "Horizon": plural(row.years, "year"),
        "Rate a year": rate(row.rate),
        "Prices": row.get_prices_display(),
        "Financed at": rate(row.finance_rate),
        "Invested again at": rate(row.reinvest_rate),
        "A year late means": row.get_delay_means_display() if row.delay_means else "",
        "The first stage works": rate(row.works),
        "People": "" if row.people is None else number(row.people),
        "Mid-year": "said beside it" if row.mid_year else "",
        "Benefits are moved by": percent(row.spread_benefits),
        "The outlay is moved by": percent(row.spread_outlay),
        "The start is moved by": plural(row.spread_years_late, "year"),
        "The rate is moved by": f"{number(row.spread_rate * 100)} points",
        "Running costs are moved by": money_exact(row.spread_running, row.currency),
    }


def _years(row: BusinessCase, amounts: Iterable[str | None]) -> dict[str, str]:
    return {
        name_of(year): "blank" if one is None else money_exact(one, row.currency)
        for year, one in enumerate(amounts_of(list(amounts)))
    }


def _costs(was: Lines, now: Lines) -> Iterator[LineMoved]:
    before = {one.category: one for one in was.costs}
    after = {one.category: one for one in now.costs}
    for category in CostCategory:
        sides = []
        for lines, rows in ((was, before), (now, after)):
            row = rows.get(category.value)
            sides.append({**_years(lines.case, row.amounts), "Note": row.note} if row else {})
        yield _line(f"Costs of {CATEGORY_WORDS[category.value].lower()}", sides[0], sides[1])


def _benefits(was: Lines, now: Lines) -> Iterator[LineMoved]:
    before, after = {one.key: one for one in was.benefits}, {one.key: one for one in now.benefits}
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        named = new or old
        name = (named.description if named else "") or f"Benefit {key}"
        yield _line(name, _benefit(was, old), _benefit(now, new))


def _benefit(lines: Lines, row: CaseBenefit | None) -> dict[str, str] | None:
    if row is None:
        return None
    return {
        "What comes of it": row.description,
        "Kind": row.get_type_display(),
        "How sure": row.get_evidence_display(),
        "Who answers for it": row.owner.name if row.owner else "",
        "KPI": row.kpi.ref if row.kpi else "",
        "Share of its improvement": percent(row.attribution),
        "How the share was found": row.attribution_method,
        "Baseline": row.baseline,
        **_years(lines.case, row.amounts),
    }


def _scenarios(was: Lines, now: Lines) -> Iterator[LineMoved]:
    before, after = {one.name: one for one in was.scenarios}, {one.name: one for one in now.scenarios}
    for code, label in CaseScenario.Name.choices:
        if code in before or code in after:
            yield _line(f"Scenario: {label.lower()}", _scenario(before.get(code)), _scenario(after.get(code)))


def _scenario(row: CaseScenario | None) -> dict[str, str] | None:
    if row is None:
        return None
    return {
        "Haircut": haircut_words(row),
        "Late": plural(row.years_late, "year"),
        "Outlay, times": number(row.outlay_factor),
        "How likely": "" if row.probability is None else percent(row.probability),
    }
