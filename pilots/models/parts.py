"""What every record of a pilot has: whose it is, and who wrote it when."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from core.access import Paths
from core.models.record import Record
from pilots.models.pilots import Pilot

PATHS = Paths(
    unit="pilot__initiative__unit__path",
    people=(
        "pilot__production_owner", "pilot__initiative__lead", "pilot__initiative__sponsor",
        "pilot__initiative__members__user",
    ),
    runs=("pilot__initiative__lead", "pilot__initiative__sponsor"),
)  # fmt: skip


class PilotPart(Record):
    """A row of one pilot. What was recorded by an import or a program on its own has no person."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="%(class)ss")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        abstract = True
