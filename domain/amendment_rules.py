"""In which direction a changed contract moved: was the target made easier, was the rule of the verdict relaxed."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Final

from domain.errors import RuleError
from domain.kpi_codes import Direction, Shape
from domain.kpi_contract import Contract
from domain.relative_target import resolve

Curve = tuple[tuple[Decimal, Decimal], ...]


def eased_targets(old: Contract, new: Contract) -> tuple[str, ...]:
    """The fields by which the target became easier to reach: a lower one, a wider band, or one taken away.

    A contract whose direction or shape was turned round is not compared: easier has no meaning there.
    """
    if old.shape is not new.shape:
        return ()
    if old.shape is Shape.BAND:
        return tuple(_widened(old, new))
    if old.direction is not new.direction:
        return ()
    better = 1 if old.direction is Direction.HIGHER else -1
    return tuple(
        name
        for name in ("target", "target_percent")
        if _easier(getattr(old, name), getattr(new, name), better) and not _restated(name, new)
    )


def only_resolved(old: Contract, new: Contract) -> bool:
    """Whether the new target is no new promise, but what the relative one of before means for the baseline."""
    percent = new.target_percent
    if old.target is not None or percent is None or percent != old.target_percent or new.target is None:
        return False
    try:
        meant = resolve(percent, baseline=new.baseline, locked=True, direction=new.direction)
    except RuleError:
        return False
    return meant.target == new.target


def relaxed_rules(old: Contract, new: Contract) -> tuple[str, ...]:
    """The fields of the decision rule that were relaxed: what was off track before may now be on track."""
    if old.shape is not new.shape:
        return ()
    rules = (_BAND_RULES if old.shape is Shape.BAND else _TRAJECTORY_RULES) + _COMMON_RULES
    looser = [names for names, relaxed in rules if relaxed(old, new)]
    return tuple(name for names in looser for name in names if getattr(old, name) != getattr(new, name))


def _widened(old: Contract, new: Contract) -> Iterator[str]:
    if _easier(old.lower, new.lower, 1):
        yield "lower"
    if _easier(old.upper, new.upper, -1):
        yield "upper"


def _easier(old: Decimal | None, new: Decimal | None, better: int) -> bool:
    if old is None or not old.is_finite():
        return False
    return new is None or not new.is_finite() or (new - old) * better < 0


def _restated(name: str, new: Contract) -> bool:
    """A relative target that became a number, or the reverse, is taken away in one field and given in the other."""
    other = "target_percent" if name == "target" else "target"
    return getattr(new, name) is None and getattr(new, other) is not None


def _higher(name: str) -> Callable[[Contract, Contract], bool]:
    return lambda old, new: bool(getattr(new, name) > getattr(old, name))


def _lower(name: str) -> Callable[[Contract, Contract], bool]:
    return lambda old, new: bool(getattr(new, name) < getattr(old, name))


def _warns_later(old: Contract, new: Contract) -> bool:
    """Whether the new warn zone, laid on the old bounds, is narrower: bounds that moved are another finding."""
    return _margin(old, new) < _margin(old, old)


def _margin(bounds: Contract, rule: Contract) -> Fraction:
    """The width of the warn zone that a rule gives a band, in the band's own unit."""
    lower, upper = bounds.lower, bounds.upper
    if lower is not None and lower == upper:
        return Fraction(0)
    if rule.warn_margin is not None:
        return Fraction(rule.warn_margin)
    if lower is None or upper is None:
        return Fraction(0)
    return Fraction(rule.warn_fraction) * (Fraction(upper) - Fraction(lower))


def _way_at(curve: Curve, time: Fraction) -> Fraction:
    """The share of the way a curve expects at a share of the time."""
    x0 = y0 = Fraction(0)
    for point in (*curve, (Decimal(1), Decimal(1))):
        x, y = Fraction(point[0]), Fraction(point[1])
        if x >= time:
            return y if x == x0 else y0 + (y - y0) * (time - x0) / (x - x0)
        x0, y0 = x, y
    return Fraction(1)


def _asks_less(old: Contract, new: Contract) -> bool:
    """Somewhere on the way less is expected. Straight between the points, so the points of both are enough."""
    times = [Fraction(x) for curve in (old.curve, new.curve) for x, _ in curve]
    return any(_way_at(new.curve, time) < _way_at(old.curve, time) for time in times)


Rules = tuple[tuple[tuple[str, ...], Callable[[Contract, Contract], bool]], ...]
"""The fields of each rule, and whether it was relaxed from one contract to the next."""

_COMMON_RULES: Final[Rules] = (
    (("settle_days",), _higher("settle_days")),
    (("confirm_worse",), _higher("confirm_worse")),
    (("stale_after_days", "cadence_days"), _higher("stale_after")),
)
_TRAJECTORY_RULES: Final[Rules] = (
    (("amber",), _higher("amber")),
    (("red",), _higher("red")),
    (("hysteresis",), _lower("hysteresis")),
    (("curve",), _asks_less),
)
_BAND_RULES: Final[Rules] = (
    (("required_compliance",), _lower("required_compliance")),
    (("warn_margin", "warn_fraction"), _warns_later),
)
