"""`kpi-versions` and `sign-offs`: what was said when, who stands behind it, and whether its seal holds."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.briefs import PersonBrief
from core.api.shape import Bool, Day, Exact, Key, Label, Moment, Shape, Text
from core.errors import conflict
from core.roles import Action
from kpis.api.facts import BecauseWrite
from kpis.api.fields import FieldChange, SuccessShape
from kpis.api.kpis import KpiBrief, KpiShape, OfAKpi
from kpis.api.replay import Replayed
from kpis.models import Kpi, KpiVersion, SignOff, SmartSignature
from kpis.queries import SIGN_OFFS, VERSIONS
from kpis.queries.contract import check_seal
from kpis.queries.known import put_back
from kpis.services.accept import accept_change
from kpis.services.amend import approve_change, decline_change
from kpis.services.sealing import NOTE, sign_off
from kpis.services.smart import BECAUSE, sign_smart


class VersionShape(SuccessShape):
    """One version of a KPI's definition, whole, as said on a day.

    `state`: proposed, waiting for its day, in force (it is, or it was), or declined. `series` counts the measures:
    readings of another series do not speak under it. `moved`: the goalposts were, by it or before it.
    """

    id = serializers.IntegerField(read_only=True)
    kpi = Key("kpi")
    state = serializers.SerializerMethodField()
    effective_on = Day()
    because = serializers.CharField()
    reason_code = serializers.CharField()
    reason_code_display = Label("reason_code", KpiVersion.ReasonCode.choices)
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)
    in_force_at = Moment(allow_null=True)
    approved_at = Moment(allow_null=True)
    approved_by = Key("approved_by", allow_null=True)
    declined_at = Moment(allow_null=True)
    declined_because = serializers.CharField()
    series = serializers.IntegerField()
    moved = Bool()
    name = serializers.CharField()
    kind = serializers.CharField()
    kind_display = Label("kind", Kpi.Kind.choices)
    definition = serializers.CharField()
    formula = serializers.CharField()
    population = serializers.CharField()
    population_size = serializers.IntegerField(allow_null=True)
    window = serializers.CharField()
    unit_of_measure = serializers.CharField()
    data_source = serializers.CharField()
    judge = Key("judge", allow_null=True)
    primary = Bool()
    weight = Exact()
    serves = Key("serves", allow_null=True)
    serves_because = serializers.CharField()
    parent = Key("parent", allow_null=True)  # type: ignore[assignment]
    rolls_up_by = serializers.CharField()

    expandable = {
        "kpi": KpiBrief, "recorded_by": PersonBrief, "approved_by": PersonBrief, "judge": PersonBrief,
    }  # fmt: skip

    @extend_schema_field({"type": "string", "enum": ["proposed", "waiting", "in_force", "declined"]})
    def get_state(self, row: KpiVersion) -> str:
        return state_of(row)


def state_of(row: KpiVersion) -> str:
    """Where a version stands on its way into force."""
    if row.in_force_at is not None:
        return "in_force"
    if row.declined_at is not None:
        return "declined"
    return "proposed" if row.approved_at is None else "waiting"


class SealShape(serializers.Serializer[Any]):
    """What came of computing a seal again from the stored document, and from the record."""

    seal = serializers.CharField(source="version.seal")
    recomputed = serializers.CharField()
    holds = serializers.BooleanField()
    sentence = serializers.CharField()
    differs = FieldChange(many=True)
    document = serializers.CharField(source="version.sealed_document")


class SmartWrite(Shape):
    item = serializers.ChoiceField(choices=SmartSignature.Item.choices)
    because = Text(max_length=BECAUSE)


class AcceptWrite(Shape):
    reason_code = serializers.ChoiceField(choices=KpiVersion.ReasonCode.choices)
    because = Text(max_length=300)


class SmartSignatureShape(Shape):
    id = serializers.IntegerField(read_only=True)
    kpi_version = Key("kpi_version")
    item = serializers.CharField()
    person = Key("person")
    because = serializers.CharField()
    signed_at = Moment()


class VersionEndpoint(Replayed, OfAKpi):
    """Versions of KPI definitions. What one says is changed on its KPI; here a proposed one is answered."""

    model = KpiVersion
    listing = VERSIONS
    shape = VersionShape
    said_on, learnt_at = "effective_on", "recorded_at"
    written_later = frozenset(
        {"reason_code", "approved_by", "in_force_on", "sealed_on", "seal", "shape", "target_on"}
    )
    rights = {
        "approve": Action.APPROVE_KPI,
        "accept": Action.APPROVE_KPI,
        "decline": Action.VIEW,
        "sign_smart": Action.VIEW,
    }

    def present(self, row: Any, *, many: bool = False) -> Any:
        by_kpi: dict[int, list[KpiVersion]] = {}
        for one in row if many else [row]:
            by_kpi.setdefault(one.kpi_id, []).append(one)
        put_back(by_kpi, as_of=self.asked_day, known_at=self.known_at)
        return super().present(row, many=many)

    @extend_schema(request=None, responses=KpiShape)
    @action(detail=True, methods=["post"], url_path="approval")
    def approve(self, request: Request, pk: str) -> HttpResponse:
        """Put a proposed version in force, now or on its day. By somebody other than its author."""
        row = self.find(pk)

        def work() -> Response:
            self.read_nothing(request)
            kpi = approve_change(pk=row.pk, by=self.actor, at=self.at)
            form = KpiShape(context={"request": None, "view": self, "actor": self.actor})
            return Response(form.to_representation(kpi))

        return self.once(work)

    @extend_schema(request=BecauseWrite, responses=VersionShape)
    @action(detail=True, methods=["post"], url_path="refusal")
    def decline(self, request: Request, pk: str) -> HttpResponse:
        """Refuse a proposed version, or take it back as its author. It stays on record."""
        row = self.find(pk)

        def work() -> Response:
            because = self.read(request, shape=BecauseWrite)["because"]
            return self.answer(decline_change(pk=row.pk, because=because, by=self.actor, at=self.at))

        return self.once(work)

    @extend_schema(request=AcceptWrite, responses=VersionShape)
    @action(detail=True, methods=["post"], url_path="acceptance")
    def accept(self, request: Request, pk: str) -> HttpResponse:
        """Accept, afterwards, a version that came into force without approval. By somebody other than its author."""
        row = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=AcceptWrite)
            return self.answer(accept_change(pk=row.pk, by=self.actor, at=self.at, **said))

        return self.once(work)

    @extend_schema(request=SmartWrite, responses={201: SmartSignatureShape})
    @action(detail=True, methods=["post"], url_path="smart-signatures")
    def sign_smart(self, request: Request, pk: str) -> HttpResponse:
        """Sign that it is achievable, or relevant, and why. By somebody who did not write it."""
        row = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=SmartWrite)
            signed = sign_smart(pk=row.pk, by=self.actor, at=self.at, **said)
            return Response(SmartSignatureShape(signed).data, status=201)

        return self.once(work)

    @extend_schema(responses=SealShape)
    @action(detail=True, methods=["get"], url_path="seal")
    def check(self, request: Request, pk: str) -> Response:
        """The sealed document, and the seal computed again. 409 `not_sealed` for a version that is not."""
        self.only_params(request)
        found = check_seal(self.find(pk))
        if found is None:
            raise conflict("not_sealed", "This version is not sealed. Four people sign it first.")
        return Response(SealShape(found).data)


class SignOffShape(Shape):
    """One role's word on a version: who was asked, and what they said. `verdict` empty: nothing yet."""

    id = serializers.IntegerField(read_only=True)
    kpi = serializers.IntegerField(source="kpi_version.kpi_id")
    kpi_version = Key("kpi_version")
    role = serializers.CharField()
    role_display = Label("role", SignOff.Role.choices)
    person = Key("person")
    asked_at = Moment()
    asked_by = Key("asked_by", allow_null=True)
    verdict = serializers.CharField()
    verdict_display = Label("verdict", SignOff.Verdict.choices)
    note = serializers.CharField()
    signed_at = Moment(allow_null=True)

    expandable = {"person": PersonBrief, "asked_by": PersonBrief}


