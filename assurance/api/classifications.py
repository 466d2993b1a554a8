"""`classifications`, `obligations`, `rule-sets`: how a model is classified, what is owed, and the rules in force."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from assurance.models import Classification, Obligation
from assurance.models.classifications import RULE_SETS
from assurance.queries.classifications import CLASSIFICATIONS, OBLIGATIONS
from assurance.queries.rules import rules
from assurance.services.classifications import EVIDENCE, URL, record_classification, say_obligation
from core import clock
from core.api.briefs import PersonBrief
from core.api.shape import Bool, Day, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.models import User
from core.roles import Action
from domain.rule_sets import STATUSES
from governance.api.inventory import ModelBrief
from governance.models import AiModel


class ClassificationShape(Shape):
    """Answers to a rule set, and the class they give. `not_determined`: `missing` names what nobody answered."""

    id = serializers.IntegerField(read_only=True)
    model = Key("model")
    rule_set = serializers.CharField()
    rule_set_display = Label("rule_set", RULE_SETS)
    rule_version = serializers.CharField()
    answers = serializers.DictField(child=serializers.DictField())
    class_code = serializers.CharField()
    class_label = serializers.CharField()
    decided_by = serializers.CharField()
    applies_from = Day(allow_null=True)
    missing = serializers.ListField(child=serializers.CharField())
    newest = Bool()
    recorded_at = Moment()
    recorded_by = Key("recorded_by")

    expandable = {"model": ModelBrief, "recorded_by": PersonBrief}


@extend_schema_field({"type": "object", "additionalProperties": {"type": "object"}})
class Answers(serializers.JSONField):
    """Question -> {"answer": "yes", "because": "..."}; "unknown" where nobody knows."""


class ClassificationWrite(Shape):
    """`follows`: the id of the classification it is written after, 0 for the first; left out: whichever stands."""

    model = Related(queryset=AiModel.objects.all(), prefix="M")
    rule_set = serializers.ChoiceField(choices=RULE_SETS)
    answers = Answers()
    follows = serializers.IntegerField(min_value=0, max_value=2**62, required=False)


class ClassificationEndpoint(Endpoint):
    """Classifications of models. Added, never edited; the newest counts."""

    area = "governance"
    model = Classification
    listing = CLASSIFICATIONS
    shape = ClassificationShape
    write_shape = ClassificationWrite
    rights = {"create": Action.EDIT_MODEL}

    @extend_schema(request=ClassificationWrite, responses={201: ClassificationShape})
    def create(self, request: Request) -> HttpResponse:
        """Answer a rule set by the version in force today. An answer needs its reason; blank is never no."""

        def work() -> Response:
            said = self.read(request)
            model_id = said.pop("model").pk
            row = record_classification(model_id=model_id, by=self.actor, at=self.at, **said)
            return self.answer(row, status=201)

        return self.once(work)


class ObligationShape(Shape):
    """One obligation of a model. `statuses`: what it may be said to be; `owed`: the newest classification brings it."""

    id = serializers.IntegerField(read_only=True)
    model = Key("model")
    rule_set = serializers.CharField()
    rule_set_display = Label("rule_set", RULE_SETS)
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF's own attribute of a field
    place = serializers.CharField()
    group = serializers.CharField()
    statuses = serializers.ListField(child=serializers.CharField())
    owed = Bool()
    applies_from = Day(allow_null=True)
    status = serializers.CharField()
    status_display = Label("status", STATUSES)
    evidence = serializers.CharField()
    url = serializers.CharField()
    owner = Key("owner", allow_null=True)
    due_on = Day(allow_null=True)
    said_at = Moment(allow_null=True)
    said_by = Key("said_by", allow_null=True)
    version = serializers.IntegerField()

    expandable = {"model": ModelBrief, "owner": PersonBrief, "said_by": PersonBrief}


class ObligationEdit(Shape):
    status = serializers.ChoiceField(choices=list(STATUSES.items()), required=False)
    evidence = Text(max_length=EVIDENCE, required=False, allow_blank=True)
    url = Text(max_length=URL, required=False, allow_blank=True)
    owner = Related(queryset=User.objects.all(), required=False, allow_null=True)
    due_on = Day(required=False, allow_null=True)


class ObligationEndpoint(Endpoint):
    """What is owed, and how it stands. What was said before is kept."""

    area = "governance"
    model = Obligation
    listing = OBLIGATIONS
    shape = ObligationShape
    write_shape = ObligationEdit
    rights = {"partial_update": Action.EDIT_MODEL}

    @extend_schema(request=ObligationEdit, responses=ObligationShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Say how it stands. Yes and waived need what shows it."""
        row = self.find(pk)
        version = self.expected_version(request)
        said = self.read(request, partial=True)
        say_obligation(pk=row.pk, by=self.actor, at=self.at, expected_version=version, **said)
        return self.answer(self.find(pk))


class RuleSetShape(serializers.Serializer[Any]):
    """The version in force today: questions in their order, classes with their days, what each brings."""

    code = serializers.CharField()
    name = serializers.CharField()
    version = serializers.CharField()
    from_day = serializers.DateField()
    note = serializers.CharField()
    otherwise = serializers.CharField()
    duties_are = serializers.CharField()
    questions = serializers.ListField(child=serializers.DictField())
    classes = serializers.ListField(child=serializers.DictField())
    duties = serializers.ListField(child=serializers.DictField())


class RuleSetApi(viewsets.ViewSet):
    """`rule-sets`: the rules by which models are classified, as they are in force today."""

    area = "governance"
    rights = {"GET": Action.VIEW}

    @extend_schema(operation_id="rule_sets_list", responses=RuleSetShape(many=True))
    def list(self, request: Request) -> Response:
        """Every rule set."""
        Endpoint.only_params(request)
        found, today = rules(), clock.day_of(clock.now())
        return Response([found.on(code, today).to_json() for code in found.versions])
