"""Conditions the council set are changed by the council alone: voted on, recorded by the same writer, a second date by the chair's act."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from core.errors import Problem
from core.models import AuditEvent, Role, RoleGrant, User
from domain.stage_words import Body
from governance.models import AgendaItem, Condition, ConditionAct, Decision, GateConflict
from governance.services.condition_changes import confirm_date, decline_date, redate, waive
from governance.services.conditions import discharge, give_evidence
from governance.services.council_agenda import put_on_agenda, take_off
from governance.services.council_close import close_item
from governance.services.council_meetings import plan_meeting
from governance.services.council_open import open_item
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import condition, decided, idea, manager, motion, submitted
from tests.governance.sitting import LATER, act, council, meeting, refused, vote, votes

pytestmark = pytest.mark.django_db
NEXT, AFTER = TODAY + timedelta(days=60), TODAY + timedelta(days=90)


def set_by_council(cast: Cast, body: Body = Body.COUNCIL, **more: Any) -> Condition:
    """A pilot that went on under one condition of Bob's, verified by Mona, whoever set it."""
    row = idea(
        cast, stage="pilot" if body is Body.COUNCIL else "framing", tier=2 if body is Body.COUNCIL else 3
    )
    asked = submitted(row, cast)
    by = cast.actor("cora") if body is Body.COUNCIL else manager(cast)
    decided(
        row,
        motion(row, "conditional_go", conditions=[condition(cast, **more)]),
        by,
        submission=asked,
        body=body,
    )
    return Condition.objects.select_related("initiative").latest("pk")


def on_agenda(cast: Cast, one: Condition, outcome: str = "waive", **more: Any) -> AgendaItem:
    said = {"outcome": outcome, "because": "The vendor does it now.", "condition": one.pk, **more}
    return put_on_agenda(
        meeting_id=meeting(cast).pk,
        initiative_id=one.initiative_id,
        motion=said,
        by=cast.actor("cora"),
        at=AT,
    )


def voted(cast: Cast, one: Condition, said: str = "yyyy.", outcome: str = "waive", **more: Any) -> AgendaItem:
    item = open_item(item_id=on_agenda(cast, one, outcome, **more).pk, by=cast.actor("cora"), at=AT)
    votes(cast, item, said)
    return close_item(item_id=item.pk, by=cast.actor("cora"), at=LATER)


def moved(cast: Cast, one: Condition, to: date = NEXT, **more: Any) -> AgendaItem:
    return voted(cast, one, outcome="redate", due_on=to.isoformat(), **more)


def test_the_council_sets_its_condition_aside_and_the_log_says_by_which_ballots(cast: Cast) -> None:
    council(cast)
    one = set_by_council(cast)
    item = voted(cast, one)
    one.refresh_from_db()
    assert (item.result, one.state, one.closed_on) == ("adopted", "waived", TODAY)
    entry = item.decision
    assert entry is not None
    assert (entry.outcome, entry.gate, entry.carried, entry.body) == ("waive", "", True, "council")
    assert (entry.from_stage, entry.to_stage) == ("scale_up", "scale_up")
    assert '"choice":"approve"' in entry.document.replace(" ", "")
    done = ConditionAct.objects.get(act="waive")
    assert (done.decision, done.by, done.confirmed_by) == (entry, cast.cora, None)
    assert AuditEvent.objects.filter(action="condition.waived", object_id=one.pk).count() == 1


@pytest.mark.parametrize(
    ("said", "result"), [("nnnn.", "not_adopted"), ("yyy..", "not_decided"), ("aaaa.", "not_decided")]
)
def test_a_motion_that_fails_changes_nothing_and_is_on_record(cast: Cast, said: str, result: str) -> None:
    council(cast)
    one = set_by_council(cast)
    before = Decision.objects.count()
    item = voted(cast, one, said)
    one.refresh_from_db()
    assert (item.result, one.state, one.acts.count()) == (result, "open", 0)
    assert Decision.objects.count() == before + 1
    one.initiative.refresh_from_db()
    assert one.initiative.stage == "scale_up"


