"""Monitors for the tests: set up on a sound model of mona's, by whoever may."""

from datetime import date, timedelta
from typing import Any

import pytest

from assurance.models import Monitor
from assurance.services.monitors import create_monitor
from assurance.services.observations import Recorded, record_observations
from core.errors import Problem
from governance.models import AiModel
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import sound_model

QUARTERS = {"counts": [250, 250, 250, 250]}
STABLE, MODERATE, SIGNIFICANT = [250, 250, 250, 250], [360, 300, 200, 140], [500, 300, 150, 50]


def back(days: int) -> date:
    return TODAY - timedelta(days=days)


def monitor(cast: Cast, model: AiModel | None = None, **more: Any) -> Monitor:
    """PSI of a feature in four bins, on a model of mona's."""
    given: dict[str, Any] = {
        "name": "Age of the claim", "kind": "input_drift", "subject": "claim_age", "method": "psi", "cadence_days": 7,
        "baseline": {"data": QUARTERS, "fixed_on": back(200), "source": "Training data, spring"},
        **more,
    }  # fmt: skip
    if given["baseline"] is None:
        del given["baseline"]
    return create_monitor(model_id=(model or sound_model(cast)).pk, by=cast.actor("mona"), at=AT, **given)


def performance(cast: Cast, model: AiModel | None = None, **more: Any) -> Monitor:
    """Accuracy, moderate at 0.90 and significant at 0.87."""
    given: dict[str, Any] = {
        "name": "Accuracy", "kind": "performance", "subject": "accuracy", "method": "threshold",
        "parameters": {"limit": "0.87", "warn": "0.90", "worse": "below"},
        "baseline": {"data": {"target": "0.92"}, "fixed_on": back(200), "source": "Validation"},
        **more,
    }  # fmt: skip
    return monitor(cast, model, **given)


def send(cast: Cast, row: Monitor, *rows: dict[str, Any], who: str = "mona", **more: Any) -> list[Recorded]:
    """Observations of today unless they say otherwise."""
    said = [{"observed_on": TODAY, **one} for one in rows]
    return record_observations(
        monitor_id=row.pk, rows=said, by=cast.actor(who), at=more.pop("at", AT), single=len(rows) == 1, **more
    )


def refused(problem: pytest.ExceptionInfo[Problem]) -> tuple[int, str, str]:
    error = problem.value
    first = error.items[0] if error.items else None
    return error.status, first.code if first else error.code, first.pointer if first else ""
