"""`initiatives/{id}/memo`: the memo as the record has it. `memos`: those that were kept."""

import json
from typing import Any, Final

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.access import Actor, token_scope_lets
from core.api.auth import actor_of
from core.api.briefs import PersonBrief
from core.api.shape import Day, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.errors import Problem, not_found
from core.roles import Action
from core.values import read_ref
from domain.memo_document import fingerprint
from funding.exports import memo_pdf
from funding.models import Memo
from funding.models.memos import ADVICE
from funding.queries.memo import MEMOS, memo_document
from funding.services.memos import keep_memo
from portfolio.api.records import InitiativeBrief
from portfolio.models import Initiative

_INITIATIVE = OpenApiParameter("initiative", str, OpenApiParameter.PATH, description="Its id, or AI-0042.")
_PDF = {(200, "application/pdf"): OpenApiTypes.BINARY}


class MemoPart(serializers.Serializer[Any]):
    """A piece of a sentence; `source` names the rows a figure comes from: case, money, kpis, kpi:7, comparison:3, pilot, flags."""

    text = serializers.CharField()
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]


class MemoTable(serializers.Serializer[Any]):
    """`numbers`: the columns of figures. `total`: the last row sums the others."""

    caption = serializers.CharField()
    heads = serializers.ListField(child=serializers.CharField())
    numbers = serializers.ListField(child=serializers.IntegerField())
    total = serializers.BooleanField()
    rows = serializers.ListField(child=MemoPart(many=True))


