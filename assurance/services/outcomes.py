"""What people corrected and how much they looked at: recorded once by source key, never changed, exported for training."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction

from assurance.models import OutcomeCorrection, ReviewCount
from core import audit, clock
from core.access import Actor
from core.bulk import insert_objects
from core.errors import Item, Problem, conflict, field_error
from core.locks import hold
from core.roles import Action
from core.text import clean
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model

MOST_ROWS: Final = 5_000
LIMITS: Final = {
    "case": 200,
    "predicted": 2_000,
    "corrected": 2_000,
    "because": 500,
    "source": 80,
    "source_key": 200,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A case whose answer somebody corrected. `because`: why, where they said."""

    case: str
    predicted: str
    corrected: str
    corrected_on: date
    because: str = ""
    source: str = ""
    source_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Answers people looked at from one day to another. `answers` None: nobody says how many there were in all."""

    begins_on: date
    ends_on: date
    reviewed: int
    set_aside: int
    answers: int | None = None
    source: str = ""
    source_key: str = ""


def record_corrections(
    *, model_id: int, corrections: Sequence[Correction], by: Actor, at: datetime
) -> list[tuple[OutcomeCorrection, bool]]:  # fmt: skip
    """Record up to 5,000 corrections, all or none; each with whether it is new. A few statements, whatever the number.

    Raises Problem 400 at /rows/<place>/..., 403, 404, 409 for a retired model or a source key that brought another.
    """
    if not 1 <= len(corrections) <= MOST_ROWS:
        raise Problem(400, "too_many_rows", f"Send 1 to {MOST_ROWS:,} corrections at a time.")
    today = clock.day_of(at)
    said = [_cleaned(place, one, today) for place, one in enumerate(corrections)]
    with transaction.atomic():
        hold(LOCK)
        model = held_model(model_id, by=by, right=Action.REPORT_MODEL, expected_version=None)
        keys = {one.source_key for one in said if one.source_key}
        stood = OutcomeCorrection.objects.filter(model=model, source_key__in=keys) if keys else ()
        heard = {(row.source, row.source_key): row for row in stood}
        out, new = [], []
        for one in said:
            row = heard.get((one.source, one.source_key)) if one.source_key else None
            if row is not None and (row.case, row.predicted, row.corrected) != (
                one.case,
                one.predicted,
                one.corrected,
            ):
                raise conflict(
                    "source_key_used", f"The key {one.source_key[:60]} brought another correction."
                )
            if row is None:
                row = OutcomeCorrection(
                    model=model, case=one.case, predicted=one.predicted, corrected=one.corrected, because=one.because,
                    corrected_on=one.corrected_on, source=one.source, source_key=one.source_key, recorded_at=at,
                    recorded_by=by.user,
                )  # fmt: skip
                new.append(row)
                if one.source_key:
                    heard[one.source, one.source_key] = row
                out.append((row, True))
            else:
                out.append((row, False))
        insert_objects(new)
        if new:
            audit.record(
                by=by, at=at, action="model.outcomes_corrected", obj=model, unit_path=model.unit.path,
                after={"corrections": len(new), "first": new[0].pk, "last": new[-1].pk},
            )  # fmt: skip
    return out


def record_review_count(*, model_id: int, count: Count, by: Actor, at: datetime) -> tuple[ReviewCount, bool]:
    """Record how much people looked at, and whether it is new. Raises Problem 400 by field, 403, 404, 409."""
    today = clock.day_of(at)
    if count.ends_on > today:
        raise field_error("ends_on", "That day has not come yet.", code="in_the_future")
    if count.begins_on > count.ends_on:
        raise field_error("ends_on", "A period ends on its first day or later.", code="too_early")
    if count.set_aside > count.reviewed:
        raise field_error("set_aside", "No more were set aside than were looked at.", code="out_of_range")
    if count.answers is not None and count.reviewed > count.answers:
        raise field_error("reviewed", "No more were looked at than there were.", code="out_of_range")
    source = clean("source", count.source, limit=LIMITS["source"])
    key = clean("source_key", count.source_key, limit=LIMITS["source_key"])
    with transaction.atomic():
        hold(LOCK)
        model = held_model(model_id, by=by, right=Action.REPORT_MODEL, expected_version=None)
        told = {
            "begins_on": count.begins_on, "ends_on": count.ends_on, "answers": count.answers,
            "reviewed": count.reviewed, "set_aside": count.set_aside,
        }  # fmt: skip
        stood = (
            ReviewCount.objects.filter(model=model, source=source, source_key=key).first() if key else None
        )
        if stood is not None:
            if any(getattr(stood, name) != one for name, one in told.items()):
                raise conflict("source_key_used", f"The key {key[:60]} brought another count.")
            return stood, False
        row = ReviewCount.objects.create(
            model=model, source=source, source_key=key, recorded_at=at, recorded_by=by.user, **told
        )
        audit.record(
            by=by, at=at, action="model.reviews_counted", obj=model, unit_path=model.unit.path,
            after={"reviewed": count.reviewed, "set_aside": count.set_aside, "count": row.pk},
        )  # fmt: skip
    return row, True


def _cleaned(place: int, one: Correction, today: date) -> Correction:
    needed = {
        "case": "Name the case.",
        "predicted": "Say what the model said.",
        "corrected": "Say what is right.",
    }
    said = {}
    try:
        for name, limit in LIMITS.items():
            said[name] = clean(name, getattr(one, name), limit=limit, required=needed.get(name, ""))
        if said["predicted"] == said["corrected"]:
            raise field_error("corrected", "This corrects nothing: both say the same.", code="same")
        if one.corrected_on > today:
            raise field_error("corrected_on", "That day has not come yet.", code="in_the_future")
    except Problem as problem:
        item = problem.items[0]
        raise Problem(
            400, "invalid", item.detail, (Item(f"/rows/{place}{item.pointer}", item.code, item.detail),)
        ) from problem
    return Correction(corrected_on=one.corrected_on, **said)
