"""G4 scale: whether the pilot showed what it should, and whether somebody can take it over."""

from collections.abc import Sequence
from typing import Final

from core import clock
from core.wording import day
from domain.kpi_codes import Status
from domain.phrases import listed
from governance.models import AiModel, Condition
from governance.queries.must_meets.build import guard_kpi
from governance.queries.must_meets.told import NO, UNKNOWN, YES, Asked, Told
from kpis.models import ArmCount, Kpi
from pilots.models import Pilot
from portfolio.models.worth import CaseWorth

_BLIND: Final = frozenset(
    {"stale", "no_data", "unverified", "invalid", "no_baseline", "paused", "not_started"}
)
_OFF: Final = frozenset({Status.OFF_TRACK.value, Status.MISSED.value})
_PLAN: Final = {
    "production_owner_id": "a production owner",
    "transition_run_cost": "the run cost",
    "transition_integration": "the integration",
    "transition_support": "the support",
    "transition_on": "a date",
}


def told(asked: Asked) -> dict[str, Told]:
    """Seven statements."""
    row = asked.initiative
    kpis = list(Kpi.objects.filter(initiative=row).exclude(state=Kpi.State.RETIRED).order_by("pk"))
    pilot = Pilot.objects.filter(initiative=row, ended_on=None).select_related("production_owner").first()
    found = {
        "evidence_fresh": _fresh(asked, kpis),
        "business_case_rerun": _case(asked),
        "production_owner": _owner(asked, pilot),
        "transition_plan_complete": _plan(asked, pilot),
        "model_registered": _models(asked),
        "guards_on_track": _guards(asked, kpis),
        "conditions_closed": _conditions(asked),
    }
    compared = _compared(asked, kpis)
    return found if compared is None else {**found, "comparison": compared}


def _fresh(asked: Asked, kpis: Sequence[Kpi]) -> Told:
    at = asked.url("initiative-kpis")
    primaries = [one for one in kpis if one.primary]
    if not primaries:
        return Told(UNKNOWN, "no primary KPI on record", at)
    blind = [one for one in primaries if one.status in _BLIND]
    if blind:
        one = blind[0]
        return Told(NO, f"{one.ref} {one.name} is {one.status.replace('_', ' ')}", at)
    said = [f"{one.ref} read {day(one.last_observed_on)}" for one in primaries if one.last_observed_on]
    return Told(YES, ", ".join(said), at)


def _compared(asked: Asked, kpis: Sequence[Kpi]) -> Told | None:
    """A comparison with counts on record answers; without one, evidence may."""
    look = ArmCount.objects.filter(comparison__kpi__in=kpis).select_related("comparison")
    last = look.order_by("-looked_on", "-pk").first()
    if last is None:
        return None
    return Told(YES, f"{last.comparison.name}, {day(last.looked_on)}", asked.url("initiative-kpis"))


def _case(asked: Asked) -> Told:
    at = asked.url("initiative-case")
    row = CaseWorth.objects.filter(initiative=asked.initiative, lapsed_on=None).first()
    if row is None:
        return Told(NO, "no case is published", at)
    if not row.haircut:
        return Told(NO, f"{row.case_ref} has no conservative haircut", at)
    entered = asked.initiative.entered_on
    if entered is None:
        return Told(UNKNOWN, "nobody knows since when it is piloted", at)
    if clock.day_of(row.published_at) < entered:
        return Told(NO, f"{row.case_ref} is from before the pilot", at)
    return Told(YES, f"{row.case_ref}, with a haircut of {row.haircut:.0%}", at)


def _owner(asked: Asked, pilot: Pilot | None) -> Told:
    at = asked.url("initiative-pilot")
    owner = pilot.production_owner if pilot else None
    if owner is None:
        none = pilot is not None and pilot.no_production_owner
        return Told(NO if none else UNKNOWN, "there is none" if none else "never recorded", at)
    if not owner.is_active:
        return Told(NO, f"{owner.name} has left", at)
    return Told(YES, owner.name, at)


def _plan(asked: Asked, pilot: Pilot | None) -> Told:
    at = asked.url("initiative-pilot")
    if pilot is not None and pilot.no_transition_plan:
        return Told(NO, "there is none", at)
    lacking = [words for name, words in _PLAN.items() if pilot is None or getattr(pilot, name) in (None, "")]
    if not lacking:
        return Told(YES, "all five parts on record", at)
    if len(lacking) == len(_PLAN):
        return Told(UNKNOWN, "never recorded", at)
    return Told(NO, f"lacks {listed(lacking)}", at)


def _models(asked: Asked) -> Told:
    at = asked.url("initiative-models")
    models = list(AiModel.objects.filter(initiatives=asked.initiative).select_related("owner").order_by("pk"))
    if not models:
        return Told(UNKNOWN, "no model registered", at)
    for one in models:
        if one.owner is None or not one.owner.is_active:
            return Told(NO, f"{one.ref} {one.name} has no owner who is here", at)
    return Told(YES, ", ".join(f"{one.ref} {one.name}" for one in models), at)


def _guards(asked: Asked, kpis: Sequence[Kpi]) -> Told:
    """Off track says no; a guard nobody can judge is unknown, and unknown is not green."""
    at = asked.url("initiative-kpis")
    guards = [one for one in kpis if one.kind in {Kpi.Kind.GUARD, Kpi.Kind.COMPLIANCE}]
    if not guards:
        return guard_kpi(asked, kpis)
    off = [one for one in guards if one.status in _OFF]
    if off:
        return Told(NO, f"{off[0].ref} {off[0].name} is {off[0].status.replace('_', ' ')}", at)
    blind = [one for one in guards if one.status in _BLIND]
    if blind:
        return Told(UNKNOWN, f"{blind[0].ref} {blind[0].name} has nothing to judge", at)
    return Told(YES, ", ".join(f"{one.ref} {one.name}" for one in guards), at)


def _conditions(asked: Asked) -> Told:
    at = asked.url("initiative-gate", "conditions")
    rows = open_conditions(asked.initiative.pk)
    if rows:
        return Told(NO, f"open: {listed([f'{one.ref} {one.text}' for one in rows])}", at)
    return Told(YES, "none is open", at)


def open_conditions(initiative_id: int) -> list[Condition]:
    """The open conditions of the first two types (C2). One statement."""
    kinds = (Condition.Kind.BEFORE_START, Condition.Kind.BEFORE_NEXT_GATE)
    rows = Condition.objects.filter(initiative=initiative_id, state=Condition.State.OPEN, kind__in=kinds)
    return list(rows.order_by("pk"))
