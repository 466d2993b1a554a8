"""The demo's initiatives, one row each. Days count back from today; money is in thousands of the currency."""

from dataclasses import dataclass, field
from typing import Any

UNITS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("Retail Banking", "RET", (("Cards", "CRD"), ("Branches", "BRA"))),
    ("Lending", "LEN", (("Mortgages", "MTG"),)),
    ("Claims", "CLM", (("Motor Claims", "MOT"), ("Property Claims", "PRO"))),
    ("Underwriting", "UND", ()),
    ("Customer Service", "SRV", ()),
    ("Financial Crime", "FIN", ()),
    ("Finance & Actuarial", "ACT", ()),
    ("People & Workplace", "PPL", ()),
)
OBJECTIVES: tuple[tuple[str, str], ...] = (
    ("Lower claims cost", "Pay what is due, sooner, with less leakage."),
    ("Safer customers", "Fewer victims of fraud and of unfair decisions."),
    ("Faster service", "Answers the same day, first time right."),
    ("Prudent balance sheet", "Price and reserve for the risk that is there."),
    ("Better work", "People spend their time on what needs people."),
)
SPONSOR = {
    "Retail Banking": "Beatrix Lindqvist", "Lending": "Gareth Pugh", "Claims": "Sofia Marchetti",
    "Underwriting": "Alan Whitcombe", "Customer Service": "Nadia Rahimi", "Financial Crime": "Marcus Oyelaran",
    "Finance & Actuarial": "Tomás Herrera", "People & Workplace": "Ellen Brandt",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One initiative. `days`: in the present stage, None = undated. `story` names the KPI's course (stories.py).

    `planned` is value a year; `spent`, `validated` are to date; None = nothing recorded. `sponsor`: "unit" for the
    unit's director, "left" for one who left, else a name. `pilot` says how the pilot stands (trials.py).
    """

    name: str
    unit: str
    lead: str
    objective: int
    stage: str
    days: int | None
    tier: int
    planned: int
    spent: int | None
    kpi: str
    measure: str
    baseline: float
    target: float
    story: str
    outcome: str
    validated: int = 0
    guard: str = ""
    pilot: dict[str, Any] = field(default_factory=dict)
    sponsor: str = "unit"


IDEA, FRAME, DEV, PILOT, SCALE, PROD, GONE, STOP = (
    "idea", "framing", "development", "pilot", "scale_up", "production", "retired", "stopped",
)  # fmt: skip
GOOD: dict[str, Any] = {
    "success_criteria_agreed": True,
    "owner": True,
    "plan": True,
    "invited": 60,
    "active": 38,
    "scope": 0.0,
}
PATIENT: dict[str, Any] = {**GOOD, "planned_days": 120, "decide_in": 40}

ROWS: tuple[Row, ...] = (
    # Pilots: every cause and every remedy.
    Row("Collections voice agent", "Lending", "Clara Nowak", 2, PILOT, 218, 1, 520, 353, "Promises to pay kept", "%", 41, 55,
        "slow", "More customers keep the plan they agree to.", sponsor="left",
        pilot={**GOOD, "planned_days": 150, "decide_in": -55, "owner": None}),
    Row("Motor claims triage", "Motor Claims", "Leila Haddad", 0, PILOT, 253, 2, 260, 388, "Straight-through claims", "%", 12, 30,
        "won", "Simple motor claims are paid without a handler.", 4, "Complaints per 1,000 claims",
        pilot={**GOOD, "planned_days": 120, "decide_in": -25, "owner": None, "plan": False, "changes": 1, "invited": 44, "active": 41}),
    Row("Broker e-mail drafting", "Underwriting", "Hugh Pemberton", 4, PILOT, 309, 3, 390, 313, "Minutes per broker reply", "min", 14, 8,
        "worse", "Underwriters answer brokers in half the time.",
        pilot={**GOOD, "planned_days": 120, "decide_in": -18, "extended": ["data_late", "data_late"], "deferrals": 2}),
    Row("Branch footfall forecasting", "Branches", "Jonas Feld", 4, PILOT, 379, 3, 180, 174, "Rota hours wasted", "h", 31, 22,
        "stale", "Branches are staffed for the day they will have.",
        pilot={"planned_days": 90, "no_date": True, "success_criteria_agreed": False, "owner": None, "plan": False, "invited": 40, "active": 22}),
    Row("SAR narrative drafting", "Financial Crime", "Ibrahim Sesay", 1, PILOT, 190, 1, 480, 445, "Hours per suspicious activity report", "h", 5.2, 3.0,
        "off", "Investigators write reports in the hour, not the day.",
        pilot={**GOOD, "planned_days": 180, "decide_in": 8, "release": 350, "deferrals": 1}),
    Row("Call summarisation", "Customer Service", "Greta Holm", 2, PILOT, 127, 3, 540, 359, "After-call work", "s", 96, 55,
        "risk", "Agents stop typing and start listening.", 2, pilot={**PATIENT, "decide_in": 10}),
    Row("Loss-photo estimating", "Property Claims", "Leila Haddad", 0, PILOT, 141, 2, 560, 405, "Estimates within 10 % of invoice", "%", 54, 75,
        "track", "A photo is enough for a fair estimate.", 1,
        pilot={**GOOD, "planned_days": 150, "decide_in": 14, "outside": 46}),
    Row("Mortgage document extraction", "Mortgages", "Priya Nair", 2, PILOT, 176, 2, 940, 926, "Documents read without correction", "%", 61, 88,
        "arrived", "Mortgage files are complete the day they arrive.", 4, "Wrongful declines",
        pilot={**GOOD, "planned_days": 180, "decide_in": 21, "requested": 4, "invited": 85, "active": 71}),
    Row("HR policy assistant", "People & Workplace", "Noor Aziz", 4, PILOT, 169, 3, 240, 220, "Questions answered without a ticket", "%", 20, 55,
        "track", "Staff find the rule that applies to them.",
        pilot={**GOOD, "planned_days": 180, "decide_in": 30, "invited": 400, "active": 52}),
    Row("Policy wording comparison", "Underwriting", "Hugh Pemberton", 3, PILOT, 106, 2, 200, 139, "Clauses missed per review", "", 3.4, 1.0,
        "no_baseline", "No clause changes unseen between versions.", pilot={**GOOD, "planned_days": 150, "decide_in": 74, "extended": ["integration_late"]}),
    Row("Complaint letter triage", "Customer Service", "Greta Holm", 2, PILOT, 78, 2, 350, 249, "Complaints routed right first time", "%", 70, 90,
        "track", "Every complaint reaches the person who can solve it.", pilot={**PATIENT, "decide_in": 42}),
    Row("Flood exposure scoring", "Underwriting", "Hugh Pemberton", 3, PILOT, 113, 2, 490, 324, "Addresses scored", "%", 0, 95,
        "overdue", "Flood risk is priced by address, not by postcode.", pilot={**GOOD, "planned_days": 180, "decide_in": 67, "scope": 0.3, "scope_approved": True},
        sponsor="Rosalind Achebe"),
    Row("Invoice matching", "Finance & Actuarial", "Owen Baxter", 4, PILOT, 64, 3, 290, 197, "Invoices matched without touch", "%", 48, 80,
        "track", "Invoices match themselves to orders.", pilot={**PATIENT, "decide_in": 56}),
    Row("Provider invoice anomaly", "Claims", "Piotr Zielinski", 0, PILOT, None, 2, 130, 87, "Anomalies confirmed", "%", 10, 40,
        "none", "Provider invoices that make no sense are stopped.", pilot={}),
    Row("Premium leakage finder", "Underwriting", "Hugh Pemberton", 3, PILOT, 121, 3, 180, 118, "Leakage found a month", "€k", 0, 160,
        "flat", "Policies are charged what was agreed.", pilot={**GOOD, "planned_days": 150, "decide_in": 33, "invited": 24, "active": 15}),
    Row("Treaty clause search", "Underwriting", "Hugh Pemberton", 3, PILOT, 40, 3, 210, 75, "Minutes per clause", "min", 22, 5,
        "awaiting", "The clause that matters is found in a minute.", pilot={**PATIENT, "decide_in": 80, "condition": -20, "invited": 18, "active": 12}),
    # Production
    Row("Chat deflection", "Customer Service", "Yusuf Demir", 2, PROD, 372, 2, 960, 982, "Repeat contacts within 7 days", "%", 18, 11,
        "off", "Customers get an answer they need not repeat.", 322, "Complaints about the assistant"),
    Row("Affordability pre-check", "Lending", "Clara Nowak", 1, PROD, 197, 1, 840, 778, "Pre-checks overturned by a person", "%", 14, 6,
        "stale", "Nobody is offered a loan they cannot carry.", 154),
    Row("Adverse media screening", "Financial Crime", "Ibrahim Sesay", 1, PROD, 281, 1, 690, 625, "Alerts closed as noise", "%", 91, 60,
        "unverified", "Screening finds people, not namesakes.", 209),
    Row("Candidate screening", "People & Workplace", "Noor Aziz", 4, PROD, 190, 1, 210, 248, "Days to shortlist", "d", 12, 5,
        "stale", "Good candidates hear from us in a week.", 24, "Selection-rate gap between groups"),
    Row("Arrears early warning", "Lending", "Clara Nowak", 3, PROD, 309, 2, 880, 969, "Accounts rolling to 60 days", "%", 4.1, 3.0,
        "risk", "Customers in trouble are called before they fall behind.", 407),
    Row("Telematics risk score", "Finance & Actuarial", "Owen Baxter", 3, PROD, 211, 1, 1020, 964, "Loss ratio, young drivers", "%", 92, 80,
        "track", "Careful young drivers pay less.", 419),
    Row("Repair network routing", "Motor Claims", "Piotr Zielinski", 0, PROD, 295, 2, 610, 568, "Repair cycle time", "d", 14, 9,
        "track", "Cars go to the garage that can mend them this week.", 355),
    Row("Group cash forecasting", "Finance & Actuarial", "Owen Baxter", 3, PROD, 386, 2, 470, 458, "Forecast error, 10 days", "%", 9.5, 5.0,
        "track", "Treasury holds the cash it needs and no more.", 369),
    Row("Quote abandonment nudges", "Retail Banking", "Priya Nair", 2, PROD, 358, 3, 430, 352, "Quotes completed", "%", 46, 55,
        "track", "Customers finish the quote they started.", 324),
    Row("Card fraud scoring", "Cards", "Dana Kowalczyk", 1, PROD, 420, 1, 1480, 1160, "Fraud losses per million spent", "", 410, 300,
        "achieved", "Card fraud is stopped before the money moves.", 1670, "Good transactions declined"),
    Row("Claims document classification", "Claims", "Leila Haddad", 0, PROD, 402, 2, 720, 671, "Documents classified unaided", "%", 58, 85,
        "achieved", "Post is sorted before anyone opens it.", 739),
    Row("Customer intent routing", "Customer Service", "Yusuf Demir", 2, PROD, 265, 2, 870, 771, "Calls transferred", "%", 31, 20,
        "achieved", "Callers reach the right person first.", 29),
    Row("Password-reset assistant", "People & Workplace", "Noor Aziz", 4, PROD, 510, 3, 260, 161, "Reset tickets a week", "", 640, 200,
        "achieved", "Nobody waits for a password.", 339),
    Row("Renewal churn alerts", "Retail Banking", "Priya Nair", 2, PROD, 330, 3, 310, 290, "Renewal rate", "%", 71, 78,
        "missed", "Customers who might leave hear from us.", 60),
    # Scale-up
    Row("Fraud ring detection", "Financial Crime", "Dana Kowalczyk", 1, SCALE, 28, 1, 1900, 1380, "Fraud rings confirmed a month", "", 2, 9,
        "risk", "Organised fraud is seen as a ring, not as cases.", 23),
    Row("Renewal pricing guardrails", "Underwriting", "Hugh Pemberton", 3, SCALE, 91, 1, 1150, 1000, "Renewals inside the fair-value band", "%", 82, 97,
        "track", "No renewal price is a surprise.", 31),
    Row("Reserve adequacy alerts", "Finance & Actuarial", "Owen Baxter", 3, SCALE, 91, 2, 560, 714, "Days from signal to reserve change", "d", 38, 15,
        "track", "Reserves move when the facts do.", 15),
    Row("Vulnerable customer signals", "Customer Service", "Greta Holm", 1, SCALE, 46, 1, 380, 265, "Vulnerable customers offered support", "%", 22, 50,
        "track", "People in difficulty are noticed early.", 0, "Wrong offers per 1,000"),
    # Development
    Row("Branch queue prediction", "Branches", "Jonas Feld", 2, DEV, 253, 3, 150, 64, "Wait above ten minutes", "%", 17, 8,
        "stale", "Nobody waits more than ten minutes."),
    Row("Sanctions alert triage", "Financial Crime", "Ibrahim Sesay", 1, DEV, 267, 1, 680, 208, "Alerts cleared in a day", "%", 55, 90,
        "track", "Real hits stand out from the noise."),
    Row("Small-business credit memo", "Lending", "Clara Nowak", 3, DEV, 148, 1, 430, 77, "Days to decision", "d", 11, 4, "not_started",
        "A small business hears within the week."),
    Row("Subrogation finder", "Claims", "Piotr Zielinski", 0, DEV, 132, 3, 320, 78, "Recoveries per 1,000 claims", "", 21, 34, "track",
        "Money owed to us is asked for."),
    Row("Pension letter drafting", "Customer Service", "Greta Holm", 2, DEV, 77, 2, 170, 60, "Letters sent unchanged", "%", 0, 60, "paused",
        "Letters say what people need to know."),
    Row("Disclosure commentary drafting", "Finance & Actuarial", "Owen Baxter", 4, DEV, 61, 2, 160, 30, "Drafting days a quarter", "d", 9, 4, "none",
        "Commentary starts from the numbers."),
    Row("Supplier risk summaries", "Finance & Actuarial", "Owen Baxter", 3, DEV, 190, 3, 140, 55, "Suppliers reviewed", "%", 30, 100, "invalid",
        "Every supplier is looked at once a year."),
    Row("Skills matching", "People & Workplace", "Noor Aziz", 4, DEV, 115, 2, 130, 42, "Roles filled from inside", "%", 34, 45, "awaiting",
        "People find their next job here."),
    # Framing
    Row("Hardship letter reading", "Lending", "Clara Nowak", 1, FRAME, 84, 1, 240, None, "Letters read the same day", "%", 15, 90, "none",
        "A letter that asks for help is read today."),
    Row("Dynamic fraud questions", "Cards", "Dana Kowalczyk", 1, FRAME, 62, 2, 300, None, "Customers wrongly blocked", "%", 2.2, 1.0, "none",
        "Only fraudsters are asked hard questions."),
    Row("Roof damage from above", "Property Claims", "Leila Haddad", 0, FRAME, 201, 2, 410, None, "Site visits per claim", "", 0.7, 0.2, "none",
        "Storm claims are settled without a ladder."),
    Row("Interview note taking", "People & Workplace", "Noor Aziz", 4, FRAME, 33, 1, 60, None, "Hours of notes a week", "h", 40, 10, "none",
        "Interviewers look at the person."),
    Row("Audit sample selection", "Finance & Actuarial", "Owen Baxter", 3, FRAME, 120, 3, 90, None, "Findings per sample", "", 0.3, 0.8, "none",
        "Audit looks where the errors are."),
    Row("Branch cash ordering", "Branches", "Jonas Feld", 4, FRAME, 58, 3, 75, None, "Cash held over need", "€k", 900, 500, "none",
        "Branches hold the cash they need."),
    Row("Service e-mail replies", "Customer Service", "Yusuf Demir", 2, FRAME, 27, 2, 220, None, "Replies sent unchanged", "%", 0, 50, "none",
        "Customers get their answer the same day."),
    # Ideas
    Row("Synthetic test data", "Retail Banking", "Priya Nair", 4, IDEA, 410, 3, 0, None, "", "", 0, 0, "none", "Tests need no real customer."),
    Row("Voice biometrics", "Cards", "Dana Kowalczyk", 1, IDEA, 260, 1, 0, None, "", "", 0, 0, "none", "A voice is enough to be known."),
    Row("Energy rating of homes", "Mortgages", "Priya Nair", 3, IDEA, 140, 2, 0, None, "", "", 0, 0, "none", "Every mortgaged home has a rating."),
    Row("Claims fraud by network", "Claims", "Piotr Zielinski", 1, IDEA, 75, 1, 0, None, "", "", 0, 0, "none", "Staged accidents are seen early."),
    Row("Meeting assistant", "People & Workplace", "Noor Aziz", 4, IDEA, 51, 3, 0, None, "", "", 0, 0, "none", "Meetings end with their minutes."),
    Row("Climate stress narratives", "Finance & Actuarial", "Owen Baxter", 3, IDEA, 30, 2, 0, None, "", "", 0, 0, "none", "Stress tests can be read."),
    Row("Debt advice matching", "Lending", "Clara Nowak", 1, IDEA, 18, 1, 0, None, "", "", 0, 0, "none", "People in debt find free advice."),
    # Ended
    Row("Robo-adviser tone test", "Retail Banking", "Priya Nair", 2, STOP, 150, 2, 200, 145, "Customers who finish the plan", "%", 30, 50, "missed",
        "Advice that people follow."),
    Row("Underwriter shadow model", "Underwriting", "Hugh Pemberton", 3, STOP, 240, 1, 350, 268, "Agreement with experts", "%", 60, 90, "missed",
        "A second opinion on every large risk."),
    Row("First-generation chat bot", "Customer Service", "Yusuf Demir", 2, GONE, 380, 3, 150, 310, "Chats resolved", "%", 20, 40, "retired",
        "Answers at any hour.", 90),
    Row("Rule-based card alerts", "Cards", "Dana Kowalczyk", 1, GONE, 430, 2, 120, 180, "False alarms per fraud", "", 12, 8, "retired",
        "Fewer false alarms.", 110),
)  # fmt: skip
