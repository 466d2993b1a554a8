"""Models for the tests: one that serves and has everything in order, made ill in one place at a time."""

from datetime import date, timedelta
from typing import Any

from core.models import RoleGrant, User
from governance.models import AiModel
from governance.models.inventory import DOSSIER
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast


def back(days: int) -> date:
    return TODAY - timedelta(days=days)


def initiative(cast: Cast, name: str = "Claims triage", **more: Any) -> Initiative:
    return Initiative.objects.create(
        name=name, created_at=AT, updated_at=AT, **{"unit": cast.claims, "lead": cast.alice, **more}
    )


def sound_model(cast: Cast, name: str = "Triage ranker", **more: Any) -> AiModel:
    """Tier 2, in production, looked at as agreed, owned by mona, linked to an initiative; nothing of it is stale."""
    given: dict[str, Any] = {
        "unit": cast.claims, "owner": cast.mona, "risk_tier": 2, "stage": "production",
        "in_production_since": back(300), "next_review_on": TODAY + timedelta(days=60), "last_review_on": back(200),
        "last_validated_on": back(200), "ethics_passed_on": back(200), "monitoring_cadence_days": 7,
        "last_monitored_on": back(1),
        "last_heartbeat_on": back(1), "fallback_tested_on": back(30),
        "dossier_sections": {code: back(30).isoformat() for code in DOSSIER}, **more,
    }  # fmt: skip
    goal, developers = given.pop("goal", True), given.pop("developers", ())
    row = AiModel.objects.create(name=name, created_at=AT, updated_at=AT, **given)
    if goal:
        row.initiatives.add(Initiative.objects.first() or initiative(cast))
    row.developers.set(developers)
    return row


def reviewer(cast: Cast, name: str = "rita") -> User:
    """A validator for the whole organisation."""
    row = User.objects.create_user(
        f"{name}@calder.example", name=name.capitalize(), created_at=AT, last_active_on=TODAY
    )
    RoleGrant.objects.create(user=row, role="validator", unit=None, granted_at=AT)
    cast.people[name] = row
    return row
