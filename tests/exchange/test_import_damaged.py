"""Damaged files by command, page and API: one clear error, and nothing is written or kept."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from core.models import AuditEvent, BusinessUnit, Outbox
from exchange.models import ImportedRecord, ImportFile, ImportRow, ImportRun
from portfolio.models import Initiative
from tests.cast import Cast
from tests.exchange.files import archive, cell, row, sample, sheet_xml, workbook
from tests.exchange.staged import FEW
from tests.exchange.test_import_command import Done
from tests.exchange.test_import_pages import text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
TABLES = (AuditEvent, BusinessUnit, ImportedRecord, ImportFile, ImportRow, ImportRun, Initiative, Outbox)
HEAD = b"Name,Unit\n"


def bomb() -> bytes:
    """A workbook of some kilobytes that unpacks to gigabytes of zeros."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        with zipfile.ZipFile(io.BytesIO(workbook(sheet_xml(row(1, cell("A1", "Name")))))) as small:
            for name in small.namelist():
                if "worksheets" not in name:
                    made.writestr(name, small.read(name))
        with made.open("xl/worksheets/sheet1.xml", "w") as out:
            for _ in range(300):
                out.write(b" " * 1_000_000)
    return buffer.getvalue()


def sparse() -> bytes:
    """One cell in the last row and column there can be."""
    return workbook(sheet_xml(row(1, cell("A1", "Name")), row(1_048_576, cell("XFD1048576", "x"))))


DAMAGED: dict[str, tuple[Callable[[], bytes], str]] = {
    "cut off in the middle of a row": (lambda: HEAD + b"Triage,Claims\nFraud", "wrong_cell_count"),
    "cut off inside a quote": (lambda: HEAD + b'Triage,"Cla', "truncated_row"),
    "UTF-8 with a broken byte": (lambda: HEAD + "Übersicht für Köln,Grün\n".encode() * 9 + b"\xff,x\n", "wrong_encoding"),
    "UTF-16 without a mark": (lambda: "Name,Unit\nTriage,Claims\n".encode("utf-16-le"), "wrong_encoding"),
    "a column missing": (lambda: b"Name\nTriage\n", "missing_column"),
    "a column renamed": (lambda: b"Name,Department\nTriage,Claims\n", "missing_column"),
    "a NUL byte": (lambda: HEAD + b"Tri\x00age,Claims\n", "nul_byte"),
    "100,000 columns": (lambda: b",".join(b"c%d" % n for n in range(100_000)) + b"\n" + b"," * 99_999 + b"\n", "too_many_columns"),
    "nothing": (lambda: b"", "empty"),
    "only a header": (lambda: HEAD, "no_rows"),
    "only blank lines": (lambda: b"\n\n\n", "empty"),
    "a web page": (lambda: b"<!doctype html><p>Sign in</p>", "not_a_table"),
    "an old workbook": (lambda: b"\xd0\xcf\x11\xe0" + b"x" * 600, "not_a_table"),
    "a torn workbook": (lambda: workbook(sheet_xml(row(1, cell("A1", "Name"))))[:-40], "broken_workbook"),
    "an archive that is no workbook": (lambda: archive({"a.txt": "x"}), "not_a_workbook"),
    "a zip bomb": (bomb, "unpacks_too_large"),
    "a sparse workbook": (sparse, "too_many_rows"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(DAMAGED))
def test_one_clear_error_and_nothing_written(
    name: str, cast: Cast, signed_in: Callable[[str], Client], api: Callable[[str], APIClient], tmp_path: Path
) -> None:
    make, code = DAMAGED[name]
    data = make()
    before = [list(table._default_manager.order_by("pk").values()) for table in TABLES]
    (tmp_path / "few.toml").write_text(FEW)
    (tmp_path / "damaged").write_bytes(data)
    done = Done(tmp_path / "damaged", "--mapping", tmp_path / "few.toml", "--json")
    assert (done.code, done.out) == (1, "")
    assert len(done.err.strip().splitlines()) == 1
    assert "Traceback" not in done.err

    form: dict[str, Any] = {"mapping": "+file", "mapping_file": SimpleUploadedFile("few.toml", FEW.encode())}
    page = signed_in("max").post(
        reverse("import-create"), {"file": SimpleUploadedFile("damaged.csv", data), **form}
    )
    assert page.status_code == 400
    assert "Not uploaded: one thing to mend." in text(page).replace("1 thing", "one thing")

    sent = {"file": SimpleUploadedFile("damaged.csv", data), "mapping_toml": FEW}
    answer = api("max").post("/api/v1/imports/", sent, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (400, "file_rejected")
    assert [error["code"] for error in answer.json()["errors"]] == [code]
    assert answer.json()["detail"]
    assert [list(table._default_manager.order_by("pk").values()) for table in TABLES] == before


def test_a_damaged_copy_of_the_sample_is_told_by_row_and_column(
    cast: Cast, api: Callable[[str], APIClient]
) -> None:
    torn = sample().rsplit(b",,,,,,,", 1)[0]
    sent = {"file": SimpleUploadedFile("torn.csv", torn), "mapping": "throughline-portfolio"}
    answer = api("max").post("/api/v1/imports/", sent, format="multipart").json()
    assert (answer["code"], answer["errors"][0]["code"]) == ("file_rejected", "wrong_cell_count")
    assert "row 41" in answer["detail"]
    assert answer["errors"][0]["pointer"].startswith("/file/row 41")
