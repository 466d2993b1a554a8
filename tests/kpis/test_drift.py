"""The three kinds of drift as they are found, stored, flagged, replayed and answered."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.access import system
from core.errors import Problem
from core.models import AuditEvent, Policy
from kpis.models import DriftWatch, Kpi, WorldChange
from kpis.queries.drift import NO_OUTCOME, drift_of, drifts_of
from kpis.services.drift import RULES, drift_due
from kpis.services.drift_words import record_review, record_world_change, state_reference
from kpis.services.evaluate import sweep
from kpis.services.measure import withdraw_measurement
from kpis.services.states import retire_kpi
from portfolio.models import Flag
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import amend, claims_triage, read
from tests.kpis.drifting import STEADY, STEPS, UNLIKE, WORSE, days_of, monthly, walk, watched

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db
BECAUSE = "The intake form was shortened."


@pytest.fixture
def kpi(cast: Cast) -> Kpi:
    """Alice's: eight steady months, then four that are worse."""
    made = watched(claims_triage(cast), owner=cast.alice)
    monthly(made, (*STEADY, *WORSE))
    return made


@pytest.fixture
def pair(cast: Cast) -> tuple[Kpi, Kpi]:
    """A part that moved with its whole for a year, and no longer does."""
    initiative = claims_triage(cast)
    whole = watched(initiative, "Complaints")
    part = watched(initiative, "Days to answer", primary=False, parent=whole)
    monthly(whole, walk([2 * step for step in STEPS], 500))
    monthly(part, walk([*STEPS[:12], *UNLIKE], 100))
    return part, whole


def ask(days: int = 0) -> None:
    drift_due(at=AT + timedelta(days=days))


def flags(kpi: Kpi) -> dict[str, Flag]:
    rows = Flag.objects.filter(subject_type="kpi", subject_id=kpi.pk, cleared_at=None, rule__in=RULES)
    return {row.rule: row for row in rows}


def test_a_level_that_moved_is_flagged_with_its_numbers_to_whoever_owns_the_kpi(kpi: Kpi, cast: Cast) -> None:
    assert flags(kpi) == {}
    sweep(at=AT)
    flag = flags(kpi)["kpi_value_drift"]
    assert "the level moved up, for the worse" in flag.sentence
    assert flag.owner == cast.alice
    assert flag.since == days_of(4)[0]
    assert "new reference" in flag.clears_when
    assert flag.numbers["mean"].startswith("10.0")
    stored = DriftWatch.objects.get(kpi=kpi)
    assert (stored.value, stored.toward, stored.definition) == ("drift", "worse", "steady")
    assert stored.valid_until == days_of(1)[0] + timedelta(days=45)
    assert stored.due_on == stored.valid_until + timedelta(days=1)


def test_asking_again_finds_nothing_due_and_writes_nothing(kpi: Kpi) -> None:
    assert drift_due(at=AT).changed == 1
    before = (
        DriftWatch.objects.values().get(kpi=kpi),
        AuditEvent.objects.count(),
        Flag.objects.values().get(rule="kpi_value_drift"),
    )
    DriftWatch.objects.update(due_on=TODAY)  # somebody marks it, and nothing had changed
    assert drift_due(at=AT).changed == 0
    assert drift_due(at=AT).folded == 0
    after = (
        DriftWatch.objects.values().get(kpi=kpi),
        AuditEvent.objects.count(),
        Flag.objects.values().get(rule="kpi_value_drift"),
    )
    assert after == before


def test_a_reading_marks_its_kpi_once_and_judges_nothing_itself(kpi: Kpi) -> None:
    ask()
    assert not DriftWatch.objects.filter(due_on__lte=TODAY).exists()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        read(kpi, "12.5", TODAY)
    mine = [one["sql"] for one in asked if "drift" in one["sql"].lower()]
    assert len(mine) == 1
    assert DriftWatch.objects.get(kpi=kpi).due_on == TODAY


def test_a_withdrawn_reading_is_heard_like_a_new_one(kpi: Kpi) -> None:
    ask()
    for day in days_of(4):
        withdraw_measurement(
            pk=kpi.measurements.get(observed_on=day).pk, because="Counted twice.", by=system(), at=AT
        )
    ask()
    assert flags(kpi) == {}
    assert DriftWatch.objects.get(kpi=kpi).value == "unknown"


