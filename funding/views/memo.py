"""The memo to CFO and CIO: as the record has it today, as it was kept, and either as a PDF."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.access import allows, require, scope
from core.errors import Problem, not_found
from core.http import actor_of, as_of, moment_of, page_view
from core.roles import Action
from core.typeset import unheld
from core.values import read_ref
from domain.memo_document import canonical, digest, fingerprint
from funding.exports import memo_pdf
from funding.models import Memo
from funding.queries.memo import kept_of, memo_document
from funding.services.memos import keep_memo
from portfolio.models import Initiative
from portfolio.views.frame import address, find_initiative

# Where the rows behind a figure stand: the name of the page, and what it is called with.
_PAGES: Final = {
    "case": "initiative-case", "money": "initiative-money", "kpis": "initiative-kpis", "pilot": "initiative-pilot",
    "flags": "initiative-flags",
}  # fmt: skip
LONGEST_FIGURE: Final = 24
SOME_LETTERS: Final = 8
_ROLES: Final = {"release": "good", "hold": "warn", "stop": "ink", "none": "unknown"}
_SHAPES: Final = {"release": "go", "hold": "bars", "stop": "oct-bar", "none": "q"}
_HEADS: Final = {"release": "Release", "hold": "Hold", "stop": "Stop", "none": "No recommendation"}


@page_view(Action.VIEW)
def memo_page(request: HttpRequest, ref: str) -> HttpResponse:
    """The memo as the record has it now, and those that were kept."""
    _today_only(request)
    initiative = find_initiative(request, ref)
    document = memo_document(initiative, by=actor_of(request), at=moment_of(request))
    context = {
        **_shown(document, initiative), "kept": kept_of(initiative), "fingerprint": fingerprint(document),
        "may_keep": document["figures"] is not None and allows(actor_of(request), Action.RECORD_MONEY, initiative),
    }  # fmt: skip
    return render(request, "funding/memo.html", context)


@page_view(Action.VIEW)
def memo_page_pdf(request: HttpRequest, ref: str) -> HttpResponse:
    """The same as a PDF."""
    _today_only(request)
    initiative = find_initiative(request, ref)
    document = memo_document(initiative, by=actor_of(request), at=moment_of(request))
    return as_pdf(document, f"{initiative.ref}-memo-{document['on']}.pdf")


@page_view(Action.RECORD_MONEY, methods=("POST",))
def memo_keep(request: HttpRequest, ref: str) -> HttpResponse:
    """Keep the memo that was read."""
    initiative = find_initiative(request, ref)
    require(actor_of(request), Action.RECORD_MONEY, initiative)
    seen = request.POST.get("fingerprint", "")
    row = keep_memo(initiative_id=initiative.pk, seen=seen, by=actor_of(request), at=moment_of(request))
    messages.success(request, f"Kept as {row.ref}. It cites {row.case.ref}.")
    return redirect("memo-detail", row.ref)


@page_view(Action.VIEW)
def memo_detail(request: HttpRequest, ref: str) -> HttpResponse:
    """A memo as it was kept, word for word."""
    row = find_memo(request, ref)
    document = json.loads(row.document)
    context = {
        **_shown(document, row.initiative), "memo": row, "kept": kept_of(row.initiative),
        "intact": digest(canonical(document)) == row.seal == digest(row.document),
    }  # fmt: skip
    return render(request, "funding/memo.html", context)


@page_view(Action.VIEW)
def memo_detail_pdf(request: HttpRequest, ref: str) -> HttpResponse:
    """A kept memo as a PDF."""
    row = find_memo(request, ref)
    return as_pdf(json.loads(row.document), f"{row.ref}.pdf", seal=row.seal, ref=row.ref)


def find_memo(request: HttpRequest, ref: str) -> Memo:
    """The memo by `MEMO-0001` or `1`. Problem 404 for what the reader may not know."""
    rows = Memo.objects.filter(scope(actor_of(request), Action.VIEW, Memo))
    found = (
        rows.select_related("initiative__unit", "case", "kept_by").filter(pk=read_ref(ref, "MEMO")).first()
    )
    if found is None:
        raise not_found()
    return found


def as_pdf(document: Mapping[str, Any], name: str, *, seal: str = "", ref: str = "") -> HttpResponse:
    """The memo as a download."""
    response = HttpResponse(memo_pdf(document, seal=seal, ref=ref), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _today_only(request: HttpRequest) -> None:
    """Refuse another day: notes and findings behind a memo are known as they are now. What was sent then was kept."""
    if as_of(request) is not None:
        said = "A memo is written from the record of today. Open one that was kept for what was said on another day."
        raise Problem(400, "not_replayable", said)


def _shown(document: Mapping[str, Any], initiative: Initiative) -> dict[str, Any]:
    """The document as the page shows it: each piece of text with the address of its rows."""

    def parts(said: list[dict[str, str]]) -> list[tuple[str, str, str]]:
        return [(part["text"], _url(part["source"], initiative.ref), _css(part)) for part in said]

    advice = document["recommendation"]["advice"]
    sections = [
        {
            "key": one["key"], "title": one["title"], "sentences": [parts(said) for said in one["sentences"]],
            "table": one["table"] and _table(one["table"], initiative.ref),
        }
        for one in document["sections"]
    ]  # fmt: skip
    stands_on = [{**one, "url": _url(one["source"], initiative.ref)} for one in document["stands_on"]]
    return {
        "initiative": initiative, "document": document, "sections": sections, "stands_on": stands_on,
        "advice": _HEADS[advice], "role": _ROLES[advice], "shape": _SHAPES[advice],
        "day": date.fromisoformat(document["on"]), "made_at": datetime.fromisoformat(document["made_at"]),
        "unheld": unheld(document)[:SOME_LETTERS],
    }  # fmt: skip


def _css(part: Mapping[str, str]) -> str:
    """A figure stands in one line: a minus is not parted from what follows it."""
    return "nb" if part["source"] and len(part["text"]) <= LONGEST_FIGURE else ""


def _table(one: Mapping[str, Any], ref: str) -> dict[str, Any]:
    """The rows with a head, whether it is a number, text and address in each cell."""
    numbers = one["numbers"]
    rows = [
        [
            (head, place in numbers, cell["text"], _url(cell["source"], ref) if place else "")
            for place, (head, cell) in enumerate(zip(one["heads"], row, strict=True))
        ]
        for row in one["rows"]
    ]
    heads = [(head, place in numbers) for place, head in enumerate(one["heads"])]
    return {"caption": one["caption"], "heads": heads, "rows": rows, "total": one["total"]}


def _url(source: str, ref: str) -> str:
    """Where the rows stand; nothing where no page shows them."""
    kind, _, key = source.partition(":")
    if kind == "kpi":
        return address("kpi-detail", f"K-{int(key):04d}")
    if kind == "comparison":
        return address("comparison-detail", key)
    return address(_PAGES[kind], ref) if kind in _PAGES else ""
