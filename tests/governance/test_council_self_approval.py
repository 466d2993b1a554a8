"""Nobody votes on their own work: nine conflicts at nine doors, and below them the database alone.

Rosa holds a seat and is near the initiative in one of nine ways; of the eighth, Dana votes for Finn, who is.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from core.access import system
from core.errors import Problem
from core.models import AuditEvent, Role, User
from core.refusals import keep
from core.tokens import create_token
from governance.models import AgendaItem, AiModel, Ballot, Condition, CouncilSeat, Decision, Delegation
from governance.services import council_vote
from governance.services.council_close import close_item
from governance.services.council_open import open_item
from governance.services.council_recusals import declare
from portfolio.models import Initiative
from portfolio.services.initiatives import edit_initiative
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import idea, manager, submitted
from tests.governance.sitting import LATER, council, person, planned, vote

Door = Callable[[Cast, AgendaItem, str], None]
WORDS = ("Nobody votes on their own work", "Whoever is recused does not vote")


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    """Everything through an address happens ten minutes after the item opened."""
    frozen(LATER)


# Nine ways to be near


def sponsor(cast: Cast, row: Initiative) -> None:
    Initiative.objects.filter(pk=row.pk).update(sponsor=cast.rosa)


def lead(cast: Cast, row: Initiative) -> None:
    Initiative.objects.filter(pk=row.pk).update(lead=cast.rosa)


def finns(cast: Cast, row: Initiative) -> None:
    Initiative.objects.filter(pk=row.pk).update(sponsor=cast.finn)


def owner(cast: Cast, row: Initiative) -> None:
    AiModel.objects.create(
        name="Ranker", unit=cast.claims, owner=cast.rosa, created_at=AT, updated_at=AT
    ).initiatives.add(row)


def former(cast: Cast, row: Initiative) -> None:
    for name in ("rosa", "alice"):
        edit_initiative(pk=row.pk, lead=cast.people[name], by=manager(cast), at=AT)


def line_manager(cast: Cast, _row: Initiative) -> None:
    User.objects.filter(pk=cast.alice.pk).update(manager=cast.rosa)


def condition_at_stake(cast: Cast, row: Initiative) -> None:
    """Of an earlier approval, monitored: it stops no gate, and whoever verifies it is near."""
    earlier = Decision.objects.create(
        initiative=row, outcome="conditional_go", gate="G3", from_stage="development", to_stage="pilot", body="council",
        decided_on=TODAY, recorded_at=AT, because="Go on.", document="{}", hash="0" * 64,
    )  # fmt: skip
    Condition.objects.create(
        decision=earlier, initiative=row, number=1, text="Watch it", kind="monitored", owner=cast.bob, verifier=cast.rosa,
        verification="Report", first_due_on=TODAY + timedelta(days=9), due_on=TODAY + timedelta(days=9),
    )  # fmt: skip


def delegate_of_one(cast: Cast) -> None:
    seat = CouncilSeat.objects.get(name="Finance")
    Delegation.objects.create(
        seat=seat, holder=cast.finn, delegate=cast.dana, begins_at=AT - timedelta(hours=1), until=AT + timedelta(days=1),
        notified_at=AT - timedelta(hours=3),
    )  # fmt: skip


CONFLICTS = (
    "sponsor", "lead", "owner", "editor_or_submitter", "former", "line_manager", "delegate_of_any", "recused",
    "owner_or_verifier_of_the_condition_at_stake",
)  # fmt: skip


NEAR: dict[str, Callable[[Cast, Initiative], None]] = {
    "sponsor": sponsor, "lead": lead, "owner": owner, "former": former, "line_manager": line_manager, "delegate_of_any": finns,
    "owner_or_verifier_of_the_condition_at_stake": condition_at_stake,
}  # fmt: skip


def arranged(cast: Cast, conflict: str) -> tuple[AgendaItem, str]:
    """An item open for ballots, and who is too near to it."""
    council(cast)
    row = idea(cast, stage="pilot", tier=2)
    after = NEAR.get(conflict)
    if after is not None:
        after(cast, row)
        row.refresh_from_db()
    if conflict == "editor_or_submitter":
        person(cast, "rosa", Role.PORTFOLIO_MANAGER)
    submitted(row, cast, cast.actor("rosa") if conflict == "editor_or_submitter" else manager(cast))
    item = planned(cast, row)
    if conflict == "delegate_of_any":
        delegate_of_one(cast)
    if conflict == "recused":
        declare(item_id=item.pk, because="My brother sells it.", by=cast.actor("rosa"), at=AT)
    item = open_item(item_id=item.pk, by=cast.actor("cora"), at=AT)
    assert item.state == "open"
    return item, "dana" if conflict == "delegate_of_any" else "rosa"


# Nine doors


def signed_in(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.people[name])
    return client


def through_form(cast: Cast, item: AgendaItem, name: str) -> None:
    answer = signed_in(cast, name).post(f"/governance/council/items/{item.ref}/vote/", {"choice": "approve"})
    assert answer.status_code == 403


def through_api(cast: Cast, item: AgendaItem, name: str) -> None:
    client = APIClient()
    client.force_login(cast.people[name])
    for address in (f"agenda-items/{item.pk}", f"gate-submissions/{item.submission_id}"):
        answer = client.post(f"/api/v1/{address}/votes/", {"choice": "approve"}, format="json")
        assert answer.status_code == 403
        assert answer.json()["code"] in {"four_eyes", "delegation_conflict", "recused"}


def through_bulk(cast: Cast, item: AgendaItem, name: str) -> None:
    """There is no door for several ballots at once: what asks for one is refused."""
    client = APIClient()
    client.force_login(cast.people[name])
    one = {"item": item.pk, "choice": "approve"}
    for address in ("agenda-items/bulk/", "agenda-items/votes/", "votes/bulk/", "votes/"):
        assert client.post(f"/api/v1/{address}", [one], format="json").status_code in {404, 405}
    assert client.post(f"/api/v1/agenda-items/{item.pk}/votes/", [one], format="json").status_code == 400
    assert signed_in(cast, name).post("/governance/council/items/bulk/", one).status_code in {404, 405}


def through_admin(cast: Cast, item: AgendaItem, name: str) -> None:
    User.objects.filter(pk=cast.people[name].pk).update(is_staff=True, is_superuser=True)
    client = signed_in(cast, name)
    given = {"item": item.pk, "seat": CouncilSeat.objects.get(name="Retail").pk, "choice": "approve"}
    for model in ("ballot", "agendaitem", "decision", "gateconflict", "recusal"):
        assert client.post(f"/admin/governance/{model}/add/", given).status_code == 404


def through_email_link(cast: Cast, item: AgendaItem, name: str) -> None:
    """An address in a mail is opened by programs too: reading one never votes."""
    client = signed_in(cast, name)
    assert client.get(f"/governance/council/items/{item.ref}/vote/", {"choice": "approve"}).status_code == 405
    assert client.get(f"/governance/council/items/{item.ref}/", {"choice": "approve"}).status_code in {
        200,
        400,
    }


def refused_by_the_service(cast: Cast, item: AgendaItem, name: str, via: str) -> None:
    with pytest.raises(Problem) as refused:
        vote(cast, item, name, by=cast.actor(name, via=via))
    keep(refused.value)
    assert (refused.value.status, refused.value.code in {"four_eyes", "delegation_conflict", "recused"}) == (
        403,
        True,
    )


def through_import(cast: Cast, item: AgendaItem, name: str) -> None:
    refused_by_the_service(cast, item, name, "import")


def through_token(cast: Cast, item: AgendaItem, name: str) -> None:
    _, secret = create_token(
        user=cast.people[name], name="feed", scopes=["governance:read"], by=cast.actor(name), at=LATER
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    answer = client.post(f"/api/v1/agenda-items/{item.pk}/votes/", {"choice": "approve"}, format="json")
    assert answer.status_code == 403


def through_task(cast: Cast, item: AgendaItem, name: str) -> None:
    refused_by_the_service(cast, item, name, "task")
    with pytest.raises(Problem):
        vote(cast, item, name, by=system())


def through_direct_sql(cast: Cast, item: AgendaItem, name: str) -> None:
    seat, loan = CouncilSeat.objects.get(name="Retail"), None
    if name == "dana":
        seat, loan = CouncilSeat.objects.get(name="Finance"), Delegation.objects.get().pk
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO governance_ballot (item_id, seat_id, cast_by_id, delegation_id, choice, reason, cast_at, not_counted, "
            "version) VALUES (%s, %s, %s, %s, 'approve', '', %s, '', 1)",
            [item.pk, seat.pk, cast.people[name].pk, loan, LATER.strftime("%Y-%m-%d %H:%M:%S")],
        )
    assert any(words in str(refused.value) for words in WORDS)


DOORS: dict[str, Door] = {
    "form": through_form, "api": through_api, "bulk": through_bulk, "admin": through_admin,
    "email_link": through_email_link, "import": through_import, "token": through_token, "task": through_task,
    "direct_sql": through_direct_sql,
}  # fmt: skip
ON_RECORD = {"form", "api", "import", "token", "task"}


@pytest.mark.parametrize("conflict", CONFLICTS)
@pytest.mark.parametrize("door", DOORS)
def test_self_approval_is_refused(cast: Cast, door: str, conflict: str) -> None:
    item, name = arranged(cast, conflict)
    before = item.version
    DOORS[door](cast, item, name)
    assert not Ballot.objects.exists()
    item.refresh_from_db()
    assert (item.state, item.version) == ("open", before)
    tried = AuditEvent.objects.filter(action="decision.refused", actor_id=cast.people[name].pk)
    assert tried.exists() == (door in ON_RECORD)


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service asks nobody who they are: what is left is the database."""
    monkeypatch.setattr(council_vote, "require_may_judge", lambda *_, **__: None)
    monkeypatch.setattr(council_vote, "require_person", lambda by: by.user)


