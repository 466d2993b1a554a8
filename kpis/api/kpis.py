"""`kpis`."""

from datetime import date
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import vocabulary
from core.api.briefs import PersonBrief
from core.api.shape import Bool, Day, Display, Exact, Key, Label, Moment, Shape, Text
from core.api.views import Endpoint
from core.errors import not_found
from core.roles import Action
from core.values import wrong
from kpis.api.facts import BecauseWrite, KpiEdit, KpiWrite
from kpis.api.fields import AS_OF, SuccessShape, at_its_place, past_day
from kpis.api.parts import PartsShape, parts_of
from kpis.models import Kpi
from kpis.queries import KPIS, age_days, answers_as_of, readable, standing, why
from kpis.services.define import Origin, create_kpi, edit_kpi
from kpis.services.states import pause_kpi, resume_kpi, retire_kpi
from portfolio.api.records import InitiativeBrief

JUDGED = {
    "status", "reason", "status_since", "valid_until", "last_observed_on", "value_drift", "value_toward", "value_since",
    "definition_drift", "relevance", "relevance_review",
}  # fmt: skip


class WhyShape(Shape):
    """Why a KPI stands as it does, in words."""

    sentence = serializers.CharField()
    rule = serializers.CharField()
    numbers = serializers.CharField()
    clears = serializers.CharField()
    flips = serializers.CharField(allow_null=True)


class KpiBrief(Shape):
    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    post_hoc = Bool(read_only=True)
    unit_of_measure = serializers.CharField(read_only=True)


class KpiShape(Shape):
    """A KPI, its definition in force (`success`), and its answer: the columns from `status` on.

    `promised`: the version first sealed; where it is not the one in force, `verdicts/` tells both.
    `post_hoc`: it was set after the fact, by that `remediation`, and stays so for ever.
    `status` is the computed one, as is `computed_status`. `declared_status` counts in its place in the roll-up while a
    declaration stands, through `declared_until`.
    """

    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField(read_only=True)
    initiative = Key("initiative")
    name = serializers.CharField()
    kind = serializers.CharField()
    kind_display = Label("kind", Kpi.Kind.choices)
    definition = serializers.CharField()
    formula = serializers.CharField()
    population = serializers.CharField()
    window = serializers.CharField()
    unit_of_measure = serializers.CharField()
    data_source = serializers.CharField()
    judge = Key("judge", allow_null=True)
    owner = Key("owner", allow_null=True)
    primary = Bool()
    weight = Exact()
    serves = Key("serves", allow_null=True)
    serves_because = serializers.CharField()
    metric = serializers.CharField()
    metric_display = Label("metric", Kpi.Metric.choices)
    minority_share = Exact(allow_null=True)
    parent = Key("parent", allow_null=True)  # type: ignore[assignment]
    parent_weight = Exact()
    rolls_up_by = serializers.CharField()
    rolls_up_by_display = Label("rolls_up_by", Kpi.RollsUpBy.choices)
    promised = Key("promised", allow_null=True)
    post_hoc = Bool()
    remediation = Key("remediation", allow_null=True)
    state = serializers.CharField()
    state_display = Label("state", Kpi.State.choices)
    state_because = serializers.CharField()
    paused_until = Day(allow_null=True)
    success = SuccessShape(source="current", allow_null=True)
    status = serializers.CharField()
    status_display = Display(lambda row: vocabulary.word("kpi", row.status, row.reason))
    reason = serializers.CharField()
    computed_status = serializers.CharField(source="status")
    declared_status = serializers.CharField()
    declared_status_display = Label("declared_status", vocabulary.words("kpi"))
    declared_until = serializers.SerializerMethodField()
    status_since = Day(allow_null=True)
    progress = Exact(places=6, allow_null=True)
    expected = Exact(places=6, allow_null=True)
    shortfall = Exact(places=6, allow_null=True)
    forecast = Exact(places=4, allow_null=True)
    last_known = serializers.CharField()
    last_known_display = Label("last_known", vocabulary.words("kpi"))
    pending = serializers.CharField()
    pending_display = Label("pending", vocabulary.words("kpi"))
    flags = serializers.ListField(child=serializers.CharField())
    last_value = Exact(allow_null=True)
    last_observed_on = Day(allow_null=True)
    last_measurement = serializers.IntegerField(source="last_measurement_id", allow_null=True)
    age_days = serializers.SerializerMethodField()
    judged_on = Day(allow_null=True)
    valid_until = Day(allow_null=True)
    why = serializers.SerializerMethodField()
    source = serializers.CharField()  # type: ignore[assignment]
    external_id = serializers.CharField()
    created_at = Moment()
    created_by = Key("created_by", allow_null=True)
    updated_at = Moment()
    version = serializers.IntegerField()

    expandable = {
        "initiative": InitiativeBrief, "owner": PersonBrief, "created_by": PersonBrief, "judge": PersonBrief,
        "serves": KpiBrief, "parent": KpiBrief,
    }  # fmt: skip

    def get_declared_until(self, row: Kpi) -> date | None:
        return row.declared_until if row.declared_status else None

    def get_age_days(self, row: Kpi) -> int | None:
        return age_days(row, self.day)

    @cached_property
    def day(self) -> date:
        """The day that is told of: the one asked for, or today."""
        view = self.context["view"]
        asked: date | None = getattr(view, "as_of", None)
        today: date = view.today
        return asked or today

    @extend_schema_field(WhyShape(allow_null=True))
    def get_why(self, row: Kpi) -> dict[str, Any] | None:
        found = why(row)
        return None if found is None else _why(found)


