"""A stake ends, as a group does; to leave is said of stages."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0018_monitors_are_flagged")]
    operations = [
        migrations.RemoveConstraint("stakeholder", "stakeholder_once"),
        migrations.RemoveConstraint("stakeholder", "stakeholder_left_for_a_reason"),
        migrations.RenameField("stakeholder", "left_on", "ended_on"),
        migrations.RenameField("stakeholder", "left_because", "ended_because"),
        migrations.AddConstraint(
            "stakeholder",
            models.UniqueConstraint(
                fields=["initiative", "user"], condition=Q(ended_on=None), name="stakeholder_once"
            ),
        ),
        migrations.AddConstraint(
            "stakeholder",
            models.CheckConstraint(
                condition=Q(ended_on=None, ended_because="") | Q(ended_on__isnull=False) & ~Q(ended_because=""),
                name="stakeholder_left_for_a_reason",
            ),
        ),
    ]
