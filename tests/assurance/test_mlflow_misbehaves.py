"""Reading an MLflow registry whose server misbehaves."""

import json
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assurance.models import ModelVersion, RegisteredModel
from governance.models import AiModel
from tests.assurance.mlflow_server import other_server, said
from tests.assurance.registered import answers, registry, sync
from tests.cast import Cast

pytestmark = pytest.mark.django_db


DAY = 1_760_000_000_000  # a moment in October 2025, milliseconds
HISTORY: list[tuple[int, int, float | str]] = [
    (0, DAY, 0.5),
    (1, DAY + 86_400_000, 0.75),
    (2, DAY + 2 * 86_400_000, 0.8125),
]


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
