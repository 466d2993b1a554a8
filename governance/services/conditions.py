"""What is done of a condition: evidence by its owner, accepted or not by its verifier. Each act is a row that stands.

What the body that set it changes is in condition_changes.
"""

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from core import audit, clock, outbox
from core.access import Actor, require
from core.errors import conflict, forbidden, not_found, stale
from core.roles import Action
from core.text import clean
from governance.models import Condition, ConditionAct
from governance.services.standing import settle_standing
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiative

EVIDENCE_GIVEN: Final = outbox.announces("condition.evidence_given")
BECAUSE = 500
OPEN = Condition.State.OPEN
Act = ConditionAct.Act
DATES = (Act.REDATE, Act.PROPOSE, Act.DECLINE)
"""What is done of its date says nothing of the evidence."""


def give_evidence(
    *, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Condition:
    """The owner says what meets it; the verifier decides. Raises Problem 404, 403, 400, 409 `closed`, 412."""
    because = clean("because", because, limit=BECAUSE, required="Say what shows that it is met.")
    with transaction.atomic():
        row, initiative = held_condition(pk, Action.MEET_CONDITION, by, expected_version)
        _require_person(row.owner_id, "the owner", row, by)
        act_on(row, initiative, Act.EVIDENCE, because, by, at)
        outbox.owe(kind=EVIDENCE_GIVEN, payload={"condition_id": row.pk}, at=at)
    return row


def discharge(
    *, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Condition:
    """The verifier, who is not the owner, finds it met, on evidence given. Raises Problem 404, 403, 400, 409 `closed`,
    `no_evidence`, 412."""
    because = clean("because", because, limit=BECAUSE, required="Say how it was verified.")
    with transaction.atomic():
        row, initiative = held_condition(pk, Action.MEET_CONDITION, by, expected_version)
        _require_person(row.verifier_id, "the verifier", row, by)
        _require_evidence(row)
        close_condition(row, Condition.State.DISCHARGED, at)
        act_on(row, initiative, Act.DISCHARGE, because, by, at)
    return row


def refuse_evidence(
    *, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Condition:
    """The verifier finds it not met: it stays open. Raises Problem as `discharge`."""
    because = clean("because", because, limit=BECAUSE, required="Say what is missing.")
    with transaction.atomic():
        row, initiative = held_condition(pk, Action.MEET_CONDITION, by, expected_version)
        _require_person(row.verifier_id, "the verifier", row, by)
        _require_evidence(row)
        act_on(row, initiative, Act.REFUSE, because, by, at)
    return row


def held_condition(
    pk: int, right: Action, by: Actor, expected_version: int | None
) -> tuple[Condition, Initiative]:
    """The open condition under its initiative's lock. Raises Problem 404, 403, 409 `closed`, 412."""
    initiative_id = Condition.objects.filter(pk=pk).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    initiative = lock_initiative(initiative_id)
    row = Condition.objects.select_related("decision").get(pk=pk)
    require(by, right, row)
    if expected_version is not None and row.version != expected_version:
        raise stale()
    if row.state != OPEN:
        raise conflict("closed", f"{row.ref} is {row.get_state_display().lower()} since {row.closed_on}.")
    return row, initiative


def _require_person(person: int, words: str, row: Condition, by: Actor) -> None:
    if by.user is None or by.user.pk != person:
        raise forbidden(f"Only {words} of {row.ref} does this.", code="not_yours")


def _require_evidence(row: Condition) -> None:
    last = row.acts.exclude(act__in=DATES).order_by("-pk").first()
    if last is None or last.act != Act.EVIDENCE:
        raise conflict("no_evidence", f"Nobody has said what meets {row.ref} since it was last looked at.")


def close_condition(row: Condition, state: str, at: datetime) -> None:
    """Close one that is held; a date that was asked for falls with it."""
    row.state, row.closed_on, row.proposed_due_on = state, clock.day_of(at), None
    row.save(update_fields=["state", "closed_on", "proposed_due_on"])


def act_on(
    row: Condition,
    initiative: Initiative,
    act: ConditionAct.Act,
    because: str,
    by: Actor,
    at: datetime,
    **more: Any,
) -> None:
    """The row that stands, the event, and how the approval stands now."""
    ConditionAct.objects.create(condition=row, act=act, because=because, at=at, by=by.user, **more)
    row.version += 1
    row.save(update_fields=["version"])
    audit.record(
        by=by, at=at, action=f"condition.{_EVENTS[act]}", obj=row, initiative_id=initiative.pk,
        unit_path=initiative.unit.path, reason=because,
        after={"condition": row.ref, "state": row.state, "due_on": row.due_on},
    )  # fmt: skip
    settle_standing(initiative, by=by, at=at)
    row.refresh_from_db()


_EVENTS = {
    Act.EVIDENCE: "evidence_given",
    Act.DISCHARGE: "discharged",
    Act.REFUSE: "not_accepted",
    Act.WAIVE: "waived",
    Act.REDATE: "redated",
    Act.PROPOSE: "date_asked_for",
    Act.DECLINE: "date_declined",
}
