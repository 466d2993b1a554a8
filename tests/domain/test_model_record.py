"""What a hand may change of a model's record: sooner yes, later no, and nothing that a record writes."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.errors import RuleError
from domain.model_record import SOONER, Standing, latest_review, require_change
from domain.model_roles import names_same_person

TODAY = date(2026, 11, 24)
SERVES = Standing(
    in_production=True, owner=True, tier=True, decommission_criteria=True, in_production_since=date(2026, 1, 1),
    next_review_on=date(2026, 12, 1), superseded_on=date(2026, 11, 1), monitoring_cadence_days=14, open_critical=0,
)  # fmt: skip
BUILT = replace(SERVES, in_production=False, in_production_since=None)


def refused(before: Standing, after: Standing, latest: date | None = None) -> tuple[str, str | None]:
    with pytest.raises(RuleError) as caught:
        require_change(before, after, latest=latest)
    return caught.value.code, caught.value.pointer


@pytest.mark.parametrize("name", SOONER)
def test_what_asks_for_a_look_comes_sooner_and_neither_later_nor_never(name: str) -> None:
    stands: Any = getattr(SERVES, name)
    never: Any = {name: None}
    step: Any = 1 if name == "monitoring_cadence_days" else timedelta(days=1)
    require_change(SERVES, replace(SERVES, **{name: stands - step}), latest=None)
    require_change(SERVES, SERVES, latest=None)
    assert refused(SERVES, replace(SERVES, **{name: stands + step})) == ("put_off", f"/{name}")
    if name == "next_review_on":
        assert refused(SERVES, replace(SERVES, next_review_on=None)) == ("required_in_production", f"/{name}")
    else:
        assert refused(SERVES, replace(SERVES, **never)) == ("kept", f"/{name}")


def test_a_fact_nobody_had_recorded_may_be_recorded() -> None:
    bare = replace(SERVES, next_review_on=None, superseded_on=None, monitoring_cadence_days=None)
    require_change(bare, SERVES, latest=None)


def test_of_a_model_that_does_not_serve_days_move_freely_but_its_start_of_production_stands() -> None:
    was = replace(BUILT, in_production_since=date(2026, 1, 1))
    moved = replace(was, next_review_on=None, superseded_on=None, monitoring_cadence_days=None)
    require_change(was, moved, latest=None)
    assert refused(was, replace(was, in_production_since=None)) == ("kept", "/in_production_since")


def test_nobody_takes_a_model_out_of_production_by_hand() -> None:
    assert refused(SERVES, replace(SERVES, in_production=False)) == ("in_production", "/stage")


@pytest.mark.parametrize("name", ["owner", "next_review_on", "decommission_criteria"])
def test_what_production_asks_for_is_asked_on_the_way_in_and_kept_there(name: str) -> None:
    empty = None if name == "next_review_on" else False
    lacking = replace(SERVES, **{name: empty})  # type: ignore[arg-type]  # the name is one of several fields
    assert refused(BUILT, lacking) == ("required_in_production", f"/{name}")
    assert refused(SERVES, lacking) == ("required_in_production", f"/{name}")
    require_change(lacking, lacking, latest=None)  # taken over without it: other facts can still be written


@pytest.mark.parametrize(("open_critical", "stopped"), [(0, False), (None, False), (1, True)])
def test_an_open_critical_finding_stops_the_way_into_production(
    open_critical: int | None, stopped: bool
) -> None:
    after = replace(SERVES, open_critical=open_critical)
    if stopped:
        assert refused(BUILT, after) == ("open_critical", "/stage")
        require_change(SERVES, after, latest=None)  # it serves already: the finding has its own clock
    else:
        require_change(BUILT, after, latest=None)


def test_without_a_tier_nothing_enters_production_and_what_serves_already_may_be_written_of() -> None:
    unknown = replace(SERVES, tier=False)
    assert refused(replace(BUILT, tier=False), unknown) == ("tier_unknown", "/stage")
    require_change(unknown, replace(unknown, next_review_on=date(2026, 11, 30)), latest=None)


def test_a_review_is_set_no_later_than_the_tier_s_cadence() -> None:
    latest = date(2027, 5, 24)
    new = replace(SERVES, next_review_on=None)
    require_change(new, replace(SERVES, next_review_on=latest), latest=latest)
    late = replace(SERVES, next_review_on=latest + timedelta(days=1))
    assert refused(new, late, latest) == ("too_late", "/next_review_on")
    assert refused(BUILT, replace(late, next_review_on=date(2099, 12, 31)), latest) == (
        "too_late",
        "/next_review_on",
    )


def test_the_latest_day_counts_from_the_last_review_or_the_start_of_service() -> None:
    def asked(**more: Any) -> date | None:
        given: dict[str, Any] = {
            "tier_months": 6,
            "last_review_on": None,
            "serving_since": None,
            "today": TODAY,
            **more,
        }
        return latest_review(**given)

    assert asked(tier_months=None) is None
    assert asked(last_review_on=date(2026, 10, 1), serving_since=date(2020, 1, 1)) == date(2027, 4, 1)
    assert asked(serving_since=date(2026, 9, 30)) == date(2027, 3, 30)
    assert asked(serving_since=date(2026, 5, 24)) == TODAY
    assert asked(serving_since=date(2026, 5, 23)) == date(2027, 5, 24), (
        "overdue already, whatever the day says"
    )
    assert asked() == date(2027, 5, 24)


@pytest.mark.parametrize(
    "developer",
    ["Rita Ost", "rita  OST (Model team)", "Jan Kowal, Rita Ost", "Model team: Rita Ost;", "Rita\u00a0Ost"],
)
def test_a_developer_is_known_however_the_name_is_written(developer: str) -> None:
    assert names_same_person("Rita Ost", developer)


@pytest.mark.parametrize(
    "developer", ["", "Ost Rita", "Rita Osterman", "Margarita Ost", "Acme", "Rita, Jan Ost"]
)
def test_another_name_is_another_person(developer: str) -> None:
    assert not names_same_person("Rita Ost", developer)
    assert not names_same_person("", developer)
