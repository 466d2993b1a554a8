"""Doors for the worker: the sweep over every judgement, and news of people."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from celery import shared_task

from core import clock, outbox
from core.models import Heartbeat, Outbox
from governance.queries import owed as owed  # registers what is due, for reminders
from governance.queries import owed_council as owed_council  # likewise
from governance.services import news_council
from governance.services.after_stop import judge_stopped
from governance.services.council_due import settle_due
from governance.services.evaluate import evaluate_due as models_due
from governance.services.evaluate import evaluate_owned_by
from governance.services.evaluate_standing import evaluate_limited, evaluate_standings
from governance.services.gate_draft import log_left
from governance.services.news import (
    tell_decided,
    tell_evidence_changed,
    tell_overdue,
    tell_submitted,
    tell_suspended,
)
from kpis.services.evaluate import sweep as kpis_due
from pilots.services.evaluate import evaluate_due as pilots_due
from portfolio.services.tallies import refresh

log = logging.getLogger(__name__)
# In this order: pilots are judged from KPIs and from conditions, and what all push down is counted at the end. A room
# above puts its own steps in before "tallies".
STEPS: list[tuple[str, Callable[..., Any]]] = [
    ("kpis", kpis_due),
    ("approvals", evaluate_standings),
    ("pilots", pilots_due),
    ("models", models_due),
    ("council", settle_due),
    ("stopped", judge_stopped),
    ("tallies", refresh),
]


@shared_task
def sweep() -> None:
    """Ask again what has expired: KPIs, then approvals, pilots, models and the council; then count again for the dashboard what changed.

    Each room works in short transactions of its own, and what it did not come to stays due. So this is safe to run
    twice, late, side by side, or to be killed in the middle. A room that fails does not keep the others waiting; the
    heartbeat says which failed, and the next sweep tries again.
    """
    at = clock.now()
    note: dict[str, Any] = {}
    for name, step in STEPS:
        note[name] = _step(name, step, at)
    Heartbeat.objects.update_or_create(name="sweep", defaults={"at": at, "note": note})


def _step(name: str, step: Callable[..., Any], at: datetime) -> Any:
    try:
        return {"changed": step(at=at).changed}
    except Exception as error:  # kept in the log and on the heartbeat; what is due stays due
        log.exception("sweep of %s failed", name)
        return {"failed": type(error).__name__}


@outbox.handles("person.deactivated")
@outbox.handles("person.reactivated")
def person_changed(row: Outbox) -> None:
    """Models of an owner who left are stale the same minute. Safe to run twice."""
    evaluate_owned_by(user_id=row.payload["user_id"], at=clock.now())


@outbox.handles("initiative.changed")
@outbox.handles("initiative.facts_changed")
@outbox.handles("pilot.use_changed")
@outbox.handles("model.autonomy_changed")
def use_changed(row: Outbox) -> None:
    """What is used of an approval's ceiling, or what it was taken on, may have changed. Safe to run twice."""
    ids = [*row.payload.get("initiative_ids", []), *filter(None, [row.payload.get("initiative_id")])]
    evaluate_limited(initiative_ids=ids, at=clock.now())


@outbox.handles("gate.draft_left")
def draft_left(row: Outbox) -> None:
    """The log learns what a working session saved after its first save. Safe to run twice."""
    log_left(initiative_id=row.payload["initiative_id"], at=clock.now())


@outbox.handles("gate.submitted")
def asked(row: Outbox) -> None:
    """Whoever decides hears of it. Safe to run twice: the same is told once."""
    tell_submitted(submission_id=row.payload["submission_id"], at=clock.now())


@outbox.handles("gate.decided")
def decided(row: Outbox) -> None:
    """Lead, sponsor, and who owns or verifies a condition hear of it. Safe to run twice."""
    tell_decided(decision_id=row.payload["decision_id"], people=row.payload["people"], at=clock.now())


@outbox.handles("condition.overdue")
def overdue(row: Outbox) -> None:
    """Its owner and the sponsor hear of it. Safe to run twice."""
    tell_overdue(condition_id=row.payload["condition_id"], people=row.payload["people"], at=clock.now())


@outbox.handles("approval.suspended")
def suspended(row: Outbox) -> None:
    """Lead and sponsor hear of it. Safe to run twice."""
    tell_suspended(payload=row.payload, key=str(row.pk), at=clock.now())


@outbox.handles("approval.evidence_changed")
def evidence_changed(row: Outbox) -> None:
    """Lead, sponsor and whoever decided hear of it. Safe to run twice."""
    tell_evidence_changed(payload=row.payload, key=str(row.pk), at=clock.now())


@outbox.handles("item.opened")
def voting_open(row: Outbox) -> None:
    """Whoever may vote in a written procedure hears of it. Safe to run twice, as all that follow: the same is told once."""
    news_council.tell_voting_open(item_id=row.payload["item_id"], at=clock.now())


@outbox.handles("item.polled")
def polled(row: Outbox) -> None:
    """Whoever presided hears that conditions are to be confirmed."""
    news_council.tell_polled(item_id=row.payload["item_id"], at=clock.now())


@outbox.handles("item.escalated")
def escalated(row: Outbox) -> None:
    """The authority above the council hears of it."""
    news_council.tell_escalated(item_id=row.payload["item_id"], at=clock.now())


@outbox.handles("papers.issued")
def papers_issued(row: Outbox) -> None:
    """The members hear of it."""
    news_council.tell_papers(issue_id=row.payload["issue_id"], at=clock.now())


@outbox.handles("vote.lent")
def lent(row: Outbox) -> None:
    """The delegate hears of it."""
    news_council.tell_lent(delegation_id=row.payload["delegation_id"], at=clock.now())


@outbox.handles("vote.taken_back")
def taken_back(row: Outbox) -> None:
    """The other of the two hears of it."""
    news_council.tell_taken_back(
        delegation_id=row.payload["delegation_id"], by=row.payload["by"], at=clock.now()
    )


@outbox.handles("condition.evidence_given")
def evidence_given(row: Outbox) -> None:
    """The verifier hears of it."""
    news_council.tell_evidence(condition_id=row.payload["condition_id"], at=clock.now())
