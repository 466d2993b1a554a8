"""How long pilots have been pilots."""

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import F, FloatField, Q, QuerySet
from django.db.models.functions import Cast

from core import vocabulary
from core.plot.palette import LIGHT, colour, symbol
from core.wording import plural
from domain.ageing import days_in_stage
from portfolio.dashboard.charts.chart import Chart
from portfolio.dashboard.counts import Seen, levels
from portfolio.dashboard.selection import Selection
from portfolio.queries.counting import DaysSince

DOTS = 30
DAYS_A_MONTH = 30.44


class Pilot(NamedTuple):
    """What a dot needs to know."""

    pk: int
    name: str
    entered_on: date | None
    pilot_planned_days: int | None
    pilot_level: str


@dataclass(frozen=True, slots=True)
class Dots:
    """The pilots that are drawn: those with a place on the axis, nearest first, and the lane of those without."""

    by_ratio: bool
    placed: list[tuple[float, Pilot]]
    lane: list[Pilot]
    today: date

    @property
    def top(self) -> float:
        return max([at for at, _ in self.placed], default=1.0)

    @property
    def left(self) -> float:
        """Where the lane of the undated begins, left of zero."""
        return -max(self.top, 2.0) * 0.09

    @property
    def points(self) -> list[tuple[float, Pilot]]:
        return [(self.left / 2, row) for row in self.lane] + self.placed


