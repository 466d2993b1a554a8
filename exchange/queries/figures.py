"""How KPIs, pilots and models stand: as stored for today, or asked again for a past day without storing anything."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Count, Q, QuerySet

from core.models import BusinessUnit
from domain.portfolio_rules import units_without_production
from domain.purgatory import judge
from domain.stages import Stage
from domain.staleness import Status as ModelStatus
from domain.staleness import judge_model
from governance.models import AiModel
from governance.queries.facts import facts_of as facts_of_model
from governance.queries.facts import with_people as models_with_people
from governance.queries.policy import policy_on as staleness_on
from kpis.models import Kpi
from kpis.queries import answers_as_of
from pilots.models import Pilot
from pilots.queries.board import LEVELS, piloting_units
from pilots.queries.facts import facts_of, records, with_people
from pilots.queries.policy import policy_on as purgatory_on
from portfolio.models import StageSpell

CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts by answer, and the units with many pilots and nothing in production by their short names."""

    pilots: dict[str, int]
    kpis: dict[str, int]
    models: dict[str, int]
    units: list[str]

    def to_json(self) -> dict[str, Any]:
        return {
            "pilots": self.pilots,
            "kpis": self.kpis,
            "models": self.models,
            "units_with_pilots_and_no_production": self.units,
        }


def stored() -> Figures:
    """The answers as they stand in the database. Five statements."""
    pilots = Pilot.objects.filter(ended_on=None).order_by().values_list("level").annotate(n=Count("pk"))
    kpis = Kpi.objects.filter(current__isnull=False).order_by().values_list("status").annotate(n=Count("pk"))
    models = AiModel.objects.order_by().values_list("status").annotate(n=Count("pk"))
    return _figures(
        Counter(dict(pilots)),
        Counter(dict(kpis)),
        Counter(dict(models)),
        [unit.label for unit, _ in piloting_units()],
    )


def on(day: date) -> Figures:
    """The answers of a past day, from the facts as recorded now. Nothing is stored, nothing is locked."""
    return _figures(_pilots(day), _kpis(day), _models(day), _units(day))


def _figures(pilots: Counter[str], kpis: Counter[str], models: Counter[str], units: list[str]) -> Figures:
    return Figures(
        pilots={level: pilots[level] for level in LEVELS},
        kpis=dict(sorted((status, count) for status, count in kpis.items() if count)),
        models={"stale": models[ModelStatus.STALE.value], "fresh": models[ModelStatus.CURRENT.value]},
        units=units,
    )


def _stood(day: date, prefix: str = "") -> Q:
    """Spells that were stood in on a day: entered by then (or undated), not left by then, not told anew since."""
    entered, left = f"{prefix}entered_on", f"{prefix}left_on"
    return (
        (Q(**{f"{entered}__lte": day}) | Q(**{entered: None}))
        & (Q(**{left: None}) | Q(**{f"{left}__gt": day}))
        & Q(**{f"{prefix}restated_by": None})
    )


def _pilots(day: date) -> Counter[str]:
    policy, _ = purgatory_on(day)
    out: Counter[str] = Counter()
    for part in _chunks(with_people(Pilot.objects.filter(_stood(day, "spell__")))):
        for record in records(part, day):
            out[judge(facts_of(record, day), policy, day).level.value] += 1
    return out


def _kpis(day: date) -> Counter[str]:
    out: Counter[str] = Counter()
    for part in _chunks(Kpi.objects.filter(current__isnull=False)):
        answers = answers_as_of(part, as_of=day).values()
        out.update(told.answer.status.value for told in answers if told is not None)
    return out


def _models(day: date) -> Counter[str]:
    policy, _ = staleness_on(day)
    out: Counter[str] = Counter()
    for part in _chunks(models_with_people(AiModel.objects.all())):
        out.update(judge_model(facts_of_model(row, day), policy, day).status.value for row in part)
    return out


def _units(day: date) -> list[str]:
    """Top-level units with five or more pilots and nothing in production, by the spells stood in on the day."""
    counted = (
        StageSpell.objects.filter(_stood(day), stage__in=[Stage.PILOT.value, Stage.PRODUCTION.value])
        .order_by()
        .values_list("initiative__unit__path", "stage")
        .annotate(n=Count("initiative", distinct=True))
    )
    current = [(path.split("/")[1], Stage(stage)) for path, stage, n in counted for _ in range(n)]
    tops: dict[str, str | None] = {top: None for top, _ in current}
    told = units_without_production(tops, current)
    units = BusinessUnit.objects.in_bulk([int(one.unit) for one in told])
    return [units[int(one.unit)].label for one in told]


def _chunks(rows: QuerySet[Any]) -> Iterable[Sequence[Any]]:
    """Rows in the order of their ids, a few hundred at a time."""
    last = 0
    while part := list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        last = part[-1].pk
        yield part
