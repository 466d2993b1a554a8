"""From the outcome an organisation wants to the version of a model that runs, as the record has it."""

from dataclasses import dataclass

from django.db.models import Q

from assurance.models import Deployment, ModelVersion
from assurance.queries.gate import gate_policy_on
from core import clock
from core.access import Actor, scope
from core.roles import Action
from domain.model_lineage import Chain, Gap, Goal, Measure, Metric, Runs, gaps
from governance.models import AiModel
from governance.queries.traceability import GOALS
from kpis.models import Kpi
from portfolio.models import Initiative

MOST_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class Served:
    """A KPI with the model metrics that serve it. `named`: the model itself is linked to it."""

    kpi: Kpi
    metrics: tuple[Kpi, ...]
    named: bool


@dataclass(frozen=True, slots=True)
class Lineage:
    """The chain as the reader sees it. `unseen`: links of it that they may not see; they are links all the same."""

    initiatives: tuple[Initiative, ...]
    served: tuple[Served, ...]
    alone: tuple[Kpi, ...]
    versions: tuple[ModelVersion, ...]
    more_versions: int
    champion: ModelVersion | None
    running: tuple[Deployment, ...]
    unseen: int
    missing: tuple[Gap, ...]


def lineage_of(model: AiModel, actor: Actor) -> Lineage:
    """The lineage of a model the actor may know. About eight statements, however long it is."""
    initiatives = list(model.initiatives.order_by("name", "pk"))
    named = list(model.kpis.exclude(state=Kpi.State.RETIRED).order_by("name", "pk"))
    goals = [one for one in named if one.kind != Kpi.Kind.MODEL_METRIC]
    if not goals:
        below = Kpi.objects.filter(initiative__in=[one.pk for one in initiatives], kind__in=GOALS)
        goals = list(below.exclude(state=Kpi.State.RETIRED).order_by("-primary", "name", "pk"))
    own = [one.pk for one in named]
    linked = Q(serves__in=[one.pk for one in goals]) | Q(pk__in=own)
    metrics = list(
        Kpi.objects.filter(linked, kind=Kpi.Kind.MODEL_METRIC).exclude(state=Kpi.State.RETIRED).order_by("name", "pk")
    )  # fmt: skip
    versions = list(model.versions.order_by("-pk")[: MOST_VERSIONS + 1])
    champion = model.versions.filter(role=ModelVersion.Role.CHAMPION).first()
    running = list(
        Deployment.objects.filter(model=model, ended_at=None).select_related("version").order_by("environment", "-deployed_at")
    )  # fmt: skip
    seen = set(Initiative.objects.visible_to(actor).filter(pk__in=[one.pk for one in initiatives]).values_list("pk", flat=True))  # fmt: skip
    wanted = [one.pk for one in (*goals, *metrics)]
    kpis = set(Kpi.objects.filter(scope(actor, Action.VIEW, Kpi), pk__in=wanted).values_list("pk", flat=True))
    chain = _chain(model, initiatives, goals, metrics, set(own), versions, champion, running)
    hidden = {one.ref for one in initiatives if one.pk not in seen} | {
        one.ref for one in (*goals, *metrics) if one.pk not in kpis
    }
    goal_ids = {one.pk for one in goals}
    return Lineage(
        initiatives=tuple(one for one in initiatives if one.pk in seen),
        served=tuple(
            Served(one, tuple(m for m in metrics if m.serves_id == one.pk and m.pk in kpis), one.pk in own)
            for one in goals if one.pk in kpis
        ),
        alone=tuple(one for one in metrics if one.serves_id not in goal_ids and one.pk in kpis),
        versions=tuple(versions[:MOST_VERSIONS]), more_versions=max(len(versions) - MOST_VERSIONS, 0),
        champion=champion, running=tuple(running), unseen=len(hidden),
        missing=tuple(one for one in gaps(chain) if not any(ref in one.sentence for ref in hidden)),
    )  # fmt: skip


def _chain(
    model: AiModel, initiatives: list[Initiative], goals: list[Kpi], metrics: list[Kpi], own: set[int],
    versions: list[ModelVersion], champion: ModelVersion | None, running: list[Deployment],
) -> Chain:  # fmt: skip
    served = {one.serves_id for one in metrics}
    policy = gate_policy_on(clock.today())
    return Chain(
        goals=[Goal(one.ref, bool(one.outcome.strip())) for one in initiatives],
        measures=[Measure(one.ref, one.pk in own, one.pk in served) for one in goals],
        metrics=[
            Metric(one.ref, f"K-{one.serves_id:04d}" if one.serves_id else "", one.last_observed_on is not None) for one in metrics
        ],
        versions=len(versions), champion=champion.number if champion else "",
        champion_gone=champion is not None and champion.gone_at is not None,
        serving=model.stage == AiModel.Stage.PRODUCTION,
        running=[
            Runs(
                one.version_number, one.environment, one.version.role if one.version else "",
                policy.is_production(one.environment),
            )
            for one in running
        ],
    )  # fmt: skip
