"""The form of a post-mortem. It only shapes; every rule is the service's."""

from typing import Any, Final

from django import forms

from core.choices import PersonField
from core.inputs import DayInput
from domain.post_mortem import CAUSES, After

ROWS: Final = 3


def _text(label: str, help_text: str = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, required=required, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )  # fmt: skip


class PostMortemForm(forms.Form):
    """Blameless: it asks for causes, never for who was at fault."""

    expected = _text(
        "What was expected", "As it was believed at the start: the value, by when, and on what it rested."
    )
    happened = _text("What happened", "In the order it happened. Facts and days, no names.")
    causes = forms.MultipleChoiceField(
        label="Root causes",
        choices=list(CAUSES.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one root cause."},
    )
    learned = _text("What was learned", "What somebody who begins something similar should know first.")
    reusable = _text(
        "What is reusable", "Data, models, code, contracts, insight, and where they are.", required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place in range(ROWS):
            self.fields[f"aftercare-{place}-text"] = forms.CharField(
                label="Still to be done", required=False, max_length=500,
                help_text="Data deleted, users told, a contract ended." if place == 0 else "",
            )  # fmt: skip
            self.fields[f"aftercare-{place}-owner"] = PersonField(label="Owner", required=False)
            self.fields[f"aftercare-{place}-due_on"] = forms.DateField(
                label="By", required=False, widget=DayInput
            )

    def clean(self) -> dict[str, Any]:
        """A row that says what is to be done says by whom and until when."""
        for place in self._said():
            for name, words in (("owner", "Name who does it."), ("due_on", "Give the day.")):
                field = f"aftercare-{place}-{name}"
                if not self.cleaned_data.get(field) and field not in self.errors:
                    self.add_error(field, forms.ValidationError(words, code="required"))
        return self.cleaned_data

    def _said(self) -> list[int]:
        names = ("text", "owner", "due_on")
        return [
            place
            for place in range(ROWS)
            if any(self.cleaned_data.get(f"aftercare-{place}-{name}") for name in names)
        ]

    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        rows = [
            After(
                given[f"aftercare-{place}-text"], given[f"aftercare-{place}-owner"].pk,
                given[f"aftercare-{place}-due_on"],
            )
            for place in self._said()
        ]  # fmt: skip
        names = ("expected", "happened", "causes", "learned", "reusable")
        return {**{name: given[name] for name in names}, "aftercare": rows}
