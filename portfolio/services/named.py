"""Somebody who is named on an initiative: a person who may see it, or a name without an account."""

from core.access import actor_for, allows
from core.errors import field_error, from_rule
from core.models import User
from core.roles import Action
from core.text import clean
from domain.errors import RuleError
from domain.stakeholders import require_one_name
from portfolio.models import Initiative
from portfolio.services.initiatives import require_active

NAME = 200


def read_name(user: User | None, name: str, initiative: Initiative) -> str:
    """The name as it is kept, empty for a person. Raises Problem 400 where it is both, neither, or somebody who may not see it."""
    name = clean("name", name, limit=NAME)
    try:
        require_one_name(user.pk if user else None, name)
    except RuleError as error:
        raise from_rule(error) from error
    if user is not None:
        require_sees("user", user, initiative)
    return name


def require_sees(field: str, user: User, initiative: Initiative) -> None:
    """Refuse, 400, somebody who would be told of what they may not open."""
    require_active(field, user)
    if not allows(actor_for(user, via="page"), Action.VIEW, initiative):
        raise field_error(
            field, f"{user.name} may not see {initiative.ref}. Put them on it first.", code="may_not_see"
        )
