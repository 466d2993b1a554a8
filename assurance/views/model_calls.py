"""What this room says in the head of a model: its alarms, each kind once."""

from collections.abc import Sequence

from django.urls import reverse

from assurance.queries.alarms import alarms_of
from governance.models import AiModel
from governance.views.model_frame import CALLS, Call


def _calls(model: AiModel) -> Sequence[Call]:
    if model.stage == AiModel.Stage.RETIRED:
        return []
    found: dict[str, list[tuple[int, str]]] = {}
    for one in alarms_of([model.pk]):
        if not one.seen and one.kind != "unapproved":  # which is a flag of the model, and told as one
            found.setdefault(one.word, []).append((one.severity, one.page))
    return [
        Call(
            word if len(said) == 1 else f"{word} ({len(said)})",
            max(severity for severity, _ in said),
            reverse(said[0][1], args=[model.ref]),
        )
        for word, said in found.items()
    ]


CALLS.append(_calls)
