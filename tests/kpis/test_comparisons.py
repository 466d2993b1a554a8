"""Comparisons of two arms: recorded once, looked at in order, judged when they are read."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from core.errors import Problem
from core.models import AuditEvent
from domain.errors import RuleError
from domain.experiment_looks import Look, require_look, verdict_of
from kpis.models import ArmCount, Comparison, Kpi
from kpis.queries.comparisons import reached
from kpis.services.comparisons import record_comparison, record_looks
from kpis.services.states import retire_kpi
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, make_initiative, make_kpi
from tests.kpis.comparing import HEAD, look

Api = Callable[[str], APIClient]
SignIn = Callable[[str], Client]
URL = "/api/v1/comparisons/"
FIFTEEN = {
    "looked_on": "2026-11-20",
    "successes_1": 400,
    "trials_1": 10_000,
    "successes_2": 460,
    "trials_2": 10_000,
}
PAIRED = {"looked_on": "2026-11-20", "only_1": 20, "both": 780, "only_2": 38, "neither": 62}


@pytest.fixture
def kpi(cast: Cast, frozen: Any) -> Kpi:
    return make_kpi(claims_triage(cast))


def made(cast: Cast, kpi: Kpi, *looks: Look, **facts: Any) -> Comparison:
    said: Any = {**HEAD, **facts}
    return record_comparison(kpi_id=kpi.pk, facts=said, looks=looks, by=cast.actor("alice"), at=AT).comparison


def sent(client: APIClient, url: str, data: Any) -> Any:
    return client.post(url, data, format="json")


# The rules


def test_a_known_result_is_computed_on_reading(cast: Cast, kpi: Kpi, api: Api) -> None:
    answer = sent(api("alice"), URL, {**HEAD, "kpi": kpi.ref, "looks": [FIFTEEN]})
    assert answer.status_code == 201, answer.json()
    found = answer.json()["verdict"]
    assert found["p"] == pytest.approx(0.03648836105589827, abs=1e-9)
    assert found["uplift"] == pytest.approx(0.15, abs=1e-9)
    assert found["interval"] == pytest.approx([-0.011622193500778814, -0.000377806499221184], abs=1e-9)
    assert (found["outcome"], found["significant"], found["ambiguous"]) == ("arm_2_better", True, False)
    assert "The arm Blue does better." in found["sentence"]


def test_arms_that_share_their_cases_are_judged_by_the_pairs_they_disagree_on(
    cast: Cast, kpi: Kpi, api: Api
) -> None:
    facts = {**HEAD, "design": "champion_challenger", "paired": True, "kpi": kpi.pk, "looks": [PAIRED]}
    answer = sent(api("alice"), URL, facts)
    assert answer.status_code == 201, answer.json()
    assert answer.json()["verdict"]["p"] == pytest.approx(0.024746035842440804, abs=1e-9)
    assert answer.json()["looks"][0] | PAIRED == answer.json()["looks"][0]
    assert answer.json()["looks"][0]["trials_1"] is None


def test_missing_trials_are_unknown_and_never_taken_for_a_result(cast: Cast, kpi: Kpi) -> None:
    found = reached(made(cast, kpi, look(20, 400, None, 460, 10_000))).verdict
    assert found is not None
    assert found.ambiguous
    assert found.missing == ("n1",)
    assert found.p is None


def test_a_comparison_nobody_looked_at_has_no_verdict(cast: Cast, kpi: Kpi, api: Api) -> None:
    made(cast, kpi)
    assert api("alice").get(URL).json()["results"][0]["verdict"] is None


def test_looks_before_the_planned_end_are_told_as_peeking() -> None:
    looks = [look(day, 100 * day, 1_000 * day, 100 * day + 60, 1_000 * day) for day in (5, 10, 15)]
    told = verdict_of(looks, paired=False, names=("a", "b"), ends_on=date(2026, 11, 30), per_arm=20_000)
    assert told is not None
    assert told.looks == 2
    assert told.p is not None
    assert told.p_at_worst == pytest.approx(min(1.0, 3 * told.p))
    assert any("optimistic" in note for note in told.notes)
    assert told.short_of_plan == 10_000
    after = verdict_of(looks, paired=False, names=("a", "b"), ends_on=date(2026, 11, 1), per_arm=None)
    assert after is not None
    assert after.looks == 0


def test_without_a_planned_end_one_look_does_not_say_how_often_it_was_looked_at() -> None:
    found = verdict_of(
        [look(5, 40, 100, 60, 100)], paired=False, names=("a", "b"), ends_on=None, per_arm=None
    )
    assert found is not None
    assert found.looks is None
    assert any("not recorded" in note for note in found.notes)


@pytest.mark.parametrize(
    ("counts", "place", "code"),
    [
        ((11, 10, 5, 10), "/successes_1", "more_than_all"),
        ((5, 10, 11, 10), "/successes_2", "more_than_all"),
        ((None, 10, 5, 10), "/successes_1", "required"),
        ((0, 0, 5, 10), "/trials_1", "out_of_range"),
        ((-1, 10, 5, 10), "/successes_1", "out_of_range"),
        ((3, 10, 5, 10**13), "/trials_2", "out_of_range"),
    ],
)
def test_counts_that_cannot_be_are_refused(counts: Any, place: str, code: str) -> None:
    with pytest.raises(RuleError) as refused:
        require_look(look(20, *counts), paired=False, before=None, started_on=None, today=TODAY)
    assert (refused.value.pointer, refused.value.code) == (place, code)


@pytest.mark.parametrize(
    ("day", "counts", "place", "code"),
    [
        (10, (50, 100, 50, 100), "/looked_on", "out_of_order"),
        (9, (50, 100, 50, 100), "/looked_on", "out_of_order"),
        (25, (50, 100, 50, 100), "/looked_on", "in_future"),
        (11, (49, 100, 50, 100), "/successes_1", "decreasing"),
        (11, (50, 100, 50, 99), "/trials_2", "decreasing"),
        (11, (50, None, 50, 100), "/trials_1", "decreasing"),
        # Ten more successes in five more trials: five failures have vanished.
        (11, (60, 105, 50, 100), "/trials_1", "decreasing"),
    ],
)
def test_a_look_follows_the_one_before_it(day: int, counts: Any, place: str, code: str) -> None:
    before = look(10, 50, 100, 50, 100)
    with pytest.raises(RuleError) as refused:
        require_look(
            look(day, *counts), paired=False, before=before, started_on=date(2026, 11, 1), today=TODAY
        )
    assert (refused.value.pointer, refused.value.code) == (place, code)


def test_no_look_lies_before_the_start() -> None:
    with pytest.raises(RuleError) as refused:
        require_look(
            look(3, 1, 2, 1, 2), paired=False, before=None, started_on=date(2026, 11, 4), today=TODAY
        )
    assert refused.value.code == "too_early"


COUNT = st.integers(0, 500)
UNHURRIED = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)


@UNHURRIED
@given(st.lists(st.tuples(COUNT, COUNT, COUNT, COUNT), min_size=1, max_size=6))
def test_any_growing_counts_are_taken_and_judged(steps: list[tuple[int, int, int, int]]) -> None:
    looks: list[Look] = []
    x1, f1, x2, f2 = 0, 1, 0, 1
    for day, (a, b, c, d) in enumerate(steps, start=1):
        x1, f1, x2, f2 = x1 + a, f1 + b, x2 + c, f2 + d
        now = look(day, x1, x1 + f1, x2, x2 + f2)
        require_look(now, paired=False, before=looks[-1] if looks else None, started_on=None, today=TODAY)
        looks.append(now)
    found = verdict_of(looks, paired=False, names=("a", "b"), ends_on=TODAY, per_arm=None)
    assert found is not None
    assert found.p is not None
    assert 0 <= found.p <= 1
    assert found.looks == len(looks) - 1


# The record


def test_the_same_key_brings_the_first_one_back_and_adds_only_new_looks(
    cast: Cast, kpi: Kpi, api: Api
) -> None:
    body = {**HEAD, "kpi": kpi.ref, "source": "split", "source_key": "exp-7", "looks": [FIFTEEN]}
    first = sent(api("alice"), URL, body)
    again = sent(api("alice"), URL, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    later = {**FIFTEEN, "looked_on": "2026-11-23", "trials_1": 12_000, "trials_2": 12_000}
    more = sent(api("alice"), URL, {**body, "looks": [FIFTEEN, later]})
    assert more.status_code == 200
    assert [one["looked_on"] for one in more.json()["looks"]] == ["2026-11-20", "2026-11-23"]
    assert Comparison.objects.count() == 1
    assert AuditEvent.objects.filter(action="comparison.looked").count() == 2


def test_a_used_key_with_other_facts_is_refused(cast: Cast, kpi: Kpi, api: Api) -> None:
    body = {**HEAD, "kpi": kpi.ref, "source_key": "exp-7"}
    assert sent(api("alice"), URL, body).status_code == 201
    answer = sent(api("alice"), URL, {**body, "arm_2": "Green"})
    assert (answer.status_code, answer.json()["code"]) == (409, "source_key_used")


def test_counts_on_record_are_never_replaced(cast: Cast, kpi: Kpi, api: Api) -> None:
    row = made(cast, kpi, look(20, 400, 10_000, 460, 10_000))
    url = f"{URL}{row.pk}/looks/"
    assert sent(api("alice"), url, FIFTEEN).status_code == 200
    answer = sent(api("alice"), url, {**FIFTEEN, "successes_2": 470})
    assert (answer.status_code, answer.json()["code"]) == (409, "look_recorded")
    assert answer.json()["errors"][0]["pointer"] == "/looked_on"
    assert sent(api("alice"), url, {**FIFTEEN, "looked_on": "2026-11-21"}).status_code == 201
    assert ArmCount.objects.count() == 2


def test_one_wrong_look_of_many_leaves_nothing_behind(cast: Cast, kpi: Kpi, api: Api) -> None:
    wrong = {**FIFTEEN, "looked_on": "2026-11-22", "successes_1": 399}
    answer = sent(api("alice"), URL, {**HEAD, "kpi": kpi.ref, "looks": [FIFTEEN, wrong]})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/looks/1/successes_1"
    assert not Comparison.objects.exists()
    assert not AuditEvent.objects.filter(action__startswith="comparison").exists()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"arm_2": "grey"}, "/arm_2"),
        ({"arm_1": " "}, "/arm_1"),
        ({"design": "duel"}, "/design"),
        ({"started_on": "2026-11-10", "ended_on": "2026-11-01"}, "/ended_on"),
        ({"planned_sample": 0}, "/planned_sample"),
        ({"winner": "Blue"}, "/winner"),
        ({"looks": [{**FIFTEEN, "only_1": 3}]}, "/looks/0/only_1"),
        ({"looks": [{**FIFTEEN, "visits": 3}]}, "/looks/0/visits"),
        ({"looks": [{"successes_1": 3}]}, "/looks/0/looked_on"),
    ],
)
def test_a_wrong_comparison_is_refused_at_its_place(kpi: Kpi, api: Api, change: Any, pointer: str) -> None:
    answer = sent(api("alice"), URL, {**HEAD, "kpi": kpi.ref, **change})
    assert answer.status_code == 400
    assert pointer in {one["pointer"] for one in answer.json()["errors"]}
    assert not Comparison.objects.exists()


def test_a_retired_kpi_takes_no_comparison(cast: Cast, kpi: Kpi) -> None:
    row = made(cast, kpi)
    retire_kpi(pk=kpi.pk, because="Replaced.", by=cast.actor("alice"), at=AT)
    with pytest.raises(Problem) as refused:
        made(cast, kpi)
    assert refused.value.code == "kpi_retired"
    with pytest.raises(Problem):
        record_looks(pk=row.pk, looks=[look(20, 1, 2, 1, 2)], by=cast.actor("alice"), at=AT)


def test_a_list_holds_what_its_reader_may_see_and_costs_the_same_for_many(
    cast: Cast, kpi: Kpi, api: Api
) -> None:
    other = make_kpi(make_initiative(cast.cards, "Limits", lead=cast.charlie))
    record_comparison(kpi_id=other.pk, facts={**HEAD, "design": "ab_test"}, by=cast.actor("charlie"), at=AT)  # type: ignore[typeddict-item]
    made(cast, kpi, look(20, 4, 10, 5, 10))
    client = api("edith")
    assert {row["kpi"] for row in api("alice").get(URL).json()["results"]} == {kpi.pk}
    assert {row["kpi"] for row in client.get(URL).json()["results"]} == {kpi.pk, other.pk}
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as seen:
            assert client.get(URL).status_code == 200
        costs.append(len(seen))
        for number in range(5):
            made(cast, kpi, look(20, 4, 10, 5, 10), name=f"Number {number}")
    assert costs[0] == costs[1]


# The pages


def pasted(client: Client, row: Comparison, **data: Any) -> Any:
    return client.post(f"/kpis/comparisons/{row.pk}/looks/new/", data)


def test_a_person_records_a_comparison_and_pastes_its_counts(cast: Cast, kpi: Kpi, signed_in: SignIn) -> None:
    client = signed_in("bob")
    assert "Nothing is compared yet" in client.get(f"/kpis/{kpi.ref}/comparisons/").content.decode()
    new = f"/kpis/{kpi.ref}/comparisons/new/"
    sent_once = client.post(new, {**HEAD, "key": "abc", "ended_on": "2026-12-24"})
    again = client.post(new, {**HEAD, "key": "abc", "ended_on": "2026-12-24"})
    row = Comparison.objects.get()
    assert sent_once["Location"] == again["Location"] == f"/kpis/comparisons/{row.pk}/looks/new/"
    text = "looked_on,arm,successes,trials\n2026-11-20,Grey,400,10000\n2026-11-20,Blue,460,10000"
    assert pasted(client, row, rows=text)["Location"] == f"/kpis/comparisons/{row.pk}/"
    shown = client.get(f"/kpis/comparisons/{row.pk}/").content.decode()
    for words in (
        "Blue does better",
        "p 0.036",
        "+15.0",
        "before the planned end",
        "wait for it",
        "0.0378 to 1.16",
    ):
        assert words in shown, words
    assert "Blue does better" in client.get(f"/kpis/{kpi.ref}/comparisons/").content.decode()


def test_a_file_and_one_typed_look_are_taken_too(cast: Cast, kpi: Kpi, signed_in: SignIn) -> None:
    row, client = made(cast, kpi), signed_in("bob")
    text = b"\xef\xbb\xbflooked_on,successes_1,trials_1,successes_2,trials_2\n2026-11-20,4,10,5,10\n"
    assert pasted(client, row, file=SimpleUploadedFile("counts.csv", text)).status_code == 302
    typed = {"looked_on": "2026-11-21", "successes_1": 5, "trials_1": 11, "successes_2": 6, "trials_2": 11}
    assert pasted(client, row, **typed).status_code == 302
    assert [one.looked_on.day for one in row.looks.all()] == [20, 21]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Nothing is filled in"),
        ({"successes_1": "4"}, "up to which day"),
        (
            {"looked_on": "2026-11-20", "successes_1": 11, "trials_1": 10, "successes_2": 1, "trials_2": 2},
            "10 or less",
        ),
        ({"looked_on": "2026-11-20", "successes_1": "4", "rows": "x"}, "one of the three"),
        (
            {"rows": "looked_on,successes_1,trials_1,successes_2,trials_2\n2026-11-20,1,2,3,2"},
            "Look 1, successes_2: Give 2 or less",
        ),
        ({"rows": "a,b"}, "Line 1 must name the columns"),
        ({"file": SimpleUploadedFile("counts.csv", b"\xff\xfe\x00")}, "not UTF-8"),
    ],
)
def test_what_cannot_be_taken_is_said_on_the_form_and_nothing_is_kept(
    cast: Cast, kpi: Kpi, signed_in: SignIn, data: Any, words: str
) -> None:
    row = made(cast, kpi)
    answer = pasted(signed_in("bob"), row, **data)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not ArmCount.objects.exists()


def test_a_comparison_of_a_hidden_kpi_is_not_there(cast: Cast, kpi: Kpi, signed_in: SignIn) -> None:
    row = made(cast, kpi)
    assert signed_in("charlie").get(f"/kpis/comparisons/{row.pk}/").status_code == 404
    assert signed_in("vera").get(f"/kpis/comparisons/{row.pk}/looks/new/").status_code == 403
