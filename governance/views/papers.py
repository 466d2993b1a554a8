"""Papers as pages and as tagged PDFs: the decision paper of a submission, the pack of a meeting, its minutes."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from core.access import Actor
from core.errors import not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.typeset import paper_pdf, unheld
from domain.paper import Paper, digest, paper_to_json
from governance.models import Meeting, Minutes
from governance.queries.council_minutes import shown_to
from governance.queries.papers.council_pack import council_pack
from governance.queries.papers.decision import decision_paper
from governance.queries.papers.minutes import minutes_paper
from governance.views.council import find_meeting
from governance.views.submissions import find_submission

Made = tuple[Paper, str, list[tuple[str, str]]]
"""A paper, the name of its file, and where it stands (words, address)."""


def _decision(request: HttpRequest, ref: str, _actor: Actor, _at: datetime) -> Made:
    row = find_submission(request, ref)
    path = [
        ("Gates asked for", reverse("submission-list")),
        (row.ref, reverse("submission-detail", args=[row.ref])),
    ]
    return decision_paper(row), f"{row.ref}-decision-paper", path


def _pack(_request: HttpRequest, ref: str, actor: Actor, at: datetime) -> Made:
    row = find_meeting(ref)
    return council_pack(row, actor, at), f"{row.ref}-pack", _of_council(row)


def _minutes(_request: HttpRequest, ref: str, actor: Actor, _at: datetime) -> Made:
    meeting = find_meeting(ref)
    row = Minutes.objects.select_related("meeting", "approved_by").filter(meeting=meeting).first()
    if row is None:
        raise not_found("The minutes of this meeting are not drafted yet.")
    document = shown_to(json.loads(row.document), actor)
    return minutes_paper(row, document), f"{meeting.ref}-minutes", _of_council(meeting)


def _of_council(row: Meeting) -> list[tuple[str, str]]:
    return [
        ("Council", reverse("council-home")),
        (f"Meeting {row.number}", reverse("council-meeting", args=[row.ref])),
    ]


MAKERS: Final[dict[str, Callable[[HttpRequest, str, Actor, datetime], Made]]] = {
    "decision": _decision, "pack": _pack, "minutes": _minutes,
}  # fmt: skip


@page_view(Action.VIEW)
def sealed_report(request: HttpRequest, ref: str) -> HttpResponse:
    """The report of the pilot as it was frozen with a submission; what the record says today is the pilot's own page."""
    today_only(request)
    row = find_submission(request, ref)
    report = json.loads(row.document).get("report")
    if report is None:
        raise not_found("No report of a pilot was sealed with this submission.")
    path = [
        ("Gates asked for", reverse("submission-list")),
        (row.ref, reverse("submission-detail", args=[row.ref])),
    ]
    document = report["document"]
    context = {"paper": document, "path": path, "hash": digest(document), "named": unheld(document)}
    return render(request, "core/paper.html", context)


@page_view(Action.VIEW)
def paper_page(request: HttpRequest, ref: str, kind: str) -> HttpResponse:
    """A paper to be read here. Its hash is the same whoever reads it, as long as they may see the same."""
    today_only(request)
    paper, _, path = MAKERS[kind](request, ref, actor_of(request), moment_of(request))
    document = paper_to_json(paper)
    context: dict[str, Any] = {
        "paper": document, "path": path, "hash": digest(document), "pdf": f"{request.path.rstrip('/')}.pdf",
        "named": unheld(document),
    }  # fmt: skip
    return render(request, "core/paper.html", context)


@page_view(Action.VIEW)
def paper_file(request: HttpRequest, ref: str, kind: str) -> HttpResponse:
    """The same as a tagged PDF."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    paper, name, _ = MAKERS[kind](request, ref, actor, at)
    made = paper_pdf(paper_to_json(paper), at=at, by=actor.label)
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return answer
