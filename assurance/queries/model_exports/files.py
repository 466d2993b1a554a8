"""The files a model's record is exported as: by name, each made from the one record."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from assurance.queries.model_exports.atrs import atrs_markdown, atrs_record
from assurance.queries.model_exports.card import model_card
from assurance.queries.model_exports.omb import omb_row, source_row
from assurance.queries.model_exports.record import model_record
from core.access import Actor
from core.export import csv_lines
from governance.models import AiModel

MARKDOWN, JSON, CSV = "text/markdown; charset=utf-8", "application/json", "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Format:
    """One form: what it is called, its file's ending, its content type, and what it is for."""

    label: str
    ending: str
    content_type: str
    words: str

    def filename(self, row: AiModel) -> str:
        return f"{row.ref}-{self.ending}"


FORMATS: Final[Mapping[str, Format]] = {
    "record": Format("Whole record", "record.json", JSON, "Everything on record, as one document."),
    "model-card": Format("Model card", "model-card.md", MARKDOWN, "Markdown below a YAML head, as model hubs read it."),
    "omb-2025": Format("OMB inventory row, 2025", "omb-2025.csv", CSV, "The columns of the consolidated inventory under M-25-21."),
    "omb-2025-json": Format("OMB inventory row, 2025, JSON", "omb-2025.json", JSON, "The same by column name."),
    "source-row": Format("Row as its source published it", "source-row.csv", CSV, "Header and cells as the last import brought them."),
    "source-row-json": Format("Row of its source, JSON", "source-row.json", JSON, "The same, cell by cell, nothing disarmed."),
    "atrs": Format("UK ATRS record, JSON", "atrs.json", JSON, "Both tiers of the transparency record."),
    "atrs-text": Format("UK ATRS record", "atrs.md", MARKDOWN, "The same, to be read and published."),
}  # fmt: skip


def made(name: str, row: AiModel, actor: Actor, day: date) -> str | None:
    """The text of a form; None where this model has none (it came from no import that kept its row)."""
    return _MAKERS[name](row, actor, day)


def _json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _csv(header: Sequence[str], cells: Sequence[str]) -> str:
    return "".join(csv_lines(header, [cells]))


def _omb(row: AiModel, actor: Actor, day: date) -> str:
    found = omb_row(model_record(row, actor, day))
    return _csv(list(found), list(found.values()))


def _source(row: AiModel, _actor: Actor, _day: date) -> str | None:
    found = source_row(row)
    return None if found is None else _csv(found[1], found[2])


def _source_json(row: AiModel, _actor: Actor, _day: date) -> str | None:
    found = source_row(row)
    return None if found is None else _json({"inventory": found[0], "headers": found[1], "cells": found[2]})


_MAKERS: Final[Mapping[str, Callable[[AiModel, Actor, date], str | None]]] = {
    "record": lambda *given: _json(model_record(*given)),
    "model-card": lambda *given: model_card(model_record(*given)),
    "omb-2025": _omb,
    "omb-2025-json": lambda *given: _json(omb_row(model_record(*given))),
    "source-row": _source,
    "source-row-json": _source_json,
    "atrs": lambda *given: _json(atrs_record(model_record(*given))),
    "atrs-text": lambda *given: atrs_markdown(model_record(*given)),
}
