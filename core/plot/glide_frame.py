"""What stands around a glide path on its page: the frame, the axes, today's line and the goals' labels."""

from dataclasses import dataclass

from core.plot.glide import Glide, band_scale
from core.plot.svg import Days, Values, caption, path, spread
from core.wording import day, number


@dataclass(frozen=True, slots=True)
class Frame:
    """A page size and the plot inside it, in pixels."""

    css: str
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int

    @property
    def wide(self) -> bool:
        return self.css == "gp-wide"


def values(glide: Glide, frame: Frame) -> Values:
    if glide.now.is_band:
        return band_scale(glide, frame.top, frame.bottom)
    ends = [
        (float(v.baseline), float(v.target))
        for v in glide.versions
        if v.baseline is not None and v.target is not None
    ]
    seen = [float(r.value) for r in glide.readings] + [value for pair in ends for value in pair] or [0.0, 1.0]
    rising = not ends or ends[-1][1] >= ends[-1][0]
    pad = (max(seen) - min(seen)) or abs(seen[0]) or 1.0
    low, high = min(seen), max(seen)
    # Room below the baseline for the band, above the target for the labels.
    return Values(low - pad * 0.27, high + pad * 0.12, frame.top, frame.bottom) if rising else Values(
        high + pad * 0.27, low - pad * 0.12, frame.top, frame.bottom
    )  # fmt: skip


def axes(glide: Glide, frame: Frame, x: Days, y: Values) -> list[str]:
    parts = []
    for tick in y.ticks(6 if frame.wide else 5):
        parts.append(path("gp-grid", f"M{frame.left} {y(tick):.1f}H{frame.right}"))
        parts.append(caption(frame.left - 8.0, y(tick) + 4, number(tick), anchor="end"))
    better = "up is better" if glide.now.lower is None or glide.now.upper is None else "inside is better"
    parts.append(caption(0.0, 14.0, f"{glide.unit}, {better}" if glide.unit else better))
    for first in x.months(12 if frame.wide else 5):
        words = day(first, first).split()[1] + (f" {first.year}" if first.month == 1 else "")
        parts.append(path("gp-grid", f"M{x(first):.1f} {frame.bottom}v4"))
        parts.append(caption(x(first), frame.bottom + 17.0, words, anchor="middle"))
    parts.append(path("gp-base", f"M{frame.left} {frame.bottom}H{frame.right}"))
    return parts


def today(glide: Glide, frame: Frame, x: Days) -> list[str]:
    at = x(glide.as_of)
    words = f"as of {day(glide.as_of)}"
    foot = frame.bottom - 6.0 if frame.wide else frame.bottom + 34.0
    left = at > (frame.left + frame.right) / 2
    return [
        path("gp-now", f"M{at:.1f} {frame.top - 6}V{frame.bottom}"),
        caption(at - 6 if left else at + 6, foot, words, "gp-s", "end" if left else "start"),
    ]


def goals(glide: Glide, frame: Frame, y: Values) -> list[str]:
    """Labels of the targets or bounds, right of the plot, or at its right edge on a phone."""
    goals: list[tuple[float, str, bool]] = []
    if glide.now.is_band:
        named = (("Floor", glide.now.lower), ("Cap", glide.now.upper))
        goals = [
            (float(bound), f"{word} {number(bound)}", True) for word, bound in named if bound is not None
        ]
    else:
        for index, version in enumerate(glide.versions):
            if version.target is not None:
                which = f", {glide.called(index)}" if len(glide.versions) > 1 else ""
                words = f"Target {number(version.target)}{which}"
                goals.append((float(version.target), words, version is glide.now))
    heights = spread([y(value) for value, _, _ in goals], 15)
    at, anchor, lift = (frame.right + 8.0, "start", 4) if frame.wide else (float(frame.right), "end", 13)
    return [
        caption(at, height + lift, words, "gp-l" if last else "gp-s", anchor)
        for height, (_, words, last) in zip(heights, goals, strict=True)
    ]
