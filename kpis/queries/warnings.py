"""The recorded facts early warnings are judged from, of many initiatives in a number of statements that does not grow.

Two classes, as everywhere: model metrics, and business KPIs, which are all others. A reading speaks when it is a number,
neither withdrawn nor replaced, and true of a day that has come. The business owner is the sponsor, and whoever owns a
business KPI.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from core import clock
from domain.amendments import Finding, review
from domain.kpi_codes import Status
from domain.kpi_warnings import GOOD, Code, Facts, Intervention, Policy, Standing
from domain.rollup import BAD
from domain.stages import GATES, Stage
from kpis.models import Intervention as Undertaken
from kpis.models import Kpi, KpiOverride, Measurement, StatusChange
from kpis.queries.acts import last_acts
from kpis.queries.consensus import asked_of, consensus_of
from kpis.queries.discipline import DEVELOPED, Milestones, milestones_of, records_of
from kpis.queries.together import counted_as
from portfolio.models import Flag, Initiative

PREFIX = "warning_"
RULES = frozenset(f"{PREFIX}{code.value}" for code in Code)
"""The codes of the flags of early warnings."""
_APPROVE = frozenset(gate.code for gate in GATES if gate.to_stage in DEVELOPED)
"""The gates from which on KPIs stand: the first into development, or whichever later one is on record."""
_OVER = frozenset({Stage.STOPPED.value, Stage.RETIRED.value})
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Record:
    """One initiative with its people, its KPIs and the facts.

    `ahead`: the day of the next reading dated ahead, whose coming is no news to anybody. `lacking`: the KPIs a role has
    not signed.
    """

    initiative: Initiative
    kpis: Sequence[Kpi]
    facts: Facts
    ahead: date | None
    lacking: Mapping[str, tuple[str, ...]]

    @property
    def over(self) -> bool:
        """Stopped or retired: there is nothing left to neglect."""
        return self.initiative.stage in _OVER

    @property
    def turns_before(self) -> date | None:
        """The last day before a reading dated ahead speaks."""
        return None if self.ahead is None else self.ahead - _ONE_DAY

    @property
    def settled(self) -> Facts:
        """The facts with standings that turn only when they are published: that is news, and nothing to wait for."""
        return replace(
            self.facts,
            model_metrics=tuple(replace(one, valid_until=None) for one in self.facts.model_metrics),
            business_kpis=tuple(replace(one, valid_until=None) for one in self.facts.business_kpis),
        )


def records(initiative_ids: Collection[int], *, as_of: date, policy: Policy) -> list[Record]:
    """What is recorded of these initiatives, as of today. Of one that is over nothing is asked any more."""
    rows = Initiative.objects.filter(pk__in=initiative_ids).select_related("unit", "sponsor", "lead")
    initiatives = {row.pk: row for row in rows.order_by("pk")}
    kpis = _kpis(initiatives, as_of)
    every = [kpi for own in kpis.values() for kpi in own]
    asked = asked_of([kpi.pk for kpi in every]) if every else {}
    stones = milestones_of([pk for pk, own in kpis.items() if own]) if every else {}
    changed = [kpi for kpi in every if kpi.current is not None and kpi.current.number > 1]
    found = {pk: review(record, as_of=as_of).findings for pk, record in records_of(changed).items()}
    since = _standing_since(every)
    taken = _interventions(initiatives, {kpi.pk: kpi.ref for kpi in every}, found)
    live = [row for row in initiatives.values() if row.stage == Stage.PRODUCTION.value]
    acts = last_acts({row.pk: owners_of(row, kpis[row.pk]) for row in live})
    out = []
    for pk, row in initiatives.items():
        if row.stage in _OVER:
            out.append(Record(row, kpis[pk], Facts(), None, {}))
            continue
        own, stone = kpis[pk], stones.get(pk, Milestones())
        agreed = consensus_of(own, asked, stone.development_on, policy.required_roles, as_of)
        metrics = [kpi for kpi in own if is_metric(kpi)]
        business = [kpi for kpi in own if not is_metric(kpi)]
        facts = Facts(
            sign_offs=agreed.words,
            proposed_on=agreed.proposed_on,
            gate_approved_on=_approved_on(stone),
            findings={kpi.ref: tuple(found[kpi.pk]) for kpi in own if kpi.pk in found},
            model_metrics=tuple(_standing(kpi, since) for kpi in metrics),
            business_kpis=tuple(_standing(kpi, since) for kpi in business),
            first_model_reading_on=_least(kpi.first_reading_on for kpi in metrics),  # type: ignore[attr-defined]
            last_business_reading_on=_most(kpi.last_reading_on for kpi in business),  # type: ignore[attr-defined]
            in_production=row.stage == Stage.PRODUCTION.value,
            production_since=row.entered_on if row.stage == Stage.PRODUCTION.value else None,
            last_owner_action_on=acts.get(pk),
            interventions=taken.get(pk, {}),
        )
        ahead = _least(kpi.next_reading_on for kpi in own)  # type: ignore[attr-defined]
        out.append(Record(row, own, facts, ahead, agreed.lacking))
    return out


def is_metric(kpi: Kpi) -> bool:
    return kpi.kind == Kpi.Kind.MODEL_METRIC


def owners_of(initiative: Initiative, kpis: Iterable[Kpi]) -> set[int]:
    """The business owner: the sponsor, and who owns a business KPI."""
    people = {kpi.owner_id for kpi in kpis if not is_metric(kpi)} | {initiative.sponsor_id}
    return {pk for pk in people if pk is not None}


def speaking(as_of: date) -> QuerySet[Measurement]:
    """The readings that speak by a day."""
    replaced = Measurement.objects.filter(supersedes=OuterRef("pk"))
    rows = Measurement.objects.filter(~Exists(replaced), void=False, value__isnull=False)
    return rows.filter(observed_on__lte=as_of)


def _kpis(initiatives: Collection[int], as_of: date) -> dict[int, list[Kpi]]:
    own = speaking(as_of).filter(kpi=OuterRef("pk"))
    later = Measurement.objects.filter(kpi=OuterRef("pk"), observed_on__gt=as_of)
    rows = Kpi.objects.filter(initiative__in=initiatives, current__isnull=False).select_related(
        "current", "owner"
    )
    rows = rows.annotate(
        first_reading_on=Subquery(own.order_by("observed_on", "pk").values("observed_on")[:1]),
        last_reading_on=Subquery(own.order_by("-observed_on", "-pk").values("observed_on")[:1]),
        next_reading_on=Subquery(later.order_by("observed_on", "pk").values("observed_on")[:1]),
    )
    out: dict[int, list[Kpi]] = {pk: [] for pk in initiatives}
    for kpi in rows.order_by("pk"):
        out[kpi.initiative_id].append(kpi)
    return out


def _standing_since(kpis: Sequence[Kpi]) -> dict[int, date | None]:
    """Since when each KPI that is good or bad has been so without a break: on track or achieved is good all the same.

    Of one whose status is declared, since the declaration began. Two statements at most.
    """
    declared = [kpi.pk for kpi in kpis if kpi.declared_status]
    out: dict[int, date | None] = dict.fromkeys(declared)
    if declared:
        rows = KpiOverride.objects.filter(kpi__in=declared, ended_at=None)
        out |= dict(rows.order_by().values_list("kpi_id", "begins_on"))
    kinds = {kpi.pk: kind for kpi in kpis for kind in (GOOD, BAD) if kpi.pk not in out and kpi.status in kind}
    ended = set[int]()
    changes = StatusChange.objects.filter(kpi__in=kinds).order_by("kpi_id", "-pk")
    for pk, now, on in changes.values_list("kpi_id", "now", "on"):
        if pk not in ended and now in kinds[pk]:
            out[pk] = min(on, out.get(pk) or on)
        else:
            ended.add(pk)
    return out


def _standing(kpi: Kpi, since: Mapping[int, date | None]) -> Standing:
    """The status that counts, as in the roll-up."""
    reason = None if kpi.declared_status else kpi.reason or None
    began = since.get(kpi.pk, kpi.status_since)
    return Standing(kpi.name, Status(counted_as(kpi)), began, kpi.valid_until, reason)


def _approved_on(stones: Milestones) -> date | None:
    return _least(gate.decided_on for gate in stones.gates if gate.code in _APPROVE)


def _interventions(
    initiatives: Collection[int], refs: Mapping[int, str], found: Mapping[int, Sequence[Finding]]
) -> dict[int, dict[str, Intervention]]:
    """What is undertaken about the open flags, by the key of the warning; the open one, else the last."""
    rows = Undertaken.objects.filter(
        flag__initiative__in=initiatives, flag__rule__in=RULES, flag__cleared_at=None
    )
    out: dict[int, dict[str, Intervention]] = defaultdict(dict)
    for one in rows.select_related("flag", "assigned_to").order_by("pk"):
        opened = clock.day_of(one.recorded_at)
        taken = Intervention(
            opened, max(one.due_on, opened), one.assigned_to.name,
            None if one.closed_at is None else clock.day_of(one.closed_at), one.closure,
        )  # fmt: skip
        for key in _keys(one.flag, refs, found):
            kept = out[one.initiative_id].get(key)
            if kept is None or _later(taken, kept):
                out[one.initiative_id][key] = taken
    return out


def _later(one: Intervention, other: Intervention) -> bool:
    """An open one speaks before a closed one; of closed ones the last to be closed."""
    return (one.closed_on is None, one.closed_on or one.opened_on) >= (
        other.closed_on is None,
        other.closed_on or other.opened_on,
    )


def _keys(flag: Flag, refs: Mapping[int, str], found: Mapping[int, Sequence[Finding]]) -> Iterable[str]:
    """The keys of the warnings a flag stands for: those of one KPI are one flag."""
    code = flag.rule.removeprefix(PREFIX)
    if flag.subject_type != "kpi":
        return [code]
    pk = flag.subject_id
    return [f"{code}:{refs[pk]} v{one.version}" for one in found.get(pk, ())] if pk in refs else []


def _least(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _most(days: Iterable[date | None]) -> date | None:
    return max((day for day in days if day is not None), default=None)
