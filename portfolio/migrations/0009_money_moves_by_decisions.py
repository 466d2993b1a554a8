import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '__first__'),
        ('portfolio', '0008_what_a_case_is_worth'),
    ]

    operations = [
        migrations.CreateModel(
            name='Commitment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=18)),
                ('currency', models.CharField(max_length=3)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('recorded_at', models.DateTimeField()),
                ('committed_on', models.DateField()),
                ('supplier', models.CharField(max_length=120)),
                ('until', models.DateField(blank=True, null=True)),
                ('cancelled_on', models.DateField(blank=True, null=True)),
                ('cancelled_because', models.CharField(blank=True, max_length=300)),
                ('version', models.PositiveIntegerField(default=1)),
            ],
            options={
                'ordering': ['-committed_on', '-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='commitment_above_zero')],
            },
        ),
        migrations.CreateModel(
            name='FundingDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.CharField(choices=[('approve', 'Approved'), ('release', 'Released'), ('hold', 'Held'), ('return', 'Returned')], max_length=7)),
                ('amount', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('decided_on', models.DateField()),
                ('recorded_at', models.DateTimeField()),
                ('because', models.CharField(max_length=500)),
                ('because_unknown', models.CharField(blank=True, max_length=500)),
                ('facts', models.JSONField(default=dict)),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('because', ''), _negated=True), name='decision_says_why')],
            },
        ),
        migrations.AddField(
            model_name='benefitentry',
            name='answers',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='answered_by', to='portfolio.benefitentry'),
        ),
        migrations.AddField(
            model_name='benefitentry',
            name='evidence',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name='benefitentry',
            name='source_key',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='expenditure',
            name='source_key',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='fundingtranche',
            name='ceiling',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True),
        ),
        migrations.AddField(
            model_name='fundingtranche',
            name='condition',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='fundingtranche',
            name='gate',
            field=models.CharField(blank=True, choices=[('G1', 'G1'), ('G2', 'G2'), ('G3', 'G3'), ('G4', 'G4'), ('G5', 'G5'), ('G6', 'G6')], max_length=2),
        ),
        migrations.AddField(
            model_name='fundingtranche',
            name='returned_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='benefitentry',
            name='kind',
            field=models.CharField(choices=[('planned', 'Planned'), ('claimed', 'Claimed'), ('validated', 'Validated'), ('rejected', 'Rejected')], max_length=9),
        ),
        migrations.AddConstraint(
            model_name='benefitentry',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('validated', 'rejected')), ('answers', None), _connector='OR'), name='benefit_answers_by_finance'),
        ),
        migrations.AddConstraint(
            model_name='benefitentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'rejected'), _negated=True), models.Q(('answers__isnull', False), models.Q(('evidence', ''), _negated=True)), _connector='OR'), name='benefit_rejected_says_what_and_why'),
        ),
        migrations.AddConstraint(
            model_name='benefitentry',
            constraint=models.UniqueConstraint(condition=models.Q(('source_key', ''), _negated=True), fields=('source_key',), name='benefit_once_by_source_key'),
        ),
        migrations.AddField(
            model_name='commitment',
            name='cancelled_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='commitment',
            name='initiative',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='portfolio.initiative'),
        ),
        migrations.AddField(
            model_name='commitment',
            name='recorded_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='expenditure',
            name='commitment',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='paid', to='portfolio.commitment'),
        ),
        migrations.AddIndex(
            model_name='expenditure',
            index=models.Index(condition=models.Q(('commitment__isnull', False)), fields=['commitment'], name='spend_on_commitment'),
        ),
        migrations.AddConstraint(
            model_name='expenditure',
            constraint=models.UniqueConstraint(condition=models.Q(('source_key', ''), _negated=True), fields=('source_key',), name='spend_once_by_source_key'),
        ),
        migrations.AddField(
            model_name='fundingdecision',
            name='decided_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='fundingdecision',
            name='decided_for',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='fundingdecision',
            name='initiative',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='funding_decisions', to='portfolio.initiative'),
        ),
        migrations.AddField(
            model_name='fundingdecision',
            name='tranche',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='portfolio.fundingtranche'),
        ),
        migrations.AddField(
            model_name='fundingtranche',
            name='release',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='released', to='portfolio.fundingdecision'),
        ),
        migrations.AddConstraint(
            model_name='fundingtranche',
            constraint=models.CheckConstraint(condition=models.Q(('ceiling', None), ('ceiling__gt', 0), _connector='OR'), name='tranche_ceiling_above_zero'),
        ),
        migrations.AddConstraint(
            model_name='fundingtranche',
            constraint=models.CheckConstraint(condition=models.Q(('returned_on', None), ('released_on', None), _connector='OR'), name='tranche_not_released_and_returned'),
        ),
        migrations.AddConstraint(
            model_name='fundingdecision',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', models.F('decided_for')), _negated=True), name='decision_not_by_who_leads'),
        ),
        migrations.AddConstraint(
            model_name='fundingdecision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__isnull', False), ('tranche__isnull', False)), models.Q(('act', 'hold'), ('tranche', None)), _connector='OR'), name='decision_of_a_tranche_or_hold_of_all'),
        ),
        migrations.AddConstraint(
            model_name='fundingdecision',
            constraint=models.UniqueConstraint(condition=models.Q(('act', 'hold'), _negated=True), fields=('tranche', 'act'), name='decision_once_of_a_tranche'),
        ),
    ]
