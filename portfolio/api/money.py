"""`tranches`, `expenditures`, `benefits`: money on an initiative, added and never edited."""

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
from portfolio.models import BenefitEntry, Expenditure, FundingTranche, Initiative
from portfolio.queries import BENEFITS, EXPENDITURES, TRANCHES
from portfolio.services.money import (
    CATEGORIES,
    approve_tranche,
    record_benefit,
    record_expenditure,
    release_tranche,
)


class MoneyShape(Shape):
    id = serializers.IntegerField(read_only=True)
    initiative = Key("initiative")
    amount = Money()
    currency = serializers.CharField()
    note = serializers.CharField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)

    expandable = {"initiative": InitiativeBrief, "recorded_by": PersonBrief}


class TrancheShape(MoneyShape):
    """Money approved by `recorded_by`; released from `released_on`, or not yet (null). `approved_for` led it then."""

    number = serializers.IntegerField()
    approved_on = Day()
    approved_for = Key("approved_for", allow_null=True)
    released_on = Day(allow_null=True)
    released_by = Key("released_by", allow_null=True)
    version = serializers.IntegerField()

    expandable = {**MoneyShape.expandable, "approved_for": PersonBrief, "released_by": PersonBrief}


class ExpenditureShape(MoneyShape):
    """Money spent on a day; below zero it corrects an earlier row."""

    spent_on = Day()
    category = serializers.CharField()
    category_display = Label("category", CATEGORIES)


class BenefitShape(MoneyShape):
    """Value in a month: planned, claimed, or validated by finance."""

    kind = serializers.CharField()
    kind_display = Label("kind", BenefitEntry.Kind.choices)
    month = Day()
    claimed_by = Key(
        "claimed_by", allow_null=True, help_text="On validated value: who last claimed up to that month."
    )

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


class TrancheWrite(MoneyWrite):
    approved_on = Day()


class ReleaseWrite(Shape):
    released_on = Day()


class ExpenditureWrite(MoneyWrite):
    spent_on = Day()
    category = serializers.ChoiceField(choices=list(CATEGORIES.items()), required=False, allow_blank=True)


class BenefitWrite(MoneyWrite):
    kind = serializers.ChoiceField(choices=BenefitEntry.Kind.choices)
    month = Day()


class MoneyEndpoint(Endpoint):
    area = "portfolio"
    rights = {"create": Action.RECORD_MONEY}

    def facts(self, request: Request) -> dict[str, Any]:
        """The body, with the initiative as its id."""
        facts = self.read(request)
        return {"initiative_id": facts.pop("initiative").pk, **facts}


class TrancheEndpoint(MoneyEndpoint):
    """Funding in tranches."""

    model = FundingTranche
    listing = TRANCHES
    shape = TrancheShape
    write_shape = TrancheWrite
    rights = {"create": Action.APPROVE_MONEY, "release": Action.APPROVE_MONEY}

    @extend_schema(request=TrancheWrite, responses={201: TrancheShape})
    def create(self, request: Request) -> HttpResponse:
        """Record an approved tranche; it takes the next number. 403 `four_eyes` for who runs it or ever did."""
        return self.once(
            lambda: self.answer(approve_tranche(by=self.actor, at=self.at, **self.facts(request)), status=201)
        )

    @extend_schema(request=ReleaseWrite, responses=TrancheShape)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> HttpResponse:
        """Release it from a day on. Earlier tranches come first. 403 `four_eyes` for who runs it or ever did."""
        row = self.find(pk)

        def work() -> Response:
            facts = self.read(request, shape=ReleaseWrite)
            return self.answer(release_tranche(pk=row.pk, by=self.actor, at=self.at, **facts))

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
    """Value: planned, claimed, validated."""

    model = BenefitEntry
    listing = BENEFITS
    shape = BenefitShape
    write_shape = BenefitWrite
    rights = {"create": Action.RECORD_MONEY}

    @extend_schema(request=BenefitWrite, responses={201: BenefitShape})
    def create(self, request: Request) -> HttpResponse:
        """Record value in a month. To validate needs the right (and of a token the scope) `portfolio:approve` too, and
        is 403 `four_eyes` for who runs it, ever did, or claimed value on it."""
        return self.once(
            lambda: self.answer(record_benefit(by=self.actor, at=self.at, **self.facts(request)), status=201)
        )
