"""What is done of a condition: evidence by its owner, accepted or not by its verifier; waived or given a new date by the body
that set it. Each act is a row that stands."""

from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from core import audit, clock, outbox
from core.access import Actor, require
from core.errors import Problem, conflict, field_error, forbidden, not_found, stale
from core.roles import Action
from core.text import clean
from domain.conflicts import Conflict
from domain.stage_words import Body
from governance.models import Condition, ConditionAct
from governance.services.conflicts import four_eyes, require_unconflicted, write_conflicts
from governance.services.standing import settle_standing
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiative

EVIDENCE_GIVEN: Final = outbox.announces("condition.evidence_given")
BECAUSE = 500
OPEN = Condition.State.OPEN
Act = ConditionAct.Act


def give_evidence(
    *, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Condition:
    """The owner says what meets it; the verifier decides. Raises Problem 404, 403, 400, 409 `closed`, 412."""
    because = clean("because", because, limit=BECAUSE, required="Say what shows that it is met.")
    with transaction.atomic():
        row, initiative = _held(pk, Action.MEET_CONDITION, by, expected_version)
        _require_person(row.owner_id, "the owner", row, by)
        _act(row, initiative, Act.EVIDENCE, because, by, at)
        outbox.owe(kind=EVIDENCE_GIVEN, payload={"condition_id": row.pk}, at=at)
    return row


def discharge(
    *, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Condition:
    """The verifier, who is not the owner, finds it met, on evidence given. Raises Problem 404, 403, 400, 409 `closed`,
    `no_evidence`, 412."""
    because = clean("because", because, limit=BECAUSE, required="Say how it was verified.")
    with transaction.atomic():
        row, initiative = _held(pk, Action.MEET_CONDITION, by, expected_version)
        _require_person(row.verifier_id, "the verifier", row, by)
        _require_evidence(row)
        _close(row, Condition.State.DISCHARGED, at)
        _act(row, initiative, Act.DISCHARGE, because, by, at)
    return row


def refuse_evidence(
    *, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Condition:
    """The verifier finds it not met: it stays open. Raises Problem as `discharge`."""
    because = clean("because", because, limit=BECAUSE, required="Say what is missing.")
    with transaction.atomic():
        row, initiative = _held(pk, Action.MEET_CONDITION, by, expected_version)
        _require_person(row.verifier_id, "the verifier", row, by)
        _require_evidence(row)
        _act(row, initiative, Act.REFUSE, because, by, at)
    return row


def waive(
    *, pk: int, because: str, by: Actor, at: datetime, body: Body, confirmed_by: int | None = None,
    expected_version: int | None = None,
) -> Condition:  # fmt: skip
    """Set it aside, by the body that set it (C6): never its owner or verifier, nor who is in conflict otherwise.

    `body`: whose act it is; the council's comes from its own service. Raises Problem 404, 403 (`four_eyes`, on record), 400,
    409 `closed`, `wrong_body`, 412.
    """
    because = clean("because", because, limit=BECAUSE, required="Say why it is set aside.")
    with transaction.atomic():
        row, initiative = _held_by_body(pk, by, at, body, expected_version, "condition.waiver_refused")
        _close(row, Condition.State.WAIVED, at)
        _act(row, initiative, Act.WAIVE, because, by, at, confirmed_by_id=confirmed_by)
    return row


def redate(
    *, pk: int, due_on: date, because: str, by: Actor, at: datetime, body: Body, confirmed_by: int | None = None,
    expected_version: int | None = None,
) -> Condition:  # fmt: skip
    """A new due date, by the body that set it, with a reason (C5). The first date stays visible.

    A second one is confirmed by another person: the chair, or a second portfolio manager. Raises Problem 404, 403
    (`four_eyes`), 400 `not_ahead`, `required` at `confirmed_by`, 409 `closed`, `wrong_body`, 412.
    """
    because = clean("because", because, limit=BECAUSE, required="Say why the date moves.")
    with transaction.atomic():
        row, initiative = _held_by_body(pk, by, at, body, expected_version, "condition.redate_refused")
        if due_on <= clock.day_of(at):
            raise field_error("due_on", "Give a day that lies ahead.", code="not_ahead")
        if due_on == row.due_on:
            raise field_error("due_on", "That is its date already.", code="same_day")
        if row.acts.filter(act=Act.REDATE).exists():
            _require_confirmed(confirmed_by, row, initiative, by, at)
        row.due_on = due_on
        row.save(update_fields=["due_on"])
        _act(row, initiative, Act.REDATE, because, by, at, due_on=due_on, confirmed_by_id=confirmed_by)
    return row


def _held(pk: int, right: Action, by: Actor, expected_version: int | None) -> tuple[Condition, Initiative]:
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


def _held_by_body(
    pk: int, by: Actor, at: datetime, body: Body, expected_version: int | None, action: str
) -> tuple[Condition, Initiative]:
    """The same for an act of the body that approved: who may decide there, and stands in no conflict."""
    right = Action.VOTE if body is Body.COUNCIL else Action.DECIDE_GATE
    row, initiative = _held(pk, right, by, expected_version)
    if (row.decision.body == Body.COUNCIL) != (body is Body.COUNCIL):
        whose = "the AI council" if row.decision.body == Body.COUNCIL else "the portfolio manager"
        raise conflict("wrong_body", f"{row.ref} was set by {whose}, who alone may change it.")
    found = write_conflicts(initiative, None, at=at)
    person = by.user.pk if by.user else None
    asked: dict[str, Any] = {"condition": row.ref}
    require_unconflicted(person, by.label, found, initiative, by=by, at=at, asked=asked, action=action)
    return row, initiative


def _require_person(person: int, words: str, row: Condition, by: Actor) -> None:
    if by.user is None or by.user.pk != person:
        raise forbidden(f"Only {words} of {row.ref} does this.", code="not_yours")


def _require_evidence(row: Condition) -> None:
    last = row.acts.exclude(act=Act.REDATE).order_by("-pk").first()
    if last is None or last.act != Act.EVIDENCE:
        raise conflict("no_evidence", f"Nobody has said what meets {row.ref} since it was last looked at.")


def _require_confirmed(
    confirmed_by: int | None, row: Condition, initiative: Initiative, by: Actor, at: datetime
) -> None:
    """The second new date needs a second person, who is not in conflict."""
    if confirmed_by is None or (by.user is not None and by.user.pk == confirmed_by):
        words = (
            "A second new date is confirmed by the chair, or by another portfolio manager. Name who confirms."
        )
        raise field_error("confirmed_by", words, code="required")
    found = write_conflicts(initiative, None, at=at)
    if confirmed_by in found:
        raise _near(found[confirmed_by], row, initiative, by, at)


def _near(why: Conflict, row: Condition, initiative: Initiative, by: Actor, at: datetime) -> Problem:
    return four_eyes(
        f"Who confirms may not be in conflict ({why}).", initiative, by=by, at=at, asked={"condition": row.ref},
        action="condition.redate_refused",
    )  # fmt: skip


def _close(row: Condition, state: str, at: datetime) -> None:
    row.state, row.closed_on = state, clock.day_of(at)
    row.save(update_fields=["state", "closed_on"])


def _act(
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
}
