import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0004_role_once_on_both_databases'),
        ('core', '__first__'),
        ('portfolio', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AiModel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=300)),
                ('purpose', models.TextField(blank=True)),
                ('developer', models.CharField(blank=True, max_length=200)),
                ('vendor', models.CharField(blank=True, max_length=200)),
                ('technique', models.CharField(blank=True, choices=[('classical_ml', 'Classical machine learning'), ('generative', 'Generative'), ('nlp', 'Natural language processing'), ('computer_vision', 'Computer vision'), ('reinforcement', 'Reinforcement learning'), ('agentic', 'Agentic'), ('other', 'Other')], max_length=16)),
                ('risk_tier', models.PositiveSmallIntegerField(blank=True, choices=[(1, 'Tier 1 (highest risk)'), (2, 'Tier 2'), (3, 'Tier 3')], null=True)),
                ('stage', models.CharField(choices=[('development', 'In development'), ('pilot', 'In pilot'), ('production', 'In production'), ('retired', 'Retired')], default='development', max_length=12)),
                ('in_production_since', models.DateField(blank=True, null=True)),
                ('retired_on', models.DateField(blank=True, null=True)),
                ('retired_because', models.CharField(blank=True, max_length=300)),
                ('next_review_on', models.DateField(blank=True, null=True)),
                ('last_review_on', models.DateField(blank=True, null=True)),
                ('last_validated_on', models.DateField(blank=True, null=True)),
                ('monitoring_cadence_days', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('last_monitored_on', models.DateField(blank=True, null=True)),
                ('last_heartbeat_on', models.DateField(blank=True, null=True)),
                ('superseded_on', models.DateField(blank=True, null=True)),
                ('fallback_plan', models.TextField(blank=True)),
                ('fallback_tested_on', models.DateField(blank=True, null=True)),
                ('dossier_sections', models.JSONField(blank=True, default=dict)),
                ('attestation_due_on', models.DateField(blank=True, null=True)),
                ('attested_on', models.DateField(blank=True, null=True)),
                ('decommission_criteria', models.TextField(blank=True)),
                ('facts', models.JSONField(blank=True, default=dict)),
                ('source', models.CharField(blank=True, max_length=80)),
                ('external_id', models.CharField(blank=True, max_length=400)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('status', models.CharField(blank=True, max_length=8)),
                ('status_rank', models.PositiveSmallIntegerField(default=1)),
                ('orphan', models.BooleanField(default=False)),
                ('stale_since', models.DateField(null=True)),
                ('causes', models.JSONField(default=list)),
                ('cause_codes', models.JSONField(default=dict)),
                ('unknown', models.JSONField(default=list)),
                ('policy_number', models.PositiveIntegerField(default=0)),
                ('judged_on', models.DateField(null=True)),
                ('valid_until', models.DateField(null=True)),
                ('due', models.BooleanField(default=True)),
                ('absent_owner_on', models.DateField(null=True)),
                ('initiatives', models.ManyToManyField(blank=True, related_name='models', to='portfolio.initiative')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='owned_models', to=settings.AUTH_USER_MODEL)),
                ('superseded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='supersedes', to='governance.aimodel')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='models', to='core.businessunit')),
                ('validator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'AI model',
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('valid_until__isnull', False)), fields=['valid_until'], name='model_expiring'), models.Index(condition=models.Q(('due', True)), fields=['id'], name='model_due'), models.Index(condition=models.Q(('absent_owner_on__isnull', False), ('due', False)), fields=['id'], name='model_absent_owner'), models.Index(fields=['status', 'stage', '-id'], name='model_by_status'), models.Index(fields=['status_rank', 'valid_until', 'id'], name='model_stale_first'), models.Index(fields=['owner', '-id'], name='model_of_owner')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('source', 'external_id'), name='model_external_id_once_per_source'), models.CheckConstraint(condition=models.Q(('risk_tier', None), ('risk_tier__in', [1, 2, 3]), _connector='OR'), name='model_tier_1_to_3'), models.CheckConstraint(condition=models.Q(('superseded_by', models.F('id')), _negated=True), name='model_not_superseded_by_itself'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='model_has_a_name')],
            },
        ),
        migrations.CreateModel(
            name='ModelReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reviewed_on', models.DateField()),
                ('outcome', models.CharField(choices=[('fit', 'Fit for use'), ('fit_with_conditions', 'Fit with conditions'), ('unfit', 'Not fit for use')], max_length=20)),
                ('findings', models.TextField(blank=True)),
                ('next_review_on', models.DateField()),
                ('recorded_at', models.DateTimeField()),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='governance.aimodel')),
                ('reviewer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-reviewed_on', '-id'],
            },
        ),
    ]
