"""Recusals by others and lifted again; actions closed with what came of them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.test import Client

from governance.models import MeetingAction
from governance.services.council_recusals import add, declare
from governance.services.council_statements import add_action
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import idea, submitted
from tests.governance.sitting import (
    LATER,
    act,
    asked,
    council,
    meeting,
    opened,
    planned,
    refused,
    vote,
    voting,
)

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
HOME = "/governance/council/"


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    frozen(LATER)


# Recusal by others


def test_the_chair_the_deputy_and_the_secretary_recuse_another_member(cast: Cast) -> None:
    item = voting(cast)
    for who, whom in (("cora", "finn"), ("dirk", "rosa"), ("max", "sami")):
        row = act(
            cast, add, who, item_id=item.pk, user=cast.people[whom], because="Told at the meeting: a cousin."
        )
        assert (row.kind, row.declared_by) == ("added", cast.people[who])
    assert refused(partial(vote, cast, item, "finn")) == (403, "recused")
    again = partial(act, cast, add, "cora", item_id=item.pk, user=cast.finn, because="Again.")
    assert refused(again) == (409, "already_recused")


def test_nobody_else_recuses_another_and_nobody_who_could_not_vote_is_recused(cast: Cast) -> None:
    item = voting(cast)
    for who in ("finn", "edith", "alice"):
        assert refused(partial(act, cast, add, who, item_id=item.pk, user=cast.rosa, because="So."))[0] == 403
    outside = partial(act, cast, add, "cora", item_id=item.pk, user=cast.bob, because="So.")
    assert refused(outside) == (400, "not_a_member")
    by = cast.actor("cora", via="api", token_id=1)
    token = partial(add, item_id=item.pk, user=cast.rosa, because="So.", by=by, at=LATER)
    assert refused(token) == (403, "only_a_person")


def test_the_chair_lifts_and_the_deputy_lifts_the_chairs_and_a_computed_one_nobody(
    cast: Cast, api: SignIn
) -> None:
    council(cast)
    row = idea(cast, stage="pilot", tier=2, sponsor=cast.people["rosa"])
    submitted(row, cast)
    item = opened(cast, row)
    declare(item_id=item.pk, because="A cousin.", by=cast.actor("finn"), at=LATER)
    declare(item_id=item.pk, because="A share.", by=cast.actor("cora"), at=LATER)
    finn, cora, rosa = (item.recusals.get(user=cast.people[name]).pk for name in ("finn", "cora", "rosa"))
    url = f"/api/v1/agenda-items/{item.pk}/lift-recusal/"

    def lifts(who: str, recusal: int) -> tuple[int, str]:
        answer = api(who).post(url, {"recusal": recusal, "because": "It is over."}, format="json")
        return answer.status_code, answer.json().get("code", "")

    assert lifts("dirk", finn) == (403, "forbidden")
    assert lifts("cora", cora) == (403, "forbidden")
    assert lifts("dirk", rosa) == (409, "computed")
    assert lifts("dirk", cora) == (200, "")
    assert lifts("cora", finn) == (200, "")
    assert lifts("cora", finn) == (409, "lifted")
    assert lifts("cora", 999_999) == (404, "not_found")


def test_the_page_offers_recusing_to_the_chair_and_lifting_to_whose_it_is(
    cast: Cast, signed_in: SignIn
) -> None:
    item = voting(cast)
    url = f"{HOME}items/{item.ref}/"
    assert "Recuse another member" not in signed_in("finn").get(url).content.decode()
    chair = signed_in("cora")
    assert (
        chair.post(f"{url}recuse-other/", {"user": cast.finn.pk, "because": "Told a share."}).status_code
        == 302
    )
    text = chair.get(url).content.decode()
    assert "Told a share." in text
    assert "Lift the recusal" in text
    assert "Lift the recusal" not in signed_in("dirk").get(url).content.decode()
    row = item.recusals.get()
    assert chair.post(f"{url}lift/", {"recusal": row.pk, "because": "Sold."}).status_code == 302
    assert "Sold." in chair.get(url).content.decode()


# Actions


def test_actions_are_closed_with_a_note_and_listed_with_ages(
    cast: Cast, signed_in: SignIn, api: SignIn
) -> None:
    council(cast)
    where = meeting(cast)
    row = add_action(
        meeting_id=where.pk, text="Ask legal", owner=cast.bob, due_on=TODAY + timedelta(days=1), by=cast.actor("cora"), at=AT
    )  # fmt: skip
    MeetingAction.objects.filter(pk=row.pk).update(
        created_at=AT - timedelta(days=9), due_on=TODAY - timedelta(days=2)
    )
    text = signed_in("max").get(f"{HOME}meetings/{where.ref}/").content.decode()
    assert "9 days old" in text
    assert "2 days over" in text
    later = planned(cast, asked(cast)[0], meeting(cast, begins_at=AT + timedelta(days=7))).meeting
    assert (
        "Still open from earlier meetings"
        in signed_in("max").get(f"{HOME}meetings/{later.ref}/").content.decode()
    )
    pack = signed_in("max").get(f"{HOME}meetings/{later.ref}/pack/").content.decode()
    assert "A-" in pack
    assert "9 days" in pack
    told = api("bob").get("/api/v1/meeting-actions/?open=true").json()["results"]
    assert [(one["ref"], one["age_days"]) for one in told] == [(row.ref, 9)]
    assert api("vera").get(f"/api/v1/meeting-actions/{row.pk}/").status_code == 404
    assert (
        api("edith")
        .post(f"/api/v1/meeting-actions/{row.pk}/done/", {"note": "So."}, format="json")
        .status_code
        == 403
    )
    assert signed_in("bob").post(f"{HOME}actions/{row.pk}/done/", {"note": ""}).status_code == 400
    assert (
        signed_in("bob").post(f"{HOME}actions/{row.pk}/done/", {"note": "Legal agrees."}).status_code == 302
    )
    assert "Legal agrees." in signed_in("max").get(f"{HOME}meetings/{where.ref}/").content.decode()
    assert api("bob").get("/api/v1/meeting-actions/?open=true").json()["results"] == []


def test_the_secretary_closes_an_action_of_somebody_else(cast: Cast, api: SignIn) -> None:
    council(cast)
    given = {"meeting": meeting(cast).pk, "text": "Ask legal", "owner": cast.bob.pk, "due_on": "2026-12-01"}
    made = api("max").post("/api/v1/meeting-actions/", given, format="json")
    assert made.status_code == 201
    url = f"/api/v1/meeting-actions/{made.json()['id']}/done/"
    done = api("max").post(url, {"note": "Bob told me."}, format="json")
    assert (done.status_code, done.json()["done_by"], done.json()["note"]) == (
        200,
        cast.max.pk,
        "Bob told me.",
    )
    assert api("max").post(url, {"note": "Again."}, format="json").status_code == 409
