"""`version-rollbacks`: going back to the version before at once, and its confirmation by a second person."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from assurance.models import ModelVersion, Rollback
from assurance.queries.listings import ROLLBACKS
from assurance.services.rollbacks import BECAUSE, NOTE, confirm_rollback, go_back_now
from core.api.briefs import PersonBrief
from core.api.shape import Day, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.roles import Action
from domain.model_roles import DISPLACED
from governance.api.inventory import ModelBrief
from governance.models import AiModel


class RollbackShape(Shape):
    """`version` serves again, `left` did. `confirmed_at` null: no second person has confirmed it, by `confirm_by`."""

    id = serializers.IntegerField(read_only=True)
    model = Key("model")
    version = Key("version")
    left = Key("left")
    left_becomes = serializers.CharField()
    left_becomes_display = Label("left_becomes", ModelVersion.Role.choices)
    because = serializers.CharField()
    done_by = Key("done_by")
    done_at = Moment()
    confirm_by = Day()
    confirmed_by = Key("confirmed_by", allow_null=True)
    confirmed_at = Moment(allow_null=True)
    note = serializers.CharField()

    expandable = {"model": ModelBrief, "done_by": PersonBrief, "confirmed_by": PersonBrief}


class RollbackNow(Shape):
    model = Related(queryset=AiModel.objects.all(), prefix="M")
    because = Text(max_length=BECAUSE)
    champion_becomes = serializers.ChoiceField(
        choices=[(one.value, one.value) for one in DISPLACED], required=False
    )


class RollbackConfirm(Shape):
    note = Text(max_length=NOTE)


class VersionRollbackEndpoint(Endpoint):
    """Champions gone back from at once, by one person; another confirms."""

    area = "governance"
    model = Rollback
    listing = ROLLBACKS
    shape = RollbackShape
    write_shape = RollbackNow
    rights = dict.fromkeys(("create", "confirm"), Action.PROMOTE_MODEL)

    @extend_schema(request=RollbackNow, responses={201: RollbackShape})
    def create(self, request: Request) -> HttpResponse:
        """Go back at once. 409 `no_champion`, `no_previous`; 403 `four_eyes` for the developer."""

        def work() -> Response:
            said = self.read(request)
            row = go_back_now(model_id=said.pop("model").pk, by=self.actor, at=self.at, **said)
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=RollbackConfirm, responses=RollbackShape)
    @action(detail=True, methods=["post"], url_path="confirm")
    def confirm(self, request: Request, pk: str) -> HttpResponse:
        """Confirm, as a second person, that it was right. 403 `four_eyes`, 409 `confirmed`."""
        found = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=RollbackConfirm)
            return self.answer(confirm_rollback(pk=found.pk, by=self.actor, at=self.at, **said))

        return self.once(work)
