"""Tags that draw: glide paths, bars, age bars, stage spells, heat cells. The drawing itself is in `core.plot`."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from html import escape

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from core import vocabulary
from core.plot import bars, glide_page, glide_small
from core.plot import timeline as lines
from core.plot.glide import Glide
from core.plot.heat import level
from core.wording import number

register = template.Library()
Cell = tuple[str, str, int, str]
"""Of a heat map: kind and code of the vocabulary, how many, and the address of the rows."""


@register.simple_tag
def glide(path: Glide | None, size: str = "cell") -> SafeString:
    """`{% glide row.glide "cell" %}`: cell, exception, card, or full (two drawings, one is shown)."""
    if not path:
        return format_html('<span class="small muted">{}</span>', "drawn once a KPI is sealed")
    return _svg(glide_page.draw(path) if size == "full" else glide_small.draw(path, size))


@register.simple_tag
def agebar(days: int | None, approved: int | None) -> SafeString:
    """`{% agebar pilot.days pilot.planned_days %}`: days in stage against the approved length."""
    return _svg(bars.agebar(days, approved))


@register.simple_tag
def bar(
    value: Decimal | float | None, whole: Decimal | float | None, role: str = "ink", label: str = ""
) -> SafeString:
    """`{% bar spent released %}`: one share. Use `bars.bar` in a view for more parts."""
    return _svg(bars.bar([bars.Part(_amount(value), role)], _amount(whole), label))


@register.simple_tag
def bar_of(parts: Sequence[bars.Part], whole: Decimal | float | None, label: str = "") -> SafeString:
    """`{% bar_of figure.parts figure.whole figure.label %}`: several parts on one bar."""
    return _svg(bars.bar(parts, _amount(whole), label))


@register.simple_tag
def spells(rows: Sequence[bars.Spell], as_of: date, limits: Sequence[tuple[str, date]] = ()) -> SafeString:
    """`{% spells rows as_of limits %}`: stages one after another, limits as strokes."""
    return _svg(bars.spells(rows, as_of, limits))


@register.simple_tag
def timeline(
    rows: Sequence[tuple[str, bars.Spell]],
    scale: lines.Scale,
    as_of: date,
    ahead: Sequence[tuple[str, date]] = (),
) -> SafeString:
    """`{% timeline rows scale as_of ahead %}`: the stays of one initiative on the scale of the page."""
    return _svg(lines.line(rows, scale, as_of, ahead))


@register.simple_tag
def timeline_head(scale: lines.Scale) -> SafeString:
    """`{% timeline_head scale %}`: years and quarters above the lines."""
    return _svg(lines.head(scale))


@register.simple_tag
def heat(code: str, count: int, most: int, url: str = "", kind: str = "rollup") -> SafeString:
    """One cell of a heat map, `<td>` and all: `{% heat "blind" n most url %}`. Unknown is hatched, nothing a dot."""
    return _svg(_cell(code, count, most, url, kind))


@register.simple_tag
def heat_row(name: str, url: str, cells: Sequence[Cell], most: int, total: int) -> SafeString:
    """One line of a heat map: what it is of, its cells, and how many in all, with the rows behind each number.

    Written here and not in a template: fifty lines of nine cells would take longer than the rest of the page.
    """
    href = escape(url)
    drawn = "".join(_cell(code, count, most, to, kind) for kind, code, count, to in cells)
    return _svg(
        f'<tr><th scope="row"><a class="plain" href="{href}">{escape(name)}</a></th>{drawn}'
        f'<td class="num strong"><a class="plain" href="{href}">{number(total)}</a></td></tr>'
    )


def _cell(code: str, count: int, most: int, url: str, kind: str) -> str:
    role = vocabulary.status(kind, code).role
    css = f"hm r-{role}{' hatch' if role == 'unknown' and count else ''} l{level(count, most)}"
    if not count:
        return f'<td class="{css}"><span class="muted"><span class="vh">none</span>·</span></td>'
    inner = f'<a class="plain" href="{escape(url)}">{count:d}</a>' if url else f"{count:d}"
    return f'<td class="{css}">{inner}</td>'


def _amount(value: Decimal | float | None) -> float:
    return float(value or 0)


def _svg(drawn: str) -> SafeString:
    # Whoever draws escapes every caption and attribute as it is written.
    return mark_safe(drawn)  # noqa: S308
