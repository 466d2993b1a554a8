"""Forms of data sources, their checks and integrations. They only shape; every rule is the service's."""

from functools import partial
from typing import Any, Final

from django import forms

from assurance.models import DataCheckResult, DataSource, Integration
from assurance.services.data_sources import TEXTS
from core import inputs
from core.access import Actor, scope
from core.acts import ActForm
from core.choices import PersonField, UnitField
from core.editing import VersionedForm
from core.inputs import DayInput
from core.models import BusinessUnit
from core.roles import Action
from domain.data_readiness import CHECKLIST, Answer
from governance.models import AiModel
from portfolio.models import Initiative

ANSWERS: Final = [
    (Answer.UNKNOWN.value, "Not answered"), (Answer.YES.value, "Yes"), (Answer.PARTLY.value, "Partly"),
    (Answer.NO.value, "No"), (Answer.NOT_APPLICABLE.value, "Does not apply"),
]  # fmt: skip
ITEM: Final = "item_"


words = partial(inputs.words, required=False)


class SourceForm(VersionedForm):
    """A source, and its audit of readiness."""

    name = words("Name", TEXTS["name"], "As people call it: Claims ledger.", required=True)
    system = words("System", TEXTS["system"])
    unit = UnitField(queryset=BusinessUnit.objects.none(), label="Business unit", empty_label="Choose a unit")
    owner = PersonField(required=False, label="Who answers for it")
    lineage = words("Where it comes from", TEXTS["lineage"], "Systems and steps on the way.", rows=3)
    quality = words("Quality", TEXTS["quality"], "What is known to be wrong or missing.", rows=3)
    personal = forms.ChoiceField(
        choices=DataSource.Personal.choices, label="Personal data", initial=DataSource.Personal.UNKNOWN
    )
    classification = forms.ChoiceField(
        required=False, choices=[("", "Never recorded"), *DataSource.Classification.choices]
    )
    legal_basis = words("Legal basis", TEXTS["legal_basis"], "On what ground it may be used for this.")
    assessment_url = words("Privacy assessment", TEXTS["assessment_url"], "Where it is kept.")
    assessed_on = forms.DateField(required=False, widget=DayInput, label="Assessed on")
    usable_until = forms.DateField(
        required=False, widget=DayInput, label="May be used until",
        help_text="The last day, by licence, consent or law. After it, models that rest on it are stale.",
    )  # fmt: skip
    update_days = forms.IntegerField(
        required=False, min_value=1, max_value=3_650, label="Renewed every so many days"
    )
    ai_models = forms.ModelMultipleChoiceField(
        queryset=AiModel.objects.none(), required=False, label="Models that rest on it"
    )
    initiatives = forms.ModelMultipleChoiceField(
        queryset=Initiative.objects.none(), required=False, label="Initiatives that need it"
    )
    audited_on = forms.DateField(required=False, widget=DayInput, label="Audited on")

    def __init__(self, *args: Any, actor: Actor, record: DataSource | None = None, **kwargs: Any) -> None:
        rows: dict[str, Any] = {
            "ai_models": AiModel.objects.visible_to(actor), "initiatives": Initiative.objects.visible_to(actor),
        }  # fmt: skip
        if (
            record is not None
        ):  # before the form reads what it starts from: links out of sight are not offered
            initial = kwargs.get("initial") or {}
            told = {name: set(seen.filter(data_sources=record).values_list("pk", flat=True)) for name, seen in rows.items()}  # fmt: skip
            seen = {name: [pk for pk in initial.get(name, ()) if pk in told[name]] for name in rows}
            kwargs["initial"] = {**initial, **seen}
        super().__init__(*args, **kwargs)
        self.actor, self.record = actor, record
        for code, label in CHECKLIST.items():
            self.fields[f"{ITEM}{code}"] = forms.ChoiceField(
                choices=ANSWERS, label=label, initial=Answer.UNKNOWN.value
            )
        if record is None:
            self.for_a_new_record()
        else:
            self.remember()
        fields: Any = self.fields
        units = BusinessUnit.objects.filter(active=True)
        at_home = scope(actor, Action.CREATE_MODEL, BusinessUnit)
        fields["unit"].queryset = units if record is not None else units.filter(at_home) | units.filter(scope(actor, Action.VIEW, BusinessUnit))  # fmt: skip
        for name, offered in rows.items():
            fields[name].queryset = offered.order_by("name")
        if record is not None:
            fields["owner"].offer(record.owner)

    def items(self) -> list[Any]:
        """The audit's fields, bound."""
        return [self[f"{ITEM}{code}"] for code in CHECKLIST]

    def facts(self, names: set[str] | None = None) -> dict[str, Any]:
        """What the service takes: all, or only the fields named (the checklist as a whole where one of its items is)."""
        data, out = self.cleaned_data, {}
        for name in self.fields:
            if (
                name.startswith(ITEM)
                or name in {"version", "base"}
                or (names is not None and name not in names)
            ):
                continue
            out[name] = list(data[name]) if name in {"ai_models", "initiatives"} else data[name]
        if names is None or any(name.startswith(ITEM) for name in names):
            out["checklist"] = {code: data[f"{ITEM}{code}"] for code in CHECKLIST}
        return out

    def built_with(self) -> dict[str, Any]:
        return {"actor": self.actor, "record": self.record}


def facts_of(row: DataSource) -> dict[str, Any]:
    """A source as the form's initial values."""
    plain = (
        "name", "system", "lineage", "quality", "personal", "classification", "legal_basis", "assessment_url", "assessed_on",
        "usable_until", "update_days", "audited_on", "version",
    )  # fmt: skip
    linked = {name: [one.pk for one in getattr(row, name).all()] for name in ("ai_models", "initiatives")}
    items = {f"{ITEM}{code}": row.checklist.get(code, Answer.UNKNOWN.value) for code in CHECKLIST}
    told = {name: getattr(row, name) for name in plain}
    return {**told, "unit": row.unit_id, "owner": row.owner_id, **linked, **items}


class CheckForm(ActForm):
    name = words("Check", 200, "As: rows arrive, no duplicate claim numbers.", required=True)
    interval_days = forms.IntegerField(
        min_value=1, max_value=3_650, label="A result every so many days", help_text="A day later without one is silence, and flagged."
    )  # fmt: skip


class ResultForm(ActForm):
    ran_on = forms.DateField(widget=DayInput, label="Ran on")
    outcome = forms.ChoiceField(choices=DataCheckResult.Outcome.choices, widget=forms.RadioSelect)
    rows = forms.IntegerField(required=False, min_value=0, label="Rows looked at")
    rows_failed = forms.IntegerField(required=False, min_value=0, label="Rows that failed")
    detail = words("What was found", 500)


class EndForm(ActForm):
    because = words("Why", 300, rows=2, required=True)


class IntegrationForm(ActForm):
    system = words("System", 200, "As: the policy system, SAP, the depot's sensors.", required=True)
    kind = forms.ChoiceField(choices=Integration.Kind.choices)
    owner = PersonField(required=False, label="Who answers for the join")
    status = forms.ChoiceField(choices=Integration.Status.choices)
    note = words("Note", 500, rows=2)
