"""The demo's AI models, one row each: what it is for, who answers for it, and what is wrong with how it is looked at."""

from dataclasses import dataclass
from enum import StrEnum

from governance.models import AiModel

Technique = AiModel.Technique


class Trouble(StrEnum):
    """What makes a model of the demo stale, beside what its owner does."""

    REVIEW = "review overdue"
    NO_REVIEW_DATE = "no review date"
    VALIDATION = "validation overdue"
    MONITORING = "no monitoring data"
    HEARTBEAT = "no heartbeat"
    SUPERSEDED = "superseded, still serving"
    DOSSIER = "dossier section old"
    FALLBACK = "fallback untested"
    ATTESTATION = "attestation missed"
    ETHICS = "ethics audit overdue"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """`initiative` empty: it serves no goal, and `unit` and `since` (days in production) say where it came from."""

    name: str
    initiative: str
    technique: str
    owner: str
    purpose: str
    developer: str = "Lin Zhao"
    vendor: str = ""
    troubles: frozenset[Trouble] = frozenset()
    tier: int | None = None
    unit: str = ""
    since: int | None = None
    successor: str = ""


ML, GEN, NLP, SEE, RL, AGENT = (
    Technique.CLASSICAL, Technique.GENERATIVE, Technique.NLP, Technique.VISION, Technique.REINFORCEMENT,
    Technique.AGENTIC,
)  # fmt: skip


def _some(*troubles: Trouble) -> frozenset[Trouble]:
    return frozenset(troubles)


