"""Comparisons of two arms and the looks at them. What follows from the counts is computed on reading.

Counts are append-only: a look is added, never changed. A pipeline that repeats itself, by its source key, finds what
it brought before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypedDict

from django.db import transaction

from core import audit, clock
from core.access import Actor, require
from core.errors import Item, Problem, conflict, field_error, from_rule, not_found
from core.roles import Action
from core.text import clean
from domain.errors import RuleError
from domain.experiment_looks import Look, require_look
from domain.series import MOST_COUNT
from kpis.models import ArmCount, Comparison, Kpi
from kpis.queries.comparisons import as_look
from kpis.services import limits
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiative

TEXTS: Final = {"name": 200, "arm_1": 120, "arm_2": 120, "note": 2_000, "source": 80, "source_key": 200}
MOST_LOOKS: Final = 1_000
_NEEDED: Final = {
    "name": "Give it a name.",
    "arm_1": "Name the arm it is measured against.",
    "arm_2": "Name the arm that is tried.",
}
HEAD: Final = (
    "name", "design", "paired", "arm_1", "arm_2", "started_on", "ended_on", "planned_sample", "note", "source", "source_key",
)  # fmt: skip


class Facts(TypedDict, total=False):
    """What is said of a comparison. `planned_sample`: cases planned in each arm (pairs, where `paired`).

    `ended_on`: the day its result was planned to be looked at.
    """

    name: str
    design: str
    paired: bool
    arm_1: str
    arm_2: str
    started_on: date | None
    ended_on: date | None
    planned_sample: int | None
    note: str
    source: str
    source_key: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """The comparison, whether this call made it, and how many looks it added."""

    comparison: Comparison
    created: bool
    added: int


def record_comparison(
    *, kpi_id: int, facts: Facts, by: Actor, at: datetime, looks: Sequence[Look] = ()
) -> Recorded:
    """A new comparison of a KPI with the looks there are, oldest first; all of it or nothing.

    The same source key with the same facts gives the first one back, and adds the looks it does not have yet.

    Raises Problem 404 for a KPI the actor may not know, 403, 400 at the field (`/looks/3/trials_1` in a look), 409
    `source_key_used` when the key came with other facts, 409 for a retired KPI.
    """
    row = _built(facts)
    with transaction.atomic():
        initiative, kpi = _hold(kpi_id, by)
        earlier = _earlier(kpi, row)
        if earlier is not None:
            if audit.snapshot(earlier, HEAD) != audit.snapshot(row, HEAD):
                said = f"This source key was used before, for comparison {earlier.pk}, with other facts. Send another key."
                raise conflict("source_key_used", said)
            return Recorded(
                earlier, created=False, added=_add(earlier, looks, initiative, by, at, place=True)
            )
        row.kpi, row.recorded_at, row.recorded_by = kpi, at, by.user
        row.save(force_insert=True)
        audit.record(
            by=by, at=at, action="comparison.recorded", obj=row, initiative_id=initiative.pk,
            unit_path=initiative.unit.path, after={"kpi": kpi.ref, **audit.snapshot(row, HEAD)},
        )  # fmt: skip
        return Recorded(row, created=True, added=_add(row, looks, initiative, by, at, place=True))


def record_looks(*, pk: int, looks: Sequence[Look], by: Actor, at: datetime, listed: bool = True) -> int:
    """Add looks to a comparison, oldest first; all of them or none. A look recorded before is left as it is.

    `listed`: a refusal names the look by its place in the list. Returns how many were added.

    Raises Problem 404, 403, 400 at the look that is wrong, 409 `look_recorded` for other counts of the same day.
    """
    kpi_id = Comparison.objects.filter(pk=pk).values_list("kpi_id", flat=True).first()
    if kpi_id is None:
        raise not_found()
    with transaction.atomic():
        initiative, _ = _hold(kpi_id, by)
        return _add(Comparison.objects.get(pk=pk), looks, initiative, by, at, place=listed)


def _add(
    row: Comparison, looks: Sequence[Look], initiative: Initiative, by: Actor, at: datetime, *, place: bool
) -> int:
    if len(looks) > MOST_LOOKS:
        raise field_error("looks", f"Send at most {MOST_LOOKS:,} looks at once.", code="max_length")
    known = {one.on: one for one in map(as_look, row.looks.all())}
    before = known[max(known)] if known else None
    today, new = clock.day_of(at), []
    for number, look in enumerate(looks):
        at_look = f"/looks/{number}" if place else ""
        same = known.get(look.on)
        if same is not None:
            if same.counts != look.counts:
                said = f"The look of {look.on} is on record with other counts. Counts are append-only: add a later look."
                raise conflict("look_recorded", said, Item(f"{at_look}/looked_on", "look_recorded", said))
            continue
        try:
            require_look(look, paired=row.paired, before=before, started_on=row.started_on, today=today)
        except RuleError as error:
            raise _placed(from_rule(error), at_look) from error
        before = known[look.on] = look
        new.append(_row(row, look, by, at))
    ArmCount.objects.bulk_create(new)
    if new:
        last = new[-1]
        audit.record(
            by=by, at=at, action="comparison.looked", obj=row, initiative_id=initiative.pk,
            unit_path=initiative.unit.path, after={"looks": len(new), **audit.snapshot(last, COUNTS)},
        )  # fmt: skip
    return len(new)


COUNTS: Final = ("looked_on", "successes_1", "trials_1", "successes_2", "trials_2")


def _row(row: Comparison, look: Look, by: Actor, at: datetime) -> ArmCount:
    one, of_one, two, of_two = look.counts
    assert one is not None and two is not None  # noqa: S101, PT018  the rule refused a look without them
    return ArmCount(
        comparison=row, looked_on=look.on, successes_1=one, trials_1=of_one, successes_2=two, trials_2=of_two,
        recorded_at=at, recorded_by=by.user,
    )  # fmt: skip


def _placed(problem: Problem, prefix: str) -> Problem:
    items = tuple(Item(f"{prefix}{item.pointer}", item.code, item.detail) for item in problem.items)
    return Problem(problem.status, problem.code, problem.detail, items)


def _built(facts: Facts) -> Comparison:
    """The comparison as said, not yet saved. Raises Problem 400 at the field."""
    row = Comparison()
    for name, limit in TEXTS.items():
        said = str(facts.get(name, ""))
        setattr(row, name, clean(name, said, limit=limit, required=_NEEDED.get(name, "")))
    if row.arm_1.casefold() == row.arm_2.casefold():
        raise field_error("arm_2", "Give the arms different names.", code="taken")
    row.design = facts.get("design", "")
    if row.design not in Comparison.Design.values:
        raise field_error(
            "design", f"Choose one of: {', '.join(Comparison.Design.values)}.", code="invalid_choice"
        )
    row.paired = facts.get("paired", False)
    row.started_on, row.ended_on = facts.get("started_on"), facts.get("ended_on")
    for name, day in (("started_on", row.started_on), ("ended_on", row.ended_on)):
        if day is not None:
            limits.require_day(name, day)
    if row.started_on is not None and row.ended_on is not None and row.ended_on < row.started_on:
        raise field_error("ended_on", "It cannot end before it starts.", code="before_start")
    row.planned_sample = facts.get("planned_sample")
    if row.planned_sample is not None and not 1 <= row.planned_sample <= MOST_COUNT:
        raise field_error("planned_sample", "Give a whole number, 1 or more.", code="out_of_range")
    return row


def _hold(kpi_id: int, by: Actor) -> tuple[Initiative, Kpi]:
    """The locked initiative and the KPI, which the actor may measure."""
    initiative_id = Kpi.objects.filter(pk=kpi_id).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    initiative = lock_initiative(initiative_id)
    kpi = Kpi.objects.get(pk=kpi_id)
    require(by, Action.MEASURE, kpi)
    if kpi.state == Kpi.State.RETIRED:
        raise conflict("kpi_retired", f"{kpi.ref} is retired. It takes no more comparisons.")
    return initiative, kpi


def _earlier(kpi: Kpi, said: Comparison) -> Comparison | None:
    if not said.source_key:
        return None
    return Comparison.objects.filter(kpi=kpi, source=said.source, source_key=said.source_key).first()
