"""The pages of the register and of one initiative, as people use them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.access import Actor
from core.models import User
from core.tables import Column
from core.tokens import create_token
from portfolio.models import Initiative, StageSpell, StrategicObjective
from portfolio.services.flags import Finding, Subject, sync_flags
from portfolio.services.initiatives import create_initiative, edit_initiative
from portfolio.services.money import approve_tranche, record_benefit, record_expenditure
from portfolio.services.status import PilotLevel, set_kpi_status, set_pilot_level
from portfolio.views import slots
from tests.cast import AT, TODAY, Cast
from tests.portfolio.amounts import euro


@pytest.fixture
def row(cast: Cast, frozen: Any) -> Initiative:
    return create_initiative(
        name="Motor triage", unit=cast.claims, lead=cast.alice, by=cast.actor("max"), at=AT
    )


def text(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, url
    return answer.content.decode()


def many(cast: Cast, count: int) -> None:
    """Initiatives with everything a list shows."""
    by = cast.actor("max")
    aim = StrategicObjective.objects.get_or_create(name="Grow")[0]
    for n in range(count):
        row = create_initiative(
            name=f"Initiative {n}", unit=[cast.claims, cast.cards][n % 2], lead=cast.alice, sponsor=cast.edith, objectives=[aim],
            risk_tier=n % 3 + 1, by=by, at=AT,
        )  # fmt: skip
        record_expenditure(initiative_id=row.pk, amount=euro(10), spent_on=TODAY, by=by, at=AT)
        set_kpi_status(initiative=row, status="on_track", reason="", on=TODAY)
        sync_flags(
            subject=Subject("pilot", row.pk, row.name, row, row.unit, cast.alice),
            findings=[Finding("R02", 2, "c", "s", TODAY)],
            by=by,
            at=AT,
        )


LISTS = ("/portfolio/initiatives/", "/portfolio/flags/", "/portfolio/objectives/", "/portfolio/home/")


@pytest.mark.parametrize("url", LISTS)
def test_a_page_costs_the_same_queries_for_one_row_and_for_fifty(
    url: str, cast: Cast, signed_in: Any, frozen: Any
) -> None:
    client = signed_in("max")
    many(cast, 1)
    Initiative.objects.update(lead=cast.max)
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    many(cast, 49)
    Initiative.objects.update(lead=cast.max)
    with CaptureQueriesContext(connection) as fifty:
        client.get(url)
    assert len(one) == len(fifty), [q["sql"][:120] for q in fifty]
    assert len(fifty) <= 14


@pytest.mark.parametrize(
    "noun", ["initiatives", "flags", "stage-spells", "expenditures", "users", "business-units", "events"]
)
@pytest.mark.parametrize("more", ["", "&expand={}"])
def test_an_api_list_costs_the_same_queries_for_one_row_and_for_fifty(
    noun: str, more: str, cast: Cast, api: Any, frozen: Any
) -> None:
    opened = {
        "initiatives": "unit,sponsor,lead",
        "flags": "initiative,owner",
        "stage-spells": "initiative",
        "expenditures": "initiative",
    }
    client = api("audrey")
    url = f"/api/v1/{noun}/?page_size=200{more.format(opened[noun]) if more and noun in opened else ''}"
    many(cast, 1)
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    many(cast, 49)
    with CaptureQueriesContext(connection) as fifty:
        assert client.get(url).status_code == 200
    assert len(one) == len(fifty), [q["sql"][:160] for q in fifty]


def test_fifty_initiatives_by_token_cost_at_most_six_statements(cast: Cast, frozen: Any) -> None:
    many(cast, 55)
    for name in ("max", "alice", "vera"):
        _, secret = create_token(
            user=cast.people[name], name="bi", scopes=["portfolio:read"], by=cast.actor(name), at=AT
        )
        client = Client(headers={"Authorization": f"Bearer {secret}"})
        client.get("/api/v1/initiatives/")
        with CaptureQueriesContext(connection) as captured:
            body = client.get("/api/v1/initiatives/?ordering=-kpi_status,name").json()
        assert body["results"]
        assert len(captured) <= 6, [q["sql"][:160] for q in captured]


def test_the_list_shows_the_worst_first_and_says_what_is_unknown(
    cast: Cast, signed_in: Any, row: Initiative
) -> None:
    bad = create_initiative(name="Chat", unit=cast.cards, by=cast.actor("max"), at=AT)
    set_kpi_status(initiative=bad, status="off_track", reason="", on=TODAY)
    Initiative.objects.filter(pk=bad.pk).update(entered_on=None)
    page = text(signed_in("max"), "/portfolio/initiatives/")
    assert page.index("Chat") < page.index("Motor triage")
    assert "undated" in page
    assert "never recorded" in page
    assert "none yet" in page
    assert ">0<" not in page


def test_a_part_of_the_list_is_the_table_alone(signed_in: Any, row: Initiative) -> None:
    client = signed_in("max")
    part = client.get("/portfolio/initiatives/?ordering=name", headers={"HX-Request": "true"})
    assert "HX-Request" in part["Vary"]
    assert part.content.decode().lstrip().startswith('<div id="table"')


def test_columns_and_filters_are_in_the_address(cast: Cast, signed_in: Any, row: Initiative) -> None:
    page = text(
        signed_in("max"),
        "/portfolio/initiatives/?columns=name&columns=decision&stage=idea&entered_on__isnull=false",
    )
    assert "Decision date" in page
    assert "Validated</a>" not in page
    assert "Stage: Idea" in page
    assert 'aria-label="Remove filter: Stage: Idea"' in page
    assert "Motor triage" in page


def test_an_empty_register_says_what_to_do(cast: Cast, signed_in: Any) -> None:
    assert "Record the first idea" in text(signed_in("max"), "/portfolio/initiatives/")
    assert "New idea" not in text(signed_in("vera"), "/portfolio/initiatives/")
    assert "Nothing matches" in text(signed_in("max"), "/portfolio/initiatives/?q=zebra")


def test_the_overview_names_what_is_missing_and_leads_there(
    signed_in: Any, row: Initiative, cast: Cast
) -> None:
    set_pilot_level(PilotLevel(row, "watch", "", None, 90))
    Initiative.objects.filter(pk=row.pk).update(stage="pilot")
    page = text(signed_in("alice"), f"/portfolio/initiatives/{row.ref}/")
    for words in (
        "Sponsor",
        "Business outcome",
        "Value hypothesis",
        "Strategic objective",
        "KPI",
        "Pilot decision date",
    ):
        assert f"<span>{words}<span" in page, words
    assert f'href="/portfolio/initiatives/{row.ref}/edit/#id_sponsor"' in page
    reader = text(signed_in("vera"), f"/portfolio/initiatives/{row.ref}/")
    assert "#id_sponsor" not in reader, "who cannot write it is not sent there"


def test_a_lead_who_left_counts_as_missing(signed_in: Any, row: Initiative, cast: Cast) -> None:
    User.objects.filter(pk=cast.alice.pk).update(is_active=False)
    assert "Alice has left" in text(signed_in("max"), f"/portfolio/initiatives/{row.ref}/")


def test_nothing_is_missing_where_all_is_recorded(signed_in: Any, row: Initiative, cast: Cast) -> None:
    aim = StrategicObjective.objects.create(name="Grow")
    edit_initiative(
        pk=row.pk,
        by=cast.actor("max"),
        at=AT,
        sponsor=cast.edith,
        problem="p",
        outcome="o",
        value_hypothesis="v",
        objectives=[aim],
    )
    page = text(signed_in("max"), f"/portfolio/initiatives/{row.ref}/")
    assert "What is missing" not in page
    assert "Next gate: G1 frame" in page


def test_every_spell_is_told_the_undated_one_too(signed_in: Any, row: Initiative) -> None:
    StageSpell.objects.update(entered_on=None, precision="unknown")
    Initiative.objects.update(entered_on=None)
    page = text(signed_in("max"), f"/portfolio/initiatives/{row.ref}/")
    assert "Undated" in page
    assert "nobody recorded when it entered idea" in page


def test_the_money_tab_keeps_claimed_and_validated_apart(signed_in: Any, row: Initiative, cast: Cast) -> None:
    by = cast.actor("max")
    approve_tranche(initiative_id=row.pk, amount=euro(500), approved_on=TODAY, by=by, at=AT)
    alice = cast.actor("alice")
    record_benefit(initiative_id=row.pk, kind="claimed", amount=euro(70), month=TODAY, by=alice, at=AT)
    record_benefit(initiative_id=row.pk, kind="validated", amount=euro(30), month=TODAY, by=by, at=AT)
    page = text(signed_in("max"), f"/portfolio/initiatives/{row.ref}/money/")
    assert "€70" in page
    assert "€30" in page
    assert "€100" not in page
    assert "Nothing is released" in page
    assert "Release<span" in page
    for who in ("vera", "alice"):
        assert "Release<span" not in text(signed_in(who), f"/portfolio/initiatives/{row.ref}/money/")


def test_money_is_recorded_by_form_and_a_refusal_keeps_what_was_typed(
    signed_in: Any, row: Initiative
) -> None:
    client, url = signed_in("alice"), f"/portfolio/initiatives/{row.ref}/money/spend/new/"
    refused = client.post(url, {"amount": "12.345", "spent_on": "2027-01-01", "note": "typed"})
    assert refused.status_code == 400
    assert "typed" in refused.content.decode()
    assert "has not come yet" in client.post(url, {"amount": "1", "spent_on": "2027-01-01"}).content.decode()
    assert client.post(url, {"amount": "12.34", "spent_on": "2026-11-01"}).status_code == 302
    row.refresh_from_db()
    assert row.spent == euro("12.34")
    assert client.get(url.replace("spend", "lunch")).status_code == 404


def test_the_flags_tab_shows_open_and_cleared_each_with_its_reason(
    signed_in: Any, row: Initiative, cast: Cast
) -> None:
    subject = Subject("pilot", 1, row.name, row, row.unit, cast.alice)
    late = Finding(
        "R02",
        2,
        "Decision overdue",
        "Passed 20 days ago.",
        TODAY,
        "a recorded decision",
        "time",
        {"days_over": 20},
    )
    old = Finding("R12", 1, "No one to hand to", "No production owner.", TODAY, "a named owner", "cause")
    sync_flags(subject=subject, findings=[late, old], by=cast.actor("max"), at=AT)
    sync_flags(
        subject=subject,
        findings=[late],
        by=cast.actor("max"),
        at=AT + timedelta(hours=1),
        because="An owner was named.",
    )
    page = text(signed_in("max"), f"/portfolio/initiatives/{row.ref}/flags/")
    for words in (
        "R02",
        "Passed 20 days ago.",
        "a recorded decision",
        "20",
        "Cleared",
        "An owner was named.",
    ):
        assert words in page, words


def test_history_reads_as_a_story_with_names_instead_of_ids(
    signed_in: Any, row: Initiative, cast: Cast
) -> None:
    by = cast.actor("max")
    edit_initiative(pk=row.pk, by=by, at=AT, sponsor=cast.edith, outcome="Faster")
    record_expenditure(initiative_id=row.pk, amount=euro(5), spent_on=TODAY, by=by, at=AT)
    page = text(signed_in("max"), f"/portfolio/initiatives/{row.ref}/history/")
    assert "<strong>Max</strong> recorded €5 spent on 24 Nov 2026." in page
    assert '<span class="muted">sponsor:</span> Edith' in page
    assert "<strong>Max</strong> recorded the initiative." in page
    assert "Claims" in page


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


@pytest.mark.parametrize(
    ("name", "place"),
    [("alice", "/portfolio/home/"), ("bob", "/portfolio/home/"), ("max", "/portfolio/"), ("edith", "/portfolio/"),
     ("dana", "/portfolio/"), ("audrey", "/portfolio/"), ("adam", "/people/"), ("vera", "/portfolio/")],
)  # fmt: skip
def test_everybody_starts_where_their_work_is(name: str, place: str, signed_in: Any) -> None:
    assert signed_in(name).get("/")["Location"] == place


def test_a_model_owner_starts_at_their_models(cast: Cast, signed_in: Any) -> None:
    place = signed_in("mona").get("/")["Location"]
    assert place == f"/governance/models/?owner={cast.mona.pk}"
    assert signed_in("mona").get(place).status_code == 200


def test_a_lead_lands_on_what_their_initiatives_lack_and_what_is_due(
    cast: Cast, signed_in: Any, row: Initiative
) -> None:
    set_pilot_level(PilotLevel(row, "watch", "", TODAY - timedelta(days=25), 90))
    create_initiative(name="Not mine", unit=cast.claims, by=cast.actor("max"), at=AT)
    page = text(signed_in("alice"), "/portfolio/home/")
    assert "Good afternoon, Alice" in page
    assert "Motor triage" in page
    assert "Not mine" not in page
    assert "25 days over" in page
    assert "facts are missing" in page
    assert "Max recorded the initiative" in page
    assert "You are on no initiative yet" in text(signed_in("vera"), "/portfolio/home/")


def test_rooms_above_fill_slots_the_portfolio_does_not_know(
    cast: Cast, signed_in: Any, row: Initiative, monkeypatch: Any
) -> None:
    loaded: list[int] = []

    def load(rows: Any, today: Any) -> None:
        loaded.append(len(rows))

    column = Column("extra", "From above", "portfolio/cells/unit.html", lambda _: "x", load=load)
    monkeypatch.setattr(slots, "COLUMNS", [(3, column)])
    monkeypatch.setattr("portfolio.views.initiatives.COLUMNS", [(3, column)])

    def due(actor: Actor, initiatives: Any, today: Any) -> list[slots.Due]:
        return [slots.Due(TODAY + timedelta(days=2), "Reading of K-0108", "every 14 days", "/kpis/")]

    monkeypatch.setattr(slots, "_due", [due])
    panel = slots.Panel("portfolio/cells/unit.html", {"row": row})
    monkeypatch.setattr(slots, "_overview", [lambda *_: panel, lambda *_: None])
    assert "From above" in text(signed_in("max"), "/portfolio/initiatives/")
    assert loaded == [1]
    assert "Reading of K-0108" in text(signed_in("alice"), "/portfolio/home/")
    assert text(signed_in("max"), f"/portfolio/initiatives/{row.ref}/")
