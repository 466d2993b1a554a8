"""What arrived, what it was compared with, and what people corrected stands, also below the application."""

from django.db import migrations

from core.stands import stands

RECORDED = ("recorded_by_id",)


class Migration(migrations.Migration):
    dependencies = [("assurance", "0004_monitoring_and_data")]
    operations = [
        stands(
            "assurance_monitorbaseline",
            ("monitor_id", "number", "fixed_on", "source", "because", "data", "recorded_at"),
            "A baseline stands as it was fixed. Fix another.",
            may_empty=RECORDED,
        ),
        stands(
            "assurance_monitorobservation",
            (
                "monitor_id", "baseline_id", "observed_on", "band", "value", "cases", "data", "result", "sentence", "source",
                "source_key", "recorded_at",
            ),
            "Observations are append-only. Send another.",
            may_empty=RECORDED,
        ),
        stands(
            "assurance_monitoralert",
            ("monitor_id", "observation_id", "band", "since", "sentence", "raised_at"),
            "An alert stands as it was raised. Acknowledge it.",
        ),
        stands(
            "assurance_retrainingrule",
            (
                "monitor_id", "direction", "amount", "unit", "equality", "reference", "minimum_sample", "cooldown_days",
                "window_days", "recorded_at",
            ),
            "A retraining rule stands as it was set. End it and set another.",
            may_empty=RECORDED,
        ),
        stands(
            "assurance_retrainingtrigger",
            ("rule_id", "observation_id", "outcome", "on", "reference", "value", "change", "sentence", "recorded_at"),
            "A trigger stands as it was recorded.",
        ),
        stands(
            "assurance_prediction",
            ("monitor_id", "key", "predicted", "predicted_on", "segment", "recorded_at"),
            "A prediction stands as it was made.",
        ),
        stands(
            "assurance_actual",
            ("prediction_id", "actual", "actual_on", "observation_id", "recorded_at"),
            "What came true stands as it was recorded.",
        ),
        stands(
            "assurance_outcomecorrection",
            (
                "model_id", "case", "predicted", "corrected", "because", "corrected_on", "source", "source_key",
                "recorded_at",
            ),
            "A correction stands. Record another.",
            may_empty=RECORDED,
        ),
        stands(
            "assurance_reviewcount",
            ("model_id", "begins_on", "ends_on", "answers", "reviewed", "set_aside", "source", "source_key", "recorded_at"),
            "A count stands. Record another.",
            may_empty=RECORDED,
        ),
        stands(
            "assurance_datacheckresult",
            ("data_check_id", "ran_on", "outcome", "rows", "rows_failed", "detail", "source", "source_key", "recorded_at"),
            "A result stands as it arrived.",
            may_empty=RECORDED,
        ),
    ]  # fmt: skip
