"""What people said about drift, as lists."""

from typing import Final

from core.listing import Filter, Listing
from kpis.models import RelevanceReview, WorldChange
from kpis.queries.listings import DAY, PERSON

DRIFT_REFERENCES: Final = Listing(
    filters={
        "id": Filter("pk", "id"),
        "ends_on": Filter("ends_on", "date", ops=DAY[:3]),
        "stated_on": Filter("stated_on", "date", ops=DAY[:3]),
        "recorded_by": Filter("recorded_by", "id", ops=PERSON),
    },
    orders={"ends_on": "ends_on", "recorded_at": "recorded_at"},
    search=("because", "kpi__name"),
)
RELEVANCE_REVIEWS: Final = Listing(
    filters={
        "id": Filter("pk", "id"),
        "verdict": Filter("verdict", "choice", choices=tuple(RelevanceReview.Verdict.values)),
        "reviewed_on": Filter("reviewed_on", "date", ops=DAY[:3]),
        "recorded_by": Filter("recorded_by", "id", ops=PERSON),
    },
    orders={"reviewed_on": "reviewed_on", "recorded_at": "recorded_at"},
    search=("because", "kpi__name"),
)
WORLD_CHANGES: Final = Listing(
    filters={
        "id": Filter("pk", "id"),
        "initiative": Filter("initiative", "ref", prefix="AI"),
        "kind": Filter("kind", "choice", choices=tuple(WorldChange.Kind.values)),
        "on": Filter("on", "date", ops=DAY[:3]),
        "recorded_by": Filter("recorded_by", "id", ops=PERSON),
    },
    orders={"on": "on", "recorded_at": "recorded_at"},
    search=("what", "initiative__name"),
)
