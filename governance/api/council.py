"""`agenda-items` and the votes on them: what the council decides, one motion at a time."""

from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.auth import actor_of
from core.api.briefs import PersonBrief
from core.api.shape import Bool, Day, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.errors import conflict, not_found
from core.models import User
from core.roles import Action
from core.values import read_ref
from domain.council import Choice
from governance.api.item_evidence import ItemEvidence
from governance.api.item_parts import BallotShape, RecusalShape, StatementShape
from governance.models import AgendaItem, Dissent, GateSubmission, Meeting
from governance.models.council_items import CHOICES, RESULTS
from governance.queries.council_lists import ITEMS
from governance.services.council_above import decide_above
from governance.services.council_agenda import adopt_draft, change_item, put_on_agenda, take_off
from governance.services.council_close import close_item, confirm_conditions, listed_on, require_confirms
from governance.services.council_open import open_item
from governance.services.council_recusals import add, declare, lift
from governance.services.council_statements import state
from governance.services.council_vote import cast_vote
from portfolio.api.records import InitiativeBrief
from portfolio.models import Initiative

ALL_CHOICES = [*CHOICES, (Choice.RECUSE.value, "Recuse myself")]


class ItemShape(Shape):
    """One motion before the council. `turnout`: how many have voted, a number and no name. Ballots are empty until the close.

    `condition`: the one the motion is about. `motion` empty: nobody said it yet; `draft`: what the record proposes, `/adopt`
    makes it the motion. `off_because`: why it was taken off. `evidence_seal`: of what it is decided on (`/evidence`): of its
    submission, else of what was known when it opened; empty until then.
    """

    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField(read_only=True)
    meeting = Key("meeting")
    position = serializers.IntegerField()
    minutes = serializers.IntegerField()
    presenter = Key("presenter", allow_null=True)
    initiative = Key("initiative")
    submission = Key("submission", allow_null=True)
    condition = Key("condition", allow_null=True)
    gate = serializers.CharField()
    motion = serializers.DictField()
    draft = serializers.DictField(allow_null=True)
    state = serializers.CharField()
    state_display = Label("state", AgendaItem.State.choices)
    opened_at = Moment(allow_null=True)
    closed_at = Moment(allow_null=True)
    confirm_by = Day(allow_null=True)
    result = serializers.CharField()
    result_display = Label("result", RESULTS)
    why = serializers.CharField()
    numbers = serializers.DictField(source="told_numbers")
    presider = Key("presider", allow_null=True)
    escalated_to = Key("escalated_to", allow_null=True)
    decision = Key("decision", allow_null=True)
    off_because = serializers.CharField(allow_null=True)
    evidence_seal = serializers.CharField()
    turnout = serializers.SerializerMethodField()
    recusals = serializers.SerializerMethodField()
    ballots = serializers.SerializerMethodField()
    statements = serializers.SerializerMethodField()
    version = serializers.IntegerField()

    expandable = {"initiative": InitiativeBrief, "presenter": PersonBrief}

    def get_turnout(self, row: AgendaItem) -> int:
        return len(row.ballots.all())

    @extend_schema_field(RecusalShape(many=True))
    def get_recusals(self, row: AgendaItem) -> list[dict[str, Any]]:
        return [
            {"id": one.pk, "user": one.user_id, "kind": one.kind, "because": one.because, "lifted": one.lifted_at is not None}
            for one in row.recusals.all()
        ]  # fmt: skip

    @extend_schema_field(BallotShape(many=True))
    def get_ballots(self, row: AgendaItem) -> list[dict[str, Any]]:
        if row.state != AgendaItem.State.CLOSED:
            return []
        return [
            {
                "seat": one.seat_id, "cast_by": one.cast_by_id, "by_delegate": one.delegation_id is not None,
                "choice": one.choice, "reason": one.reason, "counted": bool(one.counted),
            }
            for one in row.ballots.all()
        ]  # fmt: skip

    @extend_schema_field(StatementShape(many=True))
    def get_statements(self, row: AgendaItem) -> list[dict[str, Any]]:
        if row.state != AgendaItem.State.CLOSED:
            return []
        return [{"author": one.author_id, "kind": one.kind, "text": one.text} for one in row.dissents.all()]


