"""`initiatives`: read, create, edit, and who works on them."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import vocabulary
from core.api.briefs import PersonBrief, UnitBrief
from core.api.shape import Bool, Day, Key, Label, Moment, Money, Related, Same, Shape, Text
from core.api.views import Endpoint
from core.linked import LinkedIds
from core.models import BusinessUnit, User
from core.roles import Action
from portfolio.models import Initiative, InitiativeMember, StrategicObjective
from portfolio.models.initiatives import PRECISIONS, TIERS
from portfolio.queries import INITIATIVES
from portfolio.services.initiatives import IMPACTS, LIMITS, create_initiative, edit_initiative
from portfolio.services.members import add_member, remove_member


class InitiativeShape(Shape):
    """An initiative. `stage`, `kpi_*`, `pilot_*` and the sums are answers, written by no caller."""

    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField(read_only=True)
    name = serializers.CharField()
    unit = Key("unit")
    problem = serializers.CharField()
    outcome = serializers.CharField()
    value_hypothesis = serializers.CharField()
    sponsor = Key("sponsor", allow_null=True)
    sponsor_since = Day(allow_null=True)
    sponsor_vacant_since = Day(allow_null=True)
    lead = Key("lead", allow_null=True)
    objectives = serializers.ListField(child=serializers.IntegerField(), source="objective_ids")
    risk_tier = serializers.IntegerField(allow_null=True)
    risk_tier_display = Label("risk_tier", TIERS)
    impact = serializers.CharField()
    impact_display = Label("impact", IMPACTS)
    planned_value = Money(allow_null=True)
    currency = Same(lambda: str(settings.ORG_CURRENCY))
    stage = serializers.CharField()
    stage_display = Label("stage", vocabulary.words("stage"))
    entered_on = Day(allow_null=True)
    entered_precision = serializers.CharField()
    entered_precision_display = Label("entered_precision", PRECISIONS)
    kpi_status = serializers.CharField()
    kpi_status_display = Label("kpi_status", vocabulary.words("rollup"))
    kpi_reason = serializers.CharField()
    kpi_since = Day(allow_null=True)
    pilot_level = serializers.CharField()
    pilot_level_display = Label("pilot_level", vocabulary.words("pilot"))
    pilot_remedy = serializers.CharField()
    pilot_planned_days = serializers.IntegerField(allow_null=True)
    decision_on = Day(allow_null=True)
    approved = Money(allow_null=True)
    released = Money(allow_null=True)
    spent = Money(allow_null=True)
    claimed = Money(allow_null=True)
    validated = Money(allow_null=True)
    facts = serializers.DictField()
    attributes = serializers.DictField()
    source = serializers.CharField()  # type: ignore[assignment]
    external_id = serializers.CharField()
    created_at = Moment()
    created_by = Key("created_by", allow_null=True)
    updated_at = Moment()
    version = serializers.IntegerField()

    expandable = {"unit": UnitBrief, "sponsor": PersonBrief, "lead": PersonBrief, "created_by": PersonBrief}


class InitiativeWrite(Shape):
    name = Text(max_length=LIMITS["name"])
    unit = Related(queryset=BusinessUnit.objects.all())
    problem = Text(max_length=LIMITS["problem"], required=False, allow_blank=True)
    outcome = Text(max_length=LIMITS["outcome"], required=False, allow_blank=True)
    value_hypothesis = Text(max_length=LIMITS["value_hypothesis"], required=False, allow_blank=True)
    sponsor = Related(queryset=User.objects.all(), required=False, allow_null=True)
    no_sponsor = Bool(required=False, help_text="True says that nobody sponsors it.")
    lead = Related(queryset=User.objects.all(), required=False, allow_null=True)
    objectives = Related(queryset=StrategicObjective.objects.all(), many=True, required=False)
    risk_tier = serializers.ChoiceField(choices=TIERS, required=False, allow_null=True)
    impact = serializers.ChoiceField(choices=list(IMPACTS.items()), required=False, allow_blank=True)
    planned_value = Money(required=False, allow_null=True, min_value=0)


class MemberShape(Shape):
    """Somebody who works on an initiative."""

    user = Key("user")
    name = serializers.CharField(source="user.name", read_only=True)
    function = serializers.CharField()
    added_at = Moment()


class MemberWrite(Shape):
    user = Related(queryset=User.objects.all())
    function = Text(max_length=80, required=False, allow_blank=True)


class InitiativeEndpoint(Endpoint):
    """AI initiatives the caller may see."""

    area = "portfolio"
    model = Initiative
    prefix = "AI"
    listing = INITIATIVES
    shape = InitiativeShape
    write_shape = InitiativeWrite
    beside = {"objective_ids": LinkedIds(Initiative.objectives)}
    rights = {
        "create": Action.CREATE_INITIATIVE,
        "partial_update": Action.EDIT_INITIATIVE,
        "add": Action.EDIT_INITIATIVE,
        "remove": Action.EDIT_INITIATIVE,
    }

    @extend_schema(request=InitiativeWrite, responses={201: InitiativeShape})
    def create(self, request: Request) -> HttpResponse:
        """A new initiative. It starts as an idea, today; no caller chooses another stage."""

        def work() -> Response:
            row = create_initiative(by=self.actor, at=self.at, **self.read(request))
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=InitiativeWrite, responses=InitiativeShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what the body names."""
        row = self.find(pk)
        version = self.expected_version(request)
        facts = self.read(request, partial=True)
        return self.answer(
            edit_initiative(pk=row.pk, by=self.actor, at=self.at, expected_version=version, **facts)
        )

    @extend_schema(responses=MemberShape(many=True), filters=False)
    @action(detail=True, methods=["get"], url_path="members")
    def members(self, request: Request, pk: str) -> Response:
        """Who works on it, beside lead and sponsor."""
        self.only_params(request)
        return self._members(pk)

    @extend_schema(request=MemberWrite, responses={201: MemberShape})
    @members.mapping.post
    def add(self, request: Request, pk: str) -> HttpResponse:
        """Put a person on it."""
        initiative = self.find(pk)

        def work() -> Response:
            facts = self.read(request, shape=MemberWrite)
            row = add_member(initiative_id=initiative.pk, by=self.actor, at=self.at, **facts)
            return Response(self._member(row), status=201)

        return self.once(work)

    @extend_schema(request=None, responses={200: MemberShape(many=True)})
    @action(detail=True, methods=["post"], url_path=r"members/(?P<user_id>\d{1,18})/remove")
    def remove(self, request: Request, pk: str, user_id: str) -> HttpResponse:
        """Take a person off it."""
        initiative = self.find(pk)
        self.read_nothing(request)

        def work() -> Response:
            remove_member(initiative_id=initiative.pk, user_id=int(user_id), by=self.actor, at=self.at)
            return self._members(pk)

        return self.once(work)

    def _members(self, pk: str) -> Response:
        rows = self.find(pk).members.select_related("user")
        return Response({"results": [self._member(row) for row in rows]})

    @staticmethod
    def _member(row: InitiativeMember) -> dict[str, Any]:
        return MemberShape(row).data
