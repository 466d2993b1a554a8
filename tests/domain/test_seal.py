"""The seal of a KPI contract: equal meaning seals alike, any other meaning does not."""

import json
from dataclasses import fields, replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.kpi import Direction, Reading, Shape, State, assess
from domain.kpi_contract import Contract
from domain.seal import FIELDS, canonical, changes, digest, fields_of, parse, seal_of
from tests.domain.contracts import OTHER_VALUES, WAITING, contracts, with_

QUICK = settings(deadline=None, max_examples=60)


def refused(code: str, pointer: str | None, **changed: Any) -> None:
    with pytest.raises(RuleError) as found:
        seal_of(with_(**changed))
    assert (found.value.code, found.value.pointer) == (code, pointer)


def test_a_seal_set_once_never_changes() -> None:
    """A literal form and digest: a change of the first list of fields, or of how they are written, breaks old seals."""
    small = Contract(name="Café wait", kind="business", shape=Shape.TRAJECTORY, target=Decimal("1.50"))
    assert canonical(small) == (
        '{"amber":"0.1","baseline":null,"baseline_from":null,"baseline_method":null,"baseline_on":null,'
        '"baseline_source":null,"baseline_to":null,"cadence_days":30,"confirm_worse":1,"curve":[],"definition":null,'
        '"direction":"higher","formula":null,"hysteresis":"0.02","judge":null,"judged":false,"kind":"business",'
        '"lower":null,"name":"Café wait","parent":null,"population":null,"primary":false,"red":"0.25",'
        '"required_compliance":"0.9","roll_up":null,"scale":[],"seal_version":1,"serves":null,"serves_because":null,'
        '"settle_days":14,"shape":"trajectory","source":null,"stale_after_days":null,"target":"1.5","target_on":null,'
        '"target_percent":null,"unit":null,"upper":null,"warn_fraction":"0.1","warn_margin":null,"weight":"1",'
        '"window":null}'
    )
    assert seal_of(small) == "3365641c681a8aafe4fb7c8969e6ae9cbf0d6fb0b227b40c313d448cd3dd4a4f"
    assert seal_of(small) == sha256(canonical(small).encode()).hexdigest() == digest(canonical(small))


def test_every_field_of_a_contract_is_sealed() -> None:
    assert set(FIELDS[1]) == {one.name for one in fields(Contract)} == set(OTHER_VALUES)


@pytest.mark.parametrize("name", sorted(OTHER_VALUES))
def test_a_change_of_any_sealed_field_changes_the_seal_and_is_named(name: str) -> None:
    other = with_(**{name: OTHER_VALUES[name]})
    assert seal_of(other) != seal_of(WAITING)
    assert [change.field for change in changes(WAITING, other)] == [name]


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("target", "20", "20.000"),
        ("target", "20", "2E+1"),
        ("target", "0", "-0.00"),
        ("weight", "1", "1.0"),
        ("amber", "0.1", "0.100000"),
        ("lower", "1234567890123456789012345678901234567", "1234567890123456789012345678901234567.0"),
    ],
)
def test_the_same_number_written_otherwise_seals_alike(name: str, one: str, other: str) -> None:
    assert seal_of(with_(**{name: Decimal(one)})) == seal_of(with_(**{name: Decimal(other)}))
    assert changes(with_(**{name: Decimal(one)}), with_(**{name: Decimal(other)})) == ()


def test_a_number_a_hair_away_seals_otherwise() -> None:
    near = Decimal("20.0000000000000000000000000000000000001")
    assert seal_of(with_(target=near)) != seal_of(WAITING)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café", normalize("NFD", "Café")),
        ("two\nlines", "two\r\nlines"),
        ("two\nlines", "two\rlines"),
        ("word", "  word\n"),
        ("", "   "),
    ],
)
def test_the_same_text_written_otherwise_seals_alike(one: str, other: str) -> None:
    assert seal_of(with_(definition=one)) == seal_of(with_(definition=other))


def test_a_text_is_not_bent_further_than_its_writing() -> None:
    for other in (
        "days from order to delivery",
        "Days  from order to delivery",
        "Days from order to delivery.",
    ):
        assert seal_of(with_(definition=other)) != seal_of(WAITING)


def test_a_curve_is_sealed_point_by_point() -> None:
    same = with_(curve=((Decimal("0.50"), Decimal("0.20")),))
    assert seal_of(same) == seal_of(WAITING)
    assert changes(WAITING, with_(curve=()))[0].old == "0.2 of the way at 0.5 of the time"


def test_old_and_new_are_said_in_words() -> None:
    found = changes(
        WAITING, with_(target=Decimal("1234.50"), target_on=date(2027, 1, 31), primary=False, unit="")
    )
    assert [(one.label, one.old, one.new) for one in found] == [
        ("unit", "days", "never recorded"),
        ("target", "20", "1,234.5"),
        ("target date", "31 Dec 2026", "31 Jan 2027"),
        ("primary", "yes", "no"),
    ]


def test_a_rating_scale_is_said_level_by_level() -> None:
    [found] = changes(WAITING, with_(scale=("poor", "", "good")))
    assert (found.old, found.new) == ("never recorded", "poor, blank, good")


