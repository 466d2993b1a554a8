"""Frameworks taken up item by item: NIST AI RMF, ISO/IEC 42001 Annex A, model risk. Items are named in our own few words."""

from datetime import date
from typing import Final

from domain.rule_sets import Class, Duty, Question, RuleSet

IN, OUT = "in_scope", "not_in_scope"
_CLASSES: Final = (
    Class(IN, "In scope", "Every item gets a status.", 2),
    Class(OUT, "Not in scope", "It was decided not to apply it here.", 1),
)


def _taken_up(
    code: str, name: str, version: str, from_day: date, question: str, groups: dict[str, tuple[tuple[str, str, str], ...]],
    duties_are: str = "Items", note: str = "",
) -> RuleSet:  # fmt: skip
    duties = tuple(
        Duty(item, label, place, (IN,), (), group=group)
        for group, rows in groups.items()
        for item, label, place in rows
    )
    asked = Question("applies", question, ends={"no": OUT})
    return RuleSet(code, name, version, from_day, (asked,), _CLASSES, IN, duties, duties_are, note)


def _numbered(prefix: str, labels: dict[str, str]) -> tuple[tuple[str, str, str], ...]:
    return tuple((f"{prefix}_{n}".lower().replace(".", "_"), label, n) for n, label in labels.items())


NIST: Final = _taken_up(
    "nist_ai_rmf", "NIST AI RMF", "1.0", date(2023, 1, 26), "Is the framework applied to this model?",
    {
        "Govern": _numbered("nist", {
            "GOVERN 1": "Policies and practices stand and work", "GOVERN 2": "Accountability is assigned and trained for",
            "GOVERN 3": "Varied people take part in decisions on risk", "GOVERN 4": "Risk is talked about openly",
            "GOVERN 5": "Those concerned are heard", "GOVERN 6": "Third-party software and data are covered",
        }),
        "Map": _numbered("nist", {
            "MAP 1": "Context is established", "MAP 2": "The system is categorised",
            "MAP 3": "Capabilities, goals, benefits and costs are understood", "MAP 4": "Risks of all components are mapped",
            "MAP 5": "Impact on people and society is characterised",
        }),
        "Measure": _numbered("nist", {
            "MEASURE 1": "Methods and metrics are chosen", "MEASURE 2": "Trustworthiness is evaluated",
            "MEASURE 3": "Risks are tracked over time", "MEASURE 4": "Whether measuring works is asked",
        }),
        "Manage": _numbered("nist", {
            "MANAGE 1": "Risks are ranked and answered", "MANAGE 2": "Benefit is kept up and harm kept down",
            "MANAGE 3": "Third-party risk is managed", "MANAGE 4": "Response and recovery are documented and watched",
        }),
    },
)  # fmt: skip
ISO: Final = _taken_up(
    "iso_42001", "ISO/IEC 42001", "2023", date(2023, 12, 18), "Is the model within the AI management system?",
    {
        "Policies": _numbered("iso", {
            "A.2.2": "AI policy", "A.2.3": "Fit with other policies", "A.2.4": "Review of the policy",
        }),
        "Organisation": _numbered("iso", {"A.3.2": "Roles and responsibilities", "A.3.3": "Raising concerns"}),
        "Resources": _numbered("iso", {
            "A.4.2": "Resources on record", "A.4.3": "Data resources", "A.4.4": "Tooling", "A.4.5": "Computing",
            "A.4.6": "People and skills",
        }),
        "Impact": _numbered("iso", {
            "A.5.2": "Impact assessment process", "A.5.3": "Assessments on record", "A.5.4": "Impact on people and groups",
            "A.5.5": "Impact on society",
        }),
        "Life cycle": _numbered("iso", {
            "A.6.1.2": "Aims of responsible development", "A.6.1.3": "Process of responsible design", "A.6.2.2": "Requirements",
            "A.6.2.3": "Design on record", "A.6.2.4": "Verification and validation", "A.6.2.5": "Deployment",
            "A.6.2.6": "Operation and monitoring", "A.6.2.7": "Technical documentation", "A.6.2.8": "Event logs",
        }),
        "Data": _numbered("iso", {
            "A.7.2": "Data for development", "A.7.3": "Acquiring data", "A.7.4": "Data quality", "A.7.5": "Provenance",
            "A.7.6": "Preparation",
        }),
        "Information": _numbered("iso", {
            "A.8.2": "Documentation for users", "A.8.3": "Reporting from outside", "A.8.4": "Telling of incidents",
            "A.8.5": "Informing those concerned",
        }),
        "Use": _numbered("iso", {
            "A.9.2": "Process of responsible use", "A.9.3": "Aims of responsible use", "A.9.4": "Intended use",
        }),
        "Third parties": _numbered("iso", {
            "A.10.2": "Sharing responsibilities", "A.10.3": "Suppliers", "A.10.4": "Customers",
        }),
    },
    duties_are="Statement of applicability",
)  # fmt: skip
MODEL_RISK: Final = _taken_up(
    "model_risk", "Model risk, SR 26-2 and SS1/23", "SR 26-2", date(2026, 4, 17),
    "Is it a model under the bank's model risk policy?",
    {
        "Identify": (
            ("inventory", "In the inventory, with its owner and use", "SS1/23 P1"),
            ("tiering", "Tiered by materiality and complexity", "SS1/23 P1"),
        ),
        "Govern": (
            ("board", "Board and senior management hold the framework", "SS1/23 P2"),
            ("owner", "Roles of owner, developer, user and validator are apart", "SR 26-2"),
            ("third_party", "Vendor models are held to the same", "SR 26-2"),
        ),
        "Develop and use": (
            ("design", "Purpose, theory and design are on record", "SS1/23 P3"),
            ("data", "Data is fit for the purpose", "SS1/23 P3"),
            ("testing", "Tested, with limits known", "SS1/23 P3"),
            ("change", "Changes are controlled", "SS1/23 P3"),
        ),
        "Validate": (
            ("independent", "Validated by people who did not build it", "SS1/23 P4"),
            ("monitoring", "Performance is monitored on a schedule by risk", "SS1/23 P4"),
            ("outcomes", "Outcomes are compared with what was predicted", "SR 26-2"),
            ("periodic", "Validated again at the cadence of its tier", "SR 26-2"),
        ),
        "Mitigate": (
            ("adjustments", "Adjustments and overrides are governed", "SS1/23 P5"),
            ("restrictions", "Limits on use and exceptions are kept", "SS1/23 P5"),
        ),
    },
    note="SR 11-7 was rescinded by SR 26-2 on 17 April 2026.",
)  # fmt: skip
