"""The forms of the register: what they take, what they refuse, and that no version and nothing typed is lost."""

from typing import Any

import pytest
from django.test import Client

from portfolio.models import Initiative, StrategicObjective
from portfolio.services.initiatives import create_initiative, edit_initiative
from tests.cast import AT, Cast
from tests.portfolio.amounts import euro
from tests.portfolio.test_pages import text


@pytest.fixture
def row(cast: Cast, frozen: Any) -> Initiative:
    return create_initiative(
        name="Motor triage", unit=cast.claims, lead=cast.alice, by=cast.actor("max"), at=AT
    )


def test_an_idea_is_recorded_by_form_and_what_is_missing_is_not_asked(cast: Cast, signed_in: Any) -> None:
    client = signed_in("alice")
    page = text(client, "/portfolio/initiatives/new/")
    assert "Retail Banking" not in page, "only units where one may"
    answer = client.post(
        "/portfolio/initiatives/new/",
        {"name": "Call summaries", "unit": cast.claims.pk, "stage": "production"},
    )
    row = Initiative.objects.get()
    assert answer["Location"] == f"/portfolio/initiatives/{row.ref}/"
    assert (row.stage, row.lead) == ("idea", cast.alice)
    refused = client.post(
        "/portfolio/initiatives/new/", {"name": "", "unit": cast.retail.pk, "problem": "typed"}
    )
    page = refused.content.decode()
    assert refused.status_code == 400
    assert 'href="#id_name"' in page
    assert "typed" in page
    assert Initiative.objects.count() == 1


def form(row: Initiative, **typed: Any) -> dict[str, Any]:
    return {"name": row.name, "unit": row.unit_id, "lead": row.lead_id, "version": row.version, **typed}


def test_an_edit_changes_what_was_changed_and_nothing_else(
    cast: Cast, signed_in: Any, row: Initiative
) -> None:
    client, url = signed_in("alice"), f"/portfolio/initiatives/{row.ref}/edit/"
    assert client.post(url, form(row, outcome="Faster", risk_tier="2")).status_code == 302
    row.refresh_from_db()
    assert (row.outcome, row.risk_tier, row.version, row.sponsor_vacant_since) == ("Faster", 2, 2, None)
    assert client.post(url, form(row, outcome="Faster", risk_tier="2")).status_code == 302
    row.refresh_from_db()
    assert row.version == 2, "saving without a change is no change"


def test_a_stale_form_shows_both_versions_and_loses_nothing(
    cast: Cast, signed_in: Any, row: Initiative
) -> None:
    client, url = signed_in("alice"), f"/portfolio/initiatives/{row.ref}/edit/"
    mine = form(row, outcome="My outcome", problem="My problem")
    edit_initiative(pk=row.pk, by=cast.actor("max"), at=AT, outcome="Their outcome", sponsor=cast.edith)
    answer = client.post(url, mine)
    page = answer.content.decode()
    assert answer.status_code == 412
    assert "Not saved: Max saved a newer version" in page
    for words in ("Their outcome", "My outcome", "My problem", "Edith"):
        assert words in page, words
    row.refresh_from_db()
    assert (row.outcome, row.problem) == ("Their outcome", "")
    again = {**mine, "version": answer.context["form"]["version"].value(), "sponsor": cast.edith.pk}
    assert client.post(url, again).status_code == 302
    row.refresh_from_db()
    assert (row.outcome, row.problem, row.sponsor) == ("My outcome", "My problem", cast.edith)


def as_filled(client: Client, url: str) -> dict[str, Any]:
    """What a browser would send back unchanged."""
    found = {bound.name: bound.value() for bound in client.get(url).context["form"]}
    return {name: value for name, value in found.items() if value not in (None, False)}


def test_what_only_they_changed_is_kept_and_what_i_changed_is_mine(
    cast: Cast, signed_in: Any, row: Initiative
) -> None:
    aim = StrategicObjective.objects.create(name="Grow")
    edit_initiative(
        pk=row.pk, by=cast.actor("max"), at=AT, problem="Line one\nLine two", planned_value=euro(10)
    )
    client, url = signed_in("alice"), f"/portfolio/initiatives/{row.ref}/edit/"
    mine = as_filled(client, url) | {"outcome": "Mine", "problem": "Line one\r\nLine two"}
    edit_initiative(
        pk=row.pk, by=cast.actor("max"), at=AT, outcome="Theirs", sponsor=cast.edith, objectives=[aim], risk_tier=1,
        planned_value=euro(20),
    )  # fmt: skip
    answer = client.post(url, mine)
    conflict = answer.context["conflict"]
    assert {side.label for side in conflict.sides if not side.taken} == {"Business outcome"}
    assert {side.label for side in conflict.sides if side.taken} == {
        "Sponsor", "Strategic objectives", "Risk tier", "Planned value a year",
    }  # fmt: skip
    again = {bound.name: bound.value() for bound in answer.context["form"]}
    client.post(url, {name: value for name, value in again.items() if value not in (None, False)})
    row.refresh_from_db()
    assert (row.outcome, row.sponsor, row.risk_tier, row.planned_value) == ("Mine", cast.edith, 1, euro(20))
    assert list(row.objectives.all()) == [aim]


@pytest.mark.parametrize("base", ["", "nonsense", "[]", '{"outcome": 1}'])
def test_a_form_whose_marks_were_lost_takes_everything_as_typed(
    base: str, cast: Cast, signed_in: Any, row: Initiative
) -> None:
    client, url = signed_in("alice"), f"/portfolio/initiatives/{row.ref}/edit/"
    mine = as_filled(client, url) | {"base": base}
    edit_initiative(pk=row.pk, by=cast.actor("max"), at=AT, outcome="Theirs")
    answer = client.post(url, mine)
    assert answer.status_code == 412
    assert [side.taken for side in answer.context["conflict"].sides] == [False]


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999"])
def test_a_form_without_its_version_is_not_saved(version: str, signed_in: Any, row: Initiative) -> None:
    answer = signed_in("alice").post(
        f"/portfolio/initiatives/{row.ref}/edit/", form(row, outcome="x", version=version)
    )
    assert answer.status_code == 400
    row.refresh_from_db()
    assert row.outcome == ""


def test_people_are_put_on_and_taken_off_from_the_overview(
    cast: Cast, signed_in: Any, row: Initiative
) -> None:
    client, url = signed_in("alice"), f"/portfolio/initiatives/{row.ref}/members"
    assert client.post(f"{url}/add/", {"user": cast.bob.pk, "function": "data"}).status_code == 302
    again = client.post(f"{url}/add/", {"user": cast.bob.pk})
    assert again.status_code in {400, 409}
    assert "works on it already" in again.content.decode()
    assert client.post(f"{url}/remove/", {"user": cast.bob.pk}).status_code == 302
    assert client.post(f"{url}/remove/", {"user": "x"}).status_code == 400
    assert client.get(f"{url}/add/").status_code == 405


def test_an_objective_is_written_and_closed_by_form(cast: Cast, signed_in: Any) -> None:
    client = signed_in("max")
    assert client.post("/portfolio/objectives/new/", {"name": "Grow", "active": "on"}).status_code == 302
    row = StrategicObjective.objects.get()
    url = f"/portfolio/objectives/{row.pk}/edit/"
    assert client.post(url, {"name": "Grow", "version": 1}).status_code == 302
    row.refresh_from_db()
    assert row.active is False
    stale = client.post(url, {"name": "Shrink", "version": 1})
    assert stale.status_code == 412
    assert "Shrink" in stale.content.decode()
    assert "Another objective" in client.post("/portfolio/objectives/new/", {"name": "grow"}).content.decode()
