"""One import: its progress, the preview of the difference, and what became of it."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers

from core import vocabulary
from core.errors import Problem, not_found
from core.http import actor_of, moment_of, page_view, paginate, today_only
from core.roles import Action
from core.values import read_ref, wrong
from exchange.forms import CommitForm
from exchange.models import ImportRow, ImportRun
from exchange.queries.runs import is_stuck, not_in_file, rows, runs
from exchange.queries.words import Line, cells_of, line_of, refusals_of
from exchange.services.imports import NEWER, changes, content_of, discard_import, latest
from exchange.services.jobs import begin_commit, receive
from portfolio.models import Initiative

State, Outcome = ImportRun.State, ImportRow.Outcome
READS, WRITES = ("GET", "HEAD"), ("POST",)
BUSY = {State.STAGING, State.COMMITTING}
# What a count opens: `?show=` -> (word of the vocabulary, key in counts).
COUNTS = {
    "created": ("created", "created"),
    "updated": ("updated", "updated"),
    "unchanged": ("unchanged", "unchanged"),
    "refused": ("refused", "refused"),
    "cells": ("cell_refused", "cell_warnings"),
    "missing": ("not_in_file", "not_in_file"),
}
FIRST_UPDATED, FIRST_LINES, FIRST_MISSING, FIRST_CELLS = 10, 14, 3, 10
FIRST_COLUMNS = 12
STEPS = ("Upload", "Map", "Validate", "Preview the difference", "Commit")


def find_run(request: HttpRequest, pk: str) -> ImportRun:
    """The import, or 404."""
    run = runs(actor_of(request)).filter(pk=read_ref(pk, "")).first()
    if run is None:
        raise not_found()
    return run


@page_view(Action.IMPORT, methods=READS)
def import_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """Where the import stands. While a worker is at it, its progress; then the difference, or one count's rows."""
    today_only(request)
    return page(request, find_run(request, pk))


def page(request: HttpRequest, run: ImportRun, *, problem: Problem | None = None) -> HttpResponse:
    """The page of a run; `problem` is why the last request came to nothing."""
    context: dict[str, Any] = {"run": run, "steps": _steps(run), "problem": problem, "stuck": is_stuck(run)}
    polled = bool(request.headers.get("HX-Request")) and not request.headers.get("HX-Boosted")
    if run.state in BUSY and not context["stuck"]:
        response = render(
            request, "exchange/_progress.html" if polled else "exchange/import_detail.html", context
        )
    elif polled and "show" not in request.GET and "page" not in request.GET:
        response = HttpResponse(headers={"HX-Refresh": "true"})  # the work is done: show what came of it
    else:
        context |= _shown(request, run)
        response = render(
            request, "exchange/import_detail.html", context, status=problem.status if problem else 200
        )
    patch_vary_headers(response, ["HX-Request"])
    return response


def _steps(run: ImportRun) -> list[tuple[str, str]]:
    at = {
        State.UPLOADED: 1, State.STAGING: 2, State.REFUSED: 2, State.READY: 3, State.DISCARDED: 3, State.COMMITTING: 4,
        State.COMMITTED: 5,
    }[State(run.state)]  # fmt: skip
    return [
        (label, "done" if place < at else "now" if place == at else "later")
        for place, label in enumerate(STEPS)
    ]


def _shown(request: HttpRequest, run: ImportRun) -> dict[str, Any]:
    """The counts, and the rows of the one asked for by `?show=`; without it the first of each."""
    if run.state not in {State.READY, State.COMMITTED}:
        return {"counts": []}
    show = request.GET.get("show", "")
    if show and show not in COUNTS:
        raise wrong("show", f"{show[:40]!r} cannot be shown. Known: {', '.join(COUNTS)}.")
    columns = run.summary.get("columns", [])
    mapped = [column for column in columns if column["fields"]]
    context: dict[str, Any] = {
        "counts": [
            (word, run.counts.get(key, 0), name, name == show) for name, (word, key) in COUNTS.items()
        ],
        "show": show,
        "show_word": vocabulary.word("import_row", COUNTS[show][0]) if show else "",
        "columns": columns,
        "mapped": mapped,
        "first": mapped[:FIRST_COLUMNS],
        "more": mapped[FIRST_COLUMNS:],
        "kept": [column for column in columns if not column["fields"]],
        "writes": changes(run.counts),
        "total": run.counts["rows"],
        "good": run.counts["rows"] - run.counts["refused"],
    }
    if run.state == State.READY:
        newest = latest(run.series)
        context["outdated"] = NEWER if (newest.pk if newest else None) != run.base_id else ""
        context["form"] = CommitForm(initial={"version": run.version, "only_good_rows": run.only_good_rows})
        context["refusals"] = refusals_of(rows(run).filter(outcome=Outcome.REFUSED)[:5])
    return context | (_one(request, run, show) if show else _overview(run))


