"""A pilot's charter and facts: what a person records, refused where it contradicts itself, judged at once."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypedDict, Unpack

from django.db import transaction

from core import audit, clock
from core.access import Actor, allows, require
from core.errors import conflict, field_error, forbidden, not_found, stale
from core.models import User
from core.roles import Action
from core.text import clean
from pilots.models import Pilot, PilotExtension
from pilots.queries.facts import TRANSITION, with_people
from pilots.services.holding import use_changed
from pilots.services.judge import judge_pilot
from pilots.services.lengthening import require_lengthening
from pilots.services.versions import keep_version
from portfolio.services.locks import lock_initiative

MOST_DAYS: Final = 3_650
MOST_PEOPLE: Final = 2_000_000_000


class PilotFacts(TypedDict, total=False):
    """What may be written of a pilot. None or "" takes a fact back: it was never recorded.

    `no_...` = a person says there is none. Money in the organisation's currency; scope_change 0.25 = a quarter more.
    """

    scope_units: str
    scope_sites: str
    scope_users: str
    scope_systems: str
    units_count: int | None
    sites_count: int | None
    users_count: int | None
    systems_count: int | None
    hypotheses: str
    sample: str
    stop_threshold: str
    planned_days: int | None
    decision_on: date | None
    no_decision_date: bool
    success_criteria_agreed: bool | None
    success_measure_changes: int | None
    criteria_met_on: date | None
    gate_requested_on: date | None
    deferrals: int | None
    production_owner: User | None
    no_production_owner: bool
    transition_run_cost: Decimal | None
    transition_integration: str
    transition_support: str
    transition_on: date | None
    no_transition_plan: bool
    condition_due_on: date | None
    condition_blocks: bool | None
    no_open_condition: bool
    scope_change: Decimal | None
    scope_approved: bool | None
    users_outside_charter: int | None
    invited_users: int | None
    weekly_active_users: int | None


EDITED: Final = tuple(PilotFacts.__annotations__)
CHARTER: Final = (
    "scope_units", "scope_sites", "scope_users", "scope_systems", "units_count", "sites_count", "users_count",
    "systems_count", "hypotheses", "sample", "stop_threshold", "planned_days",
)  # fmt: skip
TEXTS: Final = {
    "scope_units": 2_000, "scope_sites": 2_000, "scope_users": 2_000, "scope_systems": 2_000, "hypotheses": 4_000,
    "sample": 200, "stop_threshold": 300, "transition_integration": 2_000, "transition_support": 2_000,
}  # fmt: skip
NOT_AFTER_TODAY: Final = ("criteria_met_on", "gate_requested_on")
COUNTS: Final = {
    "success_measure_changes": 1_000, "deferrals": 1_000, "users_outside_charter": MOST_PEOPLE,
    "invited_users": MOST_PEOPLE, "weekly_active_users": MOST_PEOPLE, "units_count": 10_000, "sites_count": 100_000,
    "users_count": MOST_PEOPLE, "systems_count": 10_000,
}  # fmt: skip
REACHES: Final = ("invited_users", "users_outside_charter", "sites_count")
"""What says how far a running pilot reaches."""
NONE_SAID: Final = {
    "no_decision_date": ("decision_on",),
    "no_production_owner": ("production_owner",),
    "no_transition_plan": TRANSITION,
    "no_open_condition": ("condition_due_on", "condition_blocks"),
}
"""What "there is none" denies."""


def edit_pilot(
    *, pk: int, by: Actor, at: datetime, expected_version: int | None = None, because: str = "",
    **facts: Unpack[PilotFacts],
) -> Pilot:  # fmt: skip
    """Record facts of an open pilot and judge it in the same transaction. Nothing changed writes nothing.

    A length once approved, and a decision date once set, are what the pilot is held to: only a portfolio manager
    corrects the length or puts the date off, with a reason; longer or later is more time, so it is asked as an extension
    is. Raises Problem 400 by field, 403 (`four_eyes` for who runs it or ever did), 404, 409 for a pilot that has ended
    (`pilot_ended`), whose next extension is the council's (`council_decides`) or that may be given no more time, 412 for
    an old version.
    """
    with transaction.atomic():
        row = held_pilot(pk, by=by, right=Action.EDIT_PILOT, expected_version=expected_version)
        before = audit.snapshot(row, EDITED)
        given = _agreeing(dict(facts))
        for name, value in given.items():
            setattr(row, name, checked(name, value))
        _require_sound(row, clock.day_of(at))
        was, now = audit.difference(before, audit.snapshot(row, EDITED))
        if not now:
            return row
        because = clean("because", because, limit=300)
        _require_held_to(row, was, now, by, at, because)
        rewritten = any(name in now for name in CHARTER)
        row.charter_version += rewritten
        if "planned_days" in now:
            row.planned_end_on = first_end(row)
        row.updated_at, row.version = at, row.version + 1
        row.save(update_fields=[*EDITED, "planned_end_on", "charter_version", "updated_at", "version"])
        if rewritten:
            keep_version(row, because=because, by=by, at=at)
        audit.record(
            by=by, at=at, action="pilot.edited", obj=row, initiative_id=row.initiative_id,
            unit_path=row.initiative.unit.path, before=was, after=now, reason=because,
        )  # fmt: skip
        if any(name in now for name in REACHES):
            use_changed(row, at=at)
        return judge_pilot(pilot=row, by=by, at=at, as_of=clock.day_of(at))


def first_end(row: Pilot) -> date | None:
    """The end the approved length gives. Extensions move the end, so after one it stands."""
    entered = row.spell.entered_on
    if row.reset_at is None and PilotExtension.objects.filter(pilot=row).exists():
        return row.planned_end_on
    return None if entered is None or row.planned_days is None else entered + timedelta(days=row.planned_days)


def held_pilot(pk: int, *, by: Actor, right: Action, expected_version: int | None) -> Pilot:
    """The open pilot under its initiative's lock, if the actor may do this to it.

    Raises Problem 404 for what they may not know, 403, 409 `pilot_ended`, 412.
    """
    known = Pilot.objects.visible_to(by).filter(pk=pk).values_list("initiative_id", flat=True).first()
    if known is None:
        raise not_found()
    lock_initiative(known)
    row = with_people(Pilot.objects.filter(pk=pk)).get()
    require(by, right, row)
    if row.ended_on is not None:
        raise conflict("pilot_ended", f"This pilot ended on {row.ended_on}. Its record stays as it was.")
    if expected_version is not None and row.version != expected_version:
        raise stale()
    return row


def _agreeing(facts: dict[str, Any]) -> dict[str, Any]:
    """A fact given takes back "there is none", and the other way round; both at once contradict each other."""
    out = dict(facts)
    for denial, denied in NONE_SAID.items():
        given = [name for name in denied if facts.get(name) not in (None, "")]
        if facts.get(denial):
            if given:
                raise field_error(
                    given[0], "Say what it is or that there is none, not both.", code="contradiction"
                )
            out |= {name: "" if name in TEXTS else None for name in denied}
        elif given:
            out[denial] = False
    return out


def checked(name: str, value: Any) -> Any:
    """One fact as it may be kept. Raises Problem 400 at its field."""
    if name in TEXTS:
        return clean(name, value, limit=TEXTS[name])
    if value is None:
        return None
    if name == "planned_days" and not 1 <= value <= MOST_DAYS:
        raise field_error(name, f"An approved length is 1 to {MOST_DAYS} days.", code="out_of_range")
    if name in COUNTS and not 0 <= value <= COUNTS[name]:
        raise field_error(
            name, "That count cannot be right. Write a whole number from 0 on.", code="out_of_range"
        )
    if name == "production_owner" and (not value.is_active or value.is_service):
        raise field_error(name, "A production owner is an active person.", code="not_active")
    if name == "transition_run_cost" and not 0 <= value < Decimal(10) ** 16:
        raise field_error(name, "A run cost is an amount from 0 on.", code="out_of_range")
    if name == "scope_change" and not Decimal(-1) <= value <= Decimal(999):
        raise field_error(
            name, "A change of scope lies between -1 (nothing left) and 999.", code="out_of_range"
        )
    return value


def _require_sound(row: Pilot, today: date) -> None:
    """Facts that must agree with each other."""
    for name in NOT_AFTER_TODAY:
        day = getattr(row, name)
        if day is not None and day > today:
            raise field_error(
                name, "This has not happened yet. Write today or an earlier day.", code="in_the_future"
            )
    met, requested = row.criteria_met_on, row.gate_requested_on
    if met is not None and requested is not None and requested < met:
        raise field_error(
            "gate_requested_on",
            "The gate is requested on or after the day criteria were met.",
            code="too_early",
        )
    if row.condition_blocks is not None and row.condition_due_on is None:
        raise field_error("condition_due_on", "Say when the condition is due.", code="required")
    active, invited = row.weekly_active_users, row.invited_users
    if active is not None and invited is not None and active > invited:
        raise field_error(
            "weekly_active_users",
            f"{active} of {invited} invited cannot be active.",
            code="more_than_invited",
        )


def _require_held_to(
    row: Pilot, was: dict[str, Any], now: dict[str, Any], by: Actor, at: datetime, because: str
) -> None:
    """The approved length and a decision date that stands are not the pilot's own to loosen."""
    manages = allows(by, Action.EXTEND_PILOT, row)
    if was.get("planned_days") is not None and not manages:
        raise forbidden(
            "The approved length stays as it was first recorded. The portfolio manager extends a pilot or corrects it.",
            code="approved_length",
        )
    put_off = was.get("decision_on") is not None and (
        now["decision_on"] is None or now["decision_on"] > was["decision_on"]
    )
    if put_off and not manages:
        raise forbidden(
            "A decision date that stands is put off by the portfolio manager. Ask for an extension.",
            code="decision_date",
        )
    length = was.get("planned_days")
    if put_off or (length is not None and (now["planned_days"] is None or now["planned_days"] > length)):
        # A correction that lengthens is more time by another name: whoever may not extend it may not correct it so.
        asked = {name: value for name, value in now.items() if name in {"planned_days", "decision_on"}}
        require_lengthening(row, asked=asked, by=by, at=at)
    if (put_off or length is not None) and not because:
        raise field_error(
            "because", "Say why the approved length or the decision date changes.", code="required"
        )
