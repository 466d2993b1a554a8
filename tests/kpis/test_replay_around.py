"""Replay of what surrounds KPIs: words of sign-off, comparisons, data, workshops, interventions, remediations, changes."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from domain.experiment_looks import Look
from kpis.models import Kpi, Workshop
from kpis.services.comparisons import record_comparison, record_looks
from kpis.services.data_needs import create_data_need, edit_data_need
from kpis.services.drift_words import record_world_change
from kpis.services.interventions import change_intervention, close_intervention, escalate_overdue
from kpis.services.remediation import open_remediation, take_step
from kpis.services.sealing import sign_off
from portfolio.models import Initiative, StageSpell
from tests.cast import TODAY, Cast
from tests.kpis.acting import give, raise_flag
from tests.kpis.build import ask, claims_triage, make_kpi, promise, read
from tests.kpis.test_replay_known import got, known, on, then

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db
LISTS = (
    "sign-offs", "comparisons", "data-needs", "workshops", "interventions", "remediations", "world-changes",
)  # fmt: skip


@pytest.fixture
def triage(cast: Cast, frozen: object) -> Initiative:
    return claims_triage(cast)


def rows(api: Api, path: str, asked: str) -> list[Any]:
    found: list[Any] = got(api, f"{path}/", asked)["results"]
    return found


def day(number: int) -> date:
    return date(2026, 11, number)


def test_replay_of_a_sign_off_leaves_out_a_word_not_given_yet(
    cast: Cast, api: Api, triage: Initiative
) -> None:
    kpi = promise(triage, at=on(1))
    asked = ask(kpi, cast, at=on(3), product="alice")["product"]
    sign_off(pk=asked.pk, verdict="dissented", note="Too soft.", by=cast.actor("alice"), at=on(6))
    assert rows(api, "sign-offs", known(2)) == rows(api, "sign-offs", "as_of=2026-11-02") == []
    for said in (known(4), "as_of=2026-11-04"):
        (one,) = rows(api, "sign-offs", said)
        assert (one["verdict"], one["note"], one["signed_at"]) == ("", "", None)
    one = got(api, f"sign-offs/{asked.pk}/", then(7))
    assert (one["verdict"], one["note"]) == ("dissented", "Too soft.")


def test_replay_of_a_comparison_reads_the_looks_of_then(cast: Cast, api: Api, triage: Initiative) -> None:
    alice, kpi = cast.actor("alice"), make_kpi(triage, at=on(1))
    facts: Any = {"name": "Letters", "design": "ab_test", "arm_1": "Old", "arm_2": "New"}
    row = record_comparison(kpi_id=kpi.pk, facts=facts, looks=[Look(day(2), (40, 100, 41, 100))], by=alice, at=on(3)).comparison  # fmt: skip
    before = got(api, f"comparisons/{row.pk}/", then(3))
    record_looks(pk=row.pk, looks=[Look(day(4), (80, 200, 140, 200))], by=alice, at=on(9))
    assert rows(api, "comparisons", known(2)) == []
    assert rows(api, "comparisons", known(8)) == [before]
    assert rows(api, "comparisons", "as_of=2026-11-03") == [before]
    now = got(api, f"comparisons/{row.pk}/", then(9))
    assert [len(one["looks"]) for one in (before, now)] == [1, 2]
    assert [one["verdict"]["significant"] for one in (before, now)] == [False, True]


def test_replay_of_data_needs_takes_later_edits_off(cast: Cast, api: Api, triage: Initiative) -> None:
    alice, kpi = cast.actor("alice"), make_kpi(triage, at=on(1))
    row = create_data_need(
        initiative_id=triage.pk, facts={"name": "Weather", "available": "no"}, by=alice, at=on(2)
    )
    before = got(api, f"data-needs/{row.pk}/", "")
    edit_data_need(
        pk=row.pk, expected_version=None, facts={"available": "partly", "kpis": [kpi]}, by=alice, at=on(5)
    )
    edit_data_need(pk=row.pk, expected_version=None, facts={"name": "Rain", "owner": cast.bob, "kpis": []}, by=alice, at=on(8))  # fmt: skip
    assert rows(api, "data-needs", known(4)) == rows(api, "data-needs", "as_of=2026-11-04") == [before]
    (middle,) = rows(api, "data-needs", f"{known(6)}&expand=owner")
    assert (middle["name"], middle["available"], middle["kpis"]) == ("Weather", "partly", [kpi.pk])
    assert (middle["unlinked"], middle["owner"], middle["version"]) == (False, None, 2)
    assert got(api, f"data-needs/{row.pk}/", then(9)) == got(api, f"data-needs/{row.pk}/", "")


def test_replay_of_a_workshop_tells_its_timing_from_what_was_known(
    cast: Cast, api: Api, triage: Initiative
) -> None:
    row = Workshop.objects.create(initiative=triage, held_on=day(2), recorded_at=on(3))
    StageSpell.objects.create(
        initiative=triage, stage="framing", entered_on=day(1), recorded_at=on(1), closed_at=on(7)
    )
    StageSpell.objects.create(initiative=triage, stage="development", entered_on=day(1), recorded_at=on(7))
    assert rows(api, "workshops", known(2)) == rows(api, "workshops", "as_of=2026-11-01") == []
    told = [got(api, f"workshops/{row.pk}/", known(number))["timing"] for number in (5, 8)]
    assert [(one["late"], one["development_began_on"]) for one in told] == [
        (False, None),
        (True, "2026-11-01"),
    ]


def test_replay_of_an_intervention_has_it_open_with_the_person_of_then(
    cast: Cast, api: Api, triage: Initiative
) -> None:
    alice = cast.actor("alice")
    row = give(raise_flag(triage, at=on(1)), cast, due_on=day(6), at=on(2))
    before = got(api, f"interventions/{row.pk}/", then(2))
    change: Any = {"assigned_to": cast.alice, "due_on": day(9)}
    change_intervention(
        pk=row.pk, expected_version=None, change=change, because="Bob is away.", by=alice, at=on(4)
    )
    escalate_overdue(at=on(12))
    close_intervention(pk=row.pk, note="Asked them.", by=alice, at=on(15))
    assert rows(api, "interventions", known(1)) == []
    assert rows(api, "interventions", then(3)) == rows(api, "interventions", "as_of=2026-11-03") == [before]
    names = ("state", "assigned_to", "due_on", "escalated_on", "closure", "closed_by", "version")
    told = [tuple(got(api, f"interventions/{row.pk}/", then(number))[name] for name in names) for number in (3, 5, 11, 13, 16)]  # fmt: skip
    bob, lead = cast.bob.pk, cast.alice.pk
    assert told == [
        ("open", bob, "2026-11-06", None, "", None, 1),
        ("open", lead, "2026-11-09", None, "", None, 2),
        ("overdue", lead, "2026-11-09", None, "", None, 2),
        ("escalated", lead, "2026-11-09", "2026-11-12", "", None, 2),
        ("closed", lead, "2026-11-09", "2026-11-12", "Asked them.", lead, 3),
    ]


def test_replay_of_a_remediation_leaves_later_steps_out_and_the_kpi_unlabelled(cast: Cast, api: Api, triage: Initiative) -> None:  # fmt: skip
    alice, kpi = cast.actor("alice"), promise(triage, at=on(1))
    for back in range(3):
        read(kpi, 9, day(4 - back), at=on(4))
    row = open_remediation(initiative_id=triage.pk, because="No KPI was agreed.", by=alice, at=on(5))
    last: dict[str, Any] = {"realignment": "retrain"}
    for number, name, more in ((6, "retrospective", {}), (8, "post_hoc_kpi", {"kpi": Kpi.objects.get(pk=kpi.pk)}), (10, "validation", {}), (12, "realignment", last)):  # fmt: skip
        take_step(pk=row.pk, step=name, finding="Handlers save an hour.", by=alice, at=on(number), **more)
    assert rows(api, "remediations", known(4)) == []
    told = [got(api, f"remediations/{row.pk}/", then(number)) for number in (5, 7, 11, 13)]
    assert [(len(one["steps"]), one["next_step"], one["closed_at"]) for one in told] == [
        (0, "retrospective", None), (1, "post_hoc_kpi", None), (3, "realignment", None), (4, None, "2026-11-12T12:00:00Z"),
    ]  # fmt: skip
    labelled = [got(api, f"kpis/{kpi.ref}/", then(number)) for number in (7, 9)]
    assert [(one["post_hoc"], one["remediation"]) for one in labelled] == [(False, None), (True, row.pk)]


def test_replay_of_changes_of_the_world_is_by_day_and_by_moment(
    cast: Cast, api: Api, triage: Initiative
) -> None:
    record_world_change(initiative_id=triage.pk, kind="market", on=day(3), what="A rival.", by=cast.actor("alice"), at=on(9))  # fmt: skip
    asked = {"as_of=2026-11-02": 0, "as_of=2026-11-03": 1, known(8): 0, known(9): 1, "": 1}
    assert {said: len(rows(api, "world-changes", said)) for said in asked} == asked


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("sign-offs", "verdict=approved"), ("data-needs", "unlinked=true"), ("data-needs", "q=rain"),
        ("interventions", "open=true"), ("interventions", "ordering=-due_on"), ("remediations", "open=false"),
        ("kpi-versions", "approved_by=1"), ("kpi-versions", "sealed_on__gte=2026-11-01"),
    ],
)  # fmt: skip
def test_replay_refuses_to_filter_by_what_was_written_later(api: Api, triage: Initiative, path: str, asked: str) -> None:  # fmt: skip
    answer = api("vera").get(f"/api/v1/{path}/?{asked}&{known(5)}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"?{asked.partition('=')[0]}"
    assert api("vera").get(f"/api/v1/{path}/?{asked}").status_code == 200


@pytest.mark.parametrize("path", LISTS)
def test_replay_of_a_naive_moment_and_a_day_to_come_is_refused_in_every_list(api: Api, triage: Initiative, path: str) -> None:  # fmt: skip
    for said in ("as_of=2026-11-25", "known_at=2026-11-20T10:00:00"):
        assert api("vera").get(f"/api/v1/{path}/?{said}").status_code == 400
    assert rows(api, path, then(5)) == []


@pytest.mark.parametrize(
    "path",
    [
        "kpis/{kpi}/quality/",
        "initiatives/{ai}/warnings/",
        "value-not-shown/",
        "initiatives/{ai}/traceability/",
    ],
)
def test_replay_is_refused_where_an_answer_is_only_of_today(api: Api, triage: Initiative, path: str) -> None:
    url = "/api/v1/" + path.format(kpi=make_kpi(triage).ref, ai=triage.pk)
    assert api("vera").get(url).status_code == 200
    assert api("vera").get(f"{url}?{known(5)}").status_code == 400


def test_replay_of_many_costs_as_many_statements_as_of_one(cast: Cast, api: Api, triage: Initiative) -> None:
    alice, client, costs = cast.actor("alice"), api("vera"), []
    for place in range(3):
        need = create_data_need(initiative_id=triage.pk, facts={"name": f"Data {place}"}, by=alice, at=on(2))
        edit_data_need(pk=need.pk, expected_version=None, facts={"owner": cast.bob}, by=alice, at=on(8))
        row = give(raise_flag(triage, f"T0{place + 1}", at=on(1)), cast, due_on=day(6), at=on(2))
        change: Any = {"assigned_to": cast.alice}
        change_intervention(
            pk=row.pk, expected_version=None, change=change, because="Away.", by=alice, at=on(4)
        )
        with CaptureQueriesContext(connection) as seen:
            for path in ("data-needs", "interventions"):
                answer = client.get(f"/api/v1/{path}/?{known(3)}")
                assert len(answer.json()["results"]) == place + 1
        costs.append(len(seen))
    assert costs[0] == costs[1] == costs[2]


def test_replay_of_today_changes_nothing_of_what_is_stored(cast: Cast, api: Api, triage: Initiative) -> None:
    row = give(raise_flag(triage, at=on(1)), cast, at=on(2) + timedelta(hours=1))
    asked: datetime = on(24, 14)
    said = f"as_of={TODAY}&known_at={asked.isoformat().replace('+00:00', 'Z')}"
    assert got(api, f"interventions/{row.pk}/", said) == got(api, f"interventions/{row.pk}/", "")
