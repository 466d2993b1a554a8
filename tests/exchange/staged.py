"""Imports for tests: the sample portfolio with cells changed, staged and committed by the cast."""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from core.models import AuditEvent
from exchange.models import ImportRow, ImportRun
from exchange.services.imports import commit_import, stage_import
from exchange.services.mappings import mapping_text
from portfolio.models import Initiative
from tests.cast import AT, Cast
from tests.exchange.files import sample

OWN = mapping_text("throughline-portfolio") or ""
Rows = list[list[str]]
FEW = """
name = "few"
series = "few"
absent = ["n/a", "tbd"]
[[keys]]
namespace = "unit-id"
fields = ["unit", "external_id"]
[[keys]]
namespace = "unit-name"
fields = ["unit", "name"]
duplicates = "number"
[dates]
layouts = ["YYYY-M-D"]
[lists]
separators = [";"]
[fields.name]
column = "Name"
[fields.unit]
column = "Unit"
[fields.external_id]
column = "Id"
optional = true
[fields.stage]
column = "Stage"
optional = true
[fields.entered_on]
column = "Since"
optional = true
[fields.problem]
column = "Problem"
optional = true
[fields.sponsor_email]
column = "Sponsor"
optional = true
[fields.lead_email]
column = "Lead"
optional = true
[fields.objectives]
column = "Objectives"
optional = true
[fields.planned_value]
column = "Value"
optional = true
[fields.risk_tier]
column = "Tier"
optional = true
[fields.decision_on]
column = "Decision"
optional = true
[fields.spent]
column = "Spent"
optional = true
[facts.pii]
column = "PII"
optional = true
"""
"""A short mapping of everything an import may write, for files of a few rows."""


def few(header: str, *rows: str) -> bytes:
    """A CSV of a few rows: `few("Name,Unit", "Triage,Claims")`."""
    return "\n".join([header, *rows, ""]).encode()


def changed(change: Callable[[Rows], Any], data: bytes | None = None) -> bytes:
    """The sample with its rows (header first) changed in place."""
    text = (data or sample()).decode("cp1252")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    change(rows)
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode("cp1252")


def cell(rows: Rows, name: str, column: str, value: str) -> None:
    """Change one cell of the first row with that name."""
    at = rows[0].index(column)
    next(row for row in rows if row[0] == name)[at] = value


def good(rows: Rows) -> None:
    """Mend the two rows of the sample that are refused."""
    cell(rows, "Phishing triage for subsidiaries", "External id", "I-6")
    next(row for row in rows[1:] if row[0] == "")[0] = "Shift swaps"


def stage(cast: Cast, data: bytes, mapping: str = OWN, *, who: str = "max", **more: Any) -> ImportRun:
    """Staged by the portfolio manager unless told otherwise."""
    given: dict[str, Any] = {"at": AT, "filename": "sample.csv", **more}
    return stage_import(data=data, mapping=mapping, by=cast.actor(who), **given)


def load(
    cast: Cast, data: bytes, mapping: str = OWN, *, at: datetime = AT, as_of: date | None = None, **more: Any
) -> ImportRun:
    """Staged and committed."""
    run = stage(cast, data, mapping, at=at, as_of=as_of)
    return commit_import(run_id=run.pk, by=cast.actor("max"), at=at, **more)


def ends(run: ImportRun) -> dict[str, int]:
    """How many rows end how, without the ends nobody came to."""
    counts = {name: run.counts[name] for name in ("created", "updated", "unchanged", "refused")}
    return {name: count for name, count in counts.items() if count}


def one(name: str) -> Initiative:
    """The initiative of that name."""
    return Initiative.objects.get(name=name)


def row(run: ImportRun, label: str) -> ImportRow:
    """The row of a run by what it is called."""
    return ImportRow.objects.get(run=run, label=label)


def told(row: ImportRow) -> Mapping[str, tuple[Any, Any]]:
    """What a row changes: name -> (was, now)."""
    return {change["name"]: (change["was"], change["now"]) for change in row.changes}


def verbs() -> list[str]:
    """The audit log's actions in order."""
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
