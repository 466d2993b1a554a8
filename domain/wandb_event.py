"""What a webhook of Weights & Biases says of a model's version: which artifact, its number, and the alias it was given.

The variables are those of its webhook automations (docs.wandb.ai, "Create a webhook automation"): `${artifact_version}` is the
artifact's own id, `${artifact_version_string}` its place as entity/project/collection:version, `${alias}` is empty but where
an alias was added.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.errors import RuleError

SCHEME: Final = "wandb-artifact://"
LONGEST: Final = 400
_UNFILLED: Final = re.compile(r"\$\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class WandbEvent:
    """`artifact` stays the same whatever the version is called later; `number` is what it is called in its collection."""

    artifact: str
    collection: str
    number: str
    alias: str = ""


def read_wandb_event(said: Mapping[str, str]) -> WandbEvent:
    """The event of `artifact_version`, `artifact_version_string` and `alias`. RuleError at the field that cannot be read."""
    artifact = _filled(said, "artifact_version")
    if not artifact.startswith(SCHEME):
        raise RuleError(
            "no_artifact",
            f'Put "${{artifact_version}}" there: it begins with {SCHEME}.',
            "/artifact_version",
        )
    whole = _filled(said, "artifact_version_string")
    collection, colon, number = whole.rpartition(":")
    if not colon or not number or collection.count("/") != 2 or not all(collection.split("/")):
        raise RuleError(
            "no_version",
            'Put "${artifact_version_string}" there: entity/project/collection:version.',
            "/artifact_version_string",
        )
    alias = said.get("alias", "").strip()
    if _UNFILLED.search(alias):
        raise RuleError("unfilled", "Weights & Biases left this variable unfilled.", "/alias")
    return WandbEvent(artifact, collection, number, alias)


def _filled(said: Mapping[str, str], name: str) -> str:
    value = said.get(name, "").strip()
    if not value or len(value) > LONGEST:
        raise RuleError("required", f"Write it, in at most {LONGEST} characters.", f"/{name}")
    if _UNFILLED.search(value):
        raise RuleError("unfilled", "Weights & Biases left this variable unfilled.", f"/{name}")
    return value
