"""`data-needs`, `workshops` and `kpi-templates`: what surrounds the definition of KPIs."""

from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.briefs import PersonBrief
from core.api.shape import Day, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.models import User
from core.roles import Action
from domain.kpi_templates import GROUPS, INDUSTRY, TEMPLATES
from kpis.api.replay import Replayed
from kpis.models import DataNeed, Kpi, Workshop
from kpis.queries.known import undo
from kpis.queries.workshops import DATA_NEEDS, WORKSHOPS, development_began, staged_by, timing
from kpis.services.data_needs import TEXTS, create_data_need, edit_data_need
from kpis.services.workshops import NAME, NOTES, Attendee, Role, record_workshop
from portfolio.api.records import InitiativeBrief
from portfolio.models import Initiative


class DataNeedShape(Shape):
    """Data that measuring or building needs. `unlinked`: no KPI is said to need it."""

    id = serializers.IntegerField(read_only=True)
    initiative = Key("initiative")
    name = serializers.CharField()
    system = serializers.CharField()
    owner = Key("owner", allow_null=True)
    available = serializers.CharField()
    available_display = Label("available", DataNeed.Availability.choices)
    note = serializers.CharField()
    kpis = serializers.SerializerMethodField()
    unlinked = serializers.SerializerMethodField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)
    version = serializers.IntegerField()

    expandable = {"initiative": InitiativeBrief, "owner": PersonBrief, "recorded_by": PersonBrief}

    def get_kpis(self, row: DataNeed) -> list[int]:
        return [kpi.pk for kpi in row.kpis.all()]

    def get_unlinked(self, row: DataNeed) -> bool:
        return not row.kpis.all()


class DataNeedEdit(Shape):
    name = Text(max_length=TEXTS["name"])
    system = Text(max_length=TEXTS["system"], required=False, allow_blank=True)
    owner = Related(queryset=User.objects.all(), required=False, allow_null=True)
    available = serializers.ChoiceField(choices=DataNeed.Availability.choices, required=False)
    note = Text(max_length=TEXTS["note"], required=False, allow_blank=True)
    kpis = Related(queryset=Kpi.objects.all(), prefix="K", many=True, required=False)


class DataNeedWrite(DataNeedEdit):
    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")


