"""The EU AI Act, Regulation (EU) 2024/1689: as adopted, and as amended by Regulation (EU) 2026/1744. Words are our own."""

from dataclasses import replace
from datetime import date
from typing import Final

from domain.rule_sets import Class, Duty, Question, RuleSet

OUT: Final = "outside"
HIGH: Final = ("high_annex_i", "high_annex_iii")
TRANSPARENCY: Final = date(2026, 8, 2)
"""Article 50 applies from that day, whatever else a system is classified as."""
ROLES: Final = (
    ("provider", "Provider: develops it, or puts it on the market under its own name"),
    ("deployer", "Deployer: uses it under its own authority"),
    ("importer", "Importer: brings it into the Union from a provider outside"),
    ("distributor", "Distributor: makes it available further down the chain"),
    ("representative", "Authorised representative of a provider outside the Union"),
)
QUESTIONS: Final = (
    Question("ai_system", "Is it an AI system?", "Article 3(1): it infers from what it receives how to produce predictions, content, recommendations or decisions, with some autonomy.", ends={"no": OUT}),
    Question("eu_scope", "Does the Act reach it?", "Article 2(1): placed on the market or put into service in the Union, used here, or its output is used here.", ends={"no": OUT}),
    Question("exclusion", "Does an exclusion apply?", "Article 2(3) to (12): military, defence, national security; research alone; purely personal use; some open-source components.", ends={"yes": OUT}),
    Question("role", "Which roles does the organisation have?", "Article 3(3) to (8). More than one may apply; obligations go by role.", options=ROLES, many=True),
    Question("article_5", "Is it a practice that Article 5 prohibits?", "Among others: manipulation that harms, exploiting vulnerability, social scoring, predicting crime from profiling alone, untargeted scraping of faces, emotions at work or school, sorting people by sensitive traits from biometrics.", ends={"yes": "unacceptable"}),
    Question("annex_i", "Is it a product, or a safety component of one, under a law of Annex I that needs a third-party assessment?", "Article 6(1): machinery, toys, lifts, medical devices, vehicles, aviation and others.", ends={"yes": "high_annex_i"}),
    Question("annex_iii", "Is its use one of the areas of Annex III?", "Article 6(2): biometrics; critical infrastructure; education; employment; essential services such as credit, insurance and benefits; law enforcement; migration; justice and democratic processes."),
    Question("article_6_3", "Does one of the exceptions of Article 6(3) apply?", "A narrow procedural task; improving work a person has done; finding patterns without replacing an assessment; a preparatory task.", ends={"no": "high_annex_iii"}, when={"annex_iii": "yes"}),
    Question("profiling", "Does it profile natural persons?", "Article 6(3), last subparagraph: profiling always makes it high risk.", ends={"yes": "high_annex_iii"}, when={"annex_iii": "yes", "article_6_3": "yes"}),
    Question("article_50", "Does Article 50 ask for transparency?", "It talks with people, makes or alters text, sound, picture or film, recognises emotions, or sorts people by biometrics.", ends={"yes": "limited"}, also=HIGH),
)  # fmt: skip
CLASSES: Final = (
    Class("unacceptable", "Unacceptable", "The practice is prohibited: it may not be placed on the market, put into service or used.", 5, date(2025, 2, 2)),
    Class("high_annex_i", "High risk (Annex I)", "A product or safety component under product law.", 4, date(2028, 8, 2)),
    Class("high_annex_iii", "High risk (Annex III)", "A use in an area that Annex III lists, without an exception.", 4, date(2027, 12, 2)),
    Class("limited", "Limited risk", "People must be told: Article 50 applies.", 3, date(2026, 8, 2)),
    Class("minimal", "Minimal risk", "No obligation of the Act beyond those for everybody.", 2),
    Class(OUT, "Outside the Act", "Not an AI system, out of reach, or excluded.", 1),
)  # fmt: skip
_PROVIDER, _DEPLOYER = ("provider",), ("deployer",)
DUTIES: Final = (
    Duty("stop", "Stop the practice, or show why Article 5 does not reach it", "Art. 5", ("unacceptable",)),
    Duty("risk_management", "Keep a risk management system over its whole life", "Art. 9", HIGH, _PROVIDER),
    Duty("data_governance", "Govern training, validation and test data", "Art. 10", HIGH, _PROVIDER),
    Duty("technical_documentation", "Keep technical documentation", "Art. 11, Annex IV", HIGH, _PROVIDER),
    Duty("logging", "Record events automatically", "Art. 12", HIGH, _PROVIDER),
    Duty("instructions", "Give deployers instructions they can use", "Art. 13", HIGH, _PROVIDER),
    Duty("oversight_design", "Build it so that people can oversee it", "Art. 14", HIGH, _PROVIDER),
    Duty("accuracy", "Reach and declare accuracy, robustness and cybersecurity", "Art. 15", HIGH, _PROVIDER),
    Duty("identity", "Name the provider and an address on it", "Art. 16(b)", HIGH, _PROVIDER),
    Duty("quality_management", "Run a quality management system", "Art. 17", HIGH, _PROVIDER),
    Duty("keep_documents", "Keep the documents for ten years", "Art. 18", HIGH, _PROVIDER),
    Duty("keep_logs", "Keep the logs in one's control", "Art. 19", HIGH, _PROVIDER),
    Duty("corrective_action", "Correct, withdraw or recall, and tell those concerned", "Art. 20", HIGH, _PROVIDER),
    Duty("conformity", "Have conformity assessed before it is placed on the market", "Art. 43", HIGH, _PROVIDER),
    Duty("declaration", "Draw up the EU declaration of conformity", "Art. 47", HIGH, _PROVIDER),
    Duty("ce_marking", "Affix the CE marking", "Art. 48", HIGH, _PROVIDER),
    Duty("registration", "Register it in the EU database", "Art. 49(1)", ("high_annex_iii",), _PROVIDER),
    Duty("post_market", "Monitor it after it is on the market", "Art. 72", HIGH, _PROVIDER),
    Duty("serious_incidents", "Report serious incidents", "Art. 73", HIGH, _PROVIDER),
    Duty("use_as_instructed", "Use it as the instructions say", "Art. 26(1)", HIGH, _DEPLOYER),
    Duty("oversight_people", "Give oversight to people able to exercise it", "Art. 26(2)", HIGH, _DEPLOYER),
    Duty("input_data", "See that input data is relevant and representative", "Art. 26(4)", HIGH, _DEPLOYER),
    Duty("monitor_use", "Monitor its operation and tell the provider of risks and incidents", "Art. 26(5)", HIGH, _DEPLOYER),
    Duty("deployer_logs", "Keep the logs for at least six months", "Art. 26(6)", HIGH, _DEPLOYER),
    Duty("inform_workers", "Tell workers before it is used at work", "Art. 26(7)", HIGH, _DEPLOYER),
    Duty("public_registration", "Public bodies: register the use", "Art. 26(8), 49(3)", ("high_annex_iii",), _DEPLOYER),
    Duty("inform_affected", "Tell people that it takes part in decisions about them", "Art. 26(11)", ("high_annex_iii",), _DEPLOYER),
    Duty("fundamental_rights", "Assess the impact on fundamental rights, where Article 27 asks for it", "Art. 27", ("high_annex_iii",), _DEPLOYER),
    Duty("explain", "Explain its part in a decision to who asks", "Art. 86", ("high_annex_iii",), _DEPLOYER),
    Duty("importer_verify", "Verify conformity, documents and marking before it is placed on the market", "Art. 23", HIGH, ("importer",)),
    Duty("distributor_verify", "Verify marking, declaration and instructions before it is made available", "Art. 24", HIGH, ("distributor",)),
    Duty("mandate", "Hold a written mandate and keep the documents at the authorities' disposal", "Art. 22", HIGH, ("representative",)),
    Duty("tell_interaction", "Tell people that they deal with an AI system", "Art. 50(1)", (*HIGH, "limited"), _PROVIDER, asks="article_50", applies_from=TRANSPARENCY),
    Duty("mark_content", "Mark what it generates so that machines can tell", "Art. 50(2)", (*HIGH, "limited"), _PROVIDER, asks="article_50", applies_from=TRANSPARENCY),
    Duty("tell_biometrics", "Tell people of emotion recognition and biometric categorisation", "Art. 50(3)", (*HIGH, "limited"), _DEPLOYER, asks="article_50", applies_from=TRANSPARENCY),
    Duty("disclose_synthetic", "Disclose deep fakes, and generated text on matters of public interest", "Art. 50(4)", (*HIGH, "limited"), _DEPLOYER, asks="article_50", applies_from=TRANSPARENCY),
)  # fmt: skip
AMENDED: Final = RuleSet(
    "eu_ai_act", "EU AI Act", "2024/1689 as amended by 2026/1744", date(2026, 7, 27), QUESTIONS, CLASSES, "minimal", DUTIES,
    note="In force since 27 July 2026.",
)  # fmt: skip
_EARLIER: Final = {"high_annex_i": date(2027, 8, 2), "high_annex_iii": date(2026, 8, 2)}
ADOPTED: Final = replace(
    AMENDED, version="2024/1689", from_day=date(2024, 8, 1), note="In force since 1 August 2024.",
    classes=tuple(replace(one, applies_from=_EARLIER.get(one.code, one.applies_from)) for one in CLASSES),
)  # fmt: skip
VERSIONS: Final = (ADOPTED, AMENDED)
