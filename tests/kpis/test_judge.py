"""The stored answer is the one the facts give, whatever happened in whatever order."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from core.access import system
from domain.kpi import assess
from kpis.models import Arrival, Kpi, KpiFold, Measurement, Outlook, Restatement, StatusChange
from kpis.queries import answer_as_of, end_of
from kpis.services.amend import Changed, change_without_approval
from kpis.services.bulk import record_many
from kpis.services.evaluate import evaluate_all, evaluate_due, owe_refold, rebuild
from kpis.services.measure import withdraw_measurement
from kpis.services.states import lift_pauses, pause_kpi, resume_kpi, retire_kpi
from kpis.translate import READING_FIELDS, definition_of, flags_of, readings_of
from portfolio.models import Flag
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, make_kpi, read, series, trajectory

pytestmark = pytest.mark.django_db
COMPARED = (
    "status", "reason", "progress", "expected", "shortfall", "forecast", "last_known", "pending", "valid_until",
)  # fmt: skip
BAND: dict[str, Any] = {
    "shape": "band", "lower": Decimal(90), "upper": None, "baseline_on": date(2026, 1, 1), "target_on": date(2027, 3, 1),
    "cadence_days": 14, "warn_margin": Decimal(2),
}  # fmt: skip


def require_stored_is_recomputed(kpi: Kpi, as_of: date) -> None:
    """The stored answer, its reading and its flags, and every later stretch, against all rows assessed at once."""
    kpi.refresh_from_db()
    assert kpi.current is not None
    definition = definition_of(kpi.current, state=kpi.state)
    rows = readings_of(Measurement.objects.filter(kpi=kpi).values_list(*READING_FIELDS))
    expected = assess(definition, rows, as_of=as_of)
    for name in COMPARED:
        stored = getattr(kpi, name)
        assert (None if stored == "" else stored) == getattr(expected, name), name
    restated = Restatement.objects.filter(kpi=kpi).exists()
    assert flags_of(expected, restated=restated) == kpi.flags
    assert expected.reading_id == kpi.last_measurement_id
    for stretch in Outlook.objects.filter(kpi=kpi, valid_from__gte=as_of):
        later = assess(definition, rows, as_of=stretch.valid_from)
        assert (later.status.value, later.reason or "", later.progress, later.valid_until) == (
            stretch.status, stretch.reason, stretch.progress, stretch.valid_until,
        )  # fmt: skip


DEFINITIONS: list[dict[str, Any]] = [
    trajectory(),
    trajectory(confirm_worse=2),
    trajectory(curve=[[Decimal("0.5"), Decimal("0.2")]], target_on=date(2026, 12, 5)),
    trajectory(baseline=None),
    trajectory(target=None),
    BAND,
]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("which", range(len(DEFINITIONS)))
def test_after_any_history_the_stored_answer_is_the_one_recomputed(cast: Cast, seed: int, which: int) -> None:
    chance = random.Random(f"{seed} {which}")
    kpi = make_kpi(claims_triage(cast), success=DEFINITIONS[which])
    at, as_of = AT, TODAY
    low, high = (84, 100) if DEFINITIONS[which] is BAND else (3, 12)
    for _ in range(25):
        act = chance.choice(
            ["read", "read", "read", "bulk", "correct", "withdraw", "sleep", "sweep", "rebuild", "all"]
        )
        on = as_of + timedelta(days=chance.choice([-400, -60, -9, -3, -2, -1, 0, 0, 4, 11, 40]))
        value = Decimal(chance.randint(low * 10, high * 10)) / 10
        standing = Measurement.objects.filter(kpi=kpi, void=False, superseded_by=None)
        if act == "read":
            read(kpi, value, on, at=at)
        elif act == "bulk":
            rows: list[object] = [
                {"kpi": kpi.pk, "observed_on": str(on), "value": str(value + n)} for n in range(3)
            ]
            record_many(rows=rows, atomic=False, by=system(), at=at)
        elif act == "correct" and (old := chance.choice([None, *standing])):
            read(kpi, value, on, at=at, supersedes=old.pk, note="typo")
        elif act == "withdraw" and (old := chance.choice([None, *standing])):
            withdraw_measurement(pk=old.pk, because="wrong", by=system(), at=at)
        elif act == "sleep":
            days = chance.choice([1, 3, 20])
            at, as_of = at + timedelta(days=days), as_of + timedelta(days=days)
        elif act == "sweep":
            evaluate_due(at=at)
            require_stored_is_recomputed(kpi, as_of)
        elif act == "rebuild":
            rebuild(at=at)
            require_stored_is_recomputed(kpi, as_of)
        elif act == "all":
            evaluate_all(at=at)
            require_stored_is_recomputed(kpi, as_of)
    evaluate_due(at=at)
    require_stored_is_recomputed(kpi, as_of)
    assert not Arrival.objects.exists()


def test_readings_in_any_order_give_the_same_answer(cast: Cast) -> None:
    initiative = claims_triage(cast)
    days = [TODAY - timedelta(days=back) for back in (80, 60, 40, 20, 3)]
    values = ["9.5", "7.9", "9.0", "6.6", "6.1"]
    found = set()
    for place, order in enumerate([[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3]]):
        kpi = make_kpi(initiative, f"Order {place}")
        for n in order:
            read(kpi, values[n], days[n])
        kpi.refresh_from_db()
        found.add((kpi.status, kpi.progress, kpi.shortfall, kpi.last_observed_on, kpi.valid_until))
    assert len(found) == 1


def test_a_stale_kpi_never_counts_as_good(cast: Cast) -> None:
    initiative = claims_triage(cast)
    kpi = make_kpi(initiative)
    read(kpi, 5.0)
    initiative.refresh_from_db()
    assert initiative.kpi_status == "achieved"
    later = AT + timedelta(days=46)
    assert evaluate_due(at=later).changed == 1
    initiative.refresh_from_db()
    kpi.refresh_from_db()
    assert (kpi.status, kpi.last_known, initiative.kpi_status) == ("stale", "achieved", "blind")


def test_the_ledger_does_not_depend_on_when_somebody_looked(cast: Cast) -> None:
    initiative = claims_triage(cast)
    often, seldom = make_kpi(initiative, "Often"), make_kpi(initiative, "Seldom")
    for kpi in (often, seldom):
        read(kpi, 5.5)
    for day in range(1, 80):
        at = AT + timedelta(days=day)
        if day < 79:
            kpis = Kpi.objects.filter(pk=often.pk, valid_until__lt=TODAY + timedelta(days=day))
            if kpis:
                owe_refold([often.pk])
                evaluate_one(often, at)
    evaluate_due(at=AT + timedelta(days=79))
    told = [
        list(StatusChange.objects.filter(kpi=kpi).order_by("pk").values_list("was", "now", "reason", "on"))
        for kpi in (often, seldom)
    ]
    assert told[0] == told[1]
    assert [now for _, now, _, _ in told[0]] == ["no_data", "on_track", "stale", "missed"]


def evaluate_one(kpi: Kpi, at: datetime) -> None:
    """A worker that sees only this KPI due."""
    other = Kpi.objects.exclude(pk=kpi.pk)
    kept = dict(other.values_list("pk", "valid_until"))
    other.update(valid_until=None)
    evaluate_due(at=at)
    for pk, until in kept.items():
        Kpi.objects.filter(pk=pk).update(valid_until=until)


def test_a_reading_after_a_silent_spell_still_leaves_the_silence_in_the_ledger(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast), success=trajectory(target_on=date(2027, 12, 31)))
    read(kpi, 7.2)
    read(kpi, 6.9, TODAY + timedelta(days=60), at=AT + timedelta(days=60))
    told = list(StatusChange.objects.filter(kpi=kpi).order_by("pk").values_list("now", "on"))
    assert told[-2:] == [("stale", TODAY + timedelta(days=46)), ("on_track", TODAY + timedelta(days=60))]


def test_the_since_date_of_an_unchanged_status_is_kept(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    read(kpi, 5.4, TODAY - timedelta(days=20))
    read(kpi, 5.3, TODAY)
    kpi.refresh_from_db()
    assert (kpi.status, kpi.status_since) == ("on_track", TODAY - timedelta(days=20))


def test_a_fold_written_by_an_earlier_release_is_folded_again(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    series(kpi, [9, 8, 7])
    KpiFold.objects.filter(kpi=kpi).update(data={"v": 0, "other": "format"})
    read(kpi, 5.2, TODAY, source_key="after")
    require_stored_is_recomputed(kpi, TODAY)


def test_a_pause_leaves_the_roll_up_and_comes_to_its_end_by_itself(cast: Cast) -> None:
    initiative = claims_triage(cast)
    kpi = make_kpi(initiative)
    read(kpi, 9.9)
    until = TODAY + timedelta(days=10)
    pause_kpi(pk=kpi.pk, until=until, because="The source system moves.", by=cast.actor("alice"), at=AT)
    kpi.refresh_from_db()
    initiative.refresh_from_db()
    assert (kpi.state, kpi.status, kpi.valid_until, initiative.kpi_status) == (
        "paused",
        "paused",
        until,
        "no_kpi",
    )
    assert not Flag.objects.filter(subject_type="kpi", cleared_at=None).exists()
    evaluate_due(at=AT + timedelta(days=10))
    kpi.refresh_from_db()
    assert kpi.status == "paused"
    evaluate_due(at=AT + timedelta(days=11))
    kpi.refresh_from_db()
    initiative.refresh_from_db()
    assert (kpi.state, kpi.paused_until, kpi.status, initiative.kpi_status) == (
        "active",
        None,
        "off_track",
        "off_track",
    )
    assert lift_pauses(as_of=TODAY + timedelta(days=12), by=system(), at=AT) == 0


def test_a_reading_during_a_pause_is_kept_for_afterwards(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    pause_kpi(pk=kpi.pk, until=TODAY + timedelta(days=5), because="moving", by=system(), at=AT)
    read(kpi, 5.0)
    kpi.refresh_from_db()
    assert kpi.status == "paused"
    resume_kpi(pk=kpi.pk, because="moved already", by=system(), at=AT)
    kpi.refresh_from_db()
    assert kpi.status == "achieved"


def test_a_weight_rolls_the_initiative_up_again(cast: Cast) -> None:
    initiative = claims_triage(cast)
    bad, good = make_kpi(initiative, "Bad", primary=False), make_kpi(initiative, "Good")
    read(bad, 9.9)
    read(good, 5.2)
    initiative.refresh_from_db()
    assert initiative.kpi_status == "at_risk"
    counted(bad, cast, weight=Decimal("0.2"))
    initiative.refresh_from_db()
    assert initiative.kpi_status == "on_track"
    counted(bad, cast, primary=True)
    initiative.refresh_from_db()
    assert initiative.kpi_status == "off_track"


def counted(kpi: Kpi, cast: Cast, **said: Any) -> None:
    """Change what a measured KPI counts for."""
    facts: Any = said
    change = Changed(facts=facts, success={}, because="It weighs otherwise.")
    change_without_approval(pk=kpi.pk, change=change, by=cast.actor("alice"), at=AT)


def test_a_retired_kpi_is_left_out_of_the_roll_up(cast: Cast) -> None:
    initiative = claims_triage(cast)
    bad, good = make_kpi(initiative, "Bad"), make_kpi(initiative, "Good")
    read(bad, 9.9)
    read(good, 5.2)
    retire_kpi(pk=bad.pk, because="It measured the wrong thing.", by=system(), at=AT)
    initiative.refresh_from_db()
    assert initiative.kpi_status == "on_track"


class TestAnyDay:
    """`as_of` and `known_at`: computed from the facts."""

    def test_a_past_day_is_answered_as_it_was_known_and_as_it_is_known_now(self, cast: Cast) -> None:
        kpi = make_kpi(claims_triage(cast), at=AT - timedelta(days=60))
        first = read(kpi, 9.9, TODAY - timedelta(days=40), at=AT - timedelta(days=39)).measurement
        read(
            kpi, 5.2, TODAY - timedelta(days=40), supersedes=first.pk, note="typo", at=AT - timedelta(days=5)
        )
        day = TODAY - timedelta(days=30)
        then = answer_as_of(kpi, as_of=day, known_at=end_of(day))
        now = answer_as_of(kpi, as_of=day)
        assert then is not None
        assert now is not None
        assert (then.answer.status, now.answer.status) == ("off_track", "on_track")
        assert then.seen.value == Decimal("9.9")

    def test_before_it_was_recorded_there_is_no_answer(self, cast: Cast) -> None:
        kpi = make_kpi(claims_triage(cast))
        day = TODAY - timedelta(days=30)
        assert answer_as_of(kpi, as_of=day, known_at=end_of(day)) is None
        assert answer_as_of(kpi, as_of=day) is not None

    def test_known_now_equals_no_known_at_and_the_stored_answer(self, cast: Cast) -> None:
        kpi = make_kpi(claims_triage(cast))
        series(kpi, [9, 8, 6.5])
        kpi.refresh_from_db()
        plain, known = answer_as_of(kpi, as_of=TODAY), answer_as_of(kpi, as_of=TODAY, known_at=AT)
        assert plain is not None
        assert known is not None
        assert plain.answer == known.answer
        assert (plain.answer.status, plain.answer.progress, plain.since) == (
            kpi.status,
            kpi.progress,
            kpi.status_since,
        )

    def test_a_pause_is_remembered_for_its_days(self, cast: Cast) -> None:
        kpi = make_kpi(claims_triage(cast), at=AT - timedelta(days=60))
        read(kpi, 6.0, TODAY - timedelta(days=50), at=AT - timedelta(days=50))
        until = TODAY - timedelta(days=30)
        pause_kpi(pk=kpi.pk, until=until, because="moving", by=system(), at=AT - timedelta(days=40))
        evaluate_due(at=AT)
        told = {}
        for back in (45, 40, 30, 29):
            found = answer_as_of(kpi, as_of=TODAY - timedelta(days=back))
            assert found is not None
            told[back] = found.answer.status.value
        assert told == {45: "on_track", 40: "paused", 30: "paused", 29: "on_track"}


def test_the_outlook_covers_every_day_to_come_without_gap_or_overlap(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    series(kpi, [9, 8, 6.5])
    read(kpi, 5, TODAY + timedelta(days=12))
    rows = list(Outlook.objects.filter(kpi=kpi).order_by("valid_from"))
    assert rows[0].valid_from == TODAY
    assert rows[-1].valid_until is None
    for one, two in pairwise(rows):
        assert one.valid_until is not None
        assert two.valid_from == one.valid_until + timedelta(days=1)
