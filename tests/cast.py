"""The cast every test knows, in the organisation drawn here.

Calder Group: retail (cards below it), claims
alice   leads the initiative "Claims triage" in claims
bob     works on it (contributor)
charlie leads something else, in retail; has no business here
dana    sits on the council
edith   executive      max    portfolio manager      mona  model owner
audrey  auditor        adam   administrator          vera  viewer of claims only
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from core.access import Actor, actor_for
from core.models import BusinessUnit, Role, RoleGrant, User

AT = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)
TODAY = date(2026, 11, 24)
PASSWORD = "a long enough password"


@dataclass
class Cast:
    retail: BusinessUnit
    cards: BusinessUnit
    claims: BusinessUnit
    people: dict[str, User]

    def __getattr__(self, name: str) -> User:
        people: dict[str, User] = self.__dict__["people"]
        if name not in people:
            raise AttributeError(name)
        return people[name]

    def actor(self, name: str, **more: Any) -> Actor:
        """That person, acting through a page unless told otherwise."""
        return actor_for(self.people[name], **{"via": "page", **more})


ROLES: dict[str, tuple[str, str]] = {
    "alice": (Role.LEAD, "claims"),
    "bob": (Role.CONTRIBUTOR, "claims"),
    "charlie": (Role.LEAD, "retail"),
    "dana": (Role.COUNCIL_MEMBER, ""),
    "edith": (Role.EXECUTIVE, ""),
    "max": (Role.PORTFOLIO_MANAGER, ""),
    "mona": (Role.MODEL_OWNER, "claims"),
    "audrey": (Role.AUDITOR, ""),
    "adam": (Role.ADMIN, ""),
    "vera": (Role.VIEWER, "claims"),
    "ursula": (Role.UNIT_LEAD, "retail"),
    "nobody": ("", ""),
}


def unit(name: str, parent: BusinessUnit | None = None, code: str = "") -> BusinessUnit:
    row = BusinessUnit.objects.create(
        name=name, code=code, parent=parent, depth=parent.depth + 1 if parent else 0
    )
    row.path = f"{parent.path if parent else '/'}{row.pk}/"
    row.save(update_fields=["path"])
    return row


def make_cast() -> Cast:
    retail = unit("Retail Banking", code="RET")
    cards = unit("Cards", retail, code="CRD")
    claims = unit("Claims", code="CLM")
    units = {"retail": retail, "cards": cards, "claims": claims}
    people = {}
    for name, (role, where) in ROLES.items():
        user = User.objects.create_user(
            f"{name}@calder.example", PASSWORD, name=name.capitalize(), created_at=AT, last_active_on=TODAY
        )
        people[name] = user
        if role:
            RoleGrant.objects.create(user=user, role=role, unit=units.get(where), granted_at=AT)
    return Cast(retail, cards, claims, people)
