"""What a memo is made of: sections of sentences and tables, each figure with the rows it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from string import Formatter
from typing import Final

from domain.finance.payback import Payback, PaybackNote
from domain.kpi_words import amount
from domain.memo_facts import KpiFacts, TrancheFacts
from domain.money_words import NBSP

_HUNDRED: Final = Decimal(100)
_TENTH: Final = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence. `source` names the rows a figure comes from (`case`, `money`, `kpi:7`); empty: words."""

    text: str
    source: str = ""


Sentence = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`heads` and `rows` of text; the columns in `numbers` are set to the right. `total`: the last row sums the others."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Part, ...], ...]
    numbers: frozenset[int] = frozenset()
    total: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: str
    sentences: tuple[Sentence, ...]
    table: Table | None = None


def say(words: str, **figures: Part | str) -> Sentence:
    """ "The NPV is {npv}." with figures in their places. Text that people wrote goes in as a figure, never as words."""
    parts: list[Part] = []
    for text, name, _, _ in Formatter().parse(words):
        if text:
            parts.append(Part(text))
        if name is not None:
            figure = figures[name]
            parts.append(Part(figure) if isinstance(figure, str) else figure)
    return tuple(parts)


def plain(sentence: Sentence) -> str:
    return "".join(part.text for part in sentence)


def words_in(sections: Sequence[Section]) -> int:
    """How many words its sentences have; tables are not counted."""
    return sum(len(plain(sentence).split()) for section in sections for sentence in section.sentences)


def share(value: Decimal) -> str:
    """ "20 %", "75.3 %"."""
    exact = (value * _HUNDRED).quantize(_TENTH)
    return f"{amount(exact)}{NBSP}%"


def years(value: Decimal) -> str:
    """ "2.6 years"."""
    said = amount(value.quantize(_TENTH))
    return f"{said}{NBSP}{'year' if said == '1' else 'years'}"


def paid_back(found: Payback, horizon: int) -> str:
    """When the outlay is back, for a table: "after 2.6 years", "not within 4 years"."""
    if found.years is None:
        return "nothing to pay back" if found.note is PaybackNote.NO_OUTLAY else f"not within {horizon} years"
    back = f"after {years(found.years)}"
    return f"{back}, and lost again later" if found.note is PaybackNote.RECOVERED_LATER_LOST else back


def is_back(found: Payback, horizon: int) -> str:
    """The same within a sentence: "the outlay is back after 2.6 years"."""
    if found.note is PaybackNote.NO_OUTLAY:
        return "there is no outlay to pay back"
    if found.years is None:
        return f"the outlay is not back within {horizon} years"
    return f"the outlay is back {paid_back(found, horizon)}"


def of_kpi(kpi: KpiFacts, text: str) -> Part:
    return Part(text, f"kpi:{kpi.key}")


def of_awaited(tranche: TrancheFacts, text: str) -> Part:
    """Of the KPI a tranche waits for."""
    return Part(text, "kpis" if tranche.judged_by is None else f"kpi:{tranche.judged_by.key}")
