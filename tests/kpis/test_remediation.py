"""Remediation: KPIs set right after the fact, in four steps, and labelled post-hoc for ever."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from core.errors import Problem
from core.models import AuditEvent
from kpis.models import Kpi, Remediation, RemediationStep
from kpis.queries.remediation import reached
from kpis.services.define import edit_kpi
from kpis.services.remediation import open_remediation, take_step
from kpis.services.states import retire_kpi
from portfolio.models import Initiative, StageSpell
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import amend, claims_triage, make_initiative, make_kpi, promise, read, seal

DAY = timedelta(days=1)


@pytest.fixture
def triage(cast: Cast, frozen: Any) -> Initiative:
    return claims_triage(cast)


def begun(cast: Cast, triage: Initiative, by: str = "alice") -> Remediation:
    return open_remediation(initiative_id=triage.pk, because="No KPI was agreed.", by=cast.actor(by), at=AT)


def step(cast: Cast, row: Remediation, name: str, *, by: str = "alice", **said: Any) -> RemediationStep:
    return take_step(
        pk=row.pk, step=name, **{"finding": "Handlers save an hour.", **said}, by=cast.actor(by), at=AT
    )


def refused(code: str, status: int, work: Any, *args: Any, **said: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        work(*args, **said)
    found = {caught.value.code, *(item.code for item in caught.value.items)}
    assert (code in found, caught.value.status) == (True, status), caught.value
    return caught.value


def measured(kpi: Kpi, days: int) -> None:
    for back in range(days):
        read(kpi, 9 + back, TODAY - back * DAY)


def finished(cast: Cast, triage: Initiative) -> tuple[Remediation, Kpi]:
    """A remediation with all its four steps, and the KPI it set."""
    row, kpi = begun(cast, triage), promise(triage)
    measured(kpi, 3)
    step(cast, row, "retrospective")
    step(cast, row, "post_hoc_kpi", kpi=kpi)
    step(cast, row, "validation")
    step(cast, row, "realignment", realignment="retrain")
    return Remediation.objects.get(pk=row.pk), Kpi.objects.select_related("current").get(pk=kpi.pk)


def test_the_four_steps_are_taken_in_order_and_close_it(cast: Cast, triage: Initiative) -> None:
    row, kpi = finished(cast, triage)
    assert row.closed_at == AT
    assert list(row.steps.values_list("step", "readings", "realignment")) == [
        ("retrospective", None, ""),
        ("post_hoc_kpi", None, ""),
        ("validation", 3, ""),
        ("realignment", None, "retrain"),
    ]
    assert (kpi.post_hoc, kpi.remediation_id) == (True, row.pk)
    assert reached(row).next_step is None
    told = AuditEvent.objects.filter(initiative_id=triage.pk, action__startswith="remediation.")
    assert told.count() == 6
    assert AuditEvent.objects.filter(action="kpi.labelled_post_hoc", object_id=kpi.pk).exists()
    refused("all_steps_taken", 409, step, cast, row, "realignment", realignment="none")


@pytest.mark.parametrize("first", ["post_hoc_kpi", "validation", "realignment"])
def test_no_step_is_taken_before_its_turn(cast: Cast, triage: Initiative, first: str) -> None:
    row, kpi = begun(cast, triage), make_kpi(triage)
    measured(kpi, 3)
    asked: dict[str, dict[str, Any]] = {
        "post_hoc_kpi": {"kpi": kpi},
        "realignment": {"realignment": "none"},
    }
    said = asked.get(first, {})
    refused("step_out_of_order", 409, step, cast, row, first, **said)
    kpi.refresh_from_db()
    assert (row.steps.count(), kpi.post_hoc) == (0, False)


def test_a_step_is_taken_once(cast: Cast, triage: Initiative) -> None:
    row = begun(cast, triage)
    step(cast, row, "retrospective")
    refused("step_out_of_order", 409, step, cast, row, "retrospective")
    with pytest.raises(IntegrityError), transaction.atomic():
        RemediationStep.objects.create(remediation=row, step="retrospective", finding="x", recorded_at=AT)


@pytest.mark.parametrize("days", [0, 1, 2, 3])
def test_validation_needs_a_history_of_three_days(cast: Cast, triage: Initiative, days: int) -> None:
    row, kpi = begun(cast, triage), make_kpi(triage)
    step(cast, row, "retrospective")
    step(cast, row, "post_hoc_kpi", kpi=kpi)
    measured(kpi, days)
    if days < 3:
        said = refused("no_historical_series", 409, step, cast, row, "validation")
        assert ("none is on record" if not days else f"{days} on record") in said.detail
    else:
        assert step(cast, row, "validation").readings == 3


def test_readings_that_do_not_speak_make_no_history(cast: Cast, triage: Initiative) -> None:
    row, kpi = begun(cast, triage), make_kpi(triage)
    step(cast, row, "retrospective")
    step(cast, row, "post_hoc_kpi", kpi=kpi)
    for value in (9, 8, 7):  # one day
        read(kpi, value, TODAY)
    read(kpi, 9, TODAY - 700 * DAY)  # before the baseline
    said = refused("no_historical_series", 409, step, cast, row, "validation")
    assert "1 on record" in said.detail


def test_readings_of_another_measure_make_no_history(cast: Cast, triage: Initiative) -> None:
    row, kpi = begun(cast, triage), promise(triage)
    measured(kpi, 3)
    kpi = amend(seal(kpi, cast), cast, formula="mean(decided - noticed)")
    step(cast, row, "retrospective")
    step(cast, row, "post_hoc_kpi", kpi=kpi)
    refused("no_historical_series", 409, step, cast, row, "validation")


@pytest.mark.parametrize(
    ("name", "said", "code", "field"),
    [
        ("retrospective", {"finding": " "}, "note_missing", "finding"),
        ("retrospective", {"finding": "x" * 10_001}, "max_length", "finding"),
        ("retrospective", {"realignment": "none"}, "not_of_this_step", "realignment"),
        ("guessing", {}, "invalid_choice", "step"),
        ("realignment", {"realignment": "rewrite"}, "invalid_choice", "realignment"),
    ],
)
def test_a_step_says_what_belongs_to_it_and_nothing_else(
    cast: Cast, triage: Initiative, name: str, said: dict[str, Any], code: str, field: str
) -> None:
    problem = refused(code, 400, step, cast, begun(cast, triage), name, **said)
    assert problem.items[0].pointer == f"/{field}"


def test_the_second_step_names_a_kpi_that_was_set_after_the_fact(cast: Cast, triage: Initiative) -> None:
    row = begun(cast, triage)
    step(cast, row, "retrospective")
    refused("kpi_missing", 400, step, cast, row, "post_hoc_kpi")
    elsewhere = make_kpi(make_initiative(cast.claims, "Another", lead=cast.alice))
    refused("does_not_exist", 400, step, cast, row, "post_hoc_kpi", kpi=elsewhere)
    metric = make_kpi(triage, "F1", kind="model_metric", primary=False)
    refused("model_metric", 400, step, cast, row, "post_hoc_kpi", kpi=metric)
    dead = make_kpi(triage, "Dead", primary=False)
    dead = retire_kpi(pk=dead.pk, because="Nobody needs it.", by=cast.actor("alice"), at=AT)
    refused("retired", 400, step, cast, row, "post_hoc_kpi", kpi=dead)
    before = seal(promise(triage, "Before"), cast)
    StageSpell.objects.create(
        initiative=triage, stage="development", from_stage="framing", entered_on=TODAY + DAY, recorded_at=AT
    )
    refused("set_in_time", 400, step, cast, row, "post_hoc_kpi", kpi=before)
    assert not Kpi.objects.filter(remediation__isnull=False).exists()


def test_the_fourth_step_says_what_follows_for_the_model(cast: Cast, triage: Initiative) -> None:
    row, kpi = begun(cast, triage), make_kpi(triage)
    measured(kpi, 3)
    step(cast, row, "retrospective")
    step(cast, row, "post_hoc_kpi", kpi=kpi)
    step(cast, row, "validation")
    refused("outcome_missing", 400, step, cast, row, "realignment")
    row.refresh_from_db()
    assert row.closed_at is None


def test_an_initiative_has_one_open_and_none_before_development(cast: Cast, triage: Initiative) -> None:
    begun(cast, triage)
    refused("remediation_open", 409, begun, cast, triage)
    with pytest.raises(IntegrityError), transaction.atomic():
        Remediation.objects.create(initiative=triage, because="Twice", opened_at=AT)
    early = make_initiative(cast.claims, "Early", lead=cast.alice)
    Initiative.objects.filter(pk=early.pk).update(stage="framing")
    refused("nothing_to_remedy", 409, begun, cast, early)
    refused(
        "required", 400, open_remediation, initiative_id=triage.pk, because=" ", by=cast.actor("alice"), at=AT
    )


@pytest.mark.parametrize(("who", "status"), [("bob", 403), ("vera", 403), ("dana", 403), ("charlie", 404)])
def test_who_does_not_define_kpis_sets_none_right(
    cast: Cast, triage: Initiative, who: str, status: int
) -> None:
    row = begun(cast, triage, "max")
    for work in (lambda: begun(cast, triage, who), lambda: step(cast, row, "retrospective", by=who)):
        with pytest.raises(Problem) as caught:
            work()
        assert caught.value.status == status


def test_the_label_stays_when_the_kpi_is_sealed_amended_renamed_and_retired(
    cast: Cast, triage: Initiative
) -> None:
    row, kpi = finished(cast, triage)
    kpi = amend(seal(kpi, cast), cast, name="Hours to decision", formula="mean(decided - noticed)")
    edit_kpi(
        pk=kpi.pk,
        expected_version=None,
        facts={"owner": cast.bob},
        success=None,
        by=cast.actor("alice"),
        at=AT,
    )
    retire_kpi(pk=kpi.pk, because="It is reached.", by=cast.actor("alice"), at=AT)
    kpi.refresh_from_db()
    assert (kpi.name, kpi.state, kpi.remediation_id) == ("Hours to decision", "retired", row.pk)


def test_another_remediation_leaves_the_label_where_it_was(cast: Cast, triage: Initiative) -> None:
    row, kpi = finished(cast, triage)
    again = begun(cast, triage)
    step(cast, again, "retrospective")
    step(cast, again, "post_hoc_kpi", kpi=kpi)
    kpi.refresh_from_db()
    assert kpi.remediation_id == row.pk
    assert AuditEvent.objects.filter(action="kpi.labelled_post_hoc").count() == 1


def test_the_database_takes_no_label_off_and_changes_no_step(cast: Cast, triage: Initiative) -> None:
    row, kpi = finished(cast, triage)
    again = begun(cast, triage)
    for change in (None, again):
        with pytest.raises(DatabaseError, match="for ever"), transaction.atomic():
            Kpi.objects.filter(pk=kpi.pk).update(remediation=change)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        row.steps.update(finding="Otherwise.")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM kpis_remediationstep")
    assert row.steps.count() == 4
    assert Kpi.objects.filter(pk=kpi.pk).update(remediation=row, name="Same") == 1
