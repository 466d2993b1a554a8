"""What every money row goes through: the initiative held, other eyes asked, the amount and the day checked, the row kept."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.conf import settings

from core import audit, clock, outbox
from core.access import Actor, require
from core.errors import field_error
from core.refusals import refusal
from core.roles import Action
from core.text import clean
from domain.four_eyes import Near
from portfolio.models import Expenditure, GateStanding, Initiative
from portfolio.models.money import MoneyRow
from portfolio.queries.hands import too_near
from portfolio.services.ceiling import judge_ceilings
from portfolio.services.locks import lock_initiative
from portfolio.services.stages import CHANGED
from portfolio.services.totals import refresh_totals

LARGEST = Decimal(10) ** 15
CENT = Decimal("0.01")
FIRST_YEAR = 1990
TOO_NEAR = {
    Near.RUNS: "Who leads, sponsors or works on an initiative does not judge its money. Ask another portfolio manager.",
    Near.RAN: "Who led, sponsored or worked on an initiative does not judge its money. Ask another portfolio manager.",
    Near.CLAIMED: "Who claimed value on an initiative does not validate it. Ask another portfolio manager.",
}  # fmt: skip
Row = TypeVar("Row", bound=MoneyRow)


def require_other_eyes(
    initiative: Initiative, action: str, by: Actor, at: datetime, asked: dict[str, Any]
) -> None:
    """Nobody judges their own work: refused with 403 `four_eyes`, and the attempt goes on record as `action`
    (`benefit.refused` also asks who claimed)."""
    near = too_near(initiative, by.user.pk if by.user else None, to_value=action == "benefit.refused")
    if near is not None:
        raise refusal(
            TOO_NEAR[near], by=by, at=at, action=action, obj=initiative, initiative_id=initiative.pk,
            unit_path=initiative.unit.path, after=asked,
        )  # fmt: skip


def require_own_currency(currency: str) -> str:
    """The organisation's currency, when what is said is that or nothing. Raises Problem 400 at `currency`."""
    own = settings.ORG_CURRENCY
    if currency and currency.upper() != own:
        raise field_error(
            "currency", f"Money here is in {own}. Convert the amount, and say the rate in the note."
        )
    return own


def open_initiative(initiative_id: int, by: Actor, action: Action) -> Initiative:
    """The initiative, held, for who may do `action` to it. Raises Problem 404, 403."""
    initiative = lock_initiative(initiative_id)
    require(by, action, initiative)
    return initiative


def keep_row(
    row: Row, initiative: Initiative, action: str, currency: str, note: str, by: Actor, at: datetime
) -> Row:
    """Write a new row on an initiative that is held, with its sums and its event."""
    own = require_own_currency(currency)
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
        after=facts_of(row),
    )
    if isinstance(row, Expenditure):
        judge_ceilings([initiative.pk], by=by, at=at)
    tell(initiative, at)
    return row


def tell(initiative: Initiative, at: datetime) -> None:
    """Spend is what a pilot is judged from, and what the ceiling of an approval is held against, in whatever stage; nobody else
    listens."""
    if initiative.pilot_level or GateStanding.objects.filter(initiative=initiative, limited=True).exists():
        payload = {"initiative_id": initiative.pk, "fields": ["money"]}
        outbox.owe(kind=CHANGED, payload=payload, at=at, key=f"initiative-{initiative.pk}")


def require_amount(field: str, amount: Decimal) -> Decimal:
    """The amount, when it can be kept to the cent and is not zero. Raises Problem 400."""
    if not amount.is_finite() or abs(amount) >= LARGEST or amount != amount.quantize(CENT):
        raise field_error(
            field, "Write an amount with at most two decimals, below a thousand million million."
        )
    if amount == 0:
        raise field_error(field, "An amount of zero says nothing. Leave the row out.", code="zero")
    return amount


def require_past(field: str, day: date, at: datetime) -> None:
    """Raises Problem 400 at `field` for a day to come, or one nobody can mean."""
    today = clock.day_of(at)
    if day > today:
        raise field_error(field, f"This day has not come yet; today is {today}.", code="in_the_future")
    if day.year < FIRST_YEAR:
        raise field_error(field, f"Write a day from {FIRST_YEAR} on.", code="out_of_range")


def facts_of(row: MoneyRow) -> dict[str, Any]:
    """What the event says of a row."""
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
        "evidence",
        "supplier",
        "committed_on",
        "until",
        "condition",
        "gate",
        "ceiling",
    )
    found = {name: getattr(row, name) for name in names if hasattr(row, name)}
    return {name: value for name, value in found.items() if value not in (None, "")}
