"""A row of the US federal inventory of AI use cases: the columns of the 2025 consolidated inventory (OMB M-25-21), and the
row as its source published it, where an import brought one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from assurance.queries.model_exports.record import duty_of, fact_of, part_of
from governance.models import AiModel

Row = tuple[str, list[str], list[str]]
"""The inventory's title, its header, the cells. Header texts may repeat."""
COLUMNS: Final = (
    "agency", "agency_name", "id", "use_case_name", "agency_bureau", "contact_email", "is_withheld", "development_stage",
    "is_high_impact", "HI_justification", "topic_area", "classification", "problem_solved", "benefits", "system_outputs",
    "operational_date", "contracting_usage", "vendor_name", "have_ato", "system_name_ato", "data_description",
    "link_to_data", "has_pii", "pia_url", "demographic_features", "has_custom_code", "code_url", "hi_testing_conducted",
    "hi_assessment_completed", "hi_potential_impacts", "hi_independent_review", "hi_ongoing_monitoring",
    "hi_training_established", "hi_failsafe_presence", "hi_appeal_process", "hi_public_consultation",
)  # fmt: skip
STAGES: Final = {
    "development": "Pre-deployment", "pilot": "Pilot", "production": "Deployed", "retired": "Retired",
}  # fmt: skip
HIGH_IMPACT: Final = {"high_impact": "High-impact", "not_high_impact": "Not high-impact"}
"""What the memorandum does not reach was not asked, so its cell stays blank."""
PRACTICES: Final = {
    "testing": ("hi_testing_conducted", "impact_testing"),
    "impact_assessment": ("hi_assessment_completed", "impact_assessment"),
    "independent_review": ("hi_independent_review", "independent_review"),
    "monitoring": ("hi_ongoing_monitoring", "monitoring_process"),
    "training": ("hi_training_established", "training"),
    "fail_safe": ("hi_failsafe_presence", "fail_safe"),
    "appeal": ("hi_appeal_process", "appeal_process"),
    "consultation": ("hi_public_consultation", "consultation"),
}
"""Practice -> column, and the fact of a source that says it where nobody reported here."""
SAID: Final = {"yes": "Yes", "in_progress": "In progress", "waived": "Waived in writing"}
FACTS: Final = {"yes": "Yes", "no": "No", "not_required": "Not required"}
_SOURCES: list[Callable[[AiModel], Row | None]] = []


def gives_source_rows(source: Callable[[AiModel], Row | None]) -> Callable[[AiModel], Row | None]:
    """Named by the room that keeps what imports brought."""
    if source not in _SOURCES:
        _SOURCES.append(source)
    return source


def source_row(model: AiModel) -> Row | None:
    """The row as its source published it; None for a model no import brought whole."""
    return next((found for one in _SOURCES if (found := one(model)) is not None), None)


def omb_row(record: Mapping[str, Any]) -> dict[str, str]:
    """The columns of 2025 from the record. Blank is not "no": what nobody reported stays blank."""
    model = record["model"]
    goals: Sequence[Mapping[str, str]] = record["serves"]["initiatives"]
    found = record["classifications"].get("omb_m_25_21")
    row = {
        "agency": model["unit"]["name"], "agency_name": model["unit"]["name"],
        "id": model["external_id"] or model["ref"], "use_case_name": model["name"],
        "contact_email": model["contact"], "development_stage": STAGES[model["stage"]],
        "is_high_impact": HIGH_IMPACT.get(found["class"], "") if found else FACTS_OF_IMPACT.get(fact_of(record, "high_impact"), ""),
        "HI_justification": _justified(found) or fact_of(record, "high_impact_because"),
        "topic_area": fact_of(record, "topic_area"),
        "classification": model["technique_display"] if model["technique"] else "",
        "problem_solved": part_of(record, "purpose_and_users") or model["purpose"],
        "benefits": fact_of(record, "benefits") or "; ".join(one["outcome"] for one in goals if one["outcome"]),
        "system_outputs": fact_of(record, "outputs"), "operational_date": model["in_production_since"] or "",
        "contracting_usage": fact_of(record, "contracting"), "vendor_name": model["vendor"],
        "have_ato": _fact(record, "authority_to_operate"), "system_name_ato": fact_of(record, "system_name"),
        "data_description": part_of(record, "data_and_lineage", "sources") or fact_of(record, "data_description"),
        "link_to_data": fact_of(record, "data_url"), "has_pii": _fact(record, "pii"),
        "pia_url": fact_of(record, "privacy_assessment_url") or part_of(record, "data_and_lineage", "privacy"),
        "demographic_features": fact_of(record, "demographic_features"), "has_custom_code": _fact(record, "custom_code"),
        "code_url": fact_of(record, "code_url"), "hi_potential_impacts": fact_of(record, "key_risks"),
        **{column: _practice(record, code, fact) for code, (column, fact) in PRACTICES.items()},
    }  # fmt: skip
    return {name: row.get(name, "") for name in COLUMNS}


FACTS_OF_IMPACT: Final = {"yes": "High-impact", "no": "Not high-impact"}


def _fact(record: Mapping[str, Any], name: str) -> str:
    return FACTS.get(fact_of(record, name), "")


def _practice(record: Mapping[str, Any], code: str, fact: str) -> str:
    duty = duty_of(record, "omb_m_25_21", code)
    if duty is not None:
        return SAID.get(duty["status"], "")
    said = fact_of(record, fact)
    return FACTS.get(said, said)


def _justified(found: Mapping[str, Any] | None) -> str:
    """The reason given for the answer that decided."""
    answers = found["answers"] if found else {}
    for code in ("determination", "principal_basis"):
        if code in answers and answers[code]["because"]:
            return str(answers[code]["because"])
    return ""
