"""What is refused on the page of an item: the page is shown again, with what was typed and what is wrong at its field."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from governance.models import Ballot
from governance.services.council_close import close_item
from tests.cast import AT, Cast
from tests.governance.sitting import LATER, act, asked, council, meeting, planned, vote, votes, voting

SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    frozen(LATER)


def of(item: Any, what: str = "") -> str:
    return f"/governance/council/items/{item.ref}/{what}"


def sent(client: Client, url: str, status: int, **typed: Any) -> str:
    answer = client.post(url, typed)
    text = answer.content.decode()
    assert answer.status_code == status, text[:300]
    assert 'class="crumbs"' in text, "it is the page of the item, with the menu around it"
    return text


def test_a_vote_without_its_condition_keeps_what_was_typed_and_names_the_field(
    cast: Cast, signed_in: SignIn
) -> None:
    item = voting(cast)
    text = sent(signed_in("finn"), of(item, "vote/"), 400, choice="approve_with_conditions", reason=" ")
    assert "Reason: " in text
    assert 'href="#id_reason"' in text
    assert 'value="approve_with_conditions" required checked' in text
    assert not Ballot.objects.exists()


def test_no_choice_is_said_at_the_choices(cast: Cast, signed_in: SignIn) -> None:
    item = voting(cast)
    text = sent(signed_in("finn"), of(item, "vote/"), 400, reason="I would like to think about it.")
    assert 'href="#id_choice_0"' in text
    assert 'id="id_choice_0"' in text
    assert "I would like to think about it." in text


def test_recusing_oneself_without_a_reason_is_said_at_its_field(cast: Cast, signed_in: SignIn) -> None:
    item = voting(cast)
    text = sent(signed_in("finn"), of(item, "vote/"), 400, choice="recuse")
    assert 'value="recuse" required checked' in text
    text = sent(signed_in("finn"), of(item, "recuse/"), 400, because="")
    assert "What your interest is: " in text
    assert 'href="#id_recuse_because"' in text


@pytest.mark.parametrize("version", [None, 7])
def test_a_second_tab_shows_the_ballot_that_stands_and_what_was_typed_and_can_change_it(
    cast: Cast, signed_in: SignIn, version: int | None
) -> None:
    item = voting(cast)
    vote(cast, item, "finn", "y", reason="The first word.")
    typed = {"choice": "reject", "reason": "The second word."} | ({"version": version} if version else {})
    text = sent(signed_in("finn"), of(item, "vote/"), 412 if version else 409, **typed)
    for words in ("Your ballot as it stands: Approve", "The first word.", "The second word."):
        assert words in text
    assert 'name="version" value="1"' in text
    again = signed_in("finn").post(of(item, "vote/"), {**typed, "version": 1})
    assert again.status_code == 302
    assert Ballot.objects.get().reason == "The second word."


def test_what_was_typed_is_shown_also_where_its_form_is_gone(cast: Cast, signed_in: SignIn) -> None:
    item = voting(cast)
    votes(cast, item, "yyyy.")
    act(cast, close_item, "cora", item_id=item.pk)
    text = sent(
        signed_in("rosa"), of(item, "vote/"), 409, choice="reject", reason="Too late, and well written."
    )
    assert "Too late, and well written." in text
    assert "Reject" in text


def test_a_statement_without_words_and_a_recusal_of_nobody_keep_the_rest(
    cast: Cast, signed_in: SignIn
) -> None:
    item = voting(cast)
    text = sent(signed_in("finn"), of(item, "statement/"), 400, kind="dissenting", text=" ")
    assert 'href="#id_statement_text"' in text
    assert 'value="dissenting" selected' in text
    text = sent(signed_in("cora"), of(item, "recuse-other/"), 400, because="Told a share.")
    assert 'href="#id_recuse-other_user"' in text
    assert "Told a share." in text


def test_opening_before_its_time_is_refused_on_the_page(cast: Cast, signed_in: SignIn) -> None:
    council(cast)
    item = planned(cast, asked(cast)[0], meeting(cast, begins_at=AT + timedelta(days=8)))
    text = sent(signed_in("cora"), of(item, "open/"), 409)
    assert "CM-0001 begins on 2 Dec" in text.replace(item.meeting.ref, "CM-0001")
    assert "Open the voting" not in text


def test_who_may_not_is_still_told_on_a_page_of_its_own(cast: Cast, signed_in: SignIn) -> None:
    item = voting(cast)
    answer = signed_in("edith").post(of(item, "vote/"), {"choice": "approve"})
    assert answer.status_code == 403
    assert not Ballot.objects.exists()


def test_what_is_right_is_done_as_before(cast: Cast, signed_in: SignIn) -> None:
    item = voting(cast)
    assert signed_in("finn").post(of(item, "recuse/"), {"because": "A share."}).status_code == 302
    assert signed_in("dirk").post(of(item, "vote/"), {"choice": "approve"}).status_code == 302
    assert item.recusals.get().user == cast.finn
