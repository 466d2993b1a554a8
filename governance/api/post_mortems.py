"""`post-mortems`: what each stop taught, what it freed, and what is still to be done after it."""

from typing import Any

from django.conf import settings
from django.db.models import F
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.access import scope
from core.api.shape import Day, Key, Moment, Money, Related, Shape, Text
from core.api.views import Endpoint
from core.errors import not_found
from core.models import User
from core.roles import Action
from core.values import MAX_ID, read_ref
from domain.post_mortem import CAUSES, After
from governance.models import Aftercare, Decision, PostMortem
from governance.queries.log import POST_MORTEMS
from governance.queries.post_mortem import cause_words, freed
from governance.services.post_mortem import finish_aftercare, write_post_mortem


class AftercareShape(serializers.Serializer[Any]):
    """Something still to be done after the stop; `done_on` null: it is open."""

    id = serializers.IntegerField()
    text = serializers.CharField()
    owner = serializers.IntegerField(source="owner_id")
    due_on = serializers.DateField()
    done_on = serializers.DateField(allow_null=True)
    done_by = serializers.IntegerField(source="done_by_id", allow_null=True)
    note = serializers.CharField()


class FreedShape(serializers.Serializer[Any]):
    """What the stop freed: `returned` from that day on, `waiting` (approved, not released), `unspent` (released, not spent).
    null: the record does not say; then `total` is null too."""

    returned = Money(allow_null=True)
    waiting = Money(allow_null=True)
    unspent = Money(allow_null=True)
    total = Money(allow_null=True)
    currency = serializers.CharField()


class PostMortemShape(Shape):
    """The post-mortem of one stop. It stands as it was written. `causes`: codes, the first the main one."""

    id = serializers.IntegerField(read_only=True)
    decision = Key("decision")
    initiative = Key("initiative")
    stopped_on = Day(read_only=True)
    reason_code = serializers.CharField(read_only=True)
    expected = serializers.CharField()
    happened = serializers.CharField()
    causes = serializers.ListField(child=serializers.CharField())
    learned = serializers.CharField()
    reusable = serializers.CharField()
    written_at = Moment()
    written_by = Key("written_by", allow_null=True)


class PostMortemDetailShape(PostMortemShape):
    """The same with the causes in words, the money freed, and what is still to be done."""

    cause_words = serializers.SerializerMethodField()
    freed = serializers.SerializerMethodField()
    aftercare = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_cause_words(self, row: PostMortem) -> list[str]:
        return cause_words(row)

    @extend_schema_field(FreedShape)
    def get_freed(self, row: PostMortem) -> dict[str, Any]:
        found = freed(row.decision)
        names = ("returned", "waiting", "unspent", "total")
        said = {name: getattr(found, name) for name in names}
        return {**FreedShape({**said, "currency": settings.ORG_CURRENCY}).data}

    @extend_schema_field(AftercareShape(many=True))
    def get_aftercare(self, row: PostMortem) -> list[dict[str, Any]]:
        return [{**AftercareShape(one).data} for one in row.aftercare.all()]


class AftercareWrite(serializers.Serializer[Any]):
    text = Text(max_length=500)
    owner = Related(queryset=User.objects.all())
    due_on = Day()


class PostMortemOfStop(Shape):
    """Of the decision that stopped it, once. `causes`: the main one first. `aftercare`: data deleted, users told, a contract ended."""

    decision = Related(queryset=Decision.objects.all(), prefix="D")
    expected = Text(max_length=4000)
    happened = Text(max_length=4000)
    causes = serializers.ListField(
        child=serializers.ChoiceField(choices=list(CAUSES.items())), max_length=len(CAUSES)
    )
    learned = Text(max_length=4000)
    reusable = Text(max_length=4000, required=False, allow_blank=True)
    aftercare = AftercareWrite(many=True, required=False)


class AftercareDone(Shape):
    """Which one is done, and what came of it."""

    aftercare = serializers.IntegerField(min_value=1, max_value=MAX_ID)
    note = Text(max_length=500)


class PostMortemEndpoint(Endpoint):
    """Post-mortems of what was stopped, searched by `q` in everything they say."""

    area = "governance"
    model = PostMortem
    listing = POST_MORTEMS
    shape = PostMortemDetailShape
    write_shape = PostMortemOfStop
    lists_less = True
    beside = {
        "initiative_id": F("decision__initiative_id"), "stopped_on": F("decision__decided_on"),
        "reason_code": F("decision__reason_code"),
    }  # fmt: skip
    rights = {"create": Action.EDIT_INITIATIVE, "done": Action.VIEW}

    def shown_as(self) -> type[Shape]:
        return PostMortemShape if self.action == "list" else PostMortemDetailShape

    @extend_schema(request=PostMortemOfStop, responses={201: PostMortemDetailShape})
    def create(self, request: Request) -> HttpResponse:
        """Write it, once. 409 `not_a_stop`, `written_already`."""

        def work() -> Response:
            facts = self.read(request)
            rows = [After(one["text"], one["owner"].pk, one["due_on"]) for one in facts.pop("aftercare", ())]
            decision: Decision = facts.pop("decision")
            row = write_post_mortem(
                decision_id=decision.pk, aftercare=rows, by=self.actor, at=self.at, **facts
            )  # fmt: skip
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=AftercareDone, responses=AftercareShape)
    @action(detail=True, methods=["post"])
    def done(self, request: Request, pk: str) -> HttpResponse:
        """Close one thing that was still to be done, by its owner, also where they may not see the post-mortem, or by whoever may
        change the initiative. Answers with it. 409 `done`."""
        post_mortem = read_ref(pk, self.prefix)

        def work() -> Response:
            facts = self.read(request, shape=AftercareDone)
            mine = Aftercare.objects.filter(scope(self.actor, Action.VIEW, Aftercare))
            care = mine.filter(pk=facts["aftercare"], post_mortem=post_mortem).first()
            if care is None:
                raise not_found(
                    "There is nothing of that id to be done after this stop, or you may not see it."
                )
            row = finish_aftercare(pk=care.pk, note=facts["note"], by=self.actor, at=self.at)
            return Response(AftercareShape(row).data)

        return self.once(work)
