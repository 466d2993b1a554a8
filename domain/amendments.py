"""Post-hoc goal-setting: what was changed in a KPI's promise once results could be seen, and who stood for it.

A promise may be changed. Drafts are free until one is sealed, development has begun, or somebody has measured; from
then on every change is told, for ever. A change that somebody other than its author approved, for one of the reasons
a promise may change for, is an amendment; any other is a silent change. Neither takes the earlier promise away:
`both_verdicts` says how the same readings stand by both.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from domain.amendment_facts import GateDay, OtherKpi, ReasonCode, Record, Version
from domain.amendment_findings import (
    AFTER_THE_RESULT,
    RULES,
    Code,
    Finding,
    baseline_findings,
    first_sealed,
    given_up,
    moves_verdict,
    sealed_late,
    step_between,
)
from domain.both_verdicts import Basis, BothVerdicts, attainment, both_verdicts

__all__ = [
    "Basis",
    "BothVerdicts",
    "Code",
    "Discipline",
    "Finding",
    "GateDay",
    "OtherKpi",
    "ReasonCode",
    "Record",
    "Version",
    "attainment",
    "both_verdicts",
    "review",
]

_ORDER: Final = {code: place for place, code in enumerate(Code)}


@dataclass(frozen=True, slots=True)
class Discipline:
    """What the versions in force say.

    post_hoc: a field that moves the verdict was changed after the first measurement, approved or not; the promise was
    first sealed after it or once development had begun; or the KPI was exchanged for one that had passed. amendments
    and silent_changes count versions. valid_until: the day before the next version comes into force or the first is
    sealed, None = for ever.
    """

    findings: tuple[Finding, ...]
    post_hoc: bool
    amendments: int
    silent_changes: int
    valid_until: date | None


def review(record: Record, *, as_of: date) -> Discipline:
    """Judge the versions in force on `as_of`, in the order they came into force; within a version in the order of `Code`.

    What concerns the KPI rather than a change of it (sealed late, given up) comes last.

    Errors: those of `domain.seal.canonical`, for a contract that cannot be sealed.
    """
    ordered = sorted(record.versions, key=lambda version: (version.in_force_on, version.number))
    there = [version for version in ordered if version.in_force_on <= as_of]
    later = [version.in_force_on for version in ordered if version.in_force_on > as_of]
    if record.retired_on is not None and record.retired_on > as_of:
        later.append(record.retired_on)
    sealed = first_sealed(record)
    if sealed is not None and sealed.seal_day is not None and sealed.seal_day > as_of:
        later.append(sealed.seal_day)
    found: list[Finding] = []
    if there:
        found += baseline_findings(None, there[0], record)
    for place, (old, new) in enumerate(pairwise(there), start=1):
        of_version = list(baseline_findings(old, new, record))
        step = step_between(there[:place], new, record)
        if step is not None:
            of_version += [finding for rule in RULES for finding in rule(step)]
        found += sorted(of_version, key=lambda finding: _ORDER[finding.code])
    found += [*sealed_late(record, as_of), *given_up(record, as_of)]
    return Discipline(
        findings=tuple(found),
        post_hoc=any(
            finding.code in AFTER_THE_RESULT
            or (finding.code is Code.CHANGED_AFTER_FIRST_MEASUREMENT and moves_verdict(finding.changes))
            for finding in found
        ),
        amendments=sum(finding.code is Code.AMENDED for finding in found),
        silent_changes=sum(finding.code is Code.CHANGED_WITHOUT_APPROVAL for finding in found),
        valid_until=min(later) - timedelta(days=1) if later else None,
    )
