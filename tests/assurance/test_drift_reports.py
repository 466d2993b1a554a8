"""Drift reports brought from elsewhere: what is read of them, and what is not."""

from decimal import Decimal
from typing import Any

import pytest

from assurance.services.drift_reports import record_report
from core.errors import Problem
from domain.errors import RuleError
from domain.evidently_report import read_report
from tests.assurance.watching import monitor
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import sound_model

pytestmark = pytest.mark.django_db


def column(score: Any, test: str = "PSI") -> dict[str, Any]:
    return {"stattest_name": test, "stattest_threshold": 0.1, "drift_score": score, "drift_detected": True}


OLD_REPORT: dict[str, Any] = {
    "version": "0.4.39",
    "metrics": [
        {"metric": "DatasetDriftMetric", "result": {"dataset_drift": True, "number_of_drifted_columns": 1}},
        {"metric": "DataDriftTable", "result": {"drift_by_columns": {"claim_age": column("0.31"), "region": column("0.02", "K-S p_value")}}},
        {"metric": "ColumnDriftMetric", "result": {"column_name": "amount", **column("0.05")}},
        {"metric": "ColumnDriftMetric", "result": {"column_name": "broken", **column("NaN")}},
    ],
}  # fmt: skip
NEW_REPORT: dict[str, Any] = {
    "metrics": [
        {
            "id": "1",
            "metric_name": "ValueDrift(column=claim_age,method=psi,threshold=0.1)",
            "value": Decimal("0.31"),
        },
        {
            "id": "2",
            "metric_name": "ValueDrift(column=region,method=K-S p_value,threshold=0.05)",
            "value": Decimal("0.02"),
        },
        {
            "id": "3",
            "metric_name": "DriftedColumnsCount(drift_share=0.5)",
            "value": {"count": 1, "share": Decimal("0.1")},
        },
    ],
    "tests": [],
}


@pytest.mark.parametrize("report", [OLD_REPORT, NEW_REPORT])
def test_both_shapes_of_a_report_tell_their_columns_and_what_is_not_read(report: dict[str, Any]) -> None:
    found = read_report(report)
    told = {one.name: (one.score, one.is_psi) for one in found.columns}
    assert told["claim_age"] == (Decimal("0.31"), True)
    assert told["region"] == (Decimal("0.02"), False)
    assert found.unread, "what is no column's score is said"


@pytest.mark.parametrize(
    "report",
    [
        [],
        {},
        {"metrics": {}},
        {"metrics": []},
        {"metrics": [{"metric": "ClassificationQuality", "result": {}}]},
    ],
)
def test_what_is_no_drift_report_is_refused(report: Any) -> None:
    with pytest.raises(RuleError):
        read_report(report)


def test_a_report_goes_to_the_monitors_of_its_features_once_and_no_p_value_into_a_band_of_psi(
    cast: Cast,
) -> None:
    model = sound_model(cast)
    row = monitor(cast, model)
    given: dict[str, Any] = {
        "model_id": model.pk,
        "report": OLD_REPORT,
        "observed_on": TODAY,
        "source_key": "w47",
    }
    found = record_report(by=cast.actor("mona"), at=AT, **given)
    ((seen, observation, created),) = found.observations
    assert (seen.name, observation.monitor, observation.band, created) == (
        "claim_age",
        row,
        "significant",
        True,
    )
    assert "at its source" in observation.sentence
    assert {one.name for one in found.unread} >= {"region, K-S p_value", "amount, PSI", "broken"}
    again = record_report(by=cast.actor("mona"), at=AT, **given)
    assert [new for _, _, new in again.observations] == [False]


def test_a_report_of_which_no_column_is_watched_is_refused(cast: Cast) -> None:
    with pytest.raises(Problem) as problem:
        record_report(
            model_id=sound_model(cast).pk,
            report=OLD_REPORT,
            observed_on=TODAY,
            source_key="",
            by=cast.actor("mona"),
            at=AT,
        )
    assert problem.value.code == "nothing_watched"
