"""Since when a pilot stands where it stands, as far as the recorded facts tell it.

Between facts only days count on, so the level on every earlier day follows from the same record: the facts are set
back to the day the pilot began and judged again on each day on which a count crosses a threshold.
"""

from datetime import date, timedelta

from domain.purgatory_facts import Facts, Unknown
from domain.purgatory_policy import Policy
from domain.purgatory_remedy import Level, level_of
from domain.purgatory_rules import days_ahead, severities


def level_began(facts: Facts, policy: Policy, as_of: date) -> date | None:
    """The first day of the level that holds on `as_of`, had the record always said what it says; None = undated.

    A fact that changed meanwhile is not seen: whoever stored an earlier answer knows that it lies after it.
    """
    age = facts.days_in_stage
    if isinstance(age, Unknown):
        return None
    began, level = 0, _level(facts.after(-age), policy)
    for day in days_ahead(facts.after(-age), policy):
        if day > age:
            break
        now = _level(facts.after(day - age), policy)
        if now is not level:
            began, level = day, now
    return as_of - timedelta(days=age - began)


def _level(facts: Facts, policy: Policy) -> Level:
    return level_of(facts, severities(facts, policy))
