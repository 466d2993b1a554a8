"""Predicted against actual: how wrong a model was, once the truth is known.

Of numbers: mean absolute error and bias (the mean of predicted less actual, so above 0 it says too much). Of classes: the
four counts, and accuracy, precision, recall and false positive rate. A share of nothing (no case was predicted positive)
is None, never 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.errors import RuleError


class Metric(StrEnum):
    MAE = "mae"
    BIAS = "bias"
    ACCURACY = "accuracy"
    PRECISION = "precision"
    RECALL = "recall"
    FALSE_POSITIVE_RATE = "false_positive_rate"


OF_NUMBERS = frozenset({Metric.MAE, Metric.BIAS})
NEEDS_POSITIVE = frozenset({Metric.PRECISION, Metric.RECALL, Metric.FALSE_POSITIVE_RATE})


@dataclass(frozen=True, slots=True)
class Pair:
    """One case: what was predicted and what came true, as text (a class or a number), and when each was known."""

    predicted: str
    actual: str
    predicted_on: date
    actual_on: date
    segment: str = ""

    @property
    def lag(self) -> int:
        return (self.actual_on - self.predicted_on).days


@dataclass(frozen=True, slots=True)
class Errors:
    """Of numbers: mae, bias. Of classes: the rates, and the counts where a positive class is named."""

    cases: int
    mae: Decimal | None = None
    bias: Decimal | None = None
    accuracy: Decimal | None = None
    precision: Decimal | None = None
    recall: Decimal | None = None
    false_positive_rate: Decimal | None = None
    true_positive: int | None = None
    false_positive: int | None = None
    false_negative: int | None = None
    true_negative: int | None = None
    lag_days: int | None = None

    def of(self, metric: Metric) -> Decimal | None:
        found: Decimal | None = getattr(self, metric.value)
        return found


def errors_of_numbers(pairs: Sequence[Pair]) -> Errors:
    """RuleError names /<place>/predicted or /<place>/actual that is no finite number; `empty` without a pair."""
    _some(pairs)
    off = [
        _number(pair.predicted, f"/{place}/predicted") - _number(pair.actual, f"/{place}/actual")
        for place, pair in enumerate(pairs)
    ]
    count = len(off)
    total = sum(off, Decimal(0))
    absolute = sum((abs(one) for one in off), Decimal(0))
    return Errors(count, mae=absolute / count, bias=total / count, lag_days=_lag(pairs))


def errors_of_classes(pairs: Sequence[Pair], positive: str = "") -> Errors:
    """Accuracy over all classes; the rest where `positive` names the class that is looked for."""
    _some(pairs)
    right = sum(pair.predicted == pair.actual for pair in pairs)
    accuracy = Decimal(right) / len(pairs)
    if not positive:
        return Errors(len(pairs), accuracy=accuracy, lag_days=_lag(pairs))
    said = [(pair.predicted == positive, pair.actual == positive) for pair in pairs]
    tp, fp = said.count((True, True)), said.count((True, False))
    fn, tn = said.count((False, True)), said.count((False, False))
    return Errors(
        len(pairs), accuracy=accuracy, precision=_share(tp, tp + fp), recall=_share(tp, tp + fn),
        false_positive_rate=_share(fp, fp + tn), true_positive=tp, false_positive=fp, false_negative=fn,
        true_negative=tn, lag_days=_lag(pairs),
    )  # fmt: skip


def errors_of(pairs: Sequence[Pair], metric: Metric, positive: str = "") -> Errors:
    """The errors that the metric is one of. RuleError `no_positive` where it needs a positive class and none is named."""
    if metric in OF_NUMBERS:
        return errors_of_numbers(pairs)
    if metric in NEEDS_POSITIVE and not positive:
        raise RuleError("no_positive", "Name the positive class: the one that is looked for.", "/positive")
    return errors_of_classes(pairs, positive)


def _some(pairs: Sequence[Pair]) -> None:
    if not pairs:
        raise RuleError("empty", "Give one case at least whose truth is known.", "")


def _share(part: int, whole: int) -> Decimal | None:
    return None if whole == 0 else Decimal(part) / whole


def _lag(pairs: Sequence[Pair]) -> int:
    """The middle lag in days, of an even number the lower of the two."""
    ordered = sorted(pair.lag for pair in pairs)
    return ordered[(len(ordered) - 1) // 2]


def _number(text: str, at: str) -> Decimal:
    try:
        found = Decimal(text) if len(text) <= 60 and text.isascii() and "_" not in text else Decimal("NaN")
    except ArithmeticError:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > Decimal("1e30"):
        raise RuleError("not_a_number", "Give a finite number.", at)
    return found
