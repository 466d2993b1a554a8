"""What mapping a row gives: typed fields, what was kept raw, what was warned of and what was refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from exchange.mapping.dates import Dated
from exchange.mapping.inventory import InventoryEntry
from exchange.mapping.vocabulary import Fact

Value = str | Dated | Decimal | Fact | list[str] | None
Key = tuple[str, tuple[str, ...]]
"""A namespace and the folded texts of the key's fields. Compared inside the mapping's series."""

Match = Literal["new", "identical", "changed"]


@dataclass(frozen=True, slots=True)
class CellWarning:
    """Something about one cell (or, in a refusal, about the row): where, what stood there, and why. `row` counts from 1."""

    row: int
    column: str
    value: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class RowResult:
    """One data row, judged. A refused row has at least one refusal and is not to be written.

    `fields` holds what the mapping fills (a field not mapped is not there): text "" and number None where nothing was
    said, dates always as Dated. `entered_on` is the age date; its `column` is the basis. `raw` holds the text of every mapped cell as it stood, by field; `attributes` the cells of the
    other columns that hold anything, by label; `unread` the text of every mapped cell that could not be read (a word nobody
    knows, free text for a date), by field: it is to be kept with the record. `occurrence` tells equal keys apart. `alternatives` are the keys by the
    further rules this row also satisfies. `match` and `known_as`, the key and occurrence of the record that this row
    is, are set by `keys.assign_occurrences`; `known_as` is None for a new one.
    `content_hash` is of the row's cells with their labels, blank cells left out. `inventory` is what the row says of its
    model, None where the mapping has no [model].
    """

    number: int
    line: int
    key: Key | None
    occurrence: int
    outcome: Literal["ok", "refused"]
    fields: Mapping[str, Value]
    raw: Mapping[str, str]
    attributes: Mapping[str, str]
    unread: Mapping[str, str]
    warnings: tuple[CellWarning, ...]
    refusals: tuple[CellWarning, ...]
    content_hash: str
    alternatives: tuple[Key, ...] = ()
    match: Match = "new"
    known_as: tuple[Key, int] | None = None
    inventory: InventoryEntry | None = None

    @property
    def facts(self) -> dict[str, Fact]:
        """The fields of the mapping's [facts]: yes, no, not required or not reported."""
        return {name: value for name, value in self.fields.items() if isinstance(value, Fact)}
