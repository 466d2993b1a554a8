"""When to retrain: a rule over a metric, with its unit said, its equality said, a smallest sample and a rest after each.

"A 3 % drop" means two things: from 0.92, three points is 0.89 and 3 % of it is 0.8924. So a rule says which. Retraining too
often chases noise: fewer cases than the smallest sample tell nothing, and a second trigger during the rest (the cooldown)
is logged, not raised.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from domain.errors import RuleError


class Direction(StrEnum):
    """Which way it gets worse."""

    DROP = "drop"
    RISE = "rise"


class Unit(StrEnum):
    """points: hundredths of the metric, as between 92 % and 89 %. relative: per cent of the reference."""

    POINTS = "points"
    RELATIVE = "relative"


class Equality(StrEnum):
    """Whether a change of exactly the amount triggers."""

    AT_LEAST = "at_least"
    MORE_THAN = "more_than"


class Outcome(StrEnum):
    RAISED = "raised"
    IN_COOLDOWN = "in_cooldown"
    QUIET = "quiet"
    TOO_FEW = "too_few_rows"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Rule:
    """amount: above 0, in the unit. cooldown_days: 0 for none. window_days: of how many days of data to retrain on, and
    about how often to look: monthly 30, quarterly 91."""

    direction: Direction
    amount: Decimal
    unit: Unit
    equality: Equality = Equality.AT_LEAST
    minimum_sample: int = 1
    cooldown_days: int = 0
    window_days: int = 91


@dataclass(frozen=True, slots=True)
class Found:
    """What a reading makes of a rule. change: in the rule's unit, positive when worse; None where it cannot be told."""

    outcome: Outcome
    change: Decimal | None
    sentence: str

    @property
    def triggered(self) -> bool:
        return self.outcome in {Outcome.RAISED, Outcome.IN_COOLDOWN}


def check(rule: Rule) -> None:
    """Refuse a rule that could never be asked. RuleError at /amount, /minimum_sample, /cooldown_days or /window_days."""
    if not rule.amount.is_finite() or rule.amount <= 0:
        raise RuleError("out_of_range", "Give an amount above 0.", "/amount")
    for value, least, most, at in (
        (rule.minimum_sample, 1, 10**9, "/minimum_sample"),
        (rule.cooldown_days, 0, 3_650, "/cooldown_days"),
        (rule.window_days, 1, 3_650, "/window_days"),
    ):
        if not least <= value <= most:
            raise RuleError("out_of_range", f"Give a whole number between {least} and {most}.", at)


def ask(
    rule: Rule,
    *,
    reference: Decimal | None,
    value: Decimal | None,
    sample: int | None,
    on: date,
    last_raised_on: date | None,
) -> Found:
    """Ask a rule about one reading. `sample` None: nobody said of how many cases, which counts as too few where more than
    one is needed. The rest lasts `cooldown_days` from the day of the last trigger raised; on the day it ends the next may be.
    """
    if reference is None or value is None:
        return Found(Outcome.UNKNOWN, None, "Cannot tell: there is no reference to compare with.")
    if rule.unit is Unit.RELATIVE and reference == 0:
        return Found(Outcome.UNKNOWN, None, "Cannot tell: nothing is relative to a reference of 0.")
    if rule.minimum_sample > 1 and (sample is None or sample < rule.minimum_sample):
        had = "an unknown number of cases" if sample is None else f"{sample} cases"
        return Found(Outcome.TOO_FEW, None, f"Cannot tell from {had}: the rule needs {rule.minimum_sample}.")
    worse = reference - value if rule.direction is Direction.DROP else value - reference
    # Multiplied out, so that no quotient blurs a change of exactly the amount.
    whole = Decimal(1) if rule.unit is Unit.POINTS else abs(reference)
    side = (worse * 100).compare(rule.amount * whole)
    met = side > 0 or (side == 0 and rule.equality is Equality.AT_LEAST)
    change = worse * 100 / whole
    said = _said(rule, reference, value, change)
    if not met:
        return Found(Outcome.QUIET, change, f"{said} Below the rule's {_amount(rule)}.")
    ends = rests_until(rule, last_raised_on)
    if ends is not None and on < ends:
        return Found(
            Outcome.IN_COOLDOWN, change, f"{said} Logged: the rest after the last trigger ends on {ends}."
        )
    return Found(Outcome.RAISED, change, f"{said} The rule is {_amount(rule)}.")


def rests_until(rule: Rule, last_raised_on: date | None) -> date | None:
    """The first day on which it may be raised again; None where it never was."""
    return None if last_raised_on is None else last_raised_on + timedelta(days=rule.cooldown_days)


def in_words(rule: Rule) -> str:
    """ "a drop of 3 points or more, from 500 cases on, at most every 30 days"."""
    words = f"a {rule.direction.value} of {_amount(rule)}"
    if rule.minimum_sample > 1:
        words += f", from {rule.minimum_sample:,} cases on"
    return words + (f", at most every {rule.cooldown_days} days" if rule.cooldown_days else "")


def _amount(rule: Rule) -> str:
    unit = "points" if rule.unit is Unit.POINTS else "% of the reference"
    more = " or more" if rule.equality is Equality.AT_LEAST else ""
    words = f"{_short(rule.amount)} {unit}{more}"
    return words if more else f"more than {words}"


def _said(rule: Rule, reference: Decimal, value: Decimal, change: Decimal) -> str:
    unit = "points" if rule.unit is Unit.POINTS else "%"
    verb = {True: "fell", False: "rose"}[value < reference] if value != reference else "stayed"
    if value == reference:
        return f"It stayed at {_short(value)}."
    return f"It {verb} from {_short(reference)} to {_short(value)}, {_short(abs(change))} {unit}."


def _short(value: Decimal) -> str:
    return f"{float(value):.5g}"
