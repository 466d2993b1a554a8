"""A list page: one Listing, some Columns, and the same rows as page, part of a page and CSV."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from core import clock
from core.errors import Problem
from core.export import csv_response
from core.http import moment_of, paginate, today_only
from core.listing import Listing
from core.values import wrong

CHUNK = 500
PAGE_PARAMS = ("page", "columns", "as_of", "known_at", "format")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `template` draws the cell (context: row, today, currency ...); `text` is the same for CSV.

    `key` names it in `?columns=`; `sort` is the public order name in the Listing; `css` goes on head and cell
    (`num` for numbers, `full` for a whole line on a phone, `hide-s` to drop it there). `load` reads what the column
    needs for all rows of a page at once (rows, today) and puts it on them; `text` of such a column may use it too.
    """

    key: str
    label: str
    template: str
    text: Callable[[Any], Any]
    sort: str = ""
    css: str = ""
    shown: bool = True
    load: Callable[[Sequence[Any], date], None] | None = None


def chosen(request: HttpRequest, columns: Sequence[Column]) -> list[Column]:
    """The columns named by `?columns=a,b`, else those shown by default. The first is always there."""
    raw = ",".join(request.GET.getlist("columns"))  # the menu sends one for each box ticked
    if not raw:
        return [c for c in columns if c.shown]
    wanted = raw.split(",")
    known = {c.key for c in columns}
    unknown = [w for w in wanted if w not in known]
    if unknown:
        raise Problem(400, "invalid_parameter", f"There is no column {unknown[0][:40]!r} here.")
    return [c for c in columns if c.key in wanted or c is columns[0]]


def list_page(
    request: HttpRequest,
    *,
    rows: QuerySet[Any],
    listing: Listing,
    columns: Sequence[Column],
    template: str,
    context: Mapping[str, Any],
    filename: str,
    ignore: tuple[str, ...] = (),
    replays: bool = False,
) -> HttpResponseBase:
    """Filter, order and page `rows` by the query string and draw `template` (which extends the list frame).

    `ignore` names parameters the caller heard itself; `replays` says that the caller shows past days. `?format=csv`
    gives every row of the same selection; an htmx request gets `components/table.html` alone. A wrong parameter is a
    Problem 400. Costs one count and two selects (a search: one less; and what columns load), whatever the number of rows.
    """
    if not replays:
        today_only(request)
    params = request.GET
    found = listing.apply(rows, params, ignore=(*PAGE_PARAMS, *ignore))
    ordered = listing.order(found, params)
    shown = chosen(request, columns)
    today = clock.day_of(moment_of(request))
    if params.get("format", "csv") != "csv":
        raise wrong("format", "This list comes as a page, or as csv.")
    if "format" in params:
        every = ([c.text(row) for c in shown] for row in _in_chunks(ordered, shown, today))
        return csv_response(filename, [c.label for c in shown], every)
    # The order is found among ids alone; only the rows of the page are joined to what they show.
    page = paginate(request, ordered.values_list("pk", flat=True), counted=bool(params.get("q")))
    keys = list(page.object_list)
    by_key = rows.in_bulk(keys)
    page.object_list = _loaded([by_key[key] for key in keys if key in by_key], shown, today)
    whole = {
        **context,
        "page": page,
        "rows": page.object_list,
        "columns": shown,
        "all_columns": columns,
        "ordering": params.get("ordering") or listing.default,
        "q": params.get("q", ""),
        "total": page.paginator.count,
    }
    part = bool(request.headers.get("HX-Request")) and not request.headers.get("HX-Boosted")
    response = render(request, "components/table.html" if part else template, whole)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _loaded(rows: list[Any], columns: Sequence[Column], today: date) -> list[Any]:
    for column in columns:
        if column.load is not None and rows:
            column.load(rows, today)
    return rows


def _in_chunks(rows: QuerySet[Any], columns: Sequence[Column], today: date) -> Iterator[Any]:
    waiting: list[Any] = []
    for row in rows.iterator(CHUNK):
        waiting.append(row)
        if len(waiting) == CHUNK:
            yield from _loaded(waiting, columns, today)
            waiting = []
    yield from _loaded(waiting, columns, today)
