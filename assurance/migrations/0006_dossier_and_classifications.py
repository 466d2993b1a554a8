import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assurance', '0005_observations_stand'),
        ('core', '__first__'),
        ('governance', '0014_classes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Obligation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule_set', models.CharField(choices=[('eu_ai_act', 'EU AI Act'), ('omb_m_25_21', 'OMB M-25-21'), ('nist_ai_rmf', 'NIST AI RMF'), ('iso_42001', 'ISO/IEC 42001'), ('model_risk', 'Model risk, SR 26-2 and SS1/23')], max_length=20)),
                ('code', models.CharField(max_length=60)),
                ('label', models.CharField(max_length=200)),
                ('place', models.CharField(blank=True, max_length=60)),
                ('group', models.CharField(blank=True, max_length=60)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('statuses', models.JSONField(default=list)),
                ('owed', models.BooleanField(default=True)),
                ('applies_from', models.DateField(blank=True, null=True)),
                ('status', models.CharField(choices=[('not_reported', 'Not reported'), ('yes', 'Yes'), ('in_progress', 'In progress'), ('no', 'No'), ('waived', 'Waived in writing'), ('not_applicable', 'Not applicable')], default='not_reported', max_length=16)),
                ('evidence', models.CharField(blank=True, max_length=1000)),
                ('url', models.CharField(blank=True, max_length=500)),
                ('due_on', models.DateField(blank=True, null=True)),
                ('said_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='obligations', to='governance.aimodel')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('said_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['model_id', 'rule_set', 'position'],
                'indexes': [models.Index(condition=models.Q(('owed', True), ('status__in', ['not_reported', 'in_progress', 'no'])), fields=['due_on', 'id'], name='obligation_open')],
                'constraints': [models.UniqueConstraint(fields=('model', 'rule_set', 'code'), name='obligation_once'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['yes', 'waived']), _negated=True), models.Q(('evidence', ''), _negated=True), _connector='OR'), name='obligation_met_is_shown')],
            },
        ),
        migrations.CreateModel(
            name='ObligationAct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('not_reported', 'Not reported'), ('yes', 'Yes'), ('in_progress', 'In progress'), ('no', 'No'), ('waived', 'Waived in writing'), ('not_applicable', 'Not applicable')], max_length=16)),
                ('evidence', models.CharField(blank=True, max_length=1000)),
                ('url', models.CharField(blank=True, max_length=500)),
                ('due_on', models.DateField(blank=True, null=True)),
                ('said_at', models.DateTimeField()),
                ('obligation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acts', to='assurance.obligation')),
                ('owner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('said_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ShapFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('filename', models.CharField(max_length=200)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveIntegerField()),
                ('content', models.BinaryField()),
                ('rows', models.PositiveIntegerField()),
                ('features', models.PositiveIntegerField()),
                ('importance', models.JSONField(default=list)),
                ('tolerance', models.CharField(max_length=40)),
                ('largest_gap', models.CharField(max_length=80)),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shap_files', to='governance.aimodel')),
                ('version', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assurance.modelversion')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(fields=('model', 'sha256'), name='shap_file_once')],
            },
        ),
        migrations.CreateModel(
            name='Classification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule_set', models.CharField(choices=[('eu_ai_act', 'EU AI Act'), ('omb_m_25_21', 'OMB M-25-21'), ('nist_ai_rmf', 'NIST AI RMF'), ('iso_42001', 'ISO/IEC 42001'), ('model_risk', 'Model risk, SR 26-2 and SS1/23')], max_length=20)),
                ('rule_version', models.CharField(max_length=60)),
                ('answers', models.JSONField(default=dict)),
                ('class_code', models.CharField(max_length=40)),
                ('class_label', models.CharField(max_length=80)),
                ('decided_by', models.CharField(blank=True, max_length=40)),
                ('applies_from', models.DateField(blank=True, null=True)),
                ('missing', models.JSONField(default=list)),
                ('newest', models.BooleanField(default=True)),
                ('recorded_at', models.DateTimeField()),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='classifications', to='governance.aimodel')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['model', 'rule_set', '-id'], name='classification_of_model')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('newest', True)), fields=('model', 'rule_set'), name='classification_one_newest'), models.CheckConstraint(condition=models.Q(models.Q(('class_code', 'not_determined'), _negated=True), ('applies_from', None), _connector='OR'), name='classification_undetermined_applies_never')],
            },
        ),
        migrations.CreateModel(
            name='DossierSection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(choices=[('purpose_and_users', 'Purpose and users'), ('data_and_lineage', 'Data and lineage'), ('method_and_training', 'Method and training'), ('performance', 'Performance'), ('bias_and_segments', 'Bias and segments'), ('explainability', 'Explainability'), ('limits', 'Limits'), ('security', 'Security'), ('oversight', 'Oversight, fallback, appeal'), ('monitoring_playbook', 'Monitoring playbook'), ('change_log', 'Change log')], max_length=24)),
                ('number', models.PositiveIntegerField()),
                ('parts', models.JSONField(default=dict)),
                ('newest', models.BooleanField(default=True)),
                ('written_at', models.DateTimeField()),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='dossier', to='governance.aimodel')),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(fields=('model', 'code', 'number'), name='dossier_number_once'), models.UniqueConstraint(condition=models.Q(('newest', True)), fields=('model', 'code'), name='dossier_one_newest')],
            },
        ),
        migrations.CreateModel(
            name='LimeExplanation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('decision', models.CharField(max_length=200)),
                ('outcome', models.CharField(blank=True, max_length=200)),
                ('items', models.JSONField(default=list)),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lime_explanations', to='governance.aimodel')),
                ('version', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assurance.modelversion')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['model', '-id'], name='lime_of_model')],
                'constraints': [models.CheckConstraint(condition=models.Q(('decision', ''), _negated=True), name='lime_of_a_decision')],
            },
        ),
    ]
