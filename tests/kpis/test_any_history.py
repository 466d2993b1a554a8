"""After thousands of operations in any order the stored answers are those recomputed from all facts, and nothing is lost.

The long run takes 50,000 operations, on PostgreSQL, with the races; the short one 2,000, wherever the suite runs.
"""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from core import clock
from core.access import Actor, system
from core.errors import Problem
from domain.kpi_codes import Status
from domain.rollup import Item, rollup
from kpis.models import Arrival, Kpi, KpiOverride, Measurement
from kpis.queries import counted_as, discrepancies
from kpis.services import answers
from kpis.services.bulk import record_many
from kpis.services.evaluate import evaluate_due
from kpis.services.measure import withdraw_measurement
from kpis.services.override import declare_status, end_declaration
from kpis.services.states import pause_kpi, resume_kpi
from portfolio.models import Initiative
from tests.cast import AT, Cast, make_cast
from tests.kpis.build import make_initiative, make_kpi, read, trajectory, version_of

ROWS_A_CHUNK, ACTS_A_CHUNK = 450, 50
CHECKED_EVERY = 10  # chunks: a check reads every measurement
BAND: dict[str, Any] = {
    "shape": "band", "lower": Decimal(5), "upper": Decimal(9), "baseline_on": date(2026, 1, 1), "target_on": date(2027, 3, 1),
    "cadence_days": 14,
}  # fmt: skip
DEFINITIONS = (
    trajectory(), trajectory(confirm_worse=2, target_on=date(2027, 6, 30)), trajectory(target_on=date(2026, 12, 20)),
    trajectory(baseline=None), BAND,
)  # fmt: skip
ACTS = (
    "record",
    "record",
    "correct",
    "correct",
    "withdraw",
    "pause",
    "resume",
    "worse",
    "better",
    "take_back",
)


