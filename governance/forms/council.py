"""Forms of the council. They only shape; every rule is the service's."""

from datetime import datetime, timedelta
from typing import Any, Final

from django import forms

from core.access import Actor
from core.choices import PersonField, RecordField
from core.inputs import DayInput
from core.values import FIRST_DAY, LAST_DAY
from domain.charter import NEW_CHARTER
from domain.council import Choice, offers_conditions
from domain.council_conditions import Listed
from domain.motions import KINDS, REASONS
from domain.stage_words import Outcome
from governance.forms.charter import NewCharterFields
from governance.forms.decisions import chance_of
from governance.models import AgendaItem, Dissent, Meeting
from governance.models.council_items import CHOICES
from pilots.models import Pilot
from portfolio.models import Initiative

HELP: Final = {
    Choice.WITH_CONDITIONS: "Name them below, one on a line; whoever presides confirms them after the vote",
    Choice.ABSTAIN: "Counts for quorum, not for the majority",
    Choice.RECUSE: "Only the chair may lift it, with a reason",
}
OUTCOMES: Final = [
    (one.value, one.value.replace("_", " ").capitalize())
    for one in Outcome
    if one not in {Outcome.NOT_DECIDED, Outcome.WAIVE, Outcome.REDATE}
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
        offered = bool(item.motion) and offers_conditions(Outcome(item.motion["outcome"]), item.gate)
        return [
            (code, label, HELP.get(Choice(code), ""), said == code)
            for code, label in [*CHOICES, (Choice.RECUSE.value, "Recuse myself")]
            if offered or code != Choice.WITH_CONDITIONS
        ]


class BecauseForm(forms.Form):
    because = forms.CharField(max_length=300, label="Why")


class DeclareForm(forms.Form):
    """The reader's own interest."""

    because = forms.CharField(max_length=300, label="What your interest is")


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


class RecuseForm(forms.Form):
    """Another member who told an interest at the meeting."""

    user = PersonField(label="Member")
    because = forms.CharField(max_length=500, label="What their interest is, as they told it")


class LiftForm(forms.Form):
    recusal = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    because = forms.CharField(max_length=300, label="Why it is lifted")


COMPLETED: Final = {
    "kind": "Choose the type.", "owner": "Name who meets it.", "verifier": "Name who verifies it, never the owner.",
    "verification": "Say how it is verified.", "due_on": "Give the day it is due.",
}  # fmt: skip
"""What a condition that a ballot only named needs to be confirmed, and how its lack is said."""


class ConditionForm(forms.Form):
    """One condition that was voted on, confirmed or struck; of one that a ballot named, what it left open is completed.

    What it needs is required where it is confirmed. One that is struck needs nothing.
    """

    keep = forms.BooleanField(required=False, label="Confirm it")
    kind = forms.ChoiceField(
        choices=[("", "Choose"), *((one, one.replace("_", " ").capitalize()) for one in KINDS)], label="Type"
    )
    blocking = forms.BooleanField(required=False, label="Blocking: overdue by a day suspends the approval")
    owner = PersonField(empty="Choose a person")
    verifier = PersonField(empty="Choose a person", help_text="Never the owner.")
    verification = forms.CharField(max_length=300, label="How it is verified")
    due_on = forms.DateField(widget=DayInput, label="Due")
    field_order = ("keep", "blocking", "kind", "due_on", "owner", "verifier")  # in pairs, side by side

    def __init__(self, *args: Any, listed: Listed, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.listed = listed
        if listed.said is not None:
            for name in [name for name in self.fields if name != "keep"]:
                del self.fields[name]
        for name, words in COMPLETED.items():
            if name in self.fields:
                self.fields[name].error_messages["required"] = words

    def full_clean(self) -> None:
        asked = [self.fields[name] for name in COMPLETED if name in self.fields]
        kept = bool(self.data.get(self.add_prefix("keep")))
        for field in asked:
            field.required = kept
        super().full_clean()
        for field in asked:
            field.required = True  # and so it is shown, whatever was sent

    def as_motion(self) -> dict[str, Any] | None:
        given = self.cleaned_data
        if not given["keep"]:
            return None
        if self.listed.said is not None:
            return {"text": self.listed.text}
        return {
            "text": self.listed.text, "kind": given["kind"], "blocking": given["blocking"], "owner": given["owner"].pk,
            "verifier": given["verifier"].pk, "verification": given["verification"], "due_on": given["due_on"].isoformat(),
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


class ItemMotionForm(NewCharterFields, forms.Form):
    """A motion for an item. What an outcome needs is said beside its field; an empty field is left out."""

    outcome = forms.ChoiceField(choices=OUTCOMES, label="Motion")
    because = forms.CharField(
        max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), label="Why, in one or two sentences"
    )
    until = forms.DateField(required=False, widget=DayInput, label="Hold until, or a pivot decided by")
    days = forms.IntegerField(
        required=False, min_value=1, max_value=365, label="Extend by days, or days of a pivot from now"
    )
    stage = forms.ChoiceField(
        required=False, label="Recycle to, or reopen in",
        choices=[("", "No stage"), ("idea", "Idea"), ("framing", "Framing"), ("development", "Development"),
                 ("pilot", "Pilot"), ("scale_up", "Scale-up"), ("production", "Production")],
    )  # fmt: skip
    rework = forms.CharField(required=False, max_length=1000, label="What is done again")
    charter = forms.CharField(required=False, max_length=1000, label="What is tried instead (pivot)")
    reason_code = forms.ChoiceField(
        required=False, label="Reason of a stop or an extension",
        choices=[("", "None"), *((code, words) for one in REASONS.values() for code, words in one.items())],
    )  # fmt: skip
    evidence = forms.CharField(
        required=False, max_length=500, label="New evidence an extension brings", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What is not known today and will be at its end.",
    )  # fmt: skip
    decision_changes = forms.DecimalField(
        required=False, min_value=0, max_value=100, max_digits=5, decimal_places=2,
        label="How likely that changes the decision, %", help_text="If nothing could change it, decide now.",
    )  # fmt: skip
    lessons = forms.CharField(
        required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2}), label="Lessons of a stop"
    )

    field_order: tuple[str, ...] = (
        "outcome", "because", "until", "days", "stage", "rework", "charter", "carry", *NEW_CHARTER,
    )  # fmt: skip

    def __init__(self, *args: Any, pilot: Pilot | None = None, **kwargs: Any) -> None:
        """`pilot`: the running one whose charter a pivot would replace, where it is known which."""
        super().__init__(*args, **kwargs)
        self.show_old_charter(pilot)
        for name in ("carry", *NEW_CHARTER):
            self.fields[name].label = f"{self.fields[name].label} (pivot)"

    def motion(self) -> dict[str, Any]:
        given = self.cleaned_data
        names = (
            "outcome",
            "because",
            "days",
            "stage",
            "rework",
            "charter",
            "reason_code",
            "lessons",
            "evidence",
        )
        said = {name: given[name] for name in names if given[name] not in (None, "")} | self.new_charter()
        if given["until"]:
            said["until"] = given["until"].isoformat()
        if given["decision_changes"] is not None:
            said["decision_changes"] = chance_of(given)
        return said


