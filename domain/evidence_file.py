"""Files as evidence: told by their first bytes, never by their name, and named so that no name can do harm."""

import json
import unicodedata
from dataclasses import dataclass
from typing import Any, Final

from domain.errors import RuleError

MOST_BYTES: Final = 10_000_000
LONGEST_NAME: Final = 120
_MAGIC: Final = (
    (b"%PDF-", "application/pdf", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
)
_OFFICE: Final = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
)
_TEXTS: Final = {"csv": "text/csv", "txt": "text/plain", "md": "text/plain", "json": "application/json"}
NOTEBOOK: Final = "application/x-ipynb+json"
_MARKUP: Final = ("<svg", "<html", "<!doctype", "<script", "<?xml", "<body", "<iframe")
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
)
_LOOKED_AT: Final = 4096
TAKEN: Final = "PDF, PNG, JPEG, Word, Excel, PowerPoint, CSV, JSON, a Jupyter notebook or plain text"


def type_of(content: bytes, name: str) -> tuple[str, str]:
    """The content type by the bytes, and the ending a download gets. Raises RuleError `empty`, `too_large`, `type_refused`.

    Pictures and documents that also hold markup at their start are refused too: a browser may be made to read them as a page.
    """
    if not content:
        raise RuleError("empty", "The file is empty.", "/file")
    if len(content) > MOST_BYTES:
        raise RuleError("too_large", f"The file is larger than {MOST_BYTES // 1_000_000} MB.", "/file")
    head = content[:_LOOKED_AT]
    for magic, kind, ending in _MAGIC:
        if head.startswith(magic):
            if _marked_up(head):
                raise _refused()
            return kind, ending
    if head.startswith(b"PK\x03\x04"):
        return _office(content)
    return _text(content, name)


def _office(content: bytes) -> tuple[str, str]:
    if b"[Content_Types].xml" in content:
        for part, kind, ending in _OFFICE:
            if part in content:
                return kind, ending
    raise _refused()


def _text(content: bytes, name: str) -> tuple[str, str]:
    ending = name.rpartition(".")[2].lower()
    if ending == "ipynb":
        read_notebook(content)  # refused unless it is one; it may hold markup, and is shown as text only
        return NOTEBOOK, ending
    if ending not in _TEXTS or b"\x00" in content or _marked_up(content[:_LOOKED_AT]):
        raise _refused()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        raise _refused() from None
    return _TEXTS[ending], ending


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a notebook: `markdown`, `code` or `raw`, and its text. Outputs are counted, never shown."""

    kind: str
    text: str
    outputs: int


def read_notebook(content: bytes) -> list[Cell]:
    """The cells of a Jupyter notebook (.ipynb, format 4) as text. Nothing of it is run. Raises RuleError `type_refused`."""
    try:
        found = json.loads(content.decode("utf-8"))
        if found["nbformat"] != 4 or not isinstance(found["cells"], list):
            raise _refused()
        return [_cell(one) for one in found["cells"]]
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _refused() from None


def _cell(one: Any) -> Cell:
    kind, source, outputs = one["cell_type"], one["source"], one.get("outputs", [])
    text = source if isinstance(source, str) else "".join(source)
    if kind not in {"markdown", "code", "raw"} or not isinstance(outputs, list):
        raise _refused()
    return Cell(kind, text, len(outputs))


def _marked_up(head: bytes) -> bool:
    text = head.decode("latin-1").lower()
    return any(one in text for one in _MARKUP)


def _refused() -> RuleError:
    return RuleError("type_refused", f"This is no file that is taken here. Give {TAKEN}.", "/file")


def safe_name(name: str, ending: str) -> str:
    """A name for display and download: the last part of any path, no control or direction marks, the ending its bytes say."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(
        one for one in unicodedata.normalize("NFC", last) if unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    )  # fmt: skip
    stem = kept.rpartition(".")[0] if "." in kept.strip(".") else kept
    stem = (
        " ".join(stem.replace('"', "").replace(":", "").split()).strip(". ")[: LONGEST_NAME - 10].strip(". ")
    )
    if not stem or stem.lower() in _RESERVED:
        stem = "evidence"
    return f"{stem}.{ending}"