class ItemWrite(Shape):
    """`motion` as domain.motions reads it: outcome, because, and what the outcome needs. Beside the outcomes of the gate ahead:
    `waive` (with `condition`), `redate` (with `condition` and `due_on`) and, of a stopped initiative, `reopen` (with `stage`)
    and `confirm_stop`."""

    meeting = Related(queryset=Meeting.objects.all(), prefix="CM")
    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")
    submission = Related(queryset=GateSubmission.objects.all(), prefix="S", required=False, allow_null=True)
    motion = serializers.DictField()
    presenter = Related(queryset=User.objects.all(), required=False, allow_null=True)
    minutes = serializers.IntegerField(required=False, min_value=1, max_value=480)


class ItemEdit(Shape):
    motion = serializers.DictField(required=False)
    presenter = Related(queryset=User.objects.all(), required=False)
    minutes = serializers.IntegerField(required=False, min_value=1, max_value=480)


class VoteWrite(Shape):
    """A ballot. `version`: of the ballot that is changed; left out for the first."""

    choice = serializers.ChoiceField(choices=ALL_CHOICES)
    reason = Text(max_length=1000, required=False, allow_blank=True)
    veto = Bool(required=False)
    version = serializers.IntegerField(required=False, min_value=1)


class VoteShape(serializers.Serializer[Any]):
    """The caller's own ballot, told to them alone. `choice` recuse: it is a declaration, and there is no ballot."""

    item = serializers.IntegerField()
    choice = serializers.CharField()
    reason = serializers.CharField()
    version = serializers.IntegerField(allow_null=True)


class RecuseWrite(Shape):
    """An interest. `user`: another member, recused by the chair or whoever arranges the council; left out for oneself."""

    because = Text(max_length=500)
    user = Related(queryset=User.objects.all(), required=False)


class LiftWrite(Shape):
    recusal = serializers.IntegerField(min_value=1)
    because = Text(max_length=300)


class ListedShape(serializers.Serializer[Any]):
    """A condition that was voted on. `proposed`: with the motion, whole; else `asked_by` ballots named it."""

    text = serializers.CharField()
    proposed = serializers.BooleanField()
    asked_by = serializers.IntegerField()


class ListedShapes(serializers.Serializer[Any]):
    conditions = ListedShape(many=True)


class ConfirmWrite(Shape):
    """Those of the listed conditions that are confirmed, each by its `text`; what a ballot left open is completed."""

    conditions = serializers.ListField(child=serializers.DictField(), allow_empty=False)


class CouncilBecause(Shape):
    because = Text(max_length=300)


class AboveWrite(Shape):
    carried = Bool()
    because = Text(max_length=300)


class StatementWrite(Shape):
    kind = serializers.ChoiceField(choices=Dissent.Kind.choices)
    text = Text(max_length=4000)


