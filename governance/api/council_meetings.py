"""`council-seats`, `delegations`, `meetings`, `meeting-actions`: who sits on the council, and when it meets."""

import json
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.access import Actor
from core.api.briefs import PersonBrief
from core.api.shape import Bool, Day, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.errors import conflict
from core.models import User
from core.roles import Action
from governance.api.council import CouncilBecause
from governance.models import CouncilSeat, Delegation, Meeting, Minutes
from governance.queries.council_lists import DELEGATIONS, MEETINGS, SEATS
from governance.queries.council_minutes import shown_to
from governance.services.council_agenda import reorder
from governance.services.council_delegations import delegate_vote, take_back
from governance.services.council_meetings import cancel_meeting, end_meeting, plan_meeting
from governance.services.council_minutes import approve_minutes, draft_minutes
from governance.services.council_seats import make_seat, seat_person, vacate
from governance.services.meeting_moves import move_meeting
from governance.services.papers import issue_papers


class TermShape(serializers.Serializer[Any]):
    holder = serializers.IntegerField()
    from_on = serializers.CharField()
    until_on = serializers.CharField()
    ended_on = serializers.CharField(allow_null=True)
    ended_because = serializers.CharField()


class SeatShape(Shape):
    """A seat with everybody who held it, the newest first. `presides`: 1 the chair, 2 the deputy."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField()
    kind = serializers.CharField()
    kind_display = Label("kind", CouncilSeat.Kind.choices)
    presides = serializers.IntegerField(allow_null=True)
    may_veto = Bool()
    position = serializers.IntegerField()
    abolished_on = Day(allow_null=True)
    terms = serializers.SerializerMethodField()
    version = serializers.IntegerField()

    @extend_schema_field(TermShape(many=True))
    def get_terms(self, row: CouncilSeat) -> list[dict[str, Any]]:
        return [
            {
                "holder": one.holder_id, "from_on": one.from_on.isoformat(), "until_on": one.until_on.isoformat(),
                "ended_on": one.ended_on.isoformat() if one.ended_on else None, "ended_because": one.ended_because,
            }
            for one in row.terms.all()
        ]  # fmt: skip


class SeatWrite(Shape):
    name = Text(max_length=80)
    kind = serializers.ChoiceField(choices=CouncilSeat.Kind.choices, required=False)
    presides = serializers.ChoiceField(choices=[(1, "Chair"), (2, "Deputy")], required=False, allow_null=True)
    may_veto = Bool(required=False)
    position = serializers.IntegerField(required=False, min_value=0, max_value=99)


class FillWrite(Shape):
    holder = Related(queryset=User.objects.all())
    from_on = Day(required=False)
    until_on = Day(required=False)


class SeatEndpoint(Endpoint):
    """Seats of the council."""

    area = "governance"
    model = CouncilSeat
    listing = SEATS
    shape = SeatShape
    write_shape = SeatWrite
    prefetch = ("terms",)
    rights = dict.fromkeys(("create", "fill", "vacate"), Action.ARRANGE_COUNCIL)

    @extend_schema(request=SeatWrite, responses={201: SeatShape})
    def create(self, request: Request) -> HttpResponse:
        """A new seat, vacant."""
        return self.once(
            lambda: self.answer(make_seat(by=self.actor, at=self.at, **self.read(request)), status=201)
        )

    @extend_schema(request=FillWrite, responses=SeatShape)
    @action(detail=True, methods=["post"])
    def fill(self, request: Request, pk: str) -> HttpResponse:
        """Seat somebody who holds a role that votes. Nobody seats themselves: 403 `four_eyes`."""
        row = self.find(pk)

        def work() -> Response:
            seat_person(seat_id=row.pk, by=self.actor, at=self.at, **self.read(request, shape=FillWrite))
            return self.answer(self.find(pk))

        return self.once(work)

    @extend_schema(request=CouncilBecause, responses=SeatShape)
    @action(detail=True, methods=["post"])
    def vacate(self, request: Request, pk: str) -> HttpResponse:
        """End the term of whoever holds it."""
        row = self.find(pk)

        def work() -> Response:
            vacate(seat_id=row.pk, by=self.actor, at=self.at, **self.read(request, shape=CouncilBecause))
            return self.answer(self.find(pk))

        return self.once(work)


class DelegationShape(Shape):
    """A vote lent. `revoked_at`: taken back."""

    id = serializers.IntegerField(read_only=True)
    seat = Key("seat")
    holder = Key("holder")
    delegate = Key("delegate")
    meeting = Key("meeting", allow_null=True)
    begins_at = Moment()
    until = Moment()
    notified_at = Moment()
    revoked_at = Moment(allow_null=True)

    expandable = {"holder": PersonBrief, "delegate": PersonBrief}


class DelegationWrite(Shape):
    delegate = Related(queryset=User.objects.all())
    meeting = Related(queryset=Meeting.objects.all(), prefix="CM", required=False, allow_null=True)
    begins_at = Moment(required=False)
    until = Moment(required=False)


class DelegationEndpoint(Endpoint):
    """Votes lent for a meeting or a time. Taken back, never changed."""

    area = "governance"
    model = Delegation
    listing = DELEGATIONS
    shape = DelegationShape
    write_shape = DelegationWrite
    rights = {"create": Action.VOTE, "take_back": Action.VOTE}

    @extend_schema(request=DelegationWrite, responses={201: DelegationShape})
    def create(self, request: Request) -> HttpResponse:
        """Lend the vote of one's own seat."""
        return self.once(
            lambda: self.answer(delegate_vote(by=self.actor, at=self.at, **self.read(request)), status=201)
        )

    @extend_schema(request=None, responses=DelegationShape)
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request: Request, pk: str) -> HttpResponse:
        """Vote for oneself again from now on."""
        self.read_nothing(request)
        row = self.find(pk)
        return self.once(lambda: self.answer(take_back(delegation_id=row.pk, by=self.actor, at=self.at)))


