"""The refusal of whoever lacks a right: in words for people, by its code for callers of the API."""

from core.errors import Problem, forbidden
from core.roles import IN_WORDS, Action


def lacks(action: Action, before: str, after: str = "") -> Problem:
    """403: `before`, the right in words, `after`, as one sentence."""
    return forbidden(f"{before} {IN_WORDS[action]}{after}.", right=action.value)
