"""A KPI as it stands, today or on another day: the same columns, read by pages and API alike."""

import copy
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

from domain.kpi import Answer, Status
from domain.kpi_words import Seen, Words, explain
from kpis.models import Kpi, KpiVersion
from kpis.queries.past import Judgement
from kpis.translate import DEFINITION_FIELDS, definition_from

_DEFINED: Final = attrgetter(*DEFINITION_FIELDS)
_ANSWERED: Final = attrgetter(
    "status", "reason", "progress", "expected", "shortfall", "last_known", "pending", "forecast", "last_measurement_id",
    "valid_until",
)  # fmt: skip
_SEEN: Final = attrgetter("last_observed_on", "last_value", "unit_of_measure")
MOST_KEPT: Final = 2_000


def stored_answer(kpi: Kpi) -> Answer:
    """The stored columns as the answer they repeat."""
    return _answer(_ANSWERED(kpi), tuple(kpi.flags))


def _answer(said: tuple[Any, ...], flags: tuple[Any, ...]) -> Answer:
    status, reason, progress, expected, shortfall, last_known, pending, forecast, reading_id, valid_until = (
        said
    )
    return Answer(
        status=Status(status),
        reason=reason or None,
        progress=progress,
        expected=expected,
        shortfall=shortfall,
        last_known=Status(last_known) if last_known else None,
        pending=Status(pending) if pending else None,
        flags=flags,
        forecast=forecast,
        reading_id=reading_id,
        valid_until=valid_until,
    )


def why(kpi: Kpi) -> Words | None:
    """Why the KPI stands as it does. Needs `current` beside it."""
    version = kpi.current
    if version is None:
        return None
    said = tuple(tuple(map(tuple, v)) if isinstance(v, list) else v for v in _DEFINED(version))
    return _words(said, kpi.state, _ANSWERED(kpi), tuple(kpi.flags), _SEEN(kpi))


@lru_cache(maxsize=MOST_KEPT)
def _words(
    said: tuple[Any, ...],
    state: str,
    answered: tuple[Any, ...],
    flags: tuple[str, ...],
    seen: tuple[Any, ...],
) -> Words:
    """The words are a function of these alone, and lists ask again and again for KPIs that stand as they stood."""
    definition = definition_from(dict(zip(DEFINITION_FIELDS, said, strict=True)), state=state)
    return explain(definition, _answer(answered, flags), Seen(*seen))


def age_days(kpi: Kpi, as_of: date) -> int | None:
    """How old the last reading is, where it is too old."""
    if kpi.status != Status.STALE or kpi.last_observed_on is None:
        return None
    return (as_of - kpi.last_observed_on).days


def standing(kpi: Kpi, judged: Judgement, as_of: date) -> Kpi:
    """A copy of the KPI with the answer of `as_of` in its columns. Never saved."""
    past, found = as_said(kpi, judged.version), judged.answer
    past.state, past.state_because, past.paused_until = judged.state, judged.because, judged.paused_until
    past.promised_id, past.remediation_id = judged.promised, judged.remediation
    past.status, past.reason = found.status.value, str(found.reason or "")
    past.status_since, past.judged_on, past.valid_until = judged.since, as_of, found.valid_until
    past.progress, past.expected, past.shortfall = found.progress, found.expected, found.shortfall
    past.forecast = found.forecast
    past.last_known = found.last_known.value if found.last_known else ""
    past.pending = found.pending.value if found.pending else ""
    past.flags = list(judged.flags)
    past.declared_status = judged.declared.value if judged.declared else ""
    past.declared_until = judged.override.until if judged.override else None
    past.last_measurement_id = found.reading_id
    past.last_value, past.last_observed_on = judged.seen.value, judged.seen.observed_on
    return past


def as_said(kpi: Kpi, version: KpiVersion) -> Kpi:
    """A copy of the KPI that repeats this version. Never saved."""
    out = copy.copy(kpi)
    out.current = version
    for name in KpiVersion.REPEATED:
        column = KpiVersion._meta.get_field(name).attname  # type: ignore[union-attr]
        setattr(out, column, getattr(version, column))
    return out
