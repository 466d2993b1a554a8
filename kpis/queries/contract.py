"""A version as a promise: what it still lacks to be one, how it differs from another, and whether its seal holds."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.amendment_findings import size_change
from domain.errors import RuleError
from domain.seal import VERSION_KEY, Change, canonical, changes, digest, parse
from kpis.models import Kpi, KpiVersion
from kpis.translate import contract_of, is_judged

_MEASURE: Final = (
    ("definition", "the definition"),
    ("population", "the population"),
    ("window", "the window"),
)
_COUNTED: Final = (
    ("unit_of_measure", "the unit"),
    ("formula", "the formula"),
    ("data_source", "the data source"),
)
# Of a judgement the judge is the source.
_JUDGED: Final = (
    ("judge", "the judge"),
    ("scale_low", "the lower end of the scale"),
    ("scale_high", "the upper end of the scale"),
)
_SERVES: Final = (
    ("serves", "the KPI it serves"),
    ("serves_because", "why a better model metric moves that KPI"),
)
_BAND: Final = (("baseline_on", "the start date"), ("target_on", "the date until which it is to hold"))
_RELATIVE: Final = (("baseline_method", "how the baseline was taken"),)
_TRAJECTORY: Final = (
    ("baseline", "the baseline"),
    ("baseline_on", "the baseline date"),
    ("baseline_source", "the source of the baseline"),
    ("target", "the target"),
    ("target_on", "the target date"),
)


def lacks(version: KpiVersion) -> list[tuple[str, str]]:
    """What nobody can stand behind a definition without, as (field, words). A relative target needs a locked baseline."""
    serves = _SERVES if version.kind == Kpi.Kind.MODEL_METRIC else ()
    out = _empty(version, (*_MEASURE, *(_JUDGED if is_judged(version) else _COUNTED), *serves))
    if version.shape == KpiVersion.Shape.BAND:
        if version.lower is None and version.upper is None:
            out.append(("lower", "a floor or a cap"))
        return out + _empty(version, _BAND)
    out += _empty(version, _TRAJECTORY)
    if version.target_change is None:
        return out
    out += _empty(version, _RELATIVE)
    if version.target is None and version.baseline is not None:
        out = [
            (n, "a locked baseline, from which the target follows" if n == "target" else w) for n, w in out
        ]
    return out


def _empty(version: KpiVersion, asked: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    told = {"judge": "judge_id", "serves": "serves_id"}
    return [(name, words) for name, words in asked if getattr(version, told.get(name, name)) in {None, ""}]


def differences(old: KpiVersion, new: KpiVersion) -> tuple[Change, ...]:
    """What two versions promise otherwise, with both values in words: sealed fields, and how many the population holds."""
    return changes(contract_of(old), contract_of(new)) + size_change(old.population_size, new.population_size)


@dataclass(frozen=True, slots=True)
class SealCheck:
    """What came of computing a seal again. `holds`: document, seal and columns agree. `sentence` says so, or what not.

    `recomputed`: the SHA-256 of the stored document. `differs`: where the columns say something else than the document.
    """

    version: KpiVersion
    holds: bool
    recomputed: str
    sentence: str
    differs: tuple[Change, ...] = ()


def check_seal(version: KpiVersion) -> SealCheck | None:
    """Compute the seal of a sealed version again from the stored document and from its columns. None: not sealed."""
    if not version.seal:
        return None
    again = digest(version.sealed_document)
    if again != version.seal:
        return SealCheck(
            version, False, again, "The stored document does not have this seal: it was altered."
        )
    try:
        sealed, now = parse(version.sealed_document), contract_of(version)
        list_used = int(json.loads(version.sealed_document)[VERSION_KEY])
        same = canonical(now, list_used) == version.sealed_document
        differs: Sequence[Change] = () if same else changes(sealed, now, list_used)
    except RuleError as refused:
        return SealCheck(version, False, again, f"The stored document cannot be read: {refused.message}")
    if not same:
        sentence = f"The record says something else than was sealed, in {len(differs)} fields."
        return SealCheck(version, False, again, sentence, tuple(differs))
    return SealCheck(version, True, again, "Computed again from the record: the same 64 digits.")
