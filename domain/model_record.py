"""What a hand may change of a model's record, and what only its own records, or another person, change.

A day that something was done is written by the record of it: a validation, a report, an answer. A day that asks for
something may come sooner by hand, never later, and is not taken away: otherwise whoever is asked could end the question.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from domain.ageing import months_after
from domain.errors import RuleError

FROM_RECORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "last_validated_on": "A validation that ended fit writes it: record it under Life.",
        "last_monitored_on": "Monitoring data that arrives writes it: send it under Monitoring.",
        "last_heartbeat_on": "A deployment that reports writes it: report it under Versions.",
        "fallback_tested_on": "A test of the fallback that worked writes it: record it under Life.",
        "attested_on": "The owner's answer to a round writes it: answer it under Yours.",
        "attestation_due_on": "A round of attestation writes it.",
        "dossier_sections": "Writing the section writes it: write it in the Dossier.",
    }
)
"""Fact -> what writes it. Given by hand only when a model is taken over from another inventory, or put right by a reviewer."""

SOONER: Final = ("in_production_since", "next_review_on", "superseded_on", "monitoring_cadence_days")
"""What a cause of staleness counts from, or a retirement asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What of a record these rules ask for, before or after a change. `owner`, `decommission_criteria`: there is one.

    `tier`: whether its risk was assessed. `lacks_ethics`: what keeps it out of production of its ethics review (domain.ethics),
    in a sentence.
    """

    in_production: bool
    owner: bool
    tier: bool
    decommission_criteria: bool
    in_production_since: date | None = None
    next_review_on: date | None = None
    superseded_on: date | None = None
    monitoring_cadence_days: int | None = None
    open_critical: int | None = None
    lacks_ethics: str = ""


def latest_review(
    *, tier_months: int | None, last_review_on: date | None, serving_since: date | None, today: date
) -> date | None:
    """The latest day the next review may be set to; None without a tier.

    Counted from the last review, or the day it began to serve. Where that cadence has passed already, from today: the
    review is overdue whatever the date says.
    """
    if tier_months is None:
        return None
    start = last_review_on or serving_since or today
    by_cadence = months_after(start, tier_months)
    return by_cadence if by_cadence >= today else months_after(today, tier_months)


def require_change(before: Standing, after: Standing, *, latest: date | None) -> None:
    """Refuse a change of the record by hand. `latest`: see `latest_review`.

    Raises RuleError `in_production`, `required_in_production`, `open_critical`, `tier_unknown`, `ethics_review`, `kept`, `put_off`,
    `too_late`.
    """
    if before.in_production and not after.in_production:
        raise RuleError(
            "in_production",
            "It is in production. It ends by its retirement; if it never was, ask a reviewer to put the record right.",
            "/stage",
        )
    _require_named(before, after)
    entering = after.in_production and not before.in_production
    if entering and after.open_critical:
        raise RuleError(
            "open_critical",
            "A critical finding is open. Close it before the model goes into production.",
            "/stage",
        )
    if entering and not after.tier:
        raise RuleError(
            "tier_unknown",
            "Nobody assessed its risk, so nobody knows what is asked of it first. Assess it before it goes into production.",
            "/stage",
        )
    if entering and after.lacks_ethics:
        words = f"{after.lacks_ethics} Have it reviewed before the model goes into production."
        raise RuleError("ethics_review", words, "/stage")
    for name in SOONER:
        if before.in_production or name == "in_production_since":
            _require_sooner(name, getattr(before, name), getattr(after, name))
    moved = after.next_review_on != before.next_review_on or entering
    on = after.next_review_on
    if after.in_production and moved and latest is not None and on is not None and on > latest:
        raise RuleError(
            "too_late", f"Its tier is reviewed by {latest} at the latest. Choose that day or an earlier one.", "/next_review_on"
        )  # fmt: skip


def _require_named(before: Standing, after: Standing) -> None:
    """Owner, next review and decommission criteria: asked for on the way into production, and kept there."""
    if not after.in_production:
        return
    words = {
        "owner": "A model in production has an owner. Name an active person.",
        "next_review_on": "A model in production has a next review date. Set it.",
        "decommission_criteria": "A model in production says when it will be switched off. Write it.",
    }
    for name, sentence in words.items():
        had = not before.in_production or bool(getattr(before, name))
        if had and not getattr(after, name):
            raise RuleError("required_in_production", sentence, f"/{name}")


def _require_sooner(name: str, was: date | int | None, now: date | int | None) -> None:
    if was is None or was == now:
        return
    if now is None:
        raise RuleError(
            "kept", "What is asked of a model counts from this. A reviewer who is not its owner may put it right.", f"/{name}"
        )  # fmt: skip
    if now > was:  # type: ignore[operator]  # both are days, or both are numbers
        raise RuleError(
            "put_off", f"It may come sooner than {was} by hand, not later. A review, or a reviewer who puts the record "
            "right, sets a later one.", f"/{name}",
        )  # fmt: skip
