"""`decisions` and `conditions`: what was decided, by whom, on which evidence, and what it hangs on."""

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.briefs import PersonBrief
from core.api.shape import Bool, Day, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.errors import conflict, field_error, from_rule
from core.models import User
from core.roles import Action
from domain.authority import Authority
from domain.errors import RuleError
from domain.motions import read_motion
from domain.stage_words import ORDER, Body, Stage
from governance.models import Condition, Decision
from governance.models.decisions import OUTCOMES
from governance.models.gates import BODIES
from governance.queries.decision_room import statements_on
from governance.queries.definition import gate_of
from governance.queries.log import CONDITIONS, DECISIONS
from governance.queries.superseded import superseded
from governance.services import condition_changes, conditions
from governance.services.decide import record_decision
from governance.services.reopen import reopen
from portfolio.api.records import InitiativeBrief
from portfolio.models import Initiative

BECAUSE = 500
REOPENABLE = tuple(one.value for one in ORDER[:-1])


class GateDecisionShape(Shape):
    """One entry of the log. It stands; a correction is another entry. `hash` chains it to the entry before (`prev_hash`)."""

    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField(read_only=True)
    initiative = Key("initiative")
    submission = Key("submission", allow_null=True)
    gate = serializers.CharField()
    outcome = serializers.CharField()
    outcome_display = Label("outcome", OUTCOMES)
    carried = Bool()
    from_stage = serializers.CharField()
    to_stage = serializers.CharField()
    body = serializers.CharField()
    body_display = Label("body", BODIES)
    decided_on = Day()
    decided_by = Key("decided_by", allow_null=True)
    recorded_at = Moment()
    because = serializers.CharField()
    reason_code = serializers.CharField()
    lessons = serializers.CharField()
    lapses_on = Day(allow_null=True)
    until = Day(allow_null=True)
    pack_seal = serializers.CharField()
    prev_hash = serializers.CharField()
    hash = serializers.CharField()
    corrects = Key("corrects", allow_null=True)

    expandable = {"initiative": InitiativeBrief, "decided_by": PersonBrief}


class DifferenceShape(serializers.Serializer[Any]):
    """A sealed fact that is another one now, and why that is material."""

    fact = serializers.CharField()
    sealed = serializers.CharField()
    now = serializers.CharField()
    because = serializers.CharField()


class DecisionStatementShape(serializers.Serializer[Any]):
    """What a member has on record beside the decision. `added_later`: after it was recorded, so not in its document."""

    author = serializers.IntegerField()
    kind = serializers.CharField()
    text = serializers.CharField()
    at = serializers.DateTimeField()
    added_later = serializers.BooleanField()


class GateDecisionDetailShape(GateDecisionShape):
    """The same with the whole entry, what is different since, and every statement made beside it."""

    document = serializers.SerializerMethodField()
    superseded_evidence = serializers.SerializerMethodField()
    statements = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_document(self, row: Decision) -> Any:
        return json.loads(row.document)

    @extend_schema_field(DifferenceShape(many=True))
    def get_superseded_evidence(self, row: Decision) -> list[dict[str, str]]:
        return [
            {"fact": one.fact, "sealed": one.sealed, "now": one.now, "because": one.because}
            for one in superseded(row)
        ]

    @extend_schema_field(DecisionStatementShape(many=True))
    def get_statements(self, row: Decision) -> list[dict[str, Any]]:
        return [
            {"author": one.author, "kind": one.kind, "text": one.text, "at": one.at.isoformat(), "added_later": one.later}
            for one in statements_on(row)
        ]  # fmt: skip


class GateDecisionWrite(Shape):
    """A motion of the portfolio manager's. `motion`: outcome, because, and what the outcome needs. `submission` is the one it
    answers, `specialist` who agrees at tier 2."""

    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")
    motion = serializers.DictField()
    submission = serializers.IntegerField(required=False, allow_null=True)
    specialist = Related(queryset=User.objects.all(), required=False, allow_null=True)


class ReopenWrite(Shape):
    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")
    stage = Text(max_length=20)
    because = Text(max_length=1000)
    specialist = Related(queryset=User.objects.all(), required=False, allow_null=True)


