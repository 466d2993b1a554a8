"""Forms of a model's life: one short form for each act. They only shape; every rule is the service's."""

from datetime import datetime
from typing import Any

from django import forms

from assurance.models import ChangeRequest, FallbackTest, ModelVersion, Validation
from assurance.models.changes import LEVELS
from assurance.models.incidents import CONSEQUENCES
from core import acts, inputs
from core.choices import PersonField, RecordField, UnitField
from core.inputs import day
from core.models import BusinessUnit
from domain.ethics import KINDS, OUTCOMES
from domain.model_life import SEVERITIES
from governance.models import AiModel
from portfolio.models.initiatives import TIERS

LONG, SHORT = 20_000, 2_000
INCIDENT = [("3", "3, the highest"), ("2", "2"), ("1", "1, the lowest")]


class MomentInput(forms.DateTimeInput):
    """The browser's own field for a day and a time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


def moment(label: str, words: str = "") -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label, widget=MomentInput, help_text=words, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
    )  # fmt: skip


def words(
    label: str, said: str = "", *, limit: int = LONG, rows: int = 3, required: bool = True
) -> forms.CharField:
    return inputs.words(label, limit, said, rows=rows, required=required)


def chosen(label: str, choices: Any, said: str = "", *, required: bool = True) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=[("", "Choose"), *choices], required=required, help_text=said
    )


def yes_or_no(label: str, yes: str, no: str) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, choices=[("yes", yes), ("no", no)], widget=forms.RadioSelect, coerce=lambda code: code == "yes"
    )  # fmt: skip


class VersionField(RecordField):
    """A version of the model the form is about."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.number}, {obj.get_role_display().lower()}"


