"""Who may stand behind a definition: those who work on it or answer for it, and as the executive one who answers above."""

from core.access import actor_for
from core.errors import field_error, forbidden
from core.models import User
from core.roles import ACTS, SIGNS_AS_EXECUTIVE
from core.standing import holds_there
from kpis.models import Kpi, SignOff
from portfolio.models import Initiative

NOT_FIT = "not_in_that_role"


def require_fit(role: str, person: User, kpi: Kpi, initiative: Initiative) -> None:
    """Refuse, 400 at the role, to ask somebody who does not stand where this role is signed from."""
    because = _unfit(role, person, kpi, initiative)
    if because:
        raise field_error(role, because, code=NOT_FIT)


def require_still_fit(role: str, person: User, kpi: Kpi, initiative: Initiative) -> None:
    """Refuse, 403, the signature of somebody who was asked and does not stand there any more."""
    because = _unfit(role, person, kpi, initiative)
    if because:
        raise forbidden(because, code=NOT_FIT)


def _unfit(role: str, person: User, kpi: Kpi, initiative: Initiative) -> str:
    """Why not, in a sentence; empty where they may."""
    actor, path = actor_for(person, via="page"), initiative.unit.path
    if role == SignOff.Role.EXECUTIVE:
        if person.pk == initiative.sponsor_id or holds_there(actor, SIGNS_AS_EXECUTIVE, path):
            return ""
        return f"{person.name} is neither the sponsor nor an executive or council member there. One of these signs as the executive."
    named = {initiative.lead_id, initiative.sponsor_id, kpi.owner_id, kpi.judge_id}
    if person.pk in named or holds_there(actor, ACTS, path):
        return ""
    if initiative.members.filter(user=person).exists():
        return ""
    return f"{person.name} neither works on the initiative nor answers for it. Somebody who does signs this."
