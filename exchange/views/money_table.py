"""Money from a table: pasted, or from a CSV or XLSX file; first what each row will do, then recording it, all or nothing."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.errors import Problem, not_found
from core.http import actor_of, form_problem, moment_of, page_view, today_only
from core.roles import Action
from core.uploads import require_within_limit
from core.wording import plural
from exchange.services.money_table import CREATED, REFUSED, SHEETS, UNCHANGED, Looked, commit, look, text_of

SHOWN: Final = 200
WORDS: Final = {
    "spend": ("Load money spent", "expenditure", "AI-0042\t2026-11-20\t1250.00\tcloud"),
    "commitments": ("Load commitments", "commitment", "AI-0042\t2026-11-20\t48000.00\tNordwind Cloud"),
    "benefits": ("Load benefits", "benefit", "AI-0042\t2026-11\t8400.00\tclaimed\thttps://ledger.example/11"),
}


class MoneyTableForm(forms.Form):
    """A table as text, or a file that becomes it."""

    file = forms.FileField(
        required=False, help_text="CSV or XLSX, up to 500 rows. It is put into the field below, where it can be mended.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.tsv,.txt"}),
    )  # fmt: skip
    text = forms.CharField(
        required=False, strip=False, label="Table", help_text="The first line names the columns.",
        widget=forms.Textarea(attrs={"rows": 12, "class": "raw", "wrap": "off", "spellcheck": "false"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not (said.get("text") or "").strip() and said.get("file") is None and not self.errors:
            self.add_error("text", "Paste a table, or choose a file.")
        return said


@page_view(Action.RECORD_MONEY)
def money_load(request: HttpRequest, kind: str) -> HttpResponse:
    """Paste or upload, look, record. Nothing is kept between the steps but the text in the form."""
    if kind not in SHEETS:
        raise not_found()
    today_only(request)
    posted = request.method == "POST"
    form = MoneyTableForm(request.POST, request.FILES) if posted else MoneyTableForm()
    if not posted:
        return _page(request, kind, form)
    try:
        require_within_limit(request)
        if not form.is_valid():
            return _page(request, kind, form, status=400)
        loaded = form.cleaned_data["file"] is not None
        form = _with_file(request, form) if loaded else form
        return _done(request, kind, form, loaded=loaded)
    except Problem as problem:
        form.is_valid()
        form_problem(form, problem)
        return _page(request, kind, form, status=problem.status)


def _done(request: HttpRequest, kind: str, form: MoneyTableForm, *, loaded: bool) -> HttpResponse:
    """Look, or record. A file just chosen is only looked at: nobody has seen it yet."""
    asked: dict[str, Any] = {
        "kind": kind, "text": form.cleaned_data["text"], "by": actor_of(request), "at": moment_of(request),
    }  # fmt: skip
    if loaded or "record" not in request.POST:
        return _page(request, kind, form, look(**asked))
    try:
        looked = commit(**asked)
    except Problem as problem:
        if problem.code != "rows_refused":
            raise
        return _page(request, kind, form, look(**asked), status=problem.status)
    same = looked.count(UNCHANGED)
    told = f"{plural(looked.count(CREATED), WORDS[kind][1])} on record"
    messages.success(request, f"{told}, {same:,} the same as before." if same else f"{told}.")
    return redirect("ledger", kind)


def _with_file(request: HttpRequest, form: MoneyTableForm) -> MoneyTableForm:
    file: Any = form.cleaned_data["file"]
    data = request.POST.copy()
    data["text"] = text_of(file.read(), file.name or "file")
    filled = MoneyTableForm(data)
    filled.is_valid()
    return filled


def _page(
    request: HttpRequest, kind: str, form: MoneyTableForm, looked: Looked | None = None, *, status: int = 200
) -> HttpResponse:
    heading, noun, sample = WORDS[kind]
    form.fields["text"].widget.attrs["placeholder"] = "\t".join(SHEETS[kind].columns[:4]) + "\n" + sample
    context: dict[str, Any] = {
        "form": form, "looked": looked, "kind": kind, "heading": heading, "noun": noun, "columns": SHEETS[kind].columns,
        "needed": SHEETS[kind].columns[: SHEETS[kind].needed],
    }  # fmt: skip
    if looked is not None:
        order = {REFUSED: 0, CREATED: 1, UNCHANGED: 2}
        lines = sorted(looked.lines, key=lambda line: (order[line.outcome], line.row))[:SHOWN]
        context |= {
            "lines": [(line, [line.cells.get(name, "") for name in SHEETS[kind].columns]) for line in lines],
            "counts": [(outcome, looked.count(outcome)) for outcome in (CREATED, UNCHANGED, REFUSED)],
            "total": len(looked.lines), "created": looked.count(CREATED), "refused": looked.count(REFUSED),
        }  # fmt: skip
    return render(request, "exchange/money_load.html", context, status=status)
