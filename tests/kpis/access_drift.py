"""Who may read the drift of a KPI, and who may answer it. Read by tests/kpis/access.py.

To keep a KPI is refused to who owns it or wrote it, which is nobody here: `tests/kpis/test_drift.py` asks that.
"""

from datetime import timedelta
from typing import Any

from kpis.models import DriftReference, RelevanceReview, WorldChange
from tests.cast import AT, TODAY
from tests.core.access_table import ROLED, Case, Row, World, row
from tests.kpis.access_pages import DEFINES, EVERY_DEFINER, SEEN, form

STATED = {"ends_on": str(TODAY + timedelta(days=90)), "because": "The intake form was shortened."}
REVIEWED = {"verdict": "retire", "because": "It says nothing any more."}
CHANGED = {"kind": "market", "on": str(TODAY), "what": "A rival cut its prices."}


def furnish(world: World) -> None:
    """A reference and a review of each KPI, a change around each initiative."""
    for at in ("claims", "cards"):
        kpi = world.ids[f"kpi.{at}"]
        stated = DriftReference.objects.create(
            kpi_id=kpi, ends_on=TODAY, stated_on=TODAY, because="New intake.", recorded_at=AT
        )
        review = RelevanceReview.objects.create(
            kpi_id=kpi, verdict="keep", because="It still counts.", reviewed_on=TODAY, recorded_at=AT
        )
        changed = WorldChange.objects.create(
            initiative_id=world.ids[f"measured.{at}"],
            kind="market",
            on=TODAY,
            what="A price war.",
            recorded_at=AT,
        )
        world.ids |= {
            f"reference.{at}": stated.pk,
            f"relevance_review.{at}": review.pk,
            f"world_change.{at}": changed.pk,
        }


def read(**args: str) -> Row:
    """Read by whoever sees the KPI."""
    cases = [Case(at=at, get=f"200: {see}; 404: {hidden}") for at, (see, hidden) in SEEN.items()]
    return row(*cases, Case(at="nowhere", get=f"404: {ROLED}"), **args)


def said(data: dict[str, Any]) -> Row:
    """Records below a KPI, and a new one."""
    cases = [
        Case(at=at, get=f"200: {see}; 404: {hidden}", post=f"201: {DEFINES[at]}", data=data)
        for at, (see, hidden) in SEEN.items()
    ]
    return row(
        *cases, Case(at="nowhere", get=f"404: {ROLED}", post=f"404: {EVERY_DEFINER}", data=data), kpi_id="kpi"
    )


_WORLD = {"claims": "alice max; 400: charlie ursula", "cards": "charlie ursula max; 400: alice"}
DRIFT: dict[str, Row] = {
    "api:kpis-drift": read(pk="kpi"),
    "api:kpi-drift-references-list": said(STATED),
    "api:kpi-drift-references-detail": read(kpi_id="kpi", pk="reference"),
    "api:kpi-relevance-reviews-list": said(REVIEWED),
    "api:kpi-relevance-reviews-detail": read(kpi_id="kpi", pk="relevance_review"),
    "api:world-changes-list": row(
        *(
            Case(at=at, get=f"200: {ROLED}", post=f"201: {who}", data={**CHANGED, "initiative": "$measured"})
            for at, who in _WORLD.items()
        )
    ),
    "api:world-changes-detail": read(pk="world_change"),
    "kpi-drift-reference": form(DEFINES, EVERY_DEFINER, STATED, "kpi"),
    "kpi-relevance-review": form(DEFINES, EVERY_DEFINER, REVIEWED, "kpi"),
    "world-change-create": form(DEFINES, EVERY_DEFINER, CHANGED, "measured"),
}
