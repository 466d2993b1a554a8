"""Changing a definition that is sealed or has readings: proposed and approved by somebody else, or without, for ever told.

A change is a new version; the old one stays. At most one is proposed at a time.
"""

import logging
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction

from core import audit, clock
from core.access import Actor, allows
from core.errors import Problem, conflict, field_error, forbidden, not_found
from core.lacking import lacks
from core.roles import Action
from core.text import clean
from kpis.models import Kpi, KpiVersion
from kpis.services.facts import FREE, Facts, require_new, write_facts
from kpis.services.goalposts import find_goalposts
from kpis.services.limits import require_day
from kpis.services.publish import tell_of
from kpis.services.success import BASELINE, Success, resolve_target, write_success
from kpis.services.versions import (
    DEFINED,
    Held,
    authors,
    development_began,
    hold,
    locked,
    put_in_force,
    require_alive,
    require_none_waiting,
    settled,
    successor,
)

log = logging.getLogger(__name__)
BECAUSE: Final = 300


@dataclass(frozen=True, slots=True)
class Changed:
    """What is to be said otherwise, and why. `reason_code`: one of KpiVersion.ReasonCode, empty for none of them.

    `effective_on`: the first day of the new definition, today or later; None is the day it is approved.
    """

    facts: Facts
    success: Success
    because: str
    reason_code: str = ""
    effective_on: date | None = None


def propose_change(
    *, pk: int, change: Changed, by: Actor, at: datetime, expected_version: int | None = None
) -> KpiVersion:
    """A proposed version, which comes into force when somebody other than its author approves it.

    Raises Problem 404, 403, 412, 400 at the field that is wrong (a reason code is needed), 409 `still_a_draft` for a
    definition that is simply edited, `change_waits` for a second one, `nothing_changed`.
    """
    with transaction.atomic():
        held = hold(pk, by, expected_version=expected_version)
        if not change.reason_code:
            raise field_error(
                "reason_code", "Say which it is: users, the market, or the product changed.", code="required"
            )
        version = _new(held, change, by, at)
        if change.effective_on is not None:
            require_day("effective_on", change.effective_on)
            if change.effective_on < clock.day_of(at):
                sentence = "A change counts from today on, or later. What was, stays as it was judged."
                raise field_error("effective_on", sentence, code="in_the_past")
            version.effective_on = change.effective_on
        version.save(force_insert=True)
        _record(held, version, by, at, "kpi.change_proposed")
    return version


def approve_change(*, pk: int, by: Actor, at: datetime) -> Kpi:
    """Put a proposed version in force, now or on its day. By somebody other than its author who may approve.

    Raises Problem 404, 403 (`four_eyes` for the author), 409 `already_answered`.
    """
    with transaction.atomic():
        held, version = _proposed(pk, by)
        _require_right(held, by)
        if by.user is None or by.user.pk in authors(version):
            raise forbidden(
                "Who proposed a change does not approve it. Somebody else does.", code="four_eyes"
            )
        version.approved_by, version.approved_at = by.user, at
        today = clock.day_of(at)
        if version.effective_on <= today:
            version.save(update_fields=["approved_by", "approved_at"])
            return _in_force(held, version, by, at, "kpi.change_approved", today)
        require_new(version, held.kpi)
        version.save(update_fields=["approved_by", "approved_at"])
        _record(held, version, by, at, "kpi.change_approved")
    return held.kpi


def decline_change(*, pk: int, because: str, by: Actor, at: datetime) -> KpiVersion:
    """Refuse a proposed version, with the reason; its author may take it back. It stays on record.

    Raises Problem 404, 403, 400 without a reason, 409 `already_answered`.
    """
    because = clean("because", because, limit=BECAUSE, required="Say why.")
    with transaction.atomic():
        held, version = _proposed(pk, by)
        own = by.user is not None and by.user.pk in authors(version)
        if not own:
            _require_right(held, by)
        version.declined_at, version.declined_because = at, because
        version.save(update_fields=["declined_at", "declined_because"])
        audit.record(
            by=by, at=at, action="kpi.change_withdrawn" if own else "kpi.change_declined", obj=held.kpi,
            initiative_id=held.initiative.pk, unit_path=held.initiative.unit.path, reason=because,
            after={"definition": version.number},
        )  # fmt: skip
    return version


def change_without_approval(
    *, pk: int, change: Changed, by: Actor, at: datetime, expected_version: int | None = None
) -> Kpi:
    """Put a change in force at once, approved by nobody. It is found, and told of the KPI for ever.

    Raises Problem as `propose_change`, without asking for a reason code.
    """
    with transaction.atomic():
        held = hold(pk, by, expected_version=expected_version)
        version = _new(held, change, by, at)
        version.save(force_insert=True)
        return _in_force(held, version, by, at, "kpi.changed_without_approval", clock.day_of(at))


