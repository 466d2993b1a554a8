"""The memo on paper: a tagged PDF that is the same for the same memo, in which what people wrote stays text."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from core import typeset
from core.errors import Problem
from core.typeset import unheld
from domain.memo import memo_of
from domain.memo_document import Made, document_of
from domain.memo_facts import MemoFacts
from funding.exports import memo_pdf
from funding.services.memos import keep_memo
from tests.cast import AT, Cast
from tests.domain.memo_records import FULL, kpi_facts
from tests.funding.telling import told

READS = shutil.which("pdftotext")
reads_pdf = pytest.mark.skipif(READS is None, reason="pdftotext (poppler-utils) is not installed")


def document(facts: MemoFacts = FULL, by: str = "Max") -> dict[str, Any]:
    return document_of(facts, memo_of(facts), Made(by, datetime(2026, 11, 24, 14, 20, tzinfo=UTC)))


def text_of(pdf: bytes, tmp_path: Path) -> str:
    """The text as a reader copies it, in one line."""
    file = tmp_path / "memo.pdf"
    file.write_bytes(pdf)
    done = subprocess.run([READS or "", "-raw", str(file), "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.replace("\u200b", "").split())


def test_it_is_tagged_titled_and_says_its_language_and_standard() -> None:
    pdf = memo_pdf(document())
    assert pdf.startswith(b"%PDF-1.7")
    for said in (b"/MarkInfo", b"/Lang(en)", b"/StructTreeRoot", b"pdfuaid:part"):
        assert said in pdf.replace(b"/Lang (en)", b"/Lang(en)"), said
    assert b"Funding of AI-0001 Claims triage" in pdf


def test_the_same_memo_gives_the_same_bytes() -> None:
    assert memo_pdf(document()) == memo_pdf(document())
    assert memo_pdf(document()) != memo_pdf(document(by="Edith"))


@reads_pdf
def test_its_text_has_the_figures_and_what_it_stands_on(tmp_path: Path) -> None:
    text = text_of(memo_pdf(document(), seal="a5" * 32, ref="MEMO-0001"), tmp_path)
    for said in ("€163,834.44", "−€13,749.06", "after 2.6", "€31,067.55", "−€168,082.78", "tranche 2, €420,000", "24 Nov 2026 14:20 UTC by Max",
                 "BC-0002", "MEMO-0001", "Page 1 of 2", "No comparison"):  # fmt: skip
        assert (said in text) == (said != "No comparison"), said
    assert "a5" * 32 in text
    assert "5f" * 32 in text
    assert "square brackets" not in text
    assert unheld(document()) == []


HOSTILE = [
    "#let x = 1 $a^2$ *bold* _it_ `raw` @ref <lab> // no comment",
    r"\u{41} \ #sys.inputs #read(\"/etc/passwd\") #panic()",
    "= Heading - list + item / term: ~ -- ---",
    '"]} {"memo": 1} \\" \\n',
    "/* never closed",
    "<b>bold</b> &amp; {{ x }} {% y %}",
]


@reads_pdf
@pytest.mark.parametrize("name", HOSTILE)
def test_markup_in_a_name_comes_out_as_text(name: str, tmp_path: Path) -> None:
    text = text_of(memo_pdf(document(replace(FULL, name=name))), tmp_path)
    assert f"for {' '.join(name.split())} (AI-0001, Retail)" in text


@reads_pdf
def test_a_text_of_ten_thousand_letters_comes_out_whole(tmp_path: Path) -> None:
    told_of = document()
    word, prose = "x" * 10_000, "long text " * 1_000
    told_of["sections"][0]["sentences"].append(
        [{"text": word, "source": ""}, {"text": f" {prose}", "source": ""}]
    )
    text = text_of(memo_pdf(told_of), tmp_path)
    assert text.replace(" ", "").count("x") >= 10_000
    assert text.count("long text") >= 995  # a page may end between the two words


@reads_pdf
def test_letters_its_fonts_do_not_hold_are_written_by_their_name(tmp_path: Path) -> None:
    facts = replace(FULL, name="Triage 😀 你", unit="ח\u202eב")
    text = text_of(memo_pdf(document(facts)), tmp_path)
    assert "Triage [grinning face] [U+4F60]" in text
    assert "are written by their names in square brackets" in text
    assert unheld(document(facts)) == ["😀", "你"]
    assert "\u202e" not in text
    assert "€163,834.44" in text


@reads_pdf
def test_text_from_right_to_left_turns_nothing_around_it(tmp_path: Path) -> None:
    kpi = kpi_facts(name="ימים להחלטה")
    text = text_of(memo_pdf(document(replace(FULL, kpis=(kpi,)))), tmp_path)
    assert "stood at 12 days on 10 Nov 2026" in text
    assert "ימים" in text


def test_every_letter_said_to_be_held_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    told_of = document()
    letters = [chr(code) for low, high in typeset.HELD for code in range(low, high + 1)]
    told_of["sections"][0]["sentences"].append([{"text": " ".join(letters), "source": ""}])
    monkeypatch.setattr(typeset, "_shown", lambda _: pytest.fail("a letter had no shape"))
    assert memo_pdf(told_of).startswith(b"%PDF")


def test_without_the_package_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typeset, "typst", None)
    with pytest.raises(Problem, match="package typst") as refused:
        memo_pdf(document())
    assert (refused.value.status, refused.value.code) == (503, "pdf_unavailable")


@pytest.mark.django_db
class TestDoors:
    def test_a_page_and_the_api_give_it_as_a_download(
        self, cast: Cast, frozen: Any, signed_in: Callable[[str], Client], api: Callable[[str], APIClient]
    ) -> None:
        initiative = told(cast)
        for answer in (
            signed_in("max").get(f"/funding/initiative/{initiative.ref}/memo.pdf"),
            api("max").get(f"/api/v1/initiatives/{initiative.pk}/memo/pdf/"),
        ):
            assert answer.status_code == 200
            assert answer["Content-Type"] == "application/pdf"
            assert (
                answer["Content-Disposition"]
                == f'attachment; filename="{initiative.ref}-memo-2026-11-24.pdf"'
            )
            assert answer.content.startswith(b"%PDF")

    def test_a_kept_one_is_printed_as_it_was_kept(
        self, cast: Cast, frozen: Any, signed_in: Callable[[str], Client]
    ) -> None:
        row = keep_memo(initiative_id=told(cast).pk, by=cast.actor("alice"), at=AT)
        client = signed_in("max")
        first = client.get(f"/funding/memos/{row.ref}/memo.pdf")
        assert first["Content-Disposition"] == f'attachment; filename="{row.ref}.pdf"'
        assert first.content == client.get(f"/funding/memos/{row.ref}/memo.pdf").content

    def test_without_the_package_the_page_and_the_api_say_so(
        self, cast: Cast, frozen: Any, monkeypatch: pytest.MonkeyPatch, signed_in: Callable[[str], Client],
        api: Callable[[str], APIClient],
    ) -> None:  # fmt: skip
        monkeypatch.setattr(typeset, "typst", None)
        initiative = told(cast)
        page = signed_in("max").get(f"/funding/initiative/{initiative.ref}/memo.pdf")
        assert (page.status_code, "package typst" in page.content.decode()) == (503, True)
        body = api("max").get(f"/api/v1/initiatives/{initiative.pk}/memo/pdf/")
        assert (body.status_code, body.json()["code"]) == (503, "pdf_unavailable")
