"""What a motion says of a new charter, in words: on a page, in a paper, in the log."""

from collections.abc import Mapping
from typing import Any, Final

from domain.charter import CHARTER, NEW_CHARTER

LABELS: Final = {name: CHARTER[name].removeprefix("the ").capitalize() for name in NEW_CHARTER}


def charter_words(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a motion says of the rest of a charter: (label, words), and what it carries."""
    anew = [(f"New: {LABELS[name].lower()}", said[name]) for name in NEW_CHARTER if said.get(name)]
    carried = ", ".join(LABELS[name].lower() for name in said.get("carry") or () if name in LABELS)
    return [*anew, *([("Carried from the old charter", carried)] if carried else [])]
