"""Mapping the columns of a file by clicking, and the mappings there are."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from core.errors import Item, Problem, not_found
from core.http import actor_of, form_problem, moment_of, page_view, today_only
from core.roles import Action
from exchange.forms import MappingForm, SheetForm
from exchange.mapping import MappingRefused, load_mapping, parse_mapping, shipped_mappings, to_toml
from exchange.models import ImportRun, SavedMapping
from exchange.services.clicking import Choices, document_of, first_choices
from exchange.services.detecting import Options
from exchange.services.jobs import keep_draft, look_again, restage
from exchange.services.mappings import mapping_text, save_mapping
from exchange.views.preview import READS, STEPS, find_run

State = ImportRun.State
# Where a mapping is wrong -> the field of the form that says it.
PLACES = (
    ("dates.layouts", "layouts"),
    ("absent", "absent"),
    ("name", "name"),
    ("series", "series"),
    ("lists", "separators"),
    ("fields.unit", "unit"),
)
OPEN = {State.UPLOADED, State.REFUSED, State.READY}


@page_view(Action.IMPORT)
def import_mapping(request: HttpRequest, pk: str) -> HttpResponse:
    """Say for every column what it fills. `action`: look (read the file otherwise), update (ask on), preview."""
    today_only(request)
    run = find_run(request, pk)
    if run.state not in OPEN:
        messages.info(
            request, f"This import is {run.get_state_display().lower()}: its mapping stays as it is."
        )
        return redirect("import-detail", run.pk)
    action = request.POST.get("action", "")
    if request.method == "POST" and (action == "look" or run.detected is None):
        return _look(request, run)
    if run.detected is None:
        return render(
            request, "exchange/import_mapping.html", _frame(run, None, SheetForm(initial=Options().to_json()))
        )
    chosen = Choices.from_json(run.draft) if run.draft else first_choices(run.detected, name=_called(run))
    if request.method != "POST":
        form = MappingForm(detected=run.detected, chosen=chosen, initial={"version": run.version})
        return render(request, "exchange/import_mapping.html", _frame(run, form, _sheet(run)))
    form = MappingForm(request.POST, detected=run.detected, chosen=chosen, initial={"version": run.version})
    status = 400
    if form.is_valid():
        try:
            return _chosen(request, run, form, action)
        except Problem as problem:
            status = problem.status
            _place(form, problem)
    return render(request, "exchange/import_mapping.html", _frame(run, form, _sheet(run)), status=status)


def _chosen(request: HttpRequest, run: ImportRun, form: MappingForm, action: str) -> HttpResponse:
    """Keep what was clicked; on preview check it as a mapping, save it where asked, and read the file through it."""
    choices, by, at = form.choices(), actor_of(request), moment_of(request)
    unseen = form.unseen(choices)
    version = form.cleaned_data["version"]
    if action != "preview" or unseen:
        keep_draft(run_id=run.pk, draft=choices.to_json(), by=by, expected_version=version)
        if unseen and action == "preview":
            messages.info(request, f"Say what the words mean first: {', '.join(unseen)}.")
        return redirect("import-mapping", run.pk)
    document = document_of(choices, run.detected or {})
    try:
        parse_mapping(document)
    except MappingRefused as refused:
        place = next((field for path, field in PLACES if str(refused.place).startswith(path)), "")
        items = (Item(f"/{place}", refused.code, str(refused)),) if place else ()
        raise Problem(400, refused.code, str(refused), items) from refused
    toml = to_toml(document)
    if form.cleaned_data["save"]:
        save_mapping(name=choices.name, toml=toml, by=by, at=at, replace=form.cleaned_data["replace"])
    restage(
        run_id=run.pk, mapping=toml, draft=choices.to_json(), by=by, at=at, expected_version=version
    )  # fmt: skip
    return redirect("import-detail", run.pk)


def _look(request: HttpRequest, run: ImportRun) -> HttpResponse:
    form = SheetForm(request.POST)
    status = 400
    if form.is_valid():
        said = form.cleaned_data
        try:
            options = Options(said["encoding"], said["header_row"], said["sheet"])
            look_again(run_id=run.pk, options=options, by=actor_of(request), at=moment_of(request))
            return redirect("import-mapping", run.pk)
        except Problem as problem:
            status = problem.status
            form.add_error(None, problem.detail)
    chosen = None
    if run.detected is not None:
        choices = (
            Choices.from_json(run.draft) if run.draft else first_choices(run.detected, name=_called(run))
        )
        chosen = MappingForm(detected=run.detected, chosen=choices, initial={"version": run.version})
    return render(request, "exchange/import_mapping.html", _frame(run, chosen, form), status=status)


def _place(form: MappingForm, problem: Problem) -> None:
    if problem.items and all(item.pointer.strip("/") in form.fields for item in problem.items):
        form_problem(form, problem)
    elif problem.code == "name_taken":
        form.add_error("name", problem.detail)
    else:
        form.add_error(None, problem.detail)


def _called(run: ImportRun) -> str:
    """The file's name as a first name of the mapping."""
    return run.filename.rsplit(".", 1)[0][:80]


def _sheet(run: ImportRun) -> SheetForm:
    return SheetForm(initial=(run.detected or {}).get("options"))


def _frame(run: ImportRun, form: MappingForm | None, sheet: SheetForm) -> dict[str, Any]:
    states = ("done", "now", *("later" for _ in STEPS[2:]))
    return {"run": run, "form": form, "sheet": sheet, "steps": list(zip(STEPS, states, strict=True))}


@page_view(Action.IMPORT, methods=READS)
def mapping_list(request: HttpRequest) -> HttpResponseBase:
    """The mappings there are: shipped, and saved here."""
    today_only(request)
    shipped = [(name, load_mapping(path)) for name, path in shipped_mappings().items()]
    saved = [
        (row, load_mapping(row.toml.encode())) for row in SavedMapping.objects.select_related("created_by")
    ]
    return render(request, "exchange/mapping_list.html", {"shipped": shipped, "saved": saved})


@page_view(Action.IMPORT, methods=READS)
def mapping_file(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001
    """A mapping as TOML, to be changed and uploaded with the next file."""
    text = mapping_text(name)
    if text is None:
        raise not_found("There is no mapping of that name.")
    return HttpResponse(
        text, content_type="application/toml; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="mapping.toml"'},
    )  # fmt: skip
