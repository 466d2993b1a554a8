"""A judged row as plain values: what a record of the source says, to be kept, compared and shown. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from domain.stages import Stage
from exchange.mapping import CellWarning, Dated, Fact, RowResult
from exchange.mapping.cells import KEPT
from exchange.mapping.targets import TARGETS

# Fields that become columns of an initiative; everything else that is mapped is kept as a fact.
COLUMNS: Final = frozenset({
    "name", "problem", "outcome", "value_hypothesis", "impact", "risk_tier", "planned_value", "sponsor_email",
    "lead_email", "objectives", "unit", "unit_name", "sub_unit", "stage",
})  # fmt: skip
PEOPLE: Final = ("sponsor_email", "lead_email")
MONEY: Final = ("spent", "budget")
HEARD: Final = ("decision_on", "spent")
"""Facts that other rooms keep too: the pilot's decision date, and the spend to date."""
LARGEST_AMOUNT: Final = Decimal("1e15")
CENT: Final = Decimal("0.01")
LABELS: Final = {name: field.label for name, field in TARGETS["initiatives"].items()}

Values = dict[str, Any]
"""`fields` (JSON types; unknown is empty text or null), `facts`, and `columns`: cells kept as they stood, by label. Where the
mapping has a [model]: `model` (texts and facts of the inventory) and `row`, the cells of the whole row as they stood."""
Change = dict[str, Any]
"""`of` (field, fact or column), `name`, `was`, `now`; `here` where it was edited here since."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the house knows while rows are read.

    `people`: addresses of active accounts in lower case -> whether it is a mailbox; `labels`: field -> its column.
    """

    people: Mapping[str, bool]
    labels: Mapping[str, str]

    def label(self, name: str) -> str:
        return self.labels.get(name) or LABELS.get(name, name)


def values_of(result: RowResult, known: Known) -> tuple[Values, list[CellWarning]]:
    """What a row says, and its warnings with those that only the house can give.

    A field that is not mapped is not there: nothing is known of it, so nothing is touched.
    """
    warnings = list(result.warnings)
    columns = dict(result.attributes)
    fields: Values = {}
    facts: Values = {}
    for name, value in result.fields.items():
        if name == "entered_on":
            assert isinstance(value, Dated)  # noqa: S101  the mapping's contract
            fields["entered_on"] = value.value.isoformat() if value.value else None
            fields["precision"] = value.precision if value.value else "unknown"
            fields["basis"] = value.column[:120] if value.value else ""
        elif name in PEOPLE:
            fields[name] = _address(name, str(value), result, known, warnings, columns)
        elif name == "planned_value":
            fields[name] = _amount(name, value, result, known, warnings, columns)
        elif name in MONEY:
            facts[name] = _amount(name, value, result, known, warnings, columns)
        elif name in COLUMNS:
            fields[name] = _plain(value)
        else:
            facts[name] = _fact(value)
    for name, raw in result.unread.items():
        columns[_column_of(name, raw, result, known)] = raw
    fields.setdefault("stage", Stage.UNKNOWN.value)
    values: Values = {"fields": fields, "facts": facts, "columns": columns}
    if (entry := result.inventory) is not None:
        values["model"] = {"texts": dict(entry.texts), "facts": dict(entry.facts)}
        values["row"] = list(entry.cells)
    return values, warnings


def _column_of(name: str, raw: str, result: RowResult, known: Known) -> str:
    """The label of the column a cell stood in, as its warning has it."""
    found = (note.column for note in result.warnings if note.value == raw and note.column)
    return next(found, known.label(name))


def _address(
    name: str, address: str, result: RowResult, known: Known, warnings: list[CellWarning], columns: Values
) -> str:
    """The address of somebody who is here; any other is kept as text, with a warning."""
    mailbox = known.people.get(address)
    if not address or mailbox is False:
        return address
    why = (
        ("mailbox", f"A mailbox is a contact, not a person who answers for it. {KEPT}")
        if mailbox
        else ("unknown_person", f"Nobody active here has this address. {KEPT}")
    )
    _keep(name, why, result, known, warnings, columns)
    return ""


def _amount(
    name: str, value: Any, result: RowResult, known: Known, warnings: list[CellWarning], columns: Values
) -> str | None:
    """Money to the cent. What cannot be kept is left unknown, never zero and never bent in silence."""
    if not isinstance(value, Decimal):
        return None
    if not 0 <= value < LARGEST_AMOUNT:
        why = ("out_of_range", f"No amount that can be kept. {KEPT}")
        _keep(name, why, result, known, warnings, columns)
        return None
    exact = value.quantize(CENT, ROUND_HALF_EVEN)
    if exact != value:
        why = ("rounded", f"Kept to the cent, as {exact}. The text is kept too.")
        _keep(name, why, result, known, warnings, columns)
    return format(exact, "f")


def _keep(
    name: str, why: tuple[str, str], result: RowResult, known: Known, warnings: list[CellWarning], columns: Values
) -> None:  # fmt: skip
    label, raw = known.label(name), result.raw.get(name, "")
    warnings.append(CellWarning(result.number, label, raw, *why))
    columns.setdefault(label, raw)


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
            return {"date": None, "raw": value.raw} if value.status == "refused" else None
        return {"date": value.value.isoformat(), "precision": value.precision, "raw": value.raw}
    return _plain(value)


def settled(before: Values | None, said: Values) -> Values:
    """What the source has said so far: what this file does not mention stays as it was last said.

    A stage, a date, a person, a decision date or a spend that is blank now is no statement: a record does not leave its
    stage, become undated or lose its sponsor because somebody emptied a cell.
    """
    if before is None:
        return said
    fields = {**before["fields"], **said["fields"]}
    if said["fields"]["stage"] == Stage.UNKNOWN.value:
        fields["stage"] = before["fields"]["stage"]
    same_stage = fields["stage"] == before["fields"]["stage"]
    if same_stage and not fields.get("entered_on") and before["fields"].get("entered_on"):
        fields.update({name: before["fields"][name] for name in ("entered_on", "precision", "basis")})
    for name in PEOPLE:
        if name in fields and not fields[name]:
            fields[name] = before["fields"].get(name, "")
    facts = {**before["facts"], **said["facts"]}
    for name in HEARD:
        if name in facts and not _says(facts[name]):
            facts[name] = before["facts"].get(name)
    return {**said, "fields": fields, "facts": facts}


def _says(fact: Any) -> bool:
    return bool(fact.get("date") if isinstance(fact, dict) else fact)


def differences(before: Values, after: Values) -> list[Change]:
    """Where the source now says something else than it said last time. `basis` alone is no difference."""
    out: list[Change] = []
    for kind, of in (("fields", "field"), ("facts", "fact"), ("columns", "column")):
        old, new = before[kind], after[kind]
        for name in (*new, *(gone for gone in old if gone not in new)):
            if name != "basis" and old.get(name) != new.get(name):
                out.append({"of": of, "name": name, "was": old.get(name), "now": new.get(name)})
    return out


def first_said(values: Values) -> list[Change]:
    """What a new record starts with, as changes from nothing: what the preview and the API show of it."""
    shown = ("unit", "sub_unit", "stage", "entered_on", "precision")
    fields = values["fields"]
    return [
        {"of": "field", "name": name, "was": None, "now": fields[name]} for name in shown if fields.get(name)
    ]


def digest(values: Values) -> str:
    """SHA-256 of values, to tell sameness without reading them."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
