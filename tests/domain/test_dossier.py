"""The dossier's rule: which parts a tier requires, and when a section counts as written."""

import pytest

from domain.dossier import (
    BY_CODE,
    DEFAULT,
    EVERY_KEY,
    PRIVACY,
    SECTIONS,
    TESTS,
    Policy,
    complete_sections,
    label_of,
    lines_differing,
    standing,
)
from domain.errors import RuleError

PLAYBOOK = BY_CODE["monitoring_playbook"].keys


def written(*keys: str) -> dict[str, dict[str, str]]:
    out: dict[str, dict[str, str]] = {}
    for key in keys:
        code, _, part = key.partition(".")
        out.setdefault(code, {})[part or "text"] = "Said."
    return out


@pytest.mark.parametrize("tier", [1, 2])
def test_the_high_tiers_need_all_five_headings_of_the_playbook(tier: int) -> None:
    assert set(PLAYBOOK) <= set(DEFAULT.of(tier))
    for left_out in PLAYBOOK:
        kept = written(*(key for key in EVERY_KEY if key != left_out))
        assert standing(kept, DEFAULT, tier).missing == (left_out,)
        assert "monitoring_playbook" not in complete_sections(kept, DEFAULT, tier)


def test_a_low_tier_needs_less_and_a_tier_nobody_assessed_needs_all() -> None:
    low = DEFAULT.of(3)
    assert len(low) < len(DEFAULT.of(2)) < len(DEFAULT.of(1))
    assert DEFAULT.of(None) == DEFAULT.of(1) == EVERY_KEY
    assert standing(written(*low), DEFAULT, 3).percent == 100
    assert standing(written(*low), DEFAULT, 1).percent < 100


def test_personal_data_asks_for_its_privacy_assessment_at_every_tier() -> None:
    assert PRIVACY not in DEFAULT.of(3)
    assert PRIVACY in DEFAULT.of(3, personal_data=True)
    assert standing(written(*DEFAULT.of(3)), DEFAULT, 3, personal_data=True).missing == (PRIVACY,)


def test_white_space_is_not_text_and_one_percent_short_is_not_complete() -> None:
    kept = written(*EVERY_KEY) | {"limits": {"text": "  \n "}}
    found = standing(kept, DEFAULT, 1)
    assert (found.missing, found.percent) == (("limits",), (len(EVERY_KEY) - 1) * 100 // len(EVERY_KEY))
    assert standing({}, DEFAULT, 1).percent == 0


def test_a_policy_reads_back_and_never_lets_a_heading_of_the_playbook_go() -> None:
    assert Policy.from_json(DEFAULT.to_json()).to_json() == DEFAULT.to_json()
    said = DEFAULT.to_json()
    said["required"]["2"].remove("monitoring_playbook.retrain")
    with pytest.raises(RuleError) as error:
        Policy.from_json(said)
    assert (error.value.code, error.value.pointer) == ("playbook_incomplete", "/required/2")
    said = DEFAULT.to_json()
    said["required"]["1"].append("poetry")
    with pytest.raises(RuleError) as error:
        Policy.from_json(said)
    assert error.value.code == "not_a_part"


def test_every_part_has_words_and_two_versions_are_told_apart_line_by_line() -> None:
    assert label_of("security.red_team") == "Security: red team"
    assert label_of("limits") == "Limits"
    assert [one.code for one in SECTIONS if not one.written] == ["change_log"]
    assert lines_differing(["a", "b", "c"], ["a", "x", "c"]) == [
        ("same", "a"), ("gone", "b"), ("new", "x"), ("same", "c"),
    ]  # fmt: skip


def test_telling_of_a_test_completes_nothing_until_the_test_is_on_record() -> None:
    told = written(*DEFAULT.of(1))
    assert standing(told, DEFAULT, 1).percent == 100
    found = standing(told, DEFAULT, 1, tested=["security.threat_assessment"])
    assert found.missing == ("security.red_team", "security.leakage_test")
    assert "security" not in complete_sections(told, DEFAULT, 1, tested=[])
    assert "security" in complete_sections(told, DEFAULT, 1, tested=list(TESTS))
    assert "security.red_team" in standing({}, DEFAULT, 1, tested=list(TESTS)).missing, (
        "a test is not told of by itself"
    )
    assert standing(written(*DEFAULT.of(3)), DEFAULT, 3, tested=[]).missing == (), "its tier asks for none"
