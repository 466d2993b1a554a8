"""What KPIs put on the portfolio's pages: two columns of the register, a section of the overview, readings that are due."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.urls import reverse

from core.access import Actor
from core.tables import Column
from domain.rollup import LEFT_OUT
from kpis.charts import paths_of, small_paths
from kpis.models import Kpi
from kpis.queries import recordable
from kpis.queries.warnings import RULES
from kpis.views.due import due_on
from kpis.views.words import rollup_words
from portfolio.models import Flag, Initiative
from portfolio.queries.history import tells
from portfolio.views.slots import COLUMNS, Due, Panel, on_overview, when_due

SHOWN = 5
SOON = timedelta(days=14)
CELLS = "kpis/cells"


def load_paths(rows: Sequence[Initiative], today: date) -> None:
    """Put each initiative's primary KPI and its path on it, once for both columns. Two statements."""
    if all(hasattr(row, "drawn") for row in rows):
        return
    found = paths_of([row.pk for row in rows], today)
    for row in rows:
        row.drawn = found.get(row.pk)  # type: ignore[attr-defined]


def _primary(row: Initiative) -> Kpi | None:
    drawn = getattr(row, "drawn", None)
    return drawn.kpi if drawn else None


def _name(row: Initiative) -> str:
    kpi = _primary(row)
    return kpi.name if kpi else "no primary KPI"


def _read_on(row: Initiative) -> date | None:
    kpi = _primary(row)
    return kpi.last_observed_on if kpi else None


tells("kpi.restated", "restated {name} from {on} on: {was_status} is {status} now")
tells("kpi.declared", "declared {name} {declared} where {computed} is computed")
tells("kpi.declaration_ended", "ended the declaration of {name}")
tells("kpi.reference_stated", "stated a new reference of the level of {name}, watched from {ends_on}")
tells("kpi.relevance_reviewed", "reviewed the relevance of {name} on {reviewed_on}: {verdict}")
tells("world.changed", "recorded a change of {kind} on {on}: {what}")

# Put in one after the other at one place, so the last stands first.
COLUMNS += [
    (3, Column("read", "Last read", f"{CELLS}/primary_read.html", _read_on, css="num", load=load_paths)),
    (3, Column("glide", "Glide path", f"{CELLS}/primary.html", _name, css="mid hide-s", load=load_paths)),
]


@on_overview
def measured(initiative: Initiative, actor: Actor, today: date) -> Panel:  # noqa: ARG001  whoever sees it sees its KPIs
    """The KPIs that weigh most, and what they say together."""
    kpis = list(
        Kpi.objects.filter(initiative=initiative)
        .exclude(kind=Kpi.Kind.MODEL_METRIC)
        .select_related("current", "owner")
        .order_by("-primary", "-weight", "pk")
    )
    shown = kpis[:SHOWN]
    paths = small_paths(shown, today)
    context = {
        "initiative": initiative, "rows": [(kpi, paths[kpi.pk]) for kpi in shown], "more": len(kpis) - len(shown),
        "because": rollup_words(initiative.kpi_reason),
    }  # fmt: skip
    return Panel("kpis/_overview.html", context)


@when_due
def warnings(actor: Actor, initiatives: Sequence[Initiative], today: date) -> list[Due]:  # noqa: ARG001  late or not
    """Early warnings the person answers for, by their last day to act. One statement."""
    if actor.user is None:
        return []
    rows = Flag.objects.filter(
        owner=actor.user.pk, initiative__in=initiatives, rule__in=RULES, cleared_at=None, due_on__isnull=False
    ).select_related("initiative")
    return [
        Due(
            flag.due_on,
            f"Act on: {flag.cause}",
            f"{row.ref} · {row.name}",
            f"{reverse('initiative-kpis', args=[row.ref])}#warnings",
        )
        for flag in rows
        if (row := flag.initiative) is not None
    ]


@when_due
def readings(actor: Actor, initiatives: Sequence[Initiative], today: date) -> list[Due]:
    """Readings that are late or due within two weeks, of KPIs the person may measure. One statement."""
    rows = (
        Kpi.objects.filter(recordable(actor), initiative__in=initiatives, state=Kpi.State.ACTIVE)
        .exclude(status__in=LEFT_OUT)
        .select_related("current", "initiative")
    )
    out = []
    for kpi in rows:
        on = due_on(kpi)
        if on is not None and on <= today + SOON:
            every = kpi.current.cadence_days if kpi.current else 0
            meta = f"{kpi.ref} · {kpi.initiative.name} · every {every} days"
            out.append(Due(on, f"Read {kpi.name}", meta, reverse("measurement-create", args=[kpi.ref])))
    return out
