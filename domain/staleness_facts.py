"""What the rules of staleness ask for: the recorded facts of one model, and the words of the answers."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from domain.ageing import months_after
from domain.errors import RuleError
from domain.policy_rows import within
from domain.staleness_policy import MOST_DAYS, TIERS


class Status(StrEnum):
    CURRENT = "current"
    STALE = "stale"
    RETIRED = "retired"


class Owner(StrEnum):
    """Who answers for a model. A mailbox is a contact, not an owner: it reads as missing."""

    ACTIVE = "active"
    DEACTIVATED = "deactivated"
    MISSING = "missing"


class CauseCode(StrEnum):
    REVIEW_OVERDUE = "review_overdue"
    REVIEW_DATE_MISSING = "review_date_missing"
    VALIDATION_OVERDUE = "validation_overdue"
    NO_MONITORING_DATA = "no_monitoring_data"
    NO_HEARTBEAT = "no_heartbeat"
    OWNER_MISSING = "owner_missing"
    OWNER_DEACTIVATED = "owner_deactivated"
    OWNER_ABSENT = "owner_absent"
    SUPERSEDED_STILL_SERVING = "superseded_still_serving"
    DOSSIER_SECTION_OLD = "dossier_section_old"
    FALLBACK_UNTESTED = "fallback_untested"
    ATTESTATION_MISSED = "attestation_missed"
    APPROVAL_LAPSED = "approval_lapsed"
    REGISTRY_NEWER_VERSION = "registry_newer_version"
    ETHICS_AUDIT_OVERDUE = "ethics_audit_overdue"
    DATA_WINDOW_EXPIRED = "data_window_expired"
    OWNER_OVERLOADED = "owner_overloaded"
    UPSTREAM_RETIRED = "upstream_retired"


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason, true from `since` on (None = true, since when is not recorded).

    last: the day of the newest fact the limit counts from, None if there is none. subject: the dossier section.
    """

    code: CauseCode
    severity: int
    sentence: str
    since: date | None
    clears_when: str
    last: date | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """The recorded facts of one model; None = never recorded.

    serving: whether it runs for its users, the older versions included. serving_since: the first day it did.
    known_since: the day it was put on record, which stands in where nobody said since when it serves.
    next_review_on: the date a person set; last_review_on: with the tier's cadence the latest it may be.
    monitoring_cadence_days: how often data should arrive. superseded_on: the day another took its place.
    attestation_due_on: the due date of the earliest round its owner has not answered.
    dossier_sections: name of each written section -> the day of its latest version.
    owner_since: since when the owner is missing or deactivated. validation_needed_since: the day a material change was
    accepted that no validation has looked at. approval_lapsed_on: since when an approval it serves under does not hold;
    approval_lapses_on: the last day on which the first of those that hold does.
    newer_version_since: since when a version newer than the one that serves is on record, without a role.
    ethics_passed_on, ethics_due_on, ethics_refused_on: see domain.ethics.EthicsFacts.
    owner_serving: how many models that serve its owner owns, this one among them; owner_loaded_since: since when too many,
    as far as the record tells.
    upstream_retired: whether a model it depends on is retired; upstream_retired_on: since when the first of them is.
    data_until: the last day on which every source of data it rests on may be used, None where no end is on record.
    """

    tier: int | None = None
    retired: bool = False
    serving: bool = False
    serving_since: date | None = None
    known_since: date | None = None
    serves_goal: bool | None = None
    next_review_on: date | None = None
    last_review_on: date | None = None
    last_validation_on: date | None = None
    validation_needed_since: date | None = None
    monitoring_cadence_days: int | None = None
    last_monitoring_on: date | None = None
    last_heartbeat_on: date | None = None
    owner: Owner = Owner.MISSING
    owner_since: date | None = None
    owner_last_sign_in_on: date | None = None
    superseded_on: date | None = None
    last_fallback_test_on: date | None = None
    attestation_due_on: date | None = None
    approval_lapsed_on: date | None = None
    approval_lapses_on: date | None = None
    newer_version_since: date | None = None
    ethics_passed_on: date | None = None
    ethics_due_on: date | None = None
    ethics_refused_on: date | None = None
    data_until: date | None = None
    owner_serving: int | None = None
    owner_loaded_since: date | None = None
    upstream_retired: bool = False
    upstream_retired_on: date | None = None
    dossier_sections: dict[str, date] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.tier is not None and self.tier not in TIERS:
            raise RuleError("unknown_tier", f"There is no risk tier {self.tier}: use 1, 2 or 3.", "/tier")
        if self.monitoring_cadence_days is not None:
            within(self.monitoring_cadence_days, 1, MOST_DAYS, "/monitoring_cadence_days")

    @property
    def began(self) -> date | None:
        """Since when it is on record as serving; None of one that does not serve."""
        return (self.serving_since or self.known_since) if self.serving else None


WATCHED: Final = ("tier", "serves_goal", "last_review_on", "last_validation_on", "owner_last_sign_in_on")
WATCHED_SERVING: Final = (
    "serving_since",
    "next_review_on",
    "monitoring_cadence_days",
    "last_monitoring_on",
    "last_heartbeat_on",
    "last_fallback_test_on",
)


def after_days(last: date, days: int) -> date:
    """The first day on which more than `days` have passed since `last`."""
    return last + timedelta(days=days + 1)


def after_months(last: date, months: int) -> date:
    """The first day after the date `months` calendar months from `last`."""
    return months_after(last, months) + timedelta(days=1)
