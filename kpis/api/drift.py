"""`kpis/{id}/drift`: the three kinds of drift on a day, and what people said about them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.briefs import PersonBrief
from core.api.fields import plain
from core.api.shape import Day, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.errors import not_found
from core.roles import Action
from domain.kpi_figures import SIX_PLACES, rounded
from kpis.api.committing import CommittingEndpoint
from kpis.api.fields import AS_OF
from kpis.api.kpis import KpiBrief, OfAKpi
from kpis.api.replay import KPI, OfOneKpi, Replayed
from kpis.models import DriftReference, RelevanceReview, WorldChange
from kpis.queries.drift import NO_OUTCOME, Drift, drift_of
from kpis.queries.drift_lists import DRIFT_REFERENCES, RELEVANCE_REVIEWS, WORLD_CHANGES
from kpis.services.drift_words import BECAUSE, WHAT, record_review, record_world_change, state_reference
from portfolio.api.records import InitiativeBrief
from portfolio.models import Initiative


class SignalShape(serializers.Serializer[Any]):
    """A chart that signalled. `still`: at the last reading too; null where the chart begins anew after a signal."""

    method = serializers.CharField()
    side = serializers.CharField()
    toward = serializers.CharField(allow_null=True)
    measurement = serializers.IntegerField()
    observed_on = serializers.DateField()
    value = serializers.CharField()
    sentence = serializers.CharField()
    numbers = serializers.DictField(child=serializers.CharField())
    clears_when = serializers.CharField()
    still = serializers.BooleanField(allow_null=True)


class ValueDriftShape(serializers.Serializer[Any]):
    """Have the readings left the level of the reference. `toward`: for the better or worse, null where neither is."""

    status = serializers.CharField()
    reason = serializers.CharField()
    sentence = serializers.CharField()
    numbers = serializers.DictField(child=serializers.CharField())
    since = serializers.DateField(allow_null=True)
    clears_when = serializers.CharField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True)
    toward = serializers.CharField(allow_null=True)
    last_known = serializers.CharField(allow_null=True)
    reference_ends_on = serializers.DateField(allow_null=True)
    reference_stated = serializers.BooleanField()
    watched = serializers.IntegerField()
    signals = SignalShape(many=True)
    notes = serializers.ListField(child=serializers.CharField())


class BreakShape(serializers.Serializer[Any]):
    """From `on`, the series is another one. `fields`: what is said otherwise."""

    version = serializers.IntegerField()
    before = serializers.IntegerField()
    on = serializers.DateField()
    fields_changed = serializers.ListField(child=serializers.CharField())
    sentence = serializers.CharField()


class SegmentShape(serializers.Serializer[Any]):
    """Readings that may be joined by a line."""

    begins_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)
    versions = serializers.ListField(child=serializers.IntegerField())
    readings = serializers.IntegerField()


class DefinitionDriftShape(serializers.Serializer[Any]):
    """Where the series is broken. It is no reproach by itself: nothing clears it, it stays on the record."""

    status = serializers.CharField()
    reason = serializers.CharField()
    sentence = serializers.CharField()
    numbers = serializers.DictField(child=serializers.CharField())
    since = serializers.DateField(allow_null=True)
    clears_when = serializers.CharField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True)
    breaks = BreakShape(many=True)
    undetermined = serializers.ListField(child=serializers.CharField())
    unstated = serializers.ListField(child=serializers.CharField())
    segments = SegmentShape(many=True)


class DriftCauseShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    since = serializers.DateField(allow_null=True)
    sentence = serializers.CharField()


class ReviewDueShape(serializers.Serializer[Any]):
    """Whether somebody must look at the KPI's relevance. `last_review`: the day of the latest review."""

    status = serializers.CharField()
    causes = DriftCauseShape(many=True)
    due_by = serializers.DateField(allow_null=True)
    clears_when = serializers.CharField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True)
    last_review = serializers.DateField(allow_null=True)


class RelevanceDriftShape(serializers.Serializer[Any]):
    """Does it still move with its outcome. `outcome` null: nobody named one. `inverse`: it should fall when that rises."""

    status = serializers.CharField()
    reason = serializers.CharField()
    sentence = serializers.CharField()
    numbers = serializers.DictField(child=serializers.CharField())
    since = serializers.DateField(allow_null=True)
    clears_when = serializers.CharField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True)
    outcome = serializers.IntegerField(allow_null=True)
    inverse = serializers.BooleanField()
    pairs = serializers.IntegerField()
    last_known = serializers.CharField(allow_null=True)
    review = ReviewDueShape()


