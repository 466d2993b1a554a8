"""Forms of what stands in a pilot's file: one short form for each act. `row`: what it is about, where it is about one."""

from datetime import timedelta
from functools import partial
from typing import Any

from django import forms

from core import acts, inputs
from core.choices import PersonField, UnitField
from core.models import BusinessUnit
from domain.likeness import ANSWERS, ITEMS
from kpis.models import Kpi
from pilots.models import ChangeItem, Hypothesis, LogEntry, Pilot, Wave
from pilots.services import log, rollout, use

day, words = inputs.day, partial(inputs.words, rows=2)


def counted(label: str, said: str = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=0, max_value=2_000_000_000, help_text=said
    )


class ActForm(acts.ActForm):
    """A form about one pilot."""

    @property
    def pilot(self) -> Pilot:
        found: Pilot = self.asked.subject
        return found


class HypothesisForm(ActForm):
    answer = forms.ChoiceField(
        choices=Hypothesis.Answer.choices, label="What the pilot showed", widget=forms.RadioSelect
    )
    evidence = words("From what that is known", 500)
    kpi = forms.ModelChoiceField(
        queryset=Kpi.objects.none(), required=False, label="KPI that shows it", empty_label="None"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kpi"].queryset = Kpi.objects.filter(initiative=self.pilot.initiative_id)  # type: ignore[attr-defined]


class WaveForm(ActForm):
    name = words("Wave", rollout.NAME, "As: Motor claims, four teams.", rows=0)
    unit = UnitField(
        queryset=BusinessUnit.objects.all(), required=False, label="Business unit", empty_label="Not said yet"
    )
    users = counted("Users")
    sites = counted(
        "Sites",
        "The ceiling of an approval is held against the users and sites of every wave that has begun.",
    )
    planned_on = day("Planned to begin", required=False)
    champion = PersonField(required=False, label="Who stands for it there", empty="Nobody yet")
    tailoring = forms.ChoiceField(
        choices=[("", "Not decided yet"), *Wave.Tailoring.choices], required=False, label="For this unit"
    )
    tailored = words("What is changed, and why", rollout.TAILORED, required=False)
    criteria = words(
        "Go criteria",
        4_000,
        "One a line. The next wave begins only when all of them are met.",
        rows=4,
        required=False,
    )


class CriterionForm(ActForm):
    met = forms.TypedChoiceField(
        choices=[("yes", "Met"), ("no", "Not met")], label="Is it met?", widget=forms.RadioSelect,
        coerce=lambda code: code == "yes",
    )  # fmt: skip
    evidence = words("From what that is known", rollout.EVIDENCE)


class BeginForm(ActForm):
    on = day("Began on")


class WeekForm(ActForm):
    week = day("Week", "Any day of it; a second row for a week corrects the first.")
    eligible = counted("Eligible", "Whoever it is meant for.")
    invited = counted("Invited")
    active = counted("Active in the week")
    uses = counted("Answers given")
    overridden = counted("Answers set aside", "By people who knew better, or thought so.")
    bypassed = counted("Cases done without it", "That it was meant for.")
    note = words("Note", use.NOTE, rows=0, required=False)


class TrainingForm(ActForm):
    audience = words("Who is trained", use.AUDIENCE, rows=0)
    people = forms.IntegerField(label="How many people", min_value=1, max_value=2_000_000_000)
    due_on = day("By", required=False)


class TrainedForm(ActForm):
    trained = forms.IntegerField(label="Trained so far", min_value=0, max_value=2_000_000_000)
    evidence = words("Where that is to be seen", use.NOTE, rows=0)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class ChangeForm(ActForm):
    kind = forms.ChoiceField(choices=ChangeItem.Kind.choices)
    text = words("What", use.ITEM)
    owner = PersonField(required=False, label="Who sees to it")


class DoneForm(ActForm):
    """Nothing to fill in."""


class FeedbackForm(ActForm):
    text = words("What you want to say", use.SAID, rows=4)
    anonymous = forms.BooleanField(
        required=False, label="Without my name", help_text="Nobody is kept with it, also not in the log."
    )


class AnswerForm(ActForm):
    answer = words("Answer", use.SAID, "The first answer stands, and its time is what counts.", rows=3)


class FindingForm(ActForm):
    kind = forms.ChoiceField(choices=LogEntry.Kind.choices)
    severity = forms.TypedChoiceField(
        choices=[("1", "1, small"), ("2", "2, must be solved"), ("3", "3, stops the rollout")],
        coerce=int,
        initial="2",
    )
    text = words("What was found", log.TEXT, rows=3)
    seen_on = day("Seen on")


class RoadmapForm(ActForm):
    todo = words("What is to be done", log.TASK, rows=0)
    owner = PersonField(label="By whom", empty="Choose a person")
    due_on = day("By when")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class CloseForm(ActForm):
    because = words("Why", log.BECAUSE, "What was done, or why nothing is.")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class CheckForm(ActForm):
    item = forms.ChoiceField(choices=[(one.code, one.words) for one in ITEMS], label="Side")
    answer = forms.ChoiceField(choices=ANSWERS, label="How it is", widget=forms.RadioSelect)
    note = words("Note", log.BECAUSE, rows=0, required=False)


class SnoozeForm(ActForm):
    until = day("Until", f"At most {log.MOST_SNOOZE} days ahead.")
    because = words("Why", log.BECAUSE, "The flag stays open and visible; this reason stands beside it.")


MONTH = timedelta(days=log.MOST_SNOOZE)
