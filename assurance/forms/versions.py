"""Forms of a model's versions, deployments, registries and looks: one short form for each act. They only shape."""

from typing import Any

from django import forms
from django.db.models import Q

from assurance.models import ModelVersion
from assurance.services import (
    clusters,
    deployments,
    promotions,
    registries,
    rollbacks,
    version_corrections,
    versions,
)
from core.access import Actor, scope
from core.acts import ActForm
from core.choices import UnitField
from core.inputs import DayInput, words
from core.models import BusinessUnit
from core.reach import units_within
from core.roles import Action
from domain.evidence_file import TAKEN
from domain.model_roles import DISPLACED, GIVEN
from governance.models import AiModel
from kpis.models import Comparison

Role = ModelVersion.Role


class RegisterForm(ActForm):
    number = words("Version", versions.NUMBER, "As its source numbers it, as 3 or 1.4.0.")
    trained_on = forms.DateField(label="Trained on", required=False, widget=DayInput)
    source_run = words("Training run", versions.RUN, "Where its training is on record.", required=False)
    commit = words("Commit", versions.COMMIT, required=False)
    image = words("Image", 480, "As registry/repository:tag@sha256:...", required=False)
    metrics = words(
        "Metrics", 20_000, "One a line, as: auc 0.91", rows=4, required=False
    )  # read as name and number by the service
    notes = words("Notes", versions.NOTES, rows=2, required=False)

    def clean_metrics(self) -> dict[str, str]:
        out: dict[str, str] = {}
        for line in self.cleaned_data["metrics"].splitlines():
            name, _, value = line.strip().rpartition(" ")
            if line.strip():
                out[name.strip(" :=")] = value
        return out


class CorrectForm(RegisterForm):
    """The same as it stands, and why it is put right."""

    because = words(
        "What was wrong, and how you know", version_corrections.BECAUSE, "It is kept with the change.", rows=2
    )
    field_order = ("because",)

    def facts(self) -> dict[str, Any]:
        """As the service takes it: the form shows the whole of it, so all of it is given."""
        return {**self.cleaned_data, "image_digest": ""}


def said_of(row: ModelVersion) -> dict[str, Any]:
    """What a correction starts from."""
    return {
        "number": row.number, "trained_on": row.trained_on, "source_run": row.source_run, "commit": row.commit,
        "image": f"{row.image}@{row.image_digest}" if row.image_digest else row.image, "notes": row.notes,
        "metrics": "\n".join(f"{name}: {value}" for name, value in row.metrics.items()),
    }  # fmt: skip


class AskForm(ActForm):
    to_role = forms.ChoiceField(
        label="As", choices=[(one.value, Role(one.value).label) for one in GIVEN], initial=Role.CHAMPION
    )
    champion_becomes = forms.ChoiceField(
        label="The champion before becomes", choices=[(one.value, Role(one.value).label) for one in DISPLACED],
        help_text="Counts only for a new champion.",
    )  # fmt: skip
    text = words(
        "What shows it", promotions.EVIDENCE, "What was measured, on which data, against what.", rows=4
    )
    comparison = forms.ModelChoiceField(
        queryset=Comparison.objects.none(), required=False, label="Comparison", empty_label="None",
        help_text="Of a KPI of an initiative it serves.",
    )  # fmt: skip
    file = forms.FileField(
        required=False, label="Or a file", help_text=f"{TAKEN}, up to 10 MB. Nothing in it is run.",
        error_messages={"empty": "The file is empty."},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        model: AiModel = self.asked.subject
        served = Q(kpi__initiative__models=model) | Q(kpi__models=model)
        field = self.fields["comparison"]
        if isinstance(field, forms.ModelChoiceField):
            seen = Comparison.objects.filter(scope(self.asked.by, Action.VIEW, Comparison), served)
            field.queryset = seen.order_by("name", "pk").distinct()

    def evidence(self) -> promotions.Evidence:
        """As the service takes it."""
        file = self.cleaned_data["file"]
        return promotions.Evidence(
            text=self.cleaned_data["text"], comparison=self.cleaned_data["comparison"],
            filename=file.name if file else "", content=file.read() if file else None,
        )  # fmt: skip


class BackForm(ActForm):
    because = words("Why back", promotions.EVIDENCE, "What is wrong with the champion.", rows=3)
    champion_becomes = forms.ChoiceField(
        label="The champion becomes", choices=[(one.value, Role(one.value).label) for one in DISPLACED]
    )


class BackNowForm(BackForm):
    """The same, at once: nobody answers first."""

    because = words("Why back", rollbacks.BECAUSE, "What is wrong with the champion.", rows=3)


class ConfirmForm(ActForm):
    note = words(
        "What you found", rollbacks.NOTE, "What you looked at, and whether going back was right.", rows=3
    )


class AnswerForm(ActForm):
    answer = forms.ChoiceField(
        choices=[(promotions.APPROVE, "Approve"), (promotions.DECLINE, "Decline")], widget=forms.RadioSelect
    )
    because = words("Why", promotions.BECAUSE, "Needed to decline.", rows=2, required=False)


class WhyForm(ActForm):
    because = words("Why", promotions.BECAUSE, rows=2)


class RunForm(ActForm):
    file = forms.FileField(
        label="Exported run",
        help_text="wandb-summary.json, or a history as .csv with a column _step. Up to 10 MB.",
        error_messages={"empty": "The file is empty."},
    )


class EndForm(ActForm):
    because = words("Why it was ended", deployments.BECAUSE)


class LookForm(forms.Form):
    """A cluster's list, uploaded."""

    file = forms.FileField(
        label="File", help_text="The output of: kubectl get deploy -A -o json. Up to 25 MB.",
        error_messages={"empty": "The file is empty."},
    )  # fmt: skip
    cluster = words("Cluster", clusters.CLUSTER, "As prod-eu.")
    environment = words("Environment", deployments.ENVIRONMENT, "Whose deployments it should run.")
    unit = UnitField(
        queryset=BusinessUnit.objects.none(), label="Business unit", empty_label="Choose a unit",
        help_text="Deployments of models of this unit and below are looked for.",
    )  # fmt: skip

    def __init__(self, *args: Any, by: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_units(self, by)


class RegistryForm(forms.Form):
    """A registry to be read."""

    name = words("Name", registries.NAME, "As people know it.")
    base_url = words("Address", registries.URL, "Of its API, as https://mlflow.example.org")
    unit = UnitField(
        queryset=BusinessUnit.objects.none(), label="Business unit", empty_label="Choose a unit",
        help_text="Its models are registered here.",
    )  # fmt: skip
    name_filter = words("Only names that begin with", registries.FILTER, required=False)

    def __init__(self, *args: Any, by: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_units(self, by)


class RegistryEditForm(forms.Form):
    base_url = words("Address", registries.URL)
    name_filter = words("Only names that begin with", registries.FILTER, required=False)
    active = forms.BooleanField(label="Read it every quarter of an hour", required=False)


def offer_units(form: forms.Form, by: Actor) -> None:
    """The active units in which the reader may do it, by the same test as the service asks."""
    field = form.fields["unit"]
    if isinstance(field, UnitField):
        field.queryset = BusinessUnit.objects.filter(units_within(by, Action.REPORT_MODEL), active=True)
