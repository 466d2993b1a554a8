"""The pages of pilots: what a reader sees, what a form takes and refuses, and what both cost."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pilots.models import Pilot, PilotExtension
from pilots.services.evaluate import evaluate_all
from portfolio.dashboard.counts import levels, see
from portfolio.dashboard.findings import decisions_due
from portfolio.dashboard.selection import select
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast
from tests.pilots.stored import HEALTHY, add_kpi, back, bare_pilot, read, store

SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    """Every test here happens at the moment of the cast."""


def page(client: Client, url: str, **params: Any) -> str:
    answer = client.get(url, params)
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.decode()


def filled(client: Client, url: str) -> dict[str, Any]:
    """What the form sends when nothing is changed."""
    form = client.get(url).context["form"]
    out = {}
    for name in form.fields:
        value = form[name].value()
        out[name] = "" if value is None else value
    return out


# The board


def test_the_board_shows_each_pilot_with_its_causes_remedy_and_days_over(
    cast: Cast, signed_in: SignIn
) -> None:
    store(cast, {**HEALTHY, "decision_due_in_days": -40, "sponsor_silent_days": None}, name="Stuck & late")
    store(cast, HEALTHY, name="Fine")
    evaluate_all(at=AT)
    text = page(signed_in("max"), "/pilots/")
    assert "<strong>One pilot is in purgatory</strong>" in text
    assert "Stuck &amp; late" in text
    assert "Decision overdue by 40 days (limit 30)." in text
    assert "40 days over" in text
    assert "Hold for a sponsor, 30 days" in text
    assert "nothing fired" in text


def test_an_empty_board_says_what_to_expect(cast: Cast, signed_in: SignIn) -> None:
    text = page(signed_in("max"), "/pilots/")
    assert "No pilot" in text
    assert "pilot stage" in text


def test_a_reader_sees_their_own_part_only(cast: Cast, signed_in: SignIn) -> None:
    bare_pilot(cast, days=300, name="Theirs")
    evaluate_all(at=AT)
    assert "Theirs" in page(signed_in("vera"), "/pilots/")
    assert "Theirs" not in page(signed_in("ursula"), "/pilots/")
    assert "Theirs" not in page(signed_in("charlie"), "/pilots/")
    assert signed_in("nobody").get("/pilots/").status_code == 403
    assert Client().get("/pilots/").status_code == 302


@pytest.mark.parametrize(
    ("query", "seen"),
    [({"level": "purgatory"}, True), ({"level": "healthy"}, False), ({"rule": "R04"}, True), ({"rule": "R19"}, False),
     ({"q": "old"}, True), ({"remedy": "decide_at_next_council"}, True)],
)  # fmt: skip
def test_the_board_is_filtered(query: dict[str, str], seen: bool, cast: Cast, signed_in: SignIn) -> None:
    bare_pilot(cast, days=300, name="Old pilot here")
    evaluate_all(at=AT)
    text = page(signed_in("max"), "/pilots/", **query)
    assert ("Old pilot here" in text) is seen
    assert "Filtered by" in text


@pytest.mark.parametrize("query", ["level=great", "nonsense=1", "page=x", "ordering=colour", "columns=secret", "as_of=2026-01-01",
                                   "rule=R99", "unit=x"])  # fmt: skip
def test_a_wrong_parameter_is_refused_on_a_page(query: str, cast: Cast, signed_in: SignIn) -> None:
    assert signed_in("max").get(f"/pilots/?{query}").status_code == 400


def test_a_unit_and_below_is_one_filter(cast: Cast, signed_in: SignIn) -> None:
    bare_pilot(cast, name="In cards", unit=cast.cards)
    bare_pilot(cast, name="In claims")
    evaluate_all(at=AT)
    text = page(signed_in("max"), "/pilots/", unit=cast.retail.pk)
    assert "In cards" in text
    assert "In claims" not in text


def test_the_file_has_the_rows_of_the_selection(cast: Cast, signed_in: SignIn) -> None:
    bare_pilot(cast, days=300, name="=cmd()")
    store(cast, HEALTHY, name="Fine")
    evaluate_all(at=AT)
    answer = signed_in("max").get("/pilots/?format=csv&level=purgatory")
    assert answer["Content-Type"].startswith("text/csv")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith("Pilot,Level,")
    assert len(lines) == 2
    assert "Purgatory" in lines[1]
    assert "Nothing on record R00; Old pilot R04" in lines[1]


def test_the_board_costs_the_same_for_one_pilot_and_for_fifty(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("max")

    def made(count: int, prefix: str) -> None:
        for number in range(count):
            row = bare_pilot(cast, days=300, name=f"{prefix} {number}")
            kpi = add_kpi(row.initiative)
            read(kpi, 10, 5)
        evaluate_all(at=AT)

    def cost(url: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(url).status_code == 200
        return len(caught)

    made(5, "some")
    cost("/pilots/")
    first = cost("/pilots/")
    made(45, "more")
    assert cost("/pilots/") == first <= 32


def test_the_numbers_on_the_dashboard_are_the_rows_on_the_board(cast: Cast, signed_in: SignIn) -> None:
    bare_pilot(cast, days=300, name="Old")
    store(cast, {**HEALTHY, "decision_due_in_days": -3}, name="Late")
    store(cast, {**HEALTHY, "decision_due_in_days": 90}, name="Fine")
    store(cast, {**HEALTHY, "decision_due_in_days": None, "days_in_stage": 3}, name="No date")
    evaluate_all(at=AT)
    for who in ("max", "vera", "alice"):
        seen = see(select(cast.actor(who), {}, TODAY))
        client = signed_in(who)
        for level, count in levels(seen).items():
            assert client.get(f"/pilots/?level={level}").context["total"] == count
        assert client.get("/pilots/?due=true").context["total"] == decisions_due(seen).total == 3


def test_what_htmx_asks_for_is_the_table_alone(cast: Cast, signed_in: SignIn) -> None:
    bare_pilot(cast, days=300)
    evaluate_all(at=AT)
    answer = signed_in("max").get("/pilots/", headers={"HX-Request": "true"})
    assert b"<html" not in answer.content
    assert b"Purgatory" in answer.content


# A pilot's tab


def test_the_tab_explains_the_level_and_leads_to_where_each_fact_is_changed(
    cast: Cast, signed_in: SignIn
) -> None:
    pilot = store(
        cast, {**HEALTHY, "decision_due_in_days": -40, "production_owner": False, "transition_plan": False}
    )
    evaluate_all(at=AT)
    url = f"/pilots/initiative/{pilot.initiative.ref}/"
    text = page(signed_in("alice"), url)
    for words in ("Purgatory: a time rule at severity 2 or more", "R02 at severity 3", "Clears with: Record the decision.",
                  "Would clear it", f"/pilots/{pilot.ref}/edit/#h-plan"):  # fmt: skip
        assert words in text
    plain = page(signed_in("vera"), url)
    assert f"/pilots/{pilot.ref}/edit/" not in plain
    assert "Record a fact" not in plain


def test_the_tab_names_what_was_never_recorded(cast: Cast, signed_in: SignIn) -> None:
    pilot = bare_pilot(cast, days=None)
    evaluate_all(at=AT)
    text = page(signed_in("alice"), f"/pilots/initiative/{pilot.initiative.ref}/")
    for words in ("Undated", "22 facts", "Decision date", "Sponsor", "Entry date"):
        assert words in text
    assert ">0 days" not in text


def test_the_tab_never_shows_today_under_a_past_date(cast: Cast, signed_in: SignIn) -> None:
    pilot = bare_pilot(cast, days=300)
    url = f"/pilots/initiative/{pilot.initiative.ref}/"
    assert signed_in("alice").get(url, {"as_of": back(100).isoformat()}).status_code == 400


def test_an_initiative_that_never_piloted_says_so(cast: Cast, signed_in: SignIn) -> None:
    row = Initiative.objects.create(name="Idea", unit=cast.claims, stage="idea", created_at=AT, updated_at=AT)
    assert "No pilot is planned yet" in page(signed_in("max"), f"/pilots/initiative/{row.ref}/")
    assert "No pilot yet" in page(signed_in("vera"), f"/pilots/initiative/{row.ref}/")


def test_a_pilot_s_own_address_leads_to_its_initiative(cast: Cast, signed_in: SignIn) -> None:
    pilot = bare_pilot(cast)
    answer = signed_in("vera").get(f"/pilots/{pilot.ref}/")
    assert answer["Location"] == f"/pilots/initiative/{pilot.initiative.ref}/"
    assert signed_in("ursula").get(f"/pilots/{pilot.ref}/").status_code == 404
    assert signed_in("vera").get("/pilots/P-9999/").status_code == 404


# Forms


def test_nothing_changed_in_the_form_changes_nothing(cast: Cast, signed_in: SignIn) -> None:
    pilot = store(cast, HEALTHY)
    evaluate_all(at=AT)
    client, url = signed_in("alice"), f"/pilots/{pilot.ref}/edit/"
    before = Pilot.objects.values().get()
    answer = client.post(url, filled(client, url))
    assert answer.status_code == 302
    assert Pilot.objects.values().get() == before


def test_a_lead_records_facts_through_the_form(cast: Cast, signed_in: SignIn) -> None:
    pilot = bare_pilot(cast, days=20)
    client, url = signed_in("alice"), f"/pilots/{pilot.ref}/edit/"
    sent = filled(client, url) | {
        "decision_said": "known", "decision_on": "2026-12-20", "owner_said": "known", "production_owner": cast.mona.pk,
        "plan_said": "none", "success_criteria_agreed": "no", "scope_change_percent": "25", "condition_said": "none",
        "users_outside_charter": "0", "planned_days": "90",
    }  # fmt: skip
    answer = client.post(url, sent, follow=True)
    assert "Saved, and the pilot is judged again." in answer.content.decode()
    row = Pilot.objects.get()
    assert (str(row.decision_on), row.production_owner, row.no_transition_plan) == (
        "2026-12-20",
        cast.mona,
        True,
    )
    assert (row.success_criteria_agreed, str(row.scope_change), row.no_open_condition) == (
        False,
        "0.2500",
        True,
    )
    assert (row.users_outside_charter, row.planned_days) == (0, 90)
    assert row.rules == {"R07": 3}
    # and back again: each "never recorded" is offered and kept
    sent = filled(client, url) | {"plan_said": "unknown", "success_criteria_agreed": "unknown", "condition_said": "unknown",
                                  "users_outside_charter": ""}  # fmt: skip
    assert client.post(url, sent).status_code == 302
    row = Pilot.objects.get()
    assert (row.no_transition_plan, row.success_criteria_agreed, row.no_open_condition) == (
        False,
        None,
        False,
    )
    assert row.users_outside_charter is None


def test_a_value_typed_beside_never_recorded_is_meant(cast: Cast, signed_in: SignIn) -> None:
    pilot = bare_pilot(cast)
    client, url = signed_in("alice"), f"/pilots/{pilot.ref}/edit/"
    assert client.post(url, filled(client, url) | {"decision_on": "2026-12-20"}).status_code == 302
    assert str(Pilot.objects.get().decision_on) == "2026-12-20"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"decision_said": "none", "decision_on": "2026-12-20"}, "decision_on"),
        ({"decision_said": "known"}, "decision_on"),
        ({"owner_said": "known"}, "production_owner"),
        ({"decision_on": "soon"}, "decision_on"),
        ({"planned_days": "0"}, "planned_days"),
        ({"weekly_active_users": "5", "invited_users": "3"}, "weekly_active_users"),
        ({"criteria_met_on": "2026-12-24"}, "criteria_met_on"),
        ({"production_owner": "999999"}, "production_owner"),
        ({"decision_said": "perhaps"}, "decision_said"),
        ({"transition_run_cost": "-5"}, "transition_run_cost"),
        ({"sample": "x" * 201}, "sample"),
        ({"hypotheses": "a\x00b"}, "hypotheses"),
    ],
)
def test_a_wrong_form_keeps_what_was_typed_and_changes_nothing(
    change: dict[str, str], field: str, cast: Cast, signed_in: SignIn
) -> None:
    pilot = bare_pilot(cast)
    client, url = signed_in("alice"), f"/pilots/{pilot.ref}/edit/"
    answer = client.post(url, filled(client, url) | change)
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert "Not saved" in answer.content.decode()
    assert Pilot.objects.get().version == 1


def test_two_people_saving_the_same_pilot_see_both_versions(cast: Cast, signed_in: SignIn) -> None:
    pilot = bare_pilot(cast)
    alice, ursula_like = signed_in("alice"), signed_in("max")
    url = f"/pilots/{pilot.ref}/edit/"
    mine = filled(alice, url) | {"sample": "400 claims"}
    ursula_like.post(url, filled(ursula_like, url) | {"sample": "900 claims"})
    answer = alice.post(url, mine)
    assert answer.status_code == 412
    text = answer.content.decode()
    assert "900 claims" in text
    assert "400 claims" in text
    assert "Max saved a newer version" in text
    assert Pilot.objects.get().sample == "900 claims"
    again = mine | {"version": answer.context["form"]["version"].value()}
    assert alice.post(url, again).status_code == 302
    assert Pilot.objects.get().sample == "400 claims"


def test_a_lead_who_puts_the_decision_off_is_told_who_may(cast: Cast, signed_in: SignIn) -> None:
    pilot = bare_pilot(cast)
    Pilot.objects.update(decision_on=TODAY)
    client, url = signed_in("alice"), f"/pilots/{pilot.ref}/edit/"
    answer = client.post(url, filled(client, url) | {"decision_on": "2027-06-01"})
    assert answer.status_code == 403
    assert "put off by the portfolio manager" in answer.content.decode()
    assert Pilot.objects.get().decision_on == TODAY
    manager = signed_in("max")
    sent = filled(manager, url) | {"decision_on": "2027-06-01", "because": "The council moved."}
    assert manager.post(url, sent).status_code == 302


@pytest.mark.parametrize(
    ("who", "status"), [("charlie", 404), ("ursula", 404), ("dana", 403), ("vera", 403), ("nobody", 403)]
)
def test_who_may_not_edit_gets_no_form(who: str, status: int, cast: Cast, signed_in: SignIn) -> None:
    pilot = bare_pilot(cast)
    client = signed_in(who)
    assert client.get(f"/pilots/{pilot.ref}/edit/").status_code == status
    assert client.post(f"/pilots/{pilot.ref}/edit/", {"version": 1, "planned_days": 5}).status_code == status
    assert Pilot.objects.get().planned_days is None


BRINGS = {"evidence": "A month with all four teams.", "decision_changes": "25"}


def test_the_manager_extends_by_form_until_it_is_the_council_s(cast: Cast, signed_in: SignIn) -> None:
    pilot = bare_pilot(cast)
    client, url = signed_in("max"), f"/pilots/{pilot.ref}/extend/"
    for code in ("data_late", "integration_late"):
        sent = filled(client, url) | {"days": "30", "reason_code": code, **BRINGS}
        assert client.post(url, sent).status_code == 302
    text = page(client, url)
    assert "AI council" in text
    assert "Grant the extension" not in text
    sent = {"version": Pilot.objects.get().version, "days": "30", "reason_code": "results_unclear", **BRINGS}
    assert client.post(url, sent).status_code == 409
    assert PilotExtension.objects.count() == 2


@pytest.mark.parametrize("change", [{"days": "0"}, {"days": ""}, {"reason_code": ""}, {"reason_code": "other"},
                                    {"new_decision_on": "2020-01-01"}, {"days": "900"}, {"evidence": ""}, {"decision_changes": ""}])  # fmt: skip
def test_a_wrong_extension_is_refused_by_its_form(
    change: dict[str, str], cast: Cast, signed_in: SignIn
) -> None:
    pilot = bare_pilot(cast)
    client, url = signed_in("max"), f"/pilots/{pilot.ref}/extend/"
    sent = filled(client, url) | {"days": "30", "reason_code": "data_late", **BRINGS} | change
    assert client.post(url, sent).status_code == 400
    assert not PilotExtension.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("alice", 403), ("dana", 403), ("charlie", 403)])
def test_only_the_manager_is_offered_an_extension(
    who: str, status: int, cast: Cast, signed_in: SignIn
) -> None:
    pilot = bare_pilot(cast)
    assert signed_in(who).get(f"/pilots/{pilot.ref}/extend/").status_code == status


def test_the_thresholds_in_force_are_shown(cast: Cast, signed_in: SignIn) -> None:
    text = page(signed_in("vera"), "/pilots/thresholds/")
    assert "180 / 270 / 365" in text


def test_an_extended_pilot_shows_its_extensions_and_new_end(cast: Cast, signed_in: SignIn) -> None:
    pilot = store(cast, {**HEALTHY, "extensions": 2})
    evaluate_all(at=AT)
    text = page(signed_in("vera"), f"/pilots/initiative/{pilot.initiative.ref}/")
    assert "granted" in text
    assert (TODAY + timedelta(days=30)).strftime("%Y") in text
