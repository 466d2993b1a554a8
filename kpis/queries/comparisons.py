"""Comparisons as they are read: their looks, and the verdict computed from them."""

from dataclasses import dataclass
from typing import Final

from core.listing import Filter, Listing
from domain.experiment import Verdict
from domain.experiment_looks import Look, verdict_of
from kpis.models import ArmCount, Comparison

DAY: Final = ("", "gte", "lte", "isnull")
COMPARISONS: Final = Listing(
    filters={
        "id": Filter("pk", "id"),
        "kpi": Filter("kpi", "ref", prefix="K"),
        "initiative": Filter("kpi__initiative", "ref", prefix="AI"),
        "design": Filter("design", "choice", choices=tuple(Comparison.Design.values)),
        "paired": Filter("paired", "bool", ops=("",)),
        "started_on": Filter("started_on", "date", ops=DAY),
        "ended_on": Filter("ended_on", "date", ops=DAY),
        "source": Filter("source", "text", ops=("", "in")),
        "source_key": Filter("source_key", "text", ops=("", "in")),
    },
    orders={"name": "name", "recorded_at": "recorded_at"},
    search=("name", "arm_1", "arm_2", "kpi__name"),
)
_ROLES: Final = {
    Comparison.Design.AB_TEST.value: ("arm", "arm"),
    Comparison.Design.CHAMPION_CHALLENGER.value: ("champion", "challenger"),
    Comparison.Design.SIMPLE_BASELINE.value: ("simple model", "candidate"),
}


@dataclass(frozen=True, slots=True)
class Reached:
    """A comparison and what its looks say. `verdict` None: nobody has looked yet."""

    row: Comparison
    looks: tuple[ArmCount, ...]
    verdict: Verdict | None


def as_look(row: ArmCount) -> Look:
    """A stored look as the rules read it."""
    return Look(row.looked_on, (row.successes_1, row.trials_1, row.successes_2, row.trials_2))


def arm_names(row: Comparison) -> tuple[str, str]:
    """Both arms as a sentence calls them: "champion Rules of 2025"."""
    first, second = _ROLES[row.design]
    return f"{first} {row.arm_1}", f"{second} {row.arm_2}"


def reached(row: Comparison) -> Reached:
    """What a comparison says today. Without a query where its `looks` were prefetched."""
    looks = tuple(sorted(row.looks.all(), key=lambda one: one.looked_on))
    verdict = verdict_of(
        [as_look(one) for one in looks], paired=row.paired, names=arm_names(row), ends_on=row.ended_on,
        per_arm=row.planned_sample,
    )  # fmt: skip
    return Reached(row, looks, verdict)
