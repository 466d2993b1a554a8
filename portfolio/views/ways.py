"""Ways to look at the initiatives: list, board, timeline."""

from django.http import HttpRequest
from django.urls import reverse

WAYS = (("List", "initiative-list"), ("Board", "initiative-board"), ("Timeline", "initiative-timeline"))


def ways(request: HttpRequest, here: str) -> list[tuple[str, str, None, bool]]:
    """List, board and timeline as tabs, each with the filters that are set."""
    kept = request.GET.copy()
    for name in ("page", "columns", "ordering", "format", *(["stage"] if here == "initiative-board" else [])):
        kept.pop(name, None)
    query = f"?{kept.urlencode()}" if kept else ""
    return [(words, reverse(name) + query, None, name == here) for words, name in WAYS]
