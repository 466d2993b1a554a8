"""A webhook of Weights & Biases: a version is registered once, and what it is called gives it no role."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from assurance.models import ModelVersion
from core.models import AuditEvent
from tests.assurance.versioned import model_of
from tests.cast import Cast

Api = Callable[[str], APIClient]
URL = "/api/v1/model-versions/wandb/"
ARTIFACT = "wandb-artifact://_id/QXJ0aWZhY3Q6NTE3"


def said(model: str, **more: Any) -> dict[str, Any]:
    return {
        "model": model, "artifact_version": ARTIFACT, "artifact_version_string": "calder/wandb-registry-model/fraud:v3",
        "alias": "", "event_type": "LINK_ARTIFACT", "event_author": "mona", **more,
    }  # fmt: skip


def test_an_artifact_is_registered_once_whatever_is_heard_of_it(cast: Cast, api: Api, frozen: object) -> None:
    model, mona = model_of(cast), api("mona")
    body = said(model.ref, metrics={"auc": "0.91"})
    first, again = mona.post(URL, body), mona.post(URL, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    row = ModelVersion.objects.get(model=model)
    assert (row.number, row.source, row.source_run) == ("v3", "wandb", "calder/wandb-registry-model/fraud")
    assert (row.metrics, row.aliases, row.version) == ({"auc": "0.91"}, [], 1)
    assert AuditEvent.objects.filter(object_type="modelversion").count() == 1


def test_an_alias_stands_beside_the_version_and_gives_it_no_role(
    cast: Cast, api: Api, frozen: object
) -> None:
    model, mona = model_of(cast), api("mona")
    mona.post(URL, said(model.ref))
    named = said(model.ref, alias="champion", artifact_version_string="calder/wandb-registry-model/fraud:champion")  # fmt: skip
    told = mona.post(URL, {**named, "event_type": "ADD_ARTIFACT_ALIAS"})
    assert (told.status_code, told.json()["aliases"]) == (200, ["champion"])
    assert (told.json()["role"], told.json()["number"]) == ("registered", "v3")
    mona.post(URL, named)
    row = ModelVersion.objects.get(model=model)
    assert (row.aliases, row.version) == (["champion"], 2)
    assert model.champion == ""


def test_an_artifact_of_one_model_is_no_version_of_another(cast: Cast, api: Api, frozen: object) -> None:
    first, second, mona = model_of(cast), model_of(cast, name="Second"), api("mona")
    mona.post(URL, said(first.ref))
    refused = mona.post(URL, said(second.ref))
    assert (refused.status_code, refused.json()["code"]) == (409, "artifact_taken")
    assert not ModelVersion.objects.filter(model=second).exists()


def test_a_number_registered_by_hand_is_not_taken_over(cast: Cast, api: Api, frozen: object) -> None:
    model, mona = model_of(cast), api("mona")
    mona.post("/api/v1/model-versions/", {"model": model.ref, "number": "v3"})
    refused = mona.post(URL, said(model.ref))
    assert (refused.status_code, refused.json()["code"]) == (409, "version_taken")
    assert ModelVersion.objects.get(model=model).external_id == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("artifact_version", "${artifact_version}"),
        ("artifact_version", "calder/fraud:v3"),
        ("artifact_version", ""),
        ("artifact_version_string", "${artifact_version_string}"),
        ("artifact_version_string", "fraud:v3"),
        ("artifact_version_string", "calder/registry/fraud"),
        ("artifact_version_string", "calder/registry/fraud:"),
        ("artifact_version_string", "calder//fraud:v3"),
        ("alias", "${alias}"),
        ("metrics", {"auc": "high"}),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(
    cast: Cast, api: Api, frozen: object, field: str, value: Any
) -> None:
    model = model_of(cast)
    refused = api("mona").post(URL, said(model.ref, **{field: value}))
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"].startswith(f"/{field}")
    assert not ModelVersion.objects.filter(model=model).exists()


def test_somebody_without_the_right_registers_nothing(cast: Cast, api: Api, frozen: object) -> None:
    model = model_of(cast)
    for name, status in (("vera", 403), ("edith", 403), ("charlie", 403)):
        assert api(name).post(URL, said(model.ref)).status_code == status, name
    assert not ModelVersion.objects.exists()
