"""Reading a registry of a real mlflow server."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command

from assurance.models import ModelRegistry, ModelVersion, RegisteredModel, VersionMetric
from core.models import AuditEvent
from core.outgoing import origin_of
from governance.models import AiModel
from kpis.models import Measurement
from tests.assurance.mlflow_server import Mlflow, closed_port, start
from tests.assurance.registered import everything, registry, sync
from tests.cast import AT, Cast
from tests.governance.stored import initiative
from tests.kpis.build import make_kpi

pytestmark = pytest.mark.django_db


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
