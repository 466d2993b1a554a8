"""Flags are raised and cleared by comparing what holds now with what stood open. Nothing is deleted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from core import audit, clock
from core.access import Actor
from core.among import among
from core.bulk import insert_objects, update_rows
from core.models import AuditEvent, BusinessUnit, User
from core.prepared import read
from portfolio.models import Flag, Initiative
from portfolio.services.tallies import touch

CHANGED = "The fact changed."


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that holds: its severity 1-3, cause, sentence with numbers, since when, what would clear it.

    due_on: the last day to act, where the rule has one. escalates: that day has passed and nobody acted.
    """

    rule: str
    severity: int
    cause: str
    sentence: str
    since: date
    clears_when: str = ""
    group: str = ""
    numbers: dict[str, Any] = field(default_factory=dict)
    due_on: date | None = None
    escalates: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """What a flag is about, and who answers for it."""

    type: str
    id: int
    label: str
    initiative: Initiative | None = None
    unit: BusinessUnit | None = None
    owner: User | None = None


Found = tuple[Subject, Sequence[Finding]]


def sync_flags(
    *, subject: Subject, findings: Sequence[Finding], by: Actor, at: datetime,
    rules: frozenset[str] | None = None, because: str = CHANGED,
) -> int:  # fmt: skip
    """Make the open flags of a subject equal `findings`; returns how many were raised, changed or cleared.

    `rules` limits it to those codes, so that two judges of one subject leave each other's flags alone.
    The since-date of a flag that stays is kept. Running it twice changes nothing.
    """
    return sync_many(found=[(subject, findings)], by=by, at=at, rules=rules, because=because)


def sync_many(
    *, found: Sequence[Found], by: Actor, at: datetime,
    rules: frozenset[str] | None = None, because: str = CHANGED,
) -> int:  # fmt: skip
    """The same for many subjects, in a number of statements that does not grow with them.

    The caller holds what keeps others from judging the same subjects (the initiatives' locks).
    """
    units = set[int | None]()
    raised: list[Flag] = []
    renewed: list[Flag] = []
    escalated: list[Flag] = []
    cleared: list[Flag] = []
    with transaction.atomic(savepoint=False):
        standing = _standing(found, rules)
        for subject, findings in found:
            before, written = standing.get((subject.type, subject.id), {}), len(raised) + len(renewed)
            for finding in findings:
                flag = before.pop(finding.rule, None)
                newly = finding.escalates and (flag is None or flag.escalated_on is None)
                if flag is None:
                    flag = _new(subject, finding, at)
                    raised.append(flag)
                elif _differs(flag, finding, subject):
                    units.add(flag.unit_id)
                    renewed.append(_renew(flag, finding, subject, at))
                if newly:
                    escalated.append(flag)
            cleared += before.values()
            if subject.initiative and (before or len(raised) + len(renewed) > written):
                units.add(subject.initiative.unit_id)
        changed = len(raised) + len(renewed) + len(cleared)
        if changed:
            touch(units | {flag.unit_id for flag in (*raised, *renewed, *cleared)})
            _write(raised, renewed, cleared, escalated, because=because, by=by, at=at)
    return changed


def escalate(flags: Sequence[Flag], *, by: Actor, at: datetime) -> None:
    """Put open flags before the council: what somebody undertook about them is overdue. Twice changes nothing.

    The caller holds their initiatives; each has its unit beside it.
    """
    new = [flag for flag in flags if flag.escalated_on is None]
    for flag in new:
        flag.escalated_on, flag.updated_at = clock.day_of(at), at
    Flag.objects.filter(pk__in=[flag.pk for flag in new]).update(escalated_on=clock.day_of(at), updated_at=at)
    audit.record_many(_event(flag, "flag.escalated", by, at) for flag in new)


def move_flags(*, initiatives: Sequence[int], unit_id: int) -> None:
    """The flags of initiatives that moved to a unit: a flag is read by whoever reads its unit, so it moves along.

    The caller holds the initiatives.
    """
    rows = Flag.objects.filter(initiative__in=initiatives).exclude(unit=unit_id)
    left = rows.filter(cleared_at=None).order_by().values_list("unit_id", flat=True).distinct()
    touch([*left, unit_id])
    rows.update(unit=unit_id)


