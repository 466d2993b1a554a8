"""The acts of `kpis/{id}` that change a definition in use, and the reads that tell what was changed."""

from dataclasses import asdict
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock, vocabulary
from core.api.shape import Day, Exact, Moment
from core.errors import conflict
from core.roles import Action
from kpis.api.facts import ChangeWrite, UnapprovedChangeWrite
from kpis.api.fields import AS_OF, FieldChange, at_its_place
from kpis.api.kpis import KpiEndpoint, KpiShape
from kpis.api.versions import VersionShape
from kpis.queries.discipline import discipline_of, told_before
from kpis.queries.verdicts import Verdicts, verdicts_of
from kpis.services.amend import Changed, change_without_approval, propose_change
from kpis.services.baseline import lock_baseline


class AmendmentShape(serializers.Serializer[Any]):
    """What was found of a change. It stays for ever. `version` null: the KPI itself was given up."""

    code = serializers.CharField()
    severity = serializers.IntegerField()
    version = serializers.IntegerField(allow_null=True)
    on = Day()
    when = Moment(allow_null=True)
    sentence = serializers.CharField()
    changes = FieldChange(many=True)
    approved = serializers.BooleanField()
    approved_late_on = Day(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    clears_when = serializers.CharField()


class KeptShape(serializers.Serializer[Any]):
    """A finding of before, which the record as it is now would not bring."""

    rule = serializers.CharField()
    severity = serializers.IntegerField()
    since = Day()
    sentence = serializers.CharField()


class AmendmentsShape(serializers.Serializer[Any]):
    """What was changed in a KPI's promise. `post_hoc`: what moves the verdict was changed once results were known."""

    post_hoc = serializers.BooleanField()
    amendments = serializers.IntegerField()
    silent_changes = serializers.IntegerField()
    findings = AmendmentShape(many=True)
    kept = KeptShape(many=True)
    valid_until = Day(allow_null=True)


class VerdictShape(serializers.Serializer[Any]):
    """A KPI's status by one version. `attainment`: percent of the way made, null where nobody can tell."""

    version = serializers.IntegerField()
    kpi_version = serializers.IntegerField()
    status = serializers.CharField()
    status_display = serializers.CharField()
    reason = serializers.CharField()
    progress = Exact(places=6, allow_null=True)
    expected = Exact(places=6, allow_null=True)
    shortfall = Exact(places=6, allow_null=True)
    attainment = Exact(allow_null=True)
    sentence = serializers.CharField()
    valid_until = Day(allow_null=True)


class VerdictsShape(serializers.Serializer[Any]):
    """How it stands by the promise and by the definition in force.

    `promise`: `sealed` for the version first sealed, `first_measured` for the one in force when the first reading was
    recorded, where that was earlier or nothing is sealed. `as_sealed`: by the promise, whichever it is.
    """

    words = serializers.CharField()
    sentence = serializers.CharField()
    amended = serializers.BooleanField()
    differ = serializers.BooleanField()
    promise = serializers.CharField()
    as_sealed = VerdictShape()
    as_amended = VerdictShape()


def _verdict(version: Any, answer: Any, attainment: Any, sentence: str) -> dict[str, Any]:
    return {
        "version": version.number, "kpi_version": version.pk, "status": answer.status.value,
        "status_display": vocabulary.word("kpi", answer.status.value, str(answer.reason or "")),
        "reason": str(answer.reason or ""), "progress": answer.progress, "expected": answer.expected,
        "shortfall": answer.shortfall, "attainment": attainment, "sentence": sentence, "valid_until": answer.valid_until,
    }  # fmt: skip


def verdict_rows(found: Verdicts) -> dict[str, Any]:
    """Both verdicts as `VerdictsShape` reads them."""
    both = found.both
    return {
        "words": both.words, "sentence": both.sentence, "amended": found.differ, "differ": both.differ,
        "promise": both.basis.value,
        "as_sealed": _verdict(found.promised, found.sealed, both.sealed_attainment, found.sealed_because),
        "as_amended": _verdict(found.in_force, found.amended, both.amended_attainment, found.amended_because),
    }  # fmt: skip


class AmendingEndpoint(KpiEndpoint):
    """KPIs of initiatives the caller may see. `as_of` and `known_at` give the answer of another day, from the facts."""

    rights = {
        **KpiEndpoint.rights,
        "lock": Action.DEFINE_KPI,
        "propose": Action.DEFINE_KPI,
        "change_silently": Action.DEFINE_KPI,
    }

    @extend_schema(request=None, responses=KpiShape)
    @action(detail=True, methods=["post"], url_path="baseline-lock")
    def lock(self, request: Request, pk: str) -> HttpResponse:
        """Lock the baseline: it is edited no more, and a relative target becomes its number."""
        row = self.find(pk)

        def work() -> Response:
            self.read_nothing(request)
            return self.answer(lock_baseline(pk=row.pk, by=self.actor, at=self.at))

        return self.once(work)

    @extend_schema(request=ChangeWrite, responses={201: VersionShape})
    @action(detail=True, methods=["post"], url_path="changes")
    def propose(self, request: Request, pk: str) -> HttpResponse:
        """Propose a change of a definition in use. It comes into force when somebody else approves it."""
        row = self.find(pk)

        def work() -> Response:
            change = _changed(self.read(request, shape=ChangeWrite))
            with at_its_place():
                version = propose_change(pk=row.pk, change=change, by=self.actor, at=self.at)
            form = VersionShape(context={"request": None, "view": self, "actor": self.actor})
            return Response(form.to_representation(version), status=201)

        return self.once(work)

    @extend_schema(request=UnapprovedChangeWrite, responses=KpiShape)
    @action(detail=True, methods=["post"], url_path="unapproved-changes")
    def change_silently(self, request: Request, pk: str) -> HttpResponse:
        """Change a definition in use at once, approved by nobody. It is found, and told for ever."""
        row = self.find(pk)

        def work() -> Response:
            change = _changed(self.read(request, shape=UnapprovedChangeWrite))
            with at_its_place():
                changed = change_without_approval(pk=row.pk, change=change, by=self.actor, at=self.at)
            return self.answer(changed)

        return self.once(work)

    @extend_schema(parameters=AS_OF, responses=AmendmentsShape)
    @action(detail=True, methods=["get"], url_path="amendments")
    def amendments(self, request: Request, pk: str) -> Response:
        """What was changed in its promise, when, by whom approved, and what that was found to be."""
        self.only_params(request, *self.detail_params)
        row = self.find(pk)
        found = discipline_of(row, as_of=self.as_of or clock.day_of(self.at), known_at=self.known_at)
        kept = told_before(row, found) if self.as_of is None else []
        return Response(AmendmentsShape({**asdict(found), "kept": kept}).data)

    @extend_schema(parameters=AS_OF, responses=VerdictsShape)
    @action(detail=True, methods=["get"], url_path="verdicts")
    def verdicts(self, request: Request, pk: str) -> Response:
        """Both verdicts: by the promise, and by the definition in force. 409 `not_sealed` with neither seal nor reading."""
        self.only_params(request, *self.detail_params)
        row = self.find(pk)
        as_of = self.as_of or clock.day_of(self.at)
        found = verdicts_of(row, as_of=as_of, known_at=self.known_at)
        if found is None:
            raise conflict(
                "not_sealed",
                "Nothing was sealed or measured by then: there is no promise to hold it against.",
            )
        return Response(VerdictsShape(verdict_rows(found)).data)


def _changed(said: dict[str, Any]) -> Changed:
    """The body of a change, told apart."""
    return Changed(
        success=said.pop("success", {}),
        because=said.pop("because"),
        reason_code=said.pop("reason_code", ""),
        effective_on=said.pop("effective_on", None),
        facts=said,  # type: ignore[arg-type]
    )
