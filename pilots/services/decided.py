"""What a decision at a gate does to the pilot: it is told in the transaction of the decision, and judged at once.

The caller is the one writer of decisions, holds the initiative and asked who may.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from core import audit, clock
from core.access import Actor
from pilots.models import Pilot
from pilots.queries.facts import with_people
from pilots.services.extend import extend_held, new_end
from pilots.services.judge import judge_pilot
from pilots.services.versions import keep_version
from portfolio.models import Initiative

COUNTED: Final = {
    "scope_units": "units_count", "scope_sites": "sites_count", "scope_users": "users_count", "scope_systems": "systems_count",
}  # fmt: skip
"""The part of a scope -> the count of it."""
OF_THE_SCOPE: Final = ("scope_change", "scope_approved", "users_outside_charter")
"""What was counted or said of a scope as a whole."""


def gate_requested(*, initiative: Initiative, by: Actor, at: datetime) -> None:
    """The next gate was asked for: criteria that were met wait no longer (R18)."""
    row = _open_pilot(initiative)
    if row is not None:
        _write(row, {"gate_requested_on": clock.day_of(at)}, "pilot.gate_requested", by, at)


def deferred(*, initiative: Initiative, until: date | None, by: Actor, at: datetime) -> None:
    """A hold, or nothing decided: counted (R06). `until`: the day on which it is due again."""
    row = _open_pilot(initiative)
    if row is None:
        return
    new: dict[str, Any] = {"deferrals": (row.deferrals or 0) + 1}
    if until is not None:
        new |= {"decision_on": until, "no_decision_date": False}
    _write(row, new, "pilot.deferred", by, at)


def extended(
    *, initiative: Initiative, days: int, reason_code: str, note: str, evidence: str, decision_changes: Decimal | None,
    by: Actor, at: datetime,
) -> None:  # fmt: skip
    """Longer by so many days, to be decided by the new end; priced, with what it is to bring."""
    row = _open_pilot(initiative)
    if row is None:
        return
    end = new_end(row, days, clock.day_of(at))
    by_then = end if row.decision_on is None or row.decision_on < end else None
    extend_held(
        row, days=days, reason_code=reason_code, note=note[:500], new_decision_on=by_then, evidence=evidence,
        decision_changes=decision_changes, by=by, at=at,
    )  # fmt: skip
    judge_pilot(pilot=row, by=by, at=at, as_of=clock.day_of(at))


def pivoted(
    *, initiative: Initiative, charter: str, days: int | None, decide_by: date | None, by: Actor, at: datetime,
    anew: Mapping[str, str] = MappingProxyType({}),
) -> None:  # fmt: skip
    """A new charter that runs `days` from today: length, extensions and moved goalposts count anew, and nothing else does.

    The pilot stays as old as it is, so the length it is measured by is what it has run and what it is given; what was
    recorded of its facts stays, and it is decided by a day that was decided on. What a motion of earlier days does not name
    (None) stays as it is.

    `anew`: parts of the charter said anew (domain.charter.NEW_CHARTER); the others were carried by name. How many units or
    users the old scope counted is no count of the new one, nor is how far it was widened or overstepped: nobody has said
    that yet.
    """
    row = _open_pilot(initiative)
    if row is None:
        return
    today, entered = clock.day_of(at), row.spell.entered_on
    new: dict[str, Any] = {
        "success_measure_changes": None,
        "hypotheses": charter,
        "charter_version": row.charter_version + 1,
        "reset_at": at,
        **anew,
        **{COUNTED[name]: None for name in anew if name in COUNTED},
        **({} if COUNTED.keys().isdisjoint(anew) else dict.fromkeys(OF_THE_SCOPE)),
    }
    if days is not None:
        run = 0 if entered is None else max((today - entered).days, 0)
        new |= {"planned_days": run + days, "planned_end_on": today + timedelta(days=days)}
    if decide_by is not None:
        new |= {"decision_on": decide_by, "no_decision_date": False}
    _write(row, new, "pilot.pivoted", by, at)
    keep_version(row, because="Pivot", by=by, at=at)


def conditions_stand(
    *, initiative: Initiative, due_on: date | None, blocks: bool | None, by: Actor, at: datetime
) -> None:
    """The earliest due date among the open conditions of its approvals, and whether that one blocks (R17)."""
    row = _open_pilot(initiative)
    if row is not None:
        new = {"condition_due_on": due_on, "condition_blocks": blocks, "no_open_condition": due_on is None}
        _write(row, new, "pilot.conditions_stand", by, at)


def _open_pilot(initiative: Initiative) -> Pilot | None:
    return with_people(Pilot.objects.filter(initiative=initiative, ended_on=None)).first()


def _write(row: Pilot, new: dict[str, Any], action: str, by: Actor, at: datetime) -> None:
    was, now = audit.difference(audit.snapshot(row, tuple(new)), new)
    if not now:
        return
    for name, value in now.items():
        setattr(row, name, value)
    row.updated_at, row.version = at, row.version + 1
    row.save(update_fields=[*now, "updated_at", "version"])
    audit.record(
        by=by, at=at, action=action, obj=row, initiative_id=row.initiative_id,
        unit_path=row.initiative.unit.path, before=was, after=now,
    )  # fmt: skip
    judge_pilot(pilot=row, by=by, at=at, as_of=clock.day_of(at))
