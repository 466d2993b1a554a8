"""G4 scale: whether the pilot showed what it should, and whether somebody can take it over."""

from collections.abc import Sequence
from typing import Final

from django.urls import reverse

from core import clock
from core.wording import day, plural
from domain.kpi_codes import Status
from domain.phrases import listed
from governance.models import AiModel, Condition
from governance.queries.must_meets import file
from governance.queries.must_meets.build import guard_kpi
from governance.queries.must_meets.told import NO, UNKNOWN, YES, Asked, Gap, Told
from kpis.models import Comparison, Kpi
from kpis.queries.comparisons import reached
from pilots.models import Hypothesis, Pilot
from portfolio.models.worth import CaseWorth

_BLIND: Final = frozenset(
    {"stale", "no_data", "unverified", "invalid", "no_baseline", "paused", "not_started"}
)
_OFF: Final = frozenset({Status.OFF_TRACK.value, Status.MISSED.value})


def told(asked: Asked) -> dict[str, Told]:
    """Nine statements, whatever was recorded. Everything is of the pilot that runs, and of its file."""
    row = asked.initiative
    kpis = list(Kpi.objects.filter(initiative=row).exclude(state=Kpi.State.RETIRED).order_by("pk"))
    pilot = Pilot.objects.filter(initiative=row, ended_on=None).select_related("production_owner").first()
    found = {
        "pilot_report": _report(asked, pilot),
        "evidence_fresh": _fresh(asked, kpis),
        "business_case_rerun": _case(asked),
        "production_owner": _owner(asked, pilot),
        "transition_plan_complete": file.transition(
            pilot, asked.url("initiative-pilot"), _where(asked, pilot)
        ),
        "model_registered": _models(asked),
        "guards_on_track": _guards(asked, kpis),
        "conditions_closed": _conditions(asked),
    }
    compared = _compared(kpis)
    return found if compared is None else {**found, "comparison": compared}


def _where(asked: Asked, pilot: Pilot | None) -> file.Where:
    """Field -> its place on the form of the running pilot's facts; without one, the pilot's tab says that there is none."""
    form = asked.url("initiative-pilot") if pilot is None else reverse("pilot-edit", args=[pilot.ref])
    return lambda name: form if pilot is None else f"{form}#id_{name}"


def _report(asked: Asked, pilot: Pilot | None) -> Told:
    """The report is generated from the record, and frozen with the submission. It says nothing while nobody said what the
    pilot was to show, and half of it while a hypothesis has no answer."""
    if pilot is None:
        return Told(UNKNOWN, "no pilot runs", asked.url("initiative-pilot"))
    page = reverse("pilot-charter", args=[pilot.ref])
    rows = list(
        Hypothesis.objects.filter(version__pilot=pilot, version__number=pilot.charter_version).order_by(
            "number"
        )
    )
    if not rows:
        where = reverse("pilot-edit", args=[pilot.ref]) + "#id_hypotheses"
        return Told(UNKNOWN, "no hypothesis is on record, so there is nothing to report on", where)
    silent = [one for one in rows if not one.answer]
    if silent:
        gaps = tuple(
            Gap(
                f"hypothesis_{one.number}",
                f"what the pilot showed of: {one.text}",
                f"{page}?act=answer&row={one.pk}#act",
            )
            for one in silent
        )
        fact = f"nobody has said what the pilot showed of {plural(len(silent), 'hypothesis', 'hypotheses')}"
        return Told(NO, fact, gaps[0].url, gaps)
    report = reverse("pilot-report", args=[pilot.ref])
    return Told(YES, f"generated from the record of {pilot.ref}, sealed with the submission", report)


def _fresh(asked: Asked, kpis: Sequence[Kpi]) -> Told:
    at = asked.url("initiative-kpis")
    primaries = [one for one in kpis if one.primary]
    if not primaries:
        return Told(UNKNOWN, "no primary KPI on record", at)
    blind = [one for one in primaries if one.status in _BLIND]
    if blind:
        one = blind[0]
        return Told(NO, f"{one.ref} {one.name} is {one.status.replace('_', ' ')}", at)
    said = [f"{one.ref} read {day(one.last_observed_on)}" for one in primaries if one.last_observed_on]
    return Told(YES, ", ".join(said), at)


