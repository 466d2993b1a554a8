import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '__first__'),
        ('kpis', '0013_readings_stand'),
        ('portfolio', '0008_what_a_case_is_worth'),
    ]

    operations = [
        migrations.CreateModel(
            name='BusinessCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('published', 'Published')], default='draft', max_length=9)),
                ('because', models.CharField(blank=True, max_length=300)),
                ('starts_on', models.DateField()),
                ('years', models.PositiveSmallIntegerField()),
                ('rate', models.DecimalField(decimal_places=6, max_digits=9)),
                ('currency', models.CharField(max_length=3)),
                ('prices', models.CharField(choices=[('nominal', 'Nominal: prices of each year'), ('real', 'Real: prices of today')], default='nominal', max_length=7)),
                ('mid_year', models.BooleanField(default=False)),
                ('finance_rate', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                ('reinvest_rate', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                ('spread_benefits', models.DecimalField(decimal_places=4, default='0.20', max_digits=5)),
                ('spread_outlay', models.DecimalField(decimal_places=4, default='0.20', max_digits=5)),
                ('spread_years_late', models.PositiveSmallIntegerField(default=1)),
                ('spread_rate', models.DecimalField(decimal_places=4, default='0.04', max_digits=5)),
                ('spread_running', models.DecimalField(decimal_places=2, default='0', max_digits=18)),
                ('do_nothing', models.JSONField(blank=True, default=list)),
                ('delay_means', models.CharField(blank=True, choices=[('fixed_horizon', 'The end stays: a system is replaced or a market closes at a date'), ('sliding', 'The whole case slides')], max_length=13)),
                ('works', models.DecimalField(blank=True, decimal_places=4, max_digits=5, null=True)),
                ('if_stopped', models.JSONField(blank=True, default=list)),
                ('if_carried_on', models.JSONField(blank=True, default=list)),
                ('people', models.DecimalField(blank=True, decimal_places=1, max_digits=6, null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('seal', models.CharField(blank=True, max_length=64)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('initiative', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cases', to='portfolio.initiative')),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['initiative_id', '-number'],
                'constraints': [models.UniqueConstraint(fields=('initiative', 'number'), name='case_number_once'), models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('initiative',), name='one_draft_case'), models.CheckConstraint(condition=models.Q(('years__gte', 1), ('years__lte', 10)), name='case_of_1_to_10_years'), models.CheckConstraint(condition=models.Q(('rate__gte', Decimal('-0.99')), ('rate__lte', Decimal('10'))), name='case_rate_in_range'), models.CheckConstraint(condition=models.Q(models.Q(('published_at', None), ('seal', ''), ('state', 'draft')), models.Q(('published_at__isnull', False), ('state', 'published'), models.Q(('seal', ''), _negated=True)), _connector='OR'), name='case_published_is_sealed'), models.CheckConstraint(condition=models.Q(('works__isnull', True), models.Q(('works__gte', 0), ('works__lte', 1)), _connector='OR'), name='case_works_is_a_share')],
            },
        ),
        migrations.CreateModel(
            name='CaseBenefit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.PositiveSmallIntegerField()),
                ('description', models.CharField(max_length=300)),
                ('type', models.CharField(choices=[('cashable', 'Cashable'), ('non_cashable', 'Non-cashable'), ('cost_avoidance', 'Cost-avoidance'), ('revenue', 'Revenue'), ('risk', 'Risk'), ('dis_benefit', 'Dis-benefit')], max_length=14)),
                ('evidence', models.CharField(choices=[('controlled', 'Measured against a control group'), ('before_after', 'Measured before and after'), ('estimated', 'Estimated'), ('assumed', 'Assumed')], max_length=12)),
                ('attribution', models.DecimalField(decimal_places=6, default='1', max_digits=7)),
                ('attribution_method', models.CharField(blank=True, max_length=300)),
                ('baseline', models.CharField(blank=True, max_length=300)),
                ('amounts', models.JSONField(blank=True, default=list)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='benefits', to='funding.businesscase')),
                ('kpi', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='benefits', to='kpis.kpi')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['key'],
                'constraints': [models.UniqueConstraint(fields=('case', 'key'), name='case_benefit_key_once'), models.CheckConstraint(condition=models.Q(('attribution__gte', 0), ('attribution__lte', 1)), name='case_attribution_is_a_share')],
            },
        ),
        migrations.CreateModel(
            name='CaseCitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cited_by', models.CharField(max_length=30)),
                ('ref', models.CharField(max_length=40)),
                ('recorded_at', models.DateTimeField()),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='citations', to='funding.businesscase')),
                ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('case', 'cited_by', 'ref'), name='case_citation_once')],
            },
        ),
        migrations.CreateModel(
            name='CaseCost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('category', models.CharField(choices=[('build', 'Build'), ('integration', 'Integration'), ('licences', 'Licences'), ('cloud', 'Cloud'), ('monitoring', 'Monitoring'), ('retraining', 'Retraining'), ('support', 'Support'), ('compliance', 'Compliance'), ('training_and_change', 'Training and change')], max_length=20)),
                ('amounts', models.JSONField(default=list)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='costs', to='funding.businesscase')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('case', 'category'), name='case_cost_category_once')],
            },
        ),
        migrations.CreateModel(
            name='CaseScenario',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(choices=[('pilot', 'As in the pilot'), ('conservative', 'Conservative'), ('worst', 'Worst'), ('optimistic', 'Better than the pilot')], max_length=12)),
                ('haircut', models.DecimalField(decimal_places=4, max_digits=5)),
                ('years_late', models.PositiveSmallIntegerField(default=0)),
                ('outlay_factor', models.DecimalField(decimal_places=4, default='1', max_digits=6)),
                ('probability', models.DecimalField(blank=True, decimal_places=4, max_digits=5, null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scenarios', to='funding.businesscase')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('case', 'name'), name='case_scenario_once'), models.CheckConstraint(condition=models.Q(('haircut__gte', -10), ('haircut__lte', 1)), name='case_haircut_at_most_all'), models.CheckConstraint(condition=models.Q(('probability', None), models.Q(('probability__gte', 0), ('probability__lte', 1)), _connector='OR'), name='case_probability_is_one')],
            },
        ),
    ]
