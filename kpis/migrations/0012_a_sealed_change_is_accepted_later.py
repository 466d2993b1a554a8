"""A change that nobody had approved may be accepted after it was sealed: who, when and why are filled in, once.

Nothing else of a sealed version is changed, and what was answered is not answered anew. As 0007 otherwise.
"""

from importlib import import_module

from django.db import migrations

SEALED = import_module("kpis.migrations.0007_sealed_versions")
TABLE = SEALED.TABLE
ANSWER = ("approved_by_id", "approved_at", "reason_code")
STANDS = tuple(name for name in SEALED.STANDS if name not in ANSWER)
ACCEPTED = (
    'OLD."number" > 1 AND OLD."approved_at" IS NULL AND NEW."approved_at" IS NOT NULL '
    'AND NEW."approved_by_id" IS NOT NULL AND NEW."reason_code" <> \'\''
)


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        refused = f"({_differ(STANDS)}) OR (({_differ(ANSWER)}) AND NOT ({ACCEPTED}))"
        _replace_postgresql(schema_editor, refused)
        return
    sentence = SEALED.SENTENCE.replace("'", "''")
    refused = f"({_is_not(STANDS)}) OR (({_is_not(ANSWER)}) AND NOT ({ACCEPTED}))"
    schema_editor.execute(f"DROP TRIGGER {TABLE}_sealed_no_update")
    schema_editor.execute(
        f"CREATE TRIGGER {TABLE}_sealed_no_update BEFORE UPDATE ON {TABLE} WHEN OLD.seal <> '' AND ({refused}) "
        f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END",
        params=None,
    )


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        _replace_postgresql(schema_editor, _differ(SEALED.STANDS))
        return
    sentence = SEALED.SENTENCE.replace("'", "''")
    schema_editor.execute(f"DROP TRIGGER {TABLE}_sealed_no_update")
    schema_editor.execute(
        f"CREATE TRIGGER {TABLE}_sealed_no_update BEFORE UPDATE ON {TABLE} "
        f"WHEN OLD.seal <> '' AND ({_is_not(SEALED.STANDS)}) BEGIN SELECT RAISE(ABORT, '{sentence}'); END",
        params=None,
    )


def _replace_postgresql(schema_editor, refused):
    schema_editor.execute(
        f"""
        DROP TRIGGER {TABLE}_sealed_no_update ON {TABLE};
        CREATE TRIGGER {TABLE}_sealed_no_update BEFORE UPDATE ON {TABLE} FOR EACH ROW
            WHEN (OLD.seal <> '' AND ({refused})) EXECUTE FUNCTION kpis_sealed_version();
        """,
        params=None,
    )


def _differ(names):
    old, new = (", ".join(f'{row}."{name}"' for name in names) for row in ("OLD", "NEW"))
    return f"({old}) IS DISTINCT FROM ({new})"


def _is_not(names):
    return " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in names)


class Migration(migrations.Migration):
    dependencies = [("kpis", "0011_drift")]
    operations = [migrations.RunPython(forwards, backwards)]
