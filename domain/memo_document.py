"""A memo as a document: plain data that is kept, hashed, shown and printed. What was sent can be shown again exactly.

The canonical form is JSON with sorted keys and no blanks; its SHA-256 proves that it is the same. The fingerprint leaves
out who made it and when, so that two memos of the same record have the same one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from domain.kpi_figures import TWO_PLACES, rounded
from domain.memo import Memo
from domain.memo_facts import MemoFacts
from domain.memo_figures import Look
from domain.memo_text import Part, Section, Table

FORM: Final = 2
"""Of the document. In form 1 `half_of_benefits` was called `half_of_pilot_rate`."""
TO: Final = ("CFO", "CIO")
_MAKING: Final = ("made_at", "made_by")


@dataclass(frozen=True, slots=True)
class Made:
    """By whom, and when (aware, in UTC)."""

    by: str
    at: datetime


def document_of(facts: MemoFacts, memo: Memo, made: Made) -> dict[str, Any]:
    """The whole memo as plain data. Money in `figures` as strings to the cent, half even."""
    return {
        "form": FORM, "title": memo.title, "to": list(TO), "on": facts.on.isoformat(), "made_at": made.at.isoformat(),
        "made_by": made.by, "initiative": {"ref": facts.ref, "name": facts.name, "unit": facts.unit},
        "stands_on": _stands_on(facts), "figures": _figures(facts, memo),
        "sections": [_section(one) for one in memo.sections],
        "recommendation": {
            "advice": memo.recommendation.advice.value, "tranche": memo.recommendation.tranche,
            "missing": list(memo.recommendation.missing),
            "numbers": [{"name": name, **_part(part)} for name, part in memo.recommendation.numbers],
        },
        "words": memo.words,
    }  # fmt: skip


def canonical(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(text: str) -> str:
    """SHA-256 of a canonical form, hex."""
    return sha256(text.encode()).hexdigest()


def fingerprint(document: Mapping[str, Any]) -> str:
    """What the record says, whoever asked and when."""
    return digest(canonical({name: said for name, said in document.items() if name not in _MAKING}))


def _stands_on(facts: MemoFacts) -> list[dict[str, Any]]:
    """The versions behind the figures. An empty seal: the version was not sealed."""
    out: list[dict[str, Any]] = []
    if facts.case is not None:
        said = f"Business case {facts.case.number}, published"
        out.append(
            {"what": said, "ref": facts.case.ref, "version": facts.case.number, "seal": facts.case.seal, "source": "case"}
        )  # fmt: skip
    out += [
        {
            "what": kpi.name,
            "ref": kpi.ref,
            "version": kpi.version,
            "seal": kpi.seal,
            "source": f"kpi:{kpi.key}",
        }
        for kpi in facts.kpis
    ]
    return out + _awaited(facts)


def _awaited(facts: MemoFacts) -> list[dict[str, Any]]:
    """The KPI the next tranche waits for, where it is not among the primary ones."""
    waiting = facts.next_tranche
    if waiting is None or waiting.awaited is None or waiting.judged_by is None:
        return []
    by = waiting.judged_by
    if by.key in {kpi.key for kpi in facts.kpis}:
        return []
    return [
        {"what": waiting.awaited.name, "ref": waiting.awaited.ref, "version": by.version, "seal": by.seal,
         "source": f"kpi:{by.key}"}
    ]  # fmt: skip


def _figures(facts: MemoFacts, memo: Memo) -> dict[str, Any] | None:
    """The figures of the return for programs; None without a published case."""
    if memo.figures is None or facts.case is None:
        return None
    found = memo.figures
    return {
        "currency": facts.case.case.currency, "years": facts.case.case.years, "rate": f"{facts.case.case.rate.normalize():f}",
        "haircut": None if found.haircut is None else f"{found.haircut.normalize():f}",
        "as_written": _look(found.written), "half_of_benefits": _look(found.half),
        "conservative": None if found.conservative is None else _look(found.conservative),
    }  # fmt: skip


def _look(look: Look) -> dict[str, Any]:
    return {
        "npv": _cents(look.npv), "npv_three_years": None if look.three_years is None else _cents(look.three_years),
        "payback_years": None if look.payback.years is None else f"{look.payback.years:.6f}",
        "payback_note": look.payback.note.value, "last_year_benefits": _cents(look.a_year),
    }  # fmt: skip


def _cents(value: Decimal) -> str:
    return f"{rounded(value, TWO_PLACES):f}"


def _section(one: Section) -> dict[str, Any]:
    return {
        "key": one.key, "title": one.title,
        "sentences": [[_part(part) for part in sentence] for sentence in one.sentences],
        "table": None if one.table is None else _table(one.table),
    }  # fmt: skip


def _table(one: Table) -> dict[str, Any]:
    return {
        "caption": one.caption, "heads": list(one.heads), "numbers": sorted(one.numbers), "total": one.total,
        "rows": [[_part(cell) for cell in row] for row in one.rows],
    }  # fmt: skip


def _part(part: Part) -> dict[str, str]:
    return {"text": part.text, "source": part.source}