def test_a_first_new_date_takes_effect_with_the_vote_and_keeps_the_first(cast: Cast) -> None:
    council(cast)
    one = set_by_council(cast)
    first = one.due_on
    moved(cast, one)
    one.refresh_from_db()
    assert (one.first_due_on, one.due_on, one.proposed_due_on) == (first, NEXT, None)


def test_a_second_new_date_waits_for_the_chairs_own_act_and_the_old_one_stands(cast: Cast) -> None:
    council(cast)
    one = set_by_council(cast)
    moved(cast, one)
    moved(cast, one, AFTER)
    one.refresh_from_db()
    assert (one.due_on, one.proposed_due_on) == (NEXT, AFTER)
    for who in ("dirk", "finn", "max", "olga", "alice"):
        assert refused(partial(act, cast, confirm_date, who, pk=one.pk, because="Fine."))[0] == 403, who
    assert refused(lambda: confirm_date(pk=one.pk, because=" ", by=cast.actor("cora"), at=LATER)) == (
        400,
        "required",
    )
    act(cast, confirm_date, "cora", pk=one.pk, because="Once more, and no further.")
    one.refresh_from_db()
    assert (one.due_on, one.proposed_due_on) == (AFTER, None)
    last = one.acts.order_by("pk").last()
    assert last is not None
    assert (last.act, last.confirmed_by, last.decision is not None) == ("redate", cast.cora, True)
    assert refused(partial(act, cast, confirm_date, "cora", pk=one.pk, because="Again.")) == (
        409,
        "nothing_to_confirm",
    )


def test_the_chair_may_decline_and_the_date_stands(cast: Cast) -> None:
    council(cast)
    one = set_by_council(cast)
    moved(cast, one)
    moved(cast, one, AFTER)
    act(cast, decline_date, "cora", pk=one.pk, because="Twice is enough.")
    one.refresh_from_db()
    assert (one.due_on, one.proposed_due_on, one.state) == (NEXT, None, "open")
    assert moved(cast, one, AFTER).result == "adopted"


def test_no_token_confirms_for_the_chair(cast: Cast) -> None:
    council(cast)
    one = set_by_council(cast)
    moved(cast, one)
    moved(cast, one, AFTER)
    by = cast.actor("cora", via="api", token_id=1)
    assert refused(lambda: confirm_date(pk=one.pk, because="Fine.", by=by, at=LATER)) == (
        403,
        "only_a_person",
    )


def test_a_date_that_has_come_is_not_confirmed(cast: Cast) -> None:
    council(cast)
    one = set_by_council(cast)
    moved(cast, one)
    moved(cast, one, AFTER)
    late = AT + timedelta(days=90)
    assert refused(lambda: confirm_date(pk=one.pk, because="Fine.", by=cast.actor("cora"), at=late)) == (
        409,
        "passed",
    )


def test_the_deputy_confirms_where_the_chair_is_near_the_condition(cast: Cast) -> None:
    council(cast)
    one = set_by_council(cast, owner=cast.cora.pk)
    Condition.objects.filter(pk=one.pk).update(proposed_due_on=AFTER)
    assert refused(partial(act, cast, confirm_date, "cora", pk=one.pk, because="Mine.")) == (403, "four_eyes")
    assert refused(partial(act, cast, confirm_date, "finn", pk=one.pk, because="Fine.")) == (403, "forbidden")
    act(cast, confirm_date, "dirk", pk=one.pk, because="The chair owns it.")
    assert Condition.objects.get(pk=one.pk).due_on == AFTER


@pytest.mark.parametrize("tie", ["owner", "verifier"])
def test_owner_and_verifier_on_the_council_are_recused_by_the_record(cast: Cast, tie: str) -> None:
    council(cast)
    theirs: dict[str, Any] = {tie: cast.rosa.pk}
    one = set_by_council(cast, **theirs)
    item = open_item(item_id=on_agenda(cast, one).pk, by=cast.actor("cora"), at=AT)
    row = item.recusals.get()
    assert (row.user, row.kind, row.because) == (cast.rosa, "computed", "condition")
    assert refused(partial(vote, cast, item, "rosa")) == (403, "four_eyes")
    assert GateConflict.objects.filter(initiative=one.initiative, user=cast.rosa).exists()
    votes(cast, item, "yyyy")
    assert act(cast, close_item, "cora", item_id=item.pk).numbers["recused"] == 1