def _standing(found: Sequence[Found], rules: frozenset[str] | None) -> dict[tuple[str, int], dict[str, Flag]]:
    """The open flags of the subjects, by subject and rule."""
    ids: dict[str, list[int]] = {}
    for subject, _ in found:
        ids.setdefault(subject.type, []).append(subject.id)
    asked = Q(pk__in=[])
    for kind, keys in ids.items():
        asked |= Q(subject_type=kind, subject_id__in=among(keys))
    rows = Flag.objects.filter(asked, cleared_at=None).select_related("unit")
    if rules is not None:
        rows = rows.filter(rule__in=rules)
    out: dict[tuple[str, int], dict[str, Flag]] = {}
    for flag in read(rows):
        out.setdefault((flag.subject_type, flag.subject_id), {})[flag.rule] = flag
    return out


def _write(
    raised: list[Flag], renewed: list[Flag], cleared: list[Flag], escalated: list[Flag],
    *, because: str, by: Actor, at: datetime,
) -> None:  # fmt: skip
    """The flags, and an event for each that was raised, escalated or cleared; a renewed sentence is no event."""
    insert_objects(raised)
    update_rows(
        Flag,
        [*_COMPARED, *_ABOUT, "updated_at"],
        [(f.pk, *(getattr(f, name) for name in (*_COMPARED, *_ABOUT_IDS)), f.updated_at) for f in renewed],
    )
    Flag.objects.filter(pk__in=[f.pk for f in cleared]).update(cleared_at=at, cleared_because=because)
    events = [_event(flag, "flag.raised", by, at) for flag in raised]
    events += [_event(flag, "flag.escalated", by, at) for flag in escalated]
    events += [_event(flag, "flag.cleared", by, at, because) for flag in cleared]
    audit.record_many(events)


def _event(flag: Flag, action: str, by: Actor, at: datetime, because: str = "") -> AuditEvent:
    said = {"rule": flag.rule, "severity": flag.severity, "sentence": flag.sentence}
    was, now = (said, {}) if because else ({}, said)
    return audit.event(
        by=by, at=at, action=action, obj=flag, initiative_id=flag.initiative_id,
        unit_path=flag.unit.path if flag.unit else "", before=was, after=now, reason=because,
    )  # fmt: skip


def _new(subject: Subject, finding: Finding, at: datetime) -> Flag:
    return Flag(
        subject_type=subject.type, subject_id=subject.id, subject_label=subject.label[:300],
        initiative=subject.initiative, unit=subject.unit, owner=subject.owner, rule=finding.rule,
        group=finding.group, severity=finding.severity, cause=finding.cause, sentence=finding.sentence,
        numbers=finding.numbers, clears_when=finding.clears_when, since=finding.since, raised_at=at, updated_at=at,
        due_on=finding.due_on, escalated_on=clock.day_of(at) if finding.escalates else None,
    )  # fmt: skip


_COMPARED = ("severity", "cause", "sentence", "clears_when", "group", "numbers", "due_on")
_ABOUT = ("subject_label", "initiative", "unit", "owner", "escalated_on")
_ABOUT_IDS = ("subject_label", "initiative_id", "unit_id", "owner_id", "escalated_on")


def _differs(flag: Flag, finding: Finding, subject: Subject) -> bool:
    about = [
        subject.label[:300],
        *(row.pk if row else None for row in (subject.initiative, subject.unit, subject.owner)),
    ]
    stands = [flag.subject_label, flag.initiative_id, flag.unit_id, flag.owner_id]
    if finding.due_on is not None and finding.escalates != (flag.escalated_on is not None):
        return True
    return stands != about or any(getattr(flag, name) != getattr(finding, name) for name in _COMPARED)


def _renew(flag: Flag, finding: Finding, subject: Subject, at: datetime) -> Flag:
    for name in _COMPARED:
        setattr(flag, name, getattr(finding, name))
    flag.subject_label, flag.initiative = subject.label[:300], subject.initiative
    flag.unit, flag.owner, flag.updated_at = subject.unit, subject.owner, at
    if finding.due_on is None:
        return flag  # whether it is before the council is said by what was undertaken about it
    if not finding.escalates:
        flag.escalated_on = None
    elif flag.escalated_on is None:
        flag.escalated_on = clock.day_of(at)
    return flag
