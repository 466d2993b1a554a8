"""Who may do what with versions, roles, deployments, registries and looks at clusters.

In claims mona owns a model that serves an initiative of alice's, on which bob works; in cards nobody owns the one that serves
charlie's. Max manages everywhere, ursula below retail. Only max gives roles.
"""

import json

from assurance.models import (
    Deployment,
    ModelRegistry,
    ModelVersion,
    Rollback,
    VersionMetric,
    VersionPromotion,
)
from assurance.services.clusters import preview_look
from assurance.services.promotions import Evidence, propose_promotion
from assurance.services.versions import register_version
from portfolio.models import InitiativeMember
from tests.cast import AT
from tests.core.access_table import ROLED, WIDE, Case, Open, Row, World, reads, row
from tests.governance.stored import initiative, sound_model

SEE_MODEL, NOT_MODEL = f"alice bob mona vera {WIDE}", "charlie ursula"
# Below a model: as its owner, or by leading or sponsoring what it serves; who only works on that sees the model alone.
SEE_ROW, NOT_ROW = f"alice mona vera {WIDE}", "bob charlie ursula"
SEE_CARDS, NOT_CARDS = f"charlie ursula {WIDE}", "alice bob mona vera"
# Registries and looks belong to a unit: who holds a role over it sees them.
SEE_UNIT, NOT_UNIT = f"vera {WIDE}", "alice bob charlie mona ursula"
RUNS = {"claims": "mona max; 404: ursula", "cards": "ursula max; 404: mona"}
RUNNERS = "max mona ursula"
NOTEBOOK = json.dumps({"nbformat": 4, "cells": [{"cell_type": "markdown", "source": ["# Recall"]}]}).encode()


def furnish(world: World) -> None:
    """In claims and in cards: two versions, a role asked for with a notebook, a deployment; a registry and a look in claims."""
    cast = world.cast
    for at, who, lead in (("claims", "mona", cast.alice), ("cards", "ursula", cast.charlie)):
        goal = initiative(cast, f"Versioned in {at}", unit=getattr(cast, at), lead=lead)
        made = sound_model(
            cast,
            f"Versioned in {at}",
            unit=getattr(cast, at),
            owner=cast.mona if at == "claims" else None,
            goal=False,
        )
        made.initiatives.add(goal)
        if at == "claims":
            InitiativeMember.objects.create(initiative=goal, user=cast.bob, added_at=AT)
        model, by = made.pk, cast.actor(who)
        first = register_version(model_id=model, number="1", by=by, at=AT, metrics={"auc": "0.9"})
        fresh = register_version(model_id=model, number="2", by=by, at=AT)
        metric = VersionMetric.objects.create(version=first, name="auc", step=0, at=1, value="0.9")
        asked = propose_promotion(
            version_id=first.pk, to_role="shadow", by=by, at=AT,
            evidence=Evidence(text="Recall is up.", filename="recall.ipynb", content=NOTEBOOK),
        )  # fmt: skip
        runs = Deployment.objects.create(
            model_id=model, version=first, version_number="1", environment="staging", deployed_at=AT, recorded_by=cast.people[who],
            recorded_at=AT, updated_at=AT,
        )  # fmt: skip
        went_back = Rollback.objects.create(
            model_id=model, version=first, left=fresh, left_becomes="retired", because="It alarms.", done_by=cast.people[who],
            done_at=AT, confirm_by=AT.date(),
        )  # fmt: skip
        world.ids |= {
            f"rollback.{at}": went_back.pk, f"versioned.{at}": model, f"version.{at}": first.pk, f"fresh_version.{at}": fresh.pk, f"version_metric.{at}": metric.pk,
            f"promotion.{at}": asked.pk, f"deployment.{at}": runs.pk,
        }  # fmt: skip
    registry = ModelRegistry.objects.create(
        name="MLflow", base_url="https://mlflow.example.org", unit=cast.claims, created_by=cast.max, created_at=AT, updated_at=AT
    )  # fmt: skip
    look = preview_look(
        unit=cast.claims, cluster="prod", environment="production", content=b'{"items": []}', by=cast.actor("max"), at=AT
    )  # fmt: skip
    world.ids |= {"registry.claims": registry.pk, "look.claims": look.pk}
    assert (ModelVersion.objects.count(), VersionPromotion.objects.count()) == (4, 2)


