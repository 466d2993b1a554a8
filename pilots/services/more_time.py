"""What rooms above have against more time for a pilot: asked by every door through which it is given."""

from collections.abc import Callable

Check = Callable[[int], None]
_checks: list[Check] = []


def before_more_time(check: Check) -> Check:
    """Register a check of an initiative (its id), which raises a Problem. At most one statement."""
    _checks.append(check)
    return check


def require_more_time(initiative_id: int) -> None:
    """Refuse more time for the pilot of an initiative where a room above has something against it. Raises its Problem."""
    for check in _checks:
        check(initiative_id)
