"""Forms of data needs and workshops. They only shape; every rule is the service's."""

from typing import Any, Final

from django import forms

from core.choices import PersonField, RecordsField
from core.editing import VersionedForm
from core.inputs import DayInput
from kpis.models import DataNeed, Kpi
from kpis.services.data_needs import TEXTS
from kpis.services.workshops import NAME, NOTES, ROLES, Attendee

PLACES: Final = 8


class KpisField(RecordsField):
    """KPIs of one initiative, by name."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Kpi.objects.none(), required=False, label="KPIs", **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.ref})"


def offer(field: forms.Field, initiative_id: int) -> None:
    if isinstance(field, forms.ModelMultipleChoiceField):
        field.queryset = Kpi.objects.filter(initiative=initiative_id).order_by("name")


class DataNeedForm(VersionedForm):
    """Data an initiative needs."""

    name = forms.CharField(max_length=TEXTS["name"], help_text="What the data is: Claim events since 2023.")
    system = forms.CharField(
        max_length=TEXTS["system"],
        required=False,
        help_text="Where it lies: the claims system, the data platform.",
    )
    owner = PersonField(required=False, help_text="Who answers for it and can give it.")
    available = forms.ChoiceField(
        choices=DataNeed.Availability.choices, initial="unknown", label="Is it there"
    )
    kpis = KpisField(
        help_text="Those that cannot be measured or reached without it. Without one it is listed as unlinked."
    )
    note = forms.CharField(required=False, max_length=TEXTS["note"], widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, initiative_id: int, record: DataNeed | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initiative_id, self.record = initiative_id, record
        offer(self.fields["kpis"], initiative_id)
        owner = self.fields["owner"]
        if record is None:
            self.for_a_new_record()
        elif isinstance(owner, PersonField):
            owner.offer(record.owner)

    def built_with(self) -> dict[str, Any]:
        return {"initiative_id": self.initiative_id, "record": self.record}


class WorkshopForm(forms.Form):
    """A workshop that was held: its day, up to eight people, the KPIs agreed."""

    held_on = forms.DateField(label="Held on", widget=DayInput)
    kpis = KpisField(help_text="Those that were agreed there.")
    notes = forms.CharField(
        required=False, max_length=NOTES, widget=forms.Textarea(attrs={"rows": 4}), help_text="What was agreed, and who dissented."
    )  # fmt: skip

    def __init__(self, *args: Any, initiative_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self.fields["kpis"], initiative_id)
        for place in range(PLACES):
            self.fields[f"name_{place}"] = forms.CharField(
                label=f"Person {place + 1}", required=False, max_length=NAME
            )
            self.fields[f"role_{place}"] = forms.ChoiceField(
                label=f"Role of person {place + 1}",
                required=False,
                choices=[("", "Choose a role"), *ROLES.items()],
            )

    def people(self) -> list[tuple[Any, Any]]:
        """The fields of each place: name and role, bound."""
        return [(self[f"name_{place}"], self[f"role_{place}"]) for place in range(PLACES)]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for place in range(PLACES):
            name, role = data.get(f"name_{place}"), data.get(f"role_{place}")
            if name and not role:
                self.add_error(f"role_{place}", "Choose the role.")
            if role and not name:
                self.add_error(f"name_{place}", "Say who.")
        return data

    def attendees(self) -> list[Attendee]:
        data = self.cleaned_data
        named = [place for place in range(PLACES) if data[f"name_{place}"]]
        return [Attendee(data[f"role_{place}"], data[f"name_{place}"]) for place in named]
