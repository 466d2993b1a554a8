"""Forms of money: what was spent, promised, planned, claimed, validated, rejected."""

from datetime import date
from typing import Any

from django import forms

from core.choices import RecordField
from core.inputs import DayInput
from core.wording import money_exact
from portfolio.forms.records import text_area
from portfolio.models import BenefitEntry, Commitment, Initiative
from portfolio.services.money import CATEGORIES


class CommitmentField(RecordField):
    """A commitment, by supplier and amount."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.supplier}: {money_exact(obj.amount, obj.currency)}"


class ClaimField(RecordField):
    """A claim, by month, amount and who made it."""

    def label_from_instance(self, obj: Any) -> str:
        by = f", {obj.recorded_by.name}" if obj.recorded_by else ""
        return f"{obj.month:%b %Y}: {money_exact(obj.amount, obj.currency)}{by}"


def ids(found: dict[str, Any], *names: str) -> dict[str, Any]:
    """The cleaned data with these records as `<name>_id`."""
    for name in names:
        if name in found:
            row = found.pop(name)
            found[f"{name}_id"] = row.pk if row is not None else None
    return found


def amount_field(words: str = "Amount") -> forms.DecimalField:
    return forms.DecimalField(max_digits=18, decimal_places=2, label=words)


class CommitmentForm(forms.Form):
    """Money promised to a supplier."""

    amount = amount_field()
    supplier = forms.CharField(max_length=120)
    committed_on = forms.DateField(widget=DayInput)
    until = forms.DateField(
        widget=DayInput, required=False, label="Until", help_text="Its last day, if it has one."
    )
    note = forms.CharField(max_length=300, required=False)


class CancelForm(forms.Form):
    """What is not paid of a commitment is owed no more."""

    cancelled_on = forms.DateField(widget=DayInput)
    because = forms.CharField(max_length=300, label="Why", widget=text_area(2))


class ExpenditureForm(forms.Form):
    """Money spent."""

    amount = amount_field()
    spent_on = forms.DateField(widget=DayInput)
    category = forms.ChoiceField(choices=[("", "Not said"), *CATEGORIES.items()], required=False)
    note = forms.CharField(max_length=300, required=False)

    commitment = CommitmentField(
        queryset=Commitment.objects.none(), required=False, empty_label="None", label="Pays off a commitment",
        help_text="What is paid of a commitment is not counted twice against the ceiling.",
    )  # fmt: skip

    amount.help_text = "Below zero corrects an earlier row."

    def offer(self, initiative: Initiative) -> None:
        """Show the commitments of this initiative that stand."""
        field = self.fields["commitment"]
        if isinstance(field, CommitmentField):
            field.queryset = Commitment.objects.filter(initiative=initiative, cancelled_on=None)

    def clean(self) -> dict[str, Any]:
        """The commitment as its id, as the service takes it."""
        return ids(self.cleaned_data, "commitment")


class BenefitForm(forms.Form):
    """Value in a month."""

    kind = forms.ChoiceField(choices=BenefitEntry.Kind.choices)
    answers = ClaimField(
        queryset=BenefitEntry.objects.none(), required=False, empty_label="No claim", label="The claim it answers",
        help_text="Validated or rejected value answers a claim, once. A rejection names one.",
    )  # fmt: skip
    amount = amount_field()
    month = forms.DateField(widget=DayInput, help_text="Any day of the month.")
    evidence = forms.CharField(
        max_length=500, required=False, widget=text_area(2),
        help_text="What a claim or a validation rests on: a text or a link. Of a rejection, why.",
    )  # fmt: skip
    note = forms.CharField(max_length=300, required=False)

    def offer(self, initiative: Initiative, *, records: bool, validates: bool, claim: str = "") -> None:
        """Show only the kinds that would be accepted from this reader, and the claims that wait for an answer; what is sent is
        the service's to refuse. `claim`: the one the reader came from."""
        judged = {str(BenefitEntry.Kind.VALIDATED), str(BenefitEntry.Kind.REJECTED)}
        field = self.fields["kind"]
        if isinstance(field.widget, forms.Select):
            field.widget.choices = [
                (value, label) for value, label in BenefitEntry.Kind.choices if (validates if value in judged else records)
            ]  # fmt: skip
        claims = self.fields["answers"]
        waiting = BenefitEntry.objects.filter(initiative=initiative, kind="claimed").select_related(
            "recorded_by"
        )
        if isinstance(claims, ClaimField):
            claims.queryset = waiting.order_by("month", "pk")
        row = waiting.filter(pk=int(claim)).first() if claim.isdecimal() and len(claim) < 18 else None
        if not validates:
            del self.fields["answers"]
        elif row is not None:
            self.initial = {"kind": "validated", "answers": row.pk, "amount": row.amount, "month": row.month}

    def clean(self) -> dict[str, Any]:
        """The claim as its id, as the service takes it."""
        return ids(self.cleaned_data, "answers")


def today_in(form: forms.Form, name: str, today: date) -> None:
    """Fill a day in, so that it is only changed when it was another."""
    form.fields[name].initial = today