_why = WhyShape().written()


class PauseWrite(Shape):
    until = Day()
    because = Text(max_length=300)


class KpiEndpoint(Endpoint):
    """KPIs of initiatives the caller may see. `as_of` and `known_at` give the answer of another day, from the facts."""

    area = "kpis"
    model = Kpi
    prefix = "K"
    listing = KPIS
    shape = KpiShape
    write_shape = KpiWrite
    related = ("current",)
    list_params = ("as_of", "known_at")
    detail_params = ("as_of", "known_at")
    rights = {
        "create": Action.DEFINE_KPI,
        "partial_update": Action.DEFINE_KPI,
        "pause": Action.DEFINE_KPI,
        "resume": Action.DEFINE_KPI,
        "retire": Action.DEFINE_KPI,
    }

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.as_of, self.known_at = past_day(request.query_params, self.at)

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        return rows if self.known_at is None else rows.filter(created_at__lte=self.known_at)

    @extend_schema(parameters=AS_OF)
    def list(self, request: Request) -> Response:
        """KPIs, a page at a time. With `as_of` the rows are of that day; then no filter or order by today's answer."""
        if self.as_of is not None:
            asked = [name for name in request.query_params if name.partition("__")[0] in JUDGED]
            ordered = {
                part.strip().removeprefix("-") for part in request.query_params.get("ordering", "").split(",")
            }
            if asked or ordered & JUDGED:
                raise wrong(
                    next(iter(asked), "ordering"),
                    "With as_of, filter and order by what is not an answer of today.",
                )
        return super().list(request)

    @extend_schema(parameters=AS_OF)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One KPI, today or on another day."""
        return super().retrieve(request, pk)

    def present(self, row: Any, *, many: bool = False) -> Any:
        if self.as_of is None:
            return super().present(row, many=many)
        rows = row if many else [row]
        judged = answers_as_of(rows, as_of=self.as_of, known_at=self.known_at)
        found = [standing(one, past, self.as_of) for one in rows if (past := judged[one.pk]) is not None]
        if not many and not found:
            raise not_found("It had not been recorded by then, or you may not see it.")
        return super().present(found, many=True) if many else super().present(found[0])

    @extend_schema(request=KpiWrite, responses={201: KpiShape})
    def create(self, request: Request) -> HttpResponse:
        """A new KPI with version 1 of its definition, judged at once."""

        def work() -> Response:
            said = self.read(request)
            with at_its_place():
                row = create_kpi(
                    initiative_id=said.pop("initiative").pk, success=said.pop("success", {"shape": "trajectory"}),
                    because=said.pop("because", ""), by=self.actor, at=self.at,
                    origin=Origin(said.pop("source", ""), said.pop("external_id", "")), facts=said,  # type: ignore[arg-type]
                )  # fmt: skip
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=KpiEdit, responses=KpiShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what the body names. A definition that is sealed or has readings stands: 409; `changes/` changes it.

        Once development has begun, a definition is edited in a new version that nobody approved.
        """
        row = self.find(pk)
        version = self.expected_version(request)
        said = self.read(request, partial=True, shape=KpiEdit)
        success = said.pop("success", None)
        with at_its_place():
            edited = edit_kpi(
                pk=row.pk, expected_version=version, by=self.actor, at=self.at, facts=said, success=success  # type: ignore[arg-type]
            )  # fmt: skip
        return self.answer(edited)

    @extend_schema(request=PauseWrite, responses=KpiShape)
    @action(detail=True, methods=["post"], url_path="pause")
    def pause(self, request: Request, pk: str) -> HttpResponse:
        """Stop judging it through a day, for a reason."""
        row = self.find(pk)
        return self.once(
            lambda: self.answer(
                pause_kpi(pk=row.pk, by=self.actor, at=self.at, **self.read(request, shape=PauseWrite))
            )
        )

    @extend_schema(request=BecauseWrite, responses=KpiShape)
    @action(detail=True, methods=["post"], url_path="resumption")
    def resume(self, request: Request, pk: str) -> HttpResponse:
        """Judge a paused KPI again before its pause ends."""
        row = self.find(pk)
        return self.once(
            lambda: self.answer(
                resume_kpi(pk=row.pk, by=self.actor, at=self.at, **self.read(request, shape=BecauseWrite))
            )
        )

    @extend_schema(request=BecauseWrite, responses=KpiShape)
    @action(detail=True, methods=["post"], url_path="retirement")
    def retire(self, request: Request, pk: str) -> HttpResponse:
        """End it for good."""
        row = self.find(pk)
        return self.once(
            lambda: self.answer(
                retire_kpi(pk=row.pk, by=self.actor, at=self.at, **self.read(request, shape=BecauseWrite))
            )
        )

    @extend_schema(responses=PartsShape)
    @action(detail=True, methods=["get"], url_path="parts")
    def parts(self, request: Request, pk: str) -> Response:
        """The KPIs right below it, each with its weight, and what they say together. As stored today."""
        self.only_params(request)
        return Response(PartsShape(parts_of(self.find(pk))).data)


class OfAKpi(Endpoint):
    """What belongs to a KPI is read by whoever may read the KPI."""

    area = "kpis"
    to_kpi: ClassVar[str] = "kpi__"

    def get_queryset(self) -> QuerySet[Any]:
        return self.opened(self.model._default_manager.filter(readable(self.actor, self.to_kpi)))
