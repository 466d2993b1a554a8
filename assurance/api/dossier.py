"""`dossier-sections`, `shap-files`, `lime-explanations`, and `models/{id}/exports`: a model's dossier and how it leaves."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from assurance.models import DossierSection, LimeExplanation, ModelVersion, ShapFile
from assurance.models.dossier import CODES
from assurance.queries.dossier import DOSSIER_SECTIONS, LIME, SHAP_FILES
from assurance.queries.model_exports.files import FORMATS, made
from assurance.services.dossier import LONGEST, write_section
from assurance.services.explanations import DECISION, OUTCOME, add_lime, add_shap
from core import clock
from core.api.auth import actor_of
from core.api.briefs import PersonBrief
from core.api.shape import Bool, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.errors import not_found
from core.roles import Action
from core.values import read_ref
from domain.explanations import MOST_BYTES
from governance.api.inventory import ModelBrief
from governance.models import AiModel
from governance.queries.facts import with_people


class DossierSectionShape(Shape):
    """One version of one section. `parts`: heading -> text; `newest`: it is the one that stands."""

    id = serializers.IntegerField(read_only=True)
    model = Key("model")
    code = serializers.CharField()
    code_display = Label("code", CODES)
    number = serializers.IntegerField()
    parts = serializers.DictField(child=serializers.CharField())
    newest = Bool()
    written_at = Moment()
    written_by = Key("written_by")

    expandable = {"model": ModelBrief, "written_by": PersonBrief}


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class Parts(serializers.DictField):
    """Heading -> text."""

    child = Text(max_length=LONGEST, allow_blank=True)


class DossierSectionWrite(Shape):
    """`follows`: the number of the version it was written after, 0 for the first."""

    model = Related(queryset=AiModel.objects.all(), prefix="M")
    code = serializers.ChoiceField(choices=CODES)
    parts = Parts()
    follows = serializers.IntegerField(min_value=0, max_value=2**31 - 1)


class DossierSectionEndpoint(Endpoint):
    """Versions of dossier sections. Written, never edited."""

    area = "governance"
    model = DossierSection
    listing = DOSSIER_SECTIONS
    shape = DossierSectionShape
    write_shape = DossierSectionWrite
    rights = {"create": Action.EDIT_MODEL}

    @extend_schema(request=DossierSectionWrite, responses={201: DossierSectionShape})
    def create(self, request: Request) -> HttpResponse:
        """Write a version of a section; headings not named keep their text.

        412 `stale_version` where somebody wrote one meanwhile: `errors` say heading by heading what differs.
        """

        def work() -> Response:
            said = self.read(request)
            model_id = said.pop("model").pk
            return self.answer(
                write_section(model_id=model_id, by=self.actor, at=self.at, **said), status=201
            )

        return self.once(work)


class ShapShape(Shape):
    """A file of SHAP values that adds up. `importance`: [feature, mean of |value|], the largest first."""

    id = serializers.IntegerField(read_only=True)
    model = Key("model")
    version = Key("version", allow_null=True)
    filename = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    rows = serializers.IntegerField()
    features = serializers.IntegerField()
    importance = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    tolerance = serializers.CharField()
    largest_gap = serializers.CharField()
    added_at = Moment()
    added_by = Key("added_by")

    expandable = {"model": ModelBrief, "added_by": PersonBrief}


class ShapWrite(Shape):
    """`content`: the file's text, CSV (base, prediction, optionally decision; every other column a feature) or JSON."""

    model = Related(queryset=AiModel.objects.all(), prefix="M")
    version = Related(queryset=ModelVersion.objects.all(), required=False, allow_null=True)
    filename = Text(max_length=200)
    content = Text(max_length=MOST_BYTES, trim_whitespace=False)


class ShapEndpoint(Endpoint):
    """SHAP values of models, checked to add up. Added, never edited."""

    area = "governance"
    model = ShapFile
    listing = SHAP_FILES
    shape = ShapShape
    write_shape = ShapWrite
    rights = {"create": Action.EDIT_MODEL}

    def get_queryset(self) -> Any:
        return super().get_queryset().defer("content")

    @extend_schema(request=ShapWrite, responses={201: ShapShape})
    def create(self, request: Request) -> HttpResponse:
        """Bring a file. 400 `not_additive` names the first row whose base and values are not its prediction."""

        def work() -> Response:
            said = self.read(request)
            model_id, content = said.pop("model").pk, said.pop("content").encode()
            row = add_shap(model_id=model_id, content=content, by=self.actor, at=self.at, **said)
            return self.answer(row, status=201)

        return self.once(work)


