"""Versions and their roles: registered by who runs a model, given by somebody else, one champion at a time."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.models import F

from assurance.models import ModelVersion, VersionPromotion
from assurance.services.promotions import Evidence, propose_rollback, withdraw_promotion
from assurance.services.versions import read_metrics, register_version
from core.errors import Problem
from core.models import AuditEvent, RoleGrant, User
from domain.errors import RuleError
from domain.model_roles import DISPLACED, GIVEN, VersionRole, names_same_person, require_role
from governance.models import AiModel
from governance.services.inventory import create_model, retire_model
from tests.assurance.versioned import DIGEST, answered, asked, champion, model_of, version
from tests.cast import AT, TODAY, Cast, make_cast


def refused(problem: pytest.ExceptionInfo[Problem]) -> tuple[int, str]:
    error = problem.value
    return error.status, error.items[0].code if error.items else error.code


# The rule


@pytest.mark.pure
@pytest.mark.parametrize("to", GIVEN)
def test_a_registered_version_may_be_given_any_role(to: VersionRole) -> None:
    require_role(VersionRole.REGISTERED, to, gone=False)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("current", "to", "more", "code"),
    [
        ("shadow", "registered", {}, "not_given"),
        ("champion", "champion", {}, "same_role"),
        ("shadow", "champion", {"gone": True}, "gone"),
        ("retired", "champion", {}, "retired"),
        ("retired", "shadow", {}, "retired"),
        ("shadow", "champion", {"displaced": VersionRole.SHADOW}, "not_displaced"),
    ],
)
def test_a_role_that_cannot_be_given_is_refused(
    current: str, to: str, more: dict[str, Any], code: str
) -> None:
    with pytest.raises(RuleError) as error:
        require_role(VersionRole(current), VersionRole(to), **{"gone": False, **more})
    assert error.value.code == code


@pytest.mark.pure
def test_a_retired_version_serves_again_only_by_going_back_and_a_gone_one_can_only_be_retired() -> None:
    require_role(VersionRole.RETIRED, VersionRole.CHAMPION, gone=False, going_back=True)
    require_role(VersionRole.SHADOW, VersionRole.RETIRED, gone=True)
    assert {one.value for one in DISPLACED} == {"retired", "challenger"}


@pytest.mark.pure
def test_nobody_is_the_developer_nobody_named() -> None:
    assert names_same_person(" lin zhao", "Lin Zhao ")
    assert not names_same_person("", "")


# Registering


def test_a_version_is_registered_with_what_is_known_of_it(cast: Cast) -> None:
    row = version(
        cast, model_of(cast), "1.4.0", commit="ABCDEF1", image=f"reg/ranker:1.4@{DIGEST}", metrics={"auc": 0.91, "loss": "NaN"},
        trained_on=TODAY,
    )  # fmt: skip
    assert (row.role, row.commit, row.image, row.image_digest) == (
        "registered",
        "abcdef1",
        "reg/ranker:1.4",
        DIGEST,
    )
    assert row.metrics == {"auc": "0.91", "loss": "NaN"}
    assert AuditEvent.objects.get(action="version.registered").after["number"] == "1.4.0"


def test_a_number_is_used_once_for_a_model_and_again_for_another(cast: Cast) -> None:
    model = model_of(cast)
    version(cast, model, "1")
    with pytest.raises(Problem) as problem:
        version(cast, model, "1", "max")
    assert refused(problem) == (409, "version_taken")
    assert version(cast, model_of(cast, "Other"), "1").pk


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"commit": "main"}, "invalid"),
        ({"image": "reg/r:1", "image_digest": "sha256:12"}, "digest"),
        ({"image": f"reg/r@{DIGEST}", "image_digest": "sha256:" + "b" * 64}, "digest"),
        ({"image": "not an image"}, "image"),
        ({"metrics": {"auc": "high"}}, "not_a_number"),
        ({"metrics": {"": 1}}, "required"),
        ({"metrics": {str(n): 1 for n in range(501)}}, "too_many"),
        ({"trained_on": TODAY + timedelta(days=1)}, "in_the_future"),
    ],
)
def test_what_cannot_be_true_of_a_version_is_refused_at_its_field(facts: dict[str, Any], code: str, cast: Cast) -> None:  # fmt: skip
    with pytest.raises(Problem) as problem:
        version(cast, model_of(cast), "1", **facts)
    assert refused(problem) == (400, code)
    assert not ModelVersion.objects.exists()


@pytest.mark.parametrize(
    ("who", "status"), [("charlie", 404), ("nobody", 404), ("alice", 403), ("dana", 403), ("vera", 403)]
)
def test_a_version_is_registered_by_who_reports_on_the_model(who: str, status: int, cast: Cast) -> None:
    with pytest.raises(Problem) as problem:
        version(cast, model_of(cast), "1", who)
    assert problem.value.status == status


def test_a_retired_model_takes_no_version_and_its_ref_is_never_used_again(cast: Cast) -> None:
    model = model_of(cast)
    retire_model(pk=model.pk, because="Replaced.", by=cast.actor("max"), at=AT, orderly=True)
    with pytest.raises(Problem) as problem:
        version(cast, model, "1")
    assert refused(problem) == (409, "model_retired")
    later = model_of(cast, "Later")
    assert later.pk > model.pk


def test_the_key_of_a_retired_model_is_given_to_no_other(cast: Cast) -> None:
    by = cast.actor("max")
    first = create_model(
        by=by, at=AT, unit=cast.claims, name="Ranker", source="Inventory", external_id="UC-7"
    )
    retire_model(pk=first.pk, because="Replaced.", by=by, at=AT, orderly=True)
    with pytest.raises(Problem) as problem:
        create_model(by=by, at=AT, unit=cast.claims, name="Other", source="Inventory", external_id="UC-7")
    assert refused(problem) == (409, "taken")


@pytest.mark.pure
@pytest.mark.parametrize(("value", "kept"), [(0.1, "0.1"), ("1e-3", "1e-3"), (3, "3"), ("nan", "NaN"), (float("inf"), "Infinity")])  # fmt: skip
def test_a_metric_is_kept_as_its_source_says_it(value: object, kept: str) -> None:
    assert read_metrics({"m": value}) == {"m": kept}


# Roles


def test_an_approved_champion_is_told_to_the_register_and_the_one_before_is_kept_to_go_back_to(
    cast: Cast,
) -> None:
    model = model_of(cast)
    first = champion(cast, model, "1")
    second = champion(cast, model, "2")
    first.refresh_from_db()
    model.refresh_from_db()
    assert (first.role, second.role, second.previous_id, second.role_since) == (
        "retired",
        "champion",
        first.pk,
        TODAY,
    )
    assert model.champion == "2"


def test_the_displaced_champion_becomes_a_challenger_where_that_is_asked(cast: Cast) -> None:
    model = model_of(cast)
    first = champion(cast, model, "1")
    answered(cast, asked(cast, version(cast, model, "2"), champion_becomes="challenger"))
    first.refresh_from_db()
    assert first.role == "challenger"


def test_nothing_changes_while_a_role_waits_or_when_it_is_declined(cast: Cast) -> None:
    row = version(cast, model_of(cast), "1")
    waits = asked(cast, row)
    row.refresh_from_db()
    assert row.role == "registered"
    answered(cast, waits, "decline", because="One week of data.")
    row.refresh_from_db()
    assert (row.role, row.model.champion) == ("registered", "")
    assert asked(cast, row).state == "asked"


def test_a_champion_taken_out_leaves_the_model_without_one(cast: Cast) -> None:
    model = model_of(cast)
    answered(cast, asked(cast, champion(cast, model, "1"), "retired"))
    model.refresh_from_db()
    assert model.champion == ""


def test_going_back_is_one_act_and_keeps_the_version_before_that_one(cast: Cast) -> None:
    model = model_of(cast)
    first = champion(cast, model, "1")
    second = champion(cast, model, "2")
    third = champion(cast, model, "3")
    answered(cast, propose_rollback(model_id=model.pk, because="Recall fell.", by=cast.actor("mona"), at=AT))
    for row in (first, second, third):
        row.refresh_from_db()
    model.refresh_from_db()
    assert (model.champion, second.role, third.role, second.previous_id) == (
        "2",
        "champion",
        "retired",
        first.pk,
    )


@pytest.mark.parametrize(("champions", "code"), [(0, "no_champion"), (1, "no_previous")])
def test_there_is_no_going_back_from_nothing_or_to_nothing(champions: int, code: str, cast: Cast) -> None:
    model = model_of(cast)
    for number in range(champions):
        champion(cast, model, str(number))
    with pytest.raises(Problem) as problem:
        propose_rollback(model_id=model.pk, because="Recall fell.", by=cast.actor("mona"), at=AT)
    assert refused(problem) == (409, code)


def test_one_role_at_a_time_is_asked_for_a_version_and_may_be_taken_back(cast: Cast) -> None:
    row = version(cast, model_of(cast), "1")
    waits = asked(cast, row)
    with pytest.raises(Problem) as problem:
        asked(cast, row, "shadow")
    assert refused(problem) == (409, "open_promotion")
    withdraw_promotion(pk=waits.pk, because="Not yet.", by=cast.actor("mona"), at=AT)
    with pytest.raises(Problem) as problem:
        answered(cast, waits)
    assert refused(problem) == (409, "answered")
    assert asked(cast, row, "shadow").pk


def test_without_evidence_nothing_is_asked_for(cast: Cast) -> None:
    with pytest.raises(Problem) as problem:
        asked(cast, version(cast, model_of(cast), "1"), evidence=Evidence(text=" "))
    assert refused(problem) == (400, "required")


def test_evidence_speaks_of_the_champion_there_was(cast: Cast) -> None:
    model = model_of(cast)
    waits = asked(cast, version(cast, model, "1"))
    champion(cast, model, "2")
    with pytest.raises(Problem) as problem:
        answered(cast, waits)
    assert refused(problem) == (409, "champion_changed")


def test_a_version_gone_from_its_source_is_not_promoted_although_it_was_asked_for_before(cast: Cast) -> None:
    row = version(cast, model_of(cast), "1")
    waits = asked(cast, row)
    ModelVersion.objects.filter(pk=row.pk).update(gone_at=AT)
    with pytest.raises(Problem) as problem:
        answered(cast, waits)
    assert refused(problem) == (409, "gone")


@pytest.mark.parametrize("hand", ["asked", "owns", "owned", "developed"])
def test_nobody_gives_a_role_to_their_own_version_and_the_attempt_is_on_record(hand: str, cast: Cast) -> None:
    model = model_of(cast, developer="Max" if hand == "developed" else "Bob", owner=cast.max if hand.startswith("own") else cast.mona)  # fmt: skip
    row = version(cast, model, "1", "max")
    RoleGrant.objects.create(user=cast.ursula, role="unit_lead", unit=None, granted_at=AT)
    waits = asked(cast, row, who="max" if hand == "asked" else "ursula")
    if hand == "owned":
        AiModel.objects.filter(pk=model.pk).update(owner=cast.mona)
    with pytest.raises(Problem) as problem:
        answered(cast, waits)
    assert refused(problem) == (403, "four_eyes")
    assert problem.value.event is not None
    row.refresh_from_db()
    assert row.role == "registered"


@pytest.mark.parametrize(("who", "status"), [("mona", 403), ("dana", 403), ("vera", 403), ("charlie", 404)])
def test_a_role_is_given_by_whoever_has_the_right(who: str, status: int, cast: Cast) -> None:
    waits = asked(cast, version(cast, model_of(cast), "1"))
    with pytest.raises(Problem) as problem:
        answered(cast, waits, who=who)
    assert problem.value.status == status


@pytest.mark.parametrize("hand", ["asked_by", "owner"])
def test_the_database_refuses_an_approval_by_ones_own_hand(hand: str, cast: Cast) -> None:
    waits = asked(cast, version(cast, model_of(cast), "1"))
    rows = VersionPromotion.objects.filter(pk=waits.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(state="approved", answered_at=AT, answered_by=F(hand))
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(
            state="approved", answered_at=AT, answered_by=cast.max, developer="max", answered_name="max"
        )
    assert rows.update(state="approved", answered_at=AT, answered_by=cast.max)


def test_the_database_keeps_one_champion_and_what_was_asked_for(cast: Cast) -> None:
    model = model_of(cast)
    champion(cast, model, "1")
    second = version(cast, model, "2")
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.filter(pk=second.pk).update(role="champion")
    waits = asked(cast, second)
    for change in ({"evidence": "Other."}, {"to_role": "shadow"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            VersionPromotion.objects.filter(pk=waits.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        VersionPromotion.objects.filter(pk=waits.pk).delete()


# Two at once


@pytest.mark.race
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_promotions_at_once_leave_exactly_one_champion(transactional_db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    cast = make_cast()
    model = model_of(cast)
    by = cast.actor("max")
    won = {"first": 0, "second": 0}
    for place in range(200):
        two = [asked(cast, version(cast, model, f"{place}.{side}")) for side in (1, 2)]
        came: list[str] = ["", ""]
        gate = threading.Barrier(2)

        def run(
            side: int, row: VersionPromotion, came: list[str] = came, gate: threading.Barrier = gate
        ) -> None:
            try:
                gate.wait(20)
                answered(cast, row)
                came[side] = "done"
            except Problem as problem:
                came[side] = problem.code
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=(side, row)) for side, row in enumerate(two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted(came) == ["champion_changed", "done"]
        won["first" if came[0] == "done" else "second"] += 1
        serving = ModelVersion.objects.get(model=model, role="champion")
        assert serving.pk == two[came.index("done")].version_id
        model.refresh_from_db()
        assert model.champion == serving.number
        withdraw_promotion(pk=two[came.index("champion_changed")].pk, because="Asked anew.", by=by, at=AT)
    assert sum(won.values()) == 200


def test_a_machine_registers_versions_and_gives_no_role(cast: Cast) -> None:
    model = model_of(cast)
    User.objects.filter(pk=cast.max.pk).update(is_service=True)
    cast.people["max"].refresh_from_db()
    row = register_version(model_id=model.pk, number="1", by=cast.actor("max"), at=AT)
    waits = asked(cast, row)
    with pytest.raises(Problem) as problem:
        answered(cast, waits)
    assert refused(problem) == (403, "four_eyes")
