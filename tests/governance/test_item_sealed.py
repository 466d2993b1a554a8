"""An item that no submission stands behind is sealed when it opens: the decision is bound to that, and says when it changed."""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from core.wording import money
from domain.decision_log import canonical, chained
from domain.stage_words import Body
from governance.models import AgendaItem, Condition, Decision, ItemPack
from governance.queries.superseded import superseded
from governance.services.council_close import close_item
from governance.services.council_open import open_item
from governance.services.papers import issue_papers
from kpis.models import Kpi
from pilots.models import Pilot
from pilots.services.opening import ensure_pilot
from portfolio.models import Initiative
from portfolio.models.worth import CaseWorth
from tests.cast import AT, Cast
from tests.governance.asking import OLD_CHARTER, condition, decided, idea, motion, submitted
from tests.governance.sitting import LATER, act, council, opened, planned, votes, voting
from tests.kpis.acting import raise_flag

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
ITEMS = "/governance/council/items/"
EXTEND: dict[str, Any] = {
    "days": 45, "reason_code": "data_late", "evidence": "Two more sites are read.", "decision_changes": "0.4",
}  # fmt: skip
STOP: dict[str, Any] = {"reason_code": "no_value", "lessons": "Ask the teams first."}


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    frozen(LATER)


def pilot(cast: Cast) -> Initiative:
    """A running pilot of tier 2 with a KPI and a flag; nobody asked for its gate."""
    council(cast)
    row = idea(cast, stage="pilot", tier=2)
    ensure_pilot(initiative=row, by=cast.actor("max"), at=AT)
    Kpi.objects.create(
        name="Handling time", initiative=row, kind="business", primary=True, status="off_track", created_at=AT, updated_at=AT
    )  # fmt: skip
    raise_flag(row, "R08", sentence="It is off track.")
    return row


def worth(row: Initiative, delay_a_month: int) -> None:
    CaseWorth.objects.create(
        initiative=row, case_number=1, case_ref="BC-1", npv=1000, value=900, rate=0, years=3, outlay=10, cost=10, a_year=5,
        delay_a_month=delay_a_month, published_at=AT,
    )  # fmt: skip


def closed(cast: Cast, item: AgendaItem, said: str = "yyyy.") -> Decision:
    votes(cast, item, said)
    done: AgendaItem = act(cast, close_item, "cora", item_id=item.pk)
    assert done.decision is not None
    return done.decision


def sealed(item: AgendaItem) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ItemPack.objects.get(item=item).document)
    return found


def test_what_is_known_is_sealed_when_the_item_opens_and_not_before(cast: Cast) -> None:
    row = pilot(cast)
    item = planned(cast, row, outcome="stop", **STOP)
    assert not ItemPack.objects.exists()
    open_item(item_id=item.pk, by=cast.actor("cora"), at=AT)
    pack = ItemPack.objects.get()
    found = json.loads(pack.document)
    assert pack.seal == sha256(pack.document.encode()).hexdigest()
    assert canonical(found) == pack.document
    assert found["motion"]["outcome"] == "stop"
    assert found["initiative"]["tier"] == 2
    assert [(one["name"], one["status"]) for one in found["kpis"]] == [("Handling time", "off_track")]
    assert "It is off track." in [one["sentence"] for one in found["flags"]]
    assert found["money"]["spent"] is None
    assert found["report"]["pilot"] == Pilot.objects.get().ref


def test_an_item_that_answers_a_submission_stands_on_its_pack(cast: Cast) -> None:
    item = voting(cast)
    assert not ItemPack.objects.exists()
    decision = closed(cast, item)
    assert item.submission is not None
    assert decision.pack_seal == item.submission.seal
    assert "evidence" not in json.loads(decision.document)["authority"]


@pytest.mark.parametrize("said", ["yyyy.", "nnnn.", "yyy.."])
def test_the_decision_names_the_seal_whatever_came_of_it(cast: Cast, said: str) -> None:
    item = opened(cast, pilot(cast), outcome="stop", **STOP)
    decision = closed(cast, item, said)
    seal = ItemPack.objects.get(item=item).seal
    assert decision.pack_seal == seal
    assert json.loads(decision.document)["authority"]["evidence"] == seal
    assert chained(decision.prev_hash, decision.document) == decision.hash


