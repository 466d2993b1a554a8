"""Use, training, change and feedback of a pilot: what people record of how it is taken up."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction

from core import audit, clock
from core.access import Actor
from core.errors import conflict, field_error, not_found, stale
from core.models import User
from core.roles import Action
from core.text import clean
from domain.stage_words import IN_USE
from pilots.models import AdoptionWeek, ChangeItem, Feedback, Pilot, TrainingGroup
from pilots.services.charter import MOST_PEOPLE
from pilots.services.holding import held_rollout, use_changed
from pilots.services.judge import judge_pilot

NOTE: Final = 300
AUDIENCE: Final = 200
ITEM: Final = 500
SAID: Final = 1_000
PILOT_AGO: Final = 3_650


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What was counted in a week; None: nobody counted."""

    eligible: int | None = None
    invited: int | None = None
    active: int | None = None
    uses: int | None = None
    overridden: int | None = None
    bypassed: int | None = None


def record_week(
    *, pilot_id: int, week: date, use: Use, by: Actor, at: datetime, note: str = ""
) -> AdoptionWeek:
    """Record the use of a week (any day of it), and judge the pilot by its latest. A second row for a week corrects the first.

    After the pilot the use goes on: a week of scale-up or production is kept with its file, and judges no pilot. What the
    pilot itself was judged from stands. Raises Problem 404, 403, 400 by field, 409 `pilot_ended`.
    """
    note = clean("note", note, limit=NOTE)
    today = clock.day_of(at)
    with transaction.atomic():
        pilot = held_rollout(pilot_id, by=by, right=Action.EDIT_PILOT)
        monday = week - timedelta(days=week.weekday())
        _require_in_use(pilot, monday)
        if monday > today:
            raise field_error("week", "This week has not come yet.", code="in_the_future")
        if (today - monday).days > PILOT_AGO:
            raise field_error("week", "That is longer ago than any pilot.", code="out_of_range")
        _require_sound(use)
        row = AdoptionWeek.objects.create(
            pilot=pilot, week=monday, note=note, recorded_at=at, recorded_by=by.user, **asdict(use)
        )
        said = {name: value for name, value in asdict(use).items() if value is not None}
        _record(pilot, "pilot.use_recorded", by, at, after={"week": monday, **said})
        if pilot.ended_on is None:
            _follow(pilot, by, at)
        use_changed(pilot, at=at)
    return row


def _require_in_use(pilot: Pilot, monday: date) -> None:
    """Raises Problem 409 `pilot_ended` for a week the ended pilot was judged by, and where nothing is used any more."""
    if pilot.ended_on is None:
        return
    if pilot.initiative.stage not in IN_USE or monday <= pilot.ended_on:
        raise conflict("pilot_ended", f"This pilot ended on {pilot.ended_on}. Its record stays as it was.")


def _require_sound(use: Use) -> None:
    said = {name: value for name, value in asdict(use).items() if value is not None}
    if not said:
        raise field_error("active", "Count something, or leave the week out.", code="required")
    for name, value in said.items():
        if not 0 <= value <= MOST_PEOPLE:
            raise field_error(name, "Write a whole number from 0 on.", code="out_of_range")
    _at_most("active", use.active, "invited", use.invited, "{} of {} invited cannot be active.")
    _at_most("invited", use.invited, "eligible", use.eligible, "{} of {} eligible cannot be invited.")
    _at_most("overridden", use.overridden, "uses", use.uses, "{} of {} answers cannot be set aside.")


def _at_most(field: str, part: int | None, _of: str, whole: int | None, said: str) -> None:
    if part is not None and whole is not None and part > whole:
        raise field_error(field, said.format(part, whole), code="more_than_there_are")


def _follow(pilot: Pilot, by: Actor, at: datetime) -> None:
    """The pilot carries the invited and the active of its latest week that counts both."""
    last = (
        AdoptionWeek.objects.filter(pilot=pilot, active__isnull=False, invited__isnull=False)
        .order_by("-week", "-pk").first()
    )  # fmt: skip
    if last is None or (pilot.weekly_active_users, pilot.invited_users) == (last.active, last.invited):
        return
    pilot.weekly_active_users, pilot.invited_users = last.active, last.invited
    pilot.updated_at, pilot.version = at, pilot.version + 1
    pilot.save(update_fields=["weekly_active_users", "invited_users", "updated_at", "version"])
    judge_pilot(pilot=pilot, by=by, at=at, as_of=clock.day_of(at))


def plan_training(
    *, pilot_id: int, audience: str, people: int, by: Actor, at: datetime, due_on: date | None = None
) -> TrainingGroup:
    """Name who is to be trained, and how many. Raises Problem 404, 403, 400."""
    audience = clean("audience", audience, limit=AUDIENCE, required="Say who is trained.")
    if not 1 <= people <= MOST_PEOPLE:
        raise field_error("people", "Write how many people, from 1 on.", code="out_of_range")
    with transaction.atomic():
        pilot = held_rollout(pilot_id, by=by, right=Action.EDIT_PILOT)
        row = TrainingGroup.objects.create(
            pilot=pilot, audience=audience, people=people, due_on=due_on, recorded_at=at, recorded_by=by.user
        )
        _record(pilot, "pilot.training_planned", by, at, after={"audience": audience, "people": people})
    return row


