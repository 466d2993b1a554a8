"""Papers as pages and as tagged PDFs: the decision paper of a submission, the pack of a meeting, its minutes."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from core import clock
from core.access import Actor
from core.errors import not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.typeset import paper_pdf, unheld
from domain.paper import digest, paper_to_json
from governance.models import Meeting, Minutes
from governance.queries.council_minutes import shown_to
from governance.queries.our_time import in_our_time
from governance.queries.papers.council_pack import council_pack
from governance.queries.papers.decision import decision_paper
from governance.queries.papers.issues import issued
from governance.queries.papers.item import item_paper, with_motion
from governance.queries.papers.minutes import minutes_paper
from governance.views.council import find_meeting
from governance.views.council_item import find_item
from governance.views.submissions import find_submission


@dataclass(frozen=True, slots=True)
class Made:
    """A paper as JSON, the name of its file, where it stands (words, address), and other issues of it (words, address)."""

    document: dict[str, Any]
    name: str
    path: list[tuple[str, str]]
    others: list[tuple[str, str]] = field(default_factory=list)


def _decision(request: HttpRequest, ref: str, _actor: Actor, _at: datetime) -> Made:
    row = find_submission(request, ref)
    path = [
        ("Gates asked for", reverse("submission-list")),
        (row.ref, reverse("submission-detail", args=[row.ref])),
    ]
    return Made(paper_to_json(decision_paper(row)), f"{row.ref}-decision-paper", path)


def _item(request: HttpRequest, ref: str, _actor: Actor, at: datetime) -> Made:
    """Of an item that answers a submission it is the submission's."""
    row = find_item(request, ref)
    today = clock.day_of(at)
    paper = (
        item_paper(row, today)
        if row.submission is None
        else with_motion(decision_paper(row.submission), row, today)
    )
    path = [*_of_council(row.meeting), (row.ref, reverse("council-item", args=[row.ref]))]
    return Made(paper_to_json(paper), f"{row.ref}-decision-paper", path)


def _pack(request: HttpRequest, ref: str, actor: Actor, at: datetime) -> Made:
    """The latest issue; `?issue=1` an earlier one, `?issue=draft` what would be issued now."""
    row = find_meeting(ref)
    asked = request.GET.get("issue", "")
    issues = list(row.issues.select_related("issued_by", "meeting"))
    here = request.path.removesuffix(".pdf").rstrip("/") + "/"
    others = [
        (f"Issue {one.number}, {in_our_time(one.issued_at)}", f"{here}?issue={one.number}") for one in issues
    ]
    if asked == "draft" or (not issues and not asked):
        document = paper_to_json(council_pack(row, actor, at))
        document["meta"].append(["State", "A draft as of now: not issued"])
        return Made(document, f"{row.ref}-pack-draft", _of_council(row), others)
    found = issues[0] if not asked else next((one for one in issues if str(one.number) == asked), None)
    if found is None:
        raise not_found("These papers have no such issue.")
    since = found == issues[0] and row.ended_at is None
    others = [one for one in others if one[1] != f"{here}?issue={found.number}"]
    if row.ended_at is None:
        others.append(("As the record says it now", f"{here}?issue=draft"))
    return Made(issued(found, actor, since=since), f"{row.ref}-pack-{found.number}", _of_council(row), others)


def _minutes(_request: HttpRequest, ref: str, actor: Actor, _at: datetime) -> Made:
    meeting = find_meeting(ref)
    row = Minutes.objects.select_related("meeting", "approved_by").filter(meeting=meeting).first()
    if row is None:
        raise not_found("The minutes of this meeting are not drafted yet.")
    document = shown_to(json.loads(row.document), actor)
    return Made(paper_to_json(minutes_paper(row, document)), f"{meeting.ref}-minutes", _of_council(meeting))


def _of_council(row: Meeting) -> list[tuple[str, str]]:
    return [
        ("Council", reverse("council-home")),
        (f"{row.get_kind_display()} {row.number}", reverse("council-meeting", args=[row.ref])),
    ]


MAKERS: Final[dict[str, Callable[[HttpRequest, str, Actor, datetime], Made]]] = {
    "decision": _decision, "item": _item, "pack": _pack, "minutes": _minutes,
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
    made = MAKERS[kind](request, ref, actor_of(request), moment_of(request))
    asked = request.GET.urlencode()
    context: dict[str, Any] = {
        "paper": made.document, "path": made.path, "hash": digest(made.document), "others": made.others,
        "pdf": f"{request.path.rstrip('/')}.pdf" + (f"?{asked}" if asked else ""), "named": unheld(made.document),
    }  # fmt: skip
    return render(request, "core/paper.html", context)


@page_view(Action.VIEW)
def paper_file(request: HttpRequest, ref: str, kind: str) -> HttpResponse:
    """The same as a tagged PDF."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    made = MAKERS[kind](request, ref, actor, at)
    file = paper_pdf(made.document, at=at, by=actor.label)
    answer = HttpResponse(file, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{made.name}.pdf"'
    return answer
