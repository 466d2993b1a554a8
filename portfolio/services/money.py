"""Money on an initiative. Rows are added, never edited: a correction is a row with the opposite sign.

One currency, the organisation's: adding up two would need a rate and a day for it, which nobody recorded.

Who leads records what was spent, planned and claimed. To approve, to release and to validate is another person's: not
of those who run the initiative, ever ran it, or (for value) claimed it.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet, Sum

from core import audit, clock, outbox
from core.access import Actor, require
from core.errors import conflict, field_error, not_found, stale
from core.models import User
from core.refusals import refusal
from core.roles import Action
from core.text import clean
from domain.four_eyes import Near
from portfolio.models import BenefitEntry, Expenditure, FundingTranche, Initiative
from portfolio.models.money import MoneyRow
from portfolio.queries.hands import too_near
from portfolio.services.locks import lock_initiative
from portfolio.services.stages import CHANGED
from portfolio.services.totals import refresh_totals

LARGEST = Decimal(10) ** 15
CENT = Decimal("0.01")
FIRST_YEAR = 1990
CATEGORIES = {
    "build": "Build", "integration": "Integration", "licences": "Licences", "cloud": "Cloud", "monitoring": "Monitoring",
    "retraining": "Retraining", "support": "Support", "compliance": "Compliance",
    "training_and_change": "Training and change",
}  # fmt: skip
TOO_NEAR = {
    Near.RUNS: "Who leads, sponsors or works on an initiative does not judge its money. Ask another portfolio manager.",
    Near.RAN: "Who led, sponsored or worked on an initiative does not judge its money. Ask another portfolio manager.",
    Near.CLAIMED: "Who claimed value on an initiative does not validate it. Ask another portfolio manager.",
}  # fmt: skip
Row = TypeVar("Row", bound=MoneyRow)


def approve_tranche(
    *,
    initiative_id: int,
    amount: Decimal,
    approved_on: date,
    by: Actor,
    at: datetime,
    currency: str = "",
    note: str = "",
) -> FundingTranche:
    """Record money approved for an initiative, not yet released. Numbered in order.

    Raises Problem 404, 400, 403: also `four_eyes`, for who runs it or ever did.
    """
    with transaction.atomic():
        initiative = _open(initiative_id, by, Action.APPROVE_MONEY)
        _require_other_eyes(initiative, "tranche.refused", by, at, {"act": "approve", "amount": amount})
        _require_past("approved_on", approved_on, at)
        if _amount("amount", amount) < 0:
            raise field_error("amount", "A tranche is above zero.", code="min_value")
        last = FundingTranche.objects.filter(initiative=initiative).aggregate(n=Max("number"))["n"] or 0
        row = FundingTranche(
            number=last + 1, approved_on=approved_on, amount=amount, approved_for=initiative.lead
        )
        return _keep(row, initiative, "tranche.approved", currency, note, by, at)


def release_tranche(
    *, pk: int, released_on: date, by: Actor, at: datetime, expected_version: int | None = None
) -> FundingTranche:
    """Release an approved tranche from a day on.

    Raises Problem 404, 400, 403 (`four_eyes` for who runs it or ever did), 409 when released, or when an earlier one is
    not.
    """
    with transaction.atomic():
        found = FundingTranche.objects.filter(pk=pk).first()
        if found is None:
            raise not_found()
        initiative = _open(found.initiative_id, by, Action.APPROVE_MONEY)
        row = FundingTranche.objects.get(pk=pk)
        asked = {"act": "release", "number": row.number, "amount": row.amount}
        _require_other_eyes(initiative, "tranche.refused", by, at, asked)
        if expected_version is not None and row.version != expected_version:
            raise stale()
        if row.released_on is not None:
            raise conflict("already_released", f"Tranche {row.number} was released on {row.released_on}.")
        earlier = FundingTranche.objects.filter(
            initiative=initiative, number__lt=row.number, released_on=None
        )
        if earlier.exists():
            raise conflict(
                "earlier_tranche_held", f"Tranche {earlier[0].number} is not released yet. Release it first."
            )
        _require_past("released_on", released_on, at)
        if released_on < row.approved_on:
            raise field_error(
                "released_on", f"It was approved on {row.approved_on}; release it then or later."
            )
        row.released_on, row.released_by = released_on, by.user
        row.version += 1
        row.save(update_fields=["released_on", "released_by", "version"])
        refresh_totals([initiative.pk], of=FundingTranche)
        audit.record(
            by=by, at=at, action="tranche.released", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            before={"released_on": None}, after={"number": row.number, "amount": row.amount, "released_on": released_on},
        )  # fmt: skip
        _tell(initiative, at)
    return row


def record_expenditure(
    *, initiative_id: int, amount: Decimal, spent_on: date, by: Actor, at: datetime,
    currency: str = "", category: str = "", note: str = "",
) -> Expenditure:  # fmt: skip
    """Record money spent on a day; below zero it corrects an earlier row. Raises Problem 404, 403, 400."""
    with transaction.atomic():
        initiative = _open(initiative_id, by, Action.RECORD_MONEY)
        _require_past("spent_on", spent_on, at)
        _amount("amount", amount)
        _require_not_below_zero(Expenditure.objects.filter(initiative=initiative), amount)
        if category and category not in CATEGORIES:
            raise field_error("category", f"Choose one of: {', '.join(CATEGORIES)}.", code="invalid_choice")
        row = Expenditure(amount=amount, spent_on=spent_on, category=category)
        return _keep(row, initiative, "money.spent", currency, note, by, at)


def record_benefit(
    *, initiative_id: int, kind: str, amount: Decimal, month: date, by: Actor, at: datetime,
    currency: str = "", note: str = "",
) -> BenefitEntry:  # fmt: skip
    """Record value in a month (any day of it): planned, claimed or validated. Below zero it corrects, or is a dis-benefit.

    Raises Problem 404, 403 (`four_eyes` when who runs it, ever did, or claimed value on it validates it), 400; claimed and
    validated value lies in the past, planned anywhere.
    """
    if kind not in BenefitEntry.Kind.values:
        raise field_error(
            "kind", f"Choose one of: {', '.join(BenefitEntry.Kind.values)}.", code="invalid_choice"
        )
    validates = kind == BenefitEntry.Kind.VALIDATED
    with transaction.atomic():
        initiative = _open(initiative_id, by, Action.APPROVE_MONEY if validates else Action.RECORD_MONEY)
        if validates:
            _require_other_eyes(initiative, "benefit.refused", by, at, {"act": "validate", "amount": amount})
        month = month.replace(day=1)
        if kind != BenefitEntry.Kind.PLANNED:
            _require_past("month", month, at)
        _amount("amount", amount)
        claimed_by = _last_claimed(initiative, month) if validates else None
        row = BenefitEntry(amount=amount, month=month, kind=kind, claimed_by=claimed_by)
        return _keep(row, initiative, f"benefit.{kind}", currency, note, by, at)


def _require_other_eyes(
    initiative: Initiative, action: str, by: Actor, at: datetime, asked: dict[str, Any]
) -> None:
    """Nobody judges their own work: refused with 403 `four_eyes`, and the attempt goes on record as `action`."""
    near = too_near(initiative, by.user.pk if by.user else None, to_value=action == "benefit.refused")
    if near is not None:
        raise refusal(
            TOO_NEAR[near], by=by, at=at, action=action, obj=initiative, initiative_id=initiative.pk,
            unit_path=initiative.unit.path, after=asked,
        )  # fmt: skip


def _last_claimed(initiative: Initiative, month: date) -> User | None:
    """Who last claimed value up to a month: the other person of a validation."""
    rows = BenefitEntry.objects.filter(
        initiative=initiative, kind=BenefitEntry.Kind.CLAIMED, month__lte=month, recorded_by__isnull=False
    )
    last = rows.select_related("recorded_by").order_by("-month", "-id").first()
    return last.recorded_by if last else None


def _open(initiative_id: int, by: Actor, action: Action) -> Initiative:
    initiative = lock_initiative(initiative_id)
    require(by, action, initiative)
    return initiative


def _keep(
    row: Row, initiative: Initiative, action: str, currency: str, note: str, by: Actor, at: datetime
) -> Row:
    own = settings.ORG_CURRENCY
    if currency and currency.upper() != own:
        raise field_error(
            "currency", f"Money here is in {own}. Convert the amount, and say the rate in the note."
        )
    row.initiative, row.currency, row.note = initiative, own, clean("note", note, limit=300)
    row.recorded_at, row.recorded_by = at, by.user
    row.save(force_insert=True)
    refresh_totals([initiative.pk], of=type(row))
    audit.record(
        by=by,
        at=at,
        action=action,
        obj=row,
        initiative_id=initiative.pk,
        unit_path=initiative.unit.path,
        after=_said(row),
    )
    _tell(initiative, at)
    return row


def _tell(initiative: Initiative, at: datetime) -> None:
    """Spend against release is what a pilot is judged from; only one with an open pilot has somebody listening."""
    if initiative.pilot_level:
        payload = {"initiative_id": initiative.pk, "fields": ["money"]}
        outbox.owe(kind=CHANGED, payload=payload, at=at, key=f"initiative-{initiative.pk}")


def _amount(field: str, amount: Decimal) -> Decimal:
    if not amount.is_finite() or abs(amount) >= LARGEST or amount != amount.quantize(CENT):
        raise field_error(
            field, "Write an amount with at most two decimals, below a thousand million million."
        )
    if amount == 0:
        raise field_error(field, "An amount of zero says nothing. Leave the row out.", code="zero")
    return amount


def _require_past(field: str, day: date, at: datetime) -> None:
    today = clock.day_of(at)
    if day > today:
        raise field_error(field, f"This day has not come yet; today is {today}.", code="in_the_future")
    if day.year < FIRST_YEAR:
        raise field_error(field, f"Write a day from {FIRST_YEAR} on.", code="out_of_range")


def _require_not_below_zero(rows: QuerySet[Expenditure], amount: Decimal) -> None:
    total = rows.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    if total + amount < 0:
        raise field_error(
            "amount", f"Only {total} was spent so far; a correction cannot take away more.", code="below_zero"
        )


def _said(row: MoneyRow) -> dict[str, Any]:
    names = (
        "number",
        "approved_on",
        "released_on",
        "spent_on",
        "category",
        "kind",
        "month",
        "amount",
        "currency",
        "note",
    )
    found = {name: getattr(row, name) for name in names if hasattr(row, name)}
    return {name: value for name, value in found.items() if value not in (None, "")}
