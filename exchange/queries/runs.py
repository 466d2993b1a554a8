"""Imports and their rows, for pages and the API alike."""

from django.db.models import QuerySet

from core.access import Actor, scope
from core.listing import Filter, Listing
from core.models import Outbox
from core.roles import Action
from exchange.models import ImportedRecord, ImportRow, ImportRun
from portfolio.models import Initiative

State = ImportRun.State

RUNS = Listing(
    filters={
        "id": Filter("pk", "id"),
        "state": Filter("state", "choice", choices=tuple(State.values)),
        "series": Filter("series", "text", ops=("", "in")),
        "mapping": Filter("mapping_name", "text", ops=("", "in")),
        "as_of": Filter("as_of", "date", ops=("", "gte", "lte", "isnull")),
        "created_by": Filter("created_by", "id", ops=("", "in", "isnull")),
        "created_on": Filter("created_at__date", "date", ops=("", "gte", "lte")),
    },
    orders={
        "created_at": "created_at",
        "committed_at": "committed_at",
        "as_of": "as_of",
        "filename": "filename",
        "series": "series",
        "state": "state",
    },
    default="-id",
    search=("filename", "series", "mapping_name"),
    nullable=frozenset({"as_of", "committed_at"}),
)

ROWS = Listing(
    filters={
        "number": Filter("number", "int", ops=("", "in", "gte", "lte")),
        "outcome": Filter("outcome", "choice", choices=tuple(ImportRow.Outcome.values)),
        "warned": Filter("warned", "bool", ops=("",)),
        "initiative": Filter("initiative", "ref", prefix="AI", ops=("", "in", "isnull")),
    },
    orders={"number": "number"},
    default="number",
    search=("label",),
)


def runs(actor: Actor) -> QuerySet[ImportRun]:
    """The imports the actor may work with, without the bytes of their files."""
    found = ImportRun.objects.filter(scope(actor, Action.IMPORT, ImportRun))
    return found.select_related("file", "job", "created_by", "committed_by").defer(
        "file__content", "detected", "draft"
    )


def rows(run: ImportRun) -> QuerySet[ImportRow]:
    """The rows of a run, without what they wait to write."""
    return ImportRow.objects.filter(run=run).select_related("initiative").defer("staged")


def not_in_file(run: ImportRun) -> QuerySet[Initiative]:
    """What the series brought before and this file does not name. It is kept as it is."""
    named = ImportRow.objects.filter(run=run, record__isnull=False).order_by().values("record")
    known = ImportedRecord.objects.filter(series=run.series)
    if run.committed_at is not None:  # what later files of the series brought was not missing from this one
        known = known.filter(initiative__created_at__lte=run.committed_at)
    left = known.exclude(pk__in=named).order_by().values("initiative")
    return Initiative.objects.filter(pk__in=left).select_related("unit").order_by("pk")


def is_stuck(run: ImportRun) -> bool:
    """Whether the worker gave up on a run without being able to say so."""
    if run.state not in {State.STAGING, State.COMMITTING}:
        return False
    owed = Outbox.objects.filter(key=f"import-{run.pk}", kind__startswith="import.").order_by("-pk")
    last = owed.values_list("dead_at", flat=True).first()
    return last is not None
