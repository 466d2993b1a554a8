"""Forms by which people stand behind a definition, answer a change, and say what they expect."""

from collections.abc import Mapping
from typing import Any

from django import forms

from core.choices import PersonField
from core.models import User
from kpis.forms.fields import line, number
from kpis.models import SignOff, SmartSignature
from kpis.services.amend import BECAUSE
from kpis.services.influence import BECAUSE as EXPECTED_BECAUSE
from kpis.services.sealing import NOTE
from kpis.services.smart import BECAUSE as SMART_BECAUSE

HELP = {
    SignOff.Role.PRODUCT: "Stands for the business that is to gain.",
    SignOff.Role.DATA_SCIENCE: "Stands for the model metric that is to move it.",
    SignOff.Role.ENGINEERING: "Stands for its being measured.",
    SignOff.Role.EXECUTIVE: "Answers for the value. Not who wrote the definition.",
}


class AskForm(forms.Form):
    """Who is to sign, by role; four roles are four people. `spoken`: roles that have given their word."""

    product = PersonField(required=False, label="Product", help_text=HELP[SignOff.Role.PRODUCT])
    data_science = PersonField(
        required=False, label="Data science", help_text=HELP[SignOff.Role.DATA_SCIENCE]
    )
    engineering = PersonField(required=False, label="Engineering", help_text=HELP[SignOff.Role.ENGINEERING])
    executive = PersonField(required=False, label="Executive", help_text=HELP[SignOff.Role.EXECUTIVE])

    def __init__(self, data: Any = None, *, asked: Mapping[str, SignOff]) -> None:
        super().__init__(data, initial={role: one.person_id for role, one in asked.items()})
        for role, one in asked.items():
            field = self.fields[role]
            if isinstance(field, PersonField):
                field.offer(one.person)
            field.disabled = bool(one.verdict)

    def people(self) -> dict[str, User]:
        """Whom to ask, by role."""
        return {role: person for role, person in self.cleaned_data.items() if person is not None}


class VerdictForm(forms.Form):
    """A role's word."""

    verdict = forms.ChoiceField(
        label="Your word",
        choices=[("approved", "I approve this definition"), ("dissented", "I dissent, and say why")],
        widget=forms.RadioSelect,
    )  # fmt: skip
    note = line("Note", NOTE, "Needed for a dissent: it is there to be answered.", 2)


class AnswerForm(forms.Form):
    """Approve a proposed change, or decline it."""

    answer = forms.ChoiceField(
        label="Your answer",
        choices=[("approve", "Approve it: it becomes the definition"), ("decline", "Decline it, and say why")],
        widget=forms.RadioSelect,
    )  # fmt: skip
    because = line("Why", BECAUSE, "Needed to decline it.", 2)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("answer") == "decline" and not data.get("because") and "because" not in self.errors:
            self.add_error("because", "Say why.")
        return data


class WithdrawForm(forms.Form):
    """Take one's own proposal back."""

    because = line("Why you take it back", BECAUSE, rows=2, required=True)


class SmartForm(forms.Form):
    """A person's word on what no field can tell."""

    item = forms.ChoiceField(
        label="What you sign", choices=SmartSignature.Item.choices, widget=forms.RadioSelect
    )
    because = line("What makes you think so", SMART_BECAUSE, rows=2, required=True)

    def __init__(self, *args: Any, open_items: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["item"]
        if isinstance(field, forms.ChoiceField):
            field.choices = open_items


class InfluenceForm(forms.Form):
    """What the initiative is expected to do to the KPI."""

    low = number(
        "At least", "The change of the KPI in its unit: -4 is four less than the baseline.", required=True
    )
    likely = number("Likely", required=True)
    high = number("At most", "The three rise: -4, -3, -1.", required=True)
    because = line("What makes you expect this", EXPECTED_BECAUSE, rows=2, required=True)
