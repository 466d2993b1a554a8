"""How long there is to act on an incident: clocks that run from the moment it was detected, as versioned data.

The defaults hold our own clocks and those of Article 73 of the EU AI Act: a serious incident is reported within 15
days of becoming aware of it, the death of a person within 10, a widespread infringement or a serious and irreversible
disruption of critical infrastructure within 2. A clock that has run out is late for ever; it is never called met in
time.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from domain.errors import RuleError
from domain.policy_rows import full_row, items, row, text, whole, within

MOST_HOURS: Final = 24 * 366
HOURS_A_DAY: Final = 24
DAYS_FROM: Final = 48
"""So many hours and more are told in days."""


class Consequence(StrEnum):
    """What an incident led to, as a supervisor asks."""

    NONE = "none"
    SERIOUS = "serious"
    DEATH = "death"
    WIDESPREAD = "widespread"


GRAVITY: Final = (Consequence.NONE, Consequence.SERIOUS, Consequence.DEATH, Consequence.WIDESPREAD)
"""By how short the time is in which an authority is told, the longest first."""


def is_lowered(severity: int, consequence: str, *, to_severity: int, to_consequence: str) -> bool:
    """Whether rating an incident so takes any gravity from it: such a word stops clocks, and is not for who answers for it."""
    was, now = (GRAVITY.index(Consequence(one)) for one in (consequence, to_consequence))
    return to_severity < severity or now < was


class Ends(StrEnum):
    """What stops a clock."""

    CONTAINED = "contained"
    RESOLVED = "resolved"
    REPORTED = "reported"
    POST_MORTEM = "post_mortem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One clock. It runs for an incident of at least `severity` (1 to 3, the highest) with one of `consequences`; empty: any."""

    code: str
    words: str
    ends: Ends
    hours: int
    severity: int = 1
    consequences: tuple[Consequence, ...] = ()
    basis: str = ""

    def __post_init__(self) -> None:
        within(self.hours, 1, MOST_HOURS, f"/{self.code}/hours")
        within(self.severity, 1, 3, f"/{self.code}/severity")

    def runs(self, severity: int, consequence: Consequence) -> bool:
        return severity >= self.severity and (not self.consequences or consequence in self.consequences)

    def due_at(self, detected_at: datetime) -> datetime:
        return detected_at + timedelta(hours=self.hours)


