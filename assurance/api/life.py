"""What is judged of a model in the API: risk assessments, validations with their findings, change requests, exceptions."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from assurance.models import (
    ChangeRequest,
    ModelException,
    ModelFinding,
    ModelVersion,
    RiskAssessment,
    Validation,
)
from assurance.models.changes import LEVELS
from assurance.queries.life_lists import ASSESSMENTS, CHANGES, EXCEPTIONS, FINDINGS, VALIDATIONS
from assurance.services import changes, validations
from assurance.services.life import LONG, SHORT
from core.api.briefs import PersonBrief
from core.api.shape import Bool, Day, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.models import User
from core.roles import Action
from domain.model_life import SEVERITIES
from governance.api.inventory import ModelBrief
from governance.models import AiModel
from portfolio.models.initiatives import TIERS


def of_model() -> Related:
    """The model a record is about."""
    return Related(queryset=AiModel.objects.all(), prefix="M")


def of_person(**more: Any) -> Related:
    """Somebody, by id."""
    return Related(queryset=User.objects.all(), **more)


def long_text(**more: Any) -> Text:
    return Text(max_length=LONG, **more)


class LifeBecauseWrite(Shape):
    because = Text(max_length=SHORT)


class LifeEndpoint(Endpoint):
    """Records of models' lives: added, and moved by acts; `If-Match` is not asked, a wrong state is 409."""

    area = "governance"

    def make(self, request: Request, service: Callable[..., Any]) -> HttpResponse:
        """Create from the body; `model` in it is handed over as its id."""

        def work() -> Response:
            facts = self.read(request)
            if "model" in facts:
                facts["model_id"] = facts.pop("model").pk
            return self.answer(service(by=self.actor, at=self.at, **facts), status=201)

        return self.once(work)

    def act(
        self, request: Request, pk: str, service: Callable[..., Any], shape: type[Shape], **more: Any
    ) -> HttpResponse:
        """One act on the record, with what the body says."""
        row = self.find(pk)

        def work() -> Response:
            facts = self.read(request, shape=shape)
            service(pk=row.pk, by=self.actor, at=self.at, **facts, **more)
            return self.answer(self.find(pk))

        return self.once(work)


class RecordShape(Shape):
    """What every record of a model's life says."""

    id = serializers.IntegerField(read_only=True)
    model = Key("model")
    recorded_by = Key("recorded_by")
    recorded_at = Moment()
    version = serializers.IntegerField()

    expandable = {"model": ModelBrief, "recorded_by": PersonBrief}


class AssessmentShape(RecordShape):
    """A risk assessment. `computed`: the tier of the matrix; `tier`: the one it gives now; `override`: asked for, or null."""

    materiality = serializers.CharField()
    materiality_display = Label("materiality", LEVELS)
    complexity = serializers.CharField()
    complexity_display = Label("complexity", LEVELS)
    computed = serializers.IntegerField()
    tier = serializers.IntegerField()
    override = serializers.IntegerField(allow_null=True)
    reasoning = serializers.CharField()
    state = serializers.CharField()
    state_display = Label("state", RiskAssessment.State.choices)
    policy_number = serializers.IntegerField()
    decided_by = Key("decided_by", allow_null=True)
    decided_at = Moment(allow_null=True)
    because = serializers.CharField()


class AssessmentWrite(Shape):
    model = of_model()
    materiality = serializers.ChoiceField(choices=LEVELS)
    complexity = serializers.ChoiceField(choices=LEVELS)
    reasoning = long_text(required=False, allow_blank=True)
    override = serializers.ChoiceField(choices=TIERS, required=False, allow_null=True)


class AnswerAskedWrite(LifeBecauseWrite):
    approve = Bool()


class AssessmentEndpoint(LifeEndpoint):
    """Risk assessments: the history of a model's tier. The tier of the matrix stands at once; an override waits for another."""

    model = RiskAssessment
    listing = ASSESSMENTS
    shape = AssessmentShape
    write_shape = AssessmentWrite
    rights = {"create": Action.EDIT_MODEL, "answer_override": Action.PROMOTE_MODEL}

    @extend_schema(request=AssessmentWrite, responses={201: AssessmentShape})
    def create(self, request: Request) -> HttpResponse:
        """Assess a model's risk. 409 `override_waits` while another override does."""
        return self.make(request, changes.assess_risk)

    @extend_schema(request=AnswerAskedWrite, responses=AssessmentShape)
    @action(detail=True, methods=["post"], url_path="answer")
    def answer_override(self, request: Request, pk: str) -> HttpResponse:
        """Approve or refuse the override: 403 `four_eyes` for who asked for it, owns or developed the model."""
        return self.act(request, pk, changes.answer_override, AnswerAskedWrite)


