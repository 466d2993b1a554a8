"""Classifications kept with reason, person and day; obligations with status and evidence; blank is never no."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from assurance.models import Classification, Obligation, ObligationAct
from assurance.queries.classifications import stood_of
from assurance.queries.gate import gate_of
from assurance.services.classifications import record_classification, say_obligation
from core.errors import Problem
from core.models import AuditEvent, Policy
from domain.rules.eu_ai_act import AMENDED
from governance.models import AiModel
from governance.services.inventory import retire_model
from portfolio.models import Flag
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import sound_model

pytestmark = pytest.mark.django_db
HIGH = {
    "ai_system": "yes",
    "eu_scope": "yes",
    "exclusion": "no",
    "role": ["deployer"],
    "article_5": "no",
    "annex_i": "yes",
}
MINIMAL = {**HIGH, "annex_i": "no", "annex_iii": "no", "article_50": "no"}


def said(answers: dict[str, Any]) -> dict[str, Any]:
    return {code: {"answer": value, "because": "As built."} for code, value in answers.items()}


def classify(
    cast: Cast, model: AiModel, answers: dict[str, Any], rule_set: str = "eu_ai_act", who: str = "mona", at: datetime = AT, **more: Any
) -> Classification:  # fmt: skip
    return record_classification(
        model_id=model.pk, rule_set=rule_set, answers=said(answers), by=cast.actor(who), at=at, **more
    )


def refused(work: Any) -> tuple[int, str, str]:
    with pytest.raises(Problem) as error:
        work()
    first = error.value.items[0] if error.value.items else None
    return error.value.status, first.code if first else error.value.code, first.pointer if first else ""


def test_answers_are_kept_with_reason_person_and_day_and_the_newest_counts(cast: Cast) -> None:
    model = sound_model(cast)
    first = classify(cast, model, HIGH)
    second = classify(cast, model, MINIMAL, who="max", at=AT + timedelta(hours=1))
    first.refresh_from_db()
    assert (first.class_code, first.applies_from, first.newest) == ("high_annex_i", date(2028, 8, 2), False)
    assert (second.class_code, second.newest, second.recorded_by) == ("minimal", True, cast.max)
    assert first.answers["annex_i"] == {"answer": "yes", "because": "As built."}
    model.refresh_from_db()
    assert model.classes == {"eu_ai_act": "minimal"}
    event = AuditEvent.objects.filter(action="model.classified").latest("id")
    assert (event.before["class"], event.after["class"]) == ("high_annex_i", "minimal")


def test_what_is_not_known_determines_nothing_and_says_what_is_missing(cast: Cast) -> None:
    model = sound_model(cast)
    row = classify(cast, model, {**MINIMAL, "annex_iii": "unknown"})
    assert (row.class_code, row.applies_from, row.missing) == (
        "not_determined",
        None,
        ["annex_iii", "article_6_3", "profiling"],
    )
    assert not Obligation.objects.exists()
    assert classify(cast, model, {}).class_code == "not_determined"


def test_not_knowing_again_takes_no_obligation_away(cast: Cast) -> None:
    model = sound_model(cast)
    classify(cast, model, HIGH)
    owed = Obligation.objects.filter(owed=True).count()
    assert owed
    classify(cast, model, {**HIGH, "annex_i": "unknown"})
    assert Obligation.objects.filter(owed=True).count() == owed
    classify(cast, model, {**HIGH, "role": []})
    assert Obligation.objects.filter(owed=True).count() == owed
    classify(cast, model, MINIMAL)
    assert (Obligation.objects.filter(owed=True).count(), Obligation.objects.count()) == (0, owed)


def test_what_a_class_cannot_bring_is_gone_whoever_has_which_role(cast: Cast) -> None:
    model = sound_model(cast)
    classify(cast, model, {**HIGH, "article_5": "yes"})
    assert [one.code for one in Obligation.objects.filter(owed=True)] == ["stop"]
    classify(cast, model, {**MINIMAL, "role": []})
    assert not Obligation.objects.filter(owed=True).exists()


def test_transparency_duties_of_a_high_risk_model_apply_from_their_own_day(cast: Cast) -> None:
    model = sound_model(cast)
    row = classify(cast, model, HIGH)
    assert row.missing == ["article_50"]
    assert not Obligation.objects.filter(code="disclose_synthetic").exists()
    classify(cast, model, {**HIGH, "article_50": "yes"})
    days = dict(Obligation.objects.filter(owed=True).values_list("code", "applies_from"))
    assert (days["disclose_synthetic"], days["use_as_instructed"]) == (date(2026, 8, 2), date(2028, 8, 2))


def test_what_is_prohibited_is_flagged_gravely_until_somebody_shows_that_it_is_not(cast: Cast) -> None:
    model = sound_model(cast)
    classify(cast, model, {**HIGH, "article_5": "yes"})
    flags = Flag.objects.open().filter(subject_type="model", subject_id=model.pk, rule="prohibited:eu_ai_act")
    assert (flags.get().severity, flags.get().owner) == (3, cast.mona)
    assert gate_of(model, "1", "staging", TODAY).reasons[0].reason != "prohibited"
    model.refresh_from_db()
    assert "prohibited" in [one.reason for one in gate_of(model, "1", "production", TODAY).reasons]
    classify(cast, model, {**HIGH, "article_5": "unknown"})
    model.refresh_from_db()
    assert flags.exists()
    assert "prohibited" in [one.reason for one in gate_of(model, "1", "production", TODAY).reasons]
    classify(cast, model, MINIMAL)
    model.refresh_from_db()
    assert not flags.exists()
    assert "prohibited" not in [one.reason for one in gate_of(model, "1", "production", TODAY).reasons]


@pytest.mark.parametrize("words", ["Prohibited practice", "What may not be used is in the portfolio."])
def test_every_page_of_a_prohibited_model_says_so_at_its_head(words: str, cast: Cast, signed_in: Any) -> None:
    model = sound_model(cast)
    client = signed_in("mona")
    address = f"/governance/models/{model.ref}/"
    assert words not in client.get(address).content.decode()
    classify(cast, model, {**HIGH, "article_5": "yes"})
    assert words in client.get(address).content.decode()


def test_two_who_answer_at_once_do_not_overwrite_each_other(cast: Cast) -> None:
    model = sound_model(cast)
    first = classify(cast, model, HIGH, follows=0)
    assert refused(lambda: classify(cast, model, MINIMAL, follows=0))[:2] == (412, "stale_version")
    assert classify(cast, model, MINIMAL, follows=first.pk).newest


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"rule_set": "poetry"}, (400, "invalid_choice", "/rule_set")),
        ({"answers": {"ai_system": "perhaps"}}, (400, "not_a_known_word", "/answers/ai_system/answer")),
        ({"who": "vera"}, (403, "forbidden", "")),
        ({"who": "charlie"}, (404, "not_found", "")),
    ],
)
def test_what_cannot_be_answered_is_refused(
    more: dict[str, Any], found: tuple[int, str, str], cast: Cast
) -> None:
    model = sound_model(cast)
    assert refused(lambda: classify(cast, model, **{"answers": HIGH, **more})) == found
    assert not Classification.objects.exists()


def test_a_retired_model_is_not_classified(cast: Cast) -> None:
    model = sound_model(cast)
    retire_model(pk=model.pk, because="Replaced.", by=cast.actor("max"), at=AT, orderly=True)
    assert refused(lambda: classify(cast, model, HIGH)) == (409, "model_retired", "")


def test_the_database_keeps_a_classification_as_it_was_answered(cast: Cast) -> None:
    row = classify(cast, sound_model(cast), HIGH)
    for statement in (
        lambda: Classification.objects.filter(pk=row.pk).update(class_code="minimal"),
        lambda: Classification.objects.filter(pk=row.pk).update(answers={}),
        lambda: Classification.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            statement()


def test_an_older_version_of_the_rules_is_marked_and_told_what_differs(cast: Cast) -> None:
    model = sound_model(cast)
    spring = datetime(2026, 4, 1, 12, tzinfo=UTC)
    row = classify(cast, model, HIGH, at=spring)
    assert (row.rule_version, row.applies_from) == ("2024/1689", date(2027, 8, 2))
    assert stood_of(model, spring.date())[0].newer is None
    newer = stood_of(model, TODAY)[0].newer
    assert newer is not None
    assert newer[0].version == "2024/1689 as amended by 2026/1744"
    assert newer[1][0] == "High risk (Annex I): applies from 2 Aug 2028, was 2 Aug 2027."
    classify(cast, model, HIGH, at=AT)
    assert stood_of(model, TODAY)[0].newer is None


def test_an_organisations_own_version_of_the_rules_counts_from_its_day(cast: Cast) -> None:
    model = sound_model(cast)
    classify(cast, model, HIGH)
    own = replace(AMENDED, version="House rules 1", from_day=TODAY, questions=AMENDED.questions[:6])
    Policy.objects.create(
        kind="rules:eu_ai_act", number=1, effective_on=TODAY, data=own.to_json(), recorded_at=AT
    )
    stood = stood_of(model, TODAY)[0]
    assert stood.rules.version == "House rules 1"
    assert stood.newer is not None
    assert "No longer asked: Does Article 50 ask for transparency?" in stood.newer[1]
    assert classify(cast, model, HIGH).rule_version == "House rules 1"


# Obligations


def practice(cast: Cast, model: AiModel, code: str = "testing") -> Obligation:
    classify(cast, model, {"in_scope": "yes", "principal_basis": "yes"}, "omb_m_25_21")
    return Obligation.objects.get(model=model, code=code)


def say(cast: Cast, row: Obligation, who: str = "mona", **said: Any) -> Obligation:
    return say_obligation(pk=row.pk, by=cast.actor(who), at=AT, **said)


def test_a_practice_is_not_reported_until_somebody_says_so_and_what_was_said_is_kept(cast: Cast) -> None:
    row = practice(cast, sound_model(cast))
    assert (row.status, row.said_at) == ("not_reported", None)
    say(cast, row, status="in_progress", due_on=TODAY + timedelta(days=30), owner=cast.bob)
    last = say(cast, row, status="yes", evidence="Report of 3 March.", url="https://docs.example/r")
    assert (last.status, last.owner, last.version) == ("yes", cast.bob, 3)
    assert [one.status for one in ObligationAct.objects.filter(obligation=row)] == ["yes", "in_progress"]
    assert say(cast, row, status="yes").version == 3
    with pytest.raises(DatabaseError), transaction.atomic():
        ObligationAct.objects.update(status="no")


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"status": "yes"}, (400, "required", "/evidence")),
        ({"status": "waived"}, (400, "required", "/evidence")),
        ({"status": "no"}, (400, "invalid_choice", "/status")),
        ({"status": "not_applicable"}, (400, "invalid_choice", "/status")),
        ({"url": "javascript:alert(1)"}, (400, "invalid", "/url")),
        ({"evidence": "x" * 1001}, (400, "max_length", "/evidence")),
        ({"expected_version": 9}, (412, "stale_version", "")),
        ({"who": "vera", "status": "in_progress"}, (403, "forbidden", "")),
        ({"who": "charlie", "status": "in_progress"}, (404, "not_found", "")),
    ],
)
def test_a_practice_is_yes_in_progress_waived_in_writing_or_not_reported(
    said: dict[str, Any], found: tuple[int, str, str], cast: Cast
) -> None:
    row = practice(cast, sound_model(cast))
    assert refused(lambda: say(cast, row, **said)) == found
    row.refresh_from_db()
    assert (row.status, ObligationAct.objects.count()) == ("not_reported", 0)


def test_what_is_no_longer_owed_is_not_reported_on_and_comes_back_with_its_history(cast: Cast) -> None:
    model = sound_model(cast)
    row = practice(cast, model)
    say(cast, row, status="yes", evidence="Report.")
    classify(cast, model, {"in_scope": "no"}, "omb_m_25_21")
    assert refused(lambda: say(cast, row, status="in_progress")) == (409, "not_owed", "")
    classify(cast, model, {"in_scope": "yes", "principal_basis": "yes"}, "omb_m_25_21")
    row.refresh_from_db()
    assert (row.owed, row.status) == (True, "yes")


def test_a_framework_taken_up_lists_its_items_and_one_not_taken_up_lists_none(cast: Cast) -> None:
    model = sound_model(cast)
    classify(cast, model, {"applies": "yes"}, "iso_42001")
    stood = {one.rules.code: one for one in stood_of(model, TODAY)}
    assert (len(stood["iso_42001"].duties), stood["iso_42001"].gaps) == (38, 38)
    say(cast, Obligation.objects.get(code="iso_a_2_2"), status="not_applicable")
    assert {one.rules.code: one for one in stood_of(model, TODAY)}["iso_42001"].gaps == 37
    classify(cast, model, {"applies": "no"}, "nist_ai_rmf")
    assert not Obligation.objects.filter(rule_set="nist_ai_rmf").exists()


def test_a_model_page_asks_the_same_number_of_questions_however_much_is_owed(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    model = sound_model(cast)
    for rule_set, answers in (("iso_42001", {"applies": "yes"}), ("eu_ai_act", HIGH), ("eu_ai_act", MINIMAL)):
        classify(cast, model, answers, rule_set)
    with django_assert_num_queries(3):
        stood_of(model, TODAY)
