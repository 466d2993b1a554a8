"""`data-sources`, `data-checks`, `data-check-results` and `integrations`."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from assurance.api.plain import Unread
from assurance.models import DataCheck, DataCheckResult, DataSource, Integration
from assurance.queries.data_sources import CHECKS, INTEGRATIONS, RESULTS, SOURCES, gaps_in_words
from assurance.services.data_checks import (
    DETAIL,
    NAME,
    SOURCE,
    SOURCE_KEY,
    Result,
    add_check,
    end_check,
    record_result,
)
from assurance.services.data_sources import (
    MOST_DAYS,
    TEXTS,
    create_source,
    edit_integration,
    edit_source,
    record_integration,
)
from core.api.briefs import PersonBrief, UnitBrief
from core.api.shape import Bool, Day, Exact, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.linked import seen_ids
from core.models import BusinessUnit, User
from core.roles import Action
from governance.models import AiModel
from portfolio.models import Initiative

MOST = 2**53


class SourceShape(Shape):
    """A source of data. `score` null: no audit is on record. `lacks_assessment`: personal data without a dated privacy
    assessment."""

    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField(read_only=True)
    name = serializers.CharField()
    system = serializers.CharField()
    unit = Key("unit")
    owner = Key("owner", allow_null=True)
    lineage = serializers.CharField()
    quality = serializers.CharField()
    personal = serializers.CharField()
    personal_display = Label("personal", DataSource.Personal.choices)
    classification = serializers.CharField()
    classification_display = Label("classification", DataSource.Classification.choices)
    legal_basis = serializers.CharField()
    assessment_url = serializers.CharField()
    assessed_on = Day(allow_null=True)
    lacks_assessment = Bool()
    usable_until = Day(allow_null=True)
    update_days = serializers.IntegerField(allow_null=True)
    checklist = serializers.DictField(child=serializers.CharField())
    audited_on = Day(allow_null=True)
    score = Exact(allow_null=True)
    gaps = serializers.ListField(child=serializers.CharField())
    gaps_display = serializers.SerializerMethodField()
    models = serializers.ListField(child=serializers.IntegerField(), source="model_ids", read_only=True)
    initiatives = serializers.ListField(
        child=serializers.IntegerField(), source="initiative_ids", read_only=True
    )
    recorded_at = Moment()
    updated_at = Moment()
    version = serializers.IntegerField()

    expandable = {"unit": UnitBrief, "owner": PersonBrief}

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_gaps_display(self, row: DataSource) -> list[str]:
        return gaps_in_words(row)


class SourceEdit(Shape):
    name = Text(max_length=TEXTS["name"])
    unit = Related(queryset=BusinessUnit.objects.all())
    system = Text(max_length=TEXTS["system"], required=False, allow_blank=True)
    owner = Related(queryset=User.objects.all(), required=False, allow_null=True)
    lineage = Text(max_length=TEXTS["lineage"], required=False, allow_blank=True)
    quality = Text(max_length=TEXTS["quality"], required=False, allow_blank=True)
    personal = serializers.ChoiceField(choices=DataSource.Personal.choices, required=False)
    classification = serializers.ChoiceField(
        choices=DataSource.Classification.choices, required=False, allow_blank=True
    )
    legal_basis = Text(max_length=TEXTS["legal_basis"], required=False, allow_blank=True)
    assessment_url = Text(max_length=TEXTS["assessment_url"], required=False, allow_blank=True)
    assessed_on = Day(required=False, allow_null=True)
    usable_until = Day(required=False, allow_null=True)
    update_days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, required=False, allow_null=True)
    checklist = Unread(
        required=False, help_text="Item -> yes, partly, no, not_applicable, unknown; replaces the whole."
    )
    audited_on = Day(required=False, allow_null=True)
    models = Related(queryset=AiModel.objects.all(), prefix="M", many=True, required=False)
    initiatives = Related(queryset=Initiative.objects.all(), prefix="AI", many=True, required=False)


class SourceEndpoint(Endpoint):
    """Data sources the caller may see: of their units, and those of what they work on."""

    area = "governance"
    model = DataSource
    prefix = "DS"
    listing = SOURCES
    shape = SourceShape
    write_shape = SourceEdit
    rights = {"create": Action.CREATE_MODEL, "partial_update": Action.EDIT_MODEL}

    def told_beside(self) -> Mapping[str, Any]:
        """Ids of models and initiatives the caller may not see are not told."""
        return {
            "model_ids": seen_ids(DataSource.ai_models, self.actor),
            "initiative_ids": seen_ids(DataSource.initiatives, self.actor),
        }

    @extend_schema(request=SourceEdit, responses={201: SourceShape})
    def create(self, request: Request) -> HttpResponse:
        """Register a source in a unit."""

        def work() -> Response:
            row = create_source(by=self.actor, at=self.at, **_facts(self.read(request)))
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=SourceEdit, responses=SourceShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what the body names. `models` and `initiatives` replace the links the caller may see, `checklist` the
        whole audit."""
        row = self.find(pk)
        version = self.expected_version(request)
        facts = _facts(self.read(request, partial=True, shape=SourceEdit))
        edit_source(pk=row.pk, by=self.actor, at=self.at, expected_version=version, **facts)
        return self.answer(self.find(pk))


