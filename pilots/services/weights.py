"""The weights of the review board, recorded as policy: each change is a version with its reason."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Max

from core import audit, clock
from core.access import Actor, require_anywhere
from core.errors import conflict, field_error
from core.models import Policy
from core.roles import Action
from core.text import clean
from domain.errors import RuleError
from domain.review_board import read_weights
from pilots.queries.review import KIND, weights_on


def record_weights(*, weights: Mapping[str, Decimal], because: str, by: Actor, at: datetime) -> Policy | None:
    """Let these weights be in force from today on; None where they are already.

    The portfolio manager's, for the whole organisation: the weights rank the pilots of every unit. Raises Problem 403, 400 at the weight that is wrong or the reason that is missing, 409
    `changed_meanwhile`.
    """
    require_anywhere(by, Action.EXTEND_PILOT)
    because = clean("because", because, limit=300, required="Say why: the reason stays with the weights.")
    data = {code: f"{weight:f}" for code, weight in weights.items()}
    try:
        sound = read_weights(data)
    except RuleError as refused:
        raise field_error(
            refused.pointer.strip("/") if refused.pointer else "", refused.message, code=refused.code
        ) from refused
    today = clock.day_of(at)
    if sound == dict(weights_on(today).weights):
        return None
    try:
        with transaction.atomic():
            last = Policy.objects.filter(kind=KIND).aggregate(n=Max("number"))["n"] or 0
            row = Policy.objects.create(
                kind=KIND, number=last + 1, effective_on=today, data=data, because=because, recorded_at=at,
                recorded_by=by.user,
            )  # fmt: skip
            said = {"number": row.number, "weights": data}
            audit.record(by=by, at=at, action="policy.recorded", obj=row, after=said, reason=because)
    except IntegrityError as error:
        raise conflict(
            "changed_meanwhile", "Somebody recorded weights a moment ago. Look again, then record."
        ) from error
    return row
