"""A version as one document, in the one form that its seal is taken of.

The form is JSON with sorted keys and without blanks; decimals are texts as the records keep them. People and KPIs are
named by id: a name may change later without the case being another one.
"""

import json
from typing import Any, Final

from domain.seal import digest
from funding.translate import Lines

FORM: Final = 1
"""The version of the list of sealed fields. A field added later makes a new one."""
_ROW: Final = (
    "initiative_id", "number", "because", "starts_on", "years", "rate", "currency", "prices", "mid_year", "finance_rate",
    "reinvest_rate", "spread_benefits", "spread_outlay", "spread_years_late", "spread_rate", "spread_running",
    "do_nothing", "delay_means", "works", "if_stopped", "if_carried_on", "people",
)  # fmt: skip
_PLACES: Final = {
    "rate": 6, "finance_rate": 6, "reinvest_rate": 6, "spread_benefits": 4, "spread_outlay": 4, "spread_rate": 4,
    "spread_running": 2, "works": 4, "people": 1, "attribution": 6, "haircut": 4, "outlay_factor": 4, "probability": 4,
}  # fmt: skip
_COST: Final = ("category", "amounts", "note")
_BENEFIT: Final = (
    "key", "description", "type", "evidence", "owner_id", "kpi_id", "attribution", "attribution_method", "baseline",
    "amounts",
)  # fmt: skip
_SCENARIO: Final = ("name", "haircut", "years_late", "outlay_factor", "probability")


def document_of(lines: Lines) -> dict[str, Any]:
    """Everything that was written of it, as plain JSON types."""
    return {
        **_plain(lines.case, _ROW),
        "costs": [_plain(one, _COST) for one in lines.costs],
        "benefits": [_plain(one, _BENEFIT) for one in lines.benefits],
        "scenarios": [_plain(one, _SCENARIO) for one in lines.scenarios],
        "form": FORM,
    }


def canonical(lines: Lines) -> str:
    """The document as the text that is sealed."""
    return json.dumps(
        document_of(lines), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def seal_of(lines: Lines) -> str:
    """SHA-256 of the canonical document in UTF-8, 64 lower-case hexadecimal digits."""
    return digest(canonical(lines))


def seal_holds(lines: Lines) -> bool:
    """Whether the records still say what was sealed."""
    return lines.case.seal == seal_of(lines)


def _plain(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _said(name, getattr(row, name)) for name in names}


def _said(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str | list):
        return value
    if name in _PLACES:
        return f"{value:.{_PLACES[name]}f}"
    return value.isoformat()