class MotionForm(ItemMotionForm):
    """The same for an initiative that is to be put on the agenda."""

    initiative = InitiativeField(queryset=Initiative.objects.none(), empty_label="Choose an initiative")
    minutes = forms.IntegerField(min_value=1, max_value=480, initial=15, label="Minutes planned")
    field_order = ("initiative", *ItemMotionForm.field_order)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["initiative"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = (
                Initiative.objects.visible_to(actor)
                .exclude(stage__in=["retired", "unknown"])
                .order_by("name")
            )


class ConditionChangeForm(forms.Form):
    """A motion on one condition: set it aside, or a new due date."""

    outcome = forms.ChoiceField(
        label="Motion",
        choices=[(Outcome.WAIVE.value, "Set it aside"), (Outcome.REDATE.value, "Give it a new due date")],
    )
    because = forms.CharField(
        max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), label="Why, in one or two sentences"
    )
    due_on = forms.DateField(
        required=False, widget=DayInput, label="New due date",
        help_text="Empty where it is set aside. A second new date waits for the chair after the vote.",
    )  # fmt: skip

    def motion(self, condition: int) -> dict[str, Any]:
        given = self.cleaned_data
        said = {"outcome": given["outcome"], "because": given["because"], "condition": condition}
        return said | ({"due_on": given["due_on"].isoformat()} if given["due_on"] else {})


class ConditionMotionForm(ConditionChangeForm):
    """The same, for a condition that is to be put on an agenda."""

    meeting = forms.ModelChoiceField(queryset=Meeting.objects.none(), empty_label="Choose a meeting")
    minutes = forms.IntegerField(min_value=1, max_value=480, initial=10, label="Minutes planned")
    field_order = ("meeting",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["meeting"]
        if isinstance(field, forms.ModelChoiceField):
            coming = (Meeting.State.PLANNED, Meeting.State.IN_SESSION)
            field.queryset = Meeting.objects.filter(state__in=coming).order_by("begins_at")


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


class DoneForm(forms.Form):
    """What came of an action."""

    note = forms.CharField(max_length=500, label="What came of it")


class ActionForm(forms.Form):
    """Something to be done after a meeting."""

    text = forms.CharField(max_length=300, label="What is to be done")
    owner = PersonField()
    due_on = forms.DateField(widget=DayInput, label="Due")
