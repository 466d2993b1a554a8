"""Pages on which many things are done: what stands there, and one short form for the act that `?act=` names.

It works without script: an act is a link to the same page with its form at the top; what is refused stays in the form.
A form sent twice is done once (`core.form_keys`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from core.access import Actor, require
from core.editing import Submitted, submit
from core.errors import conflict, not_found
from core.form_keys import OTHER, SAME, FormKey, key_of, new_key
from core.http import actor_of, form_problem, moment_of
from core.roles import Action
from core.uploads import require_within_limit
from core.values import read_int

WORKS: Final = ("GET", "HEAD", "POST")
"""Whoever sees the record sees its page; each act on it asks its own right."""
S = TypeVar("S", bound=Model)


# Without slots: a generic one named with its subject, Act[Pilot](...), fails with them on Python 3.11.
@dataclass(frozen=True)
class Asked(Generic[S]):
    """What a form is about: the record of the page, the row it names (0 where it names none), and the address's query."""

    subject: S
    row: int
    by: Actor
    at: datetime
    query: Mapping[str, str]


class ActForm(forms.Form):
    """The form of an act. It knows what it is about."""

    def __init__(self, *args: Any, asked: Asked[Any], **kwargs: Any) -> None:
        self.asked = asked
        super().__init__(*args, **kwargs)


@dataclass(frozen=True)
class Act(Generic[S]):
    """One thing that can be done on a page.

    `heading`: in words, or from what is asked, where it names the row (and answers 404 for one that is not of this
    page). `done`: the words afterwards, or what they are made of. `right`: that of the page unless one is said. `begin`:
    what the form is filled with.
    """

    form: type[ActForm]
    save: Callable[[Any, Asked[S]], Any]
    heading: str | Callable[[Asked[S]], str]
    button: str
    done: str | Callable[[Any], str]
    right: Action | None = None
    begin: Callable[[Asked[S]], Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of the request: a redirect once something was done, else what `components/act.html` needs (`act_key`: the form's key)."""

    response: HttpResponse | None
    context: dict[str, Any]
    status: int = 200


def acted(
    request: HttpRequest,
    subject: S,
    acts: Mapping[str, Act[S]],
    *,
    right: Action,
    back: str,
    row: int | None = None,
) -> Acted:
    """Hear the act that is asked for, or do it. `back`: where to go once it is done. `row`: what every act is about.

    Raises Problem 404 for an act that is not of this page, 403 for who may not, 413 for a file that is too large.
    """
    said = request.POST if request.method == "POST" else request.GET
    code = said.get("act", "")
    if request.method != "POST" and not code:
        return Acted(None, {})
    require_within_limit(request)
    act = acts.get(code)
    if act is None:
        raise not_found("There is no such act on this page.")
    by, at = actor_of(request), moment_of(request)
    key = key_of(request, by, at) if request.method == "POST" else None
    if (
        key is not None and key.known() == SAME
    ):  # asked first: the record is no more as it was when it was done
        return _again(request, back)
    require(by, act.right or right, subject)
    asked = Asked(subject, row_of(request) if row is None else row, by, at, request.GET.dict())
    heading = act.heading if isinstance(act.heading, str) else act.heading(asked)
    initial = dict(act.begin(asked)) if act.begin else {}
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = act.form(*sent, asked=asked, initial=initial)
    done: Submitted[Any, Any] | None = (
        Submitted(form) if key is None else _done(request, form, act, asked, key, back)
    )
    if done is None:
        return _again(request, back)
    if done.row is not None:
        messages.success(request, act.done if isinstance(act.done, str) else act.done(done.row.result))
        return Acted(redirect(back), {})
    shown = {
        "form": done.form,
        "act": act,
        "act_heading": heading,
        "act_code": code,
        "act_row": asked.row if row is None else 0,
        "act_key": new_key(),
    }
    return Acted(None, shown, done.status)


def _done(
    request: HttpRequest, form: ActForm, act: Act[S], asked: Asked[S], key: FormKey, back: str
) -> Submitted[Any, Any] | None:
    """What came of the form; None where the same form did it while this one waited."""
    with transaction.atomic():
        key.hold()
        known = key.known()
        if known == SAME:
            return None
        if known == OTHER:
            return _sent_before(form)
        done: Submitted[Any, Any] = submit(request, form, lambda typed: _Saved(act.save(typed, asked)))
        if done.row is not None:
            key.keep(back)
    return done


def _again(request: HttpRequest, back: str) -> Acted:
    messages.info(request, "This was sent before. It is on record once.")
    return Acted(redirect(back), {})


def _sent_before(form: ActForm) -> Submitted[Any, Any]:
    """The same form with other words may be a correction or another thing: a person says which."""
    form.is_valid()
    words = (
        "This form was sent before with other words, and that is on record. Send it again if this is another."
    )
    form_problem(form, conflict("sent_before", words))
    return Submitted(form, status=409)


@dataclass(frozen=True, slots=True)
class _Saved:
    """What a service answered, which may be nothing."""

    result: Any


def row_of(request: HttpRequest) -> int:
    """The row an act is about, 0 for none. Problem 400 where it is no number."""
    raw = (request.POST if request.method == "POST" else request.GET).get("row", "")
    return read_int("row", raw) if raw else 0
