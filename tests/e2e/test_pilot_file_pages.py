"""The pages of a pilot's file and the review board in a real browser: full and empty, wide and light, narrow and dark."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core import clock
from pilots.models import Hypothesis, Pilot
from pilots.services.charter import edit_pilot
from pilots.services.fast_lane import Promise, enter_fast_lane, record_iteration
from pilots.services.log import Roadmap, check_likeness, log_finding, put_on_roadmap, snooze_flag
from pilots.services.rollout import WavePlan, begin_wave, judge_criterion, plan_wave
from pilots.services.use import Use, give_feedback, plan_change, plan_training, record_week
from pilots.services.versions import answer_hypothesis
from portfolio.models import Flag, Initiative
from tests.cast import Cast, make_cast
from tests.e2e.browser import LOOKS, Theme, chromium, session_of, visit
from tests.pilots.stored import bare_pilot

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PAGES = ("charter", "rollout", "use", "findings", "fast-lane", "flags")


def furnished(cast: Cast) -> Pilot:
    """A pilot with something in every part of its file."""
    at, today = clock.now(), clock.today()
    pilot, by = bare_pilot(cast, name="Motor claims triage", days=200), cast.actor("alice")
    edit_pilot(
        pk=pilot.pk, by=by, at=at, hypotheses="Half the time\nNo more errors", units_count=9, systems_count=9, planned_days=365,
        no_decision_date=True, scope_units="All of claims",
    )  # fmt: skip
    for answer, one in zip(("held", "failed"), Hypothesis.objects.order_by("number"), strict=True):
        answer_hypothesis(pk=one.pk, answer=answer, evidence="A/B over 400 claims.", by=by, at=at)
    edit_pilot(pk=pilot.pk, by=by, at=at, sample="400 claims", because="Agreed with the line.")
    for name in ("Two teams", "All teams", "Every unit"):
        plan = WavePlan(
            name=name, criteria=("Used weekly by half", "No severe finding"), unit=cast.claims, users=80
        )
        plan_wave(pilot_id=pilot.pk, plan=plan, by=by, at=at)
    Initiative.objects.filter(pk=pilot.initiative_id).update(stage="scale_up")
    begin_wave(pilot_id=pilot.pk, number=1, on=today, by=by, at=at)
    Initiative.objects.filter(pk=pilot.initiative_id).update(stage="pilot")
    for number, met in ((1, True), (2, False)):
        judge_criterion(
            pilot_id=pilot.pk, number=1, criterion=number, met=met, evidence="Counted.", by=by, at=at
        )
    for weeks in range(3):
        said = Use(eligible=200, invited=100, active=30 + weeks, uses=400, overridden=40, bypassed=100)
        record_week(pilot_id=pilot.pk, week=today - timedelta(days=7 * weeks), use=said, by=by, at=at)
    found = [
        log_finding(
            pilot_id=pilot.pk, kind="drift", severity=n, text="Slower at noon.", seen_on=today, by=by, at=at
        )
        for n in (1, 2, 3)
    ]
    item = Roadmap(todo="A second server", owner=cast.bob, due_on=today + timedelta(days=20))
    put_on_roadmap(pk=found[0].pk, item=item, by=by, at=at)
    for side, answer in (("latency", "like"), ("users", "partly"), ("security", "unlike")):
        check_likeness(pilot_id=pilot.pk, item=side, answer=answer, note="Seen in week 3.", by=by, at=at)
    promise = Promise(
        days=60, simplest="Rules", kept_simple="Letters", proves="Mail to the desk", measure="Right, %", benchmark=Decimal(61),
    )  # fmt: skip
    promised_at = at - timedelta(days=150)
    enter_fast_lane(initiative_id=pilot.initiative_id, promise=promise, by=by, at=promised_at)
    record_iteration(
        pilot_id=pilot.pk,
        released_on=today,
        changed="Calls",
        learned="Easy",
        measured=Decimal(70),
        by=by,
        at=at,
    )
    plan_training(pilot_id=pilot.pk, audience="Handlers", people=40, by=by, at=at)
    plan_change(pilot_id=pilot.pk, kind="role", text="Handlers check.", by=by, at=at)
    give_feedback(
        pilot_id=pilot.pk, text="It is slow at noon.", by=by, at=at - timedelta(days=9), anonymous=True
    )
    flag, until = Flag.objects.get(rule="R01"), today + timedelta(days=9)
    snooze_flag(flag_id=flag.pk, until=until, because="The council meets then.", by=cast.actor("max"), at=at)
    return pilot


@pytest.fixture
def world(db: Any) -> dict[str, Any]:
    cast: Cast = make_cast()
    full, empty = furnished(cast), bare_pilot(cast, name="Dark")
    acts = {"rollout": "plan", "use": "week", "findings": "found"}
    return {
        "session": session_of(cast.max),
        "rollout": f"/pilots/{full.ref}/rollout/",
        "pages": [
            *(f"/pilots/{pilot.ref}/{name}/" for pilot in (full, empty) for name in PAGES),
            *(f"/pilots/{full.ref}/{name}/?act={act}" for name, act in acts.items()),
            f"/pilots/initiative/{full.initiative.ref}/", f"/pilots/{full.ref}/extend/", f"/pilots/{full.ref}/edit/",
            "/pilots/review/", "/pilots/review/?evidence=0&use=90",
        ],
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_every_page_is_accessible_quiet_and_fits(
    size: tuple[int, int], theme: Theme, live_server: Any, world: dict[str, Any]
) -> None:
    wrong: list[str] = []
    with chromium() as browser:
        seen = visit(browser, live_server.url, size, theme, world["session"])
        for place, url in enumerate(world["pages"]):
            wrong += seen.look(f"{live_server.url}{url}", f"pilot-{place:02}")
    assert wrong == []


def test_a_criterion_is_judged_and_unlocks_the_next_wave(live_server: Any, world: dict[str, Any]) -> None:
    Initiative.objects.update(stage="scale_up")
    with chromium() as browser:
        page = visit(browser, live_server.url, session=world["session"]).page
        page.goto(f"{live_server.url}{world['rollout']}")
        assert page.locator(".st:has-text('Locked')").count() == 2
        page.click("a:has-text('Say it anew: No severe finding')")
        page.check("input[name=met][value=yes]")
        page.fill("textarea[name=evidence]", "The last one is closed.")
        page.click("button:has-text('Keep it')")
        page.wait_for_selector("text=Kept with its evidence.")
        assert page.locator(".st:has-text('Locked')").count() == 1
        assert page.locator(".st:has-text('May begin')").count() == 1
