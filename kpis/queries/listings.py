"""Filters, orders and search of every list of this room, for pages and API alike."""

from typing import Any, Final

from django.db.models import Case, IntegerField, Q, Value, When

from core.access import Actor, scope
from core.listing import Filter, Listing
from core.roles import Action
from domain.kpi_codes import Reason, Status
from kpis.models import DriftWatch, Kpi, KpiVersion, SignOff

DAY: Final = ("", "gte", "lte", "isnull")
PERSON: Final = ("", "in", "isnull")
STATUSES: Final = tuple(status.value for status in Status)
WORST_FIRST: Final = (
    Status.OFF_TRACK, Status.MISSED, Status.UNVERIFIED, Status.STALE, Status.NO_DATA, Status.INVALID,
    Status.NO_BASELINE, Status.AT_RISK, Status.ON_TRACK, Status.ACHIEVED, Status.NOT_STARTED, Status.PAUSED,
    Status.RETIRED,
)  # fmt: skip
_RANK: Final = Case(
    When(
        status=Status.NO_DATA.value,
        reason=Reason.AWAITING_FIRST_MEASUREMENT.value,
        then=Value(len(WORST_FIRST)),
    ),
    *(When(status=status.value, then=Value(place)) for place, status in enumerate(WORST_FIRST)),
    default=Value(len(WORST_FIRST)),
    output_field=IntegerField(),
)

