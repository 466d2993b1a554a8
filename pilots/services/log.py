"""What a pilot found, until it is on the roadmap or closed; how like production it is; and flags that are put off."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Max

from core import audit, clock
from core.access import Actor
from core.errors import conflict, field_error, not_found, stale
from core.models import User
from core.roles import Action
from core.text import clean
from domain.likeness import ITEMS, POINTS
from pilots.models import CheckAnswer, FlagSnooze, LogEntry, Pilot
from pilots.services.holding import held_rollout
from portfolio.models import Flag

TEXT: Final = 1_000
TASK: Final = 300
BECAUSE: Final = 300
MOST_SNOOZE: Final = 30
CODES: Final = frozenset(one.code for one in ITEMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roadmap:
    """What is done about a finding: what, by whom, and by when."""

    todo: str
    owner: User | None
    due_on: date | None


def log_finding(
    *, pilot_id: int, kind: str, severity: int, text: str, seen_on: date, by: Actor, at: datetime
) -> LogEntry:
    """Write down what a pilot found. Numbered within the pilot. Raises Problem 404, 403, 400."""
    text = clean("text", text, limit=TEXT, required="Say what was found.")
    if kind not in LogEntry.Kind.values:
        raise field_error("kind", f"Choose one of: {', '.join(LogEntry.Kind.values)}.", code="invalid_choice")
    if severity not in {1, 2, 3}:
        raise field_error("severity", "Choose 1 (small), 2 or 3 (stops the rollout).", code="out_of_range")
    with transaction.atomic():
        pilot = held_rollout(pilot_id, by=by, right=Action.EDIT_PILOT)
        if seen_on > clock.day_of(at):
            raise field_error(
                "seen_on", "This has not happened yet. Write today or an earlier day.", code="in_the_future"
            )
        last = LogEntry.objects.filter(pilot=pilot).aggregate(n=Max("number"))["n"] or 0
        row = LogEntry.objects.create(
            pilot=pilot, number=last + 1, kind=kind, severity=severity, text=text, seen_on=seen_on, recorded_at=at,
            recorded_by=by.user,
        )  # fmt: skip
        said = {"number": row.number, "kind": kind, "severity": severity, "text": text}
        _record(pilot, "pilot.finding_logged", by, at, after=said)
    return row


def put_on_roadmap(
    *, pk: int, item: Roadmap, by: Actor, at: datetime, expected_version: int | None = None
) -> LogEntry:
    """Say what is done about a finding, by whom and by when; said again it changes that. Raises Problem 404, 403, 400, 412,
    409 `finding_closed`."""
    todo = clean("todo", item.todo, limit=TASK, required="Say what is to be done.")
    if item.due_on is None:
        raise field_error("due_on", "Say by when.", code="required")
    if item.owner is None or not item.owner.is_active or item.owner.is_service:
        raise field_error("owner", "Name an active person who does it.", code="not_active")
    with transaction.atomic():
        pilot, row = _held(pk, by, expected_version)
        before = _said(row)
        row.state, row.todo, row.owner, row.due_on = LogEntry.State.ROADMAP, todo, item.owner, item.due_on
        _keep(pilot, row, "pilot.finding_on_roadmap", before, by, at)
    return row


def close_finding(
    *, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> LogEntry:
    """Close a finding with a reason: done, or not worth doing. Raises Problem 404, 403, 400, 412, 409 `finding_closed`."""
    because = clean("because", because, limit=BECAUSE, required="Say why: what was done, or why nothing is.")
    with transaction.atomic():
        pilot, row = _held(pk, by, expected_version)
        before = _said(row)
        row.state, row.closed_on, row.closed_because = LogEntry.State.CLOSED, clock.day_of(at), because
        _keep(pilot, row, "pilot.finding_closed", before, by, at)
    return row


def check_likeness(
    *, pilot_id: int, item: str, answer: str, by: Actor, at: datetime, note: str = ""
) -> CheckAnswer:
    """Say how like production one side of a pilot is. A later answer takes the place of an earlier. Raises Problem 404, 403,
    400."""
    if item not in CODES:
        raise field_error(
            "item", f"Choose one of: {', '.join(one.code for one in ITEMS)}.", code="invalid_choice"
        )
    if answer not in POINTS:
        raise field_error("answer", f"Choose one of: {', '.join(POINTS)}.", code="invalid_choice")
    note = clean("note", note, limit=BECAUSE)
    with transaction.atomic():
        pilot = held_rollout(pilot_id, by=by, right=Action.EDIT_PILOT)
        row = CheckAnswer.objects.create(
            pilot=pilot, item=item, answer=answer, note=note, recorded_at=at, recorded_by=by.user
        )
        _record(pilot, "pilot.likeness_checked", by, at, after={"item": item, "answer": answer, "note": note})
    return row


def snooze_flag(*, flag_id: int, until: date, because: str, by: Actor, at: datetime) -> FlagSnooze:
    """Put a flag of a pilot off until a day, at most 30 days ahead. It stays open and visible; a snooze that runs ends here.

    The portfolio manager's. Raises Problem 404, 403, 400, 409 `flag_cleared`.
    """
    because = clean(
        "because", because, limit=BECAUSE, required="Say why it is put off: the reason stays with the flag."
    )
    today = clock.day_of(at)
    known = Flag.objects.visible_to(by).filter(pk=flag_id, subject_type="pilot")
    pilot_id = known.values_list("subject_id", flat=True).first()
    if pilot_id is None:
        raise not_found()
    with transaction.atomic():
        pilot = held_rollout(pilot_id, by=by, right=Action.EXTEND_PILOT)
        flag = Flag.objects.get(pk=flag_id)
        if flag.cleared_at is not None:
            raise conflict("flag_cleared", "This flag has cleared. There is nothing to put off.")
        if not today < until <= today + timedelta(days=MOST_SNOOZE):
            latest = today + timedelta(days=MOST_SNOOZE)
            raise field_error(
                "until", f"Put it off until a day after today, {latest} at the latest.", code="out_of_range"
            )
        FlagSnooze.objects.filter(flag=flag, ended_on=None, until__gte=today).update(ended_on=today)
        row = FlagSnooze.objects.create(
            pilot=pilot, flag=flag, until=until, because=because, recorded_at=at, recorded_by=by.user
        )
        said = {"rule": flag.rule, "until": until}
        _record(pilot, "pilot.flag_snoozed", by, at, after=said, reason=because)
    return row


def end_snooze(*, pk: int, by: Actor, at: datetime) -> FlagSnooze:
    """Take a snooze back. Said twice changes nothing. Raises Problem 404, 403."""
    found = FlagSnooze.objects.filter(pk=pk).values_list("pilot_id", flat=True).first()
    if found is None:
        raise not_found()
    with transaction.atomic():
        pilot = held_rollout(found, by=by, right=Action.EXTEND_PILOT)
        row = FlagSnooze.objects.select_related("flag").get(pk=pk)
        if row.ended_on is None and row.until >= clock.day_of(at):
            row.ended_on = clock.day_of(at)
            row.save(update_fields=["ended_on"])
            _record(pilot, "pilot.snooze_ended", by, at, after={"rule": row.flag.rule})
    return row


def _held(pk: int, by: Actor, expected_version: int | None) -> tuple[Pilot, LogEntry]:
    pilot_id = LogEntry.objects.filter(pk=pk).values_list("pilot_id", flat=True).first()
    if pilot_id is None:
        raise not_found()
    pilot = held_rollout(pilot_id, by=by, right=Action.EDIT_PILOT)
    row = LogEntry.objects.get(pk=pk)
    if expected_version is not None and row.version != expected_version:
        raise stale()
    if row.state == LogEntry.State.CLOSED:
        raise conflict("finding_closed", f"This was closed on {row.closed_on}. Log it again if it came back.")
    return pilot, row


def _said(row: LogEntry) -> dict[str, Any]:
    return audit.snapshot(row, ("state", "todo", "owner", "due_on", "closed_on", "closed_because"))


def _keep(pilot: Pilot, row: LogEntry, action: str, before: dict[str, Any], by: Actor, at: datetime) -> None:
    was, now = audit.difference(before, _said(row))
    if not now:
        return
    row.version += 1
    row.save()
    _record(pilot, action, by, at, before=was, after={"number": row.number, **now})


def _record(pilot: Pilot, action: str, by: Actor, at: datetime, **more: Any) -> None:
    audit.record(
        by=by, at=at, action=action, obj=pilot, initiative_id=pilot.initiative_id,
        unit_path=pilot.initiative.unit.path, **more,
    )  # fmt: skip
