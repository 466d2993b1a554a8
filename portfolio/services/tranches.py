"""Funding in tranches, and the decisions that move it: approve, release, hold, return. Each leaves a row that stands.

The room above asks the KPI a tranche waits for and hands over how it stands: nobody but `funding.services.tranches` calls
these. To decide is another person's: not of those who run the initiative or ever ran it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from core import audit
from core.access import Actor
from core.errors import Item, Problem, conflict, field_error, not_found, stale
from core.roles import Action
from core.text import clean
from domain.finance.release import Act, Asked, Awaited, Refused, refused
from domain.stages import Stage, gate_passed
from portfolio.models import FundingDecision, FundingTranche, GateStanding, Initiative
from portfolio.services.ceiling import judge_ceilings
from portfolio.services.money_rows import (
    keep_row,
    open_initiative,
    require_amount,
    require_other_eyes,
    require_past,
    tell,
)
from portfolio.services.totals import refresh_totals

BECAUSE = 500
CONDITION = 300
SAY_WHY = "Say why: the reason stands in the decision."


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody gives with a decision. because_unknown: why it is released while its KPI is blind."""

    because: str
    because_unknown: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def approve_tranche(
    *, initiative_id: int, amount: Decimal, approved_on: date, said: Said, by: Actor, at: datetime, currency: str = "",
    note: str = "", condition: str = "", gate: str = "", ceiling: Decimal | None = None,
) -> FundingTranche:  # fmt: skip
    """Record money approved for an initiative, not yet released, and the decision. Numbered in order.

    Raises Problem 404, 400, 403 (`four_eyes` for who runs it or ever did), 409 `stopped`.
    """
    because = _why(said)
    condition = clean("condition", condition, limit=CONDITION)
    if gate and gate not in FundingTranche.Gate.values:
        raise field_error(
            "gate", f"Choose one of: {', '.join(FundingTranche.Gate.values)}.", code="invalid_choice"
        )
    with transaction.atomic():
        initiative = open_initiative(initiative_id, by, Action.APPROVE_MONEY)
        require_other_eyes(initiative, "tranche.refused", by, at, {"act": "approve", "amount": amount})
        if initiative.stage == Stage.STOPPED:
            raise conflict("stopped", "The initiative is stopped. No money is approved for it.")
        require_past("approved_on", approved_on, at)
        if require_amount("amount", amount) < 0:
            raise field_error("amount", "A tranche is above zero.", code="min_value")
        if ceiling is not None and require_amount("ceiling", ceiling) < 0:
            raise field_error("ceiling", "A ceiling is above zero.", code="min_value")
        last = FundingTranche.objects.filter(initiative=initiative).aggregate(n=Max("number"))["n"] or 0
        row = FundingTranche(
            number=last + 1, approved_on=approved_on, amount=amount, approved_for=initiative.lead, condition=condition,
            gate=gate, ceiling=ceiling,
        )  # fmt: skip
        keep_row(row, initiative, "tranche.approved", currency, note, by, at)
        _decide(Act.APPROVE, initiative, row, approved_on, because, said, by, at)
    return row


def release_tranche(
    *, pk: int, released_on: date, awaited: Awaited | None, said: Said, by: Actor, at: datetime,
    expected_version: int | None = None,
) -> FundingTranche:  # fmt: skip
    """Release an approved tranche from a day on, by a decision. awaited: the KPI it waits for, as it stands.

    Raises Problem 404, 400, 403 (`four_eyes` for who runs it or ever did), 412, 409 with the code of
    `domain.finance.release.refused`.
    """
    because = _why(said)
    with transaction.atomic():
        initiative, row = _held(pk, "release", by, at)
        if expected_version is not None and row.version != expected_version:
            raise stale()
        no = refused(_asked(row, awaited), because_unknown=said.because_unknown)
        if no is not None:
            raise _problem(no)
        require_past("released_on", released_on, at)
        if released_on < row.approved_on:
            raise field_error(
                "released_on", f"It was approved on {row.approved_on}; release it then or later."
            )
        decision = _decide(Act.RELEASE, initiative, row, released_on, because, said, by, at)
        row.released_on, row.released_by, row.release = released_on, by.user, decision
        row.version += 1
        row.save(update_fields=["released_on", "released_by", "release", "version"])
        _moved(row, initiative, "tranche.released", because, {"released_on": released_on}, by, at)
        judge_ceilings([initiative.pk], by=by, at=at)
        tell(initiative, at)
    return row


def return_tranche(*, pk: int, returned_on: date, said: Said, by: Actor, at: datetime) -> FundingTranche:
    """Give back money that was approved and not released: it is budget no more.

    Raises Problem 404, 400, 403 `four_eyes`, 409 `already_released`, `tranche_returned`.
    """
    because = _why(said)
    with transaction.atomic():
        initiative, row = _held(pk, "return", by, at)
        _require_waiting(row)
        require_past("returned_on", returned_on, at)
        if returned_on < row.approved_on:
            raise field_error(
                "returned_on", f"It was approved on {row.approved_on}; return it then or later."
            )
        _decide(Act.RETURN, initiative, row, returned_on, because, said, by, at)
        row.returned_on = returned_on
        row.version += 1
        row.save(update_fields=["returned_on", "version"])
        _moved(row, initiative, "tranche.returned", because, {"returned_on": returned_on}, by, at)
    return row


