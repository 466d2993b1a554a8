"""`tranches` and `funding-decisions`: money approved in parts, and every decision that moved it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db.models import F
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.briefs import PersonBrief
from core.api.shape import Day, Key, Label, Moment, Money, Related, Shape, Text
from core.listing import Filter
from core.roles import Action
from core.values import wrong
from funding.services.tranches import approve, give_back, hold, hold_everything, release
from kpis.api.replay import Replayed
from kpis.models import Kpi
from portfolio.api.money import MoneyEndpoint, MoneyShape, MoneyWrite
from portfolio.api.records import InitiativeBrief
from portfolio.models import FundingDecision, FundingTranche, Initiative
from portfolio.queries import DECISIONS, TRANCHES
from portfolio.services.tranches import BECAUSE, CONDITION

NO_REPLAY = "Tranches are shown as they are. How they stood on a day follows from funding-decisions, which take as_of."


class TrancheShape(MoneyShape):
    """Money approved by `recorded_by`; released from `released_on` by the decision `release`, or returned, or neither yet.

    `approved_for` led it then. `kpi`: the KPI its release waits for. `ceiling` null: what was released up to it.
    """

    number = serializers.IntegerField()
    approved_on = Day()
    approved_for = Key("approved_for", allow_null=True)
    condition = serializers.CharField()
    gate = serializers.CharField()
    kpi = serializers.IntegerField(source="kpi_awaited", allow_null=True)
    ceiling = Money(allow_null=True)
    released_on = Day(allow_null=True)
    released_by = Key("released_by", allow_null=True)
    release = Key("release", allow_null=True)
    returned_on = Day(allow_null=True)
    version = serializers.IntegerField()

    expandable = {**MoneyShape.expandable, "approved_for": PersonBrief, "released_by": PersonBrief}


class DecisionShape(Shape):
    """What was decided of a tranche (null: of all that waits), when, by whom, why, and on which facts. It stands."""

    id = serializers.IntegerField(read_only=True)
    initiative = Key("initiative")
    tranche = Key("tranche", allow_null=True)
    act = serializers.CharField()
    act_display = Label("act", FundingDecision.Act.choices)
    amount = Money(allow_null=True)
    decided_on = Day()
    decided_by = Key("decided_by", allow_null=True)
    decided_for = Key("decided_for", allow_null=True, help_text="Who led the initiative then.")
    recorded_at = Moment()
    because = serializers.CharField()
    because_unknown = serializers.CharField(
        help_text="Why it was released while nobody knew how its KPI stood."
    )
    facts = serializers.DictField(help_text="The KPI it waited for and its case, as they were.")

    expandable = {"initiative": InitiativeBrief, "decided_by": PersonBrief, "decided_for": PersonBrief}


def _because() -> Text:
    return Text(max_length=BECAUSE, help_text="Why; it stands in the decision.")


class TrancheWrite(MoneyWrite):
    approved_on = Day()
    because = _because()
    condition = Text(max_length=CONDITION, required=False, allow_blank=True)
    gate = serializers.ChoiceField(choices=FundingTranche.Gate.choices, required=False, allow_blank=True)
    kpi = Related(queryset=Kpi.objects.all(), prefix="K", required=False, allow_null=True)
    ceiling = Money(required=False, allow_null=True)


class ReleaseWrite(Shape):
    released_on = Day()
    because = _because()
    because_unknown = Text(
        max_length=BECAUSE, required=False, allow_blank=True,
        help_text="Why it is released although nobody knows how its KPI stands. No help against a red one.",
    )  # fmt: skip


class HoldWrite(Shape):
    held_on = Day()
    because = _because()


class ReturnWrite(Shape):
    returned_on = Day()
    because = _because()


class HoldAllWrite(HoldWrite):
    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")


class TrancheEndpoint(MoneyEndpoint):
    """Funding in tranches. Each act is a decision that stands."""

    model = FundingTranche
    listing = replace(TRANCHES, filters={**TRANCHES.filters, "kpi": Filter("awaits__kpi", "ref", prefix="K")})
    shape = TrancheShape
    write_shape = TrancheWrite
    beside = {"kpi_awaited": F("awaits__kpi")}
    rights = dict.fromkeys(("create", "release", "hold", "give_back"), Action.APPROVE_MONEY)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        for name in ("as_of", "known_at"):
            if name in request.query_params:
                raise wrong(name, NO_REPLAY)

    @extend_schema(request=TrancheWrite, responses={201: TrancheShape})
    def create(self, request: Request) -> HttpResponse:
        """Approve a tranche; it takes the next number. 403 `four_eyes` for who runs it or ever did."""
        return self.once(
            lambda: self.answer(approve(by=self.actor, at=self.at, **self.facts(request)), status=201)
        )

    @extend_schema(request=ReleaseWrite, responses=TrancheShape)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> HttpResponse:
        """Release it from a day on. Earlier tranches come first. 409 `kpi_off_track`, `kpi_missed`: its KPI forbids it;
        `kpi_unknown`: say why in `because_unknown`. 403 `four_eyes` for who runs it or ever did."""
        return self._act(request, pk, ReleaseWrite, release)

    @extend_schema(request=HoldWrite, responses={201: DecisionShape})
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: str) -> HttpResponse:
        """Decide not to release it for now; a later release ends the hold. Answers with the decision."""
        row = self.find(pk)

        def work() -> Response:
            facts = self.read(request, shape=HoldWrite)
            made = hold(pk=row.pk, by=self.actor, at=self.at, **facts)
            return Response(DecisionShape().written()(made), status=201)

        return self.once(work)

    @extend_schema(request=ReturnWrite, responses=TrancheShape)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def give_back(self, request: Request, pk: str) -> HttpResponse:
        """Return what was approved and not released: it is budget no more."""
        return self._act(request, pk, ReturnWrite, give_back)

    def _act(
        self, request: Request, pk: str, shape: type[Shape], service: Callable[..., FundingTranche]
    ) -> HttpResponse:
        row = self.find(pk)

        def work() -> Response:
            facts = self.read(request, shape=shape)
            return self.answer(service(pk=row.pk, by=self.actor, at=self.at, **facts))

        return self.once(work)


class FundingDecisionEndpoint(Replayed, MoneyEndpoint):
    """Every decision on money. With `as_of` and `known_at` as the record stood then."""

    model = FundingDecision
    listing = DECISIONS
    shape = DecisionShape
    write_shape = HoldAllWrite
    rights = {"create": Action.APPROVE_MONEY}
    said_on, learnt_at = "decided_on", "recorded_at"

    @extend_schema(request=HoldAllWrite, responses={201: DecisionShape})
    def create(self, request: Request) -> HttpResponse:
        """Hold everything that is not released. Other decisions are acts on a tranche."""
        return self.once(
            lambda: self.answer(hold_everything(by=self.actor, at=self.at, **self.facts(request)), status=201)
        )
