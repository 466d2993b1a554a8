"""`comparisons`: A/B tests, champion and challenger, a simple model and a larger one."""

from typing import Any, Final

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.briefs import PersonBrief
from core.api.shape import Bool, Day, Key, Label, Moment, Shape, Text
from core.errors import Item, Problem
from core.roles import Action
from domain.experiment import Verdict
from domain.experiment_looks import ARMS, PAIRS, Look
from kpis.api.fields import KpiRef
from kpis.api.kpis import KpiBrief, OfAKpi
from kpis.api.replay import Replayed
from kpis.models import ArmCount, Comparison
from kpis.queries.comparisons import COMPARISONS, reached
from kpis.services.comparisons import TEXTS, record_comparison, record_looks

MOST: Final = 2**53


def counted(*, required: bool = False) -> Any:
    return serializers.IntegerField(required=required, allow_null=True, min_value=0, max_value=MOST)


class LookShape(serializers.Serializer[Any]):
    """Counts so far, as known on a day; null = not recorded, or of the other kind of comparison.

    Successes out of trials of both arms; of paired arms how many cases only one had right, both, or neither.
    """

    looked_on = Day()
    successes_1 = counted()
    trials_1 = counted()
    successes_2 = counted()
    trials_2 = counted()
    only_1 = counted()
    both = counted()
    only_2 = counted()
    neither = counted()
    recorded_at = Moment()


class LookWrite(serializers.Serializer[Any]):
    """Counts so far on a day: successes and trials of both arms, or of paired arms only_1, both, only_2 and neither."""

    looked_on = Day()
    successes_1 = counted()
    trials_1 = counted()
    successes_2 = counted()
    trials_2 = counted()
    only_1 = counted()
    both = counted()
    only_2 = counted()
    neither = counted()


class OneLook(LookWrite, Shape):
    """One look."""


class ComparisonVerdictShape(serializers.Serializer[Any]):
    """What the latest counts say. Difference and interval (95 %) are of arm 1 less arm 2, uplift of arm 2 over arm 1.

    `significant`: p below 0.05. `p_at_worst`: p times the looks taken before the planned end.
    """

    outcome = serializers.CharField()
    ambiguous = serializers.BooleanField()
    doubts = serializers.ListField(child=serializers.CharField())
    sentence = serializers.CharField()
    notes = serializers.ListField(child=serializers.CharField())
    clears_when = serializers.ListField(child=serializers.CharField())
    test = serializers.CharField()
    missing = serializers.ListField(child=serializers.CharField())
    n1 = serializers.IntegerField(allow_null=True)
    n2 = serializers.IntegerField(allow_null=True)
    difference = serializers.FloatField(allow_null=True)
    uplift = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    p = serializers.FloatField(allow_null=True)
    p_at_worst = serializers.FloatField(allow_null=True)
    significant = serializers.BooleanField(allow_null=True)
    looks_before_end = serializers.IntegerField(allow_null=True)
    short_of_plan = serializers.IntegerField(allow_null=True)


class ComparisonShape(Shape):
    """Two arms measured against each other. Arm 1 is the control, the champion or the simple model.

    `ended_on`: the planned end. `planned_sample`: cases planned in each arm. `verdict` null: nobody looked yet.
    """

    id = serializers.IntegerField(read_only=True)
    kpi = Key("kpi")
    name = serializers.CharField()
    design = serializers.CharField()
    design_display = Label("design", Comparison.Design.choices)
    paired = Bool()
    arm_1 = serializers.CharField()
    arm_2 = serializers.CharField()
    started_on = Day(allow_null=True)
    ended_on = Day(allow_null=True)
    planned_sample = serializers.IntegerField(allow_null=True)
    note = serializers.CharField()
    looks = serializers.SerializerMethodField()
    verdict = serializers.SerializerMethodField()
    source = serializers.CharField()  # type: ignore[assignment]
    source_key = serializers.CharField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)

    expandable = {"kpi": KpiBrief, "recorded_by": PersonBrief}

    @extend_schema_field(LookShape(many=True))
    def get_looks(self, row: Comparison) -> list[dict[str, Any]]:
        return [_told(one, row.paired) for one in reached(row).looks]

    @extend_schema_field(ComparisonVerdictShape(allow_null=True))
    def get_verdict(self, row: Comparison) -> dict[str, Any] | None:
        found = reached(row).verdict
        return None if found is None else _judged(found)


