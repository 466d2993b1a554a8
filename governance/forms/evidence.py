"""Forms of evidence: given, waived, withdrawn."""

from typing import Any

from django import forms

from core.inputs import DayInput
from domain.evidence_file import TAKEN
from governance.services.evidence import BECAUSE, TITLE, URL, WITHDRAWN
from portfolio.forms.records import text_area

PASSED = [("", "It is no test"), ("true", "Passed"), ("false", "Not passed")]


class EvidenceForm(forms.Form):
    """A file or an address that answers a must-meet."""

    criterion = forms.ChoiceField(label="Must-meet")
    title = forms.CharField(max_length=TITLE, label="What it shows")
    file = forms.FileField(
        required=False, help_text=f"{TAKEN}, up to 10 MB.", error_messages={"empty": "The file is empty."}
    )
    url = forms.CharField(
        max_length=URL, required=False, label="Or its address", help_text="A whole address, https://..."
    )
    dated_on = forms.DateField(required=False, label="Of which day", widget=DayInput)
    expires_on = forms.DateField(
        required=False, label="Proves nothing from", widget=DayInput, help_text="Empty: it does not expire."
    )
    passed = forms.TypedChoiceField(
        choices=PASSED, required=False, empty_value=None, coerce=lambda raw: raw == "true", label="Result"
    )

    def offer(self, criteria: list[tuple[str, str]]) -> None:
        """The must-meets that evidence answers."""
        field = self.fields["criterion"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "Choose"), *criteria]

    def given(self) -> dict[str, Any]:
        """As the service takes it."""
        said = dict(self.cleaned_data)
        file = said.pop("file")
        if file is not None:
            said |= {"filename": file.name, "content": file.read()}
        return said


class WaiverForm(forms.Form):
    """A must-meet set aside."""

    criterion = forms.CharField(widget=forms.HiddenInput, max_length=60)
    because = forms.CharField(max_length=BECAUSE, label="Why it is set aside", widget=text_area(3))


class WithdrawForm(forms.Form):
    """Something taken back, said why."""

    because = forms.CharField(max_length=WITHDRAWN, label="Why", widget=text_area(3))