class DriftShape(serializers.Serializer[Any]):
    """The drift of a KPI in its three kinds, told apart and never added up. `policy`: the thresholds, 0 the product's."""

    kpi = serializers.IntegerField()
    as_of = serializers.DateField()
    known_at = serializers.DateTimeField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True)
    policy = serializers.IntegerField()
    value = ValueDriftShape()
    definition = DefinitionDriftShape()
    relevance = RelevanceDriftShape()


def _numbers(said: Mapping[str, Decimal]) -> dict[str, str]:
    """As strings; an estimate is told with 6 places at most."""
    return {name: plain(rounded(value, SIX_PLACES)) for name, value in said.items()}


def _value(found: Drift) -> dict[str, Any]:
    value = found.value
    known = value.reference
    numbers = {}
    if known is not None:
        numbers = {
            "mean": known.mean, "sigma": known.sigma, "widened": known.widened, "reference_readings": Decimal(known.count),
        }  # fmt: skip
    signals = [
        {
            "method": hit.method.value, "side": hit.side.value, "toward": hit.toward, "measurement": hit.reading_id,
            "observed_on": hit.observed_on, "value": plain(hit.value), "sentence": hit.sentence,
            "numbers": _numbers(hit.numbers), "clears_when": hit.clears_when, "still": hit.still,
        }
        for hit in value.hits
    ]  # fmt: skip
    return {
        "status": value.status.value, "reason": str(value.reason or ""), "sentence": value.sentence,
        "numbers": _numbers(numbers), "since": found.value_since,
        "clears_when": found.value_clears or None, "valid_until": value.valid_until,
        "toward": found.toward, "last_known": value.last_known, "reference_ends_on": known.ends_on if known else None,
        "reference_stated": found.stated, "watched": value.watched, "signals": signals, "notes": value.notes,
    }  # fmt: skip


def _definition(found: Drift) -> dict[str, Any]:
    said = found.definition
    return {
        "status": said.status.value, "reason": "", "sentence": said.sentence,
        "numbers": {"breaks": str(len(said.breaks)), "segments": str(len(said.segments))},
        "since": said.breaks[-1].on if said.breaks else None, "clears_when": None, "valid_until": said.valid_until,
        "breaks": [
            {
                "version": one.number, "before": one.before, "on": one.on, "sentence": one.sentence,
                "fields_changed": [change.field for change in one.changes],
            }
            for one in said.breaks
        ],
        "undetermined": [one.sentence for one in said.undetermined], "unstated": said.unknown,
        "segments": [
            {
                "begins_on": one.begins_on, "ends_on": one.ends_on, "versions": one.versions,
                "readings": len(one.readings),
            }
            for one in said.segments
        ],
    }  # fmt: skip


def _relevance(found: Drift) -> dict[str, Any]:
    said, review = found.relevance, found.review
    due = {
        "status": review.status.value, "causes": review.causes, "due_by": review.due_by,
        "clears_when": review.clears_when, "valid_until": review.valid_until,
        "last_review": found.facts.review.reviewed_on if found.facts.review else None,
    }  # fmt: skip
    shared = {"outcome": found.outcome_id, "inverse": found.inverse, "review": due}
    if said is None:
        return {
            "status": "unknown", "reason": "no_outcome", "sentence": NO_OUTCOME, "numbers": {}, "since": None,
            "clears_when": found.relevance_clears, "valid_until": None, "pairs": 0, "last_known": None, **shared,
        }  # fmt: skip
    return {
        "status": said.relevance.value, "reason": str(said.reason or ""), "sentence": said.sentence,
        "numbers": _numbers(said.numbers), "since": found.lost_since if said.relevance == "lost" else None,
        "clears_when": found.relevance_clears or None, "valid_until": said.valid_until, "pairs": said.pairs,
        "last_known": said.last_known, **shared,
    }  # fmt: skip


class DriftReferenceShape(Shape):
    """From which readings the usual level is known: those before `ends_on`, from `begins_on` where that is given."""

    id = serializers.IntegerField(read_only=True)
    kpi = Key("kpi")
    begins_on = Day(allow_null=True)
    ends_on = Day()
    stated_on = Day()
    because = serializers.CharField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)

    expandable = {"kpi": KpiBrief, "recorded_by": PersonBrief}


class DriftReferenceWrite(Shape):
    begins_on = Day(required=False, allow_null=True)
    ends_on = Day(help_text="The first day that is watched.")
    because = Text(max_length=BECAUSE, help_text="Why the level moved.")


class RelevanceReviewShape(Shape):
    """A review of relevance: what came of it, and why."""

    id = serializers.IntegerField(read_only=True)
    kpi = Key("kpi")
    verdict = serializers.CharField()
    verdict_display = Label("verdict", RelevanceReview.Verdict.choices)
    because = serializers.CharField()
    reviewed_on = Day()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)

    expandable = {"kpi": KpiBrief, "recorded_by": PersonBrief}


