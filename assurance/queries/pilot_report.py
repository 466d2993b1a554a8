"""What the report of a pilot says of the models in it: the classes they were given and the obligations still open."""

from collections.abc import Sequence
from typing import Final

from assurance.models import Obligation
from core.wording import plural
from domain.paper import Block, Table, Text
from domain.rules import SHIPPED
from governance.models import AiModel
from pilots.models import Pilot
from pilots.queries.report import in_compliance

CLOSED: Final = frozenset({"yes", "waived"})


@in_compliance
def obligations(pilot: Pilot) -> Sequence[Block]:
    """Two statements."""
    models = list(AiModel.objects.filter(initiatives=pilot.initiative_id).order_by("pk"))
    if not models:
        return [Text("No model is registered, so none is classified.")]
    rows = Obligation.objects.filter(model__in=models, owed=True).exclude(status__in=CLOSED)
    waiting: dict[int, list[str]] = {}
    for model, place, label in rows.order_by("position", "pk").values_list("model_id", "place", "label"):
        waiting.setdefault(model, []).append(f"{label} ({place})" if place else label)
    lines = [
        (f"{one.ref} {one.name}", _classes(one), _open(waiting.get(one.pk, []), classified=bool(one.classes)))
        for one in models
    ]
    return [Table("Models and their obligations", ("Model", "Classes", "Obligations still open"), lines)]


def _classes(model: AiModel) -> str:
    said = [
        f"{SHIPPED[code][-1].name}: {found.replace('_', ' ')}"
        for code, found in sorted(model.classes.items())
    ]
    return "; ".join(said) or "never classified"


def _open(labels: Sequence[str], *, classified: bool) -> str:
    if not classified:
        return "unknown until it is classified"
    return f"{plural(len(labels), 'obligation')}: {'; '.join(labels)}" if labels else "none"
