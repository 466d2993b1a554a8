"""Post-mortems through the API: listed, searched, written once by who may, with the money that the stop freed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from funding.queries.freed import freed_by_stop
from governance.models import Aftercare, PostMortem
from portfolio.models import FundingTranche, Initiative
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import decided, idea, manager, motion
from tests.governance.test_post_mortem import SAID, stopped, write

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
URL = "/api/v1/post-mortems/"
DUE = (TODAY + timedelta(days=20)).isoformat()
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    frozen(AT)


def body(decision: Any, **more: Any) -> dict[str, Any]:
    return {"decision": decision.pk, **SAID, **more}


def post(client: Client, said: Any, **more: Any) -> Any:
    return client.post(URL, said, format="json", **more)


def money(row: Initiative, amount: str, *, released: Any = None, returned: Any = None) -> None:
    FundingTranche.objects.create(
        initiative=row, number=FundingTranche.objects.count() + 1, amount=Decimal(amount), currency="EUR", recorded_at=AT,
        approved_on=TODAY - 90 * DAY, released_on=None, returned_on=returned,
    )  # fmt: skip
    if released:
        # By its decision alone, says the database; here the money is only counted.
        FundingTranche.objects.filter(amount=Decimal(amount)).update(released_on=released)


def test_it_is_written_read_and_written_once(cast: Cast, api: SignIn) -> None:
    row, decision = stopped(cast)
    care = [{"text": "Delete the data", "owner": cast.mona.pk, "due_on": DUE}]
    answer = post(api("alice"), body(decision, aftercare=care))
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["decision"] == decision.pk
    assert made["initiative"] == row.pk
    assert made["stopped_on"] == TODAY.isoformat()
    assert made["reason_code"] == "no_value"
    assert made["causes"] == ["adoption", "data"]
    assert made["cause_words"][0] == "Those it was for did not use it"
    assert [(one["text"], one["owner"], one["done_on"]) for one in made["aftercare"]] == [
        ("Delete the data", cast.mona.pk, None)
    ]
    assert answer["Location"].endswith(f"{URL}{made['id']}/")
    assert api("vera").get(f"{URL}{made['id']}/").json()["learned"] == SAID["learned"]
    again = post(api("alice"), body(decision))
    assert (again.status_code, again.json()["code"]) == (409, "written_already")


def test_sent_twice_with_one_key_it_is_written_once_and_answered_alike(cast: Cast, api: SignIn) -> None:
    _, decision = stopped(cast)
    client = api("alice")
    first, second = (post(client, body(decision), HTTP_IDEMPOTENCY_KEY="stop-1") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert PostMortem.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"expected": ""}, "/expected"), ({"causes": []}, "/causes"), ({"causes": ["bad people"]}, "/causes/0"),
        ({"aftercare": [{"text": "Delete", "owner": 999_999, "due_on": DUE}]}, "/aftercare/0/owner"),
        ({"aftercare": [{"text": "Delete", "owner": "$mona", "due_on": "2026-01-01"}]}, "/aftercare/0/due_on"),
        ({"blame": "Bob"}, "/blame"),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_refused_at_its_place(
    cast: Cast, api: SignIn, more: dict[str, Any], place: str
) -> None:
    _, decision = stopped(cast)
    for one in more.get("aftercare", ()):
        one["owner"] = cast.mona.pk if one["owner"] == "$mona" else one["owner"]
    answer = post(api("alice"), body(decision, **more))
    assert answer.status_code == 400
    assert place in [one["pointer"] for one in answer.json()["errors"]]
    assert not PostMortem.objects.exists()


def test_only_who_may_change_the_initiative_writes_it(cast: Cast, api: SignIn) -> None:
    _, decision = stopped(cast)
    assert post(api("vera"), body(decision)).status_code == 403
    unseen = post(api("charlie"), body(decision))
    assert (unseen.status_code, unseen.json()["errors"][0]["pointer"]) == (400, "/decision")
    other = idea(cast, "Another", stage="framing")
    hold = decided(other, motion(other, "hold", until="2027-01-10"), manager(cast))
    answer = post(api("alice"), body(hold))
    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_stop")


def test_the_list_is_searched_and_filtered_and_shows_what_one_may_see(cast: Cast, api: SignIn) -> None:
    row, decision = stopped(cast)
    made = write(cast, decision)

    def found(who: str, asked: str = "") -> list[int]:
        answer = api(who).get(f"{URL}?{asked}")
        assert answer.status_code == 200, answer.content
        return [one["id"] for one in answer.json()["results"]]

    for asked in ("", "q=labelled", "cause=data", f"initiative={row.ref}", f"decision={decision.ref}", "reason_code=no_value",
                  f"stopped_on__gte={TODAY}", "ordering=-stopped_on"):  # fmt: skip
        assert found("vera", asked) == [made.pk], asked
    for asked in ("q=unheard", "cause=cost", f"stopped_on__gte={TODAY + DAY}", "reason_code=cost"):
        assert found("vera", asked) == [], asked
    assert found("charlie") == []
    assert api("charlie").get(f"{URL}{made.pk}/").status_code == 404
    assert api("vera").get(f"{URL}?cause=people").status_code == 400
    assert "freed" not in api("vera").get(URL).json()["results"][0]


def test_the_list_costs_the_same_for_one_and_for_many(cast: Cast, api: SignIn) -> None:
    client = api("vera")

    def cost() -> int:
        with CaptureQueriesContext(connection) as said:
            assert client.get(URL).status_code == 200
        return len(said)

    write(cast, stopped(cast)[1])
    client.get(URL)
    one = cost()
    for _ in range(4):
        write(cast, stopped(cast)[1])
    assert cost() == one


def test_what_is_left_is_closed_by_its_owner(cast: Cast, api: SignIn) -> None:
    _, decision = stopped(cast)
    care = [{"text": "Tell the users", "owner": cast.alice.pk, "due_on": DUE}]
    made = post(api("alice"), body(decision, aftercare=care)).json()
    url, said = f"{URL}{made['id']}/done/", {"aftercare": Aftercare.objects.get().pk, "note": "Told."}
    assert api("vera").post(url, said, format="json").status_code == 403
    done = api("alice").post(url, said, format="json")
    assert done.json() == {
        "id": said["aftercare"], "text": "Tell the users", "owner": cast.alice.pk, "due_on": DUE, "done_on": str(TODAY),
        "done_by": cast.alice.pk, "note": "Told.",
    }  # fmt: skip
    assert api("alice").post(url, said, format="json").status_code == 409
    missing = {**said, "aftercare": 987_654_321}
    assert api("alice").post(url, missing, format="json").status_code == 404


def test_an_owner_who_may_not_see_the_post_mortem_closes_it_all_the_same(cast: Cast, api: SignIn) -> None:
    _, decision = stopped(cast)
    care = [{"text": who, "owner": cast.people[who].pk, "due_on": DUE} for who in ("charlie", "alice")]
    made = post(api("alice"), body(decision, aftercare=care)).json()
    url = f"{URL}{made['id']}/"
    ids = {one.text: one.pk for one in Aftercare.objects.all()}
    client = api("charlie")
    assert client.get(url).status_code == 404
    other = {"aftercare": ids["alice"], "note": "Told."}
    assert client.post(f"{url}done/", other, format="json").status_code == 404
    said = {"aftercare": ids["charlie"], "note": "Told."}
    assert client.post(f"{URL}{made['id'] + 1}/done/", said, format="json").status_code == 404
    done = client.post(f"{url}done/", said, format="json")
    assert (done.status_code, done.json()["note"]) == (200, "Told.")


# What the stop freed


def test_without_a_tranche_on_record_nobody_knows_what_it_freed(
    cast: Cast, api: SignIn, signed_in: SignIn
) -> None:
    row, decision = stopped(cast)
    made = write(cast, decision)
    assert api("vera").get(f"{URL}{made.pk}/").json()["freed"] == {
        "returned": None, "waiting": None, "unspent": None, "total": None, "currency": "EUR",
    }  # fmt: skip
    page = signed_in("vera").get(f"/portfolio/initiatives/{row.ref}/post-mortem/").content.decode()
    assert "What the stop freed" in page
    assert page.count("not known") >= 3


def test_what_waited_goes_back_with_the_stop_and_is_told(cast: Cast, api: SignIn, signed_in: SignIn) -> None:
    row = idea(cast, stage="framing")
    money(row, "70000")
    decision = decided(row, motion(row, "stop", reason_code="cost", lessons="Ask."), manager(cast))
    made = write(cast, decision)
    freed = api("vera").get(f"{URL}{made.pk}/").json()["freed"]
    assert (freed["returned"], freed["waiting"], freed["unspent"], freed["total"]) == (
        "70000.00",
        "0.00",
        None,
        None,
    )
    page = signed_in("vera").get(f"/portfolio/initiatives/{row.ref}/post-mortem/").content.decode()
    assert ">€70k<" in page or "€70,000" in page
    assert "cannot be counted" in page


def test_what_was_released_and_not_spent_is_left_over_only_where_spend_is_known(cast: Cast) -> None:
    row = idea(cast, stage="framing")
    money(row, "30000", returned=TODAY - 10 * DAY)  # went back before the stop, by another decision
    money(row, "20000", returned=TODAY)
    money(row, "5000")
    assert (f := freed_by_stop(row, TODAY)).returned == Decimal(20000)
    assert (f.waiting, f.unspent, f.total) == (Decimal(5000), None, None)
    row.spent = Decimal(0)
    assert freed_by_stop(row, TODAY).total == Decimal(25000)


def test_taken_up_again_nothing_is_left_over_by_the_stop(cast: Cast) -> None:
    row = idea(cast, stage="framing")
    money(row, "20000", returned=TODAY)
    money(row, "30000", returned=TODAY + 9 * DAY)  # by what came after
    freed = freed_by_stop(row, TODAY, TODAY + 3 * DAY)
    assert (freed.returned, freed.waiting, freed.unspent) == (Decimal(20000), None, None)
