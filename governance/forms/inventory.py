"""Forms of the model inventory. They only shape; every rule is the service's."""

from datetime import date
from typing import Any, Final

from django import forms
from django.db.models import Q, QuerySet

from core.access import Actor, scope
from core.choices import PeopleField, PersonField, RecordField, RecordsField, UnitField, active_people
from core.editing import OWN, VersionedForm
from core.inputs import DayInput
from core.models import BusinessUnit, User
from core.roles import Action
from domain.autonomy import WORDS
from governance.models import AiModel, ModelReview
from governance.models.inventory import DOSSIER
from governance.services.inventory import LINKS
from governance.services.model_values import MOST_DAYS, TEXTS, WORKING
from kpis.models import Kpi
from portfolio.models import Initiative
from portfolio.models.initiatives import TIERS

SECTION: Final = "section_"


def day(label: str, words: str = "") -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=DayInput, help_text=words)


def text(name: str, label: str, words: str = "", rows: int = 0, required: bool = False) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(
        label=label, required=required, max_length=TEXTS[name], widget=widget, help_text=words
    )


class InitiativesField(RecordsField):
    """Initiatives the reader may see, by name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.ref})"


class KpisField(RecordsField):
    """KPIs the reader may see, by name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.ref})"


class ModelsField(RecordsField):
    """Models the reader may see, by name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.ref})"


class ModelField(RecordField):
    """A model the reader may see."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.ref})"


