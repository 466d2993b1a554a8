"""What codes of this room say on its pages."""

from typing import Final

from core.wording import number
from domain.kpi_codes import Defect, Flag, Reason, RollupReason
from domain.kpi_words import defect_words
from domain.relative_target import said as relative_words
from kpis.models import KpiVersion
from kpis.translate import percent_of

FLAGS: Final[dict[str, str]] = {
    Flag.REJECTED_VALUE: "a reading holds no number",
    Flag.FUTURE_DATED: "a reading lies in the future",
    Flag.BEFORE_BASELINE: "a reading lies before the baseline",
    Flag.SAME_DAY_CONFLICT: "two readings of one day, the later speaks",
    Flag.LATE_VALUE_AFTER_CLOSE: "a reading came after closing and does not count",
    Flag.BASELINE_MISMATCH: "the reading of the first day differs from the baseline",
    Flag.WORSE_THAN_BASELINE: "worse than the baseline",
    Flag.EXCEEDED: "past the target",
    Flag.TARGET_VALUE_MET_BUT_UNATTRIBUTABLE: "the target's value is met, but without a baseline nobody can say by what",
    Flag.GOALPOSTS_MOVED: "goalposts moved",
    Flag.RESTATED: "restated",
    Flag.OVERRIDDEN: "overridden",
}
REASONS: Final[dict[str, str]] = {
    Reason.AWAITING_FIRST_MEASUREMENT: "the first reading is not due yet",
    Reason.FIRST_MEASUREMENT_OVERDUE: "the first reading is overdue",
    Reason.PROGRESS_CANNOT_BE_COMPUTED: "without a baseline there is no progress to compute",
    Reason.NO_EVIDENCE: "closed without a reading",
    Reason.NO_MEASUREMENT_NEAR_TARGET_DATE: "closed without a reading near the target date",
    Reason.CLOSED: "closed, outcome frozen",
    Reason.MEASUREMENT_TOO_OLD: "the last reading is too old",
}
ROLLUPS: Final[dict[str, str]] = {
    RollupReason.PRIMARY_KPI_OFF_TRACK: "a primary KPI is off track or missed, and that decides",
    RollupReason.UNKNOWN_WEIGHT: "more than 34 % of the weight cannot be seen",
    RollupReason.PRIMARY_KPI_AT_RISK_OR_UNKNOWN: "a primary KPI is at risk or cannot be seen",
    RollupReason.SECONDARY_OFF_TRACK_WEIGHT: "34 % or more of the weight is off track or missed, though no primary KPI is",
    RollupReason.ALL_ACHIEVED: "every KPI that counts is achieved",
    RollupReason.NO_EVALUABLE_KPI: "no KPI counts yet",
}
ROLLUP_HOLDS: Final = "no primary KPI is worse than on track, and enough of the weight can be seen"


SENTENCES: Final = {
    **{str(code): f"{words[0].upper()}{words[1:]}." for code, words in {**FLAGS, **REASONS}.items()},
    **{str(code): " ".join(defect_words(code)) for code in Defect},
    "pending": "One more such reading makes it worse.",
}
"""Each code as a sentence, for the preview while typing."""


def flag_words(code: str) -> str:
    return FLAGS.get(code, code.replace("_", " "))


def reason_words(code: str) -> str:
    """Why, for a ledger line; empty where the status says it all."""
    if not code:
        return ""
    if code in REASONS:
        return REASONS[code]
    said = defect_words(code)[0].rstrip(".")
    return f"{said[0].lower()}{said[1:]}"


def rollup_words(code: str) -> str:
    """Why an initiative's roll-up is what it is."""
    return ROLLUPS.get(code, ROLLUP_HOLDS)


def tolerance(version: KpiVersion) -> dict[str, str]:
    """The margins of a trajectory in points of the way, and a relative target in words."""
    margins = {"amber": version.amber, "red": version.red, "back": version.hysteresis}
    percent = percent_of(version.target_change)
    relative = "" if percent is None else relative_words(percent)
    return {**{name: number(share * 100) for name, share in margins.items()}, "relative": relative}
