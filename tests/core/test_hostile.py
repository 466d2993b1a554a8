"""Requests that a stock framework answers with a server error: each gets one clear refusal, at every endpoint."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.db import transaction
from django.test import Client
from django.urls import reverse

from config.api import router
from core.models import AuditEvent
from tests.core.access_table import Case, Row, World, table
from tests.core.test_access_matrix import address, filled, signed_in

WRITES = [
    (name, method)
    for name, one in sorted(table().items())
    if isinstance(one, Row) and name.startswith("api:")
    for method in ("POST", "PATCH")
    # Somebody may send it as JSON; what takes a file is tried in its own room.
    if any({200, 201} & set((case.expected(method) or {}).values()) for case in one.cases)
]
# Takes a file and no JSON: tests/exchange sends it damaged files.
WRITES = [(name, method) for name, method in WRITES if name != "api:imports-list"]
WITH_BODY = [(name, method) for name, method in WRITES if any(case.data for case in table()[name].cases)]  # type: ignore[union-attr]
LISTS = [
    name
    for name, one in sorted(table().items())
    if isinstance(one, Row) and name.startswith("api:") and name.endswith("-list")
]
DETAILS = [
    name
    for name, one in sorted(table().items())
    if isinstance(one, Row)
    and name.startswith("api:")
    and name not in LISTS
    and any(200 in (case.expected("GET") or {}).values() for case in one.cases)
]
IDLE = ("surprise=1", "page_size=5", "format=html", "_method=DELETE", "fields=password", "expand=password")
ENDPOINTS: dict[str, Any] = {f"api:{basename}-list": viewset for _, viewset, basename in router.registry}
FILTERED = [name for name in LISTS if hasattr(ENDPOINTS[name], "listing")]
DEEP = b"[" * 100_000 + b"]" * 100_000
# Refused whatever the endpoint takes.
BODIES: dict[str, tuple[bytes, str]] = {
    "nested a hundred thousand deep": (DEEP, "application/json"),
    "nested deep in a field": (b'{"name": ' + DEEP + b"}", "application/json"),
    "an object nested deep": (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "application/json"),
    "deeper than 32": (b'{"name": ' + b"[" * 40 + b"]" * 40 + b"}", "application/json"),
    "a NUL": (b'{"name": "a\\u0000b"}', "application/json"),
    "a NUL in a key": (b'{"na\\u0000me": "x"}', "application/json"),
    "half a surrogate pair": (b'{"name": "\\ud800"}', "application/json"),
    "the other half": (b'{"name": "\\udc00\\ud800"}', "application/json"),
    "NaN": (b'{"amount": NaN}', "application/json"),
    "Infinity": (b'{"amount": -Infinity}', "application/json"),
    "a number no database keeps": (b'{"amount": 1e400}', "application/json"),
    "five thousand digits": (b'{"amount": ' + b"9" * 5_000 + b"}", "application/json"),
    "a key twice": (b'{"name": "a", "name": "b"}', "application/json"),
    "a list": (b"[]", "application/json"),
    "a string": (b'"x"', "application/json"),
    "null": (b"null", "application/json"),
    "half a document": (b'{"name": ', "application/json"),
    "two documents": (b"{} {}", "application/json"),
    "a comment": (b"{} // x", "application/json"),
    "UTF-16": ('{"name": "x"}'.encode("utf-16"), "application/json"),
    "a byte order mark": ('\ufeff{"name": "x"}'.encode(), "application/json"),
    "Latin-1": ('{"name": "é"}'.encode("latin-1"), "application/json"),
    "another character set": (b'{"name": "x"}', "application/json; charset=utf-7"),
    "JSON as text": (b'{"name": "x"}', "text/plain"),
    "a form": (b"name=x", "application/x-www-form-urlencoded"),
    "XML": (b"<name/>", "application/xml"),
    "unknown keys": (b'{"surprise": 1}', "application/json"),
    "three megabytes": (b'{"name": "' + b"x" * 3_000_000 + b'"}', "application/json"),
    "a million values": (b'{"name": [' + b"1," * 400_000 + b"1]}", "application/json"),
}
# What no caller writes, wherever it is tried.
MASS = (
    "id",
    "version",
    "status",
    "stage",
    "created_by",
    "created_at",
    "is_staff",
    "is_superuser",
    "password",
    "kpi_status",
    "spent",
)
# Where one of these names is a plain fact after all: a model's stage is recorded, an initiative's is decided.
FACTS = {
    ("api:models-list", "stage"), ("api:models-detail", "stage"), ("api:decisions-reopen", "stage"),
    ("api:integrations-list", "status"), ("api:integrations-detail", "status"), ("api:obligations-detail", "status"),
    ("api:deployments-list", "version"), ("api:lime-explanations-list", "version"), ("api:shap-files-list", "version"), ("api:version-promotions-list", "version"),
}  # fmt: skip
VALUES: tuple[Any, ...] = (
    "0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "2026-11-24T00:00:00", "1899-12-31", "2201-01-01", 10**30, -(10**30), 10**18,
    2**63, 2**31, -1, 0, True, False, None, [], {}, [[]], {"a": {"b": 1}}, "", " ", "x" * 100_000, "\u202eexe", "e\u0301" * 200,
    "1e999999999", "nan", "inf", "-0.0", "0.001", "1e-400", "12345678901234567890.12", "\ufffe", "AI-99999999999999999999", "%00", "=1+1",
)  # fmt: skip
QUERIES = (
    "page_size=1000000000000000000000000000000", "page_size=0", "page_size=-1", "page_size=201", "page_size=", "page_size=ten", "cursor=p",
    "cursor=%00", "cursor=notadate", "cursor=eyJhIjoxfQ~x", "ordering=password", "ordering=-", "ordering=,", "ordering=id,,id",
    "ordering=created_by__password", "surprise=1", "created_by__password__startswith=a", "format=html", "limit=5", "offset=5", "page=2",
    "q=%00", "q=" + "x" * 201, "q=" + "a+" * 20, "fields=password", "expand=password", "id=1'--", "id=99999999999999999999", "id=-1", "id=1.0",
    "id=%00", "id__in=" + ",".join("1" * 201), "id__regex=.*", "_connector=OR", "_method=DELETE",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Without a log, and with nobody's requests of this minute counted: these tests ask thousands of times."""
    caches["default"].clear()
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def send(client: Client, method: str, url: str, body: bytes, content_type: str = "application/json") -> Any:
    """One request, its effect taken back."""
    with transaction.atomic():
        answer = getattr(client, method.lower())(
            url, data=body, content_type=content_type, headers={"If-Match": '"v1"'}
        )
        transaction.set_rollback(True)
    return answer


