"""A wave says how many sites it takes in, so that a ceiling of sites can be held against the rollout."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0005_pilots_are_planned'),
    ]

    operations = [
        migrations.AddField(
            model_name='wave',
            name='sites',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
    ]
