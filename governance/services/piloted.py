"""What a motion about a pilot needs of the pilot: that it runs, and that it has what its new charter is to carry over."""

from core.errors import conflict, from_rule
from domain.charter import NEW_CHARTER, require_on_record
from domain.errors import RuleError
from domain.motions import Motion
from domain.stage_words import Outcome
from pilots.models import Pilot


def require_piloted(motion: Motion, pilot: Pilot | None, *, voted: bool = False) -> None:
    """Refuse an extension or a pivot without a pilot that runs, and a pivot that carries what was never recorded.

    `voted`: the council voted on it as it stands, when the parts it names were there; what is emptied meanwhile stops no
    result. Raises Problem 409 `no_pilot`, 400 `part_missing` below `/motion`.
    """
    if motion.outcome not in {Outcome.EXTEND, Outcome.PIVOT}:
        return
    if pilot is None:
        raise conflict("no_pilot", "Only a pilot is extended or given a new charter.")
    if voted:
        return
    try:
        require_on_record(motion.carry, {name: getattr(pilot, name) for name in NEW_CHARTER}, "/motion")
    except RuleError as error:
        raise from_rule(error) from error
