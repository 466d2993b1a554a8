"""The phased rollout: planning a wave, saying whether its criteria are met, beginning it once the wave before has met its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from core import audit, clock
from core.access import Actor
from core.errors import conflict, field_error, not_found, stale
from core.models import BusinessUnit, User
from core.roles import Action
from core.text import clean
from domain.waves import State, closed_by
from pilots.models import Pilot, Wave, WaveCriterion
from pilots.queries.rollout import waves_of
from pilots.services.holding import held_rollout, use_changed

NAME: Final = 120
TAILORED: Final = 500
CRITERION: Final = 300
EVIDENCE: Final = 500
MOST_WAVES: Final = 30
MOST_CRITERIA: Final = 12
MOST_USERS: Final = 2_000_000_000
MOST_SITES: Final = 100_000
FIELDS: Final = ("name", "unit", "users", "sites", "planned_on", "champion", "tailoring", "tailored")


@dataclass(frozen=True, slots=True, kw_only=True)
class WavePlan:
    """What is said of a wave before it begins. None and empty: nobody has said."""

    name: str
    criteria: Sequence[str] = ()
    unit: BusinessUnit | None = None
    users: int | None = None
    sites: int | None = None
    planned_on: date | None = None
    champion: User | None = None
    tailoring: str = ""
    tailored: str = ""


def plan_wave(*, pilot_id: int, plan: WavePlan, by: Actor, at: datetime) -> Wave:
    """Add the next wave. Raises Problem 404, 403, 400 by field, 409 `too_many_waves`."""
    with transaction.atomic():
        pilot = held_rollout(pilot_id, by=by, right=Action.EDIT_PILOT)
        number = Wave.objects.filter(pilot=pilot).count() + 1
        if number > MOST_WAVES:
            raise conflict("too_many_waves", f"A rollout has at most {MOST_WAVES} waves. Join some of them.")
        row = Wave(pilot=pilot, number=number, recorded_at=at, recorded_by=by.user)
        _write(row, plan)
        row.save(force_insert=True)
        _criteria(row, plan.criteria)
        _record(pilot, "pilot.wave_planned", by, at, after={"wave": number, **_said(row)})
    return row


def edit_wave(
    *,
    pilot_id: int,
    number: int,
    plan: WavePlan,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Wave:
    """Change a wave that has not begun; its criteria are replaced whole. Raises Problem 404, 403, 400, 412, 409 `wave_began`."""
    with transaction.atomic():
        pilot, row = _held(pilot_id, number, by)
        if expected_version is not None and row.version != expected_version:
            raise stale()
        if row.started_on is not None:
            raise conflict(
                "wave_began", f"Wave {number} began on {row.started_on}. Its plan stands as it was."
            )
        before = _said(row)
        _write(row, plan)
        row.version += 1
        row.save()
        row.criteria.all().delete()
        _criteria(row, plan.criteria)
        was, now = audit.difference(before, _said(row))
        if now:
            _record(pilot, "pilot.wave_changed", by, at, before=was, after={"wave": number, **now})
    return row


def judge_criterion(
    *, pilot_id: int, number: int, criterion: int, met: bool, evidence: str, by: Actor, at: datetime
) -> WaveCriterion:
    """Say whether one go criterion of a wave that has begun is met, and from what that is known. Said again it is said anew.

    Raises Problem 404, 403, 400, 409 `wave_not_begun`.
    """
    evidence = clean("evidence", evidence, limit=EVIDENCE, required="Say from what that is known.")
    with transaction.atomic():
        pilot, row = _held(pilot_id, number, by)
        if row.started_on is None:
            raise conflict("wave_not_begun", f"Wave {number} has not begun, so nobody can say what it met.")
        found = WaveCriterion.objects.filter(wave=row, number=criterion).first()
        if found is None:
            raise not_found()
        before = {"met": found.met, "evidence": found.evidence}
        found.met, found.evidence = met, evidence
        found.judged_on, found.judged_by = clock.day_of(at), by.user
        found.save(update_fields=["met", "evidence", "judged_on", "judged_by"])
        was, now = audit.difference(before, {"met": met, "evidence": evidence})
        if now:
            said = {"wave": number, "criterion": found.text, **now}
            _record(pilot, "pilot.wave_judged", by, at, before=was, after=said)
    return found


def begin_wave(*, pilot_id: int, number: int, on: date, by: Actor, at: datetime) -> Wave:
    """Let a wave begin. Raises Problem 404, 403, 400, 409 `not_in_use` before the rollout was decided and after a stop,
    `wave_locked` with what locks it, `wave_began`."""
    with transaction.atomic():
        pilot, row = _held(pilot_id, number, by)
        if closed := closed_by(pilot.initiative.stage):
            stands = pilot.initiative.get_stage_display().lower()
            raise conflict("not_in_use", f"{closed} {pilot.initiative.ref} is in: {stands}.")
        found = next(one for one in waves_of(pilot) if one.row.pk == row.pk)
        if found.state is State.LOCKED:
            raise conflict("wave_locked", f"Wave {number} is locked. {found.why}")
        if row.started_on is not None:
            raise conflict("wave_began", f"Wave {number} began on {row.started_on} already.")
        if on > clock.day_of(at):
            raise field_error(
                "on", "This day has not come yet. Write today or an earlier day.", code="in_the_future"
            )
        if not found.row.criteria.all():
            said = "Give it go criteria first: without them the next wave could never begin."
            raise conflict("no_criteria", said)
        row.started_on = on
        row.version += 1
        row.save(update_fields=["started_on", "version"])
        _record(pilot, "pilot.wave_began", by, at, after={"wave": number, "started_on": on})
        use_changed(pilot, at=at)
    return row


def _held(pilot_id: int, number: int, by: Actor) -> tuple[Pilot, Wave]:
    pilot = held_rollout(pilot_id, by=by, right=Action.EDIT_PILOT)
    row = Wave.objects.filter(pilot=pilot, number=number).select_related("unit", "champion").first()
    if row is None:
        raise not_found()
    return pilot, row


def _write(row: Wave, plan: WavePlan) -> None:
    row.name = clean("name", plan.name, limit=NAME, required="Give the wave a name.")
    row.tailored = clean("tailored", plan.tailored, limit=TAILORED)
    if plan.tailoring and plan.tailoring not in Wave.Tailoring.values:
        raise field_error("tailoring", "Choose as_is or tailored.", code="invalid_choice")
    if plan.tailoring == Wave.Tailoring.TAILORED and not row.tailored:
        raise field_error("tailored", "Say what is changed for this unit, and why.", code="required")
    if plan.tailoring == Wave.Tailoring.AS_IS and row.tailored:
        raise field_error(
            "tailored", "As it is elsewhere means that nothing is changed.", code="contradiction"
        )
    for name, most in (("users", MOST_USERS), ("sites", MOST_SITES)):
        count = getattr(plan, name)
        if count is not None and not 0 <= count <= most:
            raise field_error(name, f"Write a whole number from 0 to {most:,}.", code="out_of_range")
    if plan.champion is not None and (not plan.champion.is_active or plan.champion.is_service):
        raise field_error("champion", "Name an active person.", code="not_active")
    row.unit, row.users, row.sites, row.planned_on = plan.unit, plan.users, plan.sites, plan.planned_on
    row.champion, row.tailoring = plan.champion, plan.tailoring


def _criteria(row: Wave, said: Sequence[str]) -> None:
    texts = list(dict.fromkeys(clean("criteria", one, limit=CRITERION) for one in said))
    texts = [one for one in texts if one]
    if len(texts) > MOST_CRITERIA:
        raise field_error("criteria", f"Give at most {MOST_CRITERIA} go criteria.", code="too_many")
    WaveCriterion.objects.bulk_create(
        [WaveCriterion(wave=row, number=number, text=text) for number, text in enumerate(texts, start=1)]
    )


def _said(row: Wave) -> dict[str, Any]:
    texts = list(row.criteria.order_by("number").values_list("text", flat=True))
    return {**audit.snapshot(row, FIELDS), "criteria": texts}


def _record(pilot: Pilot, action: str, by: Actor, at: datetime, **more: Any) -> None:
    audit.record(
        by=by, at=at, action=action, obj=pilot, initiative_id=pilot.initiative_id,
        unit_path=pilot.initiative.unit.path, **more,
    )  # fmt: skip