def bare_form(cast: Cast, item: AgendaItem, name: str) -> None:
    with pytest.raises(IntegrityError):
        signed_in(cast, name).post(f"/governance/council/items/{item.ref}/vote/", {"choice": "approve"})


def bare_api(cast: Cast, item: AgendaItem, name: str) -> None:
    client = APIClient(raise_request_exception=False)
    client.force_login(cast.people[name])
    assert (
        client.post(
            f"/api/v1/agenda-items/{item.pk}/votes/", {"choice": "approve"}, format="json"
        ).status_code
        >= 400
    )


def bare_token(cast: Cast, item: AgendaItem, name: str) -> None:
    _, secret = create_token(
        user=cast.people[name], name="feed", scopes=["governance:read"], by=cast.actor(name), at=LATER
    )
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert (
        client.post(
            f"/api/v1/agenda-items/{item.pk}/votes/", {"choice": "approve"}, format="json"
        ).status_code
        >= 400
    )


def bare_service(via: str) -> Door:
    def door(cast: Cast, item: AgendaItem, name: str) -> None:
        with pytest.raises(IntegrityError) as refused:
            vote(cast, item, name, by=cast.actor(name, via=via))
        assert any(words in str(refused.value) for words in WORDS)

    return door


BARE: dict[str, Door] = {
    **DOORS, "form": bare_form, "api": bare_api, "token": bare_token, "import": bare_service("import"),
    "task": bare_service("task"),
}  # fmt: skip


