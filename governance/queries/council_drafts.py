"""What the record proposes to the council for each initiative that calls for it: the remedy of its pilot, as a drafted motion.

A prohibited use comes before every remedy: its stop is drafted. Of what goes on after its stop, that the stop stands.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from domain.after_stop import RULE as AFTER_STOP
from domain.charter import NEW_CHARTER
from domain.drafted_motions import Recorded, drafted, drafted_confirmation
from domain.prohibited import drafted_stop
from domain.stage_words import Stage
from governance.queries.prohibited import prohibited_among
from pilots.models import Pilot
from portfolio.models import Flag


def drafts_for(initiatives: Iterable[int], by: int | None, today: date) -> dict[int, dict[str, Any]]:
    """Initiative -> motion as JSON, where it goes on after its stop, its use is prohibited or the remedy of its open pilot names
    one. Five statements.

    `by`: whoever arranges the council, who verifies a drafted condition where the sponsor cannot.
    """
    initiatives = list(initiatives)
    pilots = Pilot.objects.filter(initiative__in=initiatives, ended_on=None).exclude(remedy="")
    rows = list(pilots.select_related("initiative").order_by("pk"))
    told: dict[int, list[tuple[str, str]]] = {}
    flags = Flag.objects.open().filter(
        initiative__in=[row.initiative_id for row in rows], group__in=("time", "cause")
    )
    for initiative, rule, sentence in flags.order_by("-severity", "pk").values_list(
        "initiative_id", "rule", "sentence"
    ):
        if initiative is not None and rule.startswith("R"):
            told.setdefault(initiative, []).append((rule, sentence))
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        said = told.get(row.initiative_id, [])
        owner = row.initiative.lead_id
        known = Recorded(
            rules=[rule for rule, _ in said], sentences=[words for _, words in said], aims=row.initiative.outcome,
            charter=[name for name in NEW_CHARTER if getattr(row, name)], owner=owner, verifier=next((one for one in (row.initiative.sponsor_id, by) if one != owner), None),
        )  # fmt: skip
        motion = drafted(row.remedy, row.remedy_detail, known, today)
        if motion is not None:
            found[row.initiative_id] = motion
    stops = {pk: drafted_stop(words) for pk, words in prohibited_among(initiatives).items()}
    return found | stops | _confirmations(initiatives)


def _confirmations(initiatives: list[int]) -> dict[int, dict[str, Any]]:
    """Of the stopped ones that go on. One statement."""
    rows = Flag.objects.open().filter(
        rule=AFTER_STOP, initiative__in=initiatives, initiative__stage=Stage.STOPPED.value
    )
    said = rows.order_by("pk").values_list("initiative_id", "sentence")
    return {pk: drafted_confirmation(sentence) for pk, sentence in said if pk is not None}
