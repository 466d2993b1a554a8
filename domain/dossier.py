"""The dossier of a model: its sections, the parts each is made of, and which of them a risk tier requires."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import Any, Final

from domain.errors import RuleError
from domain.policy_rows import full_row, items, text

BODY: Final = "text"
TIERS: Final = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Part:
    """A heading within a section. `hint`: what is written there."""

    code: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the dossier with its headings, in order. One without headings has the single part `text`.

    `written` False: it is made from the record, nobody writes it.
    """

    code: str
    label: str
    parts: tuple[Part, ...]
    written: bool = True

    @property
    def keys(self) -> tuple[str, ...]:
        """How a policy names its parts: `security.red_team`; the section itself where it has no headings."""
        return tuple(key_of(self.code, part.code) for part in self.parts)


def key_of(section: str, part: str) -> str:
    return section if part == BODY else f"{section}.{part}"


def _plain(code: str, label: str, hint: str) -> Section:
    return Section(code, label, (Part(BODY, label, hint),))


SECTIONS: Final = (
    _plain("purpose_and_users", "Purpose and users", "What it decides or supports, who uses it, who is affected, and what it is not for."),
    Section("data_and_lineage", "Data and lineage", (
        Part("sources", "Sources and lineage", "Where training, evaluation and live data come from, and on what legal basis."),
        Part("privacy", "Privacy assessment", "Whether personal data is used; where the privacy assessment stands, as an address."),
    )),
    _plain("method_and_training", "Method and training", "Technique, features, training procedure, and what was tried and left."),
    _plain("performance", "Performance", "Measured on what data, by which measure, against what baseline, with what uncertainty."),
    _plain("bias_and_segments", "Bias and segments", "Which groups were compared, what was found, and what was done about it."),
    _plain("explainability", "Explainability", "How a result is explained to whom, and how far the explanation can be trusted."),
    _plain("limits", "Limits", "Where it is known to fail or was never tried, and what people must not read into it."),
    Section("security", "Security", (
        Part("threat_assessment", "Threat assessment", "Who could attack it, how, and what stands against it."),
        Part("red_team", "Red team", "Who tried to break it, when, with what result."),
        Part("leakage_test", "Leakage test", "Whether training data can be drawn out of it, and how that was tested."),
    )),
    Section("oversight", "Oversight, fallback, appeal", (
        Part("people", "Human oversight", "Who watches, what they see, and how they stop it."),
        Part("fallback", "Fallback", "What people do when it is off."),
        Part("appeal", "Appeal", "How somebody affected asks for another look, and who answers."),
    )),
    Section("monitoring_playbook", "Monitoring playbook", (
        Part("monitor", "Monitor", "What is measured, how often, by whom, with which limits."),
        Part("drift", "Drift", "What counts as drift, who is told, and what they do."),
        Part("retrain", "Retrain", "What triggers retraining, on which data, and who approves the new version."),
        Part("govern", "Govern", "Who reviews it when, and who decides on change, pause and retirement."),
        Part("comply", "Comply", "Which obligations apply, and where the evidence for each is kept."),
    )),
    Section("change_log", "Change log", (Part(BODY, "Change log"),), written=False),
)  # fmt: skip
BY_CODE: Final[Mapping[str, Section]] = MappingProxyType({one.code: one for one in SECTIONS})
EVERY_KEY: Final = tuple(key for one in SECTIONS if one.written for key in one.keys)
_LOW: Final = (
    "purpose_and_users", "data_and_lineage.sources", "method_and_training", "performance", "limits", "oversight.people",
    "oversight.fallback", "monitoring_playbook.monitor",
)  # fmt: skip
_MIDDLE: Final = tuple(key for key in EVERY_KEY if key not in {"security.red_team", "security.leakage_test"})
PRIVACY: Final = "data_and_lineage.privacy"
TESTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "security.threat_assessment": "threat_assessment",
        "security.red_team": "red_team",
        "security.leakage_test": "leakage_test",
    }
)
"""Part of the section Security -> the kind of test it tells of. Telling of a test is none: both are asked for."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Which parts each tier requires. A model that uses personal data needs its privacy assessment at every tier."""

    required: Mapping[int, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({1: EVERY_KEY, 2: _MIDDLE, 3: _LOW})
    )

    def of(self, tier: int | None, *, personal_data: bool = False) -> tuple[str, ...]:
        """The keys required, in the dossier's order. A tier nobody assessed is asked for as the highest is."""
        wanted = set(self.required[tier if tier in TIERS else 1])
        if personal_data:
            wanted.add(PRIVACY)
        return tuple(key for key in EVERY_KEY if key in wanted)

    def to_json(self) -> dict[str, Any]:
        return {"required": {str(tier): list(keys) for tier, keys in self.required.items()}}

    @classmethod
    def from_json(cls, stored: object) -> "Policy":
        """Raises RuleError at the place that is no such part, or where the playbook of tier 1 or 2 lacks a heading."""
        named = full_row(full_row(stored, ("required",))["required"], [str(t) for t in TIERS], "/required")
        found = {tier: _keys(named[str(tier)], f"/required/{tier}") for tier in TIERS}
        for tier in (1, 2):
            for key in BY_CODE["monitoring_playbook"].keys:
                if key not in found[tier]:
                    raise RuleError(
                        "playbook_incomplete", f"Tiers 1 and 2 need all five headings: add {key}.", f"/required/{tier}"
                    )  # fmt: skip
        return cls(MappingProxyType(found))


