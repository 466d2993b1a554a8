"""Ten thousand steps through the council's services beside a small model of what must come of them.

Members vote, change, recuse, lend, leave, are deactivated and become near to what is decided; items open, close and come again.
The model is written from the words of the charter and shares no code with the product.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from typing import Any, ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.errors import Problem
from core.models import Role, User
from domain.council import Choice
from governance.models import AgendaItem, Ballot, CouncilSeat, Decision, Delegation, SeatTerm
from governance.services.council_close import close_item, confirm_conditions
from governance.services.council_delegations import take_back
from governance.services.council_open import open_item
from governance.services.council_recusals import declare, lift
from governance.services.council_seats import vacate
from governance.services.council_vote import cast_vote
from portfolio.models import Initiative
from portfolio.services.initiatives import edit_initiative
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import condition, idea, manager, submitted
from tests.governance.sitting import MEMBERS, council, meeting, person, planned

pytestmark = [pytest.mark.slow]
STEPS = 10_000
LINE = ("pilot", "scale_up", "production")
VOTERS = st.sampled_from([*MEMBERS, "dana", "max", "alice"])
NAMED = {"approve_with_conditions": "Failover is tested"}
CHOICES = st.sampled_from(["approve", "approve_with_conditions", "reject", "abstain"])


@dataclass
class Model:
    """What the charter says of one item. Names of people; `votes`: seat's holder -> (who cast it, what)."""

    state: str = "planned"
    stage: str = "pilot"
    asked: bool = True
    seated: set[str] = field(default_factory=lambda: set(MEMBERS))
    frozen: set[str] = field(default_factory=set)
    near: set[str] = field(default_factory=lambda: {"alice", "edith", "max"})
    left: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    lent: bool = False
    votes: dict[str, tuple[str, str]] = field(default_factory=dict)
    closed: int = 0

    def able(self) -> set[str]:
        return (self.frozen & self.seated) - self.near - self.left - self.gone

    def barred(self, who: str) -> bool:
        return who in self.near | self.left | self.gone

    def seat_of(self, who: str) -> str | None:
        """Whose seat this person would vote for now."""
        if who in self.frozen & self.seated:
            return who
        if who == "dana" and self.lent and "finn" in self.frozen & self.seated:
            return "finn"
        return None

    def may(self, who: str) -> bool:
        seat = self.seat_of(who)
        if self.state != "open" or seat is None or self.barred(who) or self.barred(seat):
            return False
        return not (who == "finn" and self.lent)

    def result(self) -> str:
        able = self.able()
        if len(able) < 3 or not able & {"cora", "dirk"}:
            return "escalated"
        here = {seat: vote for seat, vote in self.votes.items() if seat in able and not self.barred(vote[0])}
        presiding = [name for name in ("cora", "dirk") if name in here and here[name][0] == name]
        if len(here) < max(3, ceil(len(able) * 2 / 3)) or not presiding:
            return "not_decided"
        said = [choice for _, choice in here.values()]
        yes, no = sum(one.startswith("approve") for one in said), said.count("reject")
        won = yes > no
        if yes == no:
            word = here[presiding[0]][1]
            if yes == 0 or word == "abstain":
                return "not_decided"
            won = word.startswith("approve")
        if not won:
            return "not_adopted"
        return "confirming" if "approve_with_conditions" in said else "adopted"


