"""Judging KPIs: what arrived is folded, the outlook written anew, and what changed is published.

The caller holds the initiatives' locks, so nobody else folds or publishes the same KPIs meanwhile.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, QuerySet

from core import clock
from core.access import Actor
from core.among import among, among_given, given
from core.bulk import insert_rows, put_rows
from core.prepared import Prepared
from domain.errors import RuleError
from domain.kpi import Answer, Definition, Fold, Reading, Segment, State, Status, advance, fold, outlook
from domain.kpi_since import began_on
from domain.override import Effective, Override, effective
from kpis.models import Arrival, Kpi, KpiFold, KpiOverride, KpiVersion, Measurement, Outlook, Restatement
from kpis.queries.histories import histories
from kpis.services import declared, watch
from kpis.services.drift_marks import mark
from kpis.services.publish import owe_goalposts, publish
from kpis.services.restate import restate
from kpis.translate import DEFINITION_FIELDS, READING_FIELDS, definition_from, flags_of, readings_of
from portfolio.models import Initiative

_ONE_DAY: Final = timedelta(days=1)
_OUTLOOK_FIELDS: Final = (
    "kpi", "valid_from", "valid_until", "since", "status", "reason", "progress", "expected", "shortfall", "forecast",
    "last_known", "pending", "declared", "flags", "due_on", "measurement_id", "observed_on", "value",
)  # fmt: skip

_ASKED: Final = (
    "pk", "state", "paused_until", "valid_until", "current__series", "current__moved", "current__number",
    "current__recorded_at", "has_restatement", "has_override", "has_arrival", *(f"current__{name}" for name in DEFINITION_FIELDS),
)  # fmt: skip
"""What is read of a KPI that is to be judged."""


def _asked(kpi_ids: list[int] | str) -> QuerySet[Kpi, Any]:
    own = OuterRef("pk")
    kpis = Kpi.objects.filter(pk__in=among_given(kpi_ids)).annotate(
        has_restatement=Exists(Restatement.objects.filter(kpi=own)),
        has_override=Exists(KpiOverride.objects.filter(kpi=own, ended_at=None)),
        has_arrival=Exists(Arrival.objects.filter(kpi=own)),
    )
    return kpis.order_by().values_list(*_ASKED)


_KPIS: Final = Prepared(_asked, own=(1, 1, 1))  # SELECT 1 of each EXISTS
_FOLDS: Final = Prepared(
    lambda kpi_ids: KpiFold.objects.filter(pk__in=among_given(kpi_ids)).order_by().values_list("pk", "data")
)


@dataclass(slots=True)
class Case:
    """One KPI on its way through: what is stored of it, what has arrived, and the fold that comes out.

    `held` None: all its measurements are to be folded. `seen`: the arrivals that this fold takes away. `series`: the
    measure in force; readings of another do not speak. `moved`: the goalposts were. `fresh`: the ids of the readings
    that no fold has judged yet. `reaches_back`: one of them may turn what was published. `last_day`: the folds without and
    with the one reading that came, where it is another of the last day read: they alone tell what it turned. `changed_on`: the day its definition was
    changed, None while that is the first. `restated`, `is_declared`: there
    is a restatement, a declaration that nothing has ended.
    """

    kpi_id: int
    definition: Definition
    state: str
    paused_until: date | None
    valid_until: date | None
    series: int = 1
    moved: bool = False
    restated: bool = False
    is_declared: bool = False
    held: Fold | None = None
    arrived: list[Reading] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    fresh: set[int] = field(default_factory=set)
    reaches_back: bool = False
    last_day: tuple[Fold, Fold] | None = None
    changed_on: date | None = None
    override: Override | None = None

    def may_restate(self, as_of: date) -> bool:
        """Whether what arrived may turn what was published: it reaches back, or the outcome had been told."""
        plan = self.definition.plan
        closed = plan is not None and plan.close is not None and as_of.toordinal() > plan.close
        return bool(self.fresh) and (self.reaches_back or self.held is None or closed)

    def may_accuse(self) -> bool:
        """Whether what arrived may put a change in another light: it may be true of a day before that."""
        changed = self.changed_on
        if changed is None or not self.fresh:
            return False
        folded_whole = self.reaches_back or len(self.arrived) < len(self.fresh)
        return folded_whole or any(one.observed_on < changed for one in self.arrived)


def judge(
    kpi_ids: Collection[int],
    *,
    initiatives: Mapping[int, Initiative],
    as_of: date,
    by: Actor,
    at: datetime,
    new: Mapping[int, Sequence[Reading]] | None = None,
    unheard: Mapping[int, int] | None = None,
    anew: bool = False,
    rolled: Collection[int] = (),
) -> int:
    """Fold what arrived for these KPIs, write their outlook from `as_of` on and publish what changed.

    `initiatives`: the locked initiatives of the KPIs, by id. `new`: readings recorded in this transaction, by KPI.
    `unheard`: one that the version in force does not hear, since it was taken under another measure; days gone by may turn.
    `anew`: fold all measurements whatever is stored. `rolled`: initiatives to roll up even when no status of theirs
    changed (a weight did). Returns how many stored answers changed. A constant number of statements.
    """
    cases = _load(kpi_ids, anew=anew)
    # What passed since the last look is published first, so that the ledger does not depend on when somebody looked.
    passed = [c.kpi_id for c in cases.values() if c.valid_until is not None and c.valid_until < as_of]
    if passed:
        publish(passed, initiatives=initiatives, as_of=as_of, by=by, at=at)
    for kpi_id, readings in (new or {}).items():
        cases[kpi_id].arrived += readings  # of the series in force, which the caller sees to
        cases[kpi_id].fresh.update(reading.id for reading in readings)
    for kpi_id, reading_id in (unheard or {}).items():
        cases[kpi_id].fresh.add(reading_id)
        cases[kpi_id].reaches_back = True
    for case in cases.values():
        _carry_on(case, as_of)
    back = {case.kpi_id: case.fresh for case in cases.values() if case.may_restate(as_of)}
    _fold_all([case for case in cases.values() if case.held is None], as_of)
    ends = {kpi_id: cases[kpi_id].last_day for kpi_id in back}
    for kpi_id in restate(back, ends=ends, as_of=as_of, by=by, at=at):
        cases[kpi_id].restated = True
    said = {case.kpi_id: case.fresh for case in cases.values() if case.is_declared}
    for kpi_id, override in declared.in_force(said, by=by, at=at).items():
        cases[kpi_id].override = override
    _store(list(cases.values()), as_of)
    if any(case.fresh for case in cases.values()):
        watch.mark_heard(initiatives)
    mark(list(cases), as_of)
    owe_goalposts([case.kpi_id for case in cases.values() if case.may_accuse()], at)
    return publish(list(cases), initiatives=initiatives, as_of=as_of, by=by, at=at, rolled=rolled)


def _load(kpi_ids: Collection[int], *, anew: bool) -> dict[int, Case]:
    """What is stored of the KPIs, and what has arrived. Arrivals are read before any measurement is."""
    cases: dict[int, Case] = {}
    arriving: list[int] = []
    for (
        pk,
        state,
        until,
        expires,
        series,
        moved,
        number,
        since,
        restated,
        is_declared,
        arrives,
        *said,
    ) in _KPIS(given(kpi_ids)):
        definition = definition_from(dict(zip(DEFINITION_FIELDS, said, strict=True)))
        cases[pk] = Case(pk, definition, state, until, expires, series, moved, restated, is_declared)
        if number is not None and number > 1:
            cases[pk].changed_on = clock.day_of(since)
        if arrives:
            arriving.append(pk)
    whole = set(cases) if anew else set()
    wanted: dict[int, int] = {}
    for pk, kpi_id, measurement_id in _arrivals(arriving):
        cases[kpi_id].seen.append(pk)
        if measurement_id is None:
            whole.add(kpi_id)
        else:
            wanted[measurement_id] = kpi_id
            cases[kpi_id].fresh.add(measurement_id)
    _load_folds(cases, whole)
    continued = [pk for pk, kpi_id in wanted.items() if cases[kpi_id].held is not None]
    for part in _by_series({pk: cases[wanted[pk]] for pk in continued}):
        for reading in readings_of(_speaking(part).values_list(*READING_FIELDS)):
            cases[wanted[reading.id]].arrived.append(reading)
    return dict(sorted(cases.items()))  # the database gives them as they lie; what is written has one order


def _arrivals(kpi_ids: Collection[int]) -> Iterable[tuple[int, int, int | None]]:
    """Id, KPI and reading of what has arrived for these KPIs. Nothing is asked where nothing has."""
    if not kpi_ids:
        return ()
    return Arrival.objects.filter(kpi__in=among(kpi_ids)).values_list("pk", "kpi_id", "measurement_id")


def _by_series(cases: Mapping[int, Case]) -> list[Mapping[int, Case]]:
    """The same keys in at most two parts: KPIs that measure as they always did, and those whose measure changed."""
    first = {key: case for key, case in cases.items() if case.series == 1}
    later = {key: case for key, case in cases.items() if case.series > 1}
    return [part for part in (first, later) if part]


def _speaking(cases: Mapping[int, Case]) -> QuerySet[Measurement]:
    """The measurements with these ids (all of one of `_by_series`), of the series in force alone.

    A KPI whose measure never changed has no other readings, and nothing is joined to know it.
    """
    rows = Measurement.objects.filter(pk__in=among(cases))
    if any(case.series > 1 for case in cases.values()):
        rows = rows.filter(kpi_version__series=F("kpi__current__series"))
    return rows


def _silent(cases: Sequence[Case]) -> list[int]:
    """The versions of these KPIs that measured otherwise. Nothing is asked where no measure ever changed."""
    changed = [case.kpi_id for case in cases if case.series > 1]
    if not changed:
        return []
    versions = KpiVersion.objects.filter(kpi__in=changed).exclude(series=F("kpi__current__series"))
    return list(versions.values_list("pk", flat=True))


def _load_folds(cases: Mapping[int, Case], whole: Collection[int]) -> None:
    stored = [pk for pk in cases if pk not in whole]
    if not stored:
        return
    for pk, data in _FOLDS(given(stored)):
        try:
            cases[pk].held = Fold.from_json(data)
        except RuleError:  # an earlier release wrote it: fold all again
            cases[pk].held = None


def _carry_on(case: Case, as_of: date) -> None:
    """Continue the stored fold with what arrived; a reading that reaches back empties `held`."""
    held = case.held
    if held is not None and as_of.toordinal() < held.known_through:
        held = None
    for reading in sorted(case.arrived, key=lambda r: (r.observed_on, r.id)):
        if held is None:
            break
        # Read twice when it arrived while somebody folded all rows: once is right.
        if reading.id not in {waiting.id for waiting in held.waiting}:
            case.reaches_back |= reading.observed_on.toordinal() <= held.day
            was, held = held, advance(case.definition, held, reading, as_of=as_of)
            alone = len(case.arrived) == 1 and case.fresh == {reading.id} and not was.waiting
            if held is not None and alone and held.day == was.day == reading.observed_on.toordinal():
                case.last_day = was, held
    case.held = held


def _fold_all(cases: Sequence[Case], as_of: date) -> None:
    """Fold all measurements of these KPIs, streamed KPI by KPI."""
    by_id = {case.kpi_id: case for case in cases}
    if not by_id:
        return
    for kpi_id, rows in histories(by_id, silent=_silent(cases)):
        case = by_id[kpi_id]
        case.held = fold(case.definition, rows, as_of=as_of)
    for case in cases:
        if case.held is None:
            case.held = fold(case.definition, (), as_of=as_of)


def _store(cases: Sequence[Case], as_of: date) -> None:
    """Write folds and outlooks, and take away the arrivals they hold."""
    folds: list[tuple[int, Any]] = []
    rows: list[tuple[Any, ...]] = []
    for case in cases:
        assert case.held is not None  # noqa: S101  folded above
        folds.append((case.kpi_id, case.held.to_json()))
        rows += outlook_rows(case, case.held, as_of)
    put_rows(KpiFold, ("kpi", "data"), folds)
    Outlook.objects.filter(kpi__in=among(case.kpi_id for case in cases)).delete()
    insert_rows(Outlook, _OUTLOOK_FIELDS, rows)
    seen = [pk for case in cases for pk in case.seen]
    if seen:
        Arrival.objects.filter(pk__in=among(seen)).delete()


def outlook_rows(case: Case, held: Fold, as_of: date) -> list[tuple[Any, ...]]:
    """The outlook of a KPI from `as_of` on, as rows of `_OUTLOOK_FIELDS`."""
    readings = {waiting.id: (waiting.observed_on, waiting.value) for waiting in held.waiting}
    if held.reading_id is not None:
        readings[held.reading_id] = (date.fromordinal(held.day), held.value)
    rows: list[tuple[Any, ...]] = []
    was, since = None, as_of
    for valid_from, found, said in _stretches(case, held, as_of):
        observed_on, value = readings.get(found.reading_id or 0, (None, None))
        if found.status is not was:
            since = began_on(case.definition, found, observed_on=observed_on, as_of=valid_from)
            was = found.status
        rows.append(
            (
                case.kpi_id, valid_from, said.valid_until, since, found.status.value, str(found.reason or ""),
                found.progress, found.expected, found.shortfall, found.forecast,
                found.last_known.value if found.last_known else "", found.pending.value if found.pending else "",
                said.declared.value if said.declared else "",
                flags_of(found, moved=case.moved, restated=case.restated, overridden=said.overridden),
                valid_from if rows else None, found.reading_id, observed_on, value,
            )
        )  # fmt: skip
    return rows


def _stretches(case: Case, held: Fold, as_of: date) -> list[tuple[date, Answer, Effective]]:
    """The stretches with what counts on each: where a declaration comes to its end, the answer is told apart."""
    out: list[tuple[date, Answer, Effective]] = []
    for valid_from, found in _segments(case, held, as_of):
        begins: date | None = valid_from
        while begins is not None:
            said = effective(found, case.override, as_of=begins, last_recorded_at=None)
            out.append((begins, found, said))
            ends = said.valid_until
            begins = None if ends is None or ends == found.valid_until else ends + _ONE_DAY
    return out


def _segments(case: Case, held: Fold, as_of: date) -> list[tuple[date, Answer]]:
    """The stretches from `as_of` on. A pause is one, and what follows its end comes after it."""
    if case.state == State.RETIRED:
        return [(as_of, Answer(Status.RETIRED))]
    out: list[tuple[date, Answer]] = []
    begins = as_of
    if case.state == State.PAUSED and case.paused_until is not None and case.paused_until >= as_of:
        out.append((as_of, Answer(Status.PAUSED, valid_until=case.paused_until)))
        begins = case.paused_until + _ONE_DAY
    found: tuple[Segment, ...] = outlook(case.definition, held, since=begins)
    return out + [(segment.valid_from, segment.answer) for segment in found]
