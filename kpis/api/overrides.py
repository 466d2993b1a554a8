"""`kpis/{id}/overrides`: a status declared by hand, beside the computed one."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import vocabulary
from core.api.briefs import PersonBrief
from core.api.shape import Bool, Day, Display, Key, Label, Moment, Shape, Text
from core.roles import Action
from kpis.api.kpis import KpiBrief, OfAKpi
from kpis.api.replay import KPI, RECORD, OfOneKpi
from kpis.models import KpiOverride
from kpis.queries import OVERRIDES
from kpis.services.override import BECAUSE, DECLARABLE, declare_status, end_declaration


class OverrideShape(Shape):
    """A declared status. `better`: than `computed`, the computed one it was made over. `ended_at` empty: it stands."""

    id = serializers.IntegerField(read_only=True)
    kpi = Key("kpi")
    declared = serializers.CharField()
    declared_display = Display(lambda row: vocabulary.word("kpi", row.declared))
    computed = serializers.CharField()
    computed_display = Display(lambda row: vocabulary.word("kpi", row.computed))
    better = Bool()
    authority = serializers.CharField()
    authority_display = Label("authority", KpiOverride.Authority.choices)
    because = serializers.CharField()
    begins_on = Day()
    until = Day(allow_null=True)
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)
    ended_at = Moment(allow_null=True)
    ended_because = serializers.CharField()

    expandable = {"kpi": KpiBrief, "recorded_by": PersonBrief}


class OverrideWrite(Shape):
    declared = serializers.ChoiceField(choices=[status.value for status in DECLARABLE])
    because = Text(max_length=BECAUSE, help_text="Why; it stands beside the status.")
    until = Day(
        required=False,
        allow_null=True,
        help_text="Its last day. Needed for better than computed: at most 30 days ahead.",
    )


class EndWrite(Shape):
    because = Text(max_length=200)


class OverrideEndpoint(OfOneKpi, OfAKpi):
    """Statuses declared in place of computed ones. Worse by whoever answers for the KPI; better by others, for a while."""

    model = KpiOverride
    listing = OVERRIDES
    shape = OverrideShape
    write_shape = OverrideWrite
    said_on, learnt_at = "begins_on", "recorded_at"
    rights = {"create": Action.DECLARE_WORSE, "end": Action.DECLARE_WORSE}

    def present(self, row: Any, *, many: bool = False) -> Any:
        known_at = self.known_at
        for one in (row if many else [row]) if known_at is not None else ():
            if one.ended_at is not None and one.ended_at > known_at:
                one.ended_at, one.ended_because = None, ""  # nobody knew yet that it would end
        return super().present(row, many=many)

    @extend_schema(parameters=[KPI], request=OverrideWrite, responses={201: OverrideShape})
    def create(self, request: Request) -> HttpResponse:
        """Declare a status. The computed one stays beside it; a new reading ends a declaration for the better."""
        kpi = self.kpi

        def work() -> Response:
            said = self.read(request)
            row = declare_status(
                kpi_id=kpi.pk, declared_as=said["declared"], because=said["because"], until=said.get("until"),
                by=self.actor, at=self.at,
            )  # fmt: skip
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(parameters=[KPI, RECORD], request=EndWrite, responses={200: OverrideShape})
    @action(detail=True, methods=["post"], url_path="end")
    def end(self, request: Request, pk: str) -> HttpResponse:
        """Take a declaration back before its end."""
        row = self.find(pk)

        def work() -> Response:
            because = self.read(request, shape=EndWrite)["because"]
            return self.answer(end_declaration(pk=row.pk, because=because, by=self.actor, at=self.at))

        return self.once(work)
