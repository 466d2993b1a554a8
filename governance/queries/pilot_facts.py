"""What a pack holds of the pilot: its charter and transition plan, planned or running, its grave findings, and its report."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from core.models import User
from domain.paper import digest, paper_to_json
from governance.queries import compliance as compliance  # says what the report holds of it
from pilots.models import LogEntry, Pilot, PilotPlan
from pilots.queries.plan import plan_ahead
from pilots.queries.report import pilot_report
from portfolio.models import Initiative

_SCOPE: Final = ("scope_units", "scope_sites", "scope_users", "scope_systems")
_TEST: Final = ("hypotheses", "sample", "stop_threshold")
_HANDOVER: Final = ("transition_run_cost", "transition_integration", "transition_support", "transition_on")
_PILOT: Final = (
    *_SCOPE, *_TEST, "charter_version", "planned_days", "planned_end_on", "decision_on", *_HANDOVER,
)  # fmt: skip
_PLAN: Final = (*_SCOPE, *_TEST, "starts_on", "ends_on", "decision_on", "version", *_HANDOVER)
GRAVE: Final = 3


def of_pilot(initiative: Initiative) -> dict[str, Any]:
    """`pilot`, `plan` and `findings`, as they are. Three statements."""
    pilot = (
        Pilot.objects.filter(initiative=initiative, ended_on=None)
        .select_related("production_owner", "plan")
        .first()
    )
    plan = plan_ahead(initiative)
    return {
        "pilot": None if pilot is None else _pilot(pilot),
        "plan": None if plan is None else _plan(plan),
        "findings": [_finding(one) for one in grave_findings(initiative)],
    }


def grave_findings(initiative: Initiative) -> list[LogEntry]:
    """The findings of severity 3 that are open, of every pilot it had: whoever decides is told them by name."""
    rows = LogEntry.objects.filter(pilot__initiative=initiative, severity=GRAVE, state=LogEntry.State.OPEN)
    return list(rows.select_related("owner", "pilot").order_by("pilot_id", "number"))


def report_of(initiative: Initiative, today: date) -> dict[str, Any] | None:
    """The report of the running pilot as of a day, whole and with its hash. None where no pilot runs. About fifteen statements."""
    rows = Pilot.objects.filter(initiative=initiative, ended_on=None)
    pilot = rows.select_related(
        "initiative__unit", "initiative__sponsor", "initiative__lead", "production_owner", "spell"
    ).first()
    if pilot is None:
        return None
    document = paper_to_json(pilot_report(pilot, today))
    return {"pilot": pilot.ref, "hash": digest(document), "document": document}


def _pilot(row: Pilot) -> dict[str, Any]:
    plan = getattr(row, "plan", None)
    return {
        "ref": row.ref, "level": row.level, "production_owner": _person(row.production_owner),
        "plan": plan.pk if plan else None, **{name: _plain(getattr(row, name)) for name in _PILOT},
    }  # fmt: skip


def _plan(row: PilotPlan) -> dict[str, Any]:
    return {
        "id": row.pk, "production_owner": _person(row.production_owner),
        **{name: _plain(getattr(row, name)) for name in _PLAN},
    }  # fmt: skip


def _finding(row: LogEntry) -> dict[str, Any]:
    return {
        "pilot": row.pilot.ref, "number": row.number, "text": row.text, "kind": row.kind,
        "seen_on": row.seen_on.isoformat(),
    }  # fmt: skip


def _person(row: User | None) -> dict[str, Any] | None:
    return None if row is None else {"id": row.pk, "name": row.name}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else value
