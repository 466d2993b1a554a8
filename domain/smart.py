"""The SMART check of a KPI contract: three items are read off the record, two are a person's word and never computed.

Specific, measurable and time-bound follow from what is written down, and what is missing is named. Whether a target is
achievable and relevant no field can say: it is unknown until somebody signs, and unknown is kept apart from no.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from domain.errors import RuleError
from domain.kpi_codes import Shape
from domain.kpi_contract import Contract
from domain.kpi_words import day
from domain.phrases import listed


class Item(StrEnum):
    SPECIFIC = "specific"
    MEASURABLE = "measurable"
    ACHIEVABLE = "achievable"
    RELEVANT = "relevant"
    TIME_BOUND = "time_bound"


SIGNED: Final = frozenset({Item.ACHIEVABLE, Item.RELEVANT})


class Mark(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Signature:
    """A person's word on one of the two items nothing computes. seal: the seal of the contract that was signed.

    RuleError (`not_signed_by_hand`) for an item that is computed, (`signer_missing`) without a name.
    """

    item: Item
    agrees: bool
    person: str
    on: date
    seal: str | None = None

    def __post_init__(self) -> None:
        if self.item not in SIGNED:
            raise RuleError(
                "not_signed_by_hand",
                f"{self.item} is read off the record. Sign achievable or relevant.",
                "/item",
            )
        if not self.person.strip():
            raise RuleError("signer_missing", "Name the person who signs.", "/person")


@dataclass(frozen=True, slots=True)
class Judged:
    """One item: its mark, a sentence, what is missing (field labels), who signed when, and what would clear it."""

    item: Item
    mark: Mark
    sentence: str
    clears_when: str
    missing: tuple[str, ...] = ()
    person: str | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Smart:
    """The five items in order. score: how many are yes, of 5; no and unknown are counted beside it."""

    items: tuple[Judged, ...]
    score: int
    no: int
    unknown: int
    sentence: str


def smart(
    contract: Contract, signatures: Iterable[Signature] = (), *, as_of: date, seal: str | None = None
) -> Smart:
    """The check on `as_of`. The last signature for an item speaks, by day and then in the order given.

    seal: the seal of `contract`; a signature under another one was given to another promise and counts no more.
    """
    there = [signature for signature in signatures if signature.on <= as_of]
    judged = (
        _computed(Item.SPECIFIC, _specific(contract)),
        _computed(Item.MEASURABLE, _measurable(contract)),
        _signed(Item.ACHIEVABLE, there, seal),
        _signed(Item.RELEVANT, there, seal),
        _computed(Item.TIME_BOUND, _time_bound(contract)),
    )
    marks = [one.mark for one in judged]
    score, no, unknown = (marks.count(mark) for mark in (Mark.YES, Mark.NO, Mark.UNKNOWN))
    return Smart(judged, score, no, unknown, f"{score} of 5 are yes, {no} no, {unknown} unknown.")


def missing(contract: Contract) -> tuple[str, ...]:
    """What the record lacks for the three items that are read off it; a KPI is approved only when that is nothing."""
    return _specific(contract) + _measurable(contract) + _time_bound(contract)


def _computed(item: Item, lacks: tuple[str, ...]) -> Judged:
    if lacks:
        said = listed(lacks)
        return Judged(item, Mark.NO, f"Missing: {said}.", f"Record {said}.", lacks)
    return Judged(item, Mark.YES, _COMPLETE[item], "Nothing to clear.")


def _signed(item: Item, signatures: list[Signature], seal: str | None) -> Judged:
    of_item = [one for one in signatures if one.item is item]
    asks = f"A person signs that the target is {item}."
    if not of_item:
        return Judged(item, Mark.UNKNOWN, "Nobody has signed this.", asks)
    last = max(enumerate(of_item), key=lambda pair: (pair[1].on, pair[0]))[1]
    who = f"{last.person} on {day(last.on)}"
    if seal is not None and last.seal is not None and last.seal != seal:
        sentence = f"Signed by {who}, for a definition that has changed since."
        return Judged(item, Mark.UNKNOWN, sentence, asks, (), last.person, last.on)
    if last.agrees:
        return Judged(item, Mark.YES, f"Signed by {who}.", "Nothing to clear.", (), last.person, last.on)
    return Judged(item, Mark.NO, f"Denied by {who}.", asks, (), last.person, last.on)


def _missing(*asked: tuple[str, bool]) -> tuple[str, ...]:
    return tuple(label for label, there in asked if not there)


def _specific(it: Contract) -> tuple[str, ...]:
    """What is measured, and on whom. A judgement has a judge where a measure has a formula."""
    how = (
        ("the named judge", it.judge is not None) if it.judged else ("the formula", bool(it.formula.strip()))
    )
    return _missing(
        ("the definition", bool(it.definition.strip())), how, ("the population", bool(it.population.strip()))
    )


def _measurable(it: Contract) -> tuple[str, ...]:
    if it.judged:
        unit = ("the rating scale", len(it.scale) > 1)
    else:
        unit = ("the unit", bool(it.unit.strip()))
    asked = [unit, ("the source of the readings", bool(it.source.strip()))]
    if it.shape is Shape.BAND:
        bounds = [bound for bound in (it.lower, it.upper) if bound is not None]
        asked.append(("a lower or upper bound", bool(bounds) and all(bound.is_finite() for bound in bounds)))
    else:
        asked += [
            ("the baseline", it.baseline is not None and it.baseline.is_finite()),
            ("the source of the baseline", bool(it.baseline_source.strip())),
            ("the target", it.target is not None and it.target.is_finite()),
        ]
    return _missing(*asked)


def _time_bound(it: Contract) -> tuple[str, ...]:
    return _missing(
        ("the window", bool(it.window.strip())),
        ("the start date", it.baseline_on is not None),
        ("the target date", it.target_on is not None),
        ("the rhythm of readings", it.cadence_days > 0),
    )


_COMPLETE: Final = {
    Item.SPECIFIC: "It says what is measured, how, and on whom.",
    Item.MEASURABLE: "It says where readings come from, and what they are held against.",
    Item.TIME_BOUND: "It says from when to when, and how often.",
}
