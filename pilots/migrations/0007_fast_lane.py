"""A pilot's fast lane and its iterations. What was promised and what was released stand, also below the application."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.refuses import refuses
from core.stands import stands


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0006_waves_count_their_sites'),
        ('portfolio', '0019_a_stake_ends'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FastLane',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days', models.PositiveIntegerField()),
                ('simplest', models.CharField(max_length=500)),
                ('kept_simple', models.CharField(max_length=500)),
                ('proves', models.CharField(max_length=500)),
                ('measure', models.CharField(max_length=200)),
                ('benchmark', models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True)),
                ('higher_is_better', models.BooleanField(default=True)),
                ('policy_number', models.PositiveIntegerField(default=0)),
                ('recorded_at', models.DateTimeField()),
                ('initiative', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fast_lanes', to='portfolio.initiative')),
                ('pilot', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='fast_lane', to='pilots.pilot')),
                ('recorded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Iteration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('released_on', models.DateField()),
                ('changed', models.CharField(max_length=1000)),
                ('measured', models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True)),
                ('learned', models.CharField(max_length=1000)),
                ('recorded_at', models.DateTimeField()),
                ('lane', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='iterations', to='pilots.fastlane')),
                ('recorded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['lane_id', '-number'],
            },
        ),
        migrations.AddConstraint(
            model_name='fastlane',
            constraint=models.UniqueConstraint(condition=models.Q(('pilot', None)), fields=('initiative',), name='one_lane_ahead'),
        ),
        migrations.AddConstraint(
            model_name='fastlane',
            constraint=models.CheckConstraint(condition=models.Q(('days__gte', 1), ('days__lte', 365)), name='lane_days_in_a_year'),
        ),
        migrations.AddConstraint(
            model_name='iteration',
            constraint=models.UniqueConstraint(fields=('lane', 'number'), name='iteration_number_once'),
        ),
        stands(
            "pilots_fastlane",
            ("initiative_id", "days", "simplest", "kept_simple", "proves", "measure", "benchmark", "higher_is_better", "policy_number", "recorded_at"),
            "A fast lane stands as it was promised. Its time box is not moved.", may_empty=("recorded_by_id",), never_deleted=False,
        ),
        refuses(
            "pilots_fastlane", "kept", "OLD.pilot_id IS NOT NULL AND (NEW.pilot_id IS NULL OR NEW.pilot_id <> OLD.pilot_id)",
            "A fast lane stays with its pilot.", verbs=("UPDATE",),
        ),
        stands(
            "pilots_iteration", ("lane_id", "number", "released_on", "changed", "measured", "learned", "recorded_at"),
            "Iterations are added, never changed or deleted.", may_empty=("recorded_by_id",),
        ),
    ]
