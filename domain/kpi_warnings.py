"""Early warnings of KPI neglect: nobody agreed, the goal moved, only the model is measured, nobody looks after launch.

Each warning says since when it holds, what would clear it, and by which day somebody has to act on it. One that nobody
acted on by then escalates. Pure function of facts and a day; `valid_until` says how long the same facts say the same.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from domain.amendments import Code as Found
from domain.amendments import Finding
from domain.errors import RuleError
from domain.kpi_codes import Reason, Status
from domain.kpi_warning_policy import DEFAULT, Policy
from domain.kpi_words import day
from domain.phrases import days, listed
from domain.rollup import BAD, LEFT_OUT

__all__ = [
    "DEFAULT",
    "GOOD",
    "Code",
    "EarlyWarning",
    "Facts",
    "Group",
    "Intervention",
    "Policy",
    "SignOff",
    "Standing",
    "Warned",
    "warn",
]

GOOD: Final = frozenset({Status.ACHIEVED, Status.ON_TRACK})


class Group(StrEnum):
    CONSENSUS = "consensus"
    GOALPOSTS = "goalposts"
    MEASUREMENT = "measurement"
    OWNERSHIP = "ownership"
    VALUE = "value"


class Code(StrEnum):
    NO_CONSENSUS = "no_consensus"
    CHANGED_AFTER_APPROVAL = "changed_after_approval"
    ONLY_MODEL_METRICS = "only_model_metrics"
    BUSINESS_OWNER_SILENT = "business_owner_silent"
    DIVERGENCE = "divergence"
    VALUE_NOT_SHOWN = "value_not_shown"


@dataclass(frozen=True, slots=True)
class SignOff:
    """A person's word on the definition, in a role. The last word of a person in a role, by day, is the one that counts."""

    role: str
    person: str
    on: date
    agrees: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """The status of one KPI or model metric, since when, and until when (None = unknown, for ever)."""

    name: str
    status: Status
    since: date | None = None
    valid_until: date | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Intervention:
    """What was undertaken about a warning: opened on a day, due by another, closed with a note.

    RuleError: `due_before_opened`, `note_missing` (closed without one), `closed_before_opened`.
    """

    opened_on: date
    due_on: date
    owner: str = ""
    closed_on: date | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if self.due_on < self.opened_on:
            raise RuleError("due_before_opened", f"Give a due date from {day(self.opened_on)} on.", "/due_on")
        if self.closed_on is None:
            return
        if self.closed_on < self.opened_on:
            raise RuleError(
                "closed_before_opened",
                f"It was opened on {day(self.opened_on)}: close it then or later.",
                "/closed_on",
            )
        if not self.note.strip():
            raise RuleError("note_missing", "Say in the note what was done.", "/note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The recorded facts of one initiative on a day.

    sign_offs: None = no definition was put forward yet; proposed_on: the day one was. gate_approved_on: the day the
    gate approved the definitions. findings: those of `domain.amendments.review`, by the reference of the KPI. model_metrics,
    business_kpis: the standings of the two classes. first_model_reading_on, last_business_reading_on: None = none.
    in_production, production_since: the current spell; a spell without a date is unknown. last_owner_action_on: the
    last measurement, review, comment or sign-off of the business owner; None = none. interventions: by `EarlyWarning.key`.
    """

    sign_offs: tuple[SignOff, ...] | None = None
    proposed_on: date | None = None
    gate_approved_on: date | None = None
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    model_metrics: tuple[Standing, ...] = ()
    business_kpis: tuple[Standing, ...] = ()
    first_model_reading_on: date | None = None
    last_business_reading_on: date | None = None
    in_production: bool = False
    production_since: date | None = None
    last_owner_action_on: date | None = None
    interventions: Mapping[str, Intervention] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """One early warning. severity: 1 to 3. since: the first day it held, None = cannot be told.

    due_on: the last day to act; None without `since` and without an intervention. escalates: that day has passed and
    nobody acted. A closed intervention buys the days of its severity once more: the fact has to change, not the note.
    """

    code: Code
    group: Group
    severity: int
    subject: str
    sentence: str
    clears_when: str
    since: date | None
    due_on: date | None = None
    escalates: bool = False

    @property
    def key(self) -> str:
        """What an intervention is filed under."""
        return f"{self.code.value}:{self.subject}" if self.subject else self.code.value


@dataclass(frozen=True, slots=True)
class Warned:
    """The warnings in the order of `Code`, and the facts nobody recorded.

    valid_until: until that day the same facts give the same answer, and at least one of them speaks only so long;
    None = for ever.
    """

    warnings: tuple[EarlyWarning, ...]
    unknown: tuple[str, ...]
    valid_until: date | None


def warn(facts: Facts, *, as_of: date, policy: Policy = DEFAULT) -> Warned:
    """Judge the facts on `as_of`. A warning that begins later shortens `valid_until`."""
    every = [warning for rule in _RULES for warning in rule(facts, as_of, policy)]
    now, turns = [], [one.valid_until for one in (*facts.model_metrics, *facts.business_kpis)]
    for warning in every:
        if warning.since is not None and warning.since > as_of:
            turns.append(warning.since - _ONE_DAY)
            continue
        dated = _dated(warning, facts.interventions.get(warning.key), as_of, policy)
        now.append(dated)
        if not dated.escalates:
            turns.append(dated.due_on)
    ahead = [turn for turn in turns if turn is not None and turn >= as_of]
    return Warned(tuple(now), _unknown(facts), min(ahead) if ahead else None)


def latest_due(opened_on: date, policy: Policy = DEFAULT) -> date:
    """The latest day an intervention opened on a day may be due: further out it would be a hiding place."""
    return opened_on + timedelta(days=policy.longest_intervention_days)


def _dated(warning: EarlyWarning, taken: Intervention | None, as_of: date, policy: Policy) -> EarlyWarning:
    allowed = timedelta(days=policy.days_to_act(warning.severity))
    due = None if warning.since is None else warning.since + allowed
    if taken is not None and taken.opened_on <= as_of:
        done = taken.closed_on if taken.closed_on is not None and taken.closed_on <= as_of else None
        due = min(taken.due_on, latest_due(taken.opened_on, policy)) if done is None else done + allowed
    return EarlyWarning(
        warning.code, warning.group, warning.severity, warning.subject, warning.sentence, warning.clears_when,
        warning.since, due, escalates=due is not None and due < as_of,
    )  # fmt: skip


def _unknown(facts: Facts) -> tuple[str, ...]:
    asked = {
        "sign_offs": facts.sign_offs is None,
        "proposed_on": facts.sign_offs is not None and facts.proposed_on is None,
        "production_since": facts.in_production and facts.production_since is None,
    }
    return tuple(name for name, missing in asked.items() if missing)


def _consensus(facts: Facts, as_of: date, policy: Policy) -> Iterator[EarlyWarning]:
    if facts.sign_offs is None:
        return
    last: dict[tuple[str, str], SignOff] = {}
    for one in sorted((one for one in facts.sign_offs if one.on <= as_of), key=lambda one: one.on):
        last[one.role, one.person] = one
    dissents = [one for one in last.values() if not one.agrees]
    agreed = {one.role for one in last.values() if one.agrees}
    against = {one.role for one in dissents}
    missing = [role for role in policy.required_roles if role not in agreed | against]
    if not missing and not dissents:
        return
    said = []
    if missing:
        said.append(
            f"{len(missing)} of {len(policy.required_roles)} roles have not signed off: {_roles(missing)}"
        )
    if dissents:
        said.append(
            f"dissent: {listed([f'{_role(one.role)} ({one.person}, {day(one.on)})' for one in dissents])}"
        )
    since = facts.proposed_on if missing else min(one.on for one in dissents)
    yield EarlyWarning(
        Code.NO_CONSENSUS, Group.CONSENSUS, 3 if dissents else 2, "", f"{_sentence('; '.join(said))}.",
        "Every required role signs the definition off, and nobody dissents.", since,
    )  # fmt: skip


def _goalposts(facts: Facts, as_of: date, _policy: Policy) -> Iterator[EarlyWarning]:
    """Once for each change after the gate that nobody had approved. Accepting it later clears the warning alone."""
    approved = facts.gate_approved_on
    for ref, one in ((ref, one) for ref, findings in facts.findings.items() for one in findings):
        if one.code is not Found.CHANGED_WITHOUT_APPROVAL or approved is None or one.on < approved:
            continue
        accepted = one.approved_late_on
        if one.on <= as_of and not (accepted is not None and accepted <= as_of):
            yield EarlyWarning(
                Code.CHANGED_AFTER_APPROVAL, Group.GOALPOSTS, one.severity, f"{ref} v{one.version}",
                f"{ref}: {one.sentence}",
                "Somebody other than the author accepts the change with a reason. The change stays on record.",
                one.on,
            )  # fmt: skip


def _only_model(facts: Facts, _as_of: date, _policy: Policy) -> Iterator[EarlyWarning]:
    first = facts.first_model_reading_on
    if first is not None and facts.last_business_reading_on is None:
        yield EarlyWarning(
            Code.ONLY_MODEL_METRICS, Group.MEASUREMENT, 2, "",
            f"Only model metrics have been measured since {day(first)}; no business KPI has a single reading.",
            "One reading of a business KPI.", first,
        )  # fmt: skip


def _silent(facts: Facts, _as_of: date, policy: Policy) -> Iterator[EarlyWarning]:
    launched, acted, limit = facts.production_since, facts.last_owner_action_on, policy.owner_silent_days
    if not facts.in_production or launched is None:
        return
    last = launched if acted is None else max(launched, acted)
    never = acted is None or acted < launched
    said = f"since the launch on {day(launched)}" if never else f"since {day(acted)}"
    yield EarlyWarning(
        Code.BUSINESS_OWNER_SILENT, Group.OWNERSHIP, 2, "",
        f"The business owner has done nothing on record {said} (limit {days(limit)}).",
        "A measurement, review, comment or sign-off by the business owner.", last + timedelta(days=limit + 1),
    )  # fmt: skip


def _divergence(facts: Facts, _as_of: date, _policy: Policy) -> Iterator[EarlyWarning]:
    metrics = [one for one in facts.model_metrics if not _is_left_out(one)]
    bad = [one for one in facts.business_kpis if one.status in BAD]
    if not metrics or not bad or any(one.status not in GOOD for one in metrics):
        return
    good_since, bad_since = _days(metrics), _days(bad)
    since = max(*good_since, min(bad_since)) if good_since and bad_since else None
    every = "The model metric is" if len(metrics) == 1 else f"All {len(metrics)} model metrics are"
    which = listed([f"{one.name} is {one.status.replace('_', ' ')}" for one in bad])
    yield EarlyWarning(
        Code.DIVERGENCE, Group.MEASUREMENT, 3, "",
        f"{every} good, and {which}: the model does not move what it is there for.",
        "The business KPI is back on track, or the model metrics are looked at again.", since,
    )  # fmt: skip


def _value(facts: Facts, _as_of: date, policy: Policy) -> Iterator[EarlyWarning]:
    since, last, limit = facts.production_since, facts.last_business_reading_on, policy.value_days
    if not facts.in_production or since is None:
        return
    starts = since if last is None else max(since, last)
    said = (
        "no business KPI was ever measured"
        if last is None
        else f"the last business reading is of {day(last)}"
    )
    yield EarlyWarning(
        Code.VALUE_NOT_SHOWN, Group.VALUE, 3, "",
        f"In production since {day(since)}, and {said} (limit {days(limit)}).",
        "One reading of a business KPI.", starts + timedelta(days=limit + 1),
    )  # fmt: skip


def _days(standings: Sequence[Standing]) -> list[date]:
    """Since when each has stood where it stands; empty when one of them cannot tell."""
    told = [one.since for one in standings if one.since is not None]
    return told if len(told) == len(standings) else []


def _is_left_out(it: Standing) -> bool:
    return it.status in LEFT_OUT or (
        it.status is Status.NO_DATA and it.reason == Reason.AWAITING_FIRST_MEASUREMENT
    )


def _role(role: str) -> str:
    return role.replace("_", " ")


def _roles(roles: list[str]) -> str:
    return listed([_role(role) for role in roles])


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


_ONE_DAY: Final = timedelta(days=1)
_RULES: Final[tuple[Callable[[Facts, date, Policy], Iterator[EarlyWarning]], ...]] = (
    _consensus,
    _goalposts,
    _only_model,
    _silent,
    _divergence,
    _value,
)
