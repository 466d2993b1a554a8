"""Reads of corrections and review counts: their lists, what a model's page says of them, and the rows of an export."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, Max, Sum

from assurance.models import OutcomeCorrection, Prediction, ReviewCount
from core.listing import Filter, Listing
from governance.models import AiModel

CORRECTIONS = Listing(
    filters={
        "model": Filter("model", "ref", prefix="M"),
        "corrected_on": Filter("corrected_on", "date", ops=("", "gte", "lte")),
        "source": Filter("source", "text"),
        "source_key": Filter("source_key", "text"),
    },
    orders={"corrected_on": "corrected_on"},
    search=("case", "predicted", "corrected"),
)
REVIEW_COUNTS = Listing(
    filters={
        "model": Filter("model", "ref", prefix="M"),
        "ends_on": Filter("ends_on", "date", ops=("", "gte", "lte")),
        "source": Filter("source", "text"),
    },
    orders={"ends_on": "ends_on"},
)
CORRECTION_COLUMNS: Final = (
    "id",
    "case",
    "predicted",
    "corrected",
    "because",
    "corrected_on",
    "source",
    "recorded_at",
)
COUNT_COLUMNS: Final = (
    "id",
    "begins_on",
    "ends_on",
    "answers",
    "reviewed",
    "set_aside",
    "source",
    "recorded_at",
)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What people told of a model's answers. `share`: of those looked at, how many were set aside; None: none counted."""

    corrections: int
    last_on: date | None
    counts: int
    reviewed: int | None
    set_aside: int | None
    waiting: int

    @property
    def share(self) -> Decimal | None:
        return (
            None if not self.reviewed or self.set_aside is None else Decimal(self.set_aside) / self.reviewed
        )


def outcomes_of(model: AiModel) -> Outcomes:
    """Three statements."""
    told = OutcomeCorrection.objects.filter(model=model).aggregate(n=Count("pk"), last=Max("corrected_on"))
    looked = ReviewCount.objects.filter(model=model).aggregate(
        n=Count("pk"), r=Sum("reviewed"), s=Sum("set_aside")
    )
    waiting = Prediction.objects.filter(monitor__model=model, actual=None).count()
    return Outcomes(told["n"], told["last"], looked["n"], looked["r"], looked["s"], waiting)


def export_rows(model: AiModel, what: str) -> tuple[Sequence[str], Iterator[Sequence[Any]], int]:
    """Head, rows in the order they were recorded, and how many: the same rows that are counted."""
    columns = CORRECTION_COLUMNS if what == "corrections" else COUNT_COLUMNS
    kind: Any = OutcomeCorrection if what == "corrections" else ReviewCount
    last = kind.objects.filter(model=model).order_by("-pk").values_list("pk", flat=True).first() or 0
    rows = kind.objects.filter(model=model, pk__lte=last).order_by("pk")
    return columns, rows.values_list(*columns).iterator(2_000), rows.count()
