"""What is stored about a pilot, as the facts the purgatory rules ask for.

Three answers are kept apart, as in `domain.purgatory_facts`: a value, "there is none" (None or False, because a person
said so), and UNKNOWN for what nobody recorded, which fires no rule and is listed. How each fact is read:

    decision date       a day; `no_decision_date` = a person said there is none
    sponsor             Initiative.sponsor, silent since the later of their last sign-in and the day they took it on (an
                        account that never signed in: since it was made); none when the sponsor left, is no longer
                        active, or a person said so
    primary KPI         the worst of those not retired; KPIs without a primary among them = there is none
    movement            readings of that KPI over sixty days; a band KPI holds a level, so no movement is told
    criteria met        the recorded day, else the day from which all primaries are achieved; 0 once a gate was requested
    goalposts           the greater of what was recorded and the versions of primaries that changed success since
    extensions          counted; none and no charter on record = nobody can tell
    spend               spent / released on the day; released money without any spend row = nobody recorded it
    conditions          days since the earliest due date of an open condition
    transition plan     five parts; complete, begun or said to be missing = a fact, no part at all = unknown
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Min, QuerySet, Sum

from core import clock
from domain import fast_lane
from domain.fast_lane import release_by
from domain.feedback import holds_until
from domain.kpi_figures import ratio
from domain.purgatory import UNKNOWN, Facts, Unknown
from domain.purgatory_facts import NO_KPI
from domain.purgatory_primary import Movement, Primary, all_achieved_on, worst
from kpis.models import Kpi
from kpis.queries.past import answers_as_of
from pilots.models import FastLane, Feedback, Pilot, PilotExtension
from pilots.queries.evidence import counts, goalposts, judged_after, kpis_of, movements, moves, primary_of
from portfolio.models import Expenditure, FundingTranche

TRANSITION = ("transition_run_cost", "transition_integration", "transition_support", "transition_on")
"""The parts of a transition plan that are the pilot's own; the fifth is the production owner."""


@dataclass(frozen=True, slots=True)
class Box:
    """The time box of a fast lane on a day. `due_on` None: nobody recorded when the pilot began."""

    due_on: date | None
    released: bool


@dataclass(frozen=True, slots=True)
class Record:
    """One pilot with everything it is judged from. `spent` and `released` are None where no row was recorded.

    `unanswered_on`: the day of the oldest feedback without an answer; `box`: of its fast lane. No rule of purgatory reads them.
    """

    pilot: Pilot
    extensions: Sequence[PilotExtension] = ()
    kpis: int = 0
    primaries: Sequence[Primary] = ()
    speaker: Primary | None = None
    speaking: Kpi | None = None
    movement: Movement = field(default_factory=lambda: Movement(None, None))
    goalposts: Sequence[date] = ()
    spent: Decimal | None = None
    tranches: bool = False
    released: Decimal | None = None
    unanswered_on: date | None = None
    box: Box | None = None

    @property
    def sponsor_active(self) -> bool:
        sponsor = self.pilot.initiative.sponsor
        return sponsor is not None and sponsor.is_active

    @property
    def has_owner(self) -> bool:
        owner = self.pilot.production_owner
        return owner is not None and owner.is_active

    @property
    def plan_parts(self) -> int:
        """How many of the five parts of the transition plan are on record. An owner who left is R12's matter."""
        named = self.pilot.production_owner_id is not None
        return named + sum(getattr(self.pilot, name) not in (None, "") for name in TRANSITION)


def with_people(rows: QuerySet[Pilot]) -> QuerySet[Pilot]:
    """Pilots with the rows beside them that every judgement reads, in one statement."""
    return rows.select_related(
        "spell", "production_owner", "initiative__unit", "initiative__sponsor", "initiative__lead"
    )


