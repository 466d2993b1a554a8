"""Data sources: readiness that does not flatter, personal data without an assessment, checks whose silence is heard, integrations."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from assurance.models import DataCheck, DataCheckResult, DataSource, Integration
from assurance.services.data_checks import Result, add_check, end_check, hear_silence, record_result
from assurance.services.data_sources import create_source, edit_integration, edit_source, record_integration
from core.errors import Problem
from core.models import AuditEvent
from domain.data_readiness import CHECKLIST, expected_by, is_silent, readiness
from domain.gates import GATES
from governance.models import AiModel
from governance.queries.must_meets import answers_at
from portfolio.models import Flag, Initiative
from tests.assurance.watching import back, refused
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import initiative, sound_model

ALL = dict.fromkeys(CHECKLIST, "yes")


def source(cast: Cast, **more: Any) -> DataSource:
    given: dict[str, Any] = {"name": "Claims ledger", "unit": cast.claims, "owner": cast.mona, **more}
    return create_source(by=cast.actor("max"), at=AT, **given)


def test_an_item_nobody_answered_is_a_gap_and_partly_counts_half() -> None:
    assert readiness(ALL).score == 1
    found = readiness({**ALL, "completeness": "partly", "representative": "no", "updates_agreed": "unknown"})
    assert (found.score, found.unknown) == (Decimal("0.75"), ("updates_agreed",))
    assert set(found.gaps) == {"completeness", "representative", "updates_agreed"}
    assert readiness({}).score == 0
    assert readiness(dict.fromkeys(CHECKLIST, "not_applicable")).score is None


def test_a_source_never_audited_has_no_score_and_one_audited_has_score_and_gaps(cast: Cast) -> None:
    row = source(cast)
    assert (row.score, row.gaps) == (None, [])
    edit_source(pk=row.pk, by=cast.actor("mona"), at=AT, checklist={**ALL, "representative": "no"})
    row.refresh_from_db()
    assert (row.score, row.gaps) == (Decimal("0.9"), ["representative"])


def test_personal_data_without_a_dated_assessment_is_listed_until_there_is_one(
    cast: Cast, signed_in: Any, frozen: Any
) -> None:
    row = source(cast, personal="yes", assessment_url="https://dpia.example/14")
    source(cast, name="Weather", personal="no")
    source(cast, name="Notes")
    assert list(DataSource.objects.filter(lacks_assessment=True)) == [row]
    page = signed_in("vera").get("/governance/data-sources/?lacks_assessment=true").content.decode()
    assert "One holds personal data without a privacy assessment" in page
    assert ("Claims ledger" in page, "Weather" in page) == (True, False)
    edit_source(pk=row.pk, by=cast.actor("mona"), at=AT, assessed_on=back(3))
    assert not DataSource.objects.filter(lacks_assessment=True).exists()


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"name": " "}, "/name"), ({"personal": "maybe"}, "/personal"), ({"classification": "secret"}, "/classification"),
        ({"assessed_on": TODAY + timedelta(days=1)}, "/assessed_on"), ({"update_days": 0}, "/update_days"),
        ({"checklist": {"colour": "yes"}}, "/checklist"), ({"checklist": {"completeness": "maybe"}}, "/checklist"),
    ],
)  # fmt: skip
def test_a_fact_that_cannot_be_is_refused_at_its_place(
    cast: Cast, facts: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Problem) as problem:
        source(cast, **facts)
    assert refused(problem)[0::2] == (400, pointer)
    assert not DataSource.objects.exists()


def test_who_registers_and_who_edits(cast: Cast) -> None:
    row = source(cast)
    for who, status in (("vera", 403), ("alice", 404), ("charlie", 404)):
        with pytest.raises(Problem) as problem:
            edit_source(pk=row.pk, by=cast.actor(who), at=AT, quality="Good")
        assert problem.value.status == status, who
    with pytest.raises(Problem) as problem:
        create_source(by=cast.actor("charlie"), at=AT, name="Mine", unit=cast.claims)
    assert problem.value.status == 403
    with pytest.raises(Problem) as problem:
        edit_source(pk=row.pk, by=cast.actor("mona"), at=AT, expected_version=7, quality="Good")
    assert problem.value.status == 412
    events = AuditEvent.objects.count()
    edit_source(pk=row.pk, by=cast.actor("mona"), at=AT, name="Claims ledger", ai_models=[])
    assert AuditEvent.objects.count() == events


def test_links_to_models_and_initiatives_are_on_the_record(cast: Cast) -> None:
    row = source(cast)
    goal = initiative(cast)
    edit_source(pk=row.pk, by=cast.actor("mona"), at=AT, ai_models=[sound_model(cast)], initiatives=[goal])
    event = AuditEvent.objects.get(action="data_source.edited")
    assert event.after["initiatives"] == [goal.pk]


def test_saving_a_field_unlinks_no_model_nor_initiative_out_of_its_authors_sight(
    cast: Cast, signed_in: Any, api: Any, frozen: Any
) -> None:
    """Mona answers for the source and owns one of the two models that rest on it; the other is stale by it, and stays so."""
    hers, far = sound_model(cast), sound_model(cast, "Card limits", unit=cast.cards, owner=cast.ursula)
    goal = initiative(cast, "Card limits", unit=cast.cards, lead=cast.ursula)
    row = source(cast, ai_models=[hers, far], initiatives=[goal], usable_until=back(1))
    address, page = f"/governance/data-sources/{row.ref}/edit/", signed_in("mona")
    shown = page.get(address)
    form = shown.context["form"]
    assert (form["ai_models"].initial, form["initiatives"].initial) == ([hers.pk], [])
    sent = {one.html_name: one.value() for one in form if one.value() not in (None, "")}
    assert page.post(address, {**sent, "quality": "Duplicates in May"}).status_code == 302
    row.refresh_from_db()
    assert row.quality == "Duplicates in May"
    assert set(row.ai_models.values_list("pk", flat=True)) == {hers.pk, far.pk}
    assert page.post(address, {**sent, "ai_models": [], "version": row.version}).status_code == 302
    assert list(row.ai_models.all()) == [far]
    assert list(row.initiatives.all()) == [goal]
    assert AiModel.objects.get(pk=far.pk).cause_codes.keys() == {"data_window_expired"}
    told = api("mona").get(f"/api/v1/data-sources/{row.pk}/")
    assert (told.json()["models"], told.json()["initiatives"]) == ([], [])
    body = {"models": [hers.pk], "initiatives": []}
    done = api("mona").patch(
        f"/api/v1/data-sources/{row.pk}/", body, format="json", HTTP_IF_MATCH=told["ETag"]
    )
    assert (done.status_code, done.json()["models"], done.json()["initiatives"]) == (200, [hers.pk], [])
    whole = api("max").get(f"/api/v1/data-sources/{row.pk}/").json()
    assert (whole["models"], whole["initiatives"]) == ([hers.pk, far.pk], [goal.pk])


def told_at_the_gate(row: Any) -> tuple[str, str]:
    gate = next(one for one in GATES if one.code == "G2")
    asked = Initiative.objects.select_related("unit", "sponsor", "lead").get(pk=row.pk)
    found = {one.criterion.code: one.told for one in answers_at(asked, gate, today=TODAY)}["data_readiness"]
    return found.answer, found.fact


def test_the_gate_to_development_shows_readiness_and_gaps_as_the_register_says_them(cast: Cast) -> None:
    goal = initiative(cast)
    assert told_at_the_gate(goal)[0] == "unknown"
    row = source(cast, initiatives=[goal])
    assert told_at_the_gate(goal) == ("unknown", "1 data source, one never audited")
    by: dict[str, Any] = {"pk": row.pk, "by": cast.actor("mona"), "at": AT}
    edit_source(**by, checklist={**ALL, "representative": "no"})
    assert told_at_the_gate(goal) == (
        "no", "1 data source, the least ready 90\u00a0%, gaps: Claims ledger: it covers the people and cases it will be used for",
    )  # fmt: skip
    edit_source(**by, checklist=ALL, personal="yes")
    answer, fact = told_at_the_gate(goal)
    assert (answer, "no privacy assessment" in fact) == ("no", True)
    edit_source(**by, assessed_on=back(1))
    assert told_at_the_gate(goal) == ("yes", "1 data source, the least ready 100\u00a0%")
    edit_source(**{**by, "by": cast.actor("max")}, initiatives=[])
    assert told_at_the_gate(goal)[0] == "unknown"


# Checks


def ran(cast: Cast, check: DataCheck, days: int, outcome: str = "passed", **more: Any) -> Any:
    result = Result(ran_on=back(days), outcome=outcome, **more)
    return record_result(check_id=check.pk, result=result, by=cast.actor("mona"), at=AT)


def check(cast: Cast) -> DataCheck:
    return add_check(
        source_id=source(cast).pk, name="Rows arrive", interval_days=7, by=cast.actor("mona"), at=AT
    )


@pytest.mark.parametrize(("days", "silent"), [(6, False), (7, False), (8, True)])
def test_silence_begins_the_day_after_the_result_was_due(cast: Cast, days: int, silent: bool) -> None:
    assert is_silent(expected_by(TODAY, 7), TODAY + timedelta(days=days)) is silent
    row = check(cast)
    ran(cast, row, 0)
    assert hear_silence(at=AT + timedelta(days=days)).changed == int(silent)
    row.refresh_from_db()
    assert row.silent is silent
    assert Flag.objects.filter(subject_type="data_source", cleared_at=None).count() == int(silent)


def test_silence_is_told_once_and_ends_with_the_next_result(cast: Cast) -> None:
    row = check(cast)
    assert hear_silence(at=AT + timedelta(days=8)).changed == 1
    assert hear_silence(at=AT + timedelta(days=9)).changed == 0
    flag = Flag.objects.get()
    assert (flag.since, "never sent a result" in flag.sentence) == (TODAY + timedelta(days=8), True)
    late = AT + timedelta(days=9)
    record_result(
        check_id=row.pk, result=Result(ran_on=late.date(), outcome="passed"), by=cast.actor("mona"), at=late
    )
    row.refresh_from_db()
    assert (row.silent, row.due_on) == (False, TODAY + timedelta(days=16))
    assert Flag.objects.get().cleared_at is not None


def test_a_result_about_long_ago_does_not_end_a_silence(cast: Cast) -> None:
    row = check(cast)
    late = AT + timedelta(days=9)
    hear_silence(at=late)
    record_result(
        check_id=row.pk, result=Result(ran_on=back(30), outcome="passed"), by=cast.actor("mona"), at=late
    )
    row.refresh_from_db()
    assert row.silent


def test_a_failed_run_is_flagged_until_one_passes_and_an_older_word_changes_nothing(cast: Cast) -> None:
    row = check(cast)
    ran(cast, row, 3, "failed", rows=100, rows_failed=7)
    ran(cast, row, 5)
    assert Flag.objects.get().cleared_at is None
    ran(cast, row, 0)
    assert Flag.objects.get().cleared_at is not None


def test_a_result_is_heard_once_by_its_key(cast: Cast) -> None:
    row = check(cast)
    _, first = ran(cast, row, 0, source="great", source_key="r1")
    _, again = ran(cast, row, 0, source="great", source_key="r1")
    assert (first, again, DataCheckResult.objects.count()) == (True, False, 1)
    with pytest.raises(Problem) as problem:
        ran(cast, row, 0, "failed", source="great", source_key="r1")
    assert refused(problem)[:2] == (409, "source_key_used")


@pytest.mark.parametrize(
    ("days", "outcome", "more", "pointer"),
    [
        (-1, "passed", {}, "/ran_on"),
        (0, "fine", {}, "/outcome"),
        (0, "failed", {"rows": 1, "rows_failed": 2}, "/rows_failed"),
    ],
)
def test_a_result_that_cannot_be_is_refused(
    cast: Cast, days: int, outcome: str, more: dict[str, Any], pointer: str
) -> None:
    row = check(cast)
    with pytest.raises(Problem) as problem:
        ran(cast, row, days, outcome, **more)
    assert refused(problem)[0::2] == (400, pointer)
    assert not DataCheckResult.objects.exists()


def test_a_check_that_ended_is_silent_no_more(cast: Cast) -> None:
    row = check(cast)
    hear_silence(at=AT + timedelta(days=20))
    end_check(pk=row.pk, because="The feed is gone", by=cast.actor("mona"), at=AT + timedelta(days=21))
    assert Flag.objects.get().cleared_at is not None
    assert hear_silence(at=AT + timedelta(days=40)).changed == 0
    with pytest.raises(Problem) as problem:
        ran(cast, row, 0)
    assert refused(problem)[:2] == (409, "check_ended")


# Integrations


def test_an_integration_nobody_owns_is_warned_of_until_it_has_an_owner(
    cast: Cast, signed_in: Any, frozen: Any
) -> None:
    goal = initiative(cast)
    row = record_integration(initiative_id=goal.pk, system="SAP", kind="erp", by=cast.actor("alice"), at=AT)
    url = f"/governance/initiative/{goal.ref}/integrations/"
    assert "One has no owner" in signed_in("vera").get(url).content.decode()
    edit_integration(pk=row.pk, owner=cast.bob, by=cast.actor("alice"), at=AT)
    assert "Somebody answers for each" in signed_in("vera").get(url).content.decode()


def test_who_may_record_an_integration_and_what_is_refused(cast: Cast) -> None:
    goal = initiative(cast)
    for who, status in (("vera", 403), ("dana", 403), ("charlie", 404)):
        with pytest.raises(Problem) as problem:
            record_integration(initiative_id=goal.pk, system="SAP", kind="erp", by=cast.actor(who), at=AT)
        assert problem.value.status == status, who
    facts: list[tuple[Any, str]] = [
        ({"system": "", "kind": "erp"}, "/system"), ({"system": "SAP", "kind": "fax"}, "/kind"),
        ({"system": "SAP", "kind": "erp", "status": "gone"}, "/status"),
    ]  # fmt: skip
    for given, pointer in facts:
        with pytest.raises(Problem) as problem:
            record_integration(initiative_id=goal.pk, by=cast.actor("alice"), at=AT, **given)
        assert refused(problem)[0::2] == (400, pointer)
    record_integration(initiative_id=goal.pk, system="SAP", kind="erp", by=cast.actor("alice"), at=AT)
    with pytest.raises(Problem) as problem:
        record_integration(initiative_id=goal.pk, system="SAP", kind="erp", by=cast.actor("alice"), at=AT)
    assert refused(problem)[:2] == (409, "taken")
    assert Integration.objects.count() == 1


def test_data_past_its_window_makes_the_models_that_rest_on_it_stale_from_the_day_after(cast: Cast) -> None:
    model = sound_model(cast)
    by: dict[str, Any] = {"by": cast.actor("max"), "at": AT}
    first = create_source(name="Bureau", unit=cast.claims, ai_models=[model], usable_until=TODAY, **by)
    create_source(
        name="Ledger", unit=cast.claims, ai_models=[model], usable_until=TODAY + timedelta(days=9), **by
    )
    row = AiModel.objects.get(pk=model.pk)
    assert (row.data_until, row.status, row.valid_until) == (TODAY, "current", TODAY)
    edit_source(pk=first.pk, usable_until=back(1), **by)
    (cause,) = AiModel.objects.get(pk=model.pk).causes
    assert (cause["code"], cause["since"]) == ("data_window_expired", TODAY.isoformat())
    edit_source(pk=first.pk, ai_models=[], **by)
    row = AiModel.objects.get(pk=model.pk)
    assert (row.data_until, row.causes) == (TODAY + timedelta(days=9), [])


def test_a_source_without_an_end_says_nothing_of_a_model(cast: Cast) -> None:
    model = sound_model(cast)
    create_source(name="Bureau", unit=cast.claims, ai_models=[model], by=cast.actor("max"), at=AT)
    assert AiModel.objects.get(pk=model.pk).data_until is None
