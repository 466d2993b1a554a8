"""`stakeholders`: who has a stake in an initiative, and for what they speak."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.briefs import PersonBrief
from core.api.shape import Day, Display, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.errors import not_found
from core.models import User
from core.roles import Action
from core.values import read_ref, wrong
from domain.stakeholders import FUNCTION_WORDS
from portfolio.api.records import InitiativeBrief
from portfolio.models import Initiative, Stakeholder
from portfolio.models.people import FUNCTIONS
from portfolio.queries.people import (
    STAKEHOLDERS,
    matrix_of,
    register_of,
)
from portfolio.services.named import NAME
from portfolio.services.stakeholders import (
    BASIS,
    TEXT,
    add_stakeholder,
    edit_stakeholder,
    sign_off,
    take_off,
)
from portfolio.services.working_groups import (
    BECAUSE,
)


class StakeholderShape(Shape):
    """Somebody with a stake. `user` null: a name without an account. `signed_on` null: not signed; `ended_on`: off the register."""

    id = serializers.IntegerField(read_only=True)
    initiative = Key("initiative")
    user = Key("user", allow_null=True)
    name = Display(lambda row: row.called)
    function = serializers.CharField()
    function_display = Label("function", FUNCTIONS)
    interest = serializers.CharField()
    concern = serializers.CharField()
    signed_on = Day(allow_null=True)
    basis = serializers.CharField()
    ended_on = Day(allow_null=True)
    ended_because = serializers.CharField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)
    version = serializers.IntegerField()

    expandable = {"initiative": InitiativeBrief, "user": PersonBrief, "recorded_by": PersonBrief}


class StakeholderWrite(Shape):
    """A person of the register by `user`, or anybody by `name`; who it is does not change."""

    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")
    user = Related(queryset=User.objects.all(), required=False, allow_null=True)
    name = Text(max_length=NAME, required=False, allow_blank=True)
    function = serializers.ChoiceField(choices=FUNCTIONS)
    interest = Text(max_length=TEXT, required=False, allow_blank=True)
    concern = Text(max_length=TEXT, required=False, allow_blank=True)


class StakeWrite(Shape):
    function = serializers.ChoiceField(choices=FUNCTIONS, required=False)
    interest = Text(max_length=TEXT, required=False, allow_blank=True)
    concern = Text(max_length=TEXT, required=False, allow_blank=True)


class SignWrite(Shape):
    signed_on = Day(required=False)
    basis = Text(max_length=BASIS, required=False, allow_blank=True)


class PeopleBecause(Shape):
    because = Text(max_length=BECAUSE)


class MatrixLineShape(serializers.Serializer[Any]):
    function = serializers.CharField()
    function_display = serializers.CharField()
    stakeholders = serializers.ListField(child=serializers.IntegerField())
    signed = serializers.IntegerField()
    concerned = serializers.IntegerField()
    missing = serializers.BooleanField()


class MatrixShape(serializers.Serializer[Any]):
    """The register by function. `missing`: needed functions that nobody speaks for; `sentence`: the warning, or empty."""

    functions = MatrixLineShape(many=True)
    missing = serializers.ListField(child=serializers.CharField())
    sentence = serializers.CharField()


class StakeholderEndpoint(Endpoint):
    """Stakeholder registers of initiatives the caller may see."""

    area = "portfolio"
    model = Stakeholder
    listing = STAKEHOLDERS
    shape = StakeholderShape
    write_shape = StakeholderWrite
    related = ("user",)
    rights = {
        "create": Action.EDIT_INITIATIVE,
        "partial_update": Action.EDIT_INITIATIVE,
        "sign_off": Action.ANSWER,
        "take_off": Action.EDIT_INITIATIVE,
    }

    @extend_schema(request=StakeholderWrite, responses={201: StakeholderShape})
    def create(self, request: Request) -> HttpResponse:
        """Put somebody on the register."""

        def work() -> Response:
            said = self.read(request)
            initiative = said.pop("initiative")
            row = add_stakeholder(initiative_id=initiative.pk, by=self.actor, at=self.at, **said)
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=StakeWrite, responses=StakeholderShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change for what they speak, their interest or their concern; a sign-off is asked for anew."""
        row = self.find(pk)
        version = self.expected_version(request)
        facts = self.read(request, partial=True, shape=StakeWrite)
        return self.answer(
            edit_stakeholder(pk=row.pk, by=self.actor, at=self.at, expected_version=version, **facts)
        )

    @extend_schema(request=SignWrite, responses=StakeholderShape)
    @action(detail=True, methods=["post"], url_path="sign-off")
    def sign_off(self, request: Request, pk: str) -> HttpResponse:
        """Sign for oneself; or record the sign-off of a name without an account, with what shows it."""
        row = self.find(pk)

        def work() -> Response:
            facts = self.read(request, shape=SignWrite)
            return self.answer(sign_off(pk=row.pk, by=self.actor, at=self.at, **facts))

        return self.once(work)

    @extend_schema(request=PeopleBecause, responses=StakeholderShape)
    @action(detail=True, methods=["post"], url_path="take-off")
    def take_off(self, request: Request, pk: str) -> HttpResponse:
        """Take somebody off the register; what they signed stays on record."""
        row = self.find(pk)

        def work() -> Response:
            because = self.read(request, shape=PeopleBecause)["because"]
            return self.answer(take_off(pk=row.pk, because=because, by=self.actor, at=self.at))

        return self.once(work)

    @extend_schema(
        parameters=[OpenApiParameter("initiative", str, required=True)], responses=MatrixShape, filters=False
    )
    @action(detail=False, methods=["get"], url_path="matrix")
    def matrix(self, request: Request) -> Response:
        """The register of one initiative by function, with the functions that nobody speaks for."""
        self.only_params(request, "initiative")
        asked = request.query_params.get("initiative", "")
        if not asked:
            raise wrong("initiative", "Say of which initiative.")
        pk = read_ref(asked, "AI")
        initiative = Initiative.objects.visible_to(self.actor).filter(pk=pk).first()
        if initiative is None:
            raise not_found()
        found = matrix_of(register_of(initiative))
        return Response(
            {
                "functions": [
                    {
                        "function": line.function, "function_display": FUNCTION_WORDS[line.function],
                        "stakeholders": list(line.refs), "signed": line.signed, "concerned": line.concerned,
                        "missing": line.missing,
                    }
                    for line in found.lines
                ],
                "missing": list(found.missing),
                "sentence": found.sentence,
            }
        )  # fmt: skip
