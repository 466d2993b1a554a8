"""A KPI that a remediation set is post-hoc for ever, and the steps of a remediation stay, also below the application.

The triggers stand on both databases. `recorded_by` is left out: it is emptied when a person is deleted. A migration that
builds one of these tables anew (SQLite does for most changes of a column) takes its triggers with it: it calls
`forwards` again.
"""

import django.db.models.deletion
from django.db import migrations, models

KPI, STEP = "kpis_kpi", "kpis_remediationstep"
STANDS = ("remediation_id", "step", "finding", "kpi_id", "readings", "realignment", "recorded_at")
FOR_EVER = "A KPI set by a remediation is post-hoc for ever. The label is neither taken off nor changed."
APPENDED = "The steps of a remediation are append-only. Begin another remediation instead."
LABELLED = "OLD.remediation_id IS NOT NULL"


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        old = ", ".join(f'OLD."{name}"' for name in STANDS)
        new = ", ".join(f'NEW."{name}"' for name in STANDS)
        schema_editor.execute(
            f"""
            CREATE OR REPLACE FUNCTION kpis_post_hoc_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{FOR_EVER}' USING ERRCODE = 'restrict_violation'; END $$;
            CREATE OR REPLACE FUNCTION kpis_remediation_step_stands() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{APPENDED}' USING ERRCODE = 'restrict_violation'; END $$;
            CREATE TRIGGER {KPI}_post_hoc_no_update BEFORE UPDATE OF remediation_id ON {KPI} FOR EACH ROW
                WHEN ({LABELLED} AND OLD.remediation_id IS DISTINCT FROM NEW.remediation_id)
                EXECUTE FUNCTION kpis_post_hoc_for_ever();
            CREATE TRIGGER {STEP}_no_update BEFORE UPDATE ON {STEP} FOR EACH ROW
                WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION kpis_remediation_step_stands();
            CREATE TRIGGER {STEP}_no_delete BEFORE DELETE ON {STEP} FOR EACH ROW
                EXECUTE FUNCTION kpis_remediation_step_stands();
            CREATE TRIGGER {STEP}_no_truncate BEFORE TRUNCATE ON {STEP} FOR EACH STATEMENT
                WHEN (current_setting('throughline.allow_truncate', true) IS DISTINCT FROM 'on')
                EXECUTE FUNCTION kpis_remediation_step_stands();
            """,
            params=None,
        )
        return
    differs = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in STANDS)
    for name, when, sentence in (
        (
            f"{KPI}_post_hoc_no_update BEFORE UPDATE OF remediation_id ON {KPI}",
            f"WHEN {LABELLED} AND OLD.remediation_id IS NOT NEW.remediation_id",
            FOR_EVER,
        ),
        (f"{STEP}_no_update BEFORE UPDATE ON {STEP}", f"WHEN {differs}", APPENDED),
        (f"{STEP}_no_delete BEFORE DELETE ON {STEP}", "", APPENDED),
    ):
        schema_editor.execute(
            f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{sentence}'); END", params=None
        )


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"DROP TRIGGER {KPI}_post_hoc_no_update ON {KPI};"
            f"DROP TRIGGER {STEP}_no_update ON {STEP};"
            f"DROP TRIGGER {STEP}_no_delete ON {STEP};"
            f"DROP TRIGGER {STEP}_no_truncate ON {STEP};"
            "DROP FUNCTION kpis_post_hoc_for_ever();"
            "DROP FUNCTION kpis_remediation_step_stands();"
        )
        return
    for name in (f"{KPI}_post_hoc_no_update", f"{STEP}_no_update", f"{STEP}_no_delete"):
        schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [("kpis", "0009_watched_for_neglect")]
    operations = [
        migrations.AddField(
            model_name="kpi",
            name="remediation",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="kpis",
                to="kpis.remediation",
            ),
        ),
        migrations.RunPython(forwards, backwards),
    ]
