"""Defining KPIs: creating, editing, and the spells in which one is paused or retired."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypedDict

from django.db import transaction

from core import audit, clock
from core.access import Actor, require
from core.errors import conflict, field_error, not_found, stale
from core.models import User
from core.roles import Action
from core.text import clean
from kpis.models import Kpi, KpiSpell, KpiVersion, Measurement
from kpis.services import limits
from kpis.services.findings import flag_kpis
from kpis.services.judge import judge
from kpis.services.locks import lock_kpi
from kpis.services.success import FIELDS, Success, write_success
from portfolio.models import Initiative
from portfolio.services.initiatives import require_active
from portfolio.services.locks import lock_initiative


class Facts(TypedDict, total=False):
    """What may be written of a KPI beside its definition. `weight` 0 leaves it out of the roll-up."""

    name: str
    kind: str
    definition: str
    formula: str
    population: str
    window: str
    unit_of_measure: str
    data_source: str
    owner: User | None
    primary: bool
    weight: Decimal
    serves: Kpi | None
    serves_because: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a KPI comes from outside; the key is unique within its source."""

    source: str = ""
    external_id: str = ""


TEXTS: Final = {
    "name": 200, "definition": 20_000, "formula": 20_000, "population": 300, "window": 120, "unit_of_measure": 40,
    "data_source": 200, "serves_because": 2_000,
}  # fmt: skip
EDITED: Final = (*TEXTS, "kind", "owner", "primary", "weight", "serves")
MEASURE: Final = (
    "name", "kind", "definition", "formula", "population", "window", "unit_of_measure", "data_source", "judge",
)  # fmt: skip
"""What a KPI and its versions both say: a version as it was said, the KPI as it is in force."""
_ROLLED: Final = {"primary", "weight"}
_SHOWN_IN_FLAGS: Final = {"name", "unit_of_measure", "owner", "primary", "kind"}
IN_USE: Final = (
    "This KPI has readings, so its definition stands: they were taken under it. "
    "Retire it and define a new one, or keep it and change what surrounds it."
)


def create_kpi(
    *, initiative_id: int, facts: Facts, success: Success, by: Actor, at: datetime,
    origin: Origin = Origin(), because: str = "", effective_on: date | None = None,
) -> Kpi:  # fmt: skip
    """A new KPI with version 1 of its definition, judged at once.

    Raises Problem 404 for an initiative the actor may not know, 403 for one they may not define KPIs in, 400 at the
    field that is wrong, 409 for an outside key used before.
    """
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.DEFINE_KPI, initiative)
        row = Kpi(
            initiative=initiative, created_at=at, created_by=by.user, updated_at=at,
            source=clean("source", origin.source, limit=80), external_id=clean("external_id", origin.external_id, limit=200),
        )  # fmt: skip
        _write(row, {"kind": Kpi.Kind.BUSINESS, **facts})
        _require_new(row)
        row.save(force_insert=True)
        version = KpiVersion(
            kpi=row, number=1, effective_on=effective_on or clock.day_of(at), recorded_at=at, recorded_by=by.user,
            because=clean("because", because, limit=300), in_force_at=at,
        )  # fmt: skip
        say_measure(version, row)
        write_success(version, success)
        version.save(force_insert=True)
        row.current = version
        row.save(update_fields=["current"])
        audit.record(
            by=by, at=at, action="kpi.created", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            after={**audit.snapshot(row, EDITED), "definition_v1": audit.snapshot(version, FIELDS)},
        )  # fmt: skip
        return _judged(row, initiative, by, at, rolled=True)


