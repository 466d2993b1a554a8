"""Forms of KPIs. They only shape; every rule is the service's."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial
from secrets import token_hex
from typing import Any, Final

from django import forms

from core.choices import PersonField
from core.editing import VersionedForm
from domain.kpi import Reading
from kpis.models import Kpi, KpiVersion, Measurement
from kpis.services import limits
from kpis.services.define import TEXTS
from kpis.services.success import FIELDS as SUCCESS

TRY: Final = ("try_value", "try_on")
# Not part of a definition that judges, so they stay open when there are readings.
ALWAYS_OPEN: Final = ("baseline_source",)


class DayInput(forms.DateInput):
    """The browser's own date field, filled as ISO."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class CurveField(forms.CharField):
    """Points of the expected curve, one a line: share of the time, share of the way."""

    widget = forms.Textarea(attrs={"rows": 3, "placeholder": "0.50, 0.20"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(", ".join(point) for point in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[list[Decimal]]:  # type: ignore[override]
        lines = [line.strip() for line in str(value or "").splitlines() if line.strip()]
        try:
            points = [[Decimal(part.strip()) for part in line.replace(";", ",").split(",")] for line in lines]
        except InvalidOperation:
            points = [[]]
        if any(len(point) != 2 or not all(part.is_finite() for part in point) for point in points):
            raise forms.ValidationError(
                "Write each point on a line of its own, as 0.50, 0.20.", code="not_a_point"
            )
        return points

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data) != [[Decimal(part) for part in point] for point in initial or []]
        except forms.ValidationError:
            return True


def day(label: str, words: str = "", *, required: bool = False) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=DayInput, help_text=words)


class PlainNumber(forms.DecimalField):
    """A number in the digits 0 to 9, as the API takes it: no underscores, no other script's digits."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and (not value.strip().isascii() or "_" in value):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


def number(
    label: str, words: str = "", *, required: bool = False, places: int = limits.PLACES
) -> forms.DecimalField:
    return PlainNumber(
        label=label, required=required, max_digits=limits.WHOLE_DIGITS + limits.PLACES, decimal_places=places, help_text=words,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"invalid": "Write a number, as 5.8."},
    )  # fmt: skip


def share(label: str, words: str, initial: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=0, max_value=1, max_digits=7, decimal_places=6, help_text=words, initial=Decimal(initial),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip


def days(label: str, words: str, initial: int | None, least: int = 0) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=3_650,
        required=initial is not None,
        help_text=words,
        initial=initial,
    )


def text(name: str, label: str, words: str = "", rows: int = 0, *, required: bool = False) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(
        label=label, required=required, max_length=TEXTS[name], widget=widget, help_text=words
    )


class KpiForm(VersionedForm):
    """A KPI and what success is for it. `initial` is the record as it is; empty for a new one."""

    name = text(
        "name",
        "Name",
        "What is measured, in the words of the business: Median days to first claim decision.",
        required=True,
    )
    kind = forms.ChoiceField(
        choices=Kpi.Kind.choices, initial=Kpi.Kind.BUSINESS,
        help_text="A model metric is kept apart: a better model is not yet a better business. A guard is what must not get worse.",
    )  # fmt: skip
    primary = forms.BooleanField(
        required=False, label="It is a primary KPI",
        help_text="A primary KPI decides: when it is off track or missed, so is the initiative.",
    )  # fmt: skip
    weight = forms.DecimalField(
        max_digits=9, decimal_places=4, min_value=0, initial=Decimal(1),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text="Its share in the initiative's roll-up, against the weights of the others. 0 leaves it out.",
    )  # fmt: skip
    owner = PersonField(
        required=False, help_text="Who answers for the reading, and is asked when it is late."
    )
    unit_of_measure = text("unit_of_measure", "Unit", "As days, %, or claims a day.")
    definition = text("definition", "Definition", "So exact that two people measure the same.", 3)
    formula = text("formula", "Formula", "Where it is computed from other numbers.", 2)
    population = text("population", "Population", "Of whom or what: all motor claims of four pilot teams.")
    serves = forms.ModelChoiceField(
        queryset=Kpi.objects.none(), required=False, label="Serves", empty_label="No business KPI named",
        help_text="For a model metric: the business KPI that a better model moves.",
    )  # fmt: skip
    serves_because = text("serves_because", "Because", "Why a better model metric moves that KPI.", 2)

    shape = forms.ChoiceField(
        choices=[("trajectory", "Move from a baseline to a target by a date"), ("band", "Stay within a floor and a cap")],
        initial=KpiVersion.Shape.TRAJECTORY, widget=forms.RadioSelect, label="Kind of target",
    )  # fmt: skip
    direction = forms.ChoiceField(
        choices=KpiVersion.Direction.choices, initial=KpiVersion.Direction.HIGHER, widget=forms.RadioSelect,
        label="Which way is better",
    )  # fmt: skip
    baseline = number(
        "Baseline", "Where it stands before. Without one no progress can be claimed, even past the target."
    )
    baseline_on = day("Baseline date", "From this day on it is measured. Earlier readings do not count.")
    baseline_source = forms.CharField(
        label="Where the baseline comes from",
        required=False,
        max_length=200,
        help_text="As 4,812 claims, 1 Jan to 28 Feb 2026.",
    )
    target = number(
        "Target", "The value that is success. Equal to the baseline it is no way to go: use floor and cap."
    )
    target_on = day(
        "Target date", "By when. The outcome is frozen when the settling days after it have passed."
    )
    lower = number("Floor", "At least this. The value on the edge is inside.")
    upper = number("Cap", "At most this. Floor, cap, or both.")
    warn_margin = number(
        "Warn margin",
        "Closer than this to an edge is at risk. Empty: a share of the width, where both edges exist.",
    )
    warn_fraction = share(
        "Warn margin as a share of the width", "Counts only for a band with floor and cap.", "0.10"
    )
    required_compliance = share(
        "Periods to be held",
        "Share of the periods in which the band must be held to be achieved at closing.",
        "0.90",
    )
    cadence_days = days("Days between readings", "How often it is read.", 30, 1)
    stale_after_days = days(
        "Stale after days",
        "A reading older than this says nothing of today. Empty: one and a half times the rhythm.",
        None,
    )
    settle_days = days("Settling days", "Readings of these days after the target date still count.", 14)
    amber = share(
        "At risk beyond",
        "Points behind plan as a share: 0.10 is 10 points of the way. Exactly on it is still on track.",
        "0.10",
    )
    red = share("Off track beyond", "Exactly on it is still at risk.", "0.25")
    hysteresis = share(
        "Margin to get better",
        "A better status needs its boundary beaten by this much, so that it does not flicker.",
        "0.02",
    )
    confirm_worse = days("Readings that confirm worse", "1: a worse status is published at once.", 1, 1)
    curve = CurveField(
        required=False, label="Expected curve",
        help_text="Empty is a straight line. A back-loaded benefit is declared here, not argued later: share of the time, share of the way.",
    )  # fmt: skip
    try_value = number("Suppose it stands at", "Only for the preview; it is not recorded.")
    try_on = day("Supposed on")

    def __init__(
        self, *args: Any, record: Kpi | None = None, initiative_id: int, settled: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.record, self.initiative_id, self.settled = record, initiative_id, settled
        if record is None:
            del self.fields["version"]
        owner, serves = self.fields["owner"], self.fields["serves"]
        if record is not None and isinstance(owner, PersonField):
            owner.offer(record.owner)
        if isinstance(serves, forms.ModelChoiceField):
            others = Kpi.objects.filter(initiative=initiative_id).exclude(kind=Kpi.Kind.MODEL_METRIC)
            serves.queryset = (others.exclude(pk=record.pk) if record else others).order_by("name")
        if settled:
            for name in SUCCESS:
                self.fields[name].disabled = True

    def built_with(self) -> dict[str, Any]:
        return {"record": self.record, "initiative_id": self.initiative_id, "settled": self.settled}

    def success(self) -> dict[str, Any]:
        """The definition as typed, whole."""
        return {name: self.cleaned_data[name] for name in SUCCESS}

    def facts(self) -> dict[str, Any]:
        """What surrounds the definition, whole."""
        return {k: v for k, v in self.cleaned_data.items() if k not in {*SUCCESS, *TRY, "version"}}

    def changes(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """(facts, definition) that differ from the record."""
        changed = self.changed()
        facts = {k: v for k, v in changed.items() if k not in {*SUCCESS, *TRY}}
        return facts, {k: v for k, v in changed.items() if k in SUCCESS}

    def supposed(self) -> list[Reading]:
        """The reading to try, for the preview."""
        value, on = self.cleaned_data.get("try_value"), self.cleaned_data.get("try_on")
        return [] if value is None or on is None else [Reading(1, on, value)]


def facts_of(row: Kpi) -> dict[str, Any]:
    """The record as the form's initial values."""
    said: dict[str, Any] = {name: getattr(row, name) for name in (*TEXTS, "kind", "primary", "weight")}
    said |= {"owner": row.owner_id, "serves": row.serves_id, "version": row.version}
    if row.current is not None:
        said |= {name: getattr(row.current, name) for name in SUCCESS}
    return {name: plain(value) if isinstance(value, Decimal) else value for name, value in said.items()}


def plain(value: Decimal) -> Decimal:
    """Without padding zeros and without an exponent."""
    return limits.kept(value) or Decimal(0)


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
