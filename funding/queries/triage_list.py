"""The calls of triage as a list: filtered, ordered and told alike for the page, the file and the API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from core.values import read_words, wrong
from domain.triage import Call, Reason, Verdict
from domain.triage_facts import Facts
from funding.queries.portfolio import LIMITS, Picture, Row
from portfolio.dashboard.selection import NARROWED

FILTERS: Final = ("call", "reason", "q")
PARAMS: Final = (*NARROWED.filters, *LIMITS, *FILTERS, "ordering")
DEFAULT: Final = "call"
_CALLS: Final = {verdict: place for place, verdict in enumerate(Verdict)}
_LAST: Final = 1_000_000_000


@dataclass(frozen=True)
class Line:
    """One initiative with its call. What is told in words is written when it is asked for."""

    row: Row
    call: Call
    picture: Picture

    @property
    def facts(self) -> Facts:
        return self.call.facts

    @cached_property
    def because(self) -> str:
        return self.picture.words.reason(self.call)

    @cached_property
    def flips(self) -> tuple[str, ...]:
        return self.picture.words.flips(self.call)

    @property
    def tie(self) -> str:
        return self.picture.words.tie(self.call)

    @property
    def loss(self) -> str:
        """What its regret is, in words: "value foregone"."""
        return self.call.loss.value.replace("_", " ")

    @property
    def formula(self) -> str:
        """How its regret is counted."""
        return self.picture.words.regret(self.call)


ORDERS: Final[dict[str, Callable[[Line], Any]]] = {
    "name": lambda line: line.row.name.casefold(),
    "unit": lambda line: line.row.unit.casefold(),
    "value": lambda line: line.row.value,
    "to_go": lambda line: line.facts.to_go,
    "ratio": lambda line: line.facts.ratio,
    "regret": lambda line: line.call.regret,
    "freed": lambda line: line.facts.allotted,
    "people": lambda line: line.facts.people,
}


def triage_lines(picture: Picture, params: Mapping[str, str]) -> list[Line]:
    """The calls asked for, in the order asked for; what is unknown comes last. Problem 400 for a wrong parameter.

    Usually by call (scale, stop, fix, wait), and in each by the place in the line, then by what is lost today.
    """
    verdict = _choice("call", params.get("call", ""), tuple(Verdict))
    reason = _choice("reason", params.get("reason", ""), tuple(Reason))
    words = read_words("q", params.get("q", "").casefold())
    lines = [
        Line(picture.rows[ref], call, picture)
        for ref, call in picture.calls.items()
        if verdict in {"", call.verdict} and reason in {"", call.reason}
    ]
    found = [line for line in lines if all(word in _searched(line) for word in words)]
    return _ordered(found, params.get("ordering") or DEFAULT)


def _searched(line: Line) -> str:
    return f"{line.row.name} {line.row.ref} {line.row.unit}".casefold()


def _ordered(lines: list[Line], ordering: str) -> list[Line]:
    lines = sorted(lines, key=lambda line: line.row.pk)
    name, down = ordering.removeprefix("-"), ordering.startswith("-")
    if name == DEFAULT:
        return sorted(lines, key=_usual, reverse=down)
    key = ORDERS.get(name)
    if key is None:
        raise wrong(
            "ordering", f"{name[:40]!r} is no order here. Known: {', '.join(sorted({*ORDERS, DEFAULT}))}."
        )
    known = [line for line in lines if key(line) is not None]
    return sorted(known, key=key, reverse=down) + [line for line in lines if key(line) is None]


def _usual(line: Line) -> tuple[Any, ...]:
    regret = line.call.regret
    return (
        _CALLS[line.call.verdict], line.call.place or _LAST, regret is None, -(regret or 0), line.row.pk
    )  # fmt: skip


def _choice(name: str, raw: str, known: tuple[str, ...]) -> str:
    if raw and raw not in known:
        raise wrong(name, f"{raw[:40]!r} is no {name} here. Known: {', '.join(known)}.")
    return raw
