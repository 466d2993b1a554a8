"""The record a memo is written from, read once, and the memos that were kept."""

from datetime import date, datetime
from typing import Any, Final

from django.conf import settings

from core import clock, vocabulary
from core.access import Actor
from core.listing import Filter, Listing
from domain.experiment import Outcome
from domain.kpi_codes import Status
from domain.kpi_words import amount
from domain.memo import memo_of
from domain.memo_document import Made, document_of
from domain.memo_facts import (
    CaseFacts,
    ComparisonFacts,
    FlagFacts,
    JudgedBy,
    KpiFacts,
    MemoFacts,
    PilotFacts,
    TrancheFacts,
)
from domain.purgatory import Level, RemedyCode
from funding.models import Memo, TrancheKpi
from funding.models.memos import ADVICE
from funding.queries.cases import in_force, lines_of
from funding.queries.standing import decisions_of, tranches_of
from funding.translate import appraisal_of, case_of, question_of
from kpis.models import Comparison, Kpi, KpiVersion
from kpis.queries.comparisons import reached
from kpis.queries.together import counted_as
from kpis.queries.verdicts import verdicts_of_many
from pilots.models import Pilot
from pilots.queries.words import remedy_words
from portfolio.models import Flag, Initiative

DAY: Final = ("", "gte", "lte")
MEMOS: Final = Listing(
    filters={
        "id": Filter("pk", "id"),
        "initiative": Filter("initiative", "ref", prefix="AI"),
        "case": Filter("case", "ref", prefix="BC"),
        "advice": Filter("advice", "choice", choices=tuple(code for code, _ in ADVICE)),
        "on": Filter("on", "date", ops=DAY),
        "kept_on": Filter("kept_at__date", "date", ops=("gte", "lte")),
        "kept_by": Filter("kept_by", "id", ops=("", "in", "isnull")),
        "seal": Filter("seal", "text", ops=("", "in")),
    },
    orders={"kept_at": "kept_at", "number": "number"},
    search=("initiative__name",),
)


def facts_for_memo(initiative: Initiative, *, by: Actor, at: datetime) -> MemoFacts:
    """The facts of an initiative the actor may know (with unit, sponsor and lead beside it), as they are at `at`.

    A constant number of statements. RuleError where the case in force cannot be appraised.
    """
    today = clock.day_of(at)
    return MemoFacts(
        on=today,
        ref=initiative.ref,
        name=initiative.name,
        unit=initiative.unit.name,
        currency=settings.ORG_CURRENCY,
        sponsor=initiative.sponsor.name if initiative.sponsor else "",
        lead=initiative.lead.name if initiative.lead else "",
        stage=initiative.get_stage_display(),
        spent=initiative.spent,
        approved=initiative.approved,
        released=initiative.released,
        case=_case(initiative),
        kpis=_kpis(initiative, at),
        comparisons=_comparisons(initiative),
        pilot=_pilot(initiative),
        flags=_flags(initiative, by),
        tranches=_tranches(initiative, today),
    )


def _case(initiative: Initiative) -> CaseFacts | None:
    row = in_force([initiative.pk]).first()
    if row is None or row.published_at is None:
        return None
    lines = lines_of(row)
    return CaseFacts(
        ref=row.ref,
        number=row.number,
        seal=row.seal,
        published_on=clock.day_of(row.published_at),
        case=case_of(lines),
        appraisal=appraisal_of(lines),
        turns=question_of(lines).turns,
        prices=row.get_prices_display().partition(":")[0].lower() + " prices",
        mid_year=row.mid_year,
        people=row.people,
    )


def _kpis(initiative: Initiative, at: datetime) -> tuple[KpiFacts, ...]:
    rows = list(
        Kpi.objects.filter(initiative=initiative, primary=True, current__isnull=False)
        .exclude(state=Kpi.State.RETIRED)
        .select_related("current")
        .order_by("-weight", "pk")
    )
    verdicts = verdicts_of_many(rows, as_of=clock.day_of(at))
    found = []
    for kpi in rows:
        version: Any = kpi.current
        both = verdicts.get(kpi.pk)
        status = counted_as(kpi)
        found.append(
            KpiFacts(
                key=kpi.pk, ref=kpi.ref, name=kpi.name, status=Status(status),
                word=vocabulary.word("kpi", status, "" if kpi.declared_status else kpi.reason),
                unit=kpi.unit_of_measure, declared=bool(kpi.declared_status), baseline=version.baseline,
                value=kpi.last_value, observed_on=kpi.last_observed_on, target=version.target,
                target_on=version.target_on, band=_band(version), post_hoc=kpi.post_hoc, version=version.number,
                heads=both.heads if both is not None and both.differ and both.both.differ else None, seal=version.seal,
            )
        )  # fmt: skip
    return tuple(found)


