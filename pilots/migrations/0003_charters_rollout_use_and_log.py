"""Charters in versions, rollout in waves, weeks of use, what was found, training, change, feedback and snoozes.

Of a charter that was recorded before, its present version is kept; what it said earlier only the log knows.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.stands import stands


CHARTER = (
    "scope_units", "scope_sites", "scope_users", "scope_systems", "sample", "stop_threshold", "planned_days", "decision_on",
)  # fmt: skip
COLUMNS = (
    "pilot_id", "number", "units_count", "sites_count", "users_count", "systems_count", "starts_on", "ends_on", "because",
    "recorded_at", *CHARTER,
)  # fmt: skip


def forwards(apps, schema_editor):
    alias = schema_editor.connection.alias
    pilots, versions, hypotheses = (
        apps.get_model("pilots", name).objects.using(alias) for name in ("Pilot", "CharterVersion", "Hypothesis")
    )
    for pilot in pilots.filter(charter_version__gt=0).select_related("spell").iterator():
        version = versions.create(
            pilot=pilot, number=pilot.charter_version, starts_on=pilot.spell.entered_on, ends_on=pilot.planned_end_on,
            recorded_at=pilot.updated_at, **{name: getattr(pilot, name) for name in CHARTER},
        )  # fmt: skip
        told = [line.strip()[:500] for line in pilot.hypotheses.splitlines() if line.strip()]
        for number, text in enumerate(told, start=1):
            hypotheses.create(version=version, number=number, text=text)


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0007_line_managers'),
        ('kpis', '0013_readings_stand'),
        ('pilots', '0002_extensions_have_a_price'),
        ('portfolio', '0014_commitments_from_a_table'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='pilot',
            name='sites_count',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='pilot',
            name='systems_count',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='pilot',
            name='units_count',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='pilot',
            name='users_count',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='ChangeItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField()),
                ('kind', models.CharField(choices=[('role', 'Role that changes'), ('message', 'What is said to whom'), ('incentive', 'Incentive that is set'), ('resistance', 'Resistance, and what was done about it')], max_length=10)),
                ('text', models.CharField(max_length=500)),
                ('done_on', models.DateField(blank=True, null=True)),
                ('owner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pilot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='pilots.pilot')),
                ('recorded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pilot_id', 'id'],
            },
        ),
        migrations.CreateModel(
            name='CharterVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField()),
                ('number', models.PositiveSmallIntegerField()),
                ('scope_units', models.TextField(blank=True)),
                ('scope_sites', models.TextField(blank=True)),
                ('scope_users', models.TextField(blank=True)),
                ('scope_systems', models.TextField(blank=True)),
                ('units_count', models.PositiveIntegerField(null=True)),
                ('sites_count', models.PositiveIntegerField(null=True)),
                ('users_count', models.PositiveIntegerField(null=True)),
                ('systems_count', models.PositiveIntegerField(null=True)),
                ('sample', models.CharField(blank=True, max_length=200)),
                ('stop_threshold', models.CharField(blank=True, max_length=300)),
                ('planned_days', models.PositiveIntegerField(null=True)),
                ('starts_on', models.DateField(null=True)),
                ('ends_on', models.DateField(null=True)),
                ('decision_on', models.DateField(null=True)),
                ('because', models.CharField(blank=True, max_length=300)),
                ('pilot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='pilots.pilot')),
                ('recorded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pilot_id', 'number'],
            },
        ),
        migrations.CreateModel(
            name='CheckAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField()),
                ('item', models.CharField(choices=[('data_freshness', 'Data freshness'), ('latency', 'Latency'), ('users', 'Users'), ('error_handling', 'Error handling'), ('security', 'Security')], max_length=20)),
                ('answer', models.CharField(choices=[('like', 'As in production'), ('partly', 'Partly'), ('unlike', 'Not at all')], max_length=8)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('pilot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='pilots.pilot')),
                ('recorded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pilot_id', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Feedback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField()),
                ('text', models.CharField(max_length=1000)),
                ('anonymous', models.BooleanField(default=False)),
                ('answer', models.CharField(blank=True, max_length=1000)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pilot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='pilots.pilot')),
                ('recorded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pilot_id', '-id'],
            },
        ),
        migrations.CreateModel(
            name='FlagSnooze',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField()),
                ('until', models.DateField()),
                ('because', models.CharField(max_length=300)),
                ('ended_on', models.DateField(null=True)),
                ('flag', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='snoozes', to='portfolio.flag')),
                ('pilot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='pilots.pilot')),
                ('recorded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Hypothesis',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('text', models.CharField(max_length=500)),
                ('answer', models.CharField(blank=True, choices=[('held', 'Held'), ('failed', 'Did not hold'), ('unclear', 'Unclear')], max_length=7)),
                ('evidence', models.CharField(blank=True, max_length=500)),
                ('answered_on', models.DateField(null=True)),
                ('answered_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('kpi', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='kpis.kpi')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hypotheses', to='pilots.charterversion')),
            ],
            options={
                'ordering': ['version_id', 'number'],
            },
        ),
        migrations.CreateModel(
            name='LogEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField()),
                ('number', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('ingestion', 'Data came in wrong'), ('edge_case', 'Edge case'), ('drift', 'Drift'), ('integration', 'Integration'), ('use', 'Use'), ('other', 'Other')], max_length=11)),
                ('severity', models.PositiveSmallIntegerField()),
                ('seen_on', models.DateField()),
                ('text', models.CharField(max_length=1000)),
                ('state', models.CharField(choices=[('open', 'Open'), ('roadmap', 'On the roadmap'), ('closed', 'Closed')], default='open', max_length=7)),
                ('todo', models.CharField(blank=True, max_length=300)),
                ('due_on', models.DateField(blank=True, null=True)),
                ('closed_on', models.DateField(blank=True, null=True)),
                ('closed_because', models.CharField(blank=True, max_length=300)),
                ('version', models.PositiveIntegerField(default=1)),
                ('owner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pilot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='pilots.pilot')),
                ('recorded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pilot_id', '-number'],
            },
        ),
        migrations.CreateModel(
            name='TrainingGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField()),
                ('audience', models.CharField(max_length=200)),
                ('people', models.PositiveIntegerField()),
                ('trained', models.PositiveIntegerField(default=0)),
                ('due_on', models.DateField(blank=True, null=True)),
                ('evidence', models.CharField(blank=True, max_length=300)),
                ('version', models.PositiveIntegerField(default=1)),
                ('pilot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='pilots.pilot')),
                ('recorded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pilot_id', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Wave',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField()),
                ('number', models.PositiveSmallIntegerField()),
                ('name', models.CharField(max_length=120)),
                ('users', models.PositiveIntegerField(blank=True, null=True)),
                ('planned_on', models.DateField(blank=True, null=True)),
                ('tailoring', models.CharField(blank=True, choices=[('as_is', 'As it is elsewhere'), ('tailored', 'Changed for this unit')], max_length=8)),
                ('tailored', models.CharField(blank=True, max_length=500)),
                ('started_on', models.DateField(blank=True, null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('champion', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pilot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='pilots.pilot')),
                ('recorded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.businessunit')),
            ],
            options={
                'ordering': ['pilot_id', 'number'],
            },
        ),
        migrations.CreateModel(
            name='WaveCriterion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('text', models.CharField(max_length=300)),
                ('met', models.BooleanField(null=True)),
                ('evidence', models.CharField(blank=True, max_length=500)),
                ('judged_on', models.DateField(null=True)),
                ('judged_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('wave', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='criteria', to='pilots.wave')),
            ],
            options={
                'ordering': ['wave_id', 'number'],
            },
        ),
        migrations.CreateModel(
            name='AdoptionWeek',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField()),
                ('week', models.DateField()),
                ('eligible', models.PositiveIntegerField(null=True)),
                ('invited', models.PositiveIntegerField(null=True)),
                ('active', models.PositiveIntegerField(null=True)),
                ('uses', models.PositiveIntegerField(null=True)),
                ('overridden', models.PositiveIntegerField(null=True)),
                ('bypassed', models.PositiveIntegerField(null=True)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('pilot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='pilots.pilot')),
                ('recorded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pilot_id', '-week', '-id'],
                'indexes': [models.Index(fields=['pilot', '-week', '-id'], name='adoption_of_pilot')],
                'constraints': [models.CheckConstraint(condition=models.Q(('active', None), ('invited', None), ('active__lte', models.F('invited')), _connector='OR'), name='adoption_active_among_invited')],
            },
        ),
        migrations.AddConstraint(
            model_name='charterversion',
            constraint=models.UniqueConstraint(fields=('pilot', 'number'), name='charter_number_once'),
        ),
        migrations.AddConstraint(
            model_name='feedback',
            constraint=models.CheckConstraint(condition=models.Q(('anonymous', False), ('recorded_by', None), _connector='OR'), name='anonymous_feedback_names_nobody'),
        ),
        migrations.AddConstraint(
            model_name='feedback',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at', None)), models.Q(('answered_at__isnull', False), models.Q(('answer', ''), _negated=True)), _connector='OR'), name='feedback_answered_with_words'),
        ),
        migrations.AddConstraint(
            model_name='hypothesis',
            constraint=models.UniqueConstraint(fields=('version', 'number'), name='hypothesis_number_once'),
        ),
        migrations.AddConstraint(
            model_name='logentry',
            constraint=models.UniqueConstraint(fields=('pilot', 'number'), name='log_number_once'),
        ),
        migrations.AddConstraint(
            model_name='logentry',
            constraint=models.CheckConstraint(condition=models.Q(('severity__in', [1, 2, 3])), name='log_severity_1_to_3'),
        ),
        migrations.AddConstraint(
            model_name='logentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'roadmap'), _negated=True), models.Q(models.Q(('todo', ''), _negated=True), ('due_on__isnull', False)), _connector='OR'), name='log_roadmap_says_what_and_when'),
        ),
        migrations.AddConstraint(
            model_name='logentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'closed'), _negated=True), models.Q(models.Q(('closed_because', ''), _negated=True), ('closed_on__isnull', False)), _connector='OR'), name='log_closed_says_why'),
        ),
        migrations.AddConstraint(
            model_name='traininggroup',
            constraint=models.CheckConstraint(condition=models.Q(('people__gt', 0), ('trained__lte', models.F('people'))), name='trained_among_people'),
        ),
        migrations.AddConstraint(
            model_name='wave',
            constraint=models.UniqueConstraint(fields=('pilot', 'number'), name='wave_number_once'),
        ),
        migrations.AddConstraint(
            model_name='wave',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('tailoring', 'tailored'), _negated=True), models.Q(('tailored', ''), _negated=True), _connector='OR'), name='wave_says_what_is_tailored'),
        ),
        migrations.AddConstraint(
            model_name='wavecriterion',
            constraint=models.UniqueConstraint(fields=('wave', 'number'), name='wave_criterion_number_once'),
        ),
        migrations.AddConstraint(
            model_name='wavecriterion',
            constraint=models.CheckConstraint(condition=models.Q(('met', None), models.Q(('evidence', ''), _negated=True), _connector='OR'), name='wave_criterion_says_why'),
        ),
        migrations.RunPython(forwards, migrations.RunPython.noop),
        stands(
            "pilots_charterversion", COLUMNS, "A version of a charter stands. What changes is the next version.",
            may_empty=("recorded_by_id",), never_deleted=False,
        ),
    ]
