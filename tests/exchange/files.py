"""Files for the reader's tests: the sample portfolio, small CSV texts, and workbooks built part by part."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from exchange.reading import FileRules

SAMPLE = Path(__file__).parent / "data" / "sample-inventory.csv"

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@dataclass(frozen=True)
class Expecting:
    """What a mapping expects of its file, without the mapping."""

    file: FileRules


def sample() -> bytes:
    """The sample portfolio as it stands: cp1252, CRLF, newlines in cells, repeated headers."""
    return SAMPLE.read_bytes()


def cell(reference: str, value: object = "", kind: str = "inlineStr", style: int = 0) -> str:
    """One cell as XML."""
    inner = f"<is><t>{value}</t></is>" if kind == "inlineStr" else f"<v>{value}</v>"
    return f'<c r="{reference}" t="{kind}" s="{style}">{inner}</c>'


def row(number: int, *cells: str) -> str:
    """One row as XML."""
    return f'<row r="{number}">{"".join(cells)}</row>'


HEADER = row(1, cell("A1", "Name"), cell("B1", "Unit"))


def sheet_xml(*rows: str, after: str = "", dimension: str = "") -> str:
    """A worksheet part."""
    size = f'<dimension ref="{dimension}"/>' if dimension else ""
    return f'<worksheet xmlns="{MAIN}">{size}<sheetData>{"".join(rows)}</sheetData>{after}</worksheet>'


def workbook(
    *sheets: str,
    states: Iterable[str] = (),
    titles: Iterable[str] = (),
    properties: str = "",
    texts: str = "",
    styles: str = "",
    extra: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A workbook archive with these worksheet parts, and any further parts as given."""
    names = list(titles) or [f"Sheet{n}" for n in range(1, len(sheets) + 1)]
    shown = list(states) or ["visible"] * len(sheets)
    entries = "".join(
        f'<sheet name="{name}" sheetId="{n}" state="{state}" r:id="rId{n}"/>'
        for n, (name, state) in enumerate(zip(names, shown, strict=True), start=1)
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    if texts:
        links += f'<Relationship Id="rIdT" Type="{_RELS}/sharedStrings" Target="sharedStrings.xml"/>'
    if styles:
        links += f'<Relationship Id="rIdS" Type="{_RELS}/styles" Target="/xl/styles.xml"/>'
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" '
        f'Type="{_RELS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_RELS}">{properties}<sheets>{entries}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{links}</Relationships>',
    }
    if texts:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{texts}</sst>'
    if styles:
        parts["xl/styles.xml"] = f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'
    parts |= {f"xl/worksheets/sheet{n}.xml": sheet for n, sheet in enumerate(sheets, start=1)}
    return archive(parts | dict(extra or {}))


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    """A deflated archive of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return buffer.getvalue()


MINIMAL = """
name = "small"
[[keys]]
namespace = "unit-name"
fields = ["unit", "name"]
duplicates = "number"
[fields.name]
column = "Name"
[fields.unit]
column = "Unit"
"""
"""The shortest mapping there is, to be extended by tests: more fields go at its end."""
