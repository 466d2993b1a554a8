"""SHAP files add up or are refused at the row; LIME lists are pairs; nothing hostile is taken for a number."""

import json
from decimal import Decimal
from typing import Any

import pytest

from domain.errors import RuleError
from domain.explanations import MOST_BYTES, MOST_ROWS, read_lime, read_shap

CSV = b"base,age,income,prediction\n0.2,0.1,-0.05,0.25\n0.2,0.3,0.1,0.6\n"


def refusal(content: bytes, name: str = "shap.csv") -> tuple[str, str]:
    with pytest.raises(RuleError) as error:
        read_shap(content, name)
    return error.value.code, error.value.pointer or ""


def as_json(rows: list[dict[str, Any]], features: Any = ("age", "income"), **more: Any) -> bytes:
    return json.dumps({"features": list(features), "rows": rows, **more}).encode()


def test_a_sound_file_gives_the_mean_of_each_features_weight() -> None:
    found = read_shap(CSV, "shap.csv")
    assert found.importance == (("age", Decimal("0.2")), ("income", Decimal("0.075")))
    assert [row.prediction for row in found.rows] == [Decimal("0.25"), Decimal("0.6")]


def test_json_says_the_same_with_the_base_once_at_the_top() -> None:
    rows = [{"prediction": 0.25, "values": [0.1, -0.05]}, {"prediction": 0.6, "values": [0.3, 0.1]}]
    assert read_shap(as_json(rows, base=0.2), "x.json").importance == read_shap(CSV, "x.csv").importance


@pytest.mark.parametrize("row", [1, 2])
def test_a_tampered_value_is_refused_with_its_row(row: int) -> None:
    lines = CSV.decode().splitlines()
    lines[row] = lines[row].replace("0.1", "0.4", 1)
    with pytest.raises(RuleError) as error:
        read_shap("\n".join(lines).encode(), "shap.csv")
    assert (error.value.code, error.value.pointer) == ("not_additive", f"/rows/{row}")
    assert error.value.message.startswith(f"Row {row}: base 0.2")


def test_the_first_row_that_is_wrong_is_named_and_a_float_s_last_digit_is_no_tampering() -> None:
    bad = CSV + b"0.2,1,1,9\n0.2,5,5,5\n"
    assert refusal(bad) == ("not_additive", "/rows/3")
    near = b"base,a,prediction\n0.1,0.2,0.30000000000000004\n1000000,0.5,1000000.5000001\n"
    assert len(read_shap(near, "a.csv").rows) == 2
    assert refusal(b"base,a,prediction\n0.1,0.2,0.300002\n") == ("not_additive", "/rows/1")


@pytest.mark.parametrize(
    "line",
    [
        "0.1,1000000000,-1000000000,0.9",  # two large parts that cancel hide nothing
        "1000000000,0,0,1000000900",
        "250000,1000,-500,250501",
        "0.1,0,0,0.100002",
    ],
)
def test_no_part_is_so_large_that_a_change_hides_behind_it(line: str) -> None:
    assert refusal(f"base,a,b,prediction\n{line}\n".encode()) == ("not_additive", "/rows/1")


@pytest.mark.parametrize("size", [1.0, 1e6, 1e9, 1e12])
def test_what_64_bits_round_is_no_change(size: float) -> None:
    parts = [size / 3, -size / 7, size * 0.1, 0.1]
    total = 0.3
    for part in parts:
        total += part
    cells = ",".join(repr(one) for one in (0.3, *parts, total))
    assert len(read_shap(f"base,a,b,c,d,prediction\n{cells}\n".encode(), "x.csv").rows) == 1


@pytest.mark.parametrize("word", ["NaN", "inf", "-Infinity", "1e999", "", "0x1F", "1,5", "null"])
def test_what_is_no_finite_number_is_refused_with_its_row(word: str) -> None:
    bad = f'base,a,prediction\n0.1,0.2,0.3\n0.1,"{word}",0.3\n'.encode()
    assert refusal(bad) == ("not_a_number", "/rows/2")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e9999"])
def test_json_numbers_that_are_none_are_refused(value: str) -> None:
    text = '{"features": ["a"], "rows": [{"base": 0, "prediction": 0, "values": [VALUE]}]}'.replace(
        "VALUE", value
    )
    assert refusal(text.encode(), "x.json")[0] in {"not_json", "not_a_number"}


def test_hostile_files_are_refused_before_they_cost_anything() -> None:
    assert refusal(b"")[0] == "empty"
    assert refusal(b"x" * (MOST_BYTES + 1))[0] == "too_large"
    assert refusal(b"\xff\xfe\x00b")[0] == "not_text"
    assert refusal(b"[" * 100_000, "x.json")[0] == "too_deep"
    assert refusal(b'{"features": ["a"], "rows": []}', "x.json")[0] == "empty"
    assert refusal(b"a,b\n1,2\n")[0] == "column_missing"
    assert refusal(b"base,a,a,prediction\n0,0,0,0\n")[0] == "features"
    assert refusal(b"base,a,prediction\n0,0\n") == ("wrong_width", "/rows/1")
    many = b"base,a,prediction\n" + b"0,0,0\n" * (MOST_ROWS + 1)
    assert refusal(many) == ("too_many_rows", f"/rows/{MOST_ROWS + 1}")
    assert refusal(b'base,"a\nb",prediction\n0,0,0\n')[0] == "features"


def test_names_stay_the_text_they_are() -> None:
    script = "<script>alert(1)</script>"
    found = read_shap(f"base,{script},prediction\n0,1,1\n".encode(), "x.csv")
    assert found.features == (script,)
    assert read_lime([[script, 0.5]]) == [(script, "0.5")]


@pytest.mark.parametrize(
    "items",
    [[], {}, "x", [["a"]], [[1, 2]], [["a", "1"]], [["a", float("nan")]], [["a", True]], [["a\x00", 1]], [["", 1]], [["a", 1]] * 201],
)  # fmt: skip
def test_a_lime_list_is_pairs_of_words_and_a_finite_weight(items: Any) -> None:
    with pytest.raises(RuleError):
        read_lime(items)


def test_a_lime_list_keeps_its_order_and_its_digits() -> None:
    assert read_lime([["age > 40", -0.125], ["income <= 3", 1]]) == [
        ("age > 40", "-0.125"),
        ("income <= 3", "1"),
    ]
