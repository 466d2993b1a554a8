"""Records as rows that leave: which columns a dataset has, and how its rows are read. Filters are the lists' own."""

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Final

from django.db.models import Model, QuerySet
from django.http import QueryDict
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from core.access import Actor, scope
from core.listing import Listing
from core.roles import Action
from exchange.formulas import disarmed
from exchange.writing import csv_lines
from governance.models import AiModel
from governance.queries.inventory import MODELS
from kpis.models import Kpi, Measurement
from kpis.queries import KPIS, MEASUREMENTS
from pilots.models import Pilot
from pilots.queries.board import PILOTS
from portfolio.models import Flag, Initiative
from portfolio.queries import FLAGS, INITIATIVES

CHUNK: Final = 2_000
LONGEST_CELL: Final = 32_767
"""Characters a cell of a workbook may hold."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name and the path to it. `ref` writes an id as people say it (`AI` gives AI-0042)."""

    name: str
    path: str = ""
    ref: str = ""

    @property
    def source(self) -> str:
        return self.path or self.name

    def value(self, raw: Any) -> Any:
        return f"{self.ref}-{raw:04d}" if self.ref and raw is not None else raw


@dataclass(frozen=True, slots=True)
class Dataset:
    """A kind of record, its list, and its columns."""

    model: type[Model]
    listing: Listing
    fields: Sequence[Field]

    @property
    def header(self) -> list[str]:
        return [field.name for field in self.fields]

    def rows(self, actor: Actor, params: QueryDict) -> Generator[list[Any], None, None]:
        """What the actor may see, filtered and ordered as the list does it. Streams; a wrong parameter is a Problem 400."""
        found = self.model._default_manager.filter(scope(actor, Action.VIEW, self.model))
        ordered: QuerySet[Any] = self.listing.order(self.listing.apply(found, params), params)
        paths = [field.source for field in self.fields]
        return (
            [field.value(raw) for field, raw in zip(self.fields, row, strict=True)]
            for row in ordered.values_list(*paths).iterator(CHUNK)
        )


def _fields(*names: str) -> list[Field]:
    """`name`, or `name=path`, or `name=path:REF`."""
    out = []
    for said in names:
        name, _, path = said.partition("=")
        path, _, ref = path.partition(":")
        out.append(Field(name, path, ref))
    return out


DATASETS: Final[Mapping[str, Dataset]] = {
    "initiatives": Dataset(Initiative, INITIATIVES, _fields(
        "ref=pk:AI", "name", "unit=unit__name", "unit_code=unit__code", "stage", "entered_on", "entered_precision",
        "kpi_status", "kpi_since", "pilot_level", "pilot_remedy", "decision_on", "risk_tier", "impact",
        "sponsor=sponsor__name", "sponsor_vacant_since", "lead=lead__name", "problem", "outcome", "value_hypothesis",
        "planned_value", "approved", "released", "spent", "claimed", "validated", "facts", "attributes", "source",
        "external_id", "created_at", "updated_at", "version",
    )),
    "kpis": Dataset(Kpi, KPIS, _fields(
        "ref=pk:K", "initiative=initiative_id:AI", "initiative_name=initiative__name", "name", "kind", "primary", "weight",
        "remediation=remediation_id", "unit_of_measure", "owner=owner__name", "state", "status", "reason", "declared_status", "declared_until", "status_since", "progress", "expected",
        "shortfall", "forecast", "last_value", "last_observed_on", "valid_until", "shape=current__shape",
        "direction=current__direction", "baseline=current__baseline", "baseline_on=current__baseline_on",
        "target=current__target", "target_on=current__target_on", "lower=current__lower", "upper=current__upper",
        "cadence_days=current__cadence_days", "source", "external_id",
    )),
    "measurements": Dataset(Measurement, MEASUREMENTS, _fields(
        "id=pk", "kpi=kpi_id:K", "kpi_name=kpi__name", "initiative=kpi__initiative_id:AI", "observed_on", "value",
        "recorded_at", "recorded_by=recorded_by__name", "source", "source_key", "supersedes=supersedes_id", "void", "note",
        "evidence",
    )),
    "pilots": Dataset(Pilot, PILOTS, _fields(
        "id=pk", "initiative=initiative_id:AI", "initiative_name=initiative__name", "unit=initiative__unit__name",
        "entered_on=spell__entered_on", "level", "level_since", "remedy", "rules", "unknown", "planned_days",
        "planned_end_on", "decision_on", "no_decision_date", "ended_on", "judged_on", "valid_until",
    )),
    "models": Dataset(AiModel, MODELS, _fields(
        "ref=pk:M", "name", "unit=unit__name", "owner=owner__name", "developer", "vendor", "technique", "risk_tier", "stage",
        "in_production_since", "retired_on", "status", "orphan", "stale_since", "causes", "next_review_on",
        "last_review_on", "last_validated_on", "last_monitored_on", "fallback_tested_on", "purpose", "affected", "contact", "champion", "source",
        "external_id",
    )),
    "flags": Dataset(Flag, FLAGS, _fields(
        "id=pk", "rule", "severity", "cause", "sentence", "clears_when", "subject_type", "subject_id", "subject_label",
        "initiative=initiative_id:AI", "unit=unit__name", "owner=owner__name", "since", "due_on", "escalated_on",
        "raised_at", "cleared_at", "cleared_because",
    )),
}  # fmt: skip


def as_csv(dataset: Dataset, rows: Iterator[list[Any]]) -> Iterator[str]:
    """CSV piece by piece, formulas disarmed."""
    return csv_lines(dataset.header, rows)


def as_json(dataset: Dataset, rows: Iterator[list[Any]]) -> Iterator[str]:
    """A JSON array piece by piece, one object a row: decimals as texts, moments with Z, unknown as null."""
    header = dataset.header
    yield "["
    for number, row in enumerate(rows):
        item = {name: plain(value) for name, value in zip(header, row, strict=True)}
        yield f"{',' if number else ''}\n{json.dumps(item, ensure_ascii=False)}"
    yield "\n]\n"


def as_xlsx(dataset: Dataset, rows: Iterator[list[Any]], out: IO[bytes], title: str) -> None:
    """A workbook written row by row: texts as texts, never as formulas; numbers and days as such."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    sheet.append(dataset.header)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    book.save(out)


def plain(value: Any) -> Any:
    """A value in JSON types."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def _cell(sheet: Any, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | Decimal):
        return value
    if isinstance(value, datetime):
        value = plain(value)
    elif isinstance(value, date):
        return value
    elif isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    text = disarmed("".join(sign for sign in str(value) if sign >= " " or sign in "\t\n\r"))
    cell = WriteOnlyCell(sheet, text[:LONGEST_CELL])
    cell.data_type = "s"
    return cell