class DataNeedEndpoint(Replayed):
    """Data needs of initiatives the caller may see."""

    area = "kpis"
    model = DataNeed
    listing = DATA_NEEDS
    shape = DataNeedShape
    write_shape = DataNeedWrite
    prefetch = ("kpis",)
    rights = {"create": Action.DEFINE_KPI, "partial_update": Action.DEFINE_KPI}
    said_on = learnt_at = "recorded_at"
    written_later = frozenset({"kpi", "unlinked", "available", "owner", "name", "q"})

    def present(self, row: Any, *, many: bool = False) -> Any:
        rows, until = row if many else [row], self.until
        if until is not None:
            edited = undo(rows, "data_need.edited", until)
            for one in rows:
                if "kpis" in edited.get(one.pk, {}):
                    one._prefetched_objects_cache["kpis"] = [Kpi(pk=pk) for pk in edited[one.pk]["kpis"]]
            if edited:
                prefetch_related_objects(rows, "owner")
        return super().present(row, many=many)

    @extend_schema(request=DataNeedWrite, responses={201: DataNeedShape})
    def create(self, request: Request) -> HttpResponse:
        """Record data an initiative needs, with the KPIs that need it."""

        def work() -> Response:
            said: Any = self.read(request)
            row = create_data_need(
                initiative_id=said.pop("initiative").pk, facts=said, by=self.actor, at=self.at
            )
            return self.answer(self.find(str(row.pk)), status=201)

        return self.once(work)

    @extend_schema(request=DataNeedEdit, responses=DataNeedShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what the body names. `kpis` replaces the links."""
        row = self.find(pk)
        version = self.expected_version(request)
        said: Any = self.read(request, partial=True, shape=DataNeedEdit)
        edit_data_need(pk=row.pk, expected_version=version, facts=said, by=self.actor, at=self.at)
        return self.answer(self.find(pk))


class AttendeeShape(serializers.Serializer[Any]):
    """Somebody who was there. `user` null: they have no account here."""

    name = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    user = serializers.IntegerField(allow_null=True)


class TimingShape(serializers.Serializer[Any]):
    """Whether it was held after development began; null where that is not known."""

    late = serializers.BooleanField(allow_null=True)
    development_began_on = serializers.DateField(allow_null=True)
    words = serializers.CharField()


class WorkshopShape(Shape):
    """A workshop in which KPIs were agreed."""

    id = serializers.IntegerField(read_only=True)
    initiative = Key("initiative")
    held_on = Day()
    attendees = serializers.SerializerMethodField()
    kpis = serializers.SerializerMethodField()
    notes = serializers.CharField()
    timing = serializers.SerializerMethodField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)

    expandable = {"initiative": InitiativeBrief, "recorded_by": PersonBrief}

    @extend_schema_field(AttendeeShape(many=True))
    def get_attendees(self, row: Workshop) -> list[dict[str, Any]]:
        people: list[dict[str, Any]] = row.attendees
        return people

    def get_kpis(self, row: Workshop) -> list[int]:
        return [kpi.pk for kpi in row.kpis.all()]

    @extend_schema_field(TimingShape)
    def get_timing(self, row: Workshop) -> dict[str, Any]:
        view = self.context["view"]
        found = timing(row, view.began, view.stages)
        return {"late": found.late, "development_began_on": found.began_on, "words": found.words}


class AttendeeWrite(serializers.Serializer[Any]):
    """A person of the register by `user`, or anybody by `name`."""

    name = Text(max_length=NAME, required=False, allow_blank=True)
    role = serializers.ChoiceField(choices=Role.choices)
    user = Related(queryset=User.objects.all(), required=False, allow_null=True)


class WorkshopWrite(Shape):
    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")
    held_on = Day()
    attendees = AttendeeWrite(many=True)
    kpis = Related(queryset=Kpi.objects.all(), prefix="K", many=True, required=False)
    notes = Text(max_length=NOTES, required=False, allow_blank=True)


class WorkshopEndpoint(Replayed):
    """Workshops of initiatives the caller may see. Added, never edited."""

    area = "kpis"
    model = Workshop
    listing = WORKSHOPS
    shape = WorkshopShape
    write_shape = WorkshopWrite
    related = ("initiative",)
    prefetch = ("kpis",)
    rights = {"create": Action.DEFINE_KPI}
    said_on, learnt_at = "held_on", "recorded_at"

    def present(self, row: Any, *, many: bool = False) -> Any:
        rows = row if many else [row]
        ids = [one.initiative_id for one in rows]
        self.began = development_began(ids, known_at=self.known_at)
        self.stages = None if self.known_at is None else staged_by(ids, self.known_at)
        return super().present(row, many=many)

    @extend_schema(request=WorkshopWrite, responses={201: WorkshopShape})
    def create(self, request: Request) -> HttpResponse:
        """Record a workshop that was held, with who was there and the KPIs agreed."""

        def work() -> Response:
            said = self.read(request)
            people = [
                Attendee(one["role"], one.get("name", ""), one.get("user")) for one in said["attendees"]
            ]
            row = record_workshop(
                initiative_id=said["initiative"].pk, held_on=said["held_on"], attendees=people,
                kpis=said.get("kpis", ()), notes=said.get("notes", ""), by=self.actor, at=self.at,
            )  # fmt: skip
            return self.answer(self.find(str(row.pk)), status=201)

        return self.once(work)


class TemplateShape(serializers.Serializer[Any]):
    """A KPI to begin from. `by`: industry or objective."""

    code = serializers.CharField()
    by = serializers.CharField()
    group = serializers.CharField()
    group_display = serializers.CharField()
    name = serializers.CharField()
    unit_of_measure = serializers.CharField()
    direction = serializers.CharField()
    kind = serializers.CharField()
    definition = serializers.CharField()


class TemplateApi(viewsets.ViewSet):
    """`kpi-templates`: KPIs to begin from. They read no record."""

    area = "kpis"
    rights = {"GET": Action.VIEW}

    @extend_schema(operation_id="kpi_templates_list", responses=TemplateShape(many=True))
    def list(self, request: Request) -> Response:
        """Every template, by industry and by objective. No baseline and no target: those are yours to say."""
        Endpoint.only_params(request)
        return Response(
            [
                {
                    "code": one.code, "by": "industry" if one.group in INDUSTRY else "objective", "group": one.group,
                    "group_display": GROUPS[one.group], "name": one.name, "unit_of_measure": one.unit,
                    "direction": one.direction.value, "kind": one.kind, "definition": one.definition,
                }
                for one in TEMPLATES
            ]
        )  # fmt: skip
