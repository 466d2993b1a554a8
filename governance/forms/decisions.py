"""Forms of decisions: the manager's motion, a reopening, and what is done of a condition."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.forms import BoundField

from core.choices import PersonField
from core.inputs import DayInput
from domain.autonomy import CODES, WORDS
from domain.charter import NEW_CHARTER
from domain.gates import Gate
from domain.motions import REASONS
from domain.stage_words import APPROVALS, ORDER, Body, Outcome, Stage
from governance.forms.charter import NewCharterFields
from governance.forms.gate import MOST_ROWS, ROWS, Row, condition_fields, condition_said
from pilots.models import Pilot
from portfolio.forms.records import text_area

_WORD: Final = {one.value: one.value.replace("_", " ").capitalize() for one in Outcome}
_REASONED: Final = {"stop_reason": Outcome.STOP, "extend_reason": Outcome.EXTEND}
NEEDED: Final = {
    "stop_reason": "for a stop", "lessons": "for a stop", "until": "for a hold or a pivot", "stage": "for a recycle",
    "rework": "for a recycle", "days": "for an extension or a pivot", "extend_reason": "for an extension",
    "charter": "for a pivot", "carry": "for a pivot", **dict.fromkeys(NEW_CHARTER, "for a pivot, or carried"), "evidence": "for an extension", "decision_changes": "for an extension",
}  # fmt: skip
"""Which outcome needs a field: a form of many outcomes does not call it optional."""
WHAT: Final = {
    "go": "It moves on to the next stage",
    "conditional_go": "It moves on, under the conditions listed below",
    "hold": "It waits where it is, until a day",
    "recycle": "It goes back to an earlier stage, for named rework",
    "pivot": "It stays, with a new charter, a length and a day by which it is decided",
    "extend": "It stays, for longer",
    "stop": "It ends; what was not released is returned",
}


class MotionForm(NewCharterFields, forms.Form):
    """One form for every outcome: what an outcome does not need stays empty."""

    outcome = forms.ChoiceField(widget=forms.RadioSelect)
    because = forms.CharField(
        max_length=1000, label="Why", widget=text_area(3), help_text="It stands in the log for ever."
    )
    until = forms.DateField(
        required=False,
        widget=DayInput,
        label="Until",
        help_text="Until when a hold waits; by which day a pilot with a new charter is decided.",
    )
    stage = forms.ChoiceField(required=False, label="Back to")
    rework = forms.CharField(
        required=False, max_length=1000, label="What is to be done again", widget=text_area(3)
    )
    charter = forms.CharField(
        required=False, max_length=1000, label="What is tried instead", widget=text_area(3)
    )
    days = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=365,
        label="Days",
        help_text="How much longer an extension runs; how long a new charter runs from now.",
    )
    evidence = forms.CharField(
        required=False, max_length=500, label="New evidence an extension brings", widget=text_area(2),
        help_text="What is not known today and will be at its end.",
    )  # fmt: skip
    decision_changes = forms.DecimalField(
        required=False, min_value=0, max_value=100, max_digits=5, decimal_places=2,
        label="How likely that changes the decision, %", help_text="If nothing could change it, decide now.",
    )  # fmt: skip
    stop_reason = forms.ChoiceField(required=False, label="Reason")
    extend_reason = forms.ChoiceField(required=False, label="Reason")
    lessons = forms.CharField(
        required=False, max_length=4000, label="What was learned", widget=text_area(4),
        help_text="Found again by whoever begins something alike.",
    )  # fmt: skip
    ceiling_users = forms.IntegerField(required=False, min_value=1, label="At most so many users")
    ceiling_sites = forms.IntegerField(required=False, min_value=1, label="At most so many sites")
    ceiling_spend = forms.DecimalField(
        required=False, min_value=1, max_digits=18, decimal_places=2, label="At most so much spend"
    )
    ceiling_level = forms.ChoiceField(
        required=False, label="Autonomy", choices=[("", "Not limited"), *((code, WORDS[one]) for code, one in CODES.items())]
    )  # fmt: skip
    ceiling_autonomy = forms.CharField(required=False, max_length=200, label="What that means here")
    lapses_on = forms.DateField(required=False, widget=DayInput, label="The approval lapses on")
    specialist = PersonField(
        required=False, empty="Nobody", help_text="Needed at tier 2. Somebody who agrees."
    )
    submission = forms.IntegerField(required=False, widget=forms.HiddenInput)
    after = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    rows = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, gate: Gate, pilot: Pilot | None, **kwargs: Any) -> None:
        """`pilot`: the one that may be extended or given a new charter."""
        super().__init__(*args, **kwargs)
        self.gate, self.pilot, self.piloted = gate, pilot, pilot is not None
        self.show_old_charter(pilot)
        for name, words in NEEDED.items():
            self.fields[name].needed = words  # type: ignore[attr-defined]
        left_out = {Outcome.NOT_DECIDED} if pilot else {Outcome.NOT_DECIDED, Outcome.PIVOT, Outcome.EXTEND}
        offered = [one for one in gate.outcomes if one not in left_out]
        self._offer(
            "outcome", ((one.value, f"{_WORD[one.value]}: {WHAT[one.value].lower()}") for one in offered)
        )
        earlier = ORDER[: ORDER.index(gate.from_stage)]
        self._offer("stage", [("", "Choose"), *((one.value, _stage(one)) for one in earlier)])
        for name, outcome in _REASONED.items():
            self._offer(name, [("", "Choose"), *REASONS[outcome].items()])
        self.count = _count(self.data.get("rows") if self.is_bound else self.initial.get("rows"))
        self.initial["rows"] = self.count
        for row in range(self.count):
            self.fields |= {f"condition-{row}-{name}": field for name, field in condition_fields().items()}

    def _offer(self, name: str, choices: Iterable[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = list(choices)

    def condition_rows(self) -> list[Row]:
        """The conditions as the page lays them out."""
        return [
            Row(row + 1, [self[f"condition-{row}-{name}"] for name in condition_fields()])
            for row in range(self.count)
        ]

    def asked(self, *names: str) -> list[BoundField]:
        return [self[name] for name in names]

    def motion(self) -> dict[str, Any]:
        """As `domain.motions.read_motion` reads it: what belongs to another outcome and was left filled is refused there."""
        said = self.cleaned_data
        out: dict[str, Any] = {
            name: said.get(name) or ""
            for name in ("outcome", "because", "rework", "charter", "lessons", "evidence")
        }
        out |= self.new_charter()
        out["reason_code"] = self._reason()
        out |= {"stage": said.get("stage") or None, "days": said.get("days")}
        out |= {
            name: None if said.get(name) is None else said[name].isoformat()
            for name in ("until", "lapses_on")
        }
        out["decision_changes"] = chance_of(said)
        spend = said.get("ceiling_spend")
        out["ceiling"] = {
            "users": said.get("ceiling_users"), "sites": said.get("ceiling_sites"),
            "spend": None if spend is None else f"{spend:f}", "level": said.get("ceiling_level") or "", "autonomy": said.get("ceiling_autonomy") or "",
        }  # fmt: skip
        rows = [condition_said(said, row) for row in range(self.count)]
        out["conditions"] = [row for row in rows if any(v not in (None, "", False) for v in row.values())]
        if said["outcome"] not in APPROVALS and not out["conditions"]:
            del out["conditions"]
        return out

    def _reason(self) -> str:
        """The one of the outcome; where another outcome's is chosen, that one, so that it is refused and not lost."""
        said = self.cleaned_data
        own = [name for name, outcome in _REASONED.items() if outcome.value == said["outcome"]]
        found = [said.get(name) or "" for name in (*own, *_REASONED)]
        return next((one for one in found if one), "")

    def body(self) -> Body:
        """Whose decision it is: with a named specialist, the manager's with one."""
        with_one = self.cleaned_data.get("specialist") is not None
        return Body.PORTFOLIO_MANAGER_WITH_SPECIALIST if with_one else Body.PORTFOLIO_MANAGER


