"""A reading is not changed, also below the application, on both databases. What is wrong is superseded or voided.

`recorded_by` is left out: it is emptied when a person is deleted. Deleting is left to the cascade from an initiative.
A migration that builds this table anew (SQLite does for most changes of a column) takes the trigger with it: it calls
`forwards` again.
"""

from django.db import migrations

TABLE = "kpis_measurement"
STANDS = (
    "kpi_id", "kpi_version_id", "observed_on", "value", "recorded_at", "source", "source_key", "supersedes_id", "void",
    "note", "evidence",
)
SENTENCE = "Readings are append-only. Record one that supersedes this, or withdraw it."


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        old = ", ".join(f'OLD."{name}"' for name in STANDS)
        new = ", ".join(f'NEW."{name}"' for name in STANDS)
        schema_editor.execute(
            f"""
            CREATE OR REPLACE FUNCTION kpis_reading_stands() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'restrict_violation'; END $$;
            CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} FOR EACH ROW
                WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION kpis_reading_stands();
            """,
            params=None,
        )
        return
    differs = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in STANDS)
    schema_editor.execute(
        f"CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} WHEN {differs} "
        f"BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END",
        params=None,
    )


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER {TABLE}_no_update ON {TABLE}; DROP FUNCTION kpis_reading_stands();")
        return
    schema_editor.execute(f"DROP TRIGGER {TABLE}_no_update")


class Migration(migrations.Migration):
    dependencies = [("kpis", "0012_a_sealed_change_is_accepted_later")]
    operations = [migrations.RunPython(forwards, backwards)]
