"""`objectives`, and what is only read: `stage-spells` and `flags`."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.briefs import PersonBrief, UnitBrief
from core.api.shape import Bool, Day, Display, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.models import User
from core.roles import Action
from portfolio.models import Flag, StageSpell, StrategicObjective
from portfolio.models.initiatives import PRECISIONS, STAGES
from portfolio.queries import FLAGS, OBJECTIVES, SPELLS
from portfolio.services.objectives import create_objective, edit_objective


class InitiativeBrief(Shape):
    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)


class ObjectiveShape(Shape):
    """What the organisation wants."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField()
    description = serializers.CharField()
    owner = Key("owner", allow_null=True)
    active = Bool()
    version = serializers.IntegerField()

    expandable = {"owner": PersonBrief}


class ObjectiveWrite(Shape):
    name = Text(max_length=200)
    description = Text(max_length=20_000, required=False, allow_blank=True)
    owner = Related(queryset=User.objects.all(), required=False, allow_null=True)
    active = Bool(required=False)


class ObjectiveEndpoint(Endpoint):
    """Strategic objectives."""

    area = "portfolio"
    model = StrategicObjective
    listing = OBJECTIVES
    shape = ObjectiveShape
    write_shape = ObjectiveWrite
    rights = {"create": Action.MANAGE_OBJECTIVES, "partial_update": Action.MANAGE_OBJECTIVES}

    @extend_schema(request=ObjectiveWrite, responses={201: ObjectiveShape})
    def create(self, request: Request) -> HttpResponse:
        """A new objective."""

        def work() -> Response:
            return self.answer(create_objective(by=self.actor, at=self.at, **self.read(request)), status=201)

        return self.once(work)

    @extend_schema(request=ObjectiveWrite, responses=ObjectiveShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what the body names."""
        row = self.find(pk)
        version = self.expected_version(request)
        facts = self.read(request, partial=True)
        return self.answer(
            edit_objective(pk=row.pk, by=self.actor, at=self.at, expected_version=version, **facts)
        )


class SpellShape(Shape):
    """A stay in a stage. `entered_on` null is undated, not zero; `restates` names the row it corrects."""

    id = serializers.IntegerField(read_only=True)
    initiative = Key("initiative")
    from_stage = serializers.CharField()
    from_stage_display = Label("from_stage", STAGES)
    stage = serializers.CharField()
    stage_display = Label("stage", STAGES)
    entered_on = Day(allow_null=True)
    precision = serializers.CharField()
    precision_display = Label("precision", PRECISIONS)
    left_on = Day(allow_null=True)
    because = serializers.CharField()
    basis = serializers.CharField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)
    closed_at = Moment(allow_null=True)
    restates = Key("restates", allow_null=True)

    expandable = {"initiative": InitiativeBrief, "recorded_by": PersonBrief}


class SpellEndpoint(Endpoint):
    """Stage spells: every stay of every initiative in a stage. Moved by decisions and imports only."""

    area = "portfolio"
    model = StageSpell
    listing = SPELLS
    shape = SpellShape


class FlagShape(Shape):
    """A finding, open while `cleared_at` is null: its rule, its numbers, since when, and what would clear it.

    `due_on`: by when somebody has to act, where the rule says; `escalated_on`: since when it is before the council
    because nobody did.
    """

    id = serializers.IntegerField(read_only=True)
    subject_type = serializers.CharField()
    subject_type_display = Label("subject_type", Flag.SUBJECTS)
    subject_id = serializers.IntegerField()
    subject_label = serializers.CharField()
    initiative = Key("initiative", allow_null=True)
    unit = Key("unit", allow_null=True)
    owner = Key("owner", allow_null=True)
    rule = serializers.CharField()
    group = serializers.CharField()
    group_display = Display(lambda row: row.group.capitalize())
    severity = serializers.IntegerField()
    cause = serializers.CharField()
    sentence = serializers.CharField()
    numbers = serializers.DictField()
    clears_when = serializers.CharField()
    since = Day()
    due_on = Day(allow_null=True)
    escalated_on = Day(allow_null=True)
    raised_at = Moment()
    updated_at = Moment()
    cleared_at = Moment(allow_null=True)
    cleared_because = serializers.CharField()

    expandable = {"initiative": InitiativeBrief, "unit": UnitBrief, "owner": PersonBrief}


class FlagEndpoint(Endpoint):
    """Flags: raised and cleared by rules, written by no caller."""

    area = "portfolio"
    model = Flag
    listing = FLAGS
    shape = FlagShape
