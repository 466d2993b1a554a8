"""How pilots go on the whole: conversion by quarter of entry, decisions by their date, extensions, days from won to the gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.db.models import Count, OuterRef, Subquery

from core.access import Actor, scope
from core.roles import Action
from domain.portfolio_rules import (
    Cohort,
    Extensions,
    OnTime,
    Spread,
    cohorts,
    days_from_won_to_gate,
    decisions_by_their_date,
    extensions_per_pilot,
)
from domain.stages import Stage
from pilots.models import Pilot
from portfolio.models import StageSpell

BENCHMARK: Final = (Decimal("0.15"), Decimal("0.25"))
"""Of so many pilots elsewhere one is scaled: the line that conversion is held against."""
SHOWN_COHORTS: Final = 8


@dataclass(frozen=True, slots=True)
class Indicators:
    """`cohorts`: the last ones, those without a date at the end; `earlier`: how many quarters are not among them."""

    cohorts: Sequence[Cohort]
    earlier: int
    decided: OnTime
    extensions: Extensions
    won: Spread


def indicators(actor: Actor, today: date) -> Indicators:
    """Of every pilot the reader may see, those that have ended too. Two statements."""
    every = cohorts(_spells(actor))
    dated = [one for one in every if one.quarter is not None]
    shown = [*dated[-SHOWN_COHORTS:], *(one for one in every if one.quarter is None)]
    pilots = list(
        Pilot.objects.visible_to(actor).order_by().annotate(longer=Count("extensions"))
        .values_list("decision_on", "ended_on", "charter_version", "longer", "criteria_met_on", "gate_requested_on")
    )  # fmt: skip
    return Indicators(
        cohorts=shown,
        earlier=len(every) - len(shown),
        decided=decisions_by_their_date(((due, ended) for due, ended, *_ in pilots), today),
        # Where no charter was ever recorded nobody says how often it was extended.
        extensions=extensions_per_pilot(
            longer if longer or charter else None for _, _, charter, longer, _, _ in pilots
        ),
        won=days_from_won_to_gate((met, asked) for *_, met, asked in pilots if met is not None),
    )


def _spells(actor: Actor) -> list[tuple[date | None, Stage | None]]:
    """Every stay in the pilot stage: when it was entered, and the stage it left for. A restated row is its later word."""
    after = StageSpell.objects.filter(
        initiative=OuterRef("initiative"), pk__gt=OuterRef("pk"), restates=None
    ).order_by("pk")
    rows = (
        StageSpell.objects.filter(scope(actor, Action.VIEW, StageSpell), stage=Stage.PILOT.value, restated_by=None)
        .order_by().annotate(next_stage=Subquery(after.values("stage")[:1]))
        .values_list("entered_on", "left_on", "next_stage")
    )  # fmt: skip
    return [
        (entered, Stage(stage) if stage is not None and left is not None else None)
        for entered, left, stage in rows
    ]
