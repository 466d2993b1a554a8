"""Readings from a table: pasted, or from a CSV or XLSX file; first what each row will do, then recording them."""

import csv
import io
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.errors import Problem
from core.http import actor_of, form_problem, moment_of, page_view, today_only
from core.roles import Action
from core.uploads import require_within_limit
from core.wording import plural
from exchange.formulas import disarmed_for_return
from exchange.reading.table import REJECT_HEADERS
from exchange.services.reading_cells import COLUMNS, Origin
from exchange.services.reading_table import Looked, commit, look, text_of
from exchange.writing import BYTE_ORDER_MARK
from kpis.services.bulk import CREATED, REFUSED, UNCHANGED

SHOWN: Final = {REFUSED: 200, CREATED: 50, UNCHANGED: 20}


class TableForm(forms.Form):
    """A table as text, or a file that becomes it."""

    file = forms.FileField(
        required=False, help_text="CSV or XLSX, up to 20,000 rows. It is put into the field below, where it can be mended.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.tsv,.txt"}),
        error_messages={"empty": "The file is empty. Load a file with a header row and data rows."},
    )  # fmt: skip
    text = forms.CharField(
        required=False, strip=False, label="Table",
        help_text="One reading a line: KPI, day, value and, if wanted, a note, with tabs, semicolons or commas between.",
        widget=forms.Textarea(
            attrs={"rows": 12, "class": "raw", "wrap": "off", "spellcheck": "false",
                   "placeholder": "K-0042\t2026-11-20\t5.8\tfour teams"}
        ),
    )  # fmt: skip
    decimal = forms.ChoiceField(
        choices=[("point", "Point: 1234.5"), ("comma", "Comma: 1234,5")], initial="point",
        label="Decimals are written with",
    )  # fmt: skip
    only_good = forms.BooleanField(required=False)
    name = forms.CharField(required=False, max_length=255, widget=forms.HiddenInput)
    digest = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not (said.get("text") or "").strip() and said.get("file") is None and not self.errors:
            self.add_error("text", "Paste a table, or choose a file.")
        return said

    @property
    def origin(self) -> Origin:
        return Origin(self.cleaned_data["name"], self.cleaned_data["digest"])


@page_view(Action.MEASURE)
def readings_load(request: HttpRequest) -> HttpResponse:
    """Paste or upload, look, record. Nothing is kept between the steps but the text in the form."""
    today_only(request)
    posted = request.method == "POST"
    form = TableForm(request.POST, request.FILES) if posted else TableForm()
    if not posted:
        return _page(request, form)
    try:
        require_within_limit(request)
        if not form.is_valid():
            return _page(request, form, status=400)
        loaded = form.cleaned_data["file"] is not None
        form = _with_file(request, form) if loaded else form
        return _done(request, form, loaded=loaded)
    except Problem as problem:
        form.is_valid()
        form.errors.pop("file", None)  # what was cut off is not the story
        form_problem(form, problem)
        return _page(request, form, status=problem.status)


def _done(request: HttpRequest, form: TableForm, *, loaded: bool) -> HttpResponse:
    """Look, give the refused rows, or record. A file just chosen is only looked at: nobody has seen it yet."""
    said = form.cleaned_data
    asked = {
        "text": said["text"],
        "comma": said["decimal"] == "comma",
        "origin": form.origin,
        "by": actor_of(request),
    }
    if loaded or "record" not in request.POST:
        looked = look(**asked)
        return _rejects(looked) if "refused" in request.POST else _page(request, form, looked)
    try:
        looked, recorded = commit(**asked, only_good=said["only_good"], at=moment_of(request))
    except Problem as problem:
        if problem.code != "rows_refused":
            raise
        return _page(request, form, look(**asked), problem=problem, status=problem.status)
    told = f"{plural(len(recorded), 'reading')} on record"
    same, refused = looked.count(UNCHANGED), looked.count(REFUSED)
    told += f", {same:,} the same as before" if same else ""
    told += f", {refused:,} refused and left out" if refused else ""
    messages.success(request, f"{told}. The KPIs are judged again within a moment.")
    return redirect("kpi-list")


def _with_file(request: HttpRequest, form: TableForm) -> TableForm:
    """The form with the file's table in place of the text, so that what is looked at is what is recorded."""
    file: Any = form.cleaned_data["file"]
    text, origin = text_of(file.read(), file.name or "file")
    data = request.POST.copy()
    for name, value in (("text", text), ("name", origin.name), ("digest", origin.digest)):
        data[name] = value
    filled = TableForm(data)
    filled.is_valid()
    return filled


def _page(
    request: HttpRequest, form: TableForm, looked: Looked | None = None, *, problem: Problem | None = None, status: int = 200
) -> HttpResponse:  # fmt: skip
    context: dict[str, Any] = {"form": form, "looked": looked, "problem": problem, "columns": COLUMNS}
    if looked is not None:
        lines = [line for outcome, most in SHOWN.items() for line in looked.of(outcome)[:most]]
        context |= {
            "counts": [(outcome, looked.count(outcome)) for outcome in (CREATED, UNCHANGED, REFUSED)],
            "lines": lines, "total": len(looked.lines), "refused": looked.count(REFUSED),
            "created": looked.count(CREATED), "first_refused": looked.of(REFUSED)[:3],
        }  # fmt: skip
    return render(request, "exchange/readings_load.html", context, status=status)


def _rejects(looked: Looked) -> HttpResponse:
    """The refused rows with their reasons, to be mended and loaded again: a reader drops the reasons."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    out.write(BYTE_ORDER_MARK)
    writer.writerow([*COLUMNS, *REJECT_HEADERS])
    for line in looked.of(REFUSED):
        writer.writerow(
            map(disarmed_for_return, (*line.cells, str(line.row), line.column, line.raw, line.reason))
        )
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="refused-readings.csv"'
    return response
