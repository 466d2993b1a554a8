"""What the records of ethics reviews and of data sources say of a model. Empty at first: nothing of it is on record yet."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0020_developers'),
    ]

    operations = [
        migrations.AddField(model_name='aimodel', name='ethics_passed_on', field=models.DateField(blank=True, null=True)),
        migrations.AddField(model_name='aimodel', name='ethics_due_on', field=models.DateField(blank=True, null=True)),
        migrations.AddField(model_name='aimodel', name='ethics_refused_on', field=models.DateField(blank=True, null=True)),
        migrations.AddField(model_name='aimodel', name='data_until', field=models.DateField(blank=True, null=True)),
    ]
