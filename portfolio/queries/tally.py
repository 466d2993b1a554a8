"""What the dashboard counts, as a value that adds up: the tallies of several units are the tally of all of them."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from heapq import nlargest, nsmallest
from typing import Any, NamedTuple

from domain.ageing import median

SHAPE = 2
"""Raised with every change of what is counted or how it is kept, so that rows of an older shape are counted anew."""
WORST = 7
LATEST = 3
SUMS = ("spent", "approved", "released", "claimed", "validated", "rejected", "planned", "late")


class Worst(NamedTuple):
    """An open flag with the money at stake times its severity. `about` names its subject where it has no initiative."""

    stake: Decimal
    severity: int
    since: str
    flag: int
    initiative: int | None
    about: str

    @property
    def order(self) -> tuple[Any, ...]:
        """Smaller is worse, over all flags."""
        return (-self.stake, -self.severity, self.initiative or 0, self.since, self.flag)

    @property
    def of_subject(self) -> tuple[Any, ...]:
        """Smaller is worse, among the flags of one initiative (or subject)."""
        return (-self.severity, self.since, self.flag)


@dataclass(slots=True)
class Tally:
    """Counts and sums of some initiatives and flags on a day.

    `counts`: by `kind:code`, what is not there is 0. `sums`: money by name, what is not there was never recorded.
    `lengths`: by stage, the days of the stays that ended in the last twelve months. `late`: of the pilots that spent
    past their decision date the three that spent most, as (amount, initiative). `worst`: of each initiative its worst
    open flag, the seven with most at stake.
    """

    counts: dict[str, int] = field(default_factory=dict)
    sums: dict[str, Decimal] = field(default_factory=dict)
    lengths: dict[str, list[int]] = field(default_factory=dict)
    late: list[tuple[Decimal, int]] = field(default_factory=list)
    worst: list[Worst] = field(default_factory=list)

    def n(self, kind: str, code: str = "") -> int:
        """One count."""
        return self.counts.get(f"{kind}:{code}", 0)

    def add(self, kind: str, code: str, count: int) -> None:
        """Count so many more."""
        if count:
            key = f"{kind}:{code}"
            self.counts[key] = self.counts.get(key, 0) + count

    def add_sum(self, name: str, amount: Decimal | None) -> None:
        """Add money; None, nothing recorded, adds nothing."""
        if amount is not None:
            self.sums[name] = self.sums.get(name, Decimal(0)) + amount

    def median(self, stage: str) -> int | None:
        """Days of the middle stay that ended, by nearest rank; None of none."""
        return median(self.lengths.get(stage, ()))

    def to_json(self) -> str:
        """As it is stored; the same facts give the same text."""
        told = {
            "counts": self.counts,
            "sums": {name: str(amount) for name, amount in self.sums.items()},
            "lengths": {stage: sorted(days) for stage, days in self.lengths.items()},
            "late": [[str(amount), pk] for amount, pk in self.late],
            "worst": [[str(row.stake), *row[1:]] for row in self.worst],
        }
        return json.dumps(told, sort_keys=True, separators=(",", ":"))


def from_json(text: str) -> Tally:
    """A tally as it was stored."""
    kept = json.loads(text)
    return Tally(
        counts=kept["counts"],
        sums={name: Decimal(amount) for name, amount in kept["sums"].items()},
        lengths=kept["lengths"],
        late=[(Decimal(amount), pk) for amount, pk in kept["late"]],
        worst=[Worst(Decimal(stake), *rest) for stake, *rest in kept["worst"]],
    )


def together(parts: Iterable[Tally]) -> Tally:
    """The tally of all of them. The parts share no initiative and no flag."""
    counts, out = Counter[str](), Tally()
    late: list[tuple[Decimal, int]] = []
    worst: list[Worst] = []
    for part in parts:
        counts.update(part.counts)
        for name, amount in part.sums.items():
            out.add_sum(name, amount)
        for stage, days in part.lengths.items():
            out.lengths.setdefault(stage, []).extend(days)
        late += part.late
        worst += part.worst
    out.counts = dict(counts)
    out.late = latest(late)
    out.worst = worst_first(worst)
    return out


def latest(rows: Iterable[tuple[Decimal, int]]) -> list[tuple[Decimal, int]]:
    """Those that spent most past their date."""
    return nlargest(LATEST, rows, key=lambda row: (row[0], -row[1]))


def worst_first(rows: Iterable[Worst]) -> list[Worst]:
    """The worst of each initiative (or subject), and of these the ones with most at stake.

    Flags of one initiative may lie in two units. The seven of every unit are enough to find the seven of all: a flag
    that is not among its unit's has seven others before it.
    """
    found: dict[int | str, Worst] = {}
    for row in rows:
        key = row.about if row.initiative is None else row.initiative
        known = found.get(key)
        if known is None or row.of_subject < known.of_subject:
            found[key] = row
    return nsmallest(WORST, found.values(), key=lambda row: row.order)