def _keys(stored: object, at: str) -> tuple[str, ...]:
    found = [text(one, f"{at}/{place}") for place, one in enumerate(items(stored, at))]
    for place, key in enumerate(found):
        if key not in EVERY_KEY:
            raise RuleError(
                "not_a_part",
                f"{key[:60]} is no part of a dossier. Known: {', '.join(EVERY_KEY)}.",
                f"{at}/{place}",
            )
    return tuple(key for key in EVERY_KEY if key in found)


DEFAULT: Final = Policy()


@dataclass(frozen=True, slots=True)
class Standing:
    """How complete a dossier is. `missing`: required keys nobody wrote, in order. `done` and `whole` count keys."""

    done: int
    whole: int
    missing: tuple[str, ...]

    @property
    def percent(self) -> int:
        """Whole percents, rounded down, so that 100 means complete."""
        return 100 if not self.whole else self.done * 100 // self.whole


def standing(
    written: Mapping[str, Mapping[str, str]], policy: Policy, tier: int | None, *, personal_data: bool = False,
    tested: Collection[str] = tuple(TESTS),
) -> Standing:  # fmt: skip
    """How complete: `written` is section -> part -> text of the latest versions. White space is not text.

    `tested`: parts of TESTS whose test is on record, finished, or not asked of this model.
    """
    wanted = policy.of(tier, personal_data=personal_data)
    missing = tuple(key for key in wanted if not _text(written, key) or (key in TESTS and key not in tested))
    return Standing(len(wanted) - len(missing), len(wanted), missing)


def complete_sections(
    written: Mapping[str, Mapping[str, str]], policy: Policy, tier: int | None, *, personal_data: bool = False,
    tested: Collection[str] = tuple(TESTS),
) -> tuple[str, ...]:  # fmt: skip
    """The sections that say something and lack nothing this tier requires. `tested`: see `standing`."""
    stood = standing(written, policy, tier, personal_data=personal_data, tested=tested)
    lacking = {key.partition(".")[0] for key in stood.missing}
    return tuple(
        one.code
        for one in SECTIONS
        if one.code not in lacking and any(said.strip() for said in written.get(one.code, {}).values())
    )


def label_of(key: str) -> str:
    """ "Security: red team", or the section's name."""
    code, _, part = key.partition(".")
    section = BY_CODE[code]
    if not part:
        return section.label
    return f"{section.label}: {next(one.label for one in section.parts if one.code == part).lower()}"


def as_text(section: Section, parts: Mapping[str, str]) -> str:
    """A version as one plain text, headings before their parts."""
    if len(section.parts) == 1:
        return parts.get(BODY, "")
    said = [(one.label, parts.get(one.code, "")) for one in section.parts]
    return "\n\n".join(f"{label}\n{words}" for label, words in said if words)


def lines_differing(earlier: Sequence[str], later: Sequence[str]) -> list[tuple[str, str]]:
    """Both versions line by line: ("same" | "gone" | "new", line)."""
    out: list[tuple[str, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, earlier, later, autojunk=False).get_opcodes():
        if tag == "equal":
            out += [("same", line) for line in earlier[a:b]]
        else:
            out += [("gone", line) for line in earlier[a:b]] + [("new", line) for line in later[c:d]]
    return out


def _text(written: Mapping[str, Mapping[str, str]], key: str) -> str:
    code, _, part = key.partition(".")
    return written.get(code, {}).get(part or BODY, "").strip()
