"""Flags are raised and cleared by comparing what holds now with what stood open. Nothing is deleted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from core import audit
from core.access import Actor
from core.models import BusinessUnit, User
from portfolio.models import Flag, Initiative


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that holds: its severity 1-3, cause, sentence with numbers, since when, what would clear it."""

    rule: str
    severity: int
    cause: str
    sentence: str
    since: date
    clears_when: str = ""
    group: str = ""
    numbers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a flag is about, and who answers for it."""

    type: str
    id: int
    label: str
    initiative: Initiative | None = None
    unit: BusinessUnit | None = None
    owner: User | None = None


def sync_flags(
    *, subject: Subject, findings: Sequence[Finding], by: Actor, at: datetime,
    rules: frozenset[str] | None = None, because: str = "The fact changed.",
) -> int:  # fmt: skip
    """Make the open flags of a subject equal `findings`; returns how many were raised, changed or cleared.

    `rules` limits it to those codes, so that two judges of one subject leave each other's flags alone.
    The since-date of a flag that stays is kept. Running it twice changes nothing.
    """
    changed = 0
    with transaction.atomic():
        standing = Flag.objects.filter(subject_type=subject.type, subject_id=subject.id, cleared_at=None)
        if rules is not None:
            standing = standing.filter(rule__in=rules)
        before = {flag.rule: flag for flag in standing}
        for finding in findings:
            flag = before.pop(finding.rule, None)
            if flag is None:
                changed += 1
                _raise(subject, finding, by, at)
            elif _differs(flag, finding, subject):
                changed += 1
                _renew(flag, finding, subject, at)
        for flag in before.values():
            changed += 1
            Flag.objects.filter(pk=flag.pk).update(cleared_at=at, cleared_because=because)
            audit.record(
                by=by, at=at, action="flag.cleared", obj=flag, initiative_id=flag.initiative_id,
                before={"rule": flag.rule, "sentence": flag.sentence}, reason=because,
            )  # fmt: skip
    return changed


def _raise(subject: Subject, finding: Finding, by: Actor, at: datetime) -> None:
    flag = Flag.objects.create(
        subject_type=subject.type, subject_id=subject.id, subject_label=subject.label[:300],
        initiative=subject.initiative, unit=subject.unit, owner=subject.owner, rule=finding.rule,
        group=finding.group, severity=finding.severity, cause=finding.cause, sentence=finding.sentence,
        numbers=finding.numbers, clears_when=finding.clears_when, since=finding.since, raised_at=at, updated_at=at,
    )  # fmt: skip
    audit.record(
        by=by, at=at, action="flag.raised", obj=flag,
        initiative_id=subject.initiative.pk if subject.initiative else None,
        unit_path=subject.unit.path if subject.unit else "",
        after={"rule": finding.rule, "severity": finding.severity, "sentence": finding.sentence},
    )  # fmt: skip


_COMPARED = ("severity", "cause", "sentence", "clears_when", "group", "numbers")


def _differs(flag: Flag, finding: Finding, subject: Subject) -> bool:
    owner = subject.owner.pk if subject.owner else None
    return flag.owner_id != owner or any(getattr(flag, name) != getattr(finding, name) for name in _COMPARED)


def _renew(flag: Flag, finding: Finding, subject: Subject, at: datetime) -> None:
    for name in _COMPARED:
        setattr(flag, name, getattr(finding, name))
    flag.owner, flag.updated_at = subject.owner, at
    flag.save(update_fields=[*_COMPARED, "owner", "updated_at"])
