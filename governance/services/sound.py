"""Texts of motions and drafts as they are kept: one normal form, within their limits, without what a database refuses."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.text import clean
from domain.motions import Motion, Proposed

BECAUSE, WORDS, LESSONS, AUTONOMY, CONDITION, VERIFICATION = 1000, 2000, 4000, 200, 500, 300


def sound(motion: Motion) -> Motion:
    """The motion with its texts cleaned. Raises Problem 400 at the field."""
    return replace(
        motion,
        because=clean("because", motion.because, limit=BECAUSE, required="Say why."),
        lessons=clean("lessons", motion.lessons, limit=LESSONS),
        rework=clean("rework", motion.rework, limit=WORDS),
        charter=clean("charter", motion.charter, limit=WORDS),
        ceiling=replace(
            motion.ceiling, autonomy=clean("ceiling/autonomy", motion.ceiling.autonomy, limit=AUTONOMY)
        ),
        conditions=tuple(_condition(one, place) for place, one in enumerate(motion.conditions)),
    )


def _condition(one: Proposed, place: int) -> Proposed:
    at = f"conditions/{place}"
    return replace(
        one,
        text=clean(f"{at}/text", one.text, limit=CONDITION, required="Say what is to be met."),
        verification=clean(
            f"{at}/verification", one.verification, limit=VERIFICATION, required="Say how it is verified."
        ),
    )


def sound_answers(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What was written for a gate, every text in it cleaned. Raises Problem 400 at the field."""
    return {name: _said(name, value) for name, value in answers.items()}


def _said(place: str, value: Any) -> Any:
    if isinstance(value, str):
        return clean(place, value)
    if isinstance(value, list):
        return [_said(f"{place}/{at}", one) for at, one in enumerate(value)]
    if isinstance(value, dict):
        return {name: _said(f"{place}/{name}", one) for name, one in value.items()}
    return value