def test_a_decision_beside_the_gates_names_it_too(cast: Cast) -> None:
    council(cast)
    row = idea(cast, stage="pilot", tier=3)
    said = motion(row, "conditional_go", conditions=[condition(cast)])
    decided(row, said, cast.actor("cora"), submission=submitted(row, cast), body=Body.COUNCIL)
    one = Condition.objects.get()
    row.refresh_from_db()
    item = opened(cast, row, outcome="waive", condition=one.pk)
    assert sealed(item)["condition"]["text"] == "Failover is tested"
    assert [each["ref"] for each in sealed(item)["conditions"]] == [one.ref]
    assert closed(cast, item).pack_seal == ItemPack.objects.get().seal


def test_the_database_keeps_what_was_sealed(cast: Cast) -> None:
    opened(cast, pilot(cast), outcome="stop", **STOP)
    pack = ItemPack.objects.get()
    for work in (lambda: ItemPack.objects.filter(pk=pack.pk).update(document="{}"), pack.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            work()


def test_what_changes_after_it_was_sealed_is_told_on_the_item_and_on_the_decision(
    cast: Cast, signed_in: SignIn, api: SignIn
) -> None:
    row = pilot(cast)
    item = opened(cast, row, outcome="extend", **EXTEND)
    client, url = signed_in("cora"), f"{ITEMS}{item.ref}/"
    assert "The evidence changed since it was sealed" not in client.get(url).content.decode()
    Initiative.objects.filter(pk=row.pk).update(sponsor=cast.mona)
    text = client.get(url).content.decode()
    assert "The evidence changed since it was sealed" in text
    assert "Edith, now <strong>Mona</strong>" in text
    decision = closed(cast, item)
    (changed,) = superseded(Decision.objects.get(pk=decision.pk))
    assert (changed.fact, changed.sealed, changed.now) == ("Sponsor", "Edith", "Mona")
    page = client.get(f"/governance/decisions/{decision.ref}/").content.decode()
    assert "Sealed when the item opened" in page
    assert "the decision <strong>no longer covers the facts</strong>" in page
    body = api("cora").get(f"/api/v1/decisions/{decision.pk}/").json()
    assert body["superseded_evidence"][0]["fact"] == "Sponsor"


def test_that_a_stop_ends_its_case_is_no_change_of_its_evidence(cast: Cast) -> None:
    row = pilot(cast)
    worth(row, 5)
    decision = closed(cast, opened(cast, row, outcome="stop", **STOP))
    assert CaseWorth.objects.get().lapsed_on is not None
    assert superseded(Decision.objects.get(pk=decision.pk)) == ()


def test_the_page_shows_the_record_before_and_what_was_sealed_after(cast: Cast, signed_in: SignIn) -> None:
    row = pilot(cast)
    item = planned(cast, row, outcome="stop", **STOP)
    client, url = signed_in("finn"), f"{ITEMS}{item.ref}/"
    text = client.get(url).content.decode()
    assert "What the record says today, to be sealed when it opens" in text
    assert "Handling time" in text
    assert "It is off track." in text
    open_item(item_id=item.pk, by=cast.actor("cora"), at=AT)
    Kpi.objects.update(status="on_track")
    text = client.get(url).content.decode()
    assert "Evidence, sealed when it opened" in text
    assert "Matches its seal" in text
    facts = text.split('id="h-facts"')[1].split("</section>")[0]
    assert "Off track" in facts
    assert "On track" not in facts


def test_an_item_opened_before_this_was_kept_says_so(cast: Cast, signed_in: SignIn) -> None:
    item = planned(cast, pilot(cast), outcome="stop", **STOP)
    AgendaItem.objects.filter(pk=item.pk).update(state="open", opened_at=AT)
    text = signed_in("finn").get(f"{ITEMS}{item.ref}/").content.decode()
    assert "Nothing was sealed when it opened" in text


def test_the_evidence_is_read_through_the_api_once_it_is_sealed(cast: Cast, api: SignIn) -> None:
    item = planned(cast, pilot(cast), outcome="stop", **STOP)
    url = f"/api/v1/agenda-items/{item.pk}/"
    assert api("finn").get(f"{url}evidence/").status_code == 404
    assert api("finn").get(url).json()["evidence_seal"] == ""
    open_item(item_id=item.pk, by=cast.actor("cora"), at=AT)
    body = api("finn").get(f"{url}evidence/").json()
    assert sha256(canonical(body["document"]).encode()).hexdigest() == body["seal"]
    assert api("finn").get(url).json()["evidence_seal"] == body["seal"]
    assert api("charlie").get(f"{url}evidence/").status_code == 404


def test_of_an_item_with_a_submission_it_is_the_submissions(cast: Cast, api: SignIn) -> None:
    item = voting(cast)
    body = api("finn").get(f"/api/v1/agenda-items/{item.pk}/evidence/").json()
    assert item.submission is not None
    assert body["seal"] == item.submission.seal
    assert body["document"] == json.loads(item.submission.document)


# The paper of an extension


def paper(client: Client, item: AgendaItem) -> str:
    text: str = client.get(f"{ITEMS}{item.ref}/paper/").content.decode()
    return text


def test_the_paper_of_an_extension_prices_it_and_says_what_it_brings(cast: Cast, signed_in: SignIn) -> None:
    row = pilot(cast)
    worth(row, 7300)
    item = opened(cast, row, outcome="extend", **EXTEND)
    text = paper(signed_in("finn"), item)
    for words in ("45 days", "extension number 1", money(Decimal(10800), "EUR"), "Two more sites are read.", "with a probability of 40",
                  "no spend is recorded", "cannot be counted", "as BC-1 says"):  # fmt: skip
        assert words in text, words
    assert ItemPack.objects.get().seal in text
    file = signed_in("finn").get(f"{ITEMS}{item.ref}/paper.pdf")
    assert file["Content-Type"] == "application/pdf"


def test_what_nobody_said_of_a_drafted_extension_is_told_as_not_said(cast: Cast, signed_in: SignIn) -> None:
    row = pilot(cast)
    item = planned(cast, row, outcome="stop", **STOP)
    draft = {"outcome": "extend", "because": "It is not known yet.", "days": 30, "reason_code": "data_late"}
    AgendaItem.objects.filter(pk=item.pk).update(motion={}, draft=draft)
    text = paper(signed_in("finn"), item)
    assert "Drafted from the record: extend" in text
    assert text.count("not said") >= 2
    assert "no case is in force" in text
    assert "not sealed yet" in text


def test_the_number_counts_the_extensions_there_were(cast: Cast) -> None:
    row = pilot(cast)
    closed(cast, opened(cast, row, outcome="extend", **EXTEND))
    again = opened(cast, row, outcome="extend", **EXTEND)
    assert sealed(again)["extension"]["number"] == 2


def test_the_paper_of_an_item_with_a_submission_is_the_submissions(cast: Cast, signed_in: SignIn) -> None:
    item = voting(cast)
    text = paper(signed_in("finn"), item)
    assert "Must-meets" in text
    assert item.submission is not None
    assert item.submission.seal in text


def test_the_paper_of_a_submission_moved_to_be_extended_prices_the_extension(
    cast: Cast, signed_in: SignIn
) -> None:
    row = pilot(cast)
    submitted(row, cast)
    item = opened(cast, row, outcome="extend", **EXTEND)
    assert item.submission is not None
    text = paper(signed_in("finn"), item)
    assert "What the extension costs and brings" in text
    assert "Must-meets" in text


def test_the_price_of_an_extension_that_answers_a_submission_is_sealed_beside_it(
    cast: Cast, signed_in: SignIn
) -> None:
    row = pilot(cast)
    worth(row, 7300)
    submitted(row, cast)
    item = planned(cast, row, outcome="extend", **EXTEND)
    client, url = signed_in("finn"), f"{ITEMS}{item.ref}/"
    assert "Running spend at the pace" not in paper(client, item)
    assert not ItemPack.objects.exists()
    open_item(item_id=item.pk, by=cast.actor("cora"), at=AT)
    pack = ItemPack.objects.get()
    assert set(sealed(item)) == {"form", "on", "item", "because", "motion", "extension"}
    CaseWorth.objects.update(delay_a_month=14600)
    for text in (paper(client, item), client.get(url).content.decode()):
        assert money(Decimal(10800), "EUR") in text
        assert money(Decimal(21600), "EUR") not in text
    decision = closed(cast, item)
    assert item.submission is not None
    assert decision.pack_seal == item.submission.seal
    assert json.loads(decision.document)["authority"]["evidence"] == pack.seal
    assert superseded(Decision.objects.get(pk=decision.pk)) == ()
    for text in (paper(client, item), client.get(url).content.decode()):
        assert "extension number 1" in text
        assert "extension number 2" not in text
    assert pack.seal in paper(client, item)


def test_where_no_price_was_sealed_none_is_told_once_it_is_decided(cast: Cast, signed_in: SignIn) -> None:
    row = pilot(cast)
    submitted(row, cast)
    with patch("governance.services.council_open.price_pack_of", return_value=None):  # as it was before
        item = opened(cast, row, outcome="extend", **EXTEND)
    assert "What the extension costs and brings" in paper(signed_in("finn"), item)
    closed(cast, item)
    assert "What the extension costs and brings" not in paper(signed_in("finn"), item)


# The paper of a pivot, and the pack of the meeting

PIVOT: dict[str, Any] = {
    "outcome": "pivot", "charter": "Letters instead of calls.", "days": 45, "until": "2027-01-20", "scope_sites": "Delft",
    "carry": ["scope_units", "scope_users", "scope_systems", "sample", "stop_threshold"],
}  # fmt: skip


@pytest.mark.parametrize("asks", [False, True], ids=["of its own", "answers a submission"])
def test_the_papers_of_a_pivot_say_what_it_changes_and_what_it_carries(
    cast: Cast, signed_in: SignIn, asks: bool
) -> None:
    row = pilot(cast)
    Pilot.objects.update(**OLD_CHARTER)
    if asks:
        submitted(row, cast)
    item = planned(cast, row, **PIVOT)
    assert (item.submission is not None) is asks
    client = signed_in("max")
    pack = client.get(f"/governance/council/meetings/{item.meeting.ref}/pack/").content.decode()
    for text in (paper(client, item), pack):
        for words in ("Letters instead of calls.", "45 days", "20 Jan 2027", "New: sites in scope", "Delft", "Carried from the old charter",
                      "Units in scope, users in scope, systems in scope, sample, stop threshold".lower()):  # fmt: skip
            assert words in text.replace("Units in scope, users", "units in scope, users"), words


def test_the_pack_of_a_meeting_tells_of_an_opened_item_what_was_sealed(cast: Cast, signed_in: SignIn) -> None:
    row = pilot(cast)
    item = planned(cast, row, outcome="extend", **EXTEND)
    client, url = signed_in("max"), f"/governance/council/meetings/{item.meeting.ref}/pack/"
    act(cast, issue_papers, "cora", meeting_id=item.meeting_id)
    open_item(item_id=item.pk, by=cast.actor("cora"), at=AT)
    issue = client.get(url).content.decode()
    assert "kpis: new" not in issue.lower()
    assert "no longer there" not in issue
    Kpi.objects.update(name="Renamed since")
    closed(cast, item)
    text = client.get(f"{url}?issue=draft").content.decode()
    assert "KPIs, as known when it opened" in text
    assert "Handling time" in text
    assert "Renamed since" not in text
    assert "extension number 1" in text
    assert "extension number 2" not in text
    assert ItemPack.objects.get().seal in text


def test_the_paper_is_read_only_by_who_may_see_the_item(cast: Cast, signed_in: SignIn) -> None:
    item = planned(cast, pilot(cast), outcome="stop", **STOP)
    assert signed_in("charlie").get(f"{ITEMS}{item.ref}/paper/").status_code == 404
