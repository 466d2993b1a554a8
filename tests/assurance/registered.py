"""Registries for the tests: one on record, a reading of it, and a server that answers always the same."""

from typing import Any

from assurance.models import ModelRegistry, ModelVersion, RegisteredModel, VersionMetric
from assurance.services.registry_sync import Synced, sync_registry
from core.access import system
from core.models import AuditEvent
from core.outgoing import Server
from governance.models import AiModel
from kpis.models import Measurement
from tests.assurance.mlflow_server import said
from tests.cast import AT, Cast


def registry(cast: Cast, url: str, begins: str = "") -> ModelRegistry:
    return ModelRegistry.objects.create(
        name=f"MLflow {ModelRegistry.objects.count()}", base_url=url, unit=cast.claims, name_filter=begins, created_by=cast.max,
        created_at=AT, updated_at=AT,
    )  # fmt: skip


def sync(row: ModelRegistry, **more: Any) -> Synced:
    row.refresh_from_db()
    server = Server(row.base_url, trusted=True, **more)
    return sync_registry(registry=row, by=system(), at=AT, server=server)


def everything() -> tuple[Any, ...]:
    """What a reading may write, but for when it was read."""
    return (
        list(AiModel.objects.order_by("pk").values()), list(ModelVersion.objects.order_by("pk").values()),
        list(RegisteredModel.objects.order_by("pk").values()), list(VersionMetric.objects.order_by("pk").values()),
        Measurement.objects.count(), AuditEvent.objects.count(),
    )  # fmt: skip


def answers(status: int, body: bytes, kind: str = "application/json") -> Any:
    return lambda handler: said(handler, status, body, kind)
