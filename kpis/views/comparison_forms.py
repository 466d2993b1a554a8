"""Forms of comparisons. They only shape; every rule is the service's."""

from typing import Any

from django import forms

from core.inputs import DayInput
from domain.experiment_looks import ARMS, PAIRS, Look
from kpis.forms import SentOnce
from kpis.models import Comparison
from kpis.services.comparisons import TEXTS
from kpis.services.look_rows import MOST_BYTES


def whole(label: str, words: str = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=0, max_value=2**53, help_text=words,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": "Write a whole number, as 460."},
    )  # fmt: skip


class ComparisonForm(SentOnce):
    """A new comparison. Its counts come as looks."""

    name = forms.CharField(
        max_length=TEXTS["name"], help_text="What is compared: Triage by model against triage by rules."
    )
    design = forms.ChoiceField(choices=Comparison.Design.choices, widget=forms.RadioSelect, label="Kind")
    arm_1 = forms.CharField(
        label="Arm 1", max_length=TEXTS["arm_1"], help_text="The control, the champion, or the simple model."
    )
    arm_2 = forms.CharField(label="Arm 2", max_length=TEXTS["arm_2"], help_text="What is tried against it.")
    paired = forms.BooleanField(
        required=False, label="Both arms judge the same cases",
        help_text="Then only the cases they judge differently say anything.",
    )  # fmt: skip
    started_on = forms.DateField(label="Started on", required=False, widget=DayInput)
    ended_on = forms.DateField(
        label="Planned end", required=False, widget=DayInput,
        help_text="The day on which its result is to be looked at. Looks before it are told beside the result.",
    )  # fmt: skip
    planned_sample = whole(
        "Planned cases in each arm", "Said before the first case. Pairs, where the arms share them."
    )
    note = forms.CharField(required=False, max_length=TEXTS["note"], widget=forms.Textarea(attrs={"rows": 2}))


class LookForm(forms.Form):
    """One look typed in, or many pasted or uploaded as CSV."""

    looked_on = forms.DateField(label="Counted up to", required=False, widget=DayInput)
    rows = forms.CharField(
        label="Paste rows", required=False, max_length=MOST_BYTES, strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
    )  # fmt: skip
    file = forms.FileField(
        label="Or a CSV file", required=False, help_text="The same columns, UTF-8, up to 500 kB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt"}),
        error_messages={"empty": "The file is empty. Choose another."},
    )  # fmt: skip

    def __init__(self, *args: Any, comparison: Comparison, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.comparison = comparison
        one, two = comparison.arm_1, comparison.arm_2
        labels = (
            {"only_1": f"Right: only {one}", "both": "Right: both", "only_2": f"Right: only {two}", "neither": "Right: neither"}
            if comparison.paired
            else {"successes_1": f"{one}: successes", "trials_1": f"{one}: cases", "successes_2": f"{two}: successes",
                  "trials_2": f"{two}: cases"}
        )  # fmt: skip
        self.counts = tuple(labels)
        for name, label in labels.items():
            self.fields[name] = whole(label)
        columns = ", ".join(("looked_on", *self.counts))
        other = "" if comparison.paired else " Or, a line for each arm: looked_on, arm, successes, trials."
        self.fields["rows"].help_text = f"First line: {columns}.{other}"

    def typed(self) -> list[Any]:
        """The counts' fields, bound, in the order of the record."""
        return [self[name] for name in self.counts]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        ways = [bool(data.get("rows", "").strip()), bool(data.get("file")), self._typed_in(data)]
        if sum(ways) > 1:
            raise forms.ValidationError("Type one look, paste rows, or choose a file: one of the three.")
        if not any(ways) and not self.errors:
            raise forms.ValidationError("Nothing is filled in. Type a look, paste rows, or choose a file.")
        if ways[2] and data.get("looked_on") is None and "looked_on" not in self.errors:
            self.add_error("looked_on", "Say up to which day it was counted.")
        return data

    def _typed_in(self, data: dict[str, Any]) -> bool:
        return any(data.get(name) is not None for name in self.counts) or any(
            name in self.errors for name in self.counts
        )

    def one_look(self) -> Look:
        data = self.cleaned_data
        one, of_one, two, of_two = (data[name] for name in (PAIRS if self.comparison.paired else ARMS))
        return Look(data["looked_on"], (one, of_one, two, of_two))
