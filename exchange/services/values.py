"""A judged row as plain values: what a record of the source says, to be kept, compared and shown. Pure."""

from decimal import Decimal
from typing import Any

from domain.stages import Stage
from exchange.mapping import Dated, Fact, RowResult

# Fields that become columns of an initiative; everything else that is mapped is kept as a fact.
COLUMNS = (
    "name", "problem", "outcome", "value_hypothesis", "impact", "risk_tier", "planned_value",
    "sponsor_email", "lead_email", "objectives",
)  # fmt: skip
PLACE = ("unit", "unit_name", "sub_unit")
TIME = ("stage", "entered_on")
LIMITS = {"name": 500, "value_hypothesis": 400}


def values_of(result: RowResult) -> dict[str, Any]:
    """The row in JSON types. Absent columns are not there; unknown is empty text or null."""
    out: dict[str, Any] = {"facts": {}, "attributes": dict(result.attributes)}
    for name, value in result.fields.items():
        if name == "entered_on":
            assert isinstance(value, Dated)  # noqa: S101  the mapping's contract
            out["entered_on"] = value.value.isoformat() if value.value else None
            out["precision"] = value.precision if value.value else "unknown"
            out["basis"] = value.column if value.value else ""
        elif name in COLUMNS or name in PLACE or name == "stage":
            out[name] = _plain(value)
        elif name != "external_id":
            out["facts"][name] = _fact(value)
    for name, limit in LIMITS.items():
        if isinstance(out.get(name), str):
            out[name] = out[name][:limit]
    out.setdefault("stage", Stage.UNKNOWN.value)
    return out


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Fact):
        return value.value
    return value


def _fact(value: Any) -> Any:
    """A fact with what was said of it: dates keep their precision, a refused cell its raw text."""
    if isinstance(value, Dated):
        if value.value is None:
            return {"date": None, "raw": value.raw} if value.raw else None
        return {"date": value.value.isoformat(), "precision": value.precision, "raw": value.raw}
    return _plain(value)


def differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """Field -> [old, new] where the source now says something else than it said last time."""
    out: dict[str, list[Any]] = {}
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if name in {"facts", "attributes"}:
            for part in sorted({*(old or {}), *(new or {})}):
                was, now = (old or {}).get(part), (new or {}).get(part)
                if was != now:
                    out[part] = [was, now]
        elif name in after and old != new:
            out[name] = [old, new]
    return out
