"""Two versions side by side, in words: the figures first, then the lines that made them move.

What differs is `funding.queries.compare`'s to say; here it is written as a reader says it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import Any, Final

from core.wording import day, money_exact, number, percent, plural
from domain.kpi_figures import EXACT
from funding.models import BusinessCase, CaseScenario
from funding.models.cases import EVIDENCE, TYPES
from funding.queries.compare import Change, FigureChange, LineChange, compare
from funding.services.draft import YEARLY
from funding.translate import Lines
from funding.views.figures import break_even_words, name_of, rate_words
from funding.views.tables import haircut_words

NOT_TOLD: Final = "cannot be told"
NOT_SAID: Final = "not said"
NONE: Final = "none"
HOW: Final = {"added": "added", "removed": "taken away", "changed": "changed"}
FRAME: Final = "Horizon, rate and conventions"
FLOWS: Final = {
    "do_nothing": "Doing nothing",
    "if_stopped": "Stopped at the gate",
    "if_carried_on": "Carried on regardless",
}
OF: Final = {"costs": "Costs of", "scenarios": "Scenario:"}
CHOICES: Final = {
    "prices": dict(BusinessCase.Prices.choices),
    "delay_means": dict(BusinessCase.Delay.choices),
    "type": dict(TYPES),
    "evidence": dict(EVIDENCE),
}
RATES: Final = frozenset({"rate", "finance_rate", "reinvest_rate", "works"})
SHARES: Final = frozenset({"spread_benefits", "spread_outlay", "attribution", "probability"})
COUNTED: Final = frozenset({"years", "spread_years_late", "years_late"})
MONEY: Final = frozenset(
    {"npv", "conservative_npv", "mid_year_npv", "outlay", "all_costs", "expected_npv", "cost_of_delay_a_month",
     "cost_of_inaction", "acting_is_worth"}
)  # fmt: skip
NOTES: Final = {
    "ok": "the only one", "borrowing": "borrowing: good below the hurdle", "norstrom": "the only one at or above 0",
    "multiple": "several, none is the answer", "no_sign_change": "none: the flows never change their sign",
    "no_real_root": "none: no rate makes the NPV 0", "not_guaranteed_unique": "not certain to be the only one",
    "out_of_range": "outside −99 % to 1,000 %", "recovered": "recovered", "recovered_later_lost": "recovered, later lost",
    "never": "never within the horizon", "no_outlay": "there is no outlay to come back",
}  # fmt: skip


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


def side_by_side(was: Lines, now: Lines, *, decided: bool = False) -> SideBySide:
    """What differs between two versions. Pure: it reads the lines alone."""
    found = compare(was, now, decided=decided)
    say = _sayer(was, now)
    frame = tuple(_parts([one for one in found.fields if one.field not in YEARLY], say))
    flows = [
        LineMoved(FLOWS[one.field], "changed", tuple(_years(one, say)))
        for one in found.fields
        if one.field in YEARLY
    ]
    framed = ([LineMoved(FRAME, "changed", frame)] if frame else []) + flows
    lines = (*framed, *(_line(one, say) for one in found.lines))
    return SideBySide(
        tuple(_figures(found.figures, now.case.currency)),
        lines,
        found.unchanged + 1 + len(FLOWS) - len(framed),
    )


def _figures(found: Iterable[FigureChange], currency: str) -> Iterator[Moved]:
    rows = list(found)
    npv = next((one for one in rows if one.figure == "npv"), None)
    none = [
        NOT_TOLD if npv is None or side is None else NONE for side in (npv and npv.before, npv and npv.after)
    ]
    for one in rows:
        gap = Decimal(one.difference) if one.difference is not None and one.figure in MONEY else None
        by = "" if not gap else f"{'+' if gap > 0 else ''}{money_exact(gap, currency)}"
        was, now = (_figure(one.figure, value, currency) for value in (one.before, one.after))
        worse = gap is not None and gap < 0 and one.figure == "npv"
        yield Moved(one.label, was or none[0], now or none[1], by, worse)


def _figure(name: str, value: str | None, currency: str) -> str:
    """A figure as it is read; empty where there is none."""
    if value is None:
        return ""
    if name in NOTES or value in NOTES:
        return NOTES.get(value, value)
    amount = Decimal(value)
    if name in MONEY:
        return money_exact(amount, currency)
    if name.endswith("years"):
        return f"{number(amount, 1)} years"
    if name == "benefits_may_fall":
        return break_even_words(EXACT.subtract(Decimal(1), amount))
    if name == "profitability_index":
        return number(amount, 2)
    return percent(amount) if name == "measured_share" else percent(amount, 2)


Say = Callable[[str, Any], str]


def _sayer(was: Lines, now: Lines) -> Say:
    """How a value of a field is written; people and KPIs by the names both versions know."""
    people = {one.owner_id: one.owner.name for one in (*was.benefits, *now.benefits) if one.owner}
    kpis = {one.kpi_id: one.kpi.ref for one in (*was.benefits, *now.benefits) if one.kpi}
    named: Mapping[str, Mapping[Any, str]] = {"owner_id": people, "kpi_id": kpis, **CHOICES}

    def say(name: str, value: Any) -> str:
        if value is None or value == "":
            return NOT_SAID
        return (
            named[name].get(value, str(value)) if name in named else _written(name, value, now.case.currency)
        )

    return say


def _written(name: str, value: Any, currency: str) -> str:
    if isinstance(value, bool):
        return "by mid-year flows beside it" if value else "at year ends alone"
    if name == "starts_on":
        return day(date.fromisoformat(value))
    if name in COUNTED:
        return plural(int(value), "year")
    if name in RATES:
        return rate_words(Decimal(value))
    if name in SHARES:
        return percent(Decimal(value))
    if name in {"spread_running", "amounts", *YEARLY}:
        return money_exact(Decimal(value), currency)
    if name == "spread_rate":
        return f"{number(Decimal(value) * 100)} points"
    if name == "haircut":
        return haircut_words(Decimal(value))
    return number(Decimal(value)) if name in {"people", "outlay_factor"} else str(value)


def _parts(
    changes: Iterable[Change], say: Say, missing: tuple[bool, bool] = (False, False)
) -> Iterator[Moved]:
    """What differs, yearly amounts year by year. `missing`: the version in which the whole line is not there."""
    for one in changes:
        if one.field == "amounts":
            yield from _years(one, say, missing)
            continue
        was, now = (
            None if gone else say(one.field, value)
            for gone, value in zip(missing, (one.before, one.after), strict=True)
        )
        if (was or NOT_SAID) != NOT_SAID or (now or NOT_SAID) != NOT_SAID:
            yield Moved(one.label, was, now)


def _years(one: Change, say: Say, missing: tuple[bool, bool] = (False, False)) -> Iterator[Moved]:
    for year, (before, after) in enumerate(zip_longest(one.before or (), one.after or ())):
        if before != after:
            was, now = (
                None if gone else say(one.field, value)
                for gone, value in zip(missing, (before, after), strict=True)
            )
            yield Moved(name_of(year), was, now)


def _line(one: LineChange, say: Say) -> LineMoved:
    missing = (one.change == "added", one.change == "removed")
    name = one.name
    if one.lines == "scenarios":
        name = dict(CaseScenario.Name.choices).get(str(one.key), name)
    if one.lines in OF:
        name = f"{OF[one.lines]} {name.lower()}"
    told = [part for part in one.fields if one.change == "changed" or part.field != "description"]
    return LineMoved(name, HOW[one.change], tuple(_parts(told, say, missing)))
