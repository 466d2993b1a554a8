"""The post-mortem of a stopped initiative: written on its page, read there for ever."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.access import Actor, allows, scope
from core.editing import submit
from core.errors import Item, Problem, invalid, not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.values import read_ref
from governance.forms.council import DoneForm
from governance.forms.post_mortem import PostMortemForm
from governance.models import Aftercare, PostMortem
from governance.queries.post_mortem import cause_words, due_on, freed, last_stop, written
from governance.services.post_mortem import finish_aftercare, write_post_mortem
from portfolio.views.frame import find_initiative


@page_view(Action.VIEW, methods=("GET", "HEAD", "POST"))
def post_mortem(request: HttpRequest, ref: str) -> HttpResponse:
    """What the last stop taught; its form until it is written, for who may change the initiative. Whoever may not see that sees
    what they themselves are to do after it.
    """
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    try:
        initiative = find_initiative(request, ref)
    except Problem:
        own = _seen_by(actor, read_ref(ref, "AI"))
        if not own or request.method == "POST":
            raise
        return _own(request, own)
    stop = last_stop(initiative.pk)
    if stop is None:
        raise not_found("No decision stopped this initiative, so there is no post-mortem.")
    row = written(stop)
    context: dict[str, Any] = {
        "initiative": initiative,
        "stop": stop,
        "row": row,
        "due_on": due_on(stop.decided_on),
        "freed": freed(stop),
        "aftercare": list(_after(initiative.pk).filter(Q(post_mortem__decision=stop) | Q(done_on=None))),
        "me": _me(actor),
        "may_edit": allows(actor, Action.EDIT_INITIATIVE, initiative),
    }
    if row is not None:
        return render(request, "governance/post_mortem.html", context | {"causes": cause_words(row)})

    def save(form: PostMortemForm) -> PostMortem:
        try:
            return write_post_mortem(decision_id=stop.pk, by=actor, at=at, **form.facts())
        except Problem as problem:
            raise _placed(problem) from problem

    form = PostMortemForm(request.POST or None, initial={"learned": stop.lessons})
    done = submit(request, form, save)
    if done.row is not None:
        messages.success(request, "The post-mortem is on record. It stands as it was written.")
        return redirect("post-mortem", initiative.ref)
    context["form"] = done.form
    return render(request, "governance/post_mortem.html", context, status=done.status)


@page_view(Action.VIEW, methods=("POST",))
def aftercare_done(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """Close one thing that was still to be done, also by an owner who may not see the initiative. Who may, the service says."""
    row = next((one for one in _seen_by(actor_of(request), read_ref(ref, "AI")) if one.pk == pk), None)
    if row is None:
        raise not_found()
    form = DoneForm(request.POST)
    if not form.is_valid():
        raise invalid("Say what came of it, in at most 500 characters.")
    finish_aftercare(pk=row.pk, note=form.cleaned_data["note"], by=actor_of(request), at=moment_of(request))
    messages.success(request, "It is done.")
    return redirect("post-mortem", row.post_mortem.decision.initiative.ref)


def _after(initiative_id: int) -> QuerySet[Aftercare]:
    """What is to be done, or was, after the stops of an initiative."""
    rows = Aftercare.objects.filter(post_mortem__decision__initiative=initiative_id)
    return rows.select_related("owner", "post_mortem__decision__initiative").order_by("due_on", "pk")


def _seen_by(actor: Actor, initiative_id: int) -> list[Aftercare]:
    """The same as far as the reader may know of it, whether or not they may see the initiative. One statement."""
    return list(_after(initiative_id).filter(scope(actor, Action.VIEW, Aftercare)))


def _own(request: HttpRequest, rows: list[Aftercare]) -> HttpResponse:
    told = {
        "initiative": rows[0].post_mortem.decision.initiative, "aftercare": rows, "me": _me(actor_of(request)), "may_edit": False,
    }  # fmt: skip
    return render(request, "governance/aftercare_own.html", told)


def _me(actor: Actor) -> int | None:
    return actor.user.pk if actor.user else None


def _placed(problem: Problem) -> Problem:
    """`aftercare/0/owner` is the form's `aftercare-0-owner`."""
    items = tuple(
        Item(one.pointer.strip("/").replace("/", "-"), one.code, one.detail) for one in problem.items
    )
    return replace(problem, items=items)
