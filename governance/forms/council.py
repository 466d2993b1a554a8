"""Forms of the council. They only shape; every rule is the service's."""

from datetime import datetime, timedelta
from typing import Any, Final

from django import forms

from core.access import Actor
from core.choices import PersonField, RecordField
from core.values import FIRST_DAY, LAST_DAY
from domain.council import Choice, offers_conditions
from domain.motions import KINDS, REASONS
from domain.stage_words import Outcome
from governance.forms.inventory import DayInput
from governance.models import AgendaItem, Dissent, Meeting
from governance.models.council_items import CHOICES
from portfolio.models import Initiative

HELP: Final = {
    Choice.WITH_CONDITIONS: "Whoever presides confirms the conditions after the vote",
    Choice.ABSTAIN: "Counts for quorum, not for the majority",
    Choice.RECUSE: "Only the chair may lift it, with a reason",
}
OUTCOMES: Final = [
    (one.value, one.value.replace("_", " ").capitalize())
    for one in Outcome
    if one not in {Outcome.NOT_DECIDED, Outcome.REOPEN}
]


class BallotForm(forms.Form):
    """The reader's ballot. `version`: of the one they change, empty for the first."""

    choice = forms.ChoiceField(
        choices=[*CHOICES, (Choice.RECUSE.value, "Recuse myself")],
        widget=forms.RadioSelect,
        label="Your vote",
    )
    reason = forms.CharField(
        required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}), label="Reason",
        help_text="Kept with your ballot. A statement can be added beside the result and is never edited.",
    )  # fmt: skip
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def options(self, item: AgendaItem) -> list[tuple[str, str, str, bool]]:
        """(code, label, help, chosen) of what this item offers."""
        said = self["choice"].value()
        offered = offers_conditions(Outcome(item.motion["outcome"]), item.gate)
        return [
            (code, label, HELP.get(Choice(code), ""), said == code)
            for code, label in [*CHOICES, (Choice.RECUSE.value, "Recuse myself")]
            if offered or code != Choice.WITH_CONDITIONS
        ]


class BecauseForm(forms.Form):
    because = forms.CharField(max_length=300, label="Why")


class AboveForm(forms.Form):
    """The word of the authority above the council."""

    carried = forms.TypedChoiceField(
        choices=[("yes", "Adopted"), ("no", "Not adopted")], coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        label="The motion is",
    )  # fmt: skip
    because = forms.CharField(max_length=300, label="Why")


class StatementForm(forms.Form):
    kind = forms.ChoiceField(choices=Dissent.Kind.choices)
    text = forms.CharField(
        max_length=4000, widget=forms.Textarea(attrs={"rows": 4}), label="What you would have on record"
    )


class ConditionForm(forms.Form):
    """One condition as whoever presided confirms it. Empty text: no further condition."""

    text = forms.CharField(max_length=500, required=False, label="Condition")
    kind = forms.ChoiceField(
        choices=[(one, one.replace("_", " ").capitalize()) for one in KINDS], required=False
    )
    blocking = forms.BooleanField(required=False, label="Blocking: overdue by a day suspends the approval")
    owner = PersonField(required=False)
    verifier = PersonField(required=False, help_text="Never the owner.")
    verification = forms.CharField(max_length=300, required=False, label="How it is verified")
    due_on = forms.DateField(required=False, widget=DayInput, label="Due")

    def as_motion(self) -> dict[str, Any] | None:
        given = self.cleaned_data
        if not given["text"]:
            return None
        return {
            "text": given["text"], "kind": given["kind"], "blocking": given["blocking"],
            "owner": given["owner"].pk if given["owner"] else 0,
            "verifier": given["verifier"].pk if given["verifier"] else 0,
            "verification": given["verification"], "due_on": given["due_on"].isoformat() if given["due_on"] else None,
        }  # fmt: skip


class MeetingForm(forms.Form):
    """A meeting or a written procedure, in the organisation's time."""

    kind = forms.ChoiceField(choices=Meeting.Kind.choices)
    begins_at = forms.DateTimeField(
        label="Begins", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    hours = forms.DecimalField(
        label="Hours", min_value=0, max_value=12, max_digits=3, decimal_places=1, required=False,
        help_text="Empty: two hours, or five working days of a written procedure.",
    )  # fmt: skip
    place = forms.CharField(max_length=200, required=False)

    def clean_begins_at(self) -> datetime:
        begins: datetime = self.cleaned_data["begins_at"]
        if not FIRST_DAY <= begins.date() <= LAST_DAY:
            raise forms.ValidationError("Write a day from 1900 to 2200.", code="out_of_range")
        return begins

    def facts(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        hours = given.pop("hours")
        if hours:
            given["ends_at"] = given["begins_at"] + timedelta(hours=float(hours))
        return given


class InitiativeField(RecordField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.ref})"


class MotionForm(forms.Form):
    """A motion for the agenda. What an outcome needs is said beside its field; an empty field is left out."""

    initiative = InitiativeField(queryset=Initiative.objects.none(), empty_label="Choose an initiative")
    outcome = forms.ChoiceField(choices=OUTCOMES, label="Motion")
    because = forms.CharField(
        max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), label="Why, in one or two sentences"
    )
    until = forms.DateField(required=False, widget=DayInput, label="Hold until")
    days = forms.IntegerField(required=False, min_value=1, max_value=365, label="Extend by days")
    stage = forms.ChoiceField(
        required=False, label="Recycle to",
        choices=[("", "No earlier stage"), ("idea", "Idea"), ("framing", "Framing"), ("development", "Development"),
                 ("pilot", "Pilot"), ("scale_up", "Scale-up")],
    )  # fmt: skip
    rework = forms.CharField(required=False, max_length=1000, label="What is done again")
    charter = forms.CharField(required=False, max_length=1000, label="What is tried instead (pivot)")
    reason_code = forms.ChoiceField(
        required=False, label="Reason of a stop or an extension",
        choices=[("", "None"), *((code, words) for one in REASONS.values() for code, words in one.items())],
    )  # fmt: skip
    lessons = forms.CharField(
        required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2}), label="Lessons of a stop"
    )
    minutes = forms.IntegerField(min_value=1, max_value=480, initial=15, label="Minutes planned")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["initiative"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = (
                Initiative.objects.visible_to(actor)
                .exclude(stage__in=["stopped", "retired", "unknown"])
                .order_by("name")
            )

    def motion(self) -> dict[str, Any]:
        given = self.cleaned_data
        names = ("outcome", "because", "days", "stage", "rework", "charter", "reason_code", "lessons")
        said = {name: given[name] for name in names if given[name] not in (None, "")}
        if given["until"]:
            said["until"] = given["until"].isoformat()
        return said


class SeatForm(forms.Form):
    """Who holds a seat, and until when."""

    holder = PersonField()
    until_on = forms.DateField(required=False, widget=DayInput, label="Until", help_text="Empty: two years.")


class DelegateForm(forms.Form):
    """Who votes in one's place at a meeting."""

    delegate = PersonField(help_text="Somebody with a role that votes, without a seat of their own.")
    meeting = forms.ModelChoiceField(queryset=Meeting.objects.none(), empty_label="Choose a meeting")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["meeting"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Meeting.objects.filter(state=Meeting.State.PLANNED).order_by("begins_at")


class ActionForm(forms.Form):
    """Something to be done after a meeting."""

    text = forms.CharField(max_length=300, label="What is to be done")
    owner = PersonField()
    due_on = forms.DateField(widget=DayInput, label="Due")
