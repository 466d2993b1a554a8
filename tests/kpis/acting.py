"""Small builders for the tests of interventions and remediations."""

from datetime import date, datetime, timedelta
from typing import Any

from core.access import system
from core.models import User
from kpis.models import Intervention
from kpis.services.interventions import assign_intervention
from portfolio.models import Flag, Initiative
from portfolio.services.flags import Finding, Subject, sync_flags
from tests.cast import AT, TODAY, Cast

RULE = "T01"


def raise_flag(initiative: Initiative, rule: str = RULE, *, at: datetime = AT, **more: Any) -> Flag:
    """An open flag of severity 3 on the initiative."""
    said: dict[str, Any] = {
        "severity": 3, "cause": "Nobody looks", "sentence": "Nobody has looked at it since launch.", "since": TODAY,
        "clears_when": "Somebody looks.", **more,
    }  # fmt: skip
    subject = Subject("initiative", initiative.pk, initiative.name, initiative, initiative.unit)
    sync_flags(
        subject=subject, findings=[Finding(rule=rule, **said)], by=system(), at=at, rules=frozenset({rule})
    )
    return Flag.objects.get(initiative=initiative, rule=rule, cleared_at=None)


def clear_flag(flag: Flag, *, at: datetime = AT) -> None:
    """Its fact changed."""
    assert flag.initiative is not None
    subject = Subject("initiative", flag.subject_id, flag.subject_label, flag.initiative, flag.unit)
    sync_flags(subject=subject, findings=[], by=system(), at=at, rules=frozenset({flag.rule}))


def give(
    flag: Flag, cast: Cast, *, to: User | None = None, due_on: date | None = None, by: str = "alice", at: datetime = AT
) -> Intervention:  # fmt: skip
    """Bob is to act on it within the week."""
    return assign_intervention(
        flag_id=flag.pk, assigned_to=to or cast.bob, action="Ask the claims team what they use.",
        due_on=due_on or TODAY + timedelta(days=7), by=cast.actor(by), at=at,
    )  # fmt: skip
