"""A KPI as it stands, today or on another day: the same columns, read by pages and API alike."""

import copy
from datetime import date

from domain.kpi import Answer, Status
from domain.kpi_words import Seen, Words, explain
from kpis.models import Kpi, KpiVersion
from kpis.queries.past import Judgement
from kpis.translate import definition_of


def stored_answer(kpi: Kpi) -> Answer:
    """The stored columns as the answer they repeat."""
    return Answer(
        status=Status(kpi.status),
        reason=kpi.reason or None,
        progress=kpi.progress,
        expected=kpi.expected,
        shortfall=kpi.shortfall,
        last_known=Status(kpi.last_known) if kpi.last_known else None,
        pending=Status(kpi.pending) if kpi.pending else None,
        flags=tuple(kpi.flags),
        forecast=kpi.forecast,
        reading_id=kpi.last_measurement_id,
        valid_until=kpi.valid_until,
    )


def why(kpi: Kpi) -> Words | None:
    """Why the KPI stands as it does. Needs `current` beside it."""
    if kpi.current is None:
        return None
    seen = Seen(kpi.last_observed_on, kpi.last_value, kpi.unit_of_measure)
    return explain(definition_of(kpi.current, state=kpi.state), stored_answer(kpi), seen)


def age_days(kpi: Kpi, as_of: date) -> int | None:
    """How old the last reading is, where it is too old."""
    if kpi.status != Status.STALE or kpi.last_observed_on is None:
        return None
    return (as_of - kpi.last_observed_on).days


def standing(kpi: Kpi, judged: Judgement, as_of: date) -> Kpi:
    """A copy of the KPI with the answer of `as_of` in its columns. Never saved."""
    past, found = as_said(kpi, judged.version), judged.answer
    past.state, past.paused_until = judged.state, judged.paused_until
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