def records(pilots: Sequence[Pilot], as_of: date) -> list[Record]:
    """The pilots (from `with_people`) with their facts on `as_of`. Nine statements, however many.

    For a day before a primary KPI was last judged, its answer of that day is worked out; that costs four more. A fact
    of the pilot itself that carries no day is taken as it is recorded now.
    """
    initiatives = [pilot.initiative_id for pilot in pilots]
    kpis: dict[int, list[Kpi]] = defaultdict(list)
    for kpi in kpis_of(initiatives):
        kpis[kpi.initiative_id].append(kpi)
    primaries = {pk: [kpi for kpi in own if counts(kpi)] for pk, own in kpis.items()}
    every = [kpi for own in primaries.values() for kpi in own]
    past = answers_as_of([kpi for kpi in every if judged_after(kpi, as_of)], as_of=as_of)
    moved = movements([kpi for kpi in every if moves(kpi)], as_of)
    changed = goalposts([kpi for kpi in every if kpi.current is not None and kpi.current.number > 1])
    extensions = _extensions_by_pilot(pilots, as_of)
    spent = _sums(Expenditure.objects.filter(initiative__in=initiatives, spent_on__lte=as_of))
    tranches = _released(initiatives, as_of)
    unanswered, lanes = _unanswered([pilot.pk for pilot in pilots]), _lanes([pilot.pk for pilot in pilots])
    found = []
    for pilot in pilots:
        pk, begun = pilot.initiative_id, pilot.spell.entered_on
        if pilot.reset_at is not None:
            begun = clock.day_of(pilot.reset_at)
        own = primaries.get(pk, [])
        spoken = {kpi.pk: primary_of(kpi, past.get(kpi.pk)) for kpi in own}
        speaker = worst(spoken.values())
        speaking = next((kpi for kpi, one in spoken.items() if one is speaker), 0)
        days = [day for kpi in own for day in changed.get(kpi.pk, ())]
        found.append(
            Record(
                pilot=pilot,
                extensions=extensions[pilot.pk],
                kpis=len(kpis.get(pk, ())),
                primaries=list(spoken.values()),
                speaker=speaker,
                speaking=next((kpi for kpi in own if kpi.pk == speaking), None),
                movement=moved.get(speaking, Movement(None, None)),
                goalposts=sorted(day for day in days if begun is not None and begun < day <= as_of),
                spent=spent.get(pk),
                tranches=pk in tranches,
                released=tranches.get(pk),
                unanswered_on=unanswered.get(pilot.pk),
                box=_box(pilot, lanes.get(pilot.pk), as_of),
            )
        )
    return found


def _extensions_by_pilot(pilots: Sequence[Pilot], as_of: date) -> dict[int, list[PilotExtension]]:
    """Those granted by the day, since the start or since a pivot began the count anew. One statement."""
    resets = {pilot.pk: pilot.reset_at for pilot in pilots}
    found: dict[int, list[PilotExtension]] = defaultdict(list)
    granted = PilotExtension.objects.filter(pilot__in=pilots, granted_on__lte=as_of)
    for row in granted.order_by("pilot_id", "number"):
        reset = resets[row.pilot_id]
        if reset is None or row.recorded_at > reset:
            found[row.pilot_id].append(row)
    return found


def facts_of(record: Record, as_of: date) -> Facts:
    """The facts of one pilot on `as_of`, for `domain.purgatory.judge`."""
    pilot, speaker = record.pilot, record.speaker
    entered = pilot.spell.entered_on
    extensions = _extensions(record)
    met = _days_since_met(record, as_of)
    return Facts(
        days_in_stage=UNKNOWN if entered is None else max((as_of - entered).days, 0),
        planned_days=UNKNOWN if pilot.planned_days is None else pilot.planned_days,
        decision_due_in_days=_or_none(
            None if pilot.decision_on is None else (pilot.decision_on - as_of).days,
            said=pilot.no_decision_date,
        ),
        extensions=extensions,
        same_extension_reason=UNKNOWN if extensions is UNKNOWN else _repeated(record.extensions),
        deferrals=_known(pilot.deferrals),
        success_criteria_agreed=_known(pilot.success_criteria_agreed),
        primary_kpi_status=speaker.status if speaker else (NO_KPI if record.kpis else UNKNOWN),
        primary_kpi_reason=(speaker.reason or None) if speaker else None,
        primary_progress_change_60d=record.movement.change if speaker else UNKNOWN,
        primary_progress=speaker.progress if speaker else UNKNOWN,
        sponsor_silent_days=_sponsor_silent(record, as_of),
        production_owner=_production_owner(record),
        transition_plan=_transition_plan(record),
        scope_change=_known(pilot.scope_change),
        scope_approved=_known(pilot.scope_approved),
        success_measure_changes=_measure_changes(record),
        spend_ratio=_spend_ratio(record),
        worst_condition_overdue_days=_condition_overdue(pilot, as_of),
        overdue_condition_blocks=False if pilot.no_open_condition else _known(pilot.condition_blocks),
        days_since_criteria_met=met,
        users_outside_charter=UNKNOWN
        if pilot.users_outside_charter is None
        else pilot.users_outside_charter > 0,
        adoption=_adoption(pilot),
    )


def expires(record: Record, until: date | None, as_of: date) -> date | None:
    """The last day of an answer: the rules' own `until`, and the facts beside it that expire by themselves.

    These are the primary KPIs' answers, the readings movement is told from, a condition whose day has not come, and
    feedback that waits for an answer, and the time box of a fast lane.
    """
    pilot = record.pilot
    days = [until, record.movement.valid_until, *(one.valid_until for one in record.primaries)]
    if pilot.condition_due_on is not None and pilot.condition_due_on >= as_of:
        days.append(pilot.condition_due_on)
    if met := _met_on(record):
        days.append(met if met > as_of else None)
    days.append(holds_until(record.unanswered_on, as_of))
    if record.box is not None:
        days.append(fast_lane.holds_until(record.box.due_on, record.box.released, as_of))
    known = [day for day in days if day is not None]
    return max(min(known), as_of) if known else None


def _met_on(record: Record) -> date | None:
    return record.pilot.criteria_met_on or all_achieved_on(record.primaries)


def _known(value: Any) -> Any:
    return UNKNOWN if value is None else value