class ValidationShape(RecordShape):
    """A validation or test. `recorded_by` is who looked. Without `finished_on` it is under way."""

    kind = serializers.CharField()
    kind_display = Label("kind", Validation.Kind.choices)
    model_version = Key("model_version", allow_null=True)
    scope = serializers.CharField()
    started_on = Day()
    finished_on = Day(allow_null=True)
    outcome = serializers.CharField()
    outcome_display = Label("outcome", Validation.Outcome.choices)
    summary = serializers.CharField()


class ValidationWrite(Shape):
    model = of_model()
    kind = serializers.ChoiceField(choices=Validation.Kind.choices)
    scope = long_text()
    started_on = Day()
    finished_on = Day(required=False, allow_null=True)
    outcome = serializers.ChoiceField(choices=Validation.Outcome.choices, required=False)
    summary = long_text(required=False, allow_blank=True)
    model_version = Related(queryset=ModelVersion.objects.all(), required=False, allow_null=True)


class FinishWrite(Shape):
    outcome = serializers.ChoiceField(choices=Validation.Outcome.choices)
    finished_on = Day()
    summary = long_text(required=False, allow_blank=True)


class ValidationEndpoint(LifeEndpoint):
    """Validations, threat assessments, red team exercises, leakage tests: by somebody who neither owns nor developed the model."""

    model = Validation
    listing = VALIDATIONS
    shape = ValidationShape
    write_shape = ValidationWrite
    rights = {"create": Action.REVIEW_MODEL, "finish": Action.REVIEW_MODEL}

    @extend_schema(request=ValidationWrite, responses={201: ValidationShape})
    def create(self, request: Request) -> HttpResponse:
        """Record one the caller held, under way or finished."""
        return self.make(request, validations.record_validation)

    @extend_schema(request=FinishWrite, responses=ValidationShape)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> HttpResponse:
        """End it. 409 `findings_open`: with an open finding it is not simply fit."""
        return self.act(request, pk, validations.finish_validation, FinishWrite)


class ModelFindingShape(RecordShape):
    """A finding of a validation or test. Closed with evidence, by somebody else than who mends it."""

    validation = Key("validation")
    number = serializers.IntegerField()
    severity = serializers.CharField()
    severity_display = Label("severity", SEVERITIES)
    text = serializers.CharField()
    owner = Key("owner")
    due_on = Day()
    closed_on = Day(allow_null=True)
    closed_by = Key("closed_by", allow_null=True)
    evidence = serializers.CharField()

    expandable = {**RecordShape.expandable, "owner": PersonBrief, "closed_by": PersonBrief}


class ModelFindingWrite(Shape):
    validation = Related(queryset=Validation.objects.all())
    severity = serializers.ChoiceField(choices=SEVERITIES)
    text = long_text()
    owner = of_person()
    due_on = Day()


class CloseWrite(Shape):
    evidence = long_text()


class ModelFindingEndpoint(LifeEndpoint):
    """Findings to closure."""

    model = ModelFinding
    listing = FINDINGS
    shape = ModelFindingShape
    write_shape = ModelFindingWrite
    rights = {"create": Action.REVIEW_MODEL, "close": Action.REVIEW_MODEL}

    @extend_schema(request=ModelFindingWrite, responses={201: ModelFindingShape})
    def create(self, request: Request) -> HttpResponse:
        """Record a finding of a validation."""

        def work() -> Response:
            facts = self.read(request)
            facts["validation_id"] = facts.pop("validation").pk
            row = validations.record_finding(by=self.actor, at=self.at, **facts)
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=CloseWrite, responses=ModelFindingShape)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> HttpResponse:
        """Close it on evidence: 403 `four_eyes` for who had to mend it."""
        return self.act(request, pk, validations.close_finding, CloseWrite)


