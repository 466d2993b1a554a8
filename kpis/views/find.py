"""Finding a KPI for a page, and what every page about one shows of it."""

from typing import Any

from django.http import HttpRequest

from core.access import Actor, allows
from core.errors import not_found
from core.http import actor_of
from core.roles import Action
from core.values import read_ref
from kpis.models import Kpi, Measurement
from portfolio.models import Initiative


def find_kpi(request: HttpRequest, ref: str) -> Kpi:
    """The KPI by `K-0042` or `42`, with its definition and people. Problem 404 for what the reader may not know."""
    rows = Kpi.objects.visible_to(actor_of(request))
    row = (
        rows.select_related("current", "initiative__unit", "owner", "serves", "parent", "judge")
        .filter(pk=read_ref(ref, "K"))
        .first()
    )
    if row is None:
        raise not_found()
    return row


def find_reading(request: HttpRequest, pk: str) -> Measurement:
    """One reading with its KPI, found through the KPI, so that both are hidden from the same people."""
    row = Measurement.objects.select_related("kpi_version", "recorded_by").filter(pk=read_ref(pk, "")).first()
    if row is None:
        raise not_found()
    row.kpi = find_kpi(request, str(row.kpi_id))
    return row


def may_open(actor: Actor, initiative: Initiative) -> bool:
    """Whether the reader may open the initiative: who owns a KPI of it may know the KPI alone."""
    return allows(actor, Action.VIEW, initiative)


def head(request: HttpRequest, kpi: Kpi) -> dict[str, Any]:
    """What `kpis/kpi_base.html` needs."""
    return {"kpi": kpi, "may_open": may_open(actor_of(request), kpi.initiative)}
