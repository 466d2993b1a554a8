"""The portfolio rule of pilots: a top-level unit with five or more of them and nothing in production."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from core.access import Actor
from core.models import BusinessUnit
from domain.portfolio_rules import PilotingUnit
from pilots.queries.board import UNIT_RULE, piloting_units
from portfolio.models import Flag
from portfolio.services.flags import Finding, Found, Subject, sync_many

CAUSE = "Pilots, nothing in production"
SEVERITY = 2


def judge_units(*, as_of: date, by: Actor, at: datetime) -> int:
    """Flag the units the rule finds and clear the flags of those it finds no more; returns how many changed."""
    found = {unit.pk: (unit, told) for unit, told in piloting_units()}
    flagged = Flag.objects.filter(subject_type="unit", rule=UNIT_RULE, cleared_at=None)
    open_for = set(flagged.order_by().values_list("subject_id", flat=True))
    gone = BusinessUnit.objects.in_bulk(open_for - found.keys())
    if not found and not gone:
        return 0
    told: list[Found] = [
        (_subject(unit), [_finding(piloting, unit, as_of)]) for unit, piloting in found.values()
    ]
    told += [(_subject(unit), []) for unit in gone.values()]
    try:
        with transaction.atomic():
            return sync_many(found=told, by=by, at=at, rules=frozenset({UNIT_RULE}))
    except IntegrityError:  # another worker raised the same flag in this moment
        return 0


def _subject(unit: BusinessUnit) -> Subject:
    return Subject(type="unit", id=unit.pk, label=unit.name, unit=unit)


def _finding(told: PilotingUnit, unit: BusinessUnit, as_of: date) -> Finding:
    return Finding(
        rule=UNIT_RULE, severity=SEVERITY, cause=CAUSE, since=as_of, group="cause",
        sentence=f"{PilotingUnit(unit.name, told.pilots, told.limit).sentence}.",
        clears_when=f"One of its initiatives reaches production, or fewer than {told.limit} pilots are left.",
        numbers={"pilots": told.pilots, "limit": told.limit},
    )  # fmt: skip
