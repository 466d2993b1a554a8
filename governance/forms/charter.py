"""The parts of a new charter as fields: each said anew, or named as carried from the old one, which is shown as the old one."""

from typing import Any

from django import forms

from domain.charter import NEW_CHARTER
from governance.queries.charter_words import LABELS
from pilots.models import Pilot
from pilots.services.charter import TEXTS


def _part(name: str) -> forms.CharField:
    return forms.CharField(required=False, max_length=TEXTS[name], label=LABELS[name])


class NewCharterFields(forms.Form):
    """Empty where the outcome is no pivot. The old values are offered to be carried, and never filled in by themselves."""

    carry = forms.MultipleChoiceField(
        required=False, label="Carried from the old charter", choices=list(LABELS.items()),
        widget=forms.CheckboxSelectMultiple, help_text="What is not ticked is said anew below.",
    )  # fmt: skip
    scope_units = _part("scope_units")
    scope_sites = _part("scope_sites")
    scope_users = _part("scope_users")
    scope_systems = _part("scope_systems")
    sample = _part("sample")
    stop_threshold = _part("stop_threshold")

    def show_old_charter(self, pilot: Pilot | None) -> None:
        """Beside each part what stands now, where it is known which pilot it is."""
        field = self.fields["carry"]
        if pilot is not None and isinstance(field, forms.MultipleChoiceField):
            field.choices = [
                (name, f"{label}: {getattr(pilot, name) or 'never recorded'}")
                for name, label in LABELS.items()
            ]

    def new_charter(self) -> dict[str, Any]:
        """As a motion says it: only what was said."""
        said: dict[str, Any] = {name: text for name in NEW_CHARTER if (text := self.cleaned_data.get(name))}
        return said | ({"carry": carried} if (carried := self.cleaned_data.get("carry")) else {})


def open_pilot(initiative_id: int | None) -> Pilot | None:
    """The running pilot whose charter stands. One statement."""
    if initiative_id is None:
        return None
    return Pilot.objects.filter(initiative=initiative_id, ended_on=None).first()