class ComparisonWrite(Shape):
    kpi = KpiRef()
    name = Text(max_length=TEXTS["name"])
    design = serializers.ChoiceField(choices=Comparison.Design.choices)
    paired = Bool(required=False)
    arm_1 = Text(max_length=TEXTS["arm_1"])
    arm_2 = Text(max_length=TEXTS["arm_2"])
    started_on = Day(required=False, allow_null=True)
    ended_on = Day(required=False, allow_null=True)
    planned_sample = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=MOST)
    note = Text(max_length=TEXTS["note"], required=False, allow_blank=True)
    source = Text(max_length=TEXTS["source"], required=False, allow_blank=True)  # type: ignore[assignment]
    source_key = Text(max_length=TEXTS["source_key"], required=False, allow_blank=True)
    looks = LookWrite(many=True, required=False)


class ComparisonEndpoint(Replayed, OfAKpi):
    """Comparisons of KPIs the caller may see. Counts are append-only; what follows from them is computed when asked."""

    model = Comparison
    listing = COMPARISONS
    shape = ComparisonShape
    write_shape = ComparisonWrite
    prefetch = ("looks",)
    rights = {"create": Action.MEASURE, "look": Action.MEASURE}
    said_on = learnt_at = "recorded_at"

    def present(self, row: Any, *, many: bool = False) -> Any:
        day, known_at = self.asked_day, self.known_at
        for one in (row if many else [row]) if self.as_of is not None else ():
            one._prefetched_objects_cache["looks"] = [
                look
                for look in one.looks.all()
                if (day is None or look.looked_on <= day)
                and (known_at is None or look.recorded_at <= known_at)
            ]
        return super().present(row, many=many)

    @extend_schema(request=ComparisonWrite, responses={200: ComparisonShape, 201: ComparisonShape})
    def create(self, request: Request) -> HttpResponse:
        """Record a comparison with its looks. 200 when its source key brought it before: looks it lacks are added."""

        def work() -> Response:
            said = self.read(request)
            paired = said.get("paired", False)
            body: Any = request.data
            sent = body.get("looks") or []
            looks = [
                _look(one, raw, paired, f"/looks/{place}")
                for place, (one, raw) in enumerate(zip(said.pop("looks", []), sent, strict=True))
            ]
            found = record_comparison(
                kpi_id=said.pop("kpi"), facts=said, looks=looks, by=self.actor, at=self.at  # type: ignore[arg-type]
            )  # fmt: skip
            return self.answer(self.find(str(found.comparison.pk)), status=201 if found.created else 200)

        return self.once(work)

    @extend_schema(request=OneLook, responses={200: ComparisonShape, 201: ComparisonShape})
    @action(detail=True, methods=["post"], url_path="looks")
    def look(self, request: Request, pk: str) -> HttpResponse:
        """Add a look: all counts so far, on a day later than the last. 200 when the same look is on record."""
        row = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=OneLook)
            look = _look(said, request.data, row.paired, "")
            added = record_looks(pk=row.pk, looks=[look], listed=False, by=self.actor, at=self.at)
            answer = self.answer(self.find(pk))
            answer.status_code = 201 if added else 200
            return answer

        return self.once(work)


def _look(said: Any, raw: Any, paired: bool, at: str) -> Look:
    """A look as sent. A count of the other kind of comparison, or an unknown name, is refused and never dropped."""
    names = PAIRS if paired else ARMS
    for name in raw:
        if name not in {"looked_on", *names}:
            detail = f"Not taken here. A look of this comparison has looked_on, {', '.join(names)}."
            item = Item(f"{at}/{str(name)[:80]}", "field_not_writable", detail)
            raise Problem(400, "field_not_writable", f"{str(name)[:80]} cannot be written here.", (item,))
    one, of_one, two, of_two = (said.get(name) for name in names)
    return Look(said["looked_on"], (one, of_one, two, of_two))


def _told(one: ArmCount, paired: bool) -> dict[str, Any]:
    counts = (one.successes_1, one.trials_1, one.successes_2, one.trials_2)
    known = dict(zip(PAIRS if paired else ARMS, counts, strict=True))
    return {
        "looked_on": one.looked_on.isoformat(), **dict.fromkeys((*ARMS, *PAIRS)), **known,
        "recorded_at": Moment().to_representation(one.recorded_at),
    }  # fmt: skip


def _judged(found: Verdict) -> dict[str, Any]:
    return {
        "outcome": found.outcome.value, "ambiguous": found.ambiguous, "doubts": [doubt.value for doubt in found.doubts],
        "sentence": found.sentence, "notes": list(found.notes), "clears_when": list(found.clears_when), "test": found.test,
        "missing": list(found.missing), "n1": found.n1, "n2": found.n2, "difference": found.difference,
        "uplift": found.uplift, "interval": None if found.interval is None else list(found.interval), "p": found.p,
        "p_at_worst": found.p_at_worst, "significant": found.significant, "looks_before_end": found.looks,
        "short_of_plan": found.short_of_plan,
    }  # fmt: skip
