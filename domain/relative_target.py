"""Relative targets: "30 % less than today" becomes a number on the day the baseline is locked, and never again.

Before that there is no target to be measured against, and none is invented.
"""

from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, Inexact, InvalidOperation
from typing import Final

from domain.errors import RuleError
from domain.kpi_codes import Direction
from domain.kpi_words import amount

MOST_DIGITS: Final = 80
"""Digits a baseline or a percentage may have, the distance to the point among them."""

# Traps what would be rounded: a promise is a number, not nearly one.
_EXACT: Final = Context(prec=6 * MOST_DIGITS, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[InvalidOperation, Inexact])


@dataclass(frozen=True, slots=True)
class Resolved:
    """`target` in the KPI's own unit, exact; the `percent` and `baseline` it follows from; the sum in a sentence."""

    target: Decimal
    percent: Decimal
    baseline: Decimal
    sentence: str


def resolve(
    percent: Decimal, *, baseline: Decimal | None, locked: bool, direction: Direction, unit: str = ""
) -> Resolved:
    """The absolute target that a change of `percent` from the baseline means: -30 of 100 is 70, +15 of 40 is 46.

    The change is counted in the size of the baseline, so that + always means a higher value: +15 of a loss of -40 is
    -34. RuleError, pointing at ``/target_percent`` or ``/baseline``: `no_baseline`, `baseline_not_locked`,
    `baseline_is_zero` (a share of nothing is nothing), `not_a_number`, `out_of_range`,
    `no_change`, `direction_against_sign`.
    """
    _refuse_percent(percent, direction)
    if baseline is None:
        raise RuleError(
            "no_baseline",
            "A relative target needs a baseline. Record the baseline with its day and source first.",
            "/baseline",
        )
    if not baseline.is_finite():
        raise RuleError("not_a_number", "Give the baseline as a finite number.", "/baseline")
    _refuse_size(baseline, "/baseline")
    if not locked:
        raise RuleError(
            "baseline_not_locked",
            "The baseline can still change. Lock it, then the target follows from it.",
            "/baseline",
        )
    if not baseline:
        raise RuleError(
            "baseline_is_zero",
            "A share of a baseline of 0 is 0. Give the target as a number.",
            "/baseline",
        )
    target = _moved(baseline, percent)
    return Resolved(
        target=target,
        percent=percent,
        baseline=baseline,
        sentence=f"{said(percent)} of {amount(baseline, unit)} is {amount(target, unit)}.",
    )


def said(percent: Decimal) -> str:
    """The relative target in words, also before it is a number: "30 % below the baseline"."""
    return f"{amount(abs(percent))} % {'below' if percent < 0 else 'above'} the baseline"


def _refuse_percent(percent: Decimal, direction: Direction) -> None:
    at = "/target_percent"
    if not percent.is_finite():
        raise RuleError("not_a_number", "Give the change in percent as a finite number.", at)
    _refuse_size(percent, at)
    if not percent:
        raise RuleError("no_change", "A change of 0 % is no target. Use a band to hold a level.", at)
    if (percent > 0) is not (direction is Direction.HIGHER):
        better = "higher" if direction is Direction.HIGHER else "lower"
        raise RuleError(
            "direction_against_sign",
            f"{said(percent)} is a change for the worse, because {better} is better. "
            "Turn the sign or the direction round.",
            at,
        )


def _moved(baseline: Decimal, percent: Decimal) -> Decimal:
    """baseline + |baseline| * percent / 100, to the last digit. A hundredth only moves the point."""
    change = _EXACT.multiply(_EXACT.abs(baseline), _EXACT.scaleb(percent, -2))
    target = _EXACT.normalize(_EXACT.add(baseline, change))
    return target if int(target.as_tuple().exponent) <= 0 else _EXACT.quantize(target, Decimal(1))


def _refuse_size(number: Decimal, at: str) -> None:
    """Numbers whose sum has more digits than arithmetic here keeps exact."""
    spread = len(number.as_tuple().digits) + abs(number.adjusted())
    if spread > MOST_DIGITS:
        raise RuleError("out_of_range", f"Give a number of at most {MOST_DIGITS} digits.", at)