class LimeShape(Shape):
    """LIME's list for one decision: [words, weight] in its order. The words are text, never markup."""

    id = serializers.IntegerField(read_only=True)
    model = Key("model")
    version = Key("version", allow_null=True)
    decision = serializers.CharField()
    outcome = serializers.CharField()
    items = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    added_at = Moment()
    added_by = Key("added_by")

    expandable = {"model": ModelBrief, "added_by": PersonBrief}


@extend_schema_field({"type": "array", "items": {"type": "array", "items": {}}})
class Pairs(serializers.JSONField):
    """What `as_list()` gives: pairs of words and weight."""


class LimeWrite(Shape):
    model = Related(queryset=AiModel.objects.all(), prefix="M")
    version = Related(queryset=ModelVersion.objects.all(), required=False, allow_null=True)
    decision = Text(max_length=DECISION)
    outcome = Text(max_length=OUTCOME, required=False, allow_blank=True)
    items = Pairs()


class LimeEndpoint(Endpoint):
    """LIME explanations of single decisions. Added, never edited."""

    area = "governance"
    model = LimeExplanation
    listing = LIME
    shape = LimeShape
    write_shape = LimeWrite
    rights = {"create": Action.EDIT_MODEL}

    @extend_schema(request=LimeWrite, responses={201: LimeShape})
    def create(self, request: Request) -> HttpResponse:
        """Bring the explanation of one decision, linked to the decision's id."""

        def work() -> Response:
            said = self.read(request)
            model_id = said.pop("model").pk
            return self.answer(add_lime(model_id=model_id, by=self.actor, at=self.at, **said), status=201)

        return self.once(work)


class ExportShape(serializers.Serializer[Any]):
    """One form of a model's record. `content` is the file's text, null for a PDF, which has its own address."""

    format = serializers.CharField()
    name = serializers.CharField()
    filename = serializers.CharField()
    content_type = serializers.CharField()
    content = serializers.CharField(allow_null=True)


OF_MODEL = OpenApiParameter("model", str, OpenApiParameter.PATH, description="Its id, or M-0042.")


class ModelExportApi(viewsets.ViewSet):
    """`models/{id}/exports`: model card, record, OMB row, ATRS record. Each equals the record."""

    area = "governance"
    rights = {"GET": Action.VIEW}
    lookup_value_regex = "[a-z0-9-]+"

    @extend_schema(
        operation_id="models_exports_list", parameters=[OF_MODEL], responses=ExportShape(many=True)
    )
    def list(self, request: Request, model: str) -> Response:
        """The forms there are, with their content."""
        Endpoint.only_params(request)
        row, actor, today = _found(request, model)
        return Response([_told(name, row, actor, today) for name in FORMATS])

    @extend_schema(
        operation_id="models_exports_retrieve",
        parameters=[OF_MODEL, OpenApiParameter("id", str, OpenApiParameter.PATH, enum=tuple(FORMATS))],
        responses=ExportShape,
    )
    def retrieve(self, request: Request, model: str, pk: str) -> Response:
        """One form."""
        Endpoint.only_params(request)
        row, actor, today = _found(request, model)
        if pk not in FORMATS:
            raise not_found()
        return Response(_told(pk, row, actor, today))


def _found(request: Request, ref: str) -> Any:
    actor = actor_of(request)
    rows = with_people(AiModel.objects.visible_to(actor)).select_related("owner", "unit", "validator")
    row = rows.filter(pk=read_ref(ref, "M")).first()
    if row is None:
        raise not_found()
    return row, actor, clock.day_of(clock.now())


def _told(name: str, row: AiModel, actor: Any, today: Any) -> dict[str, Any]:
    found = FORMATS[name]
    content = made(name, row, actor, today)
    return {
        "format": name, "name": found.label, "filename": found.filename(row), "content_type": found.content_type,
        "content": content,
    }  # fmt: skip
