"""The series of a KPI as its page draws it: readings, versions over their time, breaks, and what was found.

Readings are joined by a line as long as they measure one thing in one way, and never across a break of the definition
(`domain.kpi_definition_drift`).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

from core.wording import day, number, plural
from domain.kpi import Definition, Shape
from domain.kpi_rows import Reading
from kpis.models import Kpi, KpiVersion
from kpis.queries.drift import Drift
from kpis.translate import definition_of

METHODS: Final = {"ewma": "EWMA", "cusum": "CUSUM", "page_hinkley": "Page-Hinkley"}


@dataclass(frozen=True, slots=True)
class Period:
    """A version over the days it was in force. `ends` is the first day of the next; the last one's is its target date."""

    version: KpiVersion
    definition: Definition
    begins: date
    ends: date
    last: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Readings joined by a line. `now`: they are of the measure in force."""

    readings: tuple[Reading, ...]
    now: bool


@dataclass(slots=True)
class Drawing:
    """What is drawn of one KPI."""

    kpi: Kpi
    found: Drift
    as_of: date
    periods: list[Period]
    lines: list[Line]
    restated: Collection[int]
    traces: list[dict[str, Any]] = field(default_factory=list)
    shapes: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def uncounted(self) -> frozenset[int]:
        """The readings of the measure in force that do not count, by id."""
        return frozenset(
            one.id for line in self.lines if line.now for one in line.readings if not self.counts(one)
        )

    @property
    def unit(self) -> str:
        return self.kpi.unit_of_measure

    @property
    def readings(self) -> list[Reading]:
        return [reading for line in self.lines for reading in line.readings]

    def counts(self, reading: Reading) -> bool:
        """Whether it speaks for the status: from the baseline date to the end of settling."""
        plan = self.periods[-1].definition.plan if self.periods else None
        on = reading.observed_on.toordinal()
        return plan is None or (on >= plan.start and (plan.close is None or on <= plan.close))

    def marked(self) -> dict[int, str]:
        """What is to be said of single readings, by id."""
        said: dict[int, list[str]] = {}
        for reading in self.readings:
            if reading.supersedes is not None:
                said.setdefault(reading.id, []).append("corrected")
            elif reading.id in self.restated:
                said.setdefault(reading.id, []).append("restated what had been published")
        for hit in self.found.value.hits:
            said.setdefault(hit.reading_id, []).append(f"drift first seen by {METHODS[hit.method]}")
        return {pk: ", ".join(words) for pk, words in said.items()}


def periods_of(found: Drift) -> list[Period]:
    """The versions in force by the day, each over its own time."""
    force = [found.facts.versions[0]]
    for version in found.facts.versions[1:]:
        if version.effective_on > found.as_of:
            continue
        while len(force) > 1 and force[-1].effective_on >= version.effective_on:
            force.pop()  # a later version that takes effect earlier leaves it no day
        force.append(version)
    out = []
    for place, version in enumerate(force):
        last = place == len(force) - 1
        begins = (version.baseline_on or version.effective_on) if place == 0 else version.effective_on
        ends = _horizon(version, found.as_of, begins) if last else force[place + 1].effective_on
        if last or ends > begins:
            out.append(Period(version, definition_of(version), begins, ends, last))
    return out


def lines_of(found: Drift) -> list[Line]:
    """The readings that speak, segment by segment; within one, where it is not known whether the measure changed, apart."""
    series = {one.pk: one.series for one in found.facts.versions}
    under = found.facts.taken_under
    out = []
    for place, segment in enumerate(found.definition.segments):
        latest = place == len(found.definition.segments) - 1
        for measure, own in groupby(segment.readings, key=lambda one: series.get(under[one.id], 0)):
            out.append(Line(tuple(own), latest and measure == found.facts.version.series))
    return out


def summary(drawing: Drawing) -> str:
    """The picture in sentences, for those who do not see it."""
    readings, unit = drawing.readings, f" {drawing.unit}" if drawing.unit else ""
    parts = [f"{drawing.kpi.name}: {plural(len(readings), 'reading')}"]
    if readings:
        first, last = readings[0], readings[-1]
        values = [one.value for one in readings if one.value is not None]
        parts[0] += (
            f" from {day(first.observed_on)} to {day(last.observed_on)}, the last {number(last.value)}{unit}, "
            f"the lowest {number(min(values))}, the highest {number(max(values))}"
        )
    if drawing.periods:
        parts.append(_goal_words(drawing.periods[-1].version, unit))
    if len(drawing.periods) > 1:
        parts.append(f"{len(drawing.periods)} versions of the definition")
    if drawing.found.definition.breaks:
        parts.append(drawing.found.definition.sentence.rstrip("."))
    if drawing.found.value.hits:
        parts.append(drawing.found.value.sentence.rstrip("."))
    return ". ".join(part for part in parts if part) + "."


def _goal_words(version: KpiVersion, unit: str) -> str:
    if version.shape == Shape.BAND:
        bounds = [
            f"{word} {number(bound)}"
            for word, bound in (("floor", version.lower), ("cap", version.upper))
            if bound is not None
        ]
        return f"To be held: {' and '.join(bounds)}{unit}" if bounds else ""
    if version.target is None:
        return ""
    by = f" by {day(version.target_on)}" if version.target_on else ""
    return f"Target {number(version.target)}{unit}{by}"


def _horizon(version: KpiVersion, as_of: date, begins: date) -> date:
    """How far the version in force is drawn: to its target date, or a little past today."""
    if version.target_on is not None and version.target_on > begins:
        return version.target_on
    return max(as_of, begins) + timedelta(days=14)
