"""Whether an initiative can be traced from what the business wants to the model that is to bring it, and where not.

The chain: objective and outcome, the KPIs that say whether it came, the model metric that serves each, the model that is
measured by it; and beside it the data that all of it rests on. Each missing link is a gap with its sentence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Gap(StrEnum):
    """A link that is missing."""

    NO_OBJECTIVE = "no_objective"
    NO_OUTCOME = "no_outcome"
    NO_KPI = "no_kpi"
    KPI_WITHOUT_METRIC = "kpi_without_metric"
    ORPHAN_METRIC = "orphan_metric"
    METRIC_WITHOUT_MODEL = "metric_without_model"
    MODEL_WITHOUT_GOAL = "model_without_goal"
    UNLINKED_DATA = "unlinked_data"


@dataclass(frozen=True, slots=True)
class Missing:
    """One gap: about which record (empty: the initiative), and in words."""

    gap: Gap
    subject: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A KPI in use. goal: a business, operational or user KPI, which says whether the outcome came.

    metric: a model metric; `serves` is then the ref of the KPI in use that it serves, None where there is none.
    """

    ref: str
    goal: bool
    metric: bool
    serves: str | None = None


def missing_links(
    *,
    objectives: int,
    outcome: bool,
    measures: Sequence[Measure],
    models: Iterable[str],
    unlinked: Iterable[str],
) -> tuple[Missing, ...]:
    """Every gap, in the order of the chain. models: refs; unlinked: names of data needed that no KPI is linked to."""
    models = tuple(models)
    goals = [one.ref for one in measures if one.goal]
    metrics = [one for one in measures if one.metric]
    served = {one.serves for one in metrics}
    found = []
    if not objectives:
        found.append(Missing(Gap.NO_OBJECTIVE, "", "It serves no strategic objective on record."))
    if not outcome:
        found.append(Missing(Gap.NO_OUTCOME, "", "The business outcome was never said."))
    if not goals:
        found.append(Missing(Gap.NO_KPI, "", "No KPI says whether the outcome came."))
    found += [
        Missing(Gap.KPI_WITHOUT_METRIC, ref, "No model metric serves this KPI.")
        for ref in goals
        if ref not in served
    ]
    found += [
        Missing(Gap.ORPHAN_METRIC, one.ref, "This model metric serves no KPI.")
        for one in metrics
        if one.serves is None
    ]
    if not models:
        found += [
            Missing(Gap.METRIC_WITHOUT_MODEL, one.ref, "No model is registered that this metric measures.")
            for one in metrics
        ]
    if not goals and not objectives:
        found += [
            Missing(Gap.MODEL_WITHOUT_GOAL, ref, "This model has no business goal: no objective, and no KPI.")
            for ref in models
        ]
    found += [Missing(Gap.UNLINKED_DATA, name, "No KPI is linked to this data.") for name in unlinked]
    return tuple(found)
