"""One agenda item, held: the initiative's lock first. And who may not judge it, written down before anybody does."""

from collections.abc import Mapping
from datetime import datetime

from core import audit
from core.access import Actor, require
from core.errors import Problem, conflict, forbidden, not_found, stale
from core.locks import hold
from core.models import User
from core.refusals import refusal
from core.roles import Action
from domain.conflicts import Conflict
from governance.models import AgendaItem, GateConflict, Recusal
from governance.queries.council import LOCK
from governance.queries.council_roster import barred, found_in_conflict, recused
from portfolio.services.locks import lock_initiative

IN_WORDS: Mapping[Conflict, str] = {
    Conflict.SPONSOR: "you are its sponsor",
    Conflict.LEAD: "you lead it",
    Conflict.OWNER: "you own a part of it",
    Conflict.SUBMITTER: "you submitted it",
    Conflict.EDITOR: "you work on it",
    Conflict.FORMER: "you were one of those who run it",
    Conflict.CONDITION: "you own or verify a condition at stake",
    Conflict.MANAGER: "you are the manager of somebody who runs it",
    Conflict.DELEGATE: "you vote for somebody who runs it",
}


def held_item(pk: int, *, by: Actor, expected_version: int | None = None) -> AgendaItem:
    """The item, its initiative and the council's records held until the transaction ends. 404 for what the actor may not know."""
    initiative_id = AgendaItem.objects.filter(pk=pk).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    initiative = lock_initiative(initiative_id)
    hold(LOCK)
    item = AgendaItem.objects.select_related("submission", "meeting", "condition").get(pk=pk)
    item.initiative = initiative
    require(by, Action.VIEW, item)
    if expected_version is not None and item.version != expected_version:
        raise stale()
    return item


def keep_conflicts(item: AgendaItem, at: datetime) -> dict[int, Conflict]:
    """Who may not judge the item now, kept for the database to ask; whoever of them could vote is recused by the record.

    Rows are added and never taken away: who was in conflict once is so for ever on this submission.
    """
    found = found_in_conflict(item, at)
    GateConflict.objects.bulk_create(
        [
            GateConflict(
                initiative=item.initiative, submission=item.submission, user_id=person, because=why.value, found_at=at
            )
            for person, why in found.items()
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    away = recused(item)
    members = set(item.roster.filter(holder__isnull=False).values_list("holder_id", flat=True))
    Recusal.objects.bulk_create(
        [
            Recusal(item=item, user_id=person, kind=Recusal.Kind.COMPUTED, because=why.value, declared_at=at)
            for person, why in found.items()
            if person in members and person not in away
        ]
    )
    return found


def require_person(by: Actor) -> User:
    """The person who acts, signed in. A token, a service account and the product itself judge nothing: 403 `only_a_person`."""
    if by.user is None or by.user.is_service or by.token_id is not None or by.via not in {"page", "api"}:
        raise forbidden(
            "Only a person who has signed in votes, never a token or a machine.", code="only_a_person"
        )
    return by.user


def require_may_judge(
    item: AgendaItem, holder: int | None, *, in_conflict: Mapping[int, Conflict], by: Actor, at: datetime
) -> None:
    """Refuse whoever is too near, and keep that they tried. `holder`: whose seat it is, None for an act without one.

    Raises Problem 403 `four_eyes` for their own work, `delegation_conflict` for a seat or a delegate of somebody near,
    `recused`.
    """
    if by.user is None:
        return
    why = barred(by.user.pk, holder, in_conflict, recused(item))
    if not why:
        return
    if why == "recused":
        raise refused(
            item, "recused", "You are recused from this item, or whoever you vote for is.", by=by, at=at
        )
    if why == Conflict.DELEGATE or by.user.pk not in in_conflict:
        raise refused(
            item,
            "delegation_conflict",
            "A vote is not lent from or to somebody who is in conflict on this.",
            by=by,
            at=at,
        )
    words = IN_WORDS[Conflict(why)]
    raise refused(
        item, "four_eyes", f"Nobody judges their own work: {words}. The others decide.", by=by, at=at
    )


def refused(item: AgendaItem, code: str, detail: str, *, by: Actor, at: datetime) -> Problem:
    """A refusal that goes on record as `decision.refused`."""
    return refusal(
        detail, by=by, at=at, action="decision.refused", obj=item, code=code, initiative_id=item.initiative_id,
        unit_path=item.initiative.unit.path, after={"item": item.pk, "code": code},
    )  # fmt: skip


def require_open(item: AgendaItem) -> None:
    """Refuse, 409, an item on which nobody votes now."""
    if item.state == AgendaItem.State.PLANNED:
        raise conflict("not_open", f"{item.ref} is not open yet. The chair opens it.")
    if item.state != AgendaItem.State.OPEN:
        raise conflict("decision_closed", f"Voting on {item.ref} has ended. Its ballots stand.")


def next_version(item: AgendaItem, *fields: str) -> None:
    """Save these fields of an item, as its next version."""
    item.version += 1
    item.save(update_fields=[*fields, "version"])


def end_without_result(item: AgendaItem, because: str, by: Actor, at: datetime) -> None:
    """Take an item off that is held, with the reason in its record."""
    item.state, item.off_because = AgendaItem.State.WITHDRAWN, because
    next_version(item, "state", "off_because")
    audit.record(
        by=by, at=at, action="item.withdrawn", obj=item, initiative_id=item.initiative_id,
        unit_path=item.initiative.unit.path, reason=because,
    )  # fmt: skip
