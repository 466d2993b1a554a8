"""Whether a condition of an approval is overdue, and what that does to the approval (C2, C4). Pure, with the day it expires.

Overdue 1 to 14 days: owner and sponsor are told. More than 14: flagged. More than 30, or any day where it blocks: the
approval is suspended and returns to the body that gave it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from domain.autonomy import Autonomy, beyond

TELLS, FLAGS = 14, 30
"""The last days of being told and of being flagged: a boundary belongs to the milder side."""
HOLDS_A_GATE: Final = frozenset({"before_start", "before_next_gate"})


class Overdue(StrEnum):
    """How late an open condition is, the milder first."""

    NONE = ""
    TOLD = "told"
    FLAGGED = "flagged"
    SUSPENDS = "suspends"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`days`: overdue by. `valid_until`: the last day on which this is the answer, None for ever."""

    overdue: Overdue
    days: int
    valid_until: date | None


def judge_condition(due_on: date, *, blocking: bool, closed: bool, as_of: date) -> Verdict:
    """How late a condition is on a day. The due date itself is in time; a closed one is never late."""
    if closed:
        return Verdict(Overdue.NONE, 0, None)
    days = max((as_of - due_on).days, 0)
    if days == 0:
        return Verdict(Overdue.NONE, 0, due_on)
    if blocking or days > FLAGS:
        return Verdict(Overdue.SUSPENDS, days, None)
    if days > TELLS:
        return Verdict(Overdue.FLAGGED, days, due_on + timedelta(days=FLAGS))
    return Verdict(Overdue.TOLD, days, due_on + timedelta(days=TELLS))


@dataclass(frozen=True, slots=True)
class Used:
    """What is used of an approval; None: nobody recorded it, and nothing is exceeded by it."""

    users: int | None = None
    sites: int | None = None
    spend: Decimal | None = None
    autonomy: Autonomy | None = None


def exceeded(ceiling: Mapping[str, Any], used: Used) -> tuple[str, ...]:
    """What goes beyond the ceiling of an approval, in words (C7). Reaching it is not going beyond."""
    found = []
    for name in ("users", "sites"):
        most, count = ceiling.get(name), getattr(used, name)
        if most is not None and count is not None and count > most:
            found.append(f"{count:,} {name} of {most:,} approved")
    most = ceiling.get("spend")
    if most is not None and used.spend is not None and used.spend > Decimal(most):
        found.append(f"{used.spend:,.0f} spent of {Decimal(most):,.0f} approved")
    if said := beyond(ceiling.get("level") or "", used.autonomy):
        found.append(said)
    return tuple(found)


def lapsed(lapses_on: date | None, as_of: date) -> bool:
    """Whether an approval has come to its end; its last day still counts."""
    return lapses_on is not None and as_of > lapses_on


@dataclass(frozen=True, slots=True)
class Standing:
    """How the approvals of an initiative stand. `why`: the sentences that suspend them, none where they hold."""

    why: tuple[str, ...] = ()

    @property
    def suspended(self) -> bool:
        return bool(self.why)


def standing(late: Iterable[tuple[str, Verdict]], over: Iterable[str], *, lapsed_on: date | None) -> Standing:
    """`late`: each open condition by its reference; `over`: what goes beyond a ceiling; `lapsed_on`: when the approval ended."""
    why = [
        f"{ref} is {one.days} {'day' if one.days == 1 else 'days'} overdue"
        for ref, one in late
        if one.overdue is Overdue.SUSPENDS
    ]
    why += over
    if lapsed_on is not None:
        why.append(f"the approval lapsed on {lapsed_on}")
    return Standing(tuple(why))
