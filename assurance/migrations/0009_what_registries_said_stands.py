"""What was asked for with evidence, what a pipeline reported, what a source counted, and a kept look at a cluster stand."""

from django.db import migrations

from core.stands import stands

ASKED = (
    "version_id", "to_role", "from_role", "going_back", "champion_then_id", "champion_becomes", "evidence", "comparison_id",
    "filename", "content_type", "size", "sha256", "asked_by_id", "asked_at",
)  # fmt: skip
REPORTED = (
    "model_id", "version_id", "version_number", "environment", "commit", "image", "image_digest", "previous_id", "deployed_at",
    "observed", "source", "source_event", "recorded_by_id", "recorded_at",
)  # fmt: skip
LOOKED = (
    "unit_id", "cluster", "environment", "filename", "sha256", "containers", "matched", "running", "registered", "looked_by_id",
    "looked_at",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("assurance", "0008_versions_and_deployments")]
    operations = [
        stands("assurance_versionpromotion", ASKED, "What was asked for stands. Ask anew."),
        stands("assurance_deployment", REPORTED, "A deployment stands as it was reported."),
        stands("assurance_versionmetric", ("version_id", "name", "step", "at", "value"), "The history of a metric stands."),
        stands("assurance_clusterlook", LOOKED, "A look at a cluster stands.", never_deleted=False),
    ]  # fmt: skip
