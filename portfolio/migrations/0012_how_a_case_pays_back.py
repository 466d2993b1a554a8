"""How the outlay of a case comes back is kept beside when it does: years alone do not say that it is lost again.

What was kept before knows the years only. Where there are none, nothing came back; its next publication says more.
"""

from django.db import migrations, models


def forwards(apps, schema_editor):
    worths = apps.get_model("portfolio", "CaseWorth").objects.using(schema_editor.connection.alias)
    worths.filter(payback_years=None).update(payback_note="never")


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0011_decisions_stand")]
    operations = [
        migrations.AddField(
            model_name="caseworth",
            name="payback_note",
            field=models.CharField(default="recovered", max_length=20),
        ),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
