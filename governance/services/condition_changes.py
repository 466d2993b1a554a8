"""A condition changed by the body that set it: set aside, or given a new due date. A second new date waits for the chair's own act."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from core import clock
from core.access import Actor, allows
from core.errors import conflict, field_error, forbidden
from core.roles import Action
from core.text import clean
from core.wording import day as in_words
from domain.stage_words import Body
from governance.models import Condition, ConditionAct, Decision
from governance.models.council import CHAIR, DEPUTY
from governance.queries.council import seats_on
from governance.services.conditions import (
    BECAUSE,
    act_on,
    close_condition,
    held_condition,
)
from governance.services.conflicts import require_unconflicted, write_conflicts
from governance.services.council_held import require_person
from governance.services.council_recusals import presides
from portfolio.models import Initiative

Act = ConditionAct.Act


def waive(
    *, pk: int, because: str, by: Actor, at: datetime, body: Body, decision: Decision | None = None,
    expected_version: int | None = None,
) -> Condition:  # fmt: skip
    """Set it aside, by the body that set it (C6): never its owner or verifier, nor who is in conflict otherwise.

    `decision`: the council's, which carries its act. Raises Problem 404, 403 (`four_eyes`, on record), 400, 409 `closed`,
    `wrong_body`, 412.
    """
    because = clean("because", because, limit=BECAUSE, required="Say why it is set aside.")
    with transaction.atomic():
        row, initiative = _held_by_body(
            pk, by, at, body, decision, expected_version, "condition.waiver_refused"
        )
        close_condition(row, Condition.State.WAIVED, at)
        act_on(row, initiative, Act.WAIVE, because, by, at, decision=decision)
    return row


def redate(
    *, pk: int, due_on: date, because: str, by: Actor, at: datetime, body: Body, decision: Decision | None = None,
    expected_version: int | None = None,
) -> Condition:  # fmt: skip
    """A new due date, by the body that set it, with a reason (C5). The first date stays visible.

    A second one is kept as asked for, and the old date stands until somebody confirms it (`confirm_date`). Raises Problem
    404, 403 (`four_eyes`), 400 `not_ahead`, `same_day`, 409 `closed`, `wrong_body`, `waits_for_confirmation`, 412.
    """
    because = clean("because", because, limit=BECAUSE, required="Say why the date moves.")
    with transaction.atomic():
        row, initiative = _held_by_body(
            pk, by, at, body, decision, expected_version, "condition.redate_refused"
        )
        require_new_date(row, due_on, at)
        if row.acts.filter(act=Act.REDATE).exists():
            row.proposed_due_on = due_on
            row.save(update_fields=["proposed_due_on"])
            act_on(row, initiative, Act.PROPOSE, because, by, at, due_on=due_on, decision=decision)
        else:
            row.due_on = due_on
            row.save(update_fields=["due_on"])
            act_on(row, initiative, Act.REDATE, because, by, at, due_on=due_on, decision=decision)
    return row


def confirm_date(
    *, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Condition:
    """The second new date takes effect, by the act of whoever may confirm it (`may_confirm`), signed in as a person.

    Raises Problem 404, 403 (`only_a_person`, `four_eyes`), 400, 409 `nothing_to_confirm`, `passed`, 412.
    """
    because = clean("because", because, limit=BECAUSE, required="Say why the date may move again.")
    with transaction.atomic():
        row, initiative = _held_to_confirm(pk, by, at, expected_version)
        asked = row.proposed_due_on
        if asked is None or asked <= clock.day_of(at):
            words = f"{row.ref} was to be due on {in_words(asked)}, which has come." if asked else ""
            raise conflict("passed", f"{words} Decline it; another date is asked for anew.".strip())
        row.due_on, row.proposed_due_on = asked, None
        row.save(update_fields=["due_on", "proposed_due_on"])
        act_on(
            row, initiative, Act.REDATE, because, by, at, due_on=asked, confirmed_by=by.user, decision=_of(row)
        )  # fmt: skip
    return row


def decline_date(
    *, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Condition:
    """The second new date is not confirmed: the date stands as it is. Raises Problem as `confirm_date`, without `passed`."""
    because = clean("because", because, limit=BECAUSE, required="Say why the date does not move again.")
    with transaction.atomic():
        row, initiative = _held_to_confirm(pk, by, at, expected_version)
        row.proposed_due_on = None
        row.save(update_fields=["proposed_due_on"])
        act_on(row, initiative, Act.DECLINE, because, by, at, decision=_of(row))
    return row


def require_new_date(row: Condition, due_on: date, at: datetime, field: str = "due_on") -> None:
    """Refuse a date that is none, 400 at `field`, and one while another waits, 409 `waits_for_confirmation`."""
    if due_on <= clock.day_of(at):
        raise field_error(field, "Give a day that lies ahead.", code="not_ahead")
    if due_on == row.due_on:
        raise field_error(field, "That is its date already.", code="same_day")
    if row.proposed_due_on is not None:
        words = f"{row.ref} waits for a date to be confirmed already, {in_words(row.proposed_due_on)}."
        raise conflict("waits_for_confirmation", f"{words} Confirm or decline that one first.")


def may_confirm(
    row: Condition, initiative: Initiative, by: Actor, at: datetime, in_conflict: set[int]
) -> bool:
    """The chair; the deputy where there is no chair or the chair is in conflict. A manager's condition also by another manager.

    `in_conflict`: people who may not judge. Whoever asked for a manager's date does not confirm it.
    """
    if by.user is None or by.user.pk in in_conflict:
        return False
    managers = row.decision.body != Body.COUNCIL
    asked = row.acts.filter(act=Act.PROPOSE).order_by("-pk").first()
    if managers and asked is not None and asked.by_id == by.user.pk:
        return False
    place = presides(by, at)
    if place == CHAIR or (place == DEPUTY and _chair(at) in {None, *in_conflict}):
        return True
    return managers and allows(by, Action.DECIDE_GATE, initiative)


def _chair(at: datetime) -> int | None:
    for one in seats_on(clock.day_of(at)):
        if one.seat.presides == CHAIR and one.holder is not None and one.holder.is_active:
            return one.holder.pk
    return None


def _of(row: Condition) -> Decision | None:
    """The council's decision behind the date that is asked for."""
    asked = row.acts.filter(act=Act.PROPOSE).select_related("decision").order_by("-pk").first()
    return asked.decision if asked else None


