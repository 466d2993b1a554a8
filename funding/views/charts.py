"""The tornado of a case: which input moves its NPV the most, and which could take it below 0."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from core.plot.palette import LIGHT
from core.wording import money, money_exact, number, percent, plural
from domain.finance.sensitivity import Bar, Spread
from domain.phrases import listed
from portfolio.dashboard.charts.chart import Chart

NAMES = {
    "benefits": "Benefits",
    "outlay": "Outlay today",
    "delay": "Delay",
    "rate": "Discount rate",
    "running": "Running costs",
}


def ends_of(bar: Bar, spread: Spread, currency: str) -> tuple[str, str]:
    """The value of the factor at the lower and at the higher NPV, in words."""
    adverse, kind = _values_of(bar.factor, spread, currency)
    return (kind, adverse) if bar.turned else (adverse, kind)


def _values_of(factor: str, spread: Spread, currency: str) -> tuple[str, str]:
    """The value of a factor that is usually the worse, and the better one."""
    match factor:
        case "benefits":
            return f"−{percent(spread.benefits)}", f"+{percent(spread.benefits)}"
        case "outlay":
            return f"+{percent(spread.outlay)}", f"−{percent(spread.outlay)}"
        case "delay":
            return f"{plural(spread.years_late, 'year')} late, same end", "on time"
        case "rate":
            points = number(spread.rate * 100)
            return f"+{points} points", f"−{points} points"
        case _:
            return f"+{money(spread.running, currency)} a year", "as planned"


def tornado_chart(bars: Sequence[Bar], base: Decimal, spread: Spread, currency: str) -> Chart | None:
    """One bar for each factor that moves the NPV at all, the widest on top. None where none does."""
    moved = [bar for bar in bars if bar.swing]
    if not moved:
        return None
    ends = {bar.factor: ends_of(bar, spread, currency) for bar in moved}
    return Chart(
        "tornado", "Sensitivity of the NPV, one factor at a time",
        f"Bars of the NPV from {money(base, currency)} as planned: "
        + "; ".join(f"{NAMES[b.factor].lower()} {money(b.low, currency)} to {money(b.high, currency)}" for b in moved),
        _spec(moved, base, ends, currency),
        [("Factor", False), ("Worse", False), ("NPV then", True), ("Better", False), ("NPV then", True), ("Swing", True)],
        [
            [NAMES[b.factor], ends[b.factor][0], money_exact(b.low, currency), ends[b.factor][1],
             money_exact(b.high, currency), money_exact(b.swing, currency)]
            for b in moved
        ],
        size="h-s", facts={"widest": _widest(moved, currency), "loses": _loses(moved, base)},
    )  # fmt: skip


def _widest(bars: Sequence[Bar], currency: str) -> str:
    first = bars[0]
    return f"{NAMES[first.factor]} alone move it by {money(first.swing, currency)}." if first.factor in {"benefits", "running"} else (
        f"{NAMES[first.factor]} alone moves it by {money(first.swing, currency)}."
    )  # fmt: skip


def _loses(bars: Sequence[Bar], base: Decimal) -> str:
    """Which single factors would take a case that is worth something below 0."""
    below = [NAMES[bar.factor].lower() for bar in bars if bar.low < 0 < base]
    return f"{listed(below).capitalize()} could take it below 0." if below else ""


def _spec(
    bars: Sequence[Bar], base: Decimal, ends: dict[str, tuple[str, str]], currency: str
) -> dict[str, Any]:
    low, high = min(b.low for b in bars), max(b.high for b in bars)
    scale = Decimal(1_000_000) if max(abs(low), abs(high)) >= 2_000_000 else Decimal(1_000)
    unit = "million" if scale == 1_000_000 else "thousand"
    names = [NAMES[b.factor] for b in bars]
    at = float(base / scale)
    data, notes = [], []
    for side, tint in (("low", "neutral"), ("high", "line-strong")):
        values = [float((b.low if side == "low" else b.high) / scale) for b in bars]
        data.append(_bars(names, values, at, tint, [ends[b.factor][side == "high"] for b in bars], unit))
        notes += [
            _label(name, value, money(b.low if side == "low" else b.high, currency), ends[b.factor][side == "high"], side)
            for name, value, b in zip(names, values, bars, strict=True)
            if value != at
        ]  # fmt: skip
    below = [(name, float(b.low / scale)) for name, b in zip(names, bars, strict=True) if b.low < 0 < base]
    if below:
        lost = [value for _, value in below]
        data.append(_bars([name for name, _ in below], lost, 0.0, "bad", ["below 0"] * len(below), unit))
    room = float((high - low) / scale) * 0.34
    left, right = min(float(low / scale), 0.0) - room, max(float(high / scale), 0.0) + room
    return {
        "data": data,
        "layout": {
            "barmode": "overlay", "bargap": 0.45, "height": 84 + 50 * len(bars), "margin": {"l": 8, "r": 8, "t": 22, "b": 40},
            "xaxis": {"range": [left, right], "zeroline": False, "title": {"text": f"NPV, {currency} {unit}"}},
            "yaxis": {"type": "category", "autorange": "reversed", "showgrid": False,
                      "tickfont": {"size": 12, "color": LIGHT["ink-2"]}},
            "shapes": [_line(at, "ink", "solid"), *([_line(0.0, "ink-3", "dot")] if left < 0 < right else [])],
            "annotations": [*notes, _top(at, "as planned"), *([_top(0.0, "0")] if left < 0 < right and abs(at) > room / 2 else [])],
        },
        "narrow": {"margin": {"l": 4, "r": 4}, "yaxis": {"tickfont": {"size": 11}}},
    }  # fmt: skip


def _bars(
    names: list[str], values: list[float], base: float, tint: str, words: list[str], unit: str
) -> dict[str, Any]:
    return {
        "type": "bar", "orientation": "h", "y": names, "base": base, "x": [round(v - base, 6) for v in values],
        "marker": {"color": LIGHT[tint]}, "customdata": [[w, round(v, 4)] for w, v in zip(words, values, strict=True)],
        "hovertemplate": f"%{{y}} %{{customdata[0]}}: %{{customdata[1]:,.1f}} {unit}<extra></extra>",
    }  # fmt: skip


def _label(name: str, value: float, amount: str, words: str, side: str) -> dict[str, Any]:
    return {
        "x": value, "y": name, "text": f"{amount}<br>{words}", "showarrow": False,
        "xanchor": "right" if side == "low" else "left", "xshift": -6 if side == "low" else 6,
        "bgcolor": LIGHT["paper"], "borderpad": 1, "align": "right" if side == "low" else "left", "font": {"size": 11, "color": LIGHT["ink-2"]},
    }  # fmt: skip


def _line(x: float, tint: str, dash: str) -> dict[str, Any]:
    ink = {"color": LIGHT[tint], "width": 1, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": ink}


def _top(x: float, text: str) -> dict[str, Any]:
    return {
        "x": x, "y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": "center", "text": text, "showarrow": False,
        "font": {"size": 11, "color": LIGHT["ink-2"]},
    }  # fmt: skip
