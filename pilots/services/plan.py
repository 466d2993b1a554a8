"""Planning a pilot before its gate, and starting the pilot from its plan."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypedDict, Unpack

from django.db import transaction

from core import audit, clock
from core.access import Actor, require
from core.errors import conflict, from_rule, not_found, stale
from core.models import User
from core.roles import Action
from domain.charter import length_of, require_days
from domain.errors import RuleError
from domain.stages import Stage
from kpis.models import Kpi
from pilots.models import Pilot, PilotPlan
from pilots.services.charter import checked, first_end
from pilots.services.versions import keep_version
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiative

BEFORE: Final = frozenset({Stage.IDEA.value, Stage.FRAMING.value, Stage.DEVELOPMENT.value})
"""The stages in which a pilot is planned: afterwards it runs, and its own charter goes on."""
AS_PLANNED: Final = "As planned"


class PlanFacts(TypedDict, total=False):
    """What may be written of a plan. None or "" takes it back: nobody has said. Money in the organisation's currency."""

    scope_units: str
    scope_sites: str
    scope_users: str
    scope_systems: str
    units_count: int | None
    sites_count: int | None
    users_count: int | None
    systems_count: int | None
    hypotheses: str
    sample: str
    stop_threshold: str
    starts_on: date | None
    ends_on: date | None
    decision_on: date | None
    production_owner: User | None
    transition_run_cost: Decimal | None
    transition_integration: str
    transition_support: str
    transition_on: date | None


PLANNED: Final = tuple(PlanFacts.__annotations__)
_DAYS: Final = frozenset({"starts_on", "ends_on"})
TAKEN: Final = tuple(name for name in PLANNED if name not in _DAYS)
"""What a pilot takes over from its plan as it stands; its own days begin with its stay in the stage."""


def save_plan(
    *, initiative_id: int, by: Actor, at: datetime, expected_version: int | None = None, **facts: Unpack[PlanFacts]
) -> PilotPlan:  # fmt: skip
    """Write the plan of the pilot ahead, whole or in part. Nothing changed writes nothing.

    `expected_version`: of the plan that was read, 0 where there was none. Raises Problem 400 by field, 403, 404, 409
    `not_before_pilot` in any later stage, 412.
    """
    with transaction.atomic():
        initiative = _held(initiative_id, by)
        row = PilotPlan.objects.filter(initiative=initiative, pilot=None).first()
        if expected_version is not None and expected_version != (row.version if row else 0):
            raise stale()
        row = row or PilotPlan(initiative=initiative, begun_at=at, version=0)
        before = audit.snapshot(row, PLANNED)
        for name, value in facts.items():
            setattr(row, name, checked(name, value))
        _require_sound(row)
        was, now = audit.difference(before, audit.snapshot(row, PLANNED))
        if not now:
            return row
        row.updated_at, row.updated_by, row.version = at, by.user, row.version + 1
        row.save()
        audit.record(
            by=by, at=at, action="pilot.planned", obj=row, initiative_id=initiative.pk,
            unit_path=initiative.unit.path, before=was, after=now,
        )  # fmt: skip
    return row


def _held(initiative_id: int, by: Actor) -> Initiative:
    known = Initiative.objects.visible_to(by).filter(pk=initiative_id).exists()
    if not known:
        raise not_found()
    initiative = lock_initiative(initiative_id)
    require(by, Action.EDIT_PILOT, initiative)
    if initiative.stage not in BEFORE:
        raise conflict(
            "not_before_pilot",
            f"In {initiative.get_stage_display().lower()} no pilot is planned any more. A running pilot has its own charter.",
        )
    return initiative


def _require_sound(row: PilotPlan) -> None:
    try:
        require_days(row.starts_on, row.ends_on, row.decision_on)
    except RuleError as error:
        raise from_rule(error) from error


def start_from_plans(pilots: Iterable[Pilot], *, by: Actor, at: datetime) -> int:
    """Let pilots that have just opened begin with the charter planned for them; returns how many had a plan.

    The caller holds their initiatives. One statement where none was planned, about ten more for each that was.
    """
    opened = {row.initiative_id: row for row in pilots}
    plans = PilotPlan.objects.filter(initiative__in=list(opened), pilot=None)
    started = 0
    for plan in plans.select_related("initiative__unit", "production_owner").order_by("pk"):
        _start(Pilot.objects.select_related("spell").get(pk=opened[plan.initiative_id].pk), plan, by, at)
        started += 1
    return started


def _start(row: Pilot, plan: PilotPlan, by: Actor, at: datetime) -> None:
    new: dict[str, Any] = {name: getattr(plan, name) for name in TAKEN}
    new["planned_days"] = length_of(plan.starts_on, plan.ends_on)
    if _agreed(plan, clock.day_of(at)):
        new["success_criteria_agreed"] = True
    for name, value in new.items():
        setattr(row, name, value)
    row.planned_end_on = first_end(row)
    row.charter_version, row.updated_at, row.version = 1, at, row.version + 1
    row.save(update_fields=[*new, "planned_end_on", "charter_version", "updated_at", "version"])
    keep_version(row, because=AS_PLANNED, by=by, at=at)
    plan.pilot, plan.version = row, plan.version + 1
    plan.save(update_fields=["pilot", "version"])
    audit.record(
        by=by, at=at, action="pilot.began_as_planned", obj=row, initiative_id=plan.initiative_id,
        unit_path=plan.initiative.unit.path, after={name: value for name, value in audit.snapshot(row, tuple(new)).items() if value not in (None, "")},
    )  # fmt: skip


def _agreed(plan: PilotPlan, today: date) -> bool:
    """Whether baseline, target and stop threshold stood before the start (R07): every primary KPI sealed with both by today.

    Where that cannot be told it stays unrecorded, which fires nothing.
    """
    if not plan.stop_threshold:
        return False
    primaries = list(
        Kpi.objects.filter(initiative=plan.initiative_id, primary=True)
        .exclude(state=Kpi.State.RETIRED)
        .select_related("current")
    )
    return bool(primaries) and all(_promised(one, today) for one in primaries)


def _promised(kpi: Kpi, today: date) -> bool:
    version = kpi.current
    if version is None or not version.seal or version.sealed_at is None:
        return False
    if clock.day_of(version.sealed_at) > today:
        return False
    if version.shape == "band":
        return version.lower is not None or version.upper is not None
    return version.baseline is not None and version.target is not None
