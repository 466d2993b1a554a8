"""G1 frame: why the idea is wanted, by whom, and for what."""

import re
from typing import Final

from governance.queries.must_meets.told import NO, UNKNOWN, YES, Asked, Told

_SENTENCES: Final = re.compile(r"[.!?](?=\s+\S)")


def told(asked: Asked) -> dict[str, Told]:
    """One statement: the objectives."""
    row = asked.initiative
    edit = asked.url("initiative-edit")
    objectives = list(row.objectives.order_by("name").values_list("name", flat=True))
    return {
        "business_outcome": _outcome(asked, edit),
        "value_hypothesis": _hypothesis(row.value_hypothesis, edit),
        "business_unit": Told(YES, row.unit.name, f"{edit}#id_unit"),
        "sponsor": _sponsor(asked, edit),
        "strategic_objective": (
            Told(YES, ", ".join(objectives), f"{edit}#id_objectives")
            if objectives
            else Told(UNKNOWN, "serves none on record", f"{edit}#id_objectives")
        ),
    }


def _outcome(asked: Asked, edit: str) -> Told:
    row = asked.initiative
    for name, words, said in (
        ("outcome", "business outcome", row.outcome),
        ("problem", "problem statement", row.problem),
    ):
        if not said.strip():
            return Told(UNKNOWN, f"{words} never recorded", f"{edit}#id_{name}")
    return Told(YES, row.outcome, f"{edit}#id_outcome")


def _hypothesis(said: str, edit: str) -> Told:
    at = f"{edit}#id_value_hypothesis"
    if not said.strip():
        return Told(UNKNOWN, "never recorded", at)
    if _SENTENCES.search(said.strip()):
        return Told(NO, "more than one sentence", at)
    return Told(YES, said, at)


def _sponsor(asked: Asked, edit: str) -> Told:
    row, at = asked.initiative, f"{edit}#id_sponsor"
    if row.sponsor is None:
        gone = row.sponsor_vacant_since is not None
        return Told(NO if gone else UNKNOWN, "there is none" if gone else "never recorded", at)
    if not row.sponsor.is_active:
        return Told(NO, f"{row.sponsor.name} has left", at)
    return Told(YES, row.sponsor.name, at)
