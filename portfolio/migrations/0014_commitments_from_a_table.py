"""A commitment read from a table is recognised by its key, as spend and benefits are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0013_a_case_lapses_with_the_stop")]
    operations = [
        migrations.AddField(
            model_name="commitment", name="source_key", field=models.CharField(blank=True, max_length=120)
        ),
        migrations.AddConstraint(
            model_name="commitment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("source_key", ""), _negated=True),
                fields=("source_key",),
                name="commitment_once_by_source_key",
            ),
        ),
    ]