def _band(version: KpiVersion) -> str:
    """What a band has to stay within, in words; empty for a trajectory."""
    if version.shape != KpiVersion.Shape.BAND:
        return ""
    unit, low, high = version.unit_of_measure, version.lower, version.upper
    if low is not None and high is not None:
        return f"{amount(low)} to {amount(high, unit)}"
    if low is not None:
        return f"at least {amount(low, unit)}"
    return "no bound" if high is None else f"at most {amount(high, unit)}"


def _comparisons(initiative: Initiative) -> tuple[ComparisonFacts, ...]:
    """Of its KPIs, the latest first."""
    rows = (
        Comparison.objects.filter(kpi__initiative=initiative)
        .select_related("kpi")
        .prefetch_related("looks")
        .order_by("-pk")
    )
    found = [(row, reached(row).verdict) for row in rows]
    return tuple(
        ComparisonFacts(
            key=row.pk, name=row.name, kpi=row.kpi.ref, sentence="" if verdict is None else verdict.sentence,
            against=verdict is not None and verdict.outcome is Outcome.ARM_1_BETTER,
        )
        for row, verdict in found
    )  # fmt: skip


def _pilot(initiative: Initiative) -> PilotFacts | None:
    row = (
        Pilot.objects.filter(initiative=initiative)
        .select_related("spell", "production_owner")
        .order_by("-pk")
        .first()
    )
    if row is None:
        return None
    owner, runs = row.production_owner, row.ended_on is None
    return PilotFacts(
        ref=row.ref,
        began_on=row.spell.entered_on,
        ended_on=row.ended_on,
        level=vocabulary.word("pilot", row.level) if row.level else "",
        remedy=remedy_words(row.remedy, row.remedy_detail),
        stuck=runs and row.level == Level.PURGATORY.value,
        stops=runs and row.remedy == RemedyCode.STOP.value,
        has_owner=owner.is_active if owner is not None else False if row.no_production_owner else None,
    )


def _flags(initiative: Initiative, by: Actor) -> tuple[FlagFacts, ...]:
    """The open findings the reader may know, the worst first."""
    rows = Flag.objects.visible_to(by).open().filter(initiative=initiative)
    return tuple(
        FlagFacts(
            rule=row.rule, about=row.get_subject_type_display(), severity=row.severity, sentence=row.sentence,
            clears_when=row.clears_when, cause=row.cause,
        )
        for row in rows.order_by("-severity", "since", "pk")
    )  # fmt: skip


def _tranches(initiative: Initiative, today: date) -> tuple[TrancheFacts, ...]:
    """With the hold that stands on one that waits, and the definition its KPI is judged by."""
    standing = tranches_of(initiative, decisions_of(initiative), today=today)
    judged_by = _judged_by([one.row.pk for one in standing])
    return tuple(
        TrancheFacts(
            number=one.row.number, amount=one.row.amount, approved_on=one.row.approved_on,
            released_on=one.row.released_on, returned_on=one.row.returned_on, gate=one.row.gate,
            condition=one.row.condition, awaited=one.awaited, judged_by=judged_by.get(one.row.pk),
            held=one.held.because if one.held is not None and one.waits else "",
        )
        for one in standing
    )  # fmt: skip


def _judged_by(tranches: list[int]) -> dict[int, JudgedBy]:
    """Tranche -> what the KPI it waits for is judged by. One statement."""
    links = TrancheKpi.objects.filter(tranche__in=tranches).select_related("kpi__current")
    return {
        link.tranche_id: JudgedBy(link.kpi_id, now.number, now.seal) if now is not None else JudgedBy(link.kpi_id)
        for link in links
        for now in (link.kpi.current,)
    }  # fmt: skip


def memo_document(initiative: Initiative, *, by: Actor, at: datetime) -> dict[str, Any]:
    """The memo of an initiative as the record has it at `at`, as plain data (domain.memo_document)."""
    facts = facts_for_memo(initiative, by=by, at=at)
    return document_of(facts, memo_of(facts), Made(by.label, at))


def kept_of(initiative: Initiative) -> list[Memo]:
    """The memos kept of an initiative, the latest first, without their documents."""
    rows = Memo.objects.filter(initiative=initiative).select_related("kept_by", "case").defer("document")
    return list(rows.order_by("-number"))