def test_time_alone_makes_a_drift_unknown_on_the_day_that_was_foretold(kpi: Kpi) -> None:
    ask()
    stored = DriftWatch.objects.get(kpi=kpi)
    assert stored.due_on is not None
    drift_due(at=AT + (stored.due_on - timedelta(days=1) - TODAY))
    assert DriftWatch.objects.get(kpi=kpi).value == "drift"
    drift_due(at=AT + (stored.due_on - TODAY))
    assert DriftWatch.objects.get(kpi=kpi).value == "unknown"
    assert flags(kpi) == {}
    found = drift_of(kpi.pk, as_of=stored.due_on)
    assert found is not None
    assert found.value.last_known == "drift"


def test_a_level_that_moved_for_the_better_is_told_and_no_reproach(cast: Cast) -> None:
    made = watched(claims_triage(cast))
    monthly(made, (*STEADY, 7.1, 7.0, 6.8, 6.6))
    ask()
    assert flags(made) == {}
    assert DriftWatch.objects.get(kpi=made).toward == "better"


def test_a_new_reference_with_a_reason_clears_the_flag(kpi: Kpi, cast: Cast) -> None:
    ask()
    begins, ends = days_of(4)[0], TODAY + timedelta(days=150)
    row = state_reference(
        kpi_id=kpi.pk, begins_on=begins, ends_on=ends, because=BECAUSE, by=cast.actor("alice"), at=AT
    )
    ask()
    assert flags(kpi) == {}
    found = drift_of(kpi.pk, as_of=TODAY)
    assert found is not None
    assert (found.value.status, found.value.reason) == ("unknown", "too_few_reference_readings")
    assert found.stated
    told = AuditEvent.objects.get(action="kpi.reference_stated")
    assert (told.reason, told.actor_id) == (BECAUSE, cast.alice.pk)
    assert row.stated_on == TODAY
    earlier = drift_of(kpi.pk, as_of=TODAY - timedelta(days=1))
    assert earlier is not None
    assert earlier.value.status == "drift"  # nobody had said so by then


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"ends_on": TODAY + timedelta(days=400)}, "too_far"),
        ({"begins_on": TODAY, "ends_on": TODAY}, "not_before_end"),
        ({"ends_on": TODAY, "because": "  "}, "required"),
    ],
)
def test_a_reference_that_would_hide_the_drift_is_refused(kpi: Kpi, cast: Cast, said: Any, code: str) -> None:
    with pytest.raises(Problem) as refused:
        state_reference(kpi_id=kpi.pk, by=cast.actor("max"), at=AT, **{"because": BECAUSE, **said})
    assert [item.code for item in refused.value.items] == [code]


def test_a_changed_formula_breaks_the_series_and_the_old_level_is_not_held_against_the_new(
    cast: Cast,
) -> None:
    made = watched(claims_triage(cast), formula="Median of all")
    monthly(made, (*STEADY, *WORSE))
    amend(made, cast, formula="Mean of all", because="Finance asks for means.", reason_code="product")
    read(made, "20", TODAY)
    ask()
    stored = DriftWatch.objects.get(kpi=made)
    assert (stored.definition, stored.broken_on, stored.value) == ("broken", TODAY, "unknown")
    assert set(flags(made)) == {"kpi_relevance_review_due"}  # a broken series is no reproach by itself
    found = drift_of(made.pk, as_of=TODAY)
    assert found is not None
    assert [len(one.readings) for one in found.definition.segments] == [12, 1]
    assert "formula" in found.definition.sentence


def test_a_formula_said_for_the_first_time_breaks_nothing_that_is_known(kpi: Kpi, cast: Cast) -> None:
    amend(kpi, cast, formula="Mean of all", because="Nobody had said so.", reason_code="product")
    ask()
    stored = DriftWatch.objects.get(kpi=kpi)
    assert (stored.definition, stored.broken_on) == ("unknown", None)
    assert stored.value == "unknown"  # no reading has been taken under it yet


def test_a_part_that_no_longer_moves_with_its_whole_is_flagged(pair: tuple[Kpi, Kpi]) -> None:
    part, whole = pair
    ask()
    flag = flags(part)["kpi_relevance_lost"]
    assert "no longer moves with its outcome" in flag.sentence
    assert "kpi_relevance_lost" not in flags(whole)
    assert DriftWatch.objects.get(kpi=part).relevance == "lost"
    assert DriftWatch.objects.get(kpi=whole).relevance == "unknown"


def test_a_reading_of_the_whole_asks_its_parts_again(pair: tuple[Kpi, Kpi]) -> None:
    part, whole = pair
    ask()
    DriftWatch.objects.filter(kpi=part).update(relevance="holds")
    read(whole, "777", TODAY)
    ask()
    assert DriftWatch.objects.get(kpi=part).relevance == "lost"


