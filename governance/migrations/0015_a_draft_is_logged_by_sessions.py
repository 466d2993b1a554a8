"""What the log does not know yet of a draft, and whose it is: a draft saves itself, and the log tells of working sessions."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("governance", "0014_classes")]
    operations = [
        migrations.AddField("gatedraft", "unlogged", models.JSONField(default=dict)),
        migrations.AddField("gatedraft", "session_at", models.DateTimeField(null=True)),
        migrations.AddField("gatedraft", "session_via", models.CharField(blank=True, max_length=16)),
        migrations.AddField("gatedraft", "session_token", models.BigIntegerField(null=True)),
    ]
