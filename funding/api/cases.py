"""`business-cases`: drafts and the versions that stand. `initiatives/{id}/business-case`: the one in force."""

from dataclasses import asdict, replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from core import clock
from core.api.auth import actor_of
from core.api.shape import Shape
from core.api.views import Endpoint
from core.errors import not_found
from core.roles import Action
from core.values import read_ref, wrong
from domain.stage_words import DECIDED
from funding.api.figures import ComparedShape
from funding.api.shapes import (
    CaseDetailShape,
    CaseEdit,
    CaseShape,
    CaseWrite,
    CitationShape,
    PublishWrite,
)
from funding.models import BusinessCase, CaseCitation
from funding.queries.cases import CASES, in_force_at, lines_of, told
from funding.queries.compare import compare
from funding.services.cases import discard_draft, publish_case, save_draft, stands
from funding.services.draft import YEARLY, BenefitDraft, CaseDraft, CostDraft, ScenarioDraft, draft_from
from funding.translate import Lines
from kpis.api.fields import AS_OF, past_day
from kpis.api.replay import Replayed
from kpis.queries.known import end_of
from portfolio.models import Initiative

INITIATIVE = OpenApiParameter(
    "initiative_id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="The initiative, by id or as AI-0042.",
)
WITH = OpenApiParameter(
    "with", OpenApiTypes.STR, description="The other version; without it the one published before."
)


class CaseEndpoint(Replayed):
    """Business cases of initiatives the caller may see. A draft saves as often as one likes; a published version stands.

    What is published never changes, so the past is what had been published by then.
    """

    area = "portfolio"
    model = BusinessCase
    prefix = "BC"
    listing = CASES
    shape = CaseDetailShape
    write_shape = CaseWrite
    said_on = learnt_at = "published_at"
    lists_less = True
    rights = {
        "create": Action.RECORD_MONEY,
        "partial_update": Action.RECORD_MONEY,
        "publish": Action.RECORD_MONEY,
        "discard": Action.RECORD_MONEY,
    }

    def get_queryset(self) -> QuerySet[Any]:
        return told(super().get_queryset(), self.until)

    def lines(self, row: BusinessCase) -> Lines:
        """The version with its lines, read once for the answer."""
        return read_once(row)

    def shown_as(self) -> type[Shape]:
        return CaseShape if self.action == "list" else CaseDetailShape

    @extend_schema(parameters=AS_OF, responses=CaseShape(many=True))
    def list(self, request: Request) -> Response:
        """A page at a time, without lines and figures. With `as_of` or `known_at` what had been published by then."""
        return super().list(request)

    @extend_schema(parameters=AS_OF, responses=CaseDetailShape)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One version with its lines and its figures; with `as_of` or `known_at` only if it had been published by then."""
        return super().retrieve(request, pk)

    @extend_schema(request=CaseWrite, responses={201: CaseDetailShape})
    def create(self, request: Request) -> HttpResponse:
        """Begin the draft of an initiative. 409 `draft_exists` where there is one: change that."""

        def work() -> Response:
            said = self.read(request)
            initiative = said.pop("initiative")
            begun = in_force_at(initiative.pk) if said.pop("from_in_force", False) else None
            draft = _drafted(said, None if begun is None else draft_from(lines_of(begun)))
            row = save_draft(
                initiative_id=initiative.pk, draft=draft, by=self.actor, at=self.at, expected_version=0
            )
            return self.answer(self.find(str(row.pk)), status=201)

        return self.once(work)

    @extend_schema(request=CaseEdit, responses=CaseDetailShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what the body names of a draft; lines are replaced whole. 409 `published` for a version that stands."""
        row = self.find(pk)
        version = self.expected_version(request)
        said = self.read(request, partial=True, shape=CaseEdit)
        if row.state != BusinessCase.State.DRAFT:
            raise stands(row)
        draft = _drafted(said, draft_from(self.lines(row)))
        save_draft(
            initiative_id=row.initiative_id, draft=draft, by=self.actor, at=self.at, draft_id=row.pk,
            expected_version=version,
        )  # fmt: skip
        return self.answer(self.find(pk))

    @extend_schema(request=PublishWrite, responses=CaseDetailShape)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> HttpResponse:
        """Let the draft of `If-Match` stand as the version in force, for ever. From version 2 on say what changed."""
        row = self.find(pk)
        version = self.expected_version(request)

        def work() -> Response:
            said = self.read(request, shape=PublishWrite)
            publish_case(pk=row.pk, by=self.actor, at=self.at, expected_version=version, **said)
            return self.answer(self.find(pk))

        return self.once(work)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> HttpResponse:
        """Take the draft of `If-Match` away; the log keeps what it said."""
        row = self.find(pk)
        version = self.expected_version(request)

        def work() -> Response:
            self.read_nothing(request)
            discard_draft(pk=row.pk, by=self.actor, at=self.at, expected_version=version)
            return Response(status=204)

        return self.once(work)

    @extend_schema(parameters=[WITH], responses=ComparedShape)
    @action(detail=True, methods=["get"])
    def compare(self, request: Request, pk: str) -> Response:
        """What changed from another version of the same initiative's case to this one: fields, lines and figures."""
        self.only_params(request, "with")
        row = self.find(pk)
        asked = request.query_params.get("with", "")
        other = self.find(asked) if asked else self._before(row)
        if other.initiative_id != row.initiative_id:
            raise wrong("with", "That is the case of another initiative. Give a version of the same one.")
        decided = row.initiative.stage in DECIDED
        found = asdict(compare(self.lines(other), self.lines(row), decided=decided))
        return Response({"before": other.ref, "after": row.ref, **found})

    def _before(self, row: BusinessCase) -> BusinessCase:
        found: BusinessCase | None = (
            self.get_queryset()
            .filter(initiative=row.initiative_id, number__lt=row.number, state=BusinessCase.State.PUBLISHED)
            .order_by("-number")
            .first()
        )
        if found is None:
            raise not_found("No version was published before this one.")
        return found

    @extend_schema(responses=CitationShape(many=True))
    @action(detail=True, methods=["get"])
    def citations(self, request: Request, pk: str) -> Response:
        """What stands on this version, the earliest first."""
        self.only_params(request)
        write = CitationShape().written()
        rows = CaseCitation.objects.filter(case=self.find(pk).pk).order_by("pk")
        return Response([write(one) for one in rows])


