"""`users` and their grants. A reader sees names; the rest is for those who manage people."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.briefs import PersonBrief, UnitBrief
from core.api.shape import Bool, Day, Key, Label, Moment, Related, Shape, Text
from core.errors import not_found
from core.grants import grant_role, revoke_role
from core.listing import Listing
from core.models import BusinessUnit, Role, RoleGrant, User
from core.people import add_user, deactivate_user, edit_user, reactivate_user
from core.queries import PEOPLE, USERS, manages_people, people
from core.resources.consent import ConsentActions
from core.roles import Action


class PersonShape(PersonBrief):
    """What anybody who reads anything may know of a person."""

    title = serializers.CharField()
    is_active = Bool()


class UserShape(PersonShape):
    """A person, to those who manage people."""

    email = serializers.EmailField()
    is_service = Bool()
    manager = Key("manager", allow_null=True)
    last_active_on = Day(allow_null=True)
    created_at = Moment()
    version = serializers.IntegerField()

    expandable = {"manager": PersonBrief}


class UserWrite(Shape):
    email = Text(max_length=254)
    name = Text(max_length=120)
    title = Text(max_length=120, required=False, allow_blank=True)
    manager = Related(queryset=User.objects.all(), required=False, allow_null=True)
    is_service = Bool(required=False)


class GrantShape(Shape):
    """A role held in a unit and below, or (unit null) in the whole organisation."""

    id = serializers.IntegerField(read_only=True)
    role = serializers.CharField()
    role_display = Label("role", Role.choices)
    unit = Key("unit", allow_null=True)
    granted_by = Key("granted_by", allow_null=True)
    granted_at = Moment()
    confirmed_by = Key("confirmed_by", allow_null=True)

    expandable = {"unit": UnitBrief, "granted_by": PersonBrief, "confirmed_by": PersonBrief}


class GrantWrite(Shape):
    role = serializers.ChoiceField(choices=Role.choices)
    unit = Related(queryset=BusinessUnit.objects.all(), allow_null=True)


class UserEndpoint(ConsentActions):
    """People and service accounts."""

    area = "users"
    model = User
    listing = PEOPLE
    shape = PersonShape
    write_shape = UserWrite
    rights = {
        "create": Action.MANAGE_USERS,
        "partial_update": Action.MANAGE_USERS,
        "deactivate": Action.MANAGE_USERS,
        "reactivate": Action.MANAGE_USERS,
        "grants": Action.MANAGE_USERS,
        "grant": Action.MANAGE_USERS,
        "revoke": Action.MANAGE_USERS,
        "grant_requests": Action.MANAGE_USERS,
        "propose_grant": Action.MANAGE_USERS,
        "answer_grant": Action.MANAGE_USERS,
        "email_changes": Action.MANAGE_USERS,
        "propose_email": Action.MANAGE_USERS,
        "answer_email": Action.MANAGE_USERS,
    }

    def get_queryset(self) -> QuerySet[Any]:
        return people(self.actor)

    def shown_as(self) -> type[Shape]:
        return UserShape if manages_people(self.actor) else PersonShape

    def listed_by(self) -> Listing:
        return USERS if manages_people(self.actor) else PEOPLE

    @extend_schema(request=UserWrite, responses={201: UserShape})
    def create(self, request: Request) -> HttpResponse:
        """Add a person. They set their password through the reset link; roles are granted apart."""
        return self.once(
            lambda: self.answer(add_user(by=self.actor, at=self.at, **self.read(request)), status=201)
        )

    @extend_schema(request=UserWrite, responses=UserShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what the body names. Another address is 403 `four_eyes`: propose it below `email-changes`."""
        row = self.find(pk)
        version = self.expected_version(request)
        facts = self.read(request, partial=True)
        return self.answer(edit_user(pk=row.pk, expected_version=version, by=self.actor, at=self.at, **facts))

    @extend_schema(request=None, responses=UserShape)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, pk: str) -> HttpResponse:
        """The person left: sessions end, tokens die at the next request, what depends on them is marked due."""
        row = self.find(pk)
        self.read_nothing(request)
        return self.once(lambda: self.answer(deactivate_user(pk=row.pk, by=self.actor, at=self.at)))

    @extend_schema(request=None, responses=UserShape)
    @action(detail=True, methods=["post"])
    def reactivate(self, request: Request, pk: str) -> HttpResponse:
        """The person came back, with the roles they had; those that two give wait below `grant-requests`."""
        row = self.find(pk)
        self.read_nothing(request)
        return self.once(lambda: self.answer(reactivate_user(pk=row.pk, by=self.actor, at=self.at)))

    @extend_schema(responses=GrantShape(many=True), filters=False)
    @action(detail=True, methods=["get"], url_path="grants")
    def grants(self, request: Request, pk: str) -> Response:
        """The roles a person holds."""
        self.only_params(request)
        return self._grants(self.find(pk))

    @extend_schema(request=GrantWrite, responses={201: GrantShape})
    @grants.mapping.post
    def grant(self, request: Request, pk: str) -> HttpResponse:
        """Give a role. `unit` null is the whole organisation. One that two give is 403 `four_eyes`: propose it below
        `grant-requests`."""
        user = self.find(pk)

        def work() -> Response:
            facts = self.read(request, shape=GrantWrite)
            row = grant_role(user=user, by=self.actor, at=self.at, **facts)
            return Response(GrantShape(row).data, status=201)

        return self.once(work)

    @extend_schema(request=None, responses={200: GrantShape(many=True)})
    @action(detail=True, methods=["post"], url_path=r"grants/(?P<grant_id>\d{1,18})/revoke")
    def revoke(self, request: Request, pk: str, grant_id: str) -> HttpResponse:
        """Take a role back. The person is signed out, and their tokens end."""
        user = self.find(pk)
        self.read_nothing(request)

        def work() -> Response:
            row = RoleGrant.objects.filter(user=user, pk=int(grant_id)).first()
            if row is None:
                raise not_found()
            revoke_role(grant=row, by=self.actor, at=self.at)
            return self._grants(user)

        return self.once(work)

    @staticmethod
    def _grants(user: User) -> Response:
        return Response({"results": [GrantShape(row).data for row in user.grants.order_by("pk")]})
