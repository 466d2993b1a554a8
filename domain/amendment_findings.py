"""What each change of a KPI's promise is found to be: one small rule per finding, with its numbers in a sentence."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from domain.amendment_facts import OtherKpi, ReasonCode, Record, Version
from domain.amendment_rules import eased_targets, only_resolved, relaxed_rules
from domain.kpi_words import day
from domain.phrases import days, listed, shortened
from domain.seal import Change, changes

WEEK: Final = 7
SWAP_DAYS: Final = 30
"""So close together, one KPI given up and another made primary count as an exchange."""

STAYS: Final = "Nothing: it stays on record."
WORDING: Final = frozenset({"name", "serves_because"})
"""Sealed fields that move no verdict by themselves."""

MOST_SAID: Final = 3
"""So many changed fields are named in a sentence; all of them stand beside it."""


class Code(StrEnum):
    """What was found. `amended` is the one that is no reproach."""

    AMENDED = "amended"
    CHANGED_WITHOUT_APPROVAL = "changed_without_approval"
    CHANGED_AFTER_FIRST_MEASUREMENT = "changed_after_first_measurement"
    CHANGED_AFTER_FIRST_OBSERVATION = "changed_after_first_observation"
    CHANGED_BEFORE_GATE = "changed_before_gate"
    DIRECTION_FLIPPED = "direction_flipped"
    POPULATION_NARROWED = "population_narrowed"
    POPULATION_CHANGED = "population_changed"
    KPI_SWAPPED = "kpi_swapped"
    BASELINE_AFTER_GO_LIVE = "baseline_after_go_live"
    BASELINE_RECORDED_AFTER_GO_LIVE = "baseline_recorded_after_go_live"
    BASELINE_CHANGED = "baseline_changed"
    DECISION_RULE_RELAXED = "decision_rule_relaxed"
    WINDOW_CHOSEN_LATE = "window_chosen_late"
    TARGET_DATE_MOVED = "target_date_moved"
    TARGET_LOWERED = "target_lowered"
    SEALED_AFTER_FIRST_MEASUREMENT = "sealed_after_first_measurement"
    SEALED_AFTER_DEVELOPMENT = "sealed_after_development"


AFTER_THE_RESULT: Final = frozenset({
    Code.SEALED_AFTER_FIRST_MEASUREMENT, Code.SEALED_AFTER_DEVELOPMENT, Code.KPI_SWAPPED,
})  # fmt: skip
"""What makes a KPI post-hoc by itself: what is promised was settled when results could be known."""
SIZE: Final = "population_size"
"""No sealed field, yet a change of it is a change of the promise: who is counted can be narrowed without a word."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. It stays for ever: later versions, gates and approvals add to it and take nothing away.

    version: the version that brought it, None where the KPI itself was given up. when, on: the moment it was recorded
    and the organisation's day. changes: the fields with their old and new value. approved: whether somebody other than
    the author had approved it for a reason by the day it came into force; approved_late_on: accepted later.
    severity: 1 to 3, one less for an approved change.
    """

    code: Code
    severity: int
    version: int | None
    on: date
    when: datetime | None
    sentence: str
    changes: tuple[Change, ...]
    approved: bool
    approved_late_on: date | None = None
    reason: ReasonCode | None = None
    clears_when: str = STAYS


@dataclass(frozen=True, slots=True)
class Step:
    """From one version in force to the next, once changes are no longer free."""

    old: Version
    new: Version
    changes: tuple[Change, ...]
    record: Record
    known: bool
    observed: bool
    begun: bool
    size_before: int | None

    def of(self, *fields: str) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.field in fields)

    def finding(
        self, code: Code, severity: int, head: str, parts: tuple[Change, ...] | None = None
    ) -> Finding:
        new = self.new
        accepted_late = new.accepted and not new.approved
        tail = f"Approved, reason: {_REASONS[new.reason]}." if new.approved and new.reason else new.lacks
        return Finding(
            code=code,
            severity=max(1, severity - new.approved),
            version=new.number,
            on=new.recorded_on,
            when=new.recorded_at,
            sentence=f"{head} {tail}",
            changes=self.changes if parts is None else parts,
            approved=new.approved,
            approved_late_on=new.approved_on if accepted_late else None,
            reason=new.reason,
        )


def step_between(before: Sequence[Version], new: Version, record: Record) -> Step | None:
    """The step to `new` from the last of the versions in force before it.

    None while the promise may still be drafted, and where neither a sealed field nor the counted population differs.
    """
    old = before[-1]
    different = changes(old.contract, new.contract)
    if only_resolved(old.contract, new.contract):
        different = tuple(change for change in different if change.field != "target")
    counted = next((one.population_size for one in reversed(before) if one.population_size is not None), None)
    different += size_change(counted, new.population_size)
    first, recorded = record.first_observed_on, record.first_recorded_at
    known = first is not None and (recorded is None or recorded < new.recorded_at)
    observed = first is not None and not known and first < new.recorded_on
    begun = record.development_on is not None and record.development_on < new.recorded_on
    sealed = any(one.sealed_at is not None and one.sealed_at <= new.recorded_at for one in before)
    if not different or not (known or observed or begun or sealed):
        return None
    return Step(old, new, different, record, known, observed, begun, counted)


def size_change(old: int | None, new: int | None) -> tuple[Change, ...]:
    """The counted population as a change. Counting it for the first time is none; taking the count away is one."""
    if old is None or old == new:
        return ()
    said = "never recorded" if new is None else f"{new:,}"
    return (Change(SIZE, "population size", f"{old:,}", said),)


def moves_verdict(parts: tuple[Change, ...]) -> bool:
    return any(part.field not in WORDING for part in parts)


def _was(parts: tuple[Change, ...]) -> str:
    """ "the target from 20 to 8 and the target date from ... to ..."."""
    said = [
        f"the {part.label} from {shortened(part.old)} to {shortened(part.new)}" for part in parts[:MOST_SAID]
    ]
    more = len(parts) - MOST_SAID
    if more > 0:
        said.append(f"{more} more field{'s' if more > 1 else ''}")
    return listed(said)


def _changed(step: Step) -> str:
    return f"Version {step.new.number} of {day(step.new.recorded_on)} changed {_was(step.changes)}"


def _approval(step: Step) -> Iterator[Finding]:
    if step.new.approved:
        yield step.finding(Code.AMENDED, 1, f"{_changed(step)}.")
    else:
        severity = 2 if step.new.accepted or not moves_verdict(step.changes) else 3
        yield step.finding(Code.CHANGED_WITHOUT_APPROVAL, severity, f"{_changed(step)}.")


def _after_measurement(step: Step) -> Iterator[Finding]:
    first, moves = day(step.record.first_observed_on), moves_verdict(step.changes)
    if step.known:
        head = f"{_changed(step)} after the first measurement, true of {first}, was known."
        yield step.finding(Code.CHANGED_AFTER_FIRST_MEASUREMENT, 3 if moves else 1, head)
    elif step.observed:
        head = f"{_changed(step)}; the first measurement is true of {first} before it, and was recorded after it."
        yield step.finding(Code.CHANGED_AFTER_FIRST_OBSERVATION, 2 if moves else 1, head)


def _gate_ahead(step: Step) -> tuple[int, str] | None:
    """The nearest gate, planned or decided, that lay at most a week after the change: days to it, and its words."""
    near = []
    for gate in step.record.gates:
        for gate_day, word in ((gate.decided_on, "decided on"), (gate.planned_on, "planned for")):
            if gate_day is not None and 0 <= (gate_day - step.new.recorded_on).days <= WEEK:
                ahead = (gate_day - step.new.recorded_on).days
                near.append((ahead, f"gate {gate.code}, {word} {day(gate_day)}"))
    return min(near) if near else None


def _before_gate(step: Step) -> Iterator[Finding]:
    ahead = _gate_ahead(step)
    if ahead is not None:
        when = "on the day of" if ahead[0] == 0 else f"{days(ahead[0])} before"
        yield step.finding(Code.CHANGED_BEFORE_GATE, 2, f"{_changed(step)}, {when} {ahead[1]}.")


def _direction(step: Step) -> Iterator[Finding]:
    parts = step.of("direction")
    if parts:
        head = f"The direction was turned round from {parts[0].old} to {parts[0].new} on {day(step.new.recorded_on)}."
        yield step.finding(Code.DIRECTION_FLIPPED, 3, head, parts)


def _population(step: Step) -> Iterator[Finding]:
    parts = step.of("population")
    was, now = step.size_before, step.new.population_size
    on = day(step.new.recorded_on)
    if was is not None and now is not None and now < was:
        head = f"The population was narrowed from {was:,} to {now:,} on {on}"
        head += f", {_was(parts)}." if parts else "."
        yield step.finding(Code.POPULATION_NARROWED, 3, head, (*parts, *step.of(SIZE)))
    elif parts:
        size = (
            f"it holds {now:,}, before {was:,}"
            if was is not None and now is not None
            else "whether it was narrowed was never recorded"
        )
        head = f"The population was changed on {on}, {_was(parts)}; {size}."
        yield step.finding(Code.POPULATION_CHANGED, 2, head, (*parts, *step.of(SIZE)))


def _swap(step: Step) -> Iterator[Finding]:
    """Renamed to a KPI that already passed, or no longer primary while one that already passed became it."""
    renamed, on = step.of("name"), step.new.in_force_on
    if renamed:
        taken = _plain(step.new.contract.name)
        for other in step.record.others:
            if _plain(other.name) == taken and other.passed_on is not None and other.passed_on <= on:
                head = f"It took the name of {other.name} on {day(on)}, which stood at its target since {day(other.passed_on)}."
                yield step.finding(Code.KPI_SWAPPED, 3, head, renamed)
    old, new = step.old.contract, step.new.contract
    if old.primary and old.weight and not (new.primary and new.weight):
        for other in _successors(step.record, on):
            head = f"It stopped being primary on {day(on)}; {_took_over(other)}"
            yield step.finding(Code.KPI_SWAPPED, 3, head, step.of("primary", "weight"))


def _successors(record: Record, ceded_on: date) -> Iterator[OtherKpi]:
    for other in record.others:
        passed, primary = other.passed_on, other.primary_since
        near = primary is not None and abs((primary - ceded_on).days) <= SWAP_DAYS
        if near and primary is not None and passed is not None and passed <= primary:
            yield other


def _took_over(other: OtherKpi) -> str:
    return (
        f"{other.name} became primary on {day(other.primary_since)} and stood at its target since "
        f"{day(other.passed_on)}."
    )


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def given_up(record: Record, as_of: date) -> Iterator[Finding]:
    """The KPI was retired and one that already passed took its place."""
    if record.retired_on is None or record.retired_on > as_of:
        return
    for other in _successors(record, record.retired_on):
        sentence = f"It was retired on {day(record.retired_on)}; {_took_over(other)}"
        yield Finding(Code.KPI_SWAPPED, 3, None, record.retired_on, None, sentence, (), approved=False)


def _rule_relaxed(step: Step) -> Iterator[Finding]:
    parts = step.of(*relaxed_rules(step.old.contract, step.new.contract))
    if parts:
        ahead = _gate_ahead(step)
        near = f", {days(ahead[0])} before {ahead[1]}" if ahead else ""
        head = f"The decision rule was relaxed on {day(step.new.recorded_on)}{near}: {_was(parts)}."
        yield step.finding(Code.DECISION_RULE_RELAXED, 3 if ahead else 2, head, parts)


def _window(step: Step) -> Iterator[Finding]:
    parts = step.of("window")
    if parts and (step.known or step.begun):
        late = "somebody had measured" if step.known else "development had begun"
        head = f"The window was chosen on {day(step.new.recorded_on)}, after {late}: {_was(parts)}."
        yield step.finding(Code.WINDOW_CHOSEN_LATE, 2, head, parts)


def _target(step: Step) -> Iterator[Finding]:
    on = day(step.new.recorded_on)
    moved = step.of("target_on")
    if moved:
        was, now = step.old.contract.target_on, step.new.contract.target_on
        later = was is not None and (now is None or now > was)
        head = f"The target date was moved from {moved[0].old} to {moved[0].new} on {on}."
        yield step.finding(Code.TARGET_DATE_MOVED, 2 if later else 1, head, moved)
    eased = step.of(*eased_targets(step.old.contract, step.new.contract))
    if eased:
        head = f"The target was made easier on {on}: {_was(eased)}."
        yield step.finding(Code.TARGET_LOWERED, 3, head, eased)


def _baseline_changed(step: Step) -> Iterator[Finding]:
    parts = step.of("baseline", "baseline_on")
    if parts and step.old.contract.baseline is not None:
        head = f"The baseline was changed on {day(step.new.recorded_on)}: {_was(parts)}."
        yield step.finding(Code.BASELINE_CHANGED, 2, head, parts)


def baseline_findings(old: Version | None, new: Version, record: Record) -> Iterator[Finding]:
    """A baseline from after the go-live measures the effect against itself. Told of the version that brought it."""
    live, contract = record.live_on, new.contract
    if live is None or contract.baseline is None:
        return
    parts = ("baseline", "baseline_from", "baseline_to", "baseline_on")
    if old is not None and all(getattr(old.contract, part) == getattr(contract, part) for part in parts):
        return
    taken = contract.baseline_to or contract.baseline_on
    severity, since = 1, f"the go-live on {day(live)}"
    if taken is not None and taken > live:
        code, severity = Code.BASELINE_AFTER_GO_LIVE, 3
        sentence = f"The baseline was taken on {day(taken)}, {days((taken - live).days)} after {since}."
    elif new.recorded_on > live:
        code = Code.BASELINE_RECORDED_AFTER_GO_LIVE
        sentence = f"The baseline of {day(taken)} was recorded on {day(new.recorded_on)}, after {since}."
    else:
        return
    yield Finding(
        code=code,
        severity=max(1, severity - new.approved),
        version=new.number,
        on=new.recorded_on,
        when=new.recorded_at,
        sentence=sentence,
        changes=() if old is None else tuple(c for c in changes(old.contract, contract) if c.field in parts),
        approved=new.approved,
        reason=new.reason,
    )


def sealed_late(record: Record, as_of: date) -> Iterator[Finding]:
    """The first seal was set when somebody had measured, or when development had begun: it binds nobody beforehand."""
    version = first_sealed(record)
    if version is None or version.sealed_at is None or version.seal_day is None or version.seal_day > as_of:
        return
    on, first = version.seal_day, record.first_observed_on
    head = f"Version {version.number} was the first to be sealed, on {day(on)}"
    if first is not None and known_before(record, version.sealed_at, on):
        sentence = f"{head}, after the first measurement, true of {day(first)}, was known."
        yield _sealed(Code.SEALED_AFTER_FIRST_MEASUREMENT, version, on, sentence)
    began = record.development_on
    if began is not None and began < on:
        sentence = f"{head}, {days((on - began).days)} after development began on {day(began)}."
        yield _sealed(Code.SEALED_AFTER_DEVELOPMENT, version, on, sentence)


def first_sealed(record: Record) -> Version | None:
    """The version that was sealed before any other."""
    sealed = [(one.sealed_at, one.number, one) for one in record.versions if one.sealed_at is not None]
    return min(sealed)[2] if sealed else None


def known_before(record: Record, moment: datetime, on: date) -> bool:
    """Whether a measurement was known before a moment of the day `on`. One known from the start was on its own day."""
    if record.first_recorded_at is not None:
        return record.first_recorded_at < moment
    return record.first_observed_on is not None and record.first_observed_on < on


def _sealed(code: Code, version: Version, on: date, sentence: str) -> Finding:
    return Finding(code, 3, version.number, on, version.sealed_at, sentence, (), approved=False)


_REASONS: Final = {
    ReasonCode.USER_BEHAVIOUR: "users behave differently",
    ReasonCode.MARKET: "the market has changed",
    ReasonCode.PRODUCT: "the product has changed",
}
RULES: Final[tuple[Callable[[Step], Iterator[Finding]], ...]] = (
    _approval,
    _after_measurement,
    _before_gate,
    _direction,
    _population,
    _swap,
    _baseline_changed,
    _rule_relaxed,
    _window,
    _target,
)
