"""What a glide path shows: where a KPI stands on the way from its baseline to its target.

Plain data and what its two pictures share (`glide_small` for rows and cards, `glide_page` for the KPI's page).
Up is always better, also for a KPI that must fall.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from core import vocabulary
from core.plot.svg import Days, Point, Values, element, path
from core.wording import day, percent, plural


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the KPI, as far as it is drawn. Days are calendar days, shares run from 0 to 1.

    A trajectory has `target_on` (and, for the page, `baseline` and `target` in the KPI's unit); `curve` holds
    the declared points (share of time, share of the way). A band has `lower` or `upper` and its `warn` margin.
    `number`: what it is called, where that is not its place.
    """

    baseline_on: date
    target_on: date | None = None
    baseline: Decimal | None = None
    target: Decimal | None = None
    starts_on: date | None = None
    curve: tuple[tuple[Decimal, Decimal], ...] = ()
    amber: Decimal = Decimal("0.10")
    red: Decimal = Decimal("0.25")
    lower: Decimal | None = None
    upper: Decimal | None = None
    warn: Decimal = Decimal(0)
    number: int | None = None

    @property
    def is_band(self) -> bool:
        return self.lower is not None or self.upper is not None

    def expected(self) -> list[tuple[date, float]]:
        """The corners of the expected line, as (day, share of the way)."""
        if self.target_on is None:
            return []
        days = (self.target_on - self.baseline_on).days
        inner = [(self.baseline_on + timedelta(days=round(float(t) * days)), float(e)) for t, e in self.curve]
        return [(self.baseline_on, 0.0), *inner, (self.target_on, 1.0)]


@dataclass(frozen=True, slots=True)
class Reading:
    """One usable reading. `progress` is the rule's own figure for it (None on a band); a line joins those of one `version`.

    `mark`: what was found at it, in words, where it is marked.
    """

    on: date
    value: Decimal
    progress: Decimal | None = None
    version: int = 0
    counts: bool = True
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Glide:
    """All a glide path shows. `versions` oldest first, at least one; `readings` in date order."""

    name: str
    status: str
    as_of: date
    versions: tuple[Version, ...]
    readings: tuple[Reading, ...] = ()
    unit: str = ""
    reason: str | None = None
    settle_days: int = 14

    @property
    def role(self) -> vocabulary.Status:
        return vocabulary.status("kpi", self.status, self.reason)

    @property
    def now(self) -> Version:
        return self.versions[-1]

    def called(self, index: int) -> str:
        """ "v2": the name of a version by its place."""
        return f"v{self.versions[index].number or index + 1}"

    @property
    def last(self) -> Reading | None:
        return next((r for r in reversed(self.readings) if r.counts), None)

    @property
    def has_uncounted(self) -> bool:
        return any(not r.counts for r in self.readings)

    @property
    def has_marks(self) -> bool:
        return any(r.mark for r in self.readings)

    @property
    def unseen_since(self) -> date | None:
        """From when on nobody knows: the last reading, or the baseline; None while it is known."""
        if self.role.role != "unknown":
            return None
        return self.last.on if self.last else self.now.baseline_on


def describe(glide: Glide) -> str:
    """The picture in one sentence, for those who do not see it."""
    counted = [r for r in glide.readings if r.counts]
    parts = [plural(len(counted), "reading")]
    if glide.last is not None:
        if glide.last.progress is not None:
            parts.append(f"progress {percent(glide.last.progress)} of the way to target")
        parts.append(f"last {day(glide.last.on, glide.as_of)}")
    told = f"{glide.name}: {glide.role.word.lower()}; {', '.join(parts)}"
    return told if glide.now.is_band else f"{told}; target date {day(glide.now.target_on, glide.as_of)}"


def horizon(glide: Glide, left: float, right: float) -> Days:
    """From the first baseline to a little past the target date or today, whichever is later."""
    first = min(v.baseline_on for v in glide.versions)
    ends = [glide.as_of, *(v.target_on for v in glide.versions if v.target_on)]
    last = max(ends)
    return Days(first, last + timedelta(days=max((last - first).days // 33, 2)), left, right)


def marker(glide: Glide, at: Point, size: float) -> str:
    """The last reading in the shape and colour of the status."""
    x, y = at
    css, shape = f"gp-last r-{glide.role.role}", glide.role.shape
    if shape.startswith("tri"):
        reach = size * 1.17
        return path(css, f"M{x:.1f} {y - size * 1.1:.1f}l{reach:.1f} {size * 2.05:.1f}h{-2 * reach:.1f}z")
    if shape.startswith("sq"):
        side = size * 1.9
        return element("rect", css, x=x - side / 2, y=y - side / 2, width=side, height=side)
    return element("circle", css, cx=x, cy=y, r=size)


def band_scale(glide: Glide, top: float, bottom: float) -> Values:
    """Values of a band; a cap alone is turned, so that up stays better."""
    bounds = [float(b) for b in (glide.now.lower, glide.now.upper) if b is not None]
    seen = bounds + [float(r.value) for r in glide.readings]
    pad = (max(seen) - min(seen)) * 0.18 or abs(bounds[0]) * 0.1 or 1.0
    low, high = min(seen) - pad, max(seen) + pad
    return Values(high, low, top, bottom) if glide.now.lower is None else Values(low, high, top, bottom)
