"""What ended work taught is read at intake: an index of the decisions that ended something."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("governance", "0010_confidence_from_outside"),
        ('portfolio', '0015_how_approvals_stand'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(condition=models.Q(('carried', True), models.Q(('outcome', 'stop'), models.Q(('gate', 'G6'), ('outcome', 'go')), _connector='OR')), fields=['-decided_on', '-id'], name='decision_ended_work'),
        ),
    ]
