"""Causes of staleness that lie around a model: its owner's load, its successor, its approval, its data, what it depends on."""

from collections.abc import Iterator

from domain.staleness_facts import Cause, CauseCode, ModelFacts, Owner, after_days
from domain.staleness_policy import Policy


def overloaded(facts: ModelFacts, policy: Policy) -> Iterator[Cause]:
    """Whoever owns too many looks after none of them. Counted are models that serve."""
    if (
        facts.owner is not Owner.ACTIVE
        or facts.owner_serving is None
        or facts.owner_serving <= policy.owner_models
    ):
        return
    yield Cause(
        CauseCode.OWNER_OVERLOADED,
        policy.severity_of(facts.tier),
        f"The owner owns {facts.owner_serving} models that serve, and may own {policy.owner_models}",
        facts.owner_loaded_since,
        "Name another owner for some of them",
    )


def superseded(facts: ModelFacts, policy: Policy) -> Iterator[Cause]:
    if facts.superseded_on is None:
        return
    yield Cause(
        CauseCode.SUPERSEDED_STILL_SERVING,
        policy.severity_of(facts.tier),
        "Superseded, and still serving",
        facts.superseded_on,
        "Move its users to the successor, and retire it",
    )


def data_window(facts: ModelFacts, policy: Policy) -> Iterator[Cause]:
    if facts.data_until is None:
        return
    yield Cause(
        CauseCode.DATA_WINDOW_EXPIRED,
        policy.severity_of(facts.tier),
        "Data it rests on is past the end of its window",
        after_days(facts.data_until, 0),
        "A later end is recorded for the source of data, or the model rests on it no more",
        facts.data_until,
    )


def approval(facts: ModelFacts, policy: Policy) -> Iterator[Cause]:
    """Since the first approval that does not hold; or from the day after the last day of the first that will lapse."""
    days = [] if facts.approval_lapsed_on is None else [facts.approval_lapsed_on]
    if facts.approval_lapses_on is not None:
        days.append(after_days(facts.approval_lapses_on, 0))
    if not days:
        return
    yield Cause(
        CauseCode.APPROVAL_LAPSED,
        policy.severity_of(facts.tier),
        "It serves under an approval that does not hold any more",
        min(days),
        "Whoever approved it decides again, or what suspends the approval is gone",
    )


def newer_version(facts: ModelFacts, policy: Policy) -> Iterator[Cause]:
    if facts.newer_version_since is None:
        return
    days = policy.newer_version_days
    yield Cause(
        CauseCode.REGISTRY_NEWER_VERSION,
        policy.severity_of(facts.tier),
        f"A newer version has waited for more than {days} days, and nobody gave it a role",
        after_days(facts.newer_version_since, days),
        "Give the newer version a role, or retire it",
        facts.newer_version_since,
    )


def upstream(facts: ModelFacts, policy: Policy) -> Iterator[Cause]:
    if not facts.upstream_retired:
        return
    yield Cause(
        CauseCode.UPSTREAM_RETIRED,
        policy.severity_of(facts.tier),
        "A model it depends on is retired",
        facts.upstream_retired_on,
        "Name the model it depends on now, or retire it too",
    )
