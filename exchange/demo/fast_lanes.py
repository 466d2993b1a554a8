"""The demo's fast lanes: one that released three times, and one whose time box passed with nothing released."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

from exchange.demo.play import World
from exchange.demo.table import Row
from pilots.models import Pilot
from pilots.services.fast_lane import Promise, enter_fast_lane, record_iteration

RELEASED: Final = "Invoice matching"
PASSED: Final = "Premium leakage finder"
_PROMISES: Final[dict[str, Promise]] = {
    RELEASED: Promise(
        days=30, simplest="Match on purchase order and amount, no model", kept_simple="Partial deliveries and credit notes go to a person",
        proves="Invoices from the scanner to the ledger, and back to whoever checks", measure="Invoices matched without touch, %",
        benchmark=Decimal(48),
    ),
    PASSED: Promise(
        days=60, simplest="A list of policies whose premium does not follow the tariff", kept_simple="No ranking, no estimate of the amount",
        proves="The tariff engine read every night, and a list on the underwriter's desk", measure="Leakage found a month, thousand",
        benchmark=Decimal(0),
    ),
}  # fmt: skip
# Days after the start: what changed, what was measured, what was learned.
_ITERATIONS: Final = (
    (21, "Matches on purchase order and amount.", Decimal("44.5"), "Currencies were compared as text; the way to the ledger works."),
    (35, "Compares amounts in one currency.", Decimal("57.2"), "Most of what is left are partial deliveries."),
    (52, "A small model proposes matches for partial deliveries.", Decimal("66.8"), "Suppliers with many sites need their own rule."),
)  # fmt: skip


def write(world: World, row: Row, entered: date) -> None:
    """Add the acts of a pilot's fast lane to the script, where it has one."""
    promise, script = _PROMISES.get(row.name), world.script
    if promise is None:
        return
    script.on(entered, partial(_entered, world, row, promise), hour=15)
    for after, *said in _ITERATIONS if row.name == RELEASED else ():
        day = entered + timedelta(days=after)
        if day <= script.today:
            script.on(day, partial(_released, world, row, day, tuple(said)), hour=15)


def _entered(world: World, row: Row, promise: Promise, at: datetime) -> None:
    initiative = world.initiatives[row.name]
    enter_fast_lane(initiative_id=initiative.pk, promise=promise, by=world.who(row.lead), at=at)


def _released(world: World, row: Row, day: date, said: tuple[Any, ...], at: datetime) -> None:
    changed, measured, learned = said
    pilot = Pilot.objects.get(initiative=world.initiatives[row.name], ended_on=None)
    record_iteration(
        pilot_id=pilot.pk, released_on=day, changed=changed, measured=measured, learned=learned,
        by=world.who(row.lead), at=at,
    )  # fmt: skip