def hold_tranche(*, pk: int, held_on: date, said: Said, by: Actor, at: datetime) -> FundingDecision:
    """Decide that a tranche is not released for now. The next decision on it, a release or a return, ends the hold.

    Raises Problem 404, 400, 403 `four_eyes`, 409 `already_released`, `tranche_returned`.
    """
    because = _why(said)
    with transaction.atomic():
        initiative, row = _held(pk, "hold", by, at)
        _require_waiting(row)
        require_past("held_on", held_on, at)
        decision = _decide(Act.HOLD, initiative, row, held_on, because, said, by, at)
        FundingTranche.objects.filter(pk=row.pk).update(version=row.version + 1)
        _moved(row, initiative, "tranche.held", because, {"held_on": held_on}, by, at, counted=False)
    return decision


def hold_all(*, initiative_id: int, held_on: date, said: Said, by: Actor, at: datetime) -> FundingDecision:
    """Decide that nothing more is released to an initiative for now. Raises Problem 404, 400, 403 `four_eyes`, 409
    `nothing_to_hold`."""
    because = _why(said)
    with transaction.atomic():
        initiative = open_initiative(initiative_id, by, Action.APPROVE_MONEY)
        require_other_eyes(initiative, "tranche.refused", by, at, {"act": "hold"})
        require_past("held_on", held_on, at)
        if not FundingTranche.objects.filter(
            initiative=initiative, released_on=None, returned_on=None
        ).exists():
            raise conflict("nothing_to_hold", "No tranche waits, so there is nothing to hold.")
        decision = _decide(Act.HOLD, initiative, None, held_on, because, said, by, at)
        audit.record(
            by=by, at=at, action="tranches.held", obj=decision, initiative_id=initiative.pk, reason=because,
            unit_path=initiative.unit.path, after={"held_on": held_on},
        )  # fmt: skip
    return decision


def _why(said: Said) -> str:
    clean("because_unknown", said.because_unknown, limit=BECAUSE)
    return clean("because", said.because, limit=BECAUSE, required=SAY_WHY)


def _held(pk: int, act: str, by: Actor, at: datetime) -> tuple[Initiative, FundingTranche]:
    """The tranche and its initiative, which is held, for who may decide over its money."""
    initiative_id = FundingTranche.objects.filter(pk=pk).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    initiative = open_initiative(initiative_id, by, Action.APPROVE_MONEY)
    row = FundingTranche.objects.get(pk=pk)
    asked = {"act": act, "number": row.number, "amount": row.amount}
    require_other_eyes(initiative, "tranche.refused", by, at, asked)
    return initiative, row


def _asked(row: FundingTranche, awaited: Awaited | None = None) -> Asked:
    earlier = FundingTranche.objects.filter(
        initiative=row.initiative_id, number__lt=row.number, released_on=None, returned_on=None
    )
    stands = GateStanding.objects.filter(initiative=row.initiative_id).first()
    return Asked(
        number=row.number, released_on=row.released_on, returned_on=row.returned_on, awaited=awaited,
        earlier=earlier.order_by("number").values_list("number", flat=True).first(),
        gate="" if gate_passed(row.gate, Stage(row.initiative.stage)) else row.gate,
        suspended=stands.suspended_because if stands else "",
        conditions=tuple(stands.before_start) if stands else (),
    )  # fmt: skip


def _require_waiting(row: FundingTranche) -> None:
    no = refused(Asked(number=row.number, released_on=row.released_on, returned_on=row.returned_on))
    if no is not None:
        raise _problem(no)


def _problem(no: Refused) -> Problem:
    items = (Item(f"/{no.field}", no.code, no.message),) if no.field else ()
    return conflict(no.code, no.message, *items)


def _decide(
    act: Act, initiative: Initiative, row: FundingTranche | None, on: date, because: str, said: Said, by: Actor, at: datetime
) -> FundingDecision:  # fmt: skip
    return FundingDecision.objects.create(
        initiative=initiative, tranche=row, act=act.value, amount=row.amount if row else None, decided_on=on,
        decided_by=by.user, decided_for=initiative.lead, recorded_at=at, because=because,
        because_unknown=said.because_unknown.strip(), facts=dict(said.facts),
    )  # fmt: skip


def _moved(
    row: FundingTranche, initiative: Initiative, action: str, because: str, day: Mapping[str, date], by: Actor, at: datetime,
    *, counted: bool = True,
) -> None:  # fmt: skip
    if counted:
        refresh_totals([initiative.pk], of=FundingTranche)
    audit.record(
        by=by, at=at, action=action, obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path, reason=because,
        before=dict.fromkeys(day), after={"number": row.number, "amount": row.amount, **day},
    )  # fmt: skip