def record_training(
    *, pk: int, trained: int, evidence: str, by: Actor, at: datetime, expected_version: int | None = None
) -> TrainingGroup:
    """Say how many of a group are trained, and where that is to be seen. Raises Problem 404, 403, 400, 412."""
    evidence = clean("evidence", evidence, limit=NOTE, required="Say where that is to be seen.")
    pilot_id = TrainingGroup.objects.filter(pk=pk).values_list("pilot_id", flat=True).first()
    if pilot_id is None:
        raise not_found()
    with transaction.atomic():
        pilot = held_rollout(pilot_id, by=by, right=Action.EDIT_PILOT)
        row = TrainingGroup.objects.get(pk=pk)
        if expected_version is not None and row.version != expected_version:
            raise stale()
        if not 0 <= trained <= row.people:
            raise field_error("trained", f"The group has {row.people} people.", code="out_of_range")
        before = audit.snapshot(row, ("trained", "evidence"))
        row.trained, row.evidence, row.version = trained, evidence, row.version + 1
        row.save(update_fields=["trained", "evidence", "version"])
        was, now = audit.difference(before, audit.snapshot(row, tuple(before)))
        if now:
            _record(pilot, "pilot.trained", by, at, before=was, after={"audience": row.audience, **now})
    return row


def plan_change(
    *, pilot_id: int, kind: str, text: str, by: Actor, at: datetime, owner: User | None = None
) -> ChangeItem:
    """Add a line to the change plan. Raises Problem 404, 403, 400."""
    text = clean("text", text, limit=ITEM, required="Say what it is.")
    if kind not in ChangeItem.Kind.values:
        raise field_error(
            "kind", f"Choose one of: {', '.join(ChangeItem.Kind.values)}.", code="invalid_choice"
        )
    if owner is not None and (not owner.is_active or owner.is_service):
        raise field_error("owner", "Name an active person.", code="not_active")
    with transaction.atomic():
        pilot = held_rollout(pilot_id, by=by, right=Action.EDIT_PILOT)
        row = ChangeItem.objects.create(
            pilot=pilot, kind=kind, text=text, owner=owner, recorded_at=at, recorded_by=by.user
        )
        _record(pilot, "pilot.change_planned", by, at, after={"kind": kind, "text": text})
    return row


def finish_change(*, pk: int, by: Actor, at: datetime) -> ChangeItem:
    """Say that a line of the change plan is done. Said twice changes nothing. Raises Problem 404, 403."""
    pilot_id = ChangeItem.objects.filter(pk=pk).values_list("pilot_id", flat=True).first()
    if pilot_id is None:
        raise not_found()
    with transaction.atomic():
        pilot = held_rollout(pilot_id, by=by, right=Action.EDIT_PILOT)
        row = ChangeItem.objects.get(pk=pk)
        if row.done_on is None:
            row.done_on = clock.day_of(at)
            row.save(update_fields=["done_on"])
            _record(pilot, "pilot.change_done", by, at, after={"text": row.text, "done_on": row.done_on})
    return row


def give_feedback(*, pilot_id: int, text: str, by: Actor, at: datetime, anonymous: bool = False) -> Feedback:
    """Say something of a pilot one may see. Anonymous: neither the row nor the log names anybody. Raises Problem 404, 400."""
    text = clean("text", text, limit=SAID, required="Write what you want to say.")
    with transaction.atomic():
        pilot = held_rollout(pilot_id, by=by, right=Action.VIEW)
        who = Actor(None, (), by.via) if anonymous else by
        row = Feedback.objects.create(
            pilot=pilot, text=text, anonymous=anonymous, recorded_at=at, recorded_by=who.user
        )
        _record(pilot, "pilot.feedback_given", who, at, after={"anonymous": anonymous})
        _judge(pilot, who, at)
    return row


def answer_feedback(*, pk: int, answer: str, by: Actor, at: datetime) -> Feedback:
    """Answer feedback once; the first answer is the one that is timed. Raises Problem 404, 403, 400, 409 `answered_already`."""
    answer = clean("answer", answer, limit=SAID, required="Write an answer.")
    pilot_id = Feedback.objects.filter(pk=pk).values_list("pilot_id", flat=True).first()
    if pilot_id is None:
        raise not_found()
    with transaction.atomic():
        pilot = held_rollout(pilot_id, by=by, right=Action.EDIT_PILOT)
        row = Feedback.objects.get(pk=pk)
        if row.answered_at is not None:
            raise conflict("answered_already", "This was answered already. Its answer stands.")
        row.answer, row.answered_at, row.answered_by = answer, at, by.user
        row.save(update_fields=["answer", "answered_at", "answered_by"])
        _record(pilot, "pilot.feedback_answered", by, at, after={"feedback": row.pk})
        _judge(pilot, by, at)
    return row


def _judge(pilot: Pilot, by: Actor, at: datetime) -> None:
    """Whether feedback waits is told as a flag while the pilot runs; afterwards its page alone says it."""
    if pilot.ended_on is None:
        judge_pilot(pilot=pilot, by=by, at=at, as_of=clock.day_of(at))


def _record(pilot: Pilot, action: str, by: Actor, at: datetime, **more: Any) -> None:
    audit.record(
        by=by, at=at, action=action, obj=pilot, initiative_id=pilot.initiative_id,
        unit_path=pilot.initiative.unit.path, **more,
    )  # fmt: skip
