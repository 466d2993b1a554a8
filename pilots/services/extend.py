"""Longer pilots: counted, each with its reason, the third the council's."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from core import audit, clock
from core.access import Actor
from core.errors import field_error
from core.roles import Action
from core.text import clean
from core.wording import day
from domain.kpi_figures import TWO_PLACES, rounded
from pilots.models import Pilot, PilotExtension
from pilots.queries.pricing import pricing_of
from pilots.services.charter import held_pilot
from pilots.services.judge import judge_pilot
from pilots.services.lengthening import require_lengthening

MOST_DAYS: Final = 365
REASONS: Final = frozenset(code for code, _ in PilotExtension.REASONS)


def grant_extension(
    *, pilot_id: int, days: int, reason_code: str, by: Actor, at: datetime, note: str = "",
    new_decision_on: date | None = None, expected_version: int | None = None, evidence: str = "",
    decision_changes: Decimal | None = None,
) -> PilotExtension:  # fmt: skip
    """Let a pilot run `days` longer, from its standing end or, where that has passed, from today.

    `evidence`: what it is to bring that is not known yet; `decision_changes`: how likely that changes the decision, 0 to 1. It
    is priced as of today, and the price is kept with it. The first two are the portfolio manager's, unless the pilot is tier 1; every other is the council's. Raises
    Problem 409 `council_decides` naming who decides, `prohibited_use`, 400 by field, 403 (`four_eyes` for who runs it or ever did), 404, 409 `pilot_ended`, 412.
    """
    today = clock.day_of(at)
    with transaction.atomic():
        row = held_pilot(pilot_id, by=by, right=Action.EXTEND_PILOT, expected_version=expected_version)
        require_lengthening(row, asked={"days": days}, by=by, at=at)
        note = _require_reason(days, reason_code, note)
        if not evidence.strip():
            raise field_error("evidence", "Say what new evidence the extension brings.", code="required")
        if decision_changes is None:
            said = "Say how likely that evidence changes the decision."
            raise field_error("decision_changes", said, code="required")
        if new_decision_on is not None and new_decision_on <= today:
            raise field_error(
                "new_decision_on", "The new decision date lies ahead. Write a later day.", code="too_early"
            )
        extension = extend_held(
            row, days=days, reason_code=reason_code, note=note, new_decision_on=new_decision_on, by=by, at=at,
            evidence=evidence, decision_changes=decision_changes,
        )  # fmt: skip
        judge_pilot(pilot=row, by=by, at=at, as_of=today)
    return extension


def extend_held(
    row: Pilot, *, days: int, reason_code: str, note: str, by: Actor, at: datetime, new_decision_on: date | None = None,
    evidence: str = "", decision_changes: Decimal | None = None,
) -> PilotExtension:  # fmt: skip
    """The extension written, whoever decided it: the manager here, or a decision at a gate. The caller holds the initiative,
    asked who may, and judges the pilot afterwards."""
    today = clock.day_of(at)
    end = new_end(row, days, today)
    extension = PilotExtension.objects.create(
        pilot=row, number=PilotExtension.objects.filter(pilot=row).count() + 1, days=days, new_end_on=end,
        new_decision_on=new_decision_on, reason_code=reason_code, note=note, granted_on=today, recorded_at=at,
        recorded_by=by.user, **_economics(row, days, evidence, decision_changes, today),
    )  # fmt: skip
    before = audit.snapshot(row, ("planned_end_on", "decision_on", "no_decision_date"))
    row.planned_end_on = end
    if new_decision_on is not None:
        row.decision_on, row.no_decision_date = new_decision_on, False
    row.updated_at, row.version = at, row.version + 1
    row.save(update_fields=["planned_end_on", "decision_on", "no_decision_date", "updated_at", "version"])
    was, now = audit.difference(before, audit.snapshot(row, tuple(before)))
    audit.record(
        by=by, at=at, action="pilot.extended", obj=row, initiative_id=row.initiative_id,
        unit_path=row.initiative.unit.path, before=was,
        after={**now, "number": extension.number, "days": days, "reason_code": reason_code}, reason=note,
    )  # fmt: skip
    return extension


def new_end(row: Pilot, days: int, today: date) -> date:
    """The end after an extension: from the standing end or, where that has passed, from today."""
    return max(_standing_end(row) or today, today) + timedelta(days=days)


def _require_reason(days: int, reason_code: str, note: str) -> str:
    if not 1 <= days <= MOST_DAYS:
        raise field_error("days", f"Extend by 1 to {MOST_DAYS} days.", code="out_of_range")
    if reason_code not in REASONS:
        raise field_error("reason_code", "Choose one of the reasons.", code="invalid_choice")
    note = clean("note", note, limit=500)
    if reason_code == "other" and not note:
        raise field_error("note", "Say what the reason is.", code="required")
    return note


def _economics(
    row: Pilot, days: int, evidence: str, decision_changes: Decimal | None, today: date
) -> dict[str, Any]:
    """What the extension costs, and what it is to bring. Raises Problem 400."""
    if decision_changes is not None and not 0 <= decision_changes <= 1:
        said = "A chance lies between 0 and 1: 0.25 is one in four."
        raise field_error("decision_changes", said, code="out_of_range")
    pricing = pricing_of(row.initiative, today, (days,))
    (price,) = pricing.prices
    return {
        "price_delay": None if price.delay is None else rounded(price.delay, TWO_PLACES),
        "price_running": None if price.running is None else rounded(price.running, TWO_PLACES),
        "priced_from": pricing.case_ref, "evidence": clean("evidence", evidence, limit=500),
        "decision_changes": decision_changes,
    }  # fmt: skip


def _standing_end(pilot: Pilot) -> date | None:
    """The end approved so far: the recorded one, else the entry date and the approved length."""
    if pilot.planned_end_on is not None:
        return pilot.planned_end_on
    entered = pilot.spell.entered_on
    if entered is None or not pilot.planned_days:
        return None
    return entered + timedelta(days=pilot.planned_days)


def said_end(extension: PilotExtension) -> str:
    """The new end in words, for the message after granting it."""
    return day(extension.new_end_on)
