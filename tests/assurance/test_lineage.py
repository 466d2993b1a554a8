"""From the outcome to what runs: what is missing is named; a run's files and a notebook are read and never run."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from assurance.models import ModelVersion, VersionMetric, VersionPromotion
from assurance.queries.lineage import lineage_of
from assurance.services.runs import Taken, import_run
from core.errors import Problem
from domain.errors import RuleError
from domain.evidence_file import read_notebook, type_of
from domain.model_lineage import Break, Chain, Goal, Measure, Metric, Runs, gaps
from domain.run_files import read_run_file
from governance.models import AiModel
from governance.services.inventory import create_model, edit_model
from kpis.models import Kpi, Measurement
from tests.assurance.test_deployments import ready, report
from tests.assurance.versioned import champion, model_of, version
from tests.cast import AT, Cast
from tests.governance.stored import initiative, sound_model
from tests.kpis.build import make_kpi

SignIn = Callable[[str], Client]
Api = Callable[[str], APIClient]
WHOLE = Chain(
    goals=[Goal("AI-0001", True)], measures=[Measure("K-0001", True, True)], metrics=[Metric("K-0002", "K-0001", True)],
    versions=1, champion="1", champion_gone=False, serving=True, running=[Runs("1", "production", "champion")],
)  # fmt: skip


def chain(**changed: Any) -> Chain:
    return Chain(**{**{name: getattr(WHOLE, name) for name in WHOLE.__slots__}, **changed})


@pytest.mark.pure
def test_a_whole_chain_lacks_nothing() -> None:
    assert gaps(WHOLE) == ()
    assert gaps(chain(running=[*WHOLE.running, Runs("2", "production", "challenger")])) == ()


@pytest.mark.pure
@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"goals": [], "measures": [], "metrics": []}, Break.NO_GOAL),
        ({"goals": [Goal("AI-0001", False)]}, Break.NO_OUTCOME),
        ({"measures": [], "metrics": []}, Break.NO_KPI),
        ({"measures": [Measure("K-0001", False, True)]}, Break.KPI_NOT_NAMED),
        ({"measures": [Measure("K-0001", True, False)]}, Break.NO_METRIC),
        ({"metrics": [Metric("K-0002", "", True)]}, Break.METRIC_ALONE),
        ({"metrics": [Metric("K-0002", "K-0001", False)]}, Break.METRIC_UNREAD),
        (
            {"versions": 0, "champion": "", "running": [Runs("1", "production", "challenger")]},
            Break.NO_VERSION,
        ),
        ({"champion": "", "running": [Runs("1", "production", "challenger")]}, Break.NO_CHAMPION),
        ({"champion_gone": True}, Break.CHAMPION_GONE),
        ({"running": []}, Break.NOT_RUNNING),
        ({"running": [Runs("1", "staging", "champion", serves=False)]}, Break.NOT_RUNNING),
        ({"running": [Runs("9", "production", "")]}, Break.RUNS_UNKNOWN),
        ({"running": [Runs("2", "production", "retired")]}, Break.RUNS_ANOTHER),
    ],
)
def test_each_link_that_is_missing_is_named_by_itself(changed: dict[str, Any], where: Break) -> None:
    found = gaps(chain(**changed))
    assert [one.where for one in found] == [where]
    assert found[0].sentence.endswith(".")


def kpi(cast: Cast, model: AiModel, name: str, kind: str = "business", **more: Any) -> Kpi:
    return Kpi.objects.create(
        initiative=model.initiatives.get(), name=name, kind=kind, created_at=AT, updated_at=AT, **more
    )


def test_the_lineage_of_a_model_is_read_from_the_record(cast: Cast) -> None:
    model = ready(cast)
    report(cast, model)
    goal = kpi(cast, model, "Handling time")
    metric = kpi(cast, model, "Recall", "model_metric", serves=goal)
    model.kpis.add(goal)
    found = lineage_of(model, cast.actor("max"))
    assert [(one.kpi, one.metrics, one.named) for one in found.served] == [(goal, (metric,), True)]
    assert (found.champion and found.champion.number, [one.version_number for one in found.running]) == (
        "1",
        ["1"],
    )
    assert [one.where for one in found.missing] == [Break.NO_OUTCOME, Break.METRIC_UNREAD]
    assert found.unseen == 0


def test_what_a_reader_may_not_see_is_counted_and_not_named(cast: Cast, signed_in: SignIn) -> None:
    model = model_of(cast)
    kpi(cast, model, "Handling time")
    found = lineage_of(model, cast.actor("mona"))
    assert (found.initiatives, found.served, found.unseen) == ((), (), 2)
    assert not any("AI-" in one.sentence or "K-" in one.sentence for one in found.missing)
    page = signed_in("mona").get(f"/governance/models/{model.ref}/lineage/").content.decode()
    assert "Handling time" not in page
    assert "2 links more that you may not see" in page


def test_a_kpi_is_a_goal_and_who_links_one_must_see_it(cast: Cast) -> None:
    model = sound_model(cast, goal=False)
    row = Kpi.objects.create(
        initiative=initiative(cast), name="Handling time", kind="business", created_at=AT, updated_at=AT
    )
    linked = edit_model(
        pk=model.pk,
        by=cast.actor("max"),
        at=AT,
        kpis=[row],
        contact="team@calder.example",
        affected="Claimants",
    )
    assert (linked.orphan, linked.contact) == (False, "team@calder.example")
    assert edit_model(pk=model.pk, by=cast.actor("mona"), at=AT, kpis=[row], vendor="Acme").vendor == "Acme"
    assert edit_model(pk=model.pk, by=cast.actor("max"), at=AT, kpis=[]).orphan
    with pytest.raises(Problem) as problem:
        edit_model(pk=model.pk, by=cast.actor("mona"), at=AT, kpis=[row])
    assert problem.value.items[0].code == "does_not_exist"


@pytest.mark.parametrize(
    ("facts", "pointer"), [({"contact": "the team"}, "/contact"), ({"kpis": "retired"}, "/kpis")]
)
def test_a_contact_is_a_mailbox_and_a_kpi_is_alive(facts: dict[str, Any], pointer: str, cast: Cast) -> None:
    if facts.get("kpis"):
        dead = Kpi.objects.create(initiative=initiative(cast), name="Old", kind="business", state="retired", created_at=AT, updated_at=AT)  # fmt: skip
        facts = {"kpis": [dead]}
    with pytest.raises(Problem) as problem:
        create_model(by=cast.actor("max"), at=AT, unit=cast.claims, name="Ranker", **facts)
    assert problem.value.items[0].pointer == pointer


# Files of a run

SUMMARY = {"accuracy": 0.9, "loss": {"min": 0.1}, "best": "NaN", "graph": {"_type": "plotly"}, "note": "good", "flags": [1], "_runtime": 3}  # fmt: skip
HISTORY = "_step,_timestamp,accuracy,label\n0,1760000000,0.5,a\n1,1760086400,0.75,b\n2,1760172800,NaN,\n"


def imported(
    cast: Cast, row: ModelVersion, content: object, name: str = "wandb-summary.json", who: str = "mona"
) -> Taken:
    raw = content if isinstance(content, bytes) else str(content).encode() if isinstance(content, str) else json.dumps(content).encode()  # fmt: skip
    return import_run(version_id=row.pk, filename=name, content=raw, by=cast.actor(who), at=AT)


def test_a_runs_summary_becomes_metrics_and_what_is_no_number_is_reported(cast: Cast) -> None:
    row = version(cast, model_of(cast), "1", metrics={"auc": 0.8})
    done = imported(cast, row, SUMMARY)
    row.refresh_from_db()
    assert row.metrics == {"auc": "0.8", "accuracy": "0.9", "loss.min": "0.1", "best": "NaN"}
    assert done.left_out == ("graph", "note", "flags")
    before = row.version
    imported(cast, row, SUMMARY)
    row.refresh_from_db()
    assert row.version == before


def test_a_runs_history_is_kept_and_read_by_the_kpi_of_that_name(cast: Cast) -> None:
    model = model_of(cast)
    metric = make_kpi(model.initiatives.get(), "Accuracy", kind="model_metric")
    model.kpis.add(metric)
    row = version(cast, model, "1")
    done = imported(cast, row, HISTORY, "history.csv", "max")
    assert (done.points, done.readings, done.left_out) == (3, 2, ("label",))
    assert list(VersionMetric.objects.values_list("step", "value")) == [(0, "0.5"), (1, "0.75"), (2, "NaN")]
    assert [one.value for one in Measurement.objects.order_by("observed_on")] == [
        Decimal("0.5"),
        Decimal("0.75"),
    ]
    again = imported(cast, row, HISTORY, "history.csv", "max")
    assert (again.points, again.readings) == (0, 0)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.json", "empty"), (b"\xff", "a.csv", "not_text"), (b"{", "a.json", "not_json"), (b'{"a": "b"}', "a.json", "no_metric"),
        (b"a,b\n1,2\n", "a.csv", "no_step"), (b"_step,a\nx,2\n", "a.csv", "no_step"), (b"_step,a\n1.5,2\n", "a.csv", "no_step"),
        (b"_step,a,a\n1,2,3\n", "a.csv", "not_csv"), (b"_step,a\n1,x\n", "a.csv", "no_metric"), (b"hello", "a.txt", "not_known"),
        (b"[" * 10, "a.json", "not_known"), (b"x" * 10_000_001, "a.csv", "too_large"),
    ],
)  # fmt: skip
def test_a_file_of_no_run_gets_one_clear_error(content: bytes, name: str, code: str) -> None:
    with pytest.raises(RuleError) as error:
        read_run_file(content, name)
    assert (error.value.code, error.value.pointer) == (code, "/file")


@pytest.mark.parametrize(("who", "status"), [("alice", 403), ("vera", 403), ("charlie", 404)])
def test_a_run_is_taken_over_by_who_reports_on_the_model(who: str, status: int, cast: Cast) -> None:
    row = version(cast, model_of(cast), "1")
    with pytest.raises(Problem) as problem:
        imported(cast, row, SUMMARY, who=who)
    assert problem.value.status == status


# A notebook as evidence

SCRIPT = "<script>alert(1)</script>"
NOTEBOOK = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
    {"cell_type": "markdown", "metadata": {}, "source": [f"# Recall {SCRIPT}\n", "by month"]},
    {"cell_type": "code", "metadata": {}, "source": "1 / 0", "outputs": [{"output_type": "display_data", "data": {"text/html": SCRIPT}}]},
]}  # fmt: skip


@pytest.mark.pure
def test_a_notebook_is_taken_as_evidence_and_read_as_text() -> None:
    raw = json.dumps(NOTEBOOK).encode()
    assert type_of(raw, "recall.ipynb") == ("application/x-ipynb+json", "ipynb")
    cells = read_notebook(raw)
    assert [(one.kind, one.outputs) for one in cells] == [("markdown", 0), ("code", 1)]
    assert cells[0].text == f"# Recall {SCRIPT}\nby month"


@pytest.mark.pure
@pytest.mark.parametrize("content", [b"{}", b"x", b'{"nbformat": 3, "cells": []}', b'{"nbformat": 4, "cells": [1]}', b"[" * 100_000, b'{"nbformat": 4, "cells": [{"cell_type": "html", "source": ""}]}'])  # fmt: skip
def test_a_file_that_only_calls_itself_a_notebook_is_refused(content: bytes) -> None:
    with pytest.raises(RuleError) as error:
        type_of(content, "recall.ipynb")
    assert error.value.code == "type_refused"


def test_a_script_in_a_notebook_is_inert(cast: Cast, signed_in: SignIn, frozen: object) -> None:
    row = version(cast, model_of(cast), "1")
    file = SimpleUploadedFile("recall.ipynb", json.dumps(NOTEBOOK).encode())
    sent = {
        "act": "ask",
        "row": row.pk,
        "to_role": "champion",
        "champion_becomes": "retired",
        "text": "Recall is up.",
        "file": file,
    }
    url = f"/governance/models/{row.model.ref}/versions/"
    assert signed_in("mona").post(url, sent).status_code == 302
    asked = VersionPromotion.objects.get()
    page = signed_in("max").get(f"/governance/promotions/{asked.pk}/notebook/")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.content.decode()
    assert SCRIPT not in page.content.decode()
    assert "1 output left out" in page.content.decode()
    download = signed_in("max").get(f"/governance/promotions/{asked.pk}/file/")
    assert download["Content-Disposition"].startswith("attachment")
    assert (download["X-Content-Type-Options"], download["Content-Security-Policy"][:7]) == (
        "nosniff",
        "sandbox",
    )


# Pages


def test_a_promotion_goes_from_the_owner_to_the_manager_on_the_page(cast: Cast, signed_in: SignIn, frozen: object) -> None:  # fmt: skip
    model = model_of(cast)
    url = f"/governance/models/{model.ref}/versions/"
    mona, mx = signed_in("mona"), signed_in("max")
    assert "No version is registered" in mona.get(url).content.decode()
    sent = {"act": "register", "number": "1.0", "metrics": "auc 0.91\nrecall: 0.6"}
    assert "Version 1.0 is registered" in mona.post(url, sent, follow=True).content.decode()
    row = ModelVersion.objects.get()
    assert row.metrics == {"auc": "0.91", "recall": "0.6"}
    ask = {
        "act": "ask",
        "row": row.pk,
        "to_role": "champion",
        "champion_becomes": "retired",
        "text": "Better.",
    }
    assert "waits for an answer" in mona.post(url, ask, follow=True).content.decode()
    waits = VersionPromotion.objects.get()
    assert "Answer<" not in mona.get(url).content.decode()
    assert "Answer<" in mx.get(url).content.decode()
    answer = {"act": "answer", "row": waits.pk, "answer": "decline"}
    refused = mx.post(url, answer)
    assert (refused.status_code, "Say why it is declined" in refused.content.decode()) == (400, True)
    told = mx.post(url, {**answer, "answer": "approve"}, follow=True).content.decode()
    assert "Version 1.0 is champion" in told
    assert "Not into production" in told
    assert mona.get(f"{url}?act=nothing").status_code == 404


def test_the_page_asks_as_much_for_twenty_versions_as_for_two(cast: Cast, signed_in: SignIn, frozen: object, django_assert_max_num_queries: Any) -> None:  # fmt: skip
    model = model_of(cast)
    champion(cast, model, "1")
    for number in range(20):
        version(cast, model, f"2.{number}")
    client = signed_in("max")
    url = f"/governance/models/{model.ref}/versions/"
    client.get(url)
    with django_assert_max_num_queries(26):
        assert client.get(url).status_code == 200


def test_versions_and_roles_go_through_the_api(cast: Cast, api: Api, frozen: object) -> None:
    model = model_of(cast)
    mona, mx = api("mona"), api("max")
    body = {"model": model.ref, "number": "1", "metrics": {"auc": 0.91, "bad": "NaN"}}
    made = mona.post("/api/v1/model-versions/", body)
    assert (made.status_code, made.json()["metrics"], made.json()["role"]) == (
        201,
        {"auc": "0.91", "bad": "NaN"},
        "registered",
    )
    assert mona.post("/api/v1/model-versions/", body).json()["code"] == "version_taken"
    ask = {"version": made.json()["id"], "to_role": "champion", "evidence": "Better."}
    asked = mona.post("/api/v1/version-promotions/", ask)
    assert (asked.status_code, asked.json()["state"]) == (201, "asked")
    url = f"/api/v1/version-promotions/{asked.json()['id']}/answer/"
    assert mona.post(url, {"answer": "approve"}).status_code == 403
    assert mx.post(url, {"answer": "approve"}).json()["state"] == "approved"
    assert mx.get(f"/api/v1/models/{model.ref}/").json()["champion"] == "1"
    assert mx.get("/api/v1/models/", {"champion": "1"}).json()["results"][0]["ref"] == model.ref
    back = mona.post(f"/api/v1/models/{model.ref}/rollback/", {"because": "Worse."})
    assert (back.status_code, back.json()["code"]) == (409, "no_previous")
