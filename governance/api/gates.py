"""`initiatives/{id}/gate-draft`, `gate-submissions` and `gate-evidence`: what a lead asks at a gate."""

import json
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.auth import actor_of
from core.api.briefs import PersonBrief
from core.api.rows import version_in
from core.api.shape import Bool, Day, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.errors import Problem, conflict, not_found
from core.listing import Filter, Listing
from core.roles import Action
from core.values import read_ref
from governance.models import GateDraft, GateEvidence, GateSubmission
from governance.models.gates import BODIES, CONFIDENCES
from governance.queries.confidence import views_of
from governance.queries.definition import gate_of
from governance.queries.log import SUBMISSIONS
from governance.queries.must_meets import answers_at
from governance.services.confidence import BECAUSE as SAYS_WHY
from governance.services.confidence import give_confidence
from governance.services.evidence import (
    BECAUSE,
    TITLE,
    URL,
    WITHDRAWN,
    Given,
    add_evidence,
    waive_criterion,
    withdraw_evidence,
)
from governance.services.gate_draft import save_gate_draft
from governance.services.submit import submit_gate, withdraw_submission
from portfolio.api.records import InitiativeBrief
from portfolio.models import Initiative
from portfolio.models.initiatives import TIERS

_INITIATIVE = OpenApiParameter(
    "initiative_id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="The initiative, by id or as AI-0042.",
)


class GapShape(serializers.Serializer[Any]):
    """One part that is missing, and where it is filled in."""

    code = serializers.CharField()
    words = serializers.CharField()
    url = serializers.CharField()


class AnswerShape(serializers.Serializer[Any]):
    """One must-meet: yes, no or unknown (which counts as no), the fact that answered, and where it is filled in. `gaps`: its
    missing parts, where it consists of several."""

    code = serializers.CharField()
    text = serializers.CharField()
    answer = serializers.CharField()
    fact = serializers.CharField()
    url = serializers.CharField()
    waivable = serializers.BooleanField()
    gaps = GapShape(many=True)


class DraftShape(serializers.Serializer[Any]):
    """The draft for the gate ahead. `version` 0: nothing is written yet. `must_meets`: as the record answers them now."""

    gate = serializers.CharField()
    answers = serializers.DictField()
    version = serializers.IntegerField()
    updated_at = serializers.DateTimeField(allow_null=True)
    must_meets = AnswerShape(many=True)


class DraftWrite(serializers.Serializer[Any]):
    """Everything a lead wrote; it may be incomplete. The fields are those of the gate's definition."""

    answers = serializers.DictField()


class GateDraftApi(viewsets.ViewSet):
    """The draft of one initiative's gate: read it, replace it whole under If-Match."""

    area = "governance"
    rights = {"retrieve": Action.VIEW, "update": Action.SUBMIT_GATE}

    @extend_schema(operation_id="gate_draft_retrieve", parameters=[_INITIATIVE], responses=DraftShape)
    def retrieve(self, request: Request, initiative_id: str) -> Response:
        """What is written, and what the record answers. The ETag is that of the draft, `"v0"` where there is none."""
        Endpoint.only_params(request)
        return self._answer(self._initiative(request, initiative_id))

    @extend_schema(
        operation_id="gate_draft_update", parameters=[_INITIATIVE], request=DraftWrite, responses=DraftShape
    )
    def update(self, request: Request, initiative_id: str) -> Response:
        """Save it. It never submits anything. 412 where somebody saved in between."""
        Endpoint.only_params(request)
        row = self._initiative(request, initiative_id)
        version = version_in(request)
        if not isinstance(request.data, dict) or set(request.data) != {"answers"}:
            raise Problem(400, "invalid", "Send one JSON object with the member answers.")
        save_gate_draft(
            initiative_id=row.pk, answers=request.data["answers"], by=actor_of(request), at=clock.now(),
            expected_version=version,
        )  # fmt: skip
        return self._answer(row)

    @staticmethod
    def _initiative(request: Request, initiative_id: str) -> Initiative:
        rows = Initiative.objects.visible_to(actor_of(request)).select_related("unit", "sponsor", "lead")
        row = rows.filter(pk=read_ref(initiative_id, "AI")).first()
        if row is None:
            raise not_found()
        return row

    @staticmethod
    def _answer(row: Initiative) -> Response:
        today = clock.today()
        gate, _ = gate_of(row.stage, today)
        if gate is None:
            raise conflict("no_gate", f"From {row.get_stage_display().lower()} no gate leads on.")
        draft = GateDraft.objects.filter(initiative=row).first()
        own = draft if draft is not None and draft.gate == gate.code else None
        body = {
            "gate": gate.code, "answers": own.answers if own else {}, "version": draft.version if draft else 0,
            "updated_at": own.updated_at if own else None,
            "must_meets": [
                {
                    "code": one.criterion.code, "text": one.criterion.text, "answer": one.told.answer,
                    "fact": one.told.fact, "url": one.told.url, "waivable": one.waivable,
                    "gaps": [{"code": gap.code, "words": gap.words, "url": gap.url} for gap in one.told.gaps],
                }
                for one in answers_at(row, gate, today=today)
            ],
        }  # fmt: skip
        return Response(body, headers={"ETag": f'"v{body["version"]}"'})


