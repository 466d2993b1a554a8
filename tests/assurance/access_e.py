"""Who may do what with monitors and data sources.

claims: a model owned by mona in claims, serving an initiative that alice leads and bob works on. cards: serves one that charlie leads.
"""

from collections.abc import Mapping
from decimal import Decimal

from assurance.models import MonitorAlert
from assurance.services.data_checks import Result, add_check, record_result
from assurance.services.data_sources import create_source, record_integration
from assurance.services.monitors import create_monitor
from assurance.services.observations import record_observations
from assurance.services.outcomes import Correction, Count, record_corrections, record_review_count
from assurance.services.pairs import record_pairs
from assurance.services.retraining import set_rule
from core.access import system
from domain.retraining import Direction, Equality, Rule, Unit
from portfolio.models import Initiative, InitiativeMember
from tests.cast import AT, TODAY
from tests.core.access_table import ROLED, WIDE, Case, Open, Row, World, reads, row
from tests.governance.stored import initiative, sound_model

SEE = {"claims": f"200: alice bob mona vera {WIDE}; 404: charlie ursula", "cards": f"200: charlie ursula {WIDE}; 404: alice bob mona vera"}  # fmt: skip
EDITS = {"claims": "mona max; 404: ursula", "cards": "ursula max; 404: mona"}
EDITORS = "max mona ursula"
LEADS = {"claims": "alice max; 404: charlie ursula", "cards": "charlie ursula max; 404: alice"}
TODAYS = TODAY.isoformat()
COUNTS = {"data": {"counts": [1, 2]}, "source": "Training data", "because": "Cut anew"}
PAIR = {"rows": [{"key": "new", "predicted": "yes", "predicted_on": TODAYS}]}
RULE = Rule(Direction.DROP, Decimal(3), Unit.POINTS, Equality.AT_LEAST, 1, 30, 91)


def furnish(world: World) -> None:
    """A model in claims and one in cards, each with two monitors, a rule, a trigger, an alert, and what came back."""
    cast, by = world.cast, system()
    for at, lead, owner in (("claims", cast.alice, cast.mona), ("cards", cast.charlie, None)):
        goal = initiative(cast, f"Watched in {at}", unit=getattr(cast, at), lead=lead)
        model = sound_model(cast, f"Watched model in {at}", unit=getattr(cast, at), owner=owner, goal=False)
        model.initiatives.add(goal)
        if at == "claims":
            InitiativeMember.objects.create(initiative=goal, user=cast.bob, added_at=AT)
        drift = create_monitor(
            model_id=model.pk, by=by, at=AT, name="Age", kind="input_drift", subject="age", method="psi",
            baseline={"data": {"counts": [100, 100]}, "source": "Training data"},
        )  # fmt: skip
        accuracy = create_monitor(
            model_id=model.pk, by=by, at=AT, name="Accuracy", kind="performance", subject="accuracy", method="threshold",
            parameters={"limit": "0.8", "worse": "below"}, metric="accuracy",
            baseline={"data": {"target": "0.9"}, "source": "Validation"},
        )  # fmt: skip
        bare = create_monitor(
            model_id=model.pk,
            by=by,
            at=AT,
            name="Latency",
            kind="input_drift",
            subject="latency",
            method="page_hinkley",
        )
        rule = set_rule(monitor_id=accuracy.pk, rule=RULE, by=by, at=AT)
        record_pairs(
            monitor_id=accuracy.pk, by=by, at=AT,
            rows=[{"key": "1", "predicted": "yes", "predicted_on": TODAYS, "actual": "no", "actual_on": TODAYS}],
        )  # fmt: skip
        (seen,) = record_observations(
            monitor_id=drift.pk, rows=[{"observed_on": TODAYS, "counts": [190, 10]}], by=by, at=AT
        )
        told = Correction(case="1", predicted="yes", corrected="no", corrected_on=TODAY)
        ((correction, _),) = record_corrections(model_id=model.pk, corrections=[told], by=by, at=AT)
        count, _ = record_review_count(
            model_id=model.pk,
            count=Count(begins_on=TODAY, ends_on=TODAY, reviewed=2, set_aside=1),
            by=by,
            at=AT,
        )
        world.ids |= {
            f"watched.{at}": model.pk, f"goal.{at}": goal.pk, f"monitor.{at}": drift.pk, f"series.{at}": accuracy.pk,
            f"latency.{at}": bare.pk,
            f"observation.{at}": seen.observation.pk, f"baseline.{at}": drift.baselines.get().pk,
            f"alert.{at}": MonitorAlert.objects.get(monitor=drift).pk, f"rule.{at}": rule.pk,
            f"trigger.{at}": rule.triggers.get().pk, f"correction.{at}": correction.pk, f"count.{at}": count.pk,
            f"prediction.{at}": accuracy.predictions.get().pk,
        }  # fmt: skip
        _sources(world, at, goal)