class ModelChangeShape(RecordShape):
    """A change request. `recorded_by` is its author."""

    title = serializers.CharField()
    description = serializers.CharField()
    materiality = serializers.CharField()
    materiality_display = Label("materiality", ChangeRequest.Materiality.choices)
    model_version = Key("model_version", allow_null=True)
    state = serializers.CharField()
    state_display = Label("state", ChangeRequest.State.choices)
    decided_by = Key("decided_by", allow_null=True)
    decided_at = Moment(allow_null=True)
    because = serializers.CharField()


class ModelChangeWrite(Shape):
    model = of_model()
    title = Text(max_length=200)
    description = long_text()
    materiality = serializers.ChoiceField(choices=ChangeRequest.Materiality.choices)
    model_version = Related(queryset=ModelVersion.objects.all(), required=False, allow_null=True)


class ReviewChangeWrite(LifeBecauseWrite):
    accept = Bool()


class ChangeEndpoint(LifeEndpoint):
    """Change requests. Reviewed by somebody else; a material one that is accepted makes a validation due."""

    model = ChangeRequest
    listing = CHANGES
    shape = ModelChangeShape
    write_shape = ModelChangeWrite
    rights = {"create": Action.EDIT_MODEL, "review": Action.REVIEW_MODEL, "withdraw": Action.EDIT_MODEL}

    @extend_schema(request=ModelChangeWrite, responses={201: ModelChangeShape})
    def create(self, request: Request) -> HttpResponse:
        """Ask for a change."""
        return self.make(request, changes.ask_change)

    @extend_schema(request=ReviewChangeWrite, responses=ModelChangeShape)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: str) -> HttpResponse:
        """Accept or reject it: 403 `four_eyes` for its author, and for who owns or developed the model."""
        return self.act(request, pk, changes.review_change, ReviewChangeWrite)

    @extend_schema(request=LifeBecauseWrite, responses=ModelChangeShape)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> HttpResponse:
        """Its author takes it back."""
        return self.act(request, pk, changes.withdraw_change, LifeBecauseWrite)


class ExceptionShape(RecordShape):
    """Leave not to follow a rule until a day, and what is done instead."""

    rule = serializers.CharField()
    reason = serializers.CharField()
    compensating_control = serializers.CharField()
    owner = Key("owner")
    expires_on = Day()
    state = serializers.CharField()
    state_display = Label("state", ModelException.State.choices)
    decided_by = Key("decided_by", allow_null=True)
    decided_at = Moment(allow_null=True)
    because = serializers.CharField()
    ended_at = Moment(allow_null=True)
    ended_because = serializers.CharField()

    expandable = {**RecordShape.expandable, "owner": PersonBrief}


class ExceptionWrite(Shape):
    model = of_model()
    rule = Text(max_length=200)
    reason = long_text()
    compensating_control = long_text()
    owner = of_person()
    expires_on = Day()


class ExceptionEndpoint(LifeEndpoint):
    """Exceptions. Approved by another; one whose day has passed expires, and is flagged until the rule is followed again."""

    model = ModelException
    listing = EXCEPTIONS
    shape = ExceptionShape
    write_shape = ExceptionWrite
    rights = {"create": Action.EDIT_MODEL, "answer_it": Action.PROMOTE_MODEL, "end": Action.EDIT_MODEL}

    @extend_schema(request=ExceptionWrite, responses={201: ExceptionShape})
    def create(self, request: Request) -> HttpResponse:
        """Ask for an exception, for a year at most."""
        return self.make(request, changes.ask_exception)

    @extend_schema(request=AnswerAskedWrite, responses=ExceptionShape)
    @action(detail=True, methods=["post"], url_path="answer")
    def answer_it(self, request: Request, pk: str) -> HttpResponse:
        """Approve or refuse it: 403 `four_eyes` for who asked for it, answers for it, owns or developed the model."""
        return self.act(request, pk, changes.answer_exception, AnswerAskedWrite)

    @extend_schema(request=LifeBecauseWrite, responses=ExceptionShape)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> HttpResponse:
        """Say that the rule is followed again."""
        return self.act(request, pk, changes.end_exception, LifeBecauseWrite)
