"""The pages of people, units, one's account, the log and the admin site."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.models import BusinessUnit, Outbox, Role, RoleGrant, User
from core.people import edit_user
from core.units import edit_unit
from tests.cast import AT, Cast, unit


def test_an_administrator_adds_somebody_gives_a_role_and_takes_it_back(
    cast: Cast, signed_in: Any, frozen: Any
) -> None:
    client = signed_in("adam")
    made = client.post("/people/new/", {"name": "Zoë", "email": "zoe@calder.example"})
    row = User.objects.get(email="zoe@calder.example")
    assert made["Location"] == f"/people/{row.pk}/"
    page = client.get(f"/people/{row.pk}/").content.decode()
    assert "No role." in page
    assert client.post(f"/people/{row.pk}/", {"role": "viewer", "unit": cast.claims.pk}).status_code == 302
    grant = RoleGrant.objects.get(user=row)
    assert (grant.role, grant.unit, grant.granted_by) == (Role.VIEWER, cast.claims, cast.adam)
    assert "Claims and below" in client.get(f"/people/{row.pk}/").content.decode()
    assert client.post(f"/people/{row.pk}/grants/revoke/", {"grant": grant.pk}).status_code == 302
    assert not RoleGrant.objects.filter(user=row).exists()


def test_no_role_is_given_by_a_slip(cast: Cast, signed_in: Any) -> None:
    """The form offers no role beforehand: the first in the list would be the highest."""
    page = signed_in("adam").get(f"/people/{cast.vera.pk}/")
    assert page.context["form"].fields["role"].choices[0] == ("", "Choose a role")
    assert signed_in("adam").post(f"/people/{cast.vera.pk}/", {"role": "", "unit": ""}).status_code == 400


def test_a_refused_grant_says_why_on_the_form_and_goes_on_record(cast: Cast, signed_in: Any) -> None:
    answer = signed_in("adam").post(f"/people/{cast.adam.pk}/", {"role": "auditor", "unit": ""})
    assert answer.status_code == 400, "by the form: it asks a second administrator, who wants to know why"
    assert "Say why" in answer.content.decode()
    assert RoleGrant.objects.filter(user=cast.adam).count() == 1


def test_somebody_leaves_and_comes_back_by_a_button(cast: Cast, signed_in: Any, frozen: Any) -> None:
    client = signed_in("adam")
    client.post(f"/people/{cast.vera.pk}/state/", {"state": "left"})
    assert User.objects.filter(pk=cast.vera.pk, is_active=False).exists()
    assert Outbox.objects.filter(kind="person.deactivated").exists()
    assert "Reactivate" in client.get(f"/people/{cast.vera.pk}/").content.decode()
    client.post(f"/people/{cast.vera.pk}/state/", {"state": "active"})
    assert User.objects.filter(pk=cast.vera.pk, is_active=True).exists()
    assert "Deactivate" not in client.get(f"/people/{cast.adam.pk}/").content.decode(), (
        "nobody by their own hand"
    )


def test_a_stale_person_form_shows_both(cast: Cast, signed_in: Any) -> None:
    edit_user(pk=cast.vera.pk, expected_version=1, title="Theirs", by=cast.actor("adam"), at=AT)
    answer = signed_in("adam").post(
        f"/people/{cast.vera.pk}/edit/",
        {"name": "Vera", "email": "vera@calder.example", "title": "Mine", "version": 1},
    )
    page = answer.content.decode()
    assert answer.status_code == 412
    assert "Theirs" in page
    assert "Mine" in page


def test_the_list_of_people_costs_the_same_for_many(cast: Cast, signed_in: Any) -> None:
    client = signed_in("adam")
    client.get("/people/")
    with CaptureQueriesContext(connection) as few:
        client.get("/people/")
    for number in range(30):
        user = User.objects.create_user(f"p{number}@x.example", name=f"P{number}", created_at=AT)
        RoleGrant.objects.create(user=user, role=Role.VIEWER, unit=cast.claims, granted_at=AT)
    with CaptureQueriesContext(connection) as many:
        client.get("/people/")
    assert len(few) == len(many)


def test_people_leave_as_csv_with_their_roles(cast: Cast, signed_in: Any) -> None:
    text = b"".join(signed_in("adam").get("/people/?format=csv&q=vera").streaming_content).decode()
    assert "vera@calder.example" in text
    assert "Viewer, Claims" in text
    assert "adam@" not in text


def test_the_tree_shows_what_one_may_see_and_moves_by_form(cast: Cast, signed_in: Any) -> None:
    page = signed_in("vera").get("/units/").content.decode()
    assert "Claims" in page
    assert "Retail" not in page
    assert "Rename or move" not in page
    client = signed_in("max")
    url = f"/units/{cast.cards.pk}/edit/"
    moved = client.post(
        url, {"name": "Cards", "code": "CRD", "parent": cast.claims.pk, "active": "on", "version": 1}
    )
    assert moved.status_code == 302
    cast.cards.refresh_from_db()
    assert cast.cards.path == f"{cast.claims.path}{cast.cards.pk}/"


def test_a_unit_is_not_offered_a_place_below_itself(cast: Cast, signed_in: Any) -> None:
    client = signed_in("max")
    assert "Cards" not in str(client.get(f"/units/{cast.retail.pk}/edit/").context["form"]["parent"])
    forged = client.post(
        f"/units/{cast.retail.pk}/edit/",
        {"name": "Retail", "parent": cast.cards.pk, "active": "on", "version": 1},
    )
    assert forged.status_code == 400
    cast.retail.refresh_from_db()
    assert cast.retail.parent is None


def test_a_stale_unit_form_shows_both_places_by_name(cast: Cast, signed_in: Any) -> None:
    edit_unit(pk=cast.cards.pk, parent=cast.claims, by=cast.actor("max"), at=AT)
    answer = signed_in("max").post(
        f"/units/{cast.cards.pk}/edit/",
        {"name": "Cards", "code": "CRD", "parent": cast.retail.pk, "active": "on", "version": 1},
    )
    page = answer.content.decode()
    assert answer.status_code == 412
    assert "Claims" in page
    assert "Retail Banking" in page


def test_the_tree_costs_the_same_for_many(cast: Cast, signed_in: Any) -> None:
    client = signed_in("max")
    client.get("/units/")
    with CaptureQueriesContext(connection) as few:
        client.get("/units/")
    for number in range(40):
        unit(f"U{number}", cast.retail if number % 2 else None)
    with CaptureQueriesContext(connection) as many:
        client.get("/units/")
    assert len(few) == len(many)
    assert BusinessUnit.objects.count() == 43


def test_a_token_is_made_and_revoked_on_ones_own_page(cast: Cast, signed_in: Any, frozen: Any) -> None:
    client = signed_in("alice")
    client.post("/account/tokens/new/", {"name": "feed", "scopes": ["kpis:write"], "days": 30})
    token = cast.alice.tokens.get()
    assert "feed" in client.get("/account/").content.decode()
    client.post(f"/account/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at == AT
    refused = client.post("/account/tokens/new/", {"name": "feed", "scopes": ["secrets:read"], "days": 999})
    assert refused.status_code == 400
    assert cast.alice.tokens.count() == 1


def test_a_form_without_its_csrf_token_changes_nothing(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.adam)
    assert client.post(f"/people/{cast.vera.pk}/state/", {"state": "left"}).status_code == 403
    answer = client.post("/api/v1/objectives/", {"name": "x"}, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    cast.vera.refresh_from_db()
    assert cast.vera.is_active


def test_the_log_is_read_with_its_filters(cast: Cast, signed_in: Any, frozen: Any) -> None:
    edit_user(pk=cast.vera.pk, expected_version=1, title="Reader", by=cast.actor("adam"), at=AT)
    client = signed_in("audrey")
    assert "person.edited" in client.get("/audit/").content.decode()
    assert "person.edited" in client.get("/audit/?on__gte=2026-11-24&on__lte=2026-11-24").content.decode()
    assert "person.edited" not in client.get("/audit/?on__lte=2026-11-23").content.decode()
    assert client.get("/audit/?on__gte=yesterday").status_code == 400


@pytest.mark.parametrize("model", ["auditevent", "outbox", "heartbeat", "periodicrun"])
def test_staff_look_at_the_admin_site_and_touch_nothing(cast: Cast, model: str, frozen: Any) -> None:
    edit_user(pk=cast.vera.pk, expected_version=1, title="Reader", by=cast.actor("adam"), at=AT)
    root = User.objects.create_superuser("root@calder.example", name="Root", created_at=AT)
    client = Client()
    client.force_login(root)
    assert client.get(f"/admin/core/{model}/").status_code == 200
    assert client.get(f"/admin/core/{model}/add/").status_code == 403
    assert client.post(f"/admin/core/{model}/1/delete/", {"post": "yes"}).status_code in {302, 403}
    assert client.get("/portfolio/initiatives/").status_code == 403, (
        "staff of the machine is no role in the portfolio"
    )


def test_the_menu_leads_to_the_money_whoever_reads(cast: Cast, signed_in: Any) -> None:
    labels = [label for label, _ in signed_in("vera").get("/account/").context["menu"]]
    at = labels.index("Business cases")
    assert labels[at : at + 4] == [
        "Business cases",
        "What money buys",
        "Benefits realisation",
        "Optimism ledger",
    ]
