"""Forms of decisions on money: approve, release, hold, return."""

from typing import Any

from django import forms

from core.inputs import DayInput
from domain.finance.release import Awaited
from kpis.forms.actions import KpiField
from kpis.models import Kpi
from portfolio.forms.money import amount_field, ids
from portfolio.forms.records import text_area
from portfolio.models import FundingTranche, Initiative
from portfolio.services.tranches import BECAUSE, CONDITION


def _because() -> forms.CharField:
    return forms.CharField(
        max_length=BECAUSE, label="Why", widget=text_area(3), help_text="It stands in the decision, for ever."
    )


class TrancheForm(forms.Form):
    """Money approved, and what its release waits for."""

    amount = amount_field()
    approved_on = forms.DateField(widget=DayInput)
    because = _because()
    kpi = KpiField(
        queryset=Kpi.objects.none(), required=False, empty_label="None", label="KPI it waits for",
        help_text="It is not released while this KPI is off track, missed, or unknown.",
    )  # fmt: skip
    gate = forms.ChoiceField(
        choices=[("", "None"), *FundingTranche.Gate.choices],
        required=False,
        label="Gate it waits for",
        help_text="It is released after a go at this gate, and not while the approval is suspended.",
    )
    condition = forms.CharField(
        max_length=CONDITION, required=False, help_text="What else has to be true, in words."
    )
    ceiling = amount_field()
    note = forms.CharField(max_length=300, required=False)

    ceiling.required = False
    ceiling.help_text = (
        "What may be spent and committed in all once it is released. Empty: what was released by then."
    )

    def offer(self, initiative: Initiative) -> None:
        """Show the KPIs of this initiative."""
        field = self.fields["kpi"]
        if isinstance(field, KpiField):
            rows = Kpi.objects.filter(initiative=initiative).exclude(state=Kpi.State.RETIRED)
            field.queryset = rows.order_by("-primary", "name")

    def clean(self) -> dict[str, Any]:
        """The KPI as its id, as the service takes it."""
        return ids(self.cleaned_data, "kpi")


class ReleaseForm(forms.Form):
    """From when approved money may be spent, and why."""

    released_on = forms.DateField(widget=DayInput)
    because = _because()
    because_unknown = forms.CharField(
        max_length=BECAUSE, required=False, label="Why although nobody knows how its KPI stands", widget=text_area(2),
        help_text="Unknown is not green. Leave it empty, and it is refused.",
    )  # fmt: skip

    def ask(self, awaited: Awaited | None) -> None:
        """Ask about a KPI nobody can see only where there is one."""
        if awaited is None or awaited.known:
            del self.fields["because_unknown"]


class HoldForm(forms.Form):
    """Not now, and why."""

    held_on = forms.DateField(widget=DayInput)
    because = _because()


class ReturnForm(forms.Form):
    """What was approved is wanted no more."""

    returned_on = forms.DateField(widget=DayInput)
    because = _because()