def faults(answer: Any, what: str) -> list[str]:
    """What is wrong with a refusal, as sentences."""
    if not 400 <= answer.status_code < 500:
        return [f"{what}: {answer.status_code}"]
    if answer["Content-Type"] != "application/problem+json":
        return [f"{what}: {answer['Content-Type']}"]
    document = answer.json()
    wanted = {"type", "title", "status", "detail", "code", "errors", "request_id"}
    if (
        set(document) != wanted
        or document["status"] != answer.status_code
        or not document["detail"]
        or not document["request_id"]
    ):
        return [f"{what}: {document}"]
    return []


def writer(name: str, method: str, world: World) -> tuple[Client, str, Case]:
    """Somebody for whom the request would succeed, its address and its case."""
    one = table()[name]
    assert isinstance(one, Row)
    for case in one.cases:
        for person, status in (case.expected(method) or {}).items():
            if status in {200, 201}:
                return signed_in(world.cast, person), address(name, one, case, world), case
    raise AssertionError(f"nobody may {method} {name}")


def reader(name: str, world: World) -> tuple[Client, str]:
    """Somebody who may read the list, the auditor where she may, and its address."""
    one = table()[name]
    assert isinstance(one, Row)
    for case in one.cases:
        may = [person for person, status in (case.expected("GET") or {}).items() if status == 200]
        if may:
            return signed_in(world.cast, "audrey" if "audrey" in may else may[0]), address(
                name, one, case, world
            )
    raise AssertionError(f"nobody may read {name}")


@pytest.mark.parametrize(("name", "method"), WRITES)
def test_a_body_that_cannot_be_read_is_refused_and_changes_nothing(
    name: str, method: str, world: World
) -> None:
    client, url, _ = writer(name, method, world)
    before = AuditEvent.objects.count()
    wrong = [
        fault
        for what, (body, content_type) in BODIES.items()
        for fault in faults(send(client, method, url, body, content_type), what)
    ]
    assert not wrong, "\n".join(wrong)
    assert AuditEvent.objects.count() == before


