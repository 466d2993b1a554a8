"""Decision dates of a file, brought to the pilots; a row whose date may not be taken says so, and the import goes on."""

from collections.abc import Mapping
from datetime import date, datetime

from core.access import Actor
from core.bulk import update_rows
from core.wording import day
from exchange.mapping import CellWarning
from exchange.models import ImportRow, ImportRun
from exchange.services.plan import told
from pilots.services.dated import Kept, set_decision_dates


def bring_decision_dates(
    *, run: ImportRun, dates: Mapping[int, date], because: str, by: Actor, at: datetime
) -> None:
    """Give the pilots of these initiatives, by id, what the file says. In a number of statements that does not grow."""
    kept = set_decision_dates(dates=dates, because=because, by=by, at=at).kept
    if not kept:
        return
    rows = ImportRow.objects.filter(run=run, initiative__in=list(kept)).order_by("number")
    changed = []
    for row in rows.only("number", "warnings", "initiative_id"):
        if row.initiative_id is not None:
            note = _note(row.number, dates[row.initiative_id], kept[row.initiative_id])
            changed.append((row.pk, [*row.warnings, *told([note])], True))
    update_rows(ImportRow, ("warnings", "warned"), changed)
    run.counts = {**run.counts, "cell_warnings": run.counts["cell_warnings"] + len(changed)}
    run.save(update_fields=["counts"])


def _note(number: int, said: date, kept: Kept) -> CellWarning:
    words = f"A later decision date than the pilot's. It keeps {day(kept.on)}. {kept.why}"
    return CellWarning(number, "", said.isoformat(), "decision_date_kept", words)
