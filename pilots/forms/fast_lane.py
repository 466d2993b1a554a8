"""Forms of the fast lane: what it promises, and a release of it."""

from typing import Any, Final

from django import forms

from core import inputs
from pilots.forms.parts import ActForm
from pilots.services import fast_lane

BETTER: Final = [("higher", "A higher figure is better"), ("lower", "A lower figure is better")]


def _figure(label: str, said: str) -> forms.DecimalField:
    return forms.DecimalField(label=label, required=False, max_digits=18, decimal_places=4, help_text=said)


class PromiseFields(forms.Form):
    """What is promised. It stands once said."""

    days = forms.IntegerField(
        label="Days to the first release", min_value=1, max_value=365,
        help_text="From the start of the pilot. The time box is not moved afterwards.",
    )  # fmt: skip
    simplest = inputs.words(
        "The simplest thing that could work",
        fast_lane.PROMISE,
        "The simple model or baseline it begins with.",
        rows=2,
    )
    kept_simple = inputs.words(
        "Left out on purpose", fast_lane.PROMISE, "What waits for a later iteration.", rows=2
    )
    proves = inputs.words(
        "Infrastructure it proves", fast_lane.PROMISE, "From data to the person who uses it.", rows=2
    )
    measure = inputs.words(
        "What is measured", fast_lane.MEASURE, "With its unit, as: claims routed right first time, %."
    )
    benchmark = _figure("Benchmark", "That figure without it. Empty: nobody measured it.")
    better = forms.ChoiceField(label="Better is", choices=BETTER, widget=forms.RadioSelect, initial="higher")

    def promise(self) -> fast_lane.Promise:
        said: dict[str, Any] = {name: self.cleaned_data[name] for name in PromiseFields.base_fields}
        return fast_lane.Promise(higher_is_better=said.pop("better") == "higher", **said)


class PromiseForm(PromiseFields, ActForm):
    """The same, on the page of a running pilot."""


class IterationForm(ActForm):
    released_on = inputs.day("Released on")
    changed = inputs.words("What changed", fast_lane.TEXT, rows=2)
    measured = _figure("Measured", "In the unit of the benchmark. Empty: it was not measured.")
    learned = inputs.words("What was learned", fast_lane.TEXT, rows=2)
