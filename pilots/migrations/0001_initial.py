import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '__first__'),
        ('portfolio', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Pilot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope_units', models.TextField(blank=True)),
                ('scope_sites', models.TextField(blank=True)),
                ('scope_users', models.TextField(blank=True)),
                ('scope_systems', models.TextField(blank=True)),
                ('hypotheses', models.TextField(blank=True)),
                ('sample', models.CharField(blank=True, max_length=200)),
                ('stop_threshold', models.CharField(blank=True, max_length=300)),
                ('charter_version', models.PositiveSmallIntegerField(default=0)),
                ('planned_days', models.PositiveIntegerField(blank=True, null=True)),
                ('planned_end_on', models.DateField(blank=True, null=True)),
                ('decision_on', models.DateField(blank=True, null=True)),
                ('no_decision_date', models.BooleanField(default=False)),
                ('success_criteria_agreed', models.BooleanField(blank=True, null=True)),
                ('success_measure_changes', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('criteria_met_on', models.DateField(blank=True, null=True)),
                ('gate_requested_on', models.DateField(blank=True, null=True)),
                ('deferrals', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('no_production_owner', models.BooleanField(default=False)),
                ('transition_run_cost', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('transition_integration', models.TextField(blank=True)),
                ('transition_support', models.TextField(blank=True)),
                ('transition_on', models.DateField(blank=True, null=True)),
                ('no_transition_plan', models.BooleanField(default=False)),
                ('condition_due_on', models.DateField(blank=True, null=True)),
                ('condition_blocks', models.BooleanField(blank=True, null=True)),
                ('no_open_condition', models.BooleanField(default=False)),
                ('scope_change', models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True)),
                ('scope_approved', models.BooleanField(blank=True, null=True)),
                ('users_outside_charter', models.PositiveIntegerField(blank=True, null=True)),
                ('invited_users', models.PositiveIntegerField(blank=True, null=True)),
                ('weekly_active_users', models.PositiveIntegerField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('level', models.CharField(blank=True, max_length=10)),
                ('level_rank', models.PositiveSmallIntegerField(default=9)),
                ('level_since', models.DateField(null=True)),
                ('rules', models.JSONField(default=dict)),
                ('findings', models.PositiveSmallIntegerField(default=0)),
                ('unknown', models.JSONField(default=list)),
                ('remedy', models.CharField(blank=True, max_length=24)),
                ('remedy_detail', models.JSONField(default=dict)),
                ('policy_number', models.PositiveIntegerField(default=0)),
                ('judged_on', models.DateField(null=True)),
                ('valid_until', models.DateField(null=True)),
                ('due', models.BooleanField(default=True)),
                ('silent_sponsor_on', models.DateField(null=True)),
                ('ended_on', models.DateField(blank=True, null=True)),
                ('initiative', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pilots', to='portfolio.initiative')),
                ('production_owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('spell', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='pilot', to='portfolio.stagespell')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('ended_on', None)), fields=['valid_until'], name='pilot_expiring'), models.Index(condition=models.Q(('due', True), ('ended_on', None)), fields=['id'], name='pilot_due'), models.Index(condition=models.Q(('ended_on', None), ('findings__gt', 0)), fields=['judged_on'], name='pilot_told_daily'), models.Index(condition=models.Q(('due', False), ('ended_on', None), ('silent_sponsor_on__isnull', False)), fields=['id'], name='pilot_silent_sponsor'), models.Index(condition=models.Q(('ended_on', None)), fields=['level_rank', 'decision_on', 'id'], name='pilot_board')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_on', None)), fields=('initiative',), name='one_open_pilot'), models.CheckConstraint(condition=models.Q(('decision_on', None), ('no_decision_date', False), _connector='OR'), name='pilot_decision_date_or_none'), models.CheckConstraint(condition=models.Q(('production_owner', None), ('no_production_owner', False), _connector='OR'), name='pilot_production_owner_or_none'), models.CheckConstraint(condition=models.Q(('no_transition_plan', False), models.Q(('transition_integration', ''), ('transition_on', None), ('transition_run_cost', None), ('transition_support', '')), _connector='OR'), name='pilot_transition_plan_or_none'), models.CheckConstraint(condition=models.Q(('no_open_condition', False), models.Q(('condition_blocks', None), ('condition_due_on', None)), _connector='OR'), name='pilot_condition_or_none'), models.CheckConstraint(condition=models.Q(('weekly_active_users', None), ('invited_users', None), ('weekly_active_users__lte', models.F('invited_users')), _connector='OR'), name='pilot_active_among_invited')],
            },
        ),
        migrations.CreateModel(
            name='PilotExtension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('days', models.PositiveSmallIntegerField()),
                ('new_end_on', models.DateField()),
                ('new_decision_on', models.DateField(blank=True, null=True)),
                ('reason_code', models.CharField(choices=[('data_late', 'Data came late'), ('sample_too_small', 'Sample too small'), ('integration_late', 'Integration came late'), ('results_unclear', 'Results unclear'), ('owner_changed', 'Owner changed'), ('other', 'Other')], max_length=24)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('granted_on', models.DateField()),
                ('recorded_at', models.DateTimeField()),
                ('pilot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='extensions', to='pilots.pilot')),
                ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pilot_id', 'number'],
                'constraints': [models.UniqueConstraint(fields=('pilot', 'number'), name='extension_number_once'), models.CheckConstraint(condition=models.Q(('days__gt', 0)), name='extension_longer_than_nothing')],
            },
        ),
    ]
