"""A gatekeeper's scorecard: given before anybody else's is shown."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.editing import submit
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from domain.should_meets import MOST, ShouldMeet
from governance.models import Score
from governance.queries.scoring import criteria_of, own_scores
from governance.services.score import score_submission
from governance.views.submissions import find_submission


class ScoreForm(forms.Form):
    """A score for each should-meet, and a note where one wants."""

    def __init__(self, *args: Any, criteria: tuple[ShouldMeet, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        for one in criteria:
            self.fields[one.code] = forms.IntegerField(
                min_value=0, max_value=MOST, required=False, label=one.text, help_text=f"0 to {MOST}, weighs {one.weight} %.",
            )  # fmt: skip
            self.fields[f"note_{one.code}"] = forms.CharField(
                max_length=300, required=False, label=f"Why: {one.text.lower()}"
            )

    def scores(self) -> dict[str, tuple[int, str]]:
        return {
            one.code: (self.cleaned_data[one.code], self.cleaned_data[f"note_{one.code}"])
            for one in self.criteria
            if self.cleaned_data[one.code] is not None
        }


@page_view(Action.VIEW, methods=("GET", "HEAD", "POST"))
def submission_score(request: HttpRequest, ref: str) -> HttpResponse:
    """Score the should-meets of a gate that is asked for."""
    today_only(request)
    row, actor, at = find_submission(request, ref), actor_of(request), moment_of(request)
    own = own_scores(row, actor)
    initial = {code: one.score for code, one in own.items()} | {
        f"note_{code}": one.note for code, one in own.items()
    }

    def save(form: ScoreForm) -> list[Score]:
        return score_submission(submission_id=row.pk, scores=form.scores(), by=actor, at=at)

    done = submit(request, ScoreForm(request.POST or None, criteria=criteria_of(row), initial=initial), save)
    if done.row is not None:
        messages.success(
            request, "Your scores are kept. They are shown with the others' when the item closes."
        )
        return redirect("submission-detail", row.ref)
    context = {
        "initiative": row.initiative, "form": done.form, "back": f"/governance/submissions/{row.ref}/",
        "heading": f"Score {row.ref}", "button": "Keep my scores",
        "lede": "Nobody sees them before the item closes. You can change them until then.",
    }  # fmt: skip
    return render(request, "governance/gate/act.html", context, status=done.status)
