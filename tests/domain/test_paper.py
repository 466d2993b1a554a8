"""A paper is plain data: the same words give the same hash, and a table is square."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.paper import Facts, Paper, Points, Section, Table, Text, digest, paper_to_json

WORDS = st.text(max_size=30)
BLOCKS = st.one_of(
    st.builds(Text, WORDS, st.booleans(), st.booleans()),
    st.builds(Facts, st.lists(st.tuples(WORDS, WORDS), max_size=3)),
    st.builds(Points, st.lists(WORDS, max_size=3)),
)
PAPERS = st.builds(
    Paper, WORDS, WORDS, WORDS, st.lists(st.tuples(WORDS, WORDS), max_size=3),
    st.lists(st.builds(Section, WORDS, st.lists(BLOCKS, max_size=4), st.sampled_from([2, 3]), st.booleans()), max_size=4),
)  # fmt: skip


@given(PAPERS)
def test_a_paper_goes_through_json_unchanged_and_keeps_its_hash(paper: Paper) -> None:
    document = paper_to_json(paper)
    again = json.loads(json.dumps(document))
    assert again == document
    assert digest(again) == digest(document)


def test_a_row_that_is_too_short_is_refused_at_its_place() -> None:
    ragged = Paper(
        "P", "T", "", (), (Section("S", (Text("x"), Table("t", ("a", "b"), (("1", "2"), ("1",))))),)
    )
    with pytest.raises(RuleError) as refused:
        paper_to_json(ragged)
    assert (refused.value.code, refused.value.pointer) == ("ragged_table", "/sections/0/blocks/1/rows/1")
