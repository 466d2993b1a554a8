"""Whatever happens in whatever order: the flags of early warnings that stand open are those the facts call for."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core import clock
from core.access import system
from domain.kpi_warnings import warn
from kpis.models import Kpi, Measurement, SignOff
from kpis.queries.warned import rule_of
from kpis.queries.warnings import RULES, records
from kpis.queries.watch_policy import policy_on
from kpis.services.evaluate import evaluate_all, sweep
from kpis.services.measure import withdraw_measurement
from kpis.services.sealing import sign_off
from portfolio.models import Flag, Initiative
from tests.cast import AT, Cast, make_cast
from tests.kpis.build import amend, ask, promise, read, slip
from tests.kpis.watched import live, metric, moment, worked_on

Act = Callable[[Initiative, Cast, datetime], object]


def _kpi(initiative: Initiative) -> Kpi:
    return Kpi.objects.get(initiative=initiative, kind="business")


def _reads(kind: str, value: str) -> Act:
    def act(initiative: Initiative, cast: Cast, at: datetime) -> object:
        kpi = Kpi.objects.get(initiative=initiative, kind=kind)
        return read(kpi, value, clock.day_of(at), at=at, by=cast.actor("alice"))

    return act


def _withdraws(initiative: Initiative, _: Cast, at: datetime) -> object:
    standing = Measurement.objects.filter(kpi__initiative=initiative, superseded_by=None, void=False)
    last = standing.order_by("-pk").first()
    return last and withdraw_measurement(pk=last.pk, because="Wrong.", by=system(), at=at)


def _signs(verdict: str) -> Act:
    def act(initiative: Initiative, cast: Cast, at: datetime) -> object:
        kpi = _kpi(initiative)
        if kpi.current is None or kpi.current.number > 1 or kpi.current.seal:
            return None
        rows = SignOff.objects.filter(kpi_version=kpi.current).select_related("person").order_by("pk")
        one = rows.filter(verdict="").first() or rows.first()
        if one is None:
            return ask(kpi, cast, at=at)
        by = cast.actor(one.person.name.lower())
        return sign_off(pk=one.pk, verdict=verdict, note="So be it.", by=by, at=at)

    return act


def _changes(approved: bool) -> Act:
    def act(initiative: Initiative, cast: Cast, at: datetime) -> object:
        kpi = _kpi(initiative)
        if kpi.current is None or not (kpi.current.seal or kpi.measurements.exists()):
            return None
        target = (kpi.current.target or Decimal(5)) + Decimal("0.1")
        return (amend if approved else slip)(kpi, cast, target=target, at=at)

    return act


ACTS: dict[str, Act] = {
    "a bad reading": _reads("business", "9.9"),
    "a good reading": _reads("business", "4.9"),
    "a good metric": _reads("model_metric", "0.82"),
    "a bad metric": _reads("model_metric", "0.5"),
    "a reading taken back": _withdraws,
    "a signature": _signs("approved"),
    "a dissent": _signs("dissented"),
    "a silent change": _changes(approved=False),
    "an approved change": _changes(approved=True),
    "nothing": lambda _initiative, _cast, _at: None,
}
Story = Sequence[tuple[str, int]]
STORIES = st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.sampled_from([0, 1, 15, 61, 95])), max_size=7)


def _from_the_facts(at: datetime) -> set[tuple[object, ...]]:
    day = clock.day_of(at)
    policy, _ = policy_on(day)
    found = records(list(Initiative.objects.values_list("pk", flat=True)), as_of=day, policy=policy)
    told: dict[tuple[int, str], bool] = {}
    for one in found:
        for said in warn(one.facts, as_of=day, policy=policy).warnings:
            key = (one.initiative.pk, rule_of(said.code))
            # Several changes of one KPI are one flag: it is before the council as soon as one of them is.
            told[key] = told.get(key, False) or said.escalates
    return {(*key, escalates) for key, escalates in told.items()}


def _stored() -> set[tuple[object, ...]]:
    rows = Flag.objects.filter(rule__in=RULES, cleared_at=None)
    # A warning that cannot be told since when has no last day, and is never before the council by itself.
    return {(flag.initiative_id, flag.rule, flag.escalated_on is not None) for flag in rows}


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORIES)
@example(story=[("a bad reading", 0), ("a silent change", 0), ("a silent change", 61)])
def test_the_flags_are_those_the_facts_call_for(
    db: None, monkeypatch: pytest.MonkeyPatch, story: Story
) -> None:
    at = AT
    monkeypatch.setattr(clock, "now", lambda: at)
    with transaction.atomic():
        cast = make_cast()
        initiative = worked_on(live(cast, 30), cast)
        promise(initiative, by=cast.actor("alice"), at=moment(330), owner=cast.alice)
        metric(initiative, at=moment(330))
        sweep(at=at)
        for name, days in story:
            at += timedelta(days=days, minutes=1)
            ACTS[name](initiative, cast, at)
            sweep(at=at)
            assert _stored() == _from_the_facts(at), name
        before = _stored()
        assert evaluate_all(at=at + timedelta(seconds=1)).changed == 0
        assert _stored() == before
        transaction.set_rollback(True)