def _sources(world: World, at: str, goal: Initiative) -> None:
    cast, by = world.cast, system()
    owner = cast.mona if at == "claims" else None
    source = create_source(
        name=f"Ledger of {at}", unit=getattr(cast, at), owner=owner, initiatives=[goal], by=by, at=AT
    )
    check = add_check(source_id=source.pk, name="Rows arrive", interval_days=7, by=by, at=AT)
    result, _ = record_result(check_id=check.pk, result=Result(ran_on=TODAY, outcome="passed"), by=by, at=AT)
    joined = record_integration(initiative_id=goal.pk, system="Policy system", kind="api", by=by, at=AT)
    world.ids |= {
        f"source.{at}": source.pk, f"check.{at}": check.pk, f"result.{at}": result.pk, f"joined.{at}": joined.pk,
    }  # fmt: skip


def seen(kind: str, **more: str) -> Row:
    """Read by whoever sees the model."""
    return row(
        *(Case(at=at, get=who) for at, who in SEE.items()),
        Case(at="nowhere", get=f"404: {ROLED}"),
        **{"pk": kind, **more},
    )


def both(data: Mapping[str, object], status: int, **args: str) -> Row:
    """Written by whoever runs the model there."""
    return row(*(Case(at=at, post=f"{status}: {who}", data=data) for at, who in EDITS.items()), **args)


def below(status: int, data: Mapping[str, object]) -> Row:
    return row(
        *(Case(at=at, get=SEE[at], post=f"{status}: {who}", data=data) for at, who in EDITS.items()),
        Case(at="nowhere", get=f"404: {ROLED}", post=f"404: {EDITORS}", data=data), monitor_id="monitor",
    )  # fmt: skip


SOURCE = {"name": "Ledger of new claims", "unit": "$unit.claims"}
FORM = {"name": "Ledger", "unit": "$unit.claims", "personal": "unknown"} | {
    f"item_{code}": "unknown"
    for code in (
        "owner_named", "access_agreed", "lineage_known", "quality_measured", "completeness", "history_long_enough",
        "representative", "labels_trustworthy", "updates_agreed", "retention_agreed",
    )
}  # fmt: skip
OBSERVED = {"act": "observe", "row": "$monitor", "observed_on": TODAYS, "figures": "counts = 90 110"}

