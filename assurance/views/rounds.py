"""Rounds of attestation: how each stands, and a new one."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from assurance.forms.life import RoundForm
from assurance.models import Attestation, AttestationRound
from assurance.services.duties import open_round
from core import clock
from core.access import may
from core.editing import submit
from core.http import actor_of, moment_of, page_view, paginate, today_only
from core.roles import Action


@page_view(Action.VIEW)
def round_list(request: HttpRequest) -> HttpResponse:
    """Every round, the latest due first: of the models the reader may see, how many owners answered what."""
    today_only(request)
    actor = actor_of(request)
    page = paginate(
        request, AttestationRound.objects.select_related("unit", "opened_by").order_by("-due_on", "-id")
    )
    rows = list(page.object_list)
    seen = Attestation.objects.visible_to(actor).filter(round__in=[row.pk for row in rows]).order_by()
    counted = {
        one["round"]: one
        for one in seen.values("round").annotate(
            asked=Count("pk", distinct=True), attested=Count("pk", filter=Q(answer="attests"), distinct=True),
            refused=Count("pk", filter=Q(answer="does_not"), distinct=True),
        )
    }  # fmt: skip
    for one in counted.values():
        one["left"] = one["asked"] - one["attested"] - one["refused"]
    context = {
        "page": page, "rows": [(row, counted.get(row.pk)) for row in rows], "may_open": may(actor, Action.PROMOTE_MODEL),
        "today": clock.day_of(moment_of(request)),
    }  # fmt: skip
    return render(request, "assurance/round_list.html", context)


@page_view(Action.PROMOTE_MODEL)
def round_open(request: HttpRequest) -> HttpResponse:
    """Put a question to the owners of many models."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    done = submit(
        request, RoundForm(request.POST or None), lambda form: open_round(by=actor, at=at, **form.facts())
    )
    if done.row is not None:
        messages.success(request, f"The round is open: {done.row.asked} models are asked.")
        return redirect("round-list")
    return render(request, "assurance/round_form.html", {"form": done.form}, status=done.status)
