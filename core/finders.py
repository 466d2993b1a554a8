"""Finds plotly.js inside the installed Python package, so that no bundle is copied into the repository."""

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage

FILE = "plotly.min.js"
STATIC_PATH = f"vendor/{FILE}"


class PlotlyFinder(BaseFinder):
    """Serves `vendor/plotly.min.js` and nothing else of the package's data (which holds datasets and a widget)."""

    def __init__(self, *_args: Any, **_options: Any) -> None:
        spec = find_spec("plotly")
        where = spec.submodule_search_locations if spec else None
        self.root = Path(next(iter(where))) / "package_data" if where else Path()
        self.storage = FileSystemStorage(location=self.root)
        self.storage.prefix = "vendor"  # type: ignore[attr-defined]  # where collectstatic puts it

    def check(self, **_options: Any) -> list[CheckMessage]:
        if (self.root / FILE).is_file():
            return []
        return [Error("plotly is not installed: its plotly.min.js was not found.", id="throughline.E010")]

    def find(self, path: str, find_all: bool = False, **_options: Any) -> Any:
        """The file's place for its one path; Django asks for a list with `find_all`, else for one or nothing."""
        hit = [self.storage.path(FILE)] if path.replace("\\", "/") == STATIC_PATH else []
        return hit if find_all else (hit[0] if hit else [])

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:  # noqa: ARG002
        yield FILE, self.storage
