"""Forms of pilots. They only shape; every rule is the service's."""

from decimal import Decimal
from typing import Any, Final

from django import forms

from core.choices import PersonField
from core.editing import OWN, VersionedForm
from core.inputs import DayInput
from pilots.models import Pilot, PilotExtension
from pilots.queries.facts import TRANSITION
from pilots.services.charter import COUNTS, MOST_DAYS, NONE_SAID, TEXTS
from pilots.services.extend import MOST_DAYS as MOST_EXTENSION

UNKNOWN, NONE, KNOWN = "unknown", "none", "known"
NEVER: Final = "Never recorded"
SAID: Final = {"decision_said": "no_decision_date", "owner_said": "no_production_owner", "plan_said": "no_transition_plan",
               "condition_said": "no_open_condition"}  # fmt: skip


def day(label: str, words: str = "") -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=DayInput, help_text=words)


def text(name: str, label: str, words: str = "", rows: int = 2) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(
        label=label, required=False, max_length=TEXTS[name], widget=widget, help_text=words
    )


def count(name: str, label: str, words: str = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=0, max_value=COUNTS[name], help_text=words
    )


def said(label: str, known: str, none: str) -> forms.ChoiceField:
    """Whether a fact is known, known to be missing, or was never recorded: three different answers."""
    choices = [(KNOWN, known), (NONE, none), (UNKNOWN, NEVER)]
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect)


def yes_no(label: str, words: str = "") -> forms.TypedChoiceField:
    """Yes, no, or never recorded."""
    return forms.TypedChoiceField(
        label=label, required=False, choices=[("yes", "Yes"), ("no", "No"), (UNKNOWN, NEVER)], widget=forms.RadioSelect,
        coerce=lambda code: {"yes": True, "no": False}.get(code), empty_value=None, help_text=words,
    )  # fmt: skip


class PilotForm(VersionedForm):
    """A pilot's charter and facts. An empty field is never recorded; that there is none is said by itself."""

    decision_said = said("Decision date", "Decide by the day below", "There is no decision date")
    decision_on = day("Decide by")
    deferrals = count(
        "deferrals", "Held or not decided at this gate", "How many times. Empty: never recorded."
    )
    condition_said = said(
        "Conditions of the approval", "The earliest open one is due on the day below", "No condition is open"
    )
    condition_due_on = day("Condition due on")
    condition_blocks = yes_no("Does it block when it is overdue?")
    hypotheses = text(
        "hypotheses", "Hypotheses", "What must turn out true for this to be worth scaling, one a line.", 4
    )
    planned_days = forms.IntegerField(
        label="Approved length, days", required=False, min_value=1, max_value=MOST_DAYS,
        help_text="As first approved. An extension does not change it.",
    )  # fmt: skip
    scope_units = text("scope_units", "Business units in scope")
    scope_sites = text("scope_sites", "Sites in scope")
    scope_users = text("scope_users", "Users in scope", "Who takes part, and how many.")
    scope_systems = text("scope_systems", "Systems in scope")
    units_count = count("units_count", "How many units")
    sites_count = count("sites_count", "How many sites")
    users_count = count("users_count", "How many users")
    systems_count = count("systems_count", "How many systems")
    sample = text("sample", "Sample", "As 400 claims in four teams.", 0)
    success_criteria_agreed = yes_no(
        "Baseline, target and stop threshold agreed before the start?", "No fires No success criteria (R07)."
    )
    stop_threshold = text("stop_threshold", "Stop threshold", "At what point it is stopped.", 0)
    success_measure_changes = count(
        "success_measure_changes", "Changes of success measure or target since the start",
        "Versions of the primary KPIs are counted by themselves; give a number only where there were more.",
    )  # fmt: skip
    criteria_met_on = day("Criteria met on", "Empty: the day all primary KPIs are achieved counts.")
    gate_requested_on = day("Next gate requested on")
    owner_said = said("Production owner", "The person below", "There is no production owner")
    production_owner = PersonField(required=False, label="Who takes it over", empty="Choose a person")
    plan_said = said("Transition plan", "What stands below", "There is no transition plan")
    transition_run_cost = forms.DecimalField(
        label="Run cost a year", required=False, min_value=0, max_digits=18, decimal_places=2
    )
    transition_integration = text("transition_integration", "Integration")
    transition_support = text("transition_support", "Support")
    transition_on = day("Handed over on")
    scope_change_percent = forms.DecimalField(
        label="Scope against the charter, percent", required=False, min_value=-100, max_value=99_900, max_digits=7,
        decimal_places=2, help_text="25 is a quarter more than the charter says, -10 a tenth less.",
    )  # fmt: skip
    scope_approved = yes_no("Is the present scope approved?")
    users_outside_charter = count(
        "users_outside_charter", "Live users outside the charter", "0 says there are none."
    )
    invited_users = count("invited_users", "Invited users")
    weekly_active_users = count("weekly_active_users", "Weekly active users")
    because = forms.CharField(
        label="Why", required=False, max_length=300,
        help_text="Needed to correct the approved length or to put a decision date off; both are the portfolio manager's.",
    )  # fmt: skip

    def __init__(self, *args: Any, record: Pilot, **kwargs: Any) -> None:
        kwargs.setdefault("initial", facts_of(record))
        super().__init__(*args, **kwargs)
        self.record = record
        owner = self.fields["production_owner"]
        if isinstance(owner, PersonField):
            owner.offer(record.production_owner)

    def built_with(self) -> dict[str, Any]:
        return {"record": self.record}

    def clean(self) -> dict[str, Any]:
        """A value typed beside "never recorded" is meant; beside "there is none" it contradicts."""
        data: dict[str, Any] = super().clean() or {}
        for name, denial in SAID.items():
            typed = [
                part
                for part in NONE_SAID[denial]
                if part in self.changed_data and data.get(part) not in (None, "")
            ]
            if typed and data.get(name) == UNKNOWN:
                data[name] = KNOWN
            elif typed and data.get(name) == NONE:
                self.add_error(typed[0], "Say what it is or that there is none, not both.")
            elif data.get(name) == KNOWN and not _any(data, NONE_SAID[denial]):
                self.add_error(NONE_SAID[denial][0], "Say what it is, or choose another answer above.")
        return data

    def facts(self) -> dict[str, Any]:
        """What the service takes."""
        given = {k: v for k, v in self.cleaned_data.items() if k not in {"because", *OWN, *SAID}}
        percent = given.pop("scope_change_percent")
        given["scope_change"] = None if percent is None else percent / 100
        for name, denial in SAID.items():
            answer = self.cleaned_data[name]
            given[denial] = answer == NONE
            if answer != KNOWN:
                given |= {part: "" if part in TEXTS else None for part in NONE_SAID[denial]}
        return given


