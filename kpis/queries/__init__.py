"""Reads of KPIs: what lists offer, what a page needs, and what the record says of any day."""

from kpis.queries.listings import (
    KPIS,
    MEASUREMENTS,
    SIGN_OFFS,
    STATUS_CHANGES,
    VERSIONS,
    measurable,
    readable,
)
from kpis.queries.past import Judgement, answer_as_of, answers_as_of, end_of
from kpis.queries.proof import discrepancies
from kpis.queries.series import Point, Series, point_of, recent_readings, series_of
from kpis.queries.stand import age_days, standing, stored_answer, why

__all__ = [
    "KPIS",
    "MEASUREMENTS",
    "SIGN_OFFS",
    "STATUS_CHANGES",
    "VERSIONS",
    "Judgement",
    "Point",
    "Series",
    "age_days",
    "answer_as_of",
    "answers_as_of",
    "discrepancies",
    "end_of",
    "measurable",
    "point_of",
    "readable",
    "recent_readings",
    "series_of",
    "standing",
    "stored_answer",
    "why",
]
