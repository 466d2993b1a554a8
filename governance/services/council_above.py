"""What the council cannot decide: the authority above it answers an escalated item, once."""

from datetime import datetime

from django.db import transaction

from core import audit
from core.access import Actor
from core.errors import conflict, forbidden
from core.text import clean
from domain.council import Result
from domain.stage_words import Outcome
from governance.models import AgendaItem
from governance.services.council_close import authority_of
from governance.services.council_held import held_item, keep_conflicts, require_may_judge, require_person
from governance.services.council_matter import motion_of, record


def decide_above(*, item_id: int, carried: bool, because: str, by: Actor, at: datetime) -> AgendaItem:
    """Whoever an item was escalated to adopts its motion or not. A conditional go keeps the conditions it names.

    Raises Problem 404; 403 for anybody else, `four_eyes` for one who is in conflict by now; 409 `not_escalated`, and what
    `record_decision` refuses.
    """
    because = clean("because", because, limit=300, required="Say why.")
    with transaction.atomic():
        item = held_item(item_id, by=by)
        require_may_judge(item, None, in_conflict=keep_conflicts(item, at), by=by, at=at)
        person = require_person(by)
        if item.result != Result.ESCALATED or item.decision_id is not None:
            raise conflict("not_escalated", f"{item.ref} waits for no authority above the council.")
        if item.escalated_to_id != person.pk:
            raise forbidden("Whoever it was escalated to decides it.")
        motion = motion_of(item, at)
        if carried and motion.outcome is Outcome.CONDITIONAL_GO and not motion.conditions:
            motion = motion.unconditional()
        item.decision = record(item, motion, authority_of(item), carried=carried, by=by, at=at)
        item.version += 1
        item.save(update_fields=["decision", "version"])
        audit.record(
            by=by, at=at, action="item.decided_above", obj=item, initiative_id=item.initiative_id,
            unit_path=item.initiative.unit.path, reason=because, after={"decision": item.decision_id, "carried": carried},
        )  # fmt: skip
    return item
