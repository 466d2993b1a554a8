"""The chart of a KPI's series: a plain dict that Plotly draws, with its summary and its numbers as a table."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Final

from django.utils.html import escape

from core import vocabulary
from core.plot.palette import LIGHT, colour, symbol
from core.wording import day, number, plural
from domain.kpi import Shape
from domain.kpi_judge import expected_on
from domain.kpi_rows import Reading
from domain.kpi_thinning import thinned
from kpis.charts.drawing import METHODS, Drawing, Period, lines_of, periods_of, summary
from kpis.models import Kpi
from kpis.queries.drift import Drift, better
from portfolio.dashboard.charts.chart import Chart

MOST: Final = 600
"""How many readings are drawn; of more, each stretch keeps its lowest and its highest."""
DOTS: Final = 150
"""Up to how many of a line each has a dot."""


def series_chart(kpi: Kpi, found: Drift, *, as_of: date, restated: Collection[int] = ()) -> Chart | None:
    """The chart of a KPI as it stood on `as_of`. `restated`: readings through which something was restated.

    None where there is nothing to draw: no reading, and no version that says what was expected.
    """
    periods = periods_of(found)
    drawing = Drawing(kpi, found, as_of, periods, lines_of(found), restated)
    expectations = [one for one in periods if one.definition.plan is not None]
    if not drawing.readings and not expectations:
        return None
    for period in expectations:
        _expected(drawing, period)
    drawn = _readings(drawing)
    _level(drawing)
    _signals(drawing)
    _last(drawing)
    _breaks(drawing)
    _today(drawing)
    return Chart(
        id="series",
        title=f"{kpi.ref} {kpi.name}, series",
        summary=summary(drawing),
        spec={"data": drawing.traces, "layout": _layout(drawing), "narrow": _narrow(drawing)},
        columns=[("Observed on", False), ("Value", True), ("Expected", True), ("Version", False), ("Said of it", False)],
        rows=_rows(drawing, drawn),
        facts={
            "drawn": len(drawn), "of": len(drawing.readings), "breaks": len(found.definition.breaks),
            "versions": len(periods), "signals": len(found.value.hits), "restated": bool(_corrected(drawing)),
            "lines": sum(1 for line in drawing.lines if line.readings), "alarming": found.alarming,
            "uncounted": bool(drawing.uncounted),
            "band": bool(periods) and periods[-1].definition.shape is Shape.BAND,
            "earlier": any(not line.now for line in drawing.lines),
        },
    )  # fmt: skip


def _expected(drawing: Drawing, period: Period) -> None:
    """What the version promised over its own time: its bounds, or its curve with the zone behind it and the target."""
    if period.definition.shape is Shape.BAND:
        _band(drawing, period)
        return
    it, plan = period.definition, period.definition.plan
    if plan is None or plan.baseline is None or it.target is None or it.target_on is None:
        return
    days = _corners(period)
    base, span = float(plan.baseline), float(plan.span)
    shares = [float(expected_on(it, plan, one.toordinal())) for one in days]
    x = [one.isoformat() for one in days]
    behind = [[base + (share - float(margin)) * span for share in shares] for margin in (it.amber, it.red)]
    drawing.traces += [
        {**_QUIET, "x": x, "y": behind[0], "line": {"width": 0}},
        {**_QUIET, "x": x, "y": behind[1], "line": {"width": 0}, "fill": "tonexty", "fillcolor": LIGHT["warn-soft"]},
        {
            **_QUIET, "x": x, "y": [base + share * span for share in shares], "hoverinfo": "text",
            "text": [f"v{period.version.number} expected {number(base + share * span)} on {day(one)}" for one, share in zip(days, shares, strict=True)],
            "line": {"color": LIGHT["ink-3"], "width": 1, "dash": "dash"},
        },
    ]  # fmt: skip
    goal, until = float(it.target), it.target_on if period.last else period.ends
    if period.last and it.settle_days:
        settled = until + timedelta(days=it.settle_days)
        drawing.shapes.insert(0, {
            "type": "rect", "x0": until.isoformat(), "x1": settled.isoformat(), "y0": 0, "y1": 1, "yref": "paper",
            "fillcolor": LIGHT["sunken"], "line": {"width": 0}, "layer": "below",
        })  # fmt: skip
        until = max(settled, drawing.as_of)
    _goal(drawing, period, goal, until, f"target {number(it.target)}")


def _band(drawing: Drawing, period: Period) -> None:
    it, plan = period.definition, period.definition.plan
    if plan is None:
        return
    until = max(period.ends, drawing.as_of) if period.last else period.ends
    x = [period.begins.isoformat(), until.isoformat()]
    for bound, inner, word in (
        (it.lower, plan.warn_below, "floor"),
        (it.upper, plan.warn_above, "cap"),
    ):
        if bound is None:
            continue
        if inner is not None and inner != bound:
            drawing.traces += [
                {**_QUIET, "x": x, "y": [float(bound)] * 2, "line": {"width": 0}},
                {**_QUIET, "x": x, "y": [float(inner)] * 2, "line": {"width": 0}, "fill": "tonexty", "fillcolor": LIGHT["warn-soft"]},
            ]  # fmt: skip
        _goal(drawing, period, float(bound), until, f"{word} {number(bound)}")


def _goal(drawing: Drawing, period: Period, value: float, until: date, words: str) -> None:
    """A target or bound over the time of its version, named at its right end."""
    style = (
        {"color": LIGHT["ink"], "width": 1.5}
        if period.last
        else {"color": LIGHT["ink-3"], "width": 1, "dash": "dot"}
    )
    drawing.traces.append({
        **_QUIET, "x": [period.begins.isoformat(), until.isoformat()], "y": [value, value], "line": style,
        "hoverinfo": "text", "text": [f"v{period.version.number}, {words}"] * 2,
    })  # fmt: skip
    if len(drawing.periods) > 1:
        words = f"{words}, v{period.version.number}"
    drawing.notes.append({
        "x": until.isoformat(), "y": value, "text": _plain(words), "showarrow": False, "xanchor": "left" if period.last else "right",
        "yanchor": "middle" if period.last else "bottom", "xshift": 6 if period.last else -4,
        "font": {"size": 11, "color": LIGHT["ink" if period.last else "ink-2"]}, "name": "goal",
    })  # fmt: skip


def _readings(drawing: Drawing) -> list[Reading]:
    """A trace a line; those that do not count stand alone, hollow. Returns those that are drawn."""
    total, marked = len(drawing.readings), drawing.marked()
    drawn: list[Reading] = []
    for line in drawing.lines:
        most = max(MOST * len(line.readings) // max(total, 1), 2)
        keep = [place for place, one in enumerate(line.readings) if one.id in marked]
        places = thinned([one.value for one in line.readings], most, keep)
        chosen = [line.readings[place] for place in places]
        drawn += chosen
        joined = [one for one in chosen if not line.now or drawing.counts(one)]
        alone = [one for one in chosen if line.now and not drawing.counts(one)]
        shade = LIGHT["ink" if line.now else "ink-3"]
        if joined:
            drawing.traces.append({
                **_points(drawing, joined, marked), "mode": "lines" if len(joined) > DOTS else "lines+markers",
                "line": {"color": shade, "width": 1.5}, "marker": {"color": shade, "size": 6},
            })  # fmt: skip
        if alone:
            drawing.traces.append({
                **_points(drawing, alone, marked, ", does not count"), "mode": "markers",
                "marker": {"color": LIGHT["ink-3"], "symbol": "circle-open", "size": 7},
            })  # fmt: skip
    return drawn


def _points(
    drawing: Drawing, readings: Sequence[Reading], marked: dict[int, str], more: str = ""
) -> dict[str, Any]:
    unit = f" {drawing.unit}" if drawing.unit else ""
    return {
        "type": "scatter", "x": [one.observed_on.isoformat() for one in readings], "y": [_height(one) for one in readings],
        "hoverinfo": "text", "connectgaps": False,
        "text": [
            _plain(f"{day(one.observed_on)}: {number(one.value)}{unit}{more}" + (f", {marked[one.id]}" if one.id in marked else ""))
            for one in readings
        ],
    }  # fmt: skip


def _level(drawing: Drawing) -> None:
    """The usual level that the readings have left."""
    value, readings = (
        drawing.found.value,
        [one for line in drawing.lines if line.now for one in line.readings],
    )
    if not drawing.found.alarming or value.reference is None or not readings:
        return
    known = value.reference
    drawing.traces.append({
        **_QUIET, "x": [readings[0].observed_on.isoformat(), readings[-1].observed_on.isoformat()],
        "y": [float(known.mean)] * 2, "line": {"color": LIGHT["accent"], "width": 1, "dash": "dot"}, "hoverinfo": "text",
        "text": [f"usual level {number(known.mean, 2)}, from {plural(known.count, 'reading')} before {day(known.ends_on)}"] * 2,
    })  # fmt: skip


def _signals(drawing: Drawing) -> None:
    """Where drift was first seen, by which charts; and which readings are another word about the past."""
    by_id = {one.id: one for one in drawing.readings}
    hits: dict[int, list[str]] = {}
    for hit in drawing.found.value.hits:
        if hit.reading_id in by_id:
            hits.setdefault(hit.reading_id, []).append(METHODS[hit.method])
    if hits:
        readings = [by_id[pk] for pk in hits]
        drawing.traces.append({
            **_points(drawing, readings, {pk: f"drift first seen by {', '.join(by)}" for pk, by in hits.items()}),
            "mode": "markers", "marker": {"color": LIGHT["bad" if drawing.found.alarming else "good"], "symbol": "diamond-open", "size": 14, "line": {"width": 2}},
        })  # fmt: skip
    corrected = _corrected(drawing)
    if corrected:
        drawing.traces.append({
            **_points(drawing, corrected, drawing.marked()), "mode": "markers",
            "marker": {"color": LIGHT["warn"], "symbol": "square-open", "size": 12, "line": {"width": 1.5}},
        })  # fmt: skip


def _corrected(drawing: Drawing) -> list[Reading]:
    return [one for one in drawing.readings if one.supersedes is not None or one.id in drawing.restated]


def _last(drawing: Drawing) -> None:
    """The reading the status stands on, in the status's shape and colour."""
    kpi = drawing.kpi
    reading = next((one for one in drawing.readings if one.id == kpi.last_measurement_id), None)
    if reading is None:
        return
    word = vocabulary.word("kpi", kpi.status, kpi.reason).lower()
    drawing.traces.append({
        **_points(drawing, [reading], {reading.id: word}), "mode": "markers",
        "marker": {"color": colour("kpi", kpi.status), "symbol": symbol("kpi", kpi.status), "size": 12},
    })  # fmt: skip


