"""The pages of the register and of one initiative, as people use them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import audit
from core.access import Actor
from core.models import User
from core.tables import Column
from core.tokens import create_token
from funding.services.tranches import approve as approve_tranche
from portfolio.models import Initiative, StageSpell, StrategicObjective
from portfolio.services.flags import Finding, Subject, sync_flags
from portfolio.services.initiatives import create_initiative, edit_initiative
from portfolio.services.money import record_benefit, record_expenditure
from portfolio.services.status import PilotLevel, set_kpi_status, set_pilot_level
from portfolio.views import slots
from portfolio.views.home import SHOWN_GATES
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


LISTS = ("/portfolio/initiatives/", "/portfolio/flags/", "/portfolio/objectives/")


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


def test_a_lead_s_home_costs_the_same_for_a_few_initiatives_and_for_fifty(
    cast: Cast, signed_in: Any, frozen: Any
) -> None:
    """The must-meets of a gate are asked of a few initiatives only, whatever their number."""
    client = signed_in("max")
    many(cast, SHOWN_GATES)
    Initiative.objects.update(lead=cast.max)
    client.get("/portfolio/home/")
    with CaptureQueriesContext(connection) as few:
        client.get("/portfolio/home/")
    many(cast, 46)
    Initiative.objects.update(lead=cast.max)
    with CaptureQueriesContext(connection) as fifty:
        assert f"{50 - SHOWN_GATES} more gates of yours" in text(client, "/portfolio/home/")
    assert len(few) == len(fifty), [q["sql"][:120] for q in fifty]
    assert len(fifty) <= 14 + 12 * SHOWN_GATES


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
    approve_tranche(
        because="Agreed.", initiative_id=row.pk, amount=euro(500), approved_on=TODAY, by=by, at=AT
    )
    alice = cast.actor("alice")
    record_benefit(
        evidence="Ledger.",
        initiative_id=row.pk,
        kind="claimed",
        amount=euro(70),
        month=TODAY,
        by=alice,
        at=AT,
    )
    record_benefit(
        evidence="Ledger.", initiative_id=row.pk, kind="validated", amount=euro(30), month=TODAY, by=by, at=AT
    )
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


@pytest.mark.parametrize(
    ("name", "place"),
    [("alice", "/portfolio/home/"), ("bob", "/portfolio/home/"), ("max", "/portfolio/"), ("edith", "/portfolio/"),
     ("dana", "/governance/council/"), ("audrey", "/audit/"), ("adam", "/people/"), ("vera", "/portfolio/")],
)  # fmt: skip
def test_everybody_starts_where_their_work_is(name: str, place: str, signed_in: Any) -> None:
    assert signed_in(name).get("/")["Location"] == place


def test_a_model_owner_starts_at_their_models(cast: Cast, signed_in: Any) -> None:
    place = signed_in("mona").get("/")["Location"]
    assert place == "/governance/models/mine/"
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
    assert "must-meets</strong> of your next gates are open" in page
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


def test_history_tells_what_the_council_did_and_never_prints_a_document(
    cast: Cast, signed_in: Any, row: Initiative
) -> None:
    for action, after in (
        ("item.closed", {"result": "adopted", "ballots": [{"seat": "Strategy", "cast_by": 10}], "numbers": {"seats": 5}, "presider": 3}),
        ("statement.made", {"statement": 3}),
        ("something.new", {"ballots": [{"seat": "Finance"}], "numbers": {"vacant": 2}, "words": ["one", "two"]}),
    ):  # fmt: skip
        audit.record(
            by=cast.actor("max"), at=AT, action=action, obj=row, initiative_id=row.pk, unit_path=row.unit.path, after=after
        )  # fmt: skip
    page = text(signed_in("max"), f"/portfolio/initiatives/{row.ref}/history/")
    assert "closed the item before the council: adopted" in page
    assert "put a statement on record beside the vote" in page
    assert "one, two" in page
    for nothing in ("cast_by", "Strategy", "Finance", "vacant", "presider", "statement:"):
        assert nothing not in page, nothing
