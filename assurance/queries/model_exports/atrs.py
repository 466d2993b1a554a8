"""The UK Algorithmic Transparency Recording Standard: both tiers of its record, as JSON and as Markdown."""

from collections.abc import Mapping
from typing import Any, Final

from assurance.queries.model_exports.card import NEVER, line_of, text_of
from assurance.queries.model_exports.record import fact_of, part_of

Fields = dict[str, str | None]
TIER_2: Final = (
    "Owner and responsibility", "Description and rationale", "Deployment context", "Tool specification",
    "Risks, mitigations and impact assessments",
)  # fmt: skip


def atrs_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Both tiers by the standard's field names; null is what nobody recorded."""
    return {
        "tier_1": _said({
            "name": record["model"]["name"], "description": record["model"]["purpose"],
            "website_url": fact_of(record, "website_url"), "contact_email": record["model"]["contact"],
        }),
        "tier_2": dict(
            zip(TIER_2, (_owner(record), _why(record), _context(record), _tool(record), _risks(record)), strict=True)
        ),
    }  # fmt: skip


def _said(fields: Mapping[str, str | None]) -> Fields:
    return {name: value or None for name, value in fields.items()}


def _owner(record: Mapping[str, Any]) -> Fields:
    model = record["model"]
    return _said({
        "organisation_or_department": model["unit"]["name"], "team": model["unit"]["name"],
        "senior_responsible_owner": (model["owner"] or {}).get("name"),
        "external_supplier_involvement": "Yes" if model["vendor"] else None, "external_supplier": model["vendor"],
        "external_supplier_role": fact_of(record, "supplier_role"), "procurement_procedure_type": fact_of(record, "contract"),
        "data_access_terms": fact_of(record, "data_access_terms"),
    })  # fmt: skip


def _why(record: Mapping[str, Any]) -> Fields:
    goals = record["serves"]["initiatives"]
    return _said({
        "detailed_description": part_of(record, "purpose_and_users") or record["model"]["purpose"],
        "scope": part_of(record, "limits"),
        "benefit": "; ".join(one["outcome"] for one in goals if one["outcome"]) or fact_of(record, "benefits"),
        "previous_process": fact_of(record, "previous_process"),
        "alternatives_considered": fact_of(record, "alternatives"),
    })  # fmt: skip


def _context(record: Mapping[str, Any]) -> Fields:
    return _said({
        "integration_into_operational_process": record["model"]["affected"],
        "human_review": part_of(record, "oversight", "people"),
        "frequency_and_scale_of_usage": fact_of(record, "scale"),
        "required_training": fact_of(record, "training"),
        "appeals_and_review": part_of(record, "oversight", "appeal") or fact_of(record, "appeal_process_words"),
    })  # fmt: skip


def _tool(record: Mapping[str, Any]) -> Fields:
    model, version = record["model"], record["champion"] or {}
    metrics = "; ".join(f"{name} {value}" for name, value in (version.get("metrics") or {}).items())
    return _said({
        "phase": model["stage_display"], "maintenance": part_of(record, "monitoring_playbook", "monitor"),
        "model_name": model["name"], "model_version": model["champion"],
        "model_task": model["purpose"], "model_architecture": part_of(record, "method_and_training"),
        "model_type": model["technique_display"] if model["technique"] else None,
        "model_performance": part_of(record, "performance") or metrics,
        "datasets": part_of(record, "data_and_lineage", "sources") or fact_of(record, "data_description"),
        "personal_data": part_of(record, "data_and_lineage", "privacy") or fact_of(record, "pii"),
    })  # fmt: skip


def _risks(record: Mapping[str, Any]) -> Fields:
    return _said({
        "impact_assessment": part_of(record, "data_and_lineage", "privacy") or fact_of(record, "impact_assessment"),
        "risks": part_of(record, "bias_and_segments") or fact_of(record, "key_risks"),
        "mitigations": part_of(record, "oversight", "fallback") or record["model"]["fallback_plan"],
        "security": part_of(record, "security", "threat_assessment"),
    })  # fmt: skip


def atrs_markdown(record: Mapping[str, Any]) -> str:
    """The same, to be read."""
    found = atrs_record(record)
    lines = [
        f"# Algorithmic transparency record: {line_of(record['model']['name'])}",
        "",
        "## Tier 1",
        *_fields(found["tier_1"]),
    ]
    for number, (title, fields) in enumerate(found["tier_2"].items(), start=1):
        lines += ["", f"## Tier 2.{number} {title}", *_fields(fields)]
    return "\n".join(lines).rstrip() + "\n"


def _fields(fields: Fields) -> list[str]:
    out: list[str] = []
    for name, value in fields.items():
        out += ["", f"### {name.replace('_', ' ').capitalize()}", "", text_of(value) if value else NEVER]
    return out
