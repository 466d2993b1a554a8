"""The refused rows of an import, as a file that can be mended and fed again."""

from exchange.models import ImportRun
from exchange.services.plan import make_plan
from exchange.writing import rejects_csv


def rejects_of(run: ImportRun) -> bytes:
    """CSV of the refused rows as they came, with row, column, value and reason at the end."""
    plan = make_plan(
        data=bytes(run.file.content),
        filename=run.filename,
        mapping=run.mapping_toml,
        as_of=run.as_of,
        today=run.as_of,
    )
    return rejects_csv(plan.table, [row.result for row in plan.rows])
