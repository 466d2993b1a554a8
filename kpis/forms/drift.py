"""Forms by which people answer drift: a new reference, a review of relevance, a change of the world around it."""

from django import forms

from kpis.forms.fields import day, line
from kpis.models import RelevanceReview, WorldChange
from kpis.services.drift_words import BECAUSE, WHAT


class ReferenceForm(forms.Form):
    """Why the level moved, and from which readings the new one is known."""

    begins_on = day("Readings from", "The first day of the new level. Empty: all since the definition broke.")
    ends_on = day(
        "Watched from", "The first day that is watched again. Eight readings before it are needed; it may be still to come.",
        required=True,
    )  # fmt: skip
    because = line("Why the level moved", BECAUSE, rows=2, required=True)


class ReviewForm(forms.Form):
    """What came of a look at the KPI's relevance."""

    verdict = forms.ChoiceField(
        label="What came of it", choices=RelevanceReview.Verdict.choices, widget=forms.RadioSelect
    )
    because = line("Why", BECAUSE, rows=2, required=True)
    reviewed_on = day("Reviewed on", "Empty: today.")


class WorldForm(forms.Form):
    """A change around the initiative."""

    kind = forms.ChoiceField(label="What changed", choices=WorldChange.Kind.choices, widget=forms.RadioSelect)
    on = day("Since", "It may be still to come.", required=True)
    what = line("In a few words", WHAT, rows=2, required=True)
