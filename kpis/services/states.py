"""The spells in which a KPI is paused or retired, and what ends them."""

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from core import audit, clock
from core.access import Actor
from core.errors import conflict, field_error
from core.text import clean
from kpis.models import Kpi, KpiSpell
from kpis.services import limits
from kpis.services.goalposts import find_goalposts
from kpis.services.versions import hold, judged, locked

LONGEST_PAUSE: Final = timedelta(days=366)
"""A pause that outlasts a year is a place to hide in."""


def pause_kpi(
    *, pk: int, until: date, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Kpi:
    """Stop judging a KPI through `until`, for a reason. Raises Problem 400, 403, 404, 409, 412."""
    limits.require_day("until", until)
    if until <= clock.day_of(at):
        raise field_error("until", "A pause ends on a day that is still to come.", code="not_in_future")
    last = clock.day_of(at) + LONGEST_PAUSE
    if until > last:
        sentence = f"A pause lasts {LONGEST_PAUSE.days} days at most: give a day up to {last}, and pause it again then, or retire it."
        raise field_error("until", sentence, code="too_long")
    because = clean("because", because, limit=300, required="Say why it is paused.")
    return _turn(pk, Kpi.State.PAUSED, because, by, at, expected_version, until=until)


def retire_kpi(*, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None) -> Kpi:
    """End a KPI for good, for a reason. It takes no more readings and counts in no roll-up."""
    because = clean("because", because, limit=300, required="Say why it is retired.")
    return _turn(pk, Kpi.State.RETIRED, because, by, at, expected_version)


def resume_kpi(*, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None) -> Kpi:
    """Judge a paused KPI again before its pause ends. A retired one stays retired: 409."""
    because = clean("because", because, limit=300, required="Say why it is judged again.")
    return _turn(pk, Kpi.State.ACTIVE, because, by, at, expected_version)


def lift_pauses(*, as_of: date, by: Actor, at: datetime) -> int:
    """Make active again what was paused until a day that has passed. The outlook says what follows; returns how many."""
    lifted = 0
    over = Kpi.objects.filter(state=Kpi.State.PAUSED, paused_until__lt=as_of).order_by("initiative_id", "pk")
    for pk in list(over.values_list("pk", flat=True)):
        with transaction.atomic():
            row, initiative = locked(pk)
            if row.state != Kpi.State.PAUSED or row.paused_until is None or row.paused_until >= as_of:
                continue
            before = audit.snapshot(row, ("state", "paused_until"))
            row.state, row.state_because, row.paused_until = Kpi.State.ACTIVE, "", None
            row.updated_at = at
            row.version += 1
            row.save(update_fields=["state", "state_because", "paused_until", "updated_at", "version"])
            audit.record(
                by=by, at=at, action="kpi.resumed", obj=row, initiative_id=initiative.pk,
                unit_path=initiative.unit.path, reason="The pause came to its end.", before=before,
                after={"state": row.state},
            )  # fmt: skip
            lifted += 1
    return lifted


def _turn(
    pk: int,
    state: str,
    because: str,
    by: Actor,
    at: datetime,
    expected_version: int | None,
    until: date | None = None,
) -> Kpi:
    with transaction.atomic():
        held = hold(pk, by, expected_version=expected_version)
        row, initiative = held.kpi, held.initiative
        if row.state == Kpi.State.RETIRED:
            raise conflict("kpi_retired", f"{row.ref} is retired, and stays so. Define a new KPI.")
        if (row.state, row.paused_until) == (state, until):
            return row
        before = audit.snapshot(row, ("state", "state_because", "paused_until"))
        row.state, row.paused_until = state, until
        row.state_because = "" if state == Kpi.State.ACTIVE else because
        row.updated_at = at
        row.version += 1
        row.save(update_fields=["state", "state_because", "paused_until", "updated_at", "version"])
        KpiSpell.objects.create(
            kpi=row, state=state, begins_on=clock.day_of(at), until=until, because=because, recorded_at=at,
            recorded_by=by.user,
        )  # fmt: skip
        word = {"active": "resumed", "paused": "paused", "retired": "retired"}[state]
        audit.record(
            by=by, at=at, action=f"kpi.{word}", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            reason=because, before=before, after=audit.snapshot(row, ("state", "state_because", "paused_until")),
        )  # fmt: skip
        row = judged(row, initiative, by, at, rolled=True)
        if state == Kpi.State.RETIRED:
            find_goalposts({initiative.pk: initiative}, by=by, at=at)
    return row
