"""What people say about drift: a new reference for the level, a review of relevance, a change of the world around it.

Each is a row that stays, and the KPIs it is about are asked again by the next sweep.
"""

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from core import audit, clock
from core.access import Actor, require
from core.errors import field_error, forbidden
from core.roles import Action
from core.text import clean
from kpis.models import DriftReference, Kpi, RelevanceReview, WorldChange
from kpis.services import limits
from kpis.services.drift_marks import mark
from kpis.services.versions import authors, hold, require_alive
from portfolio.services.locks import lock_initiative

BECAUSE, WHAT = 500, 300
AHEAD: Final = 366
"""How many days ahead a reference may end: until then nothing is watched."""


def state_reference(
    *, kpi_id: int, ends_on: date, because: str, by: Actor, at: datetime, begins_on: date | None = None
) -> DriftReference:
    """Say why the level moved, and from which readings the new one is known: those before `ends_on`.

    It is watched from `ends_on` on, at most a year ahead. Raises Problem 404, 403, 400 at the field that is wrong, 409
    for a retired KPI.
    """
    limits.require_day("ends_on", ends_on)
    today = clock.day_of(at)
    if ends_on > today + timedelta(days=AHEAD):
        sentence = f"Give a day within {AHEAD} days: until then nobody watches the level."
        raise field_error("ends_on", sentence, code="too_far")
    if begins_on is not None:
        limits.require_day("begins_on", begins_on)
        if begins_on >= ends_on:
            raise field_error("begins_on", "Give a day before the reference ends.", code="not_before_end")
    because = clean("because", because, limit=BECAUSE, required="Say why the level moved.")
    with transaction.atomic():
        held = hold(kpi_id, by)
        require_alive(held.kpi)
        row = DriftReference.objects.create(
            kpi=held.kpi, begins_on=begins_on, ends_on=ends_on, stated_on=today, because=because, recorded_at=at,
            recorded_by=by.user,
        )  # fmt: skip
        audit.record(
            by=by, at=at, action="kpi.reference_stated", obj=held.kpi, initiative_id=held.initiative.pk,
            unit_path=held.initiative.unit.path, reason=because,
            after={"name": held.kpi.name, "begins_on": begins_on, "ends_on": ends_on},
        )  # fmt: skip
        mark([kpi_id], today)
    return row


def record_review(
    *, kpi_id: int, verdict: str, because: str, by: Actor, at: datetime, reviewed_on: date | None = None
) -> RelevanceReview:
    """Record that somebody looked whether the KPI still stands for its outcome, and what came of it.

    To keep it as it is, is for somebody who neither owns it nor wrote its definition. To define it anew or to retire it is
    said here and done by amending or retiring it. `reviewed_on`: today, or an earlier day.
    Raises Problem 404, 403 (`four_eyes`), 400 at the field that is wrong, 409 for a retired KPI.
    """
    today = clock.day_of(at)
    day = reviewed_on or today
    limits.require_day("reviewed_on", day)
    if day > today:
        raise field_error("reviewed_on", "It took place: give today or an earlier day.", code="in_future")
    if verdict not in RelevanceReview.Verdict.values:
        known = ", ".join(RelevanceReview.Verdict.values)
        raise field_error("verdict", f"Choose one of: {known}.", code="invalid_choice")
    because = clean("because", because, limit=BECAUSE, required="Say why.")
    with transaction.atomic():
        held = hold(kpi_id, by)
        require_alive(held.kpi)
        if verdict == RelevanceReview.Verdict.KEEP:
            if by.user is None:
                raise forbidden("A review is a person's word.")
            if by.user.pk in {held.kpi.owner_id, *authors(held.version)}:
                sentence = (
                    "Who owns a KPI or wrote its definition does not say that it is kept. Somebody else does."
                )
                raise forbidden(sentence, code="four_eyes")
        row = RelevanceReview.objects.create(
            kpi=held.kpi,
            verdict=verdict,
            because=because,
            reviewed_on=day,
            recorded_at=at,
            recorded_by=by.user,
        )
        audit.record(
            by=by, at=at, action="kpi.relevance_reviewed", obj=held.kpi, initiative_id=held.initiative.pk,
            unit_path=held.initiative.unit.path, reason=because,
            after={"name": held.kpi.name, "verdict": row.get_verdict_display().lower(), "reviewed_on": day},
        )  # fmt: skip
        mark([kpi_id], today)
    return row


def record_world_change(
    *, initiative_id: int, kind: str, on: date, what: str, by: Actor, at: datetime
) -> WorldChange:
    """Record that users, the market or the product changed: each KPI of the initiative asks for a review.

    The same change on the same day again is found, not recorded twice. `on` may be at most a year ahead.
    Raises Problem 404, 403, 400 at the field that is wrong.
    """
    limits.require_day("on", on)
    today = clock.day_of(at)
    if on > today + timedelta(days=AHEAD):
        raise field_error("on", f"Give a day within {AHEAD} days.", code="too_far")
    if kind not in WorldChange.Kind.values:
        raise field_error(
            "kind", f"Choose one of: {', '.join(WorldChange.Kind.values)}.", code="invalid_choice"
        )
    what = clean("what", what, limit=WHAT, required="Say what changed, in a few words.")
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.DEFINE_KPI, initiative)
        found = WorldChange.objects.filter(initiative=initiative, kind=kind, on=on, what=what).first()
        if found is not None:
            return found
        row = WorldChange.objects.create(
            initiative=initiative, kind=kind, on=on, what=what, recorded_at=at, recorded_by=by.user
        )
        audit.record(
            by=by, at=at, action="world.changed", obj=row, initiative_id=initiative.pk,
            unit_path=initiative.unit.path, after={"kind": kind, "on": on, "what": what},
        )  # fmt: skip
        mark(list(Kpi.objects.filter(initiative=initiative).values_list("pk", flat=True)), today)
    return row
