"""Small bars: a figure's share, a pilot's age against its approved length, the stages one after another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.plot.svg import caption, element, path
from core.wording import day, number, plural


@dataclass(frozen=True, slots=True)
class Part:
    """A length on a bar. `role`: ink, acc, out (claimed), good, warn, bad or unk; `tick` draws its end only."""

    value: float
    role: str = "ink"
    tick: bool = False


def bar(parts: Sequence[Part], whole: float, label: str = "", width: int = 240) -> str:
    """Parts of a whole, each from zero, the longest drawn first. Without a `label` it is decoration beside text."""
    drawn = [element("rect", "b-bg", width=width, height=10)]
    scale = width / whole if whole > 0 else 0.0
    for part in sorted((p for p in parts if not p.tick), key=lambda p: -p.value):
        length = min(max(part.value * scale, 0.0), float(width))
        if length and part.role in {"out", "unk"}:
            drawn.append(
                element("rect", f"b-{part.role}", x=0.5, y=0.5, width=max(length - 1, 0.0), height=9)
            )
        elif length:
            drawn.append(element("rect", f"b-{part.role}", width=length, height=10))
    drawn += [path("b-tick", f"M{min(p.value * scale, width - 1):.1f} -2V12") for p in parts if p.tick]
    named = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    return element("svg", "bar", *drawn, viewBox=f"0 0 {width} 10", preserveAspectRatio="none", **named)


def agebar(days: int | None, approved: int | None, scale: float = 4.4) -> str:
    """Days in stage against the approved length, ticked at once and twice it. `scale`: approved lengths shown."""
    width = 240
    if days is None or not approved:
        words = (
            "days in stage never recorded"
            if days is None
            else f"{plural(days, 'day')}, approved length never recorded"
        )
        drawn = [element("rect", "u", x=0.5, y=11.5, width=width - 1, height=7)]
    else:
        words = f"{days} days of {approved} approved, {number(days / approved, 2)} times"
        unit = width / scale
        drawn = [
            element("rect", "g", x=0.5, y=11.5, width=width - 1, height=7),
            element("rect", "d", x=0, y=11, width=min(days / approved * unit, float(width)), height=8),
            path("l", f"M{unit:.1f} 9v12M{2 * unit:.1f} 9v12"),
            caption(unit, 7.0, "1×", anchor="middle"),
            caption(2 * unit, 7.0, "2×", anchor="middle"),
        ]
    return element(
        "svg",
        "agebar",
        *drawn,
        preserveAspectRatio="xMinYMid",
        viewBox=f"0 0 {width} 26",
        role="img",
        aria_label=words,
    )


@dataclass(frozen=True, slots=True)
class Spell:
    """One spell in a stage. `entered` None = never recorded; `left` None = the present one."""

    stage: str
    entered: date | None
    left: date | None = None


def spells(rows: Sequence[Spell], as_of: date, limits: Sequence[tuple[str, date]] = ()) -> str:
    """Stage spells in a row, in days; `limits` are (words, day) drawn as strokes, time past the last is hatched."""
    dated = [(row, row.entered) for row in rows if row.entered is not None]
    if not dated:
        return ""
    first = min(entered for _, entered in dated)
    last = max([as_of, *(on for _, on in limits)])
    per_day = 980 / max((last - first).days, 1)
    drawn: list[str] = []
    for row, entered in dated:
        left, end = (entered - first).days * per_day, row.left or as_of
        days, width = (end - entered).days, (end - entered).days * per_day
        drawn.append(
            element(
                "rect", "b" if row.left else "b now", x=left, y=20.5, width=max(width - 2, 1.0), height=26
            )
        )
        words = f"{row.stage}, {plural(days, 'day')}"
        if len(words) * 6 + 14 < width:
            drawn.append(caption(left + 7, 37.0, words))
        if width > 70:
            drawn.append(caption(left, 62.0, day(entered, as_of), "q"))
    if limits and as_of > limits[-1][1]:
        over = (limits[-1][1] - first).days * per_day
        drawn.append(
            element("rect", "over", x=over, y=20.5, width=(as_of - limits[-1][1]).days * per_day, height=26)
        )
    taken = 0.0
    for words, on in limits:
        at, label = (on - first).days * per_day, f"{words}, {day(on, as_of)}"
        start = max(at - len(label) * 5.6, 0.0)
        # A label that would run into the one before stands a line higher.
        high = start < taken
        taken = max(taken, at + 8)
        drawn.append(path("lim", f"M{at:.1f} {0 if high else 14}V52"))
        drawn.append(caption(at, -4.0 if high else 10.0, label, "", "end" if start else "start"))
    told = "; ".join(f"{r.stage} from {day(r.entered, as_of)}" for r in rows)
    return element(
        "svg", "spells", *drawn, viewBox="0 -14 984 84", role="img", aria_label=f"Stage spells: {told}"
    )
