"""What is done on the page of an item: a ballot, opening and closing, recusals, statements. A refusal shows the page again,
with what was typed and what is wrong at its field."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.access import Actor
from core.errors import Problem, from_rule
from core.http import actor_of, form_problem, moment_of, page_view
from core.refusals import keep
from core.roles import Action
from core.wording import day
from domain.council import Choice
from domain.errors import RuleError
from governance.models import AgendaItem
from governance.services.council_above import decide_above
from governance.services.council_agenda import adopt_draft, take_off
from governance.services.council_close import close_item
from governance.services.council_open import open_item
from governance.services.council_recusals import add, declare, lift
from governance.services.council_statements import state
from governance.services.council_vote import cast_vote
from governance.views.council_item import FORMS, Refused, find_item, form_of, item_context

WRITES: Final = ("POST",)
SHOWN: Final = frozenset({400, 409, 412})
"""Refusals that are mended on the page. Who may not, and what is not there, is said on a page of its own."""


@page_view(Action.VIEW, methods=WRITES)
def council_item_act(request: HttpRequest, ref: str, act: str) -> HttpResponse:
    """Do it, or show the page again. Who may, the service says: a refused attempt goes on record."""
    actor, at = actor_of(request), moment_of(request)
    row = find_item(request, ref)
    form = form_of(act, request.POST) if act in FORMS else None
    said, status = "", 400
    if form is None or form.is_valid():
        try:
            words = WORKS[act](row, form.cleaned_data if form else {}, actor, at)
        except (Problem, RuleError) as error:
            said, status = _taken(error, form)
        else:
            messages.success(request, words)
            return redirect("council-item", row.ref)
    context = item_context(find_item(request, ref), actor, at, Refused(act, form, said, status))
    return render(request, "governance/council_item.html", context, status=status)


def _taken(error: Problem | RuleError, form: forms.Form | None) -> tuple[str, int]:
    """Put a refusal on its form; in words where there is none. What the page cannot mend is raised again."""
    problem = from_rule(error) if isinstance(error, RuleError) else error
    if problem.status not in SHOWN:
        raise problem
    if form is None:
        keep(problem)
        return " ".join(one.detail for one in problem.items) or problem.detail, problem.status
    form_problem(form, problem)
    return "", problem.status


def _vote(row: AgendaItem, given: dict[str, Any], by: Actor, at: datetime) -> str:
    made = cast_vote(
        item_id=row.pk, choice=Choice(given["choice"]), reason=given["reason"], expected_version=given["version"], by=by, at=at
    )  # fmt: skip
    if made is None:
        return "You are recused from this item."
    return "Your ballot is kept. Nobody sees it before the item closes."


def _open(row: AgendaItem, _given: dict[str, Any], by: Actor, at: datetime) -> str:
    done = open_item(item_id=row.pk, by=by, at=at)
    if done.state == AgendaItem.State.CLOSED:
        who = done.escalated_to.name if done.escalated_to else "the next authority"
        return f"No quorum is possible, so it is escalated to {who}. Nobody votes."
    return "Voting is open. The roster is frozen."


def _close(row: AgendaItem, _given: dict[str, Any], by: Actor, at: datetime) -> str:
    done = close_item(item_id=row.pk, by=by, at=at)
    if done.confirm_by is not None:
        return f"Carried with conditions. Whoever presided confirms them by {day(done.confirm_by, clock.day_of(at))}."
    return f"{done.get_result_display()}."


def _take_off(row: AgendaItem, given: dict[str, Any], by: Actor, at: datetime) -> str:
    take_off(item_id=row.pk, by=by, at=at, **given)
    return "It is taken off the agenda."


def _recuse(row: AgendaItem, given: dict[str, Any], by: Actor, at: datetime) -> str:
    declare(item_id=row.pk, by=by, at=at, **given)
    return "You are recused from this item."


def _recuse_other(row: AgendaItem, given: dict[str, Any], by: Actor, at: datetime) -> str:
    done = add(item_id=row.pk, by=by, at=at, **given)
    return f"{done.user.name} is recused from this item."


def _lift(row: AgendaItem, given: dict[str, Any], by: Actor, at: datetime) -> str:
    done = lift(recusal_id=given["recusal"], item_id=row.pk, because=given["because"], by=by, at=at)
    return f"The recusal of {done.user.name} is lifted."


def _adopt(row: AgendaItem, _given: dict[str, Any], by: Actor, at: datetime) -> str:
    adopt_draft(item_id=row.pk, by=by, at=at)
    return "The drafted motion is the item's motion now."


def _state(row: AgendaItem, given: dict[str, Any], by: Actor, at: datetime) -> str:
    state(item_id=row.pk, by=by, at=at, **given)
    return "Your statement stands beside the result."


def _above(row: AgendaItem, given: dict[str, Any], by: Actor, at: datetime) -> str:
    decide_above(item_id=row.pk, by=by, at=at, **given)
    return "Your decision is recorded."


ACTS: Final[dict[str, Callable[[AgendaItem, dict[str, Any], Actor, datetime], str]]] = {
    "open": _open, "close": _close, "take-off": _take_off, "recuse": _recuse, "statement": _state, "above": _above,
    "recuse-other": _recuse_other, "lift": _lift, "adopt": _adopt,
}  # fmt: skip
WORKS: Final = {**ACTS, "vote": _vote}
"""With the ballot, whose address has a name of its own."""
