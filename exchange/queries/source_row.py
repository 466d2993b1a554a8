"""The row of a model as its source published it: header and cells, as the last file of its series had them."""

from assurance.queries.model_exports.omb import gives_source_rows
from exchange.models import ImportedRecord
from governance.models import AiModel


@gives_source_rows
def source_row(model: AiModel) -> tuple[str, list[str], list[str]] | None:
    """The title of the inventory, its header and the model's cells; None for a model no import brought whole.

    Header texts may repeat, so cells are told apart by their place. One statement.
    """
    if not model.external_id:
        return None
    found = ImportedRecord.objects.filter(
        series=model.source, initiative__source=model.source, initiative__external_id=model.external_id
    ).select_related("last_run")
    row = found.order_by("pk").first()
    if row is None or row.last_run is None or "row" not in row.values:
        return None
    headers = list(row.last_run.summary.get("headers") or ())
    cells = list(row.values["row"])
    if len(headers) != len(cells):
        return None
    return str(row.last_run.summary.get("title") or row.last_run.mapping_name), headers, cells