_ARTICLE: Final = "EU AI Act, Article 73"
CLOCKS: Final = (
    Clock(code="contain_3", words="Contain it", ends=Ends.CONTAINED, hours=24, severity=3, basis="Own clock"),
    Clock(code="contain_2", words="Contain it", ends=Ends.CONTAINED, hours=72, severity=2, basis="Own clock"),
    Clock(code="resolve_3", words="Resolve it", ends=Ends.RESOLVED, hours=24 * 30, severity=3, basis="Own clock"),
    Clock(code="resolve_2", words="Resolve it", ends=Ends.RESOLVED, hours=24 * 60, severity=2, basis="Own clock"),
    Clock(
        code="post_mortem", words="Hold the post-mortem", ends=Ends.POST_MORTEM, hours=24 * 30, severity=2,
        basis="Own clock",
    ),
    Clock(
        code="report_serious", words="Report it to the market surveillance authority", ends=Ends.REPORTED,
        hours=24 * 15, consequences=(Consequence.SERIOUS,), basis=f"{_ARTICLE}(2)",
    ),
    Clock(
        code="report_death", words="Report it to the market surveillance authority", ends=Ends.REPORTED,
        hours=24 * 10, consequences=(Consequence.DEATH,), basis=f"{_ARTICLE}(4)",
    ),
    Clock(
        code="report_widespread", words="Report it to the market surveillance authority", ends=Ends.REPORTED,
        hours=24 * 2, consequences=(Consequence.WIDESPREAD,), basis=f"{_ARTICLE}(3)",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the clocks, each code once."""

    clocks: tuple[Clock, ...] = field(default=CLOCKS)

    def __post_init__(self) -> None:
        codes = [one.code for one in self.clocks]
        for place, code in enumerate(codes):
            if code in codes[:place]:
                raise RuleError("code_taken", f"There are two clocks {code}.", f"/clocks/{place}/code")

    def running(self, severity: int, consequence: str) -> tuple[Clock, ...]:
        """The clocks of an incident, of those that the same event stops the one that ends first. Raises RuleError for no consequence."""
        if consequence not in set(Consequence):
            raise RuleError("unknown_consequence", f"Choose among: {', '.join(Consequence)}.", "/consequence")
        shortest: dict[Ends, Clock] = {}
        for one in self.clocks:
            if one.runs(severity, Consequence(consequence)):
                known = shortest.get(one.ends)
                if known is None or one.hours < known.hours:
                    shortest[one.ends] = one
        return tuple(sorted(shortest.values(), key=lambda one: (one.hours, one.code)))

    def to_json(self) -> dict[str, Any]:
        return {"clocks": [_plain(one) for one in self.clocks]}

    @classmethod
    def from_json(cls, stored: object) -> "Policy":
        """The clocks a stored row says; without them, the defaults. Raises RuleError with a pointer."""
        named = row(stored, ["clocks"])
        if "clocks" not in named:
            return cls()
        found = items(named["clocks"], "/clocks")
        return cls(tuple(_read(one, f"/clocks/{place}") for place, one in enumerate(found)))


DEFAULT: Final = Policy()
_NAMES: Final = ("code", "words", "ends", "hours", "severity", "consequences", "basis")


def _plain(one: Clock) -> dict[str, Any]:
    return {
        "code": one.code, "words": one.words, "ends": one.ends.value, "hours": one.hours, "severity": one.severity,
        "consequences": [c.value for c in one.consequences], "basis": one.basis,
    }  # fmt: skip


def _read(stored: object, at: str) -> Clock:
    named = full_row(stored, _NAMES, at)
    if named["ends"] not in set(Ends):
        raise RuleError("unknown_end", f"Choose among: {', '.join(Ends)}.", f"{at}/ends")
    consequences = items(named["consequences"], f"{at}/consequences")
    for place, one in enumerate(consequences):
        if one not in set(Consequence):
            raise RuleError(
                "unknown_consequence",
                f"Choose among: {', '.join(Consequence)}.",
                f"{at}/consequences/{place}",
            )
    return Clock(
        code=text(named["code"], f"{at}/code"), words=text(named["words"], f"{at}/words"), ends=Ends(named["ends"]),
        hours=_within(named["hours"], 1, MOST_HOURS, f"{at}/hours"),
        severity=_within(named["severity"], 1, 3, f"{at}/severity"),
        consequences=tuple(Consequence(one) for one in consequences), basis=str(named["basis"]),
    )  # fmt: skip


def _within(value: object, least: int, most: int, at: str) -> int:
    found = whole(value, at)
    within(found, least, most, at)
    return found


@dataclass(frozen=True, slots=True)
class Hand:
    """How one clock of one incident stands. `late`: it ran out before it was met; the moment itself is in time."""

    due_at: datetime
    met_at: datetime | None
    late: bool
    words: str


def read_clock(due_at: datetime, *, at: datetime, met_at: datetime | None = None) -> Hand:
    """What a clock shows at `at`: how long is left or over, or by how much it was met in time or late."""
    gap = due_at - (met_at or at)
    late = gap < timedelta(0)
    span = span_words(abs(gap))
    if met_at is not None:
        said = f"met {span} late" if late else f"met with {span} left"
    else:
        said = f"{span} over" if late else f"{span} left"
    return Hand(due_at, met_at, late, said)


def span_words(span: timedelta) -> str:
    """A time of at least nothing in words: "14 days", "30 hours", "12 minutes", "under a minute"."""
    minutes = int(span.total_seconds() // 60)
    hours = minutes // 60
    if hours >= DAYS_FROM:
        return _count(hours // HOURS_A_DAY, "day")
    if hours >= 1:
        return _count(hours, "hour")
    return _count(minutes, "minute") if minutes else "under a minute"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
