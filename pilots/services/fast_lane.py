"""Entering the fast lane with a pilot, planned or running, and recording each release of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.db.models import Max

from core import audit, clock
from core.access import Actor, require
from core.errors import conflict, field_error, not_found
from core.roles import Action
from core.text import clean
from domain.fast_lane import release_by
from pilots.models import FastLane, Iteration, Pilot
from pilots.queries.fast_lane import policy_on
from pilots.services.holding import held_rollout
from pilots.services.judge import judge_pilot
from pilots.services.plan import BEFORE
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiative

PROMISE: Final = 500
MEASURE: Final = 200
TEXT: Final = 1_000
_LIMIT: Final = Decimal(10) ** 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a fast lane promises. `days`: from the start of the pilot to the first release. `simplest`: the simple model or
    baseline it begins with; `kept_simple`: what is left out on purpose; `proves`: the infrastructure it proves.

    `benchmark`: what `measure` is without it, in the same unit; None: nobody measured that.
    """

    days: int
    simplest: str
    kept_simple: str
    proves: str
    measure: str
    benchmark: Decimal | None = None
    higher_is_better: bool = True


def enter_fast_lane(*, initiative_id: int, promise: Promise, by: Actor, at: datetime) -> FastLane:
    """Promise a first release within a time box. It stands once said; what a gate asks for stays what it is.

    A promise is of what lies ahead: a box that has passed is not promised any more. Raises Problem 404, 403, 400 by field
    (`box_passed`), 409 `in_fast_lane` where it is already, `no_pilot` where none runs or can be planned.
    """
    with transaction.atomic():
        if not Initiative.objects.visible_to(by).filter(pk=initiative_id).exists():
            raise not_found()
        initiative = lock_initiative(initiative_id)
        pilot = Pilot.objects.filter(initiative=initiative, ended_on=None).select_related("spell").first()
        require(by, Action.EDIT_PILOT, pilot or initiative)
        if pilot is None and initiative.stage not in BEFORE:
            raise conflict("no_pilot", "No pilot runs, and none is planned any more.")
        if FastLane.objects.filter(initiative=initiative, pilot=pilot).exists():
            raise conflict(
                "in_fast_lane", "This pilot is in the fast lane. Its time box stands as it was promised."
            )
        policy, number = policy_on(clock.day_of(at))
        if not 1 <= promise.days <= policy.most_days:
            said = f"A fast lane releases within 1 to {policy.most_days} days from the start of the pilot."
            raise field_error("days", said, code="out_of_range")
        _require_ahead(pilot, promise.days, clock.day_of(at))
        row = FastLane.objects.create(
            initiative=initiative, pilot=pilot, days=promise.days, policy_number=number, recorded_at=at, recorded_by=by.user,
            simplest=clean("simplest", promise.simplest, limit=PROMISE, required="Say the simplest thing that could work."),
            kept_simple=clean("kept_simple", promise.kept_simple, limit=PROMISE, required="Say what is left out on purpose."),
            proves=clean("proves", promise.proves, limit=PROMISE, required="Say which infrastructure it proves."),
            measure=clean("measure", promise.measure, limit=MEASURE, required="Say what is measured, with its unit."),
            benchmark=_amount("benchmark", promise.benchmark), higher_is_better=promise.higher_is_better,
        )  # fmt: skip
        audit.record(
            by=by, at=at, action="pilot.fast_lane_entered", obj=pilot or initiative, initiative_id=initiative.pk,
            unit_path=initiative.unit.path, after={"days": row.days, "simplest": row.simplest, "measure": row.measure},
        )  # fmt: skip
        if pilot is not None:
            judge_pilot(pilot=pilot, by=by, at=at, as_of=clock.day_of(at))
    return row


def record_iteration(
    *, pilot_id: int, released_on: date, changed: str, learned: str, by: Actor, at: datetime,
    measured: Decimal | None = None,
) -> Iteration:  # fmt: skip
    """Record a release of a running pilot: what changed, what was measured (None: nothing), what was learned. Never changed.

    Raises Problem 404, 403, 400 by field, 409 `not_in_fast_lane`, `pilot_ended`.
    """
    changed = clean("changed", changed, limit=TEXT, required="Say what changed.")
    learned = clean("learned", learned, limit=TEXT, required="Say what was learned.")
    with transaction.atomic():
        pilot = held_rollout(pilot_id, by=by, right=Action.EDIT_PILOT)
        if pilot.ended_on is not None:
            raise conflict(
                "pilot_ended", f"This pilot ended on {pilot.ended_on}. Its record stays as it was."
            )
        lane = FastLane.objects.filter(pilot=pilot).first()
        if lane is None:
            raise conflict(
                "not_in_fast_lane", "This pilot is not in the fast lane. Promise a time box first."
            )
        so_far = lane.iterations.aggregate(n=Max("number"), day=Max("released_on"))
        _require_day(released_on, pilot.spell.entered_on, so_far["day"], clock.day_of(at))
        row = Iteration.objects.create(
            lane=lane, number=(so_far["n"] or 0) + 1, released_on=released_on, changed=changed, learned=learned,
            measured=_amount("measured", measured), recorded_at=at, recorded_by=by.user,
        )  # fmt: skip
        audit.record(
            by=by, at=at, action="pilot.iteration_released", obj=pilot, initiative_id=pilot.initiative_id,
            unit_path=pilot.initiative.unit.path,
            after={"iteration": row.number, "released_on": released_on, "changed": changed, "measured": row.measured},
        )  # fmt: skip
        judge_pilot(pilot=pilot, by=by, at=at, as_of=clock.day_of(at))
    return row


def take_lanes_along(pilots: Iterable[Pilot]) -> None:
    """Let the fast lanes that were planned go on with the pilots that have just opened. One statement where none was."""
    opened = {row.initiative_id: row for row in pilots}
    for lane in FastLane.objects.filter(initiative__in=list(opened), pilot=None):
        lane.pilot = opened[lane.initiative_id]
        lane.save(update_fields=["pilot"])


def _require_ahead(pilot: Pilot | None, days: int, today: date) -> None:
    """Of a pilot without a start nobody can tell, and that of a planned one lies ahead."""
    due_on = release_by(pilot.spell.entered_on, days) if pilot is not None else None
    if due_on is not None and due_on < today:
        said = f"Counted from the start of the pilot, that box passed on {due_on}. Promise one that has not passed."
        raise field_error("days", said, code="box_passed")


def _require_day(released_on: date, entered_on: date | None, last: date | None, today: date) -> None:
    if released_on > today:
        raise field_error(
            "released_on", "This has not happened yet. Write today or an earlier day.", code="in_the_future"
        )
    if entered_on is not None and released_on < entered_on:
        raise field_error("released_on", f"The pilot began on {entered_on}.", code="too_early")
    if last is not None and released_on < last:
        raise field_error("released_on", f"The release before it is of {last}.", code="too_early")


def _amount(name: str, value: Decimal | None) -> Decimal | None:
    """A measured number with at most four decimals. Raises Problem 400."""
    if value is None:
        return None
    if not value.is_finite() or abs(value) >= _LIMIT:
        raise field_error(name, "That number cannot be right.", code="out_of_range")
    if value != value.quantize(Decimal("0.0001")):
        raise field_error(name, "Write at most four decimals.", code="too_precise")
    return value