def come_into_force(*, as_of: date, by: Actor, at: datetime) -> int:
    """Put approved changes in force whose day has come. Returns how many. Safe to run twice and side by side.

    One that contradicts the other KPIs as they are by now keeps no other waiting, and waits itself.
    """
    waiting = KpiVersion.objects.filter(
        in_force_at=None, declined_at=None, approved_at__isnull=False, effective_on__lte=as_of
    )
    done = 0
    for pk, kpi_id in list(waiting.order_by("kpi__initiative_id", "pk").values_list("pk", "kpi_id")):
        try:
            with transaction.atomic():
                row, initiative = locked(kpi_id)
                version = waiting.filter(pk=pk).first()
                if version is None or row.current is None or row.state == Kpi.State.RETIRED:
                    continue
                held = Held(row, row.current, initiative)
                _in_force(held, version, by, at, "kpi.change_in_force", version.effective_on)
                done += 1
        except Problem as problem:
            log.warning("KPI version %s not put in force: %s", pk, problem)
    return done


def _new(held: Held, change: Changed, by: Actor, at: datetime) -> KpiVersion:
    """The changed version, unsaved, whose baseline is locked where it was."""
    require_alive(held.kpi)
    require_none_waiting(held.kpi)
    draft = not settled(held.version) and held.version.baseline_locked_at is None
    if draft and development_began(held.initiative.pk, clock.day_of(at)) is None:
        raise conflict(
            "still_a_draft", "This definition is a draft: it is not sealed and has no readings. Edit it."
        )
    for name in change.facts:
        if name in FREE:
            raise field_error(
                name, "This is no part of the definition. Edit it on the KPI.", code="field_not_writable"
            )
    if change.reason_code and change.reason_code not in KpiVersion.ReasonCode.values:
        known = ", ".join(KpiVersion.ReasonCode.values)
        raise field_error("reason_code", f"Choose one of: {known}.", code="invalid_choice")
    version = successor(held.version, by=by, at=at)
    version.because = clean("because", change.because, limit=BECAUSE, required="Say why it changes.")
    version.reason_code = change.reason_code
    write_facts(version, held.kpi, change.facts)
    write_success(version, change.success)
    require_new(version, held.kpi)
    was, now = audit.difference(audit.snapshot(held.version, DEFINED), audit.snapshot(version, DEFINED))
    if not now:
        raise conflict("nothing_changed", "This says what the definition says already.")
    if version.baseline_locked_at is not None and set(was) & set(BASELINE):
        # A new baseline is said once: it is as locked as the one it follows.
        version.baseline_locked_at, version.baseline_locked_by = at, by.user
        resolve_target(version)
    return version


def _proposed(pk: int, by: Actor) -> tuple[Held, KpiVersion]:
    """The KPI of a proposed version, held, and the version, which nobody has answered yet."""
    kpi_id = KpiVersion.objects.filter(pk=pk).values_list("kpi_id", flat=True).first()
    if kpi_id is None:
        raise not_found()
    held = hold(kpi_id, by, Action.VIEW)
    version = KpiVersion.objects.get(pk=pk)
    if version.in_force_at is not None or version.declined_at is not None or version.approved_at is not None:
        raise conflict("already_answered", "This change was answered already.")
    require_alive(held.kpi)
    return held, version


def _require_right(held: Held, by: Actor) -> None:
    if not allows(by, Action.APPROVE_KPI, held.kpi):
        raise lacks(Action.APPROVE_KPI, f"{by.label} may not do this here: it needs the right")


def _in_force(held: Held, version: KpiVersion, by: Actor, at: datetime, action: str, day: date) -> Kpi:
    row = put_in_force(held, version, effective_on=day, by=by, at=at, action=action, reason=version.because)
    find_goalposts({held.initiative.pk: held.initiative}, by=by, at=at)
    tell_of(held.initiative, at)  # pilots count changed goals, whatever the answer by them is
    return row


def _record(held: Held, version: KpiVersion, by: Actor, at: datetime, action: str) -> None:
    """An event about a version that is not in force: what it would change."""
    was, now = audit.difference(audit.snapshot(held.version, DEFINED), audit.snapshot(version, DEFINED))
    audit.record(
        by=by, at=at, action=action, obj=held.kpi, initiative_id=held.initiative.pk,
        unit_path=held.initiative.unit.path, reason=version.because,
        before={"definition": held.version.number, **was},
        after={"definition": version.number, "reason_code": version.reason_code, "effective_on": version.effective_on, **now},
    )  # fmt: skip
