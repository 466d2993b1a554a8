"""Forms of readings, of the check-in, and of a KPI's state."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from secrets import token_hex
from typing import Any

from django import forms

from core.editing import VersionedForm
from core.inputs import DayInput
from kpis.forms.fields import day, number, plain
from kpis.models import Kpi, Measurement
from kpis.services import limits


class SentOnce(forms.Form):
    """A form with a key of its own: sent twice, by a double click or a reload, it is heard once."""

    key = forms.CharField(
        max_length=40, required=False, widget=forms.HiddenInput, initial=partial(token_hex, 12)
    )


class ReadingForm(SentOnce):
    """One reading."""

    observed_on = day(
        "Observed on", "The day the value is true of, not the day you write it down.", required=True
    )
    value = number("Value", required=True)
    note = forms.CharField(
        required=False,
        max_length=limits.NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What a reader should know.",
    )
    evidence = forms.CharField(
        required=False,
        max_length=limits.EVIDENCE,
        help_text="Where it can be checked: a report, a query, a link.",
    )


class CorrectionForm(ReadingForm):
    """Another reading in the place of one; it stays, struck through."""

    note = forms.CharField(
        label="Why it is corrected", max_length=limits.NOTE, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Both stay on the record; this reason stands beside them.",
    )  # fmt: skip


class WithdrawalForm(forms.Form):
    """A reading taken back."""

    note = forms.CharField(
        label="Why it is withdrawn", max_length=limits.NOTE, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The reading stays on the record, struck through; it counts no more.",
    )  # fmt: skip


class StateForm(VersionedForm):
    """Pause, resume or retire."""

    state = forms.ChoiceField(label="What is to happen", widget=forms.RadioSelect)
    until = day(
        "Paused until",
        "A pause has an end, else it is a hiding place. On the day after, the KPI is judged again.",
    )
    because = forms.CharField(
        label="Why",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It stands on the KPI's page.",
    )

    def __init__(self, *args: Any, offered: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = list(offered)
        field = self.fields["state"]
        if isinstance(field, forms.ChoiceField):
            field.choices = self.offered

    def built_with(self) -> dict[str, Any]:
        return {"offered": self.offered}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("state") == Kpi.State.PAUSED and data.get("until") is None and "until" not in self.errors:
            self.add_error("until", "Say until when. A pause has an end.")
        return data


class CheckInForm(SentOnce):
    """A row for each KPI of an initiative: a value or nothing."""

    def __init__(self, *args: Any, kpis: Sequence[Kpi], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kpis = list(kpis)
        for kpi in self.kpis:
            unit = f", {kpi.unit_of_measure}" if kpi.unit_of_measure else ""
            self.fields[f"value_{kpi.pk}"] = number(f"{kpi.name}: value{unit}")
            self.fields[f"observed_on_{kpi.pk}"] = forms.DateField(
                label=f"{kpi.name}: observed on", required=False, widget=DayInput, initial=today
            )
            self.fields[f"note_{kpi.pk}"] = forms.CharField(
                label=f"{kpi.name}: note", required=False, max_length=limits.NOTE
            )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        typed = [kpi for kpi in self.kpis if data.get(f"value_{kpi.pk}") is not None]
        for kpi in typed:
            if data.get(f"observed_on_{kpi.pk}") is None and f"observed_on_{kpi.pk}" not in self.errors:
                self.add_error(f"observed_on_{kpi.pk}", "Say on which day it stood there.")
        if not typed and not self.errors:
            raise forms.ValidationError("No value is filled in. Fill in at least one, or leave the page.")
        return data

    def readings(self) -> list[tuple[Kpi, Decimal, date, str]]:
        """What was filled in: (KPI, value, day, note)."""
        data = self.cleaned_data
        return [
            (kpi, data[f"value_{kpi.pk}"], data[f"observed_on_{kpi.pk}"], data[f"note_{kpi.pk}"])
            for kpi in self.kpis
            if data.get(f"value_{kpi.pk}") is not None
        ]


def reading_of(row: Measurement) -> dict[str, Any]:
    """A reading as the correction form's initial values."""
    value = None if row.value is None else plain(row.value)
    return {"observed_on": row.observed_on, "value": value, "evidence": row.evidence}
