"""What was known when the council opened an item that no submission stands behind: sealed, as a submission's pack is."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.access import Paths
from core.models.record import Record
from governance.models.council_items import OF_ITEM, AgendaItem


class ItemPack(Record):
    """The evidence of one item, kept as it was when its voting opened; the decision names its seal.

    Beside a submission, which sealed its own, only the price of the extension that is moved.
    `document`: canonical JSON as text (governance.queries.item_pack); `seal`: its SHA-256.
    """

    item = models.OneToOneField(AgendaItem, on_delete=models.PROTECT, related_name="pack")
    document = models.TextField()
    seal = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    ACCESS: ClassVar[Paths] = OF_ITEM

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(seal="") & ~Q(document=""), name="item_pack_is_sealed")
        ]

    def __str__(self) -> str:
        return f"evidence of {self.item_id}"
