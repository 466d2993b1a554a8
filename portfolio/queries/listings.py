"""Filters, orders and search of every list in the portfolio, for pages and API alike."""

from collections.abc import Sequence

from django.db.models import Case, IntegerField, Value, When

from core import vocabulary
from core.listing import Filter, Listing
from domain.kpi_warnings import Group
from portfolio.models import BenefitEntry, Flag, FundingDecision, FundingTranche
from portfolio.models.initiatives import PRECISIONS, STAGES

DAY = ("", "gte", "lte", "isnull")
NUMBER = ("", "in", "gte", "lte", "isnull")
PERSON = ("", "in", "isnull")
ROLLUP = tuple(code for code, _ in vocabulary.choices("rollup"))
LEVELS = tuple(code for code, _ in vocabulary.choices("pilot"))
STAGE_CODES = tuple(code for code, _ in STAGES)
WORST_FIRST = ("off_track", "blind", "at_risk", "no_kpi", "on_track", "achieved")
SUBJECTS = tuple(code for code, _ in Flag.SUBJECTS)
GROUPS = ("time", "cause", *(group.value for group in Group))
"""What a flag is filed under: of a pilot or a KPI what speaks, of an early warning what is neglected."""


def rank(field: str, codes: Sequence[str]) -> Case:
    """The place of a code in `codes`, for sorting; what is not among them comes last."""
    places = [When(**{field: code}, then=Value(place)) for place, code in enumerate(codes)]
    return Case(*places, default=Value(len(codes)), output_field=IntegerField())


INITIATIVES = Listing(
    filters={
        "id": Filter("pk", "id"),
        "ref": Filter("pk", "ref", prefix="AI"),
        "unit": Filter("unit__path", "subtree"),
        "objective": Filter("objectives", "id", ops=PERSON, many=True),
        "stage": Filter("stage", "choice", choices=STAGE_CODES),
        "kpi_status": Filter("kpi_status", "choice", choices=ROLLUP),
        "pilot_level": Filter("pilot_level", "choice", choices=LEVELS),
        "risk_tier": Filter("risk_tier", "choice", choices=("1", "2", "3"), ops=("", "in", "isnull")),
        "sponsor": Filter("sponsor", "id", ops=PERSON),
        "lead": Filter("lead", "id", ops=PERSON),
        "member": Filter("members__user", "id", many=True),
        "entered_on": Filter("entered_on", "date", ops=DAY),
        "decision_on": Filter("decision_on", "date", ops=DAY),
        "planned_value": Filter("planned_value", "decimal", ops=NUMBER),
        "spent": Filter("spent", "decimal", ops=NUMBER),
        "validated": Filter("validated", "decimal", ops=NUMBER),
        "source": Filter("source", "text", ops=("", "in")),
        "external_id": Filter("external_id", "text", ops=("", "in")),
        "updated_on": Filter("updated_at__date", "date", ops=("gte", "lte")),
    },
    orders={
        "ref": "pk",
        "name": "name",
        "unit": "unit__name",
        "stage": "stage_rank",
        "kpi_status": "status_rank",
        "pilot_level": "level_rank",
        "kpi_since": "kpi_since",
        "entered_on": "entered_on",
        "decision_on": "decision_on",
        "risk_tier": "risk_tier",
        "planned_value": "planned_value",
        "spent": "spent",
        "released": "released",
        "validated": "validated",
        "sponsor": "sponsor__name",
        "lead": "lead__name",
        "updated_at": "updated_at",
    },
    default="-id",
    search=("name", "external_id", "unit__name", "lead__name", "sponsor__name"),
    nullable=frozenset(
        {
            "kpi_since", "entered_on", "decision_on", "risk_tier", "planned_value", "spent", "released", "validated",
            "sponsor__name", "lead__name",
        }
    ),
    computed={
        "stage_rank": rank("stage", STAGE_CODES),
        "status_rank": rank("kpi_status", WORST_FIRST),
        "level_rank": rank("pilot_level", LEVELS),
    },
)  # fmt: skip

OBJECTIVES = Listing(
    filters={
        "id": Filter("pk", "id"),
        "active": Filter("active", "bool", ops=("",)),
        "owner": Filter("owner", "id", ops=PERSON),
    },
    orders={"name": "name", "owner": "owner__name"},
    default="name",
    search=("name", "description"),
    nullable=frozenset({"owner__name"}),
)

