"""SVG as text: elements, numbers, escaped captions, and the two scales every picture is drawn with."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import ceil, floor, log10

from django.utils.html import escape

Point = tuple[float, float]


def num(value: float) -> str:
    """A coordinate with one decimal, so equal pictures are equal texts."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def element(name: str, css: str = "", /, *children: str, **attributes: object) -> str:
    """One element. `children` are finished SVG; attribute names use `_` for `-`; values are escaped."""
    if css:
        attributes = {"class": css, **attributes}
    written = "".join(
        f' {key.replace("_", "-") if key != "viewBox" else key}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{''.join(children)}</{name}>" if children else f"<{name}{written}/>"


def caption(x: float, y: float, words: str, css: str = "", anchor: str = "start") -> str:
    """A text at a point; `anchor` is start, middle or end. The words are escaped."""
    return element("text", css, str(escape(words)), x=x, y=y, text_anchor=anchor)


def polyline(css: str, points: Iterable[Point]) -> str:
    return element("polyline", css, points=_points(points))


def polygon(css: str, points: Iterable[Point]) -> str:
    return element("polygon", css, points=_points(points))


def path(css: str, d: str) -> str:
    return element("path", css, d=d)


def title(words: str) -> str:
    """A name for an element, read out and shown by the browser on pointing."""
    return f"<title>{escape(words)}</title>"


@dataclass(frozen=True, slots=True)
class Days:
    """Days to pixels. `first` is drawn at `left`, `last` at `right`."""

    first: date
    last: date
    left: float
    right: float

    def __call__(self, on: date) -> float:
        share = (on - self.first).days / max((self.last - self.first).days, 1)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def months(self, at_most: int) -> list[date]:
        """The first days of months to label: every month, or every 2nd, 3rd, 6th, 12th ... to fit."""
        for step in (1, 2, 3, 6, 12, 24, 60, 120):
            ticks = [
                d for d in _month_starts(self.first, self.last) if (d.year * 12 + d.month - 1) % step == 0
            ]
            if len(ticks) <= at_most:
                return ticks
        return []


@dataclass(frozen=True, slots=True)
class Values:
    """Values to pixels: `worst` is drawn at `bottom`, `best` at `top`, so up is better whatever the direction."""

    worst: float
    best: float
    top: float
    bottom: float

    def __call__(self, value: float) -> float:
        share = (value - self.worst) / ((self.best - self.worst) or 1.0)
        return self.bottom + min(max(share, 0.0), 1.0) * (self.top - self.bottom)

    def ticks(self, about: int) -> list[float]:
        """Round values (1, 2, 5 steps) inside the scale."""
        low, high = sorted((self.worst, self.best))
        raw = (high - low) / (about + 1) or 1.0
        magnitude = 10.0 ** floor(log10(raw))
        step = next(s * magnitude for s in (1, 2, 5, 10) if s * magnitude >= raw)
        return [round(i * step, 10) for i in range(ceil(low / step), floor(high / step) + 1)]


def spread(wanted: list[float], gap: float) -> list[float]:
    """Label heights moved apart to at least `gap`, in the same order, each as near its place as that allows."""
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    placed = list(wanted)
    for before, here in pairwise(order):
        placed[here] = max(placed[here], placed[before] + gap)
    return placed


def _month_starts(first: date, last: date) -> list[date]:
    here = date(first.year, first.month, 1)
    found = []
    while here <= last:
        if here >= first:
            found.append(here)
        here = (here + timedelta(days=32)).replace(day=1)
    return found


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _value(value: object) -> str:
    return num(value) if isinstance(value, float) else str(escape(str(value)))
