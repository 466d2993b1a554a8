"""The waves of a pilot's rollout, with how each stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain import waves as rule
from pilots.models import Pilot, Wave


@dataclass(frozen=True, slots=True)
class Stood:
    """A wave with its criteria beside it, and how it stands. `lacks`: what a reader would ask for, in words."""

    row: Wave
    state: rule.State
    why: str
    lacks: tuple[str, ...]


def waves_of(pilot: Pilot) -> list[Stood]:
    """In order. Two queries."""
    rows = list(
        Wave.objects.filter(pilot=pilot).select_related("unit", "champion").prefetch_related("criteria__judged_by")
        .order_by("number")
    )  # fmt: skip
    return stood(rows, pilot.initiative.stage)


def stood(rows: Sequence[Wave], stage: str) -> list[Stood]:
    """How these waves of one pilot stand while its initiative is in `stage`, from `criteria` prefetched on them."""
    by_number = {row.number: row for row in rows}
    said = rule.standing([plain(row) for row in rows], closed=rule.closed_by(stage))
    return [
        Stood(by_number[one.wave.number], one.state, one.why, _lacks(by_number[one.wave.number]))
        for one in said
    ]


def plain(row: Wave) -> rule.Wave:
    """The wave as the rule reads it."""
    criteria = tuple((one.text, one.met) for one in sorted(row.criteria.all(), key=lambda one: one.number))
    return rule.Wave(row.number, criteria, row.started_on)


def _lacks(row: Wave) -> tuple[str, ...]:
    out = []
    if row.champion is None or not row.champion.is_active:
        out.append("nobody stands for it there")
    if not row.tailoring:
        out.append("not said whether it is changed for the unit")
    if not row.criteria.all():
        out.append("no go criteria")
    return tuple(out)
