"""What a KPI's status would be, before anything is saved: the same rules, asked with what was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import Resolver404
from django.urls import resolve as route

from core import vocabulary
from domain.errors import RuleError
from domain.kpi import Answer, Direction, Reading, assess
from domain.kpi_words import Seen, Words, explain
from domain.relative_target import resolve
from kpis.models import Kpi, Measurement
from kpis.translate import (
    DEFINITION_FIELDS,
    READING_FIELDS,
    definition_from,
    definition_of,
    percent_of,
    readings_of,
)
from kpis.views.words import SENTENCES

CALCULATOR: Final = "/api/v1/calculate/kpi-status/"
# As many readings as a page may carry; a longer history is previewed by the button, not while typing.
CARRIED: Final = 400


@dataclass(frozen=True, slots=True)
class Preview:
    """The answer and its words."""

    answer: Answer
    words: Words
    was: str = ""
    was_reason: str = ""


def of_definition(said: Mapping[str, Any], readings: Sequence[Reading], unit: str, as_of: date) -> Preview:
    """What a definition as typed says of `readings`."""
    definition = definition_from(resolved(said))
    return _told(definition, assess(definition, readings, as_of=as_of), readings, unit)


def resolved(said: Mapping[str, Any]) -> dict[str, Any]:
    """The definition as typed, its relative target as the number it would become."""
    out, percent = dict(said), percent_of(said.get("target_change"))
    if percent is not None and out.get("target") is None and out.get("direction"):
        try:
            found = resolve(
                percent, baseline=out.get("baseline"), locked=True, direction=Direction(out["direction"])
            )
        except RuleError:
            return out
        out["target"] = found.target
    return out


def readings_case(kpi: Kpi) -> list[dict[str, Any]]:
    """The readings that speak, for the page to judge by what is typed; none where there are more than it may carry."""
    if kpi.current is None or calculator() is None:
        return []
    rows = list(speaking(kpi).order_by("pk").values_list(*READING_FIELDS)[: CARRIED + 1])
    return [dict(zip(READING, map(_json, row), strict=True)) for row in rows] if len(rows) <= CARRIED else []


def speaking(kpi: Kpi) -> QuerySet[Measurement]:
    """The readings of the measure in force. Needs `current` beside the KPI."""
    rows = Measurement.objects.filter(kpi=kpi.pk)
    if kpi.current is not None and kpi.current.series > 1:
        rows = rows.filter(kpi_version__series=kpi.current.series)
    return rows


def of_reading(
    kpi: Kpi, value: Decimal, on: date, as_of: date, supersedes: int | None = None
) -> Preview | None:
    """What one more reading would make of the KPI. None for one without a definition."""
    if kpi.current is None:
        return None
    readings = readings_of(speaking(kpi).order_by().values_list(*READING_FIELDS).iterator(5_000))
    new = Reading(max((r.id for r in readings), default=0) + 1, on, value, None, supersedes)
    latest = max((r.recorded_at for r in readings if r.recorded_at is not None), default=None)
    new = Reading(new.id, on, value, latest, supersedes)
    definition = definition_of(kpi.current, state=kpi.state)
    found = _told(
        definition, assess(definition, [*readings, new], as_of=as_of), [*readings, new], kpi.unit_of_measure
    )
    return Preview(found.answer, found.words, kpi.status, kpi.reason)


def _told(definition: Any, answer: Answer, readings: Sequence[Reading], unit: str) -> Preview:
    stands = next((r for r in readings if r.id == answer.reading_id), None)
    seen = Seen(stands.observed_on if stands else None, stands.value if stands else None, unit)
    return Preview(answer, explain(definition, answer, seen))


def case_of(kpi: Kpi, as_of: date, supersedes: int | None = None) -> dict[str, Any] | None:
    """The calculator's input for a KPI, to which the page adds the reading being typed. None where it cannot."""
    if kpi.current is None or calculator() is None:
        return None
    rows = list(speaking(kpi).order_by("pk").values_list(*READING_FIELDS)[: CARRIED + 1])
    if len(rows) > CARRIED:
        return None
    said = {name: _json(getattr(kpi.current, name)) for name in DEFINITION_FIELDS}
    if not said["curve"]:
        del said["curve"]
    return {
        "kpi": {**said, "state": kpi.state},
        "measurements": [dict(zip(READING, map(_json, row), strict=True)) for row in rows],
        "as_of": as_of.isoformat(),
        "next": {"id": max((row[0] for row in rows), default=0) + 1, "supersedes": supersedes},
    }


READING: Final = ("id", "observed_on", "value", "recorded_at", "supersedes", "void")


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if hasattr(value, "isoformat") else value


def shown() -> dict[str, Any]:
    """What `kpis/_preview.html` needs: where to ask, and the words for what comes back."""
    return {
        "calculator": calculator(),
        "badges": [code for code, _ in vocabulary.choices("kpi")],
        "sentences": SENTENCES,
    }


def calculator() -> str | None:
    """Where the calculator is, or None where it is not wired: then the button alone previews."""
    try:
        route(CALCULATOR)
    except Resolver404:
        return None
    return CALCULATOR
