"""What a lead writes for a gate, because no record knows it: the fields, made from the gate, and what was written, read strictly."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from domain.autonomy import CODES, WORDS
from domain.errors import RuleError
from domain.gates import Gate
from domain.motions import Motion, read_motion
from domain.policy_rows import items, row
from domain.self_report import questions_of
from domain.stage_words import Outcome

CONFIDENCES: Final[Mapping[str, str]] = {
    "green": "Green: nothing in the way",
    "amber_green": "Amber-green: likely, with attention",
    "amber": "Amber: feasible, with issues to resolve",
    "amber_red": "Amber-red: in doubt",
    "red": "Red: unachievable as things stand",
}
MOST_CONDITIONS: Final = 12
_CONDITION_KEYS: Final = ("text", "kind", "blocking", "owner", "verifier", "verification", "due_on")


class Sort(StrEnum):
    """What a field holds."""

    TEXT = "text"
    CHOICE = "choice"
    COUNT = "count"
    MONEY = "money"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `required`: a submission needs it; a draft never does. `limit`: letters of a text."""

    code: str
    label: str
    sort: Sort = Sort.TEXT
    required: bool = False
    limit: int = 1000
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""


_ASK: Final = (
    Field("ask", "What is asked, in one sentence", required=True, limit=300, hint="With the amount and the ceiling."),
    Field("alternatives", "What else was looked at", required=True, hint="Stopping and doing nothing among them."),
    Field("stop_if", "What would make us stop", required=True, limit=500),
    Field(
        "confidence", "Delivery confidence, your own", Sort.CHOICE, required=True, options=tuple(CONFIDENCES.items())
    ),
    Field("confidence_because", "Why", limit=500),
)  # fmt: skip
_CEILING: Final = (
    Field("ceiling_users", "At most so many users", Sort.COUNT),
    Field("ceiling_sites", "At most so many sites", Sort.COUNT),
    Field("ceiling_spend", "At most so much spend", Sort.MONEY),
    Field(
        "ceiling_level",
        "Autonomy",
        Sort.CHOICE,
        options=tuple((code, WORDS[one]) for code, one in CODES.items()),
    ),
    Field("ceiling_autonomy", "What that means here", limit=200, hint="What it may do without a person."),
    Field("lapses_on", "The approval lapses on", Sort.DAY),
)
_OF_GATE: Final[Mapping[str, tuple[Field, ...]]] = {
    "G2": (Field("no_guard_because", "Why no guard KPI", limit=500, hint="Only where there is none."),),
    "G4": (Field("no_guard_because", "Why no guard KPI", limit=500, hint="Only where there is none."),),
    "G6": (Field("reason", "Why it is retired", required=True, limit=500),),
}
_WITHOUT_CEILING: Final = frozenset({"G1", "G6"})


def fields_of(gate: Gate) -> tuple[Field, ...]:
    """Every field of a gate's form, in order: the ask, the ceiling of the approval, what the gate adds, the self-report."""
    ceiling = () if gate.code in _WITHOUT_CEILING else _CEILING
    asked = tuple(
        Field(f"says_{one.code}", one.text, Sort.CHOICE, True, options=tuple((a, a.capitalize()) for a in one.answers))
        for one in questions_of(gate.code)
    )  # fmt: skip
    return (*_ASK, *ceiling, *_OF_GATE.get(gate.code, ()), *asked)


def read_answers(stored: object, gate: Gate) -> dict[str, Any]:
    """What was written, as plain JSON with every empty field left out; it may be incomplete.

    `conditions` is a list of proposed conditions, each as far as it was written. Raises RuleError at the field.
    """
    fields = fields_of(gate)
    values = row(stored, (*(one.code for one in fields), "conditions"))
    found: dict[str, Any] = {}
    for one in fields:
        value = values.get(one.code)
        if value not in (None, ""):
            found[one.code] = _READ[one.sort](one, value)
    conditions = [
        dict(row(one, _CONDITION_KEYS, f"/conditions/{place}"))
        for place, one in enumerate(items(values.get("conditions") or [], "/conditions"))
    ]
    conditions = [one for one in conditions if any(v not in (None, "", False) for v in one.values())]
    if len(conditions) > MOST_CONDITIONS:
        raise RuleError("too_many", f"Propose at most {MOST_CONDITIONS} conditions.", "/conditions")
    if conditions:
        found["conditions"] = conditions
    return found


def lacking(answers: Mapping[str, Any], gate: Gate) -> tuple[Field, ...]:
    """The required fields nobody filled in."""
    return tuple(one for one in fields_of(gate) if one.required and not answers.get(one.code))


def said(answers: Mapping[str, Any]) -> dict[str, str]:
    """The self-report: question -> answer."""
    return {code[5:]: str(value) for code, value in answers.items() if code.startswith("says_")}


def proposed_motion(answers: Mapping[str, Any], gate: Gate, today: date) -> Motion:
    """What the lead asks for: a go, or a conditional go with the conditions proposed. Raises as `read_motion`."""
    conditions = answers.get("conditions") or []
    conditional = bool(conditions) and Outcome.CONDITIONAL_GO in gate.outcomes
    return read_motion(
        {
            "outcome": (Outcome.CONDITIONAL_GO if conditional else Outcome.GO).value,
            "because": answers.get("ask") or "",
            "ceiling": {
                "users": answers.get("ceiling_users"), "sites": answers.get("ceiling_sites"),
                "spend": answers.get("ceiling_spend"), "level": answers.get("ceiling_level") or "",
                "autonomy": answers.get("ceiling_autonomy") or "",
            },
            "lapses_on": answers.get("lapses_on"),
            "conditions": conditions if conditional else [],
        },
        gate=gate,
        today=today,
    )  # fmt: skip


def _text(one: Field, value: object) -> str:
    if not isinstance(value, str):
        raise RuleError("not_a_text", "Give a text.", f"/{one.code}")
    text = value.strip()
    if len(text) > one.limit:
        raise RuleError("max_length", f"Use at most {one.limit} characters; this has {len(text)}.", f"/{one.code}")  # fmt: skip
    return text


def _choice(one: Field, value: object) -> str:
    for code, _ in one.options:
        if value == code:
            return code
    raise RuleError("not_a_known_word", f"Give one of: {', '.join(code for code, _ in one.options)}.", f"/{one.code}")  # fmt: skip


def _count(one: Field, value: object) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 10**9:
        raise RuleError("not_a_whole_number", "Give a whole number above zero.", f"/{one.code}")
    return int(text)


def _money(one: Field, value: object) -> str:
    text = str(value).replace(" ", "").replace(",", "").strip()
    whole, _, cents = text.partition(".")
    if not (text.isascii() and whole.isdigit() and (not cents or cents.isdigit()) and len(cents) <= 2):
        raise RuleError("not_a_number", "Give an amount like 120000 or 120000.50.", f"/{one.code}")
    if len(whole) > 15 or not float(text):
        raise RuleError("out_of_range", "Give an amount above zero.", f"/{one.code}")
    return text


def _day(one: Field, value: object) -> str:
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise RuleError("not_a_day", "Give a day as YYYY-MM-DD.", f"/{one.code}")


_READ: Final[Mapping[Sort, Any]] = {
    Sort.TEXT: _text,
    Sort.CHOICE: _choice,
    Sort.COUNT: _count,
    Sort.MONEY: _money,
    Sort.DAY: _day,
}
