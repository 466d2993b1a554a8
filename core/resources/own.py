"""What is one's own: `tokens` and `jobs`; and `events`, the audit log, for those who may read it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.briefs import PersonBrief
from core.api.shape import Key, Label, Moment, Shape, Text
from core.api.views import Endpoint
from core.errors import forbidden
from core.models import ApiToken, AuditEvent, Job
from core.queries import EVENTS, JOBS, TOKENS, events, own_jobs, own_tokens
from core.roles import Action
from core.tokens import DEFAULT_DAYS, MAX_DAYS, create_token, revoke_token


class TokenShape(Shape):
    """A key for the API, without its secret: that is shown once, when it is made."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField()
    prefix = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = Moment()
    expires_at = Moment()
    revoked_at = Moment(allow_null=True)
    last_used_at = Moment(allow_null=True)


class TokenMade(TokenShape):
    secret = serializers.CharField(help_text="Shown once. Keep it where only your program reads it.")


class TokenWrite(Shape):
    name = Text(max_length=80)
    scopes = serializers.ListField(child=Text(max_length=40), min_length=1, max_length=40)
    days = serializers.IntegerField(min_value=1, max_value=MAX_DAYS, required=False, default=DEFAULT_DAYS)


class TokenEndpoint(Endpoint):
    """The caller's own tokens, read with the scope `tokens:read`. Made and revoked with a session: no token does it."""

    area = "tokens"
    model = ApiToken
    listing = TOKENS
    shape = TokenShape
    write_shape = TokenWrite
    rights = {"create": Action.OWN_TOKENS, "revoke": Action.OWN_TOKENS}

    def get_queryset(self) -> QuerySet[Any]:
        return own_tokens(self.actor)

    @extend_schema(request=TokenWrite, responses={201: TokenMade})
    def create(self, request: Request) -> HttpResponse:
        """Make a token. A repeat under the same Idempotency-Key gives it without its secret, which is not kept."""
        user = self.actor.user
        if self.actor.token_id is not None or user is None:
            raise forbidden("A token is made by a person who has signed in.")
        made: list[str] = []

        def work() -> Response:
            row, secret = create_token(user=user, by=self.actor, at=self.at, **self.read(request))
            made.append(secret)
            return self.answer(row, status=201)

        answer = self.once(work)
        if made and isinstance(answer, Response):
            answer.data["secret"] = made[0]
        return answer

    @extend_schema(request=None, responses=TokenShape)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> HttpResponse:
        """End it now."""
        row = self.find(pk)
        self.read_nothing(request)

        def work() -> Response:
            revoke_token(token=row, by=self.actor, at=self.at)
            return self.answer(self.find(pk))

        return self.once(work)


class JobShape(Shape):
    """Long work: how far it is, and what came out."""

    id = serializers.IntegerField(read_only=True)
    kind = serializers.CharField()
    state = serializers.CharField()
    state_display = Label("state", Job.State.choices)
    title = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    result = serializers.DictField()
    problem = serializers.DictField(allow_null=True)
    created_by = Key("created_by", allow_null=True)
    created_at = Moment()
    finished_at = Moment(allow_null=True)

    expandable = {"created_by": PersonBrief}


class JobEndpoint(Endpoint):
    """Long work the caller started."""

    area = "portfolio"
    model = Job
    listing = JOBS
    shape = JobShape

    def get_queryset(self) -> QuerySet[Any]:
        return own_jobs(self.actor).select_related("created_by")


class EventShape(Shape):
    """One change on the record: who, through which door, what was and what is."""

    id = serializers.IntegerField(read_only=True)
    at = Moment()
    actor = serializers.IntegerField(source="actor_id", allow_null=True)
    actor_label = serializers.CharField()
    via = serializers.CharField()
    token = serializers.IntegerField(source="token_id", allow_null=True)
    request_id = serializers.CharField()
    object_type = serializers.CharField()
    object_id = serializers.IntegerField(allow_null=True)
    initiative = serializers.IntegerField(source="initiative_id", allow_null=True)
    unit_path = serializers.CharField()
    action = serializers.CharField()
    reason = serializers.CharField()
    before = serializers.DictField()
    after = serializers.DictField()


class EventEndpoint(Endpoint):
    """The audit log."""

    area = "audit"
    model = AuditEvent
    listing = EVENTS
    shape = EventShape
    rights = {"list": Action.READ_AUDIT, "retrieve": Action.READ_AUDIT}

    def get_queryset(self) -> QuerySet[Any]:
        return events(self.actor)
