"""A pilot is planned before its gate. A plan that a pilot started from stands, also below the application."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.refuses import refuses

COLUMNS = (
    "initiative_id", "pilot_id", "scope_units", "scope_sites", "scope_users", "scope_systems", "units_count", "sites_count",
    "users_count", "systems_count", "hypotheses", "sample", "stop_threshold", "starts_on", "ends_on", "decision_on",
    "production_owner_id", "transition_run_cost", "transition_integration", "transition_support", "transition_on",
)  # fmt: skip
DIFFERS = " OR ".join(f"NEW.{one} <> OLD.{one} OR (NEW.{one} IS NULL) <> (OLD.{one} IS NULL)" for one in COLUMNS)


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0004_pilots_begin_anew'),
        ('portfolio', '0015_how_approvals_stand'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PilotPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope_units', models.TextField(blank=True)),
                ('scope_sites', models.TextField(blank=True)),
                ('scope_users', models.TextField(blank=True)),
                ('scope_systems', models.TextField(blank=True)),
                ('units_count', models.PositiveIntegerField(blank=True, null=True)),
                ('sites_count', models.PositiveIntegerField(blank=True, null=True)),
                ('users_count', models.PositiveIntegerField(blank=True, null=True)),
                ('systems_count', models.PositiveIntegerField(blank=True, null=True)),
                ('hypotheses', models.TextField(blank=True)),
                ('sample', models.CharField(blank=True, max_length=200)),
                ('stop_threshold', models.CharField(blank=True, max_length=300)),
                ('starts_on', models.DateField(blank=True, null=True)),
                ('ends_on', models.DateField(blank=True, null=True)),
                ('decision_on', models.DateField(blank=True, null=True)),
                ('transition_run_cost', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('transition_integration', models.TextField(blank=True)),
                ('transition_support', models.TextField(blank=True)),
                ('transition_on', models.DateField(blank=True, null=True)),
                ('begun_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('initiative', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pilot_plans', to='portfolio.initiative')),
                ('pilot', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='plan', to='pilots.pilot')),
                ('production_owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('updated_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('pilot', None)), fields=('initiative',), name='one_plan_ahead'), models.CheckConstraint(condition=models.Q(('starts_on', None), ('ends_on', None), ('ends_on__gt', models.F('starts_on')), _connector='OR'), name='plan_ends_after_it_starts')],
            },
        ),
        refuses(
            "pilots_pilotplan", "started", f"OLD.pilot_id IS NOT NULL AND ({DIFFERS})",
            "A pilot started from this plan. It stands as it was.", verbs=("UPDATE",),
        ),
    ]
