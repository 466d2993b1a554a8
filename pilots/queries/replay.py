"""A pilot's answer on another day: the same rules asked of the facts as recorded now, with the clock of that day."""

from dataclasses import dataclass
from datetime import date

from domain.purgatory import Hit, judge
from domain.purgatory_since import level_began
from pilots.models import Pilot
from pilots.queries.facts import expires, facts_of, records
from pilots.queries.policy import policy_on
from pilots.queries.since import since


@dataclass(frozen=True, slots=True)
class Told:
    """One finding, as a flag would say it."""

    rule: str
    group: str
    severity: int
    cause: str
    sentence: str
    numbers: dict[str, int | str]
    since: date
    clears_when: str


def as_of(pilot: Pilot, day: date) -> list[Told]:
    """Set the pilot's answer to that of `day`, unsaved, and return its findings. Nine statements."""
    policy, number = policy_on(day)
    (record,) = records([pilot], day)
    facts = facts_of(record, day)
    verdict = judge(facts, policy, day)
    pilot.level, pilot.rules, pilot.findings = verdict.level.value, dict(verdict.rules), len(verdict.rules)
    pilot.level_since = level_began(facts, policy, day)
    pilot.unknown, pilot.remedy = list(verdict.unknown), verdict.remedy.code.value
    pilot.remedy_detail = {k: v for k, v in verdict.remedy.to_json().items() if k != "code"}
    pilot.policy_number, pilot.judged_on = number, day
    pilot.valid_until = expires(record, verdict.valid_until, day)
    told = [_told(hit, since(hit, record, policy, day)) for hit in verdict.hits]
    return sorted(told, key=lambda one: (-one.severity, one.since, one.rule))


def _told(hit: Hit, on: date) -> Told:
    numbers = {name: value if isinstance(value, int) else str(value) for name, value in hit.numbers.items()}
    return Told(
        hit.rule,
        hit.group.value,
        hit.severity,
        hit.cause,
        f"{hit.sentence}.",
        numbers,
        on,
        f"{hit.clears_when}.",
    )
