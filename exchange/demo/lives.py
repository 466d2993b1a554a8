"""The stages an initiative of the demo went through, with the day it entered each. Pure."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from domain.stages import Stage
from exchange.demo.table import DEV, FRAME, GONE, IDEA, PILOT, PROD, SCALE, STOP, Row

LINE = (IDEA, FRAME, DEV, PILOT, SCALE, PROD, GONE)
LASTS = {
    IDEA: (40, 150),
    FRAME: (45, 110),
    DEV: (85, 150),
    PILOT: (150, 235),
    SCALE: (70, 120),
    PROD: (310, 400),
}
WENT_BACK: dict[str, tuple[tuple[str, str], ...]] = {
    "SAR narrative drafting": (
        (PILOT, "G3 pilot: go"),
        (DEV, "G4: recycle to development, evidence too thin"),
    ),
    "Sanctions alert triage": ((PILOT, "G3 pilot: go"), (DEV, "")),
    "Affordability pre-check": (
        (PILOT, "G3 pilot: go"),
        (DEV, "G4: recycle to development, reasons not explained"),
    ),
}
"""Stages entered before the last approach: real portfolios move backwards."""
BECAUSE = {
    FRAME: "G1 frame: go", DEV: "G2 build: go", PILOT: "G3 pilot: go", SCALE: "G4 scale: go", PROD: "G5 launch: go",
}  # fmt: skip
SAID = {
    "Robo-adviser tone test": "G4: stop. Customers did not follow the advice.",
    "Underwriter shadow model": "G4: stop. It agreed with the experts no more often than a coin on large risks.",
    "First-generation chat bot": "G6 retire: go. Replaced by Chat deflection.",
    "Rule-based card alerts": "G6 retire: go. Replaced by Card fraud scoring.",
    "Sanctions alert triage": "G4: recycle to development. False positives above the agreed limit.",
    "Fraud ring detection": "G4 scale: conditional go",
    "Candidate screening": "G5 launch: conditional go",
}


@dataclass(frozen=True, slots=True)
class Stay:
    """A stage and the day it was entered; `left_on` None = the present one."""

    stage: Stage
    entered_on: date
    left_on: date | None
    because: str


def life(row: Row, today: date, rng: random.Random, *, known_by: date | None = None) -> tuple[Stay, ...]:
    """Every stay of a row with a dated present stage, oldest first; begun as an idea before `known_by`."""
    assert row.days is not None  # noqa: S101  an undated row has no past anybody knows
    stages = _stages(row)
    entered = [today - timedelta(days=row.days)]
    for stage in reversed(stages[:-1]):
        low, high = LASTS[stage]
        entered.insert(0, entered[0] - timedelta(days=rng.randint(low, high)))
    if known_by is not None and len(entered) > 1:
        entered[0] = min(entered[0], known_by - timedelta(days=21))
    words = [because for _, because in WENT_BACK.get(row.name, ())]
    stays = []
    for place, stage in enumerate(stages):
        detour = place - stages.index(DEV) - 1 if words and DEV in stages else -1
        because = words[detour] if 0 <= detour < len(words) and words[detour] else BECAUSE.get(stage, "")
        if place == len(stages) - 1:
            because = SAID.get(row.name, because)
        left_on = entered[place + 1] if place + 1 < len(stages) else None
        stays.append(Stay(Stage(stage), entered[place], left_on, because))
    return tuple(stays)


def _stages(row: Row) -> list[str]:
    if row.stage == STOP:
        return [IDEA, FRAME, DEV, PILOT, STOP]
    straight = list(LINE[: LINE.index(row.stage) + 1])
    if row.name not in WENT_BACK:
        return straight
    after = straight.index(DEV) + 1
    return [*straight[:after], *(stage for stage, _ in WENT_BACK[row.name]), *straight[after:]]
