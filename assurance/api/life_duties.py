"""What happens to models and what owners do, in the API: incidents, attestations, fallback tests, retirements."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from assurance.api.life import LifeBecauseWrite, LifeEndpoint, RecordShape, long_text, of_model, of_person
from assurance.models import (
    Attestation,
    AttestationRound,
    FallbackTest,
    Incident,
    IncidentEvent,
    Retirement,
)
from assurance.models.incidents import CONSEQUENCES
from assurance.queries.life import ticking
from assurance.queries.life_lists import ATTESTATIONS, FALLBACK_TESTS, INCIDENTS, RETIREMENTS, ROUNDS
from assurance.services import duties, incidents
from core import clock
from core.api.briefs import PersonBrief
from core.api.shape import Bool, Day, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.linked import seen_ids
from core.models import BusinessUnit
from core.roles import Action
from domain.model_life import STEPS
from governance.api.inventory import ModelBrief
from governance.api.model_shapes import STAGES
from governance.models import AiModel
from portfolio.models.initiatives import TIERS

SEVERITY = [(3, "3, the highest"), (2, "2"), (1, "1, the lowest")]


class ClockShape(serializers.Serializer[Any]):
    """A clock of an incident. `stands`: in words, as of now. `off`: it was rated anew and runs no more."""

    words = serializers.CharField()
    basis = serializers.CharField()
    due_at = serializers.DateTimeField()
    met_at = serializers.DateTimeField(allow_null=True)
    late = serializers.BooleanField()
    off = serializers.BooleanField()
    stands = serializers.CharField()


class IncidentEventShape(serializers.Serializer[Any]):
    """One thing that happened in its course."""

    kind = serializers.ChoiceField(choices=IncidentEvent.Kind.choices)
    happened_at = serializers.DateTimeField()
    said = serializers.CharField()
    recorded_by = serializers.IntegerField()
    recorded_at = serializers.DateTimeField()


class IncidentShape(RecordShape):
    """An incident. `state`: open, contained or resolved. Severity 3 is the highest."""

    ref = serializers.CharField(read_only=True)
    title = serializers.CharField()
    description = serializers.CharField()
    severity = serializers.IntegerField()
    consequence = serializers.CharField()
    consequence_display = Label("consequence", CONSEQUENCES)
    others = serializers.ListField(child=serializers.IntegerField(), source="other_ids", read_only=True)
    lead = Key("lead")
    state = serializers.CharField()
    detected_at = Moment()
    contained_at = Moment(allow_null=True)
    containment = serializers.CharField()
    resolved_at = Moment(allow_null=True)
    post_mortem = serializers.CharField()
    policy_number = serializers.IntegerField()

    expandable = {**RecordShape.expandable, "lead": PersonBrief}


class IncidentDetailShape(IncidentShape):
    """The same with its clocks and its course, first to last."""

    clocks = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()

    @extend_schema_field(ClockShape(many=True))
    def get_clocks(self, row: Incident) -> list[dict[str, Any]]:
        return [
            {
                "words": one.words, "basis": one.basis, "due_at": one.hand.due_at.isoformat(),
                "met_at": one.hand.met_at and one.hand.met_at.isoformat(), "late": one.hand.late, "off": one.off,
                "stands": one.hand.words,
            }
            for one in ticking(row, clock.now())
        ]  # fmt: skip

    @extend_schema_field(IncidentEventShape(many=True))
    def get_events(self, row: Incident) -> list[dict[str, Any]]:
        return [
            {
                "kind": one.kind, "happened_at": one.happened_at.isoformat(), "said": one.said,
                "recorded_by": one.recorded_by_id, "recorded_at": one.recorded_at.isoformat(),
            }
            for one in row.events.all()
        ]  # fmt: skip


class IncidentWrite(Shape):
    model = of_model()
    title = Text(max_length=200)
    description = long_text()
    severity = serializers.ChoiceField(choices=SEVERITY)
    consequence = serializers.ChoiceField(choices=CONSEQUENCES, required=False)
    detected_at = Moment()
    lead = of_person(required=False, allow_null=True)
    others = Related(queryset=AiModel.objects.all(), prefix="M", many=True, required=False)


class MovedWrite(Shape):
    happened_at = Moment()
    said = long_text()


class PostMortemWrite(MovedWrite):
    url = Text(max_length=400, required=False, allow_blank=True)


class RateWrite(Shape):
    severity = serializers.ChoiceField(choices=SEVERITY)
    consequence = serializers.ChoiceField(choices=CONSEQUENCES)
    said = long_text()


class IncidentEndpoint(LifeEndpoint):
    """Incidents with models. Each act adds to its course; clocks are set by the policy and met by acts."""

    model = Incident
    prefix = "IN"
    listing = INCIDENTS
    shape = IncidentDetailShape
    write_shape = IncidentWrite
    lists_less = True
    rights = dict.fromkeys(
        ("create", "contain", "resolve", "report", "post_mortem", "rate", "note"), Action.REPORT_MODEL
    )

    def shown_as(self) -> type[Shape]:
        return IncidentShape if self.action == "list" else IncidentDetailShape

    def told_beside(self) -> Mapping[str, Any]:
        """Ids of models the caller may not see are not told."""
        return {"other_ids": seen_ids(Incident.others, self.actor)}

    @extend_schema(request=IncidentWrite, responses={201: IncidentDetailShape})
    def create(self, request: Request) -> HttpResponse:
        """Report an incident; its clocks run from `detected_at`."""

        def work() -> Response:
            facts = self.read(request)
            model_id = facts.pop("model").pk
            report = incidents.Report(**facts)
            row = incidents.open_incident(model_id=model_id, report=report, by=self.actor, at=self.at)
            return self.answer(self.find(str(row.pk)), status=201)

        return self.once(work)

    @extend_schema(request=MovedWrite, responses=IncidentDetailShape)
    @action(detail=True, methods=["post"])
    def contain(self, request: Request, pk: str) -> HttpResponse:
        """Say when and how the harm was stopped."""
        return self.act(request, pk, incidents.contain, MovedWrite)

    @extend_schema(request=MovedWrite, responses=IncidentDetailShape)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> HttpResponse:
        """Say when and how it was put right. 409 `not_contained` before it was contained."""
        return self.act(request, pk, incidents.resolve, MovedWrite)

    @extend_schema(request=MovedWrite, responses=IncidentDetailShape)
    @action(detail=True, methods=["post"])
    def report(self, request: Request, pk: str) -> HttpResponse:
        """Say when which authority was told. 409 `no_clock` where none must be."""
        return self.act(request, pk, incidents.report_to_authority, MovedWrite)

    @extend_schema(request=PostMortemWrite, responses=IncidentDetailShape)
    @action(detail=True, methods=["post"], url_path="post-mortem")
    def post_mortem(self, request: Request, pk: str) -> HttpResponse:
        """Say when the post-mortem was held, what was learnt, and where it is."""
        return self.act(request, pk, incidents.hold_post_mortem, PostMortemWrite)

    @extend_schema(request=RateWrite, responses=IncidentDetailShape)
    @action(detail=True, methods=["post"])
    def rate(self, request: Request, pk: str) -> HttpResponse:
        """Rate it anew: its clocks follow."""
        return self.act(request, pk, incidents.rate, RateWrite)

    @extend_schema(request=MovedWrite, responses=IncidentDetailShape)
    @action(detail=True, methods=["post"])
    def note(self, request: Request, pk: str) -> HttpResponse:
        """Write down what else happened."""
        return self.act(request, pk, incidents.note, MovedWrite)


class RoundShape(Shape):
    """A round of attestation: one question to the owners of `asked` models."""

    id = serializers.IntegerField(read_only=True)
    question = serializers.CharField()
    unit = Key("unit", allow_null=True)
    due_on = Day()
    filter = serializers.DictField()
    asked = serializers.IntegerField()
    opened_by = Key("opened_by")
    opened_at = Moment()


class RoundWrite(Shape):
    question = long_text()
    due_on = Day()
    unit = Related(queryset=BusinessUnit.objects.all(), required=False, allow_null=True)
    tiers = serializers.ListField(child=serializers.ChoiceField(choices=TIERS), required=False, max_length=3)
    stages = serializers.ListField(
        child=serializers.ChoiceField(choices=STAGES), required=False, max_length=3
    )


class RoundEndpoint(Endpoint):
    """Rounds of attestation. Opened in one act, never edited."""

    area = "governance"
    model = AttestationRound
    listing = ROUNDS
    shape = RoundShape
    write_shape = RoundWrite
    rights = {"create": Action.PROMOTE_MODEL}

    @extend_schema(request=RoundWrite, responses={201: RoundShape})
    def create(self, request: Request) -> HttpResponse:
        """Ask the owners of every model in use that the filters find."""

        def work() -> Response:
            facts = self.read(request)
            for name in ("tiers", "stages"):
                facts[name] = tuple(facts.get(name, ()))
            return self.answer(duties.open_round(by=self.actor, at=self.at, **facts), status=201)

        return self.once(work)


class AttestationShape(Shape):
    """The question of a round about one model. `answer` empty: not answered."""

    id = serializers.IntegerField(read_only=True)
    round = Key("round")
    model = Key("model")
    owner = Key("owner", allow_null=True)
    answer = serializers.CharField()
    answer_display = Label("answer", Attestation.Answer.choices)
    note = serializers.CharField()
    answered_by = Key("answered_by", allow_null=True)
    answered_at = Moment(allow_null=True)
    version = serializers.IntegerField()

    expandable = {"round": RoundShape, "model": ModelBrief, "owner": PersonBrief}


class AttestWrite(Shape):
    attests = Bool()
    note = long_text(required=False, allow_blank=True)


class AttestationEndpoint(LifeEndpoint):
    """What owners were asked to attest. The model's owner of today answers, once."""

    model = Attestation
    listing = ATTESTATIONS
    shape = AttestationShape
    rights = {"attest": Action.EDIT_MODEL}

    @extend_schema(request=AttestWrite, responses=AttestationShape)
    @action(detail=True, methods=["post"], url_path="answer")
    def attest(self, request: Request, pk: str) -> HttpResponse:
        """Attest, or say what does not hold. 403 `not_the_owner` for everybody else."""
        return self.act(request, pk, duties.answer_attestation, AttestWrite)