def _facts(said: dict[str, Any]) -> dict[str, Any]:
    if "models" in said:
        said["ai_models"] = said.pop("models")
    return said


class DataCheckShape(Shape):
    """A check of a source. `silent`: its result did not come by `due_on`."""

    id = serializers.IntegerField(read_only=True)
    data_source = Key("data_source")
    name = serializers.CharField()
    interval_days = serializers.IntegerField()
    last_on = Day(allow_null=True)
    last_outcome = serializers.CharField()
    last_outcome_display = Label("last_outcome", DataCheckResult.Outcome.choices)
    due_on = Day()
    silent = Bool()
    ended_at = Moment(allow_null=True)
    recorded_at = Moment()
    version = serializers.IntegerField()


class DataCheckWrite(Shape):
    data_source = Related(queryset=DataSource.objects.all(), prefix="DS")
    name = Text(max_length=NAME)
    interval_days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS)


class CheckResultShape(Shape):
    """What a run of a check found."""

    id = serializers.IntegerField(read_only=True)
    data_check = Key("data_check")
    ran_on = Day()
    outcome = serializers.CharField()
    outcome_display = Label("outcome", DataCheckResult.Outcome.choices)
    rows = serializers.IntegerField(allow_null=True)
    rows_failed = serializers.IntegerField(allow_null=True)
    detail = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of this name
    source_key = serializers.CharField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)


class CheckResultWrite(Shape):
    data_check = Related(queryset=DataCheck.objects.all())
    ran_on = Day()
    outcome = serializers.ChoiceField(choices=DataCheckResult.Outcome.choices)
    rows = serializers.IntegerField(min_value=0, max_value=MOST, required=False, allow_null=True)
    rows_failed = serializers.IntegerField(min_value=0, max_value=MOST, required=False, allow_null=True)
    detail = Text(max_length=DETAIL, required=False, allow_blank=True)
    source = Text(max_length=SOURCE, required=False, allow_blank=True)  # type: ignore[assignment]  # as above
    source_key = Text(max_length=SOURCE_KEY, required=False, allow_blank=True)


class CheckEndWrite(Shape):
    because = Text(max_length=300)


