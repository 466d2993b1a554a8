"""When the gate was asked again of what runs without approval, and by when a monitor's data is due; going back at once."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import TruncDate

from core.stands import stands


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
        migrations.CreateModel(
            name='Rollback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('left_becomes', models.CharField(choices=[('registered', 'Registered'), ('challenger', 'Challenger'), ('shadow', 'Shadow'), ('champion', 'Champion'), ('retired', 'Retired')], max_length=12)),
                ('because', models.TextField()),
                ('done_at', models.DateTimeField()),
                ('confirm_by', models.DateField()),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('late_on', models.DateField(blank=True, null=True)),
                ('confirmed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('done_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('left', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assurance.modelversion')),
                ('model', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rollbacks', to='governance.aimodel')),
                ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assurance.modelversion')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['model', '-id'], name='rollback_of_model'), models.Index(condition=models.Q(('confirmed_at', None), ('late_on', None)), fields=['confirm_by'], name='rollback_unconfirmed')],
                'constraints': [models.CheckConstraint(condition=models.Q(('because', ''), _negated=True), name='rollback_has_a_reason'), models.CheckConstraint(condition=models.Q(('version', models.F('left')), _negated=True), name='rollback_goes_somewhere'), models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at', None), ('confirmed_by', None)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False), models.Q(('confirmed_by', models.F('done_by')), _negated=True)), _connector='OR'), name='rollback_confirmed_by_another')],
            },
        ),
        stands(
            "assurance_rollback",
            ("model_id", "version_id", "left_id", "left_becomes", "because", "done_by_id", "done_at", "confirm_by"),
            "Going back stands as it was done.",
        ),
        migrations.RunPython(ask_of_what_there_is, migrations.RunPython.noop),
    ]
