"""Forms of the people around an initiative: the stakeholder register, working groups, and meetings as they were held."""

from typing import Any

from django import forms

from core.choices import PersonField
from core.editing import VersionedForm
from core.inputs import DayInput
from domain.stakeholders import ROLE_WORDS
from portfolio.forms.records import text_area
from portfolio.models import Initiative, WorkingGroup, WorkingMeeting
from portfolio.models.people import FUNCTIONS, GROUP_ROLES
from portfolio.services.working_meetings import ACTION, AGENDA, INPUT, SENTENCE, Said, Task

ROWS = 3
"""Actions asked for at once; more are added one by one."""


def person_field(words: str = "Person", **more: Any) -> PersonField:
    return PersonField(label=words, empty="Choose a person", **more)


class SomebodyForm(forms.Form):
    """A person, or the name of somebody without an account."""

    user = person_field(required=False)
    name = forms.CharField(
        max_length=200, required=False, label="Or a name", help_text="Of somebody without an account."
    )


class StakeholderForm(SomebodyForm):
    """Somebody to put on the register."""

    function = forms.ChoiceField(choices=FUNCTIONS, label="Speaks for")
    interest = forms.CharField(
        max_length=500, required=False, widget=text_area(2), help_text="What they want of it."
    )
    concern = forms.CharField(
        max_length=500, required=False, widget=text_area(2), help_text="What they fear of it."
    )


class StakeForm(VersionedForm):
    """What the register says of somebody."""

    function = forms.ChoiceField(choices=FUNCTIONS, label="Speaks for")
    interest = forms.CharField(max_length=500, required=False, widget=text_area(2))
    concern = forms.CharField(max_length=500, required=False, widget=text_area(2))


class OwnSignForm(forms.Form):
    """One's own sign-off."""

    basis = forms.CharField(max_length=300, required=False, label="Remark")


class SignForm(forms.Form):
    """The sign-off of somebody without an account."""

    signed_on = forms.DateField(widget=DayInput, label="Signed on")
    basis = forms.CharField(
        max_length=300, label="What shows it", help_text="Such as their mail of that day."
    )


class BecauseForm(forms.Form):
    """Why something ends."""

    because = forms.CharField(max_length=300, label="Why", widget=text_area(2))


class GroupForm(forms.Form):
    """A working group."""

    name = forms.CharField(max_length=120)
    purpose = forms.CharField(max_length=500, required=False, widget=text_area(2))


class RoleForm(SomebodyForm):
    """A role in a working group."""

    role = forms.ChoiceField(
        choices=GROUP_ROLES, help_text="A translator bridges the business and data science."
    )


class ActionForm(forms.Form):
    """What one person is to do."""

    text = forms.CharField(max_length=ACTION, label="What is to be done")
    owner = person_field("By whom")
    due_on = forms.DateField(widget=DayInput, label="By when")

    def task(self) -> Task:
        return Task(**self.cleaned_data)


class OutcomeForm(forms.Form):
    """What came of an action."""

    outcome = forms.CharField(max_length=ACTION, label="What came of it", widget=text_area(2))


class MeetingForm(forms.Form):
    """A meeting as it was held: one box for each role that spoke, one decision a line, some actions."""

    kind = forms.ChoiceField(choices=WorkingMeeting.Kind.choices)
    held_on = forms.DateField(widget=DayInput, label="Held on")
    group = forms.ModelChoiceField(
        queryset=WorkingGroup.objects.none(), required=False, empty_label="No group", label="Working group"
    )
    agenda = forms.CharField(max_length=AGENDA, required=False, widget=text_area(4))

    def __init__(self, *args: Any, initiative: Initiative, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = self.fields["group"]
        if isinstance(groups, forms.ModelChoiceField):
            groups.queryset = WorkingGroup.objects.filter(initiative=initiative, ended_on=None)
        for role, words in ROLE_WORDS.items():
            self.fields[f"said_{role}"] = forms.CharField(
                max_length=INPUT, required=False, widget=text_area(2), label=f"Input: {words.lower()}"
            )
        self.fields["decisions"] = forms.CharField(
            max_length=SENTENCE * 20, required=False, widget=text_area(4), help_text="One decision a line."
        )
        for place in range(ROWS):
            words = f"Action {place + 1}"
            self.fields[f"text_{place}"] = forms.CharField(max_length=ACTION, required=False, label=words)
            self.fields[f"owner_{place}"] = person_field(f"{words}, by whom", required=False)
            self.fields[f"due_on_{place}"] = forms.DateField(
                required=False, widget=DayInput, label=f"{words}, by when"
            )

    def clean(self) -> dict[str, Any]:
        """An action is whole or not there."""
        for place in range(ROWS):
            given = {part: self.cleaned_data.get(f"{part}_{place}") for part in ("text", "owner", "due_on")}
            for part, value in given.items():
                if any(given.values()) and not value and f"{part}_{place}" not in self.errors:
                    self.add_error(
                        f"{part}_{place}", "An action has a text, somebody who does it, and a day."
                    )
        return self.cleaned_data

    def facts(self) -> dict[str, Any]:
        """The meeting as the service takes it."""
        found = self.cleaned_data
        return {
            "kind": found["kind"],
            "held_on": found["held_on"],
            "group": found["group"],
            "agenda": found["agenda"],
            "said": [Said(role, found[f"said_{role}"]) for role in ROLE_WORDS if found[f"said_{role}"]],
            "decisions": [line.strip() for line in found["decisions"].splitlines() if line.strip()],
            "actions": [
                Task(found[f"text_{place}"], found[f"owner_{place}"], found[f"due_on_{place}"])
                for place in range(ROWS)
                if found[f"text_{place}"]
            ],
        }