class FallbackTestShape(RecordShape):
    """A test of a fallback. Only one that worked counts as tested."""

    tested_on = Day()
    result = serializers.CharField()
    result_display = Label("result", FallbackTest.Result.choices)
    evidence = serializers.CharField()


class FallbackTestWrite(Shape):
    model = of_model()
    tested_on = Day()
    result = serializers.ChoiceField(choices=FallbackTest.Result.choices)
    evidence = long_text()


class FallbackTestEndpoint(LifeEndpoint):
    """Tests of fallbacks. Added, never edited."""

    model = FallbackTest
    listing = FALLBACK_TESTS
    shape = FallbackTestShape
    write_shape = FallbackTestWrite
    rights = {"create": Action.EDIT_MODEL}

    @extend_schema(request=FallbackTestWrite, responses={201: FallbackTestShape})
    def create(self, request: Request) -> HttpResponse:
        """Record a test."""
        return self.make(request, duties.record_fallback_test)


class RetirementStepShape(serializers.Serializer[Any]):
    """A step that is done, with its evidence."""

    code = serializers.CharField()
    done_on = serializers.DateField()
    evidence = serializers.CharField()
    recorded_by = serializers.IntegerField()


class RetirementShape(RecordShape):
    """The orderly end of a model. `done`: the steps done so far; with the last one the model is retired."""

    because = serializers.CharField()
    state = serializers.CharField()
    state_display = Label("state", Retirement.State.choices)
    ended_by = Key("ended_by", allow_null=True)
    ended_at = Moment(allow_null=True)
    ended_because = serializers.CharField()
    done = serializers.SerializerMethodField()

    @extend_schema_field(RetirementStepShape(many=True))
    def get_done(self, row: Retirement) -> list[dict[str, Any]]:
        return [
            {
                "code": one.code, "done_on": one.done_on.isoformat(), "evidence": one.evidence,
                "recorded_by": one.recorded_by_id,
            }
            for one in row.steps.all()
        ]  # fmt: skip


