"""A metric by segment: how far the worst served is from the best served, without telling anything of the few.

A segment of fewer than 30 cases is suppressed: its value is neither shown nor compared, and never 0. The disparity ratio is
the lowest value over the highest (1 is alike; the four-fifths rule of US practice looks at 0.8), the gap the highest less
the lowest. Of a rate of error the highest is the worst served, so both are told with their segments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.errors import RuleError

SMALLEST: Final = 30
MOST_SEGMENTS: Final = 200


@dataclass(frozen=True, slots=True)
class Segment:
    """A named part of the cases. `value` None: not told, or suppressed."""

    name: str
    cases: int
    value: Decimal | None

    @property
    def suppressed(self) -> bool:
        return self.cases < SMALLEST


@dataclass(frozen=True, slots=True)
class Disparity:
    """segments: in the order given, the small ones without their value. ratio None: fewer than two are shown, or the highest
    is 0 (then nothing is a share of it); gap None: fewer than two are shown."""

    segments: tuple[Segment, ...]
    lowest: Segment | None
    highest: Segment | None
    ratio: Decimal | None
    gap: Decimal | None

    @property
    def suppressed(self) -> tuple[Segment, ...]:
        return tuple(one for one in self.segments if one.suppressed)


def disparity(segments: Sequence[Segment]) -> Disparity:
    """Ratio and gap over the segments that are large enough. A value of a small one is thrown away here.

    RuleError names /segments/<place>: a name twice or empty, a negative count, a negative value (no ratio is made of one).
    """
    if len(segments) > MOST_SEGMENTS:
        raise RuleError("too_many", f"Give at most {MOST_SEGMENTS} segments.", "/segments")
    seen: set[str] = set()
    kept = []
    for place, one in enumerate(segments):
        at = f"/segments/{place}"
        if not one.name.strip():
            raise RuleError("empty", "Name the segment.", f"{at}/segment")
        if one.name in seen:
            raise RuleError("twice", f"{one.name} is there twice.", f"{at}/segment")
        if one.cases < 0:
            raise RuleError("out_of_range", "Give 0 cases or more.", f"{at}/n")
        if one.value is not None and (not one.value.is_finite() or one.value < 0):
            raise RuleError("out_of_range", "Give a finite number, 0 or more.", f"{at}/value")
        seen.add(one.name)
        kept.append(Segment(one.name, one.cases, None) if one.suppressed else one)
    shown = [(one.value, one) for one in kept if one.value is not None]
    if len(shown) < 2:
        return Disparity(tuple(kept), None, None, None, None)
    low, high = min(shown, key=lambda pair: pair[0]), max(shown, key=lambda pair: pair[0])
    ratio = None if high[0] == 0 else low[0] / high[0]
    return Disparity(tuple(kept), low[1], high[1], ratio, high[0] - low[0])
