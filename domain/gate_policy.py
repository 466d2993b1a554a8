"""A version of the gate definition as JSON: what a policy row holds, read back strictly."""

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any, TypeVar

from domain.errors import RuleError
from domain.gates import ALL_TIERS, GATES, Criterion, Gate
from domain.stage_words import Body, Outcome, Stage

Word = TypeVar("Word", bound=StrEnum)
_GATE_KEYS = tuple(field.name for field in fields(Gate))
_CRITERION_KEYS = tuple(field.name for field in fields(Criterion))


def gates_to_json(gates: tuple[Gate, ...] = GATES) -> list[dict[str, Any]]:
    """The definition as plain JSON, criteria and outcomes in the order they are shown."""
    return [
        {
            "code": gate.code,
            "name": gate.name,
            "from_stage": gate.from_stage.value,
            "to_stage": gate.to_stage.value,
            "decided_by": gate.decided_by.value,
            "tier_may_tighten": gate.tier_may_tighten,
            "criteria": [
                {"code": one.code, "text": one.text, "tiers": list(one.tiers)} for one in gate.criteria
            ],
            "outcomes": [outcome.value for outcome in gate.outcomes],
        }
        for gate in gates
    ]


def gates_from_json(rows: object) -> tuple[Gate, ...]:
    """The definition a stored row says. Texts, criteria and bodies may differ between versions, the line may not.

    Raises RuleError with a pointer: `wrong_type`, `missing_key`, `unknown_key`, `unknown_word`, `duplicate_code`,
    `broken_line` (a gate that does not lead one step along the stages).
    """
    if not isinstance(rows, list) or not rows:
        raise RuleError("wrong_type", "A gate definition is a list of gates.", "")
    gates = tuple(_gate(row, f"/{index}") for index, row in enumerate(rows))
    _distinct([gate.code for gate in gates], "")
    line = [(gate.from_stage, gate.to_stage) for gate in gates]
    if line != [(gate.from_stage, gate.to_stage) for gate in GATES]:
        raise RuleError("broken_line", "The gates must lead from idea to retired, one stage at a time.", "")
    return gates


def _gate(row: object, at: str) -> Gate:
    values = _object(row, _GATE_KEYS, at)
    criteria = tuple(
        _criterion(one, f"{at}/criteria/{index}")
        for index, one in enumerate(_list(values["criteria"], f"{at}/criteria"))
    )
    outcomes = tuple(
        _word(Outcome, one, f"{at}/outcomes/{index}")
        for index, one in enumerate(_list(values["outcomes"], f"{at}/outcomes"))
    )
    _distinct([one.code for one in criteria], f"{at}/criteria")
    if not isinstance(values["tier_may_tighten"], bool):
        raise RuleError("wrong_type", "tier_may_tighten is true or false.", f"{at}/tier_may_tighten")
    return Gate(
        code=_text(values["code"], f"{at}/code"),
        name=_text(values["name"], f"{at}/name"),
        from_stage=_word(Stage, values["from_stage"], f"{at}/from_stage"),
        to_stage=_word(Stage, values["to_stage"], f"{at}/to_stage"),
        decided_by=_word(Body, values["decided_by"], f"{at}/decided_by"),
        tier_may_tighten=values["tier_may_tighten"],
        criteria=criteria,
        outcomes=outcomes,
    )


def _criterion(row: object, at: str) -> Criterion:
    values = _object(row, _CRITERION_KEYS, at)
    tiers = tuple(_list(values["tiers"], f"{at}/tiers"))
    if not tiers or any(tier not in ALL_TIERS or isinstance(tier, bool) for tier in tiers):
        raise RuleError("unknown_word", "Tiers are 1, 2 and 3.", f"{at}/tiers")
    return Criterion(_text(values["code"], f"{at}/code"), _text(values["text"], f"{at}/text"), tiers)


def _object(row: object, keys: tuple[str, ...], at: str) -> Mapping[str, Any]:
    if not isinstance(row, dict):
        raise RuleError("wrong_type", "An object is expected here.", at)
    for key in row:
        if key not in keys:
            raise RuleError("unknown_key", f"{key} is not part of a gate definition.", f"{at}/{key}")
    for key in keys:
        if key not in row:
            raise RuleError("missing_key", f"{key} is missing.", f"{at}/{key}")
    return row


def _list(value: object, at: str) -> list[Any]:
    if not isinstance(value, list):
        raise RuleError("wrong_type", "A list is expected here.", at)
    return value


def _text(value: object, at: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise RuleError("wrong_type", "A text is expected here.", at)
    return value


def _word(kind: type[Word], value: object, at: str) -> Word:
    if not isinstance(value, str) or value not in kind.__members__.values():
        raise RuleError("unknown_word", f"Use one of: {', '.join(kind)}.", at)
    return kind(value)


def _distinct(codes: list[str], at: str) -> None:
    if len(set(codes)) != len(codes):
        raise RuleError("duplicate_code", "Two entries have the same code.", at)