def _any(data: dict[str, Any], names: tuple[str, ...]) -> bool:
    return any(data.get(name) not in (None, "") for name in names)


def facts_of(row: Pilot) -> dict[str, Any]:
    """The record as the form's initial values."""
    plain = [name for name in PilotForm.base_fields if hasattr(row, name) and name not in OWN]
    facts: dict[str, Any] = {name: getattr(row, name) for name in plain}
    for name in ("success_criteria_agreed", "scope_approved", "condition_blocks"):
        facts[name] = {True: "yes", False: "no", None: UNKNOWN}[facts[name]]
    facts["production_owner"] = row.production_owner_id
    facts["scope_change_percent"] = None if row.scope_change is None else _plain(row.scope_change * 100)
    parts = {"decision_said": ("decision_on",), "owner_said": ("production_owner_id",), "plan_said": TRANSITION,
             "condition_said": ("condition_due_on",)}  # fmt: skip
    for name, denial in SAID.items():
        known = any(getattr(row, part) not in (None, "") for part in parts[name])
        facts[name] = NONE if getattr(row, denial) else KNOWN if known else UNKNOWN
    facts["version"] = row.version
    return facts


def _plain(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01")).normalize() + 0


class ExtensionForm(VersionedForm):
    """A longer pilot, with its reason."""

    days = forms.IntegerField(label="Longer by, days", min_value=1, max_value=MOST_EXTENSION)
    reason_code = forms.ChoiceField(
        label="Reason", choices=[("", "Choose a reason"), *PilotExtension.REASONS],
        help_text="One reason given twice is a serial extension.",
    )  # fmt: skip
    note = forms.CharField(
        label="What happened", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed where the reason is other.",
    )  # fmt: skip
    evidence = forms.CharField(
        label="New evidence it brings", max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What is not known today and will be at its end.",
    )  # fmt: skip
    decision_changes = forms.DecimalField(
        label="How likely that changes the decision, %", min_value=0, max_value=100, max_digits=5,
        decimal_places=2, help_text="If nothing could change it, decide now.",
    )  # fmt: skip
    new_decision_on = day("New decision date", "Empty: the decision date stays as it is.")

    def facts(self) -> dict[str, Any]:
        given = {name: value for name, value in self.cleaned_data.items() if name not in OWN}
        return {**given, "decision_changes": given["decision_changes"] / 100}


def suggested(pilot: Pilot) -> dict[str, Any]:
    """What an extension form starts from."""
    detail: dict[str, Any] = pilot.remedy_detail if pilot.remedy == "extend_once" else {}
    return {"version": pilot.version, "days": detail.get("days", 30)}
