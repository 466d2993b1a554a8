"""`meeting-actions`: what somebody is to do after a meeting, and what came of it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from core import clock
from core.access import everywhere
from core.api.briefs import PersonBrief
from core.api.shape import Day, Key, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.models import User
from core.roles import Action
from governance.models import AgendaItem, Meeting, MeetingAction
from governance.queries.council_lists import ACTIONS
from governance.services.council_statements import add_action, finish_action


class MeetingActionShape(Shape):
    """An action. `age_days`: since it was set, until it was done. `done_on` null: it is open."""

    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField(read_only=True)
    meeting = Key("meeting")
    item = Key("item", allow_null=True)
    text = serializers.CharField()
    owner = Key("owner")
    due_on = Day()
    created_at = Moment()
    age_days = serializers.SerializerMethodField()
    done_on = Day(allow_null=True)
    done_by = Key("done_by", allow_null=True)
    note = serializers.CharField()
    version = serializers.IntegerField()

    expandable = {"owner": PersonBrief}

    def get_age_days(self, row: MeetingAction) -> int:
        return row.age_on(clock.today())


class MeetingActionWrite(Shape):
    meeting = Related(queryset=Meeting.objects.all(), prefix="CM")
    item = Related(queryset=AgendaItem.objects.all(), prefix="CI", required=False, allow_null=True)
    text = Text(max_length=300)
    owner = Related(queryset=User.objects.all())
    due_on = Day()


class DoneWrite(Shape):
    """What came of it."""

    note = Text(max_length=500)


class MeetingActionEndpoint(Endpoint):
    """Actions of meetings: all of them for who reads the whole organisation, their own for everybody."""

    area = "governance"
    model = MeetingAction
    prefix = "A"
    listing = ACTIONS
    shape = MeetingActionShape
    write_shape = MeetingActionWrite
    rights = {"create": Action.ARRANGE_COUNCIL, "done": Action.VIEW}

    def get_queryset(self) -> QuerySet[Any]:
        rows = MeetingAction.objects.all()
        if not everywhere(self.actor, Action.VIEW):
            rows = rows.filter(owner=self.actor.user)
        return self.opened(rows)

    @extend_schema(request=MeetingActionWrite, responses={201: MeetingActionShape})
    def create(self, request: Request) -> HttpResponse:
        """Give somebody something to do by a day."""

        def work() -> HttpResponse:
            facts = self.read(request)
            item = facts.pop("item", None)
            row = add_action(
                meeting_id=facts.pop("meeting").pk, item_id=item.pk if item else None, by=self.actor, at=self.at, **facts
            )  # fmt: skip
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=DoneWrite, responses=MeetingActionShape)
    @action(detail=True, methods=["post"])
    def done(self, request: Request, pk: str) -> HttpResponse:
        """It is done: its owner, or whoever arranges the council, says what came of it. 409 `done`."""
        row = self.find(pk)
        facts = self.read(request, shape=DoneWrite)
        return self.once(
            lambda: self.answer(finish_action(action_id=row.pk, by=self.actor, at=self.at, **facts))
        )
