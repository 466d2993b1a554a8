"""A memo on paper: a tagged PDF (core.typeset). The same memo gives the same bytes."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from core import wording
from core.typeset import isolated, typeset

TEMPLATE: Final = Path(settings.BASE_DIR) / "templates" / "funding" / "memo.typ"


def memo_pdf(document: Mapping[str, Any], *, seal: str = "", ref: str = "") -> bytes:
    """The memo as a PDF. `seal`, `ref`: of a memo that was kept.

    Raises Problem 503 `pdf_unavailable` where Typst is not installed.
    """
    made_at = datetime.fromisoformat(document["made_at"])
    said = {
        "memo": json.dumps(isolated(document), ensure_ascii=False),
        "made": f"{wording.moment(made_at)} UTC by {isolated(document['made_by'])}",
        "on": wording.day(date.fromisoformat(document["on"])),
        "seal": seal,
        "ref": ref,
    }
    return typeset(TEMPLATE, said, made_at)