class ItemEndpoint(ItemEvidence):
    """The council's agenda, as far as the caller may see what it is about."""

    area = "governance"
    model = AgendaItem
    prefix = "CI"
    listing = ITEMS
    shape = ItemShape
    write_shape = ItemWrite
    prefetch = ("ballots", "recusals", "dissents")
    beside = {"evidence_seal": Coalesce(F("submission__seal"), F("pack__seal"), Value(""))}
    # Who may vote is the service's word: the attempt of somebody in conflict goes on record.
    rights = {
        "create": Action.ARRANGE_COUNCIL, "partial_update": Action.ARRANGE_COUNCIL, "open": Action.ARRANGE_COUNCIL,
        "take_off": Action.ARRANGE_COUNCIL, "votes": Action.VIEW, "close": Action.VIEW, "confirm": Action.VIEW, "above": Action.VIEW,
        "recuse": Action.VIEW, "lift": Action.VIEW, "statements": Action.VIEW, "evidence": Action.VIEW, "adopt": Action.ARRANGE_COUNCIL,
    }  # fmt: skip

    @extend_schema(request=ItemWrite, responses={201: ItemShape})
    def create(self, request: Request) -> HttpResponse:
        """Put a motion at the end of a meeting's agenda."""

        def work() -> Response:
            facts = self.read(request)
            submission = facts.pop("submission", None)
            row = put_on_agenda(
                meeting_id=facts.pop("meeting").pk, initiative_id=facts.pop("initiative").pk,
                submission_id=submission.pk if submission else None, by=self.actor, at=self.at, **facts,
            )  # fmt: skip
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=ItemEdit, responses=ItemShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change it while nobody has opened it."""
        row = self.find(pk)
        version = self.expected_version(request)
        facts = self.read(request, partial=True, shape=ItemEdit)
        change_item(item_id=row.pk, by=self.actor, at=self.at, expected_version=version, **facts)
        return self.answer(self.find(pk))

    @extend_schema(request=None, responses=ItemShape)
    @action(detail=True, methods=["post"])
    def open(self, request: Request, pk: str) -> HttpResponse:
        """Open it for ballots: the roster is frozen, who is in conflict is recused."""
        self.read_nothing(request)
        return self._act(pk, lambda row: open_item(item_id=row.pk, by=self.actor, at=self.at))

    @extend_schema(request=None, responses=ItemShape)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> HttpResponse:
        """End the voting: every ballot is asked again, and the result is recorded."""
        self.read_nothing(request)
        return self._act(pk, lambda row: close_item(item_id=row.pk, by=self.actor, at=self.at))

    @extend_schema(request=CouncilBecause, responses=ItemShape)
    @action(detail=True, methods=["post"], url_path="take-off")
    def take_off(self, request: Request, pk: str) -> HttpResponse:
        """Take it off the agenda, with the reason."""
        facts = self.read(request, shape=CouncilBecause)
        return self._act(pk, lambda row: take_off(item_id=row.pk, by=self.actor, at=self.at, **facts))

    @extend_schema(request=ConfirmWrite, responses=ItemShape)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> HttpResponse:
        """Whoever presided confirms the conditions that were asked for."""
        facts = self.read(request, shape=ConfirmWrite)
        return self._act(
            pk, lambda row: confirm_conditions(item_id=row.pk, by=self.actor, at=self.at, **facts)
        )

    @extend_schema(responses=ListedShapes)
    @action(detail=True, methods=["get"])
    def conditions(self, request: Request, pk: str) -> Response:
        """What whoever presided may confirm or strike; told to them alone, and without who asked for it."""
        self.only_params(request)
        row = self.find(pk)
        require_confirms(row, self.actor, self.at)
        return Response(
            {
                "conditions": [
                    {"text": one.text, "proposed": one.said is not None, "asked_by": one.asked}
                    for one in listed_on(row, self.at)
                ]
            }
        )

    @extend_schema(request=AboveWrite, responses=ItemShape)
    @action(detail=True, methods=["post"], url_path="decide")
    def above(self, request: Request, pk: str) -> HttpResponse:
        """Whoever it was escalated to decides what the council cannot."""
        facts = self.read(request, shape=AboveWrite)
        return self._act(pk, lambda row: decide_above(item_id=row.pk, by=self.actor, at=self.at, **facts))

    @extend_schema(request=RecuseWrite, responses=ItemShape)
    @action(detail=True, methods=["post"], url_path="recusals")
    def recuse(self, request: Request, pk: str) -> HttpResponse:
        """Declare an interest of one's own, or recuse another member who told theirs."""
        facts = self.read(request, shape=RecuseWrite)
        service = add if "user" in facts else declare
        return self._act(pk, lambda row: service(item_id=row.pk, by=self.actor, at=self.at, **facts))

    @extend_schema(request=LiftWrite, responses=ItemShape)
    @action(detail=True, methods=["post"], url_path="lift-recusal")
    def lift(self, request: Request, pk: str) -> HttpResponse:
        """The chair lifts a recusal that was declared or added; the deputy lifts the chair's. 409 `computed` for one by the record."""
        facts = self.read(request, shape=LiftWrite)
        recusal = facts.pop("recusal")
        return self._act(
            pk, lambda row: lift(recusal_id=recusal, item_id=row.pk, by=self.actor, at=self.at, **facts)
        )

    @extend_schema(request=None, responses=ItemShape)
    @action(detail=True, methods=["post"])
    def adopt(self, request: Request, pk: str) -> HttpResponse:
        """Make the drafted motion the item's motion, as it is."""
        self.read_nothing(request)
        return self._act(pk, lambda row: adopt_draft(item_id=row.pk, by=self.actor, at=self.at))

    @extend_schema(request=StatementWrite, responses=ItemShape)
    @action(detail=True, methods=["post"])
    def statements(self, request: Request, pk: str) -> HttpResponse:
        """A statement beside the result, for ever."""
        facts = self.read(request, shape=StatementWrite)
        return self._act(pk, lambda row: state(item_id=row.pk, by=self.actor, at=self.at, **facts))

    @extend_schema(request=VoteWrite, responses={201: VoteShape})
    @action(detail=True, methods=["post"])
    def votes(self, request: Request, pk: str) -> HttpResponse:
        """Cast or change the ballot of one's own seat. Never by a token."""
        row = self.find(pk)
        return self.once(lambda: cast(self, request, row))

    def _act(self, pk: str, act: Any) -> HttpResponse:
        row = self.find(pk)

        def work() -> Response:
            act(row)
            return self.answer(self.find(pk))

        return self.once(work)


