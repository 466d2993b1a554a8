import core.fields
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '__first__'),
        ('kpis', '0002_room_on_the_page'),
        ('portfolio', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ArmCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('looked_on', models.DateField()),
                ('successes_1', models.PositiveBigIntegerField()),
                ('trials_1', models.PositiveBigIntegerField(blank=True, null=True)),
                ('successes_2', models.PositiveBigIntegerField()),
                ('trials_2', models.PositiveBigIntegerField(blank=True, null=True)),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['comparison_id', 'looked_on', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Comparison',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('design', models.CharField(choices=[('ab_test', 'A/B test'), ('champion_challenger', 'Champion and challenger'), ('simple_baseline', 'Simple model and candidate')], max_length=20)),
                ('paired', models.BooleanField(default=False)),
                ('arm_1', models.CharField(max_length=120)),
                ('arm_2', models.CharField(max_length=120)),
                ('started_on', models.DateField(blank=True, null=True)),
                ('ended_on', models.DateField(blank=True, null=True)),
                ('planned_sample', models.PositiveBigIntegerField(blank=True, null=True)),
                ('source', models.CharField(blank=True, max_length=80)),
                ('source_key', models.CharField(blank=True, max_length=200)),
                ('note', models.TextField(blank=True)),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='DataNeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('system', models.CharField(blank=True, max_length=200)),
                ('available', models.CharField(choices=[('yes', 'Available'), ('partly', 'Partly available'), ('no', 'Not available'), ('unknown', 'Not reported')], default='unknown', max_length=8)),
                ('note', models.TextField(blank=True)),
                ('recorded_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
            ],
            options={
                'ordering': ['name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ExpectedInfluence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('low', core.fields.ExactDecimalField(decimal_places=12, max_digits=38)),
                ('likely', core.fields.ExactDecimalField(decimal_places=12, max_digits=38)),
                ('high', core.fields.ExactDecimalField(decimal_places=12, max_digits=38)),
                ('because', models.CharField(blank=True, max_length=500)),
                ('recorded_at', models.DateTimeField()),
                ('frozen_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Intervention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('action', models.CharField(max_length=500)),
                ('due_on', models.DateField()),
                ('recorded_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closure', models.CharField(blank=True, max_length=500)),
                ('escalated_on', models.DateField(blank=True, null=True)),
                ('version', models.PositiveIntegerField(default=1)),
            ],
            options={
                'ordering': ['due_on', 'id'],
                'indexes': [models.Index(condition=models.Q(('closed_at', None), ('escalated_on', None)), fields=['due_on'], name='intervention_overdue')],
                'constraints': [models.CheckConstraint(condition=models.Q(('closed_at', None), models.Q(('closure', ''), _negated=True), _connector='OR'), name='intervention_closed_with_a_note')],
            },
        ),
        migrations.CreateModel(
            name='KpiOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('computed', models.CharField(max_length=12)),
                ('declared', models.CharField(max_length=12)),
                ('better', models.BooleanField()),
                ('because', models.CharField(max_length=500)),
                ('begins_on', models.DateField()),
                ('until', models.DateField(blank=True, null=True)),
                ('recorded_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_because', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('better', False), ('until__isnull', False), _connector='OR'), name='a_better_override_has_an_end')],
            },
        ),
        migrations.CreateModel(
            name='Remediation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('because', models.CharField(max_length=500)),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='RemediationStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(choices=[('retrospective', 'Retrospective analysis'), ('post_hoc_kpi', 'Post-hoc KPI'), ('validation', 'Validation on history'), ('realignment', 'Realignment')], max_length=13)),
                ('finding', models.TextField()),
                ('readings', models.PositiveIntegerField(blank=True, null=True)),
                ('realignment', models.CharField(blank=True, choices=[('retrain', 'Retrain the model'), ('update', 'Update the model'), ('none', 'Neither')], max_length=7)),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Restatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField()),
                ('was', models.CharField(max_length=12)),
                ('now', models.CharField(max_length=12)),
                ('was_value', core.fields.ExactDecimalField(decimal_places=12, max_digits=38, null=True)),
                ('now_value', core.fields.ExactDecimalField(decimal_places=12, max_digits=38, null=True)),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='SignOff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('product', 'Product'), ('data_science', 'Data science'), ('engineering', 'Engineering'), ('executive', 'Executive')], max_length=12)),
                ('asked_at', models.DateTimeField()),
                ('verdict', models.CharField(blank=True, choices=[('approved', 'Approved'), ('dissented', 'Dissented')], max_length=9)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('signed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('signed_at', None), ('verdict', '')), models.Q(models.Q(('verdict', ''), _negated=True), ('signed_at__isnull', False)), _connector='OR'), name='sign_off_said_and_dated')],
            },
        ),
        migrations.CreateModel(
            name='SmartSignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.CharField(choices=[('achievable', 'Achievable'), ('relevant', 'Relevant')], max_length=10)),
                ('because', models.CharField(max_length=500)),
                ('signed_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Workshop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('held_on', models.DateField()),
                ('attendees', models.JSONField(default=list)),
                ('notes', models.TextField(blank=True)),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-held_on', '-id'],
            },
        ),
        migrations.AddField(
            model_name='kpi',
            name='data_source',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='kpi',
            name='declared_status',
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AddField(
            model_name='kpi',
            name='declared_until',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='kpi',
            name='judge',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='kpi',
            name='metric',
            field=models.CharField(blank=True, choices=[('accuracy', 'Accuracy'), ('precision', 'Precision'), ('recall', 'Recall'), ('f1', 'F1'), ('pr_auc', 'PR-AUC'), ('roc_auc', 'ROC-AUC'), ('rmse', 'RMSE'), ('mae', 'MAE'), ('cost', 'Cost of errors'), ('other', 'Other')], max_length=12),
        ),
        migrations.AddField(
            model_name='kpi',
            name='minority_share',
            field=models.DecimalField(blank=True, decimal_places=6, max_digits=7, null=True),
        ),
        migrations.AddField(
            model_name='kpi',
            name='parent',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='kpis.kpi'),
        ),
        migrations.AddField(
            model_name='kpi',
            name='parent_weight',
            field=models.DecimalField(decimal_places=4, default=1, max_digits=9),
        ),
        migrations.AddField(
            model_name='kpi',
            name='promised',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kpis.kpiversion'),
        ),
        migrations.AddField(
            model_name='kpi',
            name='rolls_up_by',
            field=models.CharField(choices=[('weighted_mean', 'Weighted mean of progress'), ('worst', 'Worst wins')], default='weighted_mean', max_length=14),
        ),
        migrations.AddField(
            model_name='kpi',
            name='window',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='approved_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='approved_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='baseline_locked_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='baseline_locked_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='baseline_method',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='baseline_period',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='benchmark',
            field=core.fields.ExactDecimalField(blank=True, decimal_places=12, max_digits=38, null=True),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='benchmark_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='benchmark_source',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='data_source',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='declined_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='declined_because',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='definition',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='formula',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='in_force_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='judge',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='kind',
            field=models.CharField(choices=[('business', 'Business impact'), ('operational', 'Operational'), ('user', 'User-focused'), ('compliance', 'Compliance and explainability'), ('guard', 'Guard'), ('model_metric', 'Model metric')], default='business', max_length=12),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='name',
            field=models.CharField(default='', max_length=200),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='population',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='reason_code',
            field=models.CharField(blank=True, choices=[('user_behaviour', 'User behaviour changed'), ('market', 'The market changed'), ('product', 'The product changed')], max_length=14),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='scale_high',
            field=core.fields.ExactDecimalField(blank=True, decimal_places=12, max_digits=38, null=True),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='scale_low',
            field=core.fields.ExactDecimalField(blank=True, decimal_places=12, max_digits=38, null=True),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='scale_words',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='seal',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='sealed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='sealed_document',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='series',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='target_change',
            field=models.DecimalField(blank=True, decimal_places=6, max_digits=12, null=True),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='unit_of_measure',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='kpiversion',
            name='window',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddIndex(
            model_name='kpi',
            index=models.Index(condition=models.Q(('parent__isnull', False)), fields=['parent'], name='kpi_below'),
        ),
        migrations.AddIndex(
            model_name='kpi',
            index=models.Index(condition=models.Q(('declared_until__isnull', False)), fields=['declared_until'], name='kpi_declared'),
        ),
        migrations.AddConstraint(
            model_name='kpi',
            constraint=models.CheckConstraint(condition=models.Q(('parent', models.F('id')), _negated=True), name='kpi_not_its_own_parent'),
        ),
        migrations.AddConstraint(
            model_name='kpi',
            constraint=models.CheckConstraint(condition=models.Q(('parent_weight__gte', 0)), name='kpi_parent_weight_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='kpi',
            constraint=models.CheckConstraint(condition=models.Q(('minority_share', None), models.Q(('minority_share__gt', 0), ('minority_share__lte', Decimal('0.5'))), _connector='OR'), name='kpi_minority_share_to_half'),
        ),
        migrations.AddConstraint(
            model_name='kpiversion',
            constraint=models.UniqueConstraint(condition=models.Q(('declined_at', None), ('in_force_at', None)), fields=('kpi',), name='one_proposed_version_per_kpi'),
        ),
        migrations.AddConstraint(
            model_name='kpiversion',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by', None), ('recorded_by', None), models.Q(('approved_by', models.F('recorded_by')), _negated=True), _connector='OR'), name='kpi_version_approved_by_another'),
        ),
        migrations.AddConstraint(
            model_name='kpiversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('seal', ''), ('sealed_at', None)), models.Q(models.Q(('seal', ''), _negated=True), ('sealed_at__isnull', False)), _connector='OR'), name='kpi_version_sealed_whole'),
        ),
        migrations.AddField(
            model_name='armcount',
            name='recorded_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='comparison',
            name='kpi',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='comparisons', to='kpis.kpi'),
        ),
        migrations.AddField(
            model_name='comparison',
            name='recorded_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='armcount',
            name='comparison',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='looks', to='kpis.comparison'),
        ),
        migrations.AddField(
            model_name='dataneed',
            name='initiative',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='data_needs', to='portfolio.initiative'),
        ),
        migrations.AddField(
            model_name='dataneed',
            name='kpis',
            field=models.ManyToManyField(blank=True, related_name='data_needs', to='kpis.kpi'),
        ),
        migrations.AddField(
            model_name='dataneed',
            name='owner',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='dataneed',
            name='recorded_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='expectedinfluence',
            name='kpi',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='influences', to='kpis.kpi'),
        ),
        migrations.AddField(
            model_name='expectedinfluence',
            name='recorded_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='intervention',
            name='assigned_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='intervention',
            name='assigned_to',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='interventions', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='intervention',
            name='closed_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='intervention',
            name='flag',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='interventions', to='portfolio.flag'),
        ),
        migrations.AddField(
            model_name='intervention',
            name='initiative',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='interventions', to='portfolio.initiative'),
        ),
        migrations.AddField(
            model_name='kpioverride',
            name='kpi',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='overrides', to='kpis.kpi'),
        ),
        migrations.AddField(
            model_name='kpioverride',
            name='recorded_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='remediation',
            name='initiative',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='remediations', to='portfolio.initiative'),
        ),
        migrations.AddField(
            model_name='remediation',
            name='opened_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='remediationstep',
            name='kpi',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kpis.kpi'),
        ),
        migrations.AddField(
            model_name='remediationstep',
            name='recorded_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='remediationstep',
            name='remediation',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='kpis.remediation'),
        ),
        migrations.AddField(
            model_name='restatement',
            name='cause',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kpis.measurement'),
        ),
        migrations.AddField(
            model_name='restatement',
            name='kpi',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='restatements', to='kpis.kpi'),
        ),
        migrations.AddField(
            model_name='restatement',
            name='recorded_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='signoff',
            name='asked_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='signoff',
            name='kpi_version',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='sign_offs', to='kpis.kpiversion'),
        ),
        migrations.AddField(
            model_name='signoff',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='kpi_sign_offs', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='smartsignature',
            name='kpi_version',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='smart_signatures', to='kpis.kpiversion'),
        ),
        migrations.AddField(
            model_name='smartsignature',
            name='person',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='workshop',
            name='initiative',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='workshops', to='portfolio.initiative'),
        ),
        migrations.AddField(
            model_name='workshop',
            name='kpis',
            field=models.ManyToManyField(blank=True, related_name='workshops', to='kpis.kpi'),
        ),
        migrations.AddField(
            model_name='workshop',
            name='recorded_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='comparison',
            index=models.Index(fields=['kpi', '-id'], name='comparison_of_kpi'),
        ),
        migrations.AddConstraint(
            model_name='comparison',
            constraint=models.UniqueConstraint(condition=models.Q(('source_key', ''), _negated=True), fields=('kpi', 'source', 'source_key'), name='comparison_once_by_source_key'),
        ),
        migrations.AddConstraint(
            model_name='armcount',
            constraint=models.UniqueConstraint(fields=('comparison', 'looked_on'), name='one_look_a_day'),
        ),
        migrations.AddConstraint(
            model_name='dataneed',
            constraint=models.UniqueConstraint(fields=('initiative', 'name'), name='data_need_once_per_initiative'),
        ),
        migrations.AddIndex(
            model_name='expectedinfluence',
            index=models.Index(fields=['kpi', '-id'], name='influence_of_kpi'),
        ),
        migrations.AddConstraint(
            model_name='intervention',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('flag',), name='one_open_intervention_per_flag'),
        ),
        migrations.AddIndex(
            model_name='kpioverride',
            index=models.Index(fields=['kpi', '-id'], name='override_of_kpi'),
        ),
        migrations.AddConstraint(
            model_name='kpioverride',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('kpi',), name='one_standing_override_per_kpi'),
        ),
        migrations.AddConstraint(
            model_name='remediation',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('initiative',), name='one_open_remediation_per_initiative'),
        ),
        migrations.AddConstraint(
            model_name='remediationstep',
            constraint=models.UniqueConstraint(fields=('remediation', 'step'), name='one_of_each_step'),
        ),
        migrations.AddIndex(
            model_name='restatement',
            index=models.Index(fields=['kpi', '-id'], name='restatement_of_kpi'),
        ),
        migrations.AddConstraint(
            model_name='signoff',
            constraint=models.UniqueConstraint(fields=('kpi_version', 'role'), name='one_sign_off_per_role'),
        ),
        migrations.AddConstraint(
            model_name='signoff',
            constraint=models.UniqueConstraint(fields=('kpi_version', 'person'), name='one_role_per_signatory'),
        ),
        migrations.AddConstraint(
            model_name='smartsignature',
            constraint=models.UniqueConstraint(fields=('kpi_version', 'item'), name='one_smart_signature_per_item'),
        ),
    ]
