"""The demo's monitoring: four models that send data every week, one of them drifting, and the data sources behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

from assurance.models import DataCheck, Monitor, MonitorAlert
from assurance.services.alerts import acknowledge
from assurance.services.data_checks import Result, add_check, record_result
from assurance.services.data_sources import create_source, record_integration
from assurance.services.monitors import create_monitor
from assurance.services.observations import record_observations
from assurance.services.outcomes import Correction, Count, record_corrections, record_review_count
from assurance.services.retraining import set_rule
from core.access import Actor
from domain.data_readiness import CHECKLIST
from domain.retraining import Direction, Equality, Rule, Unit
from exchange.demo.people import MANAGER
from exchange.demo.play import World
from governance.models import AiModel

WEEKS: Final = 28
SINGLY: Final = 6
"""The last weeks arrive one by one, as from a pipeline; those before as one history."""
BINS: Final = ("groceries", "travel", "fuel", "online", "cash", "other")
EVEN: Final = (300, 140, 160, 220, 80, 100)
SEGMENTS: Final = (("18 to 34", 640), ("35 to 64", 1_180), ("65 and over", 86), ("not stated", 22))


@dataclass(frozen=True)
class Watched:
    """A monitor and how its data goes. `moves`: what the last week has more than the first, spread evenly over the last half."""

    model: str
    facts: dict[str, Any]
    baseline: dict[str, Any]
    level: Decimal = Decimal(0)
    moves: Decimal = Decimal(0)
    shares: tuple[int, ...] = ()
    cases: int = 1_000
    gap: frozenset[int] = frozenset()
    rule: Rule | None = None
    segments: bool = False


WATCHED: Final = (
    Watched(
        "Card fraud scorer", {"name": "Merchant category", "kind": "input_drift", "subject": "merchant_category", "method": "psi"},
        {"counts": list(EVEN), "labels": list(BINS)}, moves=Decimal("0.17"), shares=EVEN, gap=frozenset({13, 14}),
    ),
    Watched(
        "Card fraud scorer", {"name": "Payment amount", "kind": "input_drift", "subject": "amount", "method": "psi"},
        {"counts": [250, 250, 250, 250]}, shares=(250, 250, 250, 250),
    ),
    Watched(
        "Card fraud scorer", {"name": "Score", "kind": "prediction_drift", "subject": "score", "method": "psi"},
        {"counts": [700, 180, 80, 40]}, moves=Decimal("0.04"), shares=(700, 180, 80, 40),
    ),
    Watched(
        "Card fraud scorer",
        {
            "name": "Recall", "kind": "performance", "subject": "recall", "method": "threshold", "smallest": 200,
            "parameters": {"limit": "0.66", "warn": "0.70", "worse": "below"},
        },
        {"target": "0.74"}, level=Decimal("0.738"), moves=Decimal("-0.046"), cases=1_906, segments=True,
        rule=Rule(Direction.DROP, Decimal(4), Unit.POINTS, Equality.AT_LEAST, 500, 30, 91),
    ),
    Watched(
        "Driver score", {"name": "Loss ratio by score", "kind": "performance", "subject": "loss_ratio", "method": "ewma",
                         "parameters": {"lambda": "0.2", "L": "3"}},
        {"target": "0.61", "sigma": "0.012"}, level=Decimal("0.612"), cases=420,
    ),
    Watched(
        "Driver score", {"name": "Trips a week", "kind": "input_drift", "subject": "trips", "method": "psi"},
        {"counts": [180, 320, 320, 180]}, moves=Decimal("0.03"), shares=(180, 320, 320, 180),
    ),
    Watched(
        "Renewal churn score",
        {
            "name": "False positives", "kind": "performance", "subject": "false_positive_rate", "method": "cusum",
            "parameters": {"k": "0.004", "h": "0.03"},
        },
        {"target": "0.12"}, level=Decimal("0.121"), moves=Decimal("0.016"), cases=860,
        rule=Rule(Direction.RISE, Decimal(10), Unit.RELATIVE, Equality.AT_LEAST, 300, 60, 182),
    ),
    Watched(
        "Affordability score", {"name": "Declared income", "kind": "input_drift", "subject": "income", "method": "psi"},
        {"counts": [250, 250, 250, 250]}, shares=(250, 250, 250, 250),
    ),
)  # fmt: skip
NEVER_SENT: Final = "Declared income"


def write(world: World) -> None:
    """Add the acts: set up half a year ago, a history, then week by week; sources, checks and what people corrected."""
    script = world.script
    for number, one in enumerate(WATCHED):
        begun = partial(_begin, world, one)
        script.on(script.back(190), begun, hour=9)
        if one.facts["name"] == NEVER_SENT:
            continue
        script.on(
            script.back(7 * SINGLY + 2), partial(_send, world, one, number, range(WEEKS - SINGLY)), hour=6
        )
        for week in range(WEEKS - SINGLY, WEEKS):
            script.on(_day(world, week), partial(_send, world, one, number, [week]), hour=7)
    script.on(script.back(4), partial(_acknowledged, world), hour=14)
    script.on(script.back(60), partial(_sources, world), hour=11)
    for back in (21, 14, 7):
        script.on(script.back(back), partial(_checked, world, back), hour=6)
    script.on(script.back(9), partial(_corrected, world), hour=16)


def _by(world: World) -> Actor:
    return world.who(MANAGER)


def _day(world: World, week: int) -> date:
    return world.script.back(7 * (WEEKS - 1 - week) + 2)


def _begin(world: World, one: Watched, at: datetime) -> None:
    model = AiModel.objects.get(name=one.model)
    row = create_monitor(
        model_id=model.pk, by=_by(world), at=at, cadence_days=7, **one.facts,
        baseline={"data": one.baseline, "fixed_on": world.script.day(at), "source": "The data it was validated on"},
    )  # fmt: skip
    if one.rule is not None:
        set_rule(monitor_id=row.pk, rule=one.rule, by=_by(world), at=at)


def _send(world: World, one: Watched, number: int, weeks: Sequence[int], at: datetime) -> None:
    row = Monitor.objects.get(model__name=one.model, name=one.facts["name"])
    rows = [_observation(world, one, number, week) for week in weeks if week not in one.gap]
    record_observations(monitor_id=row.pk, rows=rows, by=_by(world), at=at)


def _observation(world: World, one: Watched, number: int, week: int) -> dict[str, Any]:
    chance = world.chance(f"watched {number} {week}")
    late = Decimal(max(week - WEEKS // 2, 0)) / (WEEKS // 2)
    row: dict[str, Any] = {
        "observed_on": _day(world, week), "source": "pipeline", "source_key": f"week-{number}-{week}",
    }  # fmt: skip
    if one.shares:
        moved = [n * 48 + chance.randint(-n, n) for n in one.shares]
        shift = int(sum(moved) * late * one.moves)
        return {**row, "counts": [moved[0] - shift, *moved[1:-1], moved[-1] + shift]}
    value = one.level + late * one.moves + Decimal(chance.randint(-6, 6)) / 1_000
    row |= {"value": str(value), "cases": one.cases + chance.randint(-40, 40)}
    if one.segments:
        row["segments"] = [
            {"segment": name, "n": n, "value": str(value - place * Decimal("0.035"))}
            for place, (name, n) in enumerate(SEGMENTS)
        ]
    return row


def _acknowledged(world: World, at: datetime) -> None:
    alert = MonitorAlert.objects.filter(monitor__name="Recall", cleared_at=None).first()
    if alert is not None:
        note = "Labels of October are being checked; retraining is planned for the new year."
        acknowledge(pk=alert.pk, note=note, by=_by(world), at=at)


def _sources(world: World, at: datetime) -> None:
    by, today = _by(world), world.script.day(at)
    answers = dict.fromkeys(CHECKLIST, "yes")
    for name, unit, models, facts in (
        ("Card authorisations", "Card fraud scoring", ("Card fraud scorer", "Merchant embedding"), {
            "system": "Payment switch", "personal": "yes", "classification": "restricted", "legal_basis": "Performance of a contract",
            "assessment_url": "DPIA 2025-14", "assessed_on": today - timedelta(days=240), "usable_until": today + timedelta(days=45), "update_days": 1, "audited_on": today,
            "lineage": "Payment switch, nightly extract, feature store.", "checklist": {**answers, "labels_trustworthy": "partly"},
        }),
        ("Telematics trips", "Telematics risk score", ("Driver score",), {
            "system": "Depot of the telematics provider", "personal": "yes", "classification": "confidential", "update_days": 1,
            "audited_on": today, "checklist": {**answers, "representative": "no", "retention_agreed": "partly", "labels_trustworthy": "unknown"},
        }),
        ("Renewal quotes", "Renewal churn alerts", ("Renewal churn score",), {"system": "Policy system", "personal": "unknown"}),
    ):  # fmt: skip
        goal = world.initiatives[unit]
        row = create_source(
            name=name, unit=goal.unit, owner=goal.lead, by=by, at=at, initiatives=[goal],
            ai_models=list(AiModel.objects.filter(name__in=models)), **facts,
        )  # fmt: skip  # the facts are a table
        if name != "Renewal quotes":
            add_check(source_id=row.pk, name="Rows arrive, none twice", interval_days=7, by=by, at=at)
        record_integration(
            initiative_id=goal.pk, system=str(facts["system"]), kind="iot" if name == "Telematics trips" else "api",
            status="live", owner=None if name == "Telematics trips" else goal.lead, by=by, at=at,
        )  # fmt: skip


def _checked(world: World, back: int, at: datetime) -> None:
    """The trips' check fell silent a fortnight ago."""
    for row in DataCheck.objects.select_related("data_source"):
        if row.data_source.name == "Telematics trips" and back < 21:
            continue
        failed = 214 if back == 14 else 0
        record_result(
            check_id=row.pk, by=_by(world), at=at,
            result=Result(
                ran_on=world.script.day(at), outcome="warned" if failed else "passed", rows=48_000, rows_failed=failed,
                detail="Payments of one merchant arrived twice." if failed else "",
            ),
        )  # fmt: skip


def _corrected(world: World, at: datetime) -> None:
    model, by, today = AiModel.objects.get(name="Card fraud scorer"), _by(world), world.script.day(at)
    corrections = [
        Correction(
            case=f"payment {8_400 + n}", predicted="fraud", corrected="genuine", because="The customer confirmed it.",
            corrected_on=today - timedelta(days=n % 6), source="Fraud desk", source_key=f"desk-{n}",
        )
        for n in range(37)
    ]  # fmt: skip
    record_corrections(model_id=model.pk, corrections=corrections, by=by, at=at)
    count = Count(
        begins_on=today - timedelta(days=30), ends_on=today, answers=1_240_000, reviewed=2_180, set_aside=164,
        source="Fraud desk",
    )  # fmt: skip
    record_review_count(model_id=model.pk, count=count, by=by, at=at)