def test_a_kpi_that_is_better_when_its_outcome_is_less_is_read_the_other_way(cast: Cast) -> None:
    initiative = claims_triage(cast)
    whole = watched(initiative, "Complaints")
    part = watched(initiative, "Answered in a day", primary=False, parent=whole, success={"direction": "higher", "baseline": Decimal(5), "target": Decimal(90)})  # fmt: skip
    monthly(whole, walk([-2 * step for step in STEPS], 500))
    monthly(part, walk(STEPS, 100))
    found = drift_of(part.pk, as_of=TODAY)
    assert found is not None
    assert found.relevance is not None
    assert (found.inverse, found.relevance.relevance) == (True, "holds")


def test_a_kpi_that_stands_for_nothing_named_is_unknown(kpi: Kpi, cast: Cast, api: Api) -> None:
    found = api("vera").get(f"/api/v1/kpis/{kpi.ref}/drift/").json()["relevance"]
    assert (found["status"], found["reason"], found["sentence"]) == ("unknown", "no_outcome", NO_OUTCOME)


def test_somebody_else_keeps_it_with_a_reason_and_the_flag_goes(pair: tuple[Kpi, Kpi], cast: Cast) -> None:
    part, _ = pair
    Kpi.objects.filter(pk=part.pk).update(owner=cast.alice)
    ask()
    with pytest.raises(Problem) as refused:
        record_review(kpi_id=part.pk, verdict="keep", because="It is fine.", by=cast.actor("alice"), at=AT)
    assert refused.value.code == "four_eyes"
    row = record_review(
        kpi_id=part.pk, verdict="keep", because="The strike hid it.", by=cast.actor("max"), at=AT
    )
    ask()
    assert "kpi_relevance_lost" not in flags(part)
    found = drift_of(part.pk, as_of=TODAY)
    assert found is not None
    assert found.relevance is not None
    assert found.relevance.relevance == "lost"  # what the numbers say stays said
    assert (found.review.status, found.facts.review) == ("not_due", row)
    assert AuditEvent.objects.get(action="kpi.relevance_reviewed").reason == "The strike hid it."


def test_a_review_made_long_before_the_loss_does_not_answer_it(pair: tuple[Kpi, Kpi], cast: Cast) -> None:
    part, _ = pair
    record_review(
        kpi_id=part.pk, verdict="keep", because="It moves along.", reviewed_on=TODAY - timedelta(days=300),
        by=cast.actor("max"), at=AT,
    )  # fmt: skip
    ask()
    assert "kpi_relevance_lost" in flags(part)


def test_a_change_of_the_world_asks_each_kpi_of_the_initiative_until_somebody_looks(
    kpi: Kpi, cast: Cast
) -> None:
    other = watched(kpi.initiative, "Cost of a claim", primary=False)
    ask()
    asked: dict[str, Any] = {
        "initiative_id": kpi.initiative_id,
        "kind": "market",
        "on": TODAY,
        "what": "A rival cut prices.",
    }
    record_world_change(**asked, by=cast.actor("alice"), at=AT)
    record_world_change(**asked, by=cast.actor("alice"), at=AT)
    assert WorldChange.objects.count() == 1
    ask()
    flag = flags(other)["kpi_relevance_review_due"]
    assert "A rival cut prices" in flag.sentence
    assert (flag.severity, flag.since) == (1, TODAY)
    stored = DriftWatch.objects.get(kpi=other)
    assert (stored.review, stored.review_due_by) == ("due", TODAY + timedelta(days=30))
    ask(31)
    assert flags(other)["kpi_relevance_review_due"].severity == 2
    record_review(
        kpi_id=other.pk, verdict="define_anew", because="Prices are part of it now.", by=cast.actor("alice"),
        at=AT + timedelta(days=31),
    )  # fmt: skip
    ask(31)
    assert "kpi_relevance_review_due" not in flags(other)
    assert "kpi_relevance_review_due" in flags(kpi)


def test_a_change_that_is_to_come_asks_from_its_day_on(kpi: Kpi, cast: Cast) -> None:
    record_world_change(
        initiative_id=kpi.initiative_id, kind="product", on=TODAY + timedelta(days=5), what="The app is relaunched.",
        by=cast.actor("alice"), at=AT,
    )  # fmt: skip
    ask()
    assert "kpi_relevance_review_due" not in flags(kpi)
    assert DriftWatch.objects.get(kpi=kpi).due_on == TODAY + timedelta(days=5)
    ask(5)
    assert "kpi_relevance_review_due" in flags(kpi)


