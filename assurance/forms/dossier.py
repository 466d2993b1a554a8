"""Forms of a model's dossier: a section by its headings, and explanations brought from elsewhere."""

from typing import Any

from django import forms

from assurance.models import ModelVersion
from assurance.services.dossier import LONGEST
from assurance.services.explanations import DECISION, OUTCOME
from core.editing import OWN, VersionedForm
from domain.dossier import Section
from domain.errors import RuleError
from domain.explanations import parse_json
from governance.models import AiModel


class SectionForm(VersionedForm):
    """One text for each heading. `version` is one more than the number of the version it was filled from."""

    def __init__(self, *args: Any, section: Section, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section
        rows = 14 if len(section.parts) == 1 else 6
        for part in section.parts:
            self.fields[part.code] = forms.CharField(
                label=part.label, required=False, max_length=LONGEST, strip=False, help_text=part.hint,
                widget=forms.Textarea(attrs={"rows": rows}),
            )  # fmt: skip
        self.remember()

    def built_with(self) -> dict[str, Any]:
        return {"section": self.section}

    @property
    def follows(self) -> int:
        return self.expected_version - 1

    def parts(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if name not in OWN}


class _OfVersion(forms.Form):
    version = forms.ModelChoiceField(
        queryset=ModelVersion.objects.none(), required=False, label="Of version", empty_label="Not said"
    )

    def __init__(self, *args: Any, model: AiModel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["version"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = ModelVersion.objects.filter(model=model)


class ShapForm(_OfVersion):
    """A file of SHAP values."""

    file = forms.FileField(
        label="SHAP values", error_messages={"empty": "The file is empty."},
        help_text="CSV with the columns base, prediction and, if you like, decision; every other column is a feature. Or JSON. Up to 10 MB. Each row has to add up.",
    )  # fmt: skip


class LimeForm(_OfVersion):
    """LIME's list of one decision."""

    decision = forms.CharField(
        max_length=DECISION, label="Decision", help_text="The id by which the decision is known."
    )
    outcome = forms.CharField(max_length=OUTCOME, required=False, label="What was decided")
    items = forms.CharField(
        label="as_list(), as JSON", max_length=200_000, widget=forms.Textarea(attrs={"rows": 6, "class": "mono"}),
        help_text='Pairs of words and weight: [["age > 40", 0.25], ["income <= 3", -0.1]]',
    )  # fmt: skip

    def clean_items(self) -> Any:
        try:
            return parse_json(self.cleaned_data["items"])
        except RuleError as error:
            raise forms.ValidationError(error.message) from error
