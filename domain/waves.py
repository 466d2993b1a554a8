"""Waves of a rollout: which has begun, which may, and what locks the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.phrases import listed
from domain.stage_words import IN_USE


class State(StrEnum):
    """`met`: it has begun and every criterion is met, so the next may begin."""

    LOCKED = "locked"
    READY = "ready"
    RUNNING = "running"
    MET = "met"


@dataclass(frozen=True, slots=True)
class Wave:
    """`criteria`: (text, met); met None: nobody has said. A wave without criteria can never be met."""

    number: int
    criteria: tuple[tuple[str, bool | None], ...] = ()
    started_on: date | None = None

    @property
    def met(self) -> bool:
        return self.started_on is not None and bool(self.criteria) and all(met for _, met in self.criteria)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one wave stands; `why`: what locks it, in words, empty where nothing does."""

    wave: Wave
    state: State
    why: str = ""


def closed_by(stage: str) -> str:
    """Why no wave may begin in a stage, in words; empty in those in which a rollout goes on."""
    if stage in IN_USE:
        return ""
    return "A wave begins in scale-up or production: after G4 said so, and until a stop."


def standing(waves: Sequence[Wave], *, closed: str = "") -> tuple[Standing, ...]:
    """Every wave in order of its number. Wave n+1 is locked until wave n has begun and met its criteria.

    `closed`: why none may begin now whatever the waves say (`closed_by`).
    """
    out: list[Standing] = []
    before: Wave | None = None
    for wave in sorted(waves, key=lambda one: one.number):
        why = ("" if before is None else locked_by(before)) or closed
        if wave.started_on is not None:
            out.append(Standing(wave, State.MET if wave.met else State.RUNNING))
        else:
            out.append(Standing(wave, State.LOCKED if why else State.READY, why))
        before = wave
    return tuple(out)


def locked_by(before: Wave) -> str:
    """What a wave still lacks before the next may begin; empty when nothing."""
    if before.met:
        return ""
    if before.started_on is None:
        return f"Wave {before.number} has not begun."
    if not before.criteria:
        return f"Wave {before.number} has no go criteria, so nobody can say that they are met."
    missed = [text for text, met in before.criteria if met is False]
    unsaid = [text for text, met in before.criteria if met is None]
    said = [f"not met: {listed(missed)}"] if missed else []
    said += [f"nobody has said: {listed(unsaid)}"] if unsaid else []
    return f"Wave {before.number}, {'; '.join(said)}."
