"""The chart of a monitor: what arrived in time order, the lines it is judged by, and every observation in its band's shape."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.utils.html import escape

from assurance.models import MonitorObservation
from assurance.queries.monitoring import Seen
from core import vocabulary
from core.plot.palette import LIGHT, colour, symbol
from core.wording import day, number, plural
from domain.monitoring import Band, Method
from domain.psi import MODERATE_FROM, SIGNIFICANT_FROM
from portfolio.dashboard.charts.chart import Chart

_QUIET: Final[dict[str, Any]] = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}
MEASURES: Final = {
    Method.PSI: "PSI", Method.EWMA: "EWMA", Method.CUSUM: "CUSUM", Method.PAGE_HINKLEY: "Reading", Method.THRESHOLD: "Reading",
}  # fmt: skip


def monitor_chart(seen: Seen) -> Chart | None:
    """None where nothing was sent, or nothing that has a height (an infinite index)."""
    points = [(one, _height(seen, one)) for one in seen.observations]
    drawn = [(one, height) for one, height in points if height is not None]
    if not drawn:
        return None
    name = f"{seen.row.name}, {MEASURES[Method(seen.row.method)]}"
    traces, notes = _lines(seen, [one for one, _ in drawn])
    traces += [_line(seen, drawn), *_marks(drawn)]
    return Chart(
        id=f"monitor-{seen.row.pk}",
        title=name,
        summary=_summary(seen, name),
        spec={
            "data": traces,
            "layout": {
                "margin": {"l": 52, "r": 96, "t": 10, "b": 32}, "annotations": notes,
                "xaxis": {"type": "date", "showgrid": False, "hoverformat": "%d %b %Y"},
                "yaxis": {"title": {"text": MEASURES[Method(seen.row.method)]}, "rangemode": "tozero" if seen.row.method == Method.PSI else "normal"},
            },
            "narrow": {
                "margin": {"l": 40, "r": 8, "t": 10, "b": 28}, "yaxis": {"title": {"text": ""}},
                "annotations": [
                    {**one, "x": drawn[0][0].observed_on.isoformat(), "yanchor": "bottom", "xshift": 0} for one in notes
                ],
            },
        },
        columns=[("Observed on", False), ("Value", True), ("Cases", True), ("State", False)],
        rows=[
            [day(one.observed_on), _written(one), "not said" if one.cases is None else f"{one.cases:,}", vocabulary.word("drift", one.band)]
            for one in reversed(seen.observations)
        ],
        size="h-s",
    )  # fmt: skip


def _height(seen: Seen, one: MonitorObservation) -> float | None:
    """What is drawn: the statistic of a chart, else the value itself."""
    if seen.row.method == Method.EWMA and "ewma" in one.result:
        return float(one.result["ewma"])
    if seen.row.method == Method.CUSUM and "s_hi" in one.result:
        return float(max(one.result["s_hi"], one.result["s_lo"]))
    return None if one.value is None else float(one.value)


def _line(seen: Seen, drawn: Sequence[tuple[MonitorObservation, float]]) -> dict[str, Any]:
    """One line, broken where more than twice the cadence passed without data, and where the baseline changed."""
    x: list[str | None] = []
    y: list[float | None] = []
    before: MonitorObservation | None = None
    gap = timedelta(days=2 * seen.row.cadence_days) if seen.row.cadence_days else None
    for one, height in drawn:
        apart = before is not None and gap is not None and one.observed_on - before.observed_on > gap
        if before is not None and (apart or one.baseline_id != before.baseline_id):
            x.append(before.observed_on.isoformat())
            y.append(None)
        x.append(one.observed_on.isoformat())
        y.append(height)
        before = one
    return {**_QUIET, "x": x, "y": y, "connectgaps": False, "line": {"color": LIGHT["ink"], "width": 1.5}}


def _marks(drawn: Sequence[tuple[MonitorObservation, float]]) -> list[dict[str, Any]]:
    out = []
    for band in Band:
        those = [(one, height) for one, height in drawn if one.band == band]
        if those:
            out.append({
                "type": "scatter", "mode": "markers", "x": [one.observed_on.isoformat() for one, _ in those],
                "y": [height for _, height in those], "hoverinfo": "text",
                "text": [_hover(one) for one, _ in those],
                "marker": {"color": colour("drift", band.value), "symbol": symbol("drift", band.value), "size": 8},
            })  # fmt: skip
    return out


def _lines(
    seen: Seen, drawn: Sequence[MonitorObservation]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Limits as dashes, named at their right end."""
    x = [drawn[0].observed_on.isoformat(), drawn[-1].observed_on.isoformat()]
    traces, notes = [], []
    for value, words in _limits(seen):
        traces.append({
            **_QUIET, "x": x, "y": [value, value], "line": {"color": LIGHT["ink-3"], "width": 1, "dash": "dash"},
        })  # fmt: skip
        notes.append({
            "x": x[1], "y": value, "text": str(escape(words)), "showarrow": False, "xanchor": "left", "yanchor": "middle",
            "xshift": 8, "font": {"size": 11, "color": LIGHT["ink-2"]},
        })  # fmt: skip
    if seen.row.method == Method.EWMA:
        for name in ("ucl", "lcl"):
            those = [one for one in drawn if name in one.result]
            traces.append({
                **_QUIET, "x": [one.observed_on.isoformat() for one in those], "y": [one.result[name] for one in those],
                "line": {"color": LIGHT["ink-3"], "width": 1, "dash": "dash"},
            })  # fmt: skip
    return traces, notes


def _limits(seen: Seen) -> list[tuple[float, str]]:
    said = seen.row.parameters
    if seen.row.method == Method.PSI:
        return [(MODERATE_FROM, "moderate 0.10"), (SIGNIFICANT_FROM, "significant 0.25")]
    if seen.row.method == Method.THRESHOLD:
        names = [("warn", "warning"), ("limit", "limit")]
        return [
            (float(said[name]), f"{words} {number(float(said[name]))}")
            for name, words in names
            if name in said
        ]
    if seen.row.method == Method.CUSUM:
        return [(float(said["h"]), f"limit {number(float(said['h']))}")]
    return []


def _summary(seen: Seen, name: str) -> str:
    first, last = seen.observations[0], seen.observations[-1]
    return (
        f"{name}: {plural(len(seen.observations), 'observation')} from {day(first.observed_on)} to {day(last.observed_on)}, "
        f"now {_written(last)}, {vocabulary.word('drift', last.band).lower()}"
    )


def _hover(one: MonitorObservation) -> str:
    cases = "" if one.cases is None else f", {plural(one.cases, 'case')}"
    return str(
        escape(
            f"{day(one.observed_on)}: {_written(one)}, {vocabulary.word('drift', one.band).lower()}{cases}"
        )
    )


def _written(one: MonitorObservation) -> str:
    return "infinite" if one.value is None else number(float(f"{one.value:.4g}"))