class SubmissionVotes(Endpoint):
    """`gate-submissions/{id}/votes`: the same for the item on which a submission is voted on."""

    area = "governance"
    model = AgendaItem
    listing = ITEMS
    shape = ItemShape
    write_shape = VoteWrite
    rights = {"create": Action.VIEW}

    @extend_schema(
        operation_id="gate_submissions_votes_create",
        parameters=[
            OpenApiParameter("submission_id", str, OpenApiParameter.PATH, description="Its id, or S-0042.")
        ],
        request=VoteWrite,
        responses={201: VoteShape},
    )
    def create(self, request: Request, submission_id: str) -> HttpResponse:
        """Cast or change the ballot of one's own seat on what this submission asks for."""
        rows = AgendaItem.objects.visible_to(actor_of(request)).filter(
            submission=read_ref(submission_id, "S")
        )
        row = rows.filter(state__in=["planned", "open", "confirming"]).first() or rows.order_by("-pk").first()
        if row is None:
            if (
                not GateSubmission.objects.visible_to(self.actor)
                .filter(pk=read_ref(submission_id, "S"))
                .exists()
            ):
                raise not_found()
            raise conflict("not_on_agenda", "It is on no agenda, so nobody votes on it.")
        found = row
        return self.once(lambda: cast(self, request, found))


def cast(endpoint: Endpoint, request: Request, row: AgendaItem) -> Response:
    """The ballot of the caller, through the one service."""
    facts = endpoint.read(request, shape=VoteWrite)
    choice = Choice(facts["choice"])
    ballot = cast_vote(
        item_id=row.pk, choice=choice, reason=facts.get("reason", ""), veto=facts.get("veto", False),
        expected_version=facts.get("version"), by=endpoint.actor, at=endpoint.at,
    )  # fmt: skip
    said = {"item": row.pk, "choice": choice.value, "reason": facts.get("reason", "")}
    return Response({**said, "version": ballot.version if ballot else None}, status=201)
