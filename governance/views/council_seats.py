"""Seats of the council, who holds them, and votes that are lent."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.access import everywhere
from core.editing import submit
from core.errors import not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from governance.forms.council import BecauseForm, DelegateForm, SeatForm
from governance.models import CouncilSeat, Delegation, SeatTerm
from governance.queries.council import charter_on, lent, seat_of, seats_on
from governance.services.council_delegations import delegate_vote, take_back
from governance.services.council_seats import seat_person, vacate


@page_view(Action.VIEW)
def council_seats(request: HttpRequest) -> HttpResponse:
    """Every seat with its holder and term, what was before, and votes lent out."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    today = clock.day_of(at)
    context = {
        "seats": seats_on(today), "others": seats_on(today, (CouncilSeat.Kind.ADVISER, CouncilSeat.Kind.AUTHORITY)),
        "past": SeatTerm.objects.filter(ended_on__isnull=False).select_related("seat", "holder").order_by("-ended_on")[:20],
        "lent": lent(at), "charter": charter_on(today), "mine": seat_of(actor, today),
        "may_arrange": everywhere(actor, Action.ARRANGE_COUNCIL),
    }  # fmt: skip
    return render(request, "governance/council_seats.html", context)


@page_view(Action.ARRANGE_COUNCIL)
def seat_fill(request: HttpRequest, pk: int) -> HttpResponse:
    """Seat somebody."""
    actor, at, seat = actor_of(request), moment_of(request), _seat(pk)
    done = submit(
        request, SeatForm(request.POST or None),
        lambda f: seat_person(
            seat_id=seat.pk, holder=f.cleaned_data["holder"], until_on=f.cleaned_data["until_on"], by=actor, at=at
        ),
    )  # fmt: skip
    if done.row is not None:
        messages.success(request, f"{done.row.holder.name} holds {seat.name}.")
        return redirect("council-seats")
    context = {
        "form": done.form,
        "heading": f"Fill {seat.name}",
        "button": "Seat them",
        "back": "council-seats",
    }
    return render(request, "governance/council_form.html", context, status=done.status)


@page_view(Action.ARRANGE_COUNCIL)
def seat_vacate(request: HttpRequest, pk: int) -> HttpResponse:
    """End a term, with the reason."""
    actor, at, seat = actor_of(request), moment_of(request), _seat(pk)
    done = submit(
        request, BecauseForm(request.POST or None),
        lambda f: vacate(seat_id=seat.pk, because=f.cleaned_data["because"], by=actor, at=at),
    )  # fmt: skip
    if done.row is not None:
        messages.success(request, f"{seat.name} is vacant.")
        return redirect("council-seats")
    context = {
        "form": done.form,
        "heading": f"Vacate {seat.name}",
        "button": "Vacate it",
        "back": "council-seats",
    }
    return render(request, "governance/council_form.html", context, status=done.status)


@page_view(Action.VOTE)
def delegate(request: HttpRequest) -> HttpResponse:
    """Lend one's vote for a meeting."""
    actor, at = actor_of(request), moment_of(request)
    done = submit(
        request,
        DelegateForm(request.POST or None),
        lambda f: delegate_vote(by=actor, at=at, **f.cleaned_data),
    )
    if done.row is not None:
        messages.success(request, f"{done.row.delegate.name} votes for you. They are told now.")
        return redirect("council-seats")
    context = {
        "form": done.form, "heading": "Lend my vote", "button": "Lend it", "back": "council-seats",
        "lede": "A delegate is told an hour ahead, inherits your recusals and never presides.",
    }  # fmt: skip
    return render(request, "governance/council_form.html", context, status=done.status)


@page_view(Action.VOTE, methods=("POST",))
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a vote back, or give it back."""
    if not Delegation.objects.filter(pk=pk).exists():
        raise not_found()
    take_back(delegation_id=pk, by=actor_of(request), at=moment_of(request))
    messages.success(request, "The vote is back with its seat.")
    return redirect("council-seats")


def _seat(pk: int) -> CouncilSeat:
    row = CouncilSeat.objects.filter(pk=pk, abolished_on=None).first()
    if row is None:
        raise not_found()
    return row
