"""The conditions that whoever presided may confirm: those of the motion and those asked for in ballots, and no others.

What was voted on is confirmed as it was worded or struck. What a ballot only named is completed: owner, verifier, due date.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.council import Choice
from domain.errors import RuleError
from domain.motions import Motion, Proposed
from domain.policy_rows import row, text


@dataclass(frozen=True, slots=True)
class Listed:
    """One condition that was voted on. `said`: whole, as the motion proposes it; None where ballots named it. `asked`: by how many."""

    text: str
    said: Proposed | None = None
    asked: int = 0


def require_named(choice: Choice, reason: str, motion: Motion) -> None:
    """A ballot for conditions names them, one on a line, unless the motion proposes some. Raises RuleError `condition_missing`."""
    if choice is Choice.WITH_CONDITIONS and not motion.conditions and not reason.strip():
        raise RuleError(
            "condition_missing",
            "Name the condition you ask for, one on a line: the motion proposes none.",
            "/reason",
        )


def named(reason: str) -> list[str]:
    """The conditions a ballot names: one on a line."""
    return [said for line in reason.splitlines() if (said := _plain(line))]


def listed(motion: Motion, reasons: Iterable[str]) -> tuple[Listed, ...]:
    """What can be confirmed: the motion's, then what ballots for conditions named (`reasons`), each once."""
    found = {_key(one.text): Listed(one.text, one) for one in motion.conditions}
    for reason in reasons:
        for said in named(reason):
            known = found.get(_key(said), Listed(said))
            found[_key(said)] = replace(known, asked=known.asked + 1)
    return tuple(found.values())


def confirmed(
    voted: Sequence[Listed], given: Sequence[object], at: str = "/conditions"
) -> list[dict[str, Any]]:
    """The conditions given, each matched by its text to one that was voted on and completed from it, as JSON.

    Raises RuleError `conditions_missing` where none is given, `not_listed` for one that nobody voted on, `listed_twice`, and
    `not_as_voted` where something of the motion's is another.
    """
    if not given:
        raise RuleError(
            "conditions_missing", "Confirm at least one condition. Striking all is not deciding.", at
        )
    known = {_key(one.text): one for one in voted}
    out: list[dict[str, Any]] = []
    seen: set[str] = set()
    for place, one in enumerate(given):
        values = row(one, _KEYS, f"{at}/{place}")
        key = _key(text(values.get("text"), f"{at}/{place}/text"))
        found = known.get(key)
        if found is None:
            words = f"Nobody voted on this. Confirm or strike what is listed: {_quoted(voted)}."
            raise RuleError("not_listed", words, f"{at}/{place}/text")
        if key in seen:
            raise RuleError("listed_twice", "This is confirmed already. Name it once.", f"{at}/{place}/text")
        seen.add(key)
        out.append(_whole(found, values, f"{at}/{place}"))
    return out


_KEYS = ("text", "kind", "blocking", "owner", "verifier", "verification", "due_on")


def _whole(found: Listed, values: Mapping[str, Any], at: str) -> dict[str, Any]:
    if found.said is None:
        return {**values, "text": found.text}
    said = _json_of(found.said)
    for name, value in values.items():
        if name != "text" and value not in (None, "") and value != said[name]:
            raise RuleError(
                "not_as_voted", f"The council voted on another {name.replace('_', ' ')}. Confirm it as it is, or strike it.",
                f"{at}/{name}",
            )  # fmt: skip
    return said


def _json_of(one: Proposed) -> dict[str, Any]:
    said: dict[str, Any] = {name: getattr(one, name) for name in _KEYS}
    return {**said, "due_on": one.due_on.isoformat()}


def _quoted(voted: Sequence[Listed]) -> str:
    return "; ".join(one.text for one in voted) or "nothing is"


def _plain(words: str) -> str:
    return " ".join(words.split())


def _key(words: str) -> str:
    return _plain(words).casefold()
