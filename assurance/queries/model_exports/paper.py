"""The dossier on paper: what an assessor is handed, as a paper (page and tagged PDF)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from assurance.queries.model_exports.record import part_of
from core.wording import day, plural
from domain.dossier import SECTIONS, label_of
from domain.paper import Block, Facts, Paper, Points, Section, Table, Text
from domain.rule_sets import STATUSES

KIND: Final = "Model dossier"
NEVER: Final = "never recorded"
SHOWN: Final = 15


def dossier_paper(record: Mapping[str, Any]) -> Paper:
    """The record as a paper: no figure is counted anew."""
    model, dossier = record["model"], record["dossier"]
    missing = dossier["missing"]
    lede = (
        "The dossier is complete for its risk tier."
        if not missing
        else f"{dossier['percent']} % complete for its risk tier; {plural(len(missing), 'part')} nobody wrote yet."
    )
    sections = [Section("On record", (Facts(_facts(model)),))]
    for one in SECTIONS:
        if one.written:
            blocks: list[Block] = []
            for part in one.parts:
                text = part_of(record, one.code, part.code)
                head = [Text(part.label, strong=True)] if len(one.parts) > 1 else []
                blocks += [
                    *head,
                    *(Text(line) for line in (text or f"{NEVER.capitalize()}.").splitlines() if line.strip()),
                ]
            sections.append(Section(one.label, blocks))
    sections += [*_explained(record), *_classified(record)]
    if missing:
        sections.append(Section("Missing", (Points([label_of(key) for key in missing]),)))
    return Paper(
        KIND, f"{model['ref']} {model['name']}", lede,
        [
            ("Owner", (model["owner"] or {}).get("name") or NEVER), ("Unit", model["unit"]["name"]),
            ("Risk tier", str(model["risk_tier"] or "not assessed")), ("Stage", model["stage_display"]),
        ],
        sections,
    )  # fmt: skip


def _facts(model: Mapping[str, Any]) -> list[tuple[str, str]]:
    said = (
        ("Purpose", model["purpose"]), ("Developed by", model["developed_by"]), ("Vendor", model["vendor"]),
        ("Technique", model["technique_display"] if model["technique"] else ""), ("Version that serves", model["champion"]),
        ("In production since", _day(model["in_production_since"])), ("Last validated", _day(model["last_validated_on"])),
        ("Next review", _day(model["next_review_on"])), ("Fallback", model["fallback_plan"]),
        ("Switched off when", model["decommission_criteria"]),
    )  # fmt: skip
    return [(name, value or NEVER) for name, value in said]


def _day(raw: str | None) -> str:
    return "" if raw is None else day(date.fromisoformat(raw))


def _explained(record: Mapping[str, Any]) -> list[Section]:
    found = record["explanations"]["shap"]
    if not found:
        return []
    one = found[0]
    rows = [(name, mean) for name, mean in one["importance"][:SHOWN]]
    caption = f"Mean of the absolute SHAP value, {plural(one['rows'], 'decision')} of {one['file']}"
    return [Section("What weighs most", (Table(caption, ("Feature", "Mean"), rows, (1,)),))]


def _classified(record: Mapping[str, Any]) -> list[Section]:
    out = []
    for one in record["classifications"].values():
        since = f", applies from {_day(one['applies_from'])}" if one["applies_from"] else ""
        blocks: list[Block] = [
            Text(f"{one['label']}{since}. {one['version']}, by {one['recorded_by']}.", strong=True)
        ]
        if one["obligations"]:
            rows = [
                (duty["label"], duty["place"], STATUSES[duty["status"]], duty["evidence"] or "none")
                for duty in one["obligations"]
            ]
            blocks.append(Table(one["name"], ("What", "Where", "Status", "Evidence"), rows))
        out.append(Section(one["name"], blocks))
    return out
