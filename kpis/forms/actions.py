"""Forms by which somebody is asked to act on a flag, says how it ended, and sets KPIs right after the fact."""

from datetime import date
from typing import Any

from django import forms

from core.choices import PersonField, RecordField
from core.editing import VersionedForm
from core.inputs import DayInput
from kpis.forms.fields import line
from kpis.models import Intervention, Kpi, RemediationStep
from kpis.services.interventions import ACTION, BECAUSE, CLOSURE
from kpis.services.remediation import BECAUSE as NOT_AGREED
from kpis.services.remediation import FINDING

WHO = "Somebody who may see this initiative. It stands on their home until it is closed."


class AssignForm(forms.Form):
    """Who is to do what about a flag, and by when."""

    assigned_to = PersonField(label="Who acts", help_text=WHO, empty="Choose a person")
    action = line(
        "What is to be done", ACTION, "One thing that can be done and seen to be done.", 2, required=True
    )
    due_on = forms.DateField(label="By when", widget=DayInput)

    def __init__(self, *args: Any, latest: date, words: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due_on"].help_text = words
        self.fields["due_on"].widget.attrs["max"] = latest.isoformat()


class ChangeForm(VersionedForm):
    """Another person, or another day, and why."""

    assigned_to = PersonField(label="Who acts", help_text=WHO, empty="Choose a person")
    due_on = forms.DateField(label="By when", widget=DayInput)
    because = line("Why it changes", BECAUSE, "The old word stays on record.", 2, required=True)

    def __init__(self, *args: Any, record: Intervention, words: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record, self.words = record, words
        self.fields["due_on"].help_text = words
        person = self.fields["assigned_to"]
        if isinstance(person, PersonField):
            person.offer(record.assigned_to)

    def built_with(self) -> dict[str, Any]:
        return {"record": self.record, "words": self.words}


class CloseForm(forms.Form):
    """How it ended."""

    note = line(
        "What was done",
        CLOSURE,
        "The flag stands until its fact changes, whatever is said here.",
        3,
        required=True,
    )


class RemedyForm(forms.Form):
    """Why KPIs are set after the fact."""

    because = line(
        "What was not agreed in time",
        NOT_AGREED,
        "Which outcome nobody said would be success, and how that came to light.",
        2,
        required=True,
    )


FINDINGS = {
    "retrospective": (
        "What the model affects",
        "Which outcomes it changes, for whom, and how you found out.",
    ),
    "post_hoc_kpi": ("Why this KPI", "Why it stands for those outcomes. A rough one is better than none."),
    "validation": ("What the history shows", "How the KPI moved before and since the model came."),
    "realignment": ("Why that follows", "What the history says about the model."),
}


class KpiField(RecordField):
    """A KPI of one initiative, by name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.ref})"


class StepForm(forms.Form):
    """The next step of a remediation, with what it asks and nothing else."""

    kpi = KpiField(
        queryset=Kpi.objects.none(), label="The KPI", empty_label="Choose a KPI",
        help_text="It is labelled post-hoc from now on, for ever.",
    )  # fmt: skip
    realignment = forms.ChoiceField(
        label="What follows for the model",
        choices=RemediationStep.Realignment.choices,
        widget=forms.RadioSelect,
    )
    finding = line("What was found", FINDING, rows=4, required=True)

    def __init__(self, *args: Any, step: str, initiative_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        finding = self.fields["finding"]
        finding.label, finding.help_text = FINDINGS[step]
        if step != "realignment":
            del self.fields["realignment"]
        kpis = self.fields["kpi"]
        if step != "post_hoc_kpi":
            del self.fields["kpi"]
        elif isinstance(kpis, KpiField):
            rows = Kpi.objects.filter(initiative=initiative_id).exclude(state=Kpi.State.RETIRED)
            kpis.queryset = (
                rows.exclude(kind=Kpi.Kind.MODEL_METRIC).select_related("promised").order_by("name")
            )