class InForceApi(ViewSet):
    """The version in force of one initiative."""

    area = "portfolio"
    rights = {"GET": Action.VIEW}

    @extend_schema(
        parameters=[INITIATIVE, *AS_OF],
        responses=CaseDetailShape,
        operation_id="v1_initiatives_business_case",
    )
    def list(self, request: Request, initiative_id: str) -> Response:
        """The version in force, with lines and figures; with `as_of` or `known_at` the one that was in force then."""
        Endpoint.only_params(request, "fields", "as_of", "known_at")
        as_of, known_at = past_day(request.query_params, clock.now())
        rows = Initiative.objects.visible_to(actor_of(request))
        initiative = rows.filter(pk=read_ref(initiative_id, "AI")).first()
        if initiative is None:
            raise not_found()
        ends = [end_of(as_of)] if request.query_params.get("as_of") and as_of is not None else []
        until = min([*ends, known_at] if known_at is not None else ends, default=None)
        found = in_force_at(initiative.pk, until)
        if found is None:
            raise not_found("No case of this initiative had been published by then.")
        row = told(BusinessCase.objects.filter(pk=found.pk), until).get()
        response = Response(CaseDetailShape(context={"request": request, "view": self}).written()(row))
        if as_of is None:
            response["ETag"] = f'"v{row.version}"'
        return response

    def lines(self, row: BusinessCase) -> Lines:
        """The version with its lines, read once for the answer."""
        return read_once(row)


def read_once(row: BusinessCase) -> Lines:
    """The lines of a version, kept beside it for the answer."""
    found: Lines | None = row.__dict__.get("_lines")
    if found is None:
        found = row.__dict__["_lines"] = lines_of(row)
    return found


def _drafted(said: dict[str, Any], before: CaseDraft | None) -> CaseDraft:
    """The draft that a body says, over what it was before."""
    facts = dict(said)
    for name in YEARLY:
        if name in facts:
            facts[name] = tuple(facts[name])
    if "costs" in facts:
        facts["costs"] = tuple(CostDraft(**_line(one)) for one in facts["costs"])
    if "benefits" in facts:
        facts["benefits"] = tuple(
            BenefitDraft(**_line(one, owner="owner_id", kpi="kpi_id")) for one in facts["benefits"]
        )
    if "scenarios" in facts:
        facts["scenarios"] = tuple(ScenarioDraft(**one) for one in facts["scenarios"])
    return CaseDraft(**facts) if before is None else replace(before, **facts)


def _line(said: dict[str, Any], **renamed: str) -> dict[str, Any]:
    out = {renamed.get(name, name): value for name, value in said.items()}
    return {**out, "amounts": tuple(out.get("amounts", ()))}
