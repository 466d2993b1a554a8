"""`agenda-items/{id}/evidence`: what an item was opened on, whole and with its seal."""

import json
from typing import Any, ClassVar

from django.db.models import Model
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from core.errors import not_found
from governance.models import AgendaItem, ItemPack


class SealedEvidenceShape(serializers.Serializer[Any]):
    """`document`: of the submission the item answers, else what was known when it opened. `seal`: SHA-256 of its canonical JSON
    (sorted keys, no blanks, UTF-8)."""

    item = serializers.IntegerField()
    sealed_at = serializers.DateTimeField()
    seal = serializers.CharField()
    document = serializers.DictField()


class ItemEvidence(Endpoint):
    """An endpoint of agenda items with the evidence of each."""

    model: ClassVar[type[Model]] = AgendaItem

    @extend_schema(responses=SealedEvidenceShape)
    @action(detail=True, methods=["get"])
    def evidence(self, request: Request, pk: str) -> Response:
        """What the item was opened on. 404 while it was not opened, and for one that was opened before this was sealed."""
        self.only_params(request)
        row: AgendaItem = self.find(pk)
        asked = row.submission
        pack = None if asked else ItemPack.objects.filter(item=row).first()
        if asked is None and pack is None:
            raise not_found(
                f"Nothing is sealed for {row.ref}: it was not opened yet, or before this was kept."
            )
        at = asked.submitted_at if asked else pack.sealed_at if pack else self.at
        sealed = asked or pack
        said = {"item": row.pk, "sealed_at": at, "seal": sealed.seal if sealed else ""}
        return Response(
            {
                **SealedEvidenceShape(
                    {**said, "document": json.loads(sealed.document if sealed else "{}")}
                ).data
            }
        )
