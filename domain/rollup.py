"""What an initiative's KPIs say together: weighted, primaries first, and blind when too much cannot be seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.errors import RuleError
from domain.kpi_codes import Reason, RollupReason, RollupStatus, Status
from domain.kpi_figures import EXACT, TWO_PLACES, rounded

BLIND_ABOVE: Final = Decimal("0.34")
SECONDARY_BAD_FROM: Final = Decimal("0.34")

BAD: Final = frozenset({Status.OFF_TRACK, Status.MISSED})
BLIND: Final = frozenset(
    {Status.STALE, Status.NO_DATA, Status.NO_BASELINE, Status.INVALID, Status.UNVERIFIED}
)
LEFT_OUT: Final = frozenset({Status.NOT_STARTED, Status.PAUSED, Status.RETIRED})


@dataclass(frozen=True, slots=True)
class Item:
    """One KPI's part: its status and reason, its weight (0 = left out), and whether it is a primary KPI."""

    status: Status
    reason: str | None
    weight: Decimal
    primary: bool


@dataclass(frozen=True, slots=True)
class Rollup:
    """The status of the whole, the test that decided, and the share of the weight behind it where a share decided."""

    status: RollupStatus
    reason: RollupReason | None = None
    share: Decimal | None = None


def rollup(items: Sequence[Item]) -> Rollup:
    """Roll KPIs up to their initiative; the first test that holds decides. Shares are compared unrounded.

    RuleError (`negative_weight`, `weight_not_a_number`), pointing at ``/<place>/weight``.
    """
    for place, item in enumerate(items):
        _refuse_weight(item.weight, f"/{place}/weight")
    counted = [item for item in items if item.weight and not _is_left_out(item)]
    if not counted:
        return Rollup(RollupStatus.NO_KPI, RollupReason.NO_EVALUABLE_KPI)
    if any(item.primary and item.status in BAD for item in counted):
        return Rollup(RollupStatus.OFF_TRACK, RollupReason.PRIMARY_KPI_OFF_TRACK)
    total = _weight(counted)
    blind = _weight([item for item in counted if item.status in BLIND])
    if blind > EXACT.multiply(BLIND_ABOVE, total):
        return Rollup(RollupStatus.BLIND, RollupReason.UNKNOWN_WEIGHT, _share(blind, total))
    if any(item.primary and (item.status in BLIND or item.status == Status.AT_RISK) for item in counted):
        return Rollup(RollupStatus.AT_RISK, RollupReason.PRIMARY_KPI_AT_RISK_OR_UNKNOWN)
    bad = _weight([item for item in counted if item.status in BAD])
    if bad >= EXACT.multiply(SECONDARY_BAD_FROM, total):
        return Rollup(RollupStatus.AT_RISK, RollupReason.SECONDARY_OFF_TRACK_WEIGHT, _share(bad, total))
    if all(item.status == Status.ACHIEVED for item in counted):
        return Rollup(RollupStatus.ACHIEVED, RollupReason.ALL_ACHIEVED)
    return Rollup(RollupStatus.ON_TRACK)


def _is_left_out(item: Item) -> bool:
    if item.status in LEFT_OUT:
        return True
    return item.status == Status.NO_DATA and item.reason == Reason.AWAITING_FIRST_MEASUREMENT


def _refuse_weight(weight: Decimal, pointer: str) -> None:
    if not weight.is_finite():
        raise RuleError("weight_not_a_number", "Give the weight as a number, 0 or more.", pointer)
    if weight < 0:
        raise RuleError(
            "negative_weight", "A weight cannot be negative. Give 0 to leave the KPI out.", pointer
        )


def _weight(items: Sequence[Item]) -> Decimal:
    total = Decimal(0)
    for item in items:
        total = EXACT.add(total, item.weight)
    return total


def _share(part: Decimal, total: Decimal) -> Decimal:
    return rounded(EXACT.divide(part, total), TWO_PLACES)
