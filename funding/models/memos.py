"""Memos that were kept: what was sent to CFO and CIO, word for word. Rows are added, never changed."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.access import Paths
from core.models.record import Record
from domain.memo_advice import Advice
from funding.models.cases import BusinessCase
from portfolio.models import Initiative
from portfolio.models.money import PATHS

ADVICE = [
    (Advice.RELEASE.value, "Release"),
    (Advice.HOLD.value, "Hold"),
    (Advice.STOP.value, "Stop"),
    (Advice.NONE.value, "No recommendation"),
]


class Memo(Record):
    """`document`: the canonical JSON of domain.memo_document, as text, so that both databases give back the same bytes.

    `seal`: its SHA-256. `fingerprint`: the same without who made it and when. `on`: the day of the record it tells.
    """

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="memos")
    number = models.PositiveIntegerField()
    on = models.DateField()
    case = models.ForeignKey(BusinessCase, on_delete=models.PROTECT, related_name="memos")
    advice = models.CharField(max_length=7, choices=ADVICE)
    document = models.TextField()
    seal = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    kept_at = models.DateTimeField()
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "number"], name="memo_number_once"),
            models.CheckConstraint(condition=~Q(seal="") & ~Q(document=""), name="memo_is_sealed"),
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id} memo {self.number}"

    @property
    def ref(self) -> str:
        return f"MEMO-{self.pk:04d}"
