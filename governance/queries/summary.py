"""What the inventory says of all its models: how many are stale, how many of them tier 1."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from governance.models import AiModel


@dataclass(frozen=True, slots=True)
class Summary:
    models: int
    stale: int
    stale_tier_1: int
    orphans: int
    unmonitored: int
    unjudged: int


def summary(rows: QuerySet[AiModel]) -> Summary:
    """One statement. `unmonitored`: in production, no monitoring data ever received."""
    serving = Q(stage=AiModel.Stage.PRODUCTION, last_monitored_on=None)
    return Summary(
        **rows.order_by().aggregate(
            models=Count("pk"),
            stale=Count("pk", filter=Q(status="stale")),
            stale_tier_1=Count("pk", filter=Q(status="stale", risk_tier=1)),
            orphans=Count("pk", filter=Q(orphan=True)),
            unmonitored=Count("pk", filter=serving),
            unjudged=Count("pk", filter=Q(status="")),
        )
    )
