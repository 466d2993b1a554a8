"""What waits for a second person's consent, on people's pages and on one's own account."""

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.access import Actor, require_anywhere
from core.addresses import change_own_address
from core.consent import confirm, decline, in_the_way, withdraw
from core.editing import submit
from core.errors import Problem, not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.models import AccessRequest, User
from core.pages.forms import AddressForm, OwnAddressForm
from core.people import person
from core.proposals import propose_address
from core.roles import Action
from core.values import read_ref

ANSWERS = {"confirm": confirm, "decline": decline, "withdraw": withdraw}
DONE = {"confirm": "is confirmed", "decline": "is declined", "withdraw": "is withdrawn"}


def offered(rows: list[AccessRequest], by: Actor) -> list[dict[str, Any]]:
    """Each request with what this reader may do about it: answer it, take it back, or why neither."""
    person = by.user.pk if by.user else None
    return [
        {"row": row, "why_not": in_the_way(row, by), "withdraws": row.proposed_by_id == person} for row in rows
    ]  # fmt: skip


@page_view(Action.MANAGE_USERS)
def person_address(request: HttpRequest, pk: str) -> HttpResponse:
    """Propose another address for somebody."""
    today_only(request)
    by, at = actor_of(request), moment_of(request)
    require_anywhere(by, Action.MANAGE_USERS)
    row = person(read_ref(pk, ""))
    done = submit(
        request,
        AddressForm(request.POST or None),
        lambda f: propose_address(user=row, by=by, at=at, **f.cleaned_data),
    )
    if done.row is not None:
        messages.success(
            request, f"{done.row.email} waits for the consent of {row.name} or of a second administrator."
        )
        return redirect("person-detail", row.pk)
    return render(request, "core/address_form.html", {"form": done.form, "person": row}, status=done.status)


@page_view(Action.MANAGE_USERS, methods=("POST",))
def request_answer(request: HttpRequest, pk: str, request_id: str) -> HttpResponse:
    """Consent, decline, or take back (`answer=confirm`, `decline`, `withdraw`)."""
    user = person(read_ref(pk, ""))
    row = AccessRequest.objects.filter(user=user, pk=read_ref(request_id, "")).first()
    _answered(request, row)
    return redirect("person-detail", user.pk)


@page_view(Action.OWN_TOKENS)
def own_address(request: HttpRequest) -> HttpResponse:
    """Change one's own address, with the password as proof."""
    today_only(request)
    by, at = actor_of(request), moment_of(request)

    def save(form: OwnAddressForm) -> User:
        if not ratelimit.consume(request, action="reauthenticate", user=by.user):
            raise Problem(429, "throttled", "Too many tries. Wait a minute, then try again.")
        return change_own_address(by=by, at=at, **form.cleaned_data)

    done = submit(request, OwnAddressForm(request.POST or None), save)
    if done.row is not None:
        messages.success(request, f"You sign in with {done.row.email} now.")
        return redirect("account")
    context = {"form": done.form, "person": by.user}
    return render(request, "core/own_address_form.html", context, status=done.status)


@page_view(Action.OWN_TOKENS, methods=("POST",))
def own_request_answer(request: HttpRequest, request_id: str) -> HttpResponse:
    """Consent to, or decline, another address that was proposed for oneself."""
    rows = AccessRequest.objects.filter(user=actor_of(request).user, kind=AccessRequest.Kind.EMAIL)
    _answered(request, rows.filter(pk=read_ref(request_id, "")).first())
    return redirect("account")


def _answered(request: HttpRequest, row: AccessRequest | None) -> None:
    answer = request.POST.get("answer", "")
    if row is None:
        raise not_found()
    if answer not in ANSWERS:
        raise Problem(400, "invalid", "Say confirm, decline or withdraw.")
    done = ANSWERS[answer](pk=row.pk, by=actor_of(request), at=moment_of(request))
    what = done.what
    messages.success(request, f"{what[0].upper()}{what[1:]} {DONE[answer]}.")