def test_what_cannot_be_sealed_is_refused_by_its_field() -> None:
    refused("not_a_number", "/target", target=Decimal("NaN"))
    refused("not_a_number", "/baseline", baseline=Decimal("-Infinity"))
    refused("not_a_number", "/amber", amber=0.1)
    refused("not_a_number", "/weight", weight=True)
    refused("member_missing", "/amber", amber=None)
    refused("member_missing", "/settle_days", settle_days=None)
    refused("out_of_range", "/target", target=Decimal("1E+60"))
    refused("out_of_range", "/target", target=Decimal("1E-61"))
    refused("not_a_text", "/name", name="broken \ud800")
    refused("not_a_text", "/scale/1", scale=("good", 3))
    refused("not_a_whole_number", "/judge", judge=True)
    refused("not_a_whole_number", "/cadence_days", cadence_days=Decimal(30))
    refused("not_a_date", "/target_on", target_on=datetime(2026, 1, 1))  # noqa: DTZ001
    refused("not_true_or_false", "/primary", primary=1)
    refused("not_a_list", "/curve/0", curve=((Decimal(1),),))


def test_a_number_at_the_edge_of_what_is_sealed_is_sealed_whole() -> None:
    for text in ("9" * 60, "0." + "0" * 59 + "1", "0E-500"):
        assert parse(canonical(with_(target=Decimal(text)))).target == Decimal(text)


def test_an_unknown_list_of_fields_is_refused() -> None:
    for version in (0, 2):
        with pytest.raises(RuleError, match="no list of sealed fields") as found:
            canonical(WAITING, version)
        assert found.value.code == "unknown_seal_version"
    assert next(iter(fields_of(1))) == "name"


def test_a_stored_form_that_was_altered_is_refused() -> None:
    form = canonical(WAITING)
    plain = json.loads(form)
    for code, altered in {
        "not_canonical": [
            form.replace('"20"', '"20.0"'), form + " ", form[:-1], json.dumps(plain), "[" * 100_000,
            form.replace('"2026-12-31"', "20261231"),
        ],
        "not_an_object": ["[]", "3"],
        "member_unknown": [form.replace('"unit"', '"unite"')],
        "member_missing": [form.replace('"unit":"days",', ""), form.replace('"0.25"', "null")],
        "unknown_seal_version": [form.replace('"seal_version":1', f'"seal_version":{n}') for n in ("2", "true", '"1"')],
        "not_a_number": [form.replace('"20"', "20"), form.replace('"20"', '"x"'), form.replace('"20"', "2.5")],
        "not_a_date": [form.replace("2026-12-31", "2026-13-31")],
        "not_a_known_word": [form.replace('"direction":"lower"', '"direction":"sideways"')],
    }.items():  # fmt: skip
        for one in altered:
            with pytest.raises(RuleError) as found:
                parse(one)
            assert found.value.code == code, one[:200]


@QUICK
@given(contracts())
def test_a_form_read_back_gives_the_same_form_and_seal(contract: Contract) -> None:
    form = canonical(contract)
    assert canonical(parse(form)) == form
    assert seal_of(parse(form)) == seal_of(contract) == digest(form)
    assert changes(contract, parse(form)) == ()
    assert list(json.loads(form)) == sorted(json.loads(form))


@QUICK
@given(contracts(), contracts(), st.sampled_from(sorted(OTHER_VALUES)))
def test_seals_are_equal_exactly_when_no_field_differs(one: Contract, other: Contract, name: str) -> None:
    mixed = replace(one, **{name: getattr(other, name)})
    assert (seal_of(mixed) == seal_of(one)) is (changes(one, mixed) == ())
    assert {change.field for change in changes(one, mixed)} <= {name}


@QUICK
@given(contracts(), st.integers(0, 6))
def test_more_zeros_and_another_writing_of_the_text_never_break_a_seal(
    contract: Contract, zeros: int
) -> None:
    def longer(value: Decimal) -> Decimal:
        plain = f"{value:f}"
        return Decimal(plain + ("" if "." in plain else ".") + "0" * zeros)

    other = replace(
        contract,
        target=None if contract.target is None else longer(contract.target),
        amber=longer(contract.amber),
        weight=longer(contract.weight),
        name=f" {normalize('NFD', contract.name)}\r\n",
    )
    assert seal_of(other) == seal_of(contract)


def test_a_contract_judges_readings_by_its_own_rule() -> None:
    rows = [Reading(1, date(2026, 6, 1), Decimal(40))]
    rule = WAITING.rule()
    assert (rule.direction, rule.target, rule.curve) == (Direction.LOWER, Decimal(20), WAITING.curve)
    assert assess(rule, rows, as_of=date(2026, 6, 1)).status == "at_risk"
    assert assess(WAITING.rule(State.PAUSED), rows, as_of=date(2026, 6, 1)).status == "paused"
    for name in ("amber", "settle_days", "warn_margin", "required_compliance", "stale_after_days"):
        assert getattr(with_(**{name: OTHER_VALUES[name]}).rule(), name) == OTHER_VALUES[name]
    assert (
        WAITING.stale_after,
        with_(stale_after_days=7).stale_after,
        with_(cadence_days=7).stale_after,
    ) == (45, 7, 11)
