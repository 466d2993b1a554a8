"""Forms as the project writes them."""

import re
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates

from core.choices import in_tree_order
from core.editing import mark
from core.forms import Renderer
from tests.cast import Cast, unit

GROUPED = [("", "None"), ("Group <1>", [("a", 'A "quoted"'), ("b", "B & C")]), ("c", "<script>")]


def squeezed(html: str) -> str:
    return re.sub(r"\s*\n\s*", "", html)


@pytest.mark.parametrize(
    ("widget", "value", "attrs"),
    [
        (forms.Select(choices=GROUPED), "b", {"id": "id_x", "required": True}),
        (forms.Select(choices=GROUPED), None, {"disabled": False, "aria-invalid": "true"}),
        (forms.Select(choices=[(1, "One"), (2, "Two")]), 2, {"class": 'a"b'}),
        (forms.SelectMultiple(choices=[("a", "A"), ("b", "B")]), ["a", "b"], {}),
        (forms.NullBooleanSelect(), True, {}),
    ],
)
def test_a_list_to_choose_from_is_written_as_django_writes_it(
    widget: forms.Widget, value: Any, attrs: dict[str, Any]
) -> None:
    ours, django = (widget.render("x", value, attrs, renderer=r) for r in (Renderer(), DjangoTemplates()))
    assert squeezed(ours) == squeezed(django)


def test_a_tree_is_offered_as_it_is_read(cast: Cast) -> None:
    unit("Alpha", cast.retail)
    rows = [
        (one.name, depth)
        for one, depth in in_tree_order([cast.claims, cast.cards, cast.retail, *cast.retail.children.all()])
    ]
    assert rows[0] == ("Claims", 0)
    assert ("Alpha", 1) in rows
    assert in_tree_order([cast.cards]) == [(cast.cards, 0)], "without its parent it stands at the top"


@pytest.mark.parametrize(
    ("field", "same", "other"),
    [
        (forms.CharField(), ["a\nb", "a\r\nb", " a\nb "], "a b"),
        (forms.DecimalField(), ["1.50", "1.5", "1.500"], "1.51"),
        (forms.BooleanField(), [False, None, ""], True),
    ],
)
def test_a_mark_tells_a_changed_value_from_the_same_written_otherwise(
    field: forms.Field, same: list[Any], other: Any
) -> None:
    read = field.to_python if isinstance(field, forms.DecimalField) else (lambda value: value)
    assert len({mark(field, read(value)) for value in same}) == 1
    assert mark(field, read(other)) != mark(field, read(same[0]))
