"""Forms about a meeting that is planned already."""

from typing import Any

from django import forms

from core.editing import VersionedForm

MOMENT = "%Y-%m-%dT%H:%M"


def _moment(label: str) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    )


class MoveForm(VersionedForm):
    """Another time, in the organisation's time, or another place."""

    begins_at = _moment("Begins")
    ends_at = _moment("Ends")
    place = forms.CharField(max_length=200, required=False)
    because = forms.CharField(max_length=300, label="Why it is moved")

    def facts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("begins_at", "ends_at", "place", "because")}


class CancelForm(forms.Form):
    because = forms.CharField(max_length=300, label="Why it is cancelled")