class ActForm(acts.ActForm):
    """A form about one model."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "model_version" in self.fields:
            field: Any = self.fields["model_version"]
            field.queryset = ModelVersion.objects.filter(model=self.asked.subject)

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


def version_field() -> VersionField:
    return VersionField(
        queryset=ModelVersion.objects.none(),
        required=False,
        label="Version",
        empty_label="No particular version",
    )


class RiskForm(ActForm):
    materiality = chosen("Materiality", LEVELS, "How much hangs on what it says: money, people, duties.")
    complexity = chosen(
        "Complexity", LEVELS, "How hard it is to see through: method, data, how much it decides by itself."
    )
    override = forms.TypedChoiceField(
        choices=[("", "The tier of the matrix"), *TIERS], coerce=int, empty_value=None, required=False,
        label="Tier asked for", help_text="Another tier than the matrix gives is approved by somebody else.",
    )  # fmt: skip
    reasoning = words("Reasoning", required=False)


class OverrideForm(ActForm):
    approve = yes_or_no("The tier asked for", "Approve it", "Refuse it")
    because = words("Why")


class ValidationForm(ActForm):
    kind = chosen("What it is", Validation.Kind.choices)
    model_version = version_field()
    scope = words("Scope", "What is looked at, and what is not.")
    started_on = day("Began on")
    finished_on = day("Ended on", "Empty while it is under way.", required=False)
    outcome = chosen("Outcome", Validation.Outcome.choices, required=False)
    summary = words("Summary", required=False)


class EthicsForm(ActForm):
    kind = chosen("What it is", KINDS)
    reviewed_on = day("Reviewed on")
    outcome = chosen(
        "Outcome", OUTCOMES, "Not passed keeps the model from being launched, until a review passes."
    )
    findings = words(
        "Findings",
        "What was found, and under which conditions it passes. Needed unless it simply passed.",
        required=False,
    )
    evidence_url = words("Link to the evidence", limit=500, rows=0, required=False)
    next_due_on = day(
        "Next due",
        "Empty: by the cadence of its tier. An earlier day counts, a later one does not.",
        required=False,
    )


class FinishForm(ActForm):
    outcome = chosen("Outcome", Validation.Outcome.choices)
    finished_on = day("Ended on")
    summary = words("Summary", required=False)


class FindingForm(ActForm):
    severity = chosen("Severity", SEVERITIES, "An open critical finding stands in the way of a launch.")
    text = words("What was found")
    owner = PersonField(label="Who mends it", empty="Choose a person")
    due_on = day("By")


class CloseForm(ActForm):
    evidence = words("What shows that it is mended")


class ChangeForm(ActForm):
    title = words("Change", "In a line.", limit=200, rows=0)
    description = words("What changes, and why")
    materiality = chosen(
        "Materiality",
        ChangeRequest.Materiality.choices,
        "A material change makes a validation due at once.",
    )
    model_version = version_field()


class ReviewChangeForm(ActForm):
    accept = yes_or_no("The change", "Accept it", "Reject it")
    because = words("Why")


class BecauseForm(ActForm):
    because = words("Why", limit=SHORT)


class ExceptionForm(ActForm):
    rule = words("Rule that is not followed", limit=200, rows=0)
    reason = words("Why it cannot be followed")
    compensating_control = words("What is done instead")
    owner = PersonField(label="Who answers for it", empty="Choose a person")
    expires_on = day("Until", "A year at most.")


class AnswerExceptionForm(ActForm):
    approve = yes_or_no("The exception", "Approve it", "Refuse it")
    because = words("Why", limit=SHORT)


class IncidentForm(ActForm):
    title = words("What happened, in a line", limit=200, rows=0)
    description = words("What is known of it")
    severity = forms.TypedChoiceField(choices=[("", "Choose"), *INCIDENT], coerce=int, label="Severity")
    consequence = forms.ChoiceField(
        choices=CONSEQUENCES, label="Led to", help_text="Decides by when an authority is to be told."
    )
    detected_at = moment("Detected", "The clocks run from here.")
    lead = PersonField(required=False, label="Who runs it", empty="Whoever reports it")


class MovedForm(ActForm):
    happened_at = moment("When")
    said = words("What was done")


class PostMortemForm(ActForm):
    happened_at = moment("When it was held")
    said = words("What was learnt")
    url = words("Link to it", limit=400, rows=0, required=False)


class RateForm(ActForm):
    severity = forms.TypedChoiceField(choices=INCIDENT, coerce=int, label="Severity")
    consequence = forms.ChoiceField(choices=CONSEQUENCES, label="Led to")
    said = words("Why")


class AttestForm(ActForm):
    attests = yes_or_no("Do you attest it?", "I attest it", "I do not")
    note = words("Note", "What does not hold, where you do not attest it.", required=False)


class FallbackForm(ActForm):
    tested_on = day("Tested on")
    result = chosen("Result", FallbackTest.Result.choices)
    evidence = words("What was tried, and what it showed")


class RetirementForm(ActForm):
    because = words("Why it ends", limit=300, rows=2)


class StepForm(ActForm):
    done_on = day("Done on")
    evidence = words("Evidence")


class DateForm(ActForm):
    """The next review of a model."""

    next_review_on = day("Next review")


class RoundForm(forms.Form):
    """A question to the owners of many models."""

    question = words(
        "What they attest", "As: The record of this model is complete and true as of today.", rows=3
    )
    unit = UnitField(
        queryset=BusinessUnit.objects.all(),
        required=False,
        label="Business unit",
        empty_label="Whole organisation",
    )
    tiers = forms.TypedMultipleChoiceField(
        choices=TIERS, coerce=int, required=False, widget=forms.CheckboxSelectMultiple, label="Risk tiers",
        help_text="None ticked: every model, also one that was not assessed.",
    )  # fmt: skip
    stages = forms.MultipleChoiceField(
        choices=[(code, label) for code, label in AiModel.Stage.choices if code != AiModel.Stage.RETIRED],
        required=False, widget=forms.CheckboxSelectMultiple, label="Stages",
    )  # fmt: skip
    due_on = day("Answer by")

    def facts(self) -> dict[str, Any]:
        said = dict(self.cleaned_data)
        return {**said, "tiers": tuple(said["tiers"]), "stages": tuple(said["stages"])}


def begins_now(at: datetime) -> dict[str, Any]:
    """A moment field filled with now, to the minute."""
    now = at.replace(second=0, microsecond=0)
    return {"happened_at": now, "detected_at": now}
