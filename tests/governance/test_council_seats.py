"""Who sits on the council, and who decides above it."""

from functools import partial

from governance.models import Decision
from governance.services.council_above import decide_above
from governance.services.council_seats import make_seat, seat_person, vacate
from tests.cast import AT, TODAY, Cast
from tests.governance.sitting import (
    act,
    asked,
    council,
    opened,
    person,
    refused,
    vote,
    voting,
)


def test_a_seat_is_held_by_one_person_who_may_vote_and_holds_no_other(cast: Cast) -> None:
    seats = council(cast)
    person(cast, "dana")
    legal = act(cast, make_seat, "max", name="Legal")
    assert refused(lambda: act(cast, seat_person, "max", seat_id=legal.pk, holder=cast.vera)) == (
        400,
        "may_not_vote",
    )
    assert refused(lambda: act(cast, seat_person, "max", seat_id=legal.pk, holder=cast.rosa)) == (
        409,
        "holds_a_seat",
    )
    assert refused(lambda: act(cast, seat_person, "max", seat_id=seats["rosa"].pk, holder=cast.dana)) == (
        409,
        "seat_taken",
    )
    assert refused(lambda: act(cast, seat_person, "edith", seat_id=legal.pk, holder=cast.dana)) == (
        403,
        "forbidden",
    )
    made = act(cast, seat_person, "max", seat_id=legal.pk, holder=cast.dana)
    assert made.until_on == TODAY.replace(year=2028)
    assert refused(lambda: act(cast, make_seat, "max", name="Legal")) == (409, "taken")
    assert refused(lambda: act(cast, make_seat, "max", name="Second chair", presides=1)) == (409, "taken")


def test_an_administrator_neither_seats_nor_votes(cast: Cast) -> None:
    seats = council(cast)
    item = voting(cast)
    assert refused(lambda: act(cast, seat_person, "adam", seat_id=seats["rosa"].pk, holder=cast.adam)) == (
        403,
        "forbidden",
    )
    assert refused(lambda: vote(cast, item, "adam")) == (403, "forbidden")


def test_what_is_escalated_is_decided_by_the_authority_alone(cast: Cast) -> None:
    seats = council(cast)
    for name in ("finn", "rosa", "sami"):
        act(cast, vacate, "max", AT, seat_id=seats[name].pk, because="Gone.")
    initiative, submission = asked(cast)
    item = opened(cast, initiative)
    assert (item.result, item.escalated_to) == ("escalated", cast.olga)
    asked_of = {"item_id": item.pk, "carried": True, "because": "The evidence is plain."}
    for who in ("cora", "max", "audrey"):
        assert refused(partial(act, cast, decide_above, who, **asked_of)) == (403, "forbidden")
    act(cast, decide_above, "olga", **asked_of)
    row = Decision.objects.get()
    item.refresh_from_db()
    assert (row.outcome, row.to_stage, row.decided_by, item.decision) == ("go", "scale_up", cast.olga, row)
    submission.refresh_from_db()
    assert submission.state == "decided"
    assert refused(partial(act, cast, decide_above, "olga", **asked_of)) == (409, "not_escalated")


def test_an_authority_that_became_near_decides_nothing(cast: Cast) -> None:
    seats = council(cast)
    for name in ("finn", "rosa", "sami"):
        act(cast, vacate, "max", AT, seat_id=seats[name].pk, because="Gone.")
    initiative, _ = asked(cast)
    item = opened(cast, initiative)
    type(initiative).objects.filter(pk=initiative.pk).update(sponsor=cast.olga)
    asked_of = {"item_id": item.pk, "carried": False, "because": "No."}
    assert refused(partial(act, cast, decide_above, "olga", **asked_of)) == (403, "four_eyes")
    assert not Decision.objects.exists()