def _held_to_confirm(
    pk: int, by: Actor, at: datetime, expected_version: int | None
) -> tuple[Condition, Initiative]:
    row, initiative = held_condition(pk, Action.VIEW, by, expected_version)
    require_person(by)
    found = write_conflicts(initiative, None, at=at)
    _require_near_none(row, initiative, found, by, at, "condition.redate_refused")
    if row.proposed_due_on is None:
        raise conflict("nothing_to_confirm", f"No new date of {row.ref} waits to be confirmed.")
    if not may_confirm(row, initiative, by, at, set(found)):
        whose = (
            "The chair" if row.decision.body == Body.COUNCIL else "The chair, or another portfolio manager,"
        )
        raise forbidden(f"{whose} confirms a second new date.")
    return row, initiative


def _held_by_body(
    pk: int, by: Actor, at: datetime, body: Body, decision: Decision | None, expected_version: int | None, action: str
) -> tuple[Condition, Initiative]:  # fmt: skip
    """The condition for an act of the body that approved: who may decide there, and stands in no conflict.

    The council has asked who may vote before its decision was written.
    """
    right = Action.VIEW if body is Body.COUNCIL else Action.DECIDE_GATE
    row, initiative = held_condition(pk, right, by, expected_version)
    require_body_of(row, body)
    if body is Body.COUNCIL and decision is None:
        raise conflict("wrong_body", "The council changes a condition by an item of its agenda.")
    found = write_conflicts(initiative, None, at=at)
    _require_near_none(row, initiative, found, by, at, action)
    return row, initiative


def require_body_of(row: Condition, body: Body) -> None:
    """Refuse, 409 `wrong_body`, whoever did not set it."""
    if (row.decision.body == Body.COUNCIL) != (body is Body.COUNCIL):
        whose = "the AI council" if row.decision.body == Body.COUNCIL else "the portfolio manager"
        raise conflict("wrong_body", f"{row.ref} was set by {whose}, who alone may change it.")


def _require_near_none(
    row: Condition, initiative: Initiative, found: dict[int, Any], by: Actor, at: datetime, action: str
) -> None:
    person = by.user.pk if by.user else None
    asked = {"condition": row.ref}
    require_unconflicted(person, by.label, found, initiative, by=by, at=at, asked=asked, action=action)
