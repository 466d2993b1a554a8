"""Goalposts that were moved, as flags: raised when a promise is changed or sealed late, and never cleared."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from core import clock
from core.access import Actor
from core.among import among
from domain.amendments import Code, review
from domain.amendments import Finding as Found
from kpis.models import Kpi
from kpis.queries.discipline import LIVE, records_of, rule_of
from kpis.services.findings import subjects_of
from portfolio.models import Initiative
from portfolio.services.flags import Finding, sync_many
from portfolio.services.locks import lock_initiatives

CAUSES: Final = {
    Code.CHANGED_WITHOUT_APPROVAL: "KPI changed without approval",
    Code.CHANGED_AFTER_FIRST_MEASUREMENT: "KPI changed after its first measurement",
    Code.CHANGED_AFTER_FIRST_OBSERVATION: "KPI changed after its first observation",
    Code.CHANGED_BEFORE_GATE: "KPI changed in the week before a gate",
    Code.DIRECTION_FLIPPED: "KPI direction turned round",
    Code.POPULATION_NARROWED: "KPI population narrowed",
    Code.POPULATION_CHANGED: "KPI population changed",
    Code.KPI_SWAPPED: "KPI swapped for one that passed",
    Code.BASELINE_AFTER_GO_LIVE: "Baseline taken after go-live",
    Code.BASELINE_RECORDED_AFTER_GO_LIVE: "Baseline recorded after go-live",
    Code.BASELINE_CHANGED: "Baseline changed",
    Code.DECISION_RULE_RELAXED: "Decision rule relaxed",
    Code.WINDOW_CHOSEN_LATE: "Window chosen late",
    Code.TARGET_DATE_MOVED: "Target date moved",
    Code.TARGET_LOWERED: "Target made easier",
    Code.SEALED_AFTER_FIRST_MEASUREMENT: "KPI sealed after its first measurement",
    Code.SEALED_AFTER_DEVELOPMENT: "KPI sealed after development began",
}
"""The findings that are flagged. An approved amendment by itself is no reproach."""
_CHANGED: Final = Q(current__number__gt=1) | Q(state=Kpi.State.RETIRED, primary=True)
"""What a reading can put in another light: a definition that was changed, a KPI that was given up."""


def find_goalposts(initiatives: Mapping[int, Initiative], *, by: Actor, at: datetime) -> None:
    """Raise the flags that changed promises in these initiatives call for; one raised before stays, whatever is true now.

    The caller holds the initiatives, by id.
    """
    kpis = list(_asked(initiatives).select_related("current").order_by("pk"))
    if not kpis:
        return
    subjects, as_of = subjects_of(kpis, initiatives), clock.day_of(at)
    for kpi_id, record in records_of(kpis).items():
        found = _flags(review(record, as_of=as_of).findings)
        if found:
            # Limited to what is found now, so that nothing found before is cleared.
            rules = frozenset(one.rule for one in found)
            sync_many(found=[(subjects[kpi_id], found)], by=by, at=at, rules=rules)


def find_in_initiatives(*, initiative_ids: Collection[int], by: Actor, at: datetime) -> None:
    """The same after their stages or dates changed: a go-live or a gate puts a change in another light."""
    asked = set(_asked(initiative_ids).order_by().values_list("initiative_id", flat=True))
    if asked:
        with transaction.atomic():
            find_goalposts(lock_initiatives(asked), by=by, at=at)


def find_around(*, kpi_ids: Collection[int], by: Actor, at: datetime) -> None:
    """The same after readings of these KPIs came that may be true of a day before a change, or one reached its target."""
    around = Kpi.objects.filter(pk__in=among(kpi_ids)).order_by().values("initiative")
    changed = Kpi.objects.filter(_CHANGED, initiative__in=around).order_by()
    ids = set(changed.values_list("initiative_id", flat=True))
    if ids:
        find_in_initiatives(initiative_ids=ids, by=by, at=at)


def _asked(initiative_ids: Collection[int]) -> QuerySet[Kpi]:
    """The KPIs of these initiatives of which anything could be found."""
    rows = Kpi.objects.filter(initiative__in=initiative_ids, current__isnull=False)
    live = [stage.value for stage in LIVE]
    return rows.filter(_CHANGED | Q(promised__isnull=False) | Q(initiative__stage__in=live))


def _flags(findings: Sequence[Found]) -> list[Finding]:
    """One flag a code: the gravest, latest finding speaks, and says how many there are."""
    by_code: dict[Code, list[Found]] = defaultdict(list)
    for one in findings:
        if one.code in CAUSES:
            by_code[one.code].append(one)
    out = []
    for code, own in by_code.items():
        worst = max(own, key=lambda one: (one.severity, one.on))
        more = f" {len(own)} such changes are on record." if len(own) > 1 else ""
        out.append(
            Finding(
                rule=rule_of(code), severity=worst.severity, cause=CAUSES[code], sentence=f"{worst.sentence}{more}",
                since=min(one.on for one in own), clears_when=worst.clears_when, group="cause",
                numbers={change.label: f"{change.old} -> {change.new}" for change in worst.changes},
            )
        )  # fmt: skip
    return out
