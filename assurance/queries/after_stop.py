"""What serves after a stop: deployments in production of models that work for stopped initiatives and for nothing that lives."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from django.db.models import Exists, OuterRef, Q

from assurance.models import Deployment
from assurance.queries.gate import gate_policy_on
from core import clock
from domain.after_stop import Runs
from domain.stages import Stage
from governance.models import AiModel
from governance.queries.after_stop import serves_after
from portfolio.models import Initiative

ENDED = (Stage.STOPPED.value, Stage.RETIRED.value)


@serves_after
def deployments(day: date) -> Mapping[int, Sequence[Runs]]:
    """Stopped initiative -> what is on record as running in production for it, by the initiative or by a KPI of it.

    A model of unknown use, or one that serves another initiative that goes on, says nothing. Two statements, and one more
    where something runs.
    """
    serves = Q(models=OuterRef("model")) | Q(kpis__models=OuterRef("model"))
    lives = Exists(Initiative.objects.filter(serves).exclude(stage__in=ENDED))
    rows = Deployment.objects.filter(~lives, ended_at=None).exclude(model__stage=AiModel.Stage.RETIRED)
    told = (
        "pk",
        "model_id",
        "model__name",
        "version_number",
        "environment",
        "deployed_at",
        "last_heartbeat_at",
    )
    pairs: dict[tuple[int, int], Runs] = {}
    where: dict[tuple[int, int], str] = {}
    for way in ("model__initiatives", "model__kpis__initiative"):
        linked = rows.filter(**{f"{way}__stage": Stage.STOPPED.value}).order_by("pk")
        for initiative, pk, model, name, version, environment, began, heard in linked.values_list(
            f"{way}__pk", *told
        ):
            label = f"version {version} of {AiModel(pk=model).ref} {name}"
            last = clock.day_of(heard) if heard else None
            pairs[initiative, pk] = Runs(label, clock.day_of(began), last)
            where[initiative, pk] = environment
    if not pairs:
        return {}
    policy = gate_policy_on(day)
    found: dict[int, list[Runs]] = defaultdict(list)
    for (initiative, pk), one in sorted(pairs.items(), key=lambda pair: pair[0]):
        if policy.is_production(where[initiative, pk]):
            found[initiative].append(one)
    return found
