"""How likely delivery is, in the view of somebody without a part in it. Rows stand, and nobody near the matter adds one."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.refuses import refuses
from core.stands import stands

IN_CONFLICT = (
    "EXISTS (SELECT 1 FROM governance_gateconflict c JOIN governance_gatesubmission s ON s.initiative_id = c.initiative_id "
    "WHERE s.id = NEW.submission_id AND c.user_id = NEW.given_by_id "
    "AND (c.submission_id IS NULL OR c.submission_id = NEW.submission_id))"
)


class Migration(migrations.Migration):

    dependencies = [
        ("governance", "0009_a_models_goals_and_champion"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='IndependentConfidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('confidence', models.CharField(choices=[('green', 'Green'), ('amber_green', 'Amber-green'), ('amber', 'Amber'), ('amber_red', 'Amber-red'), ('red', 'Red')], max_length=11)),
                ('because', models.CharField(max_length=500)),
                ('given_at', models.DateTimeField()),
                ('given_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('submission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='independent', to='governance.gatesubmission')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('because', ''), _negated=True), name='independent_confidence_says_why')],
            },
        ),
        stands(
            "governance_independentconfidence", ("submission_id", "confidence", "because", "given_at"),
            "An independent view stands as it was given. Another is added.", may_empty=("given_by_id",),
        ),
        refuses(
            "governance_independentconfidence", "conflict", IN_CONFLICT, "Nobody judges their own work.", verbs=("INSERT",),
        ),
    ]
