"""Reads of KPIs: what lists offer, what a page needs, and what the record says of any day."""

from kpis.queries.in_force import as_declared, override_on
from kpis.queries.known import end_of
from kpis.queries.listings import (
    KPIS,
    MEASUREMENTS,
    OVERRIDES,
    RESTATEMENTS,
    SIGN_OFFS,
    STATUS_CHANGES,
    VERSIONS,
    measurable,
    readable,
    recordable,
)
from kpis.queries.past import Judgement, answer_as_of, answers_as_of
from kpis.queries.proof import discrepancies
from kpis.queries.series import Point, Series, point_of, recent_readings, series_of
from kpis.queries.stand import age_days, standing, stored_answer, why
from kpis.queries.together import Together, counted_as, kpis_together

__all__ = [
    "KPIS",
    "MEASUREMENTS",
    "OVERRIDES",
    "RESTATEMENTS",
    "SIGN_OFFS",
    "STATUS_CHANGES",
    "VERSIONS",
    "Judgement",
    "Point",
    "Series",
    "Together",
    "age_days",
    "answer_as_of",
    "answers_as_of",
    "as_declared",
    "counted_as",
    "discrepancies",
    "end_of",
    "kpis_together",
    "measurable",
    "override_on",
    "point_of",
    "readable",
    "recent_readings",
    "recordable",
    "series_of",
    "standing",
    "stored_answer",
    "why",
]
