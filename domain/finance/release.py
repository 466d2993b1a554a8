"""Whether approved money may be released, and what it may be spent on: the promise of phased funding.

A tranche waits for a KPI. Off track or missed, it is not released; where nobody knows how the KPI stands, that is not
green: whoever releases says why nonetheless, and the sentence stands in the decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from domain.kpi_codes import Status
from domain.kpi_figures import EXACT

GREEN_ENOUGH: Final = frozenset({Status.ACHIEVED, Status.ON_TRACK, Status.AT_RISK})
RED: Final = frozenset({Status.OFF_TRACK, Status.MISSED})
_NOTHING: Final = Decimal(0)


class Act(StrEnum):
    """What is decided of money."""

    APPROVE = "approve"
    RELEASE = "release"
    HOLD = "hold"
    RETURN = "return"


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """The KPI a tranche waits for, as it counts on a day: the declared status while a declaration stands.

    sentence: its finding, with the numbers. clears: what would turn it.
    """

    ref: str
    name: str
    status: Status
    reason: str
    as_of: date
    sentence: str
    clears: str

    @property
    def known(self) -> bool:
        """Whether anybody can say how it stands."""
        return self.status in GREEN_ENOUGH or self.status in RED


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A tranche somebody would release. earlier: the number of an earlier one that is neither released nor returned.

    gate: whose go it waits for and has not had. suspended: why the approval of the initiative is suspended. conditions: open
    ones to be met before the start.
    """

    number: int
    released_on: date | None = None
    returned_on: date | None = None
    earlier: int | None = None
    awaited: Awaited | None = None
    gate: str = ""
    suspended: str = ""
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Why it is not released: a code for programs, a sentence that says what clears it, and the field it is about."""

    code: str
    message: str
    field: str = ""


def refused(asked: Asked, *, because_unknown: str = "") -> Refused | None:
    """Why the tranche is not released now; None when it may be.

    because_unknown: why it is released although nobody knows how its KPI stands. It does not help against a red one.
    """
    if asked.returned_on is not None:
        return Refused(
            "tranche_returned",
            f"Tranche {asked.number} was returned on {asked.returned_on}. Approve a new one if it is wanted again.",
        )
    if asked.released_on is not None:
        return Refused("already_released", f"Tranche {asked.number} was released on {asked.released_on}.")
    if asked.earlier is not None:
        return Refused(
            "earlier_tranche_held", f"Tranche {asked.earlier} is not released yet. Release it first."
        )
    decided = _by_decision(asked)
    if decided is not None or asked.awaited is None:
        return decided
    return _by_kpi(asked.number, asked.awaited, because_unknown)


def _by_decision(asked: Asked) -> Refused | None:
    """What was decided of the initiative stands in the way: its gate, its approval, a condition of it."""
    number = asked.number
    if asked.gate:
        return Refused(
            "gate_not_passed", f"Tranche {number} waits for a go at {asked.gate}. Ask for that gate first."
        )
    if asked.suspended:
        return Refused(
            "approval_suspended",
            f"Tranche {number} is not released: the approval is suspended, because {asked.suspended}. "
            "Whoever approved it decides again.",
        )
    if asked.conditions:
        return Refused(
            "condition_open",
            f"Tranche {number} waits for {', '.join(asked.conditions)}, to be met before the start. "
            "Have it discharged or waived first.",
        )
    return None


def _by_kpi(number: int, kpi: Awaited, because_unknown: str) -> Refused | None:
    named = f"{kpi.ref} {kpi.name}"
    if kpi.status in RED:
        return Refused(
            f"kpi_{kpi.status.value}",
            f"Tranche {number} waits for {named}, which is {_said(kpi.status)}. {kpi.sentence} "
            f"What clears it: {kpi.clears}",
        )
    if kpi.status in GREEN_ENOUGH or because_unknown.strip():
        return None
    return Refused(
        "kpi_unknown",
        f"Tranche {number} waits for {named}, and nobody knows how it stands: it is {_said(kpi.status)}. "
        f"{kpi.sentence} What clears it: {kpi.clears} To release it nonetheless, say why.",
        "because_unknown",
    )


def _said(status: Status) -> str:
    return status.value.replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A tranche that was released. ceiling: what may be spent and committed in all from then on; None = what was released
    up to it."""

    number: int
    amount: Decimal
    ceiling: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What may be spent and committed in all, what is, and what is left (below 0: over)."""

    ceiling: Decimal
    spent: Decimal
    committed: Decimal

    @property
    def left(self) -> Decimal:
        return EXACT.subtract(self.ceiling, EXACT.add(self.spent, self.committed))


def ceiling_of(released: Sequence[Released]) -> Decimal:
    """What the latest released tranche allows in all; 0 where nothing was released."""
    if not released:
        return _NOTHING
    last = max(released, key=lambda one: one.number)
    if last.ceiling is not None:
        return last.ceiling
    total = _NOTHING
    for one in released:
        total = EXACT.add(total, one.amount)
    return total


def open_commitment(amount: Decimal, paid: Decimal) -> Decimal:
    """What is still owed on a commitment once `paid` of it was spent; never below 0."""
    return max(EXACT.subtract(amount, paid), _NOTHING)


def over_ceiling(room: Room, amount: Decimal) -> Refused | None:
    """Why a commitment of `amount` is not made; None when it may be."""
    if amount <= room.left:
        return None
    left = max(room.left, _NOTHING)
    return Refused(
        "over_ceiling",
        f"The ceiling is {room.ceiling:,}; {room.spent:,} is spent and {room.committed:,} committed, so {left:,} is left. "
        "Commit less, or have the next tranche released.",
        "amount",
    )