class ReopenForm(forms.Form):
    """A stopped initiative taken up again."""

    stage = forms.ChoiceField(label="In which stage", choices=[(one.value, "") for one in ORDER[:-1]])
    because = forms.CharField(max_length=1000, label="What is different now", widget=text_area(3))
    specialist = PersonField(required=False, empty="Nobody", help_text="Needed at tier 2.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["stage"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(one.value, _stage(one)) for one in ORDER[:-1]]


class ActForm(forms.Form):
    """What is done of a condition, and why."""

    act = forms.ChoiceField(
        widget=forms.HiddenInput,
        choices=[
            (a, a) for a in ("evidence", "discharge", "refuse", "waive", "redate", "confirm", "decline")
        ],
    )
    because = forms.CharField(max_length=500, label="In words", widget=text_area(3))
    due_on = forms.DateField(required=False, widget=DayInput, label="New due date")


def chance_of(said: Mapping[str, Any]) -> str | None:
    """The chance of a form, given in percent, as a motion says it."""
    chance = said.get("decision_changes")
    return None if chance is None else f"{chance / 100:f}"


def _stage(one: Stage) -> str:
    return one.value.replace("_", "-").capitalize()


def _count(raw: Any) -> int:
    text = str(raw or "")
    return min(int(text), MOST_ROWS) if text.isascii() and text.isdigit() and len(text) < 4 else ROWS
