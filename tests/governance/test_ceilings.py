"""What an approval covers (C7) is held against the record at every stage: going beyond suspends it and asks the council again."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core import outbox
from core.access import system
from core.errors import Problem
from core.models import Outbox
from domain.stage_words import Body
from governance.queries.council_queue import calls
from governance.services.evaluate_standing import evaluate_limited, evaluate_standings
from governance.services.inventory import edit_model
from governance.services.standing import settle_standing
from pilots.models import AdoptionWeek, Pilot, Wave
from pilots.services.charter import edit_pilot
from pilots.services.opening import ensure_pilot, ensure_pilots
from pilots.services.rollout import WavePlan, begin_wave, plan_wave
from pilots.services.use import Use, record_week
from portfolio.models import GateStanding, Initiative
from portfolio.services.locks import lock_initiative
from portfolio.services.money import record_expenditure
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import decided, idea, manager, motion, submitted
from tests.governance.stored import sound_model

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(frozen: Any) -> None:
    frozen(AT)


def approved(cast: Cast, stage: str, **more: Any) -> Initiative:
    """Gone on from that stage with a ceiling; from a pilot, which has run before and ended with the decision."""
    row = idea(cast, stage=stage)
    if stage == "pilot":
        ensure_pilot(initiative=row, by=system(), at=AT)
    elif stage == "scale_up":
        Pilot.objects.create(
            initiative=row,
            spell=row.spells.get(),
            created_at=AT,
            updated_at=AT,
            ended_on=TODAY - timedelta(days=10),
        )
    body = Body.COUNCIL if stage in {"pilot", "scale_up"} else Body.PORTFOLIO_MANAGER
    decided(row, motion(row, **more), manager(cast), submission=submitted(row, cast), body=body)
    ensure_pilots(initiative_ids=[row.pk], by=system(), at=AT)
    row.refresh_from_db()
    return row


def heard(row: Initiative) -> GateStanding:
    """What was owed as news is heard, as the worker does within the second."""
    outbox.drain()
    return GateStanding.objects.get(initiative=row)


def wave(cast: Cast, row: Initiative, **plan: Any) -> Wave:
    pilot = Pilot.objects.get(initiative=row)
    by = cast.actor("alice")
    made = plan_wave(
        pilot_id=pilot.pk, plan=WavePlan(name="First teams", criteria=["Used"], **plan), by=by, at=AT
    )
    return begin_wave(pilot_id=pilot.pk, number=made.number, on=TODAY, by=by, at=AT)


def test_users_of_a_running_pilot_beyond_the_ceiling_suspend_as_soon_as_they_are_recorded(cast: Cast) -> None:
    row = approved(cast, "development", ceiling={"users": 40})
    pilot = Pilot.objects.get(initiative=row)
    edit_pilot(pk=pilot.pk, by=cast.actor("alice"), at=AT, invited_users=40)
    assert heard(row).suspended_on is None
    edit_pilot(pk=pilot.pk, by=cast.actor("alice"), at=AT, users_outside_charter=1)
    assert heard(row).suspended_because == "41 users of 40 approved"
    row.refresh_from_db()
    assert row.stage == "pilot"
    edit_pilot(pk=pilot.pk, by=cast.actor("alice"), at=AT, users_outside_charter=0)
    assert heard(row).suspended_on is None


def test_sites_of_the_charter_are_held_against_their_ceiling(cast: Cast) -> None:
    row = approved(cast, "development", ceiling={"sites": 2})
    pilot = Pilot.objects.get(initiative=row)
    assert heard(row).suspended_on is None  # nobody counted: nothing is exceeded by it
    edit_pilot(pk=pilot.pk, by=cast.actor("alice"), at=AT, sites_count=3)
    assert heard(row).suspended_because == "3 sites of 2 approved"


@pytest.mark.parametrize(("stage", "after"), [("pilot", "scale_up"), ("scale_up", "production")])
def test_a_wave_beyond_the_ceiling_suspends_after_the_pilot_and_the_stage_stays(
    cast: Cast, stage: str, after: str
) -> None:
    row = approved(cast, stage, ceiling={"users": 100, "sites": 4})
    wave(cast, row, users=100, sites=4)
    assert heard(row).suspended_on is None
    Wave.objects.update(users=101, sites=5)
    evaluate_limited(initiative_ids=[row.pk], at=AT)
    found = GateStanding.objects.get(initiative=row)
    assert found.suspended_because == "101 users of 100 approved; 5 sites of 4 approved"
    row.refresh_from_db()
    assert row.stage == after
    call = next(one for one in calls(cast.actor("dana"), TODAY) if one.initiative.pk == row.pk)
    assert "suspended" in call.because


def test_a_wave_that_is_only_planned_uses_nothing(cast: Cast) -> None:
    row = approved(cast, "pilot", ceiling={"users": 100})
    plan = WavePlan(name="All teams", criteria=["Used"], users=5_000)
    plan_wave(pilot_id=Pilot.objects.get(initiative=row).pk, plan=plan, by=cast.actor("alice"), at=AT)
    assert heard(row).suspended_on is None


def test_weeks_of_use_after_the_pilot_are_kept_and_held_against_the_ceiling(cast: Cast, frozen: Any) -> None:
    row = approved(cast, "pilot", ceiling={"users": 100})
    pilot, by = Pilot.objects.get(initiative=row), cast.actor("alice")
    at = AT + timedelta(days=21)
    frozen(at)
    before = Pilot.objects.values("invited_users", "weekly_active_users", "level").get()
    record_week(pilot_id=pilot.pk, week=TODAY + timedelta(days=7), use=Use(active=90), by=by, at=at)
    assert heard(row).suspended_on is None
    record_week(
        pilot_id=pilot.pk, week=TODAY + timedelta(days=14), use=Use(invited=140, active=90), by=by, at=at
    )
    assert heard(row).suspended_because == "140 users of 100 approved"
    assert Pilot.objects.values("invited_users", "weekly_active_users", "level").get() == before


@pytest.mark.parametrize("stage", ["stopped", "retired", "development"])
def test_no_week_of_use_is_kept_where_nothing_is_in_use(cast: Cast, stage: str) -> None:
    row = approved(cast, "pilot", ceiling={"users": 100})
    Initiative.objects.filter(pk=row.pk).update(stage=stage)
    with pytest.raises(Problem) as caught:
        record_week(
            pilot_id=Pilot.objects.get().pk, week=TODAY + timedelta(days=7), use=Use(active=1), by=cast.actor("alice"),
            at=AT + timedelta(days=9),
        )  # fmt: skip
    assert (caught.value.status, caught.value.code) == (409, "pilot_ended")
    assert not AdoptionWeek.objects.exists()


def test_a_week_the_ended_pilot_was_judged_by_stands(cast: Cast) -> None:
    approved(cast, "pilot", ceiling={"users": 100})
    with pytest.raises(Problem) as caught:
        record_week(
            pilot_id=Pilot.objects.get().pk, week=TODAY, use=Use(active=1), by=cast.actor("alice"), at=AT
        )
    assert caught.value.code == "pilot_ended"


@pytest.mark.parametrize("stage", ["framing", "development", "pilot", "scale_up"])
def test_spend_beyond_the_ceiling_suspends_in_every_stage(cast: Cast, stage: str) -> None:
    row = approved(cast, stage, ceiling={"spend": "1000"})
    Outbox.objects.all().delete()
    record_expenditure(
        initiative_id=row.pk,
        amount=Decimal(1001),
        spent_on=TODAY,
        category="build",
        by=cast.actor("alice"),
        at=AT,
    )
    assert heard(row).suspended_because == "1,001 spent of 1,000 approved"


@pytest.mark.parametrize("stage", ["framing", "development", "pilot", "scale_up"])
def test_an_approval_lapses_in_every_stage(cast: Cast, stage: str) -> None:
    last = TODAY + timedelta(days=30)
    row = approved(cast, stage, lapses_on=last.isoformat())
    evaluate_standings(at=AT + timedelta(days=30))
    assert GateStanding.objects.get(initiative=row).suspended_on is None
    evaluate_standings(at=AT + timedelta(days=31))
    assert GateStanding.objects.get(initiative=row).suspended_because == f"the approval lapsed on {last}"


def test_use_that_nobody_announced_is_heard_by_the_next_day(cast: Cast) -> None:
    row = approved(cast, "pilot", ceiling={"users": 100})
    wave(cast, row, users=50)
    outbox.drain()
    Wave.objects.update(users=500)
    assert evaluate_standings(at=AT).changed == 0
    evaluate_standings(at=AT + timedelta(days=1))
    assert GateStanding.objects.get(initiative=row).suspended_because == "500 users of 100 approved"


def test_asking_again_on_the_same_day_writes_nothing(cast: Cast) -> None:
    row = approved(cast, "pilot", ceiling={"users": 1})
    wave(cast, row, users=50)
    outbox.drain()
    count = row.flags.count(), Outbox.objects.count()
    settle_standing(lock_initiative(row.pk), by=system(), at=AT)
    assert (row.flags.count(), Outbox.objects.count()) == count


def test_a_model_that_does_more_alone_than_was_approved_suspends_and_its_return_lifts_that(
    cast: Cast,
) -> None:
    row = approved(cast, "development", ceiling={"level": "proposes"})
    model = sound_model(cast)
    edit_model(pk=model.pk, by=cast.actor("max"), at=AT, initiatives=[row])
    assert heard(row).suspended_on is None  # nobody said what it does alone
    edit_model(pk=model.pk, by=cast.actor("max"), at=AT, autonomy=2)
    assert heard(row).suspended_on is None
    edit_model(pk=model.pk, by=cast.actor("max"), at=AT, autonomy=4)
    assert "acts alone; approved: proposes" in heard(row).suspended_because
    row.refresh_from_db()
    assert row.stage == "pilot"
    edit_model(pk=model.pk, by=cast.actor("max"), at=AT, autonomy=2)
    assert heard(row).suspended_on is None


def test_linking_a_model_that_acts_alone_is_heard(cast: Cast) -> None:
    row = approved(cast, "development", ceiling={"level": "supervised"})
    model = sound_model(cast, autonomy=4, goal=False)
    assert heard(row).suspended_on is None
    edit_model(pk=model.pk, by=cast.actor("max"), at=AT, initiatives=[row])
    assert heard(row).suspended_on == TODAY


@pytest.mark.parametrize("level", [0, 5, -1])
def test_a_level_there_is_not_is_refused(cast: Cast, level: int) -> None:
    with pytest.raises(Problem) as refused:
        edit_model(pk=sound_model(cast).pk, by=cast.actor("max"), at=AT, autonomy=level)
    assert refused.value.items[0].pointer == "/autonomy"
