"""Whether the use of an initiative's models is prohibited, by the classes they were given."""

from collections.abc import Collection
from typing import Final

from django.db.models import Q

from domain.prohibited import CLASS, prohibiting
from domain.rules import SHIPPED
from governance.models import AiModel

IS_PROHIBITED: Final = Q(
    *[(f"classes__{code}", CLASS) for code in sorted(SHIPPED)],
    _connector=Q.OR,
)


def prohibited_among(initiatives: Collection[int] | None = None) -> dict[int, str]:
    """Initiative -> which model's use is prohibited, and by which rules, in one sentence; None asks of all. One statement.

    A model that is retired is used no more.
    """
    rows = AiModel.objects.filter(IS_PROHIBITED, initiatives__isnull=False).exclude(
        stage=AiModel.Stage.RETIRED
    )
    if initiatives is not None:
        rows = rows.filter(initiatives__in=list(initiatives))
    found: dict[int, list[str]] = {}
    for pk, name, classes, initiative in rows.order_by("pk").values_list(
        "pk", "name", "classes", "initiatives"
    ):
        by = " and ".join(SHIPPED[code][-1].name for code in prohibiting(classes))
        words = f"{AiModel(pk=pk).ref} {name} is classed as a prohibited practice under {by}."
        if initiatives is None or initiative in initiatives:
            found.setdefault(initiative, []).append(words)
    return {initiative: " ".join(words) for initiative, words in found.items()}


def prohibited_by(initiative_id: int) -> str:
    """The sentence for one initiative; empty where nothing on record prohibits it. One statement."""
    return prohibited_among([initiative_id]).get(initiative_id, "")