class SubmissionShape(Shape):
    """A gate asked for, as it was sealed. `document` is the pack; `seal` the SHA-256 of its canonical text. Only the state
    ever changes."""

    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField(read_only=True)
    initiative = Key("initiative")
    gate = serializers.CharField()
    number = serializers.IntegerField()
    definition = serializers.IntegerField()
    from_stage = serializers.CharField()
    to_stage = serializers.CharField()
    tier = serializers.IntegerField(allow_null=True)
    tier_display = Label("tier", TIERS)
    body = serializers.CharField()
    body_display = Label("body", BODIES)
    ask = serializers.CharField()
    confidence = serializers.CharField()
    confidence_display = Label("confidence", CONFIDENCES)
    case = Key("case", allow_null=True)
    seal = serializers.CharField()
    submitted_at = Moment()
    submitted_by = Key("submitted_by", allow_null=True)
    due_on = Day()
    state = serializers.CharField()
    state_display = Label("state", GateSubmission.State.choices)
    closed_at = Moment(allow_null=True)
    closed_because = serializers.CharField()
    supersedes = Key("supersedes", allow_null=True)
    version = serializers.IntegerField()

    expandable = {"initiative": InitiativeBrief, "submitted_by": PersonBrief}


class ConfidenceShape(Shape):
    """An independent view of how likely delivery is."""

    confidence = serializers.CharField()
    confidence_display = Label("confidence", CONFIDENCES)
    because = serializers.CharField()
    given_at = Moment()
    given_by = Key("given_by", allow_null=True)


class ConfidenceWrite(Shape):
    confidence = serializers.ChoiceField(choices=CONFIDENCES)
    because = Text(max_length=SAYS_WHY)


class SubmissionDetailShape(SubmissionShape):
    """The same with the whole pack, and the independent views beside the lead's own, the latest first."""

    independent = serializers.SerializerMethodField()

    @extend_schema_field(ConfidenceShape(many=True))
    def get_independent(self, row: GateSubmission) -> list[Any]:
        return [ConfidenceShape(one).data for one in views_of(row)]

    document = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_document(self, row: GateSubmission) -> Any:
        return json.loads(row.document)


class SubmissionWrite(Shape):
    """Ask for the gate ahead with its draft. `draft_version`: of the draft that was read, so that nothing else is sealed."""

    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")
    draft_version = serializers.IntegerField(min_value=1, required=False)


class WithdrawWrite(Shape):
    because = Text(max_length=WITHDRAWN)


class SubmissionEndpoint(Endpoint):
    """Gates asked for. Created from the draft, withdrawn, and never edited."""

    area = "governance"
    model = GateSubmission
    prefix = "S"
    listing = SUBMISSIONS
    shape = SubmissionDetailShape
    write_shape = SubmissionWrite
    lists_less = True
    rights = {"create": Action.SUBMIT_GATE, "withdraw": Action.SUBMIT_GATE, "confidence": Action.ASSURE_GATE}

    def shown_as(self) -> type[Shape]:
        return SubmissionShape if self.action == "list" else SubmissionDetailShape

    @extend_schema(request=SubmissionWrite, responses={201: SubmissionDetailShape})
    def create(self, request: Request) -> HttpResponse:
        """Seal what is known and ask. 409 `gate_incomplete` lists everything missing and where it is filled in; one that is
        open is superseded."""

        def work() -> Response:
            facts = self.read(request)
            row = submit_gate(
                initiative_id=facts["initiative"].pk, by=self.actor, at=self.at,
                expected_version=facts.get("draft_version"),
            )  # fmt: skip
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=WithdrawWrite, responses=SubmissionDetailShape)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> HttpResponse:
        """Take an open one back, said why."""
        row = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=WithdrawWrite)
            return self.answer(withdraw_submission(pk=row.pk, by=self.actor, at=self.at, **said))

        return self.once(work)

    @extend_schema(request=ConfidenceWrite, responses={201: SubmissionDetailShape})
    @action(detail=True, methods=["post"])
    def confidence(self, request: Request, pk: str) -> HttpResponse:
        """Say, independently, how likely delivery is. 403 `four_eyes` for who is in conflict, `only_a_person` for a token."""
        row = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=ConfidenceWrite)
            give_confidence(submission_id=row.pk, by=self.actor, at=self.at, **said)
            return self.answer(row, status=201)

        return self.once(work)


