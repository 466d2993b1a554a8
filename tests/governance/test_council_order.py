"""The order of an agenda, and what is changed on it, taken off it and overtaken."""

from functools import partial

from domain.stage_words import Body
from governance.models import AgendaItem
from governance.services.council_agenda import change_item, reorder, take_off
from tests.cast import Cast
from tests.governance.asking import decided, idea, manager, motion, submitted
from tests.governance.sitting import (
    act,
    asked,
    council,
    meeting,
    opened,
    planned,
    refused,
    vote,
    votes,
)


def test_the_order_names_every_item_once(cast: Cast) -> None:
    council(cast)
    where = meeting(cast)
    items = []
    for number in range(3):
        row = idea(cast, f"Pilot {number}", stage="pilot", tier=2)
        submitted(row, cast)
        items.append(planned(cast, row, where).pk)
    assert refused(lambda: act(cast, reorder, "cora", meeting_id=where.pk, items=items[:2])) == (
        400,
        "not_all",
    )
    act(cast, reorder, "cora", meeting_id=where.pk, items=items[::-1])
    assert list(AgendaItem.objects.order_by("position").values_list("pk", flat=True)) == items[::-1]


def test_an_item_is_changed_and_taken_off_until_it_is_opened(cast: Cast) -> None:
    council(cast)
    initiative, _ = asked(cast)
    item = planned(cast, initiative)
    stop = {"outcome": "stop", "because": "No.", "reason_code": "risk", "lessons": "Ask first."}
    assert act(cast, change_item, "max", item_id=item.pk, motion=stop, minutes=30).motion["outcome"] == "stop"
    act(cast, take_off, "cora", item_id=item.pk, because="Not yet.")
    item = opened(cast, initiative)
    assert refused(lambda: act(cast, change_item, "max", item_id=item.pk, minutes=10)) == (409, "opened")
    assert refused(lambda: act(cast, take_off, "cora", item_id=item.pk, because="Not yet.")) == (
        409,
        "opened",
    )


def test_an_item_that_another_decision_overtook_is_taken_off_with_its_ballots(cast: Cast) -> None:
    council(cast)
    initiative, _ = asked(cast)
    item = opened(cast, initiative)
    votes(cast, item, "yy")
    stop = motion(initiative, "stop", reason_code="risk", lessons="Ask first.")
    decided(initiative, stop, manager(cast), body=Body.COUNCIL)
    row = act(cast, take_off, "cora", item_id=item.pk, because="It was stopped in a written procedure.")
    assert (row.state, row.result, row.ballots.filter(counted=None).count()) == ("withdrawn", "", 2)
    assert refused(partial(vote, cast, item, "rosa")) == (409, "decision_closed")
