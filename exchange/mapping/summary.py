"""A file's judged rows in figures: what the preview shows before anything is written."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from exchange.mapping.dates import Dated
from exchange.mapping.results import RowResult


@dataclass(slots=True)
class DateFigures:
    """One date column: how many cells were parsed, absent and refused, at which precision, by which repair, and why not."""

    status: Counter[str] = field(default_factory=Counter)
    precision: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, dated: Dated) -> None:
        self.status[dated.status] += 1
        if dated.status == "parsed":
            self.precision[dated.precision] += 1
        if dated.repair:
            self.repairs[dated.repair] += 1
        if dated.reason:
            self.reasons[dated.reason] += 1


@dataclass(slots=True)
class Figures:
    """`warnings` and `refusals` count cells by code; `rows_with` counts rows that have a warning of a code at least once."""

    rows: int = 0
    refused: int = 0
    cell_warnings: int = 0
    warnings: Counter[str] = field(default_factory=Counter)
    rows_with: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    dates: dict[str, DateFigures] = field(default_factory=dict)
    words: dict[str, Counter[str]] = field(default_factory=dict)


WORDS = ("stage", "impact", "documentation", "monitoring", "risk_tier")


def summarise(rows: Iterable[RowResult]) -> Figures:
    """The figures of all rows, refused ones included."""
    figures = Figures()
    for row in rows:
        figures.rows += 1
        figures.refused += row.outcome == "refused"
        figures.cell_warnings += len(row.warnings)
        codes = [warning.code for warning in row.warnings]
        figures.warnings.update(codes)
        figures.rows_with.update(set(codes))
        figures.refusals.update(refusal.code for refusal in row.refusals)
        for name, value in row.fields.items():
            if isinstance(value, Dated):
                figures.dates.setdefault(name, DateFigures()).add(value)
            elif name in WORDS and isinstance(value, str):
                figures.words.setdefault(name, Counter())[value] += 1
        for name, fact in row.facts.items():
            figures.words.setdefault(name, Counter())[fact.value] += 1
    return figures
