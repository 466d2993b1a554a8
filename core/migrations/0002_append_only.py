"""The audit log refuses UPDATE and DELETE below the application, on both databases."""

from django.db import migrations


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            """
            CREATE FUNCTION core_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$;
            CREATE TRIGGER core_auditevent_append_only BEFORE UPDATE OR DELETE ON core_auditevent
                FOR EACH ROW EXECUTE FUNCTION core_append_only();
            CREATE TRIGGER core_auditevent_no_truncate BEFORE TRUNCATE ON core_auditevent
                FOR EACH STATEMENT WHEN (current_setting('throughline.allow_truncate', true) IS DISTINCT FROM 'on')
                EXECUTE FUNCTION core_append_only();
            """,
            params=None,
        )
    else:
        for verb in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER core_auditevent_no_{verb.lower()} BEFORE {verb} ON core_auditevent "
                f"BEGIN SELECT RAISE(ABORT, 'core_auditevent is append-only'); END"
            )


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "DROP TRIGGER core_auditevent_append_only ON core_auditevent;"
            "DROP TRIGGER core_auditevent_no_truncate ON core_auditevent;"
            "DROP FUNCTION core_append_only();"
        )
    else:
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER core_auditevent_no_{verb}")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
