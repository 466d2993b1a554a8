"""The list of imports, and uploading a file."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from core.errors import Problem, field_error
from core.filtering import FilterForm, chips
from core.http import actor_of, form_problem, moment_of, page_view
from core.roles import Action
from core.tables import Column, list_page
from core.uploads import require_within_limit
from exchange.forms import OWN_FILE, UploadForm
from exchange.models import ImportRun
from exchange.queries.runs import RUNS, runs
from exchange.services.jobs import receive
from exchange.services.mappings import mapping_from, mapping_text

CELLS = "exchange/cells"
State = ImportRun.State
CALLED = {"created_on": "uploaded", "created_by": "uploaded by", "as_of": "as of"}


def _count(name: str) -> Any:
    return lambda run: run.counts.get(name, "")


COLUMNS = (
    Column("file", "Import", f"{CELLS}/import.html", lambda r: r.filename, sort="filename"),
    Column("state", "State", f"{CELLS}/state.html", lambda r: r.get_state_display(), sort="state"),
    Column("as_of", "As of", f"{CELLS}/as_of.html", lambda r: r.as_of, sort="as_of", css="num"),
    Column("created", "Created", f"{CELLS}/created.html", _count("created"), css="num"),
    Column("updated", "Updated", f"{CELLS}/updated.html", _count("updated"), css="num"),
    Column("unchanged", "Unchanged", f"{CELLS}/unchanged.html", _count("unchanged"), css="num"),
    Column("refused", "Refused", f"{CELLS}/refused.html", _count("refused"), css="num"),
    Column("mapping", "Mapping", f"{CELLS}/mapping.html", lambda r: r.mapping_name, css="hide-s"),
    Column("by", "By", f"{CELLS}/by.html", lambda r: r.created_by.name if r.created_by else "", sort="created_at"),
)  # fmt: skip


class Filters(FilterForm):
    """Above the list."""

    q = forms.CharField(
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "File, series, mapping"}),
    )
    state = forms.ChoiceField(choices=[("", "All states"), *State.choices])


@page_view(Action.IMPORT, methods=("GET", "HEAD"))
def import_list(request: HttpRequest) -> HttpResponseBase:
    """Every import, the latest first."""
    form = Filters(request)
    return list_page(
        request, rows=runs(actor_of(request)), listing=RUNS, columns=COLUMNS, template="exchange/import_list.html",
        filename="imports",
        context={
            "caption": "Imports", "filters": form, "filters_set": chips(request, form, RUNS, CALLED),
            "empty": {
                "title": "Nothing imported yet",
                "text": "Upload the spreadsheet you keep today. You see every change before anything is written.",
                "action": "Import a file", "url": reverse("import-create"),
            },
        },
    )  # fmt: skip


@page_view(Action.IMPORT)
def import_create(request: HttpRequest) -> HttpResponse:
    """Upload a file. What is over the limit is refused while it streams; what cannot be read is not kept."""
    posted = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if posted else UploadForm()
    status = 200
    if posted:
        try:
            require_within_limit(request)
            if form.is_valid():
                return _received(request, form)
            status = 400
        except Problem as problem:
            status = problem.status
            form.is_valid()
            form.errors.pop("file", None)  # what was cut off is not the story
            if all(item.pointer.strip("/") in form.fields for item in problem.items) and problem.items:
                form_problem(form, problem)
            else:
                form.add_error("file", problem.detail)
    return render(request, "exchange/import_form.html", {"form": form}, status=status)


def _received(request: HttpRequest, form: UploadForm) -> HttpResponse:
    said = form.cleaned_data
    file: Any = said["file"]
    as_of: date | None = said["as_of"]
    run = receive(
        data=file.read(), filename=file.name or "file", mapping=_mapping(said), as_of=as_of, by=actor_of(request),
        at=moment_of(request),
    )  # fmt: skip
    if run.state == State.UPLOADED:
        return redirect("import-mapping", run.pk)
    if run.state == State.STAGING:
        messages.info(
            request, f"{run.filename} is large. It is read in the background; you can leave this page."
        )
    return redirect("import-detail", run.pk)


def _mapping(said: dict[str, Any]) -> str | None:
    """The TOML chosen; None where the columns are still to be mapped."""
    if said["mapping"] == OWN_FILE:
        try:
            return mapping_from(said["mapping_file"].read())
        except Problem as problem:
            raise field_error("mapping_file", problem.detail, code=problem.code) from problem
    return mapping_text(said["mapping"]) if said["mapping"] else None
