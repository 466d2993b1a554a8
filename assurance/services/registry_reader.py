"""A registry asked page by page. Only reading: what becomes of it is assurance.services.registry_sync's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from django.conf import settings

from assurance.models import ModelRegistry
from core.outgoing import OutgoingError, Server, origin_of
from domain.registry_answers import (
    FoundModel,
    FoundRun,
    FoundVersion,
    Point,
    next_page,
    read_history,
    read_models,
    read_run,
    read_versions,
)

API: Final = "/api/2.0/mlflow"
MODELS_A_PAGE, VERSIONS_A_PAGE, POINTS_A_PAGE = 500, 500, 1_000
MOST_PAGES: Final = 400
T = TypeVar("T")
GONE: Final = "RESOURCE_DOES_NOT_EXIST"


def server_of(registry: ModelRegistry) -> Server:
    """Where and how the registry is asked: trusted and with a token only as the settings say of its address."""
    origin = origin_of(registry.base_url)
    known = settings.MODEL_REGISTRIES
    return Server(registry.base_url, trusted=origin in known, token=known.get(origin, ""))


@dataclass(frozen=True, slots=True)
class Reader:
    """The calls a sync needs. Each raises OutgoingError or RuleError."""

    server: Server

    def models(self, begins: str) -> Iterator[FoundModel]:
        """Every registered model whose name begins so."""
        query = {"max_results": str(MODELS_A_PAGE)}
        if begins:
            query["filter"] = f"name LIKE '{begins}%'"
        for page in self._pages("registered-models/search", query):
            yield from read_models(page)

    def versions(self, name: str) -> Iterator[list[FoundVersion]]:
        """The versions of one model, a page at a time."""
        quoted = name.replace("'", "\\'")
        query = {"filter": f"name='{quoted}'", "max_results": str(VERSIONS_A_PAGE)}
        for page in self._pages("model-versions/search", query):
            yield read_versions(page)

    def run(self, run_id: str) -> FoundRun | None:
        """A run, None where there is none any more."""
        return self._or_none(lambda: read_run(self._ask("runs/get", {"run_id": run_id})))

    def history(self, run_id: str, metric: str) -> Iterator[list[Point]]:
        """The history of one metric, a page at a time."""
        query = {"run_id": run_id, "metric_key": metric, "max_results": str(POINTS_A_PAGE)}
        for page in self._pages("metrics/get-history", query):
            yield read_history(page)

    def model_born(self, name: str) -> int | None:
        """When the model of that name was made, None where there is none."""

        def asked() -> int:
            found = self._ask("registered-models/get", {"name": name}).get("registered_model")
            return read_models({"registered_models": [found]})[0].born

        return self._or_none(asked)

    def has_version(self, name: str, number: str) -> bool:
        """Whether the model has that version."""
        query = {"name": name, "version": number}
        return self._or_none(lambda: self._ask("model-versions/get", query)) is not None

    def _ask(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        return self.server.ask(f"{API}/{path}", query=urlencode(query))

    def _pages(self, path: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        token = ""
        for _ in range(MOST_PAGES):
            page = self._ask(path, {**query, "page_token": token} if token else query)
            yield page
            token = next_page(page, token)
            if not token:
                return
        raise OutgoingError(f"{path} has more than {MOST_PAGES} pages. Read it by a name filter.")

    @staticmethod
    def _or_none(ask: Callable[[], T]) -> T | None:
        try:
            return ask()
        except OutgoingError as error:
            if error.status == 404 and error.code == GONE:
                return None
            raise
