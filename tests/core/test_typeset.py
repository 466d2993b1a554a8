"""A paper as a PDF: tagged, whole, the same bytes, and never markup."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core import typeset
from core.errors import Problem
from core.typeset import paper_pdf, unheld
from domain.paper import Facts, Paper, Points, Section, Table, Text, paper_to_json

AT = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)


def paper(words: str = "Release €290k to bring triage to all eleven teams.") -> dict[str, Any]:
    return paper_to_json(
        Paper(
            "Decision paper", "G4 scale: Motor claims triage", words, (("Asked by", "Leila Haddad"), ("Sealed", "12 Nov")),
            (
                Section("The ask", (Text(words, strong=True), Text("It is worth it.", quote=True))),
                Section("Evidence", (Table("KPIs", ("KPI", "Value"), (("Days to decision", "5.8"), ("All", "1")), (1,), total=True),)),
                Section("Must-meets", (Facts((("Pilot report", "yes"),)), Points(("One", "Two"))), level=3),
            ),
            (("S-0001", "ab" * 32),),
        )
    )  # fmt: skip


def text_of(pdf: bytes, folder: Path) -> str:
    file = folder / "paper.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(
        ["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_all_that_the_paper_says_is_on_it(tmp_path: Path) -> None:
    said = " ".join(text_of(paper_pdf(paper(), at=AT, by="Max"), tmp_path).split())
    for words in (
        "Motor claims triage",
        "Release €290k",
        "Leila Haddad",
        "Days to decision",
        "5.8",
        "Pilot report",
        "ab" * 32,
        "Max",
    ):
        assert words in said


def test_it_is_tagged_and_the_same_paper_gives_the_same_bytes() -> None:
    made = paper_pdf(paper(), at=AT, by="Max")
    assert b"/MarkInfo" in made
    assert b"/StructTreeRoot" in made
    assert made == paper_pdf(paper(), at=AT, by="Max")


@pytest.mark.parametrize(
    "words",
    ["#panic()", "*bold* _it_ $x$ @ref <label>", "= Heading", "\\u{1F600} `raw` //", "#sys.inputs.made"],
)
def test_what_people_wrote_is_text_and_never_markup(words: str, tmp_path: Path) -> None:
    assert " ".join(words.split()) in " ".join(
        text_of(paper_pdf(paper(words), at=AT, by="Max"), tmp_path).split()
    )


def test_letters_without_a_shape_are_named_and_the_paper_says_so(tmp_path: Path) -> None:
    document = paper("Ship it 🎉 你")
    said = text_of(paper_pdf(document, at=AT, by="Max"), tmp_path)
    assert "[party popper]" in said
    assert "written by their names" in said
    assert unheld(document) == ["🎉", "你"]


def test_without_typst_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typeset, "typst", None)
    with pytest.raises(Problem) as refused:
        paper_pdf(paper(), at=AT, by="Max")
    assert (refused.value.status, refused.value.code) == (503, "pdf_unavailable")