def _breaks(drawing: Drawing) -> None:
    """A line where a version begins: thick where the series breaks, thin where only the promise moved."""
    broken = set(drawing.found.definition.break_days)
    for period in drawing.periods[1:]:
        breaks = period.version.effective_on in broken
        drawing.shapes.append({
            "type": "line", "x0": period.begins.isoformat(), "x1": period.begins.isoformat(), "y0": 0, "y1": 1,
            "yref": "paper", "line": {"color": LIGHT["ink-2"], "width": 2.5 if breaks else 1, "dash": "solid" if breaks else "dot"},
        })  # fmt: skip
        words = f"v{period.version.number}, series broken" if breaks else f"v{period.version.number}"
        drawing.notes.append({
            "x": period.begins.isoformat(), "y": 1, "yref": "paper", "text": f"{words}, {day(period.begins)}", "showarrow": False,
            "xanchor": "left", "yanchor": "bottom", "xshift": -2, "font": {"size": 11, "color": LIGHT["ink-2"]}, "name": "version",
        })  # fmt: skip
    _spread(drawing.notes)


def _spread(notes: Iterable[dict[str, Any]]) -> None:
    """Names of versions that begin soon after one another stand on two heights."""
    for place, note in enumerate(one for one in notes if one["name"] == "version"):
        note["yshift"] = 0 if place % 2 == 0 else 14


