"""The form of a gate, made from its definition: a field for each thing no record knows, and rows of proposed conditions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.forms import BoundField

from core.choices import PersonField
from core.editing import VersionedForm
from core.inputs import DayInput
from domain.gate_form import Field, Sort, fields_of
from domain.gates import Gate
from domain.motions import KINDS
from governance.models import Condition
from portfolio.forms.records import text_area

ROWS: Final = 3
MOST_ROWS: Final = 12
KIND_WORDS: Final = tuple((code, str(Condition.Kind(code).label)) for code in KINDS)
SHORT: Final = 300


class GateForm(VersionedForm):
    """Everything may stay empty until it is submitted. `gate`: whose definition makes the fields."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    # Longer than usual: a mark for each field of each row of conditions.
    base = forms.CharField(widget=forms.HiddenInput, required=False, max_length=12_000)
    rows = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=MOST_ROWS)

    def __init__(self, *args: Any, gate: Gate, **kwargs: Any) -> None:
        self.gate = gate
        super().__init__(*args, **kwargs)
        for one in fields_of(gate):
            self.fields[one.code] = _field(one)
        for row in range(self.count):
            for name, field in condition_fields().items():
                self.fields[f"condition-{row}-{name}"] = field
        self.initial["rows"] = self.count
        self.remember()

    @property
    def count(self) -> int:
        """How many rows of conditions are shown: those written, and always room for one more."""
        raw = self.data.get("rows") if self.is_bound else self.initial.get("rows")
        text = str(raw or "")
        return min(int(text), MOST_ROWS) if text.isascii() and text.isdigit() and len(text) < 4 else ROWS

    def built_with(self) -> dict[str, Any]:
        return {"gate": self.gate}

    def answers(self) -> dict[str, Any]:
        """What was typed, as the draft keeps it."""
        said = {one.code: _plain(self.cleaned_data.get(one.code)) for one in fields_of(self.gate)}
        said["conditions"] = [condition_said(self.cleaned_data, row) for row in range(self.count)]
        return said

    @property
    def ceiling(self) -> list[BoundField]:
        """What the approval would cover, and until when; none at gates that approve nothing to be used."""
        return [
            self[one.code] for one in fields_of(self.gate) if one.code.startswith(("ceiling_", "lapses_"))
        ]

    @property
    def report(self) -> list[BoundField]:
        """The questions a lead answers about their own work."""
        return [self[one.code] for one in fields_of(self.gate) if one.code.startswith("says_")]

    def condition_rows(self) -> list["Row"]:
        """The proposed conditions as the page lays them out."""
        return [
            Row(row + 1, [self[f"condition-{row}-{name}"] for name in condition_fields()])
            for row in range(self.count)
        ]


@dataclass(frozen=True, slots=True)
class Row:
    """One proposed condition on the page."""

    number: int
    fields: list[BoundField]

    @property
    def filled(self) -> bool:
        return any(field.value() not in (None, "", False) for field in self.fields)


def filled_from(answers: Mapping[str, Any], *, version: int) -> dict[str, Any]:
    """The initial values of the form from what the draft keeps."""
    rows = list(answers.get("conditions") or [])
    initial: dict[str, Any] = {code: value for code, value in answers.items() if code != "conditions"}
    for place, one in enumerate(rows):
        initial |= {f"condition-{place}-{name}": value for name, value in one.items()}
    return {**initial, "version": version, "rows": min(max(len(rows) + 1, ROWS), MOST_ROWS)}


def place_of(pointer: str) -> str:
    """The form's field for a pointer of the draft: `/conditions/0/text` -> `condition-0-text`."""
    parts = pointer.strip("/").split("/")
    if parts[0] == "conditions" and len(parts) == 3:
        return f"condition-{parts[1]}-{parts[2]}"
    if parts[0] == "answers" and len(parts) == 2:
        return parts[1]
    if parts[0] == "ceiling" and len(parts) == 2:
        return f"ceiling_{parts[1]}"
    return {"because": "ask"}.get(parts[0], parts[0])


def _field(one: Field) -> forms.Field:
    common: dict[str, Any] = {"label": one.label, "required": False, "help_text": one.hint}
    if one.sort is Sort.CHOICE:
        return forms.ChoiceField(choices=[("", "Choose"), *one.options], **common)
    if one.sort is Sort.DAY:
        return forms.DateField(widget=DayInput, **common)
    if one.sort is Sort.COUNT:
        return forms.CharField(widget=_number(), max_length=12, **common)
    if one.sort is Sort.MONEY:
        return forms.CharField(widget=_number("decimal"), max_length=24, **common)
    return forms.CharField(widget=text_area(2 if one.limit <= SHORT else 4), max_length=one.limit, **common)


def _number(mode: str = "numeric") -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": mode, "class": "num"})


def condition_fields() -> dict[str, forms.Field]:
    return {
        "text": forms.CharField(label="Condition", required=False, max_length=500, widget=text_area(2)),
        "kind": forms.ChoiceField(label="Type", required=False, choices=[("", "Choose"), *KIND_WORDS]),
        "due_on": forms.DateField(label="Due", required=False, widget=DayInput),
        "owner": PersonField(label="Owner", required=False, empty="Choose"),
        "verifier": PersonField(
            label="Verifier", required=False, empty="Choose", help_text="Not the owner."
        ),
        "verification": forms.CharField(label="How it is verified", required=False, max_length=300),
        "blocking": forms.BooleanField(
            label="Blocking", required=False, help_text="Suspended from the first day overdue."
        ),
    }  # fmt: skip


def condition_said(said: Mapping[str, Any], row: int) -> dict[str, Any]:
    """One row as it was typed, as JSON keeps it."""
    return {name: _plain(said.get(f"condition-{row}-{name}")) for name in condition_fields()}


def _plain(value: Any) -> Any:
    """A cleaned value as JSON keeps it."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if hasattr(value, "pk"):
        return value.pk
    return value.isoformat()
