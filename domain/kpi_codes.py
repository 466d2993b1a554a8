"""The words of KPI judgement: every code a status, reason, defect or flag may be. Lower snake case, as in JSON."""

from enum import StrEnum
from typing import Final


class Shape(StrEnum):
    """How success is said: move from a baseline to a target by a date, or stay within bounds."""

    TRAJECTORY = "trajectory"
    BAND = "band"


class Direction(StrEnum):
    """Which way is better; a trajectory only."""

    HIGHER = "higher"
    LOWER = "lower"


class State(StrEnum):
    """Whether the KPI is judged at all."""

    ACTIVE = "active"
    PAUSED = "paused"
    RETIRED = "retired"


class Status(StrEnum):
    """What a KPI's record says on a day."""

    ACHIEVED = "achieved"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    MISSED = "missed"
    STALE = "stale"
    UNVERIFIED = "unverified"
    NO_DATA = "no_data"
    NO_BASELINE = "no_baseline"
    INVALID = "invalid"
    NOT_STARTED = "not_started"
    PAUSED = "paused"
    RETIRED = "retired"


BEST_FIRST: Final = (Status.ACHIEVED, Status.ON_TRACK, Status.AT_RISK, Status.OFF_TRACK)
"""The states a reading can put a KPI in, in order."""

RANK: Final = {status: place for place, status in enumerate(BEST_FIRST)}


class Reason(StrEnum):
    """Why a status is what it is, where the status alone does not say. An invalid KPI's reason is a `Defect`."""

    AWAITING_FIRST_MEASUREMENT = "awaiting_first_measurement"
    FIRST_MEASUREMENT_OVERDUE = "first_measurement_overdue"
    PROGRESS_CANNOT_BE_COMPUTED = "progress_cannot_be_computed"
    NO_EVIDENCE = "no_evidence"
    NO_MEASUREMENT_NEAR_TARGET_DATE = "no_measurement_near_target_date"
    CLOSED = "closed"
    MEASUREMENT_TOO_OLD = "measurement_too_old"


class Defect(StrEnum):
    """What is broken in a definition."""

    TARGET_MISSING_OR_NOT_A_NUMBER = "target_missing_or_not_a_number"
    TARGET_DATE_MISSING = "target_date_missing"
    BASELINE_DATE_MISSING = "baseline_date_missing"
    TARGET_DATE_NOT_AFTER_BASELINE_DATE = "target_date_not_after_baseline_date"
    BASELINE_NOT_A_NUMBER = "baseline_not_a_number"
    BASELINE_EQUALS_TARGET = "baseline_equals_target"
    TARGET_ON_WRONG_SIDE_OF_BASELINE = "target_on_wrong_side_of_baseline"
    RED_BELOW_AMBER = "red_below_amber"
    CURVE_INVALID = "curve_invalid"
    CADENCE_INVALID = "cadence_invalid"
    HYSTERESIS_INVALID = "hysteresis_invalid"
    BOUND_NOT_A_NUMBER = "bound_not_a_number"
    NO_BOUND = "no_bound"
    FLOOR_ABOVE_CAP = "floor_above_cap"


class Flag(StrEnum):
    """What stands beside a status. The last three come from the record around the KPI, not from its readings."""

    REJECTED_VALUE = "rejected_value"
    FUTURE_DATED = "future_dated"
    BEFORE_BASELINE = "before_baseline"
    SAME_DAY_CONFLICT = "same_day_conflict"
    LATE_VALUE_AFTER_CLOSE = "late_value_after_close"
    BASELINE_MISMATCH = "baseline_mismatch"
    WORSE_THAN_BASELINE = "worse_than_baseline"
    EXCEEDED = "exceeded"
    TARGET_VALUE_MET_BUT_UNATTRIBUTABLE = "target_value_met_but_unattributable"
    GOALPOSTS_MOVED = "goalposts_moved"
    RESTATED = "restated"
    OVERRIDDEN = "overridden"


class RollupStatus(StrEnum):
    """What an initiative's KPIs say together."""

    ACHIEVED = "achieved"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    BLIND = "blind"
    NO_KPI = "no_kpi"


class RollupReason(StrEnum):
    """Which test of the roll-up decided; none when the initiative is simply on track."""

    PRIMARY_KPI_OFF_TRACK = "primary_kpi_off_track"
    UNKNOWN_WEIGHT = "unknown_weight"
    PRIMARY_KPI_AT_RISK_OR_UNKNOWN = "primary_kpi_at_risk_or_unknown"
    SECONDARY_OFF_TRACK_WEIGHT = "secondary_off_track_weight"
    ALL_ACHIEVED = "all_achieved"
    NO_EVALUABLE_KPI = "no_evaluable_kpi"
