"""The independent view of how likely delivery is: from somebody who decides or assures, and has no part in it."""

from datetime import datetime
from typing import Final

from django.db import transaction

from core import audit
from core.access import Actor, require
from core.errors import field_error, forbidden, not_found
from core.roles import Action
from core.text import clean
from governance.models import GateSubmission, IndependentConfidence
from governance.models.gates import CONFIDENCES
from governance.services.conflicts import require_unconflicted, write_conflicts
from governance.services.submit import require_open
from portfolio.services.locks import lock_initiative

BECAUSE: Final = 500


def give_confidence(
    *, submission_id: int, confidence: str, because: str, by: Actor, at: datetime
) -> IndependentConfidence:
    """Say how likely delivery is, and why. Said again it is said anew; what was said stays on record.

    Raises Problem 404; 403 without the right, `only_a_person`, `four_eyes` for whoever is in conflict; 400 by field; 409
    `not_open`: after the decision a view would be one of hindsight.
    """
    because = clean("because", because, limit=BECAUSE, required="Say from what you judge it.")
    if confidence not in dict(CONFIDENCES):
        words = ", ".join(code for code, _ in CONFIDENCES)
        raise field_error("confidence", f"Choose one of: {words}.", code="invalid_choice")
    known = (
        GateSubmission.objects.visible_to(by)
        .filter(pk=submission_id)
        .values_list("initiative_id", flat=True)
        .first()
    )
    if known is None:
        raise not_found()
    with transaction.atomic():
        initiative = lock_initiative(known)
        row = GateSubmission.objects.get(pk=submission_id)
        require(by, Action.ASSURE_GATE, initiative)
        if by.user is None or by.user.is_service or by.scopes is not None:
            raise forbidden(
                "An independent view is given by a person who is signed in.", code="only_a_person"
            )
        require_open(row)
        found = write_conflicts(initiative, row, at=at)
        require_unconflicted(
            by.user.pk, by.user.name, found, initiative, by=by, at=at,
            asked={"submission": row.ref, "confidence": confidence}, action="confidence.refused",
        )  # fmt: skip
        made = IndependentConfidence.objects.create(
            submission=row, confidence=confidence, because=because, given_at=at, given_by=by.user
        )
        audit.record(
            by=by, at=at, action="gate.assured", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            reason=because, after={"submission": row.ref, "confidence": confidence},
        )  # fmt: skip
    return made
