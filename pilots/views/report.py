"""The pilot report as a page and as a tagged PDF."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from core import clock
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.typeset import paper_pdf, unheld
from domain.paper import digest, paper_to_json
from pilots.queries.report import pilot_report
from pilots.views.pilot import find_pilot


@page_view(Action.VIEW)
def report(request: HttpRequest, ref: str) -> HttpResponse:
    """What the record says of the pilot, to be read before it is decided."""
    today_only(request)
    row = find_pilot(request, ref)
    document = paper_to_json(pilot_report(row, clock.day_of(moment_of(request))))
    initiative = row.initiative
    context = {
        "paper": document, "hash": digest(document), "pdf": f"{request.path.rstrip('/')}.pdf", "named": unheld(document),
        "path": [("Pilots", reverse("pilot-list")), (initiative.ref, reverse("initiative-pilot", args=[initiative.ref]))],
    }  # fmt: skip
    return render(request, "core/paper.html", context)


@page_view(Action.VIEW)
def report_file(request: HttpRequest, ref: str) -> HttpResponse:
    """The same as a PDF."""
    today_only(request)
    row, at = find_pilot(request, ref), moment_of(request)
    made = paper_pdf(paper_to_json(pilot_report(row, clock.day_of(at))), at=at, by=actor_of(request).label)
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{row.ref}-report.pdf"'
    return answer