def seen(*, pk: str) -> Row:
    """One record below a model."""
    return row(
        Case(at="claims", get=f"200: {SEE_ROW}; 404: {NOT_ROW}"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        pk=pk,
    )


def of_unit(**act: str) -> Row:
    """One record of a unit."""
    return row(
        Case(at="claims", get=f"200: {SEE_UNIT}; 404: {NOT_UNIT}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        **act,
    )


def ran(status: int, *, pk: str, data: dict[str, str] | None = None) -> Row:
    """An act of who runs the model."""
    return row(
        *(Case(at=at, post=f"{status}: {who}", data=data or {}) for at, who in RUNS.items()),
        Case(at="nowhere", post=f"404: {RUNNERS}", data=data or {}),
        pk=pk,
    )


BECAUSE = {"because": "Said."}
REGISTRY = {"name": "Other", "base_url": "https://other.example.org", "unit": "$unit.claims"}
ROWS: dict[str, Row | Open] = {
    "model-versions": row(
        Case(
            at="claims", get=f"200: {SEE_MODEL}; 404: {NOT_MODEL}", post="302: mona max; 404: charlie ursula",
            data={"act": "register", "number": "9"},
        ),
        # Nobody but who has the right answers, and nobody their own.
        Case(
            at="claims", get=f"200: {SEE_MODEL}; 404: {NOT_MODEL}", post="302: max; 404: charlie ursula",
            data={"act": "answer", "row": "$promotion", "answer": "approve"},
        ),
        Case(
            at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}", post=f"302: ursula max; 404: {NOT_CARDS}",
            data={"act": "register", "number": "9"},
        ),
        Case(at="nowhere", get=f"404: {ROLED}", post=f"404: {ROLED}"),
        ref="versioned",
    ),
    "model-lineage": row(
        Case(at="claims", get=f"200: {SEE_MODEL}; 404: {NOT_MODEL}"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        ref="versioned",
    ),
    "promotion-file": seen(pk="promotion"),
    "promotion-notebook": seen(pk="promotion"),
    "registry-list": reads(ROLED),
    "registry-create": row(Case(get="200: max ursula", post="302: max; 400: ursula", data=REGISTRY)),
    "registry-detail": row(
        Case(
            at="claims", get=f"200: {SEE_UNIT}; 404: {NOT_UNIT}", post=f"302: max; 404: {NOT_UNIT}",
            data={"base_url": "https://other.example.org", "active": "on"},
        ),
        Case(at="nowhere", get=f"404: {ROLED}", post=f"404: {ROLED}"),
        pk="registry",
    ),
    "registry-sync": row(
        Case(at="claims", post="302: max; 404: mona ursula"), Case(at="nowhere", post=f"404: {RUNNERS}"), pk="registry"
    ),
    "look-list": reads(ROLED),
    "look-create": row(Case(get="200: max ursula", post="400: max ursula", data={"cluster": "prod"})),
    "look-detail": of_unit(pk="look"),
    "look-keep": row(
        Case(at="claims", post="302: max; 404: mona ursula"), Case(at="nowhere", post=f"404: {RUNNERS}"), pk="look"
    ),
    "api:model-versions-list": row(
        Case(at="claims", get=f"200: {ROLED}", post="201: mona max; 400: ursula", data={"model": "$versioned", "number": "9"})
    ),
    "api:model-versions-detail": seen(pk="version"),
    "api:model-versions-correct": row(
        Case(at="claims", post="200: mona max; 404: ursula", data={"because": "Said.", "notes": "Second run."}),
        Case(at="cards", post="200: ursula max; 404: mona", data={"because": "Said.", "notes": "Second run."}),
        Case(at="nowhere", post=f"404: {RUNNERS}", data={"because": "Said.", "notes": "Second run."}),
        pk="version",
    ),
    "api:model-versions-wandb": row(
        Case(
            at="claims", post="201: mona max; 400: ursula",
            data={
                "model": "$versioned", "artifact_version": "wandb-artifact://_id/QXJ0", "artifact_version_string": "a/registry/fraud:v9",
            },
        )
    ),
    "api:version-metrics-list": reads(ROLED),
    "api:version-metrics-detail": seen(pk="version_metric"),
    "api:version-promotions-list": row(
        Case(
            at="claims", get=f"200: {ROLED}", post="201: mona max; 400: ursula",
            data={"version": "$fresh_version", "to_role": "challenger", "evidence": "Recall is up."},
        )
    ),
    "api:version-promotions-detail": seen(pk="promotion"),
    "api:version-promotions-answer-it": row(
        *(Case(at=at, post="200: max", data={"answer": "approve"}) for at in ("claims", "cards")),
        Case(at="nowhere", post="404: max", data={"answer": "approve"}),
        pk="promotion",
    ),
    "api:version-promotions-withdraw": ran(200, pk="promotion", data=BECAUSE),
    "api:model-rollback": row(
        *(Case(at=at, post=f"409: {who}", data=BECAUSE) for at, who in RUNS.items()),
        Case(at="nowhere", post=f"404: {RUNNERS}", data=BECAUSE),
        model_id="versioned",
    ),
    "api:version-rollbacks-list": row(
        Case(at="claims", get=f"200: {ROLED}", post="409: max", data={"model": "$versioned", **BECAUSE})
    ),
    "api:version-rollbacks-detail": seen(pk="rollback"),
    "api:version-rollbacks-confirm": row(
        *(Case(at=at, post="200: max", data={"note": "It was right."}) for at in ("claims", "cards")),
        Case(at="nowhere", post="404: max", data={"note": "It was right."}),
        pk="rollback",
    ),
    "api:deployment-gate-list": row(
        Case(at="claims", get=f"200: {SEE_MODEL}; 404: {NOT_MODEL}"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        query="?version=1",
        model_id="versioned",
    ),
    "api:deployments-list": row(
        Case(
            at="claims", get=f"200: {ROLED}", post="201: mona max; 400: ursula",
            data={"model": "$versioned", "version": "1", "environment": "staging"},
        )
    ),
    "api:deployments-detail": seen(pk="deployment"),
    "api:deployments-heartbeat": ran(200, pk="deployment"),
    "api:deployments-end": ran(200, pk="deployment", data=BECAUSE),
    "api:cluster-looks-list": row(Case(get=f"200: {ROLED}", post=f"415: {RUNNERS}", data={"cluster": "prod"})),
    "api:cluster-looks-detail": of_unit(pk="look"),
    "api:cluster-looks-keep": row(
        Case(at="claims", post="200: max; 404: mona ursula"), Case(at="nowhere", post=f"404: {RUNNERS}"), pk="look"
    ),
    "api:model-registries-list": row(Case(get=f"200: {ROLED}", post="201: max; 400: ursula", data=REGISTRY)),
    "api:model-registries-detail": row(
        Case(
            at="claims", get=f"200: {SEE_UNIT}; 404: {NOT_UNIT}", patch="200: max; 404: mona ursula",
            data={"name_filter": "prod-"},
        ),
        Case(at="nowhere", get=f"404: {ROLED}", patch=f"404: {RUNNERS}", data={"name_filter": "prod-"}),
        pk="registry",
    ),
    "api:model-registries-sync": row(
        Case(at="claims", post="202: max; 404: mona ursula"), Case(at="nowhere", post=f"404: {RUNNERS}"), pk="registry"
    ),
}  # fmt: skip