def test_what_a_manager_set_is_the_managers_and_what_the_council_set_the_councils(cast: Cast) -> None:
    council(cast)
    one = set_by_council(cast, Body.PORTFOLIO_MANAGER)
    assert refused(partial(on_agenda, cast, one)) == (409, "wrong_body")
    waive(pk=one.pk, because="Not needed.", by=manager(cast), at=AT, body=Body.PORTFOLIO_MANAGER)
    other = set_by_council(cast)
    for body in (Body.PORTFOLIO_MANAGER, Body.COUNCIL):
        work = partial(waive, pk=other.pk, because="No.", by=manager(cast), at=AT, body=body)
        assert refused(work) == (409, "wrong_body")
    again = partial(
        redate, pk=other.pk, because="No.", by=manager(cast), at=AT, body=Body.COUNCIL, due_on=NEXT
    )
    assert refused(again) == (409, "wrong_body")


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"outcome": "redate"}, 400, "due_missing"),
        ({"outcome": "redate", "due_on": TODAY.isoformat()}, 400, "not_ahead"),
        ({"outcome": "redate", "due_on": (TODAY + timedelta(days=30)).isoformat()}, 400, "same_day"),
        ({"due_on": NEXT.isoformat()}, 400, "not_asked"),
        ({"until": NEXT.isoformat()}, 400, "not_asked"),
        ({"condition": None}, 400, "condition_missing"),
        ({"condition": 999_999}, 404, "not_found"),
        ({"because": "\u200b"}, 400, "required"),
    ],
)  # fmt: skip
def test_a_motion_on_a_condition_is_whole_or_refused(
    cast: Cast, more: dict[str, Any], status: int, code: str
) -> None:
    council(cast)
    one = set_by_council(cast)
    outcome = more.pop("outcome", "waive")
    with pytest.raises(Problem) as caught:
        on_agenda(cast, one, outcome, **more)
    items = caught.value.items
    assert (caught.value.status, items[0].code if items else caught.value.code) == (status, code)
    assert all(one.pointer.startswith("/motion/") for one in items)


def test_a_condition_is_on_one_agenda_at_a_time_beside_the_gate_of_its_initiative(cast: Cast) -> None:
    council(cast)
    one = set_by_council(cast, kind="monitored")
    one.initiative.refresh_from_db()
    submitted(one.initiative, cast)
    where = meeting(cast)
    said = {"outcome": "waive", "because": "Done.", "condition": one.pk}
    put = partial(
        put_on_agenda, meeting_id=where.pk, initiative_id=one.initiative_id, by=cast.actor("cora"), at=AT
    )
    first = put(motion=said)
    assert refused(partial(put, motion=said)) == (409, "on_an_agenda")
    gate = put(motion={"outcome": "go", "because": "It works."})
    assert (first.gate, first.submission, gate.gate, gate.condition) == ("", None, "G5", None)


def test_what_was_met_meanwhile_is_taken_off_with_its_ballots(cast: Cast) -> None:
    council(cast)
    one = set_by_council(cast)
    item = open_item(item_id=on_agenda(cast, one).pk, by=cast.actor("cora"), at=AT)
    votes(cast, item, "yyyy.")
    give_evidence(pk=one.pk, because="Report.", by=cast.actor("bob"), at=AT)
    discharge(pk=one.pk, because="Read it.", by=cast.actor("mona"), at=AT)
    assert refused(partial(act, cast, close_item, "cora", item_id=item.pk)) == (409, "closed")
    row = act(cast, take_off, "cora", item_id=item.pk, because="It is met.")
    assert (row.state, row.off_because, row.ballots.count()) == ("withdrawn", "It is met.", 4)