SPELLS = Listing(
    filters={
        "initiative": Filter("initiative", "ref", prefix="AI"),
        "unit": Filter("initiative__unit__path", "subtree"),
        "stage": Filter("stage", "choice", choices=STAGE_CODES),
        "from_stage": Filter("from_stage", "choice", choices=STAGE_CODES),
        "precision": Filter("precision", "choice", choices=tuple(code for code, _ in PRECISIONS)),
        "entered_on": Filter("entered_on", "date", ops=DAY),
        "left_on": Filter("left_on", "date", ops=DAY),
        "open": Filter("closed_at", "null", ops=("",)),
        "restated": Filter("restated_by", "null", ops=("",)),
    },
    orders={"entered_on": "entered_on", "left_on": "left_on", "initiative": "initiative_id"},
    default="id",
    nullable=frozenset({"entered_on", "left_on"}),
)

FLAGS = Listing(
    filters={
        "id": Filter("pk", "id"),
        "initiative": Filter("initiative", "ref", prefix="AI", ops=("", "in", "isnull")),
        "unit": Filter("unit__path", "subtree"),
        "objective": Filter("initiative__objectives", "id", ops=("",), many=True),
        "sponsor": Filter("initiative__sponsor", "id", ops=("",)),
        "risk_tier": Filter("initiative__risk_tier", "choice", choices=("1", "2", "3"), ops=("",)),
        "owner": Filter("owner", "id", ops=PERSON),
        "subject_type": Filter("subject_type", "choice", choices=SUBJECTS),
        "subject_id": Filter("subject_id", "id"),
        "rule": Filter("rule", "text", ops=("", "in")),
        "group": Filter("group", "choice", choices=GROUPS),
        "severity": Filter("severity", "int", ops=("", "in", "gte", "lte")),
        "since": Filter("since", "date", ops=("", "gte", "lte")),
        "due_on": Filter("due_on", "date", ops=DAY),
        "escalated_on": Filter("escalated_on", "date", ops=DAY),
        "open": Filter("cleared_at", "null", ops=("",)),
    },
    orders={
        "severity": "severity",
        "since": "since",
        "due_on": "due_on",
        "escalated_on": "escalated_on",
        "rule": "rule",
        "cause": "cause",
        "subject": "subject_label",
        "raised_at": "raised_at",
        "cleared_at": "cleared_at",
        "owner": "owner__name",
    },
    default="-severity,since",
    search=("subject_label", "cause", "sentence", "rule", "owner__name"),
    nullable=frozenset({"cleared_at", "owner__name", "due_on", "escalated_on"}),
)

_OF_INITIATIVE = {
    "initiative": Filter("initiative", "ref", prefix="AI"),
    "unit": Filter("initiative__unit__path", "subtree"),
}
TRANCHES = Listing(
    filters={
        **_OF_INITIATIVE,
        "approved_on": Filter("approved_on", "date", ops=DAY),
        "released_on": Filter("released_on", "date", ops=DAY),
        "returned_on": Filter("returned_on", "date", ops=DAY),
        "gate": Filter("gate", "choice", choices=tuple(FundingTranche.Gate.values)),
    },
    orders={
        "approved_on": "approved_on",
        "released_on": "released_on",
        "amount": "amount",
        "number": "number",
    },
    default="id",
    nullable=frozenset({"released_on"}),
)
DECISIONS = Listing(
    filters={
        **_OF_INITIATIVE,
        "tranche": Filter("tranche", "id"),
        "act": Filter("act", "choice", choices=tuple(FundingDecision.Act.values)),
        "decided_on": Filter("decided_on", "date", ops=DAY),
        "decided_by": Filter("decided_by", "id", ops=PERSON),
    },
    orders={"decided_on": "decided_on", "recorded_at": "recorded_at", "amount": "amount"},
    default="-decided_on",
    nullable=frozenset({"amount"}),
)
COMMITMENTS = Listing(
    filters={
        **_OF_INITIATIVE,
        "committed_on": Filter("committed_on", "date", ops=DAY),
        "until": Filter("until", "date", ops=DAY),
        "cancelled_on": Filter("cancelled_on", "date", ops=DAY),
        "supplier": Filter("supplier", "text", ops=("", "in")),
    },
    orders={"committed_on": "committed_on", "until": "until", "amount": "amount", "supplier": "supplier"},
    default="-committed_on",
    nullable=frozenset({"until"}),
)
EXPENDITURES = Listing(
    filters={
        **_OF_INITIATIVE,
        "spent_on": Filter("spent_on", "date", ops=DAY),
        "category": Filter("category", "text", ops=("", "in")),
        "commitment": Filter("commitment", "id"),
    },
    orders={"spent_on": "spent_on", "amount": "amount"},
    default="-spent_on",
)
BENEFITS = Listing(
    filters={
        **_OF_INITIATIVE,
        "kind": Filter("kind", "choice", choices=tuple(BenefitEntry.Kind.values)),
        "month": Filter("month", "date", ops=DAY),
        "answers": Filter("answers", "id"),
    },
    orders={"month": "month", "amount": "amount"},
    default="-month",
)
