"""The model card: Markdown below a YAML head, in the outline that model hubs use."""

import json
from collections.abc import Mapping
from typing import Any, Final

from assurance.queries.model_exports.record import part_of
from domain.dossier import BY_CODE
from domain.rule_sets import STATUSES

NEVER: Final = "_Never recorded._"
OUTLINE: Final = (
    ("Uses", ("purpose_and_users",)),
    ("Bias, Risks, and Limitations", ("bias_and_segments", "limits")),
    ("Training Details", ("data_and_lineage", "method_and_training")),
    ("Evaluation", ("performance",)),
    ("Model Examination", ("explainability",)),
    ("Security", ("security",)),
    ("Oversight", ("oversight",)),
    ("Monitoring", ("monitoring_playbook",)),
)


def model_card(record: Mapping[str, Any]) -> str:
    """The whole card. What people wrote is text: no line of it becomes a heading, a tag or a part of the head."""
    model = record["model"]
    lines = [
        _head(record),
        f"# Model Card for {line_of(model['name'])}",
        "",
        text_of(model["purpose"]),
        "",
        "## Model Details",
        "",
    ]
    facts = (
        ("Reference", model["ref"]), ("Developed by", model["developed_by"]), ("Vendor", model["vendor"]),
        ("Owner", (model["owner"] or {}).get("name")), ("Model type", model["technique_display"] if model["technique"] else None),
        ("Version", model["champion"]), ("Stage", model["stage_display"]), ("In production since", model["in_production_since"]),
        ("Risk tier", model["risk_tier"]), ("Users and affected people", model["affected"]), ("Contact", model["contact"]),
    )  # fmt: skip
    lines += [
        f"- **{name}:** {line_of(str(value)) if value not in (None, '') else NEVER}" for name, value in facts
    ]
    for title, sections in OUTLINE:
        lines += ["", f"## {title}"]
        for code in sections:
            section = BY_CODE[code]
            for part in section.parts:
                label = section.label if len(section.parts) == 1 else part.label
                lines += ["", f"### {label}", "", text_of(part_of(record, code, part.code))]
    lines += _classified(record)
    return "\n".join(lines).rstrip() + "\n"


def _head(record: Mapping[str, Any]) -> str:
    """YAML whose values are JSON, which YAML is a superset of: quotes and line breaks cannot end them."""
    model, version = record["model"], record["champion"] or {}
    tags = [
        tag for tag in (model["technique"], f"tier-{model['risk_tier']}" if model["risk_tier"] else "") if tag
    ]
    said = {
        "model_name": model["name"], "model_id": model["ref"], "version": model["champion"] or None, "tags": tags,
        "owner": (model["owner"] or {}).get("name"), "vendor": model["vendor"] or None, "stage": model["stage"],
        "risk_tier": model["risk_tier"], "in_production_since": model["in_production_since"],
        "metrics": version.get("metrics") or {}, "dossier_percent": record["dossier"]["percent"],
        "classifications": {code: one["class"] for code, one in record["classifications"].items()},
        "updated_at": model["updated_at"],
    }  # fmt: skip
    body = "\n".join(f"{name}: {_yaml(value)}" for name, value in said.items())
    return f"---\n{body}\n---\n"


def _yaml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)


def _classified(record: Mapping[str, Any]) -> list[str]:
    lines = ["", "## Classification", ""]
    if not record["classifications"]:
        return [*lines, NEVER]
    for one in record["classifications"].values():
        since = f", applies from {one['applies_from']}" if one["applies_from"] else ""
        lines.append(
            f"- **{line_of(one['name'])}** ({line_of(one['version'])}): {line_of(one['label'])}{since}"
        )
        lines += [
            f"  - {line_of(duty['label'])}: {STATUSES[duty['status']].lower()}" for duty in one["obligations"]
        ]
    return lines


def line_of(text: str) -> str:
    """One line of plain text within Markdown."""
    return _escaped(" ".join(text.split()))


def text_of(text: str) -> str:
    """Paragraphs as they were written, as text."""
    if not text.strip():
        return NEVER
    return "\n".join(_started(_escaped(line)) for line in text.splitlines())


def _escaped(text: str) -> str:
    out = text.replace("\\", "\\\\").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for sign in "`*_[]|":
        out = out.replace(sign, f"\\{sign}")
    return out


def _started(line: str) -> str:
    """A line that Markdown would take for a heading, a rule or code begins with a backslash."""
    bare = line.lstrip()
    if bare[:1] in {"#", "="} or bare.startswith(("---", "~~~", "+ ")):
        return f"\\{bare}"
    return bare if len(line) - len(bare) >= 4 else line
