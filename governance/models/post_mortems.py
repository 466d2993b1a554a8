"""What a stop taught, in the same parts every time, and what is still to be done after it."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from core.access import Paths
from core.models.record import Record
from governance.models.decisions import Decision


class PostMortem(Record):
    """Of one stop, written once. It names causes and never people at fault. `causes`: codes of domain.post_mortem, the first the main one."""

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="post_mortem")
    expected = models.TextField()
    happened = models.TextField()
    causes = models.JSONField()
    learned = models.TextField()
    reusable = models.TextField(blank=True)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = Paths(
        unit="decision__initiative__unit__path",
        people=(
            "decision__initiative__lead", "decision__initiative__sponsor", "decision__initiative__members__user",
        ),
        runs=("decision__initiative__lead", "decision__initiative__sponsor"),
    )  # fmt: skip

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"post-mortem of {self.decision_id}"


class Aftercare(Record):
    """Something still to be done after a stop: data deleted, users told, a contract ended. `note`: what came of it."""

    post_mortem = models.ForeignKey(PostMortem, on_delete=models.PROTECT, related_name="aftercare")
    text = models.CharField(max_length=500)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    done_on = models.DateField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    note = models.CharField(max_length=500, blank=True)

    ACCESS: ClassVar[Paths] = Paths(
        unit="post_mortem__decision__initiative__unit__path",
        people=(
            "owner",
            "post_mortem__decision__initiative__lead",
            "post_mortem__decision__initiative__sponsor",
        ),
        runs=("post_mortem__decision__initiative__lead", "post_mortem__decision__initiative__sponsor"),
    )

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [
            # Read by the reminders: what is still to be done.
            models.Index(fields=["due_on"], name="aftercare_open", condition=models.Q(done_on=None))
        ]

    def __str__(self) -> str:
        return self.text
