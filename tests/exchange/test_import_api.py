"""Imports through the API: multipart in, rows and refusals out, problems as documents."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from rest_framework.test import APIClient

from core import outbox
from core.models import Job
from core.tokens import create_token
from exchange.models import ImportFile, ImportRun
from exchange.services.mappings import save_mapping
from portfolio.models import Initiative
from tests.cast import AT, Cast
from tests.exchange.files import sample
from tests.exchange.staged import FEW, few, load, stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
Client = Callable[[str], APIClient]
ADDRESS = "/api/v1/imports/"
TRIAGE = few("Name,Unit,Stage", "Triage,Claims,pilot", "Fraud,Claims,idea")


def send(
    client: APIClient, data: bytes = TRIAGE, *, name: str = "few.csv", headers: Any = None, **said: Any
) -> HttpResponse:
    fields = {"mapping_toml": FEW, **said}
    body = {key: value for key, value in fields.items() if value is not None}
    answer: HttpResponse = client.post(
        ADDRESS, {"file": SimpleUploadedFile(name, data), **body}, format="multipart", headers=headers or {}
    )
    return answer


def body(answer: HttpResponse) -> Any:
    return json.loads(answer.content)


def test_an_upload_answers_with_the_preview_and_writes_nothing_yet(cast: Cast, api: Client) -> None:
    answer = send(api("max"))
    assert answer.status_code == 201
    told = body(answer)
    assert answer["Location"].endswith(f"/api/v1/imports/{told['id']}/")
    assert answer["ETag"] == f'"v{told["version"]}"'
    assert (told["state"], told["state_display"], told["filename"], told["series"]) == (
        "ready",
        "Ready to commit",
        "few.csv",
        "few",
    )
    assert told["counts"] == {
        "rows": 2, "created": 2, "updated": 0, "unchanged": 0, "refused": 0, "cell_warnings": 0, "not_in_file": 0
    }  # fmt: skip
    assert Initiative.objects.count() == 0


def test_the_commit_writes_and_the_rows_say_what_they_became(cast: Cast, api: Client) -> None:
    max_ = api("max")
    run = body(send(max_))["id"]
    done = max_.post(f"{ADDRESS}{run}/commit/")
    assert (done.status_code, done.json()["state"]) == (200, "committed")
    rows = max_.get(f"{ADDRESS}{run}/rows/").json()["results"]
    triage = Initiative.objects.get(name="Triage")
    assert [row["outcome_display"] for row in rows] == ["Created", "Created"]
    assert rows[0]["initiative"] == triage.pk
    assert {"of": "field", "name": "stage", "was": None, "now": "pilot"} in rows[0]["changes"]
    assert max_.get(f"{ADDRESS}{run}/rows/2/").json()["label"] == "Fraud"
    assert max_.post(f"{ADDRESS}{run}/commit/").status_code == 409


def test_rows_are_filtered_by_outcome_and_paged(cast: Cast, api: Client) -> None:
    max_, run = api("max"), stage(cast, sample())
    refused = max_.get(f"{ADDRESS}{run.pk}/rows/?outcome=refused").json()["results"]
    assert [(row["number"], row["refusals"][0]["code"]) for row in refused] == [
        (36, "duplicate_key"),
        (40, "missing_name"),
    ]
    warned = max_.get(f"{ADDRESS}{run.pk}/rows/?warned=true&page_size=200").json()["results"]
    assert all(row["warnings"] for row in warned)
    first = max_.get(f"{ADDRESS}{run.pk}/rows/?page_size=20").json()
    second = max_.get(first["next"]).json()
    assert [row["number"] for row in first["results"] + second["results"]] == list(range(1, 41))
    assert max_.get(f"{ADDRESS}{run.pk}/rows/?outcome=lost").status_code == 400


def test_refused_rows_hold_the_commit_until_the_good_ones_are_asked_for(cast: Cast, api: Client) -> None:
    max_, run = api("max"), stage(cast, sample())
    refused = max_.post(f"{ADDRESS}{run.pk}/commit/")
    assert (refused.status_code, refused.json()["code"]) == (409, "rows_refused")
    assert max_.post(f"{ADDRESS}{run.pk}/commit/", {"only_good_rows": True}).status_code == 200
    rejects = max_.get(f"{ADDRESS}{run.pk}/rejects/")
    assert rejects["Content-Type"] == "text/csv; charset=utf-8"
    assert rejects.content.decode("utf-8-sig").count("\r\n") == 3


def test_an_import_without_refused_rows_has_no_file_of_them(cast: Cast, api: Client) -> None:
    run = load(cast, TRIAGE, FEW)
    answer = api("max").get(f"{ADDRESS}{run.pk}/rejects/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_discarded_import_says_so(cast: Cast, api: Client) -> None:
    max_, run = api("max"), stage(cast, TRIAGE, FEW)
    assert max_.post(f"{ADDRESS}{run.pk}/discard/").json()["state"] == "discarded"
    assert max_.post(f"{ADDRESS}{run.pk}/commit/").status_code == 409


def test_a_dry_run_tells_and_keeps_nothing(cast: Cast, api: Client) -> None:
    answer = send(api("max"), sample(), mapping_toml=None, mapping="throughline-portfolio", dry_run="true")
    assert answer.status_code == 200
    told = body(answer)
    assert (told["counts"]["created"], told["counts"]["refused"], len(told["refusals"])) == (39, 2, 2)
    assert (ImportRun.objects.count(), ImportFile.objects.count()) == (0, 0)


def test_a_saved_mapping_is_named_like_a_shipped_one(cast: Cast, api: Client) -> None:
    save_mapping(name="our register", toml=FEW, by=cast.actor("max"), at=AT)
    assert send(api("max"), mapping_toml=None, mapping="our register").status_code == 201


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"mapping_toml": None}, "required"), ({"mapping": "throughline-portfolio"}, "required"),
        ({"mapping_toml": None, "mapping": "lost"}, "unknown"), ({"mapping_toml": "name = "}, "bad_toml"),
        ({"mapping_toml": FEW + "\n[fields.nonsense]\ncolumn = 'x'"}, "unknown_field"), ({"as_of": "tomorrow"}, "invalid"),
        ({"as_of": "2027-01-01"}, "invalid"), ({"as_of": "1066-10-14"}, "out_of_range"), ({"surprise": "x"}, "field_not_writable"),
        ({"dry_run": "perhaps"}, "invalid"), ({"mapping_toml": "a\x00b"}, "parse_error"),
    ],
)  # fmt: skip
def test_a_wrong_form_is_one_problem_that_names_its_place(
    cast: Cast, api: Client, said: dict[str, Any], code: str
) -> None:
    answer = send(api("max"), **said)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert code in {body(answer)["code"], *(item["code"] for item in body(answer)["errors"])}
    assert ImportRun.objects.count() == 0


def test_a_form_without_a_file_or_with_two_mappings_is_refused(cast: Cast, api: Client) -> None:
    max_ = api("max")
    assert max_.post(ADDRESS, {"mapping_toml": FEW}, format="multipart").status_code == 400
    assert max_.post(ADDRESS, {"file": "text", "mapping_toml": FEW}, format="multipart").status_code == 400
    twice = max_.post(
        ADDRESS, {"file": SimpleUploadedFile("a.csv", TRIAGE), "mapping_toml": [FEW, FEW]}, format="multipart"
    )
    assert (twice.status_code, twice.json()["errors"][0]["code"]) == (400, "repeated")


def test_only_multipart_uploads_and_only_here(cast: Cast, api: Client) -> None:
    max_ = api("max")
    assert max_.post(ADDRESS, {"mapping": "x"}, format="json").status_code == 415
    assert max_.post("/api/v1/initiatives/", {"name": "x"}, format="multipart").status_code == 415


def test_a_file_over_the_limit_is_refused_while_it_streams(cast: Cast, api: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 100_000
    answer = send(api("max"), b"Name,Unit\n" + b"x" * 150_000)
    assert (answer.status_code, body(answer)["code"]) == (413, "too_large")
    assert ImportFile.objects.count() == 0


def test_a_torn_form_is_a_problem_and_not_a_fault(cast: Cast, api: Client) -> None:
    for content in (b"--x\r\nContent-Disposition: form-data; name=", b"", b"--x--\r\n"):
        answer = api("max").post(ADDRESS, content, content_type="multipart/form-data; boundary=x")
        assert answer.status_code == 400
    assert api("max").post(ADDRESS, b"x", content_type="multipart/form-data").status_code == 400


def test_a_repeat_under_the_same_key_stages_once_and_another_file_is_refused(cast: Cast, api: Client) -> None:
    max_, key = api("max"), {"Idempotency-Key": "march"}
    first = send(max_, headers=key)
    again = send(max_, headers=key)
    assert first.status_code == again.status_code == 201
    assert body(first)["id"] == body(again)["id"]
    assert ImportRun.objects.count() == 1
    other = send(max_, few("Name,Unit", "Other,Claims"), headers=key)
    assert (other.status_code, body(other)["code"]) == (422, "idempotency_mismatch")


def test_a_stale_if_match_is_heard(cast: Cast, api: Client) -> None:
    run = stage(cast, TRIAGE, FEW)
    answer = api("max").post(f"{ADDRESS}{run.pk}/commit/", headers={"If-Match": '"v1"'})
    assert answer.status_code == 412


def test_a_token_needs_the_scope_and_then_may_make_units_too(cast: Cast) -> None:
    client = APIClient()
    for scopes, status in ((["portfolio:write"], 403), (["exchange:read"], 403), (["exchange:write"], 201)):
        _, secret = create_token(
            user=cast.max, name=scopes[0], scopes=scopes, by=cast.actor("max"), at=AT, days=1
        )
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        answer = send(client, few("Name,Unit,Objectives", "Triage,New unit,New aim"))
        assert answer.status_code == status, answer.content
    done = client.post(f"{ADDRESS}{body(answer)['id']}/commit/")
    assert done.status_code == 200
    assert Initiative.objects.get().unit.name == "New unit"


def test_a_large_file_is_read_and_committed_by_a_worker(cast: Cast, api: Client) -> None:
    max_ = api("max")
    large = few("Name,Unit,Stage", *(f"Use case {n},Claims,pilot" for n in range(2_100)))
    answer = send(max_, large)
    assert (answer.status_code, body(answer)["state"]) == (202, "staging")
    job = answer["Location"]
    assert max_.get(job).json()["state"] == "queued"
    outbox.drain()
    told = max_.get(job).json()
    assert (told["state"], told["done"], told["total"]) == ("done", 2100, 2100)
    run = told["result"]["import"]
    assert max_.get(f"{ADDRESS}{run}/").json()["counts"]["created"] == 2100
    begun = max_.post(f"{ADDRESS}{run}/commit/")
    assert (begun.status_code, begun.json()["state"]) == (202, "committing")
    assert max_.post(f"{ADDRESS}{run}/commit/").status_code == 409
    outbox.drain()
    assert max_.get(f"{ADDRESS}{run}/").json()["state"] == "committed"
    assert Initiative.objects.count() == 2100
    assert Job.objects.filter(state="done").count() == 2


def test_a_large_file_that_cannot_be_read_is_refused_with_its_reason(cast: Cast, api: Client) -> None:
    max_ = api("max")
    large = few("Name,Unit,Stage", *(f"Use case {n},Claims,pilot" for n in range(2_100)), "cut off")
    run = body(send(max_, large))["id"]
    outbox.drain()
    told = max_.get(f"{ADDRESS}{run}/").json()
    assert (told["state"], told["problem"]["code"]) == ("refused", "file_rejected")
    assert told["problem"]["errors"][0]["code"] == "wrong_cell_count"
    assert "row 2,101" in told["problem"]["detail"]


@pytest.mark.parametrize("who", ["alice", "edith", "audrey", "ursula", "nobody"])
def test_others_see_neither_imports_nor_their_rows(cast: Cast, api: Client, who: str) -> None:
    run = stage(cast, TRIAGE, FEW)
    client = api(who)
    for address in (
        ADDRESS,
        f"{ADDRESS}{run.pk}/",
        f"{ADDRESS}{run.pk}/rows/",
        f"{ADDRESS}{run.pk}/rejects/",
    ):
        assert client.get(address).status_code == 403
    assert send(client).status_code == 403


def test_the_list_costs_the_same_for_one_and_twenty(
    cast: Cast, api: Client, django_assert_max_num_queries: Any
) -> None:
    client = api("max")
    for _ in range(20):
        stage(cast, TRIAGE, FEW)
    with django_assert_max_num_queries(6):
        assert len(client.get(ADDRESS).json()["results"]) == 20
