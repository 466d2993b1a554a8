"""The base of every endpoint: scope, strict lists, ETags, idempotency, problems."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from core import clock
from core.access import Actor, scope, token_scope_lets
from core.api import idempotency
from core.api.auth import READS, actor_of
from core.api.paging import PARAMS, Page
from core.api.rows import complete, version_in
from core.api.shape import Shape, check_keys, named
from core.errors import Problem, not_found
from core.listing import Listing
from core.roles import Action
from core.tokens import AREAS
from core.values import read_ref as read_ref
from core.values import wrong


class Endpoint(viewsets.GenericViewSet[Any]):
    """A resource. Subclasses name `area`, `model`, `listing`, `prefix`, `rights` and the shapes.

    `shape` is the read serializer, `write_shape` the one for POST and PATCH; rules live in services. `related` is
    select_related for lists; `?expand=` joins what it opens. `prefetch` are relations the shape reads, `beside` expressions
    it reads from the row. `shown_as`, `listed_by` may differ by caller. `lists_less`: a list leaves out what costs much.
    """

    area: ClassVar[str]
    model: ClassVar[type[Model]]
    listing: ClassVar[Listing]
    prefix: ClassVar[str] = ""
    rights: ClassVar[dict[str, Action]] = {}
    shape: ClassVar[type[Shape]]
    write_shape: ClassVar[type[Shape] | None] = None
    related: ClassVar[tuple[str, ...]] = ()
    beside: ClassVar[Mapping[str, Any]] = {}
    prefetch: ClassVar[tuple[str, ...]] = ()
    list_params: ClassVar[tuple[str, ...]] = ()
    detail_params: ClassVar[tuple[str, ...]] = ()
    lists_less: ClassVar[bool] = False
    lookup_value_regex = "[^/.]+"

    def __init_subclass__(cls) -> None:
        if hasattr(cls, "model"):
            # Tells the schema the type of ids; never read from.
            cls.queryset = cls.model._default_manager.all()

    @property
    def actor(self) -> Actor:
        return actor_of(self.request)

    @cached_property
    def today(self) -> date:
        """The organisation's day at the moment of the request."""
        return clock.day_of(self.at)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        _ = request._request.body  # whole and within its limit before anything is parsed from it
        super().initial(request, *args, **kwargs)
        self.at = clock.now()
        if request.method not in READS:  # what a list or a record takes, it says itself
            shown = self.action in {"create", "update", "partial_update"}
            self.only_params(request, *(("fields", "expand") if shown else ()))

    def get_queryset(self) -> QuerySet[Any]:
        """What the caller may know of."""
        return self.opened(self.model._default_manager.filter(scope(self.actor, Action.VIEW, self.model)))

    def opened(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Rows with what the shape reads beside them, and what `?expand=` opens."""
        names = named(self.request, "expand", self.shown_as().expandable)
        for name in names:
            self._require_area(name)
        # Without a name Django would follow every relation that is never null.
        rows = rows.select_related(*self.related, *names) if self.related or names else rows
        rows = rows.prefetch_related(*self.prefetch) if self.prefetch else rows
        return rows.annotate(**self.told_beside()) if self.told_beside() else rows

    def told_beside(self) -> Mapping[str, Any]:
        """The expressions of `beside` as this caller may read them."""
        return self.beside

    def _require_area(self, relation: str) -> None:
        """A token sees what it expands only with the read scope of that area."""
        area = self.model._meta.get_field(relation).related_model._meta.app_label  # type: ignore[union-attr]
        scopes = self.actor.scopes
        other = area in AREAS and area != self.area
        if scopes is not None and other and not token_scope_lets(scopes, area, "read"):
            raise Problem(
                403, "token_scope", f"This token lacks the scope {area}:read, so it cannot expand {relation}."
            )

    def shown_as(self) -> type[Shape]:
        return self.shape

    def listed_by(self) -> Listing:
        return self.listing

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        writes = self.action in {"create", "update", "partial_update"}
        return self.write_shape if writes and self.write_shape else self.shape

    def find(self, pk: str) -> Any:
        """The record by id or human ref, or 404."""
        return self.get_queryset().filter(pk=read_ref(pk, self.prefix)).first() or _raise(not_found())

    def list(self, request: Request) -> Response:
        params = request.query_params
        listing = self.listed_by()
        rows = listing.apply(self.get_queryset(), params, ignore=(*PARAMS, *self.list_params))
        page = Page(request, rows, listing)
        body = self.present(page.rows, many=True)
        return Response({"results": body, "next": page.next, "previous": page.previous})

    def retrieve(self, request: Request, pk: str) -> Response:
        self.only_params(request, "fields", "expand", *self.detail_params)
        row = self.find(pk)
        # A past answer carries no tag: nobody edits the present from a picture of the past.
        return self.answer(row, tag=not {"as_of", "known_at"} & set(request.query_params))

    def present(self, row: Any, *, many: bool = False) -> Any:
        """The record(s) as plain data, with `?fields=` and `?expand=` heard."""
        complete(self.model, row if many else [row], self.told_beside())
        context = {"request": self.request, "view": self, "actor": self.actor}
        write = self.shown_as()(context=context).written()
        return [write(one) for one in row] if many else write(row)

    @staticmethod
    def only_params(request: Request, *known: str) -> None:
        """Refuse, 400, every query parameter but these."""
        for name in request.query_params:
            if name not in known:
                raise wrong(name, f"There is no parameter {name[:60]!r} here.")

    def answer(self, row: Any, *, status: int = 200, tag: bool = True) -> Response:
        """One record with its ETag (unless `tag` is off), and its Location when it is new."""
        response = Response(self.present(row), status=status)
        if tag and hasattr(row, "version"):
            response["ETag"] = f'"v{row.version}"'
        if status == 201:
            response["Location"] = self.request.build_absolute_uri(
                self.request.path.rstrip("/") + f"/{row.pk}/"
            )
        return response

    def read(
        self, request: Request, *, partial: bool = False, shape: type[Shape] | None = None
    ) -> dict[str, Any]:
        """The body, of the right shape, or 400 with every place that is wrong. Unknown keys are refused.

        `shape` for an action that takes another body than create.
        """
        if not isinstance(request.data, Mapping):
            raise Problem(400, "invalid", "Send one JSON object.")
        made = shape or self.get_serializer_class()
        form = made(data=request.data, partial=partial, context=self.get_serializer_context())
        check_keys(form, request.data)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def read_nothing(self, request: Request) -> None:
        """Refuse a body where none is taken."""
        if request._request.body.strip() not in {b"", b"{}"}:
            raise Problem(400, "invalid", "This takes no body. Send none.")

    def expected_version(self, request: Request) -> int:
        """The version in `If-Match`. 428 without the header, 412 when it can never match."""
        return version_in(request)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self._once = request.method == "POST" and "HTTP_IDEMPOTENCY_KEY" in request.META
        return super().dispatch(request, *args, **kwargs)

    def once(self, work: Any, *, body: bytes | None = None) -> HttpResponse:
        """Run a POST's work under its Idempotency-Key, if it sent one. `body` as in `idempotency.once`."""
        token = self.request.auth
        caller = f"t{token.pk}" if token else f"u{self.request.user.pk}"

        def rendered() -> Response:
            response: Response = work()
            self.finalize_response(self.request, response)
            return response

        return idempotency.once(self.request, caller, rendered, body=body) if self._once else work()


def _raise(problem: Problem) -> Any:
    raise problem
