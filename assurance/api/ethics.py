"""Ethics reviews of models in the API."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from assurance.api.life import LifeEndpoint, RecordShape, long_text, of_model
from assurance.models import EthicsReview
from assurance.queries.life_lists import ETHICS_REVIEWS
from assurance.services.ethics import URL, record_ethics_review
from core.api.shape import Day, Label, Shape, Text
from core.roles import Action
from domain.ethics import KINDS, OUTCOMES


class EthicsReviewShape(RecordShape):
    """An ethics review. `recorded_by` is who reviewed. `next_due_on`: set by them, where it is to be before the cadence."""

    kind = serializers.CharField()
    kind_display = Label("kind", KINDS)
    reviewed_on = Day()
    outcome = serializers.CharField()
    outcome_display = Label("outcome", OUTCOMES)
    findings = serializers.CharField()
    evidence_url = serializers.CharField()
    next_due_on = Day(allow_null=True)


class EthicsReviewWrite(Shape):
    model = of_model()
    kind = serializers.ChoiceField(choices=KINDS)
    reviewed_on = Day()
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    findings = long_text(required=False, allow_blank=True)
    evidence_url = Text(max_length=URL, required=False, allow_blank=True)
    next_due_on = Day(required=False, allow_null=True)


class EthicsReviewEndpoint(LifeEndpoint):
    """Ethics reviews: before launch, and as periodic audits. Added, never edited; the last one counts."""

    model = EthicsReview
    listing = ETHICS_REVIEWS
    shape = EthicsReviewShape
    write_shape = EthicsReviewWrite
    rights = {"create": Action.REVIEW_MODEL}

    @extend_schema(request=EthicsReviewWrite, responses={201: EthicsReviewShape})
    def create(self, request: Request) -> HttpResponse:
        """Record one the caller held: 403 `four_eyes` for who owns or developed the model, or asked for the review."""
        return self.make(request, record_ethics_review)
