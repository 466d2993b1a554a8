"""Forms of initiatives and objectives."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from core.access import Actor, scope
from core.choices import PersonField, UnitField
from core.editing import VersionedForm
from core.models import BusinessUnit, User
from core.roles import Action
from portfolio.models import Initiative, StrategicObjective
from portfolio.models.initiatives import TIERS
from portfolio.services.initiatives import IMPACTS, LIMITS


def text_area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class InitiativeForm(VersionedForm):
    """An initiative's facts. `initial` is the record as it is; empty for a new one."""

    name = forms.CharField(max_length=LIMITS["name"], help_text="As people say it, so that they find it.")
    unit = UnitField(queryset=BusinessUnit.objects.none(), label="Business unit", empty_label="Choose a unit")
    value_hypothesis = forms.CharField(
        max_length=LIMITS["value_hypothesis"], required=False, widget=text_area(2),
        help_text="One sentence: if we do this, who gains what, and why. Needed at gate G1.",
    )  # fmt: skip
    problem = forms.CharField(
        max_length=LIMITS["problem"], required=False, widget=text_area(4), label="Problem statement",
        help_text="What goes wrong today, how often, and what it costs.",
    )  # fmt: skip
    outcome = forms.CharField(
        max_length=LIMITS["outcome"], required=False, widget=text_area(4), label="Business outcome",
        help_text="What is different when it works, in the words of the business.",
    )  # fmt: skip
    objectives = forms.ModelMultipleChoiceField(
        queryset=StrategicObjective.objects.none(), required=False, label="Strategic objectives",
        widget=forms.CheckboxSelectMultiple, help_text="One without an objective is listed as unaligned.",
    )  # fmt: skip
    sponsor = PersonField(
        required=False, help_text="The executive accountable for the value. An active person."
    )
    no_sponsor = forms.BooleanField(
        required=False, label="Nobody sponsors it at present",
        help_text="Tick this only when you know there is none. Left empty, the record says never recorded.",
    )  # fmt: skip
    lead = PersonField(required=False, help_text="Who runs it.")
    risk_tier = forms.TypedChoiceField(
        choices=[("", "Not assessed yet"), *TIERS], coerce=int, empty_value=None, required=False
    )
    impact = forms.ChoiceField(
        choices=[("", "Not assessed yet"), *IMPACTS.items()], required=False, label="Impact on people"
    )
    planned_value = forms.DecimalField(
        max_digits=18, decimal_places=2, min_value=0, required=False, label="Planned value a year"
    )

    def __init__(self, *args: Any, actor: Actor, record: Initiative | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor, self.record = actor, record
        if record is None:
            self.for_a_new_record()
        units = BusinessUnit.objects.filter(scope(actor, Action.CREATE_INITIATIVE, BusinessUnit), active=True)
        aims = StrategicObjective.objects.filter(active=True)
        if record is not None:
            units |= BusinessUnit.objects.filter(pk=record.unit_id)
            aims |= StrategicObjective.objects.filter(pk__in=record.objectives.values("pk"))
            self._offer("sponsor", record.sponsor)
            self._offer("lead", record.lead)
        self._from("unit", units)
        self._from("objectives", aims.distinct())

    def built_with(self) -> dict[str, Any]:
        return {"actor": self.actor, "record": self.record}

    def facts(self) -> dict[str, Any]:
        """What a new record is made of: the fields somebody filled in."""
        filled = {name: value for name, value in self.cleaned_data.items() if value not in (None, "", False)}
        if "objectives" in filled and not filled["objectives"]:
            del filled["objectives"]
        return filled

    def _from(self, name: str, rows: QuerySet[Any]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = rows

    def _offer(self, name: str, person: User | None) -> None:
        field = self.fields[name]
        if isinstance(field, PersonField):
            field.offer(person)


def facts_of(row: Initiative) -> dict[str, Any]:
    """The record as the form's initial values."""
    return {
        "name": row.name, "unit": row.unit_id, "value_hypothesis": row.value_hypothesis, "problem": row.problem,
        "outcome": row.outcome, "objectives": [one.pk for one in row.objectives.all()], "sponsor": row.sponsor_id,
        "no_sponsor": row.sponsor_vacant_since is not None, "lead": row.lead_id, "risk_tier": str(row.risk_tier or ""),
        "impact": row.impact, "planned_value": row.planned_value, "version": row.version,
    }  # fmt: skip


class ObjectiveForm(VersionedForm):
    """A strategic objective."""

    name = forms.CharField(max_length=200)
    description = forms.CharField(max_length=20_000, required=False, widget=text_area(4))
    owner = PersonField(required=False)
    active = forms.BooleanField(
        required=False, initial=True, help_text="Off: new initiatives cannot choose it."
    )

    def __init__(self, *args: Any, record: StrategicObjective | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record = record
        if record is None:
            self.for_a_new_record()
        elif isinstance(field := self.fields["owner"], PersonField):
            field.offer(record.owner)

    def built_with(self) -> dict[str, Any]:
        return {"record": self.record}


class MemberForm(forms.Form):
    """Somebody to put on an initiative."""

    user = PersonField(label="Person", empty="Choose a person")
    function = forms.CharField(max_length=80, required=False, help_text="What they do here, as data science.")
