"""The form of a planned pilot: charter and transition plan in one. It only shapes; every rule is the service's."""

from typing import Any, Final

from django import forms

from core.choices import PersonField
from core.editing import OWN, VersionedForm
from pilots.forms.pilot import count, day, text
from pilots.models import PilotPlan
from pilots.services.plan import PLANNED

SCOPE: Final = (
    "scope_units", "units_count", "scope_sites", "sites_count", "scope_users", "users_count", "scope_systems", "systems_count",
)  # fmt: skip
DAYS: Final = ("starts_on", "ends_on", "decision_on")


class PlanForm(VersionedForm):
    """Everything may stay empty until the gate is asked for. `record`: the plan, None where nothing is written yet."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    hypotheses = text(
        "hypotheses", "Hypotheses", "What must turn out true for this to be worth scaling, one a line.", 4
    )
    sample = text("sample", "Sample", "As 400 claims in four teams.", 0)
    stop_threshold = text("stop_threshold", "Stop threshold", "At what point it is stopped.", 0)
    starts_on = day("Starts on")
    ends_on = day("Ends on", "The days between are the length that is approved.")
    decision_on = day("Decided by")
    scope_units = text("scope_units", "Business units in scope", "", 0)
    units_count = count("units_count", "How many units")
    scope_sites = text("scope_sites", "Sites in scope", "", 0)
    sites_count = count("sites_count", "How many sites")
    scope_users = text("scope_users", "Users in scope", "Who takes part.", 0)
    users_count = count("users_count", "How many users")
    scope_systems = text("scope_systems", "Systems in scope", "", 0)
    systems_count = count("systems_count", "How many systems")
    production_owner = PersonField(required=False, label="Production owner", empty="Choose a person")
    transition_run_cost = forms.DecimalField(
        label="Run cost a year", required=False, min_value=0, max_digits=18, decimal_places=2
    )
    transition_integration = text("transition_integration", "Integration")
    transition_support = text("transition_support", "Support")
    transition_on = day("Handed over on")

    def __init__(self, *args: Any, record: PilotPlan | None, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _said(record))
        super().__init__(*args, **kwargs)
        self.record = record
        owner = self.fields["production_owner"]
        if record is not None and isinstance(owner, PersonField):
            owner.offer(record.production_owner)

    def built_with(self) -> dict[str, Any]:
        return {"record": self.record}

    def facts(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: value for name, value in self.cleaned_data.items() if name not in OWN}

    @property
    def scope(self) -> list[forms.BoundField]:
        return [self[name] for name in SCOPE]

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[name] for name in DAYS]


def _said(row: PilotPlan | None) -> dict[str, Any]:
    if row is None:
        return {"version": 0}
    return {
        **{name: getattr(row, name) for name in PLANNED}, "production_owner": row.production_owner_id, "version": row.version,
    }  # fmt: skip
