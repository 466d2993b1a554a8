"""`interventions`: who acts on a flag, by when, and how it ended."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock, vocabulary
from core.api.briefs import PersonBrief
from core.api.shape import Bool, Day, Key, Moment, Related, Shape, Text
from core.models import User
from core.roles import Action
from kpis.api.replay import Replayed
from kpis.models import Intervention
from kpis.queries.interventions import INTERVENTIONS, state_of, told_on
from kpis.queries.known import undo
from kpis.services.interventions import (
    ACTION,
    BECAUSE,
    CLOSURE,
    assign_intervention,
    change_intervention,
    close_intervention,
)
from portfolio.api.records import InitiativeBrief
from portfolio.models import Flag


class InterventionShape(Shape):
    """What somebody is to do about a flag. `escalated_on`: since when it is before the council because it was overdue.

    `state`: open, overdue, escalated or closed. `owner_active` false: who was given it has left.
    """

    id = serializers.IntegerField(read_only=True)
    flag = Key("flag")
    initiative = Key("initiative")
    assigned_to = Key("assigned_to")
    owner_active = Bool(source="assigned_to.is_active")
    assigned_by = Key("assigned_by", allow_null=True)
    action = serializers.CharField()
    due_on = Day()
    state = serializers.SerializerMethodField()
    state_display = serializers.SerializerMethodField()
    escalated_on = Day(allow_null=True)
    recorded_at = Moment()
    closed_at = Moment(allow_null=True)
    closed_by = Key("closed_by", allow_null=True)
    closure = serializers.CharField()
    version = serializers.IntegerField()

    expandable = {
        "initiative": InitiativeBrief, "assigned_to": PersonBrief, "assigned_by": PersonBrief, "closed_by": PersonBrief,
    }  # fmt: skip

    def get_state(self, row: Intervention) -> str:
        view = self.context["view"]
        return state_of(row, view.as_of or view.today)

    def get_state_display(self, row: Intervention) -> str:
        return vocabulary.word("intervention", self.get_state(row))


class InterventionEdit(Shape):
    assigned_to = Related(queryset=User.objects.all(), required=False)
    due_on = Day(required=False)
    because = Text(max_length=BECAUSE, required=False, allow_blank=True)


class InterventionWrite(Shape):
    flag = Related(queryset=Flag.objects.all())
    assigned_to = Related(queryset=User.objects.all())
    action = Text(max_length=ACTION)
    due_on = Day()


class ClosureWrite(Shape):
    note = Text(max_length=CLOSURE)


class InterventionEndpoint(Replayed):
    """Interventions of initiatives the caller may see, and those given to the caller."""

    area = "kpis"
    model = Intervention
    listing = INTERVENTIONS
    shape = InterventionShape
    write_shape = InterventionWrite
    related = ("assigned_to",)
    rights = {
        "create": Action.EDIT_INITIATIVE,
        "partial_update": Action.EDIT_INITIATIVE,
        # Who was given it may close it, in whatever role.
        "close": Action.VIEW,
    }
    said_on = learnt_at = "recorded_at"
    written_later = frozenset(
        {
            "assigned_to",
            "owner_active",
            "open",
            "overdue",
            "escalated",
            "due_on",
            "escalated_on",
            "closed_at",
            "q",
        }
    )

    def get_queryset(self) -> QuerySet[Any]:
        return told_on(super().get_queryset(), self.today)

    def present(self, row: Any, *, many: bool = False) -> Any:
        rows, until = row if many else [row], self.until
        if until is not None:
            _put_back(rows, until)
        return super().present(row, many=many)

    @extend_schema(request=InterventionWrite, responses={201: InterventionShape})
    def create(self, request: Request) -> HttpResponse:
        """Give an open flag to somebody who may see its initiative, by a day up to 30 days ahead. One open at a time."""

        def work() -> Response:
            said = self.read(request)
            flag = said.pop("flag")
            row = assign_intervention(flag_id=flag.pk, by=self.actor, at=self.at, **said)
            return self.answer(self.find(str(row.pk)), status=201)

        return self.once(work)

    @extend_schema(request=InterventionEdit, responses=InterventionShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Give it to somebody else, or another day, and say why."""
        row = self.find(pk)
        version = self.expected_version(request)
        said: Any = self.read(request, partial=True, shape=InterventionEdit)
        because = said.pop("because", "")
        change_intervention(
            pk=row.pk, expected_version=version, change=said, because=because, by=self.actor, at=self.at
        )
        return self.answer(self.find(pk))

    @extend_schema(request=ClosureWrite, responses=InterventionShape)
    @action(detail=True, methods=["post"], url_path="close")
    def close(self, request: Request, pk: str) -> HttpResponse:
        """End it with a note of what was done. The flag stands until its fact changes."""
        row = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=ClosureWrite)
            close_intervention(pk=row.pk, by=self.actor, at=self.at, **said)
            return self.answer(self.find(pk))

        return self.once(work)


def _put_back(rows: list[Intervention], until: datetime) -> None:
    """Make them what they were: open where they were closed later, with the person and the day of then."""
    for row in rows:
        if row.closed_at is not None and row.closed_at > until:
            row.closed_at, row.closed_by, row.closure = None, None, ""
            row.version -= 1
        if row.escalated_on is not None and row.escalated_on > clock.day_of(until):
            row.escalated_on = None
    if undo(rows, "intervention.changed", until):
        prefetch_related_objects(rows, "assigned_to")