def edit_kpi(
    *, pk: int, expected_version: int | None, by: Actor, at: datetime,
    facts: Facts | None = None, success: Success | None = None,
) -> Kpi:  # fmt: skip
    """Change what is given; the rest stays. Nothing changed writes nothing.

    Raises Problem 404, 403, 412 for an old version, 400 at the field that is wrong, 409 `definition_in_use` when the
    definition is to change and there are readings.
    """
    with transaction.atomic():
        row, initiative = _hold(pk, expected_version, by)
        version = row.current
        if version is None:
            raise not_found()
        before = {**audit.snapshot(row, EDITED), **audit.snapshot(version, FIELDS)}
        _write(row, facts or {})
        write_success(version, success or {})
        say_measure(version, row)
        was, now = audit.difference(
            before, {**audit.snapshot(row, EDITED), **audit.snapshot(version, FIELDS)}
        )
        if not now:
            return row
        redefined = sorted(set(now) & set(FIELDS))
        if redefined and Measurement.objects.filter(kpi=row).exists():
            raise conflict("definition_in_use", IN_USE)
        version.save(update_fields=[*MEASURE, *redefined])
        _require_new(row)
        row.updated_at = at
        row.version += 1
        row.save(update_fields=[*EDITED, "updated_at", "version"])
        audit.record(
            by=by, at=at, action="kpi.edited", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            before=was, after=now,
        )  # fmt: skip
        if redefined or _ROLLED & set(now):
            row = _judged(row, initiative, by, at, rolled=True, anew=bool(redefined))
        if _SHOWN_IN_FLAGS & set(now):
            flag_kpis([row.pk], initiatives={initiative.pk: initiative}, by=by, at=at)
    return row


def say_measure(version: KpiVersion, row: Kpi) -> None:
    """Put on a version what its KPI measures: the columns that both have."""
    for name in MEASURE:
        setattr(version, name, getattr(row, name))


