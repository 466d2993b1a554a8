"""A paper: what is printed for people who decide, as plain data. One form for page and PDF: decision papers, packs, minutes, reports.

A paper holds words that are ready: no figure is counted and none rounded after it is made.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from domain.errors import RuleError

FORM: Final = 1


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph. `strong`: it is what the section is about. `quote`: somebody's own words."""

    text: str
    strong: bool = False
    quote: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what they are, in two columns."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Points:
    """Sentences one below the other."""

    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads. `numbers`: the places of columns that are aligned at the end; `total`: the last row is a sum."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int] = ()
    total: bool = False


Block = Text | Facts | Points | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A part with a heading. `level` 2 stands under the title, 3 below a section. `new_page`: it begins one."""

    title: str
    blocks: Sequence[Block]
    level: int = 2
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """`kind`: "Decision paper", for the foot. `meta`: what stands under the title. `seals`: what the paper stands on: name, SHA-256."""

    kind: str
    title: str
    lede: str
    meta: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    seals: Sequence[tuple[str, str]] = field(default_factory=tuple)


def paper_to_json(paper: Paper) -> dict[str, Any]:
    """The paper as plain data, every key. Raises RuleError `ragged_table` where a row has not as many cells as there are heads."""
    return {
        "form": FORM, "kind": paper.kind, "title": paper.title, "lede": paper.lede,
        "meta": [list(pair) for pair in paper.meta],
        "sections": [
            {
                "title": one.title, "level": one.level, "new_page": one.new_page,
                "blocks": [_block(block, f"/sections/{place}/blocks/{number}") for number, block in enumerate(one.blocks)],
            }
            for place, one in enumerate(paper.sections)
        ],
        "seals": [list(pair) for pair in paper.seals],
    }  # fmt: skip


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form, hex: the same paper has the same, whoever prints it."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _block(block: Block, at: str) -> dict[str, Any]:
    if isinstance(block, Text):
        return {"kind": "text", "text": block.text, "strong": block.strong, "quote": block.quote}
    if isinstance(block, Facts):
        return {"kind": "facts", "rows": [list(row) for row in block.rows]}
    if isinstance(block, Points):
        return {"kind": "points", "items": list(block.items)}
    for place, row in enumerate(block.rows):
        if len(row) != len(block.heads):
            raise RuleError("ragged_table", f"Give {len(block.heads)} cells.", f"{at}/rows/{place}")
    return {
        "kind": "table", "caption": block.caption, "heads": list(block.heads), "rows": [list(row) for row in block.rows],
        "numbers": list(block.numbers), "total": block.total,
    }  # fmt: skip
