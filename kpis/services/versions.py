"""Versions of a definition: when one may still be edited, what a new one begins as, and putting it in force.

Every caller holds the initiative's lock.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from core import audit, clock
from core.access import Actor, require, token_lets
from core.errors import Problem, conflict, not_found, stale
from core.models import AuditEvent
from core.roles import Action
from domain.amendment_findings import moves_verdict, size_change
from domain.amendment_rules import only_resolved
from domain.seal import Change, changes
from kpis.models import Kpi, KpiVersion, Measurement
from kpis.queries.discipline import milestones_of
from kpis.services import watch
from kpis.services.facts import REPEATED, SAID, require_consistent, require_new
from kpis.services.judge import judge
from kpis.services.locks import lock_kpi
from kpis.services.success import FIELDS
from kpis.translate import contract_of
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiative

DEFINED: Final = (*SAID, *FIELDS)
"""Everything of a version that a person says."""
MEASURE: Final = ("formula", "population", "window", "unit_of_measure", "data_source")
"""What makes a measure: a change of one of these answers another question, and begins a new series."""
LOCK: Final = ("baseline_locked_at", "baseline_locked_by")


@dataclass(frozen=True, slots=True)
class Held:
    """A KPI whose initiative is locked, and its version in force."""

    kpi: Kpi
    version: KpiVersion
    initiative: Initiative


def hold(pk: int, by: Actor, action: Action = Action.DEFINE_KPI, expected_version: int | None = None) -> Held:
    """The KPI under its initiative's lock. Raises Problem 404, 403 without the right, 412 for an old version."""
    row, initiative = locked(pk)
    require(by, action, row)
    if expected_version is not None and row.version != expected_version:
        raise stale()
    if row.current is None:
        raise not_found()
    return Held(row, row.current, initiative)


def locked(pk: int) -> tuple[Kpi, Initiative]:
    """The KPI and its initiative, both held until the transaction ends. Problem 404 when there is none."""
    initiative_id = Kpi.objects.filter(pk=pk).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    initiative = lock_initiative(initiative_id)
    lock_kpi(pk)
    row = Kpi.objects.select_related("current").get(pk=pk)
    row.initiative = initiative
    return row, initiative


def require_alive(kpi: Kpi) -> None:
    """Refuse, 409, to change what a retired KPI promised."""
    if kpi.state == Kpi.State.RETIRED:
        raise conflict("kpi_retired", f"{kpi.ref} is retired, and stays so. Define a new KPI.")


def settled(version: KpiVersion) -> str:
    """Why the version is no draft any more, as a sentence; empty while it may be edited in place."""
    if version.seal:
        return "Its definition is sealed."
    if Measurement.objects.filter(kpi=version.kpi_id).exists():
        return "It has readings, which were taken under its definition."
    return ""


def development_began(initiative_id: int, today: date) -> date | None:
    """The day development began, where that was before today: a definition is no free draft from the next day on."""
    began = milestones_of([initiative_id])[initiative_id].development_on
    return began if began is not None and began < today else None


def waiting_change(kpi: Kpi) -> KpiVersion | None:
    """The proposed version that nobody has answered yet, or that waits for its day."""
    return KpiVersion.objects.filter(kpi=kpi, in_force_at=None, declined_at=None).first()


def require_none_waiting(kpi: Kpi) -> None:
    """Refuse, 409, while a change is proposed: it was made to the definition as it is."""
    if waiting_change(kpi) is not None:
        raise conflict(
            "change_waits",
            "A change of this KPI is proposed already. It is approved, declined or taken back first.",
        )


def successor(version: KpiVersion, *, by: Actor, at: datetime) -> KpiVersion:
    """A new version, unsaved, that says what this one says. It is not in force."""
    last = KpiVersion.objects.filter(kpi=version.kpi_id).order_by("-number").values_list("number", flat=True)
    said: dict[str, Any] = {name: getattr(version, name) for name in (*DEFINED, *LOCK)}
    return KpiVersion(
        kpi_id=version.kpi_id, number=last[0] + 1, effective_on=clock.day_of(at), recorded_at=at, recorded_by=by.user,
        series=version.series, moved=version.moved, **said,
    )  # fmt: skip