class RelevanceReviewWrite(Shape):
    verdict = serializers.ChoiceField(choices=RelevanceReview.Verdict.choices)
    because = Text(max_length=BECAUSE)
    reviewed_on = Day(required=False, help_text="Today when left out.")


class WorldChangeShape(Shape):
    """A change around an initiative that makes its KPIs ask for a review of relevance."""

    id = serializers.IntegerField(read_only=True)
    initiative = Key("initiative")
    kind = serializers.CharField()
    kind_display = Label("kind", WorldChange.Kind.choices)
    on = Day()
    what = serializers.CharField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)

    expandable = {"initiative": InitiativeBrief, "recorded_by": PersonBrief}


class WorldChangeWrite(Shape):
    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")
    kind = serializers.ChoiceField(choices=WorldChange.Kind.choices)
    on = Day()
    what = Text(max_length=WHAT)


class DriftingEndpoint(CommittingEndpoint):
    """KPIs of initiatives the caller may see. `as_of` and `known_at` give the answer of another day, from the facts."""

    @extend_schema(parameters=AS_OF, responses=DriftShape)
    @action(detail=True, methods=["get"], url_path="drift")
    def drift(self, request: Request, pk: str) -> Response:
        """Value, definition and relevance: what is found, its numbers, since when, what would clear it, until when."""
        self.only_params(request, "as_of", "known_at")
        row = self.find(pk)
        day = self.as_of or clock.day_of(self.at)
        found = drift_of(row.pk, as_of=day, known_at=self.known_at)
        if found is None:
            raise not_found("It had not been recorded by then, or you may not see it.")
        said = {
            "kpi": row.pk, "as_of": day, "known_at": self.known_at, "valid_until": found.valid_until,
            "policy": found.policy, "value": _value(found), "definition": _definition(found),
            "relevance": _relevance(found),
        }  # fmt: skip
        return Response(DriftShape(said).data)


class ReferenceEndpoint(OfOneKpi, OfAKpi):
    """References stated of one KPI's level. Added, never edited; the latest speaks."""

    model = DriftReference
    listing = DRIFT_REFERENCES
    shape = DriftReferenceShape
    write_shape = DriftReferenceWrite
    said_on, learnt_at = "stated_on", "recorded_at"
    rights = {"create": Action.DEFINE_KPI}

    @extend_schema(parameters=[KPI], request=DriftReferenceWrite, responses={201: DriftReferenceShape})
    def create(self, request: Request) -> HttpResponse:
        """Say why the level moved, and from which readings the new one is known."""
        kpi = self.kpi

        def work() -> Response:
            row = state_reference(kpi_id=kpi.pk, by=self.actor, at=self.at, **self.read(request))
            return self.answer(row, status=201)

        return self.once(work)


class RelevanceReviewEndpoint(OfOneKpi, OfAKpi):
    """Reviews of one KPI's relevance. Added, never edited."""

    model = RelevanceReview
    listing = RELEVANCE_REVIEWS
    shape = RelevanceReviewShape
    write_shape = RelevanceReviewWrite
    said_on, learnt_at = "reviewed_on", "recorded_at"
    rights = {"create": Action.DEFINE_KPI}

    @extend_schema(parameters=[KPI], request=RelevanceReviewWrite, responses={201: RelevanceReviewShape})
    def create(self, request: Request) -> HttpResponse:
        """Record what came of a review: keep it with a reason (not by its owner or author), define it anew, retire it."""
        kpi = self.kpi

        def work() -> Response:
            row = record_review(kpi_id=kpi.pk, by=self.actor, at=self.at, **self.read(request))
            return self.answer(row, status=201)

        return self.once(work)


class WorldChangeEndpoint(Replayed, Endpoint):
    """Changes of user behaviour, market or product around initiatives the caller may see. Added, never edited."""

    area = "kpis"
    model = WorldChange
    listing = WORLD_CHANGES
    shape = WorldChangeShape
    write_shape = WorldChangeWrite
    said_on, learnt_at = "on", "recorded_at"
    rights = {"create": Action.DEFINE_KPI}

    @extend_schema(request=WorldChangeWrite, responses={201: WorldChangeShape})
    def create(self, request: Request) -> HttpResponse:
        """Record a change. Each KPI of the initiative then asks for a review of its relevance."""

        def work() -> Response:
            said = self.read(request)
            row = record_world_change(
                initiative_id=said.pop("initiative").pk, by=self.actor, at=self.at, **said
            )
            return self.answer(row, status=201)

        return self.once(work)
