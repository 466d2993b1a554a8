"""What ended work taught is suggested at intake of similar work, as far as one may see it, and never by person."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Role, RoleGrant
from domain.motions import REASONS
from domain.stage_words import Body, Outcome
from governance.models import Decision
from governance.queries.lessons import lessons_for
from governance.queries.log import DECISIONS
from portfolio.models import Initiative
from portfolio.queries.intake import Idea, idea_of
from tests.cast import AT, Cast
from tests.governance.asking import decided, idea, manager, motion

pytestmark = pytest.mark.django_db
FORM = "/portfolio/initiatives/new/"


@pytest.fixture(autouse=True)
def _now(frozen: Any) -> None:
    frozen(AT)


def stopped(
    cast: Cast, name: str = "Broker letters", lessons: str = "Measure reply time first.", **more: Any
) -> Decision:
    row = idea(cast, name, **more)
    said = motion(row, "stop", reason_code="no_value", lessons=lessons)
    return decided(row, said, manager(cast))


def names(row: Initiative, cast: Cast, who: str = "alice") -> list[str]:
    return [one.decision.initiative.name for one in lessons_for(idea_of(row), cast.actor(who))]


def test_an_idea_is_told_what_similar_work_taught_with_its_reasons_and_root_cause(cast: Cast) -> None:
    stopped(cast)
    (one,) = lessons_for(idea_of(idea(cast, "Broker portal")), cast.actor("alice"))
    assert (one.words, one.cause) == ("Measure reply time first.", REASONS[Outcome.STOP]["no_value"])
    assert {"same objective", "same business unit"} <= set(one.reasons)
    assert any("broker" in reason for reason in one.reasons)


def test_what_goes_on_and_what_was_reopened_teaches_nothing_yet(cast: Cast) -> None:
    idea(cast, "Broker letters")
    again = stopped(cast, "Broker mail")
    Initiative.objects.filter(pk=again.initiative_id).update(stage="framing")
    row = idea(cast, "Broker portal")
    assert names(row, cast) == []


def test_a_motion_that_failed_ended_nothing(cast: Cast) -> None:
    row = idea(cast, "Broker letters", stage="pilot")
    said = motion(row, "stop", reason_code="no_value", lessons="Nothing yet.")
    decided(row, said, manager(cast), body=Body.COUNCIL, carried=False)
    assert names(idea(cast, "Broker portal"), cast) == []


def test_one_is_told_only_of_what_one_may_see(cast: Cast) -> None:
    hidden = stopped(cast, "Broker cards")
    Initiative.objects.filter(pk=hidden.initiative_id).update(
        unit=cast.cards, lead=cast.charlie, sponsor=None
    )
    row = idea(cast, "Broker portal")
    assert names(row, cast) == []
    assert names(row, cast, "dana") == ["Broker cards"]


def test_an_idea_does_not_learn_from_itself(cast: Cast) -> None:
    done = stopped(cast)
    assert names(Initiative.objects.get(pk=done.initiative_id), cast) == []


def test_suggesting_costs_the_same_for_one_and_for_thirty(cast: Cast) -> None:
    row = idea(cast, "Broker portal")

    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            lessons_for(idea_of(row), cast.actor("dana"))
        return len(caught)

    stopped(cast)
    one = cost()
    for number in range(9):
        stopped(cast, f"Broker letters {number}")
    assert cost() == one


def test_the_form_of_a_new_idea_shows_them_with_and_without_script_and_saves_nothing(
    cast: Cast, signed_in: Any
) -> None:
    done = stopped(cast)
    count = Initiative.objects.count()
    lead = signed_in("alice")
    assert "Learned before" not in lead.get(FORM).content.decode()
    typed = {"name": "Broker portal", "unit": cast.claims.pk, "problem": "Letters to each broker wait."}
    page = lead.post(FORM, {**typed, "act": "look"}).content.decode()
    assert "Measure reply time first." in page
    assert f"/governance/decisions/{done.ref}/" in page
    assert 'value="Broker portal"' in page
    part = lead.post(f"{FORM}learned/", typed).content.decode()
    assert "Measure reply time first." in part
    assert "<html" not in part
    nothing = lead.post(f"{FORM}learned/", {"name": "Zebra crossing", "unit": "x", "objectives": ["1e9"]})
    assert "resembles it enough" in nothing.content.decode()
    assert Initiative.objects.count() == count


def test_the_page_of_an_idea_shows_them_while_it_can_still_learn(cast: Cast, signed_in: Any) -> None:
    stopped(cast)
    row = idea(cast, "Broker portal")
    url = f"/portfolio/initiatives/{row.ref}/"
    assert "Learned before" in signed_in("alice").get(url).content.decode()
    Initiative.objects.filter(pk=row.pk).update(stage="production")
    assert "Learned before" not in signed_in("alice").get(url).content.decode()


def test_the_api_tells_them(cast: Cast, api: Any) -> None:
    done = stopped(cast)
    row = idea(cast, "Broker portal")
    (one,) = api("alice").get(f"/api/v1/initiatives/{row.ref}/lessons/").json()["results"]
    assert (one["decision_ref"], one["lessons"], one["reason_code"]) == (
        done.ref,
        "Measure reply time first.",
        "no_value",
    )
    assert one["because"]
    assert api("charlie").get(f"/api/v1/initiatives/{row.ref}/lessons/").status_code == 404


def test_no_failure_is_counted_filtered_or_ranked_by_person(cast: Cast, signed_in: Any) -> None:
    people = ("lead", "sponsor", "owner", "decided_by", "person", "user", "member")
    reached = (
        [one.lookup for one in DECISIONS.filters.values()]
        + list(DECISIONS.orders.values())
        + list(DECISIONS.search)
    )
    assert not [path for path in reached if any(word in path for word in people)]
    RoleGrant.objects.create(user=cast.alice, role=Role.UNIT_LEAD, unit=cast.claims, granted_at=AT)
    stopped(cast)
    page = (
        signed_in("max")
        .post(f"{FORM}learned/", {"name": "Broker portal", "unit": cast.claims.pk})
        .content.decode()
    )
    assert "Measure reply time first." in page
    assert cast.alice.name not in page
    assert cast.edith.name not in page


def test_what_a_lesson_is_asked_of_may_be_nothing(cast: Cast) -> None:
    stopped(cast)
    assert lessons_for(Idea(""), cast.actor("alice")) == ()