class CheckEndpoint(Endpoint):
    """Checks whose results are expected. Silence is a finding."""

    area = "governance"
    model = DataCheck
    listing = CHECKS
    shape = DataCheckShape
    write_shape = DataCheckWrite
    rights = {"create": Action.EDIT_MODEL, "end": Action.EDIT_MODEL}

    @extend_schema(request=DataCheckWrite, responses={201: DataCheckShape})
    def create(self, request: Request) -> HttpResponse:
        """Expect a check's result every so many days."""

        def work() -> Response:
            said = self.read(request)
            source = said.pop("data_source")
            return self.answer(add_check(source_id=source.pk, by=self.actor, at=self.at, **said), status=201)

        return self.once(work)

    @extend_schema(request=CheckEndWrite, responses=DataCheckShape)
    @action(detail=True, methods=["post"], url_path="end")
    def end(self, request: Request, pk: str) -> HttpResponse:
        """Expect no more results, with the reason."""
        row = self.find(pk)

        def work() -> Response:
            because = self.read(request, shape=CheckEndWrite)["because"]
            return self.answer(end_check(pk=row.pk, because=because, by=self.actor, at=self.at))

        return self.once(work)


class ResultEndpoint(Endpoint):
    """Results of data checks. Append-only, once by source key."""

    area = "governance"
    model = DataCheckResult
    listing = RESULTS
    shape = CheckResultShape
    write_shape = CheckResultWrite
    rights = {"create": Action.REPORT_MODEL}

    @extend_schema(request=CheckResultWrite, responses={200: CheckResultShape, 201: CheckResultShape})
    def create(self, request: Request) -> HttpResponse:
        """Record what a run found. 200 when its source key brought the same before."""

        def work() -> Response:
            said = self.read(request)
            check = said.pop("data_check")
            row, new = record_result(check_id=check.pk, result=Result(**said), by=self.actor, at=self.at)
            return self.answer(row, status=201 if new else 200)

        return self.once(work)


class IntegrationShape(Shape):
    """A system an initiative is joined with. `unowned`: nobody answers for it, which is warned of until it has ended."""

    id = serializers.IntegerField(read_only=True)
    initiative = Key("initiative")
    system = serializers.CharField()
    kind = serializers.CharField()
    kind_display = Label("kind", Integration.Kind.choices)
    owner = Key("owner", allow_null=True)
    unowned = serializers.SerializerMethodField()
    status = serializers.CharField()
    status_display = Label("status", Integration.Status.choices)
    note = serializers.CharField()
    recorded_at = Moment()
    updated_at = Moment()
    version = serializers.IntegerField()

    expandable = {"owner": PersonBrief}

    def get_unowned(self, row: Integration) -> bool:
        return row.owner_id is None and row.status != Integration.Status.ENDED


class IntegrationEdit(Shape):
    system = Text(max_length=200)
    kind = serializers.ChoiceField(choices=Integration.Kind.choices)
    owner = Related(queryset=User.objects.all(), required=False, allow_null=True)
    status = serializers.ChoiceField(choices=Integration.Status.choices, required=False)
    note = Text(max_length=500, required=False, allow_blank=True)


class IntegrationWrite(IntegrationEdit):
    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")


class IntegrationEndpoint(Endpoint):
    """Integrations of initiatives the caller may see."""

    area = "governance"
    model = Integration
    listing = INTEGRATIONS
    shape = IntegrationShape
    write_shape = IntegrationWrite
    rights = {"create": Action.EDIT_INITIATIVE, "partial_update": Action.EDIT_INITIATIVE}

    @extend_schema(request=IntegrationWrite, responses={201: IntegrationShape})
    def create(self, request: Request) -> HttpResponse:
        """Record a system an initiative is joined with."""

        def work() -> Response:
            said = self.read(request)
            initiative = said.pop("initiative")
            row = record_integration(initiative_id=initiative.pk, by=self.actor, at=self.at, **said)
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=IntegrationEdit, responses=IntegrationShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what the body names."""
        row = self.find(pk)
        version = self.expected_version(request)
        said = self.read(request, partial=True, shape=IntegrationEdit)
        edit_integration(pk=row.pk, by=self.actor, at=self.at, expected_version=version, **said)
        return self.answer(self.find(pk))