def test_the_reason_of_an_approved_version_asks_for_a_look(kpi: Kpi, cast: Cast) -> None:
    amend(kpi, cast, target=Decimal(6), because="A price war.", reason_code="market")
    ask()
    assert "the market changed" in flags(kpi)["kpi_relevance_review_due"].sentence


def test_what_is_retired_is_reproached_for_nothing(kpi: Kpi) -> None:
    ask()
    assert flags(kpi)
    retire_kpi(pk=kpi.pk, because="Nobody needs it.", by=system(), at=AT)
    ask()
    assert flags(kpi) == {}
    assert DriftWatch.objects.get(kpi=kpi).due_on is None


def test_the_thresholds_are_versioned_and_their_number_is_told(kpi: Kpi, api: Api) -> None:
    Policy.objects.create(
        kind="kpi_drift",
        number=3,
        effective_on=TODAY,
        data={"fewest_watched": 6},
        recorded_at=AT,
        because="Slower.",
    )
    found = api("vera").get(f"/api/v1/kpis/{kpi.ref}/drift/").json()
    assert (found["policy"], found["value"]["reason"]) == (3, "too_few_readings_since")


def test_other_thresholds_ask_every_kpi_again(kpi: Kpi) -> None:
    ask()
    assert "kpi_value_drift" in flags(kpi)
    said = {"fewest_watched": 6}
    Policy.objects.create(
        kind="kpi_drift", number=1, effective_on=TODAY, data=said, recorded_at=AT, because="Slower."
    )
    ask()
    assert flags(kpi) == {}
    assert DriftWatch.objects.get(kpi=kpi).policy == 1


def test_the_api_tells_all_three_kinds_and_replays_them(kpi: Kpi, api: Api) -> None:
    url = f"/api/v1/kpis/{kpi.ref}/drift/"
    now = api("vera").get(url).json()
    for kind in ("value", "definition", "relevance"):
        assert {"status", "sentence", "numbers", "since", "clears_when", "valid_until"} <= set(now[kind])
    assert now["value"]["status"] == "drift"
    assert {one["method"] for one in now["value"]["signals"]} == {"ewma", "cusum", "page_hinkley"}
    before = api("vera").get(url, {"as_of": str(days_of(5)[0] + timedelta(days=2))}).json()
    assert before["value"]["reason"] == "too_few_readings_since"
    unknown = api("vera").get(url, {"as_of": str(TODAY), "known_at": "2025-01-01T00:00:00Z"}).json()
    assert unknown["value"]["reason"] == "too_few_reference_readings"  # no reading had been recorded by then
    assert (
        api("vera").get(url, {"as_of": "2024-01-01", "known_at": "2024-01-01T00:00:00Z"}).status_code == 404
    )
    assert api("vera").get(url, {"colour": "red"}).status_code == 400
    assert api("charlie").get(url).status_code == 404


def test_lists_find_the_kpis_that_drift(kpi: Kpi, cast: Cast, api: Api) -> None:
    watched(kpi.initiative, "Cost of a claim", primary=False)
    ask()
    found = (
        api("vera").get("/api/v1/kpis/", {"value_drift": "drift", "value_toward": "worse"}).json()["results"]
    )
    assert [row["id"] for row in found] == [kpi.pk]


def test_as_many_statements_for_many_as_for_one(pair: tuple[Kpi, Kpi], cast: Cast) -> None:
    part, whole = pair
    with CaptureQueriesContext(connection) as one:
        drifts_of([part.pk], as_of=TODAY)
    many = [watched(part.initiative, f"Part {n}", primary=False, parent=whole) for n in range(3)]
    with CaptureQueriesContext(connection) as all_of_them:
        drifts_of([part.pk, *(kpi.pk for kpi in many)], as_of=TODAY)
    assert len(all_of_them) == len(one)


def test_a_review_is_recorded_through_the_api_and_listed(pair: tuple[Kpi, Kpi], api: Api) -> None:
    part, _ = pair
    url = f"/api/v1/kpis/{part.ref}/relevance-reviews/"
    made = api("max").post(url, {"verdict": "retire", "because": "It says nothing any more."}, format="json")
    assert made.status_code == 201
    assert made.json()["verdict_display"] == "Retire it"
    assert api("max").post(url, {"verdict": "drop", "because": "x"}, format="json").status_code == 400
    future = {"verdict": "retire", "because": "x", "reviewed_on": "2099-01-01"}
    assert api("max").post(url, future, format="json").status_code == 400
    assert api("edith").post(url, {"verdict": "retire", "because": "x"}, format="json").status_code == 403
    assert [row["because"] for row in api("vera").get(url).json()["results"]] == ["It says nothing any more."]
