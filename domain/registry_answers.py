"""What a registry of models answers (MLflow's REST API, and Databricks by the same), read strictly and within limits.

Left out is what it means by none: empty lists, texts and keys are missing in its answers. What it does not say as it should is
refused with a sentence, because a half-read registry would look like one that lost its models.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from domain.errors import RuleError

LONGEST_NAME: Final = 300
_TEXTS: Final = 400


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A registered model: known by its name and birth (milliseconds). `aliases`: alias -> version."""

    name: str
    born: int
    aliases: Mapping[str, str] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True, slots=True)
class FoundVersion:
    """A version of it. `updated` in milliseconds; `stage` empty for none."""

    number: str
    born: int
    updated: int
    run_id: str = ""
    source: str = ""
    stage: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run's last values, name -> as the registry says them. `ended`: nothing more is expected of it. `deleted`: put away."""

    metrics: Mapping[str, object]
    commit: str
    ended: bool
    deleted: bool


@dataclass(frozen=True, slots=True)
class Point:
    """One value in a metric's history."""

    step: int
    at: int
    value: object


def read_models(answer: Mapping[str, Any]) -> list[FoundModel]:
    """A page of `registered-models/search`."""
    return [
        FoundModel(
            name=_text(one, "name"), born=_whole(one, "creation_timestamp"), description=str(one.get("description", "")),
            aliases={_text(pair, "alias"): _text(pair, "version") for pair in _items(one, "aliases")},
        )
        for one in _items(answer, "registered_models")
    ]  # fmt: skip


def read_versions(answer: Mapping[str, Any]) -> list[FoundVersion]:
    """A page of `model-versions/search`."""
    return [
        FoundVersion(
            number=_text(one, "version"), born=_whole(one, "creation_timestamp"),
            updated=_whole(one, "last_updated_timestamp", one.get("creation_timestamp")), run_id=str(one.get("run_id") or "")[:_TEXTS],
            source=str(one.get("source") or "")[:_TEXTS], description=str(one.get("description") or ""),
            stage="" if one.get("current_stage") in {None, "", "None"} else str(one["current_stage"])[:40],
        )
        for one in _items(answer, "model_versions")
    ]  # fmt: skip


def read_run(answer: Mapping[str, Any]) -> FoundRun:
    """The answer of `runs/get`."""
    run = _object(answer, "run")
    info, data = _object(run, "info"), run.get("data") or {}
    tags = {str(one.get("key")): str(one.get("value", "")) for one in _items(data, "tags")}
    return FoundRun(
        metrics={_text(one, "key"): one.get("value") for one in _items(data, "metrics")},
        commit=tags.get("mlflow.source.git.commit", ""),
        ended=info.get("status") in {"FINISHED", "FAILED", "KILLED"},
        deleted=info.get("lifecycle_stage") == "deleted",
    )


def read_history(answer: Mapping[str, Any]) -> list[Point]:
    """A page of `metrics/get-history`. A metric nobody knows has none."""
    return [
        Point(step=_whole(one, "step", 0), at=_whole(one, "timestamp"), value=one.get("value"))
        for one in _items(answer, "metrics")
    ]


def next_page(answer: Mapping[str, Any], token: str) -> str:
    """The token of the page after, empty on the last. Raises RuleError where a registry sends one round in circles."""
    following = answer.get("next_page_token") or ""
    if not isinstance(following, str) or (following and following == token):
        raise _wrong("next_page_token")
    return following


def renamed(known: Iterable[tuple[str, int]], found: Iterable[FoundModel]) -> dict[tuple[str, int], str]:
    """Known models (name, birth) that go by another name now: same birth, and the old name is no longer given to it.

    Where two models of one birth changed their names at once nobody can tell which is which: neither is renamed.
    """
    before, now = set(known), {(one.name, one.born) for one in found}
    lost: dict[int, list[str]] = {}
    new: dict[int, list[str]] = {}
    for name, born in before - now:
        lost.setdefault(born, []).append(name)
    for name, born in now - before:
        new.setdefault(born, []).append(name)
    return {
        (names[0], born): new[born][0] for born, names in lost.items() if len(names) == 1 and len(new.get(born, ())) == 1
    }  # fmt: skip


def _items(value: Any, name: str) -> list[Mapping[str, Any]]:
    found = value.get(name) if isinstance(value, Mapping) else None
    if found is None:
        return []
    if not isinstance(found, list) or any(not isinstance(one, Mapping) for one in found):
        raise _wrong(name)
    return found


def _object(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    if not isinstance(found, Mapping):
        raise _wrong(name)
    return found


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    if not text or len(text) > LONGEST_NAME or not text.isprintable():
        raise _wrong(name)
    return text


def _whole(value: Mapping[str, Any], name: str, default: Any = None) -> int:
    found = value.get(name, default)
    if isinstance(found, str) and found.lstrip("-").isdigit():
        found = int(found[:19])
    if isinstance(found, bool) or not isinstance(found, int) or abs(found) >= 2**63:
        raise _wrong(name)
    return found


def _wrong(name: str) -> RuleError:
    return RuleError("unreadable", f"The registry's answer cannot be read at {name}.", f"/{name}")
