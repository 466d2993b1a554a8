"""What waits for a second person, below `users`: `grant-requests` and `email-changes`."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.access import require_anywhere
from core.api.briefs import PersonBrief, UnitBrief
from core.api.shape import Display, Key, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.consent import confirm, decline, withdraw
from core.errors import not_found
from core.grants import manages_people_in
from core.models import AccessRequest, BusinessUnit, Role
from core.proposals import propose_address, propose_role
from core.queries import requests_of
from core.roles import Action

ANSWERS: dict[str, Callable[..., AccessRequest]] = {
    "confirm": confirm, "decline": decline, "withdraw": withdraw,
}  # fmt: skip
_ANSWER = OpenApiParameter("answer", str, OpenApiParameter.PATH, enum=list(ANSWERS))
_REQUEST = OpenApiParameter("request_id", int, OpenApiParameter.PATH)
ONE = r"(?P<request_id>\d{1,18})/(?P<answer>confirm|decline|withdraw)"


class RequestShape(Shape):
    """Proposed by one administrator; another one answers it before it lapses."""

    id = serializers.IntegerField(read_only=True)
    because = serializers.CharField()
    proposed_by = Key("proposed_by")
    proposed_at = Moment()
    lapses_at = Moment()
    state = serializers.CharField()
    state_display = Display(lambda row: row.get_state_display())
    decided_by = Key("decided_by", allow_null=True)
    decided_at = Moment(allow_null=True)

    expandable = {"proposed_by": PersonBrief, "decided_by": PersonBrief}


class GrantRequestShape(RequestShape):
    """A role that two give, in a unit and below, or (unit null) in the whole organisation."""

    role = serializers.CharField()
    role_display = Display(lambda row: row.get_role_display())
    unit = Key("unit", allow_null=True)

    expandable = {**RequestShape.expandable, "unit": UnitBrief}


class EmailChangeShape(RequestShape):
    """Another address for a person: they consent themselves on their account page, or a second administrator does."""

    email = serializers.EmailField()


class GrantRequestWrite(Shape):
    role = serializers.ChoiceField(choices=Role.choices)
    unit = Related(queryset=BusinessUnit.objects.all(), allow_null=True)
    because = Text(max_length=300)


class EmailChangeWrite(Shape):
    email = Text(max_length=254)
    because = Text(max_length=300)


class ConsentActions(Endpoint):
    """The sub-resources, for the endpoint of people to have."""

    @extend_schema(responses=GrantRequestShape(many=True), filters=False)
    @action(detail=True, methods=["get"], url_path="grant-requests")
    def grant_requests(self, request: Request, pk: str) -> Response:
        """The roles proposed for a person, newest first, and what became of them."""
        return self._requests(request, pk, AccessRequest.Kind.ROLE, GrantRequestShape)

    @extend_schema(request=GrantRequestWrite, responses={201: GrantRequestShape})
    @grant_requests.mapping.post
    def propose_grant(self, request: Request, pk: str) -> HttpResponse:
        """Propose a role that two give. Held once a second administrator consents; lapses after 14 days."""
        user = self.find(pk)

        def work() -> Response:
            facts = self.read(request, shape=GrantRequestWrite)
            row = propose_role(user=user, by=self.actor, at=self.at, **facts)
            return Response(GrantRequestShape(row).data, status=201)

        return self.once(work)

    @extend_schema(
        operation_id="users_grant_requests_answer",
        request=None,
        responses=GrantRequestShape,
        parameters=[_REQUEST, _ANSWER],
    )
    @action(detail=True, methods=["post"], url_path=f"grant-requests/{ONE}")
    def answer_grant(self, request: Request, pk: str, request_id: str, answer: str) -> HttpResponse:
        """Consent or decline, by another administrator than proposed or receives it: else 403 `four_eyes`. Withdraw: the
        proposer. With a session: no token consents."""
        return self._answered(request, pk, request_id, answer, AccessRequest.Kind.ROLE, GrantRequestShape)

    @extend_schema(responses=EmailChangeShape(many=True), filters=False)
    @action(detail=True, methods=["get"], url_path="email-changes")
    def email_changes(self, request: Request, pk: str) -> Response:
        """The addresses proposed for a person, newest first, and what became of them."""
        return self._requests(request, pk, AccessRequest.Kind.EMAIL, EmailChangeShape)

    @extend_schema(request=EmailChangeWrite, responses={201: EmailChangeShape})
    @email_changes.mapping.post
    def propose_email(self, request: Request, pk: str) -> HttpResponse:
        """Propose another address. Changed once the person or a second administrator consents; lapses after 14 days."""
        user = self.find(pk)

        def work() -> Response:
            facts = self.read(request, shape=EmailChangeWrite)
            row = propose_address(user=user, by=self.actor, at=self.at, **facts)
            return Response(EmailChangeShape(row).data, status=201)

        return self.once(work)

    @extend_schema(
        operation_id="users_email_changes_answer",
        request=None,
        responses=EmailChangeShape,
        parameters=[_REQUEST, _ANSWER],
    )
    @action(detail=True, methods=["post"], url_path=f"email-changes/{ONE}")
    def answer_email(self, request: Request, pk: str, request_id: str, answer: str) -> HttpResponse:
        """Consent or decline, by another administrator than proposed it: else 403 `four_eyes`. Withdraw: the proposer. With
        a session: no token consents."""
        return self._answered(request, pk, request_id, answer, AccessRequest.Kind.EMAIL, EmailChangeShape)

    def _requests(self, request: Request, pk: str, kind: str, shape: type[Shape]) -> Response:
        self.only_params(request)
        if kind == AccessRequest.Kind.EMAIL:
            require_anywhere(self.actor, Action.MANAGE_USERS)
        found = requests_of(self.find(pk), self.at, kind)
        rows = [row for row in found if manages_people_in(self.actor, row.unit)]
        return Response({"results": [shape(row).data for row in rows]})

    def _answered(
        self, request: Request, pk: str, request_id: str, answer: str, kind: str, shape: type[Shape]
    ) -> HttpResponse:
        row = AccessRequest.objects.filter(user=self.find(pk), kind=kind, pk=int(request_id)).first()
        if row is None:
            raise not_found()
        key = row.pk
        self.read_nothing(request)

        def work() -> Response:
            done: Any = ANSWERS[answer](pk=key, by=self.actor, at=self.at)
            return Response(shape(done).data)

        return self.once(work)
