"""The glide path on the KPI's own page, with a value axis, in two drawings: wide, and one for phones.

The axis is turned so that up is better; text keeps its size, because a wide drawing scaled down cannot be read.
"""

from datetime import date, timedelta
from itertools import pairwise

from core.plot.glide import Glide, Version, describe, horizon, marker
from core.plot.glide_frame import Frame, axes, goals, today, values
from core.plot.svg import Days, Values, caption, element, path, polygon, polyline, title
from core.wording import day, number

WIDE = Frame("gp-wide", 1240, 410, 46, 1044, 30, 370)
NARROW = Frame("gp-narrow", 358, 330, 34, 346, 46, 276)


def draw(glide: Glide) -> str:
    """Both drawings; the style sheet shows the one that fits its section."""
    return _draw(glide, WIDE) + _draw(glide, NARROW)


def _draw(glide: Glide, frame: Frame) -> str:
    x = horizon(glide, frame.left, frame.right)
    y = values(glide, frame)
    parts = axes(glide, frame, x, y)
    since = glide.unseen_since
    if since is not None:
        width = max(x(glide.as_of) - x(since), 0.0)
        parts.append(
            element("rect", "gp-unk", x=x(since), y=frame.top, width=width, height=frame.bottom - frame.top)
        )
    for index, version in enumerate(glide.versions):
        parts += _bounds(version, frame, x, y) if version.is_band else _plan(glide, index, frame, x, y)
    parts += _readings(glide, frame, x, y)
    parts += today(glide, frame, x)
    parts += goals(glide, frame, y)
    return element(
        "svg", f"gp {frame.css}", *parts, viewBox=f"0 0 {frame.width} {frame.height}", role="img",
        aria_label=f"Glide path of {describe(glide)}",
    )  # fmt: skip


def _plan(glide: Glide, index: int, frame: Frame, x: Days, y: Values) -> list[str]:
    """Band, expected line and target of one version, for the days it was in force."""
    version, last = glide.versions[index], index == len(glide.versions) - 1
    corners = version.expected()
    if not corners or version.baseline is None or version.target is None:
        return []
    start, end = version.starts_on or version.baseline_on, corners[-1][0]
    if not last:
        end = min(end, glide.versions[index + 1].starts_on or end)
    base, span = float(version.baseline), float(version.target - version.baseline)
    days = [start, *(on for on, _ in corners if start < on < end), end]
    way = [(on, _share(corners, on)) for on in days]
    edges = [
        [(x(on), y(base + (e - float(margin)) * span)) for on, e in way]
        for margin in (version.amber, version.red)
    ]
    parts = [polygon("gp-band", [*edges[0], *reversed(edges[1])])]
    if last and glide.settle_days and version.target_on is not None:
        settled = x(version.target_on + timedelta(days=glide.settle_days))
        parts.insert(0, element("rect", "gp-settle", x=x(end), y=frame.top, width=settled - x(end), height=frame.bottom - frame.top))  # fmt: skip
    parts.append(polyline("gp-exp", [(x(on), y(base + e * span)) for on, e in way]))
    goal = y(float(version.target))
    if last:
        tick = f"M{x(end):.1f} {goal - 6:.1f}v12"
        parts.append(path("gp-target", f"M{x(end) - 34:.1f} {goal:.1f}H{frame.right}{tick}"))
    else:
        parts.append(path("gp-seal", f"M{x(end):.1f} {goal:.1f}H{frame.right}"))
    if index:
        edge = x(start)
        parts.append(
            path(
                "gp-brk2",
                f"M{edge - 2:.1f} {frame.bottom}V{frame.top}M{edge + 2:.1f} {frame.bottom}V{frame.top}",
            )
        )
        parts.append(caption(edge - 8, frame.top - 4.0, glide.called(index - 1), "gp-s", "end"))
        words = f"{glide.called(index)} from {day(start, glide.as_of)}" if frame.wide else glide.called(index)
        parts.append(caption(edge + 8, frame.top - 4.0, words, "gp-s"))
    if last and frame.wide:
        middle = days[0] + (end - days[0]) / 2
        at = y(base + (_share(corners, middle) - float(version.red)) * span)
        parts.append(caption(x(middle) + 10, at + 16, _margin_words(version), "gp-s"))
    return parts


def _margin_words(version: Version) -> str:
    return f"{number(version.amber * 100)} to {number(version.red * 100)} points behind: at risk"


def _bounds(version: Version, frame: Frame, x: Days, y: Values) -> list[str]:
    parts = []
    left = x(version.starts_on or version.baseline_on)
    for bound, inward in ((version.lower, version.warn), (version.upper, -version.warn)):
        if bound is None:
            continue
        edge, inner = y(float(bound)), y(float(bound + inward))
        if inward:
            parts.append(element("rect", "gp-band", x=left, y=min(edge, inner), width=frame.right - left, height=abs(edge - inner)))  # fmt: skip
        parts.append(path("gp-target", f"M{left:.1f} {edge:.1f}H{frame.right}"))
    return parts


def _readings(glide: Glide, frame: Frame, x: Days, y: Values) -> list[str]:
    parts = []
    for line in sorted({r.version for r in glide.readings}):
        points = [(x(r.on), y(float(r.value))) for r in glide.readings if r.version == line and r.counts]
        if len(points) > 1:
            parts.append(polyline("gp-line", points))
    for r in glide.readings:
        words = f"{day(r.on)}: {number(r.value)} {glide.unit}".rstrip() + (
            "" if r.counts else ", does not count"
        )
        css, size = ("gp-dot", 3.0) if r.counts else ("gp-late", 3.4)
        parts.append(element("circle", css, title(words), cx=x(r.on), cy=y(float(r.value)), r=size))
        if r.mark:
            at, height = x(r.on), y(float(r.value))
            parts.append(
                element("path", "gp-drift", title(r.mark), d=f"M{at:.1f} {height - 8:.1f}l8 8l-8 8l-8 -8z")
            )
    start = glide.versions[0]
    if start.baseline is not None:
        at, foot = x(start.baseline_on), y(float(start.baseline))
        words = f"Baseline {number(start.baseline)}" + (
            f" on {day(start.baseline_on, glide.as_of)}" if frame.wide else ""
        )
        parts.append(element("circle", "gp-start", cx=at, cy=foot, r=4))
        parts.append(caption(at + 9, foot + 18, words, "gp-l"))
    if glide.last is not None:
        at, height = x(glide.last.on), y(float(glide.last.value))
        parts.append(marker(glide, (at, height), 6))
        words = f"{number(glide.last.value)} on {day(glide.last.on, glide.as_of)}"
        parts.append(
            caption(
                at - 10,
                max(height - 12, frame.top + 10.0),
                words,
                "gp-l",
                "end" if at > frame.width / 3 else "start",
            )
        )
    return parts


def _share(corners: list[tuple[date, float]], on: date) -> float:
    """The expected share on a day, between the corners of the line."""
    for (d0, e0), (d1, e1) in pairwise(corners):
        if on <= d1:
            return e0 + (e1 - e0) * (on - d0).days / max((d1 - d0).days, 1)
    return corners[-1][1]
