"""US OMB memorandum M-25-21: high-impact AI, the presumed list, and the minimum practices. Words are our own."""

from datetime import date
from typing import Final

from domain.rule_sets import Class, Duty, Question, RuleSet

PRACTICE: Final = ("yes", "in_progress", "waived")
"""Beside "not reported": each practice is one of these four. A waiver is in writing."""
QUESTIONS: Final = (
    Question("in_scope", "Does the memorandum reach this use?", "AI used by or for a covered agency; not national security systems, and not research that decides nothing.", ends={"no": "out_of_scope"}),
    Question("principal_basis", "Is its output a principal basis for decisions or actions with legal, material, binding or significant effect?", "On rights and liberties, access to services and benefits, human safety, critical infrastructure, or strategic assets and resources.", ends={"yes": "high_impact"}),
    Question("presumed", "Is its purpose on the list presumed to be high-impact?", "Among others: safety functions of infrastructure and vehicles, medical use, law enforcement, biometric identification, immigration, hiring and discipline, credit, housing, insurance, benefits, education."),
    Question("determination", "What did the Chief AI Officer determine, in writing?", "What is on the list is high-impact unless somebody determined otherwise.", options=(("high", "It is high-impact"), ("not_high", "It is not, and the reasons are documented")), ends={"high": "high_impact", "not_high": "not_high_impact"}, when={"presumed": "yes"}),
)  # fmt: skip
CLASSES: Final = (
    Class("high_impact", "High-impact", "The minimum practices apply; without them it may not be used, unless waived in writing.", 3, date(2026, 4, 3)),
    Class("not_high_impact", "Not high-impact", "No minimum practice applies.", 2),
    Class("out_of_scope", "Out of scope", "The memorandum does not reach it.", 1),
)  # fmt: skip
_HIGH: Final = ("high_impact",)
DUTIES: Final = (
    Duty("testing", "Tested before deployment, under realistic conditions", "Section 4(b)", _HIGH, (), PRACTICE),
    Duty("impact_assessment", "AI impact assessment completed", "Section 4(b)", _HIGH, (), PRACTICE),
    Duty("independent_review", "Independent review before the risk is accepted", "Section 4(b)", _HIGH, (), PRACTICE),
    Duty("monitoring", "Ongoing monitoring for performance and adverse impact", "Section 4(b)", _HIGH, (), PRACTICE),
    Duty("training", "Adequate training of those who operate it", "Section 4(b)", _HIGH, (), PRACTICE),
    Duty("fail_safe", "Human oversight, accountability and a fail-safe", "Section 4(b)", _HIGH, (), PRACTICE),
    Duty("appeal", "Remedies or appeals for those affected", "Section 4(b)", _HIGH, (), PRACTICE),
    Duty("consultation", "End users and the public consulted", "Section 4(b)", _HIGH, (), PRACTICE),
)  # fmt: skip
VERSIONS: Final = (
    RuleSet(
        "omb_m_25_21", "OMB M-25-21", "M-25-21", date(2025, 4, 3), QUESTIONS, CLASSES, "not_high_impact", DUTIES,
        duties_are="Minimum practices", note="Issued 3 April 2025; practices due within 365 days.",
    ),
)  # fmt: skip