def _overview(run: ImportRun) -> dict[str, Any]:
    """The first rows of every kind. Four statements."""
    of = rows(run)
    lines = _lines(run, of.filter(outcome=Outcome.UPDATED)[:FIRST_UPDATED])
    lines += _lines(run, of.filter(outcome=Outcome.CREATED)[: FIRST_LINES - len(lines)])
    missing = list(not_in_file(run)[:FIRST_MISSING]) if run.counts.get("not_in_file") else []
    shown = len(lines) + len(missing)
    cells = cells_of(of.filter(warned=True)[:FIRST_CELLS])[:FIRST_CELLS]
    return {
        "lines": lines,
        "missing": missing,
        "shown": shown,
        "all": run.counts["created"] + run.counts["updated"] + run.counts.get("not_in_file", 0),
        "cells": cells,
    }


def _lines(run: ImportRun, found: Iterable[ImportRow]) -> list[Line]:
    return [line_of(row, run.as_of) for row in found]


def _one(request: HttpRequest, run: ImportRun, show: str) -> dict[str, Any]:
    """One count's rows, a page at a time."""
    if show == "missing":
        missing: Page[Initiative] = paginate(request, not_in_file(run))
        return {"page": missing, "missing": missing.object_list}
    found = rows(run).filter(warned=True) if show == "cells" else rows(run).filter(outcome=show)
    page: Page[ImportRow] = paginate(request, found)
    if show == "cells":
        return {"page": page, "cells": cells_of(page.object_list)}
    if show == "refused":
        return {"page": page, "cells": refusals_of(page.object_list)}
    return {"page": page, "lines": _lines(run, page.object_list)}


@page_view(Action.IMPORT, methods=WRITES)
def import_commit(request: HttpRequest, pk: str) -> HttpResponse:
    """Write what the preview shows."""
    run = find_run(request, pk)
    form = CommitForm(request.POST)
    if not form.is_valid():
        return page(
            request, run, problem=Problem(400, "invalid", "Look at the preview again, then commit it.")
        )
    try:
        done = begin_commit(
            run_id=run.pk, by=actor_of(request), at=moment_of(request),
            only_good_rows=form.cleaned_data["only_good_rows"], expected_version=form.cleaned_data["version"],
        )  # fmt: skip
    except Problem as problem:
        return page(request, find_run(request, pk), problem=problem)
    if done.state == State.COMMITTED:
        messages.success(request, f"{changes(done.counts)} rows of {done.filename} are in the portfolio.")
    return redirect("import-detail", run.pk)


@page_view(Action.IMPORT, methods=WRITES)
def import_discard(request: HttpRequest, pk: str) -> HttpResponse:
    """Throw the preview away."""
    run = find_run(request, pk)
    try:
        discard_import(run_id=run.pk, by=actor_of(request), at=moment_of(request))
    except Problem as problem:
        return page(request, find_run(request, pk), problem=problem)
    messages.success(request, f"The preview of {run.filename} is discarded. Nothing was written.")
    return redirect("import-list")


@page_view(Action.IMPORT, methods=WRITES)
def import_again(request: HttpRequest, pk: str) -> HttpResponse:
    """A new preview of the same file through the same mapping: against what is there now."""
    run = find_run(request, pk)
    if not run.mapping_toml:
        return redirect("import-mapping", run.pk)
    try:
        again = receive(
            data=content_of(run.file_id), filename=run.filename, mapping=run.mapping_toml, as_of=run.as_of,
            by=actor_of(request), at=moment_of(request),
        )  # fmt: skip
    except Problem as problem:
        return page(request, run, problem=problem)
    return redirect("import-detail", again.pk)


@page_view(Action.IMPORT, methods=READS)
def import_rejects(request: HttpRequest, pk: str) -> HttpResponse:
    """The refused rows as a file that can be mended and fed again."""
    run = find_run(request, pk)
    if run.rejects_id is None:
        raise not_found("No row of this import was refused.")
    return _download(content_of(run.rejects_id), f"import-{run.pk}-refused.csv", "text/csv; charset=utf-8")


@page_view(Action.IMPORT, methods=READS)
def import_mapping_file(request: HttpRequest, pk: str) -> HttpResponse:
    """The mapping this import went through, as TOML."""
    run = find_run(request, pk)
    if not run.mapping_toml:
        raise not_found("This import has no mapping yet.")
    return _download(run.mapping_toml.encode(), f"import-{run.pk}.toml", "application/toml; charset=utf-8")


def _download(content: bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
