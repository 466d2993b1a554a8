"""Versions of a few models of the demo: trained, promoted by somebody else, deployed, gone back from; and one that waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha256

from assurance.models import ModelVersion
from assurance.queries.gate import gate_of
from assurance.services.deployments import Reported, beat, report_deployment
from assurance.services.promotions import (
    APPROVE,
    Evidence,
    answer_promotion,
    propose_promotion,
    propose_rollback,
)
from assurance.services.versions import register_version
from exchange.demo.people import MANAGER
from exchange.demo.play import World
from governance.models import AiModel
from governance.services.inventory import edit_model
from kpis.models import Kpi


@dataclass(frozen=True, slots=True)
class Trained:
    """One version: trained so many days ago, with its metrics. `role` empty: it stays registered."""

    number: str
    ago: int
    metrics: Mapping[str, float]
    role: str = "champion"
    evidence: str = ""
    answered: bool = True
    tag_alone: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """The versions of one model, oldest first, and where its images come from. `back`: days ago it went back to the one before."""

    model: str
    owner: str
    image: str
    versions: tuple[Trained, ...]
    back: int | None = None
    beats: tuple[int, ...] = field(default=(20, 6, 1))


LINES = (
    Line("Contact intent classifier", "Amara Diallo", "registry.calder.example/service/intent", (
        Trained("2.3", 88, {"accuracy": 0.871, "macro_f1": 0.834}, evidence="Better by 2.1 points of macro F1 on the July calls."),
        Trained("2.4", 34, {"accuracy": 0.884, "macro_f1": 0.851}, evidence="Two weeks as a shadow: 1.7 points of macro F1 above 2.3."),
        Trained("2.5", 6, {"accuracy": 0.891, "macro_f1": 0.853}, answered=False,
                evidence="A week as a shadow on 41,200 calls; macro F1 0.853 against 0.851, within its interval."),
    )),
    Line("Card fraud scorer", "Mona Castellan", "registry.calder.example/fraud/card-scorer", (
        Trained("7", 86, {"pr_auc": 0.412, "recall_at_1pct": 0.618}, evidence="Recall at one per cent alerts up from 0.59."),
        Trained("8", 40, {"pr_auc": 0.431, "recall_at_1pct": 0.64}, evidence="Out of time on September: PR-AUC 0.431 against 0.412."),
        Trained("9", 9, {"pr_auc": 0.433, "recall_at_1pct": 0.631}, role="challenger",
                evidence="To be measured against 8 on a tenth of the payments."),
    ), back=21),
    Line("Affordability score", "Rhys Morgan", "registry.calder.example/lending/affordability", (
        Trained("2025-11", 80, {"auc": 0.783, "ks": 0.44}, evidence="Yearly refit; calibration within 0.4 points in every band.",
                tag_alone=True),
        Trained("2026-10", 36, {"auc": 0.79, "ks": 0.45}, role="", answered=False),
    )),
    Line("Garage assignment", "Jan Kowal", "registry.calder.example/claims/garages", (
        Trained("0.9", 60, {"mean_days": 7.4}, role="", tag_alone=True),
    ), beats=()),
)  # fmt: skip


def write(world: World) -> None:
    """Add the acts of every line to the script."""
    for line in LINES:
        world.script.on(world.script.back(50), partial(_name_kpis, world, line), hour=12)
        for version in line.versions:
            at = world.script.back(version.ago)
            world.script.on(at, partial(_register, world, line, version), hour=17)
            if version.role and version.evidence:
                world.script.on(
                    world.script.back(version.ago - 2), partial(_ask, world, line, version), hour=9
                )
            if version.role != "challenger" and version.answered:
                world.script.on(
                    world.script.back(version.ago - 3), partial(_deploy, world, line, version), hour=16
                )
        if line.back is not None:
            world.script.on(world.script.back(line.back), partial(_go_back, world, line), hour=11)
        for ago in line.beats:
            world.script.on(world.script.back(ago), partial(_beat, world, line), hour=6)


def _name_kpis(world: World, line: Line, at: datetime) -> None:
    """What the model is meant to move, and the metrics that say how well it does, are named on it; of one line nobody did."""
    if not line.beats:
        return
    model = _model(line)
    kpis = list(
        Kpi.objects.filter(initiative__models=model, kind__in=("business", "model_metric")).order_by("pk")
    )
    edit_model(pk=model.pk, by=world.who(MANAGER), at=at, kpis=kpis)


def _model(line: Line) -> AiModel:
    return AiModel.objects.get(name=line.model)


def _digest(line: Line, version: Trained) -> str:
    return f"sha256:{sha256(f'{line.image} {version.number}'.encode()).hexdigest()}"


def _register(world: World, line: Line, version: Trained, at: datetime) -> None:
    register_version(
        model_id=_model(line).pk, number=version.number, by=world.who(line.owner), at=at, metrics=dict(version.metrics),
        trained_on=world.script.day(at), image=f"{line.image}:{version.number}",
        commit=sha256(f"{line.model} {version.number}".encode()).hexdigest()[:40],
        image_digest="" if version.tag_alone else _digest(line, version),
    )  # fmt: skip


def _ask(world: World, line: Line, version: Trained, at: datetime) -> None:
    row = ModelVersion.objects.get(model=_model(line), number=version.number)
    asked = propose_promotion(
        version_id=row.pk, to_role=version.role, evidence=Evidence(text=version.evidence), by=world.who(line.owner), at=at
    )  # fmt: skip
    if version.answered:
        answer_promotion(pk=asked.pk, answer=APPROVE, by=world.who(MANAGER), at=at)


def _go_back(world: World, line: Line, at: datetime) -> None:
    """The champion alarmed on genuine payments after a holiday; the version before serves again."""
    asked = propose_rollback(
        model_id=_model(line).pk, because="Alarms on genuine payments doubled over the long weekend.", by=world.who(line.owner),
        at=at, champion_becomes="challenger",
    )  # fmt: skip
    answer_promotion(pk=asked.pk, answer=APPROVE, by=world.who(MANAGER), at=at)
    before = ModelVersion.objects.get(pk=asked.version_id)
    _deploy(world, line, next(one for one in line.versions if one.number == before.number), at)


def _deploy(world: World, line: Line, version: Trained, at: datetime) -> None:
    """As the pipeline reports it; what nobody approved was found running."""
    model = _model(line)
    allowed = gate_of(model, version.number, "production", world.script.day(at)).allowed
    said = Reported(
        version=version.number, environment="production", deployed_at=at, image=f"{line.image}:{version.number}",
        image_digest="" if version.tag_alone else _digest(line, version), observed=not allowed, source="Pipeline",
        event=f"{model.ref} {version.number} {at:%Y-%m-%d}",
    )  # fmt: skip
    report_deployment(model_id=model.pk, said=said, by=world.who(line.owner), at=at)


def _beat(world: World, line: Line, at: datetime) -> None:
    for row in _model(line).deployments.filter(ended_at=None, deployed_at__lt=at):
        beat(pk=row.pk, by=world.who(line.owner), at=at)
