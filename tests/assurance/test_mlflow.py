"""Reading an MLflow registry: against a real mlflow server, and against servers that misbehave."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assurance.models import ModelRegistry, ModelVersion, RegisteredModel, VersionMetric
from assurance.services.registries import EVERY, ask_sync, connect_registry, edit_registry, owe_due
from assurance.services.registry_reader import server_of
from assurance.services.registry_sync import LONGEST_WAIT, Synced, sync_registry, wait_after
from config.env import registries
from core import outbox
from core.access import system
from core.errors import Problem
from core.models import AuditEvent, Outbox
from core.outgoing import OutgoingError, Server, is_public, origin_of
from domain.errors import RuleError
from domain.registry_answers import FoundModel, next_page, read_models, renamed
from governance.models import AiModel
from kpis.models import Measurement
from tests.assurance.mlflow_server import Mlflow, closed_port, other_server, said, start
from tests.cast import AT, Cast
from tests.governance.stored import initiative
from tests.kpis.build import make_kpi

DAY = 1_760_000_000_000  # a moment in October 2025, milliseconds
HISTORY: list[tuple[int, int, float | str]] = [
    (0, DAY, 0.5),
    (1, DAY + 86_400_000, 0.75),
    (2, DAY + 2 * 86_400_000, 0.8125),
]


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mlflow]:
    server = start(tmp_path_factory.mktemp("mlflow"))
    yield server
    server.stop()


def registry(cast: Cast, url: str, begins: str = "") -> ModelRegistry:
    return ModelRegistry.objects.create(
        name=f"MLflow {ModelRegistry.objects.count()}", base_url=url, unit=cast.claims, name_filter=begins, created_by=cast.max,
        created_at=AT, updated_at=AT,
    )  # fmt: skip


def sync(row: ModelRegistry, **more: Any) -> Synced:
    row.refresh_from_db()
    server = Server(row.base_url, trusted=True, **more)
    return sync_registry(registry=row, by=system(), at=AT, server=server)


def everything() -> tuple[Any, ...]:
    """What a reading may write, but for when it was read."""
    return (
        list(AiModel.objects.order_by("pk").values()), list(ModelVersion.objects.order_by("pk").values()),
        list(RegisteredModel.objects.order_by("pk").values()), list(VersionMetric.objects.order_by("pk").values()),
        Measurement.objects.count(), AuditEvent.objects.count(),
    )  # fmt: skip


# Against a real server


pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_models_versions_metrics_and_aliases_are_taken_over_and_twice_changes_nothing(cast: Cast, mlflow: Mlflow) -> None:  # fmt: skip
    mlflow.model("one-a")
    mlflow.model("one-b")
    run = mlflow.run({"auc": HISTORY, "bad": [(0, DAY, "NaN")]}, commit="abcdef1234")
    mlflow.version("one-a")
    second = mlflow.version("one-a", run)
    mlflow.alias("one-a", "champion", second)
    row = registry(cast, mlflow.url, "one-")
    done = sync(row)
    assert done.failure == ""
    assert (done.counts["models"], done.counts["versions"]) == (2, 2)
    model = AiModel.objects.get(name="one-a")
    assert (model.unit_id, model.owner, model.champion) == (cast.claims.pk, None, "")
    version = model.versions.get(number=second)
    assert (version.metrics, version.commit, version.source_run) == (
        {"auc": "0.8125", "bad": "NaN"},
        "abcdef1234",
        run,
    )
    assert (version.aliases, version.role) == (["champion"], "registered")
    before = everything()
    assert not any(sync(row).counts.values())
    assert everything() == before
    row.refresh_from_db()
    assert (row.synced_at, row.failure, row.stale) == (AT, "", False)


@pytest.mark.slow
def test_the_history_of_a_metric_is_equal_and_becomes_readings_of_the_kpi_it_serves(cast: Cast, mlflow: Mlflow) -> None:  # fmt: skip
    mlflow.model("hist")
    run = mlflow.run({"auc": HISTORY})
    mlflow.version("hist", run)
    row = registry(cast, mlflow.url, "hist")
    sync(row)
    model = AiModel.objects.get(name="hist")
    kpi = make_kpi(initiative(cast), "AUC", kind="model_metric")
    model.kpis.add(kpi)
    assert sync(row).counts["readings"] == 3
    there = mlflow.get("metrics/get-history", run_id=run, metric_key="auc")["metrics"]
    here = VersionMetric.objects.filter(version__model=model, name="auc").order_by("step")
    assert [(one["step"], one["timestamp"], str(one["value"])) for one in there] == [
        (one.step, one.at, one.value) for one in here
    ]
    readings = Measurement.objects.filter(kpi=kpi).order_by("observed_on")
    assert [one.value for one in readings] == [Decimal("0.5"), Decimal("0.75"), Decimal("0.8125")]
    assert all(one.source_key.startswith(run) and one.source == "MLflow: MLflow 0" for one in readings)
    assert not sync(row).counts["readings"]
    assert readings.count() == 3


@pytest.mark.slow
def test_a_rename_is_followed_and_the_same_name_born_again_is_another_model(
    cast: Cast, mlflow: Mlflow
) -> None:
    mlflow.model("name-old")
    mlflow.version("name-old")
    row = registry(cast, mlflow.url, "name-")
    sync(row)
    known = RegisteredModel.objects.get(registry=row)
    mlflow.rename("name-old", "name-new")
    assert sync(row).counts["renamed"] == 1
    known.refresh_from_db()
    assert (known.name, AiModel.objects.filter(registered_as__registry=row).count()) == ("name-new", 1)
    mlflow.delete("registered-models/delete", name="name-new")
    mlflow.model("name-new")
    mlflow.version("name-new")
    sync(row)
    known.refresh_from_db()
    assert known.gone_at == AT
    assert ModelVersion.objects.get(model=known.model).gone_at == AT
    other = RegisteredModel.objects.exclude(pk=known.pk).get(registry=row)
    assert (other.name, other.gone_at, other.model_id != known.model_id) == ("name-new", None, True)


@pytest.mark.slow
def test_what_is_deleted_there_is_marked_here_and_stays(cast: Cast, mlflow: Mlflow) -> None:
    mlflow.model("gone-a")
    mlflow.version("gone-a")
    mlflow.version("gone-a")
    row = registry(cast, mlflow.url, "gone-")
    sync(row)
    mlflow.delete("model-versions/delete", name="gone-a", version="1")
    assert sync(row).counts["gone"] == 1
    assert [one.gone_at for one in ModelVersion.objects.order_by("number")] == [AT, None]
    before = everything()
    assert not any(sync(row).counts.values())
    assert everything() == before
    mlflow.delete("registered-models/delete", name="gone-a")
    sync(row)
    assert RegisteredModel.objects.get(registry=row).gone_at == AT
    assert ModelVersion.objects.exclude(gone_at=None).count() == ModelVersion.objects.count() == 2


@pytest.mark.slow
def test_a_deleted_run_keeps_its_numbers_and_an_alias_that_moves_is_followed(
    cast: Cast, mlflow: Mlflow
) -> None:
    mlflow.model("moves")
    run = mlflow.run({"auc": HISTORY})
    mlflow.version("moves", run)
    mlflow.version("moves")
    mlflow.alias("moves", "live", "1")
    row = registry(cast, mlflow.url, "moves")
    sync(row)
    mlflow.post("runs/delete", run_id=run)
    mlflow.alias("moves", "live", "2")
    sync(row)
    first, second = ModelVersion.objects.order_by("number")
    assert (first.metrics, first.aliases, second.aliases) == ({"auc": "0.8125"}, [], ["live"])


@pytest.mark.slow
def test_a_server_that_hangs_goes_down_and_comes_back_is_stale_and_then_read_again(
    cast: Cast, tmp_path: Path
) -> None:
    server = start(tmp_path)
    try:
        server.model("down-a")
        row = registry(cast, server.url)
        sync(row)
        server.hang()
        try:
            assert "did not answer in time" in sync(row, seconds=1.0).failure
        finally:
            server.go_on()
        server.stop()
        assert "does not take connections" in sync(row).failure
        row.refresh_from_db()
        assert (row.failures, row.failing_since, row.synced_at, row.stale) == (2, AT, AT, True)
        assert row.next_try_at == AT + timedelta(minutes=2)
        assert AiModel.objects.filter(registered_as__gone_at=None).count() == 1
        server = start(tmp_path, server.port)
        assert sync(row).failure == ""
        row.refresh_from_db()
        assert (row.failures, row.stale, row.failure) == (0, False, "")
        assert AuditEvent.objects.filter(action="registry.failed").count() == 1
    finally:
        server.stop()


@pytest.mark.slow
def test_the_command_reads_what_is_named_and_fails_where_one_cannot_be_read(
    cast: Cast, mlflow: Mlflow, settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.MODEL_REGISTRIES = {origin_of(mlflow.url): ""}
    mlflow.model("cmd-a")
    row = registry(cast, mlflow.url, "cmd-")
    call_command("sync_mlflow", row.name)
    assert "1 models" in capsys.readouterr().out
    ModelRegistry.objects.filter(pk=row.pk).update(base_url=f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(SystemExit):
        call_command("sync_mlflow")


# Against servers that misbehave


def answers(status: int, body: bytes, kind: str = "application/json") -> Any:
    return lambda handler: said(handler, status, body, kind)


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (500, b"oops", "text/plain", "answered with status 500"),
        (401, b"You are not authenticated", "text/plain", "refused the token (401)"),
        (403, b"Invalid Host header", "text/plain", "refused the token (403)"),
        (200, b"<!doctype html><title>Sign in</title>", "text/html", "did not answer with JSON"),
        (302, b"", "text/html", "answered with status 302"),
        (200, b"[]", "application/json", "did not answer with JSON"),
        (200, b'{"registered_models": 3}', "application/json", "cannot be read at registered_models"),
        (200, b'{"registered_models": [{"name": "a"}]}', "application/json", "cannot be read at creation_timestamp"),
        (200, b'{"registered_models": [], "next_page_token": 5}', "application/json", "cannot be read at next_page_token"),
        (404, b'{"error_code": "ENDPOINT_NOT_FOUND"}', "application/json", "ENDPOINT_NOT_FOUND"),
        (200, b"x" * 20_000_100, "text/plain", "more than 20 MB"),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_a_stale_mark_with_its_reason(
    status: int, body: bytes, kind: str, words: str, cast: Cast
) -> None:
    with other_server(answers(status, body, kind)) as url:
        row = registry(cast, url)
        assert words in sync(row).failure
    row.refresh_from_db()
    assert (row.stale, row.failures, words in row.failure) == (True, 1, True)
    assert not AiModel.objects.exists()


def test_a_drip_of_bytes_is_bounded_as_a_whole(cast: Cast) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(100):
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(0.1)
        except OSError:
            return

    with other_server(drip) as url:
        assert "did not answer in time" in sync(registry(cast, url), seconds=0.5).failure


def test_pages_that_shift_under_the_reader_double_nothing(cast: Cast) -> None:
    first = {"name": "a", "creation_timestamp": 1}
    pages = {
        "": {"registered_models": [first, {"name": "b", "creation_timestamp": 2}], "next_page_token": "p2"},
        "p2": {
            "registered_models": [
                {"name": "b", "creation_timestamp": 2},
                {"name": "c", "creation_timestamp": 3},
            ]
        },
    }

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if "registered-models/search" in handler.path:
            said(handler, 200, json.dumps(pages["p2" if "page_token=p2" in handler.path else ""]).encode())
        else:
            said(handler, 200, b"{}")

    with other_server(answer) as url:
        assert sync(registry(cast, url)).counts["models"] == 3
    assert sorted(AiModel.objects.values_list("name", flat=True)) == ["a", "b", "c"]


def test_what_the_list_leaves_out_but_answers_for_is_not_gone(cast: Cast) -> None:
    listed = [{"name": "a", "creation_timestamp": 1}]

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if "registered-models/search" in handler.path:
            said(handler, 200, json.dumps({"registered_models": listed}).encode())
        elif "registered-models/get" in handler.path:
            said(
                handler,
                200,
                json.dumps({"registered_model": {"name": "a", "creation_timestamp": 1}}).encode(),
            )
        else:
            said(handler, 200, b"{}")

    with other_server(answer) as url:
        row = registry(cast, url)
        sync(row)
        listed.clear()
        assert not sync(row).counts["gone"]
    assert RegisteredModel.objects.get().gone_at is None


@pytest.mark.slow
def test_five_thousand_versions_are_read_page_by_page_with_as_many_statements_for_each(cast: Cast) -> None:
    def version(number: int) -> dict[str, Any]:
        return {
            "name": "big",
            "version": str(number),
            "creation_timestamp": DAY + number,
            "last_updated_timestamp": DAY,
        }

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if "registered-models/search" in handler.path:
            found = {"registered_models": [{"name": "big", "creation_timestamp": 1}]}
            said(handler, 200, json.dumps(found).encode())
            return
        start = int(handler.path.partition("page_token=")[2].partition("&")[0] or 0)
        page: dict[str, Any] = {"model_versions": [version(start + n) for n in range(500)]}
        if start + 500 < 5_000:
            page["next_page_token"] = str(start + 500)
        said(handler, 200, json.dumps(page).encode())

    with other_server(answer) as url:
        row = registry(cast, url)
        assert sync(row).counts["versions"] == 5_000
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert not any(sync(row).counts.values())
    assert len(asked) < 120  # ten pages: a handful of statements each, none for each version
    assert ModelVersion.objects.count() == 5_000


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
    from tests.cast import make_cast  # noqa: PLC0415  the cast of this test lives in its own transaction

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