class MemoSection(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    sentences = serializers.ListField(child=MemoPart(many=True))
    table = MemoTable(allow_null=True)


class MemoLook(serializers.Serializer[Any]):
    """One way the case may go. `npv_three_years` null: it covers fewer years. `payback_years` null: see the note."""

    npv = serializers.CharField()
    npv_three_years = serializers.CharField(allow_null=True)
    payback_years = serializers.CharField(allow_null=True)
    payback_note = serializers.CharField()
    last_year_benefits = serializers.CharField()


class MemoFigures(serializers.Serializer[Any]):
    """Of the case in force. Money as strings to the cent. `conservative` null: the case states no such scenario.

    `half_of_benefits`: half of every benefit as written; memos of form 1 call it `half_of_pilot_rate`.
    """

    currency = serializers.CharField()
    years = serializers.IntegerField()
    rate = serializers.CharField()
    haircut = serializers.CharField(allow_null=True)
    as_written = MemoLook()
    half_of_benefits = MemoLook()
    conservative = MemoLook(allow_null=True)


class MemoNumber(MemoPart):
    """A figure the rule of the recommendation used."""

    name = serializers.CharField()


class MemoRecommendation(serializers.Serializer[Any]):
    """`advice`: release, hold, stop or none. `missing`: what is to be recorded before any can be given."""

    advice = serializers.CharField()
    tranche = serializers.IntegerField(allow_null=True)
    missing = serializers.ListField(child=serializers.CharField())
    numbers = MemoNumber(many=True)


class MemoAbout(serializers.Serializer[Any]):
    ref = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField()


class MemoStandsOn(serializers.Serializer[Any]):
    """A version behind the figures. An empty `seal`: it was not sealed."""

    what = serializers.CharField()
    ref = serializers.CharField()
    version = serializers.IntegerField()
    seal = serializers.CharField(allow_blank=True)
    source = serializers.CharField()  # type: ignore[assignment]


class MemoDocument(serializers.Serializer[Any]):
    """The whole memo. `on`: the day of the record it tells. `figures` null: no business case is published."""

    form = serializers.IntegerField()
    title = serializers.CharField()
    to = serializers.ListField(child=serializers.CharField())
    on = serializers.DateField()
    made_at = serializers.DateTimeField()
    made_by = serializers.CharField()
    initiative = MemoAbout()
    stands_on = MemoStandsOn(many=True)
    figures = MemoFigures(allow_null=True)
    sections = MemoSection(many=True)
    recommendation = MemoRecommendation()
    words = serializers.IntegerField()


class MemoToday(serializers.Serializer[Any]):
    """The memo as the record has it now. `fingerprint`: what the record says, whoever asked and when."""

    document = MemoDocument()
    fingerprint = serializers.CharField()


READS: Final = ("kpis", "pilots")


class MemoShape(Shape):
    """A memo that was kept. `seal`: the SHA-256 of its canonical document. It is never changed."""

    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField()
    initiative = Key("initiative")
    number = serializers.IntegerField()
    on = Day()
    case = Key("case")
    advice = serializers.CharField()
    advice_display = Label("advice", ADVICE)
    document = serializers.SerializerMethodField()
    seal = serializers.CharField()
    fingerprint = serializers.CharField()
    kept_at = Moment()
    kept_by = Key("kept_by", allow_null=True)

    expandable = {"initiative": InitiativeBrief, "kept_by": PersonBrief}

    @extend_schema_field(MemoDocument)
    def get_document(self, row: Memo) -> Any:
        return json.loads(row.document)


class MemoWrite(Shape):
    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")
    fingerprint = Text(
        max_length=64, required=False, allow_blank=True, help_text="Of the memo that was read; it has to be this one."
    )  # fmt: skip


def require_reads(actor: Actor) -> None:
    """Refuse a token that may not read what a memo tells of, 403."""
    for area in READS:
        if actor.scopes is not None and not token_scope_lets(actor.scopes, area, "read"):
            raise Problem(403, "token_scope", f"This token lacks the scope {area}:read, which a memo needs.")


def pdf_answer(document: Any, name: str, *, seal: str = "", ref: str = "") -> HttpResponse:
    response = HttpResponse(memo_pdf(document, seal=seal, ref=ref), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class MemoApi(viewsets.ViewSet):
    """The memo to CFO and CIO about one initiative, written from its record of today."""

    area = "portfolio"
    rights = {"GET": Action.VIEW}

    @extend_schema(
        operation_id="initiatives_memo_retrieve", parameters=[_INITIATIVE],
        responses=MemoToday,
    )  # fmt: skip
    def list(self, request: Request, initiative: str) -> Response:
        """Its sections, figures and recommendation. A token needs the read scopes of kpis and pilots too."""
        document = self._document(request, initiative)
        return Response({"document": document, "fingerprint": fingerprint(document)})

    @extend_schema(operation_id="initiatives_memo_pdf", parameters=[_INITIATIVE], responses=_PDF)
    @action(detail=False, methods=["get"])
    def pdf(self, request: Request, initiative: str) -> HttpResponse:
        """The same as a tagged PDF (PDF/UA-1)."""
        document = self._document(request, initiative)
        return pdf_answer(document, f"{document['initiative']['ref']}-memo-{document['on']}.pdf")

    def _document(self, request: Request, initiative: str) -> dict[str, Any]:
        if "as_of" in request.query_params:
            said = "A memo is written from the record of today. Read one that was kept for what was said on another day."
            raise Problem(400, "not_replayable", said)
        Endpoint.only_params(request)
        actor = actor_of(request)
        require_reads(actor)
        rows = Initiative.objects.visible_to(actor).select_related("unit", "sponsor", "lead")
        row = rows.filter(pk=read_ref(initiative, "AI")).first()
        if row is None:
            raise not_found()
        return memo_document(row, by=actor, at=clock.now())


class MemoEndpoint(Endpoint):
    """Memos that were kept, word for word."""

    area = "portfolio"
    model = Memo
    listing = MEMOS
    prefix = "MEMO"
    shape = MemoShape
    write_shape = MemoWrite
    rights = {"create": Action.RECORD_MONEY}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_reads(self.actor)

    @extend_schema(request=MemoWrite, responses={201: MemoShape})
    def create(self, request: Request) -> HttpResponse:
        """Keep the memo the record gives now. 409 `no_case` without a published case, `record_changed` when it is another
        than the fingerprint says."""

        def work() -> Response:
            said = self.read(request)
            row = keep_memo(
                initiative_id=said["initiative"].pk, seen=said.get("fingerprint", ""), by=self.actor, at=self.at
            )  # fmt: skip
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(responses=_PDF)
    @action(detail=True, methods=["get"])
    def pdf(self, request: Request, pk: str) -> HttpResponse:
        """The memo as it was kept, as a tagged PDF (PDF/UA-1)."""
        self.only_params(request)
        row = self.find(pk)
        return pdf_answer(json.loads(row.document), f"{row.ref}.pdf", seal=row.seal, ref=row.ref)
