"""`imports`: a file uploaded, previewed row by row, then committed or discarded."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.briefs import PersonBrief
from core.api.shape import Day, Key, Label, Moment, Shape, Text
from core.api.views import Endpoint
from core.errors import Problem, field_error, not_found
from core.roles import Action
from core.uploads import require_within_limit
from exchange.mapping.loading import LARGEST
from exchange.models import ImportRun
from exchange.queries.runs import RUNS, runs
from exchange.services.imports import SAID, content_of, discard_import, preview
from exchange.services.jobs import begin_commit, receive, takes_long
from exchange.services.mappings import mapping_from, mapping_text, names

MOST_TOLD = 200
FIELDS = ("file", "mapping", "mapping_toml", "as_of", "dry_run", "only_good_rows")


class ImportShape(Shape):
    """One file read through one mapping: `counts` of rows by what they do, and where it stands."""

    id = serializers.IntegerField(read_only=True)
    filename = serializers.CharField()
    size = serializers.IntegerField(source="file.size", help_text="Bytes.")
    mapping = serializers.CharField(source="mapping_name")
    series = serializers.CharField()
    as_of = Day(allow_null=True)
    state = serializers.CharField()
    state_display = Label("state", ImportRun.State.choices)
    encoding = serializers.CharField()
    counts = serializers.DictField(child=serializers.IntegerField())
    new_units = serializers.SerializerMethodField()
    problem = serializers.DictField(allow_null=True)
    only_good_rows = serializers.BooleanField()
    job = Key("job", allow_null=True)
    created_by = Key("created_by", allow_null=True)
    created_at = Moment()
    committed_by = Key("committed_by", allow_null=True)
    committed_at = Moment(allow_null=True)
    version = serializers.IntegerField()

    expandable = {"created_by": PersonBrief, "committed_by": PersonBrief}

    def get_new_units(self, row: ImportRun) -> int:
        return int(row.summary.get("new_units_count", 0))


class ImportWrite(Shape):
    """The form of an upload. `mapping` names a shipped or saved mapping, `mapping_toml` is one."""

    file = serializers.FileField(allow_empty_file=True, max_length=255)
    mapping = Text(max_length=80, required=False)
    mapping_toml = Text(max_length=LARGEST, required=False)
    as_of = Day(required=False)
    dry_run = serializers.BooleanField(default=False, help_text="Tell what it would do; keep nothing.")
    only_good_rows = serializers.BooleanField(default=False)


class CommitWrite(Shape):
    only_good_rows = serializers.BooleanField(
        required=False, help_text="Write the good rows, leave the refused out."
    )


class DryRunShape(serializers.Serializer[Any]):
    """What an upload would do: counts, and the first refused rows and cells."""

    counts = serializers.DictField(child=serializers.IntegerField())
    as_of = serializers.DateField()
    refusals = serializers.ListField(child=serializers.DictField())
    warnings = serializers.ListField(child=serializers.DictField())


class UploadParser(MultiPartParser):
    """multipart/form-data, here and nowhere else."""


class ImportEndpoint(Endpoint):
    """Imports: upload a file (multipart/form-data), read the preview, commit or discard it."""

    area = "exchange"
    model = ImportRun
    listing = RUNS
    shape = ImportShape
    write_shape = ImportWrite
    rights = dict.fromkeys(("list", "retrieve", "create", "commit", "discard", "rejects"), Action.IMPORT)

    def get_parsers(self) -> list[BaseParser]:
        asked = getattr(self, "action", None) or getattr(self, "action_map", {}).get(self._method())
        return [UploadParser()] if asked == "create" else super().get_parsers()

    def _method(self) -> str:
        request = getattr(self, "request", None)
        return str(getattr(request, "method", "") or "").lower()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if self.action != "create":
            super().initial(request, *args, **kwargs)
            return
        # An upload is bounded while it streams, so it is not read whole first.
        super(Endpoint, self).initial(request, *args, **kwargs)
        self.at = clock.now()

    def get_queryset(self) -> QuerySet[Any]:
        return runs(self.actor)

    @extend_schema(
        request={"multipart/form-data": ImportWrite},
        responses={201: ImportShape, 202: ImportShape, 200: DryRunShape},
    )
    def create(self, request: Request) -> HttpResponse:
        """Upload a file and stage it: nothing is written to the portfolio before the commit.

        201 with the preview; 202 with the address of a job where the file is large; 200 for `dry_run`.
        """
        said = self._uploaded(request)
        data: bytes = said["file"].read()
        given = repr(sorted((name, str(said[name])) for name in said if name != "file")).encode()
        return self.once(lambda: self._receive(data, said), body=given + hashlib.sha256(data).digest())

    def _uploaded(self, request: Request) -> dict[str, Any]:
        sent: Any = request.data
        require_within_limit(request._request)
        for name in sent:
            if len(sent.getlist(name)) > 1:
                raise field_error(name[:80], "This stands twice in the form.", code="repeated")
        return self.read(request)

    def _receive(self, data: bytes, said: dict[str, Any]) -> Response:
        mapping, as_of = _mapping(said), said.get("as_of")
        filename = said["file"].name
        if said["dry_run"]:
            if takes_long(data):
                text = "This file is too large for a dry run. Upload it without: nothing is written before the commit."
                raise Problem(400, "too_large_for_dry_run", text)
            told = preview(
                data=data, filename=filename, mapping=mapping, by=self.actor, at=self.at, as_of=as_of
            )
            body = {
                "counts": {name: told.counts[name] for name in SAID},
                "as_of": told.as_of.isoformat(),
                "refusals": told.refusals[:MOST_TOLD],
                "warnings": told.warnings[:MOST_TOLD],
            }
            return Response(body)
        run = receive(
            data=data, filename=filename, mapping=mapping, by=self.actor, at=self.at, as_of=as_of,
            only_good_rows=said["only_good_rows"],
        )  # fmt: skip
        return self._told(run.pk, status=201)

    def _told(self, pk: int, *, status: int) -> Response:
        """The run; 202 and the job's address while a worker is at it."""
        run = self.get_queryset().get(pk=pk)
        if run.state not in {ImportRun.State.STAGING, ImportRun.State.COMMITTING}:
            return self.answer(run, status=status)
        response = self.answer(run, status=202)
        response["Location"] = self.request.build_absolute_uri(reverse("api:jobs-detail", args=[run.job_id]))
        return response

    @extend_schema(request=CommitWrite, responses={200: ImportShape, 202: ImportShape})
    @action(detail=True, methods=["post"])
    def commit(self, request: Request, pk: str) -> HttpResponse:
        """Write what the preview shows: all rows or none, or the good rows only."""
        run = self.find(pk)
        said = self.read(request, shape=CommitWrite) if request.data else {}
        version = self.expected_version(request) if "HTTP_IF_MATCH" in request.META else None

        def work() -> Response:
            begin_commit(
                run_id=run.pk, by=self.actor, at=self.at, only_good_rows=said.get("only_good_rows"),
                expected_version=version,
            )  # fmt: skip
            return self._told(run.pk, status=200)

        return self.once(work)

    @extend_schema(request=None, responses=ImportShape)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> HttpResponse:
        """Throw the preview away. That it was there stays on record."""
        run = self.find(pk)
        self.read_nothing(request)

        def work() -> Response:
            discard_import(run_id=run.pk, by=self.actor, at=self.at)
            return self._told(run.pk, status=200)

        return self.once(work)

    @extend_schema(request=None, responses={(200, "text/csv"): OpenApiTypes.STR})
    @action(detail=True, methods=["get"])
    def rejects(self, request: Request, pk: str) -> HttpResponse:
        """The refused rows as a CSV file that can be mended and uploaded again."""
        self.only_params(request)
        run = self.find(pk)
        if run.rejects_id is None:
            raise not_found("No row of this import was refused.")
        answer = HttpResponse(content_of(run.rejects_id), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="import-{run.pk}-refused.csv"'
        return answer


def _mapping(said: dict[str, Any]) -> str:
    """The TOML that was sent or named. Raises Problem 400 for none, two, or a name nobody knows."""
    name, toml = said.get("mapping"), said.get("mapping_toml")
    if bool(name) == bool(toml):
        raise field_error(
            "mapping", "Send mapping (the name of one) or mapping_toml, not both.", code="required"
        )
    if toml:
        return mapping_from(str(toml).encode())
    found = mapping_text(str(name))
    if found is None:
        known: Sequence[str] = names()
        raise field_error(
            "mapping", f"There is no mapping {name}. Known: {', '.join(known)}.", code="unknown"
        )
    return found
