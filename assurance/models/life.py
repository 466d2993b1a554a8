"""The base of what is recorded of a model's life: read by whoever sees the model, changed by whoever runs it."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models

from core.access import Actor, Paths, scope
from core.models.record import Record
from core.roles import Action
from governance.models import AiModel

PATHS = Paths(
    unit="model__unit__path",
    people=(
        "model__owner",
        "model__initiatives__lead",
        "model__initiatives__sponsor",
        "model__initiatives__members__user",
    ),
    runs=("model__owner",),
)


class LifeQuerySet(models.QuerySet[Any]):
    """Rows with the rule of VIEW as a filter."""

    def visible_to(self, actor: Actor) -> Self:
        return self.filter(scope(actor, Action.VIEW, self.model))


class LifeRecord(Record):
    """A record about one model, by a person at a moment. `version` counts its changes."""

    model = models.ForeignKey(AiModel, on_delete=models.PROTECT, related_name="+", db_index=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = LifeQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        abstract = True


def person(**more: Any) -> "models.ForeignKey[Any, Any]":
    """Somebody on a record: they stay named when they leave."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, **more
    )
