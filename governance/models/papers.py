"""The papers of a meeting as they were issued to its members."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from core.access import Paths
from core.models.record import Record
from governance.models.council import EVERYBODY, Meeting


class PackIssue(Record):
    """One issue of a meeting's pack, kept as it was. A later change is another issue.

    `document`: canonical JSON as text: the paper, and of each of its sections which initiative it is about; `seal`: its SHA-256.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="issues")
    number = models.PositiveSmallIntegerField()
    document = models.TextField()
    seal = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = EVERYBODY

    class Meta:
        ordering = ["meeting_id", "-number"]
        constraints = [models.UniqueConstraint(fields=["meeting", "number"], name="issue_numbered_once")]

    def __str__(self) -> str:
        return f"issue {self.number} of {self.meeting_id}"
