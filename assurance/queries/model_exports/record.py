"""The record of a model as one plain document. Every other export is made of it, so that none says more or less."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from assurance.models import ModelVersion
from assurance.queries.classifications import stood_of
from assurance.queries.dossier import Dossier, dossier_of
from core.access import Actor
from core.models import User
from governance.models import AiModel

FORM: Final = 1
TEXTS: Final = (
    "name", "purpose", "developer", "vendor", "technique", "risk_tier", "stage", "affected", "contact", "fallback_plan",
    "decommission_criteria", "champion", "open_critical", "status", "orphan", "source", "external_id",
    "monitoring_cadence_days", "retired_because",
)  # fmt: skip
DAYS: Final = (
    "in_production_since", "retired_on", "next_review_on", "last_review_on", "last_validated_on", "last_monitored_on",
    "last_heartbeat_on", "fallback_tested_on", "attested_on", "stale_since", "valid_until",
)  # fmt: skip


def model_record(row: AiModel, actor: Actor, day: date) -> dict[str, Any]:
    """Everything on record of a model that the reader may see; null is what nobody recorded. About fifteen statements.

    Initiatives and KPIs the reader may not see are left out, and counted in `unseen`.
    """
    goals = list(row.initiatives.visible_to(actor).order_by("pk"))
    kpis = list(row.kpis.filter(initiative__in=goals).order_by("pk")) if goals else []
    dossier = dossier_of(row, day)
    people = [{"id": one.pk, "name": one.name} for one in row.developers.order_by("name", "pk")]
    version = ModelVersion.objects.filter(model=row, role=ModelVersion.Role.CHAMPION).first()
    return {
        "form": FORM,
        "model": {
            "id": row.pk, "ref": row.ref, **{name: getattr(row, name) for name in TEXTS},
            **{name: _day(getattr(row, name)) for name in DAYS},
            "technique_display": row.get_technique_display(), "stage_display": row.get_stage_display(),
            "unit": {"id": row.unit_id, "name": row.unit.name}, "owner": _person(row.owner),
            "validator": _person(row.validator), "developers": people, "developed_by": _developed_by(row, people), "facts": row.facts, "causes": [one["code"] for one in row.causes],
            "version": row.version, "updated_at": row.updated_at.isoformat().replace("+00:00", "Z"),
        },
        "serves": {
            "initiatives": [{"ref": one.ref, "name": one.name, "outcome": one.outcome} for one in goals],
            "kpis": [{"ref": one.ref, "name": one.name} for one in kpis],
            "unseen": row.initiatives.count() - len(goals),
        },
        "champion": _version(version),
        "dossier": _dossier(dossier),
        "explanations": _explanations(dossier),
        "classifications": _classifications(row, day),
    }  # fmt: skip


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _person(user: User | None) -> Mapping[str, Any] | None:
    return None if user is None else {"id": user.pk, "name": user.name}


def _developed_by(row: AiModel, people: Sequence[Mapping[str, Any]]) -> str:
    """The people, and the team or vendor in words."""
    return ", ".join([*(str(one["name"]) for one in people), *([row.developer] if row.developer else [])])


def _version(row: ModelVersion | None) -> Mapping[str, Any] | None:
    if row is None:
        return None
    return {
        "number": row.number, "trained_on": _day(row.trained_on), "metrics": row.metrics, "commit": row.commit,
        "image_digest": row.image_digest,
    }  # fmt: skip


def _dossier(found: Dossier) -> dict[str, Any]:
    return {
        "percent": found.standing.percent,
        "missing": list(found.standing.missing),
        "policy_number": found.policy_number,
        "sections": {
            line.section.code: {
                "number": line.version.number, "written_at": line.version.written_at.isoformat().replace("+00:00", "Z"),
                "written_by": line.version.written_by.name, "parts": line.version.parts,
            }
            for line in found.lines if line.version is not None
        },
    }  # fmt: skip


def _explanations(found: Dossier) -> dict[str, Any]:
    return {
        "shap": [
            {"file": one.filename, "sha256": one.sha256, "rows": one.rows, "importance": one.importance}
            for one in found.shap
        ],
        "lime": [
            {"decision": one.decision, "outcome": one.outcome, "items": one.items} for one in found.lime
        ],
    }


def _classifications(row: AiModel, day: date) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for one in stood_of(row, day):
        if one.row is None:
            continue
        out[one.rules.code] = {
            "name": one.rules.name, "version": one.row.rule_version, "class": one.row.class_code,
            "label": one.row.class_label, "applies_from": _day(one.row.applies_from), "missing": one.row.missing,
            "answers": one.row.answers, "recorded_by": one.row.recorded_by.name,
            "recorded_at": one.row.recorded_at.isoformat().replace("+00:00", "Z"),
            "answered_under_older_version": one.newer is not None,
            "obligations": [
                {
                    "code": duty.code, "label": duty.label, "place": duty.place, "status": duty.status,
                    "evidence": duty.evidence, "url": duty.url, "due_on": _day(duty.due_on),
                }
                for duty in one.duties
            ],
        }  # fmt: skip
    return out


def part_of(record: Mapping[str, Any], section: str, part: str = "text") -> str:
    """The text of a part of the dossier; empty where nobody wrote it."""
    found = record["dossier"]["sections"].get(section)
    return str(found["parts"].get(part, "")) if found else ""


def fact_of(record: Mapping[str, Any], name: str) -> str:
    """A fact its source gave; empty where it was not reported."""
    return str(record["model"]["facts"].get(name) or "")


def duty_of(record: Mapping[str, Any], rule_set: str, code: str) -> Mapping[str, Any] | None:
    """How one obligation stands, None where no classification brings it."""
    found = record["classifications"].get(rule_set)
    rows = found["obligations"] if found else ()
    return next((one for one in rows if one["code"] == code), None)