class VerdictWrite(Shape):
    verdict = serializers.ChoiceField(choices=SignOff.Verdict.choices)
    note = Text(max_length=NOTE, required=False, allow_blank=True)


class SignOffEndpoint(Replayed, OfAKpi):
    """Who was asked to sign KPI definitions. `person` finds what waits for somebody.

    Replayed, a word not given by then is left out; one taken back since, by an edit of the draft, is not told.
    """

    model = SignOff
    listing = SIGN_OFFS
    shape = SignOffShape
    related = ("kpi_version",)
    to_kpi = "kpi_version__kpi__"
    rights = {"sign": Action.VIEW}
    said_on = learnt_at = "asked_at"
    written_later = frozenset({"verdict", "unsigned", "signed_at", "q"})

    def present(self, row: Any, *, many: bool = False) -> Any:
        until = self.until
        for one in (row if many else [row]) if until is not None else ():
            if one.signed_at is not None and one.signed_at > until:
                one.verdict, one.note, one.signed_at = "", "", None
        return super().present(row, many=many)

    @extend_schema(request=VerdictWrite, responses=SignOffShape)
    @action(detail=True, methods=["post"], url_path="verdict")
    def sign(self, request: Request, pk: str) -> HttpResponse:
        """Approve the definition, or dissent and say why. Only the person asked; the fourth approval seals it."""
        row = self.find(pk)

        def work() -> Response:
            return self.answer(
                sign_off(pk=row.pk, by=self.actor, at=self.at, **self.read(request, shape=VerdictWrite))
            )

        return self.once(work)
