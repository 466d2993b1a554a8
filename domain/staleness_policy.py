"""How often a model must be looked at, by risk tier: versioned data, because the rules of supervision change."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Final

from domain.ethics import Cadence
from domain.policy_rows import full_row, row, whole, within

TIERS: Final = (1, 2, 3)
MOST_MONTHS: Final = 1_200
MOST_DAYS: Final = 36_500
MOST_CADENCES: Final = 20
MOST_MODELS: Final = 10_000

ByTier = Mapping[int, int]


def _by_tier(first: int, second: int, third: int) -> ByTier:
    return MappingProxyType({1: first, 2: second, 3: third})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of the cadences. Tier 1 is the highest risk. Months are calendar months, clamped to their end.

    review_months, validation_months: 6/12, 12/24 and 24/36 by tier. dossier_months: how old a dossier section may
    be; dossier_section_months overrides it for a named section. monitoring_cadences: how many of its own cadences a
    monitor may miss. ethics_months: how often ethics reviews are repeated, None for a tier that needs none.
    owner_models: how many models that serve one person may own. newer_version_days: how long a newer version may wait in the registry for a role. severity: what a cause counts, 1 to 3, and severity_without_tier where no tier is recorded.
    """

    review_months: ByTier = field(default_factory=lambda: _by_tier(6, 12, 24))
    validation_months: ByTier = field(default_factory=lambda: _by_tier(12, 24, 36))
    fallback_months: ByTier = field(default_factory=lambda: _by_tier(6, 12, 24))
    dossier_months: ByTier = field(default_factory=lambda: _by_tier(12, 24, 36))
    dossier_section_months: Mapping[str, ByTier] = field(default_factory=lambda: MappingProxyType({}))
    ethics_months: Cadence = field(default_factory=lambda: MappingProxyType({1: 12, 2: 24, 3: None}))
    monitoring_cadences: int = 2
    heartbeat_days: int = 30
    sign_in_days: int = 90
    newer_version_days: int = 30
    owner_models: int = 15
    severity: ByTier = field(default_factory=lambda: _by_tier(3, 2, 1))
    severity_without_tier: int = 2

    def __post_init__(self) -> None:
        for name in _TIERED_MONTHS:
            _each_within(getattr(self, name), MOST_MONTHS, f"/{name}")
        for section, months in self.dossier_section_months.items():
            _each_within(months, MOST_MONTHS, f"/dossier_section_months/{section}")
        kept = {tier: 1 if months is None else months for tier, months in self.ethics_months.items()}
        _each_within(kept, MOST_MONTHS, "/ethics_months")
        _each_within(self.severity, 3, "/severity")
        within(self.severity_without_tier, 1, 3, "/severity_without_tier")
        within(self.monitoring_cadences, 1, MOST_CADENCES, "/monitoring_cadences")
        within(self.owner_models, 1, MOST_MODELS, "/owner_models")
        for name in ("heartbeat_days", "sign_in_days", "newer_version_days"):
            within(getattr(self, name), 1, MOST_DAYS, f"/{name}")

    def severity_of(self, tier: int | None) -> int:
        return self.severity_without_tier if tier is None else self.severity[tier]

    def section_months(self, section: str, tier: int | None) -> int | None:
        """How old this dossier section may be; None without a tier."""
        return None if tier is None else self.dossier_section_months.get(section, self.dossier_months)[tier]

    def to_json(self) -> dict[str, Any]:
        """Every cadence by name, tiers as text keys."""
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def from_json(cls, stored: object) -> "Policy":
        """The policy a stored row says; a cadence the row does not name keeps its default.

        Raises RuleError with a pointer to the key that is unknown, no whole number, or out of range.
        """
        named = row(stored, [one.name for one in fields(cls)])
        return cls(**{key: _read(key, value, f"/{key}") for key, value in named.items()})


_TIERED_MONTHS: Final = ("review_months", "validation_months", "fallback_months", "dossier_months")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return value


def _read(key: str, value: object, at: str) -> Any:
    if key in (*_TIERED_MONTHS, "severity"):
        return _read_tiers(value, at)
    if key == "ethics_months":
        return _read_cadence(value, at)
    if key != "dossier_section_months":
        return whole(value, at)
    sections = row(value, value if isinstance(value, Mapping) else (), at)
    return MappingProxyType({name: _read_tiers(months, f"{at}/{name}") for name, months in sections.items()})


def _read_tiers(value: object, at: str) -> ByTier:
    named = full_row(value, [str(tier) for tier in TIERS], at)
    return _by_tier(*(whole(named[str(tier)], f"{at}/{tier}") for tier in TIERS))


def _read_cadence(value: object, at: str) -> Cadence:
    """Months by tier, null for a tier that needs none."""
    named = full_row(value, [str(tier) for tier in TIERS], at)
    given = {tier: named[str(tier)] for tier in TIERS}
    return MappingProxyType(
        {tier: None if one is None else whole(one, f"{at}/{tier}") for tier, one in given.items()}
    )


def _each_within(values: ByTier, most: int, at: str) -> None:
    for tier in TIERS:
        within(values[tier], 1, most, f"{at}/{tier}")


DEFAULT: Final = Policy()
