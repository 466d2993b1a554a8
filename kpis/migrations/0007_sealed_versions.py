"""A sealed version is not changed and not deleted, also below the application, on both databases.

`recorded_by` is left out: it is emptied when a person is deleted, and it is not part of what was sealed. A migration
that builds this table anew (SQLite does for most changes of a column) takes the triggers with it: it calls `forwards`
again.
"""

from django.db import migrations

TABLE = "kpis_kpiversion"
STANDS = (
    "kpi_id", "number", "effective_on", "because", "recorded_at", "in_force_at", "declined_at", "declined_because",
    "reason_code", "approved_by_id", "approved_at", "series", "moved", "name", "kind", "definition", "formula",
    "population", "population_size", "window", "unit_of_measure", "data_source", "judge_id", "primary", "weight",
    "serves_id", "serves_because", "parent_id", "rolls_up_by", "scale_low", "scale_high", "scale_words", "shape",
    "direction", "baseline", "baseline_on", "baseline_source", "baseline_method", "baseline_from", "baseline_to",
    "baseline_locked_at", "baseline_locked_by_id", "target_change", "target", "target_on", "curve", "lower", "upper",
    "cadence_days", "stale_after_days", "settle_days", "amber", "red", "hysteresis", "confirm_worse", "warn_margin",
    "warn_fraction", "required_compliance", "benchmark", "benchmark_source", "benchmark_on", "seal", "sealed_at",
    "sealed_document",
)
SENTENCE = (
    "A sealed KPI version is neither changed nor deleted. Propose a change instead: it becomes a new version, "
    "and this one stays."
)


def forwards(apps, schema_editor):
    sentence = SENTENCE.replace("'", "''")
    if schema_editor.connection.vendor == "postgresql":
        old = ", ".join(f'OLD."{name}"' for name in STANDS)
        new = ", ".join(f'NEW."{name}"' for name in STANDS)
        schema_editor.execute(
            f"""
            CREATE OR REPLACE FUNCTION kpis_sealed_version() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{sentence}' USING ERRCODE = 'restrict_violation'; END $$;
            CREATE TRIGGER {TABLE}_sealed_no_update BEFORE UPDATE ON {TABLE} FOR EACH ROW
                WHEN (OLD.seal <> '' AND ({old}) IS DISTINCT FROM ({new}))
                EXECUTE FUNCTION kpis_sealed_version();
            CREATE TRIGGER {TABLE}_sealed_no_delete BEFORE DELETE ON {TABLE} FOR EACH ROW
                WHEN (OLD.seal <> '') EXECUTE FUNCTION kpis_sealed_version();
            CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT
                WHEN (current_setting('throughline.allow_truncate', true) IS DISTINCT FROM 'on')
                EXECUTE FUNCTION kpis_sealed_version();
            """,
            params=None,
        )
        return
    differs = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in STANDS)
    for verb, when in (("UPDATE", f"OLD.seal <> '' AND ({differs})"), ("DELETE", "OLD.seal <> ''")):
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_sealed_no_{verb.lower()} BEFORE {verb} ON {TABLE} WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END",
            params=None,
        )


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"DROP TRIGGER {TABLE}_sealed_no_update ON {TABLE};"
            f"DROP TRIGGER {TABLE}_sealed_no_delete ON {TABLE};"
            f"DROP TRIGGER {TABLE}_no_truncate ON {TABLE};"
            "DROP FUNCTION kpis_sealed_version();"
        )
        return
    for verb in ("update", "delete"):
        schema_editor.execute(f"DROP TRIGGER {TABLE}_sealed_no_{verb}")


class Migration(migrations.Migration):
    dependencies = [("kpis", "0006_say_what_it_counts_for")]
    operations = [migrations.RunPython(forwards, backwards)]
