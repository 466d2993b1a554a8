"""What goes on after its stop comes before the council, which takes it up again or says that the stop stands."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from governance.models import AgendaItem, Decision
from governance.queries.council_queue import calls
from governance.services.after_stop import judge_stopped
from governance.services.council_agenda import adopt_draft, change_item
from governance.services.council_build import build_agenda
from governance.services.council_close import close_item
from governance.services.council_matter import overtaken
from governance.services.council_open import open_item
from kpis.models import Kpi, KpiVersion, Measurement
from portfolio.models import Flag, Initiative
from portfolio.services.money import record_expenditure
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import idea
from tests.governance.sitting import LATER, act, council, meeting, planned, refused, votes

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    frozen(LATER)


def spend(cast: Cast, row: Initiative, on: Any = TODAY, amount: str = "500", at: datetime = AT) -> None:
    record_expenditure(initiative_id=row.pk, amount=Decimal(amount), spent_on=on, by=cast.actor("max"), at=at)


def undead(cast: Cast) -> Initiative:
    """Stopped thirty days ago, and money is spent on it."""
    row = idea(cast, stage="stopped", tier=2)
    spend(cast, row)
    judge_stopped(at=AT)
    return row


def on_agenda(cast: Cast) -> AgendaItem:
    council(cast)
    (item,) = build_agenda(meeting_id=meeting(cast).pk, by=cast.actor("cora"), at=AT)
    return item


def sat(cast: Cast, item: AgendaItem, said: str = "yyyy.") -> AgendaItem:
    """Its draft adopted, opened, voted and closed."""
    adopt_draft(item_id=item.pk, by=cast.actor("cora"), at=AT)
    return voted(cast, item, said)


def voted(cast: Cast, item: AgendaItem, said: str = "yyyy.") -> AgendaItem:
    open_item(item_id=item.pk, by=cast.actor("cora"), at=AT)
    votes(cast, item, said)
    done: AgendaItem = act(cast, close_item, "cora", item_id=item.pk)
    return done


def flags() -> list[Flag]:
    return list(Flag.objects.open().filter(rule="after_stop"))


def test_it_is_on_the_agenda_with_the_stop_to_be_confirmed(cast: Cast) -> None:
    row = undead(cast)
    item = on_agenda(cast)
    assert (item.initiative_id, item.because, item.gate, item.motion) == (row.pk, "after_stop", "", {})
    assert item.draft is not None
    assert item.draft["outcome"] == "confirm_stop"
    assert "€500 is spent, last on 24 Nov 2026" in item.draft["because"]
    assert calls(cast.actor("cora"), TODAY) == []


def test_a_stopped_one_that_does_not_go_on_is_not(cast: Cast) -> None:
    idea(cast, stage="stopped")
    council(cast)
    assert build_agenda(meeting_id=meeting(cast).pk, by=cast.actor("cora"), at=AT) == []


def test_the_council_confirms_the_stop_and_it_calls_no_more(cast: Cast) -> None:
    row = undead(cast)
    done = sat(cast, on_agenda(cast))
    assert (done.state, done.result) == ("closed", "adopted")
    entry = done.decision
    assert entry is not None
    assert (entry.outcome, entry.from_stage, entry.to_stage, entry.carried) == (
        "confirm_stop", "stopped", "stopped", True,
    )  # fmt: skip
    row.refresh_from_db()
    assert row.stage == "stopped"
    assert flags() == []
    assert calls(cast.actor("cora"), TODAY) == []
    assert judge_stopped(at=LATER).changed == 0


def test_what_goes_on_after_that_calls_again_and_says_so(cast: Cast) -> None:
    row = undead(cast)
    sat(cast, on_agenda(cast))
    spend(cast, row, TODAY, "-500", at=LATER + timedelta(minutes=5))  # what had been seen is taken back
    spend(cast, row, TODAY + DAY, "70", at=LATER + DAY)
    judge_stopped(at=LATER + DAY)
    (flag,) = flags()
    assert flag.sentence == (
        "€70 is spent, last on 25 Nov 2026, after it was stopped on 25 Oct 2026 and the stop was confirmed on 24 Nov 2026."
    )


def test_what_was_hidden_when_the_stop_was_confirmed_calls_whatever_its_day(cast: Cast) -> None:
    row = undead(cast)
    sat(cast, on_agenda(cast))
    spend(cast, row, TODAY - DAY, "90", at=LATER + DAY)
    judge_stopped(at=LATER + DAY)
    (flag,) = flags()
    assert flag.sentence.startswith("€90 is spent, last on 23 Nov 2026, after it was stopped")


def test_what_was_recorded_while_the_council_voted_was_not_before_it(cast: Cast) -> None:
    row, item = undead(cast), on_agenda(cast)
    adopt_draft(item_id=item.pk, by=cast.actor("cora"), at=AT)
    open_item(item_id=item.pk, by=cast.actor("cora"), at=AT)
    spend(cast, row, TODAY - DAY, "90", at=AT + timedelta(minutes=5))
    votes(cast, item, "yyyy.")
    act(cast, close_item, "cora", item_id=item.pk)
    (flag,) = flags()
    assert flag.sentence.startswith("€90 is spent, last on 23 Nov 2026, after it was stopped")


AFTER = [
    ("an earlier day, and what was seen taken back", [(-1, "90"), (0, "-500")], "€90"),
    ("the day itself, and what was seen taken back", [(0, "90"), (0, "-500")], "€90"),
    ("both on the next day", [(1, "90"), (1, "-500")], "€90"),
    ("what is new taken back", [(0, "90"), (0, "-90")], None),
    ("as much as was seen, and taken back", [(1, "500"), (1, "-500")], None),
    ("what is new taken back in part", [(1, "90"), (1, "-40")], "€50"),
    ("two taken back as one", [(1, "90"), (1, "40"), (1, "-130")], None),
    ("only what was seen taken back", [(1, "-500")], None),
]


@pytest.mark.parametrize(("rows", "told"), [one[1:] for one in AFTER], ids=[one[0] for one in AFTER])
def test_a_correction_takes_only_off_what_it_may_correct(
    cast: Cast, rows: list[tuple[int, str]], told: str | None
) -> None:
    row = undead(cast)
    sat(cast, on_agenda(cast))
    for days, amount in rows:
        spend(cast, row, TODAY + days * DAY, amount, at=LATER + DAY)
    judge_stopped(at=LATER + DAY)
    assert [flag.sentence.split(" is spent")[0] for flag in flags()] == ([told] if told else [])


def reading(cast: Cast, row: Initiative) -> Kpi:
    return Kpi.objects.create(
        name="Time", initiative=row, kind="business", last_observed_on=TODAY, created_at=AT, updated_at=AT
    )


def measured(kpi: Kpi, on: Any, at: datetime, value: int | None = 5, **more: Any) -> Measurement:
    version, _ = KpiVersion.objects.get_or_create(
        kpi=kpi,
        defaults={"number": 1, "effective_on": TODAY - 400 * DAY, "recorded_at": AT, "in_force_at": AT},
    )
    return Measurement.objects.create(
        kpi=kpi, kpi_version=version, observed_on=on, value=value, recorded_at=at, **more
    )


def test_a_reading_recorded_after_the_stop_was_confirmed_calls_whatever_its_day(cast: Cast) -> None:
    row = undead(cast)
    kpi = reading(cast, row)
    measured(kpi, TODAY, AT)
    sat(cast, on_agenda(cast))
    assert flags() == []
    measured(kpi, TODAY - DAY, LATER + DAY)
    judge_stopped(at=LATER + DAY)
    (flag,) = flags()
    assert flag.sentence.startswith(f"Read were {kpi.ref} Time on 23 Nov 2026, after it was stopped")


def test_a_correction_of_a_reading_that_was_seen_and_one_taken_back_do_not(cast: Cast) -> None:
    row = undead(cast)
    kpi = reading(cast, row)
    seen = measured(kpi, TODAY, AT)
    sat(cast, on_agenda(cast))
    measured(kpi, TODAY, LATER + DAY, 6, supersedes=seen)
    late = measured(kpi, TODAY - DAY, LATER + DAY)
    measured(kpi, TODAY - DAY, LATER + DAY, None, supersedes=late, void=True)
    measured(kpi, TODAY - 40 * DAY, LATER + DAY)  # before its stop
    judge_stopped(at=LATER + DAY)
    assert flags() == []


def test_a_reading_that_was_seen_calls_no_more_and_a_later_one_does(cast: Cast) -> None:
    row = undead(cast)
    kpi = Kpi.objects.create(
        name="Time", initiative=row, kind="business", last_observed_on=TODAY, created_at=AT, updated_at=AT
    )
    sat(cast, on_agenda(cast))
    assert flags() == []
    Kpi.objects.filter(pk=kpi.pk).update(last_observed_on=TODAY + DAY)
    judge_stopped(at=LATER + DAY)
    assert "Time on 25 Nov 2026" in flags()[0].sentence


@pytest.mark.parametrize(("said", "result"), [("nnnn.", "not_adopted"), ("yyy..", "not_decided")])
def test_a_stop_that_is_not_confirmed_stays_before_the_council(cast: Cast, said: str, result: str) -> None:
    row = undead(cast)
    assert sat(cast, on_agenda(cast), said).result == result
    assert len(flags()) == 1
    assert [one.initiative for one in calls(cast.actor("cora"), TODAY)] == [row]
    assert not Decision.objects.filter(outcome="confirm_stop", carried=True).exists()


def test_it_may_be_taken_up_again_instead(cast: Cast) -> None:
    row, item = undead(cast), on_agenda(cast)
    said = {"outcome": "reopen", "stage": "pilot", "because": "It is wanted after all."}
    change_item(item_id=item.pk, motion=said, by=cast.actor("cora"), at=AT)
    assert voted(cast, item).result == "adopted"
    row.refresh_from_db()
    assert row.stage == "pilot"
    judge_stopped(at=LATER)
    assert flags() == []


def test_what_is_not_stopped_has_no_stop_to_confirm(cast: Cast) -> None:
    council(cast)
    row = idea(cast, stage="pilot", tier=2)
    assert refused(lambda: planned(cast, row, outcome="confirm_stop")) == (409, "not_stopped")


def test_a_confirmation_says_nothing_but_why(cast: Cast) -> None:
    row = undead(cast)
    council(cast)
    assert refused(lambda: planned(cast, row, outcome="confirm_stop", stage="pilot")) == (400, "not_asked")


def test_taken_up_again_meanwhile_there_is_nothing_to_confirm(cast: Cast) -> None:
    row, item = undead(cast), on_agenda(cast)
    adopt_draft(item_id=item.pk, by=cast.actor("cora"), at=AT)
    item = open_item(item_id=item.pk, by=cast.actor("cora"), at=AT)
    votes(cast, item, "yyyy.")
    Initiative.objects.filter(pk=row.pk).update(stage="pilot")
    assert refused(lambda: act(cast, close_item, "cora", item_id=item.pk)) == (409, "not_stopped")
    item.initiative.refresh_from_db()
    assert overtaken(item, TODAY)


def test_its_page_shows_the_draft_and_the_decision_reads_well(cast: Cast, signed_in: SignIn) -> None:
    undead(cast)
    item = on_agenda(cast)
    url = f"/governance/council/items/{item.ref}/"
    text = signed_in("cora").get(url).content.decode()
    assert "Stop confirmed" in text
    assert "The stop stands, and what goes on ends." in text
    done = sat(cast, item)
    assert done.decision is not None
    page = signed_in("cora").get(f"/governance/decisions/{done.decision.ref}/").content.decode()
    assert "confirm stop" in page
