"""The language of mappings: everything it can say is taken, everything else is refused with its place."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.mapping import MappingRefused, load_mapping, parse_mapping, shipped_mappings, to_toml
from exchange.mapping.loading import SHIPPED
from exchange.mapping.targets import TARGETS
from tests.exchange.files import MINIMAL


def refused(text: str) -> MappingRefused:
    with pytest.raises(MappingRefused) as caught:
        load_mapping(text)
    return caught.value


def top(line: str) -> str:
    return f"{line}\n{MINIMAL}"


@pytest.mark.parametrize("name", sorted(shipped_mappings()))
def test_every_shipped_mapping_is_sound_and_told_by_its_own_name(name: str) -> None:
    mapping = load_mapping(name)
    assert mapping.name == name
    assert mapping.sha256 == load_mapping(shipped_mappings()[name]).sha256
    assert len(mapping.sha256) == 64
    assert mapping.fields.keys() >= {"name", "unit"}


def test_the_shortest_mapping_has_defaults_for_the_rest() -> None:
    mapping = load_mapping(MINIMAL)
    assert (mapping.series, mapping.target, mapping.title, mapping.as_of) == (
        "small",
        "initiatives",
        "small",
        None,
    )
    assert mapping.file.encodings == ("utf-8", "cp1252")
    assert mapping.file.kinds == ("csv", "xlsx")


def test_everything_of_the_file_can_be_said() -> None:
    mapping = load_mapping(
        top('title = "T"\nseries = "s"\nas_of = 2025-01-23')
        + """
        [file]
        kinds = ["xlsx"]
        encodings = ["Latin-1", "UTF8"]
        delimiter = ";"
        sheet = "Data"
        header_row = 3
        columns = 2
        headers = ["Name", "Unit"]
        short_rows = "pad"
        merged_cells = "first"
        """
    )
    rules = mapping.file
    assert (mapping.title, mapping.series, mapping.as_of) == ("T", "s", date(2025, 1, 23))
    assert (rules.kinds, rules.encodings, rules.delimiter, rules.sheet) == (
        ("xlsx",),
        ("iso8859-1", "utf-8"),
        ";",
        "Data",
    )
    assert (rules.header_row, rules.columns, rules.headers) == (3, 2, ("Name", "Unit"))
    assert rules.pad_short_rows
    assert rules.merged_cells_keep_first


DATED = MINIMAL + '[fields.date_initiated]\ncolumn = "Start"\n'


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("name = ", "", "not TOML"),
        ("title = 'x'\n", "name", "missing"),
        ('name = "' + "x" * 81 + '"', "name", "80 characters"),
        (top("format = 2"), "format", "from 1 to 1"),
        (top("seires = 'x'"), "seires", "means nothing"),
        (top('target = "models"'), "target", "initiatives"),
        (top('as_of = "2025-01-23"'), "as_of", "without quotes"),
        (top("absent = [1]"), "absent", "list of texts"),
        (top("absent = ['*']"), "absent", "everything"),
        (MINIMAL.replace('[fields.name]\ncolumn = "Name"', ""), "fields.name", "missing"),
        (MINIMAL.replace("[fields.unit]", "[fields.unitt]"), "fields.unitt", "no field"),
        (MINIMAL + "column = 3", "", "not TOML"),
        (MINIMAL.replace('column = "Unit"', "column = 0"), "fields.unit.column", "position from 1"),
        (MINIMAL.replace('column = "Unit"', 'column = ""'), "fields.unit.column", "position from 1"),
        (MINIMAL.replace('column = "Unit"', "columns = []"), "fields.unit.columns", "list of headers"),
        (MINIMAL.replace('column = "Unit"', ""), "fields.unit", "either column"),
        (MINIMAL.replace('column = "Unit"', 'column = "Unit"\nvalue = "X"'), "fields.unit", "either column"),
        (MINIMAL.replace('column = "Unit"', 'column = "a"\ncolumns = ["b"]'), "fields.unit", "not both"),
        (MINIMAL.replace('column = "Unit"', 'column = "a"\ncolum = "b"'), "fields.unit.colum", "means nothing"),
        (MINIMAL + "[file]\nencodings = ['rot13']", "file.encodings", "rot13"),
        (MINIMAL + "[file]\nencodings = []", "file.encodings", "At least one"),
        (MINIMAL + "[file]\nkinds = ['xls']", "file.kinds", "csv or xlsx"),
        (MINIMAL + "[file]\ndelimiter = 'ab'", "file.delimiter", "one character"),
        (MINIMAL + "[file]\nsheet = true", "file.sheet", "title of a sheet"),
        (MINIMAL + "[file]\ncolumns = 3\nheaders = ['Name']", "file.headers", "1 headers"),
        (MINIMAL + "[file]\nshort_rows = 'ignore'", "file.short_rows", "ignore"),
        (MINIMAL + "[fields.stage]\ncolumn = 'S'\n[fields.stage.words]\nidee = ['x']", "fields.stage.words.idee", "no stage"),
        (MINIMAL + "[fields.stage]\ncolumn = 'S'\n[fields.stage.words]\nidea = ['x']\npilot = ['X']", "fields.stage.words", "both"),
        (MINIMAL + "[fields.stage]\ncolumn = 'S'\nblank = 'none'", "fields.stage.blank", "none"),
        (MINIMAL + "[fields.stage]\ncolumn = 'S'\nmatch = 'regex'", "fields.stage.match", "regex"),
        (DATED, "dates.layouts", "At least one"),
        (DATED + "[dates]\nlayouts = ['M/D']", "dates.layouts[1]", "needs a year"),
        (DATED + "[dates]\nlayouts = [{ layout = 'YYYY', precison = 'year' }]", "dates.layouts[1].precison", "means nothing"),
        (DATED + "[dates]\nlayouts = ['YYYY']\ncentury = 1950", "dates.century", "multiple of 100"),
        (DATED + "[dates]\nlayouts = ['YYYY']\nplausible = [1980-01-01]", "dates.plausible", "two dates"),
        (DATED + "[dates]\nlayouts = ['YYYY']\nplausible = [2000-01-01, 1990-01-01]", "dates.plausible", "after the last"),
        (DATED + "[dates]\nlayouts = ['YYYY']\nmonths = ['x']", "dates.months", "twelve"),
        (DATED + "[dates]\nlayouts = ['YYYY']\n[[dates.repairs]]\nname = 'r'\nyears = 1905", "dates.repairs[1].years", "first and the last"),
        (DATED + "[dates]\nlayouts = ['YYYY']\n[[dates.repairs]]\nname = 'r'\nkind = 'x'", "dates.repairs[1].kind", "serial-year"),
        (DATED + "[dates]\nlayouts = ['YYYY']\n[[dates.repairs]]\nname = 'r'\nkind = 'remove-text'", "dates.repairs[1].texts", "missing"),
        (MINIMAL.replace('duplicates = "number"', 'duplicates = "merge"'), "keys[1].duplicates", "merge"),
        (MINIMAL.replace('fields = ["unit", "name"]', 'fields = ["unit", "stage"]'), "keys[1].fields", "part of a key"),
        (MINIMAL.replace('fields = ["unit", "name"]', 'fields = ["unit", "external_id"]'), "keys[1].fields", "not mapped"),
        (MINIMAL.replace('fields = ["unit", "name"]', "fields = []"), "keys[1].fields", "at least one"),
        (MINIMAL.replace('duplicates = "number"', 'optional = ["unit", "name"]'), "keys[1].optional", "Only some"),
        (MINIMAL.replace("[[keys]]", '[[keys]]\nnamespace = "unit-name"\nfields = ["unit"]\n[[keys]]'), "keys", "same namespace"),
        (MINIMAL.replace("[[keys]]", "[key]"), "", ""),
        (MINIMAL + "[age]\ndates = ['date_initiated']", "age.dates", "not a date field"),
        (DATED + "[dates]\nlayouts = ['YYYY']\n[age.stages]\nidee = ['date_initiated']", "age.stages.idee", "not a stage"),
        (DATED + "[dates]\nlayouts = ['YYYY']\n[[checks]]\ncode = 'x'\nmessage = 'x.'\ndate = 'date_initiated'", "checks[1]", "either stages"),
        (MINIMAL + "[facts.stage]\ncolumn = 'x'", "facts.stage", "not a fact"),
        (MINIMAL + "[facts.'Has PII']\ncolumn = 'x'", "facts.Has PII", "lower case"),
        (MINIMAL + "[facts.pii]\ncolumn = 'x'\nyes = ['a']\nno = ['A']", "facts.pii", "both"),
        (MINIMAL + "[fact_words]\nmaybe = ['x']", "fact_words.maybe", "means nothing"),
        (MINIMAL + "[numbers]\ndecimal = ','\ngroup = ','", "numbers.group", "cannot be the decimal"),
        (MINIMAL + "[units]\nalias = 1", "units.alias", "means nothing"),
        (MINIMAL + "[units.aliases]\nx = 1", "units.aliases.x", "text in quotes"),
        (MINIMAL + "[fields.tags]\ncolumn = 'T'\nseparators = ['']", "fields.tags.separators", "cannot be empty"),
        (top("fields = 1").replace("[fields", "[other"), "fields", "must be a table"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_place(text: str, place: str, says: str) -> None:
    error = refused(text)
    assert error.place.startswith(place)
    assert says in error.message
    assert error.message


def test_a_near_miss_is_answered_with_the_word_that_was_meant() -> None:
    assert refused(MINIMAL.replace("[fields.unit]", "[fields.untis]")).remedy == "Did you mean unit?"


def test_what_is_no_mapping_at_all_is_refused_too() -> None:
    with pytest.raises(MappingRefused) as caught:
        load_mapping(Path("no-such-file.toml"))
    assert caught.value.code == "no_mapping"
    with pytest.raises(MappingRefused, match="UTF-8"):
        load_mapping(b"name = '\xff'\n")
    with pytest.raises(MappingRefused, match="larger"):
        load_mapping(b"# " + b"x" * 600_000)
    assert refused("x = " + "[" * 20_000).code == "bad_toml"
    with pytest.raises(MappingRefused):
        parse_mapping({"name": "x", "fields": []})


def test_a_text_is_never_taken_for_a_path() -> None:
    shipped = shipped_mappings()["throughline-portfolio"]
    assert load_mapping(shipped).name == "throughline-portfolio"
    assert refused(str(shipped)).code == "bad_toml"


def test_every_field_and_value_is_told_in_the_readme() -> None:
    told = (SHIPPED / "README.md").read_text()
    for known in TARGETS["initiatives"].values():
        assert f"`{known.name}`" in told
        assert not known.choices or f"| {known.name} | {' '.join(known.choices)} |" in told


def test_a_byte_order_mark_does_not_make_a_mapping_unreadable() -> None:
    assert load_mapping(b"\xef\xbb\xbf" + MINIMAL.encode()).name == "small"


@pytest.mark.parametrize("name", sorted(shipped_mappings()))
def test_a_document_written_as_toml_is_the_same_mapping(name: str) -> None:
    mapping = load_mapping(name)
    written = to_toml(mapping.document)
    assert tomllib.loads(written) == mapping.document
    assert load_mapping(written).fields.keys() == mapping.fields.keys()


SCALARS = st.one_of(st.text(max_size=12), st.integers(-(2**60), 2**60), st.booleans(), st.dates())
DOCUMENTS = st.dictionaries(
    st.text(max_size=6),
    st.recursive(
        SCALARS | st.lists(SCALARS, max_size=3),
        lambda inner: (
            st.dictionaries(st.text(max_size=5), inner, max_size=3)
            | st.lists(st.dictionaries(st.text(max_size=4), inner, max_size=2), min_size=1, max_size=2)
        ),
        max_leaves=8,
    ),
    max_size=4,
)


@given(DOCUMENTS)
def test_any_document_is_written_so_that_it_reads_back(document: dict[str, object]) -> None:
    assert tomllib.loads(to_toml(document)) == document


@given(DOCUMENTS)
def test_any_document_is_a_mapping_or_a_refusal(document: dict[str, object]) -> None:
    for base in ({}, tomllib.loads(MINIMAL)):
        with pytest.raises(MappingRefused):
            parse_mapping(base | document | {"no such key": 1})
