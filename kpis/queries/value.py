"""Initiatives that have been in production for long without a business reading: nobody can say what they are worth."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from core.listing import Filter, Listing
from domain.kpi_warnings import Code, Policy
from domain.stages import Stage
from kpis.models import Kpi, Measurement
from kpis.queries.warned import rule_of
from kpis.queries.warnings import speaking
from portfolio.models import Flag, Initiative

DAY: Final = ("", "gte", "lte")
PERSON: Final = ("", "in", "isnull")
NOT_SHOWN: Final = Listing(
    filters={
        "id": Filter("pk", "id"),
        "ref": Filter("pk", "ref", prefix="AI"),
        "unit": Filter("unit__path", "subtree"),
        "sponsor": Filter("sponsor", "id", ops=PERSON),
        "lead": Filter("lead", "id", ops=PERSON),
        "risk_tier": Filter("risk_tier", "choice", choices=("1", "2", "3"), ops=("", "in", "isnull")),
        "production_since": Filter("entered_on", "date", ops=DAY),
    },
    orders={
        "ref": "pk",
        "name": "name",
        "unit": "unit__name",
        "sponsor": "sponsor__name",
        "production_since": "entered_on",
        "planned_value": "planned_value",
        "spent": "spent",
    },
    default="production_since",
    nullable=frozenset({"sponsor__name", "planned_value", "spent"}),
    search=("name", "external_id", "unit__name", "sponsor__name", "lead__name"),
)


def not_shown(rows: QuerySet[Initiative], *, as_of: date, policy: Policy) -> QuerySet[Initiative]:
    """Those of the initiatives in production for longer than the limit, with no business reading within it."""
    first = as_of - timedelta(days=policy.value_days)
    lately = _business(as_of).filter(kpi__initiative=OuterRef("pk"), observed_on__gte=first)
    return rows.filter(~Exists(lately), stage=Stage.PRODUCTION.value, entered_on__lt=first)


def load_value(rows: Sequence[Initiative], as_of: date, policy: Policy) -> None:
    """Put on each its last business reading, the day from which its value is not shown, and the flag. Two statements."""
    own = (
        _business(as_of).filter(kpi=OuterRef("pk")).order_by("-observed_on", "-pk").values("observed_on")[:1]
    )
    kpis = Kpi.objects.filter(initiative__in=[row.pk for row in rows]).exclude(kind=Kpi.Kind.MODEL_METRIC)
    last: dict[int, date] = {}
    for pk, on in kpis.annotate(last_on=Subquery(own)).order_by().values_list("initiative_id", "last_on"):
        if on is not None:
            last[pk] = max(on, last.get(pk, on))
    flags = Flag.objects.filter(
        subject_type="initiative", subject_id__in=[row.pk for row in rows], rule=rule_of(Code.VALUE_NOT_SHOWN),
        cleared_at=None,
    )  # fmt: skip
    raised = {flag.subject_id: flag for flag in flags}
    late = timedelta(days=policy.value_days + 1)
    for row in rows:
        said: Any = row
        said.last_business_on, said.value_flag = last.get(row.pk), raised.get(row.pk)
        starts = max(day for day in (row.entered_on, last.get(row.pk)) if day is not None)
        said.not_shown_since = starts + late


def _business(as_of: date) -> QuerySet[Measurement]:
    return speaking(as_of).exclude(kpi__kind=Kpi.Kind.MODEL_METRIC)
