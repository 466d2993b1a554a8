"""The KPI a tranche waits for, as it counts on a day, and what else a decision on money stands on."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from domain.finance.release import Awaited
from domain.kpi_codes import Status
from funding.models import TrancheKpi
from kpis.models import Kpi
from kpis.queries.past import Judgement, answers_as_of
from kpis.queries.stand import standing, why
from portfolio.models import CaseWorth

_UNSAID = "It has no definition in force."


def awaited_by(tranches: Sequence[int], *, today: date) -> dict[int, Awaited]:
    """Tranche -> its KPI as the roll-up counts it today, a declaration that stands in place of the computed status. Asked of
    the record, not of what was stored. Those that wait for none are left out. Eight statements, whatever their number."""
    links = list(TrancheKpi.objects.filter(tranche__in=tranches).select_related("kpi__current"))
    if not links:
        return {}
    judged = answers_as_of([link.kpi for link in links], as_of=today)
    return {link.tranche_id: _awaited(link.kpi, judged.get(link.kpi_id), today) for link in links}


def _awaited(kpi: Kpi, judged: Judgement | None, today: date) -> Awaited:
    if judged is None:
        return Awaited(
            ref=kpi.ref, name=kpi.name, status=Status.NO_DATA, reason="", as_of=today, sentence=_UNSAID,
            clears="A definition in force, and a reading.",
        )  # fmt: skip
    words = why(standing(kpi, judged, today))
    declared = judged.declared
    sentence = words.sentence if words else _UNSAID
    if declared is not None and judged.override is not None:
        sentence = f"Declared {declared.value.replace('_', ' ')}: {judged.override.because} {sentence}"
    return Awaited(
        ref=kpi.ref, name=kpi.name, status=judged.counts_as, as_of=today, sentence=sentence,
        reason="" if declared is not None else str(judged.answer.reason or ""),
        clears="Its declaration is withdrawn." if declared is not None else words.clears if words else "A reading.",
    )  # fmt: skip


def facts(initiative_id: int, awaited: Awaited | None) -> Mapping[str, Any]:
    """What a decision stood on, as it is kept with it."""
    found: dict[str, Any] = {}
    if awaited is not None:
        found["kpi"] = {
            "ref": awaited.ref, "name": awaited.name, "status": awaited.status.value, "reason": awaited.reason,
            "as_of": awaited.as_of.isoformat(), "sentence": awaited.sentence,
        }  # fmt: skip
    worth = CaseWorth.objects.filter(initiative=initiative_id).only("case_ref", "case_number", "npv").first()
    if worth is not None:
        found["case"] = {"ref": worth.case_ref, "number": worth.case_number, "npv": str(worth.npv)}
    return found
