"""The acts of `kpis/{id}` by which people stand behind a definition, and what the record says of its quality."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.shape import Day, Exact, Key, Moment, Related, Shape, Text
from core.errors import not_found
from core.models import User
from core.roles import Action
from kpis.api.amending import AmendingEndpoint
from kpis.api.fields import Number
from kpis.api.versions import SignOffShape
from kpis.queries.advice import advice_for, benchmark_words, expected_of, smart_of
from kpis.services.influence import BECAUSE, expect_influence
from kpis.services.sealing import ask_sign_off


class SignOffWrite(Shape):
    """Who is to sign, by role; four roles are four people."""

    product = Related(queryset=User.objects.all(), required=False)
    data_science = Related(queryset=User.objects.all(), required=False)
    engineering = Related(queryset=User.objects.all(), required=False)
    executive = Related(queryset=User.objects.all(), required=False)


class SignOffsShape(serializers.Serializer[Any]):
    results = SignOffShape(many=True)


class SmartItem(serializers.Serializer[Any]):
    """One of the five. `mark`: yes, no or unknown; `missing`: what is not on record."""

    item = serializers.CharField()
    mark = serializers.CharField()
    sentence = serializers.CharField()
    clears_when = serializers.CharField()
    missing = serializers.ListField(child=serializers.CharField())
    person = serializers.CharField(allow_null=True)
    on = Day(allow_null=True)


class AdviceShape(serializers.Serializer[Any]):
    """A choice that is allowed and often regretted. `subject` null: about all KPIs of the initiative."""

    code = serializers.CharField()
    severity = serializers.IntegerField()
    subject = serializers.CharField(allow_null=True)
    sentence = serializers.CharField()
    clears_when = serializers.CharField()
    suggestions = serializers.ListField(child=serializers.CharField())


class QualityShape(serializers.Serializer[Any]):
    """SMART, advice, and the target beside the benchmark. `unknown`: facts without which an advice cannot be judged."""

    score = serializers.IntegerField()
    no = serializers.IntegerField()
    not_known = serializers.IntegerField()
    sentence = serializers.CharField()
    items = SmartItem(many=True)
    advice = AdviceShape(many=True)
    unknown = serializers.ListField(child=serializers.CharField())
    benchmark = serializers.CharField()


class InfluenceWrite(Shape):
    """Changes of the KPI in its unit: -2 is two less than the baseline."""

    low = Number()
    likely = Number()
    high = Number()
    because = Text(max_length=BECAUSE)


class InfluenceShape(Shape):
    id = serializers.IntegerField(read_only=True)
    low = Exact()
    likely = Exact()
    high = Exact()
    because = serializers.CharField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)
    frozen_at = Moment(allow_null=True)


class ExpectedShape(serializers.Serializer[Any]):
    """What was expected, the latest first, and how it came out. `frozen`: development began on `development_on`."""

    frozen = serializers.BooleanField()
    development_on = Day(allow_null=True)
    position = serializers.CharField()
    error = Exact(allow_null=True)
    relative_error = Exact(allow_null=True)
    sentence = serializers.CharField()
    clears_when = serializers.CharField()
    results = InfluenceShape(many=True)


class CommittingEndpoint(AmendingEndpoint):
    """KPIs of initiatives the caller may see. `as_of` and `known_at` give the answer of another day, from the facts."""

    rights = {**AmendingEndpoint.rights, "ask": Action.DEFINE_KPI, "expect": Action.DEFINE_KPI}

    @extend_schema(responses=SignOffsShape)
    @action(detail=True, methods=["get"], url_path="sign-offs")
    def sign_offs(self, request: Request, pk: str) -> Response:
        """Who was asked to sign the definition in force, and what they said."""
        self.only_params(request)
        row = self.find(pk)
        if row.current is None:
            raise not_found()
        asked = row.current.sign_offs.select_related("kpi_version").order_by("pk")
        return Response({"results": SignOffShape(asked, many=True).data})

    @extend_schema(request=SignOffWrite, responses=SignOffsShape)
    @sign_offs.mapping.post
    def ask(self, request: Request, pk: str) -> HttpResponse:
        """Name who is to sign, for some or all roles; again to name somebody else."""
        row = self.find(pk)

        def work() -> Response:
            people = self.read(request, shape=SignOffWrite)
            asked = ask_sign_off(pk=row.pk, people=people, by=self.actor, at=self.at)
            return Response({"results": SignOffShape(asked, many=True).data})

        return self.once(work)

    @extend_schema(responses=QualityShape)
    @action(detail=True, methods=["get"], url_path="quality")
    def quality(self, request: Request, pk: str) -> Response:
        """SMART (three items read off the record, two signed by people), advice, and the target beside the benchmark."""
        self.only_params(request)
        row = self.find(pk)
        if row.current is None:
            raise not_found()
        found, advised = smart_of(row.current, as_of=clock.day_of(self.at)), advice_for(row)
        said = {
            "score": found.score, "no": found.no, "not_known": found.unknown, "sentence": found.sentence,
            "items": found.items, "advice": advised.advice, "unknown": advised.unknown,
            "benchmark": benchmark_words(row.current),
        }  # fmt: skip
        return Response(QualityShape(said).data)

    @extend_schema(responses=ExpectedShape)
    @action(detail=True, methods=["get"], url_path="expected-influence")
    def expected_influence(self, request: Request, pk: str) -> Response:
        """What the initiative was expected to do to it, and how that compares with the last reading."""
        self.only_params(request)
        found = expected_of(self.find(pk))
        rows = [] if found.row is None else [found.row, *found.earlier]
        out = found.outcome
        said = {
            "frozen": found.frozen, "development_on": found.development_on, "position": out.position.value,
            "error": out.error, "relative_error": out.relative_error, "sentence": out.sentence,
            "clears_when": out.clears_when, "results": rows,
        }  # fmt: skip
        return Response(ExpectedShape(said).data)

    @extend_schema(request=InfluenceWrite, responses={201: InfluenceShape})
    @expected_influence.mapping.post
    def expect(self, request: Request, pk: str) -> HttpResponse:
        """Say what is expected, before development begins: 409 afterwards."""
        row = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=InfluenceWrite)
            return Response(
                InfluenceShape(expect_influence(pk=row.pk, by=self.actor, at=self.at, **said)).data,
                status=201,
            )

        return self.once(work)
