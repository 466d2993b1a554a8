"""The council's lists, said once for pages and API."""

from core.listing import Filter, Listing
from governance.models import AgendaItem, CouncilSeat, Meeting
from governance.models.council_items import RESULTS

SEATS = Listing(
    filters={
        "kind": Filter("kind", "choice", choices=tuple(CouncilSeat.Kind.values)),
        "may_veto": Filter("may_veto", "bool", ops=("",)),
    },
    orders={"position": "position", "name": "name"},
    default="position",
    search=("name",),
)
DELEGATIONS = Listing(
    filters={
        "seat": Filter("seat", "id"),
        "holder": Filter("holder", "id"),
        "delegate": Filter("delegate", "id"),
        "meeting": Filter("meeting", "ref", prefix="CM"),
        "revoked": Filter("revoked_at", "null", ops=("",)),
    },
    orders={"begins_at": "begins_at", "until": "until"},
    search=(),
)
MEETINGS = Listing(
    filters={
        "kind": Filter("kind", "choice", choices=tuple(Meeting.Kind.values)),
        "state": Filter("state", "choice", choices=tuple(Meeting.State.values)),
        "number": Filter("number", "int"),
    },
    orders={"begins_at": "begins_at", "number": "number"},
    default="-begins_at",
    search=("place",),
)
ACTIONS = Listing(
    filters={
        "meeting": Filter("meeting", "ref", prefix="CM"),
        "item": Filter("item", "ref", prefix="CI"),
        "owner": Filter("owner", "id"),
        "open": Filter("done_on", "null", ops=("",)),
        "due_on": Filter("due_on", "date"),
    },
    orders={"due_on": "due_on", "created_at": "created_at"},
    default="due_on",
    search=("text",),
)
ITEMS = Listing(
    filters={
        "meeting": Filter("meeting", "ref", prefix="CM"),
        "initiative": Filter("initiative", "ref", prefix="AI"),
        "submission": Filter("submission", "ref", prefix="S"),
        "condition": Filter("condition", "ref", prefix="C"),
        "state": Filter("state", "choice", choices=tuple(AgendaItem.State.values)),
        "result": Filter("result", "choice", choices=tuple(code for code, _ in RESULTS)),
        "unit": Filter("initiative__unit__path", "subtree", ops=("",)),
    },
    orders={"position": "position", "opened_at": "opened_at", "closed_at": "closed_at"},
    search=("initiative__name",),
    nullable=frozenset({"opened_at", "closed_at"}),
)
