"""The case of what is stopped or retired lapses, so that a reopened one claims no share that nobody checked again.

What has ended already lapsed on the day its present spell began, or on the day its case was published.
"""

from django.db import migrations, models


def forwards(apps, schema_editor):
    worths = apps.get_model("portfolio", "CaseWorth").objects.using(schema_editor.connection.alias)
    for row in worths.filter(initiative__stage__in=("stopped", "retired")).select_related("initiative"):
        row.lapsed_on = row.initiative.entered_on or row.published_at.date()
        row.save(update_fields=["lapsed_on"])


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0012_how_a_case_pays_back")]
    operations = [
        migrations.AddField(
            model_name="caseworth", name="lapsed_on", field=models.DateField(blank=True, null=True)
        ),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
