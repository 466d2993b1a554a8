"""Fields of forms as every room writes them: a day in the browser's own field, words of a length."""

from typing import Any

from django import forms


class DayInput(forms.DateInput):
    """The browser's own date field, filled as ISO."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def day(label: str, words: str = "", *, required: bool = True) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=DayInput, help_text=words)


def words(label: str, limit: int, said: str = "", *, rows: int = 0, required: bool = True) -> forms.CharField:
    """Words of at most `limit` characters: one line, or `rows` of them."""
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(label=label, max_length=limit, required=required, widget=widget, help_text=said)


class SometimesField(forms.CharField):
    """A text that some answers need and others do not. It is not called optional; its help says when it is needed."""

    sometimes = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
