"""What templates write with: badges, icons, facts in words, links that keep the query. A builtin: no `{% load %}`.

Filters give plain words (for sentences and attributes); the tag `fact` gives markup, with unknown in its hue.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from html import escape
from typing import Any

import lucide
from django import template
from django.http import QueryDict
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from core import vocabulary, wording
from core.templatetags import look_plot

register = template.Library()
register.tags.update(look_plot.register.tags)

for _name in ("day", "since", "due", "number", "money", "money_exact", "spelled", "tied"):
    register.filter(_name, getattr(wording, _name))
register.filter("pct", wording.percent)
register.filter("ago", wording.age)


@register.filter(expects_localtime=True)
def moment(value: datetime | None, today: date | None = None) -> str:
    """`{{ at|moment:today }}`: "24 Nov 14:20" in the zone of the page."""
    return wording.moment(value, today)


@register.filter
def plural(count: int, words: str) -> str:
    """`{{ n|plural:"pilot" }}`, or `{{ n|plural:"entry,entries" }}`."""
    one, _, many = words.partition(",")
    return wording.plural(count, one, many)


@register.filter
def wordy(name: str) -> str:
    """`{{ "days_in_stage"|wordy }}`: the name of a recorded number, as words."""
    return str(name).replace("_", " ")


@register.filter
def word(code: object, kind: str) -> str:
    """`{{ code|word:"pilot" }}`: the word alone, for a sentence or a chart."""
    return vocabulary.word(kind, code)


@register.simple_tag(name="status")
def status_tag(
    kind: str, code: object, reason: object = None, *, text: str = "", tag: bool = False
) -> SafeString:
    """A badge: `{% status "kpi" code reason %}`. `text` names a finding, `tag=True` boxes it (page heads only)."""
    entry = vocabulary.status(kind, code, reason)
    return format_html(
        '<span class="st{} r-{}">{}{}</span>', " st-tag" if tag else "", entry.role, shape(entry.shape), text or entry.word
    )  # fmt: skip


@register.simple_tag
def shape(name: str) -> SafeString:
    """A status shape alone, from the sprite. Decoration: the word stands beside it."""
    return format_html('<svg viewBox="0 0 12 12" aria-hidden="true"><use href="#s-{}"/></svg>', name)


@register.simple_tag
def icon(name: str) -> SafeString:
    """A Lucide icon by name, decoration only: the control names itself."""
    return _icon(str(name))


@register.simple_tag(takes_context=True)
def fact(context: Context, value: Any, form: str = "", unknown: str = "", currency: str = "") -> SafeString:
    """A fact as markup, an unknown one in words and in its hue.

    `{% fact kpi.target_on "day" %}`, `{% fact row.validated "money" "none yet" %}`. `form` is the name of a
    filter above, or empty for the value as it is.
    """
    if value is None or value == "":
        words = unknown or (wording.NO_DATE if form in {"day", "due"} else wording.NEVER)
        return format_html('<span class="t-unknown">{}</span>', words)
    today = context.get("today")
    if isinstance(value, datetime):
        local = timezone.localtime(value)
        return _time(local, wording.moment(local, today))
    if isinstance(value, date):
        relative = {"due": wording.due, "ago": wording.age}.get(form)
        return _time(value, relative(value, today) if relative and today else wording.day(value, today))
    if form.startswith("money"):
        currency = currency or context.get("currency") or "EUR"
        return format_html("{}", getattr(wording, form)(value, currency))
    return format_html("{}", {"number": wording.number, "pct": wording.percent}.get(form, str)(value))


@register.simple_tag(takes_context=True)
def data_rows(context: Context, rows: Sequence[Sequence[Any]], columns: Sequence[Any]) -> SafeString:
    """The rows of a chart's table, `columns` as (heading, is_number): hundreds of cells, so no template for each."""
    css = [' class="num"' if is_number else "" for _, is_number in columns]

    def written(cell: Any) -> str:
        return escape(cell) if type(cell) is str and cell else fact(context, cell)

    lines = (
        "".join(f"<td{c}>{written(cell)}</td>" for cell, c in zip(row, css, strict=False)) for row in rows
    )
    return mark_safe("".join(f"<tr>{line}</tr>" for line in lines))  # noqa: S308  each cell is escaped


@register.simple_tag(takes_context=True, name="since")
def since_tag(context: Context, value: date | None) -> SafeString:
    """`{% since flag.since %}`: since when, as every judgement shows it."""
    if value is None:
        return format_html('<span class="since t-unknown">{}</span>', wording.since(None))
    return format_html(
        '<span class="since">since {}</span>', _time(value, wording.day(value, context.get("today")))
    )


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """This page's query string with changes: `{% query stage="pilot" page=None %}`.

    None, "" and an empty list take a name out. Any change goes back to the first page, unless it is the page.
    """
    params = _params(context)
    if "page" not in changes:
        params.pop("page", None)
    for name, value in changes.items():
        params.pop(name, None)
        if value is not None and value != "":
            params.setlist(name, [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)])
    written = params.urlencode()
    return f"?{written}" if written else "?"


@register.simple_tag(takes_context=True)
def hidden_query(context: Context, without: str = "") -> SafeString:
    """The page's query as hidden inputs, so that a small form keeps the rest. `without`: names, comma-separated."""
    left_out = {name.strip() for name in without.split(",")} | {"page"}
    pairs = ((name, v) for name, values in _params(context).lists() if name not in left_out for v in values)
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)


@register.simple_tag(takes_context=True)
def sort_header(
    context: Context, label: str, field: str, current: str = "", css: str = "", param: str = "ordering"
) -> SafeString:
    """A table head that sorts: `{% sort_header "Spent" "spent" current=ordering css="num" %}`.

    `current` is the ordering in force where the query does not say; a leading "-" is descending.
    """
    now = (_params(context).get(param) or current).partition(",")[0]
    direction = "ascending" if now == field else "descending" if now == f"-{field}" else ""
    link = query(context, **{param: f"-{field}" if direction == "ascending" else field})
    arrow = {"ascending": " ↑", "descending": " ↓"}.get(direction, "")
    return format_html(
        '<th scope="col"{}{}><a href="{}">{}{}</a></th>',
        format_html(' class="{}"', css) if css else "",
        format_html(' aria-sort="{}"', direction) if direction else "",
        link, label, format_html('<span aria-hidden="true">{}</span>', arrow) if arrow else "",
    )  # fmt: skip


@register.simple_tag
def quick_days(today: date | None) -> list[tuple[str, date]]:
    """`{% quick_days today as days %}`: the last quarter, half-year and year end, as (words, day)."""
    return wording.quick_days(today) if today else []


def _params(context: Context) -> QueryDict:
    request = context.get("request")
    return request.GET.copy() if request is not None else QueryDict(mutable=True)


def _time(value: date, words: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), words)


@lru_cache(maxsize=128)
def _icon(name: str) -> SafeString:
    # The library writes trusted SVG of its own package and escapes attributes; `name` is looked up, never written.
    drawn: str = lucide._render_icon(name, None, aria_hidden="true", focusable="false")
    return mark_safe(drawn.replace("<svg ", '<svg class="ic" ', 1).replace(' stroke-width="2"', "", 1))  # noqa: S308
