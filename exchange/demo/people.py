"""The people of the demo. Invented; any likeness is chance."""

from core.models import Role

PASSWORD = "throughline-demo"  # noqa: S105  printed at start; the demo never runs in production
DOMAIN = "calder.example"


def email(name: str) -> str:
    """`Tomás Herrera` -> `tomas.herrera@calder.example`."""
    plain = name.lower().translate(str.maketrans("áàâäéèêíïóöôúüñçłńśőř", "aaaaeeeiiooouuncl" + "nsor"))
    return f"{plain.replace(' ', '.').replace(chr(39), '')}@{DOMAIN}"


# name, title, role, unit ("" = whole organisation)
PEOPLE: tuple[tuple[str, str, str, str], ...] = (
    ("Astrid Vale", "Group chief executive", Role.EXECUTIVE, ""),
    ("Miriam Okafor", "Head of AI portfolio", Role.PORTFOLIO_MANAGER, ""),
    ("Ingrid Solberg", "Chair of the AI council", Role.COUNCIL_CHAIR, ""),
    ("Paul Achterberg", "Chief risk officer", Role.COUNCIL_MEMBER, ""),
    ("Aude Lefevre", "Internal audit", Role.AUDITOR, ""),
    ("Adam Novak", "Platform administrator", Role.ADMIN, ""),
    ("Rhys Morgan", "Credit models", Role.MODEL_OWNER, "Lending"),
    ("Mona Castellan", "Fraud models", Role.MODEL_OWNER, "Financial Crime"),
    ("Beatrix Lindqvist", "Director, Retail Banking", Role.EXECUTIVE, "Retail Banking"),
    ("Gareth Pugh", "Director, Lending", Role.EXECUTIVE, "Lending"),
    ("Sofia Marchetti", "Director, Claims", Role.UNIT_LEAD, "Claims"),
    ("Alan Whitcombe", "Director, Underwriting", Role.EXECUTIVE, "Underwriting"),
    ("Nadia Rahimi", "Director, Customer Service", Role.EXECUTIVE, "Customer Service"),
    ("Marcus Oyelaran", "Director, Financial Crime", Role.EXECUTIVE, "Financial Crime"),
    ("Tomás Herrera", "Chief financial officer", Role.EXECUTIVE, ""),
    ("Ellen Brandt", "Director, People & Workplace", Role.EXECUTIVE, "People & Workplace"),
    ("Leila Haddad", "Claims automation", Role.LEAD, "Claims"),
    ("Piotr Zielinski", "Claims supply chain", Role.LEAD, "Claims"),
    ("Jonas Feld", "Branch analytics", Role.LEAD, "Retail Banking"),
    ("Priya Nair", "Digital journeys", Role.LEAD, "Retail Banking"),
    ("Clara Nowak", "Collections and arrears", Role.LEAD, "Lending"),
    ("Hugh Pemberton", "Pricing", Role.LEAD, "Underwriting"),
    ("Yusuf Demir", "Contact centre technology", Role.LEAD, "Customer Service"),
    ("Greta Holm", "Service quality", Role.LEAD, "Customer Service"),
    ("Dana Kowalczyk", "Fraud analytics", Role.LEAD, "Financial Crime"),
    ("Ibrahim Sesay", "Screening", Role.LEAD, "Financial Crime"),
    ("Owen Baxter", "Actuarial systems", Role.LEAD, "Finance & Actuarial"),
    ("Noor Aziz", "People analytics", Role.LEAD, "People & Workplace"),
    ("Felix Brun", "Former head of collections", Role.EXECUTIVE, "Lending"),  # has left
    ("Lotte Visser", "Former model owner", Role.MODEL_OWNER, "Retail Banking"),  # has left
)
LEFT = frozenset({"Felix Brun", "Lotte Visser"})

SIGN_INS: tuple[tuple[str, str], ...] = (
    (email("Astrid Vale"), "executive: reviews the whole portfolio"),
    (email("Miriam Okafor"), "portfolio manager: keeps the register, imports"),
    (email("Leila Haddad"), "project lead in Claims"),
    (email("Ingrid Solberg"), "AI council chair"),
    (email("Rhys Morgan"), "model owner in Lending"),
    (email("Aude Lefevre"), "auditor"),
    (email("Adam Novak"), "administrator"),
)