class Hand:
    """Does one thing after another to the KPIs of a few initiatives, and keeps count of what must be on record."""

    def __init__(self, cast: Cast, initiatives: int) -> None:
        self.chance, self.at = random.Random("any history"), AT
        self.kpis: list[Kpi] = []
        self.by: dict[int, Actor] = {}
        self.max, self.alice, bob = cast.actor("max"), cast.actor("alice"), cast.actor("bob")
        for n in range(initiatives):
            work = make_initiative(cast.claims, f"Number {n}", lead=cast.alice)
            for which, success in enumerate(DEFINITIONS):
                kpi = make_kpi(work, f"KPI {which}", success=success, primary=which == 0)
                self.by[kpi.pk] = system()
                self.kpis.append(kpi)
            version = version_of(kpi)
            version.scale_low, version.scale_high = Decimal(0), Decimal(20)
            version.save()
            Kpi.objects.filter(pk=kpi.pk).update(judge=cast.bob)
            self.by[kpi.pk] = bob
        self.sent: list[dict[str, Any]] = []
        self.stored, self.ended = 0, Counter[str]()

    def chunk(self, rows: int, acts: int) -> None:
        self.bulk([self.row() for _ in range(rows)])
        for _ in range(acts):
            self.at += timedelta(seconds=self.chance.randint(1, 90))
            name = self.chance.choice(ACTS)
            try:
                getattr(self, name)(self.chance.choice(self.kpis))
                self.ended[name] += 1
            except Problem as problem:  # what cannot be done now
                assert problem.status in {400, 403, 409}, problem  # noqa: PT017
                self.ended["refused"] += 1
        self.at += timedelta(hours=self.chance.choice([1, 5, 30, 90]))
        evaluate_due(at=self.at)

    def row(self) -> dict[str, Any]:
        """A new row, one sent before, or one that says otherwise under a key sent before."""
        chance = self.chance.random()
        if self.sent and chance < 0.1:
            return dict(self.chance.choice(self.sent))
        if self.sent and chance < 0.13:
            return {**self.chance.choice(self.sent), "value": "19.5"}
        kpi = self.chance.choice(self.kpis)
        row = {
            "kpi": kpi.pk, "observed_on": self.day().isoformat(), "value": str(self.value()), "source": "pipeline",
            "source_key": str(len(self.sent)),
        }  # fmt: skip
        self.sent.append(row)
        return row

    def bulk(self, rows: list[dict[str, Any]]) -> None:
        for judged in (False, True):
            own = [row for row in rows if (self.by[row["kpi"]].user is not None) is judged]
            by = self.by[own[0]["kpi"]] if own else system()
            found = record_many(rows=own, atomic=False, by=by, at=self.at) if own else []
            counted = Counter(outcome.status for outcome in found)
            assert {o.error.code for o in found if o.error} <= {"source_key_used"}
            self.stored += counted["created"]
            self.ended += counted

    def value(self) -> Decimal:
        return Decimal(self.chance.randint(30, 120)) / 10

    def day(self) -> date:
        """Mostly of the last days, sometimes long ago, before the start or still to come."""
        back = self.chance.choice([0, 0, 0, 1, 1, 2, 3, 7, 30, 90, 300, 700, -3, -40])
        return clock.day_of(self.at) - timedelta(days=back)

    def standing(self, kpi: Kpi) -> Measurement | None:
        rows = Measurement.objects.filter(kpi=kpi, void=False, superseded_by=None).order_by("-pk")[:50]
        return self.chance.choice([None, *rows])

    def record(self, kpi: Kpi) -> None:
        self.stored += read(kpi, self.value(), self.day(), at=self.at, by=self.by[kpi.pk]).created

    def correct(self, kpi: Kpi) -> None:
        if old := self.standing(kpi):
            done = read(
                kpi, self.value(), self.day(), at=self.at, by=self.by[kpi.pk], supersedes=old.pk, note="typo"
            )
            self.stored += done.created

    def withdraw(self, kpi: Kpi) -> None:
        if old := self.standing(kpi):
            done = withdraw_measurement(pk=old.pk, because="wrong", by=self.by[kpi.pk], at=self.at)
            self.stored += done.created

    def pause(self, kpi: Kpi) -> None:
        until = clock.day_of(self.at) + timedelta(days=self.chance.choice([1, 6]))
        pause_kpi(pk=kpi.pk, until=until, because="moving", by=system(), at=self.at)

    def resume(self, kpi: Kpi) -> None:
        resume_kpi(pk=kpi.pk, because="moved", by=system(), at=self.at)

    def worse(self, kpi: Kpi) -> None:
        self.declare(kpi, self.alice)

    def better(self, kpi: Kpi) -> None:
        self.declare(kpi, self.max)

    def declare(self, kpi: Kpi, by: Actor) -> None:
        status = self.chance.choice(["on_track", "at_risk", "off_track"])
        until = clock.day_of(self.at) + timedelta(days=self.chance.choice([0, 4, 30]))
        declare_status(kpi_id=kpi.pk, declared_as=status, because="I know.", by=by, at=self.at, until=until)

    def take_back(self, kpi: Kpi) -> None:
        row = KpiOverride.objects.filter(kpi=kpi, ended_at=None).first()
        if row is not None:
            end_declaration(pk=row.pk, because="no", by=self.max, at=self.at)

    def require_right(self) -> None:
        """Stored is recomputed, for every KPI and every roll-up, and every row is on record once."""
        day = clock.day_of(self.at)
        assert not Arrival.objects.exists()
        assert [(kpi.ref, wrong) for kpi, wrong in discrepancies(as_of=day)] == []
        assert answers.unlike_the_outlook(day) == []
        assert Measurement.objects.count() == self.stored
        for initiative in Initiative.objects.prefetch_related("kpis"):
            items = [
                Item(
                    Status(counted_as(k)),
                    None if k.declared_status else k.reason or None,
                    k.weight,
                    k.primary,
                )
                for k in initiative.kpis.all()
            ]
            assert initiative.kpi_status == rollup(items).status.value


def run(hand: Hand, operations: int) -> None:
    chunks = operations // (ROWS_A_CHUNK + ACTS_A_CHUNK)
    for n in range(chunks):
        hand.chunk(ROWS_A_CHUNK, ACTS_A_CHUNK)
        if n % CHECKED_EVERY == CHECKED_EVERY - 1:
            hand.require_right()
    hand.require_right()
    assert min(hand.ended[name] for name in ("created", "unchanged", "refused", *ACTS)) > 0


@pytest.mark.slow
@pytest.mark.django_db
def test_after_two_thousand_operations_stored_is_recomputed(cast: Cast) -> None:
    run(Hand(cast, initiatives=3), 2_000)


@pytest.fixture
def on_postgresql(transactional_db: None) -> Callable[[], Cast]:
    if connection.vendor != "postgresql":
        pytest.skip("The long run is for the database it will meet")
    return make_cast


@pytest.mark.race
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_after_fifty_thousand_operations_stored_is_recomputed(on_postgresql: Callable[[], Cast]) -> None:
    run(Hand(on_postgresql(), initiatives=8), 50_000)