def pause_kpi(
    *, pk: int, until: date, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Kpi:
    """Stop judging a KPI through `until`, for a reason. Raises Problem 400, 403, 404, 409, 412."""
    limits.require_day("until", until)
    if until <= clock.day_of(at):
        raise field_error("until", "A pause ends on a day that is still to come.", code="not_in_future")
    because = clean("because", because, limit=300, required="Say why it is paused.")
    return _turn(pk, Kpi.State.PAUSED, because, by, at, expected_version, until=until)


def retire_kpi(*, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None) -> Kpi:
    """End a KPI for good, for a reason. It takes no more readings and counts in no roll-up."""
    because = clean("because", because, limit=300, required="Say why it is retired.")
    return _turn(pk, Kpi.State.RETIRED, because, by, at, expected_version)


def resume_kpi(*, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None) -> Kpi:
    """Judge a paused KPI again before its pause ends. A retired one stays retired: 409."""
    because = clean("because", because, limit=300, required="Say why it is judged again.")
    return _turn(pk, Kpi.State.ACTIVE, because, by, at, expected_version)


def lift_pauses(*, as_of: date, by: Actor, at: datetime) -> int:
    """Make active again what was paused until a day that has passed. The outlook says what follows; returns how many."""
    lifted = 0
    over = Kpi.objects.filter(state=Kpi.State.PAUSED, paused_until__lt=as_of).order_by("initiative_id", "pk")
    for pk in list(over.values_list("pk", flat=True)):
        with transaction.atomic():
            row, initiative = _locked(pk)
            if row.state != Kpi.State.PAUSED or row.paused_until is None or row.paused_until >= as_of:
                continue
            before = audit.snapshot(row, ("state", "paused_until"))
            row.state, row.state_because, row.paused_until = Kpi.State.ACTIVE, "", None
            row.updated_at = at
            row.version += 1
            row.save(update_fields=["state", "state_because", "paused_until", "updated_at", "version"])
            audit.record(
                by=by, at=at, action="kpi.resumed", obj=row, initiative_id=initiative.pk,
                unit_path=initiative.unit.path, reason="The pause came to its end.", before=before,
                after={"state": row.state},
            )  # fmt: skip
            lifted += 1
    return lifted


def _turn(
    pk: int,
    state: str,
    because: str,
    by: Actor,
    at: datetime,
    expected_version: int | None,
    until: date | None = None,
) -> Kpi:
    with transaction.atomic():
        row, initiative = _hold(pk, expected_version, by)
        if row.state == Kpi.State.RETIRED:
            raise conflict("kpi_retired", f"{row.ref} is retired, and stays so. Define a new KPI.")
        if (row.state, row.paused_until) == (state, until):
            return row
        before = audit.snapshot(row, ("state", "state_because", "paused_until"))
        row.state, row.paused_until = state, until
        row.state_because = "" if state == Kpi.State.ACTIVE else because
        row.updated_at = at
        row.version += 1
        row.save(update_fields=["state", "state_because", "paused_until", "updated_at", "version"])
        KpiSpell.objects.create(
            kpi=row, state=state, begins_on=clock.day_of(at), until=until, because=because, recorded_at=at,
            recorded_by=by.user,
        )  # fmt: skip
        word = {"active": "resumed", "paused": "paused", "retired": "retired"}[state]
        audit.record(
            by=by, at=at, action=f"kpi.{word}", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            reason=because, before=before, after=audit.snapshot(row, ("state", "state_because", "paused_until")),
        )  # fmt: skip
        return _judged(row, initiative, by, at, rolled=True)


def _hold(pk: int, expected_version: int | None, by: Actor) -> tuple[Kpi, Initiative]:
    row, initiative = _locked(pk)
    require(by, Action.DEFINE_KPI, row)
    if expected_version is not None and row.version != expected_version:
        raise stale()
    return row, initiative


def _locked(pk: int) -> tuple[Kpi, Initiative]:
    """The KPI and its initiative, both held until the transaction ends."""
    initiative_id = Kpi.objects.filter(pk=pk).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    initiative = lock_initiative(initiative_id)
    lock_kpi(pk)
    row = Kpi.objects.select_related("current").get(pk=pk)
    row.initiative = initiative
    return row, initiative


def _judged(
    row: Kpi, initiative: Initiative, by: Actor, at: datetime, *, rolled: bool = False, anew: bool = False
) -> Kpi:
    """The KPI as it stands once it is judged."""
    judge(
        [row.pk], initiatives={initiative.pk: initiative}, as_of=clock.day_of(at), by=by, at=at, anew=anew,
        rolled=[initiative.pk] if rolled else (),
    )  # fmt: skip
    return Kpi.objects.select_related("current", "initiative__unit", "owner", "serves").get(pk=row.pk)


def _write(row: Kpi, facts: Facts) -> None:
    said: dict[str, Any] = dict(facts)
    for name, limit in TEXTS.items():
        if name in said:
            needed = "Give it a name." if name == "name" else ""
            setattr(row, name, clean(name, said[name], limit=limit, required=needed))
    if not row.name:
        raise field_error("name", "Give it a name.", code="required")
    if "kind" in said:
        if said["kind"] not in Kpi.Kind.values:
            raise field_error("kind", f"Choose one of: {', '.join(Kpi.Kind.values)}.", code="invalid_choice")
        row.kind = said["kind"]
    if "owner" in said and (said["owner"].pk if said["owner"] else None) != row.owner_id:
        require_active("owner", said["owner"])
        row.owner = said["owner"]
    if "primary" in said:
        row.primary = bool(said["primary"])
    if "weight" in said:
        row.weight = _weight(said["weight"])
    if "serves" in said:
        row.serves = said["serves"]
    _require_service(row)


def _weight(value: Decimal) -> Decimal:
    found = limits.kept(value)
    if found is None or not 0 <= found < 100_000 or -int(found.as_tuple().exponent) > 4:
        raise field_error(
            "weight",
            "Give a weight from 0 to 99,999 with at most 4 places; 0 leaves it out.",
            code="not_a_weight",
        )
    return found


def _require_service(row: Kpi) -> None:
    """A model metric serves a business measure of the same initiative, and says why; nothing serves a model metric."""
    if row.serves is None:
        return
    if row.kind != Kpi.Kind.MODEL_METRIC:
        raise field_error("serves", "Only a model metric serves another KPI.", code="not_a_model_metric")
    if row.serves.initiative_id != row.initiative_id or row.serves.kind == Kpi.Kind.MODEL_METRIC:
        raise field_error(
            "serves", "Choose a business measure of the same initiative.", code="does_not_exist"
        )
    if not row.serves_because:
        raise field_error("serves_because", "Say why a better model metric moves that KPI.", code="required")


def _require_new(row: Kpi) -> None:
    """Names are unique within an initiative, outside keys within their source."""
    others = Kpi.objects.exclude(pk=row.pk) if row.pk else Kpi.objects.all()
    if others.filter(initiative=row.initiative_id, name=row.name).exists():
        raise field_error("name", "This initiative has a KPI of that name. Choose another.", code="taken")
    if row.external_id and others.filter(source=row.source, external_id=row.external_id).exists():
        raise conflict("external_id_used", "This source has a KPI with that key already.")
