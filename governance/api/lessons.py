"""`initiatives/{id}/lessons`: what ended work that resembles an initiative taught."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.auth import actor_of
from core.api.views import Endpoint
from core.errors import not_found
from core.roles import Action
from core.values import read_ref
from governance.queries.lessons import lessons_for
from portfolio.models import Initiative
from portfolio.queries.intake import idea_of


class LessonShape(serializers.Serializer[Any]):
    """One suggestion: the decision that ended the work, what it taught, and why it is suggested. `points`: how alike."""

    decision = serializers.IntegerField(source="decision.pk")
    decision_ref = serializers.CharField(source="decision.ref")
    initiative = serializers.IntegerField(source="decision.initiative_id")
    initiative_name = serializers.CharField(source="decision.initiative.name")
    decided_on = serializers.DateField(source="decision.decided_on")
    reason_code = serializers.CharField(source="decision.reason_code")
    lessons = serializers.CharField(source="words")
    points = serializers.IntegerField()
    because = serializers.ListField(child=serializers.CharField(), source="reasons")


class LessonsShape(serializers.Serializer[Any]):
    results = LessonShape(many=True)


class LessonApi(viewsets.ViewSet):
    """Of ended work the caller may see: at most five, the most alike first."""

    area = "governance"
    rights = {"retrieve": Action.VIEW}

    @extend_schema(
        operation_id="initiative_lessons",
        parameters=[
            OpenApiParameter(
                "initiative_id",
                OpenApiTypes.STR,
                OpenApiParameter.PATH,
                description="The initiative, by id or as AI-0042.",
            )
        ],
        responses=LessonsShape,
    )
    def retrieve(self, request: Request, initiative_id: str) -> Response:
        """Lessons of similar work, each with why it is suggested."""
        Endpoint.only_params(request)
        actor = actor_of(request)
        row = Initiative.objects.visible_to(actor).filter(pk=read_ref(initiative_id, "AI")).first()
        if row is None:
            raise not_found()
        return Response({"results": LessonShape(lessons_for(idea_of(row), actor), many=True).data})
