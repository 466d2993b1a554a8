"""A version of the gate definition as JSON: what a policy row holds, read back strictly."""

from dataclasses import fields
from enum import StrEnum
from typing import Any, TypeVar

from domain.errors import RuleError
from domain.gates import ALL_TIERS, GATES, Criterion, Gate
from domain.policy_rows import full_row, items, text, whole
from domain.should_meets import ShouldMeet, require_whole
from domain.stage_words import Body, Outcome, Stage

Word = TypeVar("Word", bound=StrEnum)
_GATE_KEYS = tuple(field.name for field in fields(Gate))
_CRITERION_KEYS = tuple(field.name for field in fields(Criterion))
_SHOULD_KEYS = tuple(field.name for field in fields(ShouldMeet))


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
            "should_meets": [
                {"code": one.code, "text": one.text, "weight": one.weight} for one in gate.should_meets
            ],
        }
        for gate in gates
    ]


def gates_from_json(stored: object) -> tuple[Gate, ...]:
    """The definition a stored row says. Texts, criteria and bodies may differ between versions, the line may not.

    Raises RuleError with a pointer, among others `duplicate_code` and `broken_line` (the gates do not lead from idea
    to retired one stage at a time).
    """
    gates = tuple(_gate(one, f"/{index}") for index, one in enumerate(items(stored, "")))
    _distinct([gate.code for gate in gates], "")
    line = [(gate.from_stage, gate.to_stage) for gate in gates]
    if line != [(gate.from_stage, gate.to_stage) for gate in GATES]:
        raise RuleError("broken_line", "The gates must lead from idea to retired, one stage at a time.", "")
    return gates


def _gate(stored: object, at: str) -> Gate:
    values = full_row(stored, _GATE_KEYS, at)
    criteria = tuple(
        _criterion(one, f"{at}/criteria/{index}")
        for index, one in enumerate(items(values["criteria"], f"{at}/criteria"))
    )
    outcomes = tuple(
        _word(Outcome, one, f"{at}/outcomes/{index}")
        for index, one in enumerate(items(values["outcomes"], f"{at}/outcomes"))
    )
    should_meets = tuple(
        _should_meet(one, f"{at}/should_meets/{index}")
        for index, one in enumerate(items(values["should_meets"], f"{at}/should_meets"))
    )
    require_whole(should_meets, f"{at}/should_meets")
    _distinct([one.code for one in should_meets], f"{at}/should_meets")
    _distinct([one.code for one in criteria], f"{at}/criteria")
    _distinct([str(one) for one in outcomes], f"{at}/outcomes")
    if not isinstance(values["tier_may_tighten"], bool):
        raise RuleError("not_true_or_false", "Give true or false.", f"{at}/tier_may_tighten")
    return Gate(
        code=text(values["code"], f"{at}/code"),
        name=text(values["name"], f"{at}/name"),
        from_stage=_word(Stage, values["from_stage"], f"{at}/from_stage"),
        to_stage=_word(Stage, values["to_stage"], f"{at}/to_stage"),
        decided_by=_word(Body, values["decided_by"], f"{at}/decided_by"),
        tier_may_tighten=values["tier_may_tighten"],
        criteria=criteria,
        outcomes=outcomes,
        should_meets=should_meets,
    )


def _criterion(stored: object, at: str) -> Criterion:
    values = full_row(stored, _CRITERION_KEYS, at)
    tiers = tuple(
        whole(tier, f"{at}/tiers/{index}") for index, tier in enumerate(items(values["tiers"], f"{at}/tiers"))
    )
    if not tiers or not set(tiers) <= set(ALL_TIERS):
        raise RuleError("not_a_tier", "Give one or more of the tiers 1, 2 and 3.", f"{at}/tiers")
    return Criterion(text(values["code"], f"{at}/code"), text(values["text"], f"{at}/text"), tiers)


def _should_meet(stored: object, at: str) -> ShouldMeet:
    values = full_row(stored, _SHOULD_KEYS, at)
    return ShouldMeet(
        text(values["code"], f"{at}/code"),
        text(values["text"], f"{at}/text"),
        whole(values["weight"], f"{at}/weight"),
    )


def _word(kind: type[Word], value: object, at: str) -> Word:
    for known in kind:
        if value == known.value:
            return known
    raise RuleError("not_a_known_word", f"Give one of: {', '.join(kind)}.", at)


def _distinct(codes: list[str], at: str) -> None:
    if len(set(codes)) != len(codes):
        raise RuleError("duplicate_code", "Two entries have the same code.", at)
