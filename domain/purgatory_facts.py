"""What a pilot's record says, and what it does not say: the input of the purgatory rules.

Three answers are kept apart. A value is a fact. `UNKNOWN` means nobody ever recorded it; it fires no rule and is
listed. `None` is a fact of its own, with the meaning written beside the field below.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from enum import Enum
from typing import Final

from domain.kpi_codes import Status


class Unknown(Enum):
    """The type of `UNKNOWN`, so that a checker makes every reader handle a fact nobody recorded."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN

NO_KPI: Final = "no_kpi"
KPI_STATUSES: Final = (*(status.value for status in Status), NO_KPI)
"""The words a primary KPI's status may be; `no_kpi` says a person recorded that there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The recorded facts of one pilot on one day. Days are whole days, shares are Decimals (0.25 = 25 %).

    days_in_stage: days since the current spell was entered; unknown = the spell has no entry date.
    planned_days: the originally approved length; 0 or None reads as unknown.
    decision_due_in_days: negative = overdue; None = a person said there is no date.
    extensions, deferrals, success_measure_changes: counts at this gate and since the start.
    primary_kpi_status: the worst of several primaries; `primary_kpi_reason` may be absent.
    primary_progress_change_60d: None = fewer than three readings, so no movement can be told.
    primary_progress: None = it cannot be computed.
    sponsor_silent_days: None = there is no sponsor.
    scope_change: against the charter, +0.25 = a quarter more. spend_ratio: spent / released; None = nothing released.
    worst_condition_overdue_days: 0 = no approval condition is overdue.
    days_since_criteria_met: 0 = not met, or a gate was requested.
    adoption: weekly active / invited; None = it cannot be computed.
    """

    days_in_stage: int | Unknown = UNKNOWN
    planned_days: int | Unknown | None = UNKNOWN
    decision_due_in_days: int | Unknown | None = UNKNOWN
    extensions: int | Unknown = UNKNOWN
    same_extension_reason: bool | Unknown = UNKNOWN
    deferrals: int | Unknown = UNKNOWN
    success_criteria_agreed: bool | Unknown = UNKNOWN
    primary_kpi_status: str | Unknown = UNKNOWN
    primary_kpi_reason: str | Unknown | None = None
    primary_progress_change_60d: Decimal | Unknown | None = UNKNOWN
    primary_progress: Decimal | Unknown | None = UNKNOWN
    sponsor_silent_days: int | Unknown | None = UNKNOWN
    production_owner: bool | Unknown = UNKNOWN
    transition_plan: bool | Unknown = UNKNOWN
    scope_change: Decimal | Unknown | None = UNKNOWN
    scope_approved: bool | Unknown = UNKNOWN
    success_measure_changes: int | Unknown = UNKNOWN
    spend_ratio: Decimal | Unknown | None = UNKNOWN
    worst_condition_overdue_days: int | Unknown = UNKNOWN
    overdue_condition_blocks: bool | Unknown = UNKNOWN
    days_since_criteria_met: int | Unknown = UNKNOWN
    users_outside_charter: bool | Unknown = UNKNOWN
    adoption: Decimal | Unknown | None = UNKNOWN

    def unknown(self) -> tuple[str, ...]:
        """The names of the facts nobody recorded, in the order of the fields."""
        return tuple(name for name in FACT_NAMES if getattr(self, name) is UNKNOWN)

    def nothing_on_record(self) -> bool:
        """R00's test: decision date, KPI, sponsor and transition plan were all four never recorded."""
        return all(getattr(self, name) is UNKNOWN for name in NOTHING_ON_RECORD)

    def after(self, days: int) -> "Facts":
        """The same recorded facts `days` later: what counts days has counted on, nothing else has moved.

        Running are the age, the way to the decision date and the sponsor's silence; and, once begun (above 0), a
        condition's overdue days and the days since criteria were met. 0 in the last two says that there is nothing
        to count, so they stand still: whoever holds the due dates of open conditions judges again on those days.
        """
        return replace(
            self,
            days_in_stage=_count(self.days_in_stage, days),
            decision_due_in_days=_count_nullable(self.decision_due_in_days, -days),
            sponsor_silent_days=_count_nullable(self.sponsor_silent_days, days),
            worst_condition_overdue_days=_count_if_begun(self.worst_condition_overdue_days, days),
            days_since_criteria_met=_count_if_begun(self.days_since_criteria_met, days),
        )


def _count(value: int | Unknown, days: int) -> int | Unknown:
    return UNKNOWN if isinstance(value, Unknown) else value + days


def _count_nullable(value: int | Unknown | None, days: int) -> int | Unknown | None:
    return value if value is None or isinstance(value, Unknown) else value + days


def _count_if_begun(value: int | Unknown, days: int) -> int | Unknown:
    return value if isinstance(value, Unknown) or value <= 0 else value + days


FACT_NAMES: Final[tuple[str, ...]] = tuple(field.name for field in fields(Facts))
NOTHING_ON_RECORD: Final = (
    "decision_due_in_days",
    "primary_kpi_status",
    "sponsor_silent_days",
    "transition_plan",
)


def forgetting(facts: Facts, names: Iterable[str]) -> Facts:
    """The same facts with the named ones never recorded."""
    return replace(facts, **dict.fromkeys(names, UNKNOWN))
