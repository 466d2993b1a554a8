"""Writing the post-mortem of a stop, once, and closing what was still to be done after it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from core import audit, clock
from core.access import Actor, allows, require
from core.errors import conflict, field_error, forbidden, from_rule, not_found
from core.models import User
from core.roles import Action
from core.text import clean
from domain.errors import RuleError
from domain.post_mortem import After, require_ahead, require_causes
from domain.stage_words import Outcome
from governance.models import Aftercare, Decision, PostMortem
from portfolio.services.locks import lock_initiative

TEXT, NOTE, MOST = 4000, 500, 20
_ASKED: Final = {
    "expected": "Say what was expected.",
    "happened": "Say what happened.",
    "learned": "Say what was learned.",
}


def write_post_mortem(
    *, decision_id: int, expected: str, happened: str, causes: Sequence[str], learned: str, reusable: str = "",
    aftercare: Sequence[After] = (), by: Actor, at: datetime,
) -> PostMortem:  # fmt: skip
    """What was expected, what happened, why, what is learned and reusable, and what is still to be done. It stands as written.

    Raises Problem 404, 403, 400 at the field, 409 `not_a_stop`, `written_already`.
    """
    texts = {"expected": expected, "happened": happened, "learned": learned}
    said = {name: clean(name, text, limit=TEXT, required=_ASKED[name]) for name, text in texts.items()}
    said["reusable"] = clean("reusable", reusable, limit=TEXT)
    rows = [After(_what(place, one), one.owner, one.due_on) for place, one in enumerate(aftercare)]
    if len(rows) > MOST:
        raise field_error("aftercare", f"Write at most {MOST}.", code="too_many")
    try:
        named = require_causes(causes)
        require_ahead(rows, clock.day_of(at))
    except RuleError as error:
        raise from_rule(error) from error
    with transaction.atomic():
        decision = _held(decision_id, by)
        people = User.objects.filter(is_active=True, is_service=False).in_bulk([one.owner for one in rows])
        for place, one in enumerate(rows):
            if one.owner not in people:
                raise field_error(f"aftercare/{place}/owner", "Name a person who is here.", code="not_active")
        row = PostMortem.objects.create(
            decision=decision, causes=list(named), written_at=at, written_by=by.user, **said
        )
        for one in rows:
            Aftercare.objects.create(
                post_mortem=row, text=one.text, owner=people[one.owner], due_on=one.due_on
            )
        audit.record(
            by=by, at=at, action="post_mortem.written", obj=row, initiative_id=decision.initiative_id,
            unit_path=decision.initiative.unit.path,
            after={"decision": decision.ref, "causes": ", ".join(named), "aftercare": len(rows)},
        )  # fmt: skip
    return row


def finish_aftercare(*, pk: int, note: str, by: Actor, at: datetime) -> Aftercare:
    """Close one, by its owner or whoever may change the initiative. Raises Problem 404, 403, 400, 409 `done`."""
    note = clean("note", note, limit=NOTE, required="Say what came of it.")
    with transaction.atomic():
        row = Aftercare.objects.select_related("post_mortem__decision").filter(pk=pk).first()
        if row is None:
            raise not_found()
        initiative = lock_initiative(row.post_mortem.decision.initiative_id)
        require(by, Action.VIEW, row)
        row.refresh_from_db(fields=["done_on"])
        own = by.user is not None and by.user.pk == row.owner_id
        if not own and not allows(by, Action.EDIT_INITIATIVE, initiative):
            raise forbidden("Its owner closes it, or whoever may change the initiative.")
        if row.done_on is not None:
            raise conflict("done", "It is done already.")
        row.done_on, row.done_by, row.note = clock.day_of(at), by.user, note
        row.save(update_fields=["done_on", "done_by", "note"])
        audit.record(
            by=by, at=at, action="aftercare.done", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            reason=note, after={"text": row.text},
        )  # fmt: skip
    return row


def _what(place: int, one: After) -> str:
    return clean(f"aftercare/{place}/text", one.text, limit=NOTE, required="Say what is to be done.")


def _held(decision_id: int, by: Actor) -> Decision:
    """The stop, its initiative held, without a post-mortem yet."""
    initiative_id = Decision.objects.filter(pk=decision_id).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    initiative = lock_initiative(initiative_id)
    require(by, Action.EDIT_INITIATIVE, initiative)
    row = Decision.objects.get(pk=decision_id)
    row.initiative = initiative
    if row.outcome != Outcome.STOP.value or not row.carried:
        raise conflict("not_a_stop", f"{row.ref} stopped nothing, so there is no post-mortem of it.")
    if PostMortem.objects.filter(decision=row).exists():
        raise conflict("written_already", f"The post-mortem of {row.ref} is written. It stands.")
    return row
