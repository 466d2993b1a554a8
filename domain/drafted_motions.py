"""The motion a remedy puts before the council, drafted from the record with every field filled. Nobody is bound by a draft.

Which outcome a remedy names is `purgatory_remedy.MOTIONS`; here is what each says. A person makes it the motion (C3).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from domain.charter import NEW_CHARTER
from domain.purgatory_remedy import MOTIONS, REGULARISE_WITHIN_DAYS, RemedyCode
from domain.stage_words import Outcome

CONDITION_DAYS: Final = 30
"""So long a drafted condition has, where nothing else says."""
HOLD_DAYS: Final = 30
PIVOT_DAYS: Final = 60
"""So long a new charter runs in a draft: as far back as movement of the primary KPI is looked for (R10)."""

_MISSING: Final[Mapping[str, tuple[str, str]]] = {
    "sponsor": ("A sponsor who answers for the value is named", "The initiative names an active person"),
    "production_owner": ("A production owner takes it over", "The pilot's record names who"),
    "transition_plan": ("The transition plan is complete", "Owner, run cost, integration, support and date are on record"),
}  # fmt: skip
_EXTENDED_FOR: Final[tuple[tuple[str, str], ...]] = (("R09", "data_late"), ("R10", "results_unclear"))
"""Rule that fired -> reason code of an extension, the first that fits; else `other`."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a draft is filled from. `sentences`: of the open findings, the gravest first. `owner`, `verifier`: two people, or None.

    `aims`: the business outcome the initiative is for. `charter`: the parts its charter has (domain.charter.NEW_CHARTER).
    """

    rules: Sequence[str] = ()
    sentences: Sequence[str] = ()
    aims: str = ""
    charter: Collection[str] = ()
    owner: int | None = None
    verifier: int | None = None


def drafted(code: str, detail: Mapping[str, Any], told: Recorded, today: date) -> dict[str, Any] | None:
    """A motion as `domain.motions` reads it; None for a remedy that names none, so that people say it themselves.

    `code`, `detail`: of the remedy as it is stored. What the record does not know is left out, and whoever arranges the
    council fills it in.
    """
    known = next((one for one in RemedyCode if one.value == code), None)
    outcome = MOTIONS.get(known) if known is not None else None
    if known is None or outcome is None:
        return None
    said: dict[str, Any] = {"outcome": outcome.value, "because": _because(known, told)}
    return said | _filled(known, outcome, detail, told, today)


def _filled(
    code: RemedyCode, outcome: Outcome, detail: Mapping[str, Any], told: Recorded, today: date
) -> dict[str, Any]:
    if outcome is Outcome.HOLD:
        days = REGULARISE_WITHIN_DAYS if code is RemedyCode.REGULARISE else detail.get("days", HOLD_DAYS)
        return {"until": (today + timedelta(days=days)).isoformat()}
    if outcome is Outcome.EXTEND:
        reason = next((words for rule, words in _EXTENDED_FOR if rule in told.rules), "other")
        return {"days": max(int(detail.get("days", 0)), 1), "reason_code": reason}
    if outcome is Outcome.PIVOT:
        aims = told.aims or "the same business outcome"
        charter = f"Another way to {aims[:1].lower()}{aims[1:]}, with those who are to use it."
        until = today + timedelta(days=PIVOT_DAYS)
        # What else the charter says is proposed to stay, named part by part, for people to change. What it does not say
        # cannot stay: that is for people to say.
        return {
            "charter": charter.replace("..", "."), "days": PIVOT_DAYS, "until": until.isoformat(),
            "carry": [name for name in NEW_CHARTER if name in told.charter],
        }  # fmt: skip
    if outcome is Outcome.STOP:
        return {
            "reason_code": "no_value",
            "lessons": " ".join(told.sentences) or "What the record shows is to be written down.",
        }
    if outcome is Outcome.CONDITIONAL_GO:
        return {"conditions": [_condition(name, told, today) for name in detail.get("missing", ())]}
    return {}


def left_to_people(draft: Mapping[str, Any]) -> bool:
    """Whether a draft lacks what only people can say, so that it is completed before it is the motion."""
    if draft.get("outcome") == Outcome.PIVOT.value:
        return any(name not in draft.get("carry", ()) for name in NEW_CHARTER)
    return draft.get("outcome") == Outcome.EXTEND.value


def _condition(name: str, told: Recorded, today: date) -> dict[str, Any]:
    text, verification = _MISSING[name]
    return {
        "text": text, "kind": "before_next_gate", "blocking": False, "owner": told.owner, "verifier": told.verifier,
        "verification": verification, "due_on": (today + timedelta(days=CONDITION_DAYS)).isoformat(),
    }  # fmt: skip


_OPENINGS: Final[Mapping[RemedyCode, str]] = {
    RemedyCode.SCALE: "Its criteria are met.",
    RemedyCode.SCALE_WITH_CONDITIONS: "Its criteria are met, and something is missing to scale it.",
    RemedyCode.HOLD_FOR_SPONSOR: "Nobody sponsors it; it waits until somebody does.",
    RemedyCode.EXTEND_ONCE: "What it was to show is not known yet.",
    RemedyCode.PIVOT: "It works, and those who were invited do not use it.",
    RemedyCode.STOP: "It does not bring what it promised.",
    RemedyCode.REGULARISE: f"It is used outside its charter. The next gate is asked for and decided within {REGULARISE_WITHIN_DAYS} days.",
}  # fmt: skip


def _because(code: RemedyCode, told: Recorded) -> str:
    return " ".join((_OPENINGS[code], *told.sentences[:3]))[:1000]


def drafted_confirmation(sentence: str) -> dict[str, Any]:
    """Of a stopped initiative that goes on (`sentence` says how): that its stop stands. To take it up again is for people to say."""
    return {
        "outcome": Outcome.CONFIRM_STOP.value,
        "because": f"The stop stands, and what goes on ends. {sentence}"[:1000],
    }
