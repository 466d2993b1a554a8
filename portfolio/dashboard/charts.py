"""The dashboard's charts: plain dicts that Plotly draws, each with its summary and its numbers as a table."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import TruncMonth

from core import vocabulary
from core.plot.palette import LIGHT, colour, symbol
from core.wording import money, plural
from domain.ageing import days_in_stage
from portfolio.dashboard.selection import Selection
from portfolio.models import BenefitEntry, Expenditure, Initiative

DOTS = 30
BUBBLES = 60
STATUS_ORDER = ("achieved", "on_track", "at_risk", "off_track", "blind", "no_kpi")


@dataclass(frozen=True, slots=True)
class Chart:
    """What components/chart.html draws."""

    id: str
    title: str
    summary: str
    spec: dict[str, Any]
    columns: list[tuple[str, bool]]
    rows: list[list[Any]]
    size: str = "h-l"
    facts: dict[str, Any] = field(default_factory=dict)


def _line(x: float, dash: str = "solid") -> dict[str, Any]:
    ink = {"color": LIGHT["ink"], "width": 1, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": ink}


def _note(x: float, text: str, tint: str = "ink-2") -> dict[str, Any]:
    return {
        "x": x, "y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": "left", "text": text,
        "showarrow": False, "font": {"size": 11, "color": LIGHT[tint]},
    }  # fmt: skip


def pilot_ageing(chosen: Selection) -> Chart | None:
    """A dot per pilot: days in the stage over the approved length, lines at once and twice it. One query.

    Where no pilot has an approved length the axis is months in the stage: the age alone can be said.
    Undated ones stand in a lane of their own. The oldest thirty are drawn; the foot says of how many.
    """
    rows = list(chosen.active.exclude(pilot_level="").distinct().only(
        "name", "entered_on", "pilot_planned_days", "pilot_level"
    ))  # fmt: skip
    if not rows:
        return None
    by_ratio = any(row.pilot_planned_days for row in rows)

    def place(row: Initiative) -> float | None:
        days = days_in_stage(row.entered_on, chosen.today)
        if days is None:
            return None
        if by_ratio:
            return days / row.pilot_planned_days if row.pilot_planned_days else None
        return days / 30.44

    placed = [(place(row), row) for row in rows]
    known = sorted(
        ((at, row) for at, row in placed if at is not None), key=lambda pair: (pair[0], pair[1].pk)
    )
    lane = [row for at, row in placed if at is None]
    drawn_lane = lane[: max(DOTS // 5, DOTS - len(known))] if lane else []
    drawn = known[-(DOTS - len(drawn_lane)) :]
    top = max([at for at, _ in drawn], default=1.0)
    left = -max(top, 2.0) * 0.09
    points = [(left / 2, row) for row in drawn_lane] + drawn
    spec = _ageing_spec(points, chosen.today, by_ratio=by_ratio, top=top, left=left, lane=bool(drawn_lane))
    over = sum(at > 1 for at, _ in known) if by_ratio else 0
    twice = sum(at > 2 for at, _ in known) if by_ratio else 0
    year = sum(at > 12 for at, _ in known) if not by_ratio else 0
    summary = (
        f"Dot plot of {plural(len(points), 'pilot')} by days in pilot divided by approved length; "
        f"{over} are over the approved length, {twice} over twice that"
        if by_ratio
        else f"Dot plot of {plural(len(points), 'pilot')} by months in pilot; {year} are older than a year"
    )
    table = [
        [row.name, days_in_stage(row.entered_on, chosen.today), row.pilot_planned_days,
         vocabulary.word("pilot", row.pilot_level)]
        for _, row in reversed(points)
    ]  # fmt: skip
    return Chart(
        "ageing", "Stage ageing of pilots", summary, spec,
        [("Pilot", False), ("Days", True), ("Approved days", True), ("Level", False)], table,
        facts={"all": len(rows), "drawn": len(points), "lane": len(lane), "over": over, "twice": twice,
               "year": year, "by_ratio": by_ratio},
    )  # fmt: skip


def _short(name: str, limit: int = 34) -> str:
    return name if len(name) <= limit else f"{name[: limit - 1].rstrip()}…"


def _ageing_spec(
    points: list[tuple[float, Initiative]],
    today: date,
    *,
    by_ratio: bool,
    top: float,
    left: float,
    lane: bool,
) -> dict[str, Any]:
    labels, seen = [], dict[str, int]()
    for _, row in points:
        name = _short(row.name)
        seen[name] = seen.get(name, 0) + 1
        labels.append(name if seen[name] == 1 else f"{_short(row.name, 26)} {row.ref}")
    tints = [colour("pilot", row.pilot_level) for _, row in points]
    words = []
    for _, row in points:
        days = days_in_stage(row.entered_on, today)
        stay = "entry never recorded" if days is None else plural(days, "day")
        approved = (
            f"of {row.pilot_planned_days} approved"
            if row.pilot_planned_days
            else "approved length never recorded"
        )
        words.append(f"{row.name}<br>{vocabulary.word('pilot', row.pilot_level)}: {stay}, {approved}")
    marks = (
        [(1.0, "approved"), (2.0, "twice approved")] if by_ratio else [(12.0, "a year"), (24.0, "two years")]
    )
    shapes = [_line(marks[0][0]), _line(marks[1][0], "dot")]
    notes = [_note(x, text) for x, text in marks if x <= top * 1.08]
    if lane:
        band = {"type": "rect", "x0": left, "x1": left * 0.15, "y0": 0, "y1": 1, "yref": "paper",
                "fillcolor": LIGHT["unknown-soft"], "line": {"width": 0}, "layer": "below"}  # fmt: skip
        shapes.append(band)
        notes.append(_note(left, "undated", "unknown"))
    title = "days in pilot ÷ days approved" if by_ratio else "months in pilot"
    return {
        "data": [{
            "type": "scatter", "mode": "markers", "x": [round(x, 4) for x, _ in points], "y": labels,
            "marker": {"size": 11, "symbol": [symbol("pilot", row.pilot_level) for _, row in points],
                       "color": tints, "line": {"width": 1.5, "color": tints}},
            "text": words, "hovertemplate": "%{text}<extra></extra>",
        }],
        "layout": {
            "height": max(160, 66 + 24 * len(points)), "margin": {"l": 8, "r": 16, "t": 22, "b": 34},
            "xaxis": {"range": [left if lane else 0, max(top, marks[1][0]) * 1.06], "title": {"text": title},
                      "zeroline": False},
            "yaxis": {"tickfont": {"size": 12, "color": LIGHT["ink-2"]}, "showgrid": True,
                      "gridcolor": LIGHT["line"], "type": "category"},
            "shapes": shapes, "annotations": notes,
        },
        "narrow": {"margin": {"l": 4, "r": 8}, "yaxis": {"tickfont": {"size": 11}}},
    }  # fmt: skip


def value_against_spend(chosen: Selection, currency: str) -> Chart | None:
    """Cumulative spend and value by month: planned, claimed, validated. Two queries."""
    ids = chosen.rows.order_by().values("pk")
    spent = _by_month(Expenditure.objects.filter(initiative__in=ids, spent_on__lte=chosen.today), "spent_on")
    value: dict[str, dict[date, Decimal]] = {kind: {} for kind in ("planned", "claimed", "validated")}
    entries = BenefitEntry.objects.filter(initiative__in=ids, month__lte=chosen.today)
    for kind, month, amount in entries.order_by().values_list("kind", "month").annotate(total=Sum("amount")):
        value[kind][month.replace(day=1)] = value[kind].get(month.replace(day=1), Decimal(0)) + amount
    series = {"spent": spent, **value}
    months = sorted({month for row in series.values() for month in row})
    if len(months) < 2:
        return None
    sums = {name: _cumulated(row, months) for name, row in series.items()}
    scale = Decimal(1_000_000) if max(sums["spent"] + sums["planned"]) >= 2_000_000 else Decimal(1_000)
    unit = "million" if scale == 1_000_000 else "thousand"
    ratio = sums["validated"][-1] / sums["spent"][-1] if sums["spent"][-1] else None
    table = [
        [f"{month:%b %Y}", *(money(sums[name][i], currency) for name in series)]
        for i, month in enumerate(months)
    ]
    latest = {name: sums[name][-1] for name in series}
    return Chart(
        "value", "Spend against realised value, cumulative",
        f"Lines of cumulative money by month: spent {money(latest['spent'], currency)}, planned "
        f"{money(latest['planned'], currency)}, claimed {money(latest['claimed'], currency)}, validated "
        f"{money(latest['validated'], currency)}",
        _value_spec(months, sums, scale, unit, currency),
        [("Month", False), ("Spent", True), ("Planned", True), ("Claimed", True), ("Validated", True)], table,
        size="h-m", facts={"ratio": ratio, "since": months[0]},
    )  # fmt: skip


def _by_month(rows: QuerySet[Any], field_name: str) -> dict[date, Decimal]:
    grouped = (
        rows.order_by()
        .annotate(month=TruncMonth(F(field_name)))
        .values_list("month")
        .annotate(total=Sum("amount"))
    )
    return {month: total for month, total in grouped}


def _cumulated(row: dict[date, Decimal], months: list[date]) -> list[Decimal]:
    out, total = [], Decimal(0)
    for month in months:
        total += row.get(month, Decimal(0))
        out.append(total)
    return out


_LINES = {
    "spent": ("ink", 2.0, "solid"),
    "planned": ("ink-3", 1.25, "dash"),
    "claimed": ("accent", 1.25, "dot"),
    "validated": ("accent", 2.5, "solid"),
}


def _value_spec(
    months: list[date], sums: dict[str, list[Decimal]], scale: Decimal, unit: str, currency: str
) -> dict[str, Any]:
    days = [month.isoformat() for month in months]
    data, notes = [], []
    ends = _apart({name: float(sums[name][-1] / scale) for name in sums})
    for name, (tint, width, dash) in _LINES.items():
        values = [round(float(v / scale), 4) for v in sums[name]]
        line = {"color": LIGHT[tint], "width": width, "dash": dash}
        data.append({
            "type": "scatter", "mode": "lines", "name": name, "x": days, "y": values, "line": line,
            "hovertemplate": f"{name.capitalize()} %{{y:,.2f}} {unit}, %{{x|%b %Y}}<extra></extra>",
        })  # fmt: skip
        notes.append({
            "x": days[-1], "y": ends[name], "text": f"{name} {values[-1]:,.1f}", "showarrow": False,
            "xanchor": "left", "xshift": 6, "font": {"size": 11, "color": LIGHT[tint]},
        })  # fmt: skip
    return {
        "data": data,
        "layout": {
            "height": 320, "margin": {"l": 36, "r": 96, "t": 8, "b": 36},
            "xaxis": {"showgrid": False, "dtick": "M3", "tickformat": "%b\n%Y"},
            "yaxis": {"rangemode": "tozero", "title": {"text": f"{currency} {unit}"}}, "annotations": notes,
        },
        "narrow": {"margin": {"l": 32, "r": 84}, "xaxis": {"dtick": "M6"}},
    }  # fmt: skip


def _apart(ends: dict[str, float]) -> dict[str, float]:
    """Label heights pushed apart so that the words never cover each other."""
    least = max([*ends.values(), 1e-9]) * 0.055
    out: dict[str, float] = {}
    below = None
    for name, y in sorted(ends.items(), key=lambda item: item[1]):
        out[name] = y if below is None or y - below >= least else below + least
        below = out[name]
    return out


def spend_and_value(chosen: Selection, currency: str) -> Chart | None:
    """A bubble per initiative: spent against planned value a year, status by shape, hollow = nothing validated."""
    found = chosen.active.filter(planned_value__isnull=False, spent__isnull=False).distinct()
    rows = list(found.order_by("-planned_value", "pk")[:BUBBLES])
    if len(rows) < 2:
        return None
    data = []
    for status in STATUS_ORDER:
        for hollow in (False, True):
            some = [r for r in rows if r.kpi_status == status and (not r.validated) == hollow]
            if some:
                data.append(_bubbles(some, status, currency, hollow=hollow))
    hollow_count = sum(not r.validated for r in rows)
    table = [
        [r.name, money(r.planned_value, currency), money(r.spent, currency),
         money(r.validated, currency) if r.validated else "none yet", vocabulary.word("rollup", r.kpi_status)]
        for r in rows
    ]  # fmt: skip
    title = "Spend, value and status"
    return Chart(
        "bubble", title, f"Bubble chart of {plural(len(rows), 'initiative')} by money spent and planned value a year; "
        f"{hollow_count} have no validated value",
        {"data": data, "layout": {
            "height": 340, "margin": {"l": 52, "r": 12, "t": 8, "b": 40},
            "xaxis": {"title": {"text": f"spent, {currency} thousand"}, "rangemode": "tozero"},
            "yaxis": {"title": {"text": f"planned value a year, {currency} thousand"}, "rangemode": "tozero"},
        }},
        [("Initiative", False), ("Planned a year", True), ("Spent", True), ("Validated", True), ("Status", False)],
        table, facts={"drawn": len(rows), "hollow": hollow_count},
    )  # fmt: skip


def _bubbles(rows: list[Initiative], status: str, currency: str, *, hollow: bool) -> dict[str, Any]:
    tint = colour("rollup", status)
    return {
        "type": "scatter", "mode": "markers", "name": vocabulary.word("rollup", status),
        "x": [round(float((r.spent or 0) / 1000), 1) for r in rows],
        "y": [round(float((r.planned_value or 0) / 1000), 1) for r in rows],
        "marker": {"size": 13, "symbol": symbol("rollup", status, hollow=hollow), "color": tint,
                   "line": {"color": tint, "width": 1.5}, "opacity": 0.85},
        "text": [f"{r.name}<br>{money(r.planned_value, currency)} a year planned, {money(r.spent, currency)} spent"
                 f"<br>validated {money(r.validated, currency) if r.validated else 'none yet'}" for r in rows],
        "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip
