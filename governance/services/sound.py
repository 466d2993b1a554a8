"""Texts of motions and drafts as they are kept: one normal form, within their limits, without what a database refuses."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.text import clean
from domain.charter import NEW_CHARTER
from domain.motions import Motion, Proposed
from pilots.services.charter import TEXTS

BECAUSE, WORDS, LESSONS, AUTONOMY, CONDITION, VERIFICATION, EVIDENCE = 1000, 2000, 4000, 200, 500, 300, 500


def sound(motion: Motion, *, under: str = "motion/") -> Motion:
    """The motion with its texts cleaned. `under`: where it stands in what was sent. Raises Problem 400 at the field."""
    anew: dict[str, Any] = {
        name: clean(f"{under}{name}", getattr(motion, name), limit=TEXTS[name]) for name in NEW_CHARTER
    }
    return replace(
        motion,
        **anew,
        because=clean(f"{under}because", motion.because, limit=BECAUSE, required="Say why."),
        lessons=clean(f"{under}lessons", motion.lessons, limit=LESSONS),
        rework=clean(f"{under}rework", motion.rework, limit=WORDS),
        evidence=clean(f"{under}evidence", motion.evidence, limit=EVIDENCE),
        charter=clean(f"{under}charter", motion.charter, limit=WORDS),
        ceiling=replace(
            motion.ceiling,
            autonomy=clean(f"{under}ceiling/autonomy", motion.ceiling.autonomy, limit=AUTONOMY),
        ),
        conditions=tuple(
            sound_condition(one, f"{under}conditions/{place}") for place, one in enumerate(motion.conditions)
        ),
    )


def sound_condition(one: Proposed, at: str) -> Proposed:
    """A condition with its texts cleaned. `at`: its place in what was sent. Raises Problem 400 below it."""
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
