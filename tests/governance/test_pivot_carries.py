"""A pivot takes nothing of the old charter over unsaid: each part is said anew, or named as carried."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from core.errors import Problem
from domain.charter import NEW_CHARTER
from domain.errors import RuleError
from domain.gates import GATES
from domain.motions import motion_to_json, read_motion
from domain.stage_words import Body
from governance.models import AgendaItem, Decision
from governance.queries.superseded import superseded
from governance.services.council_close import close_item
from pilots.models import CharterVersion, Pilot
from pilots.services.opening import ensure_pilot
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import CARRIED, decided, idea, manager, motion, submitted
from tests.governance.sitting import LATER, act, council, opened, planned, votes
from tests.pilots.refusing import refused

pytestmark = pytest.mark.django_db
GATES_BY_CODE = {gate.code: gate for gate in GATES}
UNTIL = (TODAY + timedelta(days=50)).isoformat()
BASE: dict[str, Any] = {"outcome": "pivot", "because": "b", "charter": "Letters.", "days": 45, "until": UNTIL}
OLD = {
    "scope_units": "Claims", "scope_sites": "Ghent", "scope_users": "Four teams", "scope_systems": "Claims desk",
    "sample": "400 claims", "stop_threshold": "More than 5 % wrong", "sites_count": 1, "users_count": 40,
}  # fmt: skip


def read(**more: Any) -> Any:
    return read_motion({**BASE, **more}, gate=GATES_BY_CODE["G4"], today=TODAY)


def running(cast: Cast) -> tuple[Initiative, Pilot]:
    row = idea(cast, stage="pilot")
    pilot = ensure_pilot(initiative=row, by=cast.actor("max"), at=AT)
    assert pilot is not None
    Pilot.objects.update(planned_days=90, **OLD)
    pilot.refresh_from_db()
    return row, pilot


@pytest.mark.parametrize("part", NEW_CHARTER)
def test_a_part_that_is_neither_said_nor_carried_is_refused_by_its_name(part: str) -> None:
    with pytest.raises(RuleError) as caught:
        read(carry=[one for one in NEW_CHARTER if one != part])
    assert (caught.value.code, caught.value.pointer) == ("part_missing", f"/{part}")


def test_a_part_is_not_both_said_and_carried() -> None:
    with pytest.raises(RuleError) as caught:
        read(sample="90 letters", **CARRIED)
    assert (caught.value.code, caught.value.pointer) == ("said_and_carried", "/sample")


def test_only_parts_of_a_charter_are_carried() -> None:
    with pytest.raises(RuleError) as caught:
        read(carry=["scope_units", "budget"])
    assert (caught.value.code, caught.value.pointer) == ("not_a_known_word", "/carry/1")


@pytest.mark.parametrize("more", [{"sample": "90 letters"}, CARRIED])
def test_no_other_outcome_says_anything_of_a_charter(more: dict[str, Any]) -> None:
    with pytest.raises(RuleError) as caught:
        read_motion(
            {"outcome": "hold", "because": "b", "until": UNTIL, **more}, gate=GATES_BY_CODE["G4"], today=TODAY
        )
    assert caught.value.code == "not_asked"


def test_what_was_put_to_the_vote_before_parts_were_asked_is_read_as_it_was() -> None:
    old = read_motion(BASE, gate=GATES_BY_CODE["G4"], today=TODAY, voted=True)
    assert (old.carry, old.sample) == ((), "")


def test_it_is_written_as_it_is_read() -> None:
    said = read(sample="90 letters", carry=[one for one in NEW_CHARTER if one != "sample"])
    assert read_motion(motion_to_json(said), gate=GATES_BY_CODE["G4"], today=TODAY) == said


def test_the_charter_has_what_was_said_and_what_was_carried(cast: Cast, client: Client) -> None:
    row, pilot = running(cast)
    said = motion(
        row, "pivot", charter="Letters.", days=45, until=UNTIL, scope_sites="Ghent and Bruges", sample="90 letters",
        carry=["scope_units", "scope_users", "scope_systems", "stop_threshold"],
    )  # fmt: skip
    made = decided(row, said, manager(cast), body=Body.COUNCIL)
    pilot.refresh_from_db()
    now = {name: getattr(pilot, name) for name in NEW_CHARTER}
    assert now == {
        "scope_units": "Claims", "scope_sites": "Ghent and Bruges", "scope_users": "Four teams", "scope_systems": "Claims desk",
        "sample": "90 letters", "stop_threshold": "More than 5 % wrong",
    }  # fmt: skip
    # One site was counted of the old scope; nobody has counted those of the new one. The users are as they were.
    assert (pilot.sites_count, pilot.users_count) == (None, 40)
    kept = CharterVersion.objects.filter(pilot=pilot).latest("number")
    assert (kept.because, kept.sample, kept.scope_sites) == ("Pivot", "90 letters", "Ghent and Bruges")
    client.force_login(cast.max)
    entry = client.get(f"/governance/decisions/{made.ref}/").content.decode()
    assert "90 letters" in entry
    assert "Carried from the old charter" in entry


def test_what_was_said_of_the_old_scope_is_unknown_of_the_new_one(cast: Cast) -> None:
    row, pilot = running(cast)
    Pilot.objects.update(scope_change=Decimal("0.5"), scope_approved=False, users_outside_charter=4)
    said = motion(
        row, "pivot", charter="Letters.", days=45, until=UNTIL, scope_users="Two teams",
        carry=[one for one in NEW_CHARTER if one != "scope_users"],
    )  # fmt: skip
    decided(row, said, manager(cast), body=Body.COUNCIL)
    pilot.refresh_from_db()
    assert (pilot.scope_change, pilot.scope_approved, pilot.users_outside_charter) == (None, None, None)
    assert (pilot.users_count, pilot.sites_count) == (None, 1)
    assert "scope_change" in pilot.unknown


def test_a_scope_that_is_carried_keeps_what_was_said_of_it(cast: Cast) -> None:
    row, pilot = running(cast)
    Pilot.objects.update(scope_change=Decimal("0.5"), scope_approved=True, users_outside_charter=4)
    said = motion(
        row, "pivot", charter="Letters.", days=45, until=UNTIL, sample="90 letters",
        carry=[one for one in NEW_CHARTER if one != "sample"],
    )  # fmt: skip
    decided(row, said, manager(cast), body=Body.COUNCIL)
    pilot.refresh_from_db()
    assert (pilot.scope_change, pilot.scope_approved, pilot.users_outside_charter) == (
        Decimal("0.5"),
        True,
        4,
    )


@pytest.mark.parametrize("part", NEW_CHARTER)
def test_what_was_never_recorded_is_not_carried(
    cast: Cast, frozen: Callable[[object], None], part: str
) -> None:
    frozen(LATER)
    council(cast)
    row, _ = running(cast)
    Pilot.objects.update(**{part: ""})
    said: dict[str, Any] = {"outcome": "pivot", "charter": "Letters.", "days": 45, "until": UNTIL}
    problem = refused(lambda: planned(cast, row, **said, **CARRIED), 400, "part_missing")
    assert [one.pointer for one in problem.items] == [f"/motion/{part}"]
    assert not AgendaItem.objects.exists()
    carry = [one for one in NEW_CHARTER if one != part]
    anew: dict[str, Any] = {**said, "carry": carry, part: "Said anew"}
    assert planned(cast, row, **anew).motion[part] == "Said anew"


def test_what_is_emptied_after_the_vote_stops_no_result(cast: Cast) -> None:
    row, pilot = running(cast)
    Pilot.objects.update(sample="")
    said = motion(row, "pivot", charter="Letters.", days=45, until=UNTIL, **CARRIED)
    decided(row, said, manager(cast), body=Body.COUNCIL)
    pilot.refresh_from_db()
    assert (pilot.hypotheses, pilot.sample) == ("Letters.", "")


def test_a_text_longer_than_the_charter_takes_is_refused_at_its_field(
    cast: Cast, frozen: Callable[[object], None]
) -> None:
    frozen(LATER)
    council(cast)
    row, _ = running(cast)
    with pytest.raises(Problem) as caught:
        planned(
            cast, row, outcome="pivot", charter="Letters.", days=45, until=UNTIL, sample="x" * 201,
            carry=[one for one in NEW_CHARTER if one != "sample"],
        )  # fmt: skip
    assert caught.value.status == 400
    assert [one.pointer for one in caught.value.items] == ["/motion/sample"]


def test_the_form_shows_the_old_charter_and_says_which_part_is_missing(cast: Cast, client: Client) -> None:
    row, pilot = running(cast)
    manager(cast)
    client.force_login(cast.max)
    page = client.get(f"/portfolio/initiatives/{row.ref}/decide/")
    address = page.request["PATH_INFO"]
    body = page.content.decode()
    assert "Sample: 400 claims" in body
    assert not page.context["form"].initial.get("carry"), "nothing is ticked for anybody"
    sent = {
        "outcome": "pivot", "because": "Calls do not work.", "charter": "Letters.", "days": "45", "until": UNTIL, "after": "0",
        "carry": ["scope_units", "scope_sites", "scope_users", "scope_systems", "stop_threshold"], "act": "decide",
    }  # fmt: skip
    lacking = client.post(address, sent)
    assert lacking.status_code == 400
    assert list(lacking.context["form"].errors) == ["sample"]
    # Said whole it goes on to whose decision it is: a charter at this gate is the council's.
    whole = client.post(address, {**sent, "sample": "90 letters"})
    assert whole.status_code == 409
    assert "AI council" in whole.content.decode()
    pilot.refresh_from_db()
    assert pilot.sample == OLD["sample"]


@pytest.mark.parametrize("asks", [False, True], ids=["of its own", "answers a submission"])
def test_a_carried_pivot_stands_on_the_charter_it_decided(cast: Cast, asks: bool) -> None:
    council(cast)
    row, _ = running(cast)
    if asks:
        submitted(row, cast)
    carry = [name for name in NEW_CHARTER if name not in ("scope_sites", "sample")]
    said = {**BASE, "scope_sites": "Ghent and Delft", "sample": "90 letters", "carry": carry}
    item = opened(cast, row, **said)
    assert (item.submission is not None) is asks
    votes(cast, item, "yyyyy")
    done = act(cast, close_item, "cora", item_id=item.pk)
    pilot = Pilot.objects.get()
    assert pilot.scope_sites == "Ghent and Delft"
    decision = Decision.objects.get(pk=done.decision_id)
    assert superseded(decision) == ()
    Pilot.objects.update(scope_sites="Delft")
    (one,) = superseded(Decision.objects.get(pk=decision.pk))
    assert (one.sealed, one.now) == ("Ghent and Delft", "Delft")


def test_a_pivot_that_was_not_carried_changes_nothing_of_what_was_sealed(cast: Cast) -> None:
    council(cast)
    row, _ = running(cast)
    item = opened(
        cast,
        row,
        **{**BASE, "scope_sites": "Delft", "carry": [one for one in NEW_CHARTER if one != "scope_sites"]},
    )
    votes(cast, item, "nnnnn")
    act(cast, close_item, "cora", item_id=item.pk)
    assert superseded(Decision.objects.get()) == ()
