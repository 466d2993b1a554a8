"""`commitments`, `expenditures`, `benefits`: money on an initiative, added and never edited."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.briefs import PersonBrief
from core.api.shape import Day, Key, Label, Moment, Money, Related, Shape, Text
from core.api.views import Endpoint
from core.roles import Action
from portfolio.api.records import InitiativeBrief
from portfolio.models import BenefitEntry, Commitment, Expenditure, Initiative
from portfolio.queries import BENEFITS, COMMITMENTS, EXPENDITURES
from portfolio.services.commitments import BECAUSE, SUPPLIER, cancel_commitment, record_commitment
from portfolio.services.money import CATEGORIES, EVIDENCE, record_benefit, record_expenditure


class MoneyShape(Shape):
    id = serializers.IntegerField(read_only=True)
    initiative = Key("initiative")
    amount = Money()
    currency = serializers.CharField()
    note = serializers.CharField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)

    expandable = {"initiative": InitiativeBrief, "recorded_by": PersonBrief}


class CommitmentShape(MoneyShape):
    """Money promised to a supplier. Cancelled: what was not paid of it is owed no more."""

    supplier = serializers.CharField()
    committed_on = Day()
    until = Day(allow_null=True)
    cancelled_on = Day(allow_null=True)
    cancelled_because = serializers.CharField()
    cancelled_by = Key("cancelled_by", allow_null=True)
    version = serializers.IntegerField()

    expandable = {**MoneyShape.expandable, "cancelled_by": PersonBrief}


class ExpenditureShape(MoneyShape):
    """Money spent on a day; below zero it corrects an earlier row."""

    spent_on = Day()
    category = serializers.CharField()
    category_display = Label("category", CATEGORIES)
    commitment = Key("commitment", allow_null=True, help_text="What it pays off.")


class BenefitShape(MoneyShape):
    """Value in a month: planned, claimed, validated by finance, or rejected by it. `answers`: the claim finance answered."""

    kind = serializers.CharField()
    kind_display = Label("kind", BenefitEntry.Kind.choices)
    month = Day()
    evidence = serializers.CharField(help_text="What it rests on; of a rejection, why.")
    answers = Key("answers", allow_null=True)
    claimed_by = Key(
        "claimed_by", allow_null=True, help_text="On what finance judged: who claimed it, or last claimed up to that month."
    )  # fmt: skip

    expandable = {**MoneyShape.expandable, "claimed_by": PersonBrief}


class MoneyWrite(Shape):
    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")
    amount = Money()
    currency = Text(max_length=3, required=False, help_text="The organisation's, and no other.")
    note = Text(max_length=300, required=False, allow_blank=True)

    def validate_currency(self, value: str) -> str:
        """Checked here too, so that the caller hears it beside the other fields."""
        if value.upper() != settings.ORG_CURRENCY:
            raise serializers.ValidationError(
                f"Money here is in {settings.ORG_CURRENCY}. Convert the amount."
            )
        return value


class CommitmentWrite(MoneyWrite):
    supplier = Text(max_length=SUPPLIER)
    committed_on = Day()
    until = Day(required=False, allow_null=True)


class CancelWrite(Shape):
    cancelled_on = Day()
    because = Text(max_length=BECAUSE)


class ExpenditureWrite(MoneyWrite):
    spent_on = Day()
    category = serializers.ChoiceField(choices=list(CATEGORIES.items()), required=False, allow_blank=True)
    commitment = Related(queryset=Commitment.objects.all(), required=False, allow_null=True)


class BenefitWrite(MoneyWrite):
    kind = serializers.ChoiceField(choices=BenefitEntry.Kind.choices)
    month = Day()
    evidence = Text(
        max_length=EVIDENCE,
        required=False,
        allow_blank=True,
        help_text="A text or a link. Needed for claimed and validated value; of a rejection, why.",
    )
    answers = Related(
        queryset=BenefitEntry.objects.filter(kind=BenefitEntry.Kind.CLAIMED), required=False, allow_null=True,
        help_text="The claim that is validated or rejected. A claim is answered once.",
    )  # fmt: skip


RELATED = {"initiative", "commitment", "answers", "kpi"}


class MoneyEndpoint(Endpoint):
    area = "portfolio"
    rights = {"create": Action.RECORD_MONEY}

    def facts(self, request: Request) -> dict[str, Any]:
        """The body, with related records as their ids."""
        facts = self.read(request)
        for name in RELATED & facts.keys():
            row = facts.pop(name)
            facts[f"{name}_id"] = None if row is None else row.pk
        return facts


class CommitmentEndpoint(MoneyEndpoint):
    """What was promised to suppliers."""

    model = Commitment
    listing = COMMITMENTS
    shape = CommitmentShape
    write_shape = CommitmentWrite
    rights = {"create": Action.RECORD_MONEY, "cancel": Action.RECORD_MONEY}

    @extend_schema(request=CommitmentWrite, responses={201: CommitmentShape})
    def create(self, request: Request) -> HttpResponse:
        """Record a commitment. 409 `over_ceiling` names what is left of the ceiling."""
        return self.once(
            lambda: self.answer(
                record_commitment(by=self.actor, at=self.at, **self.facts(request)), status=201
            )
        )

    @extend_schema(request=CancelWrite, responses=CommitmentShape)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> HttpResponse:
        """Cancel what is not paid of it yet."""
        row = self.find(pk)

        def work() -> Response:
            facts = self.read(request, shape=CancelWrite)
            return self.answer(cancel_commitment(pk=row.pk, by=self.actor, at=self.at, **facts))

        return self.once(work)


class ExpenditureEndpoint(MoneyEndpoint):
    """What was spent."""

    model = Expenditure
    listing = EXPENDITURES
    shape = ExpenditureShape
    write_shape = ExpenditureWrite
    rights = {"create": Action.RECORD_MONEY}

    @extend_schema(request=ExpenditureWrite, responses={201: ExpenditureShape})
    def create(self, request: Request) -> HttpResponse:
        """Record money spent, or correct it with an amount below zero."""
        return self.once(
            lambda: self.answer(
                record_expenditure(by=self.actor, at=self.at, **self.facts(request)), status=201
            )
        )


class BenefitEndpoint(MoneyEndpoint):
    """Value: planned, claimed, validated, rejected."""

    model = BenefitEntry
    listing = BENEFITS
    shape = BenefitShape
    write_shape = BenefitWrite
    rights = {"create": Action.RECORD_MONEY}

    @extend_schema(request=BenefitWrite, responses={201: BenefitShape})
    def create(self, request: Request) -> HttpResponse:
        """Record value in a month. To validate or to reject needs the right (and of a token the scope) `portfolio:approve` too,
        and is 403 `four_eyes` for who runs it, ever did, or claimed value on it. 409 `answered_already`: a claim is answered
        once."""
        return self.once(
            lambda: self.answer(record_benefit(by=self.actor, at=self.at, **self.facts(request)), status=201)
        )
