"""Whether a gate out of the pilot has to be told that the pilot was not like production."""

from typing import Any

from django.urls import reverse

from core.wording import percent, plural
from domain.gates import Gate
from domain.likeness import LEAST
from domain.stages import Stage
from pilots.models import Pilot
from pilots.queries.file import likeness_of
from portfolio.models import Initiative


def likeness_at(initiative: Initiative, gate: Gate) -> dict[str, Any] | None:
    """The score at the gate, as plain data with its sentence and where it is answered; None where no pilot runs. Two statements."""
    if gate.from_stage is not Stage.PILOT:
        return None
    pilot = Pilot.objects.filter(initiative=initiative, ended_on=None).first()
    if pilot is None:
        return None
    found, sides = likeness_of(pilot)
    unknown = [one.side.words for one in sides if one.row is None]
    if found.share is None:
        words = "Nobody has said how like production the pilot is. What it showed may not hold there."
    else:
        asked = f", {plural(len(unknown), 'side')} not answered" if unknown else ""
        words = f"The pilot is {percent(found.share)} like production{asked}."
        if found.warns:
            words += f" Below {percent(LEAST)} what it showed may not hold there."
    return {
        "share": None if found.share is None else f"{found.share:f}", "warns": found.warns, "unknown": unknown,
        "sentence": words, "url": reverse("pilot-log", args=[pilot.ref]) + "#h-like",
    }  # fmt: skip