class MeetingShape(Shape):
    """A meeting, or a written procedure."""

    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField(read_only=True)
    number = serializers.IntegerField()
    kind = serializers.CharField()
    kind_display = Label("kind", Meeting.Kind.choices)
    begins_at = Moment()
    ends_at = Moment()
    place = serializers.CharField()
    state = serializers.CharField()
    state_display = Label("state", Meeting.State.choices)
    ended_at = Moment(allow_null=True)
    version = serializers.IntegerField()


class MeetingWrite(Shape):
    kind = serializers.ChoiceField(choices=Meeting.Kind.choices, required=False)
    begins_at = Moment()
    ends_at = Moment(required=False)
    place = Text(max_length=200, required=False, allow_blank=True)


class MoveWrite(Shape):
    begins_at = Moment()
    ends_at = Moment(required=False)
    place = Text(max_length=200, required=False, allow_blank=True)
    because = Text(max_length=300)


class IssueShape(serializers.Serializer[Any]):
    """One issue of the papers. `seal`: SHA-256 of all that was issued."""

    meeting = serializers.IntegerField()
    number = serializers.IntegerField()
    seal = serializers.CharField()
    issued_at = serializers.CharField()


class OrderWrite(Shape):
    items = serializers.ListField(
        child=serializers.IntegerField(min_value=1), allow_empty=False, max_length=100
    )


class ApproveWrite(Shape):
    in_meeting = Related(queryset=Meeting.objects.all(), prefix="CM")


class MinutesShape(serializers.Serializer[Any]):
    """Minutes as they stand. `seal`: SHA-256 of the document, given with the approval; empty before."""

    meeting = serializers.IntegerField()
    document = serializers.DictField()
    seal = serializers.CharField()
    due_on = serializers.CharField()
    approved_at = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()