def _today(drawing: Drawing) -> None:
    on = drawing.as_of.isoformat()
    drawing.shapes.append({
        "type": "line", "x0": on, "x1": on, "y0": 0, "y1": 1, "yref": "paper", "line": {"color": LIGHT["accent"], "width": 1},
    })  # fmt: skip
    drawing.notes.append({
        "x": on, "y": 0, "yref": "paper", "text": f"as of {day(drawing.as_of)}", "showarrow": False, "xanchor": "right",
        "yanchor": "bottom", "xshift": -4, "font": {"size": 11, "color": LIGHT["ink-2"]}, "name": "today",
    })  # fmt: skip


def _layout(drawing: Drawing) -> dict[str, Any]:
    turned = drawing.periods and str(better(drawing.periods[-1].version) or "") == "lower"
    sense = "up is better" if drawing.periods and better(drawing.periods[-1].version) else "inside is better"
    title = f"{drawing.unit}, {sense}" if drawing.unit else sense
    return {
        "margin": {"l": 56, "r": 120, "t": 40 if len(drawing.periods) > 1 else 12, "b": 36}, "shapes": drawing.shapes,
        "annotations": [{key: value for key, value in one.items() if key != "name"} for one in drawing.notes],
        "xaxis": {"type": "date", "showgrid": False, "hoverformat": "%d %b %Y"},
        "yaxis": {"title": {"text": _plain(title)}, **({"autorange": "reversed"} if turned else {})},
    }  # fmt: skip


