"""What the preview says of a file beside its rows: how it was read, and which column fills what."""

from typing import Any, Final

from exchange.mapping import Mapping
from exchange.mapping.dates import DateRules
from exchange.mapping.numbers import NumberRules
from exchange.mapping.schema import FieldRule, Separators
from exchange.mapping.vocabulary import FactWords, Vocabulary
from exchange.models import ImportRun
from exchange.reading import Table
from exchange.reading.table import find_column
from exchange.services.plan import Plan

MOST_NAMED: Final = 40


def summary_of(plan: Plan, *, new_units: list[str], base: ImportRun | None) -> dict[str, Any]:
    """Kept with the run as JSON."""
    newer = base is not None and base.as_of is not None and base.as_of > plan.as_of
    return {
        "kind": plan.table.kind,
        "sheet": plan.table.sheet,
        "delimiter": plan.table.delimiter,
        "title": plan.rules.title,
        "blank_rows": plan.table.blank_rows,
        "columns": _columns(plan.table, plan.rules, plan.filled),
        # The header as it stands in the file, where rows are kept whole: an export gives both back.
        "headers": list(plan.table.headers) if plan.rules.inventory else [],
        "new_units": new_units[:MOST_NAMED],
        "new_units_count": len(new_units),
        # The series was already told as of a later day: an older file would move the portfolio back.
        "newer_import": base.as_of.isoformat() if newer and base and base.as_of else None,
    }


def _columns(table: Table, rules: Mapping, filled: Any) -> list[dict[str, Any]]:
    """Every column of the file: what it fills, how it is read, in how many rows it says something."""
    uses: dict[int, list[FieldRule]] = {}
    for rule in rules.fields.values():
        for column in rule.columns:
            index = find_column(table.headers, column)
            if index is not None:
                uses.setdefault(index, []).append(rule)
    keys = {name for rule in rules.keys for name in rule.fields}
    out = []
    for index, label in enumerate(table.labels):
        found = uses.get(index, [])
        out.append(
            {
                "column": label[:200],
                "fields": [rule.target.label for rule in found],
                "how": "; ".join(_how(rule, key=rule.name in keys) for rule in found),
                "filled": filled[index],
            }
        )
    return out


def _how(rule: FieldRule, *, key: bool) -> str:
    match rule.how:
        case Vocabulary():
            words = "words to values"
        case FactWords():
            words = "yes, no, not required, not reported"
        case DateRules(layouts=layouts):
            shown = ", ".join(layout.text for layout in layouts[:3])
            words = shown if len(layouts) <= 3 else f"{shown} and {len(layouts) - 3} more layouts"
        case NumberRules(decimal=decimal):
            words = "decimal comma" if decimal == "," else "decimal point"
        case Separators():
            words = "list"
        case None:
            words = "address of a person" if rule.target.kind == "email" else "text"
    return f"key, {words}" if key else words
