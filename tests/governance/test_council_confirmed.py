"""Whoever presided confirms or strikes what was voted on, and adds nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client

from core.errors import Problem
from domain.errors import RuleError
from governance.models import AgendaItem, Condition, Decision
from governance.services.council_close import close_item, confirm_conditions, listed_on
from tests.cast import TODAY, Cast
from tests.governance.asking import condition
from tests.governance.sitting import (
    LATER,
    act,
    asked,
    council,
    opened,
    refused,
    vote,
    votes,
    voting,
)

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
HOME = "/governance/council/"


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    frozen(LATER)


# What whoever presided confirms


def confirming(cast: Cast, *reasons: str, **more: Any) -> AgendaItem:
    """Carried; the first ballots ask for conditions with these reasons."""
    council(cast)
    initiative, _ = asked(cast)
    item = opened(cast, initiative, **more)
    for name, reason in zip(("dirk", "finn", "rosa"), reasons, strict=False):
        vote(cast, item, name, "c", reason=reason)
    votes(
        cast,
        item,
        "y" * (5 - len(reasons)),
        [
            one
            for one in ("cora", "sami", "rosa", "finn", "dirk")
            if one not in ("dirk", "finn", "rosa")[: len(reasons)]
        ],
    )
    done: AgendaItem = act(cast, close_item, "cora", item_id=item.pk)
    return done


def whole(cast: Cast, text: str, **more: Any) -> dict[str, Any]:
    return condition(cast, text=text, **more)


def test_whoever_presided_confirms_or_strikes_what_ballots_named_and_adds_nothing(cast: Cast) -> None:
    item = confirming(cast, "Failover is tested\nStaff are trained", "failover  is tested")
    assert [(one.text, one.asked) for one in listed_on(item, LATER)] == [
        ("Failover is tested", 2),
        ("Staff are trained", 1),
    ]
    confirm = partial(act, cast, confirm_conditions, "cora", item_id=item.pk)
    other = whole(cast, "A lawyer has signed it")
    assert refused(partial(confirm, conditions=[other])) == (400, "not_listed")
    assert refused(partial(confirm, conditions=[whole(cast, "Staff are trained"), other])) == (
        400,
        "not_listed",
    )
    assert refused(partial(confirm, conditions=[])) == (400, "conditions_missing")
    twice = [whole(cast, "Staff are trained"), whole(cast, "staff are  trained")]
    assert refused(partial(confirm, conditions=twice)) == (400, "listed_twice")
    past = [whole(cast, "Staff are trained", due_on=TODAY.isoformat())]
    assert refused(partial(confirm, conditions=past)) == (400, "not_ahead")
    assert not Decision.objects.exists()
    confirm(conditions=[whole(cast, "Staff are trained")])
    assert [one.text for one in Condition.objects.all()] == ["Staff are trained"]


def test_a_condition_of_the_motion_is_confirmed_as_it_was_voted_on(cast: Cast) -> None:
    item = confirming(cast, "", outcome="conditional_go", conditions=[condition(cast)])
    confirm = partial(act, cast, confirm_conditions, "cora", item_id=item.pk)
    for name, value in (
        ("owner", cast.edith.pk),
        ("due_on", "2027-06-01"),
        ("blocking", True),
        ("kind", "monitored"),
    ):
        with pytest.raises(Problem) as caught:
            confirm(conditions=[{**condition(cast), name: value}])
        [found] = caught.value.items
        assert (found.code, found.pointer) == ("not_as_voted", f"/conditions/0/{name}")
    confirm(conditions=[{"text": "Failover is tested"}])
    one = Condition.objects.get()
    assert (one.owner, one.verifier, one.due_on) == (cast.bob, cast.mona, TODAY + timedelta(days=30))


def test_a_condition_whose_owner_is_not_here_is_refused_at_its_place(cast: Cast) -> None:
    item = confirming(cast, "Staff are trained")
    said = [whole(cast, "Staff are trained", owner=999_999)]
    with pytest.raises(Problem) as caught:
        confirm_conditions(item_id=item.pk, conditions=said, by=cast.actor("cora"), at=LATER)
    assert caught.value.items[0].pointer == "/conditions/0/owner"


def test_a_ballot_for_conditions_names_them_where_the_motion_has_none(cast: Cast) -> None:
    item = voting(cast)
    with pytest.raises(RuleError) as caught:
        vote(cast, item, "finn", "c", reason=" ")
    assert (caught.value.code, caught.value.pointer) == ("condition_missing", "/reason")
    assert refused(partial(vote, cast, item, "finn", "c", reason="x" * 501)) == (400, "max_length")


def test_the_list_is_told_to_whoever_presided_alone_and_names_nobody(
    cast: Cast, api: SignIn, signed_in: SignIn
) -> None:
    item = confirming(cast, "Staff are trained")
    url = f"/api/v1/agenda-items/{item.pk}/conditions/"
    answer = api("cora").get(url)
    assert answer.json() == {"conditions": [{"text": "Staff are trained", "proposed": False, "asked_by": 1}]}
    for who in ("dirk", "max", "edith"):
        assert api(who).get(url).status_code == 403
        assert signed_in(who).get(f"{HOME}items/{item.ref}/confirm/").status_code == 403
    page = signed_in("cora").get(f"{HOME}items/{item.ref}/confirm/").content.decode()
    assert "Staff are trained" in page
    assert "Dirk" not in page.split("<main")[1].split('name="c0-owner"')[0]


def test_the_presider_strikes_and_completes_on_the_page(cast: Cast, signed_in: SignIn) -> None:
    item = confirming(cast, "Staff are trained", outcome="conditional_go", conditions=[condition(cast)])
    client, url = signed_in("cora"), f"{HOME}items/{item.ref}/confirm/"
    assert client.post(url, {}).status_code == 400
    given = {
        f"c1-{name}": value for name, value in condition(cast).items() if name not in ("blocking", "text")
    }
    assert client.post(url, {"c1-keep": "on", **given, "c1-verifier": cast.bob.pk}).status_code == 400
    assert client.post(url, {"c1-keep": "on", **given}).status_code == 302
    assert Condition.objects.get().text == "Staff are trained"


NEEDED = {"kind": "Choose the type.", "owner": "Name who meets it.", "verifier": "Name who verifies it, never the owner.",
          "verification": "Say how it is verified.", "due_on": "Give the day it is due."}  # fmt: skip


def test_what_is_needed_to_confirm_is_not_called_optional(cast: Cast, signed_in: SignIn) -> None:
    item = confirming(cast, "Staff are trained")
    page = signed_in("cora").get(f"{HOME}items/{item.ref}/confirm/").content.decode()
    for name in NEEDED:
        said = page.split(f'name="c0-{name}"')[0].rsplit('<div class="field', 1)[1]
        assert "optional" not in said, name


@pytest.mark.parametrize("left_out", NEEDED)
def test_what_is_left_out_is_refused_at_its_place_and_the_rest_is_kept(
    cast: Cast, signed_in: SignIn, left_out: str
) -> None:
    item = confirming(cast, "Staff are trained")
    url = f"{HOME}items/{item.ref}/confirm/"
    given = {
        f"c0-{name}": value for name, value in condition(cast).items() if name not in ("blocking", "text")
    }
    answer = signed_in("cora").post(url, {"c0-keep": "on", **given, f"c0-{left_out}": ""})
    assert answer.status_code == 400
    text = answer.content.decode()
    assert f'href="#id_c0-{left_out}"' in text
    assert NEEDED[left_out] in text
    assert "Staff are trained: 1 thing to mend" in text
    assert text.count("data-error-summary") == 1
    assert not Decision.objects.exists()


def test_a_condition_that_is_struck_needs_nothing(cast: Cast, signed_in: SignIn) -> None:
    item = confirming(cast, "Staff are trained\nFailover is tested")
    given = {
        f"c0-{name}": value for name, value in condition(cast).items() if name not in ("blocking", "text")
    }
    answer = signed_in("cora").post(f"{HOME}items/{item.ref}/confirm/", {"c0-keep": "on", **given})
    assert answer.status_code == 302
    assert [one.text for one in Condition.objects.all()] == ["Staff are trained"]
