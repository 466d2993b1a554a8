"""Registries: when one is read and by whom, which addresses may be asked, and what is told to whom."""

from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured

from assurance.models import ModelRegistry
from assurance.services.registries import EVERY, ask_sync, connect_registry, edit_registry, owe_due
from assurance.services.registry_reader import server_of
from assurance.services.registry_sync import LONGEST_WAIT, sync_registry, wait_after
from config.env import registries
from core import outbox
from core.access import system
from core.errors import Problem
from core.models import Outbox
from core.outgoing import OutgoingError, Server, is_public, origin_of
from domain.errors import RuleError
from domain.registry_answers import FoundModel, next_page, read_models, renamed
from tests.assurance.mlflow_server import other_server, said
from tests.assurance.registered import answers, registry
from tests.cast import AT, Cast, make_cast

pytestmark = pytest.mark.django_db


DAY = 1_760_000_000_000  # a moment in October 2025, milliseconds
HISTORY: list[tuple[int, int, float | str]] = [
    (0, DAY, 0.5),
    (1, DAY + 86_400_000, 0.75),
    (2, DAY + 2 * 86_400_000, 0.8125),
]


# When it is read, and by whom


def test_a_registry_is_read_when_its_time_comes_and_once_however_often_it_is_asked(cast: Cast) -> None:
    with other_server(answers(200, b"{}")) as url:
        row = registry(cast, url)
        assert owe_due(at=AT) == 1
        assert owe_due(at=AT) == 0
        assert owe_due(at=AT + EVERY) == 1
        ModelRegistry.objects.update(active=False)
        assert owe_due(at=AT + 9 * EVERY) == 0
        with pytest.raises(Problem) as problem:
            ask_sync(pk=row.pk, by=cast.actor("max"), at=AT)
        assert problem.value.code == "not_read"
    assert Outbox.objects.filter(kind="registry.sync").count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_worker_reads_what_is_owed(transactional_db: None, settings: LazySettings) -> None:
    cast = make_cast()
    with other_server(answers(200, b"{}")) as url:
        settings.MODEL_REGISTRIES = {origin_of(url): ""}
        row = registry(cast, url)
        ask_sync(pk=row.pk, by=cast.actor("max"), at=AT)
        outbox.drain()
    row.refresh_from_db()
    assert row.synced_at is not None
    assert row.failure == ""


@pytest.mark.pure
def test_the_wait_grows_and_ends_at_six_hours() -> None:
    assert [wait_after(n) for n in (1, 2, 5)] == [
        timedelta(minutes=1),
        timedelta(minutes=2),
        timedelta(minutes=16),
    ]
    assert wait_after(50) == LONGEST_WAIT


@pytest.mark.parametrize("who", ["mona", "alice", "dana", "vera", "ursula", "nobody"])
def test_a_registry_is_connected_by_who_manages_models_in_its_unit(who: str, cast: Cast) -> None:
    with pytest.raises(Problem) as problem:
        connect_registry(
            name="A", base_url="https://mlflow.example.org", unit=cast.claims, by=cast.actor(who), at=AT
        )
    assert problem.value.status == 403


@pytest.mark.parametrize(
    "url",
    ["", "mlflow", "ftp://x", "http://mlflow.example.org", "https://user@x", "https://x?a=1", "https://x/\r\nHost: y", "file:///etc"],
)  # fmt: skip
def test_only_a_plain_https_address_is_taken(url: str, cast: Cast) -> None:
    with pytest.raises(Problem) as problem:
        connect_registry(name="A", base_url=url, unit=cast.claims, by=cast.actor("max"), at=AT)
    assert problem.value.status == 400
    assert problem.value.items[0].pointer == "/base_url"


def test_a_registry_is_changed_and_a_change_has_it_read_again(cast: Cast) -> None:
    by = cast.actor("max")
    row = connect_registry(name="A", base_url="https://mlflow.example.org/", unit=cast.claims, by=by, at=AT)
    assert row.base_url == "https://mlflow.example.org"
    ModelRegistry.objects.update(next_try_at=AT + EVERY)
    changed = edit_registry(pk=row.pk, name_filter="prod-", by=by, at=AT, expected_version=1)
    assert (changed.name_filter, changed.next_try_at, changed.version) == ("prod-", None, 2)
    with pytest.raises(Problem) as problem:
        edit_registry(pk=row.pk, active=False, by=by, at=AT, expected_version=1)
    assert problem.value.status == 412


# What may be asked, and what is told to whom


@pytest.mark.pure
@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1%eth0", "224.0.0.1"],
)  # fmt: skip
def test_an_address_inside_the_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.pure
def test_an_address_of_everybody_is_public() -> None:
    assert is_public("93.184.216.34")
    assert is_public("2606:4700::1111")


@pytest.mark.pure
@pytest.mark.parametrize("found", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], []])
def test_a_name_that_leads_inside_is_not_asked_unless_the_settings_name_it(found: list[str]) -> None:
    asked: list[str] = []

    def look_up(host: str, port: int) -> list[str]:
        asked.append(host)
        return found

    with pytest.raises(OutgoingError) as error:
        Server("https://mlflow.example.org", look_up=look_up).ask("/x")
    assert "private network" in str(error.value) or "leads nowhere" in str(error.value)
    assert asked == ["mlflow.example.org"]


def test_the_token_goes_to_the_address_it_belongs_to_and_to_no_other(
    cast: Cast, settings: LazySettings
) -> None:
    heard: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        heard.append(handler.headers.get("Authorization"))
        said(handler, 200, b"{}")

    with other_server(answer) as url, other_server(answer) as other:
        settings.MODEL_REGISTRIES = {origin_of(url): "s3cret", origin_of(other): ""}
        for one in (url, other):
            row = registry(cast, one)
            assert sync_registry(registry=row, by=system(), at=AT).failure == ""
    assert heard == ["Bearer s3cret", None]
    assert "s3cret" not in repr(server_of(row))


@pytest.mark.pure
def test_a_token_stands_beside_an_address_or_nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_REGISTRIES", "LAB=http://mlflow.internal:5000, LAKE=https://lake.example.org")
    monkeypatch.setenv("MODEL_REGISTRY_TOKENS", "LAKE=s3cret=")
    assert registries() == {"http://mlflow.internal:5000": "", "https://lake.example.org:443": "s3cret="}
    for name, value in (
        ("MODEL_REGISTRY_TOKENS", "OTHER=x"),
        ("MODEL_REGISTRIES", "LAB=mlflow"),
        ("MODEL_REGISTRIES", "LAB"),
    ):
        with monkeypatch.context() as wrong:
            wrong.setenv(name, value)
            with pytest.raises(ImproperlyConfigured):
                registries()


@pytest.mark.pure
def test_models_of_one_birth_that_change_names_at_once_are_not_guessed() -> None:
    known = [("a", 1), ("b", 1), ("c", 2)]
    assert renamed(known, [FoundModel("x", 1), FoundModel("y", 1), FoundModel("z", 2)]) == {("c", 2): "z"}
    assert renamed(known, [FoundModel("a", 1), FoundModel("b", 1), FoundModel("c", 2)]) == {}


@pytest.mark.pure
def test_an_answer_is_read_strictly_and_what_is_left_out_is_none() -> None:
    assert read_models({}) == []
    found = read_models(
        {
            "registered_models": [
                {"name": "a", "creation_timestamp": "12", "aliases": [{"alias": "x", "version": 3}]}
            ]
        }
    )
    assert found == [FoundModel("a", 12, {"x": "3"})]
    with pytest.raises(RuleError):
        next_page({"next_page_token": "p"}, "p")
