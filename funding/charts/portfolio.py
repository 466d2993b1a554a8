"""The charts of the money page: the efficient frontier, and what gates are worth. Words and numbers are beside them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from core import vocabulary
from core.plot.palette import LIGHT
from core.wording import money, percent, plural
from domain.finance.frontier import Point
from funding.queries.gate_value import Gated, GateValues
from funding.queries.portfolio import Picture
from portfolio.dashboard.charts.chart import Chart

POINTS: Final = 240
BARS: Final = 8
_K, _M = Decimal(1_000), Decimal(1_000_000)


def frontier_chart(seen: Picture, currency: str) -> Chart | None:
    """Cumulative value over cumulative cost in the order of value for cost, the budget, and today's allocation."""
    if not seen.points:
        return None
    drawn = _thinned(seen.points)
    today, budget = seen.today, seen.triage.budget
    across, up = Scale(seen.points[-1].cost, currency), Scale(seen.points[-1].value, currency)
    table: list[list[Any]] = [
        [
            f"{point.candidate.ref} {seen.rows[point.candidate.ref].name}", money(point.candidate.cost, currency),
            money(point.candidate.value, currency), f"{seen.calls[point.candidate.ref].facts.ratio:.2f}",
            money(point.cost, currency), money(point.value, currency),
            "within" if point.funded else "below the line",
            vocabulary.word("triage", seen.calls[point.candidate.ref].verdict), _evidence(seen, point),
        ]
        for point in drawn
    ]  # fmt: skip
    return Chart(
        "frontier", "Efficient frontier",
        f"Line of {plural(len(seen.points), 'candidate')} by value for cost: cumulative value over cumulative cost still to pay, "
        f"up to {money(seen.points[-1].value, currency)} for {money(seen.points[-1].cost, currency)}. The budget is "
        f"{money(budget, currency)}; today's allocation of {money(today.cost, currency)} buys {money(today.value, currency)}.",
        {"data": [_line(seen, drawn, across, up, currency), _present(seen, across, up, currency)], "layout": _layout(seen, across, up, currency),
         "narrow": {"margin": {"l": 44, "r": 8}}},
        [("Initiative", False), ("Still to pay", True), ("Value", True), ("Value for cost", True), ("Cost up to it", True),
         ("Value up to it", True), ("Budget", False), ("Call", False), ("Value known by", False)],
        table, size="h-m", facts={"drawn": len(drawn), "all": len(seen.points)},
    )  # fmt: skip


def _thinned(points: Sequence[Point]) -> list[Point]:
    """All of few; of many some evenly apart, always the last, and the two beside the budget line."""
    if len(points) <= POINTS:
        return list(points)
    funded = sum(point.funded for point in points)
    kept = {round(n * (len(points) - 1) / (POINTS - 1)) for n in range(POINTS)} | {
        place for place in (funded - 1, funded) if 0 <= place < len(points)
    }
    return [points[place] for place in sorted(kept)]


def _evidence(seen: Picture, point: Point) -> str:
    facts = seen.calls[point.candidate.ref].facts
    missing = [
        said
        for said, gone in (
            ("not adjusted for risk", facts.haircut is None),
            ("not measured", not facts.measured_share),
        )
        if gone
    ]
    return ", ".join(missing) or "after a haircut, measured in part"


class Scale:
    """What an axis is in: millions from two of them on, else thousands."""

    def __init__(self, most: Decimal, currency: str) -> None:
        self.unit = _M if most >= 2 * _M else _K
        self.words = f"{currency} {'million' if self.unit == _M else 'thousand'}"

    def __call__(self, amount: Decimal) -> float:
        return round(float(amount / self.unit), 4)


