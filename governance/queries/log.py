"""The decision log, submissions and conditions as lists, and whether the chain of the log holds."""

from collections.abc import Iterator
from typing import Final

from core.listing import Filter, Listing
from domain.decision_log import Break, Entry, broken
from domain.post_mortem import CAUSES
from governance.models import Condition, Decision, GateSubmission
from governance.models.decisions import OUTCOMES
from governance.models.gates import BODIES, GATES

_GATE: Final = tuple(code for code, _ in GATES)
_BODY: Final = tuple(code for code, _ in BODIES)
_OUTCOME: Final = tuple(code for code, _ in OUTCOMES)
DECISIONS: Final = Listing(
    filters={
        "id": Filter("pk", "id"),
        "ref": Filter("pk", "ref", prefix="D"),
        "initiative": Filter("initiative", "ref", prefix="AI"),
        "unit": Filter("initiative__unit__path", "subtree"),
        "gate": Filter("gate", "choice", choices=_GATE),
        "outcome": Filter("outcome", "choice", choices=_OUTCOME),
        "body": Filter("body", "choice", choices=_BODY),
        "carried": Filter("carried", "bool", ops=("",)),
        "reason_code": Filter("reason_code", "text", ops=("", "in")),
        "decided_on": Filter("decided_on", "date", ops=("", "gte", "lte")),
    },
    orders={
        "decided_on": "decided_on",
        "outcome": "outcome",
        "gate": "gate",
        "initiative": "initiative__name",
    },
    search=(
        "initiative__name",
        "because",
        "lessons",
        "post_mortem__expected",
        "post_mortem__happened",
        "post_mortem__learned",
        "post_mortem__reusable",
    ),
)
SUBMISSIONS: Final = Listing(
    filters={
        "id": Filter("pk", "id"),
        "ref": Filter("pk", "ref", prefix="S"),
        "initiative": Filter("initiative", "ref", prefix="AI"),
        "unit": Filter("initiative__unit__path", "subtree"),
        "gate": Filter("gate", "choice", choices=_GATE),
        "state": Filter("state", "choice", choices=tuple(GateSubmission.State.values)),
        "body": Filter("body", "choice", choices=_BODY),
        "due_on": Filter("due_on", "date", ops=("", "gte", "lte")),
    },
    orders={
        "due_on": "due_on",
        "submitted_at": "submitted_at",
        "gate": "gate",
        "initiative": "initiative__name",
    },
    search=("initiative__name", "ask"),
)
CONDITIONS: Final = Listing(
    filters={
        "id": Filter("pk", "id"),
        "ref": Filter("pk", "ref", prefix="C"),
        "initiative": Filter("initiative", "ref", prefix="AI"),
        "unit": Filter("initiative__unit__path", "subtree"),
        "decision": Filter("decision", "ref", prefix="D"),
        "kind": Filter("kind", "choice", choices=tuple(Condition.Kind.values)),
        "state": Filter("state", "choice", choices=tuple(Condition.State.values)),
        "overdue": Filter("overdue", "choice", choices=("told", "flagged", "suspends")),
        "owner": Filter("owner", "id", ops=("", "in")),
        "verifier": Filter("verifier", "id", ops=("", "in")),
        "due_on": Filter("due_on", "date", ops=("", "gte", "lte")),
    },
    orders={"due_on": "due_on", "state": "state", "kind": "kind", "initiative": "initiative__name"},
    search=("initiative__name", "text"),
)
POST_MORTEMS: Final = Listing(
    filters={
        "id": Filter("pk", "id"),
        "decision": Filter("decision", "ref", prefix="D"),
        "initiative": Filter("decision__initiative", "ref", prefix="AI"),
        "unit": Filter("decision__initiative__unit__path", "subtree"),
        "reason_code": Filter("decision__reason_code", "text", ops=("", "in")),
        "cause": Filter("causes__icontains", "choice", choices=tuple(CAUSES), ops=("",)),
        "stopped_on": Filter("decision__decided_on", "date", ops=("", "gte", "lte")),
        "written_at": Filter("written_at__date", "date", ops=("", "gte", "lte")),
    },
    orders={"written_at": "written_at", "stopped_on": "decision__decided_on"},
    search=("decision__initiative__name", "expected", "happened", "learned", "reusable", "decision__because"),
)


def entries() -> Iterator[Entry]:
    """The whole log, oldest first."""
    for row in Decision.objects.order_by("pk").only("document", "prev_hash", "hash").iterator(500):
        yield Entry(row.ref, row.document, row.prev_hash, row.hash)


def chain_broken(head: str = "") -> Break | None:
    """Where the log does not hold; None where it does. `head`: a hash it once ended with, kept elsewhere. One statement."""
    return broken(entries(), head=head)
