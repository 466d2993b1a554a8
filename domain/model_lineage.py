"""What is missing between a business outcome and the version of a model that runs, named in words.

The chain: outcome, KPI, model metric, model, version, deployment. Each link that nobody recorded is one sentence with what
would close it; a chain without a gap has none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Break(StrEnum):
    """Where a chain is broken."""

    NO_GOAL = "no_goal"
    NO_OUTCOME = "no_outcome"
    NO_KPI = "no_kpi"
    KPI_NOT_NAMED = "kpi_not_named"
    NO_METRIC = "no_metric"
    METRIC_ALONE = "metric_alone"
    METRIC_UNREAD = "metric_unread"
    NO_VERSION = "no_version"
    NO_CHAMPION = "no_champion"
    CHAMPION_GONE = "champion_gone"
    NOT_RUNNING = "not_running"
    RUNS_ANOTHER = "runs_another"
    RUNS_UNKNOWN = "runs_unknown"


@dataclass(frozen=True, slots=True)
class Goal:
    """An initiative the model serves, and whether it says what outcome is wanted."""

    ref: str
    outcome: bool


@dataclass(frozen=True, slots=True)
class Measure:
    """A KPI. `named`: the model itself is linked to it. `served`: some model metric serves it."""

    ref: str
    named: bool
    served: bool


@dataclass(frozen=True, slots=True)
class Metric:
    """A model metric. `serves`: the KPI it serves, empty for none. `read`: it was measured at least once."""

    ref: str
    serves: str
    read: bool


@dataclass(frozen=True, slots=True)
class Runs:
    """An open deployment. `role` empty: the version it names is not registered. `serves`: it runs in production."""

    version: str
    environment: str
    role: str
    serves: bool = True


@dataclass(frozen=True, slots=True)
class Chain:
    """Everything recorded of one model's lineage."""

    goals: Sequence[Goal]
    measures: Sequence[Measure]
    metrics: Sequence[Metric]
    versions: int
    champion: str
    champion_gone: bool
    serving: bool
    running: Sequence[Runs]


@dataclass(frozen=True, slots=True)
class Gap:
    where: Break
    sentence: str


def gaps(chain: Chain) -> tuple[Gap, ...]:
    """Every break, from the outcome down."""
    return (*_above(chain), *_metrics(chain), *_below(chain))


def _above(chain: Chain) -> list[Gap]:
    found = []
    if not chain.goals and not chain.measures:
        found.append(
            Gap(Break.NO_GOAL, "It serves no initiative and no KPI, so no business outcome rests on it.")
        )
    found += [
        Gap(Break.NO_OUTCOME, f"{one.ref} does not say which outcome is wanted.") for one in chain.goals if not one.outcome
    ]  # fmt: skip
    if chain.goals and not chain.measures:
        found.append(Gap(Break.NO_KPI, "No KPI says whether the outcome comes."))
    elif chain.measures and not any(one.named for one in chain.measures):
        found.append(
            Gap(Break.KPI_NOT_NAMED, "The model names no KPI of its own; those of its initiative are shown.")
        )
    return found


def _metrics(chain: Chain) -> list[Gap]:
    return [
        *(Gap(Break.NO_METRIC, f"No model metric serves {one.ref}.") for one in chain.measures if not one.served),
        *(Gap(Break.METRIC_ALONE, f"The model metric {one.ref} serves no KPI.") for one in chain.metrics if not one.serves),
        *(Gap(Break.METRIC_UNREAD, f"The model metric {one.ref} was never measured.") for one in chain.metrics if not one.read),
    ]  # fmt: skip


def _below(chain: Chain) -> list[Gap]:
    found = []
    if not chain.versions:
        found.append(Gap(Break.NO_VERSION, "No version is registered."))
    elif not chain.champion:
        found.append(Gap(Break.NO_CHAMPION, "No version is champion."))
    if chain.champion_gone:
        found.append(
            Gap(Break.CHAMPION_GONE, f"Version {chain.champion} is champion and gone from the registry it came from.")
        )  # fmt: skip
    there = [one for one in chain.running if one.serves]
    if chain.serving and not there:
        found.append(
            Gap(Break.NOT_RUNNING, "The model is in production, and no deployment there is on record.")
        )
    for one in there:
        if not one.role:
            found.append(
                Gap(Break.RUNS_UNKNOWN, f"Version {one.version} runs in production and is not registered.")
            )
        elif one.version != chain.champion and one.role not in {"challenger", "shadow"}:
            found.append(Gap(Break.RUNS_ANOTHER, f"Version {one.version} runs in production as {one.role}."))
    return found
