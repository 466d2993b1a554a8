"""Each cause of staleness from stored rows: the day before it, its day, and the day after; and what it says."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import outbox
from core.models import AuditEvent, Policy, User
from governance.models import AiModel
from governance.services.evaluate import evaluate_all, evaluate_due
from portfolio.models import Flag
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import back, sound_model

# cause, facts beside the sound model's, the first day it is stale (counted from today)
CAUSES: list[tuple[str, dict[str, Any], int]] = [
    ("review_overdue", {"next_review_on": TODAY + timedelta(days=5), "last_review_on": None}, 6),
    (
        "review_overdue",
        {"last_review_on": date(2025, 12, 1), "next_review_on": TODAY + timedelta(days=99)},
        8,
    ),
    ("validation_overdue", {"last_validated_on": date(2024, 12, 1)}, 8),
    ("validation_overdue", {"validation_needed_since": TODAY + timedelta(days=4)}, 4),
    ("no_monitoring_data", {"last_monitored_on": back(4)}, 11),
    ("no_heartbeat", {"last_heartbeat_on": back(20)}, 11),
    ("fallback_untested", {"fallback_tested_on": date(2025, 12, 1)}, 8),
    ("dossier_section_old", {"dossier_sections": {"security": "2024-12-01"}}, 8),
    ("superseded_still_serving", {"superseded_on": TODAY + timedelta(days=2)}, 2),
    (
        "review_date_missing",
        {
            "next_review_on": None,
            "in_production_since": TODAY + timedelta(days=3),
            "last_monitored_on": None,
            "monitoring_cadence_days": None,
            "fallback_tested_on": None,
        },
        3,
    ),
    ("ethics_audit_overdue", {"ethics_passed_on": date(2024, 12, 1)}, 8),
    ("ethics_audit_overdue", {"ethics_due_on": TODAY + timedelta(days=6)}, 7),
    ("ethics_audit_overdue", {"ethics_refused_on": TODAY + timedelta(days=4)}, 4),
    ("data_window_expired", {"data_until": TODAY + timedelta(days=6)}, 7),
    ("attestation_missed", {"attestation_due_on": TODAY + timedelta(days=3)}, 4),
]


def again(model: AiModel) -> AiModel:
    return AiModel.objects.get(pk=model.pk)


def judged(model: AiModel, on: date = TODAY) -> AiModel:
    evaluate_all(at=AT, as_of=on)
    return again(model)


def codes(model: AiModel) -> list[str]:
    return [cause["code"] for cause in model.causes]


def flags(model: AiModel) -> dict[str, Flag]:
    rows = Flag.objects.filter(subject_type="model", subject_id=model.pk, cleared_at=None)
    return {flag.rule: flag for flag in rows}


def seen_on(person: User, on: date) -> None:
    User.objects.filter(pk=person.pk).update(last_active_on=on)


@pytest.mark.parametrize(
    ("cause", "facts", "first"), CAUSES, ids=[f"{c}-{i}" for i, (c, _, _) in enumerate(CAUSES)]
)
def test_a_cause_holds_from_its_day_on_and_not_the_day_before(
    cause: str, facts: dict[str, Any], first: int, cast: Cast
) -> None:
    model = sound_model(cast, **facts)
    seen_on(cast.mona, TODAY + timedelta(days=30))
    day = TODAY + timedelta(days=first)
    before = judged(model, day - timedelta(days=1))
    assert (before.status, before.causes) == ("current", [])
    assert before.valid_until == day - timedelta(days=1)
    on = judged(model, day)
    assert (on.status, codes(on), on.stale_since) == ("stale", [cause], day)
    after = judged(model, day + timedelta(days=1))
    assert (after.status, codes(after), after.stale_since) == ("stale", [cause], day)


def test_an_owner_counts_as_absent_from_the_ninety_first_day_on(cast: Cast) -> None:
    model = sound_model(cast, last_monitored_on=back(1))
    seen_on(cast.mona, back(85))
    assert [judged(model, TODAY + timedelta(days=n)).status for n in (4, 5)] == ["current", "current"]
    assert codes(judged(model, TODAY + timedelta(days=6))) == ["owner_absent"]


def test_an_owner_without_sign_in_for_ninety_days_is_absent(cast: Cast) -> None:
    model = sound_model(cast)
    seen_on(cast.mona, back(90))
    assert codes(judged(model)) == []
    seen_on(cast.mona, back(91))
    assert codes(judged(model)) == ["owner_absent"]
    assert flags(model)["owner_absent"].owner == cast.mona


def test_a_model_without_an_owner_is_stale_and_so_is_a_mailbox_s(cast: Cast) -> None:
    model = sound_model(cast, owner=None)
    assert codes(judged(model)) == ["owner_missing"]
    User.objects.filter(pk=cast.bob.pk).update(is_service=True)
    AiModel.objects.update(owner=cast.bob)
    assert codes(judged(model)) == ["owner_missing"]


def test_a_superseded_model_that_serves_is_stale_until_it_no_longer_does(cast: Cast) -> None:
    model = sound_model(cast, superseded_on=back(3), superseded_by=sound_model(cast, "Successor"))
    assert codes(judged(model)) == ["superseded_still_serving"]
    AiModel.objects.filter(pk=model.pk).update(stage="development")
    assert codes(judged(model)) == []


def test_a_serving_model_without_a_review_date_is_stale(cast: Cast) -> None:
    model = sound_model(cast, next_review_on=None)
    assert codes(judged(model)) == ["review_date_missing"]
    AiModel.objects.update(stage="pilot")
    assert codes(judged(model)) == []


def test_a_retired_model_is_nobody_s_duty(cast: Cast) -> None:
    model = sound_model(cast, owner=None, stage="retired", retired_on=TODAY)
    row = judged(model)
    assert (row.status, row.causes, row.valid_until) == ("retired", [], None)


def test_a_model_without_an_initiative_is_listed_as_serving_no_goal(cast: Cast) -> None:
    lost, found = sound_model(cast, "Lost", goal=False), sound_model(cast, "Found")
    evaluate_all(at=AT)
    assert (again(lost).orphan, again(lost).status) == (True, "current")
    assert again(found).orphan is False


def test_a_cause_names_its_rule_since_and_what_clears_it_to_its_owner(cast: Cast) -> None:
    model = sound_model(
        cast, risk_tier=1, last_review_on=date(2026, 5, 11), fallback_tested_on=date(2026, 6, 1)
    )
    row = judged(model)
    assert row.causes[0]["code"] == "review_overdue"
    flag = flags(model)["review_overdue"]
    assert (flag.cause, flag.severity, flag.since) == ("Review overdue", 3, date(2026, 11, 12))
    assert (flag.owner, flag.unit, flag.initiative) == (cast.mona, cast.claims, model.initiatives.get())
    assert "someone other than the owner" in flag.clears_when
    assert flag.numbers == {"last": "2026-05-11"}


def test_each_old_dossier_section_is_a_finding_of_its_own(cast: Cast) -> None:
    model = sound_model(cast, dossier_sections={"security": "2020-01-01", "limits": "2020-01-01"})
    judged(model)
    assert sorted(flags(model)) == ["dossier_section_old:limits", "dossier_section_old:security"]


def test_asking_twice_writes_nothing(cast: Cast) -> None:
    sound_model(cast, owner=None)
    sound_model(cast, "Another")
    evaluate_all(at=AT)
    before = (list(AiModel.objects.values()), AuditEvent.objects.count(), list(Flag.objects.values()))
    assert evaluate_all(at=AT).changed == 0
    assert before == (list(AiModel.objects.values()), AuditEvent.objects.count(), list(Flag.objects.values()))


def test_a_cleared_flag_stays_as_history(cast: Cast) -> None:
    model = sound_model(cast, last_heartbeat_on=back(40))
    judged(model)
    AiModel.objects.update(last_heartbeat_on=TODAY)
    assert judged(model).status == "current"
    assert Flag.objects.get(rule="no_heartbeat").cleared_at == AT
    AiModel.objects.update(last_heartbeat_on=back(40))
    judged(model)
    assert Flag.objects.filter(rule="no_heartbeat").count() == 2


def test_only_what_is_due_is_asked(cast: Cast) -> None:
    model = sound_model(cast, last_heartbeat_on=back(20))
    sound_model(cast, "Another")
    assert evaluate_due(at=AT).judged == 2
    assert evaluate_due(at=AT).judged == 0
    assert evaluate_due(at=AT + timedelta(days=10)).judged == 0
    assert evaluate_due(at=AT + timedelta(days=11)).judged == 1
    assert codes(again(model)) == ["no_heartbeat"]


def test_an_owner_who_leaves_makes_their_models_stale_the_same_minute(
    cast: Cast, frozen: Callable[[datetime], None]
) -> None:
    model = sound_model(cast)
    evaluate_all(at=AT)
    User.objects.filter(pk=cast.mona.pk).update(is_active=False)
    outbox.owe(kind="person.deactivated", payload={"user_id": cast.mona.pk}, at=AT)
    outbox.drain()
    row = again(model)
    assert (row.status, codes(row), row.stale_since) == ("stale", ["owner_deactivated"], TODAY)
    assert flags(model)["owner_deactivated"].owner is None
    evaluate_all(at=AT + timedelta(days=9))
    assert again(model).stale_since == TODAY
    User.objects.filter(pk=cast.mona.pk).update(is_active=True)
    outbox.owe(kind="person.reactivated", payload={"user_id": cast.mona.pk}, at=AT)
    outbox.drain()
    assert again(model).status == "current"


def test_an_absent_owner_who_signs_in_is_heard_by_the_next_sweep(cast: Cast) -> None:
    model = sound_model(cast)
    seen_on(cast.mona, back(100))
    evaluate_due(at=AT)
    assert codes(again(model)) == ["owner_absent"]
    seen_on(cast.mona, TODAY)
    assert evaluate_due(at=AT).judged == 1
    assert again(model).status == "current"


def test_the_cadences_are_the_policy_in_force(cast: Cast) -> None:
    model = sound_model(cast, last_heartbeat_on=back(20))
    assert (judged(model).status, again(model).policy_number) == ("current", 0)
    Policy.objects.create(
        kind="staleness", number=4, effective_on=back(1), data={"heartbeat_days": 10}, recorded_at=AT
    )
    assert (codes(judged(model)), again(model).policy_number) == (["no_heartbeat"], 4)


def test_a_pass_costs_the_same_for_one_model_and_for_thirty(cast: Cast) -> None:
    def cost() -> int:
        AiModel.objects.update(status="", causes=[], due=True)
        Flag.objects.update(cleared_at=AT)
        with CaptureQueriesContext(connection) as caught:
            evaluate_all(at=AT)
        return len(caught)

    sound_model(cast, owner=None, last_heartbeat_on=back(99))
    first = cost()
    for number in range(29):
        sound_model(cast, f"Model {number}", owner=None, last_heartbeat_on=back(99))
    assert cost() == first


def test_what_nobody_recorded_is_listed(cast: Cast) -> None:
    row = AiModel.objects.create(name="Bare", unit=cast.claims, owner=cast.mona, created_at=AT, updated_at=AT)
    row = judged(row)
    assert row.status == "current"
    assert {"tier", "last_review_on", "last_validation_on"} <= set(row.unknown)
    assert row.orphan is True