def _authority(specialist: User | None) -> Authority:
    body = Body.PORTFOLIO_MANAGER_WITH_SPECIALIST if specialist else Body.PORTFOLIO_MANAGER
    return Authority(body=body, specialist=specialist.pk if specialist else None)


class DecisionEndpoint(Endpoint):
    """The decision log. The council's decisions come from its own items."""

    area = "governance"
    model = Decision
    prefix = "D"
    listing = DECISIONS
    shape = GateDecisionDetailShape
    write_shape = GateDecisionWrite
    lists_less = True
    rights = {"create": Action.DECIDE_GATE, "reopen": Action.DECIDE_GATE}

    def shown_as(self) -> type[Shape]:
        return GateDecisionShape if self.action == "list" else GateDecisionDetailShape

    @extend_schema(request=GateDecisionWrite, responses={201: GateDecisionDetailShape})
    def create(self, request: Request) -> HttpResponse:
        """Decide as portfolio manager. 403 `four_eyes` for who is in conflict; 409 `wrong_body`, `submission_missing`,
        `conditions_open`, `not_open`."""

        def work() -> Response:
            facts = self.read(request)
            initiative: Initiative = facts["initiative"]
            gate, _ = gate_of(initiative.stage, clock.day_of(self.at))
            if gate is None:
                raise conflict("no_gate", f"From {initiative.get_stage_display().lower()} no gate leads on.")
            try:
                motion = read_motion(facts["motion"], gate=gate, today=clock.day_of(self.at), at="/motion")
            except RuleError as error:
                raise from_rule(error) from error
            row = record_decision(
                initiative_id=initiative.pk, motion=motion, authority=_authority(facts.get("specialist")),
                submission_id=facts.get("submission"), by=self.actor, at=self.at,
            )  # fmt: skip
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=ReopenWrite, responses={201: GateDecisionDetailShape})
    @action(detail=False, methods=["post"])
    def reopen(self, request: Request) -> HttpResponse:
        """Take a stopped initiative up again in a named stage."""

        def work() -> Response:
            facts = self.read(request, shape=ReopenWrite)
            if facts["stage"] not in REOPENABLE:
                raise field_error("stage", f"Give one of: {', '.join(REOPENABLE)}.", code="invalid_choice")
            row = reopen(
                initiative_id=facts["initiative"].pk, stage=Stage(facts["stage"]), because=facts["because"],
                authority=_authority(facts.get("specialist")), by=self.actor, at=self.at,
            )  # fmt: skip
            return Response(self.present(row), status=201)

        return self.once(work)


class ConditionActShape(serializers.Serializer[Any]):
    """What was done of a condition."""

    act = serializers.CharField()
    because = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    at = serializers.DateTimeField()
    by = serializers.IntegerField(allow_null=True)
    confirmed_by = serializers.IntegerField(allow_null=True)
    decision = serializers.IntegerField(allow_null=True)


class ConditionShape(Shape):
    """What an approval hangs on. `first_due_on` never changes. `overdue`: empty, told, flagged or suspends.

    `proposed_due_on`: a second new date that waits to be confirmed; `due_on` stands until then.
    """

    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField(read_only=True)
    decision = Key("decision")
    initiative = Key("initiative")
    number = serializers.IntegerField()
    text = serializers.CharField()
    kind = serializers.CharField()
    kind_display = Label("kind", Condition.Kind.choices)
    blocking = Bool()
    owner = Key("owner")
    verifier = Key("verifier")
    verification = serializers.CharField()
    first_due_on = Day()
    due_on = Day()
    proposed_due_on = Day(allow_null=True)
    state = serializers.CharField()
    state_display = Label("state", Condition.State.choices)
    closed_on = Day(allow_null=True)
    overdue = serializers.CharField()
    valid_until = Day(allow_null=True)
    version = serializers.IntegerField()

    expandable = {"initiative": InitiativeBrief, "owner": PersonBrief, "verifier": PersonBrief}


