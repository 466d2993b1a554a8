"""What changed between two versions of a case: field by field, line by line, and figure by figure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from domain.finance.figures import figures, money, optional
from domain.finance.worth import all_costs
from domain.kpi_figures import EXACT
from funding.queries.document import document_of
from funding.translate import Lines, careful_npv, so_far_of

FIELDS: Final = {
    "starts_on": "First flow", "years": "Horizon in years", "rate": "Rate per year", "currency": "Currency",
    "prices": "Prices", "mid_year": "Mid-year convention", "finance_rate": "Finance rate",
    "reinvest_rate": "Reinvestment rate", "spread_benefits": "Spread of benefits", "spread_outlay": "Spread of the outlay",
    "spread_years_late": "Spread in years late", "spread_rate": "Spread of the rate",
    "spread_running": "Spread of running costs", "do_nothing": "Flows of doing nothing",
    "delay_means": "What a year's delay means", "works": "Probability that the first stage works",
    "if_stopped": "Flows when stopped at the gate", "if_carried_on": "Flows when carried on regardless",
    "people": "Full-time people",
}  # fmt: skip
LINES: Final = {"costs": "category", "benefits": "key", "scenarios": "name"}
"""Where lines stand, and what names the same line in both versions."""
FIGURES: Final = {
    "npv": "NPV", "conservative_npv": "NPV with the haircut", "mid_year_npv": "NPV, mid-year", "irr": "IRR", "mirr": "MIRR", "payback_years": "Payback",
    "discounted_payback_years": "Discounted payback", "profitability_index": "Profitability index",
    "roi": "ROI, simple", "outlay": "Outlay today", "all_costs": "All costs, not discounted", "benefits_may_fall": "Break-even", "expected_npv": "Expected NPV",
    "cost_of_delay_a_month": "Cost of delay a month", "cost_of_inaction": "Cost of inaction",
    "acting_is_worth": "Acting is worth", "measured_share": "Measured share of benefits",
}  # fmt: skip
TEXTS: Final = {"irr_note": "IRR note", "payback_note": "Payback note"}
OF_WAITING: Final = ("cost_of_delay_a_month",)
"""What nobody asks any more once it is decided."""
OF_LINE: Final = {
    "amounts": "Amounts", "note": "Note", "description": "What comes of it", "type": "Kind", "evidence": "How sure",
    "owner_id": "Who answers for it", "kpi_id": "KPI", "attribution": "Share of its improvement",
    "attribution_method": "How the share was found", "baseline": "Baseline", "haircut": "Haircut", "years_late": "Late",
    "outlay_factor": "Outlay, times", "probability": "How likely",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs, both values as plain JSON."""

    field: str
    label: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class LineChange:
    """One line that came (`added`), went (`removed`) or differs (`changed`), with its fields that differ."""

    lines: str
    key: str | int
    name: str
    change: str
    fields: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One figure of both; None where there is none. `difference`: after less before, None where one is missing."""

    figure: str
    label: str
    before: str | None
    after: str | None
    difference: str | None


@dataclass(frozen=True, slots=True)
class Compared:
    """`unchanged`: how many lines (costs, benefits, scenarios) are the same in both."""

    fields: tuple[Change, ...]
    lines: tuple[LineChange, ...]
    figures: tuple[FigureChange, ...]
    unchanged: int


def compare(before: Lines, after: Lines, *, decided: bool = False) -> Compared:
    """From one version to another, usually the older first. Figures of a draft may be missing.

    `decided`: nothing of the initiative waits for a decision any more, so no month of waiting costs anything.
    """
    old, new = document_of(before), document_of(after)
    lines = tuple(_lines(old, new))
    return Compared(
        fields=tuple(_changes(old, new, FIELDS)),
        lines=lines,
        figures=tuple(_figures(before, after, OF_WAITING if decided else ())),
        unchanged=sum(len({one[key] for one in (*old[where], *new[where])}) for where, key in LINES.items())
        - len(lines),
    )


def _changes(old: Mapping[str, Any], new: Mapping[str, Any], labels: Mapping[str, str]) -> Iterator[Change]:
    for name, label in labels.items():
        if old.get(name) != new.get(name):
            yield Change(name, label, old.get(name), new.get(name))


def _lines(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[LineChange]:
    for where, key in LINES.items():
        was = {line[key]: line for line in old[where]}
        now = {line[key]: line for line in new[where]}
        for one in {**was, **now}:
            before, after = was.get(one, {}), now.get(one, {})
            labels = {name: OF_LINE[name] for name in {**before, **after} if name != key}
            found = tuple(_changes(before, after, labels))
            name = str((after or before).get("description") or str(one).replace("_", " ").capitalize())
            if not before:
                yield LineChange(where, one, name, "added", found)
            elif not after:
                yield LineChange(where, one, name, "removed", found)
            elif found:
                yield LineChange(where, one, name, "changed", found)


def _figures(before: Lines, after: Lines, silent: Collection[str]) -> Iterator[FigureChange]:
    old, new = _told(before), _told(after)
    for name, label in FIGURES.items():
        was, now = old.get(name), new.get(name)
        if name not in silent and (was is not None or now is not None):
            yield FigureChange(name, label, was, now, _difference(was, now))
    for name, label in TEXTS.items():
        was, now = old.get(name), new.get(name)
        if was != now:
            yield FigureChange(name, label, was, now, None)


def _told(lines: Lines) -> dict[str, Any]:
    found = so_far_of(lines)
    if found.case is None or found.appraisal is None:
        return {}
    return {
        **figures(found.case, found.appraisal),
        "conservative_npv": optional(careful_npv(lines, found.appraisal)),
        "all_costs": money(all_costs(found.case)),
    }


def _difference(was: str | None, now: str | None) -> str | None:
    """Of the figures as shown, so that it is the difference of what is read."""
    if was is None or now is None:
        return None
    return f"{EXACT.subtract(Decimal(now), Decimal(was)):f}"
