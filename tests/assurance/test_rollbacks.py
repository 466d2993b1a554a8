"""Going back at once: one person does it with a reason, a second confirms it by a day, else it is flagged."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from assurance.models import ModelVersion, Rollback
from assurance.services.rollbacks import confirm_rollback, go_back_now, hear_unconfirmed
from core.errors import Problem
from core.models import AuditEvent, RoleGrant, User
from domain.deployment_gate import read_policy
from governance.models import AiModel
from governance.services.inventory import retire_model
from portfolio.models import Flag
from tests.assurance.versioned import champion, model_of, version
from tests.cast import AT, TODAY, Cast

pytestmark = pytest.mark.django_db
WHY = "It alarms on every genuine payment."


def served(cast: Cast, **more: Any) -> AiModel:
    """Version 2 serves; 1 did before."""
    model = model_of(cast, **more)
    champion(cast, model, "1")
    champion(cast, model, "2")
    model.refresh_from_db()
    return model


def back(cast: Cast, model: AiModel, who: str = "max", **more: Any) -> Rollback:
    return go_back_now(model_id=model.pk, because=more.pop("because", WHY), by=cast.actor(who), at=AT, **more)


def another(cast: Cast) -> str:
    """A second person with the right to promote."""
    row = User.objects.create_user("nora@calder.example", name="Nora", created_at=AT, last_active_on=TODAY)
    RoleGrant.objects.create(user=row, role="portfolio_manager", unit=None, granted_at=AT)
    cast.people["nora"] = row
    return "nora"


def confirm(cast: Cast, row: Rollback, who: str, days: int = 0, note: str = "Looked at the alarms; it was right.") -> Rollback:  # fmt: skip
    return confirm_rollback(pk=row.pk, note=note, by=cast.actor(who), at=AT + timedelta(days=days))


def roles(model: AiModel) -> dict[str, str]:
    return dict(ModelVersion.objects.filter(model=model).values_list("number", "role"))


def flags(model: AiModel) -> list[Flag]:
    return list(
        Flag.objects.open().filter(subject_type="model", subject_id=model.pk, rule="rollback_unconfirmed")
    )


def refused(work: Any) -> tuple[int, str]:
    with pytest.raises(Problem) as error:
        work()
    return error.value.status, error.value.items[0].code if error.value.items else error.value.code


def test_the_version_before_serves_again_at_once_and_the_reason_is_on_record(cast: Cast) -> None:
    model = served(cast)
    row = back(cast, model, champion_becomes="challenger")
    model.refresh_from_db()
    assert (roles(model), model.champion) == ({"1": "champion", "2": "challenger"}, "1")
    assert (row.done_by, row.confirm_by, row.confirmed_at) == (cast.max, TODAY + timedelta(days=3), None)
    event = AuditEvent.objects.get(action="rollback.done")
    assert (event.reason, event.after["from"], event.after["to"]) == (WHY, "2", "1")


@pytest.mark.parametrize(
    ("who", "status"), [("mona", 403), ("vera", 403), ("alice", 403), ("charlie", 404), ("dana", 403)]
)
def test_nobody_without_the_right_to_promote_goes_back_at_once(who: str, status: int, cast: Cast) -> None:
    model = served(cast)
    assert refused(lambda: back(cast, model, who))[0] == status
    assert roles(model)["2"] == "champion"


def test_the_developer_does_not_go_back_alone_and_the_attempt_is_on_record(cast: Cast) -> None:
    model = served(cast)
    AiModel.objects.filter(pk=model.pk).update(developer=cast.max.name.upper())
    with pytest.raises(Problem) as problem:
        back(cast, model)
    assert problem.value.code == "four_eyes"
    assert problem.value.event is not None
    assert roles(model)["2"] == "champion"


def test_a_program_does_not_go_back(cast: Cast) -> None:
    model = served(cast)
    type(cast.max).objects.filter(pk=cast.max.pk).update(is_service=True)
    cast.max.refresh_from_db()
    assert refused(lambda: back(cast, model))[0] == 403


def test_there_is_something_to_go_back_from_and_to(cast: Cast) -> None:
    model = model_of(cast)
    version(cast, model, "0")
    assert refused(lambda: back(cast, model)) == (409, "no_champion")
    champion(cast, model, "1")
    assert refused(lambda: back(cast, model)) == (409, "no_previous")
    assert refused(lambda: back(cast, model, because=" ")) == (400, "required")
    assert not Rollback.objects.exists()


def test_a_second_person_confirms_it_once(cast: Cast) -> None:
    model = served(cast)
    row, other = back(cast, model), another(cast)
    assert refused(lambda: confirm(cast, row, "max")) == (403, "four_eyes")
    assert refused(lambda: confirm(cast, row, "mona"))[0] == 403
    assert refused(lambda: confirm(cast, row, "charlie"))[0] == 404
    assert refused(lambda: confirm(cast, row, other, note=" ")) == (400, "required")
    done = confirm(cast, row, other)
    assert (done.confirmed_by, done.confirmed_at) == (cast.people[other], AT)
    assert refused(lambda: confirm(cast, row, other)) == (409, "confirmed")


@pytest.mark.parametrize("near", ["owner", "developer"])
def test_whoever_stands_near_the_model_does_not_confirm(near: str, cast: Cast) -> None:
    model = served(cast)
    row, other = back(cast, model), another(cast)
    changed: Any = (
        {"owner": cast.people[other]} if near == "owner" else {"developer": cast.people[other].name}
    )
    AiModel.objects.filter(pk=model.pk).update(**changed)
    assert refused(lambda: confirm(cast, row, other)) == (403, "four_eyes")


@pytest.mark.parametrize(("days", "flagged"), [(3, False), (4, True)])
def test_what_nobody_confirms_by_its_day_is_flagged_by_tier_until_somebody_does(
    days: int, flagged: bool, cast: Cast
) -> None:
    model = served(cast, risk_tier=1)
    row, other = back(cast, model), another(cast)
    hear_unconfirmed(at=AT + timedelta(days=days))
    assert bool(flags(model)) is flagged
    if flagged:
        flag = flags(model)[0]
        assert (flag.severity, flag.since) == (3, TODAY + timedelta(days=4))
        assert "from version 2 to 1" in flag.sentence
        assert hear_unconfirmed(at=AT + timedelta(days=days)).changed == 0
    confirm(cast, row, other, days)
    assert not flags(model)
    assert hear_unconfirmed(at=AT + timedelta(days=9)).changed == 0


def test_of_two_the_flag_stays_until_both_are_confirmed(cast: Cast) -> None:
    model = served(cast)
    champion(cast, model, "3")
    first, second = back(cast, model), back(cast, model)
    other = another(cast)
    hear_unconfirmed(at=AT + timedelta(days=5))
    confirm(cast, first, other, 5)
    assert flags(model)[0].numbers == {"rollbacks": [second.pk]}
    confirm(cast, second, other, 5)
    assert not flags(model)


def test_a_retired_model_is_not_flagged(cast: Cast) -> None:
    model = served(cast)
    back(cast, model)
    retire_model(pk=model.pk, because="Replaced.", by=cast.actor("max"), at=AT, orderly=True)
    hear_unconfirmed(at=AT + timedelta(days=9))
    assert not flags(model)


def test_the_database_keeps_what_was_done_and_takes_no_confirmation_by_the_same_person(cast: Cast) -> None:
    row = back(cast, served(cast))
    rows = Rollback.objects.filter(pk=row.pk)
    for work in (
        lambda: rows.update(because="Otherwise"),
        lambda: rows.update(confirm_by=TODAY + timedelta(days=99)),
        rows.delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            work()
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(confirmed_by=cast.max, confirmed_at=AT)


@pytest.mark.parametrize("days", [0, 31, -1])
def test_the_days_to_confirm_are_policy_within_its_bounds(days: int) -> None:
    assert read_policy({"confirm_days": 7}).confirm_days == 7
    with pytest.raises(ValueError, match="confirm_days"):
        read_policy({"confirm_days": days})


def test_it_is_done_and_confirmed_on_the_page(cast: Cast, signed_in: Any, frozen: Any) -> None:
    model = served(cast)
    address = f"/governance/models/{model.ref}/versions/"
    assert "?act=back-now" not in signed_in("mona").get(address).content.decode()
    client = signed_in("max")
    assert "?act=back-now#act" in client.get(address).content.decode()
    sent = {"act": "back-now", "because": WHY, "champion_becomes": "retired"}
    assert client.post(address, sent).status_code == 302
    text = client.get(address).content.decode()
    assert "Nobody else has confirmed it" in text
    row = Rollback.objects.get()
    link = f"?act=confirm&amp;row={row.pk}#act"
    assert link not in text, "not to whoever did it"
    other = signed_in(another(cast))
    assert link in other.get(address).content.decode()
    assert other.post(address, {"act": "confirm", "row": row.pk, "note": "Right."}).status_code == 302
    assert re.search(r"Nora[^<]*: Right\.", other.get(address).content.decode())


def test_it_is_done_listed_and_confirmed_through_the_api(cast: Cast, api: Any, frozen: Any) -> None:
    model = served(cast)
    body = {"model": model.ref, "because": WHY, "champion_becomes": "challenger"}
    made = api("max").post("/api/v1/version-rollbacks/", body)
    assert (made.status_code, made.json()["confirm_by"], made.json()["confirmed_at"]) == (
        201,
        "2026-11-27",
        None,
    )
    assert api("max").post("/api/v1/version-rollbacks/", body).json()["code"] == "no_previous"
    waits = api("vera").get("/api/v1/version-rollbacks/", {"unconfirmed": "true", "model": model.ref}).json()
    assert [one["id"] for one in waits["results"]] == [made.json()["id"]]
    address = f"/api/v1/version-rollbacks/{made.json()['id']}/confirm/"
    own = api("max").post(address, {"note": "Mine."})
    assert (own.status_code, own.json()["code"]) == (403, "four_eyes")
    done = api(another(cast)).post(address, {"note": "Right."})
    assert (done.status_code, done.json()["note"]) == (200, "Right.")
    assert api("vera").get("/api/v1/version-rollbacks/", {"unconfirmed": "true"}).json()["results"] == []
