"""The flags of KPIs: what a status means for whoever answers for it, with its numbers and what would clear it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from core.access import Actor
from core.among import among
from core.models import BusinessUnit, User
from core.prepared import read
from domain.kpi import Shape, Status
from domain.kpi_codes import Reason
from domain.kpi_figures import EXACT
from domain.kpi_words import amount, band_words, day, points
from kpis.models import Kpi
from kpis.queries.stand import why
from kpis.translate import definition_of
from portfolio.models import Initiative
from portfolio.services.flags import Finding, Subject, sync_many

# status -> (cause, severity, severity of a primary or guard KPI)
_FLAGGED: Final = {
    Status.OFF_TRACK: ("KPI off track", 2, 3),
    Status.MISSED: ("KPI missed", 2, 3),
    Status.UNVERIFIED: ("KPI unverified", 1, 2),
    Status.STALE: ("KPI stale", 1, 2),
    Status.NO_DATA: ("KPI never measured", 1, 2),
    Status.NO_BASELINE: ("KPI without baseline", 1, 2),
    Status.INVALID: ("KPI definition invalid", 1, 2),
    Status.AT_RISK: ("KPI at risk", 1, 1),
}
_UNIT: Final = Initiative._meta.get_field("unit")
RULES: Final = frozenset(f"kpi_{status.value}" for status in _FLAGGED)
"""The codes of the flags this room raises and clears."""


def flag_kpis(
    kpi_ids: Collection[int], *, initiatives: Mapping[int, Initiative], by: Actor, at: datetime
) -> None:
    """Make the open flags of these KPIs those that their stored answers call for."""
    if not kpi_ids:
        return
    kpis = read(Kpi.objects.filter(pk__in=among(kpi_ids)).select_related("current").order_by("pk"))
    subjects = subjects_of(kpis, initiatives)
    found = [(subjects[kpi.pk], [finding for finding in [_finding(kpi)] if finding]) for kpi in kpis]
    sync_many(found=found, by=by, at=at, rules=RULES, because="The KPI is judged otherwise now.")


def is_flagged(status: str, reason: str) -> bool:
    """Whether a flag speaks of this status."""
    return status in _FLAGGED and reason != Reason.AWAITING_FIRST_MEASUREMENT


def subjects_of(kpis: Sequence[Kpi], initiatives: Mapping[int, Initiative]) -> dict[int, Subject]:
    """Who a flag is about and who answers for it: the KPI's owner, else the initiative's lead."""
    answering = {kpi.pk: kpi.owner_id or initiatives[kpi.initiative_id].lead_id for kpi in kpis}
    people = User.objects.in_bulk({pk for pk in answering.values() if pk is not None})
    units = _units(initiatives[kpi.initiative_id] for kpi in kpis)
    out = {}
    for kpi in kpis:
        initiative = initiatives[kpi.initiative_id]
        out[kpi.pk] = Subject(
            type="kpi",
            id=kpi.pk,
            label=f"{kpi.ref} {kpi.name}",
            initiative=initiative,
            unit=units[initiative.unit_id],
            owner=people.get(answering[kpi.pk] or 0),
        )
    return out


def _units(initiatives: Iterable[Initiative]) -> dict[int, BusinessUnit]:
    """The units of the initiatives, read where they do not stand beside them already."""
    rows = list(initiatives)
    at_hand = {row.unit_id: row.unit for row in rows if _UNIT.is_cached(row)}
    return at_hand | BusinessUnit.objects.in_bulk({row.unit_id for row in rows} - at_hand.keys())


def _finding(kpi: Kpi) -> Finding | None:
    """The flag a KPI's stored answer calls for, if any."""
    words = why(kpi) if is_flagged(kpi.status, kpi.reason) else None
    if words is None or kpi.status_since is None:
        return None
    status = Status(kpi.status)
    cause, usual, grave = _FLAGGED[status]
    weighs = kpi.primary or kpi.kind == Kpi.Kind.GUARD
    return Finding(
        rule=f"kpi_{status.value}",
        severity=grave if weighs else usual,
        cause=cause,
        sentence=f"{kpi.name}: {_continued(words.sentence)}",
        since=kpi.status_since,
        clears_when=words.clears,
        group="time" if status in {Status.STALE, Status.NO_DATA, Status.UNVERIFIED} else "cause",
        numbers=_numbers(kpi),
    )


def _numbers(kpi: Kpi) -> dict[str, str]:
    version = kpi.current
    out: dict[str, str] = {}
    if kpi.last_value is not None:
        out["value"] = amount(kpi.last_value, kpi.unit_of_measure)
        out["measured_on"] = day(kpi.last_observed_on)
    if kpi.status == Status.MISSED and kpi.shortfall is not None and kpi.progress is not None:
        out["points_short"] = points(EXACT.subtract(Decimal(1), kpi.progress))
    elif kpi.shortfall is not None:
        out["points_behind"] = points(kpi.shortfall)
    if version is not None and version.shape == Shape.BAND:
        out["band"] = band_words(definition_of(version), kpi.unit_of_measure)
    elif version is not None and version.target is not None:
        out["target"] = f"{amount(version.target, kpi.unit_of_measure)} by {day(version.target_on)}"
    return out


def _continued(sentence: str) -> str:
    """A sentence after a colon: a word begins small, a number or a name of letters stays."""
    return sentence[0].lower() + sentence[1:] if sentence[1:2].islower() else sentence
