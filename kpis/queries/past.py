"""What the record says of any day, as known at any moment: computed from the facts, not from stored answers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from core.among import among
from domain.kpi import Answer, Definition, History, Reading, State, Status, answer, fold
from domain.kpi_since import began_on
from domain.kpi_words import Seen
from domain.override import effective
from kpis.models import Kpi, KpiOverride, KpiSpell, KpiVersion, RemediationStep, Restatement, StatusChange
from kpis.queries.histories import histories
from kpis.queries.in_force import as_declared, override_on, state_on, version_on
from kpis.queries.known import put_back
from kpis.translate import definition_of, flags_of


@dataclass(frozen=True, slots=True)
class Judgement:
    """An answer with what it was given from. `since`: when its status began, as far as the ledger tells.

    `flags`: those of the answer, and of the record around it. `declared`: the status that counted in the place of the
    computed one, and `override` the declaration that stood (it may stand and not count). `because`: why it was paused or
    retired. `promised`, `remediation`: the ids of the version first sealed and of what set it after the fact, by then.
    """

    answer: Answer
    definition: Definition
    version: KpiVersion
    state: str
    paused_until: date | None
    seen: Seen
    since: date
    flags: tuple[str, ...] = ()
    declared: Status | None = None
    override: KpiOverride | None = None
    because: str = ""
    promised: int | None = None
    remediation: int | None = None

    @property
    def counts_as(self) -> Status:
        """The status in the roll-up."""
        return self.declared or self.answer.status


def answer_as_of(kpi: Kpi, *, as_of: date, known_at: datetime | None = None) -> Judgement | None:
    """What the record says of `kpi` on `as_of`, from what had been recorded by `known_at` (everything when None).

    None when the KPI itself had not been recorded by then. Seven statements.
    """
    return answers_as_of([kpi], as_of=as_of, known_at=known_at)[kpi.pk]


def answers_as_of(
    kpis: Sequence[Kpi], *, as_of: date, known_at: datetime | None = None
) -> dict[int, Judgement | None]:
    """The same for many, by id. Seven statements, whatever their number."""
    known: dict[str, Any] = {"kpi__in": among(kpi.pk for kpi in kpis)}
    recorded = known if known_at is None else {**known, "recorded_at__lte": known_at}
    in_force = {"in_force_at__isnull": False} if known_at is None else {"in_force_at__lte": known_at}
    versions = _by_kpi(KpiVersion.objects.filter(**known, **in_force).order_by("number"))
    put_back(versions, as_of=as_of, known_at=known_at)
    spells = _by_kpi(KpiSpell.objects.filter(**recorded, begins_on__lte=as_of).order_by("pk"))
    moments = known if known_at is None else {**known, "at__lte": known_at}
    changes = _by_kpi(StatusChange.objects.filter(**moments, on__lte=as_of).order_by("pk"))
    restated = set(
        Restatement.objects.filter(**recorded, on__lte=as_of).order_by().values_list("kpi", flat=True)
    )
    overrides = _by_kpi(KpiOverride.objects.filter(**recorded).select_related("recorded_by").order_by("pk"))
    in_force_on = {kpi_id: version_on(own, as_of) for kpi_id, own in versions.items()}
    # Readings of a measure that is not the one in force that day.
    silent = [
        v.pk
        for kpi_id, own in versions.items()
        for v in own
        if (now := in_force_on[kpi_id]) is not None and v.series != now.series
    ]

    def judged(kpi_id: int, rows: History | Sequence[Reading]) -> Judgement | None:
        version = in_force_on.get(kpi_id)
        found = _judged(by_id[kpi_id], version, spells[kpi_id], rows, changes[kpi_id], as_of, known_at)
        if found is None:
            return None
        declared = override_on(overrides[kpi_id], as_of, known_at)
        found = _with_record(found, kpi_id in restated, declared, as_of)
        kpi = by_id[kpi_id]
        promised = next((v.pk for v in versions[kpi_id] if v.pk == kpi.promised_id and v.seal), None)
        remediation = kpi.remediation_id if kpi_id in set_right else None
        return replace(found, promised=promised, remediation=remediation)

    by_id = {kpi.pk: kpi for kpi in kpis}
    set_right = _set_right(kpis, known_at)
    found = histories(by_id, known_at=known_at, silent=silent)
    measured = {kpi_id: judged(kpi_id, rows) for kpi_id, rows in found}
    return {kpi_id: measured[kpi_id] if kpi_id in measured else judged(kpi_id, ()) for kpi_id in by_id}


def _set_right(kpis: Iterable[Kpi], known_at: datetime | None) -> set[int]:
    """The KPIs that were known to be set after the fact. Nothing is asked where none ever was."""
    labelled = {kpi.pk for kpi in kpis if kpi.remediation_id is not None}
    if known_at is None or not labelled:
        return labelled
    steps = RemediationStep.objects.filter(kpi__in=labelled, recorded_at__lte=known_at).order_by()
    return set(steps.values_list("kpi", flat=True))


def _with_record(found: Judgement, restated: bool, override: KpiOverride | None, as_of: date) -> Judgement:
    """The judgement with what the record around the KPI adds: moved goalposts, a restatement, a declaration."""
    moved = found.version.moved
    if override is None:
        return replace(found, flags=tuple(flags_of(found.answer, moved=moved, restated=restated)))
    said = effective(found.answer, as_declared(override), as_of=as_of, last_recorded_at=None)
    flags = tuple(flags_of(found.answer, moved=moved, restated=restated, overridden=said.overridden))
    answer = replace(found.answer, valid_until=said.valid_until)
    return replace(found, answer=answer, flags=flags, declared=said.declared, override=override)


def _by_kpi(rows: Iterable[Any]) -> Mapping[int, list[Any]]:
    out: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        out[row.kpi_id].append(row)
    return out


def _judged(
    kpi: Kpi,
    version: KpiVersion | None,
    spells: Sequence[KpiSpell],
    rows: History | Sequence[Reading],
    changes: Sequence[StatusChange],
    as_of: date,
    known_at: datetime | None,
) -> Judgement | None:
    if version is None or (known_at is not None and kpi.created_at > known_at):
        return None
    state, until = state_on(spells, as_of)
    definition = definition_of(version, state=state)
    held = fold(definition, rows, as_of=as_of, known_at=known_at)
    found = answer(definition, held, as_of=as_of)
    if state == State.PAUSED:
        found = Answer(Status.PAUSED, valid_until=until)
    stands_on = None if found.reading_id is None else date.fromordinal(held.day)
    seen = Seen(stands_on, None if stands_on is None else held.value, version.unit_of_measure)
    since = began_on(definition, found, observed_on=seen.observed_on, as_of=as_of)
    if changes and changes[-1].now == found.status:
        since = changes[-1].on  # as it was published
    because = "" if state == State.ACTIVE else spells[-1].because
    return Judgement(found, definition, version, state, until, seen, since, because=because)