@pytest.mark.parametrize("conflict", CONFLICTS)
@pytest.mark.parametrize("door", BARE)
@pytest.mark.usefixtures("unchecked")
def test_self_approval_is_refused_by_the_database_with_the_check_off(
    cast: Cast, door: str, conflict: str
) -> None:
    item, name = arranged(cast, conflict)
    BARE[door](cast, item, name)
    assert not Ballot.objects.exists()


@pytest.mark.usefixtures("unchecked")
def test_a_member_who_is_not_near_gets_through_the_same_doors(cast: Cast) -> None:
    """So that the refusals above are about who is near, and about nothing else."""
    item, _ = arranged(cast, "sponsor")
    bare_ok = signed_in(cast, "sami").post(
        f"/governance/council/items/{item.ref}/vote/", {"choice": "approve"}
    )
    assert bare_ok.status_code == 302
    client = APIClient()
    client.force_login(cast.finn)
    answer = client.post(
        f"/api/v1/agenda-items/{item.pk}/votes/", {"choice": "reject", "reason": "No."}, format="json"
    )
    assert answer.status_code == 201
    assert Ballot.objects.count() == 2


def test_self_approval_by_a_seat_that_became_near_while_it_was_open_does_not_count(cast: Cast) -> None:
    council(cast)
    row = idea(cast, stage="pilot", tier=2)
    submitted(row, cast, manager(cast))
    item = open_item(item_id=planned(cast, row).pk, by=cast.actor("cora"), at=AT)
    for name in ("cora", "dirk", "sami", "rosa"):
        vote(cast, item, name)
    edit_initiative(pk=row.pk, sponsor=cast.rosa, by=manager(cast), at=LATER)
    item = close_item(item_id=item.pk, by=cast.actor("cora"), at=LATER)
    kept = Ballot.objects.get(cast_by=cast.rosa)
    assert (kept.counted, kept.not_counted) == (False, "sponsor")
    assert (item.numbers["eligible"], item.numbers["present"], item.result) == (4, 3, "adopted")