def _narrow(drawing: Drawing) -> dict[str, Any]:
    """On a phone the names of goals stand inside, and versions are numbers."""
    notes = []
    for one in drawing.notes:
        kept = {key: value for key, value in one.items() if key != "name"}
        if one["name"] == "goal":
            kept |= {"xanchor": "right", "yanchor": "bottom", "xshift": -2}
        elif one["name"] == "version":
            kept["text"] = str(one["text"]).partition(",")[0]
        notes.append(kept)
    return {
        "margin": {"l": 44, "r": 8, "t": 36 if len(drawing.periods) > 1 else 12, "b": 32},
        "annotations": notes,
        "yaxis": {"title": {"text": ""}},
    }


def _rows(drawing: Drawing, drawn: Sequence[Reading]) -> list[list[Any]]:
    numbers = {one.pk: one.number for one in drawing.found.facts.versions}
    marked, uncounted, out = drawing.marked(), drawing.uncounted, []
    for one in reversed(drawn):
        said = marked.get(one.id, "")
        if one.id in uncounted:
            said = ", ".join(filter(None, [said, "does not count"]))
        version = numbers.get(drawing.found.facts.taken_under[one.id])
        out.append([
            day(one.observed_on), number(one.value), _expected_words(drawing, one), f"v{version}" if version else "not known",
            said or "nothing",
        ])  # fmt: skip
    return out


def _expected_words(drawing: Drawing, reading: Reading) -> str:
    period = next((one for one in reversed(drawing.periods) if one.begins <= reading.observed_on), None)
    plan = period.definition.plan if period else None
    if period is None or plan is None:
        return "not said"
    it = period.definition
    if it.shape is Shape.BAND:
        return " to ".join(number(bound) for bound in (it.lower, it.upper) if bound is not None)
    if plan.baseline is None:
        return "not said"
    share = expected_on(it, plan, reading.observed_on.toordinal())
    return number(float(plan.baseline) + float(share) * float(plan.span), 2)


def _corners(period: Period) -> list[date]:
    """The days at which the expected line turns, within the time of the version."""
    it, plan = period.definition, period.definition.plan
    assert plan is not None  # noqa: S101  the caller looked
    start = date.fromordinal(plan.start)
    turns = [start, *(start + timedelta(days=round(float(share) * plan.length)) for share, _ in it.curve)]
    if it.target_on is not None:
        turns.append(it.target_on)
    inner = [one for one in turns if period.begins < one < period.ends]
    return sorted({period.begins, *inner, period.ends})


def _height(reading: Reading) -> float:
    return float(reading.value) if reading.value is not None else 0.0


def _plain(text: str) -> str:
    """Text for Plotly, which reads a few tags."""
    return str(escape(text))


_QUIET: Final[dict[str, Any]] = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}