@pytest.mark.slow
@pytest.mark.parametrize(("name", "method"), WITH_BODY)
def test_nobody_writes_what_is_not_theirs_to_write(name: str, method: str, world: World) -> None:
    client, url, case = writer(name, method, world)
    wrong = []
    for key in MASS:
        if (name, key) in FACTS:
            continue
        body = json.dumps({**filled(case.data, case.at, world), key: 1}).encode()
        answer = send(client, method, url, body)
        if answer.status_code != 400 or answer.json()["code"] != "field_not_writable":
            wrong.append(f"{key}: {answer.status_code} {answer.content[:200]!r}")
        elif answer.json()["errors"][0]["pointer"] != f"/{key}":
            wrong.append(f"{key}: {answer.json()['errors']}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "method"), WRITES)
def test_no_value_in_any_field_is_a_server_error(name: str, method: str, world: World) -> None:
    client, url, case = writer(name, method, world)
    wrong = []
    for field in case.data:
        for value in VALUES:
            body = json.dumps({**filled(case.data, case.at, world), field: value}).encode()
            answer = send(client, method, url, body)
            if answer.status_code >= 300:
                wrong += faults(answer, f"{field}={str(value)[:40]!r}")
    assert not wrong, "\n".join(wrong)


def joined(url: str, query: str) -> str:
    """The address with the query, beside the one it may need to be asked at all."""
    return f"{url}{'&' if '?' in url else '?'}{query}"


@pytest.mark.parametrize("name", LISTS)
def test_a_parameter_that_means_nothing_is_refused_not_ignored(name: str, world: World) -> None:
    client, url = reader(name, world)
    wrong = [fault for query in QUERIES for fault in faults(client.get(joined(url, query)), query)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", DETAILS)
def test_a_parameter_that_means_nothing_is_refused_of_one_record_too(name: str, world: World) -> None:
    client, url = reader(name, world)
    wrong = [fault for query in IDLE for fault in faults(client.get(joined(url, query)), query)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("name", "method"), WRITES)
def test_a_write_with_a_parameter_that_means_nothing_is_refused(name: str, method: str, world: World) -> None:
    """Refused even where the body is right: what was meant by it would have been lost."""
    client, url, case = writer(name, method, world)
    data = filled(case.data, case.at, world)
    body = json.dumps(data).encode() if data else b""
    for query in IDLE:
        answer = send(client, method, joined(url, query), body)
        assert (answer.status_code, faults(answer, query)) == (400, []), query


@pytest.mark.parametrize("name", FILTERED)
def test_a_filter_that_cannot_be_read_is_refused(name: str, world: World) -> None:
    client, url = reader(name, world)
    listing = ENDPOINTS[name].listing
    wrong = []
    for filter_name, item in listing.filters.items():
        for op in item.ops:
            param = f"{filter_name}__{op}" if op else filter_name
            bad = (
                ["%00"]
                if item.kind == "text" and op != "isnull"
                else ["0001-01-01", "x\u0000", "9" * 30, "9999-12-31T23:59:59-14:00", "[]"]
            )
            for value in bad:
                wrong += faults(client.get(f"{url}?{param}={value}"), f"{param}={value[:20]!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", FILTERED)
def test_every_filter_and_every_order_works(name: str, world: World) -> None:
    good = {
        "date": "2026-11-24", "bool": "true", "null": "true", "decimal": "1.5", "text": "x", "int": "1", "id": "1", "ref": "1", "subtree": "1",
    }  # fmt: skip
    (client, url), listing = reader(name, world), ENDPOINTS[name].listing
    wrong = []
    for filter_name, item in listing.filters.items():
        for op in item.ops:
            value = "true" if op == "isnull" else item.choices[0] if item.choices else good[item.kind]
            param = f"{filter_name}__{op}" if op else filter_name
            status = client.get(f"{url}?{param}={value}").status_code
            if status != 200:
                wrong.append(f"{param}={value}: {status}")
    for order in (*listing.orders, "id"):
        for sign in ("", "-"):
            status = client.get(f"{url}?ordering={sign}{order}").status_code
            if status != 200:
                wrong.append(f"ordering={sign}{order}: {status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/", "/api/v1/nothing/", "/api/v1/initiatives", "/api/v1/initiatives/x/y/z/"]
)
def test_an_unknown_address_under_api_is_a_problem_document_too(path: str, world: World) -> None:
    answer = signed_in(world.cast, "max").get(path)
    assert answer.status_code == 404
    assert faults(answer, path) == []


@pytest.mark.parametrize(
    "pk", ["AI-", "AI-x", "0", "99999999999999999999999", "1;drop", "%00", "AI-0001'", "١"]
)
def test_a_name_that_names_nothing_is_404(pk: str, world: World) -> None:
    answer = signed_in(world.cast, "max").get(f"/api/v1/initiatives/{pk}/")
    assert answer.status_code == 404
    assert faults(answer, pk) == []


def test_a_record_is_found_by_id_and_by_the_name_people_use(world: World) -> None:
    client, key = signed_in(world.cast, "max"), world.ids["initiative.claims"]
    found = {
        client.get(f"/api/v1/initiatives/{name}/").json()["id"]
        for name in (key, f"AI-{key:04d}", f"ai-{key}", f"AI-000{key}")
    }
    assert found == {key}


PAGES = ("initiative-list", "flag-list", "objective-list", "spell-list")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    "query",
    ["stage=pilot&surprise=1", "page=0", "page=-1", "page=" + "9" * 30, "page=%00", "columns=password", "ordering=x", "q=%00",
     "unit=1'--", "as_of=9999-12-31", "as_of=2026-13-01", "as_of=%00"],
)  # fmt: skip
def test_a_page_asked_for_nonsense_says_so(name: str, query: str, world: World) -> None:
    answer = signed_in(world.cast, "max").get(f"{reverse(name)}?{query}")
    assert answer.status_code in {400, 404}
    assert "nothing was changed" in answer.content.decode().lower() or answer.status_code == 404


def test_a_page_past_the_end_is_404(world: World) -> None:
    assert signed_in(world.cast, "max").get("/portfolio/initiatives/?page=2").status_code == 404


def test_a_page_that_cannot_be_replayed_never_shows_today_under_a_past_date(world: World) -> None:
    client = signed_in(world.cast, "max")
    for name in ("initiative-list", "flag-list", "objective-list", "unit-list", "account", "lead-home"):
        assert client.get(f"{reverse(name)}?as_of=2026-06-30").status_code == 400, name
