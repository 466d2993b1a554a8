"""Watching for drift: which KPIs are to be asked, their flags, and the stored answer that lists read.

Nothing of it is done while a reading is recorded; that only marks the KPI, once until somebody has asked. The sweep asks,
a few at a time, for what is marked and what has expired.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from core import clock
from core.access import Actor, system
from core.among import among
from core.bulk import put_rows
from core.models import Heartbeat
from domain.kpi_drift import ReviewStatus, Toward
from domain.kpi_figures import SIX_PLACES, rounded
from kpis.models import DriftWatch, Kpi
from kpis.queries.drift import Drift, drifts_of
from kpis.queries.drift_policy import policy_on
from kpis.services.claiming import Pass, claimed
from kpis.services.findings import subjects_of
from portfolio.models import Initiative
from portfolio.services.flags import Finding, sync_many

CHUNK: Final = 20  # initiatives a transaction: short enough that nobody waits for its locks
TURN: Final = 25  # chunks a sweep
ASKED: Final = "kpis.drift"
VALUE, LOST, REVIEW = "kpi_value_drift", "kpi_relevance_lost", "kpi_relevance_review_due"
RULES: Final = frozenset({VALUE, LOST, REVIEW})
"""The codes of the flags this module raises and clears."""
STORED: Final = (
    "kpi", "due_on", "judged_on", "valid_until", "value", "toward", "value_since", "definition", "broken_on",
    "relevance", "review", "review_due_by", "policy",
)  # fmt: skip


def drift_due(*, at: datetime, by: Actor | None = None, chunks: int | None = TURN) -> Pass:
    """Ask the KPIs that are marked or whose answer has expired, at most `chunks` chunks (all when None).

    Asking again what was just asked finds nothing due and writes nothing. Safe to run twice, late or side by side.
    """
    actor, day = by or system(), clock.day_of(at)
    _heed_policy(day, at)
    due = DriftWatch.objects.filter(due_on__lte=day)
    if not due.exists():
        return Pass()

    def waiting(skipped: Collection[int]) -> QuerySet[Any, Any]:
        rows = due.exclude(kpi__initiative__in=skipped) if skipped else due
        return rows.order_by().values("kpi__initiative")

    def work(held: dict[int, Initiative]) -> Pass:
        ids = _asked(held, due)
        return Pass(len(ids), judge_drift(ids, initiatives=held, as_of=day, by=actor, at=at))

    return claimed(waiting, work, chunks, most=CHUNK)


def judge_drift(
    kpi_ids: Collection[int], *, initiatives: Mapping[int, Initiative], as_of: date, by: Actor, at: datetime
) -> int:
    """Store what is found of these KPIs and make their flags follow; returns how many stored answers changed.

    The caller holds `initiatives`, those of the KPIs, by id. A constant number of statements.
    """
    found, number = drifts_of(kpi_ids, as_of=as_of), policy_on(as_of)[1]
    before = {
        row[0]: row[1:] for row in DriftWatch.objects.filter(kpi__in=among(kpi_ids)).values_list(*STORED)
    }
    rows = [_row(pk, found.get(pk), as_of, number) for pk in sorted(kpi_ids)]
    put_rows(DriftWatch, STORED, rows)
    kpis = list(Kpi.objects.filter(pk__in=among(kpi_ids)).select_related("current").order_by("pk"))
    subjects = subjects_of(kpis, initiatives)
    said = [(subjects[kpi.pk], findings(kpi, found.get(kpi.pk))) for kpi in kpis]
    sync_many(
        found=said, by=by, at=at, rules=RULES, because="It is found otherwise now, or somebody answered."
    )
    # When it was asked, and when to ask again, is no part of what is found.
    return sum(1 for pk, *now in rows if pk not in before or tuple(now[3:]) != before[pk][3:])


def findings(kpi: Kpi, found: Drift | None) -> Sequence[Finding]:
    """The flags that the drift of a KPI calls for. A broken series is told, and is no reproach."""
    if found is None or kpi.state != Kpi.State.ACTIVE:
        return ()
    out = []
    weighs = kpi.primary or kpi.kind == Kpi.Kind.GUARD
    if found.alarming and found.value_since is not None:
        first = found.value.hits[0]
        out.append(
            Finding(
                rule=VALUE,
                severity=2 if weighs and found.toward is Toward.WORSE else 1,
                cause="KPI drifting",
                sentence=f"{kpi.name}: {_lowered(found.value.sentence)}",
                since=found.value_since,
                clears_when=f"{first.clears_when}.",
                group="cause",
                numbers={name: f"{rounded(value, SIX_PLACES).normalize():f}" for name, value in first.numbers.items()},
            )
        )  # fmt: skip
    if found.lost and found.relevance is not None and found.lost_since is not None:
        relevance = found.relevance
        out.append(
            Finding(
                rule=LOST,
                severity=2 if weighs else 1,
                cause="KPI no longer relevant",
                sentence=f"{kpi.name}: {_lowered(relevance.sentence)}",
                since=found.lost_since,
                clears_when=f"{relevance.clears_when}.",
                group="cause",
                numbers={name: f"{value.normalize():f}" for name, value in relevance.numbers.items()},
            )
        )
    if found.asked:
        out.append(_review(kpi, found))
    return out


def _review(kpi: Kpi, found: Drift) -> Finding:
    causes = [one for one in found.review.causes if one.code != "relevance_lost"]
    overdue = found.review.status is ReviewStatus.OVERDUE
    return Finding(
        rule=REVIEW,
        severity=2 if overdue else 1,
        cause="Relevance review overdue" if overdue else "Relevance review due",
        sentence=f"{kpi.name}: {_lowered(causes[0].sentence).rstrip('.')}.",
        since=causes[0].since or found.as_of,
        clears_when=f"{found.review.clears_when}.",
        group="time",
        numbers={"changes": str(len(causes)), "due_by": f"{found.review.due_by or ''}"},
    )


def _heed_policy(day: date, at: datetime) -> None:
    """Other thresholds have come into force: what was found by the earlier ones is asked again."""
    number = policy_on(day)[1]
    note = Heartbeat.objects.filter(name=ASKED).values_list("note", flat=True).first()
    if note is not None and note.get("policy") == number:
        return
    with transaction.atomic():
        DriftWatch.objects.exclude(policy=number).filter(Q(due_on=None) | Q(due_on__gt=day)).update(
            due_on=day
        )
        Heartbeat.objects.update_or_create(name=ASKED, defaults={"at": at, "note": {"policy": number}})


def _asked(held: Mapping[int, Initiative], due: QuerySet[DriftWatch]) -> set[int]:
    """The KPIs of these initiatives that are due, and those that stand for one of them: their pairs changed too."""
    ids = set(due.filter(kpi__initiative__in=held).values_list("kpi", flat=True))
    near = Kpi.objects.filter(Q(parent__in=among(ids)) | Q(serves__in=among(ids)))
    return ids.union(near.values_list("pk", flat=True))


def _row(kpi_id: int, found: Drift | None, as_of: date, policy: int) -> tuple[Any, ...]:
    if found is None:
        return (kpi_id, None, as_of, None, "", "", None, "", None, "", "", None, policy)
    until = found.valid_until
    retired = found.facts.state == Kpi.State.RETIRED
    return (
        kpi_id, None if until is None or retired else until + timedelta(days=1), as_of, until,
        found.value.status.value, str(found.toward or ""), found.value_since, found.definition.status.value,
        found.definition.breaks[-1].on if found.definition.breaks else None,
        found.relevance.relevance.value if found.relevance else DriftWatch.Relevance.UNKNOWN.value,
        found.review.status.value, found.review.due_by, policy,
    )  # fmt: skip


def _lowered(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:] if sentence[1:2].islower() else sentence