ROWS: dict[str, Row | Open] = {
    "model-monitoring": row(
        *(
            Case(
                at=at, get=SEE[at], data=OBSERVED,
                post=f"302: {EDITS[at].partition(';')[0]}; 404: {SEE[at].partition('404: ')[2]}",
            )
            for at in ("claims", "cards")
        ),
        Case(at="nowhere", get=f"404: {ROLED}", post=f"404: {ROLED}", data=OBSERVED),
        ref="watched",
    ),
    "monitor-upload": row(
        *(
            Case(at=at, get=f"200: {who}", post=f"302: {who}", data={"table": f"observed_on,a,b\n{TODAYS},90,110", "record": "1"})
            for at, who in EDITS.items()
        ),
        Case(at="nowhere", get=f"404: {EDITORS}", post=f"404: {EDITORS}"),
        ref="watched", pk="monitor",
    ),
    "outcome-corrections-csv": row(*(Case(at=at, get=who) for at, who in SEE.items()), ref="watched"),
    "review-counts-csv": row(*(Case(at=at, get=who) for at, who in SEE.items()), ref="watched"),
    "data-source-list": reads(ROLED),
    "data-source-create": row(
        Case(get="200: alice charlie max ursula", post="302: alice max; 400: charlie ursula", data={**FORM, "name": "New"})
    ),
    "data-source-detail": row(
        Case(
            at="claims", get=f"200: alice bob mona vera {WIDE}; 404: charlie ursula",
            post="302: mona max; 404: charlie ursula", data={"act": "check", "name": "Fresh", "interval_days": 7},
        ),
        Case(at="nowhere", get=f"404: {ROLED}", post=f"404: {ROLED}"),
        ref="source",
    ),
    "data-source-edit": row(
        Case(at="claims", get="200: mona max; 404: ursula", post="302: mona max; 404: ursula", data={**FORM, "version": 1}),
        Case(at="nowhere", get=f"404: {EDITORS}", post=f"404: {EDITORS}"),
        ref="source",
    ),
    "initiative-integrations": row(
        Case(
            at="claims", get=f"200: alice bob vera {WIDE}; 404: charlie mona ursula",
            post="302: alice max; 404: charlie mona ursula",
            data={"act": "add", "system": "SAP", "kind": "erp", "status": "planned"},
        ),
        Case(at="nowhere", get=f"404: {ROLED}", post=f"404: {ROLED}"),
        ref="goal",
    ),
    "api:monitors-list": row(
        Case(
            at="claims", get=f"200: {ROLED}", post="201: mona max; 400: ursula",
            data={
                "model": "$watched", "name": "Amount", "kind": "input_drift", "subject": "amount", "method": "page_hinkley",
            },
        )
    ),
    "api:monitors-detail": row(
        *(Case(at=at, get=SEE[at], patch=f"200: {who}", data={"cadence_days": 7}) for at, who in EDITS.items()),
        pk="latency",
    ),
    "api:monitors-retire": both({"because": "Replaced"}, 200, pk="monitor"),
    "api:monitor-baselines-list": below(201, COUNTS),
    "api:monitor-baselines-detail": seen("baseline", monitor_id="monitor"),
    "api:monitor-observations-list": below(201, {"observed_on": TODAYS, "counts": [90, 110]}),
    "api:monitor-observations-detail": seen("observation", monitor_id="monitor"),
    "api:monitor-observations-bulk": both(
        {"rows": [{"observed_on": TODAYS, "counts": [90, 110]}]}, 200, monitor_id="monitor"
    ),
    "api:monitor-pairs-list": row(
        *(Case(at=at, get=SEE[at], post=f"200: {who}", data=PAIR) for at, who in EDITS.items()), monitor_id="series"
    ),
    "api:monitor-pairs-detail": seen("prediction", monitor_id="series"),
    "api:drift-reports": row(
        Case(
            at="claims", post="200: mona max; 400: ursula",
            data={
                "model": "$watched", "observed_on": TODAYS,
                "report": {"metrics": [{"metric_name": "ValueDrift(column=age,method=psi,threshold=0.1)", "value": 0.3}]},
            },
        )
    ),
    "api:monitor-alerts-list": reads(ROLED),
    "api:monitor-alerts-detail": seen("alert"),
    "api:monitor-alerts-acknowledge": both({"note": "Looking"}, 200, pk="alert"),
    "api:retraining-rules-list": row(
        Case(
            at="claims", get=f"200: {ROLED}", post="201: mona max; 400: ursula",
            data={
                "monitor": "$series", "direction": "drop", "amount": "3", "unit": "points", "equality": "at_least",
                "minimum_sample": 1, "cooldown_days": 30,
            },
        )
    ),
    "api:retraining-rules-detail": seen("rule"),
    "api:retraining-rules-end": both({"because": "Another"}, 200, pk="rule"),
    "api:retraining-triggers-list": reads(ROLED),
    "api:retraining-triggers-detail": seen("trigger"),
    "api:outcome-corrections-list": row(
        Case(
            at="claims", get=f"200: {ROLED}", post="201: mona max; 400: ursula",
            data={"model": "$watched", "case": "7", "predicted": "a", "corrected": "b", "corrected_on": TODAYS},
        )
    ),
    "api:outcome-corrections-detail": seen("correction"),
    "api:outcome-corrections-bulk": row(
        Case(
            at="claims", post="200: mona max; 400: ursula",
            data={"model": "$watched", "rows": [{"case": "7", "predicted": "a", "corrected": "b", "corrected_on": TODAYS}]},
        )
    ),
    "api:review-counts-list": row(
        Case(
            at="claims", get=f"200: {ROLED}", post="201: mona max; 400: ursula",
            data={"model": "$watched", "begins_on": TODAYS, "ends_on": TODAYS, "reviewed": 4, "set_aside": 1},
        )
    ),
    "api:review-counts-detail": seen("count"),
    "api:data-sources-list": row(Case(get=f"200: {ROLED}", post="201: alice max; 400: charlie ursula", data=SOURCE)),
    "api:data-sources-detail": row(
        Case(
            at="claims", get=f"200: alice bob mona vera {WIDE}; 404: charlie ursula", patch="200: mona max; 404: ursula",
            data={"quality": "Known"},
        ),
        pk="source",
    ),
    "api:data-checks-list": row(
        Case(
            at="claims", get=f"200: {ROLED}", post="201: mona max; 400: ursula",
            data={"data_source": "$source", "name": "No gap", "interval_days": 1},
        )
    ),
    "api:data-checks-detail": row(Case(at="claims", get=f"200: alice bob mona vera {WIDE}; 404: charlie ursula"), pk="check"),
    "api:data-checks-end": row(Case(at="claims", post="200: mona max; 404: ursula", data={"because": "Gone"}), pk="check"),
    "api:data-check-results-list": row(
        Case(
            at="claims", get=f"200: {ROLED}", post="201: mona max; 400: ursula",
            data={"data_check": "$check", "ran_on": TODAYS, "outcome": "passed"},
        )
    ),
    "api:data-check-results-detail": row(
        Case(at="claims", get=f"200: alice bob mona vera {WIDE}; 404: charlie ursula"), pk="result"
    ),
    "api:integrations-list": row(
        Case(
            at="claims", get=f"200: {ROLED}", post="201: alice max; 400: charlie ursula",
            data={"initiative": "$goal", "system": "SAP", "kind": "erp"},
        )
    ),
    "api:integrations-detail": row(
        Case(
            at="claims", get=f"200: alice bob vera {WIDE}; 404: charlie mona ursula", patch="200: alice max; 404: charlie ursula",
            data={"status": "live"},
        ),
        pk="joined",
    ),
}  # fmt: skip
