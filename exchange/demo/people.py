"""The people of the demo. Invented; any likeness is chance."""

from typing import NamedTuple

from core.models import Role

ORGANISATION = "Calder Group"
PASSWORD = "throughline-demo"  # noqa: S105  printed at start; the demo never runs in production
DOMAIN = "calder.example"


class Person(NamedTuple):
    """`unit` empty: the role reaches the whole organisation. `seen`: days since the last sign-in."""

    name: str
    title: str
    role: str
    unit: str = ""
    seen: int = 1


def email(name: str) -> str:
    """`Tomás Herrera` -> `tomas.herrera@calder.example`."""
    plain = name.lower().translate(str.maketrans("áàâäéèêíïóöôúüñçłńśőř", "aaaaeeeiiooouuncl" + "nsor"))
    return f"{plain.replace(' ', '.').replace(chr(39), '')}@{DOMAIN}"


MANAGER, CHAIR, VALIDATOR = "Miriam Okafor", "Ingrid Solberg", "Sanne Vermeer"
ADMIN, SECOND_ADMIN = "Adam Novak", "Wanda Kuiper"
CHIEF = "Astrid Vale"

PEOPLE: tuple[Person, ...] = (
    Person(CHIEF, "Group chief executive", Role.EXECUTIVE, "", 2),
    Person(MANAGER, "Head of AI portfolio", Role.PORTFOLIO_MANAGER),
    Person(CHAIR, "Chair of the AI council", Role.COUNCIL_CHAIR, "", 4),
    Person("Paul Achterberg", "Chief risk officer", Role.COUNCIL_MEMBER, "", 3),
    Person("Grace Mbeki", "General counsel", Role.COUNCIL_MEMBER, "", 6),
    Person("Aude Lefevre", "Internal audit", Role.AUDITOR, "", 5),
    Person(ADMIN, "Platform administrator", Role.ADMIN),
    Person(SECOND_ADMIN, "Identity and access", Role.ADMIN, "", 2),
    Person(VALIDATOR, "Model validation", Role.VALIDATOR, "", 2),
    Person("Kees Bakker", "Strategy office", Role.VIEWER, "", 12),
    Person("Tomás Herrera", "Chief financial officer", Role.EXECUTIVE, "", 7),
    Person("Beatrix Lindqvist", "Director, Retail Banking", Role.EXECUTIVE, "Retail Banking", 9),
    Person("Gareth Pugh", "Director, Lending", Role.EXECUTIVE, "Lending", 4),
    Person("Sofia Marchetti", "Director, Claims", Role.UNIT_LEAD, "Claims", 2),
    Person("Alan Whitcombe", "Director, Underwriting", Role.EXECUTIVE, "Underwriting", 16),
    Person("Rosalind Achebe", "Catastrophe risk", Role.EXECUTIVE, "Underwriting", 74),
    Person("Nadia Rahimi", "Director, Customer Service", Role.EXECUTIVE, "Customer Service", 3),
    Person("Marcus Oyelaran", "Director, Financial Crime", Role.EXECUTIVE, "Financial Crime", 6),
    Person("Ellen Brandt", "Director, People & Workplace", Role.EXECUTIVE, "People & Workplace", 11),
    Person("Leila Haddad", "Claims automation", Role.LEAD, "Claims"),
    Person("Piotr Zielinski", "Claims supply chain", Role.LEAD, "Claims", 2),
    Person("Jonas Feld", "Branch analytics", Role.LEAD, "Retail Banking", 8),
    Person("Priya Nair", "Digital journeys", Role.LEAD, "Retail Banking", 1),
    Person("Clara Nowak", "Collections and arrears", Role.LEAD, "Lending", 3),
    Person("Hugh Pemberton", "Pricing", Role.LEAD, "Underwriting", 5),
    Person("Yusuf Demir", "Contact centre technology", Role.LEAD, "Customer Service", 1),
    Person("Greta Holm", "Service quality", Role.LEAD, "Customer Service", 2),
    Person("Dana Kowalczyk", "Fraud analytics", Role.LEAD, "Financial Crime", 1),
    Person("Ibrahim Sesay", "Screening", Role.LEAD, "Financial Crime", 4),
    Person("Owen Baxter", "Actuarial systems", Role.LEAD, "Finance & Actuarial", 6),
    Person("Noor Aziz", "People analytics", Role.LEAD, "People & Workplace", 2),
    Person("Rhys Morgan", "Credit models", Role.MODEL_OWNER, "Lending", 1),
    Person("Mona Castellan", "Fraud models", Role.MODEL_OWNER, "Financial Crime", 3),
    Person("Jan Kowal", "Claims models", Role.MODEL_OWNER, "Claims", 2),
    Person("Amara Diallo", "Language models", Role.MODEL_OWNER, "Customer Service", 1),
    Person("Stefan Ilic", "Pricing and reserving models", Role.MODEL_OWNER, "", 7),
    Person("Henrik Dahl", "Workplace models", Role.MODEL_OWNER, "People & Workplace", 104),
    Person("Tessa Quill", "Data scientist", Role.CONTRIBUTOR, "Claims", 1),
    Person("Mateo Silva", "Data engineer", Role.CONTRIBUTOR, "Lending", 2),
    Person("Ruth Adeyemi", "Conduct risk", Role.CONTRIBUTOR, "Customer Service", 5),
    Person("Lin Zhao", "Machine learning engineer", Role.CONTRIBUTOR, "Financial Crime", 1),
    Person("Erik Sandberg", "Business analyst", Role.CONTRIBUTOR, "Retail Banking", 3),
    Person("Carmen Ortega", "Actuary", Role.CONTRIBUTOR, "Underwriting", 9),
    Person("Felix Brun", "Former head of collections", Role.EXECUTIVE, "Lending", 74),
    Person("Lotte Visser", "Former owner of retail models", Role.MODEL_OWNER, "Retail Banking", 160),
)
LEFT: dict[str, int] = {"Felix Brun": 73, "Lotte Visser": 158}
"""Who has left, days ago."""

SIGN_INS: tuple[tuple[str, str], ...] = (
    (email("Astrid Vale"), "executive: reviews the whole portfolio"),
    (email(MANAGER), "portfolio manager: keeps the register, imports"),
    (email("Leila Haddad"), "project lead in Claims"),
    (email(CHAIR), "chair of the AI council"),
    (email("Rhys Morgan"), "model owner in Lending"),
    (email("Aude Lefevre"), "auditor"),
    (email(ADMIN), "administrator"),
    (email(SECOND_ADMIN), "the second administrator, who consents"),
)
