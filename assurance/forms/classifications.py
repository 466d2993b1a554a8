"""Forms of classifications: one question of the assistant, and how one obligation stands."""

from typing import Any

from django import forms

from assurance.models import Obligation
from assurance.services.classifications import EVIDENCE, URL
from core.choices import PersonField
from core.editing import VersionedForm
from core.inputs import DayInput, SometimesField
from domain.classify import LONGEST
from domain.rule_sets import STATUSES, UNKNOWN, Question


class QuestionForm(forms.Form):
    """One question: an answer, or that nobody knows; and why."""

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.question = question
        options = [*question.options]
        if question.many:
            self.fields["answer"] = forms.MultipleChoiceField(
                label=question.text, choices=options, required=False, widget=forms.CheckboxSelectMultiple,
                help_text=f"{question.hint} None ticked: not known.",
            )  # fmt: skip
        else:
            self.fields["answer"] = forms.ChoiceField(
                label=question.text, choices=[*options, (UNKNOWN, "I do not know")], widget=forms.RadioSelect,
                help_text=question.hint, error_messages={"required": "Choose an answer, or say that you do not know."},
            )  # fmt: skip
        self.fields["because"] = SometimesField(
            label="Why", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}),
            help_text="What it rests on, so that somebody else can check it. Needed unless nobody knows.",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        known = said.get("answer") not in (None, [], UNKNOWN)
        if known and not said.get("because", "").strip():
            self.add_error("because", "Say why. An answer without a reason cannot be checked.")
        return said


class ObligationForm(VersionedForm):
    """How an obligation stands."""

    status = forms.ChoiceField(choices=[], label="It stands at")
    evidence = SometimesField(
        max_length=EVIDENCE, widget=forms.Textarea(attrs={"rows": 3}), label="What shows it",
        help_text="Needed for yes and for a waiver: which document, of which day.",
    )  # fmt: skip
    url = forms.CharField(
        max_length=URL, required=False, label="Its address", help_text="A whole address, https://..."
    )
    owner = PersonField(required=False)
    due_on = forms.DateField(required=False, label="Due on", widget=DayInput)

    def __init__(self, *args: Any, row: Obligation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        status, owner = self.fields["status"], self.fields["owner"]
        if isinstance(status, forms.ChoiceField):
            status.choices = [(code, STATUSES[code]) for code in ("not_reported", *row.statuses)]
        if isinstance(owner, PersonField):
            owner.offer(row.owner)
        self.remember()

    def built_with(self) -> dict[str, Any]:
        return {"row": self.row}
