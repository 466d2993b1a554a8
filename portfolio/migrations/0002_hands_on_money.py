
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('portfolio', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='benefitentry',
            name='claimed_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='fundingtranche',
            name='approved_for',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='fundingtranche',
            name='released_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='benefitentry',
            constraint=models.CheckConstraint(condition=models.Q(('recorded_by', models.F('claimed_by')), _negated=True), name='benefit_not_validated_by_who_claimed_it'),
        ),
        migrations.AddConstraint(
            model_name='fundingtranche',
            constraint=models.CheckConstraint(condition=models.Q(('recorded_by', models.F('approved_for')), _negated=True), name='tranche_not_approved_by_who_leads'),
        ),
        migrations.AddConstraint(
            model_name='fundingtranche',
            constraint=models.CheckConstraint(condition=models.Q(('released_by', models.F('approved_for')), _negated=True), name='tranche_not_released_by_who_leads'),
        ),
    ]
