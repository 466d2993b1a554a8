"""The glide path in a row or on a card: the KPI's signature, the same grammar in three sizes.

Drawing order: sand band (at risk), hatching (unknown since), baseline rule, dashed expected line, target,
readings, version break (the line is never drawn across it), as-of line, baseline ring, last reading.
"""

from core.plot.glide import Glide, Reading, band_scale, describe, horizon, marker
from core.plot.svg import Days, Values, element, path, polygon, polyline

# width, height. A cell in a list, a line among the exceptions, a card on the initiative's page.
SIZES = {"cell": (132, 38), "exception": (112, 38), "card": (270, 76)}


def draw(glide: Glide, size: str = "cell") -> str:
    """The small picture as SVG text. `size`: cell, exception or card."""
    width, height = SIZES[size]
    x = horizon(glide, 5, width - 5)
    y = _levels(glide, 4, height - 6)
    parts = _band(glide, x, y) if glide.now.is_band else _way(glide, x, y)
    since = glide.unseen_since
    if since is not None:
        left, right = x(since), x(glide.as_of)
        parts.insert(
            1, element("rect", "gp-unk", x=left, y=4, width=max(right - left, 0.0), height=height - 10)
        )
    for index, version in enumerate(glide.versions):
        points = [(x(r.on), y(_level(glide, r))) for r in glide.readings if r.version == index and r.counts]
        if len(points) > 1:
            parts.append(polyline("gp-line", points))
        if index:
            edge = x(version.starts_on or version.baseline_on)
            parts.append(path("gp-brk2", f"M{edge - 1.4:.1f} 4V{height - 6}M{edge + 1.4:.1f} 4V{height - 6}"))
    parts.append(path("gp-now", f"M{x(glide.as_of):.1f} 2V{height - 4}"))
    if not glide.now.is_band:
        parts.append(element("circle", "gp-start", cx=x(glide.versions[0].baseline_on), cy=y(0.0), r=2))
    if glide.last is not None:
        parts.append(marker(glide, (x(glide.last.on), y(_level(glide, glide.last))), 3.6))
    return element(
        "svg", "gp", *parts, width=width, height=height, viewBox=f"0 0 {width} {height}",
        role="img", aria_label=describe(glide),
    )  # fmt: skip


def _way(glide: Glide, x: Days, y: Values) -> list[str]:
    corners = glide.now.expected()
    parts = []
    if corners:
        here, beyond = glide.now, (x.last, corners[-1][1])
        upper = [(x(on), y(e - float(here.amber))) for on, e in [*corners, beyond]]
        lower = [(x(on), y(e - float(here.red))) for on, e in [*corners, beyond]]
        parts.append(polygon("gp-band", [*upper, *reversed(lower)]))
    parts.append(path("gp-base", f"M{x.left:.1f} {y(0.0):.1f}H{x.right:.1f}"))
    if corners:
        parts.append(polyline("gp-exp", [(x(on), y(e)) for on, e in corners]))
        end, goal = x(corners[-1][0]), y(1.0)
        parts.append(path("gp-target", f"M{end - 9:.1f} {goal:.1f}H{x.right:.1f}M{end:.1f} {goal - 3:.1f}v6"))
    return parts


def _band(glide: Glide, x: Days, y: Values) -> list[str]:
    here, parts = glide.now, []
    for bound, inward in ((here.lower, here.warn), (here.upper, -here.warn)):
        if bound is None:
            continue
        edge, inner = y(float(bound)), y(float(bound + inward))
        if inward:
            parts.append(element("rect", "gp-band", x=x.left, y=min(edge, inner), width=x.right - x.left,
                                 height=abs(edge - inner)))  # fmt: skip
        parts.append(path("gp-target", f"M{x.left:.1f} {edge:.1f}H{x.right:.1f}"))
    return parts or [""]


def _level(glide: Glide, reading: Reading) -> float:
    return float(reading.value) if glide.now.is_band or reading.progress is None else float(reading.progress)


def _levels(glide: Glide, top: float, bottom: float) -> Values:
    levels = [_level(glide, r) for r in glide.readings if r.counts]
    if glide.now.is_band:
        return band_scale(glide, top, bottom)
    # A reading far outside is drawn at the edge: the picture keeps its grammar from row to row.
    low = min([-0.12, *(max(p - 0.04, -0.6) for p in levels)])
    high = max([1.14, *(min(p + 0.04, 1.6) for p in levels)])
    return Values(low, high, top, bottom)
