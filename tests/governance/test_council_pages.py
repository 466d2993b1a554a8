"""The council's pages: what a member, the chair and a reader see, and what nobody sees before an item closes."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from governance.models import AgendaItem, Ballot, Condition, Decision, Meeting, Minutes
from tests.cast import AT, Cast
from tests.governance.asking import condition, idea, manager, submitted
from tests.governance.sitting import LATER, asked, council, meeting, planned, vote, votes, voting

SignIn = Callable[[str], Client]
HOME = "/governance/council/"


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    frozen(LATER)


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content[:600]
    return answer.content.decode()


def of(item: AgendaItem, act: str = "") -> str:
    return f"{HOME}items/{item.ref}/{act}"


def test_the_home_says_what_waits_and_when_it_is_decided(cast: Cast, signed_in: SignIn) -> None:
    council(cast)
    initiative, _ = asked(cast)
    where = meeting(cast, begins_at=AT + timedelta(days=3))
    text = page(signed_in("edith"), HOME)
    for words in (
        "One submission waits",
        initiative.name,
        "not yet",
        "Decision debt",
        "More arrives than is decided",
        "no case says",
    ):
        assert words in text
    planned(cast, initiative, where)
    assert "not yet" not in page(signed_in("edith"), HOME)


def test_an_empty_council_says_what_to_do(cast: Cast, signed_in: SignIn) -> None:
    text = page(signed_in("max"), HOME)
    assert "Nothing waits" in text
    assert "No seats yet" in text
    assert "Plan a meeting" in text
    assert "Plan a meeting" not in page(signed_in("vera"), HOME)


def test_council_stands_in_the_menu(cast: Cast, signed_in: SignIn) -> None:
    assert f'<a href="{HOME}"' in page(signed_in("dana"), "/governance/models/")


def test_a_member_votes_and_changes_the_vote_from_the_page(cast: Cast, signed_in: SignIn) -> None:
    item = voting(cast)
    client = signed_in("rosa")
    text = page(client, of(item))
    assert "Your ballot" in text
    assert "Cast my vote" in text
    assert "may veto" not in text.lower()
    client.post(of(item, "vote/"), {"choice": "reject", "reason": "Too soon."})
    assert Ballot.objects.get().choice == "reject"
    text = page(client, of(item))
    assert "Change my vote" in text
    client.post(of(item, "vote/"), {"choice": "approve", "version": "1"})
    assert Ballot.objects.get().choice == "approve"
    assert client.post(of(item, "vote/"), {"choice": "approve"}).status_code == 409
    assert client.post(of(item, "vote/"), {"choice": "odd"}).status_code == 400


@pytest.mark.parametrize("who", ["cora", "sami", "max", "edith", "adam", "audrey"])
def test_nobody_sees_who_voted_or_what_before_the_close(cast: Cast, signed_in: SignIn, who: str) -> None:
    item = voting(cast)
    vote(cast, item, "rosa", "n", reason="A reason of Rosa's")
    vote(cast, item, "finn", "y", reason="A reason of Finn's")
    text = page(signed_in(who), of(item))
    assert "2 of 5 ballots cast" in text
    assert "A reason of" not in text
    told = signed_in(who).get(f"/api/v1/agenda-items/{item.pk}/").json()
    assert (told["turnout"], told["ballots"], told["statements"]) == (2, [], [])
    if who == "audrey":
        log = (
            page(signed_in("audrey"), "/portfolio/") + signed_in(who).get("/api/v1/events/").content.decode()
        )
        assert "A reason of" not in log
        assert '"ballot.cast"' in log
        assert "Rosa" not in "".join(one for one in log.split("{") if "ballot.cast" in one)


def test_the_closed_item_shows_ballots_numbers_and_statements(cast: Cast, signed_in: SignIn) -> None:
    item = voting(cast)
    votes(cast, item, "yyyn.")
    client = signed_in("finn")
    client.post(of(item, "statement/"), {"kind": "dissenting", "text": "The sample is too small."})
    assert "The sample is too small." not in page(signed_in("edith"), of(item))
    assert signed_in("cora").post(of(item, "close/")).status_code == 302
    text = page(signed_in("edith"), of(item))
    for words in (
        "Adopted",
        "3 for",
        "1 against",
        "The sample is too small.",
        f'Recorded as <a href="/governance/decisions/{Decision.objects.get().ref}/">',
        "Cora presided",
    ):
        assert words in text


def test_the_chair_opens_and_closes_and_confirms_the_conditions(cast: Cast, signed_in: SignIn) -> None:
    council(cast)
    initiative, _ = asked(cast)
    item = planned(cast, initiative, outcome="conditional_go", conditions=[condition(cast)])
    chair = signed_in("cora")
    assert "Open the voting" in page(chair, of(item))
    assert "Open the voting" not in page(signed_in("rosa"), of(item))
    assert chair.post(of(item, "open/")).status_code == 302
    item.refresh_from_db()
    votes(cast, item, "cyyy.")
    assert "Close the voting" in page(chair, of(item))
    chair.post(of(item, "close/"))
    assert "Confirm the conditions" in page(chair, of(item))
    text = page(chair, of(item, "confirm/"))
    assert "Failover is tested" in text
    none = chair.post(of(item, "confirm/"), {"c0-text": "Another"})
    assert none.status_code == 400
    assert "Confirm at least one condition" in none.content.decode()
    assert chair.post(of(item, "confirm/"), {"c0-keep": "on", "c0-owner": cast.edith.pk}).status_code == 302
    assert Condition.objects.get().owner == cast.bob
    assert Decision.objects.get().outcome == "conditional_go"


def test_whoever_is_near_is_told_so_and_has_no_ballot(cast: Cast, signed_in: SignIn) -> None:
    council(cast)
    row = idea(cast, stage="pilot", tier=2, sponsor=cast.people["rosa"])
    submitted(row, cast)
    item = planned(cast, row)
    assert "Recused" in page(signed_in("edith"), of(item))
    signed_in("cora").post(of(item, "open/"))
    text = page(signed_in("rosa"), of(item))
    assert "You are recused from this item" in text
    assert "By the record: sponsor. Nobody lifts it." in text
    assert "Cast my vote" not in text


def test_an_agenda_is_built_from_what_waits_and_its_meeting_is_minuted(cast: Cast, signed_in: SignIn) -> None:
    council(cast)
    initiative, _ = asked(cast)
    where = meeting(cast)
    chair = signed_in("cora")
    at = f"{HOME}meetings/{where.ref}/"
    assert "Nothing is on the agenda yet" in page(chair, at)
    chair.post(f"{at}build/")
    text = page(chair, at)
    assert initiative.name in text
    assert "5, needs 4" in text
    item = AgendaItem.objects.get()
    assert item.because == "submitted"
    chair.post(of(item, "open/"))
    votes(cast, item, "yyyy.")
    chair.post(of(item, "close/"))
    chair.post(f"{at}end/")
    assert chair.get(f"{at}minutes/").status_code == 404
    chair.post(f"{at}draft-minutes/")
    text = page(chair, f"{at}minutes/")
    for words in ("A draft", "Adopted.", "4 for", "4 present of 5 eligible, 4 needed"):
        assert words in text
    assert "First item opened" in text
    later = meeting(cast, begins_at=AT + timedelta(minutes=20))
    chair.post(f"{at}approve-minutes/", {"in_meeting": later.ref})
    row = Minutes.objects.get()
    assert (row.approved_in, len(row.seal)) == (later, 64)
    assert "they stand" in page(chair, f"{at}minutes/")


def test_a_reader_of_one_unit_sees_its_items_alone(cast: Cast, signed_in: SignIn) -> None:
    item = voting(cast)
    at = f"{HOME}meetings/{item.meeting.ref}/"
    assert item.initiative.name in page(signed_in("vera"), at)
    text = page(signed_in("ursula"), at)
    assert item.initiative.name not in text
    assert "1 more item you may not see" in text
    assert signed_in("ursula").get(of(item)).status_code == 404


@pytest.mark.parametrize(
    "begins", ["9999-12-31T23:30", "0001-01-01T00:00", "2200-01-01T14:00", "2020-01-01T14:00", "soon", ""]
)
def test_a_meeting_at_no_such_time_is_refused_at_its_field(
    cast: Cast, signed_in: SignIn, begins: str
) -> None:
    council(cast)
    answer = signed_in("cora").post(
        "/governance/council/meetings/new/", {"kind": "meeting", "begins_at": begins, "hours": "2"}
    )
    assert answer.status_code == 400
    assert "begins_at" in answer.context["form"].errors
    assert not Meeting.objects.exists()


def test_a_meeting_goes_into_a_calendar(cast: Cast, signed_in: SignIn) -> None:
    row = meeting(cast, place="Room 4; and online, of course") if council(cast) else None
    assert row is not None
    answer = signed_in("vera").get(f"{HOME}meetings/{row.ref}/calendar.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    lines = answer.content.decode().split("\r\n")
    assert "DTSTART:20261124T142000Z" in lines
    assert r"LOCATION:Room 4\; and online\, of course" in lines
    assert all(len(line.encode()) <= 75 for line in lines)


def test_the_agenda_costs_the_same_for_one_item_and_for_six(cast: Cast, signed_in: SignIn) -> None:
    council(cast)
    where = meeting(cast)
    client = signed_in("edith")

    def cost(url: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            page(client, url)
        return len(caught)

    at = f"{HOME}meetings/{where.ref}/"
    for number in range(6):
        row = idea(cast, f"Pilot {number}", stage="pilot", tier=2)
        submitted(row, cast)
        planned(cast, row, where)
        if number == 0:
            cost(at), cost(HOME)
            first = (cost(at), cost(HOME))
    assert (cost(at), cost(HOME)) == first


def test_seats_are_filled_and_vacated_by_whoever_arranges_and_never_by_oneself(
    cast: Cast, signed_in: SignIn
) -> None:
    seats = council(cast)
    client = signed_in("max")
    text = page(client, f"{HOME}seats/")
    assert "Presides" in text
    assert "May veto, with a reason" in text
    assert "Council sponsor" in text
    url = f"{HOME}seats/{seats['rosa'].pk}/"
    client.post(f"{url}vacate/", {"because": "She moved on."})
    assert "Vacant" in page(client, f"{HOME}seats/")
    assert client.post(f"{url}fill/", {"holder": cast.vera.pk}).status_code == 400
    assert client.post(f"{url}fill/", {"holder": cast.dana.pk}).status_code == 302
    assert "She moved on." in page(client, f"{HOME}seats/")
    manager(cast, "cora")
    client = signed_in("cora")
    client.post(f"{HOME}seats/{seats['cora'].pk}/vacate/", {"because": "A turn."})
    again = client.post(f"{HOME}seats/{seats['cora'].pk}/fill/", {"holder": cast.cora.pk})
    assert again.status_code == 403
    assert "Nobody seats themselves" in again.content.decode()


def test_a_vote_is_lent_for_a_meeting_and_taken_back(cast: Cast, signed_in: SignIn) -> None:
    council(cast)
    where = meeting(cast, begins_at=AT + timedelta(days=2))
    client = signed_in("rosa")
    given = {"delegate": cast.dana.pk, "meeting": where.pk}
    assert client.post(f"{HOME}delegate/", {**given, "delegate": cast.finn.pk}).status_code == 409
    assert client.post(f"{HOME}delegate/", given).status_code == 302
    text = page(client, f"{HOME}seats/")
    assert "votes for Rosa" in text
    url = text.split('action="')[-1].split('"')[0]
    assert client.post(url).status_code == 302
    assert client.post(url).status_code == 409
