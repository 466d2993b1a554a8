"""Who stands behind the demo's KPIs, and what became of what they promised: sealed, half signed, amended, changed in silence."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Final

from core.access import actor_for, allows
from core.models import User
from core.roles import Action
from exchange.demo.lives import Stay
from exchange.demo.people import MANAGER, VALIDATOR
from exchange.demo.play import World
from exchange.demo.table import GONE, STOP, Row
from kpis.models import Kpi, KpiVersion
from kpis.services.amend import (
    Changed,
    approve_change,
    change_without_approval,
    decline_change,
    propose_change,
)
from kpis.services.baseline import lock_baseline
from kpis.services.define import create_kpi
from kpis.services.facts import Facts
from kpis.services.influence import expect_influence
from kpis.services.sealing import ROLES, ask_sign_off, sign_off
from kpis.services.smart import sign_smart
from kpis.services.success import Success

CHIEF = "Astrid Vale"
ENOUGH: Final[Facts] = {"window": "Calendar month", "data_source": "Monthly report"}
UNITS: Final = {
    "Password-reset assistant": "tickets",
    "Card fraud scoring": "€",
    "Subrogation finder": "per 1,000",
    "Fraud ring detection": "rings",
}


@dataclass(frozen=True, slots=True)
class Moved:
    """A change, so many days ago. `how`: approved, silent, proposed or declined."""

    how: str
    days: int
    because: str
    reason: str = ""
    success: Success = field(default_factory=lambda: Success())
    facts: Facts = field(default_factory=lambda: Facts())


@dataclass(frozen=True, slots=True)
class Promise:
    """The four who are asked: how many approve (4 seals it), whether the last dissents and why, and what came later."""

    signs: int
    dissent: str = ""
    smart: bool = False
    moved: tuple[Moved, ...] = ()


PROMISES: Final[dict[str, Promise]] = {
    "Card fraud scoring": Promise(4, smart=True),
    "Claims document classification": Promise(4, smart=True),
    "Renewal pricing guardrails": Promise(4),
    "Chat deflection": Promise(4, moved=(
        Moved("silent", 46, "The assistant now also takes the calls nobody else wants.", success={"target": Decimal(14)}),
    )),
    "Renewal churn alerts": Promise(4, smart=True, moved=(
        Moved("approved", 120, "A rival's price war took a tenth of the market in spring.", "market", {"target": Decimal(75)}),
    )),
    "Repair network routing": Promise(4, moved=(
        Moved("declined", 150, "Nine days will not be reached this year.", "product", {"target": Decimal(11)}),
        Moved("approved", 90, "Glass repairs left the network in August.", "product", facts={"population": "All repairs but glass"}),
    )),
    "Group cash forecasting": Promise(4, moved=(
        Moved("approved", 100, "Treasury moved from ten banks to four; the error is weighted by balance.", "product",
              facts={"formula": "Mean absolute error, weighted by balance"}),
    )),
    "Quote abandonment nudges": Promise(0, moved=(
        Moved("silent", 30, "The quarter ends in June here.", success={"settle_days": 45, "amber": Decimal("0.15")}),
    )),
    "Motor claims triage": Promise(3),
    "Call summarisation": Promise(4, moved=(
        Moved("proposed", 5, "Agents now write the summary into the claim as well.", "user_behaviour", {"target": Decimal(62)}),
    )),
    "Loss-photo estimating": Promise(3, "Invoices reach us only after six weeks; a month's figure cannot be measured in time."),
    "HR policy assistant": Promise(1),
}  # fmt: skip


UNSIGNED: Final = frozenset({
    "Supplier risk summaries", "Policy wording comparison", "Small-business credit memo",
})  # fmt: skip
"""Of which nobody was ever asked whether they agree: unfinished, or new."""


def promised(row: Row) -> Promise | None:
    """What became of the promise of a row: told above, or sealed by its four before it was built."""
    if row.stage in {GONE, STOP} or row.name in UNSIGNED:
        return None
    return PROMISES.get(row.name, Promise(4))


def enough(row: Row) -> Facts:
    """What a definition says beside its name, for people to stand behind."""
    if promised(row) is None:
        return {}
    counted = (
        "Cases that count over all cases in scope"
        if row.measure == "%"
        else "Sum over the month, divided by its cases"
    )
    return {**ENOUGH, "formula": counted, "unit_of_measure": UNITS.get(row.name, row.measure)}


def write(world: World, row: Row, made: list[Kpi], defined: date) -> None:
    """Add what becomes of the promise of a primary KPI, which `made` holds once it was defined."""
    promise, script = promised(row), world.script
    if promise is None:
        return
    asked = min(defined + timedelta(days=5), script.back(5))
    script.on(asked, partial(_asked, world, row, made), hour=9)
    for place, role in enumerate(ROLES):
        day = min(asked + timedelta(days=1 + 2 * place), script.back(1))
        if place < promise.signs:
            script.on(day, partial(_signed, world, made, role, ""), hour=10 + place)
        elif place == promise.signs and promise.dissent:
            script.on(day, partial(_signed, world, made, role, promise.dissent), hour=10 + place)
    if promise.smart:
        script.on(min(asked + timedelta(days=1), script.back(4)), partial(_smart, world, made), hour=16)
    for moved in promise.moved:
        _move(world, row, made, moved)


def _move(world: World, row: Row, made: list[Kpi], moved: Moved) -> None:
    script = world.script
    change = Changed(
        facts=moved.facts, success=moved.success, because=moved.because, reason_code=moved.reason
    )
    day = script.back(moved.days)
    if moved.how == "silent":
        script.on(day, partial(_silent, world, row, made, change), hour=18)
        return
    script.on(day, partial(_proposed, world, row, made, change), hour=14)
    if moved.how in {"approved", "declined"}:
        script.on(script.back(moved.days - 3), partial(_answered, world, made, moved.how), hour=15)


def stand_behind(world: World, row: Row, made: list[Kpi], asked: date) -> None:
    """Add the asking and the four approvals of one more KPI, which `made` holds by then: it is sealed five days later."""
    script = world.script
    script.on(asked, partial(_asked, world, row, made), hour=9)
    for place, role in enumerate(ROLES):
        script.on(asked + timedelta(days=1 + place), partial(_signed, world, made, role, ""), hour=10 + place)


def _signers(world: World, row: Row, kpi: Kpi) -> dict[str, User]:
    """The lead, two who work on it or look at models, and an executive who may see it: four people."""
    members = [one.user for one in kpi.initiative.members.select_related("user").order_by("pk")]
    sponsor = kpi.initiative.sponsor
    offered: dict[str, Sequence[User | None]] = {
        "product": [world.people[row.lead]],
        "data_science": [*members[:1], world.people[VALIDATOR]],
        "engineering": [*members[1:2], world.people[MANAGER]],
        "executive": [sponsor, world.people[CHIEF]],
    }
    out: dict[str, User] = {}
    for role in ROLES:
        out[role] = next(
            one for one in offered[role]
            if one is not None and one.is_active and one not in out.values() and allows(actor_for(one, via="command"), Action.VIEW, kpi)
        )  # fmt: skip
    return out


def _asked(world: World, row: Row, made: list[Kpi], at: datetime) -> None:
    kpi = Kpi.objects.select_related("initiative__sponsor").get(pk=made[0].pk)
    ask_sign_off(pk=kpi.pk, people=_signers(world, row, kpi), by=world.who(row.lead), at=at)


def _signed(world: World, made: list[Kpi], role: str, dissent: str, at: datetime) -> None:
    version = KpiVersion.objects.get(kpi=made[0].pk, number=1)
    one = version.sign_offs.select_related("person").get(role=role)
    verdict = "dissented" if dissent else "approved"
    sign_off(pk=one.pk, verdict=verdict, note=dissent, by=world.who(one.person.name), at=at)


def _smart(world: World, made: list[Kpi], at: datetime) -> None:
    pk, by = KpiVersion.objects.get(kpi=made[0].pk, number=1).pk, world.who(MANAGER)
    sign_smart(pk=pk, item="achievable", because="Two units of the group have reached it.", by=by, at=at)
    sign_smart(pk=pk, item="relevant", because="It is a line of the year's plan.", by=by, at=at)


def _silent(world: World, row: Row, made: list[Kpi], change: Changed, at: datetime) -> None:
    change_without_approval(pk=made[0].pk, change=change, by=world.who(row.lead), at=at)


def _proposed(world: World, row: Row, made: list[Kpi], change: Changed, at: datetime) -> None:
    propose_change(pk=made[0].pk, change=change, by=world.who(row.lead), at=at)


def _answered(world: World, made: list[Kpi], how: str, at: datetime) -> None:
    pk = KpiVersion.objects.get(kpi=made[0].pk, in_force_at=None, declined_at=None).pk
    if how == "approved":
        approve_change(pk=pk, by=world.who(MANAGER), at=at)
    else:
        decline_change(
            pk=pk,
            because="That it will not be reached is no reason to move it.",
            by=world.who(MANAGER),
            at=at,
        )


def frame(world: World, row: Row, stays: Sequence[Stay]) -> None:
    """KPIs agreed before development: one ready to be sealed, one half described, one that a person judges."""
    if row.name in FRAMED and stays:
        day = min(stays[-1].entered_on + timedelta(days=8), world.script.back(6))
        world.script.on(day, partial(_framed, world, row), hour=10)
        if row.name == SEALED_FIRST:
            world.script.on(day + timedelta(days=1), partial(_expected, world, row), hour=10)
            made: list[Kpi] = []
            world.script.on(day + timedelta(days=2), partial(_locked, world, row, made), hour=10)
            world.script.on(day + timedelta(days=2), partial(_asked, world, row, made), hour=11)
            for place, role in enumerate(ROLES):
                world.script.on(
                    day + timedelta(days=3), partial(_signed, world, made, role, ""), hour=10 + place
                )


SEALED_FIRST: Final = "Branch cash ordering"
FRAMED: Final = frozenset({SEALED_FIRST, "Hardship letter reading", "Service e-mail replies"})


def _framed(world: World, row: Row, at: datetime) -> None:
    today = world.script.day(at)
    facts: Facts = {
        "name": row.kpi, "unit_of_measure": row.measure, "primary": True, "owner": world.people[row.lead],
        "definition": f"{row.kpi}, all of {row.unit}.",
    }  # fmt: skip
    success: Success = {
        "shape": "trajectory", "direction": "higher" if row.target > row.baseline else "lower",
        "baseline": Decimal(str(row.baseline)), "baseline_on": today, "baseline_source": "Operations report, last quarter",
        "target": Decimal(str(row.target)), "target_on": today + timedelta(days=400), "cadence_days": 90,
    }  # fmt: skip
    if row.name == SEALED_FIRST:
        facts |= {
            **ENOUGH,
            "formula": "Cash held at close less cash paid out the next day",
            "population": "41 branches",
        }
        success |= {
            "target": None, "target_change": Decimal("-0.45"), "baseline_method": "Mean of all days",
            "baseline_from": today - timedelta(days=95), "baseline_to": today - timedelta(days=4),
            "benchmark": Decimal(620), "benchmark_source": "Branch banking survey", "benchmark_on": today - timedelta(days=180),
        }  # fmt: skip
    if row.name == "Service e-mail replies":
        facts |= {
            "name": "Replies a customer would want",
            "unit_of_measure": "",
            "judge": world.people["Greta Holm"],
        }
        success |= {
            "baseline": Decimal(2), "target": Decimal(4), "scale_low": Decimal(1), "scale_high": Decimal(5),
            "scale_words": "wrong\nright but cold\nfine\ngood\nwhat I would have written",
        }  # fmt: skip
    create_kpi(
        initiative_id=world.initiatives[row.name].pk,
        facts=facts,
        success=success,
        by=world.who(row.lead),
        at=at,
    )


def _expected(world: World, row: Row, at: datetime) -> None:
    kpi = Kpi.objects.get(initiative=world.initiatives[row.name], primary=True)
    because = "Two branches tried it by hand in March."
    numbers = {"low": Decimal(-480), "likely": Decimal(-400), "high": Decimal(-250)}
    expect_influence(pk=kpi.pk, because=because, by=world.who(row.lead), at=at, **numbers)


def _locked(world: World, row: Row, made: list[Kpi], at: datetime) -> None:
    kpi = Kpi.objects.get(initiative=world.initiatives[row.name], primary=True)
    made.append(lock_baseline(pk=kpi.pk, by=world.who(row.lead), at=at))