def _dots(chosen: Selection, *, known: int, unknown: int, by_ratio: bool) -> Dots:
    """The pilots furthest along, of `known` that have a place, and some of the `unknown` that have none. Two queries."""
    pilots = chosen.active.exclude(pilot_level="").annotate(age=DaysSince("entered_on", chosen.today))
    pilots = pilots.distinct() if chosen.distinct else pilots
    has_place = Q(entered_on__isnull=False)
    place: Any = F("age")
    if by_ratio:
        has_place &= Q(pilot_planned_days__gt=0)
        place = Cast("age", FloatField()) / F("pilot_planned_days")
    without = pilots.exclude(has_place).order_by(F("decision_on").asc(nulls_last=True), "pk")
    lane = sorted(_pilots(without[: max(DOTS // 5, DOTS - known)])) if unknown else []
    furthest = pilots.filter(has_place).annotate(place=place).order_by("-place", "-pk")
    rows = _pilots(furthest[: DOTS - len(lane)])
    placed = [(_place(row, chosen.today, by_ratio), row) for row in rows]
    return Dots(by_ratio, sorted(placed, key=lambda pair: (pair[0], pair[1].pk)), lane, chosen.today)


def _pilots(rows: QuerySet[Any]) -> list[Pilot]:
    return [Pilot(*row) for row in rows.values_list(*Pilot._fields)]


def _place(row: Pilot, today: date, by_ratio: bool) -> float:
    days = days_in_stage(row.entered_on, today) or 0
    return days / (row.pilot_planned_days or 1) if by_ratio else days / DAYS_A_MONTH


def pilot_ageing(seen: Seen) -> Chart | None:
    """A dot per pilot: days in the stage over the approved length, lines at once and twice it. Two queries.

    Where no pilot has an approved length the axis is months in the stage: the age alone can be said.
    Undated ones stand in a lane of their own. The oldest thirty are drawn; the foot says of how many.
    """
    chosen, n = seen.chosen, seen.all.n
    pilots = sum(levels(seen).values())
    if not pilots:
        return None
    by_ratio = n("pilots", "planned") > 0
    known = n("pilots", "placed" if by_ratio else "dated")
    dots = _dots(chosen, known=known, unknown=pilots - known, by_ratio=by_ratio)
    count = plural(len(dots.points), "pilot")
    over, twice, year = (n("pilots", code) for code in ("over", "twice", "year"))
    table = [
        [row.name, days_in_stage(row.entered_on, chosen.today), row.pilot_planned_days,
         vocabulary.word("pilot", row.pilot_level)]
        for _, row in reversed(dots.points)
    ]  # fmt: skip
    return Chart(
        id="ageing",
        title="Stage ageing of pilots",
        summary=f"Dot plot of {count} by days in pilot divided by approved length; {over} are over the approved "
        f"length, {twice} over twice that"
        if by_ratio
        else f"Dot plot of {count} by months in pilot; {year} are older than a year",
        spec=_spec(dots),
        columns=[("Pilot", False), ("Days", True), ("Approved days", True), ("Level", False)],
        rows=table,
        facts={"all": pilots, "drawn": len(dots.points), "lane": pilots - known, "over": over, "twice": twice,
               "year": year, "by_ratio": by_ratio},
    )  # fmt: skip


def _spec(dots: Dots) -> dict[str, Any]:
    points = dots.points
    tints = [colour("pilot", row.pilot_level) for _, row in points]
    marks = (
        [(1.0, "approved"), (2.0, "twice approved")]
        if dots.by_ratio
        else [(12.0, "a year"), (24.0, "two years")]
    )
    shapes = [_line(marks[0][0]), _line(marks[1][0], "dot")]
    if dots.top > marks[1][0] * 4:  # two labels would stand on each other
        marks = [(marks[0][0], ""), marks[1]]
    notes = [_note(x, text) for x, text in marks if text]
    lane = bool(dots.lane)
    if lane:
        shapes.append(_band(dots.left))
        notes.append(_note(dots.left, "undated", "unknown"))
    marker = {
        "size": 11, "symbol": [symbol("pilot", row.pilot_level) for _, row in points], "color": tints,
        "line": {"width": 1.5, "color": tints},
    }  # fmt: skip
    return {
        "data": [{
            "type": "scatter", "mode": "markers", "x": [round(x, 4) for x, _ in points], "y": _labels(points),
            "marker": marker, "text": _words(dots), "hovertemplate": "%{text}<extra></extra>",
        }],
        "layout": {
            "height": max(160, 66 + 24 * len(points)), "margin": {"l": 8, "r": 16, "t": 22, "b": 34},
            "xaxis": {"range": [dots.left if lane else 0, max(dots.top, marks[1][0]) * 1.06], "zeroline": False,
                      "title": {"text": "days in pilot ÷ days approved" if dots.by_ratio else "months in pilot"}},
            "yaxis": {"tickfont": {"size": 12, "color": LIGHT["ink-2"]}, "showgrid": True,
                      "gridcolor": LIGHT["line"], "type": "category"},
            "shapes": shapes, "annotations": notes,
        },
        "narrow": {"margin": {"l": 4, "r": 8}, "yaxis": {"tickfont": {"size": 11}}},
    }  # fmt: skip


def _words(dots: Dots) -> list[str]:
    """What hovering says, with the unknown said as such."""
    out = []
    for _, row in dots.points:
        days = days_in_stage(row.entered_on, dots.today)
        stay = "entry never recorded" if days is None else plural(days, "day")
        length = (
            f"of {row.pilot_planned_days} approved"
            if row.pilot_planned_days
            else "approved length never recorded"
        )
        out.append(f"{row.name}<br>{vocabulary.word('pilot', row.pilot_level)}: {stay}, {length}")
    return out


def _labels(points: list[tuple[float, Pilot]]) -> list[str]:
    """Names short enough for the axis, and different where names are the same."""
    labels, seen = [], dict[str, int]()
    for _, row in points:
        name = _short(row.name)
        seen[name] = seen.get(name, 0) + 1
        labels.append(name if seen[name] == 1 else f"{_short(row.name, 26)} AI-{row.pk:04d}")
    return labels


def _short(name: str, limit: int = 34) -> str:
    return name if len(name) <= limit else f"{name[: limit - 1].rstrip()}…"


def _line(x: float, dash: str = "solid") -> dict[str, Any]:
    ink = {"color": LIGHT["ink"], "width": 1, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": ink}


def _band(left: float) -> dict[str, Any]:
    return {
        "type": "rect", "x0": left, "x1": left * 0.15, "y0": 0, "y1": 1, "yref": "paper",
        "fillcolor": LIGHT["unknown-soft"], "line": {"width": 0}, "layer": "below",
    }  # fmt: skip


def _note(x: float, text: str, tint: str = "ink-2") -> dict[str, Any]:
    return {
        "x": x, "y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": "left", "text": text,
        "showarrow": False, "font": {"size": 11, "color": LIGHT[tint]},
    }  # fmt: skip
