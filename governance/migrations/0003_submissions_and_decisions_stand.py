"""A submission stands as it was made, a decision and what was done of a condition for ever: also below the application."""

from django.db import migrations

from core.stands import stands


class Migration(migrations.Migration):
    dependencies = [("governance", "0002_gates_and_decisions")]
    operations = [
        stands(
            "governance_gatesubmission",
            (
                "initiative_id", "gate", "number", "definition", "from_stage", "to_stage", "tier", "body", "ask", "confidence",
                "case_id", "document", "seal", "submitted_at", "due_on", "supersedes_id",
            ),
            "A submission stands as it was made. Withdraw it and submit again.",
            may_empty=("submitted_by_id",),
        ),
        stands(
            "governance_decision",
            (
                "initiative_id", "submission_id", "gate", "outcome", "from_stage", "to_stage", "body", "decided_on",
                "recorded_at", "because", "reason_code", "motion", "ceiling", "lapses_on", "until", "pack_seal", "document",
                "prev_hash", "hash", "corrects_id",
            ),
            "The decision log is append-only. Record another decision that corrects this one.",
            may_empty=("decided_by_id",),
        ),
        stands(
            "governance_condition",
            ("decision_id", "initiative_id", "number", "text", "kind", "blocking", "owner_id", "verifier_id", "verification", "first_due_on"),
            "A condition stands as it was decided. Waive it or give it a new due date.",
        ),
        stands(
            "governance_conditionact",
            ("condition_id", "act", "because", "due_on", "at"),
            "What was done of a condition stands.",
            may_empty=("by_id", "confirmed_by_id"),
        ),
        stands(
            "governance_gateevidence",
            (
                "initiative_id", "gate", "criterion", "title", "dated_on", "expires_on", "passed", "url", "filename",
                "content_type", "size", "sha256", "content", "waived", "because", "added_at",
            ),
            "Evidence stands as it was given. Withdraw it and give another.",
            may_empty=("added_by_id",),
        ),
    ]  # fmt: skip