class RetirementWrite(Shape):
    model = of_model()
    because = Text(max_length=300)


class RetirementStepWrite(Shape):
    code = serializers.ChoiceField(choices=[(one.code, one.words) for one in STEPS])
    done_on = Day()
    evidence = long_text()


class RetirementEndpoint(LifeEndpoint):
    """Retirements: begun with a reason, done when consumers are told, data is disposed of, access revoked and the rest archived."""

    model = Retirement
    listing = RETIREMENTS
    shape = RetirementShape
    write_shape = RetirementWrite
    prefetch = ("steps",)
    rights = dict.fromkeys(("create", "step", "cancel"), Action.EDIT_MODEL)

    @extend_schema(request=RetirementWrite, responses={201: RetirementShape})
    def create(self, request: Request) -> HttpResponse:
        """Begin a retirement."""
        return self.make(request, duties.begin_retirement)

    @extend_schema(request=RetirementStepWrite, responses=RetirementShape)
    @action(detail=True, methods=["post"])
    def step(self, request: Request, pk: str) -> HttpResponse:
        """Say that a step is done, with evidence. The last one retires the model."""
        return self.act(request, pk, duties.do_step, RetirementStepWrite)

    @extend_schema(request=LifeBecauseWrite, responses=RetirementShape)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> HttpResponse:
        """Call it off: the model goes on."""
        return self.act(request, pk, duties.cancel_retirement, LifeBecauseWrite)
