"""When the next reading of a KPI is expected."""

from datetime import date, timedelta

from domain.kpi_codes import Reason, Status
from kpis.models import Kpi

# Nothing more is asked of these: a reading cannot change what they say, or nobody wants one.
_ASKED_NO_MORE = {Status.RETIRED.value, Status.PAUSED.value, Status.MISSED.value, Status.UNVERIFIED.value}


def due_on(kpi: Kpi) -> date | None:
    """The day by which it is to be read again, a rhythm after the last reading or the start. None: none is expected.

    Needs `current` beside the KPI.
    """
    if kpi.state != Kpi.State.ACTIVE or kpi.status in _ASKED_NO_MORE or kpi.reason == Reason.CLOSED:
        return None
    version = kpi.current
    begins = kpi.last_observed_on or (version.baseline_on if version else None)
    if version is None or begins is None:
        return None
    return begins + timedelta(days=version.cadence_days)


def by_due(kpis: list[Kpi], today: date) -> list[tuple[Kpi, date | None]]:
    """Each KPI with its due day, the longest due first, those without a day last."""
    rows = [(kpi, due_on(kpi)) for kpi in kpis]
    return sorted(rows, key=lambda one: (one[1] is None, one[1] or today, one[0].pk))
