"""When the gate was asked again of what runs without approval, and by when a monitor's data is due."""

from typing import Any

from django.conf import settings
from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import TruncDate


def ask_of_what_there_is(apps: Any, _editor: Any) -> None:
    """What runs unapproved, and monitors with a cadence, are asked by the next sweep."""
    running = apps.get_model("assurance", "Deployment").objects.filter(ended_at=None)
    running.exclude(objections=[]).update(asked_at=F("recorded_at"))
    watched = apps.get_model("assurance", "Monitor").objects.filter(retired_at=None, cadence_days__isnull=False)
    watched.update(due_on=TruncDate("recorded_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('assurance', '0009_what_registries_said_stands'),
        ('governance', '0016_how_ready_data_is'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='deployment',
            name='approved_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='deployment',
            name='asked_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='monitor',
            name='due_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='monitor',
            name='silent_since',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='incident',
            name='consequence',
            field=models.CharField(choices=[('none', 'No serious consequence'), ('serious', 'Serious incident'), ('death', 'Death of a person'), ('widespread', 'Widespread, or critical infrastructure disrupted')], default='none', max_length=10),
        ),
        migrations.AddIndex(
            model_name='deployment',
            index=models.Index(condition=models.Q(('approved_at', None), ('asked_at__isnull', False), ('ended_at', None)), fields=['asked_at'], name='deployment_unapproved'),
        ),
        migrations.AddIndex(
            model_name='monitor',
            index=models.Index(condition=models.Q(('silent_since', None)), fields=['due_on'], name='monitor_due'),
        ),
        migrations.RunPython(ask_of_what_there_is, migrations.RunPython.noop),
    ]
