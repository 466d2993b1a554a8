"""What the columns of a file hold, kept for the page on which a mapping is built by clicking."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from exchange.mapping import detect
from exchange.reading import FileRefused, FileRules, Table, read_table
from exchange.reading.encoding import DEFAULT_ENCODINGS
from exchange.services.plan import refusal

SAMPLES: Final = 5
MOST_WORDS: Final = 40
LONGEST_WORD: Final = 200
LONGEST_SAMPLE: Final = 120
TITLE_ROWS: Final = 4
TITLED: Final = frozenset({"wrong_cell_count", "merged_cells"})
"""How a table with a title above it is refused when the title is taken for its header."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to read the file before there is a mapping. Empty encoding: told by the file itself."""

    encoding: str = ""
    header_row: int = 1
    sheet: str = ""

    @property
    def file(self) -> FileRules:
        """As the reader wants it."""
        return FileRules(
            encodings=(self.encoding,) if self.encoding else DEFAULT_ENCODINGS,
            header_row=self.header_row,
            sheet=self.sheet or None,
        )

    def to_json(self) -> dict[str, Any]:
        return {"encoding": self.encoding, "header_row": self.header_row, "sheet": self.sheet}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Options":
        return cls(data.get("encoding", ""), data.get("header_row", 1), data.get("sheet", ""))


def detect_columns(data: bytes, *, filename: str, options: Options | None = None) -> dict[str, Any]:
    """Columns with what they hold and a first guess of what each is, as JSON. Raises Problem 400 for an unusable file.

    Without options the header is looked for in the first rows: people write a title above their tables.
    """
    if options is not None:
        tried = [options]
    else:
        tried = [Options(header_row=row) for row in range(1, TITLE_ROWS + 2)]
    refusals: list[FileRefused] = []
    narrow: list[tuple[Table, Options]] = []
    for one in tried:
        try:
            table = read_table(data, filename=filename, mapping=one)
        except FileRefused as refused:
            refusals.append(refused)
            if refused.code not in TITLED:
                break
        else:
            if len(table.headers) > 1:
                return _found(table, one)
            narrow.append((table, one))
    if narrow:
        return _found(*narrow[0])
    raise refusal(refusals[0]) from refusals[0]


def _found(table: Table, options: Options) -> dict[str, Any]:
    found = detect(table)
    return {
        "kind": table.kind,
        "encoding": table.encoding,
        "sheet": table.sheet,
        "rows": len(table.rows),
        "options": options.to_json(),
        "document": found.document,
        "columns": [
            {**_column(table, guess.position - 1), "guess": guess.field, "why": guess.why}
            for guess in found.guesses
        ],
    }


def _column(table: Table, index: int) -> dict[str, Any]:
    counts = Counter(row[index] for row in table.rows if row[index].strip())
    few = len(counts) <= MOST_WORDS and all(len(word) <= LONGEST_WORD for word in counts)
    return {
        "position": index + 1,
        "header": table.headers[index],
        "label": table.labels[index],
        "filled": counts.total(),
        "distinct": len(counts),
        "samples": [word[:LONGEST_SAMPLE] for word, _ in counts.most_common(SAMPLES)],
        # Only a column of few different words can be one that has a value for each word.
        "words": [[word, count] for word, count in counts.most_common()] if few else [],
    }
