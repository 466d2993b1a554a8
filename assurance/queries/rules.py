"""The rule sets in force: those the product ships, and versions an organisation wrote as policy rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from core.models import Policy
from domain.rule_sets import RuleSet, differences, newest, rule_set_from_json
from domain.rules import SHIPPED

KIND: Final = "rules:"


@dataclass(frozen=True, slots=True)
class Rules:
    """Every version of every rule set, read once for a request."""

    versions: Mapping[str, tuple[RuleSet, ...]]

    def on(self, code: str, day: date) -> RuleSet:
        """The version in force on a day; before the first of them, the first."""
        found = newest(self.versions[code], day)
        return found or min(self.versions[code], key=lambda one: one.from_day)

    def version(self, code: str, version: str) -> RuleSet | None:
        return next((one for one in self.versions.get(code, ()) if one.version == version), None)

    def changed_since(self, code: str, version: str, day: date) -> tuple[RuleSet, list[str]] | None:
        """The version in force and what it changes, where that is another than the one answered under."""
        now = self.on(code, day)
        if now.version == version:
            return None
        was = self.version(code, version)
        return now, differences(was, now) if was else [
            "The version it was answered under is no longer on record."
        ]


def rules() -> Rules:
    """One statement."""
    own: dict[str, list[RuleSet]] = {}
    for row in Policy.objects.filter(kind__startswith=KIND).order_by("number"):
        found = rule_set_from_json(row.data)
        own.setdefault(row.kind.removeprefix(KIND), []).append(found)
    return Rules({code: (*shipped, *own.get(code, ())) for code, shipped in SHIPPED.items()})
