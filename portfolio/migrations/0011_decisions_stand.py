"""A tranche is released by a decision or not at all; and a decision is not changed or deleted, also below the application.

Who decided may be emptied when a person is deleted, and not exchanged. A migration that builds the table of decisions anew
(SQLite does for most changes of a column) takes the triggers with it: it calls `forwards` again.
"""

from django.db import migrations, models

TABLE = "portfolio_fundingdecision"
STANDS = (
    "initiative_id", "tranche_id", "act", "amount", "decided_on", "recorded_at", "because", "because_unknown", "facts",
)
PEOPLE = ("decided_by_id", "decided_for_id")
SENTENCE = "Decisions on money are append-only. Record another decision."


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        old = ", ".join(f'OLD."{name}"' for name in STANDS)
        new = ", ".join(f'NEW."{name}"' for name in STANDS)
        swapped = " OR ".join(
            f'(NEW."{name}" IS NOT NULL AND NEW."{name}" IS DISTINCT FROM OLD."{name}")' for name in PEOPLE
        )
        schema_editor.execute(
            f"""
            CREATE OR REPLACE FUNCTION portfolio_decision_stands() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'restrict_violation'; END $$;
            CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} FOR EACH ROW
                WHEN (({old}) IS DISTINCT FROM ({new}) OR {swapped}) EXECUTE FUNCTION portfolio_decision_stands();
            CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} FOR EACH ROW
                EXECUTE FUNCTION portfolio_decision_stands();
            """,
            params=None,
        )
        return
    swapped = [f'(NEW."{name}" IS NOT NULL AND NEW."{name}" IS NOT OLD."{name}")' for name in PEOPLE]
    differs = " OR ".join([*(f'OLD."{name}" IS NOT NEW."{name}"' for name in STANDS), *swapped])
    for verb, when in (("UPDATE", f"WHEN {differs} "), ("DELETE", "")):
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE} {when}"
            f"BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END",
            params=None,
        )


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"DROP TRIGGER {TABLE}_no_update ON {TABLE}; DROP TRIGGER {TABLE}_no_delete ON {TABLE};"
            "DROP FUNCTION portfolio_decision_stands();"
        )
        return
    for verb in ("update", "delete"):
        schema_editor.execute(f"DROP TRIGGER {TABLE}_no_{verb}")


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0010_decisions_of_old_tranches")]
    operations = [
        migrations.AddConstraint(
            model_name='fundingtranche',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release', None), ('released_on', None)), models.Q(('release__isnull', False), ('released_on__isnull', False)), _connector='OR'), name='tranche_released_by_a_decision'),
        ),
        migrations.RunPython(forwards, backwards),
    ]
