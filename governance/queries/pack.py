"""The evidence of a submission as one document: what was known when the gate was asked for, in plain JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any, Final

from core.models import User
from domain.gates import Gate
from domain.motions import Motion, motion_to_json
from domain.self_report import Contradiction
from funding.models import BusinessCase
from governance.models import AiModel, Condition
from governance.queries.must_meets import Answer
from governance.queries.pilot_facts import of_pilot, report_of
from kpis.models import Kpi
from portfolio.models import Flag, Initiative
from portfolio.models.worth import CaseWorth

FORM: Final = 3
"""The version of the list of what is frozen. A fact added later makes a new one."""


def pack_of(
    initiative: Initiative, gate: Gate, *, definition: int, tier: int | None, answers: Sequence[Answer],
    said: Mapping[str, Any], motion: Motion, against: Sequence[Contradiction], case: BusinessCase | None, today: date,
) -> dict[str, Any]:  # fmt: skip
    """Everything a decision will stand on. People and records are named by id and by the name they had. About
    twenty-five statements, most of them the report of a running pilot."""
    return {
        "form": FORM,
        "on": today.isoformat(),
        "gate": {
            "code": gate.code, "name": gate.name, "from": gate.from_stage.value, "to": gate.to_stage.value,
            "definition": definition,
        },
        "must_meets": [
            {
                "code": one.criterion.code, "text": one.criterion.text, "answer": one.told.answer, "fact": one.told.fact,
                "evidence": [
                    {"id": row.pk, "title": row.title, "sha256": row.sha256, "url": row.url, "waived": row.waived}
                    for row in one.evidence
                ],
            }
            for one in answers
        ],
        "said": dict(said),
        "motion": motion_to_json(motion),
        "contradictions": [asdict(one) for one in against],
        "case": None if case is None else {"ref": case.ref, "number": case.number, "seal": case.seal},
        **facts_now(initiative, tier=tier),
        "report": report_of(initiative, today),
        "conditions": _conditions(initiative),
        "flags": _flags(initiative),
    }  # fmt: skip


def facts_now(initiative: Initiative, *, tier: int | None) -> dict[str, Any]:
    """The facts that a decision is bound to, as they are: what is frozen, and later compared (`queries.superseded`)."""
    sponsor, lead = initiative.sponsor, initiative.lead
    worth = CaseWorth.objects.filter(initiative=initiative, lapsed_on=None).first()
    return {
        "initiative": {
            "ref": initiative.ref, "name": initiative.name, "stage": initiative.stage, "tier": tier,
            "sponsor": _person(sponsor), "lead": _person(lead), "outcome": initiative.outcome, "problem": initiative.problem,
        },
        "kpis": _kpis(initiative),
        "models": _models(initiative),
        "worth": None if worth is None else {
            "case": worth.case_ref, "npv": _number(worth.npv), "value": _number(worth.value),
            "haircut": _number(worth.haircut), "outlay": _number(worth.outlay), "delay_a_month": _number(worth.delay_a_month),
            "measured_share": _number(worth.measured_share),
        },
        "money": {name: _number(getattr(initiative, name)) for name in ("spent", "approved", "released", "claimed", "validated")},
        **of_pilot(initiative),
    }  # fmt: skip


def _kpis(initiative: Initiative) -> list[dict[str, Any]]:
    rows = Kpi.objects.filter(initiative=initiative).exclude(state=Kpi.State.RETIRED)
    return [
        {
            "ref": one.ref, "name": one.name, "kind": one.kind, "primary": one.primary, "owner": _person(one.owner),
            "status": one.status, "reason": one.reason, "value": _number(one.last_value),
            "read_on": _plain(one.last_observed_on), "progress": _number(one.progress),
            "version": one.current.number if one.current else None, "seal": one.current.seal if one.current else "",
            "unit": one.unit_of_measure, "baseline": _number(one.current.baseline if one.current else None),
            "target": _number(one.current.target if one.current else None),
            "target_on": _plain(one.current.target_on if one.current else None),
            "lower": _number(one.current.lower if one.current else None),
            "upper": _number(one.current.upper if one.current else None),
        }
        for one in rows.select_related("current", "owner").order_by("pk")
    ]  # fmt: skip


def _models(initiative: Initiative) -> list[dict[str, Any]]:
    rows = AiModel.objects.filter(initiatives=initiative).select_related("owner").order_by("pk")
    return [
        {
            "ref": one.ref, "name": one.name, "owner": _person(one.owner), "tier": one.risk_tier, "stage": one.stage,
            "status": one.status, "champion": one.champion,
        }
        for one in rows
    ]  # fmt: skip


def _conditions(initiative: Initiative) -> list[dict[str, Any]]:
    rows = Condition.objects.filter(initiative=initiative, state=Condition.State.OPEN).order_by("pk")
    return [
        {"ref": one.ref, "text": one.text, "kind": one.kind, "due_on": one.due_on.isoformat()} for one in rows
    ]


def _flags(initiative: Initiative) -> list[dict[str, Any]]:
    rows = Flag.objects.filter(initiative=initiative, cleared_at=None).order_by("-severity", "pk")
    return [
        {
            "rule": one.rule, "cause": one.cause, "severity": one.severity, "subject": one.subject_label,
            "subject_type": one.subject_type, "sentence": one.sentence,
        }
        for one in rows
    ]  # fmt: skip


def _person(row: User | None) -> dict[str, Any] | None:
    return None if row is None else {"id": row.pk, "name": row.name}


def _number(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
