"""The rules as calculators: JSON in, JSON out, nothing stored. What `manage.py calculate` does, by the same engine."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from core.errors import Problem, not_found
from core.roles import Action
from core.values import wrong
from domain.calculate import CALCULATORS

MOST_CASES = 500
_LIST = {"type": "array", "items": {"type": "object", "additionalProperties": True}}


class CalculateApi(ViewSet):
    """`POST /api/v1/calculate/{kind}/`: a list of cases, the list of answers. Reads no record, so any role may ask."""

    area = "portfolio"
    reads_only = True
    rights = {"calculate": Action.VIEW}

    @extend_schema(
        operation_id="calculate",
        parameters=[OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=sorted(CALCULATORS))],
        request={"application/json": _LIST},
        responses={(200, "application/json"): _LIST},
    )
    def calculate(self, request: Request, kind: str) -> Response:
        """Answers to a list of cases, in order. A case that cannot be read refuses all, naming its place."""
        for name in request.query_params:
            raise wrong(name, f"There is no parameter {name[:60]!r} here.")
        calculator = CALCULATORS.get(kind)
        if calculator is None:
            raise not_found(f"There is no calculator {kind[:40]!r}. Known: {', '.join(sorted(CALCULATORS))}.")
        cases: Any = request.data
        if isinstance(cases, list) and len(cases) > MOST_CASES:
            raise Problem(
                400, "too_many_cases", f"Send at most {MOST_CASES} cases at a time; these are {len(cases)}."
            )
        return Response(calculator(cases))
