"""What the form of a case is made of: an amount, a percentage, a choice of one among rows."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from core.values import amount_of
from core.wording import number as in_groups
from domain.kpi_figures import EXACT

NOT_AN_AMOUNT = "Write an amount as 500000, 500,000 or 500 000, with a dot before cents."
NEGATIVE = "Write it without a minus: what goes out stands among the costs."


class AmountField(forms.CharField):
    """Money, as people write and paste it; shown in groups of three. Empty: nobody said."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, *, signed: bool = False, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.signed = signed

    def prepare_value(self, value: Any) -> Any:
        return in_groups(value).replace("\u2212", "-") if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs say CharField's
        if value is None or isinstance(value, Decimal):
            return value
        if not str(value).strip():
            return None
        found = amount_of(str(value))
        if found is None:
            raise forms.ValidationError(NOT_AN_AMOUNT, code="invalid")
        if found < 0 and not self.signed:
            raise forms.ValidationError(NEGATIVE, code="negative")
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except forms.ValidationError:
            return True


def _short(value: Decimal) -> str:
    """Without padding zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class PlainField(forms.DecimalField):
    """A number, shown without padding zeros."""

    def prepare_value(self, value: Any) -> Any:
        return _short(value) if isinstance(value, Decimal) else value


class PercentField(forms.DecimalField):
    """A share or a rate, shown and typed in percent: 0.1 as 10."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {})
        kwargs["error_messages"].setdefault("invalid", "Write a percentage in figures, as 10 or 7.5.")
        super().__init__(max_digits=12, decimal_places=4, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal):
            return value
        return _short(EXACT.multiply(value, Decimal(100)))

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs say IntegerField's
        if isinstance(value, str):
            value = value.strip().removesuffix("%").strip()
            if not value.isascii() or "_" in value:
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        found: Decimal | None = super().to_python(value)
        return found

    def clean(self, value: Any) -> Decimal | None:
        found = super().clean(value)
        return None if found is None else EXACT.divide(found, Decimal(100))

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != initial)
        except forms.ValidationError:
            return True


class RowField(forms.TypedChoiceField):
    """One of several rows by its id, offered as choices read once for the whole form. Empty: none."""

    def __init__(self, *, choices: Sequence[tuple[Any, str]], empty: str, **kwargs: Any) -> None:
        super().__init__(
            choices=[("", empty), *choices], coerce=int, empty_value=None, required=False, **kwargs
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(data or "") != str(initial or "")


def plain_number(label: str, words: str = "", *, places: int = 4, **more: Any) -> PlainField:
    return PlainField(
        label=label, help_text=words, max_digits=12, decimal_places=places, min_value=0,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}), **more,
    )  # fmt: skip


def line(label: str, words: str = "") -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=300, help_text=words)
