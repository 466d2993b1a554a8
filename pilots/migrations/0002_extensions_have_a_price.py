"""An extension keeps what it was priced at, what it is to bring, and how likely that changes the decision."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='pilotextension',
            name='decision_changes',
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=5, null=True),
        ),
        migrations.AddField(
            model_name='pilotextension',
            name='evidence',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name='pilotextension',
            name='price_delay',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True),
        ),
        migrations.AddField(
            model_name='pilotextension',
            name='price_running',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True),
        ),
        migrations.AddField(
            model_name='pilotextension',
            name='priced_from',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddConstraint(
            model_name='pilotextension',
            constraint=models.CheckConstraint(condition=models.Q(('decision_changes', None), models.Q(('decision_changes__gte', 0), ('decision_changes__lte', 1)), _connector='OR'), name='extension_chance_is_one'),
        ),
    ]
