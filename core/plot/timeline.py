"""One line of a timeline: the stays of an initiative between two days, on the scale that all lines of the page share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.plot.bars import Spell
from core.plot.svg import element, num, path
from core.wording import day, plural

WIDTH = 720
HEIGHT = 22


@dataclass(frozen=True, slots=True)
class Scale:
    """The days that a page of lines covers."""

    first: date
    last: date

    def share(self, on: date) -> float:
        """Where a day stands, from 0 to 1; days outside stand at the edge."""
        return min(max((on - self.first).days / max((self.last - self.first).days, 1), 0.0), 1.0)

    def at(self, on: date) -> float:
        return self.share(on) * WIDTH

    def marks(self) -> list[date]:
        """The first days of the quarters that begin within it; of the years where these are more than twelve."""
        found = []
        year, month = self.first.year, (self.first.month - 1) // 3 * 3 + 1
        while (on := date(year, month, 1)) <= self.last:
            if on >= self.first:
                found.append(on)
            year, month = (year + 1, 1) if month == 10 else (year, month + 3)
        return found if len(found) <= 12 else [one for one in found if one.month == 1]


def line(
    rows: Sequence[tuple[str, Spell]], scale: Scale, as_of: date, ahead: Sequence[tuple[str, date]] = ()
) -> str:
    """The dated stays as bars, the present one to `as_of`; `ahead` are days to come (words, day), drawn as strokes.

    rows: code of the stage, and the stay. Its words are the label of the picture, because its width is the reader's.
    """
    drawn = [path("tl-q", "".join(f"M{scale.at(on):.1f} 0V{HEIGHT}" for on in scale.marks()) or "M0 0")]
    told = []
    for code, row in rows:
        if row.entered is None:
            continue
        end = row.left or as_of
        left, right = scale.at(row.entered), scale.at(end)
        css = f"tl-b tl-{code.replace('_', '-')}"
        drawn.append(element("rect", css, x=left, y=4.5, width=max(right - left - 1.5, 1.5), height=13))
        told.append(f"{row.stage} from {day(row.entered, as_of)}, {plural((end - row.entered).days, 'day')}")
    drawn.append(path("tl-now", f"M{scale.at(as_of):.1f} 0V{HEIGHT}"))
    for words, on in ahead:
        drawn.append(path("tl-ahead", f"M{scale.at(on):.1f} 2V{HEIGHT - 2}"))
        told.append(f"{words} {day(on, as_of)}")
    return element(
        "svg", "tl", *drawn, viewBox=f"0 0 {WIDTH} {HEIGHT}", preserveAspectRatio="none", role="img",
        aria_label="; ".join(told) or "undated",
    )  # fmt: skip


def head(scale: Scale) -> str:
    """The axis above the lines: years and quarters, written where they begin. Decoration: the lines say their days."""
    drawn = []
    taken = -1.0
    for on in scale.marks():
        share = scale.share(on)
        if taken < share < 0.97:
            words = str(on.year) if on.month == 1 else f"Q{(on.month - 1) // 3 + 1}"
            drawn.append(element("text", "", words, x=f"{num(share * 100)}%", y=12))
            taken = share + 0.05
    return element("svg", "tl-head", *drawn, height=16, width="100%", aria_hidden="true")


def covering(rows: Sequence[Sequence[Spell]], as_of: date, ahead: Sequence[date] = ()) -> Scale:
    """A scale for all these lines, with what lies ahead and a fortnight's room; at least a year."""
    entered = [one.entered for stays in rows for one in stays if one.entered is not None]
    last = max([as_of, *ahead]) + timedelta(days=14)
    return Scale(min([*entered, last - timedelta(days=365)]), last)
