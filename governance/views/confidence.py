"""The independent view of how likely delivery is, given on its own page."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from core.access import require
from core.editing import submit
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from domain.gate_form import CONFIDENCES
from governance.services.confidence import BECAUSE, give_confidence
from governance.views.submissions import find_submission


class ConfidenceForm(forms.Form):
    """One of five words, and from what it is judged."""

    confidence = forms.ChoiceField(
        label="How likely is delivery?", choices=list(CONFIDENCES.items()), widget=forms.RadioSelect
    )
    because = forms.CharField(
        label="From what you judge it", max_length=BECAUSE, widget=forms.Textarea(attrs={"rows": 4})
    )


@page_view(Action.ASSURE_GATE, methods=("GET", "HEAD", "POST"))
def submission_confidence(request: HttpRequest, ref: str) -> HttpResponse:
    """Give it, or give it anew."""
    today_only(request)
    row, actor, at = find_submission(request, ref), actor_of(request), moment_of(request)
    require(actor, Action.ASSURE_GATE, row.initiative)
    done = submit(
        request, ConfidenceForm(request.POST or None),
        lambda form: give_confidence(submission_id=row.pk, by=actor, at=at, **form.cleaned_data),
    )  # fmt: skip
    if done.row is not None:
        messages.success(request, "Your view is kept beside the lead's own.")
        return redirect("submission-detail", row.ref)
    context = {
        "initiative": row.initiative, "form": done.form, "back": reverse("submission-detail", args=[row.ref]),
        "heading": f"Independent confidence in {row.ref}", "button": "Keep my view",
        "lede": "It stands beside the lead's own and is not the decision. Whoever has a part in the work gives none.",
    }  # fmt: skip
    return render(request, "governance/gate/act.html", context, status=done.status)