class ConditionDetailShape(ConditionShape):
    """The same with everything that was done of it, first to last."""

    acts = serializers.SerializerMethodField()

    @extend_schema_field(ConditionActShape(many=True))
    def get_acts(self, row: Condition) -> list[dict[str, Any]]:
        return [
            {
                "act": one.act, "because": one.because, "due_on": one.due_on and one.due_on.isoformat(),
                "at": one.at.isoformat(), "by": one.by_id, "confirmed_by": one.confirmed_by_id, "decision": one.decision_id,
            }
            for one in row.acts.all()
        ]  # fmt: skip


class ConditionActWrite(Shape):
    because = Text(max_length=BECAUSE)


class RedateWrite(ConditionActWrite):
    """A new due date; a second one waits until somebody else confirms it."""

    due_on = Day()


class ConditionEndpoint(Endpoint):
    """Conditions of approvals. Set with a decision; what is done of them is said by acts, each under If-Match."""

    area = "governance"
    model = Condition
    prefix = "C"
    listing = CONDITIONS
    shape = ConditionDetailShape
    lists_less = True
    rights = {
        "evidence": Action.MEET_CONDITION, "discharge": Action.MEET_CONDITION, "refuse": Action.MEET_CONDITION,
        "waive": Action.DECIDE_GATE, "redate": Action.DECIDE_GATE, "confirm": Action.VIEW, "decline": Action.VIEW,
    }  # fmt: skip

    def shown_as(self) -> type[Shape]:
        return ConditionShape if self.action == "list" else ConditionDetailShape

    @extend_schema(request=ConditionActWrite, responses=ConditionDetailShape)
    @action(detail=True, methods=["post"])
    def evidence(self, request: Request, pk: str) -> HttpResponse:
        """The owner says what meets it."""
        return self._act(request, pk, conditions.give_evidence)

    @extend_schema(request=ConditionActWrite, responses=ConditionDetailShape)
    @action(detail=True, methods=["post"])
    def discharge(self, request: Request, pk: str) -> HttpResponse:
        """The verifier, who is not the owner, finds it met."""
        return self._act(request, pk, conditions.discharge)

    @extend_schema(request=ConditionActWrite, responses=ConditionDetailShape)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str) -> HttpResponse:
        """The verifier does not accept what was given; it stays open."""
        return self._act(request, pk, conditions.refuse_evidence)

    @extend_schema(request=ConditionActWrite, responses=ConditionDetailShape)
    @action(detail=True, methods=["post"])
    def waive(self, request: Request, pk: str) -> HttpResponse:
        """The portfolio manager sets aside what they set. 403 `four_eyes` for its owner, verifier and others in conflict."""
        return self._act(request, pk, condition_changes.waive, body=Body.PORTFOLIO_MANAGER)

    @extend_schema(request=RedateWrite, responses=ConditionDetailShape)
    @action(detail=True, methods=["post"])
    def redate(self, request: Request, pk: str) -> HttpResponse:
        """The portfolio manager gives a new date; a second one waits until the chair or another manager confirms it."""
        return self._act(
            request, pk, condition_changes.redate, shape=RedateWrite, body=Body.PORTFOLIO_MANAGER
        )

    @extend_schema(request=ConditionActWrite, responses=ConditionDetailShape)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> HttpResponse:
        """A second new date takes effect: the chair's own act, signed in, never by a token. 409 `nothing_to_confirm`, `passed`."""
        return self._act(request, pk, condition_changes.confirm_date)

    @extend_schema(request=ConditionActWrite, responses=ConditionDetailShape)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> HttpResponse:
        """A second new date is not confirmed: the date stands."""
        return self._act(request, pk, condition_changes.decline_date)

    def _act(
        self, request: Request, pk: str, service: Callable[..., Condition], shape: type[Shape] = ConditionActWrite, **more: Any
    ) -> HttpResponse:  # fmt: skip
        row = self.find(pk)

        def work() -> Response:
            facts = self.read(request, shape=shape)
            return self.answer(service(pk=row.pk, by=self.actor, at=self.at, **facts, **more))

        return self.once(work)
