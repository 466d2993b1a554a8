"""Memos that were kept stand as they were kept, also below the application, on both databases.

`kept_by` may become empty, when a person is deleted, and nothing else. A migration that builds this table anew (SQLite does for
most changes of a column) takes the triggers with it: it calls `forwards` again.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLE = "funding_memo"
STANDS = ("initiative_id", "number", "on", "case_id", "advice", "document", "seal", "fingerprint", "kept_at")
ANOTHER = "(NEW.kept_by_id IS NOT NULL AND (OLD.kept_by_id IS NULL OR OLD.kept_by_id <> NEW.kept_by_id))"
SENTENCE = "A memo that was kept is neither changed nor deleted. Keep another one."


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        old = ", ".join(f'OLD."{name}"' for name in STANDS)
        new = ", ".join(f'NEW."{name}"' for name in STANDS)
        schema_editor.execute(
            f"""
            CREATE OR REPLACE FUNCTION funding_memo_stands() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'restrict_violation'; END $$;
            CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} FOR EACH ROW
                WHEN (({old}) IS DISTINCT FROM ({new}) OR {ANOTHER}) EXECUTE FUNCTION funding_memo_stands();
            CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} FOR EACH ROW
                EXECUTE FUNCTION funding_memo_stands();
            CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT
                WHEN (current_setting('throughline.allow_truncate', true) IS DISTINCT FROM 'on')
                EXECUTE FUNCTION funding_memo_stands();
            """,
            params=None,
        )
        return
    differs = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in STANDS)
    for name, when in (
        (f"{TABLE}_no_update BEFORE UPDATE ON {TABLE}", f"WHEN {differs} OR {ANOTHER}"),
        (f"{TABLE}_no_delete BEFORE DELETE ON {TABLE}", ""),
    ):
        schema_editor.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END", params=None)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"DROP TRIGGER {TABLE}_no_update ON {TABLE}; DROP TRIGGER {TABLE}_no_delete ON {TABLE};"
            f"DROP TRIGGER {TABLE}_no_truncate ON {TABLE}; DROP FUNCTION funding_memo_stands();"
        )
        return
    for name in (f"{TABLE}_no_update", f"{TABLE}_no_delete"):
        schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0002_published_cases_stand'),
        ('portfolio', '0008_what_a_case_is_worth'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Memo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('on', models.DateField()),
                ('advice', models.CharField(choices=[('release', 'Release'), ('hold', 'Hold'), ('stop', 'Stop'), ('none', 'No recommendation')], max_length=7)),
                ('document', models.TextField()),
                ('seal', models.CharField(max_length=64)),
                ('fingerprint', models.CharField(max_length=64)),
                ('kept_at', models.DateTimeField()),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memos', to='funding.businesscase')),
                ('initiative', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memos', to='portfolio.initiative')),
                ('kept_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(fields=('initiative', 'number'), name='memo_number_once'), models.CheckConstraint(condition=models.Q(models.Q(('seal', ''), _negated=True), models.Q(('document', ''), _negated=True)), name='memo_is_sealed')],
            },
        ),
        migrations.RunPython(forwards, backwards),
    ]
