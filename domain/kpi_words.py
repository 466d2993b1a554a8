"""What a KPI's answer says in words: one sentence with its numbers, the rule, and what would clear or flip it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from domain.kpi_answer import Answer
from domain.kpi_codes import Defect, Reason, Shape, Status
from domain.kpi_definition import Definition, Plan
from domain.kpi_figures import EXACT, FOUR_PLACES, rounded
from domain.kpi_judge import expected_on

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HUNDRED, _TENTH = Decimal(100), Decimal("0.1")
_FROZEN: Final = (
    "Nothing: the outcome is frozen. A correction of the reading stands beside it as a restatement."
)


@dataclass(frozen=True, slots=True)
class Seen:
    """The reading an answer stands on, as far as there is one, and the unit the KPI is measured in."""

    observed_on: date | None = None
    value: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """`sentence` states the finding, number first. `flips` is None where no single reading could turn it."""

    sentence: str
    rule: str
    numbers: str
    clears: str
    flips: str | None = None


def explain(definition: Definition, answer: Answer, seen: Seen) -> Words:
    """The words of `answer` to `definition`. Days are written "14 Oct 2026", shares as points or percent."""
    plan = definition.plan
    if answer.status in {Status.PAUSED, Status.RETIRED}:
        return Words(
            _STATES[answer.status], f"Row 1: the KPI is {answer.status}.", "", _RESUME[answer.status]
        )
    if plan is None or answer.status is Status.INVALID:
        return _invalid(answer)
    return _WORDS[answer.status](definition, plan, answer, seen)


def day(value: date | int | None) -> str:
    """ "14 Oct 2026", also from an ordinal."""
    if value is None:
        return "no date"
    it = date.fromordinal(value) if isinstance(value, int) else value
    return f"{it.day} {_MONTHS[it.month - 1]} {it.year}"


def amount(value: Decimal | None, unit: str = "") -> str:
    """ "1,204.5 days": as many places as the number has."""
    if value is None:
        return "never recorded"
    text = f"{value:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    said = text.replace("-", "−") if text != "-0" else "0"
    return f"{said} {unit}".rstrip()


def points(share: Decimal) -> str:
    """A share as points of the way, "12" or "12.4"."""
    return amount(rounded(EXACT.multiply(share, _HUNDRED), _TENTH))


def _percent(share: Decimal) -> str:
    return f"{points(share)} %"


def defect_words(defect: str | None) -> tuple[str, str]:
    """What is broken in a definition, and how to mend it."""
    return _DEFECTS.get(defect or "", ("The definition is broken.", "Mend the definition."))


def _invalid(answer: Answer) -> Words:
    said, remedy = defect_words(answer.reason)
    return Words(said, "Row 2: the definition cannot be judged.", f"Defect: {answer.reason}", remedy)


def _not_started(definition: Definition, _plan: Plan, _answer: Answer, _seen: Seen) -> Words:
    begins = day(definition.baseline_on)
    return Words(
        f"Begins on {begins}.",
        "Row 3: the day lies before the baseline date.",
        f"Baseline date {begins}",
        "Time.",
    )


def _no_baseline(definition: Definition, _plan: Plan, _answer: Answer, seen: Seen) -> Words:
    stands = (
        f" The last value is {amount(seen.value, seen.unit)} on {day(seen.observed_on)}."
        if seen.value is not None
        else ""
    )
    return Words(
        f"No baseline is recorded, so no progress can be claimed.{stands}",
        "Row 4: a trajectory without a baseline.",
        f"Target {amount(definition.target, seen.unit)} by {day(definition.target_on)}, baseline never recorded",
        "A definition with a baseline value, its day and where it comes from.",
    )


def _no_data(_definition: Definition, plan: Plan, answer: Answer, _seen: Seen) -> Words:
    due = plan.start + plan.stale_after
    numbers = f"Start {day(plan.start)}, first reading due by {day(due)}"
    if answer.reason == Reason.AWAITING_FIRST_MEASUREMENT:
        return Words(
            f"No readings yet. The first is due by {day(due)}.",
            "Row 5: no reading, and none overdue.",
            numbers,
            "The first reading.",
        )
    return Words(
        f"Nobody has measured it since it began on {day(plan.start)}; the first reading was due by {day(due)}.",
        "Row 6: no reading, and the first is overdue.",
        numbers,
        "The first reading.",
    )


def _unverified(definition: Definition, plan: Plan, answer: Answer, seen: Seen) -> Words:
    closed = day(plan.close)
    clears = f"A reading true of a day in the window, which ended on {closed}, recorded late."
    if answer.reason == Reason.NO_EVIDENCE:
        return Words(
            f"It closed on {closed} without a single reading: nobody knows whether the target was met.",
            "Row 7: closed, and no reading in the window.", f"Target date {day(definition.target_on)}, closed {closed}", clears,
        )  # fmt: skip
    return Words(
        f"It closed on {closed}; the last reading, of {day(seen.observed_on)}, is too old to say what was reached.",
        "Row 8: closed, and the last reading lies too far before the target date.",
        f"Target date {day(definition.target_on)}, last reading {day(seen.observed_on)}, limit {plan.stale_after} days before it",
        clears,
    )


def _stale(definition: Definition, plan: Plan, answer: Answer, seen: Seen) -> Words:
    known = f" It was {_SAID[answer.last_known]} then." if answer.last_known else ""
    return Words(
        f"Last measured on {day(seen.observed_on)}; a reading older than {plan.stale_after} days says nothing of today.{known}",
        "Row 11: the last reading is older than the KPI allows.",
        f"Last reading {amount(seen.value, seen.unit)} on {day(seen.observed_on)}, limit {plan.stale_after} days, "
        f"a reading expected every {definition.cadence_days} days",
        "A new reading.",
    )


def _missed(definition: Definition, plan: Plan, answer: Answer, seen: Seen) -> Words:
    progress = answer.progress or Decimal(0)
    if definition.shape is Shape.BAND:
        sentence = f"Held in {_percent(progress)} of its periods, where {_percent(definition.required_compliance)} were required; closed on {day(plan.close)}."
    else:
        sentence = (
            f"{amount(seen.value, seen.unit)} on {day(seen.observed_on)} against a target of {amount(definition.target, seen.unit)}: "
            f"{points(EXACT.subtract(Decimal(1), progress))} points short; closed on {day(plan.close)}."
        )
    return Words(
        sentence, "Row 10: closed, target not met.", _numbers(definition, plan, answer, seen), _FROZEN
    )


def _achieved(definition: Definition, plan: Plan, answer: Answer, seen: Seen) -> Words:
    closed = answer.reason == Reason.CLOSED
    numbers = _numbers(definition, plan, answer, seen)
    if definition.shape is Shape.BAND:
        sentence = f"Held in {_percent(answer.progress or Decimal(0))} of its periods, where {_percent(definition.required_compliance)} were required."
        return Words(sentence, "Row 9: closed, band held in enough periods.", numbers, _FROZEN)
    sentence = f"{amount(seen.value, seen.unit)} on {day(seen.observed_on)} meets the target of {amount(definition.target, seen.unit)}."
    if closed:
        return Words(
            f"{sentence} Closed on {day(plan.close)}, outcome frozen.",
            "Row 9: closed, progress at or above 1.",
            numbers,
            _FROZEN,
        )
    return Words(
        sentence, "Row 12: progress at or above 1.", numbers, f"Time: the outcome is frozen after {day(plan.close)}.",
        "A reading on the far side of the target.",
    )  # fmt: skip


def _folded(definition: Definition, plan: Plan, answer: Answer, seen: Seen) -> Words:
    """On track, at risk or off track while open."""
    if definition.shape is Shape.BAND:
        return _in_band(definition, plan, answer, seen)
    shortfall, progress = answer.shortfall or Decimal(0), answer.progress or Decimal(0)
    where = f"{_percent(progress)} of the way on {day(seen.observed_on)}, {_percent(answer.expected or Decimal(0))} expected"
    if shortfall > 0:
        sentence = f"{points(shortfall)} points behind plan, {where}."
    elif shortfall < 0:
        sentence = f"{points(shortfall.copy_negate())} points ahead of plan, {where}."
    else:
        sentence = f"On plan, {where}."
    if answer.pending:
        sentence += f" One more such reading makes it {_SAID[answer.pending]}."
    amber, red = points(definition.amber), points(definition.red)
    back, red_back = points(plan.amber_back), points(plan.red_back)
    rule, clears, flips = {
        Status.ON_TRACK: (
            f"Row 13: at most {amber} points behind plan.", "A reading at or past the target makes it achieved.",
            f"A reading more than {amber} points behind plan.",
        ),
        Status.AT_RISK: (
            f"Row 14: more than {amber} and at most {red} points behind plan.",
            f"A reading at most {back} points behind plan.", f"A reading more than {red} points behind plan.",
        ),
        Status.OFF_TRACK: (
            f"Row 15: more than {red} points behind plan.",
            f"A reading at most {red_back} points behind plan makes it at risk, at most {back} on track.",
            f"A reading at most {red_back} points behind plan.",
        ),
    }[answer.status]  # fmt: skip
    return Words(sentence, rule, _numbers(definition, plan, answer, seen), clears, flips)


def _in_band(definition: Definition, plan: Plan, answer: Answer, seen: Seen) -> Words:
    value, on, band = amount(seen.value, seen.unit), day(seen.observed_on), band_words(definition, seen.unit)
    numbers = _numbers(definition, plan, answer, seen)
    held = (
        f" Held in {_percent(answer.progress)} of its periods so far." if answer.progress is not None else ""
    )
    if answer.status is Status.OFF_TRACK:
        return Words(
            f"{value} on {on} lies outside the band of {band}.{held}", "Row 16: outside the band.", numbers,
            f"A reading within {band}.", f"A reading within {band}.",
        )  # fmt: skip
    if answer.status is Status.AT_RISK:
        return Words(
            f"{value} on {on} lies within {band}, but close to its edge.{held}", "Row 17: inside the band, near an edge.",
            numbers, "A reading further from the edge.", f"A reading outside {band}.",
        )  # fmt: skip
    return Words(
        f"{value} on {on} lies within {band}.{held}", "Row 18: inside the band.", numbers, "Nothing to clear.",
        f"A reading outside {band}, or close to its edge.",
    )  # fmt: skip


def band_words(definition: Definition, unit: str = "") -> str:
    """ "at least 98 %", "at most 5 days", "2 to 5 days"."""
    lower, upper = definition.lower, definition.upper
    if lower is not None and upper is not None:
        return f"{amount(lower)} to {amount(upper, unit)}"
    return f"at least {amount(lower, unit)}" if lower is not None else f"at most {amount(upper, unit)}"


def _numbers(definition: Definition, plan: Plan, answer: Answer, seen: Seen) -> str:
    if seen.value is None or seen.observed_on is None:
        return ""
    if definition.shape is Shape.BAND:
        return f"Value {amount(seen.value, seen.unit)} on {day(seen.observed_on)}, band {band_words(definition, seen.unit)}"
    base, target = amount(definition.baseline), amount(definition.target)
    expected = expected_on(definition, plan, seen.observed_on.toordinal())
    return (
        f"p = ({amount(seen.value)} − {base}) ÷ ({target} − {base}) = {_four(answer.progress)}; "
        f"expected e = {_four(expected)} on {day(seen.observed_on)}; e − p = {_four(answer.shortfall)}"
    )


def _four(value: Decimal | None) -> str:
    if value is None:
        return "none"
    return f"{rounded(value, FOUR_PLACES):f}".replace("-", "−")


_SAID: Final = {
    Status.ACHIEVED: "achieved", Status.ON_TRACK: "on track", Status.AT_RISK: "at risk", Status.OFF_TRACK: "off track",
}  # fmt: skip
_STATES: Final = {
    Status.PAUSED: "Paused: it is not judged until the pause ends.",
    Status.RETIRED: "Retired: it is no longer judged.",
}
_RESUME: Final = {
    Status.PAUSED: "The end of the pause.",
    Status.RETIRED: "Nothing: a retired KPI stays retired.",
}
_WORDS: Final[dict[Status, Callable[[Definition, Plan, Answer, Seen], Words]]] = {
    Status.NOT_STARTED: _not_started,
    Status.NO_BASELINE: _no_baseline,
    Status.NO_DATA: _no_data,
    Status.UNVERIFIED: _unverified,
    Status.STALE: _stale,
    Status.MISSED: _missed,
    Status.ACHIEVED: _achieved,
    Status.ON_TRACK: _folded,
    Status.AT_RISK: _folded,
    Status.OFF_TRACK: _folded,
}
_DEFECTS: Final[dict[str, tuple[str, str]]] = {
    Defect.TARGET_MISSING_OR_NOT_A_NUMBER: ("It has no target.", "Give the target as a number."),
    Defect.TARGET_DATE_MISSING: ("Its target has no date.", "Give the day by which the target is to be reached."),
    Defect.BASELINE_DATE_MISSING: ("It has no start date.", "Give the day from which it is measured."),
    Defect.TARGET_DATE_NOT_AFTER_BASELINE_DATE: (
        "Its target date does not lie after its start.", "Choose a target date after the baseline date.",
    ),
    Defect.BASELINE_NOT_A_NUMBER: ("Its baseline is not a number.", "Give the baseline as a number, or leave it out."),
    Defect.BASELINE_EQUALS_TARGET: (
        "Its target equals its baseline, so there is no way to go.", "Use a band to hold a level, or another target.",
    ),
    Defect.TARGET_ON_WRONG_SIDE_OF_BASELINE: (
        "Its target lies on the wrong side of its baseline.", "Turn the direction round, or mend the target.",
    ),
    Defect.RED_BELOW_AMBER: ("Off track begins before at risk.", "Give a red margin at or above the amber one."),
    Defect.CURVE_INVALID: (
        "The points of its expected curve do not rise.", "Give points that rise in time within 0 and 1, and never fall.",
    ),
    Defect.CADENCE_INVALID: ("It says no rhythm of readings.", "Give a cadence of at least one day."),
    Defect.HYSTERESIS_INVALID: (
        "Its margin for getting better is larger than amber allows.", "Give a hysteresis from 0 to the amber margin.",
    ),
    Defect.BOUND_NOT_A_NUMBER: ("A bound of its band is not a number.", "Give the bounds as numbers."),
    Defect.NO_BOUND: ("Its band has neither floor nor cap.", "Give a lower or an upper bound, or both."),
    Defect.FLOOR_ABOVE_CAP: ("The floor of its band lies above the cap.", "Exchange the bounds."),
}  # fmt: skip