def test_a_second_date_of_a_managers_condition_is_confirmed_by_another_and_never_by_naming_one(
    cast: Cast,
) -> None:
    one = set_by_council(cast, Body.PORTFOLIO_MANAGER)
    move: dict[str, Any] = {
        "pk": one.pk,
        "because": "Vendor late.",
        "by": manager(cast),
        "body": Body.PORTFOLIO_MANAGER,
    }
    redate(due_on=NEXT, at=AT, **move)
    redate(due_on=AFTER, at=AT, **move)
    one.refresh_from_db()
    assert (one.due_on, one.proposed_due_on) == (NEXT, AFTER)
    assert refused(partial(redate, due_on=AFTER + timedelta(days=1), at=AT, **move)) == (
        409,
        "waits_for_confirmation",
    )
    assert refused(partial(act, cast, confirm_date, "max", pk=one.pk, because="Mine.")) == (403, "forbidden")
    assert refused(partial(act, cast, confirm_date, "alice", pk=one.pk, because="Mine.")) == (
        403,
        "four_eyes",
    )
    second = User.objects.create_user(
        "pia@calder.example", "a long enough password", name="Pia", created_at=AT
    )
    RoleGrant.objects.create(user=second, role=Role.PORTFOLIO_MANAGER, unit=None, granted_at=AT)
    cast.people["pia"] = second
    act(cast, confirm_date, "pia", pk=one.pk, because="Agreed.")
    one.refresh_from_db()
    assert (one.due_on, ConditionAct.objects.get(confirmed_by=second).act) == (AFTER, "redate")


# Reopening


def stopped(cast: Cast) -> Any:
    row = idea(cast, stage="pilot", tier=2)
    decided(
        row,
        motion(row, "stop", reason_code="cost", lessons="Ask first."),
        cast.actor("cora"),
        body=Body.COUNCIL,
    )
    row.refresh_from_db()
    return row


def reopening(cast: Cast, row: Any, said: str = "yyyy.", stage: str = "pilot") -> AgendaItem:
    asked = {"outcome": "reopen", "stage": stage, "because": "The vendor halved its price."}
    where = plan_meeting(begins_at=AT, by=cast.actor("cora"), at=AT)
    item = put_on_agenda(
        meeting_id=where.pk, initiative_id=row.pk, motion=asked, by=cast.actor("cora"), at=AT
    )
    item = open_item(item_id=item.pk, by=cast.actor("cora"), at=AT)
    votes(cast, item, said)
    return close_item(item_id=item.pk, by=cast.actor("cora"), at=LATER)


def test_the_council_reopens_a_stopped_initiative_into_the_stage_it_names(cast: Cast) -> None:
    council(cast)
    row = stopped(cast)
    item = reopening(cast, row)
    row.refresh_from_db()
    assert (item.result, row.stage) == ("adopted", "pilot")
    entry = item.decision
    assert entry is not None
    assert (entry.outcome, entry.from_stage, entry.to_stage, entry.body) == (
        "reopen",
        "stopped",
        "pilot",
        "council",
    )
    assert '"ballots":[{' in entry.document.replace(" ", "")
    assert row.spells.count() == 3


def test_a_reopening_that_fails_leaves_it_stopped(cast: Cast) -> None:
    council(cast)
    row = stopped(cast)
    assert reopening(cast, row, "nnnn.").result == "not_adopted"
    assert reopening(cast, row, "yyy..").result == "not_decided"
    row.refresh_from_db()
    assert row.stage == "stopped"
    assert list(Decision.objects.order_by("pk").values_list("outcome", "carried")) == [
        ("stop", True), ("reopen", False), ("not_decided", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stage", "code"),
    [
        ("retired", (400, "not_a_stage_to_reopen")),
        ("idea", (409, "wrong_body")),
        ("", (400, "not_a_known_word")),
    ],
)
def test_no_reopening_where_the_council_does_not_decide(
    cast: Cast, stage: str, code: tuple[int, str]
) -> None:
    council(cast)
    assert refused(partial(reopening, cast, stopped(cast), stage=stage)) == code


def test_what_is_not_stopped_is_not_reopened(cast: Cast) -> None:
    council(cast)
    assert refused(partial(reopening, cast, idea(cast, stage="pilot", tier=2))) == (409, "not_stopped")