class MeetingEndpoint(Endpoint):
    """Meetings of the council, and its written procedures."""

    area = "governance"
    model = Meeting
    prefix = "CM"
    listing = MEETINGS
    shape = MeetingShape
    write_shape = MeetingWrite
    rights = {
        **dict.fromkeys(("create", "end", "cancel", "move", "issue", "order", "approve"), Action.ARRANGE_COUNCIL),
        "draft": Action.ARRANGE_COUNCIL,
    }  # fmt: skip

    @extend_schema(request=MeetingWrite, responses={201: MeetingShape})
    def create(self, request: Request) -> HttpResponse:
        """Plan one: two hours, or five working days of a written procedure, unless said otherwise."""
        return self.once(
            lambda: self.answer(plan_meeting(by=self.actor, at=self.at, **self.read(request)), status=201)
        )

    @extend_schema(request=None, responses=MeetingShape)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> HttpResponse:
        """It is over. What it did not come to is taken off."""
        self.read_nothing(request)
        row = self.find(pk)
        return self.once(lambda: self.answer(end_meeting(meeting_id=row.pk, by=self.actor, at=self.at)))

    @extend_schema(request=CouncilBecause, responses=MeetingShape)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> HttpResponse:
        """It does not take place."""
        row = self.find(pk)
        facts = self.read(request, shape=CouncilBecause)
        return self.once(
            lambda: self.answer(cancel_meeting(meeting_id=row.pk, by=self.actor, at=self.at, **facts))
        )

    @extend_schema(request=MoveWrite, responses=MeetingShape)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> HttpResponse:
        """Another time or place, before it has begun."""
        row = self.find(pk)
        facts = self.read(request, shape=MoveWrite)
        return self.once(
            lambda: self.answer(move_meeting(meeting_id=row.pk, by=self.actor, at=self.at, **facts))
        )

    @extend_schema(request=None, responses={201: IssueShape})
    @action(detail=True, methods=["post"], url_path="issue-papers")
    def issue(self, request: Request, pk: str) -> HttpResponse:
        """Keep the pack as it is now, with its seal. A later change is another issue."""
        self.read_nothing(request)
        row = self.find(pk)

        def work() -> Response:
            made = issue_papers(meeting_id=row.pk, by=self.actor, at=self.at)
            said = {
                "meeting": row.pk,
                "number": made.number,
                "seal": made.seal,
                "issued_at": made.issued_at.isoformat(),
            }
            return Response(said, status=201)

        return self.once(work)

    @extend_schema(request=OrderWrite, responses=MeetingShape)
    @action(detail=True, methods=["post"])
    def order(self, request: Request, pk: str) -> HttpResponse:
        """The order of the agenda: every item that is not closed, once."""
        row = self.find(pk)
        facts = self.read(request, shape=OrderWrite)
        return self.once(lambda: self.answer(reorder(meeting_id=row.pk, by=self.actor, at=self.at, **facts)))

    @extend_schema(responses=MinutesShape)
    @action(detail=True, methods=["get"])
    def minutes(self, request: Request, pk: str) -> Response:
        """Its minutes, draft or approved, with the items the caller may know of."""
        self.only_params(request)
        row = Minutes.objects.filter(meeting=self.find(pk)).first()
        if row is None:
            raise conflict("not_drafted", "Its minutes are not drafted yet.")
        return Response(_minutes(row, self.actor))

    @extend_schema(request=None, responses=MinutesShape)
    @action(detail=True, methods=["post"], url_path="draft-minutes")
    def draft(self, request: Request, pk: str) -> HttpResponse:
        """Write the minutes from the record."""
        self.read_nothing(request)
        row = self.find(pk)
        return self.once(
            lambda: Response(
                _minutes(draft_minutes(meeting_id=row.pk, by=self.actor, at=self.at), self.actor)
            )
        )

    @extend_schema(request=ApproveWrite, responses=MinutesShape)
    @action(detail=True, methods=["post"], url_path="approve-minutes")
    def approve(self, request: Request, pk: str) -> HttpResponse:
        """Approve them at a later meeting; they stand from now on."""
        row = self.find(pk)
        later = self.read(request, shape=ApproveWrite)["in_meeting"]
        return self.once(
            lambda: Response(
                _minutes(
                    approve_minutes(meeting_id=row.pk, in_meeting_id=later.pk, by=self.actor, at=self.at),
                    self.actor,
                )
            )
        )


def _minutes(row: Minutes, actor: Actor) -> dict[str, Any]:
    return {
        "meeting": row.meeting_id, "document": shown_to(json.loads(row.document), actor), "seal": row.seal,
        "due_on": row.due_on.isoformat(), "approved_at": row.approved_at.isoformat() if row.approved_at else None,
        "version": row.version,
    }  # fmt: skip
