"""The people of an initiative, on its page and through the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portfolio.models import Initiative, Stakeholder, WorkingGroup, WorkingMeeting
from portfolio.services.stakeholders import add_stakeholder
from portfolio.services.working_groups import add_to_group, make_group
from portfolio.services.working_meetings import Said, Task, record_meeting
from tests.cast import AT, TODAY, Cast
from tests.portfolio.test_people import row as row  # the same initiative

pytestmark = pytest.mark.django_db


def address(row: Initiative, *parts: object) -> str:
    return "/".join(["/portfolio/initiatives", row.ref, "people", *map(str, parts), ""])


def fill(row: Initiative, cast: Cast, count: int) -> None:
    by = cast.actor("alice")
    for n in range(count):
        add_stakeholder(initiative_id=row.pk, name=f"Ines {n}", function="it", by=by, at=AT)
        group = make_group(initiative_id=row.pk, name=f"Group {n}", by=by, at=AT)
        add_to_group(pk=group.pk, role="translator", user=cast.bob, by=by, at=AT)
        record_meeting(
            initiative_id=row.pk, kind="kickoff", held_on=TODAY, group=group, said=[Said("business", "Cost", "Ines")],
            decisions=["Go on"], actions=[Task("Ask IT", cast.bob, TODAY - timedelta(days=0))], by=by, at=AT,
        )  # fmt: skip


def test_an_empty_register_says_that_nobody_is_on_it(row: Initiative, signed_in: Any) -> None:
    page = signed_in("vera").get(address(row)).content.decode()
    assert "Nobody is on the stakeholder register yet." in page
    assert "Put somebody on the register" not in page


def test_the_page_names_the_functions_that_nobody_speaks_for_and_groups_without_a_translator(
    row: Initiative, cast: Cast, signed_in: Any
) -> None:
    by = cast.actor("alice")
    add_stakeholder(initiative_id=row.pk, name="Ines", function="business", by=by, at=AT)
    make_group(initiative_id=row.pk, name="Data", by=by, at=AT)
    page = signed_in("alice").get(address(row)).content.decode()
    assert "Nobody speaks for IT, data and compliance." in page
    assert "Nobody translates between business and data science." in page
    for name in ("it", "data", "compliance"):
        add_stakeholder(initiative_id=row.pk, name=name, function=name, by=by, at=AT)
    add_to_group(pk=WorkingGroup.objects.get().pk, role="translator", name="Tove", by=by, at=AT)
    page = signed_in("alice").get(address(row)).content.decode()
    assert "Nobody speaks for" not in page
    assert "Nobody translates" not in page


def test_the_page_costs_the_same_with_two_and_with_twenty(
    row: Initiative, cast: Cast, signed_in: Any
) -> None:
    client = signed_in("alice")
    counts = []
    for count in (2, 18):
        Stakeholder.objects.all().delete()
        WorkingGroup.objects.update(ended_on=TODAY, ended_because="Begun anew")
        fill(row, cast, count)
        client.get(address(row))
        with CaptureQueriesContext(connection) as said:
            assert client.get(address(row)).status_code == 200
        counts.append(len(said))
    assert counts[0] == counts[1]


def test_a_lead_fills_the_page_through_its_forms(row: Initiative, cast: Cast, signed_in: Any) -> None:
    client = signed_in("alice")
    somebody = {"name": "Ines", "function": "compliance", "interest": "Fairness", "concern": ""}
    assert client.post(address(row, "stakeholder"), somebody).status_code == 302
    ines = Stakeholder.objects.get()
    sign = {"signed_on": TODAY.isoformat(), "basis": "Her mail"}
    assert client.post(address(row, "sign", ines.pk), sign).status_code == 302
    assert client.post(address(row, "group"), {"name": "Data"}).status_code == 302
    group = WorkingGroup.objects.get()
    role = {"user": cast.bob.pk, "role": "translator"}
    assert client.post(address(row, "role", group.pk), role).status_code == 302
    held = {
        "kind": "kickoff", "held_on": TODAY.isoformat(), "group": group.pk, "agenda": "Why", "said_business": "Cost",
        "decisions": "Go on\n\nBegin with motor", "text_0": "Ask IT", "owner_0": cast.bob.pk, "due_on_0": TODAY.isoformat(),
    }  # fmt: skip
    assert client.post(address(row, "meeting"), held).status_code == 302
    meeting = WorkingMeeting.objects.get()
    assert (meeting.decisions, meeting.actions.count()) == (["Go on", "Begin with motor"], 1)
    more = {"text": "Ask data", "owner": cast.bob.pk, "due_on": TODAY.isoformat()}
    assert client.post(address(row, "action", meeting.pk), more).status_code == 302
    one = meeting.actions.get(text="Ask data")
    assert signed_in("bob").post(address(row, "close", one.pk), {"outcome": "Asked"}).status_code == 302
    page = client.get(address(row)).content.decode()
    for words in ("Her mail", "Begin with motor", "Ask IT", "Translator", "Fairness"):
        assert words in page
    history = client.get(f"/portfolio/initiatives/{row.ref}/history/").content.decode()
    for words in (
        "put Ines on the stakeholder register",
        "made the working group Data",
        "closed an action: Ask data",
    ):
        assert words in history


def test_half_an_action_is_refused_at_its_empty_field_and_what_was_typed_stays(
    row: Initiative, cast: Cast, signed_in: Any
) -> None:
    held = {"kind": "kickoff", "held_on": TODAY.isoformat(), "agenda": "Why", "text_1": "Ask IT"}
    answer = signed_in("alice").post(address(row, "meeting"), held)
    assert (answer.status_code, WorkingMeeting.objects.count()) == (400, 0)
    assert {"owner_1", "due_on_1"} == set(answer.context["form"].errors)
    assert "Ask IT" in answer.content.decode()


def test_a_person_signs_on_the_page_and_another_is_told_that_they_cannot(
    row: Initiative, cast: Cast, signed_in: Any
) -> None:
    one = add_stakeholder(initiative_id=row.pk, user=cast.bob, function="it", by=cast.actor("alice"), at=AT)
    assert signed_in("alice").get(address(row, "sign", one.pk)).status_code == 403
    assert signed_in("bob").post(address(row, "sign", one.pk), {}).status_code == 302
    one.refresh_from_db()
    assert one.signed_on == TODAY


def test_an_edit_over_a_newer_version_shows_both(row: Initiative, cast: Cast, signed_in: Any) -> None:
    one = add_stakeholder(initiative_id=row.pk, name="Ines", function="it", by=cast.actor("alice"), at=AT)
    said = {"function": "it", "interest": "Less work", "concern": "", "version": 1}
    assert signed_in("alice").post(address(row, "stake", one.pk), said).status_code == 302
    answer = signed_in("max").post(address(row, "stake", one.pk), {**said, "interest": "More"})
    assert answer.status_code == 412
    assert "Less work" in answer.content.decode()


@pytest.mark.parametrize(
    "parts", [("nothing",), ("stakeholder", 1), ("sign",), ("sign", 999), ("close", 999)]
)
def test_an_act_that_is_none_is_not_found(row: Initiative, signed_in: Any, parts: tuple[object, ...]) -> None:
    assert signed_in("alice").get(address(row, *parts)).status_code == 404


# The API.


def test_the_api_tells_the_matrix_of_one_initiative(row: Initiative, cast: Cast, api: Any) -> None:
    add_stakeholder(
        initiative_id=row.pk, name="Ines", function="business", concern="Jobs", by=cast.actor("alice"), at=AT
    )
    told = api("vera").get(f"/api/v1/stakeholders/matrix/?initiative={row.ref}").json()
    assert told["missing"] == ["it", "data", "compliance"]
    assert told["sentence"] == "Nobody speaks for IT, data and compliance."
    first = told["functions"][0]
    assert (first["function"], first["concerned"], first["signed"], len(first["stakeholders"])) == (
        "business",
        1,
        0,
        1,
    )
    assert api("charlie").get(f"/api/v1/stakeholders/matrix/?initiative={row.ref}").status_code == 404


def test_the_api_edits_with_if_match_and_signs(row: Initiative, cast: Cast, api: Any) -> None:
    client = api("alice")
    made = client.post(
        "/api/v1/stakeholders/", {"initiative": row.ref, "name": "Ines", "function": "it"}, format="json"
    )
    assert (made.status_code, made["ETag"]) == (201, '"v1"')
    where = f"/api/v1/stakeholders/{made.json()['id']}/"
    assert client.patch(where, {"concern": "Jobs"}, format="json").status_code == 428
    done = client.patch(where, {"concern": "Jobs"}, format="json", HTTP_IF_MATCH='"v1"')
    assert (done.status_code, done.json()["concern"], done.json()["version"]) == (200, "Jobs", 2)
    assert client.patch(where, {"name": "Otto"}, format="json", HTTP_IF_MATCH='"v2"').status_code == 400
    signed = client.post(f"{where}sign-off/", {"basis": "Mail"}, format="json")
    assert (signed.status_code, signed.json()["signed_on"]) == (200, TODAY.isoformat())


def test_the_api_records_a_meeting_with_its_actions_once(row: Initiative, cast: Cast, api: Any) -> None:
    client = api("alice")
    body = {
        "initiative": row.ref, "kind": "kickoff", "held_on": TODAY.isoformat(), "decisions": ["Go on"],
        "said": [{"role": "translator", "text": "Cost"}],
        "actions": [{"text": "Ask IT", "owner": cast.bob.pk, "due_on": TODAY.isoformat()}],
    }  # fmt: skip
    answers = [
        client.post("/api/v1/working-meetings/", body, format="json", HTTP_IDEMPOTENCY_KEY="a-key-of-mine") for _ in range(2)
    ]  # fmt: skip
    assert [one.status_code for one in answers] == [201, 201]
    assert WorkingMeeting.objects.count() == 1
    told = answers[0].json()
    (one,) = told["actions"]
    close = f"/api/v1/working-meetings/{told['id']}/actions/{one['id']}/close/"
    assert api("bob").post(close, {"outcome": "Asked"}, format="json").json()["done_on"] == TODAY.isoformat()
    bad = client.post("/api/v1/working-meetings/", {**body, "decisions": ["x" * 501]}, format="json")
    assert bad.status_code == 400


def test_the_api_tells_who_had_which_role_in_a_group(row: Initiative, cast: Cast, api: Any) -> None:
    client = api("alice")
    group = client.post(
        "/api/v1/working-groups/", {"initiative": row.ref, "name": "Data"}, format="json"
    ).json()
    where = f"/api/v1/working-groups/{group['id']}/"
    role = client.post(f"{where}members/", {"user": cast.bob.pk, "role": "translator"}, format="json").json()
    assert client.post(f"{where}members/{role['id']}/end/").status_code == 200
    told = client.get(where).json()["members"]
    assert [(one["name"], one["role"], one["until_on"]) for one in told] == [
        ("Bob", "translator", TODAY.isoformat())
    ]
    assert len(client.get(f"/api/v1/working-groups/?member={cast.bob.pk}").json()["results"]) == 1
    assert client.get("/api/v1/working-groups/?member=999").json()["results"] == []


def test_lists_cost_the_same_with_two_and_with_twenty(row: Initiative, cast: Cast, api: Any) -> None:
    client, counts = api("alice"), []
    for count in (2, 18):
        WorkingGroup.objects.update(ended_on=TODAY, ended_because="Begun anew")
        Stakeholder.objects.all().delete()
        fill(row, cast, count)
        for noun in ("stakeholders", "working-groups", "working-meetings"):
            client.get(f"/api/v1/{noun}/")
            with CaptureQueriesContext(connection) as said:
                client.get(f"/api/v1/{noun}/")
            counts.append(len(said))
    assert counts[:3] == counts[3:]