def _compared(kpis: Sequence[Kpi]) -> Told | None:
    """What the comparisons on record say of champion and challenger, or of today's process; without one, evidence may."""
    rows = list(
        Comparison.objects.filter(kpi__in=kpis)
        .select_related("kpi")
        .prefetch_related("looks")
        .order_by("-pk")
    )
    if not rows:
        return None
    looked = [one for one in map(reached, rows) if one.looks]
    if not looked:
        return Told(
            NO, f"{rows[0].name}: nobody has looked yet", reverse("comparison-detail", args=[rows[0].pk])
        )
    last = max(looked, key=lambda one: (one.looks[-1].looked_on, one.row.pk))
    said = last.verdict.sentence if last.verdict else "nobody has looked yet"
    url = reverse("comparison-detail", args=[last.row.pk])
    return Told(YES, f"{last.row.name}, {day(last.looks[-1].looked_on)}: {said}", url)


def _case(asked: Asked) -> Told:
    at = asked.url("initiative-case")
    row = CaseWorth.objects.filter(initiative=asked.initiative, lapsed_on=None).first()
    if row is None:
        return Told(NO, "no case is published", at)
    if not row.haircut:
        return Told(NO, f"{row.case_ref} has no conservative haircut", at)
    entered = asked.initiative.entered_on
    if entered is None:
        return Told(UNKNOWN, "nobody knows since when it is piloted", at)
    if clock.day_of(row.published_at) < entered:
        return Told(NO, f"{row.case_ref} is from before the pilot", at)
    return Told(YES, f"{row.case_ref}, with a haircut of {row.haircut:.0%}", at)


def _owner(asked: Asked, pilot: Pilot | None) -> Told:
    at = _where(asked, pilot)("production_owner")
    owner = pilot.production_owner if pilot else None
    if owner is None:
        none = pilot is not None and pilot.no_production_owner
        return Told(NO if none else UNKNOWN, "there is none" if none else "never recorded", at)
    if not owner.is_active:
        return Told(NO, f"{owner.name} has left", at)
    return Told(YES, owner.name, at)


def _models(asked: Asked) -> Told:
    at = asked.url("initiative-models")
    models = list(AiModel.objects.filter(initiatives=asked.initiative).select_related("owner").order_by("pk"))
    if not models:
        return Told(UNKNOWN, "no model registered", at)
    for one in models:
        if one.owner is None or not one.owner.is_active:
            return Told(NO, f"{one.ref} {one.name} has no owner who is here", at)
    return Told(YES, ", ".join(f"{one.ref} {one.name}" for one in models), at)


def _guards(asked: Asked, kpis: Sequence[Kpi]) -> Told:
    """Off track says no; a guard nobody can judge is unknown, and unknown is not green."""
    at = asked.url("initiative-kpis")
    guards = [one for one in kpis if one.kind in {Kpi.Kind.GUARD, Kpi.Kind.COMPLIANCE}]
    if not guards:
        return guard_kpi(asked, kpis)
    off = [one for one in guards if one.status in _OFF]
    if off:
        return Told(NO, f"{off[0].ref} {off[0].name} is {off[0].status.replace('_', ' ')}", at)
    blind = [one for one in guards if one.status in _BLIND]
    if blind:
        return Told(UNKNOWN, f"{blind[0].ref} {blind[0].name} has nothing to judge", at)
    return Told(YES, ", ".join(f"{one.ref} {one.name}" for one in guards), at)


def _conditions(asked: Asked) -> Told:
    at = asked.url("initiative-gate", "conditions")
    rows = open_conditions(asked.initiative.pk)
    if rows:
        return Told(NO, f"open: {listed([f'{one.ref} {one.text}' for one in rows])}", at)
    return Told(YES, "none is open", at)


def open_conditions(initiative_id: int) -> list[Condition]:
    """The open conditions of the first two types (C2). One statement."""
    kinds = (Condition.Kind.BEFORE_START, Condition.Kind.BEFORE_NEXT_GATE)
    rows = Condition.objects.filter(initiative=initiative_id, state=Condition.State.OPEN, kind__in=kinds)
    return list(rows.order_by("pk"))