def _line(seen: Picture, drawn: Sequence[Point], across: Scale, up: Scale, currency: str) -> dict[str, Any]:
    sure = [seen.calls[point.candidate.ref].facts.sure for point in drawn]
    said = [
        f"{seen.rows[point.candidate.ref].name}<br>{money(point.candidate.value, currency)} for "
        f"{money(point.candidate.cost, currency)}<br>{_evidence(seen, point)}"
        for point in drawn
    ]
    return {
        "type": "scatter", "mode": "lines+markers", "x": [0.0, *(across(point.cost) for point in drawn)],
        "y": [0.0, *(up(point.value) for point in drawn)], "line": {"color": LIGHT["accent"], "width": 2},
        "marker": {
            "size": [4, *(6 for _ in drawn)], "line": {"color": LIGHT["accent"], "width": 1.25},
            "color": [LIGHT["accent"], *(LIGHT["accent"] if one else LIGHT["paper"] for one in sure)],
        },
        "text": ["start", *said], "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip


def _present(seen: Picture, across: Scale, up: Scale, currency: str) -> dict[str, Any]:
    today = seen.today
    return {
        "type": "scatter", "mode": "markers", "x": [across(today.cost)], "y": [up(today.value)],
        "marker": {"size": 11, "symbol": "diamond", "color": LIGHT["ink"]},
        "text": [f"Today's allocation<br>{money(today.cost, currency)} buys {money(today.value, currency)}"],
        "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip


def _layout(seen: Picture, across: Scale, up: Scale, currency: str) -> dict[str, Any]:
    budget, today = across(seen.triage.budget), seen.today
    end = max(across(seen.points[-1].cost), across(today.cost))
    shown = budget <= end * 1.25
    right = across(today.cost) < end / 2
    notes: list[dict[str, Any]] = [{
        "x": across(today.cost), "y": up(today.value), "text": "today's allocation", "showarrow": False,
        "xanchor": "left" if right else "right", "xshift": 10 if right else -10, "yshift": -6,
        "font": {"size": 11, "color": LIGHT["ink"]},
    }]  # fmt: skip
    shapes = []
    if shown:
        shapes.append({
            "type": "line", "x0": budget, "x1": budget, "y0": 0, "y1": 1, "yref": "paper",
            "line": {"color": LIGHT["ink"], "width": 1, "dash": "dot"},
        })  # fmt: skip
        past = budget > end * 0.7
        notes.append({
            "x": budget, "y": 0.03, "yref": "paper", "text": f"budget {money(seen.triage.budget, currency)}", "showarrow": False,
            "xanchor": "right" if past else "left", "xshift": -5 if past else 5, "font": {"size": 11, "color": LIGHT["ink"]},
        })  # fmt: skip
    return {
        "height": 330, "margin": {"l": 56, "r": 16, "t": 8, "b": 40},
        "xaxis": {"title": {"text": f"cost still to pay, {across.words}"}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": f"value by the cases, {up.words}"}, "rangemode": "tozero"},
        "shapes": shapes, "annotations": notes,
    }  # fmt: skip


def gate_chart(found: GateValues, currency: str) -> Chart | None:
    """Two bars a case: expected value with a gate, and carried on regardless."""
    if not found.cases:
        return None
    drawn = found.cases[:BARS]
    scale = Scale(
        max(abs(amount) for one in drawn for amount in (one.gate.gated, one.gate.ungated)), currency
    )
    table: list[list[Any]] = [
        [f"{one.ref} {one.name}", one.case_ref, percent(one.works), money(one.gate.gated, currency),
         money(one.gate.ungated, currency), money(one.gate.worth, currency), _even(one.gate.break_even_gated),
         _even(one.gate.break_even_ungated), one.convention.words]
        for one in found.cases
    ]  # fmt: skip
    return Chart(
        "gates", "Value of the gate",
        f"Bars of {plural(len(drawn), 'case')}: the value expected with a gate, and without. The gate is worth most on "
        f"{drawn[0].name}, {money(drawn[0].gate.worth, currency)}.",
        {"data": [_bars(drawn, "gated", "with the gate", LIGHT["accent"], scale, currency),
                  _bars(drawn, "ungated", "carried on regardless", LIGHT["neutral"], scale, currency)],
         "layout": {
             "height": 80 + 38 * len(drawn), "barmode": "group", "bargap": 0.35,
             "margin": {"l": 8, "r": 16, "t": 8, "b": 40},
             "xaxis": {"title": {"text": f"expected value, {scale.words}"}, "zeroline": True, "range": _room(drawn, scale)},
             "yaxis": {"autorange": "reversed", "type": "category", "automargin": True,
                       "tickfont": {"size": 12, "color": LIGHT["ink-2"]}},
         },
         "narrow": {"yaxis": {"tickfont": {"size": 11}}}},
        [("Initiative", False), ("Case", False), ("Works with", True), ("With the gate", True), ("Without", True),
         ("Gate is worth", True), ("Breaks even from, with", True), ("Without", True), ("Convention", False)],
        table, size="h-m", facts={"drawn": len(drawn), "all": len(found.cases)},
    )  # fmt: skip


def _room(drawn: Sequence[Gated], scale: Scale) -> list[float]:
    """From the least to the most, 0 among them, with room for what is written at the ends of the bars."""
    ends = [scale(amount) for one in drawn for amount in (one.gate.gated, one.gate.ungated)]
    low, high = min(*ends, 0.0), max(*ends, 0.0)
    margin = (high - low) * 0.22
    return [low - margin if low < 0 else 0.0, high + margin if high > 0 else 0.0]


def _even(probability: Decimal | None) -> str:
    return "at none" if probability is None else percent(probability, 2)


def _bars(
    drawn: Sequence[Gated], field: str, name: str, tint: str, scale: Scale, currency: str
) -> dict[str, Any]:
    amounts = [getattr(one.gate, field) for one in drawn]
    return {
        "type": "bar", "orientation": "h", "name": name, "x": [scale(amount) for amount in amounts],
        "y": [_short(one) for one in drawn], "marker": {"color": tint},
        "text": [money(amount, currency) for amount in amounts], "textposition": "outside", "cliponaxis": False,
        "hovertext": [f"{one.name}, {name}: {money(amount, currency)}" for one, amount in zip(drawn, amounts, strict=True)],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }  # fmt: skip


def _short(one: Gated) -> str:
    name = one.name if len(one.name) <= 26 else f"{one.name[:25].rstrip()}…"
    return f"{name} {one.ref}"
