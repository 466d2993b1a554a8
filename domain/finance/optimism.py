"""The ledger of optimism: what cases forecast and what came of it, and the haircut that says for the next one."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Generic, TypeVar

from domain.kpi_figures import EXACT

FEWEST: Final = 5
"""So many finished cases make a class to refer to."""
_NOTHING, _ONE = Decimal(0), Decimal(1)

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Key]):
    """One finished case: the classes it belongs to (its unit, type, the role of its sponsor), forecast and realised.

    Both are benefits over the same years in one currency; a forecast is above 0.
    """

    classes: tuple[Key, ...]
    forecast: Decimal
    realised: Decimal


@dataclass(frozen=True, slots=True)
class Record:
    """What a class of cases realised of what it forecast, by amount. `haircut`: None for fewer than five cases.

    A haircut is never below 0: that cases like this came out better is no reason to plan more.
    """

    cases: int
    realised_share: Decimal
    haircut: Decimal | None


def ledger(outcomes: Iterable[Outcome[Key]]) -> Mapping[Key, Record]:
    """The record of every class. Cases without a forecast above 0 are left out: nothing was promised."""
    sums: dict[Key, tuple[int, Decimal, Decimal]] = {}
    for one in outcomes:
        if one.forecast <= 0:
            continue
        for key in one.classes:
            cases, forecast, realised = sums.get(key, (0, _NOTHING, _NOTHING))
            sums[key] = cases + 1, EXACT.add(forecast, one.forecast), EXACT.add(realised, one.realised)
    return {key: _record(*found) for key, found in sums.items()}


def _record(cases: int, forecast: Decimal, realised: Decimal) -> Record:
    share = EXACT.divide(realised, forecast)
    cut = min(max(EXACT.subtract(_ONE, share), _NOTHING), _ONE) if cases >= FEWEST else None
    return Record(cases, share, cut)
