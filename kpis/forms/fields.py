"""What forms of this room are made of: a day, a number, a share, a percentage, points of a curve."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from core.inputs import DayInput
from domain.kpi_figures import EXACT
from kpis.services import limits
from kpis.services.facts import TEXTS


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

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs say IntegerField's
        if isinstance(value, str) and (not value.strip().isascii() or "_" in value):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        found: Decimal | None = super().to_python(value)
        return found


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


class PercentField(forms.DecimalField):
    """A share, shown and typed in percent: -0.3 as -30."""

    def prepare_value(self, value: Any) -> Any:
        return plain(EXACT.multiply(value, Decimal(100))) if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        found = super().clean(value)
        return None if found is None else EXACT.divide(found, Decimal(100))

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != initial)
        except forms.ValidationError:
            return True


def percent(label: str, words: str = "") -> PercentField:
    return PercentField(
        label=label, required=False, max_digits=14, decimal_places=4, help_text=words,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"invalid": "Write a number, as -30."},
    )  # fmt: skip


def line(
    label: str, limit: int, words: str = "", rows: int = 0, *, required: bool = False
) -> forms.CharField:
    """A text of at most so many characters, in one line or in `rows`."""
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(label=label, required=required, max_length=limit, widget=widget, help_text=words)


def plain(value: Decimal) -> Decimal:
    """Without padding zeros and without an exponent."""
    return limits.kept(value) or Decimal(0)
