"""Money over time, and money against status."""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import TruncMonth

from core import vocabulary
from core.plot.palette import LIGHT, colour, symbol
from core.wording import money, plural
from portfolio.dashboard.charts.chart import Chart
from portfolio.dashboard.selection import Selection
from portfolio.models import BenefitEntry, Expenditure

BUBBLES = 60


class Bubble(NamedTuple):
    """What a bubble needs to know of an initiative."""

    name: str
    planned_value: Decimal
    spent: Decimal
    validated: Decimal | None
    kpi_status: str


STATUS_ORDER = ("achieved", "on_track", "at_risk", "off_track", "blind", "no_kpi")


def value_against_spend(chosen: Selection, currency: str) -> Chart | None:
    """Cumulative spend and value by month: planned, claimed, validated. Two queries."""
    spent = _by_month(Expenditure.objects.filter(chosen.mine(), spent_on__lte=chosen.today), "spent_on")
    value: dict[str, dict[date, Decimal]] = {kind: {} for kind in ("planned", "claimed", "validated")}
    entries = BenefitEntry.objects.filter(chosen.mine(), month__lte=chosen.today, kind__in=list(value))
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
        value_spec(months, sums, scale, unit, currency),
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
    return dict(grouped)


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


def value_spec(
    months: list[date], sums: dict[str, list[Decimal]], scale: Decimal, unit: str, currency: str
) -> dict[str, Any]:
    """Lines of cumulative money: `sums` by name (spent, planned, claimed, validated), one amount for each of `months`."""
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
    found = chosen.active.filter(planned_value__isnull=False, spent__isnull=False)
    found = found.distinct() if chosen.distinct else found
    most = found.order_by("-planned_value", "pk").values_list(*Bubble._fields)
    rows = [Bubble(*row) for row in most[:BUBBLES]]
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


def _bubbles(rows: list[Bubble], status: str, currency: str, *, hollow: bool) -> dict[str, Any]:
    tint = colour("rollup", status)
    return {
        "type": "scatter", "mode": "markers", "name": vocabulary.word("rollup", status),
        "x": [round(float(r.spent / 1000), 1) for r in rows],
        "y": [round(float(r.planned_value / 1000), 1) for r in rows],
        "marker": {"size": 13, "symbol": symbol("rollup", status, hollow=hollow), "color": tint,
                   "line": {"color": tint, "width": 1.5}, "opacity": 0.85},
        "text": [f"{r.name}<br>{money(r.planned_value, currency)} a year planned, {money(r.spent, currency)} spent"
                 f"<br>validated {money(r.validated, currency) if r.validated else 'none yet'}" for r in rows],
        "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip
