"""`stakeholders`, `working-groups`, `working-meetings`: the people around an initiative, and what was agreed when they met."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.briefs import PersonBrief
from core.api.shape import Day, Display, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.errors import not_found
from core.models import User
from core.roles import Action
from core.values import read_ref, wrong
from domain.stakeholders import FUNCTION_WORDS
from portfolio.api.records import InitiativeBrief
from portfolio.models import GroupMember, Initiative, Stakeholder, WorkingAction, WorkingGroup, WorkingMeeting
from portfolio.models.people import FUNCTIONS, GROUP_ROLES
from portfolio.queries.people import (
    GROUPS,
    MEETINGS,
    STAKEHOLDERS,
    matrix_of,
    register_of,
)
from portfolio.services.named import NAME
from portfolio.services.stakeholders import (
    BASIS,
    TEXT,
    add_stakeholder,
    edit_stakeholder,
    sign_off,
    take_off,
)
from portfolio.services.working_groups import (
    BECAUSE,
    GROUP,
    PURPOSE,
    add_to_group,
    end_group,
    end_role,
    make_group,
)
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


class StakeholderShape(Shape):
    """Somebody with a stake. `user` null: a name without an account. `signed_on` null: not signed; `left_on`: off the register."""

    id = serializers.IntegerField(read_only=True)
    initiative = Key("initiative")
    user = Key("user", allow_null=True)
    name = Display(lambda row: row.called)
    function = serializers.CharField()
    function_display = Label("function", FUNCTIONS)
    interest = serializers.CharField()
    concern = serializers.CharField()
    signed_on = Day(allow_null=True)
    basis = serializers.CharField()
    left_on = Day(allow_null=True)
    left_because = serializers.CharField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)
    version = serializers.IntegerField()

    expandable = {"initiative": InitiativeBrief, "user": PersonBrief, "recorded_by": PersonBrief}


class StakeholderWrite(Shape):
    """A person of the register by `user`, or anybody by `name`; who it is does not change."""

    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")
    user = Related(queryset=User.objects.all(), required=False, allow_null=True)
    name = Text(max_length=NAME, required=False, allow_blank=True)
    function = serializers.ChoiceField(choices=FUNCTIONS)
    interest = Text(max_length=TEXT, required=False, allow_blank=True)
    concern = Text(max_length=TEXT, required=False, allow_blank=True)


class StakeWrite(Shape):
    function = serializers.ChoiceField(choices=FUNCTIONS, required=False)
    interest = Text(max_length=TEXT, required=False, allow_blank=True)
    concern = Text(max_length=TEXT, required=False, allow_blank=True)


class SignWrite(Shape):
    signed_on = Day(required=False)
    basis = Text(max_length=BASIS, required=False, allow_blank=True)


class PeopleBecause(Shape):
    because = Text(max_length=BECAUSE)


class MatrixLineShape(serializers.Serializer[Any]):
    function = serializers.CharField()
    function_display = serializers.CharField()
    stakeholders = serializers.ListField(child=serializers.IntegerField())
    signed = serializers.IntegerField()
    concerned = serializers.IntegerField()
    missing = serializers.BooleanField()


class MatrixShape(serializers.Serializer[Any]):
    """The register by function. `missing`: needed functions that nobody speaks for; `sentence`: the warning, or empty."""

    functions = MatrixLineShape(many=True)
    missing = serializers.ListField(child=serializers.CharField())
    sentence = serializers.CharField()


class StakeholderEndpoint(Endpoint):
    """Stakeholder registers of initiatives the caller may see."""

    area = "portfolio"
    model = Stakeholder
    listing = STAKEHOLDERS
    shape = StakeholderShape
    write_shape = StakeholderWrite
    related = ("user",)
    rights = {
        "create": Action.EDIT_INITIATIVE,
        "partial_update": Action.EDIT_INITIATIVE,
        "sign_off": Action.ANSWER,
        "take_off": Action.EDIT_INITIATIVE,
    }

    @extend_schema(request=StakeholderWrite, responses={201: StakeholderShape})
    def create(self, request: Request) -> HttpResponse:
        """Put somebody on the register."""

        def work() -> Response:
            said = self.read(request)
            initiative = said.pop("initiative")
            row = add_stakeholder(initiative_id=initiative.pk, by=self.actor, at=self.at, **said)
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=StakeWrite, responses=StakeholderShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change for what they speak, their interest or their concern; a sign-off is asked for anew."""
        row = self.find(pk)
        version = self.expected_version(request)
        facts = self.read(request, partial=True, shape=StakeWrite)
        return self.answer(
            edit_stakeholder(pk=row.pk, by=self.actor, at=self.at, expected_version=version, **facts)
        )

    @extend_schema(request=SignWrite, responses=StakeholderShape)
    @action(detail=True, methods=["post"], url_path="sign-off")
    def sign_off(self, request: Request, pk: str) -> HttpResponse:
        """Sign for oneself; or record the sign-off of a name without an account, with what shows it."""
        row = self.find(pk)

        def work() -> Response:
            facts = self.read(request, shape=SignWrite)
            return self.answer(sign_off(pk=row.pk, by=self.actor, at=self.at, **facts))

        return self.once(work)

    @extend_schema(request=PeopleBecause, responses=StakeholderShape)
    @action(detail=True, methods=["post"], url_path="take-off")
    def take_off(self, request: Request, pk: str) -> HttpResponse:
        """Take somebody off the register; what they signed stays on record."""
        row = self.find(pk)

        def work() -> Response:
            because = self.read(request, shape=PeopleBecause)["because"]
            return self.answer(take_off(pk=row.pk, because=because, by=self.actor, at=self.at))

        return self.once(work)

    @extend_schema(
        parameters=[OpenApiParameter("initiative", str, required=True)], responses=MatrixShape, filters=False
    )
    @action(detail=False, methods=["get"], url_path="matrix")
    def matrix(self, request: Request) -> Response:
        """The register of one initiative by function, with the functions that nobody speaks for."""
        self.only_params(request, "initiative")
        asked = request.query_params.get("initiative", "")
        if not asked:
            raise wrong("initiative", "Say of which initiative.")
        pk = read_ref(asked, "AI")
        initiative = Initiative.objects.visible_to(self.actor).filter(pk=pk).first()
        if initiative is None:
            raise not_found()
        found = matrix_of(register_of(initiative))
        return Response(
            {
                "functions": [
                    {
                        "function": line.function, "function_display": FUNCTION_WORDS[line.function],
                        "stakeholders": list(line.refs), "signed": line.signed, "concerned": line.concerned,
                        "missing": line.missing,
                    }
                    for line in found.lines
                ],
                "missing": list(found.missing),
                "sentence": found.sentence,
            }
        )  # fmt: skip


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
