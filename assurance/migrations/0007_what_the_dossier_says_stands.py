"""Versions of a dossier, explanations, classifications and what was said of an obligation stand as they were written."""

from django.db import migrations

from core.stands import stands

MODEL = ("id", "model_id")


class Migration(migrations.Migration):
    dependencies = [("assurance", "0006_dossier_and_classifications")]
    operations = [
        stands(
            "assurance_dossiersection",
            (*MODEL, "code", "number", "parts", "written_at", "written_by_id"),
            "A version of a dossier section stands. Write a new one.",
        ),
        stands(
            "assurance_shapfile",
            (*MODEL, "version_id", "filename", "sha256", "size", "content", "rows", "features", "importance",
             "tolerance", "largest_gap", "added_at", "added_by_id"),
            "A file of explanations stands as it was brought.",
        ),
        stands(
            "assurance_limeexplanation",
            (*MODEL, "version_id", "decision", "outcome", "items", "added_at", "added_by_id"),
            "An explanation stands as it was brought.",
        ),
        stands(
            "assurance_classification",
            (*MODEL, "rule_set", "rule_version", "answers", "class_code", "class_label", "decided_by", "applies_from",
             "missing", "recorded_at", "recorded_by_id"),
            "A classification stands as it was answered. Answer anew.",
        ),
        stands(
            "assurance_obligationact",
            ("id", "obligation_id", "status", "evidence", "url", "owner_id", "due_on", "said_at", "said_by_id"),
            "What was said of an obligation stands. Say it anew.",
        ),
    ]  # fmt: skip
