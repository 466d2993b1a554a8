"""What rooms above have against more time for a pilot: asked by every door through which it is given."""

from collections.abc import Callable, Collection, Mapping

from core.errors import Problem

Check = Callable[[Collection[int]], Mapping[int, Problem]]
_checks: list[Check] = []


def before_more_time(check: Check) -> Check:
    """Register a check of initiatives (their ids), which answers with what stands against each. At most one statement."""
    _checks.append(check)
    return check


def against_more_time(initiatives: Collection[int]) -> dict[int, Problem]:
    """Initiative -> what a room above has against more time for its pilot, the first that has something."""
    found: dict[int, Problem] = {}
    for check in _checks:
        found = {**check(initiatives), **found}
    return found


def require_more_time(initiative_id: int) -> None:
    """Refuse more time for the pilot of an initiative where a room above has something against it. Raises its Problem."""
    problem = against_more_time([initiative_id]).get(initiative_id)
    if problem is not None:
        raise problem