class ModelForm(VersionedForm):
    """What is said of a model by hand. An empty field is never recorded. What its records write is not typed here."""

    name = text("name", "Name", "As people say it, so that they find it.", required=True)
    purpose = text("purpose", "Purpose", "What it decides or supports, for whom.", 3)
    unit = UnitField(queryset=BusinessUnit.objects.none(), label="Business unit", empty_label="Choose a unit")
    affected = text(
        "affected", "Users and affected people", "Who works with it, and whom its answers touch.", 2
    )
    initiatives = InitiativesField(
        queryset=Initiative.objects.none(), required=False, label="Serves",
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text="A model that serves neither an initiative nor a KPI is listed as having no business goal.",
    )  # fmt: skip
    kpis = KpisField(
        queryset=Kpi.objects.none(), required=False, initial=list, label="KPIs it serves", widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text="What it is meant to move.",
    )  # fmt: skip
    depends_on = ModelsField(
        queryset=AiModel.objects.none(), required=False, initial=list, label="Depends on", widget=forms.SelectMultiple(attrs={"size": 4}),
        help_text="Models whose output it works on. Where one is retired, this one is stale.",
    )  # fmt: skip
    contact = forms.EmailField(
        label="Contact", required=False, max_length=254, help_text="A team's mailbox. It answers for nothing."
    )
    owner = PersonField(
        required=False, help_text="An active person who answers for it. A mailbox is a contact."
    )
    validator = PersonField(required=False, help_text="Somebody else than owner and developer.")
    developers = PeopleField(
        queryset=User.objects.none(), required=False, initial=list, label="People who develop it",
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text="They review, validate and promote nothing of it, also after they are taken off.",
    )  # fmt: skip
    developer = text("developer", "Team or vendor who develops it")
    vendor = text("vendor", "Vendor")
    technique = forms.ChoiceField(
        choices=[("", "Never recorded"), *AiModel.Technique.choices], required=False, label="Technique"
    )
    autonomy = forms.TypedChoiceField(
        coerce=int, empty_value=None, required=False, label="Without a person it",
        choices=[("", "Never recorded"), *((one.value, words) for one, words in WORDS.items())],
        help_text="More than the approval of what it serves covers suspends that approval.",
    )  # fmt: skip
    stage = forms.ChoiceField(
        choices=[(code, label) for code, label in AiModel.Stage.choices if code in WORKING],
        initial="development",
    )
    in_production_since = day("In production since")
    next_review_on = day(
        "Next review", "The earlier of this day and the tier's cadence counts. It may come sooner, not later."
    )
    monitoring_cadence_days = forms.IntegerField(
        label="Monitoring data every, days", required=False, min_value=1, max_value=MOST_DAYS
    )
    fallback_plan = text("fallback_plan", "Fallback plan", "What people do when it is off.", 2)
    superseded_by = ModelField(
        queryset=AiModel.objects.none(), required=False, label="Superseded by", empty_label="Nothing"
    )
    superseded_on = day("Superseded on")
    decommission_criteria = text(
        "decommission_criteria", "Decommission criteria", "When it will be switched off.", 2
    )

    def __init__(self, *args: Any, actor: Actor, record: AiModel | None = None, **kwargs: Any) -> None:
        initiatives = Initiative.objects.visible_to(actor)
        if (
            record is not None
        ):  # before the form reads what it starts from: links out of sight are not offered
            seen = set(initiatives.filter(models=record).values_list("pk", flat=True))
            initial = kwargs.get("initial") or {}
            own = [pk for pk in initial.get("initiatives", ()) if pk in seen]
            told = set(_kpis(actor, record).filter(models=record).values_list("pk", flat=True))
            kpis = [pk for pk in initial.get("kpis", ()) if pk in told]
            offered = set(_upstream(actor, record).filter(feeds=record).values_list("pk", flat=True))
            upstream = [pk for pk in initial.get("depends_on", ()) if pk in offered]
            kwargs["initial"] = {**initial, "initiatives": own, "kpis": kpis, "depends_on": upstream}
        super().__init__(*args, **kwargs)
        self.actor, self.record = actor, record
        units = BusinessUnit.objects.filter(scope(actor, Action.CREATE_MODEL, BusinessUnit), active=True)
        models = AiModel.objects.visible_to(actor).exclude(stage=AiModel.Stage.RETIRED)
        developers = active_people()
        if record is None:
            self.for_a_new_record()
        else:
            units |= BusinessUnit.objects.filter(pk=record.unit_id)
            developers |= User.objects.filter(pk__in=record.developers.order_by().values("pk"))
            models = models.exclude(pk=record.pk) | AiModel.objects.filter(supersedes=record)
            for name, person in (("owner", record.owner), ("validator", record.validator)):
                field = self.fields[name]
                if isinstance(field, PersonField):
                    field.offer(person)
        for name, rows in (
            ("unit", units),
            ("initiatives", initiatives.order_by("name", "pk")),
            ("kpis", _kpis(actor, record).order_by("name", "pk")),
            ("depends_on", _upstream(actor, record).order_by("name", "pk")),
            ("superseded_by", models),
            ("developers", developers),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = rows
        for name in ("initiatives", "kpis"):
            self._say_when_none(name)

    def _say_when_none(self, name: str) -> None:
        """An owner may see none of what could be linked: the field says so, and whom to ask, instead of standing empty."""
        field = self.fields[name]
        rows = field.queryset if isinstance(field, forms.ModelMultipleChoiceField) else None
        if rows is not None and not rows.exists():
            field.widget.attrs["size"] = 1
            self[
                name
            ].help_text = "None is in your sight. What is linked stays; a portfolio manager links another."

    def built_with(self) -> dict[str, Any]:
        return {"actor": self.actor, "record": self.record}

    def facts(self) -> dict[str, Any]:
        """What a new record is made of: the fields somebody filled in."""
        given = {name: value for name, value in self._plain().items() if value not in (None, "")}
        return given | {name: list(self.cleaned_data[name]) for name in LINKS}

    def differing(self) -> dict[str, Any]:
        """What differs from the record, as the service takes it."""
        given = {name: value for name, value in self._plain().items() if name in self.changed_data}
        return given | {name: list(self.cleaned_data[name]) for name in LINKS if name in self.changed_data}

    def _plain(self) -> dict[str, Any]:
        left_out = (*OWN, *LINKS)
        return {name: value for name, value in self.cleaned_data.items() if name not in left_out}


class NewModelForm(ModelForm):
    """The same for a model that is registered: its tier may be given until its risk is assessed."""

    risk_tier = forms.TypedChoiceField(
        choices=[("", "Not assessed yet"), *TIERS], coerce=int, empty_value=None, required=False, label="Risk tier",
        help_text="Cadences of review, validation and fallback test follow it.",
    )  # fmt: skip


def _kpis(actor: Actor, record: AiModel | None) -> QuerySet[Kpi]:
    """What the form offers: KPIs in the reader's sight that are measured, and those linked already."""
    offered = ~Q(state=Kpi.State.RETIRED)
    if record is not None:
        offered |= Q(pk__in=record.kpis.order_by().values("pk"))
    return Kpi.objects.filter(scope(actor, Action.VIEW, Kpi), offered)


def _upstream(actor: Actor, record: AiModel | None) -> QuerySet[AiModel]:
    """What the form offers: other models in the reader's sight that are not retired, and those linked already."""
    offered = ~Q(stage=AiModel.Stage.RETIRED)
    if record is None:
        return AiModel.objects.visible_to(actor).filter(offered)
    offered |= Q(pk__in=record.depends_on.order_by().values("pk"))
    return AiModel.objects.visible_to(actor).filter(offered).exclude(pk=record.pk)


def facts_of(row: AiModel) -> dict[str, Any]:
    """The record as the form's initial values."""
    plain = [name for name in ModelForm.base_fields if hasattr(row, name) and name not in LINKS]
    facts: dict[str, Any] = {
        name: getattr(row, name) for name in plain if name not in OWN or name == "version"
    }
    for name in ("unit", "owner", "validator", "superseded_by"):
        facts[name] = getattr(row, f"{name}_id")
    facts |= {name: list(getattr(row, name).order_by().values_list("pk", flat=True)) for name in LINKS}
    return facts


class ReviewForm(VersionedForm):
    """A review the signed-in person held."""

    reviewed_on = forms.DateField(label="Reviewed on", widget=DayInput)
    outcome = forms.ChoiceField(choices=[("", "Choose an outcome"), *ModelReview.Outcome.choices])
    findings = forms.CharField(
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="What was looked at, and what was found.",
    )
    next_review_on = day("Next review", "Empty: by the cadence of its risk tier.")

    def facts(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in OWN}


class CorrectionForm(VersionedForm):
    """What a reviewer puts right. Filled with what stands; an empty day was never recorded."""

    because = forms.CharField(
        label="Why it is put right", max_length=2_000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What was wrong, and how you know. It is kept with the change.",
    )  # fmt: skip
    stage = forms.ChoiceField(
        choices=[(code, label) for code, label in AiModel.Stage.choices if code in WORKING]
    )
    in_production_since = day("In production since")
    next_review_on = day("Next review")
    monitoring_cadence_days = forms.IntegerField(
        label="Monitoring data every, days", required=False, min_value=1, max_value=MOST_DAYS
    )
    superseded_on = day("Superseded on", "Empty: nothing supersedes it.")
    last_validated_on = day("Last validated on")
    last_monitored_on = day("Last monitoring data")
    last_heartbeat_on = day("Last heartbeat of its deployment")
    fallback_tested_on = day("Fallback last tested on")
    attestation_due_on = day("Attestation due on")
    attested_on = day("Attested on")

    @property
    def sections(self) -> list[Any]:
        """The dossier's fields, in its order."""
        return [self[f"{SECTION}{code}"] for code in DOSSIER]

    def facts(self) -> dict[str, Any]:
        """What differs from the record, as the service takes it, with the reason."""
        changed = {name: value for name, value in self.changed().items() if not name.startswith(SECTION)}
        if any(name.startswith(SECTION) for name in self.changed_data):
            found = ((code, self.cleaned_data.get(f"{SECTION}{code}")) for code in DOSSIER)
            changed["dossier_sections"] = {code: on for code, on in found if on is not None}
        return {**changed, "because": self.cleaned_data["because"]}


CorrectionForm.base_fields.update({f"{SECTION}{code}": day(label) for code, label in DOSSIER.items()})


def standing_of(row: AiModel) -> dict[str, Any]:
    """What a correction starts from."""
    facts = {name: getattr(row, name) for name in CorrectionForm.base_fields if hasattr(row, name)}
    return facts | {f"{SECTION}{code}": date.fromisoformat(on) for code, on in row.dossier_sections.items()}


class RetireForm(VersionedForm):
    """Taking a model out of service."""

    because = forms.CharField(label="Why it is retired", max_length=300)
    retired_on = day("Retired on", "Empty: today.")
