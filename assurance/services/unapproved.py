"""What runs without approval: a flag on the model while it runs and something stands against it.

The gate is asked again when the record says more: a role was given, a decision was made, the model changed, a day passed.
What it then allows is approved from that moment; what stood against it when it was reported stays on record.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet

from assurance.models import Deployment, ModelVersion
from assurance.queries.gate import answer_of, gate_policy_on
from core import audit, clock
from core.access import Actor, system
from core.locks import hold
from domain.phrases import listed
from governance.models import AiModel
from governance.queries.facts import with_people
from governance.queries.policy import policy_on
from governance.services.evaluate import LOCK
from governance.services.judge import subject_of
from portfolio.services.flags import Finding, sync_flags

RULE: Final = "runs_without_approval"
RULES: Final = frozenset({RULE})
MOST_NAMED: Final = 3
CHUNK: Final = 100
AGAIN: Final = timedelta(days=1)
"""So often the gate is asked again where no news came."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a pass of the sweep did."""

    changed: int


def running_unapproved(model_id: int) -> list[Deployment]:
    """Open deployments of a model that something stood against, and that nobody approved since."""
    return list(_stand().filter(model=model_id).select_related("version").order_by("deployed_at", "pk"))


def _stand() -> QuerySet[Deployment]:
    """Whatever the gate had something against has a moment at which it was asked."""
    return Deployment.objects.filter(ended_at=None, approved_at=None, asked_at__isnull=False)


def ask_again(*, model_id: int, by: Actor, at: datetime) -> int:
    """Ask the gate of what runs without approval, and bring the flag to what it says; returns how many were approved.

    Twice changes nothing. The caller holds the lock "models" and a transaction.
    """
    rows = running_unapproved(model_id)
    model = with_people(AiModel.objects.filter(pk=model_id)).get()
    since = _registered_since(model, rows)
    approved = 0
    for row in rows:
        version = row.version or since.get(row.version_number)
        answer = answer_of(model, version, row.version_number, row.environment, clock.day_of(at))
        row.asked_at, row.updated_at = at, at
        if answer.allowed:
            row.approved_at, approved = at, approved + 1
            audit.record(
                by=by, at=at, action="deployment.approved", obj=row, unit_path=model.unit.path,
                after={"model": model.ref, "version": row.version_number, "environment": row.environment},
            )  # fmt: skip
        row.save(update_fields=["asked_at", "approved_at", "updated_at"])
    flag(model=model, rows=[row for row in rows if row.approved_at is None], by=by, at=at)
    return approved


def _registered_since(model: AiModel, rows: list[Deployment]) -> dict[str, ModelVersion]:
    """By number, the versions registered after they were reported to run: the report stands, so it names none of them."""
    numbers = {row.version_number for row in rows if row.version is None}
    found = ModelVersion.objects.filter(model=model, number__in=numbers) if numbers else ()
    return {one.number: one for one in found}


def flag(*, model: AiModel, rows: list[Deployment], by: Actor, at: datetime) -> None:
    """Make the flag of a model (from `with_people`) equal these deployments; none clears it."""
    sync_flags(
        subject=subject_of(model), findings=[_finding(model, rows, at)] if rows else [], by=by, at=at, rules=RULES,
        because="Nothing runs without approval.",
    )  # fmt: skip


def ask_due(*, at: datetime, by: Actor | None = None) -> Asked:
    """Ask again where the model changed since or a day has passed. Safe to run twice, late, side by side."""
    due = Q(asked_at__lte=at - AGAIN) | Q(asked_at__lt=F("model__updated_at"))
    ids = list(
        _stand().filter(due).order_by("model_id").values_list("model_id", flat=True).distinct()[:CHUNK]
    )
    return Asked(sum(_asked(model_id, by or system(), at) for model_id in ids))


def ask_of_initiative(*, initiative_id: int, at: datetime) -> int:
    """A decision was made of an initiative: what runs for it may be approved now. Safe to run twice."""
    served = Q(model__initiatives=initiative_id) | Q(model__kpis__initiative=initiative_id)
    ids = sorted(set(_stand().filter(served).order_by().values_list("model_id", flat=True)))
    return sum(_asked(model_id, system(), at) for model_id in ids)


def _asked(model_id: int, by: Actor, at: datetime) -> int:
    with transaction.atomic():
        hold(LOCK)
        return ask_again(model_id=model_id, by=by, at=at)


def _finding(model: AiModel, rows: list[Deployment], at: datetime) -> Finding:
    policy = gate_policy_on(clock.day_of(at))
    serving = [row for row in rows if policy.is_production(row.environment)]
    named = [f"version {row.version_number} in {row.environment}" for row in rows[:MOST_NAMED]]
    if len(rows) > MOST_NAMED:
        named.append(f"{len(rows) - MOST_NAMED} more")
    against = dict.fromkeys(one["sentence"] for row in rows for one in row.objections)
    return Finding(
        rule=RULE, severity=_severity(model, serving, at), cause="Runs without approval", group="deployment",
        sentence=f"It runs {listed(named)}. {' '.join(against)}"[:2_000], since=clock.day_of(rows[0].deployed_at),
        clears_when="It runs no more, or what stands against it is mended.", numbers={"deployments": [row.pk for row in rows]},
    )  # fmt: skip


def _severity(model: AiModel, serving: list[Deployment], at: datetime) -> int:
    """That of the model's tier in production; elsewhere the least."""
    return policy_on(clock.day_of(at))[0].severity_of(model.risk_tier) if serving else 1