def put_in_force(
    held: Held, version: KpiVersion, *, effective_on: date, by: Actor, at: datetime, action: str, reason: str = ""
) -> Kpi:  # fmt: skip
    """Make a saved version the one in force, counting from `effective_on`: the KPI repeats it and is judged anew.

    Raises Problem 400 where it contradicts the other KPIs as they are by now.
    """
    kpi, old = held.kpi, held.version
    require_consistent(version, kpi)
    require_new(version, kpi)
    version.in_force_at, version.effective_on = at, effective_on
    version.series = old.series + measures_otherwise(old, version)
    version.moved = old.moved or (moves_verdict(differences(old, version)) and _binds(held, at))
    version.save(update_fields=["in_force_at", "effective_on", "series", "moved"])
    repeat(version, kpi)
    kpi.current = version
    kpi.updated_at = at
    kpi.version += 1
    kpi.save(update_fields=[*REPEATED, "current", "updated_at", "version"])
    was, now = audit.difference(audit.snapshot(old, DEFINED), audit.snapshot(version, DEFINED))
    audit.record(
        by=by, at=at, action=action, obj=kpi, initiative_id=held.initiative.pk, unit_path=held.initiative.unit.path,
        reason=reason, before={"definition": old.number, **was}, after={"definition": version.number, **now},
    )  # fmt: skip
    return judged(kpi, held.initiative, by, at, rolled=True, anew=True)


def _binds(held: Held, at: datetime) -> bool:
    """Whether people count on what the version in force says: to change it moves the goalposts."""
    began = development_began(held.initiative.pk, clock.day_of(at))
    return bool(settled(held.version)) or began is not None


def differences(old: KpiVersion, new: KpiVersion) -> tuple[Change, ...]:
    """What two versions promise otherwise: in the sealed fields, and in how many the population holds.

    A relative target that became its number is no difference.
    """
    before, after = contract_of(old), contract_of(new)
    found = changes(before, after) + size_change(old.population_size, new.population_size)
    return tuple(one for one in found if one.field != "target") if only_resolved(before, after) else found


def measures_otherwise(old: KpiVersion, new: KpiVersion) -> bool:
    """Whether the new version measures something else, or in another way."""
    return any(getattr(old, name) != getattr(new, name) for name in MEASURE)


def repeat(version: KpiVersion, row: Kpi) -> None:
    """Put on the KPI what its version in force says."""
    for name in REPEATED:
        setattr(row, name, getattr(version, name))


def judged(
    row: Kpi, initiative: Initiative, by: Actor, at: datetime, *, rolled: bool = False, anew: bool = False
) -> Kpi:
    """The KPI as it stands once it is judged. What it is asked about changed: so may what its initiative is warned of."""
    watch.mark_due([initiative.pk])
    judge(
        [row.pk], initiatives={initiative.pk: initiative}, as_of=clock.day_of(at), by=by, at=at, anew=anew,
        rolled=[initiative.pk] if rolled else (),
    )  # fmt: skip
    return Kpi.objects.select_related("current", "initiative__unit", "owner", "serves").get(pk=row.pk)


def require_signing(by: Actor) -> None:
    """Refuse, 403, a token that may only read or write: signing is approving. Who may sign is asked apart."""
    if not token_lets(by, Action.APPROVE_KPI):
        raise Problem(403, "token_scope", "This token lacks the scope kpis:approve.")


def authors(version: KpiVersion) -> set[int]:
    """Who wrote the version: who recorded it, and everybody who edited it while it was a draft. Read from the log."""
    edits = AuditEvent.objects.filter(
        action__in=["kpi.edited", "kpi.baseline_locked"], object_type="kpi", object_id=version.kpi_id,
        at__gte=version.recorded_at, actor_id__isnull=False,
    ).values_list("actor_id", "after")  # fmt: skip
    found = {actor for actor, after in edits if set(after) & {*DEFINED, *LOCK}}
    return {pk for pk in (*found, version.recorded_by_id) if pk is not None}
