"""The audit log, for those who may read it."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.http import actor_of, page_view
from core.queries import EVENTS, events
from core.roles import Action
from core.tables import Column, list_page

CELLS = "core/cells"
COLUMNS = (
    Column("id", "No.", f"{CELLS}/event_id.html", lambda r: r.pk, sort="id"),
    Column("at", "When", f"{CELLS}/event_at.html", lambda r: r.at, sort="at"),
    Column("actor", "Who", f"{CELLS}/event_actor.html", lambda r: r.actor_label),
    Column("action", "What", f"{CELLS}/event_action.html", lambda r: r.action),
    Column("object", "About", f"{CELLS}/event_object.html", lambda r: f"{r.object_type} {r.object_id}"),
    Column(
        "change", "Change", f"{CELLS}/event_change.html", lambda r: f"{r.before} -> {r.after}", css="full"
    ),
    Column("request", "Request", f"{CELLS}/event_request.html", lambda r: r.request_id, shown=False),
)


@page_view(Action.READ_AUDIT)
def event_list(request: HttpRequest) -> HttpResponseBase:
    """Every change, newest first. Nothing in it can be changed."""
    return list_page(
        request, rows=events(actor_of(request)), listing=EVENTS, columns=COLUMNS, template="core/event_list.html",
        filename="audit-log", context={"caption": "Audit log", "empty": {"title": "Nothing on record yet"}},
    )  # fmt: skip