def _or_none(value: int | None, *, said: bool) -> int | Unknown | None:
    """A number; None where a person said that there is none; UNKNOWN where nobody said anything."""
    return value if value is not None else (None if said else UNKNOWN)


def _extensions(record: Record) -> int | Unknown:
    count = len(record.extensions)
    return count if count or record.pilot.charter_version else UNKNOWN


def _repeated(extensions: Sequence[PilotExtension]) -> bool:
    codes = [row.reason_code for row in extensions]
    return len(set(codes)) < len(codes)


def sponsor_last_act(record: Record) -> date | None:
    """The day from which the sponsor's silence counts, or None without an active sponsor."""
    initiative = record.pilot.initiative
    sponsor = initiative.sponsor
    if sponsor is None or not sponsor.is_active:
        return None
    known = [day for day in (sponsor.last_active_on, initiative.sponsor_since) if day is not None]
    return max(known) if known else clock.day_of(sponsor.created_at)


def _sponsor_silent(record: Record, as_of: date) -> int | Unknown | None:
    last = sponsor_last_act(record)
    if last is not None:
        return max((as_of - last).days, 0)
    initiative = record.pilot.initiative
    gone = initiative.sponsor is not None or initiative.sponsor_vacant_since is not None
    return None if gone else UNKNOWN


def _production_owner(record: Record) -> bool | Unknown:
    pilot = record.pilot
    if pilot.production_owner is not None:
        return record.has_owner
    return False if pilot.no_production_owner else UNKNOWN


def _transition_plan(record: Record) -> bool | Unknown:
    """Complete, or known not to be. A production owner alone is no plan anybody wrote."""
    if record.pilot.no_transition_plan:
        return False
    own_parts = record.plan_parts - (record.pilot.production_owner_id is not None)
    if not own_parts:
        return UNKNOWN
    return record.plan_parts == len(TRANSITION) + 1


def _measure_changes(record: Record) -> int | Unknown:
    recorded, seen = record.pilot.success_measure_changes, len(record.goalposts)
    if recorded is None and (not record.primaries or record.pilot.spell.entered_on is None):
        return UNKNOWN
    return max(recorded or 0, seen)


def _spend_ratio(record: Record) -> Decimal | Unknown | None:
    if record.spent is None or not record.tranches:
        return UNKNOWN
    if not record.released:
        return None
    return ratio(record.spent, record.released)


def _condition_overdue(pilot: Pilot, as_of: date) -> int | Unknown:
    if pilot.condition_due_on is not None:
        return max((as_of - pilot.condition_due_on).days, 0)
    return 0 if pilot.no_open_condition else UNKNOWN


def _days_since_met(record: Record, as_of: date) -> int | Unknown:
    met = _met_on(record)
    if met is None:
        return 0 if record.primaries else UNKNOWN
    requested = record.pilot.gate_requested_on
    if requested is not None and met <= requested <= as_of:
        return 0
    return max((as_of - met).days, 0)


def _adoption(pilot: Pilot) -> Decimal | Unknown | None:
    if pilot.invited_users is None or pilot.weekly_active_users is None:
        return UNKNOWN
    if not pilot.invited_users:
        return None
    return ratio(Decimal(pilot.weekly_active_users), Decimal(pilot.invited_users))


def _unanswered(pilots: list[int]) -> dict[int, date]:
    """The day of the oldest feedback of each pilot that nobody has answered."""
    rows = Feedback.objects.filter(pilot__in=pilots, answered_at=None).order_by()
    oldest: Any = rows.values("pilot").annotate(first=Min("recorded_at")).values_list("pilot", "first")
    return {pilot: clock.day_of(first) for pilot, first in oldest}


def _lanes(pilots: list[int]) -> dict[int, tuple[int, date | None]]:
    """Pilot in the fast lane -> days of its box, and its first release. One statement."""
    rows = FastLane.objects.filter(pilot__in=pilots).order_by().annotate(first=Min("iterations__released_on"))
    return {pilot: (days, first) for pilot, days, first in rows.values_list("pilot_id", "days", "first")}


def _box(pilot: Pilot, lane: tuple[int, date | None] | None, as_of: date) -> Box | None:
    if lane is None:
        return None
    days, first = lane
    return Box(release_by(pilot.spell.entered_on, days), first is not None and first <= as_of)


def _sums(rows: QuerySet[Any]) -> dict[int, Decimal]:
    return dict(rows.order_by().values_list("initiative_id").annotate(total=Sum("amount")))


def _released(initiatives: Iterable[int], as_of: date) -> dict[int, Decimal | None]:
    """Initiative -> released money; None where tranches are approved and none is released yet."""
    out: dict[int, Decimal | None] = {}
    rows = FundingTranche.objects.filter(initiative__in=initiatives).order_by()
    for pk, amount, released_on in rows.values_list("initiative_id", "amount", "released_on"):
        free = amount if released_on is not None and released_on <= as_of else None
        known = out.setdefault(pk, None)
        if free is not None:
            out[pk] = (known or Decimal(0)) + free
    return out
