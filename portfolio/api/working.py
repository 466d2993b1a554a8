"""`working-groups` and `working-meetings`: who works on an initiative in which role, and what was agreed when they met."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.briefs import PersonBrief
from core.api.shape import Day, Display, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.models import User
from core.roles import Action
from portfolio.api.people import PeopleBecause
from portfolio.api.records import InitiativeBrief
from portfolio.models import GroupMember, Initiative, WorkingAction, WorkingGroup, WorkingMeeting
from portfolio.models.people import GROUP_ROLES
from portfolio.queries.people import GROUPS, MEETINGS
from portfolio.services.named import NAME
from portfolio.services.working_groups import GROUP, PURPOSE, add_to_group, end_group, end_role, make_group
from portfolio.services.working_meetings import (
    ACTION,
    AGENDA,
    INPUT,
    SENTENCE,
    Said,
    Task,
    add_action,
    close_action,
    record_meeting,
)


class RoleShape(Shape):
    """A role in a working group; `until_on` null: held now."""

    id = serializers.IntegerField(read_only=True)
    user = Key("user", allow_null=True)
    name = Display(lambda row: row.called)
    role = serializers.CharField()
    role_display = Label("role", GROUP_ROLES)
    from_on = Day()
    until_on = Day(allow_null=True)


class WorkingGroupShape(Shape):
    """A working group with everybody who has, or had, a role in it."""

    id = serializers.IntegerField(read_only=True)
    initiative = Key("initiative")
    name = serializers.CharField()
    purpose = serializers.CharField()
    members = serializers.SerializerMethodField()
    ended_on = Day(allow_null=True)
    ended_because = serializers.CharField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)
    version = serializers.IntegerField()

    expandable = {"initiative": InitiativeBrief, "recorded_by": PersonBrief}

    @extend_schema_field(RoleShape(many=True))
    def get_members(self, row: WorkingGroup) -> list[dict[str, Any]]:
        return [_role(one) for one in row.members.all()]


class WorkingGroupWrite(Shape):
    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")
    name = Text(max_length=GROUP)
    purpose = Text(max_length=PURPOSE, required=False, allow_blank=True)


class RoleWrite(Shape):
    user = Related(queryset=User.objects.all(), required=False, allow_null=True)
    name = Text(max_length=NAME, required=False, allow_blank=True)
    role = serializers.ChoiceField(choices=GROUP_ROLES)
    from_on = Day(required=False)


class WorkingGroupEndpoint(Endpoint):
    """Working groups of initiatives the caller may see."""

    area = "portfolio"
    model = WorkingGroup
    listing = GROUPS
    shape = WorkingGroupShape
    write_shape = WorkingGroupWrite
    prefetch = ("members__user",)
    rights = dict.fromkeys(("create", "end", "add", "end_role"), Action.EDIT_INITIATIVE)

    @extend_schema(request=WorkingGroupWrite, responses={201: WorkingGroupShape})
    def create(self, request: Request) -> HttpResponse:
        """Make a working group."""

        def work() -> Response:
            said = self.read(request)
            initiative = said.pop("initiative")
            return self.answer(
                make_group(initiative_id=initiative.pk, by=self.actor, at=self.at, **said), status=201
            )

        return self.once(work)

    @extend_schema(request=PeopleBecause, responses=WorkingGroupShape)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> HttpResponse:
        """Its work is done, and so are the roles in it."""
        row = self.find(pk)

        def work() -> Response:
            because = self.read(request, shape=PeopleBecause)["because"]
            end_group(pk=row.pk, because=because, by=self.actor, at=self.at)
            return self.answer(self.find(pk))

        return self.once(work)

    @extend_schema(request=RoleWrite, responses={201: RoleShape})
    @action(detail=True, methods=["post"], url_path="members")
    def add(self, request: Request, pk: str) -> HttpResponse:
        """Give somebody a role in it."""
        row = self.find(pk)

        def work() -> Response:
            facts = self.read(request, shape=RoleWrite)
            return Response(_role(add_to_group(pk=row.pk, by=self.actor, at=self.at, **facts)), status=201)

        return self.once(work)

    @extend_schema(request=None, responses=RoleShape)
    @action(detail=True, methods=["post"], url_path=r"members/(?P<member>\d{1,18})/end")
    def end_role(self, request: Request, pk: str, member: str) -> HttpResponse:
        """End one role, today."""
        row = self.find(pk)
        self.read_nothing(request)
        return self.once(
            lambda: Response(_role(end_role(pk=row.pk, member=int(member), by=self.actor, at=self.at)))
        )


class WorkingActionShape(Shape):
    """What one person is to do after a meeting. `done_on` null: open."""

    id = serializers.IntegerField(read_only=True)
    text = serializers.CharField()
    owner = Key("owner")
    due_on = Day()
    done_on = Day(allow_null=True)
    outcome = serializers.CharField()


class SaidShape(serializers.Serializer[Any]):
    """What one role brought to a meeting."""

    role = serializers.ChoiceField(choices=GROUP_ROLES)
    name = Text(max_length=NAME, required=False, allow_blank=True)
    text = Text(max_length=INPUT)


class WorkingMeetingShape(Shape):
    """A meeting as it was held, with its actions as they stand."""

    id = serializers.IntegerField(read_only=True)
    initiative = Key("initiative")
    group = Key("group", allow_null=True)
    kind = serializers.CharField()
    kind_display = Label("kind", WorkingMeeting.Kind.choices)
    held_on = Day()
    agenda = serializers.CharField()
    said = serializers.SerializerMethodField()
    decisions = serializers.ListField(child=serializers.CharField())
    actions = serializers.SerializerMethodField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)

    expandable = {"initiative": InitiativeBrief, "recorded_by": PersonBrief}

    @extend_schema_field(SaidShape(many=True))
    def get_said(self, row: WorkingMeeting) -> list[dict[str, str]]:
        said: list[dict[str, str]] = row.said
        return said

    @extend_schema_field(WorkingActionShape(many=True))
    def get_actions(self, row: WorkingMeeting) -> list[dict[str, Any]]:
        return [_action(one) for one in row.actions.all()]


class TaskWrite(Shape):
    text = Text(max_length=ACTION)
    owner = Related(queryset=User.objects.all())
    due_on = Day()


class WorkingMeetingWrite(Shape):
    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")
    group = Related(queryset=WorkingGroup.objects.all(), required=False, allow_null=True)
    kind = serializers.ChoiceField(choices=WorkingMeeting.Kind.choices)
    held_on = Day()
    agenda = Text(max_length=AGENDA, required=False, allow_blank=True)
    said = SaidShape(many=True, required=False)
    decisions = serializers.ListField(child=Text(max_length=SENTENCE), required=False)
    actions = TaskWrite(many=True, required=False)


class OutcomeWrite(Shape):
    outcome = Text(max_length=ACTION)


class WorkingMeetingEndpoint(Endpoint):
    """Working meetings of initiatives the caller may see. Added, never edited; their actions are closed."""

    area = "portfolio"
    model = WorkingMeeting
    listing = MEETINGS
    shape = WorkingMeetingShape
    write_shape = WorkingMeetingWrite
    prefetch = ("actions",)
    rights = {"create": Action.EDIT_INITIATIVE, "add": Action.EDIT_INITIATIVE, "close": Action.ANSWER}

    @extend_schema(request=WorkingMeetingWrite, responses={201: WorkingMeetingShape})
    def create(self, request: Request) -> HttpResponse:
        """Record a meeting that was held, with its actions."""

        def work() -> Response:
            said = self.read(request)
            row = record_meeting(
                initiative_id=said["initiative"].pk, kind=said["kind"], held_on=said["held_on"], group=said.get("group"),
                agenda=said.get("agenda", ""), said=[Said(**one) for one in said.get("said", ())],
                decisions=said.get("decisions", ()), actions=[Task(**one) for one in said.get("actions", ())],
                by=self.actor, at=self.at,
            )  # fmt: skip
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=TaskWrite, responses={201: WorkingActionShape})
    @action(detail=True, methods=["post"], url_path="actions")
    def add(self, request: Request, pk: str) -> HttpResponse:
        """Something more to do after it."""
        row = self.find(pk)

        def work() -> Response:
            task = Task(**self.read(request, shape=TaskWrite))
            return Response(
                _action(add_action(meeting_id=row.pk, task=task, by=self.actor, at=self.at)), status=201
            )

        return self.once(work)

    @extend_schema(request=OutcomeWrite, responses=WorkingActionShape)
    @action(detail=True, methods=["post"], url_path=r"actions/(?P<action_id>\d{1,18})/close")
    def close(self, request: Request, pk: str, action_id: str) -> HttpResponse:
        """Say what came of an action: whoever owes it, or runs the initiative."""
        row = self.find(pk)

        def work() -> Response:
            outcome = self.read(request, shape=OutcomeWrite)["outcome"]
            done = close_action(
                meeting_id=row.pk, pk=int(action_id), outcome=outcome, by=self.actor, at=self.at
            )
            return Response(_action(done))

        return self.once(work)


def _role(row: GroupMember) -> dict[str, Any]:
    return dict(RoleShape(row).data)


def _action(row: WorkingAction) -> dict[str, Any]:
    return dict(WorkingActionShape(row).data)
