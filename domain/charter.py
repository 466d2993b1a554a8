"""What a pilot's charter and its transition plan consist of, and which days of them agree. One list for plan, pilot and gate."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final

from domain.errors import RuleError
from domain.policy_rows import items

CHARTER: Final[Mapping[str, str]] = {
    "scope_units": "the units in scope",
    "scope_sites": "the sites in scope",
    "scope_users": "the users in scope",
    "scope_systems": "the systems in scope",
    "hypotheses": "the hypotheses",
    "sample": "the sample",
    "starts_on": "the start date",
    "ends_on": "the end date",
    "decision_on": "the decision date",
    "stop_threshold": "the stop threshold",
}
TRANSITION: Final[Mapping[str, str]] = {
    "production_owner": "a production owner",
    "transition_run_cost": "the run cost",
    "transition_integration": "the integration",
    "transition_support": "the support",
    "transition_on": "a date",
}
NEW_CHARTER: Final = (
    "scope_units",
    "scope_sites",
    "scope_users",
    "scope_systems",
    "sample",
    "stop_threshold",
)
"""What a pivot says anew or names as carried, beside what it tries instead, its length and its day."""
MOST_DAYS: Final = 3_650


def lacking(said: Mapping[str, object], parts: Mapping[str, str]) -> tuple[str, ...]:
    """The parts nobody has said, in their order. A run cost of 0 is said; an empty text is not."""
    return tuple(name for name in parts if said.get(name) in (None, ""))


def require_days(starts_on: date | None, ends_on: date | None, decision_on: date | None) -> None:
    """The days of a planned pilot agree as far as they are said. Raises RuleError at the day that does not."""
    if starts_on is not None and ends_on is not None:
        if ends_on <= starts_on:
            raise RuleError("too_early", "A pilot ends after the day it starts.", "/ends_on")
        if (ends_on - starts_on).days > MOST_DAYS:
            raise RuleError("out_of_range", f"A pilot is planned for at most {MOST_DAYS} days.", "/ends_on")
    if starts_on is not None and decision_on is not None and decision_on <= starts_on:
        raise RuleError("too_early", "It is decided after the day the pilot starts.", "/decision_on")


def length_of(starts_on: date | None, ends_on: date | None) -> int | None:
    """The length in days that a plan asks for; None while one of its days is missing."""
    return None if starts_on is None or ends_on is None else (ends_on - starts_on).days


def read_carried(value: object, at: str) -> tuple[str, ...]:
    """The parts named as carried, each once, in the order of the charter. Raises RuleError `not_a_known_word`."""
    named = items(value or [], at)
    for place, one in enumerate(named):
        if one not in NEW_CHARTER:
            known = f"Give some of: {', '.join(NEW_CHARTER)}."
            raise RuleError("not_a_known_word", known, f"{at}/{place}")
    return tuple(name for name in NEW_CHARTER if name in named)


def require_on_record(carried: Collection[str], standing: Mapping[str, object], at: str) -> None:
    """What is carried was recorded: of the charter that stands (`standing`, by part) nothing empty goes on by its name.

    Raises RuleError `part_missing` at the part.
    """
    for name in lacking(standing, {one: CHARTER[one] for one in NEW_CHARTER if one in carried}):
        words = f"The old charter says nothing of {CHARTER[name]}, so nothing carries over. Say it anew."
        raise RuleError("part_missing", words, f"{at}/{name}")


def require_each_part(
    said: Mapping[str, str], carried: Collection[str], at: str, *, all_of_them: bool
) -> None:
    """A new charter takes nothing over unsaid: each part is said anew, or named as carried.

    `all_of_them` False: what was put to the vote before parts were asked may leave some out. Raises RuleError
    `said_and_carried`, `part_missing` at the part.
    """
    for name in NEW_CHARTER:
        if said[name] and name in carried:
            words = f"Say {CHARTER[name]} anew or carry it over, not both."
            raise RuleError("said_and_carried", words, f"{at}/{name}")
        if all_of_them and not said[name] and name not in carried:
            words = (
                f"Say {CHARTER[name]} of the new charter, or that the old one carries over ({name} in carry)."
            )
            raise RuleError("part_missing", words, f"{at}/{name}")
