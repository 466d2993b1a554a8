"""Accepting, afterwards, a change that nobody had approved."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.access import require
from core.editing import submit
from core.errors import conflict, forbidden
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from kpis.forms.fields import line
from kpis.models import KpiVersion
from kpis.queries.contract import differences
from kpis.services.accept import accept_change, may_be_accepted
from kpis.services.amend import BECAUSE
from kpis.services.versions import authors
from kpis.views.commitment import find_version
from kpis.views.find import head


class AcceptForm(forms.Form):
    """Which reason holds, and why it is accepted."""

    reason_code = forms.ChoiceField(
        label="What changed", choices=KpiVersion.ReasonCode.choices, widget=forms.RadioSelect
    )
    because = line("Why you accept it", BECAUSE, rows=2, required=True)


@page_view(Action.APPROVE_KPI)
def accept(request: HttpRequest, pk: str) -> HttpResponse:
    """Accept a version in force that nobody approved, by somebody other than its author."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    version = find_version(request, pk)
    require(actor, Action.APPROVE_KPI, version.kpi)
    if not may_be_accepted(version):
        raise conflict("nothing_to_accept", "Nobody is asked to accept this version.")
    if actor.user is not None and actor.user.pk in authors(version):
        raise forbidden("Who made a change does not accept it. Somebody else does.", code="four_eyes")
    form = AcceptForm(request.POST or None)
    done = submit(
        request, form, lambda filled: accept_change(pk=version.pk, by=actor, at=at, **filled.cleaned_data)
    )
    if done.row is not None:
        messages.success(request, "Accepted. That it was changed without approval stays on record.")
        return redirect("kpi-version", version.pk)
    before = KpiVersion.objects.filter(
        kpi=version.kpi_id, number__lt=version.number, in_force_at__isnull=False
    ).latest("number")
    context = {
        **head(request, version.kpi), "version": version, "form": done.form, "changes": differences(before, version),
        "old": f"Version {before.number}", "new": f"Version {version.number}",
    }  # fmt: skip
    return render(request, "kpis/accept_form.html", context, status=done.status)
