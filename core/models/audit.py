"""The audit log: append-only, refused UPDATE and DELETE by triggers in both databases."""

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from core.models.record import Record
from core.paths import Paths


class AuditEvent(Record):
    """One change, written in the same transaction as the change itself."""

    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    via = models.CharField(max_length=16)
    token_id = models.BigIntegerField(null=True)
    request_id = models.CharField(max_length=36, blank=True)
    object_type = models.CharField(max_length=40)
    object_id = models.BigIntegerField(null=True)
    initiative_id = models.BigIntegerField(null=True)
    unit_path = models.CharField(max_length=200, blank=True)
    action = models.CharField(max_length=60)
    reason = models.TextField(blank=True)
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    after = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    ACCESS: ClassVar[Paths] = Paths(unit="unit_path")

    class Meta:
        indexes = [
            # Read by the history tab of a record, newest first.
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_of_an_object"),
            # Read by the history tab of an initiative.
            models.Index(
                fields=["initiative_id", "-id"],
                name="audit_of_an_initiative",
                condition=models.Q(initiative_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.action} {self.object_type} {self.object_id}"