EVIDENCE = Listing(
    filters={
        "id": Filter("pk", "id"),
        "initiative": Filter("initiative", "ref", prefix="AI"),
        "criterion": Filter("criterion", "text", ops=("", "in")),
        "gate": Filter("gate", "text", ops=("", "in")),
        "waived": Filter("waived", "bool", ops=("",)),
    },
    orders={"added_at": "added_at"},
    search=("title",),
)


class GateEvidenceShape(Shape):
    """One piece of evidence: a file with its checksum, or an address; or a waiver with its reason. It stands as given."""

    id = serializers.IntegerField(read_only=True)
    initiative = Key("initiative")
    gate = serializers.CharField()
    criterion = serializers.CharField()
    title = serializers.CharField()
    dated_on = Day(allow_null=True)
    expires_on = Day(allow_null=True)
    passed = Bool(allow_null=True)
    url = serializers.CharField()
    filename = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField()
    waived = Bool()
    because = serializers.CharField()
    added_at = Moment()
    added_by = Key("added_by", allow_null=True)
    withdrawn_at = Moment(allow_null=True)
    withdrawn_because = serializers.CharField()

    expandable = {"initiative": InitiativeBrief, "added_by": PersonBrief}


class GateEvidenceWrite(Shape):
    """Evidence by its address. Files are given on the page of the gate."""

    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")
    criterion = Text(max_length=60)
    title = Text(max_length=TITLE)
    url = Text(max_length=URL)
    dated_on = Day(required=False, allow_null=True)
    expires_on = Day(required=False, allow_null=True)
    passed = Bool(required=False, allow_null=True)


class WaiverWrite(Shape):
    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")
    criterion = Text(max_length=60)
    because = Text(max_length=BECAUSE)


class EvidenceEndpoint(Endpoint):
    """Evidence for must-meets. Added, withdrawn, never edited."""

    area = "governance"
    model = GateEvidence
    listing = EVIDENCE
    shape = GateEvidenceShape
    write_shape = GateEvidenceWrite
    rights = {"create": Action.SUBMIT_GATE, "withdraw": Action.VIEW, "waive": Action.DECIDE_GATE}

    def get_queryset(self) -> Any:
        return super().get_queryset().defer("content")

    @extend_schema(request=GateEvidenceWrite, responses={201: GateEvidenceShape})
    def create(self, request: Request) -> HttpResponse:
        """Give evidence for a must-meet of the gate ahead."""

        def work() -> Response:
            facts = self.read(request)
            initiative = facts.pop("initiative")
            row = add_evidence(initiative_id=initiative.pk, given=Given(**facts), by=self.actor, at=self.at)
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=WaiverWrite, responses={201: GateEvidenceShape})
    @action(detail=False, methods=["post"])
    def waive(self, request: Request) -> HttpResponse:
        """Set a must-meet aside that no record answers. 403 `four_eyes` for who is in conflict."""

        def work() -> Response:
            facts = self.read(request, shape=WaiverWrite)
            initiative = facts.pop("initiative")
            row = waive_criterion(initiative_id=initiative.pk, by=self.actor, at=self.at, **facts)
            return Response(self.present(row), status=201)

        return self.once(work)

    @extend_schema(request=WithdrawWrite, responses=GateEvidenceShape)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> HttpResponse:
        """Take it back, said why; it stays on record."""
        row = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=WithdrawWrite)
            return self.answer(withdraw_evidence(pk=row.pk, by=self.actor, at=self.at, **said))

        return self.once(work)
