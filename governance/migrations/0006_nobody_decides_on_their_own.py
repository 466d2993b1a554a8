"""Whoever is written down as being in conflict decides nothing, also below the application; and decisions stand as before.

The table of decisions was built anew on SQLite to say whether the motion was carried, so its triggers are made again.
"""

from typing import Any

from django.db import migrations

from core.stands import stands

SENTENCE = "Whoever is in conflict on an initiative does not decide on it."
ASKED = (
    "NEW.outcome <> 'not_decided' AND NEW.decided_by_id IS NOT NULL AND EXISTS (SELECT 1 FROM governance_gateconflict c "
    "WHERE c.initiative_id = NEW.initiative_id AND c.user_id = NEW.decided_by_id "
    "AND (c.submission_id IS NULL OR c.submission_id = NEW.submission_id))"
)


def forwards(_apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(
            "CREATE OR REPLACE FUNCTION governance_decision_four_eyes() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN IF {ASKED} THEN RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'restrict_violation'; END IF; "
            "RETURN NEW; END $$",
            params=None,
        )
        editor.execute(
            "CREATE OR REPLACE TRIGGER governance_decision_four_eyes BEFORE INSERT ON governance_decision "
            "FOR EACH ROW EXECUTE FUNCTION governance_decision_four_eyes()",
            params=None,
        )
        return
    editor.execute("DROP TRIGGER IF EXISTS governance_decision_four_eyes", params=None)
    editor.execute(
        "CREATE TRIGGER governance_decision_four_eyes BEFORE INSERT ON governance_decision "
        f"WHEN {ASKED} BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END",
        params=None,
    )


def backwards(_apps: Any, editor: Any) -> None:
    on = " ON governance_decision" if editor.connection.vendor == "postgresql" else ""
    editor.execute(f"DROP TRIGGER IF EXISTS governance_decision_four_eyes{on}", params=None)
    if on:
        editor.execute("DROP FUNCTION IF EXISTS governance_decision_four_eyes()", params=None)


class Migration(migrations.Migration):
    dependencies = [("governance", "0005_decisions_carried_and_scores")]
    operations = [
        stands(
            "governance_decision",
            (
                "initiative_id", "submission_id", "gate", "outcome", "carried", "from_stage", "to_stage", "body", "decided_on",
                "recorded_at", "because", "reason_code", "lessons", "motion", "ceiling", "lapses_on", "until", "pack_seal", "document",
                "prev_hash", "hash", "corrects_id",
            ),
            "The decision log is append-only. Record another decision that corrects this one.",
            may_empty=("decided_by_id",),
        ),
        migrations.RunPython(forwards, backwards),
    ]  # fmt: skip
