"""The chain of one initiative, from its objectives to its models, as the record has it."""

from dataclasses import dataclass
from typing import Final

from core.access import Actor
from domain.traceability import Gap, Measure, Missing, missing_links
from governance.models import AiModel
from kpis.models import DataNeed, Kpi
from portfolio.models import Initiative, StrategicObjective

GOALS: Final = frozenset({Kpi.Kind.BUSINESS, Kpi.Kind.OPERATIONAL, Kpi.Kind.USER})
"""Kinds of KPI that say whether the outcome came. Guards and compliance KPIs say what must not happen meanwhile."""


@dataclass(frozen=True, slots=True)
class Link:
    """A KPI with the model metrics that serve it. `needed`: a metric should serve it, and none does."""

    kpi: Kpi
    metrics: tuple[Kpi, ...]
    needed: bool


@dataclass(frozen=True, slots=True)
class Trace:
    """The chain. `unseen`: models of it that the reader may not see; they count as links all the same."""

    objectives: tuple[StrategicObjective, ...]
    links: tuple[Link, ...]
    orphans: tuple[Kpi, ...]
    models: tuple[AiModel, ...]
    unseen: int
    data: tuple[DataNeed, ...]
    missing: tuple[Missing, ...]

    def has(self, gap: Gap) -> bool:
        return any(one.gap is gap for one in self.missing)

    @property
    def aimless(self) -> bool:
        """Whether its models have no business goal."""
        return self.has(Gap.MODEL_WITHOUT_GOAL)


def trace_of(initiative: Initiative, actor: Actor) -> Trace:
    """The chain as the actor, who may know the initiative, sees it. Six statements. Retired KPIs and models are no link."""
    objectives = tuple(initiative.objectives.order_by("name"))
    kpis = list(
        Kpi.objects.filter(initiative=initiative).exclude(state=Kpi.State.RETIRED).order_by("-primary", "pk")
    )
    metrics = [kpi for kpi in kpis if kpi.kind == Kpi.Kind.MODEL_METRIC]
    known = {kpi.pk: kpi for kpi in kpis}
    linked = AiModel.objects.filter(initiatives=initiative).exclude(stage=AiModel.Stage.RETIRED)
    models = tuple(
        linked.filter(pk__in=AiModel.objects.visible_to(actor).values("pk")).order_by("name", "pk")
    )
    every = list(linked.order_by("pk"))
    data = tuple(DataNeed.objects.filter(initiative=initiative).prefetch_related("kpis"))
    links = tuple(
        Link(kpi, tuple(one for one in metrics if one.serves_id == kpi.pk), kpi.kind in GOALS)
        for kpi in kpis
        if kpi.kind != Kpi.Kind.MODEL_METRIC
    )
    seen = {model.pk for model in models}
    missing = missing_links(
        objectives=len(objectives), outcome=bool(initiative.outcome.strip()),
        measures=[_measure(kpi, known) for kpi in kpis], models=[model.ref for model in every],
        unlinked=[need.name for need in data if not need.kpis.all()],
    )  # fmt: skip
    hidden = {model.ref for model in every if model.pk not in seen}
    return Trace(
        objectives=objectives, links=links, orphans=tuple(one for one in metrics if one.serves_id not in known),
        models=models, unseen=len(hidden), data=data,
        missing=tuple(one for one in missing if one.subject not in hidden or one.gap is not Gap.MODEL_WITHOUT_GOAL),
    )  # fmt: skip


def _measure(kpi: Kpi, known: dict[int, Kpi]) -> Measure:
    serves = known.get(kpi.serves_id) if kpi.serves_id else None
    return Measure(
        ref=kpi.ref, goal=kpi.kind in GOALS, metric=kpi.kind == Kpi.Kind.MODEL_METRIC, serves=serves.ref if serves else None
    )  # fmt: skip