KPIS = Listing(
    filters={
        "id": Filter("pk", "id"),
        "ref": Filter("pk", "ref", prefix="K"),
        "initiative": Filter("initiative", "ref", prefix="AI"),
        "unit": Filter("initiative__unit__path", "subtree"),
        "status": Filter("status", "choice", choices=STATUSES),
        "reason": Filter("reason", "text", ops=("", "in")),
        "kind": Filter("kind", "choice", choices=tuple(Kpi.Kind.values)),
        "state": Filter("state", "choice", choices=tuple(Kpi.State.values)),
        "declared_status": Filter("declared_status", "choice", choices=STATUSES),
        "primary": Filter("primary", "bool", ops=("",)),
        "owner": Filter("owner", "id", ops=PERSON),
        "serves": Filter("serves", "ref", prefix="K", ops=PERSON),
        "parent": Filter("parent", "ref", prefix="K", ops=PERSON),
        "judge": Filter("judge", "id", ops=PERSON),
        "promised": Filter("promised", "id", ops=("", "isnull")),
        "remediation": Filter("remediation", "id", ops=("", "isnull")),
        "target_on": Filter("current__target_on", "date", ops=DAY),
        "status_since": Filter("status_since", "date", ops=DAY),
        "valid_until": Filter("valid_until", "date", ops=DAY),
        "last_observed_on": Filter("last_observed_on", "date", ops=DAY),
        "source": Filter("source", "text", ops=("", "in")),
        "external_id": Filter("external_id", "text", ops=("", "in")),
        # As last asked by the sweep: kpis/{id}/drift/ tells the whole.
        "value_drift": Filter("drift__value", "choice", choices=tuple(DriftWatch.Value.values)),
        "value_toward": Filter("drift__toward", "choice", choices=tuple(DriftWatch.Toward.values)),
        "value_since": Filter("drift__value_since", "date", ops=DAY),
        "definition_drift": Filter(
            "drift__definition", "choice", choices=tuple(DriftWatch.Definition.values)
        ),
        "relevance": Filter("drift__relevance", "choice", choices=tuple(DriftWatch.Relevance.values)),
        "relevance_review": Filter("drift__review", "choice", choices=tuple(DriftWatch.Review.values)),
    },
    orders={
        "ref": "pk",
        "name": "name",
        "initiative": "initiative__name",
        "status": "status_rank",
        "status_since": "status_since",
        "target_on": "current__target_on",
        "valid_until": "valid_until",
        "last_observed_on": "last_observed_on",
        "weight": "weight",
    },
    search=("name", "initiative__name", "definition", "owner__name"),
    nullable=frozenset({"status_since", "current__target_on", "valid_until", "last_observed_on"}),
    computed={"status_rank": _RANK},
)
MEASUREMENTS = Listing(
    filters={
        "id": Filter("pk", "id"),
        "kpi": Filter("kpi", "ref", prefix="K"),
        "initiative": Filter("kpi__initiative", "ref", prefix="AI"),
        "observed_on": Filter("observed_on", "date", ops=DAY[:3]),
        "recorded_on": Filter("recorded_at__date", "date", ops=("gte", "lte")),
        "recorded_by": Filter("recorded_by", "id", ops=PERSON),
        "source": Filter("source", "text", ops=("", "in")),
        "source_key": Filter("source_key", "text", ops=("", "in")),
        "void": Filter("void", "bool", ops=("",)),
        "supersedes": Filter("supersedes", "id", ops=PERSON),
    },
    orders={"observed_on": "observed_on", "recorded_at": "recorded_at"},
    search=("note", "source_key", "kpi__name"),
)
STATUS_CHANGES = Listing(
    filters={
        "id": Filter("pk", "id"),
        "kpi": Filter("kpi", "ref", prefix="K"),
        "initiative": Filter("kpi__initiative", "ref", prefix="AI"),
        "was": Filter("was", "choice", choices=STATUSES),
        "now": Filter("now", "choice", choices=STATUSES),
        "on": Filter("on", "date", ops=DAY[:3]),
    },
    orders={"on": "on", "at": "at"},
    search=("kpi__name",),
)
RESTATEMENTS = Listing(
    filters={
        "id": Filter("pk", "id"),
        "on": Filter("on", "date", ops=DAY[:3]),
        "was": Filter("was", "choice", choices=STATUSES),
        "now": Filter("now", "choice", choices=STATUSES),
        "recorded_by": Filter("recorded_by", "id", ops=PERSON),
    },
    orders={"on": "on", "recorded_at": "recorded_at"},
    search=("kpi__name",),
)
OVERRIDES = Listing(
    filters={
        "id": Filter("pk", "id"),
        "declared": Filter("declared", "choice", choices=STATUSES),
        "better": Filter("better", "bool", ops=("",)),
        "stands": Filter("ended_at", "null", ops=("",)),
        "recorded_by": Filter("recorded_by", "id", ops=PERSON),
    },
    orders={"begins_on": "begins_on", "recorded_at": "recorded_at"},
    search=("because", "kpi__name"),
)
VERSIONS = Listing(
    filters={
        "id": Filter("pk", "id"),
        "kpi": Filter("kpi", "ref", prefix="K"),
        "initiative": Filter("kpi__initiative", "ref", prefix="AI"),
        "number": Filter("number", "int", ops=("", "in", "gte", "lte")),
        "shape": Filter("shape", "choice", choices=tuple(KpiVersion.Shape.values)),
        "target_on": Filter("target_on", "date", ops=DAY),
        "effective_on": Filter("effective_on", "date", ops=DAY[:3]),
        "reason_code": Filter("reason_code", "choice", choices=tuple(KpiVersion.ReasonCode.values)),
        "recorded_by": Filter("recorded_by", "id", ops=PERSON),
        "approved_by": Filter("approved_by", "id", ops=PERSON),
        "in_force_on": Filter("in_force_at__date", "date", ops=("gte", "lte")),
        "sealed_on": Filter("sealed_at__date", "date", ops=("gte", "lte")),
        "seal": Filter("seal", "text", ops=("", "in")),
        "series": Filter("series", "int", ops=("", "gte", "lte")),
    },
    orders={"number": "number", "effective_on": "effective_on"},
    search=("kpi__name", "because"),
)
SIGN_OFFS = Listing(
    filters={
        "id": Filter("pk", "id"),
        "kpi": Filter("kpi_version__kpi", "ref", prefix="K"),
        "initiative": Filter("kpi_version__kpi__initiative", "ref", prefix="AI"),
        "kpi_version": Filter("kpi_version", "id"),
        "role": Filter("role", "choice", choices=tuple(SignOff.Role.values)),
        "person": Filter("person", "id"),
        "verdict": Filter("verdict", "choice", choices=tuple(SignOff.Verdict.values)),
        "unsigned": Filter("signed_at", "null", ops=("",)),
    },
    orders={"asked_at": "asked_at", "signed_at": "signed_at"},
    nullable=frozenset({"signed_at"}),
    search=("kpi_version__name", "note"),
)


def readable(actor: Actor, to_kpi: str = "kpi__") -> Q:
    """The rows of a KPI (readings, versions, changes) that the actor may know: those of a KPI they may know.

    `to_kpi` leads from the rows to their KPI.

    The same rule as `access.scope`, asked of the KPI, so that millions of readings are found through a few KPIs.
    """
    return scope(actor, Action.VIEW, Kpi, prefix=to_kpi)


def recordable(actor: Actor) -> Q:
    """The KPIs the actor may record readings of: as the right says, and a judgement only for its judge."""
    own = Q(judge=None) if actor.user is None else Q(judge=None) | Q(judge=actor.user.pk)
    return scope(actor, Action.MEASURE, Kpi) & own


def measurable(actor: Actor, kpi_ids: list[int]) -> set[int]:
    """Which of these KPIs the actor may record readings of."""
    rows: Any = Kpi.objects.filter(recordable(actor), pk__in=kpi_ids)
    return set(rows.order_by().values_list("pk", flat=True))
