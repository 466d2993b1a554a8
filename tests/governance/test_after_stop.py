"""What goes on after a stop is flagged and before the council; what was done before it, or is taken back, is not."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from domain.after_stop import Ended, Read, Runs, Spent, goes_on, still_runs, stopped_by
from governance import tasks
from governance.queries.council_queue import calls
from governance.services.after_stop import judge_stopped
from kpis.models import Kpi
from portfolio.models import Flag, Initiative
from portfolio.services.money import record_expenditure
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import idea
from tests.governance.sitting import council

pytestmark = pytest.mark.django_db
STOPPED = TODAY - timedelta(days=30)


def stopped(cast: Cast, name: str = "Claims triage") -> Initiative:
    """Stopped on the day its spell says, thirty days ago."""
    return idea(cast, name, stage="stopped")


def spend(cast: Cast, row: Initiative, on: date, amount: str = "500") -> None:
    record_expenditure(initiative_id=row.pk, amount=Decimal(amount), spent_on=on, by=cast.actor("max"), at=AT)


def flags() -> list[Flag]:
    return list(Flag.objects.open().filter(rule="after_stop"))


def test_spend_after_the_stop_is_flagged_and_before_the_council(cast: Cast) -> None:
    row = stopped(cast)
    spend(cast, row, TODAY)
    judge_stopped(at=AT)
    (flag,) = flags()
    assert flag.sentence == "€500 is spent, last on 24 Nov 2026, after it was stopped on 25 Oct 2026."
    assert (flag.severity, flag.since, flag.owner) == (3, TODAY, cast.alice)
    assert flag.escalated_on == TODAY
    council(cast)
    assert [one.words for one in calls(cast.actor("cora"), TODAY)] == [
        "Goes on after its stop, red flag before the council"
    ]
    judge_stopped(at=AT)
    assert len(flags()) == 1


@pytest.mark.parametrize("on", [STOPPED, STOPPED - timedelta(days=1)])
def test_spend_of_the_day_of_the_stop_or_before_is_not(cast: Cast, on: date) -> None:
    spend(cast, stopped(cast), on)
    judge_stopped(at=AT)
    assert flags() == []


def test_a_running_initiative_spends_without_it(cast: Cast) -> None:
    spend(cast, idea(cast, stage="pilot"), TODAY)
    judge_stopped(at=AT)
    assert flags() == []


def test_a_stop_of_unknown_day_says_nothing_of_what_came_after(cast: Cast) -> None:
    row = stopped(cast)
    spend(cast, row, TODAY)
    Initiative.objects.update(entered_on=None, entered_precision="unknown")
    judge_stopped(at=AT)
    assert flags() == []


def test_a_reading_after_the_stop_is_flagged(cast: Cast) -> None:
    row = stopped(cast)
    kpi = Kpi.objects.create(
        name="Handling time",
        initiative=row,
        kind="business",
        last_observed_on=TODAY,
        created_at=AT,
        updated_at=AT,
    )
    judge_stopped(at=AT)
    (flag,) = flags()
    assert flag.sentence == (
        f"Read were {kpi.ref} Handling time on 24 Nov 2026, after it was stopped on 25 Oct 2026."
    )


def test_it_clears_when_the_row_is_taken_back(cast: Cast) -> None:
    row = stopped(cast)
    spend(cast, row, TODAY)
    judge_stopped(at=AT)
    spend(cast, row, TODAY, "-500")
    assert judge_stopped(at=AT).changed == 1
    assert flags() == []


def test_it_clears_when_the_initiative_is_taken_up_again(cast: Cast) -> None:
    spend(cast, stopped(cast), TODAY)
    judge_stopped(at=AT)
    Initiative.objects.update(stage="framing")
    judge_stopped(at=AT)
    assert flags() == []


def test_the_sweep_asks_it_and_its_cost_does_not_grow(cast: Cast) -> None:
    assert "stopped" in dict(tasks.STEPS)
    for number in range(9):
        stopped(cast, f"Stopped {number}")
    with CaptureQueriesContext(connection) as said:
        judge_stopped(at=AT)
    assert len(said) == 5


@pytest.mark.parametrize(
    ("entered", "precision", "end"),
    [
        (date(2026, 2, 3), "day", date(2026, 2, 3)), (date(2026, 2, 3), "observed", date(2026, 2, 3)),
        (date(2026, 2, 1), "month", date(2026, 2, 28)), (date(2026, 2, 1), "quarter", date(2026, 3, 31)),
        (date(2026, 2, 1), "year", date(2026, 12, 31)), (date(2026, 2, 1), "unknown", None), (None, "day", None),
    ],
)  # fmt: skip
def test_a_stop_known_by_its_month_may_have_been_on_its_last_day(
    entered: date | None, precision: str, end: date | None
) -> None:
    assert stopped_by(entered, precision) == end


ENDED = Ended(STOPPED)


def test_all_are_told_in_one_sentence_and_nothing_in_none() -> None:
    spent = Spent(Decimal(5), TODAY, TODAY)
    read = (Read("K-0001 Time", TODAY - timedelta(days=2)),)
    runs = (Runs("version 3 of M-0001 Ranker", STOPPED - timedelta(days=90), TODAY),)
    said = goes_on(ENDED, spent, read, "EUR", runs)
    assert said is not None
    assert said.sentence == (
        "€5 is spent, last on 24 Nov 2026, and read were K-0001 Time on 22 Nov 2026, and in production still runs version 3 "
        "of M-0001 Ranker (last heard of on 24 Nov 2026), after it was stopped on 25 Oct 2026."
    )
    assert said.since == STOPPED + timedelta(days=1)
    assert goes_on(ENDED, Spent(Decimal(0), TODAY, TODAY), (), "EUR") is None
    assert goes_on(ENDED, None, (), "EUR") is None


def test_what_runs_is_nobodys_question_on_the_day_of_the_stop_and_everybodys_on_the_next() -> None:
    runs = (Runs("version 3", STOPPED),)
    assert still_runs(runs, ENDED, STOPPED) == ()
    assert still_runs(runs, ENDED, STOPPED + timedelta(days=1)) == runs
    again = Ended(STOPPED, TODAY)
    assert still_runs(runs, again, TODAY) == ()
    assert still_runs(runs, again, TODAY + timedelta(days=1)) == runs


def test_what_nobody_heard_of_is_said_to_be_so() -> None:
    said = goes_on(ENDED, None, (), "EUR", (Runs("version 3", TODAY),))
    assert said is not None
    assert "In production still runs version 3 (never heard of, and not ended)" in said.sentence
    assert said.since == TODAY