class CouncilMachine(RuleBasedStateMachine):
    """Each example works in a transaction of its own, which is taken back."""

    cast: ClassVar[Cast]
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.model = Model()
        for name in MEMBERS:
            self.by(name)
        self.initiative = Initiative.objects.get()
        self.where = meeting(self.cast)
        self.at = AT
        self.item = planned(self.cast, self.initiative, self.where)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    @contextmanager
    def expected(self, may: bool, *codes: str) -> Iterator[None]:
        """The act is done where the model says so, and else refused with nothing written."""
        self.tick()
        before, caught = self.written(), None
        try:
            yield
        except Problem as problem:
            caught = problem
        assert (caught is None) == may, caught or "it was to be refused"
        if caught is not None:
            assert not codes or caught.code in codes, caught
            assert self.written() == before

    def written(self) -> tuple[Any, ...]:
        self.item.refresh_from_db()
        return self.item.state, self.item.version, Ballot.objects.count(), Decision.objects.count()

    def tick(self) -> None:
        type(self).steps += 1
        self.at += timedelta(seconds=20)

    def by(self, name: str) -> Any:
        self.cast.people[name] = User.objects.get(pk=self.cast.people[name].pk)
        return self.cast.actor(name)

    # What members do

    @rule(who=VOTERS, choice=CHOICES)
    def vote(self, who: str, choice: str) -> None:
        seat = self.model.seat_of(who)
        fresh = seat is None or seat not in self.model.votes
        with self.expected(self.model.may(who) and fresh and who not in self.model.gone):
            cast_vote(
                item_id=self.item.pk, choice=Choice(choice), by=self.by(who), at=self.at, reason=NAMED.get(choice, "")
            )  # fmt: skip
            self.model.votes[seat or ""] = (who, choice)

    @precondition(lambda self: self.model.votes)
    @rule(data=st.data(), choice=CHOICES)
    def change(self, data: st.DataObject, choice: str) -> None:
        who = data.draw(VOTERS)
        seat = self.model.seat_of(who)
        row = Ballot.objects.filter(item=self.item, seat__terms__holder=self.cast.people[seat or who]).first()
        with self.expected(row is not None and self.model.may(who) and who not in self.model.gone):
            cast_vote(
                item_id=self.item.pk, choice=Choice(choice), by=self.by(who), at=self.at,
                expected_version=row.version if row else 1, reason=NAMED.get(choice, ""),
            )  # fmt: skip
            self.model.votes[seat or ""] = (who, choice)

    @rule(who=st.sampled_from(MEMBERS))
    def recuse(self, who: str) -> None:
        model = self.model
        known = who in model.left or (who in model.near and who in model.frozen)
        running = model.state in {"planned", "open", "confirming"}
        with self.expected(running and not known and who not in model.gone):
            declare(item_id=self.item.pk, because="An interest.", by=self.by(who), at=self.at)
            model.left.add(who)
            if model.state == "confirming":
                model.state = "open"

    @precondition(lambda self: self.model.left)
    @rule(data=st.data(), by=st.sampled_from(["cora", "dirk", "max"]))
    def lift(self, data: st.DataObject, by: str) -> None:
        model = self.model
        who = data.draw(st.sampled_from(sorted(model.left)))
        row = self.item.recusals.filter(user=self.cast.people[who], lifted_at=None).first()
        if row is None:
            return
        right = "dirk" if who == "cora" and "cora" in model.seated else "cora"
        fit = by == right and by in model.seated and not model.barred(by) and who != by
        running = model.state in {"planned", "open", "confirming"}
        with self.expected(fit and running and who not in model.near and row.kind != "computed"):
            lift(recusal_id=row.pk, because="It is gone.", by=self.by(by), at=self.at)
            model.left.discard(who)

    # What happens to them

    @precondition(lambda self: len(self.model.near) < 6)
    @rule(who=st.sampled_from(MEMBERS))
    def becomes_sponsor(self, who: str) -> None:
        self.tick()
        if who in self.model.gone:
            return
        self.by(who)
        edit_initiative(
            pk=self.initiative.pk, sponsor=self.cast.people[who], by=manager(self.cast), at=self.at
        )
        edit_initiative(pk=self.initiative.pk, sponsor=self.cast.edith, by=manager(self.cast), at=self.at)
        self.model.near.add(who)
        if self.model.lent and who == "finn":
            self.model.near.add("dana")

    @precondition(lambda self: len(self.model.gone) < 2)
    @rule(who=st.sampled_from(MEMBERS))
    def is_deactivated(self, who: str) -> None:
        self.tick()
        User.objects.filter(pk=self.cast.people[who].pk).update(is_active=False)
        self.model.gone.add(who)

    @precondition(lambda self: self.model.gone)
    @rule()
    def is_active_again(self) -> None:
        self.tick()
        who = sorted(self.model.gone)[0]
        User.objects.filter(pk=self.cast.people[who].pk).update(is_active=True)
        self.model.gone.discard(who)

    @precondition(lambda self: len(self.model.seated) > 4)
    @rule(who=st.sampled_from(MEMBERS))
    def leaves_the_seat(self, who: str) -> None:
        with self.expected(who in self.model.seated, "vacant"):
            seat = CouncilSeat.objects.get(terms__holder=self.cast.people[who])
            vacate(seat_id=seat.pk, because="Gone.", by=manager(self.cast), at=self.at)
            self.model.seated.discard(who)

    @precondition(
        lambda self: not self.model.lent and "finn" in self.model.seated and "finn" not in self.model.near
    )
    @rule()
    def finn_lends_his_vote(self) -> None:
        """Told long before, for the whole of the meeting."""
        self.tick()
        Delegation.objects.create(
            seat=CouncilSeat.objects.get(name="Finance"), holder=self.cast.finn, delegate=self.cast.dana,
            begins_at=AT - timedelta(hours=2), until=AT + timedelta(days=2), notified_at=AT - timedelta(hours=4),
        )  # fmt: skip
        self.model.lent = True

    @precondition(lambda self: self.model.lent and "finn" not in self.model.gone)
    @rule()
    def finn_takes_it_back(self) -> None:
        self.tick()
        for row in Delegation.objects.filter(revoked_at=None):
            take_back(delegation_id=row.pk, by=self.by("finn"), at=self.at)
        self.model.lent = False

    # What is decided

    @rule(by=st.sampled_from(["cora", "paula", "sami", "alice"]))
    def open(self, by: str) -> None:
        model = self.model
        arranges = by in {"cora", "paula"} and by not in model.gone
        with self.expected(arranges and model.state == "planned"):
            open_item(item_id=self.item.pk, by=self.by(by), at=self.at)
            model.frozen = set(model.seated)
            model.state = "open"
            if model.result() == "escalated" and self._impossible():
                self._ended("escalated")
        self.agrees()

    @rule(by=st.sampled_from(["cora", "dirk", "paula", "sami", "max"]))
    def close(self, by: str) -> None:
        model = self.model
        fit = by == "paula" or (by in {"cora", "dirk"} and not model.barred(by))
        if by == "dirk":
            fit = fit and "dirk" in model.frozen
        with self.expected(fit and model.state == "open"):
            close_item(item_id=self.item.pk, by=self.by(by), at=self.at)
            self._ended(model.result())
        self.agrees()

    @precondition(lambda self: self.model.state == "confirming")
    @rule(by=st.sampled_from(["cora", "dirk", "paula"]))
    def confirm(self, by: str) -> None:
        model = self.model
        self.item.refresh_from_db()
        presided = self.item.presider is not None and self.item.presider.pk == self.cast.people[by].pk
        with self.expected(presided and not model.barred(by)):
            asked = [condition(self.cast, kind="monitored")]
            confirm_conditions(item_id=self.item.pk, conditions=asked, by=self.by(by), at=self.at)
            self._ended("adopted")
        self.agrees()

    @precondition(
        lambda self: (
            self.model.state == "closed"
            and self.model.stage != "production"
            and "cora" not in self.model.gone
        )
    )
    @rule()
    def comes_again(self) -> None:
        """What was not decided waits on; what was decided is asked for anew, at the gate that lies ahead."""
        self.tick()
        row = Initiative.objects.get(pk=self.initiative.pk)
        self.by("cora")
        if not self.model.asked:
            submitted(row, self.cast, manager(self.cast), at=self.at)
        self.item = planned(self.cast, row, self.where)
        self.model.state, self.model.asked = "planned", True
        self.model.votes, self.model.left, self.model.frozen = {}, set(), set()

    def _impossible(self) -> bool:
        able = self.model.able()
        return len(able) < 3 or not able & {"cora", "dirk"}

    def _ended(self, result: str) -> None:
        self.model.state = "confirming" if result == "confirming" else "closed"
        if result == "confirming":
            return
        self.model.closed += result != "escalated"
        if result in {"adopted", "not_adopted"}:
            self.model.asked = False
        if result == "adopted":
            self.model.stage = LINE[LINE.index(self.model.stage) + 1]
        self.item.refresh_from_db()
        assert self.item.result == result

    # What always holds

    def agrees(self) -> None:
        """Item, log and stage say what the model says."""
        self.item.refresh_from_db()
        assert self.item.state == self.model.state
        assert Initiative.objects.values_list("stage", flat=True).get() == self.model.stage
        assert Decision.objects.count() == self.model.closed

    @invariant()
    def one_ballot_for_a_seat_and_for_a_person(self) -> None:
        cast = list(self.item.ballots.values_list("seat", "cast_by"))
        assert (
            len(cast)
            == len({seat for seat, _ in cast})
            == len({who for _, who in cast})
            == len(self.model.votes)
        )

    @invariant()
    def no_gate_is_skipped(self) -> None:
        for row in Decision.objects.all():
            if row.to_stage != row.from_stage:
                assert LINE.index(row.to_stage) == LINE.index(row.from_stage) + 1

    @invariant()
    def nothing_near_was_counted(self) -> None:
        if self.item.state == "closed":
            near = {self.cast.people[name].pk for name in self.model.near & set(MEMBERS)}
            counted = self.item.ballots.filter(counted=True, item__closed_at=self.item.closed_at)
            if self.model.closed and self.item.closed_at == self.at:
                assert not near & set(counted.values_list("cast_by", flat=True))


@pytest.mark.django_db
def test_no_self_approval_no_double_vote_no_skipped_gate_and_an_exact_quorum(cast: Cast) -> None:
    council(cast)
    person(cast, "paula", Role.PORTFOLIO_MANAGER)
    submitted(idea(cast, stage="pilot", tier=2), cast, manager(cast))
    assert SeatTerm.objects.filter(ended_on=None, until_on__gt=TODAY).count() == 6
    CouncilMachine.cast, CouncilMachine.steps = cast, 0
    run_state_machine_as_test(
        CouncilMachine,
        settings=settings(
            max_examples=280, stateful_step_count=50, deadline=None, derandomize=True,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    assert CouncilMachine.steps >= STEPS
    assert AgendaItem.objects.count() == 0
