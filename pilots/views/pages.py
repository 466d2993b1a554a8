"""The pages of a pilot's file, as its menu shows them."""

from typing import Final

PAGES: Final = (
    ("How it stands", ""),
    ("Charter", "pilot-charter"),
    ("Rollout", "pilot-rollout"),
    ("Use and people", "pilot-use"),
    ("Findings", "pilot-log"),
    ("Fast lane", "pilot-fast-lane"),
    ("Flags so far", "pilot-flags"),
    ("Report", "pilot-report"),
)


def pages(current: str) -> list[tuple[str, str, bool]]:
    """Label, URL name (empty: the tab itself), and whether it is the page shown."""
    return [(label, name, name == current) for label, name in PAGES]
