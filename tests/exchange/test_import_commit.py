"""What an import promises: previewed, then written once, whole or not at all, and safe to repeat."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.access import system
from core.errors import Problem
from core.models import AuditEvent, BusinessUnit, Outbox, RoleGrant, User
from exchange.models import ImportedRecord, ImportFile, ImportRow, ImportRun
from exchange.services.imports import (
    commit_import,
    content_of,
    discard_import,
    discard_old,
    stage_import,
)
from pilots.models import Pilot
from portfolio.models import Initiative, StageSpell, StrategicObjective
from tests.cast import AT, Cast
from tests.exchange.files import sample
from tests.exchange.staged import FEW, OWN, changed, ends, few, good, load, one, row, stage, verbs

pytestmark = pytest.mark.django_db
NEXT_YEAR = AT + timedelta(days=365)


@pytest.fixture
def whole() -> bytes:
    """The sample with its two refused rows mended."""
    return changed(good)


def test_a_preview_writes_nothing_but_itself(cast: Cast, whole: bytes) -> None:
    run = stage(cast, whole)
    assert ends(run) == {"created": 41}
    assert (run.state, run.as_of, run.series) == ("ready", AT.date(), "portfolio")
    assert (Initiative.objects.count(), StageSpell.objects.count(), ImportedRecord.objects.count()) == (
        0,
        0,
        0,
    )
    assert BusinessUnit.objects.count() == 3
    assert verbs() == ["import.staged"]


def test_a_preview_names_the_units_it_would_make(cast: Cast, whole: bytes) -> None:
    summary = stage(cast, whole).summary
    assert "Underwriting" in summary["new_units"]
    assert "UWR: Property" in summary["new_units"]
    # Claims is there under its code CLM already; its sub-units are not.
    assert "Claims" not in summary["new_units"]
    assert "CLM: Motor" in summary["new_units"]


def test_the_commit_writes_every_row_with_its_first_spell_and_its_event(cast: Cast, whole: bytes) -> None:
    run = load(cast, whole)
    assert run.state == "committed"
    assert Initiative.objects.count() == StageSpell.objects.count() == ImportedRecord.objects.count() == 41
    assert verbs().count("initiative.imported") == 41
    triage = one("Motor claims triage")
    assert (triage.unit.name, triage.unit.parent, triage.external_id) == ("Motor", cast.claims, "CLM:CLM-001")
    assert (
        triage.problem
        == "Simple claims wait behind hard ones.\nHandlers sort by hand, first come first served."
    )
    assert list(triage.objectives.values_list("name", flat=True)) == [
        "Faster settlement",
        "Lower cost per claim",
    ]
    spell = triage.spells.get()
    assert (spell.stage, spell.entered_on, spell.precision) == ("pilot", date(2024, 3, 12), "day")
    assert spell.basis == "Initiated on"
    event = AuditEvent.objects.get(initiative_id=triage.pk, action="initiative.imported")
    assert event.reason == f"Import {run.pk}, row 1 of sample.csv"
    assert event.unit_path == triage.unit.path


def test_the_commit_opens_the_pilots_and_asks_for_them_to_be_judged(cast: Cast, whole: bytes) -> None:
    load(cast, whole)
    assert (
        Pilot.objects.filter(ended_on=None, due=True).count()
        == Initiative.objects.filter(stage="pilot").count()
        > 0
    )
    assert set(Outbox.objects.values_list("kind", flat=True)) >= {"import.committed", "import.follow"}


def test_what_waited_to_be_written_is_not_kept_after_the_commit(cast: Cast, whole: bytes) -> None:
    run = load(cast, whole)
    assert all(
        staged is None for staged in ImportRow.objects.filter(run=run).values_list("staged", flat=True)
    )
    assert ImportRow.objects.filter(run=run, initiative=None).count() == 0


def test_people_are_found_by_address_and_strangers_stay_text(cast: Cast) -> None:
    User.objects.create_user("desk@calder.example", name="Desk", is_service=True, created_at=AT)
    run = load(
        cast,
        few(
            "Name,Unit,Sponsor,Lead",
            "Triage,Claims,Edith@calder.example,gone@calder.example",
            "Fraud,Claims,desk@calder.example,",
        ),
        FEW,
    )
    triage = one("Triage")
    assert (triage.sponsor, triage.lead, triage.attributes) == (
        cast.edith,
        None,
        {"Lead": "gone@calder.example"},
    )
    assert one("Fraud").sponsor is None
    codes = {warning["code"]: warning["column"] for r in run.rows.all() for warning in r.warnings}
    assert codes == {"unknown_person": "Lead", "mailbox": "Sponsor"}


def test_an_import_grants_no_right_to_anybody(cast: Cast, whole: bytes) -> None:
    grants, people = list(RoleGrant.objects.values()), User.objects.count()
    load(cast, whole)
    load(cast, few("Name,Unit,Sponsor,Lead", "Triage,Claims,alice@calder.example,bob@calder.example"), FEW)
    assert (list(RoleGrant.objects.values()), User.objects.count()) == (grants, people)


def test_objectives_are_found_whatever_their_case_and_exchanged_when_the_source_does(cast: Cast) -> None:
    StrategicObjective.objects.create(name="Lower Cost")
    load(cast, few("Name,Unit,Objectives", "Triage,Claims,lower cost;Speed"), FEW)
    assert set(one("Triage").objectives.values_list("name", flat=True)) == {"Lower Cost", "Speed"}
    load(cast, few("Name,Unit,Objectives", "Triage,Claims,Fairness"), FEW)
    assert set(one("Triage").objectives.values_list("name", flat=True)) == {"Fairness"}


@pytest.mark.parametrize(
    ("said", "kept", "code"),
    [("1250.5", Decimal("1250.50"), None), ("-3", None, "out_of_range"), ("1" + "0" * 15, None, "out_of_range"),
     ("1.005", Decimal("1.00"), "rounded"), ("ca. 200", None, "unreadable_number"), ("nan", None, "unreadable_number")],
)  # fmt: skip
def test_an_amount_is_exact_or_unknown_and_its_text_is_kept(
    cast: Cast, said: str, kept: Decimal | None, code: str | None
) -> None:
    run = load(cast, few("Name,Unit,Value", f"Triage,Claims,{said}"), FEW)
    assert one("Triage").planned_value == kept
    assert [warning["code"] for warning in row(run, "Triage").warnings] == ([code] if code else [])
    assert one("Triage").attributes == ({"Value": said} if code else {})


def test_a_refused_row_holds_everything_back_unless_the_good_ones_are_asked_for(cast: Cast) -> None:
    run = stage(cast, sample())
    assert ends(run) == {"created": 39, "refused": 2}
    with pytest.raises(Problem) as refused:
        commit_import(run_id=run.pk, by=cast.actor("max"), at=AT)
    assert (refused.value.status, refused.value.code) == (409, "rows_refused")
    assert Initiative.objects.count() == 0
    commit_import(run_id=run.pk, by=cast.actor("max"), at=AT, only_good_rows=True)
    assert Initiative.objects.count() == 39


def test_the_refused_rows_come_out_as_a_file_that_is_mended_and_fed_again(cast: Cast) -> None:
    first = load(cast, sample(), only_good_rows=True)
    assert first.rejects_id is not None
    rejected = content_of(first.rejects_id).decode("utf-8-sig")
    assert rejected.count("\r\n") == 3
    mended = rejected.replace('"I-5"', '"I-6"', 1).replace('"","OPS"', '"Shift swaps","OPS"')
    assert ends(load(cast, mended.encode())) == {"created": 2}
    assert {"Phishing triage for subsidiaries", "Shift swaps"} <= set(
        Initiative.objects.values_list("name", flat=True)
    )
    assert Initiative.objects.count() == 41


def test_committing_twice_writes_once(cast: Cast, whole: bytes) -> None:
    run = load(cast, whole)
    with pytest.raises(Problem) as refused:
        commit_import(run_id=run.pk, by=cast.actor("max"), at=AT)
    assert (refused.value.status, refused.value.code) == (409, "not_ready")
    assert Initiative.objects.count() == 41


def test_a_preview_that_another_import_has_overtaken_is_not_committed(cast: Cast) -> None:
    file = few("Name,Unit,Problem", "Triage,Claims,Slow")
    early = stage(cast, file, FEW)
    load(cast, file, FEW)
    with pytest.raises(Problem) as refused:
        commit_import(run_id=early.pk, by=cast.actor("max"), at=AT)
    assert (refused.value.status, refused.value.code) == (409, "preview_outdated")
    assert Initiative.objects.count() == 1


def test_imports_of_other_series_do_not_overtake_a_preview(cast: Cast, whole: bytes) -> None:
    early = stage(cast, few("Name,Unit", "Triage,Claims"), FEW)
    load(cast, whole)
    commit_import(run_id=early.pk, by=cast.actor("max"), at=AT)
    assert Initiative.objects.filter(name="Triage").exists()


def test_an_old_version_of_a_run_is_not_committed(cast: Cast, whole: bytes) -> None:
    run = stage(cast, whole)
    with pytest.raises(Problem) as refused:
        commit_import(run_id=run.pk, by=cast.actor("max"), at=AT, expected_version=run.version - 1)
    assert refused.value.status == 412


def test_a_discarded_preview_cannot_be_committed_and_its_rows_are_gone(cast: Cast, whole: bytes) -> None:
    run = stage(cast, whole)
    discard_import(run_id=run.pk, by=cast.actor("max"), at=AT)
    assert not ImportRow.objects.filter(run=run).exists()
    with pytest.raises(Problem) as refused:
        commit_import(run_id=run.pk, by=cast.actor("max"), at=AT)
    assert refused.value.code == "not_ready"
    assert verbs() == ["import.staged", "import.discarded"]


def test_a_committed_import_is_not_discarded(cast: Cast, whole: bytes) -> None:
    run = load(cast, whole)
    with pytest.raises(Problem) as refused:
        discard_import(run_id=run.pk, by=cast.actor("max"), at=AT)
    assert refused.value.status == 409


@pytest.mark.parametrize("who", ["alice", "ursula", "edith", "adam", "vera", "audrey", "nobody"])
def test_only_a_portfolio_manager_of_the_whole_house_imports(cast: Cast, whole: bytes, who: str) -> None:
    run = stage(cast, whole)
    acts: tuple[Callable[[], object], ...] = (
        lambda: stage(cast, whole, who=who),
        lambda: commit_import(run_id=run.pk, by=cast.actor(who), at=AT),
        lambda: discard_import(run_id=run.pk, by=cast.actor(who), at=AT),
    )
    for act in acts:
        with pytest.raises(Problem) as refused:
            act()
        assert refused.value.status == 403
    assert Initiative.objects.count() == 0


def test_a_file_that_cannot_be_used_is_not_kept(cast: Cast) -> None:
    with pytest.raises(Problem) as refused:
        stage(cast, b"Name,Unit\nTriage\n", FEW)
    assert (refused.value.status, refused.value.code) == (400, "file_rejected")
    assert "row 1" in refused.value.detail
    assert (ImportRun.objects.count(), ImportFile.objects.count()) == (0, 0)


def test_a_day_to_come_is_refused(cast: Cast, whole: bytes) -> None:
    with pytest.raises(Problem) as refused:
        stage_import(
            data=whole, filename="a.csv", mapping=OWN, by=cast.actor("max"), at=AT, as_of=date(2027, 1, 1)
        )
    assert refused.value.status == 400
    assert "future" in refused.value.detail


def test_previews_nobody_committed_go_after_thirty_days(cast: Cast, whole: bytes) -> None:
    old, young, done = stage(cast, whole), stage(cast, whole, at=AT + timedelta(days=20)), load(cast, whole)
    at = AT + timedelta(days=31)
    assert discard_old(before=at - timedelta(days=30), by=system(), at=at) == 1
    states = [ImportRun.objects.get(pk=run.pk).state for run in (old, young, done)]
    assert states == ["discarded", "ready", "committed"]
    assert not ImportRow.objects.filter(run=old).exists()


def test_an_older_file_says_that_the_series_is_newer(cast: Cast, whole: bytes) -> None:
    load(cast, whole, as_of=date(2026, 6, 30))
    assert stage(cast, whole, as_of=date(2026, 1, 31)).summary["newer_import"] == "2026-06-30"
    assert stage(cast, whole, as_of=date(2026, 7, 31)).summary["newer_import"] is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../etc/passwd.csv", "passwd.csv"), ("C:\\a\\b.csv", "b.csv"), ("a\x00b\r\nc.csv", "abc.csv"), ("\u202efdp.exe", "fdp.exe"), ("", "file"), ("x" * 400, "x" * 255)],
)  # fmt: skip
def test_a_filename_is_shown_without_its_path_and_tricks(cast: Cast, given: str, kept: str) -> None:
    assert stage(cast, few("Name,Unit", "Triage,Claims"), FEW, filename=given).filename == kept