MODELS: tuple[ModelRow, ...] = (
    # In production
    ModelRow("Contact intent classifier", "Customer intent routing", NLP, "Amara Diallo", "Says what a caller wants from the first sentence."),
    ModelRow("Answer retrieval assistant", "Chat deflection", GEN, "Amara Diallo", "Answers service questions from the approved library.", vendor="Parlance Labs"),
    ModelRow("Affordability score", "Affordability pre-check", ML, "Rhys Morgan", "Estimates what a customer can carry each month.", "Mateo Silva",
             troubles=_some(Trouble.REVIEW, Trouble.ETHICS)),
    ModelRow("Adverse media ranker", "Adverse media screening", NLP, "Mona Castellan", "Puts the likeliest person first among namesakes.",
             troubles=_some(Trouble.MONITORING)),
    ModelRow("Contact intent rules", "Customer intent routing", NLP, "Amara Diallo", "The rules before; still answer for the evening line.",
             troubles=_some(Trouble.SUPERSEDED), successor="Contact intent classifier"),
    ModelRow("Shortlist ranker", "Candidate screening", NLP, "Henrik Dahl", "Orders applications by the skills the vacancy names.", vendor="Hirewell",
             troubles=_some(Trouble.VALIDATION, Trouble.DOSSIER)),
    ModelRow("Arrears propensity", "Arrears early warning", ML, "Rhys Morgan", "Names the accounts likely to fall two payments behind.", "Mateo Silva"),
    ModelRow("Driver score", "Telematics risk score", ML, "Stefan Ilic", "Scores driving from trips, never from place of birth or postcode.", "Carmen Ortega"),
    ModelRow("Garage assignment", "Repair network routing", RL, "Jan Kowal", "Chooses the garage with room, parts and the right tools.", "Tessa Quill",
             troubles=_some(Trouble.HEARTBEAT)),
    ModelRow("Cash flow forecaster", "Group cash forecasting", ML, "Stefan Ilic", "Forecasts balances of 140 accounts ten days ahead.", "Carmen Ortega",
             troubles=_some(Trouble.FALLBACK)),
    ModelRow("Quote drop-off predictor", "Quote abandonment nudges", ML, "Lotte Visser", "Sees which quote is about to be left.", "Erik Sandberg"),
    ModelRow("Renewal churn score", "Renewal churn alerts", ML, "Lotte Visser", "Names customers likely to leave at renewal.", "Erik Sandberg"),
    ModelRow("Card fraud scorer", "Card fraud scoring", ML, "Mona Castellan", "Scores every card payment in 40 milliseconds."),
    ModelRow("Merchant embedding", "Card fraud scoring", ML, "Mona Castellan", "Places merchants near those customers also use."),
    ModelRow("Claims page classifier", "Claims document classification", SEE, "Jan Kowal", "Says what kind of document a page belongs to.", "Tessa Quill",
             troubles=_some(Trouble.ATTESTATION)),
    ModelRow("Reset dialogue", "Password-reset assistant", AGENT, "Henrik Dahl", "Talks a colleague through a reset and does it.", vendor="Parlance Labs"),
    # In scale-up
    ModelRow("Claim graph linker", "Fraud ring detection", ML, "Mona Castellan", "Links claims by people, phones and garages."),
    ModelRow("Renewal price bounds", "Renewal pricing guardrails", ML, "Stefan Ilic", "Gives the fair-value band of a renewal.", "Carmen Ortega"),
    ModelRow("Reserve signal detector", "Reserve adequacy alerts", ML, "Stefan Ilic", "Watches triangles for early movement.", "Carmen Ortega"),
    ModelRow("Vulnerability language detector", "Vulnerable customer signals", NLP, "Amara Diallo", "Hears signs of difficulty in calls and letters."),
    # In pilot
    ModelRow("Collections dialogue", "Collections voice agent", AGENT, "Rhys Morgan", "Agrees payment plans by voice, within set limits.", vendor="Talkwright"),
    ModelRow("Collections speech recogniser", "Collections voice agent", NLP, "Rhys Morgan", "Turns the customer's speech into text.", vendor="Talkwright"),
    ModelRow("Motor triage score", "Motor claims triage", ML, "Jan Kowal", "Tells simple motor claims from the rest.", "Tessa Quill"),
    ModelRow("Damage estimator", "Loss-photo estimating", SEE, "Jan Kowal", "Estimates repair cost from photos.", "Tessa Quill"),
    ModelRow("Mortgage page reader", "Mortgage document extraction", SEE, "Rhys Morgan", "Reads payslips, deeds and surveys.", "Mateo Silva"),
    ModelRow("Broker reply drafter", "Broker e-mail drafting", GEN, "Stefan Ilic", "Drafts answers to brokers from the policy file.", vendor="Parlance Labs"),
    ModelRow("Footfall forecaster", "Branch footfall forecasting", ML, "Stefan Ilic", "Forecasts visitors by branch and hour.", "Erik Sandberg"),
    ModelRow("Suspicion narrative drafter", "SAR narrative drafting", GEN, "Mona Castellan", "Drafts the narrative from the case notes."),
    ModelRow("Call summariser", "Call summarisation", GEN, "Amara Diallo", "Writes the note of a call.", vendor="Parlance Labs"),
    ModelRow("Handbook assistant", "HR policy assistant", GEN, "Amara Diallo", "Answers from the staff handbook, with the page.", vendor="Parlance Labs"),
    ModelRow("Wording comparer", "Policy wording comparison", NLP, "", "Shows what changed between two wordings.", vendor="Clausewise"),
    ModelRow("Complaint router", "Complaint letter triage", NLP, "Amara Diallo", "Sends a complaint to the desk that can solve it."),
    ModelRow("Flood address score", "Flood exposure scoring", ML, "Stefan Ilic", "Scores flood exposure by address.", "Carmen Ortega"),
    ModelRow("Invoice matcher", "Invoice matching", ML, "Stefan Ilic", "Pairs invoices with orders and deliveries.", "Erik Sandberg"),
    # In development
    ModelRow("Sanctions name matcher", "Sanctions alert triage", NLP, "Mona Castellan", "Tells real hits from similar names."),
    ModelRow("Credit memo writer", "Small-business credit memo", GEN, "Rhys Morgan", "Drafts the memo from accounts and the bank's own records.", "Mateo Silva"),
    ModelRow("Recovery finder", "Subrogation finder", ML, "Jan Kowal", "Finds claims where somebody else is liable.", "Tessa Quill"),
    ModelRow("Supplier risk reader", "Supplier risk summaries", NLP, "Stefan Ilic", "Summarises a supplier's filings.", "Erik Sandberg"),
    # Retired
    ModelRow("Evening chat bot", "First-generation chat bot", NLP, "Amara Diallo", "Answered set questions in the evening.", vendor="Botsmith"),
    ModelRow("Card alert rules", "Rule-based card alerts", ML, "Mona Castellan", "Stopped cards by forty written rules."),
    # Nobody's goal
    ModelRow("Branch sentiment monitor", "", NLP, "Stefan Ilic", "Counts words in branch reviews. Nobody remembers what for.", vendor="Parlance Labs",
             troubles=_some(Trouble.NO_REVIEW_DATE), tier=3, unit="Branches", since=410),
    ModelRow("Mailing propensity score", "", ML, "Rhys Morgan", "Chose who received the spring mailing two years ago.", "Mateo Silva",
             tier=2, unit="Retail Banking", since=300),
)  # fmt: skip
