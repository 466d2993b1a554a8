"""Which share of a KPI's improvement the cases in force claim already, initiative by initiative."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Max, OuterRef, Subquery

from domain.kpi_figures import EXACT
from funding.models import BusinessCase, CaseBenefit
from portfolio.queries.counting import ENDED


@dataclass(frozen=True, slots=True)
class Taken:
    """The share (0 to 1) that one initiative's case in force claims."""

    initiative_id: int
    initiative: str
    share: Decimal


def taken_shares(kpi_ids: Collection[int], besides: int | None = None) -> dict[int, list[Taken]]:
    """By KPI, in order of the initiative; that of `besides` is left out. One statement.

    What was stopped or retired brings no improvement any more, so its share is free again; it stays free when that is
    reopened, until its case is published anew.
    """
    published = BusinessCase.objects.filter(state=BusinessCase.State.PUBLISHED)
    latest = (
        published.filter(initiative=OuterRef("case__initiative"))
        .order_by()
        .values("initiative")
        .annotate(last=Max("number"))
        .values("last")
    )
    rows = CaseBenefit.objects.filter(
        kpi__in=kpi_ids, case__state=BusinessCase.State.PUBLISHED, case__number=Subquery(latest)
    )
    rows = rows.exclude(case__initiative=besides).exclude(case__initiative__stage__in=ENDED)
    rows = rows.filter(case__initiative__worth__lapsed_on=None)
    named = rows.order_by("case__initiative", "key").values_list(
        "kpi", "case__initiative", "case__initiative__name", "attribution"
    )
    found: dict[int, dict[int, Taken]] = defaultdict(dict)
    for kpi, initiative, name, share in named:
        before = found[kpi].get(initiative)
        total = share if before is None else EXACT.add(before.share, share)
        found[kpi][initiative] = Taken(initiative, name, total)
    return {kpi: list(claims.values()) for kpi, claims in found.items()}
