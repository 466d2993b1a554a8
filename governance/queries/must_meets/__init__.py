"""Every must-meet of a gate, answered from the record: the page, the form, the submission and the pack ask here."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from domain.gates import Gate
from domain.stages import effective_tier
from governance.queries.definition import gate_of
from governance.queries.must_meets import build, frame, launch, pilot, retire, scale
from governance.queries.must_meets.told import PARTS, Answer, Asked, Told, asked_of, by_evidence
from pilots.queries.board import tiers_of
from portfolio.models import Initiative

__all__ = ["Answer", "Told", "answers_ahead", "answers_at", "tier_of", "unmet"]

_OF_GATE: Final[Mapping[str, Callable[[Asked], Mapping[str, Told]]]] = {
    "G1": frame.told,
    "G2": build.told,
    "G3": pilot.told,
    "G4": scale.told,
    "G5": launch.told,
    "G6": retire.told,
}


def tier_of(initiative: Initiative) -> int | None:
    """The highest risk of its own tier and its models'. One statement."""
    return effective_tier(initiative.risk_tier, tiers_of(initiative.pk))


def answers_at(
    initiative: Initiative, gate: Gate, *, today: date, tier: int | None = None
) -> tuple[Answer, ...]:
    """Each must-meet of the gate for its tier, in the order of the definition. About ten statements.

    A criterion that a later definition added and no record knows is answered by evidence.
    """
    tier = tier_of(initiative) if tier is None else tier
    asked = asked_of(initiative, tier, today)
    recorded = _OF_GATE[gate.code](asked)
    return tuple(
        Answer(
            one,
            recorded.get(one.code) or by_evidence(asked, one.code),
            waivable=one.code not in recorded,
            evidence=tuple(
                row
                for key in (one.code, *(f"{one.code}.{part}" for part in PARTS.get(one.code, ())))
                for row in asked.evidence.get(key, ())
            ),
        )
        for one in gate.criteria_for(tier)
    )


def answers_ahead(initiative: Initiative, *, today: date) -> tuple[Answer, ...]:
    """The must-meets of the gate ahead; none from retired, stopped and unknown."""
    gate, _ = gate_of(initiative.stage, today)
    return () if gate is None else answers_at(initiative, gate, today=today)


def unmet(answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """Those that stand in the way: every one not answered yes."""
    return tuple(one for one in answers if not one.met)
